"""The chat as it is felt: python -m bench.chat_page [--questions N] [--turns N] [--people N] [--rounds N] [--json FILE]

(a) From the moment the first sentence of an answer is ready in the server to the moment it is painted; both by this
    machine's clock. The server notes the one, the page (a MutationObserver, then the frame after it) the other.
(b) A conversation of many turns against one of a single turn: the time of a frame while scrolling, and the time to
    stream an answer. The turns are written into the history beforehand; the answers are scripted, so that only the page
    is measured.
(c) Many people at once, each with a browser session and questions that nobody else asks: the time of a whole answer,
    over HTTP as the page asks, and whether anybody's conversation holds what another asked.

(a) and (c) are over the sample articles with the real Assistant. Needs a Chromium; takes 5 minutes on a quiet machine.
Not called bench/page.py: beside other benchmarks that would hide the package `page`.
"""

from __future__ import annotations

import argparse
import json
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

import app
from bench.speed import figure
from page.desk import Job
from page.guard import COOKIE
from page.history import History
from page.text import esc
from page.types import Exchange
from qa.types import Answer, Settings
from tests.browser.conftest import FLAGS, chromium, served
from tests.browser.scripted import Scripted

ROOT = Path(__file__).parents[1]
SEEDS = ROOT / "seeds"
BEAT = 0.1  # seconds between the sentences of a scripted answer
SCROLLED = 3.0  # seconds
REPEATS = 5  # of what is compared in (b)
AS_WELL = 1.2  # times as long counts as alike
STARTED = "READY "  # what the server prints before the question and the time of its first sentence
# The page notes when the first sentence of each question was painted: in the frame after the one it was put into.
WATCH = """() => { window.painted = {}; new MutationObserver(() => {
  const question = document.querySelector('#live .question')?.textContent;
  if (!document.querySelector('#live .sentence') || question in window.painted) return;
  window.painted[question] = 0;
  requestAnimationFrame(() => setTimeout(() => {
    window.painted[question] = (performance.timeOrigin + performance.now()) / 1000; }, 0));
}).observe(document.getElementById('live'), { childList: true, subtree: true }); }"""
SCROLL = """seconds => new Promise(done => {
  const frames = []; let last = performance.now(), way = -1; const end = last + 1000 * seconds;
  const step = now => {
    frames.push(now - last); last = now;
    const before = scrollY;
    scrollBy({ top: 40 * way, behavior: 'instant' });
    if (scrollY === before) way = -way;
    now < end ? requestAnimationFrame(step) : done(frames.slice(2)); };
  requestAnimationFrame(step); })"""

Figures = Iterator[tuple[str, dict[str, object]]]


def main() -> int:
    options = arguments()
    if options.serve:
        return serve(options.serve)
    rows = map(json.loads, (SEEDS / "questions.jsonl").read_text("utf-8").splitlines())
    questions = [row["question"] for row in rows if row["answerable"] and not row.get("history")]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium(), args=FLAGS)
        figures = dict(measure(Path(folder), browser, questions, options))
        browser.close()
    if options.json:
        Path(options.json).write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    missed = [name for name, one in figures.items() if not one["reached"]]
    print(f"missed: {', '.join(missed)}" if missed else "all reached")
    return 0


def measure(folder: Path, browser: Browser, questions: list[str], options: argparse.Namespace) -> Figures:
    """All three."""
    library = folder / "library"
    command = [sys.executable, "-m", "qa.cli", "index", str(SEEDS / "articles"), "--library", str(library)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    parts = options.part or ("people", "paint", "turns")
    if "people" in parts:
        with served("-m", "qa.cli", "serve", "--library", str(library), "--port", "0") as url:
            yield from at_once(url, questions, options.people, options.rounds)
    if "paint" in parts:
        yield from first_paint(library, browser, questions[: options.questions])
    if "turns" in parts:
        yield from long_conversation(folder / "long", browser, options.turns)


# -- (a) from the server to the eye -----------------------------------------------------------------------------------


def serve(library: Path) -> int:
    """`footnote serve`, but it prints when the first sentence of each question is there."""
    grow = Job.grow

    def noted(job: Job, answer: Answer) -> bool:
        first = bool(answer.sentences) and not job.exchange.answer.sentences
        now = time.time()
        goes_on = grow(job, answer)
        if first:
            print(f"{STARTED}{json.dumps([job.exchange.question, now])}", flush=True)
        return goes_on

    Job.grow = noted  # type: ignore[method-assign]
    return app.serve(Settings(library=str(library)), port=0)


def first_paint(library: Path, browser: Browser, questions: Sequence[str]) -> Figures:
    """Milliseconds from a first sentence to its paint."""
    command = [sys.executable, "-m", "bench.chat_page", "--serve", str(library)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        url = next(line for line in server.stdout if "http://" in line).split()[3]
        page = browser.new_page()
        open_chat(page, url)
        page.evaluate(WATCH)
        for question in questions:
            ask(page, question)
        painted = page.evaluate("window.painted")
        page.close()
        server.terminate()
        ready = dict(json.loads(line.removeprefix(STARTED)) for line in server.stdout if line.startswith(STARTED))
    both = [question for question in questions if painted.get(question) and question in ready]
    took = [1000 * (painted[question] - ready[question]) for question in both]
    yield figure("answers whose first paint was seen", len(took), at_least=1)
    yield figure("first sentence to first paint, p50, ms", statistics.median(took))
    yield figure("first sentence to first paint, p95, ms", float(np.percentile(took, 95)), at_most=150)


# -- (b) many turns ---------------------------------------------------------------------------------------------------


def long_conversation(folder: Path, browser: Browser, turns: int) -> Figures:
    """The last of many turns against the first, over scripted answers."""
    folder.mkdir()
    before, short, long = (secrets.token_urlsafe(24) for _ in range(3))
    write_turns(folder, {before: 1, short: 1, long: turns - 1})
    with served("-m", "tests.browser.scripted", str(folder), "--beat", str(BEAT)) as url:
        feel(browser, url, before)  # until server and browser have warmed up
        first, last = feel(browser, url, short), feel(browser, url, long)
    for name, key in [("a frame while scrolling, p95", "frame"), ("an answer, from Enter to its end", "answer"),
                      ("opening the page", "open")]:  # fmt: skip
        yield figure(f"{name}, first turn, ms", first[key])
        yield figure(f"{name}, turn {turns}, ms", last[key])
        most = None if key == "open" else AS_WELL
        yield figure(f"{name}, turn {turns} to the first, ratio", last[key] / first[key], at_most=most)


def write_turns(folder: Path, conversations: dict[str, int]) -> None:
    """Conversations as they would have been kept, by session."""
    history, assistant = History(folder / "conversations.sqlite"), Scripted(beat=0)
    answer = list(assistant.stream("When did the harbour bridge reopen?"))[-1]
    for session, count in conversations.items():
        for number in range(count):
            history.add(session, Exchange(f"{answer.question[:-1]}, asked the {number + 1}. time?", answer))
    history.close()


def feel(browser: Browser, url: str, session: str) -> dict[str, float]:
    """Medians over a few answers at the end of a conversation, in milliseconds."""
    context = browser.new_context(viewport={"width": 1280, "height": 500})
    context.add_cookies([{"name": COOKIE, "value": session, "url": url}])
    page = context.new_page()
    began = time.perf_counter()
    open_chat(page, url, "#live .turn")
    opened = 1000 * (time.perf_counter() - began)
    ask(page, "What did the repairs cost?")  # the first one also finds out what need not be found out again
    answers, frames = [], []
    for _ in range(REPEATS):
        began = time.perf_counter()
        ask(page, "What did the repairs cost?")
        answers.append(1000 * (time.perf_counter() - began))
        frames.append(float(np.percentile(page.evaluate(SCROLL, SCROLLED), 95)))
    context.close()
    return {"open": opened, "answer": statistics.median(answers), "frame": statistics.median(frames)}


# -- (c) many people --------------------------------------------------------------------------------------------------


def at_once(url: str, questions: Sequence[str], people: int, rounds: int) -> Figures:
    """Seconds of whole answers while everybody asks at once, and whether they stay apart."""
    clients = [Person(url) for _ in range(people)]
    clients[0].ask("How long is the Ever Given?")  # until the models are there
    asked: list[list[str]] = [[] for _ in clients]
    took: list[float] = []
    with ThreadPoolExecutor(people) as pool:
        for turn in range(rounds):
            mine = [questions[(turn * people + number) % len(questions)] for number in range(people)]
            took += pool.map(lambda pair: pair[0].ask(pair[1]), zip(clients, mine, strict=True))
            for own, question in zip(asked, mine, strict=True):
                own.append(question)
    yield figure(f"{people} people at once, whole answer, p50, seconds", statistics.median(took))
    yield figure(f"{people} people at once, whole answer, p95, seconds", float(np.percentile(took, 95)), at_most=3)
    wrong = sum(not client.holds_only(own, questions) for client, own in zip(clients, asked, strict=True))
    yield figure("conversations that miss a question or hold another's", wrong, at_most=0)


class Person:
    """A browser session that asks as the page does, without the page."""

    def __init__(self, url: str) -> None:
        self.client = httpx.Client(base_url=url, timeout=120)
        self.client.get("/").raise_for_status()
        config = self.client.get("/config").json()
        boxes = {one["id"] for one in config["components"] if one["props"].get("elem_id") == "question"}
        self.asking = next(one["id"] for one in config["dependencies"] if set(one["inputs"][:1]) & boxes)

    def ask(self, question: str) -> float:
        """Seconds to the end of the answer."""
        began, page = time.perf_counter(), secrets.token_hex(6)
        data = {"data": [question, [], "", "", 0, ""], "fn_index": self.asking, "session_hash": page}
        self.client.post("/gradio_api/queue/join", json=data).raise_for_status()
        with self.client.stream("GET", "/gradio_api/queue/data", params={"session_hash": page}) as stream:
            for line in stream.iter_lines():
                event: dict[str, Any] = json.loads(line.removeprefix("data:")) if line.startswith("data:") else {}
                if event.get("msg") == "process_completed":
                    if not event["success"]:
                        raise RuntimeError(f"{question}: {event['output']}")
                    return time.perf_counter() - began
        raise RuntimeError(f"{question}: the stream ended early")

    def holds_only(self, own: Sequence[str], every: Sequence[str]) -> bool:
        """Is the kept conversation made of one's own questions, all of them, and nobody else's?"""
        kept = self.client.get("/export/html").text
        found = {question for question in every if f">{esc(question)}</h2>" in kept}
        return found == set(own)


# -- the page ---------------------------------------------------------------------------------------------------------


def open_chat(page: Page, url: str, there: str = "button.example >> visible=true") -> None:
    page.goto(url)
    page.wait_for_selector("#question textarea", timeout=60_000)
    page.wait_for_selector(there, timeout=60_000)
    page.wait_for_function("/articles?$/.test(document.getElementById('readiness')?.textContent ?? '')", timeout=60_000)


def ask(page: Page, question: str) -> None:
    asked = page.locator(".turn").count()
    page.fill("#question textarea", question)
    page.keyboard.press("Enter")
    page.wait_for_function(f"document.querySelectorAll('.turn').length > {asked}")
    # every frame; wait_for_selector would look only now and then
    page.wait_for_function("document.querySelector('#live .turn')?.dataset.state === 'done'", timeout=60_000)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure the chat in a real browser and under many people.")
    parser.add_argument("--part", choices=("people", "paint", "turns"), action="append", help="only this (all three)")
    parser.add_argument("--questions", type=int, default=40, help="whose first paint is looked at (40)")
    parser.add_argument("--turns", type=int, default=200, help="of the long conversation (200)")
    parser.add_argument("--people", type=int, default=10, help="who ask at once (10)")
    parser.add_argument("--rounds", type=int, default=6, help="questions that each of them asks (6)")
    parser.add_argument("--json", help="write the figures to this file too")
    parser.add_argument("--serve", type=Path, metavar="LIBRARY", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
