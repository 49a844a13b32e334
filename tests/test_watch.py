from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
from filelock import FileLock

from indexes.encoder import Encoder
from indexes.errors import LibraryDamaged, LibraryLocked
from indexes.fetch import Limits, Visitor
from indexes.library import Library
from indexes.watch import LONGEST, Plan, Round, Turn, interval, pause, rounds
from tests.conftest import ROOT, footnote
from tests.web_server import Website, article, website


@pytest.fixture
def site() -> Iterator[Website]:
    with website() as found:
        found.put("/a", article("Story a"), headers={"etag": '"a"'})
        yield found


def visitor() -> Visitor:
    return Visitor(Limits(pause=0.0, total=2.0), allow_private=True)


# -- when -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seconds"), [("15m", 900), ("90s", 90), ("2h", 7200), ("1d", 86_400), ("45", 45), ("0.5s", 0.5), (" 1H ", 3600)]
)  # fmt: skip
def test_an_interval_is_a_number_and_a_unit(text: str, seconds: float) -> None:
    assert interval(text) == seconds


@pytest.mark.parametrize("text", ["", "m", "-5m", "0", "0m", "15 minutes", "1e9", "nan", "inf", "9999999h"])
def test_what_is_no_interval_says_so(text: str) -> None:
    with pytest.raises(ValueError, match="is not an interval like 15m"):
        interval(text)


def test_files_are_read_every_minute_at_most_and_addresses_every_quarter_of_an_hour() -> None:
    quick = Plan(every=1.0)
    assert (quick.files_every, quick.address_every) == (60.0, 900.0)
    slow = Plan(every=7200.0)
    assert (slow.files_every, slow.address_every) == (7200.0, 7200.0)
    own = Plan(every=1.0, unbounded=True)
    assert (own.files_every, own.address_every) == (1.0, 1.0)


def test_the_pause_doubles_with_every_failure_up_to_four_hours() -> None:
    assert [pause(900.0, failures) / 60 for failures in range(7)] == [15, 30, 60, 120, 240, 240, 240]
    assert pause(900.0, 10**6) == LONGEST
    assert pause(86_400.0, 3) == 86_400.0  # who asks once a day is not made to ask more often


def test_a_turn_that_succeeds_forgets_its_failures() -> None:
    turn = Turn(900.0)
    turn.next(0.0, failed=True)
    turn.next(1800.0, failed=True)
    assert (turn.due, turn.failures) == (1800.0 + 3600.0, 2)
    turn.next(5400.0, failed=False)
    assert (turn.due, turn.failures) == (5400.0 + 900.0, 0)


def test_the_plan_is_told_as_it_will_be() -> None:
    plan = Plan((Path("a"),), ("https://x.example/", "https://y.example/"), every=1.0)
    assert plan.told == "Watching 1 path every 1 minute and 2 addresses every 15 minutes; Ctrl-C stops."
    assert Plan((Path("a"), Path("b")), every=5400.0).told == "Watching 2 paths every 90 minutes; Ctrl-C stops."


# -- rounds ---------------------------------------------------------------------------------------------------------------


def take(watch: Iterator[Round], count: int = 1) -> list[Round]:
    return list(islice(watch, count))


def test_a_watch_brings_in_what_changed_and_tells_only_that(tmp_path: Path, site: Website, encoder: Encoder) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "empty.txt").write_text("")
    plan = Plan((tmp_path / "in",), (site.url("/a"),), 0.3, unbounded=True)
    watch = rounds(tmp_path / "library", plan, visitor, encoder)
    (first,) = take(watch)
    assert first.report and first.report.added == [f"127.0.0.1:{site.port}/a"] and first.changed
    assert (
        first.told.split("  ")[1] == f"1 added; skipped {tmp_path}/in/empty.txt: it is empty; there is nothing to read"
    )
    (second,) = take(watch)
    assert second.report and second.report.skipped and not second.changed
    (tmp_path / "in" / "lamp.txt").write_text("A sentence about a lamp.")
    site.put("/a", article("Story a", "Told anew."))
    (third,) = take(watch)
    assert third.report and (third.report.added, len(third.report.changed)) == (["lamp"], 1)
    assert third.told.endswith("  1 added, 1 changed")


class Clock:
    """A clock that never shows the same time twice, and sleeps no longer than it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        self.now += 1e-4
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_what_was_read_in_one_round_is_due_in_one_round(
    tmp_path: Path, site: Website, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexes.watch.time", Clock())
    (tmp_path / "in").mkdir()
    plan = Plan((tmp_path / "in",), (site.url("/a"), site.url("/b")), 0.1, unbounded=True)
    watch = rounds(tmp_path / "library", plan, visitor, encoder)
    for number in range(4):
        (tmp_path / "in" / f"{number}.txt").write_text(f"A sentence about lamp {number}.")
        for name in "ab":
            site.put(f"/{name}", article(f"Story {name}", f"Told for the {number}th time."))
        (one,) = take(watch)
        assert one.report and len(one.report.added) + len(one.report.changed) == 3


def test_an_address_in_trouble_is_asked_less_often_while_others_go_on(
    tmp_path: Path, site: Website, encoder: Encoder
) -> None:
    site.put("/b", b"", status=500)
    plan = Plan((), (site.url("/a"), site.url("/b")), 0.1, unbounded=True)
    watch = rounds(tmp_path / "library", plan, visitor, encoder)
    found = take(watch, 12)
    asked = [path for path in site.paths() if path != "/robots.txt"]
    assert asked[:2] == ["/a", "/b"]
    assert 2 <= asked.count("/b") < asked.count("/a")
    assert [one.changed for one in found[1:]] == [False] * 11  # told once
    site.put("/b", article("Story b"))
    deadline = time.monotonic() + 60
    while not any(one.report and one.report.added for one in take(watch)):
        assert time.monotonic() < deadline


def test_a_trouble_that_comes_back_is_told_again(tmp_path: Path, site: Website, encoder: Encoder) -> None:
    watch = rounds(tmp_path / "library", Plan((), (site.url("/a"),), 0.1, unbounded=True), visitor, encoder)
    told = []
    for status in (200, 500, 500, 200, 500):
        site.put("/a", article("Story a"), status=status)
        told.append(take(watch)[0].changed)
    assert told == [True, True, False, False, True]


def test_a_second_watch_hears_that_the_library_is_locked_and_goes_on_later(
    tmp_path: Path, site: Website, encoder: Encoder
) -> None:
    watch = rounds(tmp_path / "library", Plan((), (site.url("/a"),), 0.1, unbounded=True), visitor, encoder)
    (tmp_path / "library").mkdir()
    with FileLock(tmp_path / "library" / "lock"):
        first, second = take(watch, 2)
    assert isinstance(first.error, LibraryLocked) and "is indexing into" in str(first.error)
    assert (first.changed, second.changed) == (True, False)
    assert site.paths() == []
    (third,) = take(watch)
    assert third.report and len(third.report.added) == 1


def test_a_damaged_library_ends_the_watch(tmp_path: Path, site: Website, encoder: Encoder) -> None:
    (tmp_path / "library.sqlite3").write_bytes(b"not a database" * 1000)
    with pytest.raises(LibraryDamaged):
        take(rounds(tmp_path, Plan((), (site.url("/a"),), 0.1, unbounded=True), visitor, encoder))


def test_a_watch_that_is_started_again_asks_only_for_what_changed(
    tmp_path: Path, site: Website, encoder: Encoder
) -> None:
    plan = Plan((), (site.url("/a"),), 0.1, unbounded=True)
    for _ in range(2):
        (found,) = take(rounds(tmp_path / "library", plan, visitor, encoder))
    assert found.report and len(found.report.unchanged) == 1 and not found.changed
    assert site.asked[-1][2]["if-none-match"] == '"a"'


# -- the command ----------------------------------------------------------------------------------------------------------


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "qa.cli", "watch", *arguments],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background jobs ignore it
    )  # fmt: skip


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_watch_at_once(tmp_path: Path, site: Website, number: signal.Signals) -> None:
    running = start(
        site.url("/a"), "--allow-private", "--every", "1h", "--json", "--library", str(tmp_path / "library")
    )
    assert running.stdout is not None
    line = json.loads(running.stdout.readline())
    assert len(line["added"]) == 1 and line["at"]
    began = time.monotonic()
    running.send_signal(number)
    out, error = running.communicate(timeout=30)
    assert running.returncode == 0 and time.monotonic() - began < 5
    assert (out, error) == ("", "Watching 1 address every 1 hour; Ctrl-C stops.\n")
    assert Library(tmp_path / "library").check() == []


def test_once_is_one_round_with_the_exit_code_of_index(tmp_path: Path, site: Website) -> None:
    library = ("--allow-private", "--library", str(tmp_path / "library"))
    done = footnote("watch", site.url("/a"), "--once", *library)
    assert done.returncode == 0 and done.stdout.endswith("  1 added\n") and done.stderr == ""
    again = footnote("watch", site.url("/a"), "--once", *library)
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    assert footnote("watch", site.url("/none"), "--once", *library).returncode == 1
    with FileLock(tmp_path / "library" / "lock"):
        locked = footnote("watch", site.url("/a"), "--once", *library)
    assert locked.returncode == 4 and "is indexing into" in locked.stderr and locked.stderr.count("\n") == 1


@pytest.mark.parametrize("arguments", [["-"], ["a.txt", "--every", "soon"], ["a.txt", "--every", "0m"], []])
def test_a_watch_that_cannot_be_is_wrong_usage(arguments: list[str]) -> None:
    done = footnote("watch", *arguments)
    assert done.returncode == 2 and "Traceback" not in done.stderr


def test_the_help_has_examples() -> None:
    done = footnote("watch", "--help")
    assert done.returncode == 0 and "examples:\n  footnote watch articles/" in done.stdout
