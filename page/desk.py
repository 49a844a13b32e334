"""Reading in the background: one thread a question, at most two of them reading, any number of browsers following.

    job = desk.ask(session, question, filters)      returns at once
    async for exchange in job.follow(): ...         each growing exchange, spaced, until it is done

A job goes on when its browser goes away, so a reload finds the answer; only a language model is stopped after a
while. Knows nothing of HTML or Gradio.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import threading
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from indexes.errors import FootnoteError, ServeError
from page.history import History
from page.types import Assistant, Exchange
from qa.types import Answer, Filters, Turn

READERS = 2  # questions read at one time; the rest wait their turn
WAITING = 64  # questions taken in at one time; more are turned away
AWAY = 15.0  # seconds without a browser after which a language model is stopped: a reload takes less
BEAT = 0.04  # seconds between two updates of a browser
UNKEPT = "api-"  # sessions that begin so are programs: nothing is kept of them
TROUBLE = "Something went wrong while reading the articles. The log of Footnote has the details."

log = logging.getLogger("footnote")


class Job:
    """One question being read. `exchange` only ever grows; `done` is final. past: the conversation before it. heard:
    how much of that it follows on, None for all: a question asked again follows on what stood before it at first.

    dropped: the page has gone on to another conversation; nobody wants to see this one there any more.
    """

    def __init__(
        self, session: str, exchange: Exchange, past: Sequence[Exchange] = (), heard: int | None = None
    ) -> None:
        self.session = session
        self.exchange = exchange
        self.past = past
        self.heard = heard
        self.reading = False
        self.done = False
        self.dropped = False
        self._followers, self._left = 0, time.monotonic()
        self._lock = threading.Lock()

    def wanted_no_more(self) -> bool:
        """Was it stopped, or has nobody looked for a while? Asked while a language model writes, which costs."""
        return self.done or (not self._followers and time.monotonic() - self._left > AWAY)

    @property
    def history(self) -> list[Turn]:
        """What was said before, for the assistant."""
        return [turn for exchange in self.past[: self.heard] for turn in exchange.turns]

    def grow(self, answer: Answer) -> bool:
        """A longer answer; False where the question was stopped meanwhile."""
        with self._lock:
            if not self.done:
                self.exchange = replace(self.exchange, answer=answer)
            return not self.done

    def finish(self, *, stopped: bool = False, problem: str = "") -> bool:
        """The end, once: True for the one who ended it."""
        with self._lock:
            if self.done:
                return False
            self.exchange = replace(self.exchange, stopped=stopped, problem=problem)
            self.done = True
            return True

    async def follow(self) -> AsyncIterator[Exchange]:
        """Every state from now to the end, at most one in a beat."""
        shown: tuple[Exchange, bool] | None = None
        self._followers += 1
        try:
            while True:
                done, state = self.done, (self.exchange, self.reading)
                if state != shown or done:
                    shown = state
                    yield self.exchange
                if done:
                    return
                await asyncio.sleep(BEAT)
        finally:
            self._followers -= 1
            self._left = time.monotonic()


class Desk:
    """Takes questions in and has them read. A question stands in one place: at the desk, then in the history."""

    def __init__(self, assistant: Assistant, history: History) -> None:
        self.assistant = assistant
        self.history = history
        self._slots = threading.Semaphore(READERS)
        self._lock = threading.RLock()
        self._jobs: dict[str, Job] = {}
        self._threads: set[threading.Thread] = set()

    def running(self, session: str) -> Job | None:
        """The question that is being read for this session."""
        with self._lock:
            return self._jobs.get(session)

    def ask(
        self, session: str, question: str, filters: Filters, least: float | None = None, *, only: str = "",
        heard: int | None = None,
    ) -> Job:  # fmt: skip
        """Start reading. A session asks one question at a time: while one runs, that one is returned. only: the title
        of the article that `filters` name; heard: as of Job."""
        with self._lock:
            if session in self._jobs:
                return self._jobs[session]
            if len(self._jobs) >= WAITING:
                raise ServeError("Footnote is busy with many questions. Try again in a moment.")
            now = datetime.now(UTC).isoformat(timespec="seconds")
            answer = Answer(question, done=False)
            new = secrets.token_urlsafe(16)
            exchange = Exchange(question, answer, filters, least=least, asked=now, id=new, only=only)
            job = self._jobs[session] = Job(session, exchange, self.history.exchanges(session), heard)
            thread = threading.Thread(target=self._work, args=(job,), name="footnote-reader", daemon=True)
            self._threads.add(thread)
        thread.start()
        return job

    def stop(self, session: str) -> None:
        """End the session's question now, keeping what stands of the answer."""
        job = self.running(session)
        if job is not None:
            self._end(job, stopped=True)

    def begin(self, session: str) -> None:
        """A new conversation; the old one is kept, with what stands of a question still being read."""
        with self._lock:
            self._leave(session)
            self.history.begin(session)

    def open(self, session: str, conversation: str) -> bool:
        """Go on with an earlier conversation. False where the session has none such; then nothing changes."""
        with self._lock:
            if self.history.conversation(session, conversation) is None:
                return False
            self._leave(session)
            return self.history.open(session, conversation)

    def remove(self, session: str, conversation: str) -> bool:
        """Delete a conversation; a question still being read for it ends. False where the session has none such."""
        with self._lock:
            found = self.history.conversation(session, conversation)
            if found is not None and found.current:
                self._leave(session)
            return self.history.remove(session, conversation)

    def remove_all(self, session: str) -> None:
        """Delete every conversation of the session for good, and end what is still being read."""
        with self._lock:
            self._leave(session)
            self.history.remove_all(session)

    def busy(self, patience: float) -> bool:
        """Is any thread still reading after so many seconds?"""
        end = time.monotonic() + patience
        for thread in list(self._threads):
            thread.join(max(0.0, end - time.monotonic()))
        return any(thread.is_alive() for thread in list(self._threads))

    def close(self) -> None:
        """End every question."""
        for session in list(self._jobs):
            self.stop(session)

    def _leave(self, session: str) -> None:
        """End the session's question, keep what stands of it, and let no page show it as its latest."""
        job = self._jobs.get(session)
        if job is not None:
            job.dropped = True
            self._end(job, stopped=True)

    def _work(self, job: Job) -> None:
        try:
            with self._slots:
                self._read(job)
            self._end(job)
        except FootnoteError as error:
            self._end(job, problem=str(error))
        except Exception:
            log.exception("A question could not be read")
            self._end(job, problem=TROUBLE)
        self._threads.discard(threading.current_thread())

    def _read(self, job: Job) -> None:
        if job.done:
            return
        self.assistant.warm()
        job.reading = True
        asked = job.exchange
        stop = job.wanted_no_more
        for answer in self.assistant.stream(asked.question, job.history, asked.filters, asked.least, stop):
            if not job.grow(answer):
                return

    def _end(self, job: Job, *, stopped: bool = False, problem: str = "") -> None:
        """From the desk into the history in one step: a reload finds it at one place or the other, never at both."""
        with self._lock:
            if not job.finish(stopped=stopped, problem=problem):
                return
            if not problem and not job.session.startswith(UNKEPT):
                self.history.add(job.session, job.exchange)
            self._jobs.pop(job.session, None)
