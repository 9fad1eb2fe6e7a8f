"""Shrink the tekken file of mistral-common, and hold it against the original in mistral-common itself.

python -m tests.tokenizer.readers.tekken
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import tinydata
from tinydata.tokenizer.probes import probes

TEXTS = 3000


def main() -> int:
    """Try the floor, a size, and both without the reserved tokens."""
    import mistral_common  # here: the environment of the tests, which collects this file, has none
    from mistral_common.tokens.tokenizers.tekken import Tekkenizer

    source = Path(mistral_common.__file__).parent / "data" / "tekken_240911.json"
    old = Tekkenizer.from_file(source)
    for size, drop_reserved in ((None, False), (3000, False), (None, True), (1000, True)):
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "out"
            made = tinydata.make_tokenizer(source, out, vocab_size=size, drop_reserved=drop_reserved)
            new = Tekkenizer.from_file(out / source.name)
            table = json.loads((out / "token_map.json").read_bytes())["new_to_old"]
        ids = {before: after for after, before in enumerate(table)}
        words = [new.decode([place]) for place in range(new.num_special_tokens, new.n_words)]
        same = 0
        for text in probes(words, TEXTS):
            before, after = (read.encode(text, bos=True, eos=True) for read in (old, new))
            assert new.decode(after) == old.decode(before), text
            if all(place in ids for place in before):
                same += 1
                assert after == [ids[place] for place in before], text
        assert new.n_words == made.vocab_size[1]
        assert (new.bos_id, new.eos_id, new.pad_id) == (ids[old.bos_id], ids[old.eos_id], ids[old.pad_id])
        print(
            f"mistral-common: {new.n_words} tokens, {same} texts of kept tokens alone, all encoded the same, none lost"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
