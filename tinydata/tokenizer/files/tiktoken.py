"""`.tiktoken`: each line a token in base64 and its rank. Neither the pattern nor the special tokens are in the file."""

from __future__ import annotations

import base64
import binascii
import re

from tinydata.errors import DamagedSource
from tinydata.tokenizer.byte_level import (
    LAYOUTS,
    Layout,
    layout_frame,
    layout_tokens,
    merges_of_ranks,
    spell_bytes,
    unspell_bytes,
)
from tinydata.tokenizer.files.form import Form
from tinydata.tokenizer.origin import Origin
from tinydata.tokenizer.shrink import Cut
from tinydata.tokenizer.vocabulary import Vocabulary

FIRST = re.compile(rb"[A-Za-z0-9+/]+=* 0\r?\n")
BARE = Layout((r"[\s\S]+",))  # without a layout a text is one word: enough to hold the merges against the original


def finds(origin: Origin) -> tuple[str, ...]:
    """By its suffix, or, as in Llama's tokenizer.model and in tiktoken's cache, whose files are named by a hash, by its first line."""
    return tuple(
        name
        for name in origin.files
        if name.endswith(".tiktoken") or ((name.endswith(".model") or "." not in name) and is_ranked(origin, name))
    )


def is_ranked(origin: Origin, name: str) -> bool:
    """Whether a file begins with a token in base64 and the rank 0."""
    return FIRST.match(origin.head(name)) is not None


def read(origin: Origin) -> Vocabulary:
    """Read the ranks; each pair of tokens whose bytes make a token is a merge, the lowest rank first."""
    return read_one(origin, finds(origin)[0])


def read_one(origin: Origin, name: str) -> Vocabulary:
    """Read one file of several."""
    ranks = _ranks(origin, name)
    layout = LAYOUTS[origin.like] if origin.like else BARE
    added = layout_tokens(layout, max(ranks.values()))
    begin = next((token["id"] for token in added if token["content"] == layout.begin), None)
    return Vocabulary("BPE", layout_frame(layout, begin), ranks, added, merges_of_ranks(ranks))


def write(origin: Origin, cut: Cut) -> dict[str, bytes]:
    """Write the tokens that are left, each with its rank among them."""
    return write_one(origin, finds(origin)[0], cut)


def write_one(origin: Origin, name: str, cut: Cut) -> dict[str, bytes]:
    """Write one file of several."""
    known = _ranks(origin, name)
    tokens = [token for token in cut.new.order if token in known]
    lines = [(base64.b64encode(unspell_bytes(token)) or b"=") + b" %d" % rank for rank, token in enumerate(tokens)]
    return {name: b"\n".join(lines) + b"\n"}


def _ranks(origin: Origin, name: str) -> dict[str, int]:
    if name in origin.parsed:
        known: dict[str, int] = origin.parsed[name]
        return known
    ranks: dict[str, int] = {}
    for number, line in enumerate(origin.read(name).split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            token, rank = line.split()
            # OpenAI's multilingual.tiktoken ends in "= 50256", a token of no bytes.
            ranks["" if token == b"=" else spell_bytes(base64.b64decode(token, validate=True))] = int(rank)
        except (ValueError, binascii.Error) as error:
            raise DamagedSource(origin.files[name], "a token in base64 and its rank are wanted", number) from error
    if not ranks:
        raise DamagedSource(origin.files[name], "no token")
    if len(set(ranks.values())) < len(ranks):
        raise DamagedSource(origin.files[name], "two tokens have one rank")
    origin.parsed[name] = ranks
    return ranks


TIKTOKEN = Form(
    name=".tiktoken", finds=finds, read=read, write=write, has_layout=lambda origin: origin.like is not None
)
