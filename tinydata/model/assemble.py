"""Assemble: what was asked for is searched, given weights, tried, and laid out in its folder."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinydata.atomic import new_folder, share_files
from tinydata.errors import BadSetting, NothingRuns
from tinydata.model.agreement import unexpected
from tinydata.model.asked import Asked
from tinydata.model.card import model_card
from tinydata.model.files import tokenizer_files
from tinydata.model.follow import follow_generation
from tinydata.model.made import MadeModel
from tinydata.model.plan import make_plan
from tinydata.recipe import note

if TYPE_CHECKING:
    from tinydata.model.found import Found

LIBRARIES = ("safetensors", "tokenizers", "torch", "transformers")
DTYPES = {"float32": 4, "bfloat16": 2, "float16": 2}
SECONDS = (
    600.0  # for what never ends: what a model comes to is decided by counts, or it would differ from machine to machine
)


@dataclass(frozen=True)
class How:
    """What is wanted of the model, beside its config; see `make_model`."""

    max_params: int | None
    class_: str | None
    dtype: str
    margin: float | None
    rng_seed: int


def assemble(
    target: Path,
    asked: Asked,
    how: How,
    command: tuple[str, ...],
    home: Path,
    overwrite: bool,
    tell: Callable[[str], None],
) -> MadeModel:
    """Make the model, and its folder.

    Args:
        target: The folder to make.
        asked: What is wanted of the config and the vocabulary.
        how: What is wanted beside them.
        command: The words by which it is made again.
        home: The folder that the recipe's paths are relative to.
        overwrite: Replace what lies there.
        tell: Called with a word on what is being done.

    Raises:
        BadSetting: With what was set nothing runs, and without it something does.
        NoSuchClass, NothingRuns, NoMargin: See `make_model`.
    """
    import torch

    from tinydata.model.classes import auto_class_of, class_for
    from tinydata.model.inputs import describe, run_forward
    from tinydata.model.margin import plant
    from tinydata.model.materialize import build, cast, save, settle_generation
    from tinydata.model.processors import fit_processors

    origin = asked.origin
    tell("class")
    cls = class_for(origin, how.class_)
    tell("search")
    found = _found(cls, asked, how)
    tell("weights")
    model = build(cls, found.config, rng_seed=how.rng_seed, inputs=found.trial.ran.inputs if found.trial.ran else None)
    lead = plant(model, how.margin, rng_seed=how.rng_seed).least if how.margin is not None else None
    generation = origin.generation
    notes = [*asked.notes, *_of_search(found)]
    notes += settle_generation(model, follow_generation(generation, asked.follow) if asked.follow else generation)
    ran = run_forward(model, first=found.trial.ran.label if found.trial.ran else None)
    if not asked.tokenizer and origin.folder and tokenizer_files(origin.folder):
        notes.append("its tokenizer left out: it is larger than the vocabulary; --shrink-vocab makes it fit")
    tell("processors")
    processors = fit_processors(origin.folder, origin.config, found.config, model, ran, asked.tokenizer, origin.code)
    notes += processors.notes
    cast(model, getattr(torch, how.dtype))
    parameters = sum(tensor.numel() for tensor in model.parameters())
    with new_folder(target, overwrite=overwrite) as folder:
        tell("files")
        save(model, folder, found.config, origin.code)
        share_files(folder)
        files = tokenizer_files(asked.tokenizer) if asked.tokenizer else []
        for file in files:
            shutil.copyfile(file, folder / file.name)
        for name, content in processors.files.items():
            (folder / name).write_bytes(content)
        line = shlex.join(["tinydata", *command])  # without -o: a folder that is renamed is still the same
        card = model_card(origin, auto_class_of(origin, cls), cls.__name__, parameters, how.dtype, line)
        (folder / "README.md").write_text(card, encoding="utf-8", newline="\n")
        code = origin.code.files.values() if origin.code else ()
        inputs = [*origin.files, *code, *(it for it in files if it.parent != origin.folder and home in it.parents)]
        recipe = note(command, inputs, folder, home, LIBRARIES)
        size = sum(file.stat().st_size for file in folder.glob("*.safetensors"))
        written = tuple(sorted(file.name for file in folder.iterdir()))
        differing = tuple(unexpected(type(found.config).from_pretrained(folder), asked.tree.values, found.plan))
    before = found.original.parameters if found.original else None
    return MadeModel(
        path=target,
        recipe=recipe,
        model_type=origin.config.model_type,
        model_class=cls.__name__,
        parameters=(before, parameters),
        size_bytes=(before * _width(origin.config) if before else None, size),
        dtype=how.dtype,
        changes=found.plan.changes,
        dropped=found.dropped,
        why=found.why,
        unexpected=differing,
        inputs=describe(ran.inputs),
        lead=lead,
        notes=tuple(notes),
        files=written,
    )


def _found(cls: Any, asked: Asked, how: How) -> Found:
    from tinydata.model.search import find_smallest
    from tinydata.model.trial import try_values

    config, tree, aims = asked.origin.config, asked.tree, asked.aims
    try:
        return find_smallest(
            cls, config, aims=aims, settings=asked.settings, seconds=SECONDS, max_parameters=how.max_params
        )
    except NothingRuns as error:
        if not asked.said or how.max_params or error.answer == "needs a library":
            raise
        others = {place: value for place, value in asked.settings.items() if place not in asked.said}
        if not try_values(cls, config, make_plan(tree, aims[0], others).apply(tree.values)).ok:
            raise  # it is not for what was set
        raise BadSetting(" ".join(asked.words), f"it does not run with it: {error.detail}") from error


def _of_search(found: Found) -> Iterator[str]:
    if found.original and found.trial.outline and (lost := found.original.kinds - found.trial.outline.kinds):
        yield f"left out by what is set: {', '.join(sorted(lost))}"
    if found.mended:
        yield "transformers cannot build its config as it is: keys that it leaves empty were filled"
    if not found.trial.finite:
        yield "some of its outputs are NaN"
    if found.trial.gradient_share < 1:
        yield f"a backward pass reaches {found.trial.gradient_share:.0%} of its tensors"


def _width(config: Any) -> int:
    """Bytes of a weight in the dtype that a config names."""
    return DTYPES.get(str(getattr(config, "dtype", None)).removeprefix("torch."), 4)
