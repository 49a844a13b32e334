"""The connection to a language model's server, under watch: httpx and httpcore, with our own patience in them.

The watch sits where bytes come in, so that a server that is silent, endless or in no known form is left in time and in
little memory, and a reader who has had enough is obeyed within a tenth of a second. Only the headers listed here are
sent, and only the transport knows the key. Knows nothing of LlamaIndex, of retries, or of how a fault is told.
"""

from __future__ import annotations

import json
import re
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from functools import cache
from time import monotonic
from typing import Any, NoReturn

import httpcore
import httpx

from qa.endpoint import Endpoint

SLICE = 0.1  # seconds between two looks at the clock and at `stop` while nothing comes
LONGEST_EVENT = 65_536  # bytes of one event of the stream; a piece of text takes about 300
SENT = {b"host", b"accept", b"content-type", b"content-length"}  # of the headers that the client would send

EVENT_END = re.compile(rb"\r\n\r\n|\n\n|\r\r")
DONE = re.compile(rb"^data: ?\[DONE\]", re.MULTILINE)


class Fault(Exception):
    """Why there is no answer, or no more of it. reason: a word that `qa/llm.py` has a sentence for. wait: the seconds
    that the server asks for before the next try."""

    def __init__(self, reason: str, status: int = 0, wait: float | None = None) -> None:
        super().__init__(reason)
        self.reason, self.status, self.wait = reason, status, wait


@dataclass(slots=True)
class Watch:
    """The patience one request has: seconds to connect, until the first token, between two, and the time by which it
    must end; bytes taken in; and whether anybody still wants it."""

    connect: float
    first: float
    idle: float
    until: float
    most: int
    stop: Callable[[], bool]
    spoken: bool = False
    fault: Fault | None = None  # kept, since the client wraps what is raised beneath it
    _since: float = field(default_factory=monotonic)
    _taken: int = 0

    def check(self) -> None:
        """Raise Fault where patience has run out."""
        now = monotonic()
        if self.stop():
            self.fail("stopped")
        if now > self.until or now - self._since > (self.idle if self.spoken else self.first):
            self.fail("slow" if self.spoken else "silent")

    def took(self, count: int) -> None:
        """So many bytes came in."""
        self._taken += count
        if self._taken > self.most:
            self.fail("endless")

    def heard(self) -> None:
        """A token came; or whoever reads has come back for the next."""
        self.spoken, self._since = True, monotonic()

    def fail(self, reason: str) -> NoReturn:
        """Raise this Fault, and keep it."""
        self.fault = Fault(reason)
        raise self.fault


class Transport(httpx.BaseTransport):
    """httpx's way to the network. done: the stream said that it has ended; rest: what came after its last event."""

    def __init__(self, endpoint: Endpoint, watch: Watch) -> None:
        self.done, self.rest = False, b""
        self._key, self._watch = endpoint.key, watch
        secure = _tls() if endpoint.url.startswith("https:") else None
        self._pool = httpcore.ConnectionPool(ssl_context=secure, network_backend=_Backend(watch))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send it; the body of a stream comes cut into its events."""
        url = request.url
        where = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        headers = [(name, value) for name, value in request.headers.raw if name.lower() in SENT]
        headers += [(b"Accept-Encoding", b"identity"), (b"User-Agent", b"footnote"), (b"Connection", b"close")]
        if self._key:
            headers.append((b"Authorization", b"Bearer " + self._key.encode()))
        body, more = request.stream, request.extensions
        got = self._pool.handle_request(
            httpcore.Request(request.method, where, headers=headers, content=body, extensions=more)
        )
        # Nothing is unpacked: none was asked for, and a little of it can hold very much.
        kept = [(name, value) for name, value in got.headers if name.lower() != b"content-encoding"]
        kinds = [value for name, value in got.headers if name.lower() == b"content-type"]
        parts: Iterable[bytes] = got.stream  # type: ignore[assignment]  # of a pool that does not wait for others
        if request.method == "POST" and got.status // 100 == 2:
            if not kinds or not kinds[0].lower().startswith(b"text/event-stream"):
                self._watch.fail("garbage")
            parts = self._events(parts)
        return httpx.Response(got.status, headers=kept, stream=_Body(parts))

    def close(self) -> None:
        """Hang up."""
        self._pool.close()

    def _events(self, body: Iterable[bytes]) -> Iterator[bytes]:
        """Whole events. A connection that breaks ends them as an early end does."""
        try:
            for chunk in body:
                *whole, self.rest = EVENT_END.split(self.rest + chunk)
                for event in whole:
                    yield self._event(event)
                if len(self.rest) > LONGEST_EVENT:
                    self._watch.fail("garbage")
        except (httpcore.NetworkError, httpcore.ProtocolError):
            return
        if _is_whole(self.rest.strip()):
            rest, self.rest = self.rest.strip(), b""
            yield self._event(rest)

    def _event(self, event: bytes) -> bytes:
        self.done = self.done or bool(DONE.search(event))
        return event.decode("utf-8", "replace").encode() + b"\n\n"


def _is_whole(event: bytes) -> bool:
    """Is the last event whole, though no blank line follows it?"""
    try:
        return bool(DONE.match(event) or (event.startswith(b"data:") and json.loads(event[5:])))
    except ValueError:
        return False


@cache
def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context()


class _Body(httpx.SyncByteStream):
    def __init__(self, parts: Iterable[bytes]) -> None:
        self._parts = parts

    def __iter__(self) -> Iterator[bytes]:
        yield from self._parts


class _Backend(httpcore.NetworkBackend):
    """Connects under the watch: also where a name server or a handshake takes its time."""

    def __init__(self, watch: Watch) -> None:
        self._watch, self._plain = watch, httpcore.SyncBackend()

    def connect_tcp(self, host: str, port: int, *_: Any, **__: Any) -> httpcore.NetworkStream:
        limit = self._watch.connect
        return _Stream(attended(lambda: self._plain.connect_tcp(host, port, limit), self._watch), self._watch)


class _Stream(httpcore.NetworkStream):
    """A connection whose reading is watched."""

    def __init__(self, plain: httpcore.NetworkStream, watch: Watch) -> None:
        self._plain, self._watch = plain, watch

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        while True:
            self._watch.check()
            try:
                found = self._plain.read(max_bytes, SLICE)
            except httpcore.ReadTimeout:
                continue
            self._watch.took(len(found))
            return found

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._plain.write(buffer, timeout)

    def close(self) -> None:
        self._plain.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        limit = self._watch.connect
        secure = attended(lambda: self._plain.start_tls(ssl_context, server_hostname, limit), self._watch)
        return _Stream(secure, self._watch)

    def get_extra_info(self, info: str) -> Any:
        return self._plain.get_extra_info(info)


def attended(work: Callable[[], httpcore.NetworkStream], watch: Watch) -> httpcore.NetworkStream:
    """What `work` returns, waited for under the watch; what comes after the wait has ended is closed."""
    future: Future[httpcore.NetworkStream] = Future()
    threading.Thread(target=_fulfil, args=(future, work), daemon=True).start()
    until = min(monotonic() + watch.connect, watch.until)
    try:
        while not wait([future], SLICE).done:
            if watch.stop():
                watch.fail("stopped")
            if monotonic() > until:
                watch.fail("unreachable")
    except Fault:
        future.add_done_callback(_close)
        raise
    return future.result()


def _close(late: Future[httpcore.NetworkStream]) -> None:
    if not late.exception():
        late.result().close()


def _fulfil(future: Future[httpcore.NetworkStream], work: Callable[[], httpcore.NetworkStream]) -> None:
    try:
        future.set_result(work())
    except Exception as error:
        future.set_exception(error)
