"""A real server on loopback that speaks OpenAI's chat protocol from a script: what it should say, or how it fails.

    with ScriptedServer(says("Eleven tugs.")) as server: …   # server.url, server.requests, server.hung_up
    with ScriptedServer("503", "503", says("Yes.")) as server: …   # in turn; the last one stays

`FAULTS` names every fault. GET …/models always lists `models`, unless that is None: then it is answered by the script too.
Nothing of the system under test is used here: bytes go out as written.
"""

from __future__ import annotations

import gzip
import json
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any

REASONS = {
    200: "OK",
    307: "Temporary Redirect",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
}
STREAM = "text/event-stream; charset=utf-8"
Messages = list[dict[str, str]]


class HungUp(Exception):
    """The client closed the connection before all was said."""


@dataclass
class Asked:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any
    at: float = field(default_factory=time.monotonic)

    @property
    def messages(self) -> Messages:
        return self.body["messages"]

    @property
    def streams(self) -> bool:
        return bool(self.body) and bool(self.body.get("stream"))


class Line:
    """The connection to a client: what a script writes to."""

    def __init__(self, connection: socket.socket, asked: Asked, closing: threading.Event) -> None:
        self.asked = asked
        self._connection, self._closing = connection, closing

    def raw(self, data: bytes) -> None:
        try:
            self._connection.sendall(data)
        except OSError:
            raise HungUp from None

    def head(self, status: int = 200, kind: str = STREAM, *, chunked: bool = True, **more: str) -> None:
        headers = {
            "Content-Type": kind,
            "Connection": "close",
            **{name.replace("_", "-"): value for name, value in more.items()},
        }
        if chunked:
            headers["Transfer-Encoding"] = "chunked"
        lines = [
            f"HTTP/1.1 {status} {REASONS.get(status, 'Status')}",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        self.raw("\r\n".join([*lines, "", ""]).encode())

    def chunk(self, data: bytes) -> None:
        self.raw(b"%x\r\n%s\r\n" % (len(data), data))

    def event(self, delta: dict[str, Any] | None, finish: str | None = None) -> None:
        self.chunk(b"data: " + json.dumps(packet(delta, finish), ensure_ascii=False).encode() + b"\n\n")

    def text(self, *pieces: str) -> None:
        for piece in pieces:
            self.event({"content": piece})

    def done(self) -> None:
        self.chunk(b"data: [DONE]\n\n")
        self.end()

    def end(self) -> None:
        self.raw(b"0\r\n\r\n")

    def reply(self, status: int, body: bytes | dict[str, Any], kind: str = "application/json", **more: str) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.head(status, kind, chunked=False, Content_Length=str(len(data)), **more)
        self.raw(data)

    def wait(self, seconds: float) -> None:
        """Say nothing for so long; raises HungUp as soon as the client has gone."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and not self._closing.is_set():
            if select.select([self._connection], [], [], min(left, 0.02))[0]:
                with suppress(OSError):
                    if self._peek():
                        time.sleep(min(left, 0.02))
                        continue
                raise HungUp

    def _peek(self) -> bytes:
        """What the client sends further; empty where it has gone. TLS cannot peek, and has nothing further to say."""
        secure = isinstance(self._connection, ssl.SSLSocket)
        return self._connection.recv(1) if secure else self._connection.recv(1, socket.MSG_PEEK)


Script = Callable[[Line], None]


def packet(delta: dict[str, Any] | None, finish: str | None = None) -> dict[str, Any]:
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
    return {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "scripted", "choices": choices}


def says(
    text: str | Callable[[Messages], str],
    pieces: int | Sequence[str] | None = None,
    delay: float = 0.0,
    finish: str = "stop",
) -> Script:
    """Say this text, or what it makes of the messages: in so many pieces or in these (words, if None), `delay` seconds
    before each. Asked without `stream`, it is one JSON object."""

    def script(line: Line) -> None:
        whole = text if isinstance(text, str) else text(line.asked.messages)
        if not line.asked.streams:
            line.wait(delay)
            message = {"role": "assistant", "content": whole}
            return line.reply(200, {**packet(None), "object": "chat.completion",
                                    "choices": [{"index": 0, "message": message, "finish_reason": finish}]})  # fmt: skip
        line.head()
        line.event({"role": "assistant", "content": ""})
        for piece in _cut(whole, pieces):
            line.wait(delay)
            line.text(piece)
        line.event({}, finish)
        line.event(None)  # as servers do that count tokens at the end
        line.done()

    return script


def _cut(text: str, pieces: int | Sequence[str] | None) -> Iterable[str]:
    if pieces is None:
        return [word + " " for word in text.split(" ")[:-1]] + text.split(" ")[-1:]
    if isinstance(pieces, int):
        size = max(1, -(-len(text) // pieces))
        return [text[at : at + size] for at in range(0, len(text), size)]
    return pieces


def fails(status: int, message: str = "no", code: str | None = None, **headers: str) -> Script:
    """A status with an error body as OpenAI writes it."""
    return lambda line: line.reply(status, {"error": {"message": message, "type": "error", "code": code}}, **headers)


def streams(*events: bytes, end: bool = True, kind: str = STREAM) -> Script:
    """These bytes as a stream's body, one chunk each; `end=False` breaks the connection off after them."""

    def script(line: Line) -> None:
        line.head(kind=kind)
        for event in events:
            line.chunk(event)
        if end:
            line.end()

    return script


def _data(value: object) -> bytes:
    return b"data: " + json.dumps(value, ensure_ascii=False).encode() + b"\n\n"


def _slow(line: Line) -> None:
    line.head()
    line.text("Eleven ")
    line.wait(3600)


def _pings(line: Line) -> None:
    line.head()
    while True:
        line.wait(0.05)
        line.chunk(b": still here\n\n")


def _endless(line: Line) -> None:
    line.head()
    while True:
        line.text("again and " * 50)


def _huge(line: Line) -> None:
    line.head(chunked=False, Content_Length="50000000")
    for _ in range(50):
        line.raw(b"x" * 1_000_000)


@cache
def packed() -> bytes:
    """50 MB as 50 kB."""
    return gzip.compress(b"\n" * 50_000_000)


def _bomb(line: Line) -> None:
    line.reply(200, packed(), STREAM, Content_Encoding="gzip")


def _plain_cut(line: Line) -> None:
    """Without chunks, so that HTTP itself cannot tell that something is missing."""
    line.head(chunked=False)
    line.raw(HELLO + 'data: {"choices":[{"index":0,"delta":{"content":"Grö'.encode()[:-1])


def _reset(line: Line) -> None:
    line.head()
    line.text("Eleven ")
    line.wait(0.05)
    line._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


HELLO = _data(packet({"content": "Eleven "}))
STOP = _data(packet({}, "stop"))
DONE = b"data: [DONE]\n\n"
CALL = {"tool_calls": [{"index": 0, "id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}]}
CUT_EVENT = b'data: {"choices":[{"index":0,"delta":{"content":"Gr\xc3'
OVERFLOWS = {
    "openai": (400, "This model's maximum context length is 4096 tokens.", "context_length_exceeded"),
    "vllm": (400, "You passed 4000 input tokens; however the model's context length is only 2048 tokens.", None),
    "llama.cpp": (
        400,
        "request (4390 tokens) exceeds the available context size (4096 tokens), try increasing it",
        None,
    ),
    "llama.cpp while answering": (500, "Context size has been exceeded.", None),
    "ollama": (400, "input exceeds context length", None),
    "lm studio": (400, "Trying to keep the first 9000 tokens when context the overflows.", None),
}

FAULTS: dict[str, Script] = {
    "refused": lambda line: None,  # nobody listens: see ScriptedServer
    "silent": lambda line: line.wait(3600),
    "silent_stream": lambda line: (line.head(), line.wait(3600))[1],
    "pings": _pings,
    "slow": _slow,
    "cut_character": streams(HELLO, CUT_EVENT, end=False),
    "cut_json": streams(HELLO, b'data: {"choices":[{"index":0,"del', end=False),
    "cut_plain": _plain_cut,
    "cut_early": lambda line: None,
    "reset": _reset,
    "no_done": streams(HELLO),
    "401": fails(401, "Incorrect API key provided"),
    "403": fails(403),
    "404": fails(404, "model not found"),
    "429": fails(429, Retry_After="0.2"),
    "429_long": fails(429, Retry_After="3600"),
    "500": fails(500),
    "503": fails(503, "Loading model"),
    "418": fails(418),
    "redirect": lambda line: line.reply(307, b"", Location="http://127.0.0.1:9/v1/chat/completions"),
    "html": lambda line: line.reply(200, b"<!doctype html><h1>Sign in</h1>", "text/html"),
    "html_as_stream": lambda line: line.reply(200, b"<!doctype html>\n\n<h1>Sign in</h1>\n\n", STREAM),
    "json": lambda line: line.reply(200, packet({"content": "Eleven "})),
    "wrong_type": streams(HELLO, STOP, DONE, kind="image/png"),
    "empty": lambda line: line.reply(200, b"", STREAM),
    "no_choices": streams(_data(packet(None)), DONE),
    "null_choices": streams(_data({**packet(None), "choices": None}), DONE),
    "null": streams(_data(packet({"content": None})), STOP, DONE),
    "nan": streams(_data(packet({"content": float("nan")})), STOP, DONE),
    "list": streams(_data(packet({"content": [{"type": "text"}]})), STOP, DONE),
    "broken_json": streams(b"data: {not json}\n\n", DONE),
    "number": streams(b"data: 1\n\n", DONE),
    "huge": _huge,
    "endless": _endless,
    "bomb": _bomb,
    "binary": lambda line: line.reply(200, bytes(range(256)) * 64, "application/octet-stream"),
    "binary_as_stream": lambda line: line.reply(200, bytes(range(256)) * 64, STREAM),
    "tool_calls": streams(_data(packet(CALL)), _data(packet({}, "tool_calls")), DONE),
    "error_event": streams(HELLO, _data({"error": {"message": "CUDA out of memory", "type": "server_error"}})),
    "overflow_event": streams(_data({"error": {"message": "Context size has been exceeded.", "code": 500}})),
    "overflow": fails(*OVERFLOWS["openai"]),
}  # fmt: skip


class ScriptedServer:
    """Serves its scripts, one per chat request. requests: those of the chat; others: all the rest; hung_up: did a client
    leave before all was said?"""

    def __init__(
        self, *scripts: Script | str, models: Sequence[str] | None = ("scripted",), tls: ssl.SSLContext | None = None
    ) -> None:
        self._scripts = [FAULTS[one] if isinstance(one, str) else one for one in scripts] or [says("Yes.")]
        self._refuses, self._models = "refused" in scripts, models
        self.requests: list[Asked] = []
        self.others: list[Asked] = []
        self._gone, self._closing = threading.Event(), threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._tls = tls
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self._listener.getsockname()[1]}/v1"

    @property
    def hung_up(self) -> bool:
        return self._gone.is_set()

    def hangs_up(self, within: float) -> bool:
        """Does a client hang up within so many seconds?"""
        return self._gone.wait(within)

    def __enter__(self) -> ScriptedServer:
        if self._refuses:
            self._listener.close()
        else:
            threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                connection = self._tls.wrap_socket(connection, server_side=True) if self._tls else connection
                asked = _read(connection)
                line = Line(connection, asked, self._closing)
                if asked.method == "GET" and self._models is not None:
                    self.others.append(asked)
                    return line.reply(200, {"object": "list", "data": [{"id": name} for name in self._models]})
                (self.requests if asked.method == "POST" else self.others).append(asked)
                self._scripts[min(max(len(self.requests), 1), len(self._scripts)) - 1](line)
            except HungUp:
                self._gone.set()
            except (OSError, ValueError, IndexError):  # a connection that brought no request
                return


def _read(connection: socket.socket) -> Asked:
    data = b""
    for received in _received(connection):
        data += received
        if b"\r\n\r\n" in data:
            break
    head, _, body = data.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in rest)}
    while len(body) < int(headers.get("content-length", 0)):
        body += connection.recv(65_536)
    method, path, _ = first.split(" ")
    return Asked(method, path, headers, json.loads(body) if body else None)


def _received(connection: socket.socket) -> Iterator[bytes]:
    while data := connection.recv(65_536):
        yield data
