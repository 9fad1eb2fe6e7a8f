"""What many tests need: a world written in one literal, and a command in the middle of its work."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

HOUSE = Path(__file__).resolve().parents[1]


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


def started(words: tuple[str, ...], until: Callable[[], bool]) -> Iterator[subprocess.Popen[str]]:
    """A command in the middle of its work."""
    command = [sys.executable, "-m", "tinydata", *words]
    env = {**os.environ, "PYTHONPATH": str(HOUSE), "PYTHONDONTWRITEBYTECODE": "1"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    # As from a terminal: what runs in the background of a shell inherits that Ctrl-C is ignored.
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    with subprocess.Popen(command, env=env, preexec_fn=heard, **pipes) as child:
        try:
            while not until():
                assert child.poll() is None, child.communicate()
                time.sleep(0.01)
            yield child
        finally:
            child.kill()
