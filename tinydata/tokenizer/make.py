"""Make: a small tokenizer out of a real one, the same where it can be, proven before it is kept."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tinydata.atomic import new_folder, refuse_existing, refuse_loss
from tinydata.errors import BadCorpus, UnknownLayout, UnknownMethod
from tinydata.recipe import Recipe, note, relative, spell
from tinydata.tokenizer.byte_level import LAYOUTS
from tinydata.tokenizer.corpus import Corpus, count_used, hold_corpus, read_corpus
from tinydata.tokenizer.document import render_json
from tinydata.tokenizer.files import FORMS, Form, find_forms
from tinydata.tokenizer.files.sentencepiece import SENTENCEPIECE, scores_of
from tinydata.tokenizer.files.tokenizer_json import NAME as TOKENIZER_JSON
from tinydata.tokenizer.files.tokenizer_json import write as write_tokenizer_json
from tinydata.tokenizer.laws import Held, hold
from tinydata.tokenizer.origin import Origin, open_origin
from tinydata.tokenizer.raw import from_bytes, to_tokenizer
from tinydata.tokenizer.retrain import retrain
from tinydata.tokenizer.select import Selection, select
from tinydata.tokenizer.settings import Settings, follow_settings, pinned_tokens
from tinydata.tokenizer.shrink import Cut, shrink
from tinydata.tokenizer.vocabulary import Vocabulary

TOKEN_MAP = "token_map.json"
LIBRARIES = ("tokenizers",)
METHODS = ("truncate", "corpus", "retrain")


@dataclass(frozen=True)
class MadeTokenizer:
    """A small tokenizer.

    Args:
        path: Where it lies.
        recipe: How it was made; None where it was not.
        family: BPE, Unigram, WordPiece or WordLevel.
        vocab_size: Tokens before and after.
        size_bytes: Bytes of the vocabulary's files before, of the same files after; 0 after where nothing was written.
        floor: The fewest tokens that it could have.
        specials: How many special and added tokens it has.
        characters: Of the characters beyond ASCII that no bytes carry, how many stay and how many there were.
        cost: Tokens of a line of English before and after.
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


def make_tokenizer(
    source: str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    vocab_size: int | None = None,
    method: str | None = None,
    corpus: Sequence[str | os.PathLike[str]] = (),
    like: str | None = None,
    drop_reserved: bool = False,
    dry_run: bool = False,
    overwrite: bool = False,
    home: Path | None = None,
) -> MadeTokenizer:
    """Shrink a tokenizer to fewer tokens, and prove that nothing broke.

    Any text that the original encodes in kept tokens alone is encoded the same, under the map of ids in `token_map.json`; every
    special and added token keeps its name and its flags; where bytes carry every character, no text is lost.

    Args:
        source: A folder as the Hub has it, or one file.
        output: The folder to make.
        vocab_size: How many tokens to keep, specials and added ones included; None: the fewest that lose nothing, or, with a
            corpus, those that it is encoded the same with.
        method: How tokens are chosen. ``truncate``: in their order, which nearly everywhere is that of their frequency;
            ``corpus``: those that a corpus uses most; ``retrain``: new ones are learned from the corpus, with nothing kept but the
            special ones and the alphabet. None: ``corpus`` where there is one, else ``truncate``.
        corpus: Text files; each line is one text.
        like: The layout of a `.tiktoken` file, which tells of none: gpt2, cl100k, o200k, llama3 or qwen2. Without it no
            tokenizer.json is written.
        drop_reserved: Let `<|reserved...|>` and `[unused...]` go too.
        dry_run: Write nothing; the result tells what would come out.
        overwrite: Replace what lies there.
        home: The folder that the recipe's paths are relative to; that of `output`.

    Raises:
        NoSource: Nothing lies there.
        UnknownSource: It is no tokenizer.
        BadCorpus: The corpus is empty, not UTF-8, or too small to learn from.
        DamagedSource: A file breaks off or contradicts itself.
        NothingToShrink: It has no vocabulary.
        UnknownMethod: No method of this name.
        UnknownLayout: No layout of the name `like`.
        BadSize: `vocab_size` is below 1 or above what there is.
        BelowFloor: `vocab_size` is below the fewest that lose nothing; the error has that number.
        TargetExists: `output` is there and `overwrite` is not set.
        BrokenLaw: The result is not what it must be; it was not kept.
        MissingExtra: `tokenizers` is not installed.

    Source:
        Moi's truncation of a tokenizer.json in Stas Bekman's make-tiny notes; what it breaks is kept here.
    """
    target = Path(output)
    if not dry_run:
        refuse_existing(target, overwrite)
        refuse_loss(source, target, overwrite)
    method = method or ("corpus" if corpus else "truncate")
    if method not in METHODS:
        raise UnknownMethod(method, METHODS)
    if (method != "truncate") != bool(corpus):
        raise BadCorpus("corpus", f"the method {method} takes {'none' if corpus else 'one'}")
    if like is not None and like not in LAYOUTS:
        raise UnknownLayout(like, LAYOUTS)
    origin = open_origin(source, like)
    forms = find_forms(origin)
    vocabulary = read_vocabulary(origin, forms)
    texts = read_corpus(corpus) if corpus else []
    old = to_tokenizer(vocabulary, Path(origin.shown))
    if method == "retrain":
        forms = [form for form in forms if form.learns] or [FORMS["tokenizer.json"]]
        cut, chosen = retrain(
            vocabulary, texts, vocab_size or vocabulary.size, Path(origin.shown), drop_reserved=drop_reserved
        )
    else:
        used = count_used(old, texts) if texts else None
        chosen = select(vocabulary, vocab_size, used, drop_reserved=drop_reserved)
        cut = shrink(vocabulary, chosen.tokens)
    files, settings = _write_files(origin, forms, cut)
    new = from_bytes(files.get(TOKENIZER_JSON) or write_tokenizer_json(origin, cut)[TOKENIZER_JSON], Path(origin.shown))
    held = hold(cut, old, new, learned=method == "retrain")
    told = hold_corpus(cut, old, new, texts, all_same=vocab_size is None and method == "corpus") if texts else None
    made = _tell(target, origin, forms, cut, chosen, held, told, settings, files)
    if dry_run:
        return made
    words = spell(
        "tokenizer",
        relative(source, home or target.parent),
        vocab_size=vocab_size,
        method=method,
        corpus=tuple(relative(path, home or target.parent) for path in corpus),
        like=like,
        drop_reserved=drop_reserved,
    )
    with new_folder(target, overwrite=overwrite) as folder:
        for name, content in files.items():
            (folder / name).write_bytes(content)
        inputs = [*(origin.files[name] for name in sorted(origin.contents)), *map(Path, corpus)]
        recipe = note(words, inputs, folder, home or target.parent, LIBRARIES)
    return replace(made, recipe=recipe)


def read_vocabulary(origin: Origin, forms: Sequence[Form]) -> Vocabulary:
    """Read a vocabulary from the form that tells most, and pin what the configs beside it name."""
    read = forms[0].read(origin)
    if read.family == "BPE" and not read.scores and SENTENCEPIECE in forms:
        read = replace(read, scores=scores_of(origin, read.pieces))
    return replace(read, pinned=read.pinned | pinned_tokens(origin, read.ids))


def _write_files(origin: Origin, forms: Sequence[Form], cut: Cut) -> tuple[dict[str, bytes], Settings]:
    files: dict[str, bytes] = {}
    for form in forms:
        files |= form.write(origin, cut)
    settings = Settings()
    if forms[0].has_layout(origin):
        files |= write_tokenizer_json(origin, cut)
        settings = follow_settings(origin, cut)
    files |= settings.files
    table = {
        "new_to_old": [old if old >= 0 else None for old in cut.new_to_old],
        "old_size": max(cut.old.names) + 1,
        "new_size": cut.new.size,
    }
    return {**files, TOKEN_MAP: render_json(table)}, settings


def _tell(
    target: Path,
    origin: Origin,
    forms: Sequence[Form],
    cut: Cut,
    chosen: Selection,
    held: Held,
    told: Corpus | None,
    settings: Settings,
    files: dict[str, bytes],
) -> MadeTokenizer:
    names = {name for form in forms for name in form.finds(origin)}
    holes = max(cut.old.names) + 1 - cut.old.size
    notes = [f"holes in the ids closed: {holes}"] if holes else []
    notes += [f"written out, since its default was an old id: {key}" for key in settings.written_out]
    notes += settings.unmapped
    if not forms[0].has_layout(origin):
        notes.append(f"no tokenizer.json: {', '.join(forms[0].finds(origin))} tells neither pattern nor special tokens")
    gone = [token for token in cut.old.in_order() if token not in cut.new.ids]
    return MadeTokenizer(
        path=target,
        recipe=None,
        family=cut.old.family,
        vocab_size=(cut.old.size, cut.new.size),
        size_bytes=(
            sum(len(origin.read(name)) for name in names),
            sum(len(files[name]) for name in names & set(files)),
        ),
        floor=chosen.floor,
        specials=chosen.specials,
        characters=(chosen.characters, chosen.all_characters),
        cost=held.cost,
        texts=(held.texts, held.same),
        corpus=told,
        dropped=tuple(gone[:20]),
        notes=tuple(notes),
        files=tuple(sorted(files)),
    )
