"""Make: a small tokenizer out of a real one, the same where it can be, proven before it is kept."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tinydata.atomic import new_folder, refuse_existing, refuse_loss
from tinydata.errors import BadMix, NoSource, UnknownLayout, UnknownMethod
from tinydata.fetch import fetch
from tinydata.garbage import uncollected
from tinydata.recipe import note, relative, spell
from tinydata.tokenizer.byte_level import LAYOUTS
from tinydata.tokenizer.corpus import read_corpus
from tinydata.tokenizer.double import make_double
from tinydata.tokenizer.files import find_forms
from tinydata.tokenizer.made import Made, MadeTokenizer
from tinydata.tokenizer.origin import Origin, open_origin
from tinydata.tokenizer.pairs import find_pair
from tinydata.tokenizer.single import make_single
from tinydata.tokenizer.wish import Wish

METHODS = ("truncate", "corpus", "retrain", "scratch")
FILES = (  # of a repo: what a tokenizer takes, and no weights
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "chat_template.json*",
    "*.jinja",
    "config.json",
    "generation_config.json",
    "preprocessor_config.json",
    "processor_config.json",
    "normalizer.json",
    "vocab*.json",
    "target_vocab.json",
    "tekken*.json",
    "vocab.txt",
    "merges.txt",
    "encoder.json",
    "vocab.bpe",
    "bpe_simple_vocab*",
    "*.model",
    "*.model.v*",
    "*.spm",
    "*.tiktoken",
    "LICENSE",
)
LEARNING = ("corpus", "retrain")  # those that take a corpus


def make_tokenizer(
    source: str | os.PathLike[str] | None,
    output: str | os.PathLike[str],
    *,
    vocab_size: int | None = None,
    method: str | None = None,
    class_: str | None = None,
    revision: str | None = None,
    offline: bool = False,
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
        source: A folder as the Hub has it, one file, or a repo of the Hub as ``org/name`` or ``hf://org/name``; None where a class
            is named.
        output: The folder to make.
        vocab_size: How many tokens to keep, specials and added ones included; None: the fewest that lose nothing, or, with a
            corpus, those that it is encoded the same with.
        method: How tokens are chosen. ``truncate``: in their order, which nearly everywhere is that of their frequency;
            ``corpus``: those that a corpus uses most; ``retrain``: new ones are learned from the corpus, with nothing kept but the
            special ones and the alphabet; ``scratch``: words are made up, and the special ones and the alphabet stay. None: ``corpus`` where there is one, else ``truncate``.
        class_: The tokenizer class of transformers, such as ``T5Tokenizer``, that is made out of nothing, in place of a source: its
            special tokens, an alphabet, three words.
        revision: A branch, a tag or a commit of the repo; the recipe has the commit.
        offline: Ask no hub: what its cache holds will do.
        corpus: Text files; each line is one text.
        like: The layout of a `.tiktoken` file, which tells of none: gpt2, cl100k, o200k, llama3 or qwen2. Without it no
            tokenizer.json is written.
        drop_reserved: Let `<|reserved...|>` and `[unused...]` go too.
        dry_run: Write nothing; the result tells what would come out.
        overwrite: Replace what lies there.
        home: The folder that the recipe's paths are relative to; that of `output`.

    Raises:
        NoSource: Nothing lies there.
        HubError: A repo that there is not, or a hub that cannot be reached; its subclasses say why.
        UnknownClass: transformers has no such class, or it cannot be built out of nothing.
        UnknownSource: It is no tokenizer.
        BadMix: A method and a corpus, or a class and a source, that do not go together.
        BadCorpus: The corpus is empty, not UTF-8, or too small to learn from.
        DamagedSource: A file breaks off or contradicts itself.
        NothingToShrink: It has no vocabulary.
        UnknownMethod: No method of this name.
        UnknownLayout: No layout of the name `like`.
        BadSize: `vocab_size` is below 1 or above what there is.
        BelowFloor: `vocab_size` is below the fewest that lose nothing; the error has that number.
        TargetExists: `output` is there and `overwrite` is not set.
        BrokenLaw: The result is not what it must be; it was not kept.
        MissingExtra: `tokenizers` is not installed, or, where a class is named, transformers.

    Source:
        Moi's truncation of a tokenizer.json in Stas Bekman's make-tiny notes; what it breaks is kept here.
    """
    target = Path(output)
    if not dry_run:
        refuse_existing(target, overwrite)
        if source is not None:
            refuse_loss(source, target, overwrite)
    method = method or ("scratch" if class_ else "corpus" if corpus else "truncate")
    _refuse_words(source, method, class_, corpus, like)
    texts = read_corpus(corpus) if corpus else []
    wish = Wish(vocab_size, method, texts, drop_reserved, dry_run)
    start = home or target.parent
    place: tuple[str, ...] = ()
    inputs = [Path(path) for path in corpus]
    libraries = ["tokenizers"]
    if class_ is not None:
        from tinydata.tokenizer.from_class import make_from_class  # it loads what only a class needs

        made = make_from_class(class_, wish)
        libraries.append("transformers")
    else:
        found = fetch(source or "", FILES, revision=revision, offline=offline)
        origin = replace(open_origin(found if str(source) else "", like), shown=str(source))
        made = _make(origin, wish)
        place = (relative(found, start),)
        inputs = [*(origin.files[name] for name in sorted(origin.used)), *inputs]
    if dry_run:
        return replace(made.told, path=target)
    words = spell(
        "tokenizer",
        *place,
        vocab_size=vocab_size,
        method=method,
        class_=class_,
        corpus=tuple(relative(path, start) for path in corpus),
        like=like,
        drop_reserved=drop_reserved,
    )
    with new_folder(target, overwrite=overwrite) as folder:
        for name, content in made.files.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(content)
        recipe = note(words, inputs, folder, start, libraries)
    return replace(made.told, path=target, recipe=recipe)


def _make(origin: Origin, wish: Wish) -> Made:
    with uncollected():
        pair = find_pair(origin)
        return make_double(origin, pair, wish) if pair else make_single(origin, find_forms(origin), wish)


def _refuse_words(
    source: str | os.PathLike[str] | None,
    method: str,
    class_: str | None,
    corpus: Sequence[str | os.PathLike[str]],
    like: str | None,
) -> None:
    """Refuse words that do not go together."""
    if method not in METHODS:
        raise UnknownMethod(method, METHODS)
    if (method in LEARNING) != bool(corpus):
        raise BadMix("method", f"{method} takes {'no corpus' if corpus else 'a corpus'}")
    if like is not None and like not in LAYOUTS:
        raise UnknownLayout(like, LAYOUTS)
    if class_ is not None and (source is not None or method != "scratch"):
        raise BadMix("class", "goes with no source, and with the method scratch alone")
    if class_ is None and source is None:
        raise NoSource("")
