"""Check: what is wrong with a tokenizer, in its files, in `tokenizers` and in `AutoTokenizer`."""

from __future__ import annotations

import inspect
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tinydata.errors import BadSource, MissingExtra, UnknownSource
from tinydata.finding import Finding, unreadable
from tinydata.tokenizer.auto import load_auto, quiet_transformers
from tinydata.tokenizer.configs import refuse_configs
from tinydata.tokenizer.document import refuse_merges
from tinydata.tokenizer.files import Form, find_forms
from tinydata.tokenizer.files.tokenizer_json import NAME as TOKENIZER_JSON
from tinydata.tokenizer.id_keys import ids_named
from tinydata.tokenizer.laws import encode, surfaces
from tinydata.tokenizer.layout import named_tokens
from tinydata.tokenizer.made import TOKEN_MAP
from tinydata.tokenizer.origin import Origin, open_origin
from tinydata.tokenizer.pairs import Pair, find_pair
from tinydata.tokenizer.probes import SCRIPTS, probes
from tinydata.tokenizer.raw import from_bytes, steady, to_tokenizer
from tinydata.tokenizer.settings import MODEL_CONFIGS
from tinydata.tokenizer.vocabulary import Vocabulary

TEXTS = 300
CONFIG = "tokenizer_config.json"


def is_tokenizer(path: Path) -> bool:
    """Whether the files of a tokenizer lie there."""
    try:
        origin = open_origin(path)
        return CONFIG in origin.files or bool(find_pair(origin) or find_forms(origin))
    except BadSource:
        return False


def check_tokenizer(path: Path, progress: Callable[[str], None] | None = None) -> list[Finding]:
    """What is wrong with a tokenizer.

    Ids without holes, files and configs that agree, a model that `tokenizers` loads, the same encoding in `AutoTokenizer`, before
    and after it is saved.
    """
    origin = open_origin(path)
    try:
        refuse_configs(origin)
    except BadSource as error:
        return [unreadable(origin.shown, error)]
    if pair := find_pair(origin):
        return [*_of_pair(origin, pair), *_of_class(path, origin, progress or (lambda _: None))]
    tell = progress or (lambda _: None)
    try:
        forms = find_forms(origin)
    except UnknownSource:
        if CONFIG not in origin.files:
            raise
        return list(_of_class(path, origin, tell))
    findings: list[Finding] = []
    read: list[tuple[Form, Vocabulary]] = []
    for form in forms:
        try:
            read.append((form, form.read(origin)))
            refuse_merges(read[-1][1], origin.files[form.finds(origin)[-1]])
        except BadSource as error:
            findings.append(unreadable(origin.files[form.finds(origin)[0]], error))
    if findings and CONFIG in origin.files and TOKENIZER_JSON not in origin.files:
        of_class = list(_of_class(path, origin, tell))  # files of the same names, but of a class that we do not know
        return of_class if not any(found.problem for found in of_class) else findings
    if findings:
        return findings
    vocabulary = read[0][1]
    findings += _of_ids(origin, vocabulary)
    findings += [found for form, other in read[1:] for found in _of_another(origin, form, other, vocabulary)]
    findings += [found for name in MODEL_CONFIGS for found in _of_config(origin, name, vocabulary)]
    if not findings or all(not found.problem for found in findings):
        findings += _of_loading(path, origin, vocabulary, tell)
    return findings


def _of_pair(origin: Origin, pair: Pair) -> Iterator[Finding]:
    try:
        read = pair.read(origin)
    except BadSource as error:
        yield unreadable(origin.shown, error)
        return
    for vocabulary in read.values():
        yield from _of_ids(origin, vocabulary)


def _of_class(path: Path, origin: Origin, progress: Callable[[str], None]) -> Iterator[Finding]:
    """What a class of Python makes of the files, where one is named: loaded, and saved and loaded again."""
    if CONFIG not in origin.files:
        return
    try:
        quiet_transformers()
    except MissingExtra as error:
        yield Finding(origin.shown, f"not checked further: {error.library} is not installed", problem=False)
        return
    progress("AutoTokenizer")
    try:
        auto = load_auto(path)
        with tempfile.TemporaryDirectory(prefix="tinydata-") as scratch:
            auto.save_pretrained(scratch)
            again = load_auto(Path(scratch))
            wrong = [text for text in SCRIPTS if auto(text).input_ids != again(text).input_ids]
    except Exception as error:  # whatever transformers raises is what is wrong
        yield Finding(str(path), f"AutoTokenizer: {type(error).__name__}: {' '.join(str(error).split())[:300]}")
        return
    if wrong:
        yield Finding(str(path), f"AutoTokenizer, saved and loaded, encodes {wrong[0]!r} otherwise")
    else:
        yield Finding(str(path), f"{type(auto).__name__}, {len(auto)} tokens", problem=False)


def _of_ids(origin: Origin, vocabulary: Vocabulary) -> Iterator[Finding]:
    holes = vocabulary.end - vocabulary.size
    if holes:
        mend = "make it again" if TOKEN_MAP in origin.files else ""
        yield Finding(origin.shown, f"{holes} holes in the ids", mend, problem=TOKEN_MAP in origin.files)
    for token in sorted(named_tokens(vocabulary.frame) - set(vocabulary.ids)):
        yield Finding(origin.shown, f"a template names {token!r}, and there is no such token")
    yield Finding(origin.shown, f"{vocabulary.family}, {vocabulary.size} tokens", problem=False)


def _of_another(origin: Origin, form: Form, other: Vocabulary, first: Vocabulary) -> Iterator[Finding]:
    strange = [token for token in other.pieces if token not in first.ids]
    if strange:
        file = origin.files[form.finds(origin)[0]]
        yield Finding(str(file), f"{len(strange)} tokens that the tokenizer does not have, such as {strange[0]!r}")


def _of_config(origin: Origin, name: str, vocabulary: Vocabulary) -> Iterator[Finding]:
    config, file = origin.config(name), str(origin.files.get(name, origin.shown))
    size = config.get("vocab_size")
    if isinstance(size, int) and size <= max(vocabulary.names):
        yield Finding(file, f"vocab_size {size}, and the tokenizer has the id {max(vocabulary.names)}")
    most = size if isinstance(size, int) else vocabulary.end
    for place in sorted({place for place in ids_named(config) if place >= most}):
        yield Finding(file, f"names the id {place}, and there are {most}")


def _of_loading(
    path: Path, origin: Origin, vocabulary: Vocabulary, progress: Callable[[str], None]
) -> Iterator[Finding]:
    try:
        progress("tokenizers")
        if TOKENIZER_JSON not in origin.files:
            to_tokenizer(vocabulary, path)
            return
        raw = from_bytes(origin.read(TOKENIZER_JSON), path)
        if path.is_file():  # AutoTokenizer loads folders
            return
        quiet_transformers()
    except MissingExtra as error:
        yield Finding(str(path), f"not checked further: {error.library} is not installed", problem=False)
        return
    except BadSource as error:
        yield unreadable(path, error)
        return
    progress("AutoTokenizer")
    try:
        auto = load_auto(path)
    except Exception as error:
        yield Finding(str(path), f"AutoTokenizer: {type(error).__name__}: {' '.join(str(error).split())[:300]}")
        return
    yield from _of_encoding(path, "AutoTokenizer", vocabulary, raw, auto)
    with tempfile.TemporaryDirectory(prefix="tinydata-") as scratch:
        auto.save_pretrained(scratch)
        yield from _of_encoding(path, "AutoTokenizer, saved and loaded", vocabulary, raw, load_auto(Path(scratch)))


def _of_encoding(path: Path, how: str, vocabulary: Vocabulary, raw: Any, auto: Any) -> Iterator[Finding]:
    if len(auto) != raw.get_vocab_size(True):
        yield Finding(str(path), f"{how} has {len(auto)} tokens, `tokenizers` {raw.get_vocab_size(True)}")
    steady(auto.backend_tokenizer)
    boxes = "boxes" in inspect.signature(type(auto).__call__).parameters  # such a class takes words with places alone
    for text in probes(list(surfaces(vocabulary)), TEXTS):
        if (
            fill := getattr(auto, "fill_token", None)
        ) and fill in text:  # Code Llama's class cuts the text in two there
            continue
        wanted = encode(raw, text)
        if wanted is None:
            continue
        ids = auto.backend_tokenizer.encode(text).ids if boxes else auto(text).input_ids
        if ids != wanted:
            mend = 'in tokenizer_config.json, "tokenizer_class": "PreTrainedTokenizerFast"'
            yield Finding(str(path), f"{how} encodes {text!r} otherwise than `tokenizers`", mend)
            return
