"""Make beside, then rename: an existing target is refused, a failure leaves nothing behind."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tinydata.errors import TargetExists


@contextmanager
def new_folder(target: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Yield an empty folder that becomes `target` when the block ends well, and vanishes when it does not.

    Args:
        target: The folder to make; its parents are made too.
        overwrite: Replace what is there. The old one stands until the new one is whole.

    Raises:
        TargetExists: `target` is there and `overwrite` is not set.
    """
    refuse_existing(target, overwrite)
    made = _make_parents(target)
    beside = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent))
    beside.chmod(0o777 & ~_umask())  # mkdtemp makes it private; what is made here is not a secret
    try:
        yield beside
        _swap(beside, target)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        _drop_parents(made)
        raise


@contextmanager
def new_file(target: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Yield a path to write; it becomes `target` when the block ends well, and vanishes when it does not.

    Raises:
        TargetExists: `target` is there and `overwrite` is not set.
    """
    refuse_existing(target, overwrite)
    made = _make_parents(target)
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
    os.close(descriptor)
    beside = Path(name)
    beside.chmod(0o666 & ~_umask())
    try:
        yield beside
        _swap(beside, target)
    except BaseException:
        beside.unlink(missing_ok=True)
        _drop_parents(made)
        raise


def refuse_existing(target: Path, overwrite: bool = False) -> None:
    """Raise `TargetExists` early, before any work is done.

    A folder that is empty holds nothing to lose and is no obstacle.
    """
    if overwrite or not os.path.lexists(target):
        return
    if target.is_dir() and not target.is_symlink() and not any(target.iterdir()):
        return
    raise TargetExists(target)


def _swap(beside: Path, target: Path) -> None:
    if target.is_dir() and not target.is_symlink():
        old = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".old", dir=target.parent))
        target.rename(old / target.name)
        try:
            beside.rename(target)
        except BaseException:
            (old / target.name).rename(target)
            raise
        finally:
            shutil.rmtree(old, ignore_errors=True)
    elif target.is_file() and beside.is_dir():
        target.unlink()
        beside.rename(target)
    else:
        beside.replace(target)


def _make_parents(target: Path) -> list[Path]:
    missing = [parent for parent in target.parents if not parent.exists()]
    target.parent.mkdir(parents=True, exist_ok=True)
    return missing


def _drop_parents(made: list[Path]) -> None:
    for parent in made:
        try:
            parent.rmdir()
        except OSError:
            return


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
