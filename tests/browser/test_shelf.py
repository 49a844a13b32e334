"""What a person sees and does on the library page, without script, in a real browser over a real library."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from indexes.build import build
from indexes.library import Library
from page.site import Site
from tests.browser.conftest import Window
from tests.browser.scripted import ATTACK, HARBOUR_TEXT, Scripted
from tests.browser.states import bare

pytestmark = pytest.mark.browser

WIDTH = "document.documentElement.scrollWidth <= innerWidth"
QUIET = {"java_script_enabled": False}
CONTRAST = """() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const light = (colour) => {
    canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((c) => c / 255).map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (one) => { for (; one; one = one.parentElement) { const c = getComputedStyle(one).backgroundColor; if (c !== 'rgba(0, 0, 0, 0)') return c; } };
  const ratio = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  const seen = [...document.querySelectorAll('h1, h2, p, a, label, input, select, button, summary, dt, dd, .new')].filter((one) => one.offsetWidth);
  return Math.min(...seen.map((one) => ratio(light(getComputedStyle(one).color), light(ground(one)))));
}"""

Open = Callable[..., Window]


@pytest.fixture
def served_library(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """An address, and the library behind it: two written articles, one of them hostile."""
    records = [
        {"id": "north/harbour-1", "title": "Harbour bridge reopens", "author": "Ines Okafor", "published": "2023-05-11",
         "source": "The Northern Post", "url": "https://example.org/harbour", "text": HARBOUR_TEXT},
        {"id": "evil", "title": f"Title {ATTACK}", "author": ATTACK, "source": f"Source {ATTACK}", "url": "javascript:alert(8)",
         "text": f"The hostile article. {ATTACK} " + "x" * 400},
    ]  # fmt: skip
    file = tmp_path / "articles.jsonl"
    file.write_text("\n".join(map(json.dumps, records)))
    build(tmp_path / "library", [file])
    site = Site(Scripted, None, "127.0.0.1")
    site.assistant = Scripted()
    site.assistant.library = Library(tmp_path / "library")  # type: ignore[assignment]
    with bare(site) as served:
        yield served.url, tmp_path / "library"


def go(window: Open, url: str, path: str, **options: Any) -> Any:
    page = window(url, **{**QUIET, **options}).page
    page.goto(url + path)
    return page


def test_a_person_finds_an_article_by_keyboard_alone_and_without_script(
    window: Open, served_library: tuple[str, Path]
) -> None:
    page = go(window, served_library[0], "/articles")
    assert page.inner_text(".shelf > .byline") == "2 articles"
    page.focus(".masthead a")
    for _ in range(4):  # the other ways, then the words
        page.keyboard.press("Tab")
    page.keyboard.type("bicycles")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=bicycles*")
    assert page.inner_text(".shelf > .byline").startswith("1 of 2 articles")
    page.focus(".list a")
    page.keyboard.press("Enter")
    page.wait_for_url("**/article/north%2Fharbour-1")
    assert page.inner_text("h1") == "Harbour bridge reopens"


def test_a_person_corrects_removes_and_brings_back(window: Open, served_library: tuple[str, Path]) -> None:
    url, folder = served_library
    page = go(window, url, "/article/north%2Fharbour-1")
    page.focus("summary")
    page.keyboard.press("Enter")
    page.fill("input[name=title]", "The bridge is open")
    page.keyboard.press("Enter")
    page.wait_for_selector(".done")
    assert (page.inner_text("h1"), page.inner_text(".done")) == ("The bridge is open", "Saved.")
    page.click("text=Remove this article")
    page.wait_for_selector(".undo")
    assert "The bridge is open was removed" in page.inner_text(".undo") and Library(folder).counts()[0] == 1
    page.click("text=Bring it back")
    page.wait_for_selector(".done")
    assert page.inner_text("h1") == "The bridge is open" and Library(folder).counts()[0] == 2


def test_passages_lead_to_their_words(window: Open, served_library: tuple[str, Path]) -> None:
    page = go(window, served_library[0], "/article/north%2Fharbour-1/passages")
    words = page.inner_text(".passages li p[dir]")
    page.click(".passages li a")
    page.wait_for_selector("mark#hit")
    assert "".join(page.locator("mark").all_inner_texts())[:40] == words[:40]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 768, 1920])
def test_it_fits_and_can_be_read_at_every_width_in_light_and_dark(
    window: Open, served_library: tuple[str, Path], width: int, scheme: str
) -> None:
    seen = window(served_library[0], viewport={"width": width, "height": 800}, color_scheme=scheme)
    for path in (
        "/articles",
        "/articles?q=moon",
        "/article/evil",
        "/article/north%2Fharbour-1",
        "/article/evil/passages",
    ):
        seen.page.goto(seen.url + path)
        if summary := seen.page.query_selector("summary"):
            summary.click()
        assert seen.page.evaluate(WIDTH), path
        assert seen.page.evaluate(CONTRAST) >= 4.5, path


def test_a_hostile_article_does_nothing_and_sends_nothing(window: Open, served_library: tuple[str, Path]) -> None:
    seen = window(served_library[0])
    for path in (
        "/articles",
        "/article/evil",
        "/article/evil/passages",
        "/articles?q=%3Cscript%3Ealert(1)%3C/script%3E",
    ):
        seen.page.goto(seen.url + path)
        assert seen.page.locator("script, img, svg, iframe, form[action^=http]").count() == 0, path
    seen.page.goto(seen.url + "/article/evil")
    seen.page.click("summary")
    assert seen.page.locator('a[href^="javascript"]').count() == 0
    seen.page.click("text=Remove this article")
    seen.page.wait_for_selector(".undo")
    assert "<script>alert(1)</script>" in seen.text(".undo")
