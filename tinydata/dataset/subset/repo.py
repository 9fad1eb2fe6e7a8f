"""The repo around a subset: card, loader and the names of its files."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tinydata.card import dataset_card
from tinydata.dataset.loader import Feature, file_stem
from tinydata.dataset.repo import describe_feature, size_category
from tinydata.errors import BadTarget
from tinydata.recipe import hash_files
from tinydata.templates import find_template

Counts = dict[str, dict[str, int]]
"""Config -> split -> rows."""


def parquet_names(configs: Mapping[str, Iterable[str]]) -> dict[str, dict[str, str]]:
    """Where the rows of each config and split lie in the repo: config -> split -> path.

    >>> parquet_names({"en": ["train"], "EN": ["train"]})
    {'en': {'train': 'en/train-00000-of-00001.parquet'}, 'EN': {'train': 'EN-1/train-00000-of-00001.parquet'}}
    """
    names: dict[str, dict[str, str]] = {}
    taken: set[str] = set()
    for number, (config, splits) in enumerate(configs.items()):
        folder = config if file_stem(config.replace(".", "_")) == config.replace(".", "_") else f"config-{number}"
        folder = f"{folder}-{number}" if folder.casefold() in taken or folder.endswith(".") else folder
        taken.add(folder.casefold())
        names[config] = {split: f"{folder}/{split}-00000-of-00001.parquet" for split in splits}
    return names


def write_repo(
    folder: Path,
    *,
    template: str,
    title: str,
    source: str,
    what: str,
    command: str,
    files: Mapping[str, Mapping[str, str]],
    counts: Counts,
    features: Mapping[str, Feature],
    default: str | None,
    archive: str | None = None,
    license: str | None = None,  # noqa: A002 - the card's own word
    citation: str | None = None,
    constants: Mapping[str, str] | None = None,
) -> None:
    """Put the card and the loader beside the rows.

    Args:
        folder: The repo, which holds its data.
        template: The loader's and the card's.
        title, source, what, command: Words of the card: its title, what it is taken from and which part, and how.
        files: See `parquet_names`.
        counts: The rows of each config and split.
        features: Of the rows.
        default: The config that is meant where none is named; None where there is none.
        archive: The name of the tarball, where there is one.
        license, citation: Of the source.
        constants: What the loader sets besides VERSION: CONFIGS and DEFAULT where None.
    """
    place = find_template(template, of_seeds=False)
    version = f"1.0.{int(hashlib.sha256(repr(hash_files(folder)).encode()).hexdigest()[:8], 16)}"
    if constants is None:
        own: dict[str, Any] = {"CONFIGS": {name: dict(splits) for name, splits in files.items()}, "DEFAULT": default}
    else:
        own = dict(constants)
    _write_loader(place / "loader.py", folder / "loader.py", {**own, "VERSION": version})
    metadata = {
        "pretty_name": title,
        "license": license.split(", ") if license and ", " in license else license,
        "size_categories": [size_category(sum(sum(splits.values()) for splits in counts.values()))],
        "tags": ["tinydata", "subset", "test"],
        "configs": [
            {
                "config_name": name,
                "version": version,  # `datasets-cli test` caches by the folder's name and by that
                "data_files": [{"split": split, "path": path} for split, path in splits.items()],
                **({"default": True} if name == default else {}),
            }
            for name, splits in files.items()
        ],
    }
    card = dataset_card(
        place / "README.md.jinja",
        metadata,
        title=title,
        source=source,
        what=what,
        command=command,
        configs=counts,
        default=default,
        archive=archive,
        features={name: describe_feature(feature) for name, feature in features.items()},
        licence=license,
        citation=citation,
    )
    (folder / "README.md").write_bytes(card.encode())


def _write_loader(template: Path, target: Path, constants: Mapping[str, Any]) -> None:
    """Copy a loader and set the constants at its top."""
    text = template.read_text(encoding="utf-8")
    for name, value in constants.items():
        found = re.search(rf"^{name}: [^=]+ = (\{{\n(?:.|\n)*?^\}}|[^\n#]*?)(?=  #|$)", text, flags=re.MULTILINE)
        if found is None:
            raise BadTarget(template, f"a template without {name}")
        text = text[: found.start(1)] + _literal(value) + text[found.end(1) :]
    target.write_bytes(text.encode())


def _literal(value: Any) -> str:
    """A text, a dict of such, or None, as Python source."""
    return "None" if value is None else json.dumps(value, indent=4, ensure_ascii=False)
