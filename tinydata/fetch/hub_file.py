"""Files of a repo of the Hub, read by parts: at the commit that its revision stands for, with the token of whoever asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from tinydata.errors import BadToken, GatedRepo, HubError, NoSuchHubFile, NoSuchRepo, RateLimited
from tinydata.fetch.address import HubId
from tinydata.fetch.file import File, LocalFile
from tinydata.fetch.hub import HubListing, cache_folder, fetch_listed, is_offline
from tinydata.fetch.remote import Came, RemoteFile

if TYPE_CHECKING:
    from email.message import Message

    from tinydata.fetch.http import Connections

WHOLE_BYTES = 4 << 20
"""A file up to so long is fetched whole: its parts would be no less for ten records with pictures, and whole it stays in the cache."""


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
    """A file that a repo holds, none of which is fetched yet.

    Large files lie elsewhere, in LFS or in Xet: the Hub sends there, to a signed address, which is told no token.

    Args:
        listing: What the repo holds.
        name: Which file of it.
        connections: What to ask through.
        came: See `RemoteFile`.
    """
    from huggingface_hub import constants, get_token, hf_hub_url

    from tinydata.fetch.web import WebOrigin

    repo = replace(listing.repo, revision=listing.commit, path=name)
    address = hf_hub_url(repo.repo_id, name, repo_type=repo.repo_type, revision=listing.commit)
    token = None if constants.HF_HUB_DISABLE_IMPLICIT_TOKEN else get_token()
    headers = {"Authorization": f"Bearer {token}"} if token else {}

    def refusal(status: int, said: Message) -> HubError | None:
        return _refusal(repo, status, said)

    return RemoteFile(WebOrigin(connections, repo.address, lambda: address, headers, refusal), came)


def _refusal(repo: HubId, status: int, headers: Message) -> HubError | None:
    from huggingface_hub import get_token

    sort, repo_id, has_token = repo.repo_type, repo.repo_id, get_token() is not None
    code = headers.get("X-Error-Code")
    if code == "GatedRepo":
        return GatedRepo(sort, repo_id, has_token=has_token)
    if code == "RepoNotFound":
        return NoSuchRepo(sort, repo_id, has_token=has_token)
    if status == 429:
        after = headers.get("Retry-After", "")
        return RateLimited(sort, repo_id, float(after) if after.isdigit() else None)
    if status in (401, 403):
        return BadToken(sort, repo_id, headers.get("X-Error-Message") or f"it answers {status}")
    return NoSuchHubFile(sort, repo_id, repo.path, ()) if status == 404 else None
