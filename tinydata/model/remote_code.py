"""Remote code: the classes that a config brings along with it; they are run on request alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from tinydata.errors import BadConfig, NoSuchClass
from tinydata.fetch import fetch

CODE = ("*.py",)
MODELS = "AutoModel"
UPSTREAM = "--"  # `org/name--module.Class` lies in another repo
# Auto classes of which a model that has several is best known for the first; the bare model comes last.
FIRST = ("ImageTextToText", "SpeechSeq2Seq", "Seq2SeqLM", "CausalLM", "MaskedLM", "ImageClassification")


@dataclass(frozen=True)
class RemoteCode:
    """The code beside a config.

    Args:
        source: What to call it in an error.
        auto_map: Auto class -> ``module.Class``, of the files alone.
        folders: The folder of each ``module.Class``.
        files: All files that are needed, by name.
    """

    source: str
    auto_map: Mapping[str, Any]
    folders: Mapping[str, Path]
    files: Mapping[str, Path]

    def config_class(self) -> Any:
        """The class of the config; None: it is one of transformers.

        Raises:
            BadConfig: The code does not give it.
        """
        named = self.auto_map.get("AutoConfig")
        return self._load(named) if isinstance(named, str) else None

    def model_class(self, model_type: str, architectures: tuple[str, ...] = (), name: str | None = None) -> Any:
        """The class of the model; None: it is one of transformers.

        Args:
            model_type: Of its config.
            architectures: The names that its config has for it.
            name: The class that was asked for.

        Raises:
            NoSuchClass: The code has none of this name.
            BadConfig: The code does not give it.
        """
        known = {named.rpartition(".")[2]: named for named in self._models()}
        if not known:
            return None
        asked = (name,) if name is not None else (*architectures, *known)
        found = next((known[one] for one in asked if one in known), None)
        if found is None:
            raise NoSuchClass(name, model_type, known)
        factory: Any = import_module("transformers.models.auto.auto_factory")
        return factory.add_generation_mixin_to_remote_model(self._load(found))

    def auto_class(self, name: str) -> str | None:
        """The Auto class that gives a class of the code; None: none does."""
        return next(
            (auto for auto, named in self.auto_map.items() if named in self._models() and named.endswith(f".{name}")),
            None,
        )

    def _models(self) -> list[str]:
        named = {auto: it for auto, it in self.auto_map.items() if auto.startswith(MODELS) and isinstance(it, str)}
        rank = {f"{MODELS}For{task}": place for place, task in enumerate(FIRST)} | {MODELS: len(named) + len(FIRST)}
        return [named[auto] for auto in sorted(named, key=lambda auto: rank.get(auto, len(FIRST)))]

    def _load(self, named: str) -> Any:
        from transformers.dynamic_module_utils import get_class_from_dynamic_module

        try:
            return get_class_from_dynamic_module(named, self.folders[named])
        except Exception as error:  # it is code of any kind
            words = " ".join(f"{type(error).__name__}: {error}".split())
            raise BadConfig(self.source, f"its code does not give {named}: {words[:240]}") from error


def read_code(auto_map: Mapping[str, Any], folder: Path, *, offline: bool = False) -> RemoteCode:
    """Find the files of code that an ``auto_map`` names; nothing of it is run.

    Args:
        auto_map: Of a config.json.
        folder: Where that lies.
        offline: Code of another repo is taken out of the cache alone.

    Raises:
        BadConfig: A file is missing, or two have one name.
        HubError: The hub did not give code of another repo.
    """
    from transformers.dynamic_module_utils import get_relative_import_files

    folders: dict[str, Path] = {}
    files: dict[str, Path] = {}
    for named in references(auto_map):
        repo, _, local = named.rpartition(UPSTREAM)
        home = fetch(f"hf://{repo}", CODE, offline=offline) if repo else folder
        file = home / f"{local.partition('.')[0]}.py"
        try:
            needed = [file, *map(Path, get_relative_import_files(file))]
        except OSError as error:
            missing = Path(error.filename or file).name
            raise BadConfig(str(folder), f"auto_map names {named}, and there is no {missing}") from error
        for one in needed:
            if files.setdefault(one.name, one).read_bytes() != one.read_bytes():
                raise BadConfig(str(folder), f"auto_map names two files {one.name}, which differ")
        folders[local] = home
    return RemoteCode(str(folder), _local(auto_map), folders, files)


def references(auto_map: Any) -> Iterator[str]:
    """Every ``module.Class`` that an ``auto_map`` names.

    >>> list(references({"AutoConfig": "it.Config", "AutoTokenizer": ["it.Slow", None]}))
    ['it.Config', 'it.Slow']
    """
    if isinstance(auto_map, str):
        yield auto_map
    elif isinstance(auto_map, (Mapping, list, tuple)):
        for item in auto_map.values() if isinstance(auto_map, Mapping) else auto_map:
            yield from references(item)


def _local(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _local(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_local(item) for item in value]
    return value.rpartition(UPSTREAM)[2] if isinstance(value, str) else value
