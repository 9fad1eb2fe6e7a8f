"""Vocabulary: the tokens of a tokenizer and the frame they stand in, whatever files they came from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

NESTED = ("normalizers", "pretokenizers", "processors", "decoders")


@dataclass(frozen=True)
class Vocabulary:
    """The tokens of a tokenizer and the frame they stand in.

    Args:
        family: BPE, Unigram, WordPiece or WordLevel.
        frame: A tokenizer.json as a plain dict, without its added tokens and without the vocabulary and merges of its model.
        pieces: Token of the model -> id. Ids may have holes.
        added: The added tokens, in the form of tokenizer.json.
        merges: Of BPE: pairs, the first that applies first.
        scores: Of Unigram: id -> score, of every id of the model; of BPE where sentencepiece has them.
        pinned: Tokens that no shrinking may drop, besides those that the frame names.
        hidden: Of BPE: what merges make on the way to a token and that is none itself; it has no id.
    """

    family: str
    frame: Mapping[str, Any]
    pieces: Mapping[str, int]
    added: Sequence[Mapping[str, Any]] = ()
    merges: Sequence[tuple[str, str]] = ()
    scores: Mapping[int, float] = field(default_factory=dict)
    pinned: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()

    @cached_property
    def ids(self) -> dict[str, int]:
        """Token -> id, of the model and the added ones."""
        known = dict(self.pieces)  # at once: one by one a large dict takes six times as long
        known.update({token["content"]: token["id"] for token in self.added if token["content"] not in self.pieces})
        return known

    @cached_property
    def names(self) -> dict[int, str]:
        """Id -> token."""
        return {place: token for token, place in self.ids.items()}

    def pin(self, tokens: Iterable[str]) -> Vocabulary:
        """The same with more tokens that no shrinking may drop."""
        more = replace(self, pinned=self.pinned | frozenset(tokens))
        more.__dict__.update(
            {name: known for name, known in self.__dict__.items() if name not in more.__dict__}
        )  # caches
        return more

    @property
    def model(self) -> Mapping[str, Any]:
        """The settings of the model."""
        settings: Mapping[str, Any] = self.frame["model"]
        return settings

    @property
    def size(self) -> int:
        """How many tokens there are."""
        return len(self.ids)

    @cached_property
    def parts(self) -> frozenset[str]:
        """The types of all normalizers and pre-tokenizers: what is done to a text before the model gets it."""
        kinds = ("normalizer", "pre_tokenizer")
        return frozenset(part["type"] for kind in kinds for part in flat(self.frame.get(kind)))

    @property
    def byte_level(self) -> bool:
        """Whether the alphabet is 256 characters that stand for the bytes."""
        return self.family == "BPE" and "ByteLevel" in self.parts

    @property
    def byte_fallback(self) -> bool:
        """Whether a character without a token becomes the tokens of its bytes."""
        return bool(self.model.get("byte_fallback")) and all(token in self.pieces for token in BYTE_TOKENS)

    @property
    def byte_complete(self) -> bool:
        """Whether no text is lost: every byte has a token."""
        return self.byte_fallback or (self.byte_level and all(char in self.pieces for char in self.byte_chars))

    @property
    def byte_chars(self) -> Iterator[str]:
        """The characters that stand for the bytes, with the marks that they may have within a word and at its end."""
        for before in {"", self.prefix}:
            for after in {"", self.suffix}:
                yield from (f"{before}{char}{after}" for char in BYTE_CHARS.values())

    @cached_property
    def prefix(self) -> str:
        """What a token within a word begins with."""
        return self.model.get("continuing_subword_prefix") or ""

    @cached_property
    def suffix(self) -> str:
        """What the last token of a word ends with."""
        return self.model.get("end_of_word_suffix") or ""

    def bare(self, token: str) -> str:
        """A token without the mark of its place in the word."""
        if self.prefix and token.startswith(self.prefix) and len(token) > len(self.prefix):
            return token[len(self.prefix) :]
        if self.suffix and token.endswith(self.suffix) and len(token) > len(self.suffix):
            return token[: -len(self.suffix)]
        return token

    @cached_property
    def order(self) -> Sequence[str]:
        """The tokens of the model by id: nearly everywhere, the order of their frequency."""
        places = list(self.pieces.values())  # as nearly all files have them: that is cheaper seen than sorted
        return list(self.pieces) if places == sorted(places) else sorted(self.pieces, key=self.pieces.__getitem__)

    @property
    def end(self) -> int:
        """One more than the highest id."""
        return max(self.ids.values(), default=-1) + 1


def flat(part: Mapping[str, Any] | None) -> Iterator[Mapping[str, Any]]:
    """A part of the frame, and those within it."""
    if part is None:
        return
    yield part
    for name in NESTED:
        for inner in part.get(name) or ():
            yield from flat(inner)


def _byte_chars() -> dict[int, str]:
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [byte for byte in range(256) if byte not in shown]
    return {**{byte: chr(byte) for byte in shown}, **{byte: chr(256 + place) for place, byte in enumerate(hidden)}}


# Byte -> the character that stands for it in a byte-level vocabulary.
BYTE_CHARS = _byte_chars()
BYTE_TOKENS = tuple(f"<0x{byte:02X}>" for byte in range(256))
