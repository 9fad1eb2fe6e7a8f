"""Hub: files of a repo, through huggingface_hub: its cache, its token, its endpoint."""

from __future__ import annotations

import json
import os
import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from tinydata.errors import NoAnswer, NoSuchHubFile, NotCached
from tinydata.fetch.address import HubId, hub_id
from tinydata.fetch.patience import patiently, silent
from tinydata.fetch.patterns import matching
from tinydata.fetch.remote import RemoteFile

THREADS = 8
TIMEOUT_SECONDS = 10.0
WHOLE_BYTES = 4 << 20
"""A file up to so long is fetched whole: its parts would be no less for ten records with pictures, and whole it stays in the cache."""

_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class HubListing:
    """What a repo holds at one commit.

    Args:
        repo: The repo.
        commit: The commit that its revision stands for.
        sizes: The name of each file to its size in bytes, sorted by name.
        complete: False where the hub could not be asked and the names are those of the files in the cache.
    """

    repo: HubId
    commit: str
    sizes: Mapping[str, int]
    complete: bool = True


@dataclass(frozen=True)
class HubFiles:
    """Files of a repo, all of one commit.

    Args:
        folder: The folder that they lie in, under the names that they have in the repo. Others may lie beside them.
        repo: The repo.
        commit: The commit that its revision stands for.
        names: The files that were asked for, sorted.
    """

    folder: Path
    repo: HubId
    commit: str
    names: tuple[str, ...]


def fetch(
    source: str | os.PathLike[str],
    patterns: Iterable[str] = ("**",),
    *,
    repo_type: str = "model",
    revision: str | None = None,
    offline: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """A source as a path of this machine: itself, or the folder of the cache that holds what was fetched of a repo.

    A recipe tells such a folder by its address and commit, see `tinydata.recipe.relative`.

    Args:
        source: A path, or the address of a repo, or of a file or folder inside it: see `hub_id`.
        patterns, revision, offline, progress: See `hub_files`; of a file inside a repo, that file alone is fetched, and of a
            folder what fits below it.
        repo_type: What a repo is whose address does not say, `model` or `dataset`.

    Raises:
        BadAddress, BadRevision: See `hub_id`.
        HubError: See `hub_files`.
    """
    repo = hub_id(source, repo_type=repo_type, revision=revision)
    if repo is None:
        return Path(source)
    wanted = [repo.path, *(f"{repo.path}/{pattern}" for pattern in patterns)] if repo.path else patterns
    return hub_files(repo, wanted, offline=offline, progress=progress).folder / repo.path


def hub_files(
    repo: HubId,
    patterns: Iterable[str] = ("**",),
    *,
    offline: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> HubFiles:
    """Fetch files of a repo, those that the cache does not hold yet.

    Args:
        repo: The repo and its revision.
        patterns: Which files: `*` stays within a folder, `**` goes through all.
        offline: Ask no hub, take what the cache holds; HF_HUB_OFFLINE says the same.
        progress: Called with the bytes fetched and of all, after each file.

    Raises:
        NoSuchHubFile: No file fits.
        HubError: Its subclasses say why.
    """
    listing = list_hub(repo, offline=offline)
    wanted = list(patterns)
    names = matching(listing.sizes, wanted)
    if not names:
        if not listing.complete:
            raise NotCached(repo.repo_type, repo.repo_id, repo.revision, ", ".join(wanted))
        raise NoSuchHubFile(repo.repo_type, repo.repo_id, ", ".join(wanted), listing.sizes)
    return HubFiles(
        fetch_listed(listing, names, offline=offline, progress=progress), repo, listing.commit, tuple(names)
    )


def fetch_listed(
    listing: HubListing,
    names: Iterable[str],
    *,
    offline: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Fetch some of the files that were listed; at least one.

    Args:
        listing: What the repo holds.
        names: Those wanted.
        offline, progress: See `hub_files`.

    Returns:
        The folder that they lie in, under the names that they have in the repo.

    Raises:
        HubError: Its subclasses say why.
    """
    sizes = {name: listing.sizes[name] for name in names}
    return _download(listing.repo, listing.commit, sizes, is_offline(offline), progress)


def cache_folder(repo: HubId) -> Path:
    """The folder of a repo in huggingface_hub's cache, laid out as its guide on the cache says."""
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE, "--".join([f"{repo.repo_type}s", *repo.repo_id.split("/")]))


def is_cached(path: Path) -> bool:
    """Whether a path lies in huggingface_hub's cache, where files are links to others: what they lead to was fetched."""
    from huggingface_hub import constants

    return path.absolute().is_relative_to(Path(constants.HF_HUB_CACHE).absolute()) and ".." not in path.parts


def list_hub(repo: HubId, *, offline: bool = False) -> HubListing:
    """The names and sizes of all files of a repo, none of which is fetched.

    Args:
        repo: The repo and its revision; of its path nothing is asked.
        offline: See `hub_files`.

    Raises:
        HubError: Its subclasses say why.
    """
    from huggingface_hub import HfApi

    from tinydata.fetch.hub_api import file_sizes

    if is_offline(offline):
        return _list_cached(repo)
    api = HfApi()
    with silent():
        commit = repo.revision or ""
        if not _COMMIT.fullmatch(commit):
            info = patiently(
                lambda: api.repo_info(
                    repo.repo_id, revision=repo.revision, repo_type=repo.repo_type, timeout=TIMEOUT_SECONDS
                ),
                repo,
            )
            commit = str(info.sha)
            _remember(cache_folder(repo) / "refs" / (repo.revision or "main"), commit)
        known = _listed(repo, commit)
        if known is not None:
            return HubListing(repo, commit, known)
    sizes = file_sizes(repo, commit)
    _remember(_listing_file(repo, commit), json.dumps(sizes))
    return HubListing(repo, commit, sizes)


def is_offline(offline: bool = False) -> bool:
    """Whether no hub may be asked: the caller says so, or HF_HUB_OFFLINE does."""
    from huggingface_hub import constants

    return offline or bool(constants.HF_HUB_OFFLINE)


def _download(
    repo: HubId, commit: str, sizes: Mapping[str, int], offline: bool, progress: Callable[[int, int], None] | None
) -> Path:
    """Fetch files in threads; the folder that they lie in."""
    from huggingface_hub import hf_hub_download

    from tinydata.fetch.http import Connections
    from tinydata.fetch.hub_api import remote_file, told_of_hub

    connections, folder = Connections(), cache_folder(repo) / "snapshots" / commit

    def one(name: str) -> None:
        if (folder / name).is_file():
            return
        if not offline and sizes[name] <= WHOLE_BYTES:
            with told_of_hub(repo):
                _keep(remote_file(repo, commit, name, connections), sizes[name], folder / name)
            return
        patiently(
            lambda: hf_hub_download(
                repo.repo_id, name, repo_type=repo.repo_type, revision=commit, local_files_only=offline
            ),
            repo,
            name,
        )

    done, total = 0, sum(sizes.values())
    with silent(), ThreadPoolExecutor(THREADS) as pool:
        running = {pool.submit(one, name): name for name in sizes}
        try:
            for future in as_completed(running):
                future.result()
                done += sizes[running[future]]
                if progress:
                    progress(done, total)
        finally:
            pool.shutdown(cancel_futures=True)
    return folder


def _keep(file: RemoteFile, size: int, path: Path) -> None:
    """Fetch a small file into the cache, where huggingface_hub finds it."""
    content = file.read(0, size)
    if len(content) != size:
        raise NoAnswer(file.name, f"it sends {len(content):,} bytes, and listed {size:,}")
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        part.write_bytes(content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _list_cached(repo: HubId) -> HubListing:
    commit = repo.revision or "main"
    if not _COMMIT.fullmatch(commit):
        try:
            commit = (cache_folder(repo) / "refs" / commit).read_text().strip()
        except (FileNotFoundError, NotADirectoryError):
            raise NotCached(repo.repo_type, repo.repo_id, repo.revision) from None
    known = _listed(repo, commit)
    if known is not None:
        return HubListing(repo, commit, known)
    folder = cache_folder(repo) / "snapshots" / commit
    files = {path.relative_to(folder).as_posix(): path.stat().st_size for path in folder.rglob("*") if path.is_file()}
    if not files:
        raise NotCached(repo.repo_type, repo.repo_id, repo.revision)
    return HubListing(repo, commit, dict(sorted(files.items())), complete=False)


def _listing_file(repo: HubId, commit: str) -> Path:
    """Where the names of a commit are kept: they never change, and offline a half-full cache would look like all."""
    from huggingface_hub import constants

    return Path(constants.HF_ASSETS_CACHE, "tinydata", cache_folder(repo).name, f"{commit}.json")


def _listed(repo: HubId, commit: str) -> dict[str, int] | None:
    try:
        return {str(name): int(size) for name, size in json.loads(_listing_file(repo, commit).read_bytes()).items()}
    except (OSError, ValueError, AttributeError):  # not there, or not ours: it can be asked for again
        return None


def _remember(file: Path, text: str) -> None:
    part = file.with_name(f".{file.name}.{uuid.uuid4().hex[:8]}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text, encoding="utf-8")
        part.replace(file)
    except OSError:  # a cache that cannot be written costs a request the next time
        part.unlink(missing_ok=True)
