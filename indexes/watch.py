"""A library kept up to date: inputs are read now, and again whenever their time has come.

    files and folders   together, at each interval, a minute at least
    each address        at each interval, a quarter of an hour at least; after an error later and later, up to 4 hours

What the servers said of pages already read is kept beside the library, so a watch that is started again asks only for
what has changed. Times run from the end of a round to the next: a slow round is never followed by a quick one. Knows
nothing of signals, of printing, or of how a library is built.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from indexes.build import BuildReport, build
from indexes.encoder import Encoder
from indexes.errors import LibraryError, LibraryLocked, LibraryUnwritable
from indexes.fetch import Visitor

USUAL = 15 * 60.0  # seconds
LEAST_FILES = 60.0  # soon enough for a person; every file is hashed, 2,000 of 5 KB in 0.1 s
LEAST_ADDRESS = 15 * 60.0  # a page that changes more often is no article
LONGEST = 4 * 3600.0  # a website that is mended is found the same day
LOCKED = 60.0  # after which a library that somebody else writes to is tried again
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


@dataclass(frozen=True, slots=True)
class Plan:
    """What is watched, and how often. every: seconds. unbounded: for tests, at a website of one's own."""

    paths: tuple[Path, ...] = ()
    urls: tuple[str, ...] = ()
    every: float = USUAL
    unbounded: bool = False

    @property
    def files_every(self) -> float:
        """Seconds between two readings of the files."""
        return self.every if self.unbounded else max(self.every, LEAST_FILES)

    @property
    def address_every(self) -> float:
        """Seconds between two visits to an address."""
        return self.every if self.unbounded else max(self.every, LEAST_ADDRESS)

    @property
    def told(self) -> str:
        """ "Watching 1 path every 1 minute and 2 addresses every 15 minutes; Ctrl-C stops." """
        things = ((len(self.paths), "path", "paths", self.files_every),
                  (len(self.urls), "address", "addresses", self.address_every))  # fmt: skip
        parts = [
            f"{count} {one if count == 1 else many} every {_span(every)}" for count, one, many, every in things if count
        ]
        return f"Watching {' and '.join(parts)}; Ctrl-C stops."


@dataclass(frozen=True, slots=True)
class Round:
    """One round: what it did, or why it did nothing. news: what could not be used and was not told the last time.
    again: the error is that of the round before."""

    at: str  # ISO 8601, UTC, when it ended
    report: BuildReport | None = None
    error: LibraryError | None = None
    news: tuple[tuple[str, str], ...] = ()
    again: bool = False

    @property
    def changed(self) -> bool:
        """Is there anything to tell?"""
        report = self.report
        if report is None:
            return not self.again
        return bool(report.added or report.changed or report.removed or self.news)

    @property
    def told(self) -> str:
        """ "2021-03-30 10:00  2 added, 1 changed; skipped a.txt: it is empty (and 2 more)" """
        report = self.report or BuildReport()
        done = [(report.added, "added"), (report.changed, "changed"), (report.removed, "removed")]
        parts = [", ".join(f"{len(ids):,} {what}" for ids, what in done if ids)]
        if self.news:
            more = f" (and {len(self.news) - 1:,} more)" if len(self.news) > 1 else ""
            parts.append(f"skipped {self.news[0][0]}: {self.news[0][1]}{more}")
        when = datetime.fromisoformat(self.at).astimezone()
        return f"{when:%Y-%m-%d %H:%M}  {'; '.join(filter(None, parts))}"


@dataclass(slots=True)
class Turn:
    """When one thing is due. every: seconds; due: by the clock of `time.monotonic`."""

    every: float
    due: float = 0.0
    failures: int = 0  # in a row

    def next(self, now: float, failed: bool) -> None:
        """Set the next time: after the interval, or twice as long with every failure."""
        self.failures = self.failures + 1 if failed else 0
        self.due = now + pause(self.every, self.failures)


def pause(every: float, failures: int) -> float:
    """Seconds until the next attempt. 15 minutes, after a failure 30, then 1 hour, 2, 4, 4 …"""
    return max(every, min(every * 2.0 ** min(failures, 60), LONGEST))


def interval(text: str) -> float:
    """ "15m" → 900 seconds; also "90s", "2h", "1d", and a bare number of seconds. Raises ValueError."""
    found = re.fullmatch(r"(\d{1,6}(?:\.\d{1,3})?)\s*([smhd]?)", text.strip().lower())
    if not found or not float(found[1]):
        raise ValueError(f"{text!r} is not an interval like 15m, 2h or 1d")
    return float(found[1]) * UNITS[found[2] or "s"]


def _span(seconds: float) -> str:
    """900 → "15 minutes"."""
    for size, name in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size and not seconds % size:
            return f"{seconds / size:g} {name}{'s' * (seconds > size)}"
    return f"{seconds:g} second{'s' * (seconds != 1)}"


def rounds(
    folder: Path, plan: Plan, visitor: Callable[[], Visitor] = Visitor, encoder: Encoder | None = None
) -> Iterator[Round]:
    """Round after round, each at its time, without end. visitor: makes a new one for each round, since a robots.txt may
    have changed. A library that is locked or full is tried again later; every other LibraryError is raised."""
    watch = _Watch(folder, plan, visitor, encoder or Encoder())
    while plan.paths or plan.urls:
        watch.rest()
        yield watch.round()


class _Watch:
    """What is due when, and what has been told."""

    def __init__(self, folder: Path, plan: Plan, visitor: Callable[[], Visitor], encoder: Encoder) -> None:
        self._folder = folder
        self._plan = plan
        self._visitor = visitor
        self._encoder = encoder
        self._turns = {url: Turn(plan.address_every) for url in plan.urls}
        self._files = Turn(plan.files_every, due=0.0 if plan.paths else math.inf)
        self._told: set[tuple[str, str]] = set()
        self._error = ""  # that the last round ended with

    def rest(self) -> None:
        """Wait until something is due, in one piece: Ctrl-C ends it at once."""
        until = min(turn.due for turn in (self._files, *self._turns.values()))
        time.sleep(max(0.0, until - time.monotonic()))

    def round(self) -> Round:
        """Bring the library up to date with what is due."""
        now = time.monotonic()
        paths = self._plan.paths if self._files.due <= now else ()
        urls = [url for url, turn in self._turns.items() if turn.due <= now]
        due = [self._turns[url] for url in urls] + ([self._files] if paths else [])
        try:
            report = build(self._folder, paths, urls=urls, visitor=self._visitor(), encoder=self._encoder)
        except (LibraryLocked, LibraryUnwritable) as error:
            _postpone(due, isinstance(error, LibraryLocked))
            again, self._error = str(error) == self._error, str(error)
            return Round(_now(), error=error, again=again)
        self._error = ""
        ended = time.monotonic()  # one time for all, or they would come due a moment apart, each in a round of its own
        for turn in due:
            turn.next(ended, any(turn is self._turns[url] for url in report.failed))
        news = tuple(dict.fromkeys(one for one in report.skipped if one not in self._told))
        everything = len(due) == len(self._turns) + bool(self._plan.paths)
        self._told = set(report.skipped) | (set() if everything else self._told)
        return Round(_now(), report, news=news)


def _postpone(turns: Sequence[Turn], locked: bool) -> None:
    """Nothing could be done for these. A lock is no fault of theirs, and soon gone."""
    now = time.monotonic()
    for turn in turns:
        if locked:
            turn.due = now + min(LOCKED, turn.every)
        else:
            turn.next(now, failed=True)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
