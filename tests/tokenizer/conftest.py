"""Each tokenizer is shrunk once for all tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import tinydata
from tests.tokenizer.world import WORLDS
from tinydata.tokenizer.made import MadeTokenizer

Shrunk = Callable[[str, int | None], MadeTokenizer]


@pytest.fixture(scope="session")
def source(real: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Where the tokenizer of a world lies."""
    found: dict[str, Path] = {}

    def find(name: str) -> Path:
        if name not in found:
            found[name] = WORLDS[name].find(real, tmp_path_factory.mktemp(name))
        return found[name]

    return find


@pytest.fixture(scope="session")
def shrunk(source: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Shrunk:
    """What became of the tokenizer of a world at a size."""
    made: dict[tuple[str, int | None], MadeTokenizer] = {}

    def shrink(name: str, size: int | None) -> MadeTokenizer:
        if (name, size) not in made:
            output = tmp_path_factory.mktemp("shrunk") / f"{name}-{size}"
            made[name, size] = tinydata.make_tokenizer(source(name), output, vocab_size=size, like=WORLDS[name].like)
        return made[name, size]

    return shrink
