"""A real Chromium, a real server, and a log of everything the browser asked of the network."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run",
]  # fmt: skip


def chromium() -> str | None:
    """The browser named by CHROMIUM, or the first one that is installed."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    places = [os.environ.get("CHROMIUM"), "/usr/bin/chromium", *map(shutil.which, names)]
    return next((place for place in places if place and Path(place).is_file()), None)


def missing(reason: str) -> None:
    """Skip where a person works without it; fail where the checks run."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    place = chromium()
    if place is None:
        missing("no Chromium found; install one or name it in CHROMIUM")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=place, args=FLAGS)
        yield running
        running.close()


@contextlib.contextmanager
def served(*command: str, patience: float = 90) -> Iterator[str]:
    """A server as a process of its own; yields its address once the chat page is there."""
    process = subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    drain = None
    try:
        assert process.stdout
        found = next((m for line in process.stdout if (m := re.search(r"http://\S+", line))), None)
        assert found, "the server printed no address"
        drain = threading.Thread(target=process.stdout.read, daemon=True)
        drain.start()
        wait_for_chat(found.group(0), patience)
        yield found.group(0)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


def wait_for_chat(url: str, patience: float) -> None:
    end = time.monotonic() + patience
    while b"gradio-app" not in urllib.request.urlopen(url, timeout=10).read():
        assert time.monotonic() < end, "the chat page did not come up"
        time.sleep(0.3)


@pytest.fixture(scope="session")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page over two written articles, one of them hostile, with slow answers."""
    with served("-m", "tests.browser.scripted", str(tmp_path_factory.mktemp("scripted")), "--beat", "0.15") as url:
        yield url


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of the sample articles, made with the command line as a person would."""
    seeds = ROOT / "seeds" / "articles"
    if not seeds.is_dir():
        missing("there are no sample articles to index")
    folder = tmp_path_factory.mktemp("real") / "library"
    command = [sys.executable, "-m", "qa.cli", "index", str(seeds), "--library", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="session")
def real(library: Path) -> Iterator[str]:
    """The real thing, as `footnote serve` runs it."""
    with served("-m", "qa.cli", "serve", "--library", str(library), "--port", "0") as url:
        yield url


@dataclass
class Window:
    """A page with everything it did wrong."""

    page: Any
    url: str
    faults: list[str] = field(default_factory=list)

    def open(self, path: str = "/") -> Any:
        self.page.goto(self.url + path)
        box = self.page.wait_for_selector("#question textarea", timeout=60_000)
        self.page.wait_for_selector("#live .turn, button.example >> visible=true", timeout=60_000)
        return box

    def ask(self, question: str, wait: bool = True) -> None:
        asked = self.page.locator(".turn").count()
        self.page.fill("#question textarea", question)
        self.page.keyboard.press("Enter")
        self.page.wait_for_function(f"document.querySelectorAll('.turn').length > {asked}")
        if wait:
            self.done()

    def done(self) -> None:
        self.page.wait_for_selector("#live .turn[data-state=done]", timeout=60_000)

    def text(self, selector: str) -> str:
        return str(self.page.inner_text(selector)).replace("\u2060", "")

    def choose(self, source: str) -> None:
        """Take a source in the filters; they stay open."""
        self.page.click("#filters > button")
        self.page.click("#sources input")
        self.page.click(f"text={source}")
        self.page.keyboard.press("Escape")


def squeezed(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture
def window(browser: Any) -> Iterator[Callable[..., Window]]:
    """Opens windows; afterwards none may have left this machine, complained, or shown a dialog."""
    opened: list[Window] = []
    contexts = []

    def make(url: str, **options: Any) -> Window:
        context = browser.new_context(**{"viewport": {"width": 1400, "height": 900}, **options})
        contexts.append(context)
        opened.append(watch(context.new_page(), url))
        return opened[-1]

    yield make
    for context in contexts:
        context.close()
    assert [fault for each in opened for fault in each.faults] == []


def grave(message: Any) -> bool:
    """An error, but for what Gradio says when its page is left in the middle of an answer."""
    return message.type == "error" and not re.search("signal is aborted|errored out", message.text)


def watch(page: Any, url: str) -> Window:
    seen = Window(page, url)
    local = (url, "data:", "blob:")

    def complain(message: Any) -> None:
        if grave(message):
            seen.faults.append(f"console: {message.text} {message.location.get('url', '')}")

    def dialog(shown: Any) -> None:
        seen.faults.append(f"dialog: {shown.message}")
        shown.dismiss()

    page.on("request", lambda r: None if r.url.startswith(local) else seen.faults.append(f"request: {r.url}"))
    page.on("console", complain)
    page.on("pageerror", lambda e: seen.faults.append(f"error: {e}"))
    page.on("dialog", dialog)
    return seen
