"""Patience: what fails in a way that may pass is tried again, after longer and longer waits; what remains is told in our words."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from tinydata.errors import (
    BadToken,
    GatedRepo,
    HubError,
    NoSuchHubFile,
    NoSuchRepo,
    NoSuchRevision,
    NotCached,
    RateLimited,
    Unreachable,
)
from tinydata.fetch.address import HubId

PATIENCE_SECONDS = 30.0  # huggingface_hub repeats some requests itself, so that tries cannot be counted here
FIRST_WAIT_SECONDS = 0.5

_PASSING = (408, 429, 500, 502, 503, 504)

Answer = TypeVar("Answer")


class Waits:
    """The waits between the tries of one thing, each twice as long as the one before, for half a minute in all."""

    def __init__(self) -> None:
        self.anew()

    def anew(self) -> None:
        """Begin again with a short one: there was headway."""
        self._end, self._next = time.monotonic() + PATIENCE_SECONDS, FIRST_WAIT_SECONDS

    def wait(self, seconds: float | None = None) -> bool:
        """Wait before the next try; False, and no wait, where patience would not last so long.

        Args:
            seconds: For so long, where it was said.
        """
        pause = self._next if seconds is None else seconds
        if time.monotonic() + pause > self._end:
            return False
        time.sleep(pause)
        self._next *= 2
        return True


def patiently(call: Callable[[], Answer], repo: HubId, name: str = "") -> Answer:
    """Call a hub until it answers; faults that may pass are waited out, for half a minute in all.

    Args:
        call: A call of huggingface_hub.
        repo: What it asks for.
        name: Which file of it.

    Raises:
        HubError: What the hub said in the end; its subclasses say why.
    """
    waits = Waits()
    while True:
        try:
            return call()
        except _foreign() as error:
            told, passing, after = _translate(error, repo, name)
            if not isinstance(told, HubError):
                raise told from None
            if not passing or not waits.wait(after):
                raise told from error


@contextmanager
def silent() -> Iterator[None]:
    """No bars and no log lines of huggingface_hub until the block ends: what matters is told by who calls it."""
    from huggingface_hub.utils.tqdm import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

    logger = logging.getLogger("huggingface_hub")
    level = logger.level
    shown = "HF_HUB_DISABLE_PROGRESS_BARS" not in os.environ and not are_progress_bars_disabled()
    logger.setLevel(logging.CRITICAL)
    if shown:
        disable_progress_bars()
    try:
        yield
    finally:
        logger.setLevel(level)
        if shown:
            enable_progress_bars()


def _foreign() -> tuple[type[Exception], ...]:
    """What huggingface_hub may raise for a hub's fault."""
    # A page of a proxy instead of JSON is a ValueError, and so is an id that it does not hold for one.
    return _http_error(), OSError, ValueError


def _http_error() -> type[Exception]:
    """The root of the errors of the HTTP library: `requests` below huggingface_hub 1, `httpx` and `httpx2` since."""
    from huggingface_hub.errors import HfHubHTTPError

    roots = [base for base in HfHubHTTPError.__mro__ if base.__module__ != "builtins" and issubclass(base, Exception)]
    return roots[-1]


def _translate(error: Exception, repo: HubId, name: str) -> tuple[Exception, bool, float | None]:
    """What to tell of an error, whether the fault may pass, and the seconds after which the hub asks to be tried again."""
    from huggingface_hub import errors as hub
    from huggingface_hub import get_token

    sort, repo_id = repo.repo_type, repo.repo_id
    if isinstance(error, hub.LocalEntryNotFoundError) and isinstance(error.__cause__, Exception):
        error = error.__cause__  # it says "not in the cache" of whatever went wrong
    if isinstance(error, (hub.OfflineModeIsEnabled, hub.LocalEntryNotFoundError)):
        return NotCached(sort, repo_id, repo.revision, name), False, None
    if isinstance(error, hub.GatedRepoError):
        return GatedRepo(sort, repo_id, has_token=get_token() is not None), False, None
    if isinstance(error, (hub.RepositoryNotFoundError, hub.HFValidationError)):
        return NoSuchRepo(sort, repo_id, has_token=get_token() is not None), False, None
    if isinstance(error, hub.RevisionNotFoundError):
        return NoSuchRevision(sort, repo_id, repo.revision or "main"), False, None
    if isinstance(error, hub.EntryNotFoundError):
        return NoSuchHubFile(sort, repo_id, name, ()), False, None
    response: Any = getattr(error, "response", None)
    status = response.status_code if response is not None else None
    if status in (401, 403):
        return BadToken(sort, repo_id, _said(error)), False, None
    if status == 429:
        after = _seconds(response.headers.get("Retry-After"))
        return RateLimited(sort, repo_id, after), True, after
    if (
        isinstance(error, OSError)
        and error.errno is not None
        and not isinstance(error, (ConnectionError, TimeoutError))
    ):
        return error, False, None  # a full disk, a cache that cannot be written: this machine's
    passing = status in _PASSING if status is not None else not isinstance(error, ValueError)
    problem = f"it answers {status}" if status is not None else " ".join(str(error).split()) or type(error).__name__
    return Unreachable(_endpoint(), sort, repo_id, problem), passing, None


def _endpoint() -> str:
    from huggingface_hub import constants

    return constants.ENDPOINT


def _said(error: Any) -> str:
    return " ".join(str(getattr(error, "server_message", None) or f"it answers {error.response.status_code}").split())


def _seconds(said: str | None) -> float | None:
    return float(said) if said and said.isdigit() else None
