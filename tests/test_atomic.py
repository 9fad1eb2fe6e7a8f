"""Made beside, then renamed: what is there is not lost, what fails leaves nothing, what is killed looks like nothing."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.helpers import grow
from tinydata.atomic import new_file, new_folder, refuse_existing, refuse_loss, replace_file
from tinydata.errors import BadTarget, TargetExists

Maker = Callable[..., AbstractContextManager[Path]]


def tree(root: Path) -> dict[str, bytes | None]:
    return {
        path.relative_to(root).as_posix(): None if path.is_dir() else path.read_bytes()
        for path in sorted(root.rglob("*"))
        if not path.is_symlink()
    }


def fill(path: Path) -> None:
    """Write what is new into what a maker yields."""
    if path.is_dir():
        grow(path, {"deep/a.txt": "new"})
    else:
        path.write_text("new")


def fail(making: AbstractContextManager[Path], error: type[BaseException]) -> None:
    """Write, and then break off."""
    with making as beside:
        fill(beside)
        raise error


MAKERS: dict[str, Maker] = {"folder": new_folder, "file": new_file}
NEW = {"folder": {"out": None, "out/deep": None, "out/deep/a.txt": b"new"}, "file": {"out": b"new"}}
OLD: dict[str, dict[str, str | bytes]] = {
    "nothing": {},
    "a file": {"out": "old"},
    "an empty folder": {"out/": ""},
    "a full folder": {"out/b.txt": "old"},
}


@pytest.fixture(params=MAKERS)
def sort(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_what_is_made_is_there_when_the_block_ends_and_not_before(tmp_path, sort):
    with MAKERS[sort](tmp_path / "out") as beside:
        fill(beside)
        assert not (tmp_path / "out").exists()

    assert tree(tmp_path) == NEW[sort]


@pytest.mark.parametrize("old", OLD)
def test_overwrite_puts_the_new_in_the_place_of_any_old(tmp_path, sort, old):
    grow(tmp_path, OLD[old])

    with MAKERS[sort](tmp_path / "out", overwrite=True) as beside:
        fill(beside)

    assert tree(tmp_path) == NEW[sort]


@pytest.mark.parametrize("old", OLD)
def test_the_old_stands_until_the_new_is_whole(tmp_path, sort, old):
    before = tree(grow(tmp_path, OLD[old]))

    with MAKERS[sort](tmp_path / "out", overwrite=True) as beside:
        fill(beside)
        during = {name: content for name, content in tree(tmp_path).items() if not name.startswith(".out.")}

    assert during == before


@pytest.mark.parametrize("old", OLD)
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, OSError])
def test_a_failure_leaves_all_as_it_was(tmp_path, sort, old, error):
    before = tree(grow(tmp_path, OLD[old]))

    with pytest.raises(error):
        fail(MAKERS[sort](tmp_path / "out", overwrite=True), error)

    assert tree(tmp_path) == before


@pytest.mark.parametrize("old", [old for old in OLD if old != "nothing"])
def test_a_rename_that_fails_leaves_all_as_it_was(tmp_path, sort, old, monkeypatch):
    before = tree(grow(tmp_path, OLD[old]))

    rename = Path.rename

    def refuse_parts(self: Path, target: Path) -> Path:
        if self.name.endswith(".part"):
            raise OSError(13, "Permission denied", str(self))
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse_parts)
    monkeypatch.setattr(Path, "replace", refuse_parts)
    with pytest.raises(OSError, match="Permission denied"), MAKERS[sort](tmp_path / "out", overwrite=True) as beside:
        fill(beside)

    assert tree(tmp_path) == before


@pytest.mark.parametrize("old", ["a file", "a full folder"])
def test_what_is_there_is_refused_before_anything_is_made(tmp_path, sort, old):
    before = tree(grow(tmp_path, OLD[old]))

    with pytest.raises(TargetExists, match="out exists"), MAKERS[sort](tmp_path / "out"):
        raise AssertionError("the block is not entered")

    assert tree(tmp_path) == before


@pytest.mark.parametrize("old", ["a file", "a full folder"])
def test_what_came_up_meanwhile_is_refused_too(tmp_path, sort, old):
    with pytest.raises(TargetExists, match="out exists"), MAKERS[sort](tmp_path / "out") as beside:
        fill(beside)
        before = tree(grow(tmp_path / "other", OLD[old]))
        (tmp_path / "other" / "out").rename(tmp_path / "out")
        (tmp_path / "other").rmdir()

    assert tree(tmp_path) == before


def test_an_empty_folder_is_no_obstacle(tmp_path):
    grow(tmp_path, {"out/": ""})

    with new_folder(tmp_path / "out") as beside:
        fill(beside)

    assert tree(tmp_path) == NEW["folder"]


def test_a_link_is_something_even_where_it_leads_nowhere(tmp_path, sort):
    (tmp_path / "out").symlink_to(tmp_path / "nowhere")

    with pytest.raises(TargetExists), MAKERS[sort](tmp_path / "out"):
        raise AssertionError("the block is not entered")


def test_overwrite_replaces_a_link_and_not_what_it_leads_to(tmp_path, sort):
    grow(tmp_path, {"kept/b.txt": "old"})
    (tmp_path / "out").symlink_to(tmp_path / "kept")

    with MAKERS[sort](tmp_path / "out", overwrite=True) as beside:
        fill(beside)

    assert not (tmp_path / "out").is_symlink()
    assert tree(tmp_path) == {"kept": None, "kept/b.txt": b"old"} | NEW[sort]


def test_parents_are_made_and_go_again_when_it_fails(tmp_path, sort):
    with MAKERS[sort](tmp_path / "a" / "b" / "out") as beside:
        fill(beside)
    with pytest.raises(KeyboardInterrupt):
        fail(MAKERS[sort](tmp_path / "c" / "d" / "out"), KeyboardInterrupt)

    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a" / "b" / "out").exists()


def test_a_parent_that_somebody_uses_meanwhile_stays(tmp_path, sort):
    with pytest.raises(FileExistsError), MAKERS[sort](tmp_path / "a" / "out"):
        grow(tmp_path, {"a/mine.txt": "mine", "a/mine.txt/below": ""})

    assert tree(tmp_path) == {"a": None, "a/mine.txt": b"mine"}


def test_rights_are_those_that_the_user_gives_to_new_things(tmp_path, sort):
    mask = os.umask(0o027)
    try:
        with MAKERS[sort](tmp_path / "out") as beside:
            fill(beside)
    finally:
        os.umask(mask)

    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == (0o750 if sort == "folder" else 0o640)


@pytest.mark.parametrize("place", [".", "..", "a/..", "/"])
def test_a_target_without_a_name_of_its_own_is_refused(tmp_path, sort, place, monkeypatch):
    monkeypatch.chdir(tmp_path)

    with pytest.raises(BadTarget), MAKERS[sort](Path(place), overwrite=True):
        raise AssertionError("the block is not entered")


@pytest.mark.parametrize("name", ["x" * 255, "ü" * 127, "\udcff" * 255])
def test_the_longest_name_can_be_made(tmp_path, sort, name):
    with MAKERS[sort](tmp_path / name) as beside:
        fill(beside)

    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_what_the_system_says_bears_the_name_of_the_target(tmp_path, sort):
    grow(tmp_path, {"file": ""})

    with pytest.raises(NotADirectoryError) as below, MAKERS[sort](tmp_path / "file" / "out"):
        raise AssertionError("the block is not entered")
    with pytest.raises(OSError, match="too long") as long, MAKERS[sort](tmp_path / ("x" * 300)):
        raise AssertionError("the block is not entered")
    with pytest.raises(FileNotFoundError) as inside, new_folder(tmp_path / "out") as beside:
        (beside / "gone" / "a.txt").read_text()
    with pytest.raises(OSError, match="No space") as full, MAKERS[sort](tmp_path / "out"):
        raise OSError(28, "No space left on device")

    assert below.value.filename == str(tmp_path / "file")
    assert long.value.filename == str(tmp_path / ("x" * 300))
    assert inside.value.filename == str(tmp_path / "out" / "gone" / "a.txt")
    assert full.value.filename == str(tmp_path / "out")


def test_what_the_system_says_of_other_files_is_not_changed(tmp_path, sort):
    with pytest.raises(FileNotFoundError) as caught, MAKERS[sort](tmp_path / "out"):
        (tmp_path / "source").read_bytes()

    assert caught.value.filename == str(tmp_path / "source")


def test_refusing_asks_and_makes_nothing(tmp_path):
    grow(tmp_path, {"out": "old"})

    refuse_existing(tmp_path / "new")
    refuse_existing(tmp_path / "out", overwrite=True)
    with pytest.raises(TargetExists):
        refuse_existing(tmp_path / "out")

    assert tree(tmp_path) == {"out": b"old"}


@pytest.mark.parametrize("target", ["a", "a/b", "a/b/source.txt"])
def test_a_source_is_not_replaced_by_what_is_made_of_it(tmp_path, target):
    grow(tmp_path, {"a/b/source.txt": ""})

    refuse_loss(tmp_path / "a/b/source.txt", tmp_path / target, overwrite=False)  # TargetExists will say so
    refuse_loss(tmp_path / "a/b/source.txt", tmp_path / "a" / "c", overwrite=True)
    with pytest.raises(BadTarget, match="its own source"):
        refuse_loss(tmp_path / "a/b/source.txt", tmp_path / target, overwrite=True)


def refuse(self: Path, target: Path) -> None:
    raise OSError(28, "No space left on device", str(self), None, str(target))


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path, monkeypatch):
    grow(tmp_path, {"a.txt": "old"})
    replace_file(tmp_path / "a.txt", b"new")
    first = tree(tmp_path)

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match="No space") as caught:
        replace_file(tmp_path / "a.txt", b"newer")

    assert first == tree(tmp_path) == {"a.txt": b"new"}
    assert caught.value.filename == str(tmp_path / "a.txt")
