"""Files at any other address, through fsspec: `gs://`, `az://`, `sftp://`, `ftp://`, `memory://` ..."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tinydata.errors import AccessDenied, BadAddress, NoAnswer, NoSuchAddress
from tinydata.fetch.remote import Answer, Origin, Passing
from tinydata.fetch.web import public


class System:
    """The files that one of fsspec's file systems reaches.

    Args:
        address: Of a file or a folder in it.

    Attributes:
        key: What the address names in it.

    Raises:
        BadAddress: fsspec knows no such scheme, or lacks the library for it.
        RemoteError: It cannot be reached.
    """

    def __init__(self, address: str) -> None:
        import fsspec

        self._name = public(address)
        try:
            with _faults(self._name):
                self._system, key = fsspec.core.url_to_fs(address, use_listings_cache=False)
        except Passing as fault:
            if isinstance(fault.__cause__, (ValueError, ImportError)):
                raise BadAddress(self._name, str(fault.__cause__)) from fault
            raise fault.told from fault
        self.key: str = f"{key.rstrip('/')}/" if address.endswith("/") else key

    def origin(self, key: str, name: str) -> Origin:
        """A file of it; `name` is what to call it."""
        return _Origin(self._system, key, name)

    def keys(self, start: str) -> list[str]:
        """The keys that begin so.

        Raises:
            RemoteError: They could not be had.
        """
        try:
            with _faults(self._name):
                return list(self._system.find(start))
        except Passing as fault:
            raise fault.told from fault


class _Origin:
    def __init__(self, system: Any, key: str, name: str) -> None:
        self._system, self._key, self.name = system, key, name

    def ask(self, start: int, stop: int | None) -> Answer:
        with _faults(self.name):
            facts = self._system.info(self._key)
            total = facts.get("size")
            if total is None:
                return Answer(0, None, None, _version(facts), self._system.open(self._key, "rb"), whole=True)
            begin = max(0, total + start) if start < 0 else min(start, total)
            end = total if stop is None else min(stop, total)
            data = self._system.cat_file(self._key, begin, end) if begin < end else b""
            return Answer(begin, end, total, _version(facts), io.BytesIO(data))


@contextmanager
def _faults(name: str) -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, IsADirectoryError) as error:
        raise NoSuchAddress(name, "no such file") from error
    except PermissionError as error:
        raise AccessDenied(name, "not for this user") from error
    except Exception as error:  # each of these libraries has errors of its own: what it was is kept as the cause
        said = " ".join(str(error).split())
        raise Passing(NoAnswer(name, f"no answer: {type(error).__name__}{f': {said}' if said else ''}")) from error


def _version(facts: Mapping[str, Any]) -> str | None:
    found = next((facts[name] for name in ("ETag", "etag", "mtime", "LastModified") if facts.get(name)), None)
    return None if found is None else str(found)
