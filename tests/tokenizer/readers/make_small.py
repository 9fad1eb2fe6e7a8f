"""Shrink the real tokenizers, each to 3,000 tokens and to its floor, make some up, and note what `tokenizers` encodes with them.

Where a class of Python alone reads the files, the whole and the small ones are put side by side.

python -m tests.tokenizer.readers.make_small OUT
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

from tokenizers import Tokenizer

import tinydata
from tests.tokenizer.world import HOUSE, PAIRS, WORLDS
from tinydata.tokenizer.probes import probes

REAL = Path(os.environ.get("TINYDATA_REAL") or HOUSE.parent / "shared" / "real")


# Those that both versions of transformers have.
CLASSES = (
    "BertTokenizer",
    "CLIPTokenizer",
    "GPT2Tokenizer",
    "LlamaTokenizer",
    "RobertaTokenizer",
    "T5Tokenizer",
    "XLMRobertaTokenizer",
)
PYTHON = ("CTRLTokenizer", "EsmTokenizer", "FSMTTokenizer", "MarianTokenizer", "PhobertTokenizer")


def main(out: Path) -> None:
    """Make them all, beside a file of texts and ids for each."""
    for name, world in WORLDS.items():
        with tempfile.TemporaryDirectory() as folder:
            source = world.find(REAL, Path(folder))
            for size in (None, world.sizes[-1]):
                target = out / f"{name}-{size or 'floor'}"
                made = tinydata.make_tokenizer(source, target, vocab_size=size, like=world.like, overwrite=True)
                if "tokenizer.json" in made.files:
                    note(out, target)
    for name in CLASSES:
        note(out, tinydata.make_tokenizer(None, out / f"class-{name}", class_=name, overwrite=True).path)
    pairs = out / "pairs"
    for name in ("fsmt", "marian", "marian-separate"):
        whole = pairs / name / "whole"
        shutil.rmtree(pairs / name, ignore_errors=True)
        whole.mkdir(parents=True)
        PAIRS[name].find(REAL, whole)
        tinydata.make_tokenizer(whole, pairs / name / "small", vocab_size=PAIRS[name].sizes[0])
    for name in PYTHON:
        tinydata.make_tokenizer(None, out / "python" / name, class_=name, overwrite=True)


def note(out: Path, made: Path) -> None:
    """Put a file of texts and their ids beside a tokenizer."""
    raw = Tokenizer.from_file(str(made / "tokenizer.json"))
    raw.no_truncation()
    raw.no_padding()
    texts = {text: raw.encode(text).ids for text in probes(sorted(raw.get_vocab()), 300)}
    noted = {"size": raw.get_vocab_size(), "texts": texts}
    (out / f"{made.name}.json").write_text(json.dumps(noted), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
