"""Repos of the Hub are unpacked and made small like a clone of them, and what cannot be had is told."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from click.testing import CliRunner
from PIL import Image

from tests.helpers import grow
from tests.hub import TOKEN
from tests.test_rebuild import tree
from tinydata import errors, make_dataset, rebuild, unpack
from tinydata.cli import main
from tinydata.dataset.sources import open_source

CARD = """\
---
license: apache-2.0
configs:
- config_name: en
  data_files:
  - {split: train, path: en/train-*.parquet}
  - {split: test, path: en/test-*.parquet}
- config_name: de
  data_files: de.jsonl
---
# Words

```bibtex
@misc{words}
```
"""


def parquet(*texts: str) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table({"text": list(texts)}), out)
    return out.getvalue()


def picture(color: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), color).save(out, "PNG")
    return out.getvalue()


WORDS = {
    "README.md": CARD,
    "en/train-0.parquet": parquet(*map(str, range(20))),
    "en/train-1.parquet": parquet(*map(str, range(20, 30))),
    "en/test-0.parquet": parquet("t0", "t1"),
    "de.jsonl": '{"wort": "eins"}\n{"wort": "zwei"}\n',
    "big.bin": bytes(100_000),
}
PICTURES = {
    **{f"train/{color}/{number}.png": picture(color) for color in ("red", "blue") for number in range(8)},
    "README.md": "---\nlicense: mit\n---\n",
}
DESCRIBED = {
    "train/metadata.jsonl": "".join(json.dumps({"file_name": f"{n}.png", "text": str(n)}) + "\n" for n in range(20)),
    **{f"train/{number}.png": picture("red") for number in range(20)},
}
REPOS: dict[str, tuple[dict[str, str | bytes], dict[str, str]]] = {
    "a config and a split": (WORDS, {"config": "en", "split": "test"}),
    "records of two files": (WORDS, {"config": "en", "ids": "18-22"}),
    "another config": (WORDS, {"config": "de"}),
    "pictures with labels": (PICTURES, {"ids": "0-1,8"}),
    "pictures with metadata": (DESCRIBED, {"ids": "3-4"}),
    "files without a card": ({"train.jsonl": '{"a": 1}\n', "test.jsonl": '{"a": 2}\n'}, {"split": "test"}),
}


@pytest.mark.parametrize(("files", "words"), REPOS.values(), ids=REPOS)
def test_a_repo_gives_what_a_clone_of_it_gives(hub, tmp_path, files, words):
    hub.add("org/name", files, repo_type="dataset")
    clone = grow(tmp_path / "clone", files)

    one = unpack("org/name", tmp_path / "one", **words)
    other = unpack(clone, tmp_path / "other", **words)

    seeds = [
        {name: content for name, content in tree(made.path).items() if name != "tinydata.yaml"} for made in (one, other)
    ]
    assert seeds[0] == seeds[1]
    assert (one.config, one.split, one.splits) == (other.config, other.split, other.splits)


def test_only_the_files_that_hold_the_records_are_fetched(hub, tmp_path):
    hub.add("org/name", WORDS, repo_type="dataset")

    made = unpack("org/name", tmp_path / "seeds", config="en", ids="0-3")

    assert [path.name for path in made.files] == ["train-0.parquet"]
    assert hub.sent_bytes == len(WORDS["README.md"]) + len(WORDS["en/train-0.parquet"])


def test_only_the_pictures_that_are_taken_are_fetched(hub, tmp_path):
    hub.add("org/name", DESCRIBED, repo_type="dataset")

    unpack("org/name", tmp_path / "seeds", ids="3-4")

    assert {path.rsplit("/", 1)[1] for _, path in hub.requests if "/resolve/" in path} == {
        "metadata.jsonl",
        "3.png",
        "4.png",
    }


def test_a_recipe_names_the_commit_and_comes_out_the_same_when_the_repo_went_on(hub, tmp_path):
    commit = hub.add("org/name", WORDS, repo_type="dataset")
    made = make_dataset("org/name", tmp_path / "tiny", config="en", ids="0-3", variants=["5.unique"])
    hub.add("org/name", {"a.csv": "a\n1\n"}, repo_type="dataset")

    recipe = yaml.safe_load((made.path / "tinydata.yaml").read_text())

    assert recipe["commands"][0][:2] == ["dataset", f"hf://datasets/org/name@{commit}"]
    assert list(recipe["inputs"]) == [f"hf://datasets/org/name@{commit}/en/train-0.parquet"]
    assert (rebuild(made.path).differences, rebuild(made.path, offline=True).differences) == ((), ())


def test_licence_and_citation_come_along(hub, tmp_path):
    hub.add("org/name", WORDS, repo_type="dataset")

    card = (
        make_dataset("org/name", tmp_path / "tiny", config="en", variants=["5.unique"]).path / "README.md"
    ).read_text()

    assert "license: apache-2.0" in card
    assert "@misc{words}" in card


@pytest.mark.parametrize("address", ["hf://datasets/org/name/de.jsonl", "hf://org/name/d*.jsonl"])
def test_a_file_of_a_repo_is_a_source(hub, address):
    hub.add("org/name", WORDS, repo_type="dataset")

    assert open_source(address).take([1]).to_pylist() == [{"wort": "zwei"}]


def test_a_folder_of_a_repo_is_a_source(hub):
    hub.add("org/name", WORDS, repo_type="dataset")

    records = open_source("hf://datasets/org/name/en", split="test")

    assert (records.count(), records.splits) == (2, ("train", "test"))


def test_a_revision_is_taken(hub, tmp_path):
    hub.add("org/name", {"a.jsonl": '{"a": "old"}\n'}, repo_type="dataset", revision="v1.0")
    hub.add("org/name", {"a.jsonl": '{"a": "new"}\n'}, repo_type="dataset")

    hub.add("org/name", {"a.jsonl": '{"a": "converted"}\n'}, repo_type="dataset", revision="refs/convert/parquet")

    unpack("org/name", tmp_path / "old", revision="v1.0")
    unpack("org/name", tmp_path / "new")
    unpack("org/name@~parquet", tmp_path / "converted")

    made = ("old", "new", "converted")
    assert [(tmp_path / name / "0/a.txt").read_text() for name in made] == list(made)


def run(*words: str | Path) -> tuple[int, str, str]:
    done = CliRunner().invoke(main, [str(word) for word in words])
    return done.exit_code, done.stdout, done.stderr


REFUSED = {
    "missing": (["org/other"], "Error: no dataset 'org/other' on the Hub, or none that it shows to strangers\n\nhint: nothing lies at"),
    "private": (["org/private"], "Error: no dataset 'org/private' on the Hub, or none that it shows to strangers\n"),
    "gated": (["org/gated"], "Error: dataset org/gated is gated: the Hub does not give it to strangers\n\nhint: ask for access at http"),
    "revision": (["org/name", "--revision", "v9"], "Error: dataset org/name: no revision 'v9'\n"),
    "offline": (["org/name", "--offline"], "Error: dataset org/name is not in the cache, and offline the Hub is not asked\n"),
    "file": (["hf://datasets/org/name/none.csv"], "Error: dataset org/name: no file none.csv: there is README.md, "),
}  # fmt: skip


@pytest.mark.parametrize(("words", "told"), REFUSED.values(), ids=REFUSED)
def test_what_the_hub_does_not_give_is_told_with_exit_code_3_and_nothing_is_made(hub, tmp_path, words, told):
    hub.add("org/name", WORDS, repo_type="dataset")
    hub.add("org/private", WORDS, repo_type="dataset", private=True)
    hub.add("org/gated", WORDS, repo_type="dataset", gated=True)

    code, out, err = run("unpack", *words, "-o", tmp_path / "seeds")

    assert (code, out, err[: len(told)]) == (3, "", told)
    assert list(tmp_path.iterdir()) == []


def test_of_a_repo_of_code_alone_it_is_told_where_the_hub_keeps_its_rows(hub, tmp_path):
    hub.add("org/old", {"old.py": "", "README.md": "# Old\n"}, repo_type="dataset")
    converted = {
        f"{config}/{split}/0000.csv": f"a\n{config} {split}\n" for config in ("de", "en") for split in ("train", "test")
    }
    hub.add("org/old", converted, repo_type="dataset", revision="refs/convert/parquet")

    refused = run("unpack", "org/old", "-o", tmp_path / "seeds")
    taken = run("unpack", "hf://datasets/org/old@~parquet/en", "--split", "test", "-o", tmp_path / "seeds")

    assert refused[:2] == (1, "")
    assert refused[2].startswith("Error: org/old: no records there, but a loading script, old.py, which is not run\n")
    assert "hint: `hf://datasets/org/old@~parquet/default`" in refused[2]
    assert taken[0] == 0
    assert (tmp_path / "seeds/0/a.txt").read_text() == "en test"


def test_a_gated_repo_is_told_to_one_with_a_token_too(hub, tmp_path, monkeypatch):
    hub.add("org/gated", WORDS, repo_type="dataset", gated=True)
    monkeypatch.setenv("HF_TOKEN", TOKEN)

    code, _, err = run("unpack", "org/gated", "-o", tmp_path / "seeds")

    assert (code, err.endswith(f"hint: ask for access at {hub.url}/datasets/org/gated\n")) == (3, True)


def test_a_token_opens_a_private_repo(hub, tmp_path, monkeypatch):
    hub.add("org/private", WORDS, repo_type="dataset", private=True)
    monkeypatch.setenv("HF_TOKEN", TOKEN)

    assert run("unpack", "org/private", "--config", "de", "-o", tmp_path / "seeds")[:2] == (
        0,
        f"{tmp_path / 'seeds'}\n",
    )


def test_offline_the_cache_is_enough(hub, tmp_path):
    hub.add("org/name", WORDS, repo_type="dataset")
    unpack("org/name", tmp_path / "one", config="de")
    hub.close()

    made = unpack("org/name", tmp_path / "other", config="de", offline=True)
    with pytest.raises(errors.NotCached, match=r"en/train-0\.parquet is not in the cache"):
        unpack("org/name", tmp_path / "none", config="en", offline=True)

    assert tree(made.path) == tree(tmp_path / "one")


def test_a_word_that_is_wrong_is_a_wrong_use(hub, tmp_path):
    path = grow(tmp_path, {"a.jsonl": '{"a": 1}\n'}) / "a.jsonl"

    assert run("unpack", "hf://a b", "-o", tmp_path / "x")[0] == 2
    assert run("unpack", path, "--revision", "v1", "-o", tmp_path / "x")[0] == 2
    assert hub.requests == []


def test_a_path_with_a_slip_reaches_no_hub(hub, tmp_path, monkeypatch):
    monkeypatch.chdir(grow(tmp_path, {"data/train.jsonl": ""}))

    results = [run("unpack", word)[0] for word in ("data/tran", "dta/train.jsonl", "name")]

    assert (results, hub.requests) == ([1, 1, 1], [])
