"""The door to a language model: messages in, its text in pieces out, and one plain sentence where something is wrong.

Any server that speaks OpenAI's chat protocol will do. A request has limits of time and size, is tried again only where
the server is busy or failing and has not begun to answer, and is dropped as soon as nobody wants it any more. Knows
nothing of articles, or of whether what a model says is true.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from indexes.errors import FootnoteError
from qa.endpoint import KEY, MODEL, SEE, URL, Endpoint, SettingsError, configured

if TYPE_CHECKING:
    from qa.wire import Fault, Watch

__all__ = [
    "ContextOverflow", "Endpoint", "Health", "LanguageModel", "Limits", "Message", "SettingsError", "WriterError",
    "configured", "describe",
]  # fmt: skip

SLICE = 0.1  # seconds between two looks at `stop` while a retry is waited for
RETRIED = {429, 500, 502, 503, 504, 529}  # statuses of a server that is busy or failing, perhaps not for long
SHORT_ANSWER = 16  # tokens asked for to see whether the model answers
SHOWN_MODELS, SHOWN_NAME = 8, 80  # names listed before "and N more"; characters of one

# What is said: reason: (kind, sentence). {at} is the URL, {name} the model, {url} and {model} where they are set.
SENTENCES = {
    "unreachable": ("refused", "Nothing answers at {at}; start the model's server, or correct {url}."),
    "unknown host": ("refused", "The host of {at} is not known; correct {url}, or check the network."),
    "insecure": ("refused", "No secure connection to {at} can be made; check its certificate, or correct {url}."),
    "silent": ("silent", "The model at {at} took the question but did not begin to answer in time; try again later."),
    "slow": ("slow", "The model at {at} took too long and was stopped; what it had said by then is not complete."),
    "cut": ("cut", "The model at {at} broke off in the middle of its answer; ask again."),
    "long": ("long", "The model {name} used up the tokens it was given before its answer was finished."),
    "withheld": ("withheld", "The service at {at} withheld the rest of the answer."),
    "garbage": ("garbage", "The model at {at} answered in an unknown form; check that {url} ends as its manual says."),
    "endless": ("garbage", "The model at {at} sent far more than an answer and was stopped."),
    "overflow": ("overflow", "The question and its passages are too long for the model {name}; show it fewer."),
    "broken": ("broken", "The model's server at {at} failed; look at its log, or try again later."),
    401: ("key", "The server at {at} wants a key that it knows; set {key}."),
    403: ("key", "The server at {at} does not let this key use the model {name}; check {key} and {model}."),
    404: ("missing", "The server at {at} has no model {name}; `footnote models` lists those it has."),
    429: ("busy", "The server at {at} takes no more questions now, or the account is used up; try again later."),
    503: ("busy", "The server at {at} is overloaded or still loading the model; try again later."),
}  # fmt: skip


class WriterError(FootnoteError):
    """The model gave no answer, or no whole one. kind: refused, silent, slow, cut, long, withheld, garbage, overflow,
    broken, key, missing, busy or declined. The sentence never holds the key, nor any word of the server's."""

    def __init__(self, sentence: str, kind: str) -> None:
        super().__init__(sentence)
        self.kind = kind


class ContextOverflow(WriterError):
    """The messages are longer than the model's window: fewer passages may do."""


@dataclass(frozen=True, slots=True)
class Message:
    """role: system, user or assistant."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds: to connect, to the first token, between two tokens, for everything; bytes of an answer (700 tokens are
    about 0.2 MB on the wire); how often a busy or failing server is asked again, after how many seconds (doubled each
    time), and how long it may ask us to wait."""

    connect: float = 5.0
    first: float = 30.0
    idle: float = 30.0
    total: float = 120.0
    body: int = 1_000_000
    retries: int = 2
    backoff: float = 0.5
    longest_wait: float = 10.0


# Of a model on this machine: without a graphics card it may read four passages for a minute before its first word.
PATIENT = Limits(first=120.0, total=300.0)


@dataclass(frozen=True, slots=True)
class Health:
    """answers: did the model say anything? seconds: until it did. models: what its server lists."""

    answers: bool
    seconds: float
    models: tuple[str, ...]
    sentence: str


class LanguageModel:
    """A model behind an endpoint. Thread-safe: a request has a connection of its own."""

    def __init__(self, endpoint: Endpoint, limits: Limits | None = None) -> None:
        self.endpoint = endpoint
        self.name = endpoint.model
        self.context = endpoint.context
        self._limits = limits or (PATIENT if _is_here(endpoint.url) else Limits())
        self._closed = Event()

    def warm(self) -> None:
        """Import what asking needs."""
        from qa import exchange

        exchange.load()

    def stream(
        self, messages: Sequence[Message], most_tokens: int = 700, stop: Callable[[], bool] | None = None
    ) -> Generator[str]:
        """The answer in pieces. Where it is not whole, WriterError comes after what there is of it. The connection is
        closed when the iterator is, when `stop` says so (then it just ends), and by `close`."""
        from qa import exchange
        from qa.wire import Fault

        exchange.load()
        said = [(message.role, message.text) for message in messages]
        until = time.monotonic() + self._limits.total
        for attempt in range(self._limits.retries + 1):
            watch = self._watch(until, stop)
            try:
                yield from exchange.pieces(self.endpoint, said, most_tokens, watch)
                return
            except Fault as fault:
                if fault.reason == "stopped":
                    return
                wait = self._wait(fault, attempt, until)
                if wait is None:
                    raise self._error(fault) from None
            if not _pause(wait, watch.stop):
                return

    def complete(self, messages: Sequence[Message], most_tokens: int = 200) -> str:
        """The whole answer. Raises WriterError where it is not whole."""
        return "".join(self.stream(messages, most_tokens))

    def answers(self) -> Health:
        """Ask the server what models it has, and the model for a word."""
        models, error = self._listed()
        began = time.monotonic()
        if error is None:
            try:
                with closing(self.stream([Message("user", "Say yes.")], SHORT_ANSWER)) as pieces:
                    next(pieces, "")
            except WriterError as caught:
                error = None if caught.kind == "long" else caught  # it thought aloud: it is there
        seconds = time.monotonic() - began
        sentence = str(error) if error else f"It answers: the first words came after {seconds:.1f} s."
        return Health(error is None, seconds, models, sentence)

    def close(self) -> None:
        """End what runs; what is asked afterwards ends at once, without a piece."""
        self._closed.set()

    def _listed(self) -> tuple[tuple[str, ...], WriterError | None]:
        """The names listed, cleaned; and the error after which nothing further need be asked."""
        from qa import exchange
        from qa.wire import Fault

        exchange.load()
        try:
            found = exchange.listed(self.endpoint, self._watch(time.monotonic() + self._limits.first, None))
        except Fault as fault:  # a server need not have a list
            return (), None if fault.reason in ("status", "garbage", "endless") else self._error(fault)
        return tuple("".join(filter(str.isprintable, name))[:SHOWN_NAME] for name in found), None

    def _watch(self, until: float, stop: Callable[[], bool] | None) -> Watch:
        from qa.wire import Watch

        own, limits = self._closed.is_set, self._limits
        unwanted = (lambda: own() or stop()) if stop else own
        return Watch(limits.connect, limits.first, limits.idle, until, limits.body, unwanted)

    def _wait(self, fault: Fault, attempt: int, until: float) -> float | None:
        """The seconds to wait before another try; None where there shall be none."""
        if attempt >= self._limits.retries or fault.reason != "status" or fault.status not in RETRIED:
            return None
        asked = self._limits.backoff * 2**attempt if fault.wait is None else fault.wait
        return asked if asked <= self._limits.longest_wait and time.monotonic() + asked < until else None

    def _error(self, fault: Fault) -> WriterError:
        """The fault as a sentence for people."""
        if fault.reason != "status":
            kind, sentence = SENTENCES[fault.reason]
        elif fault.status in SENTENCES:
            kind, sentence = SENTENCES[fault.status]
        elif fault.status >= 500:
            kind, sentence = SENTENCES["broken"]
        else:
            kind, sentence = "declined", f"The server at {{at}} does not take such a request (status {fault.status})."
        if fault.wait:
            sentence = sentence.replace("try again later", f"try again in {math.ceil(fault.wait)} s")
        file = self.endpoint.where
        places = {"url": URL, "model": MODEL, "key": KEY}
        if file != "environment":
            places = {"url": f"url in {file}", "model": f"name in {file}", "key": f"key in {file}"}
        error = ContextOverflow if kind == "overflow" else WriterError
        return error(sentence.format(at=self.endpoint.url, name=self.name, **places), kind)


def _pause(seconds: float, stop: Callable[[], bool]) -> bool:
    """Wait; False where the answer is not wanted any more."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0 and not stop():
        time.sleep(min(SLICE, left))
    return not stop()


def describe(endpoint: Endpoint | None, limits: Limits | None = None) -> tuple[str, bool]:
    """(what `footnote models` prints, is all well): what is set and where, and whether it answers. None is well."""
    if endpoint is None:
        return f"No language model is set: answers are quoted. To set one, give {URL} and {MODEL} ({SEE}).", True
    model = LanguageModel(endpoint, limits)
    health = model.answers()
    model.close()
    rows = [
        ("model", endpoint.model),
        ("server", endpoint.url),
        ("key", "set" if endpoint.key else "not set"),
        ("context", f"{endpoint.context} tokens"),
        ("set in", f"the {endpoint.where}" if endpoint.where == "environment" else endpoint.where),
        ("it lists", _names(health.models)),
    ]
    text = "\n".join(f"{name + ':':<10}{value}" for name, value in rows)
    exposed = (
        "\nWhat is sent to it can be read on the way: the URL begins with http." if _is_exposed(endpoint.url) else ""
    )
    return f"{text}\n{health.sentence}{exposed}", health.answers


def _names(models: Sequence[str]) -> str:
    more = len(models) - SHOWN_MODELS
    return (", ".join(models[:SHOWN_MODELS]) or "nothing") + (f" and {more} more" if more > 0 else "")


def _is_exposed(url: str) -> bool:
    """Does it go over a network, unencrypted?"""
    return urlsplit(url).scheme == "http" and not _is_here(url)


def _is_here(url: str) -> bool:
    """Is it on this machine?"""
    host = urlsplit(url).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")
