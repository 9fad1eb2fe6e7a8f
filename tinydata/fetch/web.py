"""Files of web servers, by their addresses: `https://` and `http://`."""

from __future__ import annotations

import http.client
import re
import socket
import ssl
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from tinydata.errors import AccessDenied, AskedTooOften, NoAnswer, NoSuchAddress, RemoteError
from tinydata.fetch.http import Connections, Response, server_of
from tinydata.fetch.remote import Answer, Passing

Refusal = Callable[[int, Message], RemoteError | Passing | None]
"""Status and headers of a refusal -> what to tell, or a fault that may pass; None where there is nothing better than the status."""

_PASSING = (408, 425, 429, 500, 502, 503, 504)
_STALE = (400, 401, 403, 404, 410)  # what a server says where an address that another one led to has run out
_RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)")


class WebOrigin:
    """A file of a web server.

    Where redirects led is remembered, so that the next part is asked for there.

    Args:
        connections: What to ask through.
        name: What to call it: see `public`.
        address: Gives the address to ask at.
        headers: What to say to its server besides.
        refusal: What to make of a refusal.
    """

    def __init__(
        self,
        connections: Connections,
        name: str,
        address: Callable[[], str],
        headers: Mapping[str, str] | None = None,
        refusal: Refusal = lambda status, headers: None,  # noqa: ARG005
    ) -> None:
        self.name = name
        self._connections, self._address, self._headers, self._refusal = connections, address, headers or {}, refusal
        self._there: str | None = None

    def ask(self, start: int, stop: int | None) -> Answer:
        """Ask for a part: see `Origin`."""
        span = f"bytes={start}{'-' if start >= 0 else ''}{'' if stop is None else stop - 1}"
        there, response = self._there, None
        if there is not None:
            response = self._get(there, span)
            if response.status in _STALE:
                response.close()
                response = None
        if response is None:
            address = self._address()
            response = self._get(address, span)
            self._there = response.url if response.url != address else None
        try:
            return self._answer(response, start)
        except BaseException:
            response.close()
            raise

    def _get(self, url: str, span: str) -> Response:
        own = self._headers if server_of(url) == server_of(self._address()) else {}
        try:
            return self._connections.get(url, {**own, "Range": span})
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise fault_of(self.name, error) from error

    def _answer(self, response: Response, start: int) -> Answer:
        status, headers = response.status, response.headers
        version = headers.get("ETag") or headers.get("Last-Modified")
        body = _WebBody(self.name, response)
        said = _RANGE.fullmatch(headers.get("Content-Range", ""))
        total = int(said[3]) if said and said[3] != "*" else None
        if status == 200:
            length = None if headers.get("Transfer-Encoding") else headers.get("Content-Length")
            total = int(length) if length and length.isdigit() else None
            return Answer(0, total, total, version, body, whole=True)
        if status == 416:
            end = total if total is not None else max(0, start)
            return Answer(end, end, total, version, body)
        if status == 206:
            if said is None or said[1] is None or (start >= 0 and int(said[1]) != start) or int(said[2]) < int(said[1]):
                raise NoAnswer(self.name, "the server sends another part than it was asked for")
            return Answer(int(said[1]), int(said[2]) + 1, total, version, body)
        raise refused(self.name, status, headers, self._refusal)


class _WebBody:
    """The body of a response, what breaks it told as a fault that may pass."""

    def __init__(self, name: str, response: Response) -> None:
        self._name, self._response = name, response

    def read(self, most: int, /) -> bytes:
        try:
            return self._response.read(most)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise fault_of(self._name, error) from error

    def close(self) -> None:
        self._response.close()


def refused(name: str, status: int, headers: Message, refusal: Refusal) -> RemoteError | Passing:
    """What to raise for a refusal."""
    told = refusal(status, headers)
    if isinstance(told, Passing):
        return told
    after = _seconds(headers.get("Retry-After"))
    if told is None:
        said = f"{status} {http.client.responses.get(status, '')}".rstrip()
        if status == 429:
            told = AskedTooOften(name, after)
        elif status in (401, 403):
            told = AccessDenied(name, said)
        elif status in (404, 410):
            told = NoSuchAddress(name, said)
        else:
            told = NoAnswer(name, f"the server answers {said}")
    return Passing(told, after) if status in _PASSING else told


def public(url: str) -> str:
    """A web address without what may be a secret: user and password, and what follows `?` or `#`.

    >>> public("https://me:secret@host:8000/a/b.csv?key=secret#x")
    'https://host:8000/a/b.csv'
    """
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rsplit('@', 1)[-1]}{parts.path}"


def fault_of(name: str, error: Exception) -> Exception:
    """What to raise for an error of the HTTP client; its own words may hold the whole address, with its secrets."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return NoAnswer(name, f"the server's certificate is not trusted: {error.verify_message}")
    if isinstance(error, socket.gaierror) and error.errno != socket.EAI_AGAIN:
        return NoAnswer(name, "there is no server of this name")
    if isinstance(error, http.client.InvalidURL):
        return NoAnswer(name, "an address with white space or control characters in it")
    if isinstance(error, ValueError) and not isinstance(error, http.client.HTTPException):
        return NoAnswer(name, str(error))
    if isinstance(error, http.client.IncompleteRead):
        return Passing(NoAnswer(name, "the answer breaks off, each time"))
    said = str(getattr(error, "strerror", None) or error) or type(error).__name__
    return Passing(NoAnswer(name, f"no answer: {said}"))


def _seconds(said: str | None) -> float | None:
    """Seconds from now, of a number of them or a date."""
    if not said:
        return None
    if said.strip().isdigit():
        return float(said)
    try:
        return max(0.0, (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):  # no date, or one without a zone
        return None
