"""Dataset repos: what is in them, and that `datasets` loads them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import datasets
import pytest
import yaml

import tinydata
from tests.helpers import grow
from tinydata import make_dataset, pack, read_seeds, unpack
from tinydata.errors import BadSplit, BadTarget, BadVariant, UnknownTemplate


@pytest.fixture
def rows(tmp_path):
    """Twenty records of text, number and tags."""
    lines = (json.dumps({"text": f"Record {n} of 20", "n": n, "tags": ["a"] * (n % 3)}) for n in range(20))
    return grow(tmp_path, {"rows.jsonl": "\n".join(lines)}) / "rows.jsonl"


@pytest.fixture
def repo(rows, tmp_path):
    """A repo with small configs, made straight from the source."""
    return make_dataset(rows, tmp_path / "tiny", ids="0-3", variants=["30.unique", "50.repeat"]).path


def load(repo: Path, *config: str, cache: Path) -> datasets.DatasetDict:
    return datasets.load_dataset(str(repo), *config, cache_dir=str(cache))


def test_from_source_seeds_and_pack_the_rows_are_the_same(rows, tmp_path):
    unpack(rows, tmp_path / "seeds", ids="0-3")
    pack(tmp_path / "seeds", tmp_path / "data.tar.gz")

    made = [
        make_dataset(rows, tmp_path / "a", ids="0-3", variants=["30.unique"]),
        make_dataset(tmp_path / "seeds", tmp_path / "b", variants=["30.unique"]),
        make_dataset(tmp_path / "data.tar.gz", tmp_path / "c", variants=["30.unique"]),
    ]

    files = [(each.path / "30.unique" / "train-00000-of-00001.parquet").read_bytes() for each in made]
    assert files[0] == files[1] == files[2]


def test_each_variant_is_a_config_and_the_smallest_unique_one_is_the_default(repo, tmp_path):
    assert sorted(datasets.get_dataset_config_names(str(repo))) == ["30.unique", "50.repeat", "default"]
    assert load(repo, cache=tmp_path)["train"].to_list() == load(repo, "30.unique", cache=tmp_path)["train"].to_list()


def test_the_default_has_the_name_of_the_config_of_the_source(tmp_path):
    source = datasets.Dataset.from_dict({"text": ["a", "b"]})
    source.info.config_name = "plain"
    source.save_to_disk(tmp_path / "saved")

    made = make_dataset(tmp_path / "saved", tmp_path / "tiny", variants=["10.unique"])

    assert made.default == "plain"
    assert load(made.path, "plain", cache=tmp_path)["train"].num_rows == 10


def test_splits_are_those_of_the_source_and_share_no_row(tmp_path):
    source = datasets.Dataset.from_dict({"text": [f"Record {n}" for n in range(5)]})
    datasets.DatasetDict(dict.fromkeys(("train", "validation", "test"), source)).save_to_disk(tmp_path / "saved")

    made = make_dataset(tmp_path / "saved", tmp_path / "tiny", variants=["40.unique"])

    loaded = load(made.path, "40.unique", cache=tmp_path)
    texts = [text for split in loaded.values() for text in split["text"]]
    assert list(loaded) == ["train", "validation", "test"]
    assert len(set(texts)) == len(texts) == 120


def test_features_come_out_as_they_went_in(tmp_path):
    features = datasets.Features(
        {
            "text": datasets.Value("large_string"),
            "label": datasets.ClassLabel(names=["no", "yes"]),
            "box": datasets.Array2D((2, 2), "float32"),
            "when": datasets.Value("timestamp[us, tz=UTC]"),
            "took": datasets.Value("duration[s]"),
            "turns": datasets.List({"role": datasets.Value("string"), "ids": datasets.List(datasets.Value("int16"))}),
            "pair": datasets.Translation(["de", "en"]),
            "two": datasets.List(datasets.Value("float64"), length=2),
            "parts": datasets.List({"cube": datasets.Array3D((1, 1, 2), "int8")}),
        }
    )
    record = {
        "text": "x", "label": 1, "box": [[1, 2], [3, 4]], "when": None, "took": None, "two": [0.5, 1.5],
        "turns": [{"role": "user", "ids": [1]}], "pair": {"de": "ja", "en": "yes"}, "parts": [{"cube": [[[1, 2]]]}],
    }  # fmt: skip
    source = datasets.Dataset.from_list([record, record], features=features)
    source.save_to_disk(tmp_path / "saved")

    loaded = load(make_dataset(tmp_path / "saved", tmp_path / "tiny", variants=["2.repeat"]).path, cache=tmp_path)[
        "train"
    ]

    assert loaded.features == features
    assert loaded.to_list() == source.to_list()


@pytest.mark.skipif(not hasattr(datasets, "Json"), reason="`datasets` 4.8 brought the feature")
def test_json_values_come_out_as_they_went_in(tmp_path):
    lines = ['{"text": "a", "call": {"name": "add", "of": [1, 2]}}', '{"text": "b", "call": {"say": "héllo/1"}}']
    grow(tmp_path, {"rows.jsonl": "\n".join(lines)})
    source = datasets.load_dataset(
        "json", data_files=str(tmp_path / "rows.jsonl"), split="train", cache_dir=str(tmp_path)
    )

    made = make_dataset(tmp_path / "rows.jsonl", tmp_path / "tiny", variants=["2.repeat"])

    loaded = load(made.path, cache=tmp_path)["train"]
    assert loaded.features == source.features
    assert loaded.to_list() == source.to_list()


def test_the_loader_makes_any_other_length(repo, tmp_path):
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); sys.modules['tinydata'] = None\n"
        "from loader import Synthetic\n"
        "builder = Synthetic(config_name='77.unique', cache_dir=sys.argv[2])\n"
        "builder.download_and_prepare()\n"
        "print(builder.as_dataset(split='train').num_rows, sorted(Synthetic.builder_configs))\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", script, repo, tmp_path / "cache"], check=True, capture_output=True, text=True
    )

    assert done.stdout == "77 ['30.unique', '50.repeat']\n"


def test_edited_seeds_are_not_taken_for_the_old_ones(repo, tmp_path):
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from loader import Synthetic\n"
        "builder = Synthetic(config_name='3.repeat', cache_dir=sys.argv[2])\n"
        "builder.download_and_prepare()\n"
        "print(builder.as_dataset(split='train')[0]['n'])\n"
    )
    words = [sys.executable, "-c", script, repo, tmp_path / "cache"]
    before = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    unpack(repo / "data.tar.gz", tmp_path / "seeds")
    (tmp_path / "seeds" / "0" / "n.txt").write_text("4711")
    pack(tmp_path / "seeds", repo / "data.tar.gz", overwrite=True)

    after = subprocess.run(words, check=True, capture_output=True, text=True).stdout

    assert (before, after) == ("0\n", "4711\n")


def test_caches_cannot_take_one_repo_for_another_of_its_name(rows, tmp_path):
    made = {
        place: make_dataset(rows, tmp_path / place / "tiny", ids=ids, variants=["5.unique"], home=tmp_path).path
        for place, ids in (("one", "0-3"), ("same", "0-3"), ("other", "4-7"))
    }

    versions = {place: datasets.load_dataset_builder(str(repo)).config.version for place, repo in made.items()}

    assert versions["one"] == versions["same"] != versions["other"]


def test_the_card_has_license_and_citation_of_the_source(tmp_path):
    source = datasets.Dataset.from_dict({"text": ["a"]})
    source.info.license, source.info.citation = "cc-by-4.0", "@misc{someone}"
    source.save_to_disk(tmp_path / "saved")

    card = (make_dataset(tmp_path / "saved", tmp_path / "tiny", variants=["5.unique"]).path / "README.md").read_text()

    assert yaml.safe_load(card.split("---")[1])["license"] == "cc-by-4.0"
    assert "@misc{someone}" in card


def test_the_same_words_give_the_same_bytes(rows, tmp_path):
    for place in ("one", "two"):
        make_dataset(rows, tmp_path / place / "tiny", ids="0-3", variants=["30.unique"], home=tmp_path)

    files = [sorted(file for file in (tmp_path / place).rglob("*") if file.is_file()) for place in ("one", "two")]
    assert [file.read_bytes() for file in files[0]] == [file.read_bytes() for file in files[1]]


def test_no_absolute_path_is_in_it(repo, tmp_path):
    text = b"".join(file.read_bytes() for file in repo.rglob("*") if file.suffix in (".md", ".yaml", ".py"))

    assert str(tmp_path).encode() not in text


def test_the_pack_in_it_gives_the_seeds_back(repo, rows):
    assert read_seeds(repo / "data.tar.gz").table.column("n").to_pylist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ({"variants": ["many"]}, BadVariant),
        ({"splits": ["a b"]}, BadSplit),
        ({"template": "none"}, UnknownTemplate),
        ({"output": "loader"}, BadTarget),
    ],
)
def test_a_bad_word_makes_nothing(rows, tmp_path, words, error):
    output = tmp_path / words.pop("output", "tiny")

    with pytest.raises(error):
        make_dataset(rows, output, **{"variants": ["5.unique"], **words})

    assert [path.name for path in tmp_path.iterdir()] == ["rows.jsonl"]


def test_a_template_works_as_it_lies(tmp_path):
    template = Path(tinydata.__file__).parents[1] / "templates" / "synthetic"

    subprocess.run([sys.executable, template / "loader.py", "20.unique", tmp_path / "out"], check=True)

    assert (
        datasets.Dataset.from_parquet(
            str(tmp_path / "out" / "train-00000-of-00001.parquet"), cache_dir=str(tmp_path)
        ).num_rows
        == 20
    )
