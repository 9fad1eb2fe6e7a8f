"""Repo card: what the YAML head of a dataset repo's README says of its configs, features, licence and citation."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from functools import cached_property
from typing import Any

from tinydata.dataset.loader import Feature, portable
from tinydata.errors import DamagedSource

CARD, EXTRA, OLD_INFOS = "README.md", ".huggingface.yaml", "dataset_infos.json"

_HEAD = re.compile(r"\A---[ \t]*\r?\n(.*?)^---[ \t]*$", re.DOTALL | re.MULTILINE)
_BIBTEX = re.compile(r"^[ \t]*```[^\n]*\n\s*(@\w+\s*\{.*?)\s*^[ \t]*```", re.DOTALL | re.MULTILINE)
_MOST_VALUES = 5_000_000
_SPLIT_NAME = re.compile(r"\w+(\.\w+)*")


class RepoCard:
    """The card of a dataset repo; without one, or without a head, it says nothing.

    Args:
        source: What to call the repo in errors.
        names: All its files.
        read: Gives the content of one.
    """

    def __init__(self, source: str, names: Collection[str], read: Callable[[str], bytes]) -> None:
        self._source, self._names, self._read = source, names, read

    @cached_property
    def text(self) -> str:
        """The whole of it."""
        return self._text(CARD)

    @cached_property
    def head(self) -> dict[str, Any]:
        """Its YAML head, and over it what `.huggingface.yaml` says.

        Raises:
            DamagedSource: One of them is no YAML mapping.
        """
        found = _HEAD.match(self.text)
        return {**self._yaml(CARD, found[1] if found else ""), **self._yaml(EXTRA, self._text(EXTRA))}

    def configs(self) -> dict[str, dict[str, Any]]:
        """What it says of each config, in order.

        Raises:
            DamagedSource: A config has no name, or its files are told in no way that is known.
        """
        configs = {}
        for said in self._list("configs"):
            if not isinstance(said, Mapping) or not isinstance(said.get("config_name"), str):
                raise DamagedSource(self._place, "configs: a config without config_name")
            name = said["config_name"]
            if name in configs:
                raise DamagedSource(self._place, f"configs: two are called {name!r}")
            if "data_files" in said:
                self.patterns(name, said["data_files"])
            configs[name] = dict(said)
        return configs

    def patterns(self, config: str, said: Any) -> dict[str, list[str]]:
        """The patterns of `data_files`, by split: a word, a list of words, or a list of splits and paths."""
        if isinstance(said, str):
            return {"train": [said]}
        if isinstance(said, list) and said and all(isinstance(word, str) for word in said):
            return {"train": said}
        splits: dict[str, list[str]] = {}
        for entry in said if isinstance(said, list) else [said]:
            split, path = (entry.get("split"), entry.get("path")) if isinstance(entry, Mapping) else (None, None)
            paths: list[Any] = path if isinstance(path, list) else [path]
            if not isinstance(split, str) or not all(isinstance(word, str) for word in paths):
                raise DamagedSource(self._place, f"config {config!r}: data_files are words, or splits and paths")
            if not _SPLIT_NAME.fullmatch(split) or split in splits:
                why = "named twice" if split in splits else "no name of a split"
                raise DamagedSource(self._place, f"config {config!r}: split {split!r} is {why}")
            splits[split] = paths
        return splits

    def described(self) -> list[str]:
        """The configs that `dataset_info` tells of."""
        return list(self._infos)

    def features(self, config: str) -> dict[str, Feature] | None:
        """The features that `dataset_info` gives to a config, else those that an old `dataset_infos.json` does."""
        said = self._infos.get(config, {}).get("features")
        if said:
            return self.from_yaml(said)
        old = self._old_infos.get(config, {}).get("features")
        return {name: portable(feature) for name, feature in old.items()} if isinstance(old, Mapping) else None

    def count(self, config: str, split: str, size_bytes: int) -> int | None:
        """The rows of a split, as `dataset_info` has them.

        Args:
            config: The config.
            split: The split.
            size_bytes: The length of all files of the config: where it states another, they have changed since, and it counts
                for nothing.
        """
        info = self._infos.get(config, {})
        splits = info.get("splits")
        if info.get("download_size") != size_bytes or not isinstance(splits, list):
            return None
        counts = [
            said.get("num_examples") for said in splits if isinstance(said, Mapping) and said.get("name") == split
        ]
        return counts[0] if len(counts) == 1 and isinstance(counts[0], int) else None

    def from_yaml(self, said: Any) -> dict[str, Feature]:
        """Features out of the short form that cards have."""
        from datasets import Features

        try:
            features = Features._from_yaml_list(said).to_dict()
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise DamagedSource(self._place, f"features that `datasets` does not know: {error}") from error
        return {name: portable(feature) for name, feature in features.items()}

    @property
    def license(self) -> str | None:
        """As the head has it."""
        said = self.head.get("license")
        return ", ".join(map(str, said)) if isinstance(said, list) else str(said) if said else None

    @property
    def citation(self) -> str | None:
        """Its first BibTeX."""
        found = _BIBTEX.search(self.text)
        return found[1] if found else None

    @property
    def _place(self) -> str:
        return f"{self._source}/{CARD}"

    @cached_property
    def _infos(self) -> dict[str, Mapping[str, Any]]:
        said = self.head.get("dataset_info")
        listed = [said] if isinstance(said, Mapping) else said if isinstance(said, list) else []
        return {str(info.get("config_name", "default")): info for info in listed if isinstance(info, Mapping)}

    @cached_property
    def _old_infos(self) -> dict[str, Mapping[str, Any]]:
        try:
            old = json.loads(self._text(OLD_INFOS) or "{}")
        except ValueError as error:
            raise DamagedSource(f"{self._source}/{OLD_INFOS}", f"no JSON: {error}") from error
        infos = {name: info for name, info in old.items() if isinstance(info, Mapping)} if isinstance(old, dict) else {}
        return {"default": next(iter(infos.values()))} if len(infos) == 1 else infos  # it was named after the repo

    def _text(self, name: str) -> str:
        try:
            return self._read(name).decode("utf-8-sig") if name in self._names else ""
        except UnicodeDecodeError as error:
            raise DamagedSource(f"{self._source}/{name}", f"no UTF-8: {error}") from error

    def _yaml(self, name: str, text: str) -> dict[str, Any]:
        import yaml

        try:
            said = yaml.safe_load(text)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = mark.line + (2 if name == CARD else 1) if mark else None
            what = getattr(error, "problem", None) or "it cannot be read"
            raise DamagedSource(f"{self._source}/{name}", f"no YAML: {what}", line) from error
        except (ValueError, RecursionError) as error:  # of a day that there is not, of a thousand brackets
            raise DamagedSource(f"{self._source}/{name}", f"no YAML: {error}") from error
        if _count(said, {}) > _MOST_VALUES:
            raise DamagedSource(f"{self._source}/{name}", "no YAML: its anchors make too much of it")
        if said is None:
            return {}
        if not isinstance(said, dict):
            raise DamagedSource(f"{self._source}/{name}", "its YAML is no mapping")
        return said

    def _list(self, key: str) -> list[Any]:
        said = self.head.get(key)
        if said is not None and not isinstance(said, list):
            raise DamagedSource(self._place, f"{key}: a list is wanted")
        return said or []


def _count(said: Any, known: dict[int, int]) -> int:
    """How many values it would take to write it without anchors; without end where one holds itself."""
    if not isinstance(said, dict | list):
        return 1
    if id(said) not in known:
        known[id(said)] = _MOST_VALUES + 1
        known[id(said)] = 1 + sum(_count(value, known) for value in (said.values() if isinstance(said, dict) else said))
    return known[id(said)]
