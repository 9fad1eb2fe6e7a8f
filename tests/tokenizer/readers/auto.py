"""Read small tokenizers with `AutoTokenizer` of some version, and hold them against what `tokenizers` encoded.

python auto.py OUT
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import transformers


def main(out: Path) -> int:
    """Read each, save it, read it again; says how many did not do as they should."""
    transformers.utils.logging.set_verbosity_error()
    failed = 0
    names = sorted(out.glob("*.json"))
    for noted in names:
        expected = json.loads(noted.read_text(encoding="utf-8"))
        size = len(json.loads((out / noted.stem / "token_map.json").read_bytes())["new_to_old"])
        tokenizer = transformers.AutoTokenizer.from_pretrained(str(out / noted.stem))
        with tempfile.TemporaryDirectory() as folder:
            tokenizer.save_pretrained(folder)
            again = transformers.AutoTokenizer.from_pretrained(folder)
        for how, read in (("", tokenizer), (" saved and loaded", again)):
            wrong = sum(read(text).input_ids != ids for text, ids in expected.items())
            if wrong or len(read) != size:
                failed += 1
                print(f"{noted.stem}{how}: {len(read)} tokens for {size}, {wrong} of {len(expected)} texts otherwise")
    print(
        f"transformers {transformers.__version__}: {len(names)} tokenizers read, {failed} otherwise than `tokenizers`"
    )
    return 1 if failed or not names else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
