"""What the Hub itself is asked for: the names in a repo, and the bytes of a file, with the token of whoever asks.

huggingface_hub waits for these without an end: for a server that says nothing, and for as long as one says that it was asked too often.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from email.message import Message
from typing import Any

from tinydata.errors import (
    BadToken,
    GatedRepo,
    HubError,
    NoAnswer,
    NoSuchHubFile,
    NoSuchRepo,
    NoSuchRevision,
    RateLimited,
    Unreachable,
)
from tinydata.fetch.address import HubId
from tinydata.fetch.http import Connections
from tinydata.fetch.patience import Waits
from tinydata.fetch.remote import Passing, RemoteFile
from tinydata.fetch.web import WebOrigin, fault_of, refused


def remote_file(
    repo: HubId, commit: str, name: str, connections: Connections, came: Callable[[int], None] | None = None
) -> RemoteFile:
    """A file of a repo, none of which is fetched yet.

    Large files lie elsewhere, in LFS or in Xet: the Hub sends there, to a signed address, which is told no token.

    Args:
        repo: The repo.
        commit: At which commit.
        name: Which file.
        connections: What to ask through.
        came: See `RemoteFile`.
    """
    from huggingface_hub import hf_hub_url

    there = replace(repo, revision=commit, path=name)
    address = hf_hub_url(repo.repo_id, name, repo_type=repo.repo_type, revision=commit)
    origin = WebOrigin(connections, there.address, lambda: address, _login(), lambda *said: _refusal(there, *said))
    return RemoteFile(origin, came)


def file_sizes(repo: HubId, commit: str) -> dict[str, int]:
    """The names of all files of a repo and their sizes in bytes, sorted by name.

    Raises:
        HubError: Its subclasses say why.
    """
    from huggingface_hub import constants

    connections, there, sizes = Connections(), replace(repo, revision=commit, path=""), dict[str, int]()
    url: str | None = f"{constants.ENDPOINT}/api/{repo.repo_type}s/{repo.repo_id}/tree/{commit}?recursive=true"
    while url is not None:
        with told_of_hub(repo):
            entries, url = _page(connections, url, there)
        sizes |= {entry["path"]: entry["size"] for entry in entries if entry["type"] == "file"}
    strange = next((name for name in sizes if name.startswith("/") or ".." in name.split("/")), None)
    if strange is not None:
        problem = f"it lists {strange}, which points out of the repo"
        raise Unreachable(constants.ENDPOINT, repo.repo_type, repo.repo_id, problem)
    return dict(sorted(sizes.items()))


@contextmanager
def told_of_hub(repo: HubId) -> Iterator[None]:
    """Tell of a file that did not come as of a hub that did not answer."""
    from huggingface_hub import constants

    try:
        yield
    except NoAnswer as error:
        problem = error.problem.removeprefix("no answer: ")
        raise Unreachable(constants.ENDPOINT, repo.repo_type, repo.repo_id, problem) from error


def _page(connections: Connections, url: str, repo: HubId) -> tuple[list[dict[str, Any]], str | None]:
    """Some entries of a list, and where the next are."""
    waits = Waits()
    while True:
        try:
            return _asked(connections, url, repo)
        except Passing as fault:
            if not waits.wait(fault.after):
                raise fault.told from fault


def _asked(connections: Connections, url: str, repo: HubId) -> tuple[list[dict[str, Any]], str | None]:
    try:
        with closing(connections.get(url, _login())) as response:
            status, headers = response.status, response.headers
            body = b"".join(iter(lambda: response.read(1 << 16), b""))
        entries = json.loads(body) if status == 200 else []
    except json.JSONDecodeError as error:  # cut, or the page of a proxy
        raise Passing(NoAnswer(repo.address, "it answers no JSON")) from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise fault_of(repo.address, error) from error
    if status != 200:
        raise refused(repo.address, status, headers, lambda *said: _refusal(repo, *said))
    return entries, _next(headers)


def _next(headers: Message) -> str | None:
    """The address of the page that follows."""
    link, _, relation = headers.get("Link", "").partition(";")
    return link.strip(" <>") if 'rel="next"' in relation else None


def _login() -> Mapping[str, str]:
    from huggingface_hub import constants, get_token

    token = None if constants.HF_HUB_DISABLE_IMPLICIT_TOKEN else get_token()
    return {"Authorization": f"Bearer {token}"} if token else {}


def _refusal(repo: HubId, status: int, headers: Message) -> HubError | None:
    from huggingface_hub import get_token

    sort, repo_id, has_token = repo.repo_type, repo.repo_id, get_token() is not None
    code = headers.get("X-Error-Code")
    if code == "GatedRepo":
        return GatedRepo(sort, repo_id, has_token=has_token)
    if code == "RepoNotFound":
        return NoSuchRepo(sort, repo_id, has_token=has_token)
    if code == "RevisionNotFound":
        return NoSuchRevision(sort, repo_id, repo.revision or "main")
    if status == 429:
        after = headers.get("Retry-After", "")
        return RateLimited(sort, repo_id, float(after) if after.isdigit() else None)
    if status in (401, 403):
        return BadToken(sort, repo_id, headers.get("X-Error-Message") or f"it answers {status}")
    return NoSuchHubFile(sort, repo_id, repo.path, ()) if status == 404 and repo.path else None
