"""A sentencepiece model as it lies in its file: pieces, how texts are normalised, where the special pieces stand."""

from __future__ import annotations

import struct
from collections.abc import Container, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tinydata.errors import DamagedSource
from tinydata.tokenizer.files.protobuf import FIXED32, Damage, Field, bytes_field, fields, number_field

NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE = 1, 2, 3, 4, 5, 6
UNIGRAM, BPE, CHAR = 1, 2, 4

# Field numbers of ModelProto, TrainerSpec and NormalizerSpec in sentencepiece_model.proto.
PIECES, TRAINER, NORMALIZER, SELF_TEST = 1, 2, 3, 4
MODEL_TYPE, VOCAB_SIZE, BYTE_FALLBACK = 3, 4, 35
SPECIAL_IDS = {40: 0, 41: 1, 42: 2, 43: None}  # unk, bos, eos, pad -> where they stand when the field is left out
CHARSMAP, DUMMY_PREFIX, NO_EXTRA_SPACES, ESCAPE = 2, 3, 4, 5


@dataclass(frozen=True)
class Model:
    """What a sentencepiece model holds.

    Args:
        texts: The pieces, by id.
        scores: The same, their scores.
        kinds: The same, what they are; most are `NORMAL`.
        raws: The same, the whole fields.
        model_type: 1 is Unigram, 2 is BPE, 4 is characters alone.
        byte_fallback: Whether unknown characters become pieces of bytes.
        charsmap: The table of the normaliser; empty where there is none.
        dummy_prefix: Whether a text gets a space in front.
        no_extra_spaces: Whether spaces at the ends and doubled ones go.
        escape: Whether spaces become `▁`.
        rest: The fields that are no pieces, as they lie.
    """

    texts: list[str]
    scores: list[float]
    kinds: list[int]
    raws: list[bytes]
    model_type: int
    byte_fallback: bool
    charsmap: bytes
    dummy_prefix: bool
    no_extra_spaces: bool
    escape: bool
    rest: tuple[Field, ...]

    @cached_property
    def special(self) -> dict[str, int]:
        """The pieces that are no normal ones -> what they are."""
        return {self.texts[place]: kind for place, kind in enumerate(self.kinds) if kind != NORMAL}

    def of_kinds(self, *kinds: int) -> list[str]:
        """The pieces of some kinds that are no normal ones."""
        return [text for text, kind in self.special.items() if kind in kinds]

    def normal(self) -> dict[str, float]:
        """The normal pieces and their scores."""
        known = zip(self.texts, self.scores, self.kinds, strict=True)
        return {text: score for text, score, kind in known if kind == NORMAL}


def read_model(content: bytes, path: Path) -> Model:
    """Read a model.

    Raises:
        DamagedSource: It is none, or breaks off; the byte is named.
    """
    texts: list[str] = []
    scores: list[float] = []
    kinds: list[int] = []
    raws: list[bytes] = []
    trainer: dict[int, Any] = {}
    normalizer: dict[int, Any] = {}
    start = place = 0
    try:
        start = place = _read_pieces(content, texts, scores, kinds, raws)
        rest = []
        for field in fields(content[start:]):
            place = start + field.at
            if field.number == PIECES and isinstance(field.value, bytes):
                text, score, kind = _piece(field.value)
                texts.append(text)
                scores.append(score)
                kinds.append(kind)
                raws.append(field.raw)
                continue
            rest.append(field)
            if field.number == TRAINER and isinstance(field.value, bytes):
                trainer = {inner.number: inner.value for inner in fields(field.value)}
            elif field.number == NORMALIZER and isinstance(field.value, bytes):
                normalizer = {inner.number: inner.value for inner in fields(field.value)}
    except Damage as error:
        raise DamagedSource(
            path, f"no sentencepiece model: {error.problem} at byte {max(place, start + error.at)}"
        ) from error
    except (UnicodeDecodeError, struct.error) as error:
        raise DamagedSource(path, f"no sentencepiece model: a damaged piece near byte {place}") from error
    if not texts:
        raise DamagedSource(path, "no sentencepiece model: it holds no piece")
    return Model(
        texts=texts,
        scores=scores,
        kinds=kinds,
        raws=raws,
        model_type=trainer.get(MODEL_TYPE, UNIGRAM),
        byte_fallback=bool(trainer.get(BYTE_FALLBACK, 0)),
        charsmap=normalizer.get(CHARSMAP, b""),
        dummy_prefix=bool(normalizer.get(DUMMY_PREFIX, 1)),
        no_extra_spaces=bool(normalizer.get(NO_EXTRA_SPACES, 1)),
        escape=bool(normalizer.get(ESCAPE, 1)),
        rest=tuple(rest),
    )


def cut_model(model: Model, kept: Container[str]) -> bytes:
    """Leave out the pieces that are not kept; the ids of unk, bos, eos and pad follow, the self-test goes."""
    ids: dict[int, int] = {}
    for place, text in enumerate(model.texts):
        if text in kept:
            ids[place] = len(ids)
    out = bytearray().join(model.raws[place] for place in ids)
    for field in model.rest:
        if field.number == TRAINER and isinstance(field.value, bytes):
            out += bytes_field(TRAINER, _cut_trainer(field.value, ids))
        elif field.number != SELF_TEST:  # its samples would no longer come out
            out += field.raw
    return bytes(out)


def new_model(pieces: Iterable[tuple[str, float, int]]) -> bytes:
    """A Unigram model out of texts, scores and kinds; unk, bos and eos are `<unk>`, `<s>` and `</s>`, wherever they stand."""
    listed = list(pieces)
    out = bytearray()
    for text, score, kind in listed:
        piece = bytes_field(1, text.encode()) + bytes((2 << 3 | FIXED32,)) + struct.pack("<f", score)
        out += bytes_field(PIECES, piece + number_field(3, kind))
    ids = {text: place for place, (text, _, _) in enumerate(listed)}
    settings = {MODEL_TYPE: UNIGRAM, VOCAB_SIZE: len(listed), BYTE_FALLBACK: any(kind == BYTE for *_, kind in listed)}
    settings |= {40: ids["<unk>"], 41: ids["<s>"], 42: ids["</s>"]}
    out += bytes_field(TRAINER, b"".join(number_field(number, value) for number, value in settings.items()))
    return bytes(out + bytes_field(NORMALIZER, bytes_field(1, b"identity")))


def _read_pieces(content: bytes, texts: list[str], scores: list[float], kinds: list[int], raws: list[bytes]) -> int:
    """Read the pieces at the start, as long as they lie as all models write them: text, score, kind; say where it ends.

    A quarter of a million of them take 0.2 s here, and ten times that field by field.
    """
    place, end = 0, len(content) - 16
    encoded: list[bytes] = []
    floats: list[bytes] = []
    while place < end and content[place] == 0x0A and content[place + 1] < 128 and content[place + 2] == 0x0A:
        stop = place + 2 + content[place + 1]
        text = place + 4
        score = text + content[place + 3]
        if score + 5 > stop or content[score] != 0x15 or stop > end:
            break
        if stop == score + 5:
            kinds.append(NORMAL)
        elif stop == score + 7 and content[score + 5] == 0x18:
            kinds.append(content[score + 6])
        else:
            break
        encoded.append(content[text:score])
        floats.append(content[score + 1 : score + 5])
        raws.append(content[place:stop])
        place = stop
    scores += struct.unpack(f"<{len(floats)}f", b"".join(floats))
    together = b"\0".join(encoded).decode().split("\0")
    texts += together if len(together) == len(encoded) else [text.decode() for text in encoded]
    return place


def _cut_trainer(trainer: bytes, ids: dict[int, int]) -> bytes:
    out, seen = bytearray(), set()
    for field in fields(trainer):
        seen.add(field.number)
        if field.number == VOCAB_SIZE:
            out += number_field(VOCAB_SIZE, len(ids))
        elif field.number in SPECIAL_IDS and field.value in ids:  # -1 stands for none
            out += number_field(field.number, ids[int(field.value)])
        else:
            out += field.raw
    for number, default in SPECIAL_IDS.items():
        if number not in seen and default is not None and ids.get(default, default) != default:
            out += number_field(number, ids[default])
    return bytes(out)


def _piece(message: bytes) -> tuple[str, float, int]:
    text, score, kind = "", 0.0, NORMAL
    for number, value, _, _ in fields(message):
        if number == 1 and isinstance(value, bytes):
            text = value.decode()
        elif number == 2 and isinstance(value, bytes):
            (score,) = struct.unpack("<f", value)
        elif number == 3 and isinstance(value, int):
            kind = value
    return text, score, kind
