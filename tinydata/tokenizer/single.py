"""Single: one vocabulary, in all the forms in which it lies in a source, made small and held against what it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tinydata.errors import BadSize, DamagedSource, UnknownSource
from tinydata.tokenizer.classes import OF_PYTHON
from tinydata.tokenizer.configs import refuse_configs
from tinydata.tokenizer.corpus import count_used, hold_corpus
from tinydata.tokenizer.document import refuse_merges, render_json
from tinydata.tokenizer.files import FORMS, Form
from tinydata.tokenizer.files.sentencepiece import SENTENCEPIECE, scores_of
from tinydata.tokenizer.files.tokenizer_json import NAME as TOKENIZER_JSON
from tinydata.tokenizer.files.tokenizer_json import write as write_tokenizer_json
from tinydata.tokenizer.laws import NOT_HELD, hold
from tinydata.tokenizer.made import TOKEN_MAP, Made, tell
from tinydata.tokenizer.origin import Origin
from tinydata.tokenizer.raw import from_bytes, no_panic, to_tokenizer
from tinydata.tokenizer.retrain import retrain
from tinydata.tokenizer.scratch import scratch
from tinydata.tokenizer.select import Selection, select
from tinydata.tokenizer.settings import Settings, follow_settings, pinned_tokens
from tinydata.tokenizer.shrink import Cut, shrink
from tinydata.tokenizer.vocabulary import Vocabulary
from tinydata.tokenizer.wish import Wish


def make_single(origin: Origin, forms: Sequence[Form], wish: Wish) -> Made:
    """Make one vocabulary small.

    Args:
        forms: Those that lie in the source, the one to read first.
    """
    if origin.tokenizer_class in OF_PYTHON and TOKENIZER_JSON not in origin.files:
        what = (
            f"a tokenizer.json is wanted: {origin.tokenizer_class} is of Python alone, and may cut texts in its own way"
        )
        raise UnknownSource(origin.shown, what)
    vocabulary = read_vocabulary(origin, forms)
    path = Path(origin.shown)
    old = _load(origin, forms[0], vocabulary, wish)
    anew = wish.method in ("retrain", "scratch")
    if anew and not forms[0].has_layout(origin):
        what = f"a layout is wanted to make its tokens anew: {', '.join(forms[0].finds(origin))} tells of none"
        raise UnknownSource(origin.shown, what)
    written = ([form for form in forms if form.learns] or [FORMS["tokenizer.json"]]) if anew else list(forms)
    cut, chosen = choose(vocabulary, wish, old, path)
    files, settings = _write_files(origin, written, cut)
    held, told = NOT_HELD, None
    if not wish.dry_run:
        content = files.get(TOKENIZER_JSON) or write_tokenizer_json(origin, cut)[TOKENIZER_JSON]
        new = from_bytes(content, path)
        same = wish.vocab_size is None and wish.method == "corpus"
        with no_panic(path, also=()):
            held = hold(cut, old, new, learned=anew)
            told = hold_corpus(cut, old, new, wish.texts, all_same=same) if wish.texts else None
    left = [name for form in forms if form not in written for name in form.finds(origin)]
    notes = [f"not written, since its tokens are made anew: {name}" for name in left]
    return tell(origin, written, cut, chosen, held, told, settings, files, notes)


def read_vocabulary(origin: Origin, forms: Sequence[Form]) -> Vocabulary:
    """Read a vocabulary from the form that tells most, and pin what the configs beside it name."""
    refuse_configs(origin)
    read = forms[0].read(origin)
    if read.family == "BPE" and not read.scores and SENTENCEPIECE in forms:
        read = replace(read, scores=scores_of(origin, read.pieces))
    return read.pin(pinned_tokens(origin, read))


def _load(origin: Origin, form: Form, vocabulary: Vocabulary, wish: Wish) -> Any:
    file = origin.files[form.finds(origin)[-1]]
    if wish.dry_run and not wish.texts:
        refuse_merges(vocabulary, file)
        return None
    try:
        return to_tokenizer(vocabulary, Path(origin.shown))
    except DamagedSource:
        refuse_merges(vocabulary, file)
        raise


def choose(vocabulary: Vocabulary, wish: Wish, old: Any, path: Path) -> tuple[Cut, Selection]:
    """Choose the tokens of a vocabulary by the method that is wished for.

    Args:
        old: It as an object of `tokenizers`, where there is a corpus.
        path: The source, for errors.
    """
    size, drop_reserved = wish.vocab_size, wish.drop_reserved
    if size is not None and not 1 <= size <= vocabulary.size and not wish.may_grow:
        raise BadSize("vocab_size", size, vocabulary.size)
    if wish.method == "scratch":
        return scratch(vocabulary, size, drop_reserved=drop_reserved)
    if wish.method == "retrain":
        return retrain(vocabulary, wish.texts, size or vocabulary.size, path, drop_reserved=drop_reserved)
    with no_panic(path, also=()):
        used = count_used(old, wish.texts) if wish.texts else None
    chosen = select(vocabulary, size, used, drop_reserved=drop_reserved)
    return shrink(vocabulary, chosen.tokens), chosen


def token_map(cut: Cut) -> dict[str, Any]:
    """What token_map.json tells of a vocabulary."""
    return {
        "new_to_old": [old if old >= 0 else None for old in cut.new_to_old],
        "old_size": cut.old.end,
        "new_size": cut.new.size,
    }


def _write_files(origin: Origin, forms: Sequence[Form], cut: Cut) -> tuple[dict[str, bytes], Settings]:
    files: dict[str, bytes] = {}
    for form in forms:
        files |= form.write(origin, cut)
    settings = Settings()
    if forms[0].has_layout(origin):
        files |= write_tokenizer_json(origin, cut)
        settings = follow_settings(origin, cut)
    files |= settings.files
    return {**files, TOKEN_MAP: render_json(token_map(cut))}, settings
