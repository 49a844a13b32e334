"""Bringing articles in, behind the page: errands that wait in line, one at a time in a thread, each to be followed.

    errand = Errand(folder, shown=["tugs.pdf"], paths=[…], urls=[…])
    errands.send(errand)        waiting → running → done · stopped · failed

`build` does the work and can be stopped anywhere: what was done is kept, and `again` goes on from there. Errands are
remembered as long as the server runs. Knows nothing of HTML, requests or how files come in.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from indexes import vectors
from indexes.build import BuildReport, Progress, build, spec
from indexes.encoder import Encoder
from indexes.errors import FootnoteError, NoLibrary, ServeError
from indexes.fetch import Visitor
from indexes.library import Library
from indexes.listing import entries
from indexes.writer import open_writer
from page.added import forget

WAITING = 20  # errands in line; more are turned away
REMEMBERED = 20  # errands that are over
SURE_AFTER = 2.0  # seconds into a stage from which on its rate says something of the time left
TROUBLE = "Something went wrong while the articles were added. The log of Footnote has the details."
ENDED = ("done", "stopped", "failed")

log = logging.getLogger("footnote")
Visits = Callable[[Callable[[], bool]], Visitor]


class _Stop(Exception):
    """Raised inside `build` to leave it."""


@dataclass(slots=True, eq=False)
class Errand:
    """One thing to bring in. shown: what it is, for people. names: path → the name that a person gave it. fresh: files
    that came with it, which go again if nothing can be read from them. refused: (name, reason), before any work."""

    folder: Path
    shown: list[str] = field(default_factory=list)
    paths: list[Path] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    fresh: set[Path] = field(default_factory=set)
    refused: list[tuple[str, str]] = field(default_factory=list)
    id: str = field(default_factory=lambda: secrets.token_urlsafe(9))
    state: str = "waiting"
    problem: str = ""  # the sentence, where it failed
    report: BuildReport = field(default_factory=BuildReport)
    progress: Progress | None = None
    stopping: threading.Event = field(default_factory=threading.Event)
    _began: float = 0.0  # the stage, by time.monotonic

    def tell(self, progress: Progress) -> None:
        """Where the work stands; leaves it if that was asked for."""
        if self.progress is None or progress.stage != self.progress.stage:
            self._began = time.monotonic()
        self.progress = progress
        if self.stopping.is_set() and progress.stage != "fetch":  # which ends by itself, between two pages
            raise _Stop

    def left(self) -> float | None:
        """Seconds to the end of the stage, where its rate is known."""
        now, spent = self.progress, time.monotonic() - self._began
        if now is None or self.state != "running" or not 0 < now.done < now.total or spent < SURE_AFTER:
            return None
        return spent * (now.total - now.done) / now.done


class Errands:
    """The line. visits: makes the visitor of one errand, given what tells it to stop."""

    def __init__(
        self, visits: Visits = lambda stop: Visitor(stop=stop), encoder: Callable[[], Encoder] = Encoder
    ) -> None:
        self._visits, self._encoder = visits, encoder
        self._lock = threading.Lock()
        self._line: list[Errand] = []
        self._known: dict[str, Errand] = {}  # in the order they came
        self._thread: threading.Thread | None = None

    def get(self, errand_id: str) -> Errand | None:
        """One of those that are remembered."""
        return self._known.get(errand_id)

    def latest(self) -> list[Errand]:
        """Those that are remembered, the last one first."""
        with self._lock:
            return list(reversed(self._known.values()))

    def send(self, errand: Errand) -> None:
        """Put it in line. Raises ServeError where the line is too long."""
        with self._lock:
            if len(self._line) >= WAITING:
                raise ServeError(f"{WAITING} things are waiting to be added already. Try again when some are done.")
            self._known.pop(errand.id, None)
            self._known[errand.id] = errand
            over = [one.id for one in self._known.values() if one.state in ENDED and one is not errand]
            for old in over[: max(0, len(over) - REMEMBERED)]:
                del self._known[old]
            if not errand.paths and not errand.urls:  # all of it was refused
                errand.state = "done"
                return
            self._line.append(errand)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="footnote-bring", daemon=True)
                self._thread.start()

    def again(self, errand: Errand) -> None:
        """Go on with one that was stopped or failed."""
        with self._lock:
            if errand.state not in ("stopped", "failed"):
                return
            errand.state, errand.problem, errand.progress = "waiting", "", None
            errand.stopping.clear()
        self.send(errand)

    def stop(self, errand: Errand) -> None:
        """End it: at once if it waits, else as soon as the work looks up."""
        errand.stopping.set()
        with self._lock:
            if errand in self._line:
                self._line.remove(errand)
                errand.state = "stopped"

    def close(self, patience: float) -> bool:
        """Stop them all; True where the one at work would not end in so many seconds."""
        thread = self._thread
        for errand in self.latest():
            self.stop(errand)
        if thread is not None:
            thread.join(patience)
        return thread is not None and thread.is_alive()

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._line:
                    self._thread = None
                    return
                errand = self._line.pop(0)
                errand.state = "running"
            try:
                state, problem = self._do(errand), ""
            except FootnoteError as error:
                state, problem = "failed", str(error)
            except Exception:
                log.exception("Articles could not be added")
                state, problem = "failed", TROUBLE
            errand.problem, errand.state = problem, state

    def _do(self, errand: Errand) -> str:
        """The work; returns the state it ends in."""
        before = highest(errand.folder)
        try:
            errand.report = build(
                errand.folder,
                errand.paths,
                urls=errand.urls,
                visitor=self._visits(errand.stopping.is_set),
                encoder=self._encoder(),
                on_progress=errand.tell,
            )
        except _Stop:
            settle(errand.folder)
            errand.report = BuildReport(added=[one.id for one in entries(Library(errand.folder)) if one.key > before])
            return "stopped"
        whole = {where for where, _ in errand.report.skipped}
        for path in errand.fresh:
            if str(path) in whole:
                forget(path)
        return "stopped" if errand.stopping.is_set() else "done"


def highest(folder: Path) -> int:
    """The key of the article that was added last; 0 where there is none."""
    try:
        return max((one.key for one in entries(Library(folder))), default=0)
    except NoLibrary:
        return 0


def settle(folder: Path) -> None:
    """Bring Chroma up to what a stopped run has written, so that the fast search is used again."""
    with open_writer(folder, spec()) as writer:
        vectors.fill(writer)
