"""CLIP's `bpe_simple_vocab_16e6.txt.gz`: merges, of which its code takes 48,894, and no list of tokens."""

from __future__ import annotations

import gzip
import zlib
from typing import Any

from tinydata.errors import DamagedSource
from tinydata.tokenizer.document import BODY, HEAD, refuse_damage
from tinydata.tokenizer.files.form import Form
from tinydata.tokenizer.origin import Origin, special_token
from tinydata.tokenizer.shrink import Cut
from tinydata.tokenizer.vocabulary import BYTE_CHARS, Vocabulary

NAME = "bpe_simple_vocab"
MERGES = 49152 - 256 - 2  # what CLIP's code takes of the file
END = "</w>"
SPECIALS = ("<|startoftext|>", "<|endoftext|>")
PATTERN = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


def finds(origin: Origin) -> tuple[str, ...]:
    """By how its name begins."""
    return tuple(name for name in origin.files if name.startswith(NAME))[:1]


def read(origin: Origin) -> Vocabulary:
    """Number the tokens as CLIP's code does: bytes, bytes that end a word, what merges make, two specials."""
    (name,) = finds(origin)
    path = origin.files[name]
    try:
        text = _unzipped(origin, name).decode("utf-8")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise DamagedSource(path, f"no list of merges: {error}") from error
    merges: list[tuple[str, str]] = []
    for number, line in enumerate(text.split("\n")[1 : MERGES + 1], 2):
        parts = line.split()
        if len(parts) != 2:
            if not parts:
                break
            raise DamagedSource(path, f"a merge has two parts, not {len(parts)}", number)
        merges.append((parts[0], parts[1]))
    chars = list(BYTE_CHARS.values())
    tokens = [*chars, *(char + END for char in chars), *map("".join, merges), *SPECIALS]
    pieces = {token: place for place, token in enumerate(tokens)}
    added = [special_token(token, pieces[token]) for token in SPECIALS]
    read = Vocabulary("BPE", clip_frame(pieces), pieces, added, merges)
    refuse_damage(read, path)
    return read


def write(origin: Origin, cut: Cut) -> dict[str, bytes]:
    """Write the head and the merges that are left: numbered as CLIP's code does, they give the ids of the map."""
    (name,) = finds(origin)
    head = _unzipped(origin, name).split(b"\n")[0].decode()
    text = "".join(f"{line}\n" for line in (head, *map(" ".join, cut.new.merges))).encode()
    return {name: gzip.compress(text, mtime=0) if name.endswith(".gz") else text}


def _unzipped(origin: Origin, name: str) -> bytes:
    content = origin.read(name)
    return gzip.decompress(content) if name.endswith(".gz") else content


def clip_frame(pieces: dict[str, int]) -> dict[str, Any]:
    """The tokenizer.json around CLIP's vocabulary."""
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    first, last = ([token, pieces[token]] for token in SPECIALS)
    return {
        **HEAD,
        **BODY,
        "normalizer": {
            "type": "Sequence",
            "normalizers": [
                {"type": "NFC"},
                {"type": "Replace", "pattern": {"Regex": r"\s+"}, "content": " "},
                {"type": "Lowercase"},
            ],
        },
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [
                {"type": "Split", "pattern": {"Regex": PATTERN}, "behavior": "Removed", "invert": True},
                byte_level,
            ],
        },
        "post_processor": {
            "type": "RobertaProcessing",
            "sep": last,
            "cls": first,
            "trim_offsets": False,
            "add_prefix_space": False,
        },
        "decoder": byte_level,
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": SPECIALS[1],
            "continuing_subword_prefix": "",
            "end_of_word_suffix": END,
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": False,
        },
    }


CLIP = Form(name="CLIP's bpe_simple_vocab", finds=finds, read=read, write=write)
