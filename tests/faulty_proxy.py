r"""A proxy on 127.0.0.1 that misbehaves on request, before any server that speaks HTTP.

    proxy.fail(503, times=2)        # two answers of 503, then the right ones
    proxy.cut(at=1000)              # one answer breaks off after so many bytes of its body
    proxy.lose(), proxy.stall(1)    # the server does its work, and its answer never comes, or not for a second
    proxy.retag()                   # from now on, or after some answers, each has another ETag: the file changed
    proxy.forget_ranges()           # from now on only whole files are given
    proxy.misstate(10)              # one answer states a length of ten bytes more than come
    proxy.unsize(), proxy.chunk()   # from now on no length is stated: the end of the connection, or of the chunks, is the end
    proxy.untag()                   # from now on no answer has an ETag; it has a date, which `retag` moves on
    proxy.redirect()                # one request is sent on, to here or to `to`

`where` says of which paths, `times` of how many.
"""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import urlsplit

ALWAYS = 10**9
_OUR_OWN = ("connection", "content-length", "date", "server", "transfer-encoding")


class Passed(NamedTuple):
    """What went through: a request, and what came of it."""

    method: str
    path: str
    range: str | None
    status: int
    sent_bytes: int
    headers: Mapping[str, str]


@dataclass
class Fault:
    """Something that goes wrong."""

    sort: str
    times: int
    where: str
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    amount: float = 0
    after: int = 0


class FaultyProxy:
    """The proxy; `url` is where it is asked, `passed` what went through."""

    def __init__(self, to: str) -> None:
        self.to, self.faults, self.passed, self.lock = urlsplit(to), list[Fault](), list[Passed](), threading.Lock()
        self.open_connections = 0
        handler = type("OfThisProxy", (_Handler,), {"proxy": self})
        self.server = Server(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()

    def fail(
        self, status: int, times: int = ALWAYS, *, where: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        self.faults.append(Fault("fail", times, where, status=status, headers=headers or {}))

    def cut(self, times: int = 1, *, at: int, where: str = "") -> None:
        self.faults.append(Fault("cut", times, where, amount=at))

    def lose(self, times: int = 1, *, where: str = "") -> None:
        self.faults.append(Fault("lose", times, where))

    def stall(self, seconds: float, times: int = 1, *, where: str = "") -> None:
        self.faults.append(Fault("stall", times, where, amount=seconds))

    def delay(self, seconds: float) -> None:
        self.faults.append(Fault("delay", ALWAYS, "", amount=seconds))

    def retag(self, *, after: int = 0) -> None:
        self.faults.append(Fault("retag", ALWAYS, "", after=after))

    def forget_ranges(self) -> None:
        self.faults.append(Fault("whole", ALWAYS, ""))

    def misstate(self, more: int, times: int = 1, *, where: str = "") -> None:
        self.faults.append(Fault("misstate", times, where, amount=more))

    def unsize(self) -> None:
        self.faults.append(Fault("unsize", ALWAYS, ""))

    def chunk(self) -> None:
        self.faults.append(Fault("chunk", ALWAYS, ""))

    def untag(self) -> None:
        self.faults.append(Fault("untag", ALWAYS, ""))

    def redirect(self, times: int = 1, *, where: str = "", status: int = 302, to: str | None = None) -> None:
        self.faults.append(Fault("redirect", times, where, status=status, headers={"Location": to} if to else {}))

    def asked(self) -> int:
        """How many requests came."""
        return len(self.passed)

    def sent_bytes(self) -> int:
        """How many bytes of bodies went out."""
        return sum(one.sent_bytes for one in self.passed)

    def forget(self) -> None:
        """Start to count anew."""
        self.passed.clear()

    def due(self, path: str) -> dict[str, Fault]:
        """The faults that this request meets; each is counted."""
        with self.lock:
            found: dict[str, Fault] = {}
            for fault in self.faults:
                if not fault.times or fault.where not in path or fault.sort in found:
                    continue
                if fault.after:
                    fault.after -= 1
                else:
                    fault.times -= 1
                    found[fault.sort] = fault
            return found


class Server(ThreadingHTTPServer):
    request_queue_size = 128

    def handle_error(self, *args: Any) -> None:
        pass  # who hung up knows


class _Handler(BaseHTTPRequestHandler):
    proxy: FaultyProxy
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body leave together: small packets wait for one another
    disable_nagle_algorithm = True

    def log_message(self, *args: Any) -> None:
        pass

    def setup(self) -> None:
        super().setup()
        with self.proxy.lock:
            self.proxy.open_connections += 1

    def finish(self) -> None:
        with self.proxy.lock:
            self.proxy.open_connections -= 1
        super().finish()

    def do_GET(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        due = self.proxy.due(self.path)
        if "delay" in due:
            time.sleep(due["delay"].amount)
        if "stall" in due:
            time.sleep(due["stall"].amount)
            return self.hang_up("stall")
        if fault := due.get("fail"):
            return self.answer(fault.status, fault.headers, b"made by a faulty proxy")
        if fault := due.get("redirect"):
            here = f"{self.path}{'&' if '?' in self.path else '?'}again=1"
            return self.answer(fault.status, {"Location": here, **fault.headers}, b"")
        status, headers, body, length = self.forward(sent, whole="whole" in due)
        if "lose" in due:
            return self.hang_up("lose")
        if "untag" in due:
            headers = {name: value for name, value in headers.items() if name.lower() not in ("etag", "last-modified")}
            headers["Last-Modified"] = formatdate(time.time() if "retag" in due else 0, usegmt=True)
        elif "retag" in due:
            headers["ETag"] = f'"{time.time_ns()}"'
        if fault := due.get("misstate"):
            length += int(fault.amount)
        cut = int(due["cut"].amount) if "cut" in due else None
        if {"unsize", "chunk"} & due.keys() and status in (200, 206):
            return self.answer_unsized(status, headers, body, cut, chunked="chunk" in due)
        self.answer(status, headers, body, length, cut)
        if "misstate" in due:
            self.close_connection = True
        return None

    do_HEAD = do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815  (http.server's names)

    def forward(self, sent: bytes, *, whole: bool) -> tuple[int, dict[str, str], bytes, int]:
        dropped = {"connection", "content-length", "transfer-encoding", *(["range"] if whole else [])}
        headers = {name: value for name, value in self.headers.items() if name.lower() not in dropped}
        upstream = http.client.HTTPConnection(self.proxy.to.hostname or "", self.proxy.to.port, timeout=30)
        upstream.request(self.command, self.path, sent or None, headers)
        answer = upstream.getresponse()
        body = answer.read()
        length = len(body) if self.command != "HEAD" else int(answer.headers.get("Content-Length") or 0)
        upstream.close()
        back = {name: value for name, value in answer.getheaders() if name.lower() not in _OUR_OWN}
        if whole:
            back = {name: value for name, value in back.items() if name.lower() != "accept-ranges"}
        return answer.status, back, body, length

    def answer(
        self, status: int, headers: Mapping[str, str], body: bytes, length: int | None = None, cut: int | None = None
    ) -> None:
        body = b"" if self.command == "HEAD" else body
        going = body if cut is None else body[:cut]
        self.note(status, len(going))
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body) if length is None else length)}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(going[:length])
        if len(going) < len(body):
            self.wfile.flush()
            self.hang_up(None)

    def answer_unsized(
        self, status: int, headers: Mapping[str, str], body: bytes, cut: int | None, *, chunked: bool
    ) -> None:
        body = b"" if self.command == "HEAD" else body
        going = body if cut is None else body[:cut]
        self.note(status, len(going))
        self.send_response(status)
        how = {"Transfer-Encoding": "chunked"} if chunked else {"Connection": "close"}
        for name, value in {**headers, **how}.items():
            self.send_header(name, value)
        self.end_headers()
        for at in range(0, len(going), 1 << 14):
            piece = going[at : at + (1 << 14)]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
        if chunked and len(going) == len(body):
            self.wfile.write(b"0\r\n\r\n")
        self.close_connection = self.close_connection or not chunked or len(going) < len(body)

    def hang_up(self, why: str | None) -> None:
        if why:
            self.note(0, 0)
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def note(self, status: int, sent_bytes: int) -> None:
        with self.proxy.lock:
            self.proxy.passed.append(
                Passed(self.command, self.path, self.headers.get("Range"), status, sent_bytes, dict(self.headers))
            )
