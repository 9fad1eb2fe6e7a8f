"""Files of a repo of the Hub, read by parts: at the commit that its revision stands for, with the token of whoever asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tinydata.fetch.file import File, LocalFile
from tinydata.fetch.hub import WHOLE_BYTES, HubListing, cache_folder, fetch_listed, is_offline
from tinydata.fetch.remote import Came, RemoteFile

if TYPE_CHECKING:
    from tinydata.fetch.http import Connections


def hub_reader(
    listing: HubListing,
    *,
    offline: bool = False,
    progress: Callable[[int, int], None] | None = None,
    whole_bytes: int = WHOLE_BYTES,
) -> Callable[[str], File]:
    """What opens the files that a repo holds: small ones, and those that the cache holds, here; others read by parts where they lie.

    Args:
        listing: What the repo holds.
        offline: Ask no hub; HF_HUB_OFFLINE says the same.
        progress: Called with the bytes that came and of all, 0 where that is not known.
        whole_bytes: What a small one is.

    Raises:
        HubError: See `fetch_listed`.
    """
    from tinydata.fetch.http import Connections

    connections, came = Connections(), Came(progress)

    def file(name: str) -> File:
        cached = cache_folder(listing.repo) / "snapshots" / listing.commit / name
        if is_offline(offline) or listing.sizes[name] <= whole_bytes or cached.is_file():
            return LocalFile(fetch_listed(listing, [name], offline=offline, progress=progress) / name)
        return hub_file(listing, name, connections, came)

    return file


def hub_file(
    listing: HubListing, name: str, connections: Connections, came: Callable[[int], None] | None = None
) -> RemoteFile:
    """A file that was listed, none of which is fetched yet: see `remote_file`."""
    from tinydata.fetch.hub_api import remote_file

    return remote_file(listing.repo, listing.commit, name, connections, came)
