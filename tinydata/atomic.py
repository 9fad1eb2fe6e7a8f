"""Make beside, then rename: an existing target is refused, a failure leaves nothing behind."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tinydata.errors import BadTarget, TargetExists

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def new_folder(target: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Yield an empty folder that becomes `target` when the block ends well, and vanishes when it does not.

    Args:
        target: The folder to make; its parents are made too.
        overwrite: Replace what is there. The old one stands until the new one is whole.

    Raises:
        TargetExists: `target` is there and `overwrite` is not set.
        BadTarget: `target` ends in no name.
    """
    refuse_existing(target, overwrite)
    with _parents(target):
        with _told_as(target):
            beside = Path(tempfile.mkdtemp(prefix=_prefix(target), suffix=".part", dir=target.parent))
        try:
            with _told_as(target, beside):
                beside.chmod(0o777 & ~_umask())  # mkdtemp makes it private; what is made here is not a secret
                yield beside
                refuse_existing(target, overwrite)  # another run may have made it meanwhile
                _swap(beside, target)
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            raise


@contextmanager
def new_file(target: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Yield a path to write; it becomes `target` when the block ends well, and vanishes when it does not.

    Raises:
        TargetExists: `target` is there and `overwrite` is not set.
        BadTarget: `target` ends in no name.
    """
    refuse_existing(target, overwrite)
    with _parents(target):
        with _told_as(target):
            descriptor, name = tempfile.mkstemp(prefix=_prefix(target), suffix=".part", dir=target.parent)
        os.close(descriptor)
        beside = Path(name)
        try:
            with _told_as(target, beside):
                beside.chmod(0o666 & ~_umask())
                yield beside
                refuse_existing(target, overwrite)  # another run may have made it meanwhile
                _swap(beside, target)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise


def replace_file(path: Path, content: bytes) -> None:
    """Write a file in place: at each moment the old one or the new one is there, whole."""
    beside = path.with_name(f".{path.name}.part")
    with _told_as(path, beside):
        try:
            beside.write_bytes(content)
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise


def share_files(folder: Path) -> None:
    """Give the files of a folder the permissions of any new file; safetensors makes them private."""
    for file in folder.iterdir():
        file.chmod(0o666 & ~_umask())


def refuse_existing(target: Path, overwrite: bool = False) -> None:
    """Raise `TargetExists` early, before any work is done.

    A folder that is empty holds nothing to lose and is no obstacle.
    """
    if target.name in ("", ".."):  # the folder that one stands in, or one above it: nothing can take its place
        raise BadTarget(target, "no name of something new")
    if overwrite or not os.path.lexists(target):
        return
    if target.is_dir() and not target.is_symlink() and not any(target.iterdir()):
        return
    raise TargetExists(target)


def refuse_loss(source: str | os.PathLike[str], target: Path, overwrite: bool) -> None:
    """Raise `BadTarget` where a source lies at or in what its target would replace."""
    place, kept = target.resolve(), Path(source).resolve()
    if overwrite and place in (kept, *kept.parents):
        raise BadTarget(target, f"its own source, {source}, lies there and would be lost")


@contextmanager
def _told_as(target: Path, beside: Path | None = None) -> Iterator[None]:
    """Let what the system complains of bear the target's name, not that of the file beside; a full disk names none."""
    try:
        yield
    except OSError as error:
        if error.errno is not None:
            name = str(error.filename or "")
            if beside is None:
                error.filename = str(target)
            elif beside.name in name:
                error.filename = f"{target}{name.split(beside.name, 1)[1]}"
            elif error.filename is None and error.errno in _FULL:
                error.filename, error.strerror = str(target), os.strerror(error.errno)
        raise


def _prefix(target: Path) -> str:
    # A long name is cut, or it would be too long with what stands around it; one that no folder can hold fails now.
    return f".{target.name if len(os.fsencode(target.name)) > 255 else target.name[:40]}."


def _swap(beside: Path, target: Path) -> None:
    if not os.path.lexists(target) or (beside.is_file() and not target.is_dir()):
        beside.replace(target)
        return
    old = Path(tempfile.mkdtemp(prefix=_prefix(target), suffix=".old", dir=target.parent))
    try:
        target.rename(old / target.name)
        beside.rename(target)
    except BaseException:
        if not os.path.lexists(target):
            (old / target.name).rename(target)
        raise
    finally:
        if os.path.lexists(target):
            shutil.rmtree(old, ignore_errors=True)


@contextmanager
def _parents(target: Path) -> Iterator[None]:
    """Make the folders above a target, and take those away again that were made for nothing."""
    missing = [parent for parent in target.parents if not parent.exists()]
    try:
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except FileExistsError as error:
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(target.parent)) from error
        yield
    except BaseException:
        for parent in missing:
            try:
                parent.rmdir()
            except OSError:
                continue
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
