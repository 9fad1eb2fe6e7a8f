"""Marian: source.spm and target.spm cut texts into pieces, vocab.json numbers them; what it does not number is unknown.

A piece without a number costs none and takes part in the cutting: it stays. Some have target_vocab.json too, for the target.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tinydata.errors import DamagedSource, UnknownSource
from tinydata.tokenizer.document import refuse_damage, render_json
from tinydata.tokenizer.files.sentencepiece import model_of, read_one
from tinydata.tokenizer.files.sentencepiece_model import cut_model
from tinydata.tokenizer.origin import Origin, named_specials
from tinydata.tokenizer.pairs.pair import Pair, Side
from tinydata.tokenizer.select import must_stay
from tinydata.tokenizer.shrink import Cut, shrink
from tinydata.tokenizer.vocabulary import Vocabulary

VOCAB, TARGET_VOCAB = "vocab.json", "target_vocab.json"
MODELS = ("source.spm", "target.spm")


def finds(origin: Origin) -> tuple[str, ...]:
    """The two models and the numbers, by name."""
    needed = (VOCAB, *MODELS)
    if not all(name in origin.files for name in needed):
        return ()
    return (*needed, TARGET_VOCAB) if TARGET_VOCAB in origin.files else needed


def read(origin: Origin) -> Mapping[str, Vocabulary]:
    """Read the numbers, with the scores of the models that use them."""
    if TARGET_VOCAB in origin.files:
        return {VOCAB: _read(origin, VOCAB, MODELS[:1]), TARGET_VOCAB: _read(origin, TARGET_VOCAB, MODELS[1:])}
    return {VOCAB: _read(origin, VOCAB, MODELS)}


def sides(origin: Origin, cuts: Mapping[str, Cut]) -> Sequence[Side]:
    """Both models, without the pieces whose numbers went."""
    found = []
    for name in MODELS:
        cut = _cut_of(name, cuts)
        side = read_one(origin, name)
        kept = {piece for piece in side.pieces if piece in cut.new.ids or piece not in cut.old.ids} | must_stay(side)
        found.append(Side(name, shrink(side, kept)))
    return found


def write(origin: Origin, cuts: Mapping[str, Cut]) -> dict[str, bytes]:
    """Write the numbers and the models that are left."""
    files = {name: render_json({token: cut.new.pieces[token] for token in cut.new.order}) for name, cut in cuts.items()}
    models = {side.name: cut_model(model_of(origin, side.name), side.cut.new.ids) for side in sides(origin, cuts)}
    return {**files, **models}


def sizes(cuts: Mapping[str, Cut]) -> dict[str, int]:
    """The model's config has one for each language."""
    first, last = _cut_of(MODELS[0], cuts).new.size, _cut_of(MODELS[1], cuts).new.size
    return {"vocab_size": first, "decoder_vocab_size": last}


def _cut_of(model: str, cuts: Mapping[str, Cut]) -> Cut:
    return cuts[TARGET_VOCAB] if model == MODELS[1] and TARGET_VOCAB in cuts else cuts[VOCAB]


def _read(origin: Origin, name: str, models: Sequence[str]) -> Vocabulary:
    pieces = origin.numbers(name)
    read = [read_one(origin, model) for model in models]
    if any(side.family != "Unigram" for side in read):
        raise UnknownSource(origin.shown, f"{' and '.join(models)} of Unigram are wanted")
    unk = named_specials(origin).get("unk_token", "<unk>")
    if unk not in pieces:
        raise DamagedSource(origin.files[name], f"the unk token {unk!r} is not in the vocabulary")
    scored = {token: side.scores[place] for side in reversed(read) for token, place in side.pieces.items()}
    lowest = min(scored.values())
    # What no model yields was put there by name: the end, the padding, languages such as >>fra<<.
    pinned = {token for token in pieces if token not in scored} | {token for side in read for token in must_stay(side)}
    first = read[0]
    vocabulary = Vocabulary(
        family="Unigram",
        frame={**first.frame, "model": {**first.model, "unk_id": pieces[unk]}},
        pieces=pieces,
        scores={place: scored.get(token, lowest) for token, place in pieces.items()},
        pinned=frozenset(token for token in pinned if token in pieces),
    )
    refuse_damage(vocabulary, origin.files[name])
    return vocabulary


MARIAN = Pair(
    name="vocab.json + source.spm + target.spm", finds=finds, read=read, sides=sides, write=write, sizes=sizes
)
