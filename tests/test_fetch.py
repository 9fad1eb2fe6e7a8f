"""The Hub is reached only where an address says so; what it answers comes back as files of one commit, or as a clear error."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers import grow
from tests.hub import TOKEN
from tinydata import errors
from tinydata.errors import BadAddress, BadRevision, HubError
from tinydata.fetch import HubId, fetch, hub_files, hub_id, list_hub
from tinydata.recipe import relative

FILES = {"README.md": "# hi\n", "config.json": "{}", "data/train.csv": "a\n1\n", "data/big.parquet": b"PAR1" * 50_000}
ORG = HubId("org/name", "dataset")


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("org/name", HubId("org/name", "dataset")),
        ("org/name@v1.0", HubId("org/name", "dataset", "v1.0")),
        ("Qwen/Qwen2.5-0.5B", HubId("Qwen/Qwen2.5-0.5B", "dataset")),
        ("hf://org/name", HubId("org/name", "dataset")),
        ("hf://name", HubId("name", "dataset")),
        ("hf://name@main/a/b.csv", HubId("name", "dataset", "main", "a/b.csv")),
        ("hf://models/org/name", HubId("org/name", "model")),
        ("hf://datasets/name", HubId("name", "dataset")),
        ("hf://datasets/org/name@refs/pr/3/data/", HubId("org/name", "dataset", "refs/pr/3", "data")),
        ("hf://datasets/org/name@refs%2Fpr%2F3", HubId("org/name", "dataset", "refs/pr/3")),
        ("hf://datasets/org/name@refs/convert/parquet/x", HubId("org/name", "dataset", "refs/convert/parquet", "x")),
        ("hf://datasets/org/name/data/**", HubId("org/name", "dataset", None, "data/**")),
    ],
)
def test_an_address_names_a_repo(address, found):
    assert hub_id(address, repo_type="dataset") == found


@pytest.mark.parametrize(
    "word",
    [
        "name",
        "a/b/c",
        "./org/name",
        "../name",
        "/org/name",
        "org/",
        "org/name.parquet",
        "org/name.JSONL",
        "org\\name",
        "s3://a/b",
        "",
    ],
)
def test_any_other_word_is_a_path(word):
    assert hub_id(word) is None


def test_what_lies_here_is_no_repo(tmp_path, monkeypatch):
    grow(tmp_path, {"org/other/": ""})
    monkeypatch.chdir(tmp_path)

    assert [hub_id("org/other"), hub_id("org/nam"), hub_id(Path("gro/name"))] == [None, None, None]


@pytest.mark.parametrize(
    "address", ["hf://", "hf://spaces/org/name/x@y", "hf://a b", "hf:///org/name", "hf://org/name/../.."]
)
def test_an_address_that_is_none_is_told(address):
    with pytest.raises(BadAddress):
        hub_id(address)


def test_a_revision_is_said_once_and_of_a_repo(tmp_path):
    assert hub_id("org/name@a", revision="a") == hub_id("org/name", revision="a")
    with pytest.raises(BadRevision, match="names another"):
        hub_id("org/name@a", revision="b")
    with pytest.raises(BadRevision, match="no repo"):
        hub_id(str(tmp_path), revision="b")


def test_only_the_files_that_fit_are_fetched_all_of_one_commit(hub):
    commit = hub.add("org/name", FILES, repo_type="dataset")

    made = hub_files(ORG, ["*.json", "data/*.csv"])

    assert (made.commit, made.names) == (commit, ("config.json", "data/train.csv"))
    assert {name: (made.folder / name).read_bytes() for name in made.names} == {
        "config.json": b"{}",
        "data/train.csv": b"a\n1\n",
    }
    assert hub.sent_bytes == len("{}") + len("a\n1\n")


def test_names_and_sizes_are_told_without_a_file_fetched(hub):
    hub.page = 2
    commit = hub.add("org/name", FILES, repo_type="dataset")

    listing = list_hub(ORG)

    assert (listing.commit, listing.sizes) == (commit, {name: len(FILES[name]) for name in sorted(FILES)})
    assert (hub.sent_bytes, listing.complete) == (0, True)


def test_what_the_cache_holds_is_not_fetched_again(hub):
    hub.add("org/name", FILES, repo_type="dataset")
    hub_files(ORG)
    hub.forget()

    hub_files(ORG)

    assert [path for _, path in hub.requests] == ["/api/datasets/org/name"]  # is it still this commit?


def test_a_commit_that_the_cache_holds_needs_no_hub(hub):
    commit = hub.add("org/name", FILES, repo_type="dataset")
    hub_files(HubId("org/name", "dataset", commit))
    hub.forget()

    hub_files(HubId("org/name", "dataset", commit))

    assert hub.requests == []


def test_a_revision_is_a_branch_a_tag_or_a_commit(hub):
    first = hub.add("org/name", {"a.txt": "old"})
    hub.add("org/name", {"a.txt": "new"})
    hub.add("org/name", {"a.txt": "mine"}, revision="refs/pr/1")

    said = [fetch("org/name", revision=revision) / "a.txt" for revision in (first, None, "refs/pr/1")]

    assert [path.read_text() for path in said] == ["old", "new", "mine"]


def test_a_file_or_a_folder_of_a_repo_is_fetched_alone(hub):
    hub.add("org/name", FILES, repo_type="dataset")

    file, folder = fetch("hf://datasets/org/name/config.json"), fetch("hf://datasets/org/name/data", ["*.csv"])

    assert (file.read_text(), [path.name for path in folder.iterdir()]) == ("{}", ["train.csv"])


def test_a_path_of_this_machine_is_itself(tmp_path):
    assert fetch(str(tmp_path)) == tmp_path


def test_a_recipe_tells_an_address_not_a_cache(hub, tmp_path):
    commit, other = hub.add("org/name", FILES, repo_type="dataset"), hub.add("name", {"a.json": "{}"})

    data, model = fetch("hf://datasets/org/name/data/train.csv"), fetch("hf://name")

    assert relative(data, tmp_path) == f"hf://datasets/org/name@{commit}/data/train.csv"
    assert relative(model, tmp_path) == f"hf://name@{other}"


def test_progress_ends_at_the_sum(hub):
    hub.add("org/name", FILES, repo_type="dataset")
    told: list[tuple[int, int]] = []

    hub_files(ORG, progress=lambda done, total: told.append((done, total)))

    assert (len(told), told[-1]) == (len(FILES), (sum(map(len, FILES.values())),) * 2)


def test_a_private_repo_wants_a_token(hub, monkeypatch):
    hub.add("org/name", FILES, repo_type="dataset", private=True)
    with pytest.raises(errors.NoSuchRepo, match="none that it shows to strangers") as stranger:
        hub_files(ORG)
    monkeypatch.setenv("HF_TOKEN", TOKEN)

    assert hub_files(ORG, ["config.json"]).names == ("config.json",)
    assert stranger.value.has_token is False


def test_a_token_that_is_wrong_is_told(hub, monkeypatch):
    hub.add("org/name", FILES, repo_type="dataset")
    monkeypatch.setenv("HF_TOKEN", "hf_bad")

    with pytest.raises(errors.BadToken, match="Invalid credentials"):
        hub_files(ORG)


@pytest.mark.parametrize("token", [None, TOKEN])
def test_a_gated_repo_is_told(hub, monkeypatch, token):
    hub.add("org/name", FILES, repo_type="dataset", gated=True)
    if token:
        monkeypatch.setenv("HF_TOKEN", token)

    with pytest.raises(errors.GatedRepo, match="org/name is gated") as caught:
        hub_files(ORG)

    assert caught.value.has_token is bool(token)


@pytest.mark.parametrize(
    ("repo", "error"),
    [
        (HubId("org/other", "dataset"), errors.NoSuchRepo),
        (HubId("org/name", "model"), errors.NoSuchRepo),
        (HubId("org/na--me", "dataset"), errors.NoSuchRepo),
        (HubId("org/name", "dataset", "v9"), errors.NoSuchRevision),
        (HubId("org/name", "dataset", "0" * 40), errors.NoSuchRevision),
    ],
)
def test_what_is_not_there_is_named(hub, repo, error):
    hub.add("org/name", FILES, repo_type="dataset")

    with pytest.raises(error):
        hub_files(repo)


def test_a_pattern_that_fits_nothing_is_told_with_what_there_is(hub):
    hub.add("org/name", FILES, repo_type="dataset")

    with pytest.raises(
        errors.NoSuchHubFile, match=r"no file \*\.txt: there is README.md, config.json, data/big.parquet"
    ):
        hub_files(ORG, ["*.txt"])


@pytest.mark.parametrize("where", ["/api/datasets/org/name", "/tree/", "/resolve/", "/blobs/"])
@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_fault_that_passes_is_waited_out(hub, clock, where, status):
    hub.add("org/name", FILES, repo_type="dataset")
    hub.fail(status, 2, where=where, headers={"Retry-After": "3"} if status == 429 else {})

    made = hub_files(ORG)

    assert (made.folder / "data/big.parquet").read_bytes() == FILES["data/big.parquet"]


@pytest.mark.parametrize("where", ["/api/datasets/org/name", "/tree/", "/resolve/", "/blobs/"])
@pytest.mark.parametrize(("status", "error"), [(503, errors.Unreachable), (429, errors.RateLimited)])
def test_a_fault_that_stays_is_told_after_a_while(hub, clock, where, status, error):
    hub.add("org/name", FILES, repo_type="dataset")
    hub.fail(status, where=where)

    with pytest.raises(error, match=str(status)):
        hub_files(ORG)

    assert sum(clock) < 300


def test_a_hub_that_wants_to_be_left_alone_for_long_is_told_at_once(hub, clock):
    hub.add("org/name", FILES, repo_type="dataset")
    hub.fail(429, headers={"Retry-After": "600"})

    with pytest.raises(errors.RateLimited, match="for 600 seconds"):
        hub_files(ORG)

    assert hub.asked() == 1


def test_an_answer_cut_off_is_gone_on_with(hub, clock):
    hub.add("org/name", FILES, repo_type="dataset")
    hub.cut(2, at=70_000, where="/blobs/")

    made = hub_files(ORG)

    assert (made.folder / "data/big.parquet").read_bytes() == FILES["data/big.parquet"]


def test_a_page_that_is_no_hubs_is_told(hub, clock):
    hub.fail(200, body=b"<html>please log in to the wireless network</html>")

    with pytest.raises(errors.Unreachable, match="no answer from http://127"):
        hub_files(ORG)


def test_a_hub_that_is_down_is_told(hub, clock):
    hub.close()

    with pytest.raises(errors.Unreachable, match="no answer from http://127"):
        hub_files(ORG)


@pytest.mark.parametrize("how", ["said", "by the environment"])
def test_offline_the_cache_answers_and_nothing_is_asked(hub, monkeypatch, how):
    commit = hub.add("org/name", FILES, repo_type="dataset")
    hub_files(ORG, ["config.json"])
    hub.forget()
    if how != "said":
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    offline = how == "said"

    made = hub_files(ORG, ["config.json"], offline=offline)
    with pytest.raises(errors.NotCached, match=r"data/train\.csv is not in the cache"):
        hub_files(ORG, ["data/train.csv"], offline=offline)
    with pytest.raises(errors.NotCached, match="org/other is not in the cache"):
        hub_files(HubId("org/other", "dataset"), offline=offline)
    with pytest.raises(errors.NotCached, match="org/name at v2"):
        hub_files(HubId("org/name", "dataset", "v2"), offline=offline)

    assert (made.commit, list_hub(ORG, offline=offline).sizes.keys()) == (commit, FILES.keys())
    assert hub.requests == []


def test_offline_what_others_put_into_the_cache_serves(hub):
    import huggingface_hub

    hub.add("org/name", FILES, repo_type="dataset")
    huggingface_hub.hf_hub_download("org/name", "config.json", repo_type="dataset")

    listing = list_hub(ORG, offline=True)

    assert (list(listing.sizes), listing.complete) == (["config.json"], False)
    assert hub_files(ORG, ["config.json"], offline=True).names == ("config.json",)
    with pytest.raises(errors.NotCached):
        hub_files(ORG, ["data/train.csv"], offline=True)


def test_what_is_fetched_serves_huggingface_hub_too(hub):
    import huggingface_hub

    hub.add("org/name", FILES, repo_type="dataset")
    hub_files(ORG)
    hub.forget()

    path = huggingface_hub.hf_hub_download("org/name", "config.json", repo_type="dataset", local_files_only=True)

    assert (Path(path).read_text(), hub.requests) == ("{}", [])


def test_a_cache_that_cannot_be_written_is_an_error_of_this_machine(hub, monkeypatch, tmp_path):
    grow(tmp_path, {"file": ""})
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "file"))
    hub.add("org/name", FILES, repo_type="dataset")

    with pytest.raises(OSError, match="file") as caught:
        hub_files(ORG)

    assert not isinstance(caught.value, HubError)


def test_nothing_is_told_but_by_who_calls(hub, clock, capfd, caplog):
    hub.add("org/name", FILES, repo_type="dataset")
    hub.fail(503, 1)
    hub.fail(503, 1, where="/tree/")

    hub_files(ORG)

    assert (capfd.readouterr(), caplog.text) == (("", ""), "")


def test_a_process_that_a_test_starts_sees_the_hub(hub):
    hub.add("org/name", FILES, repo_type="dataset")
    words = "from tinydata.fetch import *; print(hub_files(HubId('org/name', 'dataset'), ['*.json']).names)"

    told = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=False)

    assert (told.stdout, told.stderr) == ("('config.json',)\n", "")


def test_a_copied_cache_is_told_by_its_address_too(hub, tmp_path):
    commit = hub.add("org/name", FILES, repo_type="dataset")
    repo = fetch("hf://datasets/org/name").parents[1]
    copy = shutil.copytree(repo, tmp_path / "elsewhere" / repo.name, symlinks=True)

    assert relative(copy / "snapshots" / commit, tmp_path) == f"hf://datasets/org/name@{commit}"
