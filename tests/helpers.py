"""A world for a test, written in one literal."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def grow(root: Path, world: Mapping[str, str | bytes]) -> Path:
    """Write files and the folders that they need; text goes out as UTF-8, without newline translation.

    Args:
        root: The folder to grow in; made where it is missing.
        world: Path below `root` -> content. A path that ends in ``/`` is an empty folder.

    Returns:
        `root`, so that a test can grow and use it in one line.
    """
    root.mkdir(parents=True, exist_ok=True)
    for name, content in world.items():
        path = root / name
        if name.endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root
