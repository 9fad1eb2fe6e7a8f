r"""A hub on 127.0.0.1: what huggingface_hub reads of the real one, with its faults, on request.

    def test_something(hub):
        commit = hub.add("org/name", {"data.csv": "a\n1\n"}, repo_type="dataset")

The fixture points huggingface_hub of this process at the hub, online, with an empty cache and no token, and sets the environment
for processes that a test starts.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import pytest

TOKEN = "hf_goodtoken"
STORED = (".parquet", ".arrow", ".safetensors", ".gz", ".tar", ".zip", ".png", ".jpg")  # what the Hub keeps in LFS


@dataclass
class Repo:
    """A repo: its commits, each a whole tree, and the names that lead to them."""

    private: bool = False
    gated: bool = False
    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)


@dataclass
class Fault:
    """An answer that is given instead of the right one, so many times."""

    status: int
    times: int
    where: str
    method: str
    headers: Mapping[str, str]
    body: bytes
    cut_at: int | None


class Hub:
    """The hub that a test talks to.

    Attributes:
        url: Its endpoint.
        store: Where it sends for large files.
        requests: Method and path of each request, in order.
        sent_bytes: What went out of file contents.
        page: How many entries of a tree fit on one page.
    """

    def __init__(self) -> None:
        self.repos: dict[tuple[str, str], Repo] = {}
        self.requests: list[tuple[str, str]] = []
        self.sent_bytes = 0
        self.page = 1000
        self.blobs: dict[str, bytes] = {}
        self.faults: list[Fault] = []
        self.lock = threading.Lock()
        handler = type("OfThisHub", (_Handler,), {"hub": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.store = self.url.replace("127.0.0.1", "localhost")  # another host, as with the real one: it gets no token
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Take no more requests."""
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()

    def add(
        self,
        repo_id: str,
        files: Mapping[str, str | bytes] | Path,
        *,
        repo_type: str = "model",
        revision: str = "main",
        private: bool = False,
        gated: bool = False,
    ) -> str:
        """Commit files, or those of a folder, to a branch; the tree is what is given, nothing stays of the one before.

        Returns:
            The commit.
        """
        repo = self.repos.setdefault((repo_type, repo_id), Repo())
        repo.private, repo.gated = private, gated
        if isinstance(files, Path):
            files = {
                path.relative_to(files).as_posix(): path.read_bytes() for path in files.rglob("*") if path.is_file()
            }
        tree = {name: content.encode() if isinstance(content, str) else content for name, content in files.items()}
        commit = hashlib.sha1(f"{repo_type} {repo_id} {len(repo.commits)} {sorted(tree)}".encode()).hexdigest()
        repo.commits[commit] = tree
        repo.refs[revision] = commit
        return commit

    def fail(
        self,
        status: int,
        times: int = 10**9,
        *,
        where: str = "",
        method: str = "",
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> None:
        """Answer the next requests whose path holds `where` by an error."""
        self.faults.append(Fault(status, times, where, method, headers or {}, body, None))

    def cut(self, times: int = 1, *, at: int, where: str = "") -> None:
        """Break off the next answers after so many bytes of the file."""
        self.faults.append(Fault(200, times, where, "GET", {}, b"", at))

    def asked(self, what: str = "") -> int:
        """How many requests had a path that holds this."""
        return sum(what in path for _, path in self.requests)

    def forget(self) -> None:
        """Start to count anew."""
        self.requests.clear()
        self.sent_bytes = 0


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.sent_in = self.rfile.read(length)
        with self.hub.lock:
            self.hub.requests.append((self.command, self.path))
            fault = next(
                (f for f in self.hub.faults if f.times and f.where in self.path and f.method in ("", self.command)),
                None,
            )
            if fault:
                fault.times -= 1
        if fault and fault.cut_at is None:
            return self.answer(fault.status, fault.body, dict(fault.headers))
        self.cut_at = fault.cut_at if fault else None
        parts = urlsplit(self.path)
        if match := re.fullmatch(r"/blobs/(\w+)", parts.path):
            return self.content(self.hub.blobs[match[1]], {"ETag": f'"{match[1]}"'})
        if match := re.fullmatch(
            r"/api/(models|datasets)/([^/]+(?:/[^/]+)??)(?:/(revision|tree|paths-info|refs|commits)(?:/([^/]+))?(?:/(.*))?)?",
            parts.path,
        ):
            return self.api(*match.groups(), parse_qs(parts.query))
        if match := re.fullmatch(r"/(datasets/)?([^/]+(?:/[^/]+)?)/resolve/([^/]+)/(.+)", parts.path):
            return self.resolve(match[1] or "models/", match[2], match[3], unquote(match[4]))
        return self.refuse(404, "", "Not found")

    do_HEAD = do_POST = do_GET  # noqa: N815  (http.server's names)

    def repo(self, sort: str, repo_id: str, inside: bool) -> Repo | None:
        """The repo, where who asks may see it; else the answer goes out as the Hub's does."""
        said = self.headers.get("Authorization")
        if said not in (None, f"Bearer {TOKEN}"):
            return self.refuse(401, "", "Invalid credentials in Authorization header")
        repo = self.hub.repos.get((sort.strip("/").removesuffix("s"), repo_id))
        if repo is None or (repo.private and said is None):
            return self.refuse(404 if said else 401, "RepoNotFound", "Repository not found")
        if repo.gated and inside:
            return self.refuse(403 if said else 401, "GatedRepo", f"Access to {repo_id} is restricted")
        return repo

    def commit(self, repo: Repo, revision: str) -> str | None:
        revision = unquote(revision)
        commit = repo.refs.get(revision) or (revision if revision in repo.commits else None)
        return commit or self.refuse(404, "RevisionNotFound", f"Invalid rev id: {revision}")

    def api(
        self, sort: str, repo_id: str, verb: str | None, revision: str | None, inside: str | None, query: dict[str, Any]
    ) -> None:
        repo = self.repo(sort, repo_id, inside=verb == "tree")
        commit = repo and self.commit(repo, revision or "main")
        if not repo or not commit:
            return None
        tree = repo.commits[commit]
        if verb in (None, "revision"):
            siblings = [{"rfilename": name} for name in sorted(tree)]
            facts = {"private": repo.private, "gated": "manual" if repo.gated else False, "siblings": siblings}
            return self.answer_json({"_id": "0", "id": repo_id, "sha": commit, "tags": [], "downloads": 0, **facts})
        if verb == "refs":
            branches = [{"name": name, "ref": name, "targetCommit": sha} for name, sha in repo.refs.items()]
            return self.answer_json({"branches": branches, "tags": [], "converts": []})
        if verb == "paths-info":
            told = json.loads(self.sent_in) if self.sent_in[:1] == b"{" else parse_qs(self.sent_in.decode())
            return self.answer_json([self.entry(name, tree[name]) for name in told.get("paths", []) if name in tree])
        if verb != "tree":
            return self.refuse(404, "", "Not found")
        return self.tree(tree, unquote(inside or "").strip("/"), query)

    def tree(self, tree: dict[str, bytes], inside: str, query: dict[str, Any]) -> None:
        recursive = query.get("recursive", ["false"])[0].lower() in ("true", "1")
        entries: dict[str, Any] = {}
        for name in sorted(name for name in tree if not inside or name.startswith(f"{inside}/")):
            below = name[len(inside) + 1 :].split("/") if inside else name.split("/")
            for depth in range(1, len(below)) if recursive else range(1, min(len(below), 2)):
                folder = "/".join([*([inside] if inside else []), *below[:depth]])
                entries.setdefault(folder, {"type": "directory", "oid": "0" * 40, "size": 0, "path": folder})
            if recursive or len(below) == 1:
                entries[name] = self.entry(name, tree[name])
        if inside and not entries:
            return self.refuse(404, "EntryNotFound", f"{inside} does not exist")
        start, listed, headers = int(query.get("cursor", ["0"])[0]), list(entries.values()), {}
        if start + self.hub.page < len(listed):
            again = urlencode({**{key: values[0] for key, values in query.items()}, "cursor": start + self.hub.page})
            headers["Link"] = f'<{self.hub.url}{self.path.split("?")[0]}?{again}>; rel="next"'
        return self.answer_json(listed[start : start + self.hub.page], headers)

    def entry(self, name: str, content: bytes) -> dict[str, Any]:
        oid = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
        entry: dict[str, Any] = {"type": "file", "oid": oid, "size": len(content), "path": name}
        if name.endswith(STORED):
            digest = hashlib.sha256(content).hexdigest()
            entry["lfs"] = {"oid": digest, "size": len(content), "pointerSize": 134}
        return entry

    def resolve(self, sort: str, repo_id: str, revision: str, name: str) -> None:
        repo = self.repo(sort, repo_id, inside=True)
        commit = repo and self.commit(repo, revision)
        if not repo or not commit:
            return None
        content = repo.commits[commit].get(name)
        if content is None:
            return self.refuse(404, "EntryNotFound", "Entry not found", {"X-Repo-Commit": commit})
        headers = {"X-Repo-Commit": commit}
        if name.endswith(STORED):
            digest = hashlib.sha256(content).hexdigest()
            self.hub.blobs[digest] = content
            headers |= {"X-Linked-Size": str(len(content)), "X-Linked-ETag": f'"{digest}"'}
            return self.answer(302, b"", {**headers, "Location": f"{self.hub.store}/blobs/{digest}"})
        return self.content(content, {**headers, "ETag": f'"{self.entry(name, content)["oid"]}"'})

    def content(self, content: bytes, headers: dict[str, str]) -> None:
        status, total = 200, len(content)
        if match := re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range") or ""):
            start = int(match[1]) if match[1] else max(0, total - int(match[2]))
            stop = min(int(match[2]) + 1, total) if match[1] and match[2] else total
            if start >= total:
                return self.answer(416, b"", {"Content-Range": f"bytes */{total}"})
            status, content = 206, content[start:stop]
            headers["Content-Range"] = f"bytes {start}-{stop - 1}/{total}"
        headers |= {"Accept-Ranges": "bytes", "Content-Type": "application/octet-stream"}
        if self.command != "HEAD":
            self.hub.sent_bytes += len(content)
        return self.answer(status, content, headers, self.cut_at)

    def answer_json(self, told: Any, headers: dict[str, str] | None = None) -> None:
        self.answer(200, json.dumps(told).encode(), {"Content-Type": "application/json", **(headers or {})})

    def refuse(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> None:
        told = {"X-Error-Message": message, **({"X-Error-Code": code} if code else {}), **(headers or {})}
        self.answer(status, json.dumps({"error": message}).encode(), told)

    def answer(self, status: int, body: bytes, headers: dict[str, str], cut_at: int | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[:cut_at])
        if cut_at is not None:
            self.close_connection = True


@pytest.fixture
def hub(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub, and huggingface_hub pointed at it: online, with an empty cache and no token."""
    from huggingface_hub import constants, file_download, utils

    served, home = Hub(), tmp_path_factory.mktemp("hf")
    there = {
        "ENDPOINT": served.url,
        "HUGGINGFACE_CO_URL_TEMPLATE": served.url + "/{repo_id}/resolve/{revision}/{filename}",
        "HF_HUB_OFFLINE": False,
        "HF_HUB_CACHE": str(home / "hub"),
        "HF_ASSETS_CACHE": str(home / "assets"),
        "HF_TOKEN_PATH": str(home / "token"),
    }
    for name, value in there.items():
        monkeypatch.setattr(constants, name, value)
        if hasattr(file_download, name):  # below 1 it keeps a copy
            monkeypatch.setattr(file_download, name, value)
    environment = {
        "HF_ENDPOINT": served.url,
        "HF_HUB_OFFLINE": "0",
        "HF_HOME": str(home),
        "HF_HUB_CACHE": str(home / "hub"),
        "HF_DATASETS_CACHE": str(home / "datasets"),
    }
    for name, text in environment.items():
        monkeypatch.setenv(name, text)
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_ASSETS_CACHE", "HF_TOKEN_PATH"):
        monkeypatch.delenv(name, raising=False)
    anew = getattr(utils, "reset_sessions", None) or utils.close_session  # below 1 a session remembers being offline
    anew()
    yield served
    anew()
    served.close()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Nobody waits: `time.sleep` moves `time.monotonic` on. The list grows by the seconds that each sleep would have taken."""
    naps: list[float] = []
    monotonic = time.monotonic
    monkeypatch.setattr(time, "sleep", naps.append)
    monkeypatch.setattr(time, "monotonic", lambda: monotonic() + sum(naps))
    return naps
