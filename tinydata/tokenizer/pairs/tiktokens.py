"""Two `.tiktoken` files, as Whisper's code has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tinydata.tokenizer.files.tiktoken import finds as finds_tiktoken
from tinydata.tokenizer.files.tiktoken import read_one, write_one
from tinydata.tokenizer.origin import Origin
from tinydata.tokenizer.pairs.pair import Pair, Side
from tinydata.tokenizer.shrink import Cut
from tinydata.tokenizer.vocabulary import Vocabulary


def finds(origin: Origin) -> tuple[str, ...]:
    """Where there are several."""
    names = finds_tiktoken(origin)
    return names if len(names) > 1 else ()


def read(origin: Origin) -> Mapping[str, Vocabulary]:
    """Read each."""
    return {name: read_one(origin, name) for name in finds(origin)}


def sides(origin: Origin, cuts: Mapping[str, Cut]) -> Sequence[Side]:
    """Each encodes by itself."""
    return [Side(name, cut) for name, cut in cuts.items()]


def write(origin: Origin, cuts: Mapping[str, Cut]) -> dict[str, bytes]:
    """Write each."""
    return {file: content for name, cut in cuts.items() for file, content in write_one(origin, name, cut).items()}


TIKTOKENS = Pair(name="several .tiktoken", finds=finds, read=read, sides=sides, write=write)
