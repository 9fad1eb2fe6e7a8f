"""Shrink the real tokenizers, each to 3,000 tokens and to its floor, and note what `tokenizers` encodes with them.

python -m tests.tokenizer.readers.make_small OUT
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

from tokenizers import Tokenizer

import tinydata
from tests.tokenizer.world import HOUSE, WORLDS
from tinydata.tokenizer.probes import probes

REAL = Path(os.environ.get("TINYDATA_REAL") or HOUSE.parent / "shared" / "real")


def main(out: Path) -> None:
    """Make them all, beside a file of texts and ids for each."""
    for name, world in WORLDS.items():
        with tempfile.TemporaryDirectory() as folder:
            source = world.find(REAL, Path(folder))
            for size in (None, world.sizes[-1]):
                made = tinydata.make_tokenizer(
                    source, out / f"{name}-{size or 'floor'}", vocab_size=size, like=world.like, overwrite=True
                )
                if "tokenizer.json" not in made.files:
                    continue
                raw = Tokenizer.from_file(str(made.path / "tokenizer.json"))
                raw.no_truncation()
                raw.no_padding()
                expected = {text: raw.encode(text).ids for text in probes(sorted(raw.get_vocab()), 300)}
                (out / f"{made.path.name}.json").write_text(json.dumps(expected), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
