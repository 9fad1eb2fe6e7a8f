"""Files: which of a model's files are read, and which belong to its tokenizer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tinydata.errors import BadSource
from tinydata.model.config import GENERATION, NAME
from tinydata.model.processor_defaults import PREPROCESSOR, PROCESSOR, VIDEO
from tinydata.model.remote_code import UPSTREAM, read_code, references
from tinydata.tokenizer.document import parse_json
from tinydata.tokenizer.ids import read_ids

TOKENIZER_FILES = (
    "tokenizer*.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "token_map.json",
    "vocab*",
    "merges.txt",
    "*.model",
    "*.spm",
    "*.tiktoken",
    "tekken.json",
    "dict*.txt",
    "normalizer.json",
    "chat_template*",
)
# What is fetched of a repo of the Hub: no weights.
WANTED = (NAME, GENERATION, PREPROCESSOR, PROCESSOR, VIDEO, "README.md", *TOKENIZER_FILES)
SMALL = 10_000  # a tokenizer of at most so many tokens goes along with its tiny model unasked


def tokenizer_files(folder: Path) -> list[Path]:
    """The files of a tokenizer in the folder of a model, sorted; the code of its own class is among them."""
    found = {file for pattern in TOKENIZER_FILES for file in folder.glob(pattern) if file.is_file()}
    return sorted({*found, *_code(folder)})


def small_tokenizer(folder: Path | None) -> Path | None:
    """The folder itself, if the tokenizer in it is small already."""
    if folder is None or not tokenizer_files(folder):
        return None
    try:
        return folder if read_ids(folder).size <= SMALL else None
    except BadSource:  # a vocabulary in no form that is known goes without
        return None


def _code(folder: Path) -> Iterator[Path]:
    file = folder / "tokenizer_config.json"
    config = parse_json(file.read_bytes(), file) if file.is_file() else None
    named = references(config.get("auto_map")) if isinstance(config, dict) else ()
    here = [it for it in named if UPSTREAM not in it and (folder / f"{it.partition('.')[0]}.py").is_file()]
    if here:
        yield from read_code({"AutoTokenizer": here}, folder).files.values()
