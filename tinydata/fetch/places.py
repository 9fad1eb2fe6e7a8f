"""Places: files and folders by their addresses, whatever the scheme."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Protocol
from urllib.parse import urlsplit

from tinydata.errors import BadAddress, NoSuchAddress, NotHere
from tinydata.fetch.file import File
from tinydata.fetch.hub import is_offline
from tinydata.fetch.patterns import matching
from tinydata.fetch.remote import Came, Origin, RemoteFile

_WILD = re.compile(r"[*?\[]")
_LOGIN = re.compile("//[^/@]*@")


@dataclass(frozen=True)
class Folder:
    """Files that lie elsewhere, below one address.

    Attributes:
        name: The address.
        names: Their paths inside, sorted.
        file: One of the names -> the file.
    """

    name: str
    names: tuple[str, ...]
    file: Callable[[str], File]


def is_address(word: str) -> bool:
    r"""Whether a word is the address of what lies elsewhere, rather than a path.

    >>> is_address("https://host/a.csv"), is_address("C:\\a.csv")
    (True, False)
    """
    return "://" in word


def find(
    address: str, *, offline: bool = False, progress: Callable[[int, int], None] | None = None
) -> RemoteFile | Folder:
    """The file at an address; or the files of a folder, or those that fit a pattern, where the scheme can list them.

    What ends in `/`, or in a name without a suffix, may be a folder. A web server lists nothing: all there is a file.

    Args:
        address: `https://`, `http://`, `s3://`, or any other that fsspec knows.
        offline: Ask no server; HF_HUB_OFFLINE says the same.
        progress: Called with the bytes that came, and 0 as nobody knows of how many.

    Raises:
        BadAddress: No such scheme, or no address of it.
        NotHere: It is offline.
        RemoteError: The files of a folder cannot be listed. Of a file, nothing is asked yet.
        MissingExtra: obstore is not installed.
    """
    from tinydata.fetch.foreign import System
    from tinydata.fetch.http import Connections
    from tinydata.fetch.s3 import Bucket
    from tinydata.fetch.web import WebOrigin, public

    try:
        parts = urlsplit(address)
        scheme, _ = parts.scheme.lower(), parts.port
    except ValueError as error:
        raise BadAddress(_LOGIN.sub("//", re.split("[?#]", address)[0]), str(error)) from error
    name = address if scheme == "s3" else public(address)
    if is_offline(offline):
        raise NotHere(name)
    if scheme in ("file", "local"):
        raise BadAddress(name, "a file of this machine: its path will do")
    connections, came = Connections(), Came(progress)
    if scheme in ("http", "https"):
        if not parts.hostname:
            raise BadAddress(name, "no server is named")
        return RemoteFile(WebOrigin(connections, name, lambda: address), came)
    store: Store = Bucket(address, connections) if scheme == "s3" else System(address)
    key = store.key
    is_pattern = bool(_WILD.search(key))
    if not is_pattern and not key.endswith("/") and PurePosixPath(key).suffix:
        return RemoteFile(store.origin(key, name), came)
    start = _WILD.split(key)[0].rpartition("/")[0] if is_pattern else key.rstrip("/")
    keys = store.keys(f"{start}/" if start else "")
    if is_pattern:
        keys = matching(keys, [key])
    if not keys:
        if not is_pattern and not key.endswith("/"):
            return RemoteFile(store.origin(key, name), came)
        raise NoSuchAddress(name, "no file fits" if is_pattern else "no files")
    folder = _WILD.split(name)[0].rpartition("/")[0] if is_pattern else name.rstrip("/")
    inside = {one[len(start) :].lstrip("/"): one for one in sorted(keys)}
    return Folder(folder, tuple(inside), lambda one: RemoteFile(store.origin(inside[one], f"{folder}/{one}"), came))


class Store(Protocol):
    """Files below one address, by their keys."""

    @property
    def key(self) -> str:
        """What the address names of it."""
        ...

    def origin(self, key: str, name: str) -> Origin:
        """Where a file comes from; `name` is what to call it."""
        ...

    def keys(self, start: str) -> list[str]:
        """The keys that begin so."""
        ...
