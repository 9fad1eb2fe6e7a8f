"""A dataset repo is laid out as `datasets` lays it out: configs, default, splits, files and reader, out of names and card alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import datasets
import pytest
from datasets.packaged_modules import _PACKAGED_DATASETS_MODULES

from tests.dataset.sources.as_datasets import judge
from tests.helpers import grow
from tinydata.dataset.sources.layout import Layout, read_layout
from tinydata.errors import DamagedSource, UnknownConfig, UnknownSource


def card(head: str) -> str:
    return f"---\n{head}---\n# A set\n"


SPLITS = """\
configs:
- config_name: default
  data_files:
  - split: train
    path: a.csv
  - split: extra.part
    path:
    - b/*.csv
    - c.csv
"""
SEVERAL = """\
configs:
- config_name: en
  data_files: en/*.jsonl
- config_name: de
  data_files: [de/1.jsonl, de/2.jsonl]
  default: true
"""
FOLDERS = "configs:\n- config_name: en\n  data_dir: en\n- config_name: de\n  data_dir: ./de/\n"

# All names of a repo, and its card.
LAYOUTS: dict[str, tuple[str, str]] = {
    "one file": ("a.csv", ""),
    "one file in a folder": ("x/y/a.parquet LICENSE", ""),
    "files named by their splits": ("train.csv test.csv dev.csv", ""),
    "numbered files": ("train_0.csv train_1.csv train_10.csv train_2.csv eval_0.csv", ""),
    "a split in the middle of a name": ("my-train-part.jsonl my.test.jsonl validation-1.jsonl", ""),
    "a word that only looks like a split": ("trainer.csv contest.csv", ""),
    "folders named by their splits": ("data/train/0.csv data/train/1.csv data/test/0.csv other.csv", ""),
    "folders with a split in their names": ("train-a/1.txt old_train/2.txt b.val.c/3.txt", ""),
    "folders win over files": ("test.csv train/a.csv", ""),
    "shards": (
        "data/train-00000-of-00002.csv data/train-00001-of-00002.csv data/test-00000-of-00001.csv data/abc-00000-of-00001.csv a.txt",
        "",
    ),
    "shards with a hash": ("data/train-00000-of-00001-3f4e5d6c7b8a9f00.parquet", ""),
    "shards elsewhere": ("en/train-00000-of-00002.parquet en/train-00001-of-00002.parquet en/test-00000-of-00001.parquet", ""),
    "shards of a split with a dot": ("data/a.b-00000-of-00001.parquet", ""),
    "most files of a sort": ("a.csv b.csv c.jsonl", ""),
    "as many of two sorts": ("a.csv b.parquet c.jsonl", ""),
    "as many of two unknown to the favourites": ("a.txt b.xml", ""),
    "compressed": ("train.jsonl.gz test.jsonl.gz notes.txt", ""),
    "tables with tabs": ("a.tsv", ""),
    "pictures": ("cat/1.jpg cat/2.JPG dog/3.png", ""),
    "pictures with metadata": ("train/1.jpg train/metadata.jsonl test/metadata.jsonl test/2.jpg", ""),
    "metadata alone is no medium": ("metadata.csv a.jpg b.jpg", ""),
    "sounds": ("a.mp3 b.wav c.flac", ""),
    "films": ("a.mp4 b.mov", ""),
    "papers": ("a.pdf b.pdf", ""),
    "tarballs": ("train-000.tar train-001.tar", ""),
    "arrow": ("a.arrow", ""),
    "sorts that nobody here reads": ("a.h5", ""),
    "hidden files and folders": (".git/a.csv .x.csv __pycache__/b.csv data/__x/c.csv d.csv", ""),
    "what lies beside": ("config.json dataset_infos.json dataset_info.json a.jsonl", ""),
    "capitals": ("TRAIN.csv Test.csv", ""),
    "a card without configs": ("a.csv", card("license: mit\n")),
    "a card that is all text": ("a.csv", "# Hello\n---\nconfigs: 1\n---\n"),
    "splits by the card": ("a.csv b/1.csv b/2.csv c.csv d.csv", card(SPLITS)),
    "several configs and a default": ("en/1.jsonl en/2.jsonl de/1.jsonl de/2.jsonl", card(SEVERAL)),
    "several configs and no default": ("en/1.jsonl de/1.jsonl de/2.jsonl", card(SEVERAL.replace("  default: true\n", ""))),
    "configs that are folders": ("en/train.csv en/test.csv de/train/1.csv de/2.csv", card(FOLDERS)),
    "folders of shards": ("en/data/train-00000-of-00001.csv de/data/dev-00000-of-00001.csv", card(FOLDERS)),
    "one config": ("x.json", card("configs:\n- config_name: main\n  data_files: '*.json'\n")),
    "two stars": ("a/b/c.csv a/d.csv e.csv", card("configs:\n- config_name: main\n  data_files: a/**/*.csv\n")),
    "two stars at the end": ("a/b/c.csv a/d.csv e.csv", card("configs:\n- config_name: main\n  data_files: a/**\n")),
    "brackets and a question mark": ("a1.csv a2.csv b1.csv", card("configs:\n- config_name: main\n  data_files: '[a]?.csv'\n")),
    "a pattern that fits twice": ("a1.csv a2.csv", card("configs:\n- config_name: main\n  data_files: ['a2.csv', 'a*.csv']\n")),
    "a hidden folder that is asked for": (".x/a.csv", card("configs:\n- config_name: main\n  data_files: .x/*.csv\n")),
    "a path with a dot": ("x/a.csv", card("configs:\n- config_name: main\n  data_files: ./x/a.csv\n")),
    "a reader's options": ("a.csv", card("configs:\n- config_name: main\n  data_files: a.csv\n  sep: ';'\n  quotechar: \"'\"\n")),
    "the tabs of a card": ("a.tsv", card("configs:\n- config_name: main\n  data_files: a.tsv\n")),
    "a config that dataset_info names": (
        "en/1.jsonl de/1.jsonl de/2.jsonl",
        card(SEVERAL.replace("  default: true\n", "") + "dataset_info:\n  config_name: en\n  features: []\n"),
    ),
}  # fmt: skip


def plant(folder: Path, names: str, text: str) -> list[str]:
    """The files of a repo, each as good as empty; all names."""
    world = dict.fromkeys(names.split(), "x")
    for name in ("dataset_infos.json", "config.json", "dataset_info.json"):
        world |= {name: "{}"} if name in world else {}
    grow(folder, world | ({"README.md": text} if text else {}))
    return sorted([*world, *(["README.md"] if text else [])])


def laid(folder: Path, names: list[str]) -> Layout | None:
    return read_layout("here", names, lambda name: (folder / name).read_bytes())


def theirs(folder: Path, config: str | None) -> dict[str, Any]:
    """The reader, files and options that `datasets` has for a config."""
    builder = datasets.load_dataset_builder(str(folder), config)
    modules = {module: name for name, (module, _) in _PACKAGED_DATASETS_MODULES.items()}
    sort = next(modules[base.__module__] for base in type(builder).__mro__ if base.__module__ in modules)
    files = {
        str(split): list(dict.fromkeys(Path(file).relative_to(folder).as_posix() for file in files))
        for split, files in builder.config.data_files.items()
    }
    return {"sort": sort, "splits": files, "config": builder.config}


@judge
@pytest.mark.parametrize(("names", "text"), LAYOUTS.values(), ids=LAYOUTS)
def test_it_is_as_datasets_has_it(tmp_path, names, text):
    folder = tmp_path.resolve() / "set"
    layout = laid(folder, plant(folder, names, text))
    assert layout is not None

    assert list(layout.configs) == datasets.get_dataset_config_names(str(folder))
    assert layout.default == datasets.get_dataset_default_config_name(str(folder))
    for name in layout.configs:
        ours, other = layout.pick(name), theirs(folder, name if text else None)
        assert (ours.sort, {split: list(files) for split, files in ours.splits.items()}) == (
            other["sort"],
            other["splits"],
        )
        assert all(getattr(other["config"], key) == value for key, value in ours.options.items())


NOTHING = {
    "a script alone": "train.py",
    "a script that has the name of a split": "train.py data.csv",
    "no files": "README.md",
    "no suffix": "LICENSE data",
    "files beside": "config.json dataset_infos.json",
}


@judge
@pytest.mark.parametrize("names", NOTHING.values(), ids=NOTHING)
def test_where_there_is_no_data_there_is_no_layout(tmp_path, names):
    folder = tmp_path / "set"

    assert laid(folder, plant(folder, names, "")) is None
    with pytest.raises(FileNotFoundError):
        datasets.load_dataset_builder(str(folder))


WRONG: dict[str, tuple[str, str, type[Exception], str]] = {
    "splits of two sorts": ("train.csv test.jsonl", "", UnknownSource, "several sorts: train csv, test json"),
    "a file that is not there": (
        "a.csv", card("configs:\n- config_name: a\n  data_files: b.csv\n"), UnknownSource, "its card names b.csv",
    ),
    "a split without files": (
        "a.csv",
        card("configs:\n- config_name: a\n  data_files:\n  - {split: train, path: a.csv}\n  - {split: test, path: 'b*'}\n"),
        UnknownSource,
        r"config 'a', split 'test': no data file fits b\*",
    ),
    "two defaults": (
        "a.csv", card("configs:\n- {config_name: a, data_files: a.csv, default: true}\n- {config_name: b, data_files: a.csv, default: true}\n"),
        DamagedSource, "several default configs: a, b",
    ),
    "a config without a name": ("a.csv", card("configs:\n- data_files: a.csv\n"), DamagedSource, "without config_name"),
    "configs that are no list": ("a.csv", card("configs: a.csv\n"), DamagedSource, "a list is wanted"),
    "files told in an unknown way": (
        "a.csv", card("configs:\n- config_name: a\n  data_files: {train: a.csv}\n"), DamagedSource, "config 'a': data_files",
    ),
    "a split of a bad name": (
        "a.csv", card("configs:\n- config_name: a\n  data_files:\n  - {split: a-b, path: a.csv}\n"), DamagedSource, "split 'a-b' is no name",
    ),
    "shards of a bad name": ("data/a-b-00000-of-00001.csv", "", UnknownSource, "a split 'a-b'"),
    "a day that there is not": ("a.csv", card("date: 2024-13-45\n"), DamagedSource, r"README\.md: no YAML: month must be in"),
    "no YAML": ("a.csv", card("configs: [a\n"), DamagedSource, r"README\.md, line"),
}  # fmt: skip


@judge
@pytest.mark.parametrize(("names", "text", "error", "message"), WRONG.values(), ids=WRONG)
def test_what_datasets_refuses_is_refused_by_name(tmp_path, names, text, error, message):
    folder = tmp_path / "set"
    listed = plant(folder, names, text)

    with pytest.raises(error, match=message):
        laid(folder, listed).pick(None)
    with pytest.raises(Exception):  # noqa: B017  # each of them another
        datasets.load_dataset_builder(str(folder), "a" if "config_name: a" in text else None)


LAUGHS = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 30))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (f"{LAUGHS}license: *a29\n", "its anchors make too much of it"),
        ("license: &a [*a]\n", "its anchors make too much of it"),
        (f"license: {'[' * 3000}{']' * 3000}\n", "maximum recursion depth exceeded"),
    ],
    ids=["anchors of anchors", "a list in itself", "brackets in brackets"],
)
def test_a_card_without_end_is_refused(tmp_path, text, problem):
    folder = tmp_path / "set"
    listed = plant(folder, "a.csv", card(text))

    with pytest.raises(DamagedSource, match=f"README.md: no YAML: {problem}"):
        laid(folder, listed)


def test_a_config_that_there_is_not_is_told_with_those_there_are(tmp_path):
    layout = laid(
        tmp_path, plant(tmp_path, "en/1.jsonl de/1.jsonl de/2.jsonl", card(SEVERAL.replace("  default: true\n", "")))
    )

    with pytest.raises(UnknownConfig, match="no config 'fr': there is en, de"):
        layout.pick("fr")
    with pytest.raises(UnknownConfig, match="several configs and no default: there is en, de"):
        layout.pick(None)


def test_a_card_tells_licence_citation_and_features(tmp_path):
    head = "license: mit\ndataset_info:\n  features:\n  - name: label\n    dtype:\n      class_label:\n        names: {'0': dog, '1': cat}\n"
    text = card(head) + "\n## Citation\n\n```bibtex\n@misc{a,\n  title={A}\n}\n```\n"

    layout = laid(tmp_path, plant(tmp_path, "a.csv", text))

    assert (layout.license, layout.citation) == ("mit", "@misc{a,\n  title={A}\n}")
    assert layout.pick(None).features() == {"label": {"names": ["dog", "cat"], "_type": "ClassLabel"}}


def test_the_head_may_lie_beside(tmp_path):
    names = plant(tmp_path, "a.csv b.csv", card("license: mit\n"))
    grow(tmp_path, {".huggingface.yaml": "configs:\n- config_name: main\n  data_files: b.csv\n"})

    layout = laid(tmp_path, [*names, ".huggingface.yaml"])

    assert (layout.license, layout.pick("main").splits) == ("mit", {"train": ("b.csv",)})


def test_the_options_of_a_config_are_its_own(tmp_path):
    mapping: Mapping[str, Any] = laid(tmp_path, plant(tmp_path, *LAYOUTS["a reader's options"])).pick("main").options

    assert mapping == {"sep": ";", "quotechar": "'"}
