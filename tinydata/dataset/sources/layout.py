"""Layout: which files of a dataset repo make which config and split, as `datasets` 5.2 has it.

It is told by the card, else by the names of folders and files. A local clone and a repo of the Hub are the same list of names, so
both are laid out here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from posixpath import basename
from typing import Any

from tinydata.dataset.loader import Feature
from tinydata.dataset.sources.data_sorts import Sort, is_data, of_sort, sort_of
from tinydata.dataset.sources.repo_card import CARD, OLD_INFOS, RepoCard
from tinydata.errors import DamagedSource, UnknownConfig, UnknownSource, UnknownSplit
from tinydata.fetch import matching

_BESIDE = {CARD, "config.json", "dataset_info.json", OLD_INFOS, "dummy_data.zip", "dataset_dict.json"}
_DIGITS = "[0-9]" * 5
_SHARDED = f"data/*-{_DIGITS}-of-{_DIGITS}*.*"
_SHARD = re.compile(r"data/(?!\.)([^/]*?)-\d{5}-of-\d{5}[^/]*\.[^/]*")
_SPLIT_NAME = re.compile(r"\w+(\.\w+)*")
_KEYWORDS = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "dev", "val"),
    "test": ("test", "testing", "eval", "evaluation"),
}
_GAP = "[-._ 0-9]"
_BY_FOLDER = ("**/{word}/**", "**/{word}{gap}*/**", "**/*{gap}{word}/**", "**/*{gap}{word}{gap}*/**")
_BY_FILE = ("**/{word}{gap}*", "**/*{gap}{word}{gap}*")
_NOT_OPTIONS = ("config_name", "data_files", "data_dir", "default", "description", "version", "features")


@dataclass(frozen=True)
class Config:
    """One config of a dataset repo.

    Attributes:
        name: As the card calls it; None where it names none.
        sort: How the files are read, as `datasets` calls the reader; `zip` where the names inside a zip file tell.
        splits: Each split to its files, by their paths inside the repo.
        options: What the card, or the suffix of the files, says to the reader: `sep`, `field`, `drop_labels` ...
        features: Gives the features that the card has for it, in JSON form; None where it has none.
        are_parsed_by: Whether the values are parsed by these features, so that `007` stays a text, and not just cast to them.
        count: A split and the bytes of all files of the config -> the rows that the card has for it; None where it has none, or
            tells of other files.
    """

    name: str | None
    sort: str
    splits: Mapping[str, tuple[str, ...]]
    options: Mapping[str, Any] = field(default_factory=dict)
    features: Callable[[], Mapping[str, Feature] | None] = lambda: None
    are_parsed_by: bool = False
    count: Callable[[str, int], int | None] = lambda split, size_bytes: None  # noqa: ARG005

    def pick_split(self, source: str, split: str | None) -> str:
        """The split to open: the one given, else train, else the first."""
        if split is None:
            return "train" if "train" in self.splits else next(iter(self.splits))
        if split not in self.splits:
            raise UnknownSplit(source, split, self.splits)
        return split


@dataclass(frozen=True)
class Layout:
    """What a dataset repo holds.

    Attributes:
        source: What to call it in errors.
        configs: The name of each config to what lays it out; the files of one are not looked for before it is picked.
        default: The config that is meant where none is named; None where there are several and no default.
        license: As the card's head has it.
        citation: The card's first BibTeX.
        is_named: Whether the card tells of configs.
    """

    source: str
    configs: Mapping[str, Callable[[], Config]]
    default: str | None
    license: str | None = None
    citation: str | None = None
    is_named: bool = False

    def pick(self, config: str | None) -> Config:
        """The config of this name, else the default.

        Raises:
            UnknownConfig: There is none of this name, or there are several and no default.
            UnknownSource: Its files are not there, or of several sorts.
        """
        name = self.default if config is None else config
        if name is None or name not in self.configs:
            raise UnknownConfig(self.source, config, self.configs)
        return self.configs[name]()


def read_layout(source: str, names: Sequence[str], read: Callable[[str], bytes]) -> Layout | None:
    """Lay out a dataset repo by the names of its files and its card.

    Args:
        source: What to call it in errors.
        names: All its files, by their paths inside, with slashes.
        read: Gives the content of a file; asked for the card, and for what else tells of features.

    Returns:
        None where no file of data lies there and no card tells of one.

    Raises:
        DamagedSource: The card's head is not as it should be.
        UnknownSource: What the card names is not there, or of several sorts.
    """
    card = RepoCard(source, names, read)
    said = card.configs()
    if not said:
        found = {split: resolve(names, wanted, source) for split, wanted in default_patterns(names, source).items()}
        if not any(found.values()):
            return None
        return Layout(
            source, {"default": cache(lambda: _unnamed(source, card, found))}, "default", card.license, card.citation
        )
    first = next(iter(said.items()))
    # `datasets` takes for all configs the reader of the first, whatever folder it says to look in.
    sort = _sort(source, _files(source, card, names, first[0], {**first[1], "data_dir": None}))

    def lay(name: str) -> Config:
        keys = said[name]
        options = {**sort.options, **{key: value for key, value in keys.items() if key not in _NOT_OPTIONS}}
        splits = {split: tuple(files) for split, files in _files(source, card, names, name, keys).items()}
        own = keys.get("features")
        return Config(
            name,
            sort.name,
            splits,
            options,
            features=lambda: card.from_yaml(own) if own else card.features(name),
            are_parsed_by=bool(own),
            count=partial(card.count, name),
        )

    configs = {name: _later(lay, name) for name in said}
    return Layout(source, configs, _default(source, said, card.described()), card.license, card.citation, True)


def default_patterns(names: Iterable[str], source: str = "") -> dict[str, list[str]]:
    """The patterns that names of shards, of folders, or of files tell, by split.

    >>> default_patterns(["data/dev-00000-of-00001.parquet"])
    {'dev': ['data/dev-[0-9][0-9][0-9][0-9][0-9]-of-[0-9][0-9][0-9][0-9][0-9]*.*']}
    >>> list(default_patterns(["a/train.csv", "a/dev.csv", "b.csv"])), default_patterns(["a.csv"])
    (['train', 'validation'], {'train': ['**']})
    """
    names = list(names)
    splits = {shard[1] for shard in map(_SHARD.fullmatch, names) if shard}
    for split in splits:
        if not _SPLIT_NAME.fullmatch(split):
            raise UnknownSource(source, f"shards of a split {split!r}, which is no name of one")
    if splits:
        known = [split for split in _KEYWORDS if split in splits]
        return {split: [_SHARDED.replace("*", split, 1)] for split in [*known, *sorted(splits - set(known))]}
    for patterns in (_BY_FOLDER, _BY_FILE):
        by_split = {
            split: [pattern.format(word=word, gap=_GAP) for word in words for pattern in patterns]
            for split, words in _KEYWORDS.items()
        }
        found = {split: wanted for split, wanted in by_split.items() if any(_matching(names, one) for one in wanted)}
        if found:
            return found
    return {"train": ["**"]}


def resolve(names: Sequence[str], patterns: Iterable[str], source: str = "") -> list[str]:
    """The data files that fit, by pattern and then by name.

    Raises:
        UnknownSource: A pattern without a wildcard names no data file.
    """
    found: dict[str, None] = {}
    for pattern in patterns:
        here = sorted(name for name in _matching(names, pattern) if is_data(name))
        if not here and not re.search(r"[*?[]", pattern):
            raise UnknownSource(source, f"its card names {pattern}, and no such data file is there")
        found |= dict.fromkeys(here)
    return list(found)


def _matching(names: Iterable[str], pattern: str) -> list[str]:
    """Those that fit a pattern, without what lies in hidden folders, or beside the data, unless it is asked for."""
    pattern = pattern.removeprefix("./")
    beside, hidden = _BESIDE - {basename(pattern)}, _hidden(pattern)
    return [name for name in matching(names, [pattern]) if basename(name) not in beside and _hidden(name) == hidden]


def _hidden(path: str) -> tuple[int, int]:
    """How many parts of a path are hidden by a dot, and how many of its folders by `__`."""
    if not path.startswith((".", "__")) and "/." not in path and "/__" not in path:
        return 0, 0
    parts = path.split("/")
    dots = sum(part.startswith(".") and part.strip(".") != "" for part in parts)
    return dots, sum(part.startswith("__") for part in parts[:-1])


def _files(
    source: str, card: RepoCard, names: Sequence[str], config: str, said: Mapping[str, Any]
) -> dict[str, list[str]]:
    """The files of a config, by split."""
    folder = str(said.get("data_dir") or "").strip("/").removeprefix("./")
    below = f"{folder}/" if folder and folder != "." else ""
    inside = [name.removeprefix(below) for name in names if name.startswith(below)]
    told = said.get("data_files")
    patterns = default_patterns(inside, source) if told is None else card.patterns(config, told)
    found = {split: resolve(inside, wanted, source) for split, wanted in patterns.items()}
    for split, files in found.items():
        if not files:
            where = f" in {folder}" if below else ""
            raise UnknownSource(
                source, f"config {config!r}, split {split!r}: no data file{where} fits {', '.join(patterns[split])}"
            )
    return {split: [below + file for file in files] for split, files in found.items()}


def _sort(source: str, splits: Mapping[str, Sequence[str]]) -> Sort:
    sorts = {split: sort_of(files) for split, files in splits.items()}
    plain = {split: sort for split, sort in sorts.items() if sort is None or sort.name != "zip"}
    first = next(iter((plain or sorts).values()))  # what lies in a zip is seen when it is opened
    if any(sort != first for sort in plain.values()):
        told = ", ".join(f"{split} {sort.name if sort else 'unknown'}" for split, sort in sorts.items())
        raise UnknownSource(source, f"its splits are of several sorts: {told}")
    if first is None:
        raise UnknownSource(source, "no file of it has a suffix that is known")
    return first


def _unnamed(source: str, card: RepoCard, found: Mapping[str, Sequence[str]]) -> Config:
    sort = _sort(source, found)
    splits = {split: tuple(of_sort(files, sort.name)) for split, files in found.items()}
    features, count = partial(card.features, "default"), partial(card.count, "default")
    return Config(None, sort.name, splits, dict(sort.options), features, count=count)


def _default(source: str, said: Mapping[str, Mapping[str, Any]], described: Sequence[str]) -> str | None:
    names = [name for name, keys in said.items() if len(said) == 1 or name == "default" or keys.get("default")]
    if len(names) > 1:
        raise DamagedSource(f"{source}/{CARD}", f"several default configs: {', '.join(names)}")
    if names:
        return names[0]
    return described[0] if len(described) == 1 and described[0] in said else None


def _later(lay: Callable[[str], Config], name: str) -> Callable[[], Config]:
    return cache(lambda: lay(name))
