"""Rebuild: repeat the recipe of an artifact beside it, and compare byte for byte."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinydata.errors import BadRecipe, NoSource, TinydataError, UntrustedCode

if TYPE_CHECKING:
    from tinydata.recipe import Recipe


@dataclass(frozen=True)
class Rebuilt:
    """What came of repeating a recipe.

    Args:
        path: The artifact that was compared; it is as it was.
        files: How many files were made again.
        differences: What differs, a line each: an input, a version, a file. Empty: all is the same.
    """

    path: Path
    files: int
    differences: tuple[str, ...]


def rebuild(path: str | os.PathLike[str], *, trust_remote_code: bool = False, offline: bool = False) -> Rebuilt:
    """Repeat the commands of a recipe in a temporary folder and compare what comes out with what lies there.

    Args:
        path: A folder with a `tinydata.yaml`, which all that is made here is but a pack.
        trust_remote_code: Run the code that the source of a model brings along, if its recipe did.
        offline: Ask no server; a source of the Hub is taken out of the cache.

    Raises:
        NoSource: Nothing lies there.
        BadRecipe: There is no recipe, or an input of it is gone.
        UntrustedCode: Its recipe ran code of its source, and that is not asked for here.
        RemoteError: A source that lies elsewhere cannot be read.
        TinydataError: Whatever a command of the recipe raises.
    """
    from tinydata.recipe import hash_files, library_versions, read_recipe, unspell

    artifact = Path(path)
    if not str(path) or not artifact.exists():
        raise NoSource(str(path))
    if not (artifact / "tinydata.yaml").exists() and (artifact / "data" / "tinydata.yaml").exists():
        artifact = artifact / "data"
    recipe = read_recipe(artifact)
    if not trust_remote_code and any("--trust-remote-code" in words for words in recipe.commands):
        raise UntrustedCode(artifact, "its recipe runs code that its source brings along")
    home = artifact.resolve().parent
    differences = [f"input {name}: {what}" for name, what in _changed_inputs(artifact, recipe, home, offline)]
    now = library_versions(name for name in recipe.versions if name not in ("tinydata", "zlib"))
    for name, then in recipe.versions.items():
        if now.get(name) != then:
            differences.append(f"version of {name}: was {then}, is {now.get(name, 'not installed')}")
    with tempfile.TemporaryDirectory(prefix="tinydata-") as scratch:
        target = Path(scratch) / _name(recipe, artifact)
        for words in recipe.commands:
            try:
                verb, places, options = unspell(words)
                options.pop("output", None)
                _run(verb, places, options, home, target, offline, recipe)
            except TinydataError:
                raise
            except (TypeError, LookupError, ValueError) as error:
                raise BadRecipe(artifact, f"no command that can be repeated: {' '.join(words)}") from error
        made, found = hash_files(target), hash_files(artifact)
    for name in sorted({*made, *found, *recipe.files}):
        if made.get(name) != recipe.files.get(name):
            differences.append(f"file {name}: {'comes out otherwise' if name in made else 'does not come out'}")
        elif found.get(name) != recipe.files.get(name):
            what = "gone" if name not in found else "edited since" if name in recipe.files else "added since"
            differences.append(f"file {name}: {what}")
    return Rebuilt(artifact, len(made), tuple(differences))


def _name(recipe: Recipe, artifact: Path) -> str:
    """The folder's name when it was made, where that stands in its card; never a way to another place."""
    first = recipe.commands[0]
    named = first[-1] if first[-2:-1] == ("--output",) else ""
    return Path(named).name or artifact.resolve().name


def _changed_inputs(artifact: Path, recipe: Recipe, home: Path, offline: bool) -> Iterator[tuple[str, str]]:
    """Inputs that are not what they were, each with a word on it; without a source there is nothing to repeat."""
    from tinydata.dataset.seeds import is_seeds
    from tinydata.fetch import is_address
    from tinydata.recipe import HUB, describe, own_files, relative

    source = home / Path(*recipe.commands[0][1:2])
    for name, known in recipe.inputs.items():
        if name.startswith(HUB):
            continue  # its commit is part of its name
        if is_address(name):
            if _of_now(name, offline) != known:
                yield name, "changed since"
        elif (home / name).is_file():
            if describe(home / name) != known:
                yield name, "changed since"
        elif source.is_dir():
            yield name, "gone"
        else:
            raise BadRecipe(artifact, f"its input {name} is gone")
    if recipe.inputs and is_seeds(source) and source.is_dir():
        added = (relative(file, home) for file in own_files(source))
        yield from ((name, "added since") for name in added if name not in recipe.inputs)


def _of_now(address: str, offline: bool) -> dict[str, Any] | None:
    """What a recipe would say of a file that lies elsewhere; None where no file lies there."""
    from tinydata.fetch import Folder, find
    from tinydata.recipe import describe_remote

    found = find(address, offline=offline)
    if isinstance(found, Folder):
        return None
    found.size()  # and with it comes what it is
    return describe_remote(found)


def _run(
    verb: str, places: list[str], options: dict[str, Any], home: Path, target: Path, offline: bool, recipe: Recipe
) -> None:
    from tinydata.dataset.generate import generate_files
    from tinydata.dataset.null import null
    from tinydata.dataset.repo import make_dataset
    from tinydata.dataset.shrink import shrink
    from tinydata.dataset.subset import subset
    from tinydata.dataset.unpack import unpack
    from tinydata.fetch import is_address
    from tinydata.model.make import make_model
    from tinydata.tokenizer.make import make_tokenizer

    if verb == "null":
        null(target, places[1], places[2:])
    elif verb == "shrink":
        shrink(target, **{"max_side": None, **options})
    elif verb == "generate":
        generate_files(home / places[0], places[1], target, home=home, **options)
    else:
        if "corpus" in options:
            options = {**options, "corpus": [home / name for name in options["corpus"]]}
        makers: dict[str, Callable[..., Any]] = {
            "unpack": unpack,
            "dataset": make_dataset,
            "subset": subset,
            "tokenizer": make_tokenizer,
            "model": make_model,
        }
        source: str | Path | None = home / places[0] if places else None
        if verb == "subset":
            options = {("rng_seed" if name == "seed" else name): value for name, value in options.items()}
        if verb == "model":
            options = _of_model(options, home)
            if not any(f"{name}/".startswith(f"{places[0]}/") for name in recipe.inputs):
                source = places[0]  # a model type
        if places and is_address(places[0]):
            source, options = places[0], {**options, "offline": offline}
        makers[verb](source, target, home=home, **options)


def _of_model(options: dict[str, Any], home: Path) -> dict[str, Any]:
    """The words of `tinydata model` as `make_model` takes them."""
    from tinydata.recipe import HUB

    named = {"set": "settings", "seed": "rng_seed"}
    options = {named.get(name, name): value for name, value in options.items()}
    if "margin" in options:
        options["margin"] = float(options["margin"])
    if "tokenizer" in options and not options["tokenizer"].startswith(HUB):
        options["tokenizer"] = home / options["tokenizer"]
    return options
