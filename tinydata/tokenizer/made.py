"""Made: what is told of a tokenizer that was made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from tinydata.recipe import Recipe
from tinydata.tokenizer.corpus import Corpus
from tinydata.tokenizer.files import Form
from tinydata.tokenizer.laws import Held
from tinydata.tokenizer.origin import Origin
from tinydata.tokenizer.select import Selection
from tinydata.tokenizer.settings import Settings
from tinydata.tokenizer.shrink import Cut

TOKEN_MAP = "token_map.json"


@dataclass(frozen=True)
class MadeTokenizer:
    """A small tokenizer.

    Args:
        path: Where it lies.
        recipe: How it was made; None where it was not.
        family: BPE, Unigram, WordPiece or WordLevel; of a class that is of Python alone its name.
        vocab_size: Tokens before and after; 0 before where it was made of a class.
        size_bytes: Bytes of the vocabulary's files before, of the same files after; 0 after where nothing was written.
        floor: The fewest tokens that it could have.
        specials: How many special and added tokens it has.
        characters: Of the characters beyond ASCII that no bytes carry, how many stay and how many there were.
        cost: Tokens of a line of English before and after; 0 where it was not tried.
        texts: How many texts it was tried on, and how many of them are encoded the same.
        corpus: What became of the corpus; None where there is none.
        dropped: The first tokens that went, in their order.
        notes: What is worth knowing, a line each: ids that could not follow, holes that were closed.
        files: The files written.
    """

    path: Path
    recipe: Recipe | None
    family: str
    vocab_size: tuple[int, int]
    size_bytes: tuple[int, int]
    floor: int
    specials: int
    characters: tuple[int, int]
    cost: tuple[int, int]
    texts: tuple[int, int]
    corpus: Corpus | None
    dropped: tuple[str, ...]
    notes: tuple[str, ...]
    files: tuple[str, ...]


@dataclass(frozen=True)
class Made:
    """What is to be written, and what is told of it: `told` lacks its path and its recipe yet."""

    files: dict[str, bytes]
    told: MadeTokenizer


def tell(
    origin: Origin,
    forms: Sequence[Form],
    cut: Cut,
    chosen: Selection,
    held: Held,
    corpus: Corpus | None,
    settings: Settings,
    files: dict[str, bytes],
    notes: Sequence[str] = (),
) -> Made:
    """Put together what came out of the steps."""
    names = {name for form in forms for name in form.finds(origin)}
    holes = cut.old.end - cut.old.size
    said = [f"holes in the ids closed: {holes}"] if holes else []
    said += [*settings.told, *origin.notes, *notes]
    if not forms[0].has_layout(origin):
        said.append(f"no tokenizer.json: {', '.join(forms[0].finds(origin))} tells neither pattern nor special tokens")
    gone = (token for token in cut.old.order if token not in cut.new.ids)
    told = MadeTokenizer(
        path=Path(),
        recipe=None,
        family=cut.old.family,
        vocab_size=(cut.old.size, cut.new.size),
        size_bytes=(
            sum(origin.files[name].stat().st_size for name in names),
            sum(len(files[name]) for name in names & set(files)) or len(files.get("tokenizer.json", b"")),
        ),
        floor=chosen.floor,
        specials=chosen.specials,
        characters=(chosen.characters, chosen.all_characters),
        cost=held.cost,
        texts=(held.texts, held.same),
        corpus=corpus,
        dropped=tuple(islice(gone, 20)),
        notes=tuple(said),
        files=tuple(sorted(files)),
    )
    return Made(files, told)
