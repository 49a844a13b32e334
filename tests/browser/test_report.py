"""What a person sees and does in an evaluation's report.html, opened from the disk in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from qa.evaluation.report import write_report
from tests.browser.conftest import Window, watch
from tests.test_eval_report import ABOUT, ATTACK, Scored, row, system

pytestmark = pytest.mark.browser

WIDTH = "document.documentElement.scrollWidth <= innerWidth"
CONTRASTS = """() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const light = (colour) => {
    canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((c) => c / 255).map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  const paper = light(getComputedStyle(document.documentElement).backgroundColor);
  const least = (selector, property) => Math.min(...[...document.querySelectorAll(selector)].map((one) => ratio(light(getComputedStyle(one)[property]), paper)));
  return { ink: least('h1, th, td b, .asked, .answer, blockquote', 'color'), soft: least('.interval, figcaption, .meta, .chip, dt, .ranks', 'color'),
    letters: least('svg text', 'fill'), marks: least('svg use[style*="series"]', 'stroke') };
}"""

Open = Callable[..., Window]


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Open]:
    """Writes a report and opens it from the disk; afterwards nothing may have left the page or complained."""
    windows: list[Window] = []

    def make(scored: list[Scored], fragment: str = "", **options: Any) -> Window:
        write_report(tmp_path, scored, ABOUT)
        url = (tmp_path / "report.html").as_uri()
        context = browser.new_context(**{"viewport": {"width": 1200, "height": 900}, **options})
        windows.append(watch(context.new_page(), url))
        windows[-1].page.goto(url + fragment)
        return windows[-1]

    yield make
    for each in windows:
        each.page.context.close()
    assert [fault for each in windows for fault in each.faults] == []


def three() -> list[Scored]:
    """footnote and bm25 alike, and one that has everything wrong; two kinds of question."""
    names = [row(n, kind="name", correct=True) for n in range(16, 21)]
    wrong = tuple(row(n) for n in range(1, 16))
    good, other = system("footnote"), system("bm25")
    good = Scored("footnote", (*good.rows, *names), good.summary, {**good.kinds, "name": good.kinds["fact"]})
    return [good, other, Scored("worst", wrong, good.summary, {})]


# In one look: between two of them the page may go on.
COUNTED = """() => ({ text: document.getElementById('count').textContent,
  shown: [...document.querySelectorAll('.row')].filter((one) => one.checkVisibility()).length })"""


def count(seen: Window) -> str:
    found: dict[str, Any] = seen.page.evaluate(COUNTED)
    assert found["text"].startswith(f"{found['shown']} of ")
    return str(found["text"])


def test_it_is_there_without_a_script(opened: Open) -> None:
    seen = opened(three(), java_script_enabled=False)
    assert "footnote: 14 of 20 questions right" in seen.text("h1")
    assert seen.page.locator("table").count() == 5 and seen.page.locator("figure svg").count() == 5
    assert seen.page.locator("#filter").is_hidden() and "report.json" in seen.text("noscript")


def test_questions_are_narrowed_by_verdict_kind_system_and_words(opened: Open) -> None:
    seen = opened(three())
    page = seen.page
    assert count(seen) == "20 of 20 questions"
    page.get_by_role("combobox", name="Verdict").select_option("should have refused")
    assert count(seen) == "1 of 20 questions"
    page.get_by_role("combobox", name="Verdict").select_option("right")
    page.get_by_role("combobox", name="System").select_option(label="worst")
    assert count(seen) == "0 of 20 questions"
    page.get_by_role("combobox", name="System").select_option(label="footnote")
    assert count(seen) == "13 of 20 questions"
    assert page.locator(".row:visible .chip:visible").count() == 13
    page.get_by_role("combobox", name="Kind").select_option("name")
    page.get_by_label("Words").fill("Bridge/17 BUILT")
    assert count(seen) == "1 of 20 questions"
    page.get_by_role("button", name="Clear").click()
    assert count(seen) == "20 of 20 questions"


def test_a_question_opens_with_the_keyboard_and_shows_all_of_it(opened: Open) -> None:
    seen = opened(three())
    seen.page.locator("summary").first.focus()
    seen.page.keyboard.press("Enter")
    body = seen.text(".row[open] .body")
    for expected in ("Asked after", "Which bridge?", "in 1901", "from 10", "It was built then.", "A bridge", "bridge/1 · 10–28",
                     "confidence 0.05 · 200 ms", "passage 3 (before reading: not among the ten) · article 1"):  # fmt: skip
        assert expected in body
    assert seen.page.locator(".row[open] .result").count() == 3


def test_the_address_remembers_what_was_asked_for(opened: Open) -> None:
    seen = opened(three())
    seen.page.get_by_role("combobox", name="Verdict").select_option("wrong")
    seen.page.get_by_label("Words").fill("bridge/3 built")
    before = count(seen)
    assert seen.page.url.endswith("#q=bridge%2F3+built&verdict=wrong")
    seen.page.reload()
    assert count(seen) == before == "1 of 20 questions"
    seen.page.click("a[href='#verdict=wrong&system=2']")
    seen.page.wait_for_function("document.getElementById('filter').elements.system.value === '2'")
    assert count(seen) == "15 of 20 questions"


def test_everything_shown_can_be_opened_and_closed_at_once(opened: Open) -> None:
    seen = opened(three(), "#verdict=wrong&system=0")
    seen.page.get_by_role("button", name="Open these").click()
    assert seen.page.locator(".row[open]").count() == seen.page.locator(".row:visible").count() == 4
    seen.page.get_by_role("button", name="Close these").click()
    assert seen.page.locator(".row[open]").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_letters_and_lines_can_be_told_from_the_paper(opened: Open, scheme: str) -> None:
    seen = opened(three(), color_scheme=scheme)
    seen.page.get_by_role("button", name="Open these").click()
    seen.page.wait_for_selector(".row .result")
    found = seen.page.evaluate(CONTRASTS)
    assert found["ink"] >= 7 and found["soft"] >= 4.5 and found["letters"] >= 4.5 and found["marks"] >= 3, found


@pytest.mark.parametrize("text", ["", ATTACK, "Donaudampfschifffahrtsgesellschaftskapitän" * 8])
def test_a_telephone_needs_no_sideways_scrolling(opened: Open, text: str) -> None:
    scored = [system("footnote", text), system(text or "bm25", text)]
    seen = opened(scored, viewport={"width": 360, "height": 700})
    seen.page.get_by_role("button", name="Open these").click()
    seen.page.wait_for_selector(".row .result")
    assert seen.page.evaluate(WIDTH)


def test_hostile_words_are_shown_and_do_nothing(opened: Open) -> None:
    mild, hostile = opened([system("mild", "mild")]), opened([system(ATTACK, ATTACK)])
    kinds = []
    for seen in (mild, hostile):
        seen.page.get_by_role("button", name="Open these").click()
        seen.page.wait_for_selector(".row .result")
        kinds.append(seen.page.evaluate("[...document.querySelectorAll('*')].map((one) => one.localName).join(' ')"))
    assert kinds[0] == kinds[1]
    assert "</script><script>alert(1)</script><img src=http://evil.example/x" in re.sub(
        r"\s+", " ", hostile.text(".row .answer")
    )
