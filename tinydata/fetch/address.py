"""Addresses: which words name a repo of the Hub, and which are paths of this machine."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

from tinydata.errors import BadAddress, BadRevision

SCHEME = "hf://"

_NAME = r"[A-Za-z0-9][\w.-]*"
_REVISION = r"refs/(?:pr/\d+|convert/[^/@]+)|[^/@]+"
_ADDRESS = re.compile(
    rf"(?:(?P<sort>models|datasets)/)?(?!(?:spaces|buckets|kernels)/)(?P<repo>{_NAME}(?:/{_NAME})?)(?:@(?P<revision>{_REVISION}))?(?:/(?P<path>.*))?"
)
_BARE = re.compile(rf"(?P<repo>(?P<owner>{_NAME})/{_NAME})(?:@(?P<revision>{_REVISION}))?")
# `photos/train.parquet` is a path with a slip in it, and no reason to ask the network.
_FILE = re.compile(
    r".*\.(arrow|bz2|csv|gz|jsonl?|md|model|parquet|py|safetensors|tar|tgz|tiktoken|tsv|txt|xz|ya?ml|zip|zst)",
    re.IGNORECASE,
)
_SHORT = {"~parquet": "refs/convert/parquet"}  # as the Hub's own guides and DuckDB spell it


@dataclass(frozen=True)
class HubId:
    """A repo of the Hub.

    Args:
        repo_id: `org/name`; a few old ones are one word.
        repo_type: `model` or `dataset`.
        revision: A branch, a tag or a commit; None is the main branch.
        path: A file or folder inside; empty is the whole repo.
    """

    repo_id: str
    repo_type: str
    revision: str | None = None
    path: str = ""

    @property
    def address(self) -> str:
        """As it is spelled, from `hf://` on.

        >>> HubId("org/name", "dataset", "refs/pr/1", "data").address
        'hf://datasets/org/name@refs%2Fpr%2F1/data'
        """
        sort = "datasets/" if self.repo_type == "dataset" else ""
        revision = f"@{quote(self.revision, safe='')}" if self.revision else ""
        return f"{SCHEME}{sort}{self.repo_id}{revision}" + (f"/{self.path}" if self.path else "")


def hub_id(source: str | os.PathLike[str], *, repo_type: str = "model", revision: str | None = None) -> HubId | None:
    """The repo of the Hub that a word names; None where it is a path of this machine.

    `hf://` is always the Hub. Of bare words only `org/name` is, and only where no folder `org` lies here: a path with a slip
    in it never reaches the network.

    >>> hub_id("hf://datasets/org/name@v1/data")
    HubId(repo_id='org/name', repo_type='dataset', revision='v1', path='data')
    >>> hub_id("org/name"), hub_id("name"), hub_id("org/name.csv")
    (HubId(repo_id='org/name', repo_type='model', revision=None, path=''), None, None)

    Args:
        source: The word; a path object is a path.
        repo_type: What a repo is whose address does not say, `model` or `dataset`.
        revision: Which revision, where the address does not say.

    Raises:
        BadAddress: It begins with `hf://` and goes on as no address does.
        BadRevision: The address names another revision, or `source` is a path, which has none.
    """
    found = _parse(source, repo_type) if isinstance(source, str) else None
    if found is None:
        if revision is not None:
            raise BadRevision(revision, f"{os.fspath(source)} is no repo of the Hub")
        return None
    if revision is not None and found.revision not in (None, revision):
        raise BadRevision(revision, f"{source} names another")
    return HubId(found.repo_id, found.repo_type, revision or found.revision, found.path)


def _parse(source: str, repo_type: str) -> HubId | None:
    if source.startswith(SCHEME):
        said = _ADDRESS.fullmatch(source.removeprefix(SCHEME))
        path = (said["path"] or "").strip("/") if said else ""
        if said is None or ".." in path.split("/"):
            raise BadAddress(source)
        sort = said["sort"].removesuffix("s") if said["sort"] else repo_type
        return HubId(said["repo"], sort, _revision(said["revision"]), path)
    bare = _BARE.fullmatch(source)
    if bare is None or _FILE.fullmatch(source) or Path(source).exists() or Path(bare["owner"]).exists():
        return None
    return HubId(bare["repo"], repo_type, _revision(bare["revision"]))


def _revision(said: str | None) -> str | None:
    return _SHORT.get(said, unquote(said)) if said else None
