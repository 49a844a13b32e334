"""From one citation of an answer to the next, beside it: by mouse, by keyboard, by finger, while the answer grows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.conftest import Window
from tests.browser.scripted import COST, FIRST, HARBOUR, JUNE, PLANNED

pytestmark = pytest.mark.browser

Open = Callable[..., Window]
REOPEN = "When did the harbour bridge reopen?"
SHOWN = """([words, said]) => document.querySelector('.panel mark')?.textContent === words
  && document.querySelector('.panel .steps .at').textContent === said"""
# The marks that are highlighted, by their words, in the order of the page.
CURRENT = """() => [...document.querySelectorAll('.mark')].filter(one => one.ariaCurrent === 'true').map(one => one.dataset.quote)"""
IN_VIEW = """() => { const at = document.querySelector('.prose .mark[aria-current=true]').getBoundingClientRect();
  const top = document.elementFromPoint(at.left + at.width / 2, at.top + at.height / 2); return Boolean(top?.closest('.mark')); }"""


def shows(seen: Window, words: str, said: str) -> None:
    """The panel has these words, says which of them they are, and the answer has their marks highlighted, no others."""
    seen.page.wait_for_function(SHOWN, arg=[words, said])
    assert set(seen.page.evaluate(CURRENT)) == {words}


def steps(seen: Window) -> tuple[Any, Any]:
    group = seen.page.get_by_role("group", name="Citations of this answer")
    return group.get_by_role("button", name="Previous citation"), group.get_by_role("button", name="Next citation")


def opened(window: Open, url: str, question: str = REOPEN, **options: Any) -> Window:
    """An answer, its first citation in the panel."""
    seen = window(url, **options)
    seen.open()
    seen.ask(question)
    seen.page.click("#live .prose .mark >> nth=0")
    seen.page.wait_for_selector(".panel[data-open=true] mark#hit")
    return seen


def test_two_buttons_lead_through_the_citations_of_an_answer_and_end_at_both_ends(window: Open, scripted: str) -> None:
    seen = opened(window, scripted)
    before, after = steps(seen)
    shows(seen, FIRST, "1 of 3")
    assert before.is_disabled() and after.is_enabled()
    after.click()
    shows(seen, COST, "2 of 3")
    assert before.is_enabled() and after.is_enabled()
    after.click()
    shows(seen, JUNE, "3 of 3")
    assert before.is_enabled() and after.is_disabled()
    before.click()
    shows(seen, COST, "2 of 3")
    assert seen.page.url == scripted + "/"
    seen.page.click(".panel .close")
    assert seen.page.evaluate(CURRENT) == [] and steps(seen)[0].is_hidden()
    assert seen.page.evaluate("document.activeElement.dataset.quote") == COST  # back at what was shown last


def test_the_keyboard_steps_with_the_buttons_and_with_the_arrows_and_never_loses_its_place(
    window: Open, scripted: str
) -> None:
    seen = window(scripted)
    seen.open()
    seen.ask(REOPEN)
    page = seen.page
    page.focus("#live .prose .mark >> nth=0")
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.matches('.panel-title')")
    page.keyboard.press("Shift+Tab")  # close
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.ariaLabel") == "Next citation"
    page.keyboard.press("Enter")
    shows(seen, COST, "2 of 3")
    assert page.evaluate("document.activeElement.ariaLabel") == "Next citation"
    page.keyboard.press("Space")
    shows(seen, JUNE, "3 of 3")
    page.wait_for_function("document.activeElement.matches('.panel-title')")  # a button that is off holds no focus
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    shows(seen, COST, "2 of 3")
    assert page.evaluate("document.activeElement.matches('.panel-title')")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "whole"
    page.keyboard.press("Escape")
    page.wait_for_function("document.activeElement.matches('#live .prose .mark[data-quote^=\"The repairs\"]')")
    page.keyboard.press("ArrowRight")  # outside the panel an arrow is an arrow
    assert page.get_attribute(".panel", "data-open") == "false"


def test_two_steps_at_once_are_two_steps(window: Open, scripted: str) -> None:
    seen = opened(window, scripted)
    seen.page.evaluate(
        "() => { const next = document.querySelector('.panel .steps [data-by=\"1\"]'); next.click(); next.click(); }"
    )
    shows(seen, JUNE, "3 of 3")


def test_words_under_two_marks_are_one_citation_with_both_marks_highlighted(window: Open, scripted: str) -> None:
    seen = opened(window, scripted, "Say twice what the repairs cost")
    shows(seen, COST, "1 of 2")
    assert seen.page.locator("#live .prose .mark[aria-current=true]").count() == 2
    steps(seen)[1].click()
    shows(seen, PLANNED, "2 of 2")
    assert seen.page.locator("#live .prose .mark[aria-current=true]").count() == 1


def test_one_citation_and_what_is_near_a_refusal_have_no_steps(window: Open, scripted: str) -> None:
    seen = opened(window, scripted, "Tell me of the hostile one")
    assert steps(seen)[0].is_hidden() and steps(seen)[1].is_hidden()
    seen.ask("What about the moon?")
    seen.page.click("#live .nearest a >> nth=0")
    seen.page.wait_for_function(
        "title => document.querySelector('.panel-title')?.textContent === title", arg=HARBOUR.title
    )
    assert steps(seen)[0].is_hidden() and steps(seen)[1].is_hidden()
    seen.page.click("#past .prose .mark >> nth=0")
    seen.page.wait_for_selector(".panel .passage >> text=The hostile article begins here.")
    assert steps(seen)[0].is_hidden()


def test_an_earlier_answer_is_stepped_through_by_itself_and_its_mark_comes_into_view(
    window: Open, scripted: str
) -> None:
    seen = window(scripted, viewport={"width": 1280, "height": 560})
    seen.open()
    for question in (REOPEN, "What did the repairs cost?", REOPEN):
        seen.ask(question)
    seen.page.click("#past .turn >> nth=1 >> .prose .mark >> nth=0")
    shows(seen, COST, "1 of 2")
    assert seen.page.locator("#past .turn >> nth=0 >> .mark[aria-current=true]").count() == 0
    seen.page.evaluate("scrollTo({ top: document.documentElement.scrollHeight, behavior: 'instant' })")
    assert not seen.page.evaluate(IN_VIEW)
    steps(seen)[1].click()
    shows(seen, PLANNED, "2 of 2")
    assert seen.page.evaluate(IN_VIEW) and steps(seen)[1].is_disabled()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_finger_steps_on_a_telephone_with_the_mark_above_the_sheet(window: Open, scripted: str, scheme: str) -> None:
    seen = opened(
        window, scripted, viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True, color_scheme=scheme
    )
    for words, said in ((COST, "2 of 3"), (JUNE, "3 of 3")):
        steps(seen)[1].tap()
        shows(seen, words, said)
        assert seen.page.evaluate(IN_VIEW)
        assert seen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for button in steps(seen):
        box = button.bounding_box()
        assert box["width"] >= 24 and box["height"] >= 24 and box["x"] >= 0 and box["x"] + box["width"] <= 360


def test_an_answer_that_grows_while_its_words_are_open_is_counted_anew(window: Open, scripted: str) -> None:
    seen = window(scripted, viewport={"width": 700, "height": 900})  # a wide one opens the first mark itself at the end
    seen.open()
    seen.ask("Tell me slowly: when did the harbour bridge reopen?", wait=False)
    seen.page.click("#live .prose .mark >> nth=0")
    seen.page.wait_for_selector(".panel[data-open=true] mark#hit")
    assert steps(seen)[1].is_hidden()
    seen.page.wait_for_function("document.querySelector('.panel .steps .at').textContent === '1 of 2'")
    seen.done()
    shows(seen, FIRST, "1 of 3")
    steps(seen)[1].click()
    shows(seen, COST, "2 of 3")
