"""Processors: what makes tensors of pictures and sounds, beside a tiny model, so that the Auto classes and `pipeline` find it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinydata.extras import need
from tinydata.model.processor_defaults import PREPROCESSOR, PROCESSOR, VIDEO, Defaults, Files, default_processors
from tinydata.model.processor_sizes import EDGES, shrink_sizes
from tinydata.model.processor_tokens import NAME, name_token, shorten_texts
from tinydata.model.processor_trial import edge_of, try_processors
from tinydata.model.remote_code import RemoteCode
from tinydata.tokenizer.document import parse_json, render_json
from tinydata.tokenizer.ids import read_ids

if TYPE_CHECKING:
    from tinydata.model.inputs import Ran

TEMPLATES = ("chat_template.jinja", "chat_template.json")


@dataclass(frozen=True)
class Processors:
    """The files of the processors of a model.

    Args:
        files: Name -> content.
        notes: What a person should know, a line each.
    """

    files: Mapping[str, bytes]
    notes: tuple[str, ...] = ()


def fit_processors(
    source: Path | None,
    old: Any,
    new: Any,
    model: Any,
    ran: Ran,
    tokenizer: Path | None = None,
    code: RemoteCode | None = None,
) -> Processors:
    """Make the processors of a model fit the tiny one, and try them on it.

    Those of the source are shrunk as its config was; where it brings none, the defaults of its model type are. Of several ways to
    shrink them the first is kept whose tensors the model takes.

    Args:
        source: A folder with configs of processors; None: there is none.
        old: The config of the source.
        new: The config of the tiny model.
        model: The tiny model.
        ran: What it is known to run on.
        tokenizer: The folder of the tokenizer that goes with the model.
        code: What the source brings along and may be run.
    """
    given, foreign = _trusted(_read(source), code) if source else ({}, ())
    given = _completed(given, source) if source else {}
    defaults = Defaults({}) if given else default_processors(new)
    notes = [*foreign, *defaults.notes, *([f"processors: the defaults of {new.model_type}"] if defaults.files else [])]
    before, now = old.to_dict(), new.to_dict()
    words = _words(tokenizer)
    shorter = {name: shorten_texts(values, before, now) for name, values in words.items()}
    ways = list(_ways(given or defaults.files, defaults, before, now, edge_of(ran)))
    chosen, problem = {**ways[0], **shorter}, None
    if ways[0]:
        first = _tried(chosen, new, model, ran, tokenizer, code)
        others = (_tried({**way, **shorter}, new, model, ran, tokenizer, code) for way in ways[1:] if first[1])
        chosen, problem = next((one for one in others if one[1] is None), first)
    if problem:
        notes.append(problem)
    told = {name: render_json(values, indent=2) for name, values in chosen.items() if values != words.get(name)}
    for name in TEMPLATES:
        if source and tokenizer and (source / name).is_file():
            told[name] = (source / name).read_bytes()
    return Processors(told, tuple(notes))


def _tried(
    way: Files, config: Any, model: Any, ran: Ran, tokenizer: Path | None, code: RemoteCode | None
) -> tuple[Files, str | None]:
    """A way with the tokens named that its processor asks for, and what else hinders it."""
    tokens = read_ids(tokenizer).tokens if tokenizer else {}
    while True:
        problem = try_processors(way, config, model, ran, tokenizer, code)
        named = name_token(way.get(NAME, {}), problem or "", tokens) if NAME in way else None
        if named is None:
            return way, problem
        way = {**way, NAME: named}


def _ways(
    files: Files, defaults: Defaults, old: Mapping[str, Any], new: Mapping[str, Any], edge: int | None
) -> Iterator[Files]:
    """The ways to shrink, best first: as the config was, as the picture that ran, not at all."""
    yield _joined(
        {name: shrink_sizes(file, defaults.before or old, new, edge) for name, file in files.items()}, defaults
    )
    if edge:
        yield _joined({name: shrink_sizes(file, {}, {}, edge) for name, file in files.items()}, defaults)
    yield _joined(files, defaults)


def _joined(files: Files, defaults: Defaults) -> Files:
    # The class alone is found by the model type.
    if len(defaults.joined) < 2 and PROCESSOR not in files:
        return files
    return {**files, PROCESSOR: {**defaults.joined, **files.get(PROCESSOR, {})}}


def _words(tokenizer: Path | None) -> Files:
    return _read(tokenizer, (NAME,)) if tokenizer else {}


def _read(folder: Path, names: Iterable[str] = (PREPROCESSOR, PROCESSOR, VIDEO)) -> Files:
    names = [name for name in names if (folder / name).is_file()]
    return {name: parse_json((folder / name).read_bytes(), folder / name) for name in names}


def _trusted(files: Files, code: RemoteCode | None) -> tuple[Files, tuple[str, ...]]:
    """Without the code that they name where that may not be run, and what to tell of it."""
    if code:
        return files, ()
    own = {name: {key: value for key, value in file.items() if key != "auto_map"} for name, file in files.items()}
    return own, tuple(f"{name}: auto_map left out" for name, file in files.items() if "auto_map" in file)


def _completed(files: Files, source: Path) -> Files:
    """Write out the sizes that a file leaves to its class."""
    file = files.get(PREPROCESSOR, {})
    if not file:
        return files
    try:
        made = need("transformers", "model").AutoImageProcessor.from_pretrained(source, trust_remote_code=False)
    except Exception:  # it is of sounds, or wants a library that is missing: then it stays as it is
        return files
    sizes = {key: value for key, value in json.loads(made.to_json_string()).items() if key in EDGES}
    return {**files, PREPROCESSOR: {**sizes, **file}}
