"""Double: a folder with two vocabularies, each made small and held against what it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tinydata.errors import UnknownMethod
from tinydata.tokenizer.configs import refuse_configs
from tinydata.tokenizer.corpus import Corpus, count_used, hold_corpus
from tinydata.tokenizer.document import render_json
from tinydata.tokenizer.laws import NOT_HELD, Held, hold, hold_texts
from tinydata.tokenizer.made import TOKEN_MAP, Made, MadeTokenizer
from tinydata.tokenizer.origin import Origin
from tinydata.tokenizer.pairs import Pair, Side
from tinydata.tokenizer.raw import no_panic, to_tokenizer
from tinydata.tokenizer.select import Selection, select
from tinydata.tokenizer.settings import Settings, follow_settings, pinned_tokens
from tinydata.tokenizer.shrink import Cut, shrink
from tinydata.tokenizer.single import token_map
from tinydata.tokenizer.vocabulary import Vocabulary
from tinydata.tokenizer.wish import Wish


def make_double(origin: Origin, pair: Pair, wish: Wish) -> Made:
    """Make two vocabularies small; a size is for each."""
    if wish.method in ("retrain", "scratch"):
        raise UnknownMethod(wish.method, ("truncate", "corpus"))  # the others make one vocabulary anew
    path = Path(origin.shown)
    refuse_configs(origin)
    whole = {name: read.pin(pinned_tokens(origin, read)) for name, read in pair.read(origin).items()}
    used = _count(origin, pair, whole, wish.texts, path) if wish.texts else None
    chosen = {
        name: select(vocabulary, wish.vocab_size, used, drop_reserved=wish.drop_reserved)
        for name, vocabulary in whole.items()
    }
    exact = set(used or ()) if wish.vocab_size is None else set()
    cuts = {
        name: shrink(vocabulary, chosen[name].tokens, exact & vocabulary.hidden) for name, vocabulary in whole.items()
    }
    files = pair.write(origin, cuts)
    with no_panic(path, also=()):
        held, told = ({}, None) if wish.dry_run else _hold(pair.sides(origin, cuts), wish, path)
    settings = follow_settings(origin, next(iter(cuts.values())), pair.sizes(cuts))
    maps = {name: token_map(cut) for name, cut in cuts.items()}
    table = {"vocabularies": maps} if len(maps) > 1 else next(iter(maps.values()))
    files = {**files, **settings.files, TOKEN_MAP: render_json(table)}
    return Made(files, _tell(origin, pair, cuts, chosen, held, told, settings, files))


def _count(
    origin: Origin, pair: Pair, whole: Mapping[str, Vocabulary], texts: Sequence[str], path: Path
) -> Counter[str]:
    """How often each token is used, by whichever side: the corpus may be in either language."""
    nothing = {name: Cut(vocabulary, vocabulary, tuple(vocabulary.names)) for name, vocabulary in whole.items()}
    used: Counter[str] = Counter()
    for side in pair.sides(origin, nothing):
        with no_panic(path, also=()):
            used += count_used(to_tokenizer(side.cut.old, path), texts)
    return used


def _hold(sides: Sequence[Side], wish: Wish, path: Path) -> tuple[dict[str, Held], Corpus | None]:
    held: dict[str, Held] = {}
    told: Corpus | None = None
    same = wish.vocab_size is None and wish.method == "corpus"
    for side in sides:
        old, new = to_tokenizer(side.cut.old, path), to_tokenizer(side.cut.new, path)
        held[side.name] = _hold_hidden(side.cut, old, new) if side.cut.old.hidden else hold(side.cut, old, new)
        if wish.texts:
            told = told or hold_corpus(side.cut, old, new, wish.texts, all_same=same)
    return held, told


def _hold_hidden(cut: Cut, old: Any, new: Any) -> Held:
    return hold_texts(cut, old, new, {old.token_to_id(token): place for token, place in cut.new.ids.items()})


def _tell(
    origin: Origin,
    pair: Pair,
    cuts: Mapping[str, Cut],
    chosen: Mapping[str, Selection],
    held: Mapping[str, Held],
    corpus: Corpus | None,
    settings: Settings,
    files: Mapping[str, bytes],
) -> MadeTokenizer:
    """What is told is of the first vocabulary; the others get a note each."""
    names = pair.finds(origin)
    (name, cut), *others = cuts.items()
    first = next(iter(held.values()), NOT_HELD)
    notes = [
        f"{other}: {more.old.size:,} -> {more.new.size:,} tokens, smallest {chosen[other].floor:,}"
        for other, more in others
    ]
    if len(held) > 1:
        notes.append(f"the texts were tried on {' and '.join(held)}")
    notes += [f"holes in the ids of {name} closed: {more.old.end - more.old.size}" for name, more in cuts.items()
              if more.old.end > more.old.size]  # fmt: skip
    gone = [token for token in cut.old.order if token not in cut.new.ids]
    return MadeTokenizer(
        path=Path(),
        recipe=None,
        family=cut.old.family,
        vocab_size=(cut.old.size, cut.new.size),
        size_bytes=(sum(origin.files[file].stat().st_size for file in names), sum(len(files[file]) for file in names)),
        floor=chosen[name].floor,
        specials=chosen[name].specials,
        characters=(chosen[name].characters, chosen[name].all_characters),
        cost=first.cost,
        texts=(sum(one.texts for one in held.values()), sum(one.same for one in held.values())),
        corpus=corpus,
        dropped=tuple(gone[:20]),
        notes=(
            *notes,
            *settings.told,
            "no tokenizer.json: it is one vocabulary, and the class has two or more files",
        ),
        files=tuple(sorted(files)),
    )
