"""HTTP, as far as reading a file by parts needs it: GET over connections that are kept, redirects, proxies.

It stands on the standard library's client. `requests`, `httpx` and `httpx2` come and go with the versions of huggingface_hub, whose
sessions each stream in another way; fsspec's client wants aiohttp, which `datasets` does not bring. What counts here, that a
connection is kept for the next part, that a body may be left in the middle, and that each byte of it is counted, http.client does.
Certificates are those of the system, or of SSL_CERT_FILE; proxies those of the environment.
"""

from __future__ import annotations

import base64
import http.client
import socket
import ssl
import threading
import weakref
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

import tinydata

TIMEOUT_SECONDS = 20.0
MOST_REDIRECTS = 10

_REDIRECTS = (301, 302, 303, 307, 308)
_RATHER_READ_BYTES = 16 << 10  # so little is read to its end, so that the connection can be kept
_SAFE = "/%:@!$&'()*+,;=~-._?"  # of an address that was typed, spaces and letters with accents are spelled out
_GONE = (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError, ConnectionAbortedError)


class Connections:
    """Connections to web servers, each kept for the next request to its server. All close when this is closed or given up."""

    def __init__(self) -> None:
        self._idle: dict[tuple[str, str], list[http.client.HTTPConnection]] = defaultdict(list)
        self._all: set[http.client.HTTPConnection] = set()
        self._lock = threading.Lock()
        self._proxies: dict[tuple[str, str], SplitResult | None] = {}
        self._context: ssl.SSLContext | None = None
        self.close = weakref.finalize(self, _close, self._all)

    def get(self, url: str, headers: Mapping[str, str]) -> Response:
        """Ask for what lies at an address, and go where it leads.

        Args:
            url: Begins with `http://` or `https://`.
            headers: What to say besides; who asks is told to the first server alone.

        Raises:
            OSError, http.client.HTTPException: No answer, or none in HTTP.
            ValueError: An address that is none, or that leads to one.
        """
        for _ in range(MOST_REDIRECTS):
            response = self._ask(url, headers)
            there = response.headers.get("Location")
            if response.status not in _REDIRECTS or not there:
                return response
            response.close()
            old, url = url, urljoin(url, there)
            if server_of(url) == server_of(old):
                url = _with_login(url, old)
            else:
                headers = {name: value for name, value in headers.items() if name != "Authorization"}
        raise ValueError(f"more than {MOST_REDIRECTS} redirects")

    def _ask(self, url: str, headers: Mapping[str, str]) -> Response:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"no address of a web server: {parts.scheme}://{parts.hostname or ''}")
        if not self.close.alive:
            raise ValueError("the connections are closed")
        proxy = self._proxy(parts)
        target = quote(parts.path or "/", safe=_SAFE) + (f"?{quote(parts.query, safe=_SAFE)}" if parts.query else "")
        said = {"Host": _host(parts), "Accept": "*/*", "Accept-Encoding": "identity"}
        said |= {"User-Agent": f"tinydata/{tinydata.__version__}", **headers}
        if parts.username is not None:
            said["Authorization"] = _basic(parts)
        if proxy and parts.scheme == "http":
            target = f"http://{said['Host']}{target}"
            if proxy.username is not None:
                said["Proxy-Authorization"] = _basic(proxy)
        key = server_of(url)
        while True:
            with self._lock:
                kept = self._idle[key].pop() if self._idle[key] else None
            connection = kept or self._connect(parts, proxy)
            try:
                connection.request("GET", target, headers=said)
                answer = connection.getresponse()
            except BaseException as error:
                self._let_go(key, connection, False)
                if kept and isinstance(error, _GONE):
                    continue  # a server may hang up on a connection that lies idle; a new one tells whether it is there
                raise
            return Response(answer, url, partial(self._let_go, key, connection))

    def _proxy(self, parts: SplitResult) -> SplitResult | None:
        """The proxy that the environment, or the system, names for a server."""
        key = server_of(parts.geturl())
        if key not in self._proxies:
            named = getproxies().get(parts.scheme)
            through = None if not named or proxy_bypass(parts.hostname or "") else named
            self._proxies[key] = urlsplit(through if "://" in through else f"http://{through}") if through else None
        return self._proxies[key]

    def _connect(self, parts: SplitResult, proxy: SplitResult | None) -> http.client.HTTPConnection:
        to = proxy or parts
        host, port = to.hostname or "", to.port
        if parts.scheme == "http":
            connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
        else:
            with self._lock:
                self._context = self._context or ssl.create_default_context()
            connection = http.client.HTTPSConnection(host, port, timeout=TIMEOUT_SECONDS, context=self._context)
            if proxy:
                said = {"Proxy-Authorization": _basic(proxy)} if proxy.username is not None else {}
                connection.set_tunnel(parts.hostname or "", parts.port, said)
        with self._lock:
            self._all.add(connection)
        return connection

    def _let_go(self, key: tuple[str, str], connection: http.client.HTTPConnection, is_read: bool) -> None:
        """Keep a connection, if nothing of an answer is left in it and the server did not close it."""
        with self._lock:
            if is_read and connection.sock is not None and self.close.alive:
                self._idle[key].append(connection)
                return
            self._all.discard(connection)
        connection.close()


class Response:
    """What a server answers: its head, and its body piece by piece. To be closed.

    Attributes:
        url: Where it came from, at the end of all redirects.
    """

    def __init__(self, answer: http.client.HTTPResponse, url: str, let_go: Callable[[bool], None]) -> None:
        self._answer, self._let_go, self._is_open = answer, let_go, True
        self.status, self.headers, self.url = answer.status, answer.headers, url

    def read(self, most: int) -> bytes:
        """The next piece, of so many bytes at most; none at the end, or where the connection was cut."""
        return self._answer.read(most)

    def close(self) -> None:
        """Let go of it; the connection is kept if nothing of the body, or little, is left in it."""
        if self._is_open:
            self._is_open = False
            if self._answer.length is not None and self._answer.length <= _RATHER_READ_BYTES:
                with suppress(OSError, http.client.HTTPException):
                    self._answer.read()
            self._let_go(self._answer.isclosed())
            self._answer.close()


def server_of(url: str) -> tuple[str, str]:
    """What two addresses of one server have in common."""
    parts = urlsplit(url)
    return parts.scheme, _host(parts).lower()


def _close(connections: set[http.client.HTTPConnection]) -> None:
    for connection in list(connections):
        if connection.sock is not None:
            with suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)  # who waits for an answer in another thread wakes up
        connection.close()
    connections.clear()


def _host(parts: SplitResult) -> str:
    """Host and port, without who asks."""
    return parts.netloc.rsplit("@", 1)[-1]


def _with_login(url: str, old: str) -> str:
    """An address, and who asks where another one of its server says so."""
    login, at, _ = urlsplit(old).netloc.rpartition("@")
    parts = urlsplit(url)
    return url if "@" in parts.netloc else parts._replace(netloc=f"{login}{at}{parts.netloc}").geturl()


def _basic(parts: SplitResult) -> str:
    said = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
    return f"Basic {base64.b64encode(said.encode()).decode()}"
