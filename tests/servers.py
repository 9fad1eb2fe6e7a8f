r"""Servers on 127.0.0.1 that hold files, each behind a proxy that misbehaves on request.

    def test_something(web):
        address = web.put("a/b.csv", "a\n1\n")
        web.proxy.cut(at=3)

`web` is a web server that gives parts; `s3` is moto's; `elsewhere` is each in turn, and the hub, and what fsspec reaches.
"""

from __future__ import annotations

import hashlib
import io
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from tests.faulty_proxy import FaultyProxy, Server
from tests.hub import Hub
from tinydata.fetch.remote import Answer


class WebServer:
    """Files by their paths, or by names where `add` was given bytes, whole or in parts."""

    def __init__(self) -> None:
        self.files: dict[str, bytes | Path] = {}
        self.requests = 0
        self.sent_bytes = 0
        self.lock = threading.Lock()
        handler = type("OfThisServer", (_Handler,), {"held": self})
        self.server = Server(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    held: WebServer
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def log_message(self, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        content = self.held.files.get(unquote(urlsplit(self.path).path).lstrip("/"))
        if content is None:
            return self.answer(404, {}, b"")
        total = content.stat().st_size if isinstance(content, Path) else len(content)
        tag = hashlib.md5(content if isinstance(content, bytes) else str(content).encode()).hexdigest()
        headers = {"ETag": f'"{tag}"', "Accept-Ranges": "bytes"}
        asked = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range") or "")
        if asked is None:
            return self.answer(200, headers, part(content, 0, total))
        start = int(asked[1]) if asked[1] else max(0, total - int(asked[2]))
        stop = min(int(asked[2]) + 1, total) if asked[1] and asked[2] else total
        if start >= total:
            return self.answer(416, {"Content-Range": f"bytes */{total}"}, b"")
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{total}"
        return self.answer(206, headers, part(content, start, stop))

    do_HEAD = do_GET  # noqa: N815  (http.server's name)

    def answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        with self.held.lock:
            self.held.requests += 1
            self.held.sent_bytes += len(body)
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def part(content: bytes | Path, start: int, stop: int) -> bytes:
    if isinstance(content, bytes):
        return content[start:stop]
    with content.open("rb") as file:
        file.seek(start)
        return file.read(stop - start)


class Held:
    """An origin of remote files without a server: some bytes, given by parts, or always whole."""

    name = "https://host/x.parquet"

    def __init__(self, content: bytes, *, gives_parts: bool = True) -> None:
        self.content, self.gives_parts = content, gives_parts

    def ask(self, start: int, stop: int | None) -> Answer:
        total = len(self.content)
        if not self.gives_parts:
            return Answer(0, total, total, None, io.BytesIO(self.content), whole=True)
        start = max(0, total + start) if start < 0 else min(start, total)
        stop = total if stop is None else min(stop, total)
        return Answer(start, stop, total, None, io.BytesIO(self.content[start:stop]))


@dataclass
class Elsewhere:
    """A place to put files that are read from afar.

    Attributes:
        put: Name and content -> the address.
        proxy: What stands before it; None where there is no server.
    """

    name: str
    put: Callable[[str, str | bytes], str]
    proxy: FaultyProxy | None


@pytest.fixture
def online(monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers may be asked."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")


@pytest.fixture
def web(online: None) -> Iterator[Elsewhere]:
    """A web server that gives parts."""
    server = WebServer()
    proxy = FaultyProxy(server.url)

    def put(name: str, content: str | bytes) -> str:
        server.files[name] = content.encode() if isinstance(content, str) else content
        return f"{proxy.url}/{name}"

    yield Elsewhere("web", put, proxy)
    proxy.close()
    server.close()


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    """The address of moto's S3."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(moto: str, online: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Elsewhere]:
    """S3, with a bucket called `bucket`."""
    import obstore

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing-secret")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    proxy = FaultyProxy(moto)
    monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
    store = obstore.store.S3Store("bucket", endpoint=moto, client_options={"allow_http": True})
    make_bucket(moto)

    def put(name: str, content: str | bytes) -> str:
        obstore.put(store, name, content.encode() if isinstance(content, str) else content)
        return f"s3://bucket/{name}"

    yield Elsewhere("s3", put, proxy)
    for page in obstore.list(store):
        for entry in page:
            obstore.delete(store, entry["path"])
    proxy.close()


def make_bucket(moto: str) -> None:
    import http.client

    connection = http.client.HTTPConnection(urlsplit(moto).netloc)
    connection.request("PUT", "/bucket")
    connection.getresponse().read()
    connection.close()


@pytest.fixture
def hub_elsewhere(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> Iterator[Elsewhere]:
    """The hub; what it sends on to its store comes through the proxy too."""
    proxy = FaultyProxy(hub.url)
    hub.store = proxy.url.replace("127.0.0.1", "localhost")
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", proxy.url)
    monkeypatch.setattr(
        "huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", proxy.url + "/{repo_id}/resolve/{revision}/{filename}"
    )
    held: dict[str, str | bytes] = {}

    def put(name: str, content: str | bytes) -> str:
        held[name] = content
        hub.add("org/name", held, repo_type="dataset")
        return f"hf://datasets/org/name/{name}"

    yield Elsewhere("hub", put, proxy)
    proxy.close()


@pytest.fixture
def memory(online: None) -> Iterator[Elsewhere]:
    """What fsspec reaches, without a server."""
    import fsspec

    system = fsspec.filesystem("memory")

    def put(name: str, content: str | bytes) -> str:
        system.pipe_file(f"/tinydata/{name}", content.encode() if isinstance(content, str) else content)
        return f"memory://tinydata/{name}"

    yield Elsewhere("memory", put, None)
    system.rm("/tinydata", recursive=True) if system.exists("/tinydata") else None


@pytest.fixture(params=["web", "s3", "hub_elsewhere", "memory"])
def elsewhere(request: pytest.FixtureRequest) -> Elsewhere:
    """Each place in turn."""
    return request.getfixturevalue(request.param)


@pytest.fixture(params=["web", "s3", "hub_elsewhere"])
def served(request: pytest.FixtureRequest) -> Elsewhere:
    """Each place that a server stands for."""
    return request.getfixturevalue(request.param)
