"""Recipe: how an artifact was made; it lies inside the artifact as `tinydata.yaml`."""

from __future__ import annotations

import hashlib
import os
import re
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from keyword import iskeyword
from pathlib import Path
from typing import Any, Protocol

from tinydata.errors import BadRecipe

NAME = "tinydata.yaml"
WHOLE_BYTES = 16 << 20
PARTS_BYTES = 4 << 20  # longer ones of the Hub are read by parts
END_BYTES = 64 << 10
FOREIGN = ("~", ".bak", ".orig", ".swp", "Thumbs.db", "desktop.ini")
LIBRARIES = ("datasets", "numpy", "pillow", "pyarrow")  # their versions decide the bytes

# What each option of a command holds, so that its words can be read back.
LISTS = ("columns", "variants", "splits", "corpus")
NUMBERS = (
    "among",
    "max_chars",
    "max_items",
    "max_params",
    "max_seconds",
    "max_side",
    "num_labels",
    "pick",
    "seed",
    "shards",
    "shrink_vocab",
    "vocab_size",
)
REPEATED = ("set",)  # said once for each value, which may hold commas
FLAGS = ("drop_reserved", "lines", "shuffle", "trust_remote_code")  # said without a value


HUB = "hf://"  # what such an address names is fetched, and does not lie beside
# How huggingface_hub lays out its cache.
_SNAPSHOT = re.compile(r"(?:^|/)(datasets|models)--([^/]+)/snapshots/([0-9a-f]{40})((?:/.*)?)$", re.DOTALL)


@dataclass(frozen=True)
class Recipe:
    """How an artifact was made.

    Args:
        commands: Each command as a list of words; paths are relative to the folder that holds the artifact.
        versions: The library versions that the bytes depend on.
        inputs: What went in: the path of a file to its size and hash.
        files: What came out: the path of each file, inside the artifact, to its sha256.
    """

    commands: tuple[tuple[str, ...], ...]
    versions: Mapping[str, str]
    inputs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)


class Remote(Protocol):
    """A file that lies elsewhere, as a recipe tells of it."""

    @property
    def name(self) -> str:
        """Its address, without what may be a secret."""
        ...

    @property
    def version(self) -> str | None:
        """What tells its state from others."""
        ...

    def size(self) -> int:
        """Its length in bytes."""
        ...


def note(
    command: Iterable[str],
    inputs: Iterable[Path | Remote],
    folder: Path,
    home: Path,
    libraries: Iterable[str] = LIBRARIES,
) -> Recipe:
    """Put into a folder the recipe of what lies there.

    Args:
        command: The words that made it.
        inputs: The files that went in; of a folder, all that it holds.
        folder: What was made, still beside its target.
        home: The folder that the target lies in; paths are relative to it.
        libraries: Those whose versions decide the bytes.
    """
    known: dict[str, Mapping[str, Any]] = {}
    for given in inputs:
        if isinstance(given, Path):
            files = [file for file in (own_files(given) if given.is_dir() else [given]) if file.is_file()]
            known |= {name: _described(file, name) for file in files for name in [relative(file, home)]}
        else:
            known[given.name] = describe_remote(given)
    recipe = Recipe(
        commands=(tuple(command),),
        versions=library_versions(libraries),
        inputs=known,
        files=hash_files(folder),
    )
    write_recipe(recipe, folder)
    return recipe


def write_recipe(recipe: Recipe, folder: Path) -> None:
    """Put a recipe into the folder that it describes."""
    import yaml

    plain = {
        "commands": [list(command) for command in recipe.commands],
        "versions": dict(recipe.versions),
        "inputs": {name: dict(known) for name, known in recipe.inputs.items()},
        "files": dict(recipe.files),
    }
    text = yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=120)
    part = folder / f".{NAME}.part"
    try:
        part.write_bytes(
            f"# How this folder was made; `tinydata rebuild` makes it again and compares.\n{text}".encode()
        )
        part.replace(folder / NAME)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def read_recipe(folder: Path) -> Recipe:
    """Read the recipe of an artifact.

    Raises:
        BadRecipe: There is none, or it is none.
    """
    import yaml

    path = folder / NAME
    try:
        plain = yaml.safe_load(path.read_bytes())
        if not plain["commands"]:
            raise KeyError("commands")
        return Recipe(
            commands=tuple(tuple(str(word) for word in command) for command in plain["commands"]),
            versions={str(name): str(known) for name, known in plain["versions"].items()},
            inputs={str(name): dict(known) for name, known in plain["inputs"].items()},
            files={str(name): str(digest) for name, digest in plain["files"].items()},
        )
    except (FileNotFoundError, NotADirectoryError) as error:
        raise BadRecipe(path, "no recipe here") from error
    except yaml.YAMLError as error:
        raise BadRecipe(path, f"no YAML: {' '.join(str(error).split())}") from error
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise BadRecipe(path, "no recipe: commands, versions, inputs and files are wanted") from error


def add_step(folder: Path, command: Iterable[str], libraries: Iterable[str] = LIBRARIES) -> None:
    """Note a command that changed an artifact in place; without a recipe there is nothing to note it in."""
    try:
        old = read_recipe(folder)
    except BadRecipe:
        return
    step = tuple(command)
    commands = old.commands if old.commands[-1:] == (step,) else (*old.commands, step)
    known = [name for name in old.versions if name not in ("tinydata", "zlib")]
    versions = library_versions(dict.fromkeys((*libraries, *known)))
    write_recipe(Recipe(commands, versions, old.inputs, hash_files(folder)), folder)


def is_noted(folder: Path) -> bool:
    """Whether a recipe, if there is one, tells of the files as they are."""
    try:
        return dict(read_recipe(folder).files) == hash_files(folder)
    except BadRecipe:
        return True


def spell(verb: str, *places: str, **options: Any) -> tuple[str, ...]:
    """The words of a command; an option that is None, False or empty is left out, `class_` is `--class`."""
    words = [verb, *places]
    for name, value in options.items():
        if value is None or value is False or value == ():
            continue
        option = f"--{name.rstrip('_').replace('_', '-')}"
        if name in REPEATED:
            words += [word for one in value for word in (option, str(one))]
            continue
        words.append(option)
        if value is not True:
            words.append(",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value))
    return tuple(words)


def unspell(words: Iterable[str]) -> tuple[str, list[str], dict[str, Any]]:
    """The inverse of `spell`: verb, places and options."""
    verb, *rest = words
    places: list[str] = []
    options: dict[str, Any] = {}
    while rest:
        word = rest.pop(0)
        if not word.startswith("--"):
            places.append(word)
            continue
        name = word[2:].replace("-", "_")
        name += "_" if iskeyword(name) else ""
        if name in FLAGS:
            options[name] = True
            continue
        value: Any = rest.pop(0) if rest else ""
        if name in LISTS:
            value = tuple(value.split(","))
        elif name in REPEATED:
            value = (*options.get(name, ()), value)
        elif name in NUMBERS:
            value = int(value)
        options[name] = value
    return verb, places, options


def relative(path: str | os.PathLike[str], start: Path) -> str:
    """A path as seen from the folder that holds an artifact, with forward slashes; across drives, the bare name.

    What lies in huggingface_hub's cache is told by its address and commit, so that it is found on any machine.

    >>> relative(f"hub/datasets--org--name/snapshots/{'0' * 40}/data/a.csv", Path())
    'hf://datasets/org/name@0000000000000000000000000000000000000000/data/a.csv'
    """
    cached = _SNAPSHOT.search(Path(path).as_posix())
    if cached:
        sort, repo, commit, inside = cached.groups()
        return f"hf://{'datasets/' if sort == 'datasets' else ''}{repo.replace('--', '/')}@{commit}{inside}"
    try:
        return Path(os.path.relpath(path, start)).as_posix()
    except ValueError:
        return Path(path).name


def describe(path: Path) -> dict[str, Any]:
    """Size and hash of an input; of a large one the hash of its first and last 64 KiB, so that the cost does not grow."""
    size = path.stat().st_size
    if size <= WHOLE_BYTES:
        return {"bytes": size, "sha256": _sha256(path)}
    with path.open("rb") as file:
        digest = hashlib.sha256(file.read(END_BYTES))
        file.seek(-END_BYTES, os.SEEK_END)
        digest.update(file.read())
    return {"bytes": size, "sha256_of_ends": digest.hexdigest()}


def describe_remote(file: Remote) -> dict[str, Any]:
    """Size of an input that lies elsewhere, and its ETag where it has one; of the Hub the size alone."""
    version = None if file.name.startswith(HUB) else file.version
    return {"bytes": file.size(), **({"etag": version.strip('"')} if version else {})}


def hash_files(folder: Path) -> dict[str, str]:
    """The sha256 of each file in a folder but the recipe, by its path inside."""
    files = [file for file in own_files(folder) if file.name != NAME]
    return {file.relative_to(folder).as_posix(): _sha256(file) for file in files}


def own_files(folder: Path) -> list[Path]:
    """The files of an artifact, sorted; what an editor, a file manager or git put beside them is not its own."""
    return [file for file in sorted(folder.rglob("*")) if file.is_file() and not _is_foreign(file.relative_to(folder))]


def _described(file: Path, name: str) -> dict[str, Any]:
    """Of a long file of the Hub the size alone: it may as well have been read where it lies, and its name holds its commit."""
    size = file.stat().st_size
    return {"bytes": size} if name.startswith(HUB) and size > PARTS_BYTES else describe(file)


def _is_foreign(path: Path) -> bool:
    named = path.parent if path.name == ".paths.json" else path
    return path.name.endswith(FOREIGN) or any(part.startswith(".") for part in named.parts)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:  # piece by piece: a shard may be larger than the memory
        return hashlib.file_digest(file, "sha256").hexdigest()


def library_versions(libraries: Iterable[str] = LIBRARIES) -> dict[str, str]:
    """The installed versions of tinydata and of the libraries that decide the bytes."""
    import tinydata

    versions = {"tinydata": tinydata.__version__, "zlib": zlib.ZLIB_RUNTIME_VERSION}
    for name in libraries:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions
