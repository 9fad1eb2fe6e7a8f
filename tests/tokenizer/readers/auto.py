"""Read small tokenizers with `AutoTokenizer` of some version, and hold them against what `tokenizers` encoded.

python auto.py OUT
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import transformers


def main(out: Path) -> int:
    """Read each, save it, read it again; says how many did not do as they should."""
    transformers.utils.logging.set_verbosity_error()
    wrong: list[str] = []
    noted = sorted(out.glob("*.json"))
    for file in noted:
        expected = json.loads(file.read_text(encoding="utf-8"))
        for how, read in twice(out / file.stem):
            odd = sum(read(text).input_ids != ids for text, ids in expected["texts"].items())
            if odd or len(read) != expected["size"]:
                wrong.append(f"{file.stem}{how}: {len(read)} tokens for {expected['size']}, {odd} texts otherwise")
    pairs = sorted((out / "pairs").iterdir())
    for folder in pairs:
        wrong += [f"{folder.name}: {problem}" for problem in hold_pair(folder)]
    python = sorted((out / "python").iterdir())
    for folder in python:
        for how, read in twice(folder):
            if type(read).__name__ != folder.name or read.unk_token_id in read("the tiny thing").input_ids:
                wrong.append(f"{folder.name}{how}: {type(read).__name__}, {read.tokenize('the tiny thing')}")
    print(*wrong, sep="\n")
    count = len(noted) + len(pairs) + len(python)
    print(f"transformers {transformers.__version__}: {count} tokenizers read, {len(wrong)} not as they should be")
    return 1 if wrong or not (noted and pairs and python) else 0


def twice(folder: Path) -> Iterator[tuple[str, Any]]:
    """A tokenizer as it is loaded, and as it is loaded when it was saved."""
    read = transformers.AutoTokenizer.from_pretrained(str(folder))
    yield "", read
    with tempfile.TemporaryDirectory() as scratch:
        read.save_pretrained(scratch)
        yield " saved and loaded", transformers.AutoTokenizer.from_pretrained(scratch)


def hold_pair(folder: Path) -> Iterator[str]:
    """A text that the whole one encodes in kept tokens alone must come out of the small one the same."""
    whole, small = (transformers.AutoTokenizer.from_pretrained(str(folder / name)) for name in ("whole", "small"))
    table = json.loads((folder / "small" / "token_map.json").read_bytes())
    kept = next(iter(table["vocabularies"].values())) if "vocabularies" in table else table
    ids = {before: after for after, before in enumerate(kept["new_to_old"])}
    words = [token.replace("</w>", " ").replace("▁", " ") for token in small.get_vocab()]
    rng = random.Random(0)
    same = 0
    for _ in range(1000):
        text = "".join(rng.choices(words, k=rng.randint(1, 8)))
        before = whole(text).input_ids
        if whole.unk_token_id not in before and all(place in ids for place in before):
            same += 1
            if small(text).input_ids != [ids[place] for place in before]:
                yield f"{text!r} is encoded otherwise"
    if same < 100:
        yield f"only {same} texts of kept tokens alone"


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
