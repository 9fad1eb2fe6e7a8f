"""Names: which token a key means, by what both are called."""

from __future__ import annotations

import re
from collections.abc import Iterable

SHORT = {"img": "image", "begin": "start", "bos": "start", "eos": "end"} | {
    f"{short}{medium[0]}": f"{long} {medium}"
    for short, long in (("bo", "start"), ("eo", "end"))
    for medium in ("image", "audio", "video")
}
EMPTY = {"token", "id", "ids", "index", "indices", "pad", "soft", "of"}
MEDIA = {"image", "audio", "video", "vision"}


def called(key: str, tokens: Iterable[str]) -> str | None:
    """The token that is called as a key is: <image>, [IMG] or <|image_pad|> for `image_token_id`."""
    wanted = words_of(key)
    return next((token for token in tokens if wanted and words_of(token) == wanted), None)


def words_of(name: str) -> set[str]:
    """The words of a token or of the key of one, as far as they tell it from others."""
    parts = re.findall("[a-z]+", name.lower())
    return {word for part in parts for word in SHORT.get(part, part).split()} - EMPTY
