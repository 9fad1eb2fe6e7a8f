"""Pack: a folder of seeds becomes a tarball, the same bytes every time."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
from dataclasses import dataclass
from pathlib import Path

from tinydata.atomic import new_file
from tinydata.dataset.loader import INFO, is_leftover
from tinydata.dataset.seeds import PATHS, keep_apart, read_seeds, seeds_root
from tinydata.recipe import NAME


@dataclass(frozen=True)
class Packed:
    """A pack that was made.

    Args:
        path: The tarball.
        seeds: How many seeds it holds.
        size_bytes: What it weighs.
    """

    path: Path
    seeds: int
    size_bytes: int


def pack(
    seeds: str | os.PathLike[str], output: str | os.PathLike[str] = "data.tar.gz", *, overwrite: bool = False
) -> Packed:
    """Put a folder of seeds into a `.tar.gz`, under `data/`, once it has been read without a complaint.

    The same seeds give the same bytes: members sorted, no times, no owners. What editors leave behind stays out.

    Raises:
        BadSeed: A file breaks a rule of the layout; nothing is made.
        TargetExists: Something lies at `output`.

    Source:
        The ``tar -cvzf data.tar.gz data`` of Stas Bekman's make-tiny notes.
    """
    root = seeds_root(seeds)
    keep_apart(seeds, Path(output), overwrite)
    with new_file(Path(output), overwrite=overwrite) as target:
        count = len(read_seeds(root).names)
        target.write_bytes(pack_bytes(root))
    return Packed(Path(output), count, Path(output).stat().st_size)


def pack_bytes(root: Path) -> bytes:
    """The tarball of the seeds in a folder."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for file in [root / INFO, root / NAME, *_seed_files(root)]:
            member = tarfile.TarInfo(f"data/{file.relative_to(root).as_posix()}")
            if file.is_dir():  # a seed whose lists are all empty has no file
                member.type, member.mode = tarfile.DIRTYPE, 0o755
                tar.addfile(member)
            elif file.is_file():
                content = file.read_bytes()
                member.size, member.mode, member.mtime = len(content), 0o644, 0
                tar.addfile(member, io.BytesIO(content))
    # mtime=0 and no name: gzip would put the time and the file's name into its header.
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=packed, compresslevel=6, mtime=0) as stream:
        stream.write(raw.getvalue())
    return packed.getvalue()


def _seed_files(root: Path) -> list[Path]:
    folders = [entry for entry in sorted(root.iterdir()) if entry.is_dir() and not is_leftover(entry.name)]
    inside = [file for folder in folders for file in [folder, *sorted(folder.iterdir())]]
    return [file for file in inside if file.name == PATHS or not is_leftover(file.name)]
