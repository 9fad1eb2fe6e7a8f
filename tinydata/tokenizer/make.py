"""Make: a small tokenizer out of a real one, the same where it can be, proven before it is kept."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tinydata.atomic import new_folder, refuse_existing, refuse_loss
from tinydata.errors import BadCorpus, UnknownLayout, UnknownMethod
from tinydata.recipe import note, relative, spell
from tinydata.tokenizer.byte_level import LAYOUTS
from tinydata.tokenizer.corpus import count_used, hold_corpus, read_corpus
from tinydata.tokenizer.document import render_json
from tinydata.tokenizer.files import FORMS, Form, find_forms
from tinydata.tokenizer.files.sentencepiece import SENTENCEPIECE, scores_of
from tinydata.tokenizer.files.tokenizer_json import NAME as TOKENIZER_JSON
from tinydata.tokenizer.files.tokenizer_json import write as write_tokenizer_json
from tinydata.tokenizer.laws import hold
from tinydata.tokenizer.made import MadeTokenizer, tell
from tinydata.tokenizer.origin import Origin, open_origin
from tinydata.tokenizer.raw import from_bytes, to_tokenizer
from tinydata.tokenizer.retrain import retrain
from tinydata.tokenizer.select import select
from tinydata.tokenizer.settings import Settings, follow_settings, pinned_tokens
from tinydata.tokenizer.shrink import Cut, shrink
from tinydata.tokenizer.vocabulary import Vocabulary

TOKEN_MAP = "token_map.json"
LIBRARIES = ("tokenizers",)
METHODS = ("truncate", "corpus", "retrain")


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
    made = tell(target, origin, forms, cut, chosen, held, told, settings, files)
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
