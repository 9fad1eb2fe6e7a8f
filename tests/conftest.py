"""What every test stands on: no network, caches of its own, the same random choices each time."""

from __future__ import annotations

import atexit
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from tests.hub import clock, hub
from tests.servers import elsewhere, hub_elsewhere, memory, moto, online, s3, served, web

__all__ = [
    "clock",
    "elsewhere",
    "hub",
    "hub_elsewhere",
    "memory",
    "moto",
    "no_network",
    "online",
    "real",
    "s3",
    "served",
    "web",
]

# Before anything imports huggingface_hub or datasets: both read these once, at import.
_caches = Path(tempfile.mkdtemp(prefix="tinydata-tests-"))
atexit.register(shutil.rmtree, _caches, ignore_errors=True)
os.environ |= {
    "HF_HOME": str(_caches / "hf"),
    "HF_DATASETS_CACHE": str(_caches / "hf" / "datasets"),
    "HF_HUB_CACHE": str(_caches / "hf" / "hub"),
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
}

# Too slow is for benchmarks to say: the machine that runs a test may be busy.
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.register_profile("dev", deadline=None, print_blob=True)
hypothesis.settings.register_profile("long", deadline=None, max_examples=2_000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))

_LOOPBACK = ("127.", "::1", "localhost")


@pytest.fixture(autouse=True, scope="session")
def no_network() -> Iterator[None]:
    """Refuse every connection that would leave this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not str(address[0]).startswith(_LOOPBACK):
            raise RuntimeError(f"a test reached for the network: {address[0]}:{address[1]}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield


@pytest.fixture(scope="session")
def real() -> Path:
    """The folder of real datasets, images, tokenizers and configs: $TINYDATA_REAL, else shared/real beside the checkout."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "real"
    folder = Path(os.environ.get("TINYDATA_REAL") or beside)
    if folder.is_dir():
        return folder
    why = f"no real inputs at {folder}: set TINYDATA_REAL to their folder"
    if os.environ.get("TINYDATA_REQUIRE_REAL") == "1":
        pytest.fail(why)
    pytest.skip(why)
