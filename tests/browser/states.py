"""Every state the page can be in, each with the way there: what is checked for all states is checked over these.

    CHAT, SHELF, FILES      name → way; `places` serves what they need

A way is given a fresh window and leaves it in the state. Knows nothing of what is checked.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from app import bind
from indexes.build import Progress, build
from indexes.library import Library
from page.errand import Errand
from page.site import Site
from qa.evaluation.report import write_report
from qa.evidence import Exported
from qa.export import html
from tests.browser.conftest import Window
from tests.browser.scripted import ATTACK, HARBOUR, HARBOUR_TEXT, Scripted
from tests.test_eval_report import ABOUT, system

Way = Callable[[Window], None]
LONG = "Tell me slowly: when did the harbour bridge reopen?"


# -- the chat, over the scripted assistant ----------------------------------------------------------------------------


def empty(seen: Window) -> None:
    seen.open()
    seen.page.wait_for_selector("button.example >> nth=3")


def answer(seen: Window) -> None:
    seen.open()
    seen.ask("When did the harbour bridge reopen?")


def panel(seen: Window) -> None:
    answer(seen)
    seen.page.click("#live .prose .mark >> nth=1")
    seen.page.wait_for_selector(".panel[data-open=true] mark#hit")


def panel_last(seen: Window) -> None:
    """The last citation: there is no next one."""
    answer(seen)
    seen.page.click("#live .prose .mark >> nth=2")
    seen.page.wait_for_selector(".panel .steps button:disabled >> nth=0")
    seen.page.wait_for_selector(".panel[data-open=true] >> text=3 of 3")


def preview(seen: Window) -> None:
    answer(seen)
    seen.page.hover("#live .prose .mark >> nth=1")
    seen.page.wait_for_selector("#preview", state="visible")


def growing(seen: Window) -> None:
    seen.open()
    seen.ask(LONG, wait=False)
    seen.page.wait_for_selector("#live .sentence")


def refusal(seen: Window) -> None:
    seen.open()
    seen.ask("What about the moon?")


def trouble(seen: Window) -> None:
    seen.open()
    seen.ask("error in the middle")


def filters(seen: Window) -> None:
    seen.open()
    seen.page.click("#filters > button")
    seen.page.click("#sources input")
    seen.page.click("#sources [role=option] >> nth=0")
    seen.page.keyboard.press("Escape")
    seen.page.wait_for_selector("#dates textarea >> visible=true")


def wrong_date(seen: Window) -> None:
    filters(seen)
    seen.page.fill("#dates textarea >> nth=0", "soon")
    seen.page.fill("#question textarea", "When did it reopen?")
    seen.page.press("#question textarea", "Enter")
    seen.page.wait_for_selector("#notice .notice")


def narrowed(seen: Window) -> None:
    seen.open("/?article=north%2Fharbour-1")
    seen.page.wait_for_selector("#narrowed .only")
    seen.ask("What did articles from May 2023 say of the cost?")
    seen.page.wait_for_selector("#live .drop")


def follow_up(seen: Window) -> None:
    answer(seen)
    seen.ask("And what did it cost?")
    seen.page.wait_for_selector("#live .suggestion")


def thumb(seen: Window) -> None:
    answer(seen)
    seen.page.click("#live .thumb[data-thumb=down]")
    seen.page.wait_for_selector("#live .right")


def link(seen: Window) -> None:
    answer(seen)
    seen.page.click("#live a[data-link]")
    seen.page.wait_for_selector("#live .linked")


def model(seen: Window) -> None:
    seen.open()
    seen.ask("What does the model say of the bridge?")
    seen.page.click("#live .left-out summary")


def hostile(seen: Window) -> None:
    seen.open()
    seen.ask(f"Tell me of the hostile one {ATTACK}")


def conversations(seen: Window) -> None:
    answer(seen)
    seen.page.click("#new")
    seen.page.wait_for_selector("button.example >> visible=true")
    seen.ask("What did the repairs cost?")
    seen.page.goto(seen.url + "/conversations")
    seen.page.click(".talks summary >> nth=0")


def conversation_gone(seen: Window) -> None:
    answer(seen)
    seen.page.goto(seen.url + "/conversations")
    seen.page.click(".talks .remove button")
    seen.page.wait_for_selector(".undo")


def all_to_be_deleted(seen: Window) -> None:
    answer(seen)
    seen.page.goto(seen.url + "/conversations/delete")


def one_answer(seen: Window) -> None:
    seen.open()
    seen.ask("What does the model say of the bridge?")
    seen.page.goto(seen.url + str(seen.page.get_attribute("#live a[data-link]", "href")))
    seen.page.wait_for_selector(".told .prose")


def one_refusal(seen: Window) -> None:
    refusal(seen)
    seen.page.goto(seen.url + str(seen.page.get_attribute("#live a[data-link]", "href")))
    seen.page.wait_for_selector(".told .refusal")


def cited_article(seen: Window) -> None:
    answer(seen)
    seen.page.goto(seen.url + str(seen.page.get_attribute("#live .prose .mark", "href")))
    seen.page.wait_for_selector(".steps")


CHAT: dict[str, Way] = {
    way.__name__: way
    for way in (
        empty, answer, panel, panel_last, preview, growing, refusal, trouble, filters, wrong_date, narrowed, follow_up, thumb, link, model,
        hostile, conversations, conversation_gone, all_to_be_deleted, one_answer, one_refusal, cited_article,
    )
}  # fmt: skip


# -- before there is a model, or a chat -------------------------------------------------------------------------------


def starting(seen: Window) -> None:
    seen.page.goto(seen.url)
    seen.page.wait_for_selector("text=Footnote is starting")


def failed(seen: Window) -> None:
    seen.page.wait_for_selector("text=There is no library here")


def loading(seen: Window) -> None:
    seen.open()
    seen.page.wait_for_selector("#readiness[data-state=loading]")
    seen.ask("When did the harbour bridge reopen?", wait=False)
    seen.page.wait_for_selector("text=Waiting for the reading model…")


# -- the library and what is added to it, without the chat --------------------------------------------------------------


def shelf(path: str, then: Way = lambda seen: None) -> Way:
    def way(seen: Window) -> None:
        seen.page.goto(seen.url + path)
        then(seen)

    return way


def edit(seen: Window) -> None:
    seen.page.click("summary")
    seen.page.wait_for_selector(".change input[name=title]")


def undo(seen: Window) -> None:
    if seen.page.locator(".undo").count():
        return  # removed by an earlier test
    seen.page.goto(seen.url + "/article/gone")
    edit(seen)
    seen.page.click("text=Remove this article")
    seen.page.wait_for_selector(".undo")


def nothing_to_add(seen: Window) -> None:
    seen.page.evaluate("document.querySelector('form.text textarea').required = false")
    seen.page.click("form.text button")
    seen.page.wait_for_selector(".trouble")
    refused(seen)


def refused(seen: Window) -> None:
    """The refusal is what was wanted here, so the browser's line about it is no fault."""
    seen.page.wait_for_timeout(100)
    seen.faults[:] = [fault for fault in seen.faults if "status of 4" not in fault]


SHELF: dict[str, Way] = {
    "list": shelf("/articles"),
    "list_found": shelf("/articles?q=bicycles"),
    "list_nothing": shelf("/articles?q=zebra"),
    "article": shelf("/article/north%2Fharbour-1"),
    "article_hostile": shelf("/article/evil"),
    "passages": shelf("/article/north%2Fharbour-1/passages"),
    "edit": shelf("/article/north%2Fharbour-1", edit),
    "undo": shelf("/articles", undo),
    "not_here": shelf("/article/nowhere", refused),
    "add": shelf("/add"),
    "add_wrong": shelf("/add", nothing_to_add),
    "add_progress": shelf("/add/at-work"),
    "add_report": shelf("/add/over"),
}


# -- files that are opened from the disk ------------------------------------------------------------------------------


def evidence(folder: Path) -> Path:
    """An answer and a refusal, as they are exported."""
    assistant = Scripted(beat=0)
    told = [list(assistant.stream(question))[-1] for question in ("What did the repairs cost?", "What about the moon?")]
    rows = [Exported(one.question, "2026-11-25T14:03:00+00:00", one, {HARBOUR.id: HARBOUR}) for one in told]
    file = folder / "evidence.html"
    file.write_text(html(rows, title="The bridge", library="0123abcd", settings={"Sentences": "4"}), encoding="utf-8")
    return file


def report(folder: Path) -> Path:
    """An evaluation of two systems."""
    write_report(folder, [system("footnote"), system("bm25")], ABOUT)
    return folder / "report.html"


def report_open(seen: Window) -> None:
    seen.page.goto(seen.url)
    seen.page.get_by_role("button", name="Open these").click()
    seen.page.wait_for_selector(".row .result")


FILES: dict[str, tuple[Callable[[Path], Path], Way]] = {
    "evidence": (evidence, lambda seen: seen.page.goto(seen.url)),
    "report": (report, report_open),
}


# -- what serves them -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Served:
    """A site of this process, without Gradio."""

    site: Site
    url: str


@contextlib.contextmanager
def bare(site: Site) -> Iterator[Served]:
    """The site on a free port, with nothing behind it coming up."""
    listener = bind("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(site.app, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    try:
        yield Served(site, f"http://127.0.0.1:{listener.getsockname()[1]}")
    finally:
        server.should_exit = True
        thread.join(10)


def with_library(folder: Path) -> Site:
    """A site over a library on disk, with an errand at work that never ends and one that is over."""
    records: list[dict[str, Any]] = [
        {"id": "north/harbour-1", "title": "Harbour bridge reopens", "author": "Ines Okafor", "published": "2023-05-11",
         "source": "The Northern Post", "url": "https://example.org/harbour", "text": HARBOUR_TEXT},
        {"id": "evil", "title": f"Title {ATTACK}", "author": ATTACK, "source": f"Source {ATTACK}", "text": f"Hostile. {ATTACK}"},
        {"id": "gone", "title": "An article to be removed", "text": "Somebody removes this one in every test."},
    ]  # fmt: skip
    file = folder / "articles.jsonl"
    file.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    made = build(folder / "library", [file])
    site = Site(Scripted, None, "127.0.0.1")
    assistant: Any = Scripted()
    assistant.library = Library(folder / "library")
    site.assistant = assistant
    over = Errand(folder / "library", ["articles.jsonl"], refused=[("a.exe", "not a kind that can be read")], id="over")
    over.state, over.report = "done", made
    work = Errand(folder / "library", ["news.jsonl", "tugs.pdf"], id="at-work", state="running")
    work.tell(Progress("fetch", 3, 12))
    site.bring.errands._known |= {one.id: one for one in (over, work)}
    return site
