"""Laws: what a shrunk tokenizer must do, held against the original in `tokenizers` itself; every run checks them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from tinydata.errors import BrokenLaw
from tinydata.tokenizer.layout import named_tokens
from tinydata.tokenizer.probes import LINE, probes
from tinydata.tokenizer.shrink import Cut
from tinydata.tokenizer.vocabulary import BYTE_CHARS, BYTE_TOKENS, Vocabulary

TEXTS = 3000


@dataclass(frozen=True)
class Held:
    """What the laws were held on.

    Args:
        texts: How many texts were encoded.
        same: How many of them the original encodes in kept tokens alone; all of these came out the same. 0 where tokens are new.
        decoded: How many came out of decoding as with the original.
        cost: Tokens of a line of English before and after.
    """

    texts: int
    same: int
    decoded: int
    cost: tuple[int, int]


NOT_HELD = Held(0, 0, 0, (0, 0))


def hold(cut: Cut, old: Any, new: Any, texts: int = TEXTS, *, learned: bool = False) -> Held:
    """Hold the laws on a shrunk vocabulary.

    Args:
        old: The original, as an object of `tokenizers`.
        new: The result, loaded from what was written.
        texts: How many random texts to encode.
        learned: Whether the vocabulary is a new one: then no text need be encoded the same.

    Raises:
        BrokenLaw: One is broken.
    """
    _hold_size(cut, new)
    ids = {}
    for token, place in cut.new.ids.items():
        before = old.token_to_id(token)
        if new.token_to_id(token) != place or (before is None and not learned):
            raise BrokenLaw("each token has the id that the map says", f"{token!r} has {new.token_to_id(token)}")
        if before is not None:
            ids[before] = place
    _hold_added(cut, new)
    held = hold_texts(cut, old, new, {} if learned else ids, texts)
    return replace(held, same=0) if learned else held


def _hold_size(cut: Cut, new: Any) -> None:
    size = cut.new.size
    if new.get_vocab_size(True) != size or set(new.get_vocab(True).values()) != set(range(size)):
        raise BrokenLaw("as many tokens as asked for, ids without holes", f"{new.get_vocab_size(True)} for {size}")


def _hold_added(cut: Cut, new: Any) -> None:
    now = new.get_added_tokens_decoder()
    flags = ("single_word", "lstrip", "rstrip", "normalized", "special")
    for token in cut.new.added:
        kept = now.get(token["id"])
        if (
            kept is None
            or kept.content != token["content"]
            or any(getattr(kept, flag) != token[flag] for flag in flags)
        ):
            raise BrokenLaw("added tokens keep name and flags", f"{token['content']!r} is {kept!r}")
    missing = named_tokens(cut.new.frame) - set(cut.new.ids)
    if missing:
        raise BrokenLaw("what a template names is there", f"{missing} is not")


def hold_texts(cut: Cut, old: Any, new: Any, ids: dict[int, int], texts: int = TEXTS) -> Held:
    """Hold those laws that are of texts.

    Args:
        ids: Id in `old` -> id in `new`, of the kept tokens; empty where all are new.

    Raises:
        BrokenLaw: One is broken.
    """
    count = same = decoded = 0
    complete = cut.old.byte_complete
    known = ids.keys()
    for text in probes(list(surfaces(cut.new)), texts):
        before, after = encode(old, text), encode(new, text)
        if before is None:
            continue
        count += 1
        if ids and known >= set(before):
            same += 1
            if [ids[token] for token in before] != after:
                shown = None if after is None else list(map(new.id_to_token, after))
                raise BrokenLaw("a text of kept tokens is encoded the same", f"{text!r} is {shown}")
            decoded += 1  # the same tokens, by the same decoder
        elif after is not None and _is_decoded_alike(cut, old, new, before, after):
            decoded += 1
        elif complete:
            shown = None if after is None else new.decode(after, skip_special_tokens=False)
            raise BrokenLaw("where bytes carry every character, none is lost", f"{text!r} is decoded as {shown!r}")
    before, after = encode(old, LINE), encode(new, LINE)
    return Held(count, same, decoded, (0, 0) if before is None or after is None else (len(before), len(after)))


def encode(tokenizer: Any, text: str) -> list[int] | None:
    """The ids of a text; None where there is no token for a character, and none for what is unknown."""
    try:
        ids: list[int] = tokenizer.encode(text).ids
    except Exception as error:
        if type(error) is Exception:  # as `tokenizers` raises it
            return None
        raise
    return ids


def _is_decoded_alike(cut: Cut, old: Any, new: Any, before: list[int], after: list[int]) -> bool:
    """Whether the same text comes back; where a decoder joins no bytes, whether it is spelled the same."""
    if old.decode(before, skip_special_tokens=False) == new.decode(after, skip_special_tokens=False):
        return True
    sides = ((cut.old, before), (cut.new, after))
    spelled = [b"".join(_spell(whole, whole.names.get(place, "")) for place in ids) for whole, ids in sides]
    return spelled[0] == spelled[1]


def _spell(vocabulary: Vocabulary, token: str) -> bytes:
    """What a token is of a text, in bytes: with the mark of a word's end, without that of what goes on."""
    if token in _BYTES and vocabulary.byte_fallback:
        return _BYTES[token]
    return token.removeprefix(vocabulary.prefix).encode() if token != vocabulary.prefix else token.encode()


_BYTES = {token: bytes((byte,)) for byte, token in enumerate(BYTE_TOKENS)}


def surfaces(vocabulary: Vocabulary) -> Iterator[str]:
    """The tokens as they look in a text."""
    bytes_of = {char: byte for byte, char in BYTE_CHARS.items()}
    for token in vocabulary.pieces:
        bare = vocabulary.bare(token)
        if not vocabulary.byte_level:
            yield bare.replace("▁", " ") + (" " if vocabulary.suffix and token != bare else "")
        elif all(char in bytes_of for char in bare):
            yield bytes(bytes_of[char] for char in bare).decode("utf-8", "replace")
    yield from (token["content"] for token in vocabulary.added)
