"""A website on loopback with everything that can be wrong with one.

with website() as site:
    site.put("/a", b"<html>…", headers={"etag": '"1"'})
    fetch(site.url("/a"), allow_private=True)
    site.asked    # [(seconds, "/a", {"user-agent": …})]
"""

from __future__ import annotations

import contextlib
import gzip
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BOMB = gzip.compress(bytes(60_000_000), 1)  # 60 MB in 300 KB
SENTENCE = "Eleven harbour tugs and two seagoing tugs pulled her off the bank at high water, and ships moved again."


def article(title: str = "Tugs", extra: str = "") -> bytes:
    """A page with an article on it, its menu around it."""
    told = "".join(f"<p>{SENTENCE} Part {number} of the story of the {title}. {extra}</p>" for number in range(5))
    page = f"<!doctype html><html><head><title>{title}</title></head><body><nav><a href='/'>Home</a></nav>"
    return f"{page}<article><h1>{title}</h1>{told}</article></body></html>".encode()


@dataclass(frozen=True, slots=True)
class Answer:
    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class Website:
    """Paths and what they answer; a path that is not known is a 404."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer | Callable[[BaseHTTPRequestHandler], None]] = {}
        self.asked: list[tuple[float, str, dict[str, str]]] = []
        self.closing = threading.Event()
        self.port = 0
        self.answers |= {
            "/slow-headers": self._slow_headers, "/slow-body": self._slow_body, "/endless": self._endless, "/cut": self._cut,
        }  # fmt: skip
        self.put("/bomb", BOMB, headers={"content-encoding": "gzip"})
        self.put("/declared-huge", b"x", headers={"content-length": "50000000"})
        self.redirect("/loop", "/loop")

    def put(
        self,
        path: str,
        body: bytes,
        kind: str = "text/html; charset=utf-8",
        status: int = 200,
        headers: dict[str, str] | None = None,
    ) -> None:
        self.answers[path] = Answer(body, status, {"content-type": kind} | (headers or {}))

    def redirect(self, path: str, to: str, status: int = 302) -> None:
        self.answers[path] = Answer(b"", status, {"location": to})

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def paths(self) -> list[str]:
        return [path for _, path, _ in self.asked]

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        headers = {name.lower(): value for name, value in handler.headers.items()}
        self.asked.append((time.monotonic(), handler.path, headers))
        found = self.answers.get(handler.path, Answer(b"nothing here", 404))
        if not isinstance(found, Answer):
            found(handler)
            return
        known = headers.get("if-none-match"), headers.get("if-modified-since")
        same = any(
            one and one == found.headers.get(name) for one, name in zip(known, ("etag", "last-modified"), strict=True)
        )
        handler.send_response(304 if same else found.status)
        for name, value in found.headers.items():
            handler.send_header(name, value)
        if "content-length" not in found.headers:
            handler.send_header("content-length", str(0 if same else len(found.body)))
        handler.end_headers()
        if not same:
            handler.wfile.write(found.body)

    # -- what no decent server does ---------------------------------------------------------------------------------------

    def _slow_headers(self, handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        self._drip(handler, b"z")

    def _slow_body(self, handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("content-length", "1000000")
        handler.end_headers()
        self._drip(handler, b"z")

    def _endless(self, handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while not self.closing.is_set():
            handler.wfile.write(b"z" * 65_536)

    def _cut(self, handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("content-length", "1000000")
        handler.end_headers()
        handler.wfile.write(b"<html>half a page")

    def _drip(self, handler: BaseHTTPRequestHandler, byte: bytes) -> None:
        while not self.closing.wait(0.05):
            handler.wfile.write(byte)
            handler.wfile.flush()


@contextlib.contextmanager
def website() -> Iterator[Website]:
    site = Website()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with contextlib.suppress(OSError):  # the visitor has hung up
                site.answer(self)
            self.close_connection = True

        def log_message(self, format: str, *arguments: object) -> None:
            """Into the tests' output: nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    site.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        site.closing.set()
        server.shutdown()
        server.server_close()
