"""Repo: seeds, a pack or a source become a dataset repo that every `datasets` from 2.14 on loads."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinydata.atomic import new_folder
from tinydata.card import dataset_card
from tinydata.dataset import loader
from tinydata.dataset.generate import find_stamp, parse_variant
from tinydata.dataset.loader import PACK, Seeds, is_media, item_feature
from tinydata.dataset.pack import pack_bytes
from tinydata.dataset.seeds import is_seeds, keep_apart, read_seeds, seeds_root
from tinydata.dataset.unpack import Unpacked, lay_out
from tinydata.dataset.wanted import AMONG, Wanted
from tinydata.errors import BadSplit, BadTarget, BadVariant
from tinydata.fetch import RemoteFile
from tinydata.recipe import Recipe, note, relative, spell
from tinydata.templates import find_template, template_files

SHEET = "contact-sheet.png"


@dataclass(frozen=True)
class Made:
    """A dataset repo that was made.

    Args:
        path: The folder.
        recipe: How it was made.
        default: The config that loads where none is named.
        variants: The configs, by the number of rows of each of their splits.
        splits: Names of the splits of each config.
        seeds: How many seeds the rows repeat.
        stamp: The text that unique rows are told apart by, as a dotted path; None where no variant is unique.
        size_bytes: What all files weigh.
        unpacked: What was taken, where the repo comes straight from a source; its folder is gone.
    """

    path: Path
    recipe: Recipe
    default: str
    variants: dict[str, int]
    splits: tuple[str, ...]
    seeds: int
    stamp: str | None
    size_bytes: int
    unpacked: Unpacked | None = None


def make_dataset(
    source: str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    variants: Sequence[str] = loader.VARIANTS,
    splits: Sequence[str] | None = None,
    stamp: str | None = None,
    template: str = "synthetic",
    name: str | None = None,
    ids: str | Iterable[int] | None = None,
    pick: int | None = None,
    among: int = AMONG,
    config: str | None = None,
    split: str | None = None,
    columns: Sequence[str] | None = None,
    max_side: int | None = None,
    max_chars: int | None = None,
    max_items: int | None = None,
    max_seconds: int | None = None,
    revision: str | None = None,
    offline: bool = False,
    overwrite: bool = False,
    home: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
    fetching: Callable[[int, int], None] | None = None,
    picking: Callable[[int, int], None] | None = None,
) -> Made:
    """Make a dataset repo: a card, one config for each variant, the pack, the loading script and the recipe.

    Args:
        source: A folder of seeds, a pack, or any source that `unpack` takes.
        output: The folder to make.
        variants: Which configs: `100.unique`, `10k.repeat` ... Each split of each has so many rows.
        splits: Names of the splits; those of the source where None, `train` where it has none.
        stamp: Which text to number in unique rows, as a dotted path; by default `text`, else the first.
        template: Which template the repo is made from.
        name: What the card calls the dataset; by default the folder's name.
        ids, pick, among, config, split, columns, max_side, max_chars, max_items, max_seconds, revision, offline, fetching, picking: See `unpack`; seeds and packs as they are where none is given.
        overwrite: Replace what lies at `output`.
        home: What the recipe's paths are relative to; by default the folder that holds `output`.
        progress: Called with the number of rows written and of all.

    Raises:
        TargetExists: Something lies at `output`.
        BadTarget: `output` has a name that `datasets` below 4 takes for the loading script's.
        BadVariant, BadSplit, BadStamp, NothingToStamp, UnknownTemplate: A word that means nothing here.
        BadSource, HubError, NoSuchRecord, NoSuchColumn, BadSeed: See `unpack` and `read_seeds`.
    """
    target, wanted = Path(output), {variant: parse_variant(variant) for variant in variants}
    for variant in wanted:
        if [other.casefold() for other in wanted].count(variant.casefold()) > 1:
            raise BadVariant(variant, "named twice; a capital makes no difference to a folder's name")
    asked = Wanted(ids, pick, among, config, split, columns, max_side, max_chars, max_items, max_seconds, revision)
    if target.resolve().name == "loader":
        raise BadTarget(target, "`datasets` takes loader/loader.py for an old loading script and refuses the repo")
    folder_template, home = find_template(template), home or target.parent
    keep_apart(source, target, overwrite)
    import pyarrow.parquet  # noqa: F401 - here, since Ctrl-C is lost on an import of it

    with new_folder(target, overwrite=overwrite) as folder:
        seeds_folder = folder / "data"
        made: Unpacked | None = None
        if is_seeds(source) and not asked.is_anything:
            seeds = read_seeds(source)
            pack = Path(source) / PACK if (Path(source) / PACK).is_file() else Path(source)
            packed = pack.read_bytes() if pack.is_file() else pack_bytes(seeds_root(pack))
            inputs: list[Path | RemoteFile] = [pack]
        else:
            made = lay_out(source, seeds_folder, asked, offline=offline, home=home, fetching=fetching, picking=picking)
            inputs = list(made.files)
            seeds, packed = read_seeds(seeds_folder), pack_bytes(seeds_folder)
            shutil.rmtree(seeds_folder)
        names = tuple(splits or seeds.splits)
        for split_name in names:
            if not re.fullmatch(r"\w+(\.\w+)*", split_name):
                raise BadSplit(split_name, "a split is named in letters, digits, _ and . alone")
            if [name.casefold() for name in names].count(split_name.casefold()) > 1:
                raise BadSplit(split_name, "named twice; that one is in capitals makes no difference to a file's name")
        way = find_stamp(seeds, stamp, any(unique for _, unique in wanted.values()))
        (folder / PACK).write_bytes(packed)
        _write_variants(folder, seeds, wanted, names, stamp, progress)
        _copy_template(folder_template, folder, VARIANTS=tuple(wanted), SPLITS=names, STAMP=stamp)
        sheet = _write_sheet(folder, seeds)
        default = _default_config(seeds, wanted)
        words = spell(
            "dataset",
            (made and made.address) or relative(source, home),
            variants=tuple(variants) if tuple(variants) != loader.VARIANTS else None,
            splits=tuple(splits or ()),
            stamp=stamp,
            template=template if template != "synthetic" else None,
            name=name,
            **asked.words,
        )
        folder_name = target.resolve().name
        command = shlex.join(["tinydata", *words, "-o", folder_name])
        version = _version(packed, repr((stamp, names)))
        card = _write_card(
            folder_template, seeds, wanted, names, default, version, way, sheet, name or folder_name, command
        )
        (folder / "README.md").write_bytes(card.encode())
        recipe = note((*words, "--output", folder_name), inputs, folder, home)
    return Made(
        path=target,
        recipe=recipe,
        default=default,
        variants={variant: rows for variant, (rows, _) in wanted.items()},
        splits=names,
        seeds=len(seeds.names),
        stamp=".".join(way) or None,
        size_bytes=sum(file.stat().st_size for file in target.rglob("*") if file.is_file()),
        unpacked=made,
    )


def _write_variants(
    folder: Path,
    seeds: Seeds,
    variants: dict[str, tuple[int, bool]],
    splits: tuple[str, ...],
    stamp: str | None,
    progress: Callable[[int, int], None] | None,
) -> None:
    done, total = 0, sum(rows for rows, _ in variants.values()) * len(splits)
    for variant, (rows, unique) in variants.items():
        (folder / variant).mkdir()
        for place, split in enumerate(splits):
            batches = loader.batches(
                seeds, rows, unique, stamp=stamp, first=place * rows, total=rows * len(splits), encode=True
            )
            way = find_stamp(seeds, stamp, unique)
            loader.write_parquet(folder / _file(variant, split), seeds, batches, way)
            done += rows
            if progress:
                progress(done, total)


def _file(variant: str, split: str) -> str:
    return f"{variant}/{split}-00000-of-00001.parquet"


def _default_config(seeds: Seeds, variants: dict[str, tuple[int, bool]]) -> str:
    named = str(seeds.info.get("config_name") or "default")
    return named if named not in variants else "default"


def _copy_template(template: Path, folder: Path, **constants: Any) -> None:
    """Copy a template's files but its own seeds, and set the constants at the top of its loader."""
    for file in template_files(template):
        inside = file.relative_to(template)
        if inside.parts[0] == "data" or inside.suffix == ".jinja":
            continue
        (folder / inside).parent.mkdir(parents=True, exist_ok=True)
        content = file.read_bytes()
        if inside.as_posix() == "loader.py":
            text = content.decode()
            for name, value in constants.items():
                text = _set_constant(text, name, value, file)
            content = text.encode()
        (folder / inside).write_bytes(content)


def _set_constant(text: str, name: str, value: str | tuple[str, ...] | None, file: Path) -> str:
    spelled = json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)
    if isinstance(value, tuple):
        spelled = "".join(["(\n", *(f"    {json.dumps(word)},\n" for word in value), ")"])
    found = re.search(rf"^{name}: [^=]+= (\((?:.|\n)*?\n?\)|None)(?=\s)", text, flags=re.MULTILINE)
    if found is None:
        raise BadTarget(file, f"a template without {name}")
    return text[: found.start(1)] + spelled + text[found.end(1) :]


def _write_sheet(folder: Path, seeds: Seeds) -> bool:
    """A contact sheet of all pictures; False where the seeds have none."""
    columns = [
        (name, is_media(feature))
        for name, feature in seeds.features.items()
        if "Image" in (_sort(feature), _sort(item_feature(feature)))
    ]
    if not columns:
        return False
    from tinydata.dataset.contact_sheet import contact_sheet

    pictures: list[tuple[str, bytes | None]] = []
    for place, name in enumerate(seeds.names):
        for column, single in columns:
            value = seeds.table.column(column)[place].as_py()
            slots = [(name, value)] if single else [(f"{name}.{at}", item) for at, item in enumerate(value or ())]
            pictures += [(label, slot and slot["bytes"]) for label, slot in slots]
    (folder / SHEET).write_bytes(contact_sheet(pictures))
    return True


def _sort(feature: Any) -> str | None:
    return feature.get("_type") if isinstance(feature, dict) and isinstance(feature.get("_type"), str) else None


def _write_card(
    template: Path,
    seeds: Seeds,
    variants: dict[str, tuple[int, bool]],
    splits: tuple[str, ...],
    default: str,
    version: str,
    way: tuple[str, ...],
    sheet: bool,
    title: str,
    command: str,
) -> str:
    def config(name: str, variant: str) -> dict[str, Any]:
        return {
            "config_name": name,
            "version": version,
            "data_files": [{"split": split, "path": _file(variant, split)} for split in splits],
        }

    smallest = loader.smallest(variants)
    configs = [config(variant, variant) for variant in variants]
    configs.append(config(default, smallest) | {"default": True})
    most = max(rows for rows, _ in variants.values()) * len(splits)
    return dataset_card(
        template / "README.md.jinja",
        {
            "pretty_name": title,
            "license": seeds.info.get("license"),
            "size_categories": [size_category(most)],
            "tags": ["tinydata", "synthetic", "test"],
            "configs": configs,
        },
        title=title,
        features={name: describe_feature(feature) for name, feature in seeds.features.items()},
        variants=variants,
        splits=splits,
        default=default,
        smallest=smallest,
        seeds=len(seeds.names),
        stamp=".".join(way),
        sheet=sheet,
        citation=seeds.info.get("citation"),
        command=command,
    )


def _version(pack: bytes, words: str) -> str:
    """A version that tells these rows from all others: `datasets-cli test` caches by the folder's name and by that."""
    return f"1.0.{int(hashlib.sha256(pack + words.encode()).hexdigest()[:8], 16)}"


def size_category(rows: int) -> str:
    """The Hub's name for a number of rows."""
    steps = (
        (1_000, "n<1K"),
        (10_000, "1K<n<10K"),
        (100_000, "10K<n<100K"),
        (1_000_000, "100K<n<1M"),
        (10**7, "1M<n<10M"),
    )
    return next((name for most, name in steps if rows < most), "10M<n<100M")


def describe_feature(feature: Any) -> str:
    """A feature in a word or two, for people."""
    item, fields = item_feature(feature), loader.struct_fields(feature)
    if item is not None:
        return f"list of {describe_feature(item)}"
    if fields is not None and not is_media(feature):
        return "{" + ", ".join(f"{name}: {describe_feature(inner)}" for name, inner in fields.items()) + "}"
    if feature["_type"] == "ClassLabel":
        names = feature.get("names") or []
        return f"class: {', '.join(map(str, names[:8]))}{', ...' if len(names) > 8 else ''}"
    return str(feature["dtype"]) if feature["_type"] == "Value" else str(feature["_type"])
