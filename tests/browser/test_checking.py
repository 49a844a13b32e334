"""Checking an answer and asking again, in a real browser: by mouse, by keyboard, by finger, without script."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.browser.conftest import Window, squeezed
from tests.browser.scripted import ATTACK, HARBOUR, HOSTILE, SAID

pytestmark = pytest.mark.browser

Open = Callable[..., Window]
COST = "The repairs cost 48 million crowns, the city said."
ABOUT = "Harbour bridge reopens after two years · The Northern Post · 11 May 2023"
PLACES = "JSON.stringify(['.question', '.sentence', '.confidence'].map(one => " \
    "document.querySelector(`#live ${one}`).getBoundingClientRect().top + scrollY))"  # fmt: skip
COLOURS = """() => [...document.querySelectorAll('#talk *, .masthead *')]
  .filter(one => [...one.childNodes].some(node => node.nodeType === 3 && node.textContent.trim()))
  .filter(one => one.offsetParent && !one.closest('.wrap.center'))
  .map(one => [one.tagName, one.textContent.trim().slice(0, 40), getComputedStyle(one).color].join(' '))"""


def turns(seen: Window, count: int) -> None:
    seen.page.wait_for_function(f"document.querySelectorAll('.turn').length === {count}")
    seen.done()


def to(seen: Window, selector: str, key: str = "Shift+Tab") -> None:
    for _ in range(60):
        seen.page.keyboard.press(key)
        if seen.page.evaluate("one => document.activeElement.matches(one)", selector):
            return
    raise AssertionError(f"{selector} cannot be reached with {key}")


# -- the preview ------------------------------------------------------------------------------------------------------


def test_a_mark_shows_its_words_while_the_pointer_is_on_it_or_on_them(window: Open, scripted: str) -> None:
    seen = window(scripted)
    seen.open()
    seen.ask("What did the repairs cost?")
    page, mark, preview = seen.page, seen.page.locator("#live .prose .mark").first, seen.page.locator("#preview")
    before = page.evaluate(PLACES)
    assert preview.is_hidden()
    mark.hover()
    preview.wait_for(state="visible")
    assert seen.text("#preview .quoted") == COST and seen.text("#preview .about") == ABOUT
    assert preview.get_attribute("role") == "tooltip" and mark.get_attribute("aria-describedby") == "preview"
    assert page.evaluate(PLACES) == before
    preview.hover()
    page.wait_for_timeout(900)
    assert preview.is_visible()
    page.mouse.move(5, 700)
    preview.wait_for(state="hidden")
    assert mark.get_attribute("aria-describedby") is None


def test_escape_takes_the_preview_away_and_leaves_the_panel(window: Open, scripted: str) -> None:
    seen = window(scripted)
    seen.open()
    seen.ask("What did the repairs cost?")
    seen.page.wait_for_selector(".panel[data-open=true]")
    seen.page.locator("#live .prose .mark").first.hover()
    seen.page.wait_for_selector("#preview", state="visible")
    seen.page.keyboard.press("Escape")
    seen.page.wait_for_selector("#preview", state="hidden")
    assert seen.page.get_attribute(".panel", "data-open") == "true"
    seen.page.keyboard.press("Escape")
    assert seen.page.get_attribute(".panel", "data-open") == "false"


def test_the_preview_comes_with_the_focus_and_goes_with_it(window: Open, scripted: str) -> None:
    seen = window(scripted)
    seen.open()
    seen.ask("What did the repairs cost?")
    seen.page.focus("#question textarea")
    to(seen, "#live .prose .mark")
    seen.page.wait_for_selector("#preview", state="visible")
    assert seen.text("#preview .quoted") == "That is nine million more than planned."
    seen.page.keyboard.press("Shift+Tab")
    assert seen.text("#preview .quoted") == COST
    to(seen, "#question textarea", "Tab")
    assert seen.page.locator("#preview").is_hidden()


def test_a_finger_opens_the_panel_and_no_preview(window: Open, scripted: str) -> None:
    seen = window(scripted, viewport={"width": 360, "height": 700}, has_touch=True)
    seen.open()
    seen.ask("What did the repairs cost?")
    seen.page.locator("#live .prose .mark").first.tap()
    seen.page.wait_for_selector(".panel[data-open=true] mark")
    seen.page.wait_for_timeout(500)
    assert seen.page.locator("#preview").is_hidden()


@pytest.mark.parametrize("width", [360, 1200])
def test_a_hostile_preview_is_text_inside_the_window(window: Open, scripted: str, width: int) -> None:
    seen = window(scripted, viewport={"width": width, "height": 700})
    seen.open()
    seen.ask("Tell me of the hostile one")
    seen.page.locator("#live .prose .mark").first.hover()
    seen.page.wait_for_selector("#preview", state="visible")
    assert squeezed(HOSTILE.text)[:300] == squeezed(seen.text("#preview .quoted"))[:300]
    assert seen.page.locator("#preview *").count() == 2
    place = seen.page.locator("#preview").bounding_box()
    assert place["x"] >= 0 and place["x"] + place["width"] <= width and place["y"] >= 0


# -- from one cited place to the next ---------------------------------------------------------------------------------


def test_the_cited_places_are_gone_through_without_script_and_by_keyboard(window: Open, scripted: str) -> None:
    seen = window(scripted)
    seen.open()
    seen.ask("When did the harbour bridge reopen?")
    href = seen.page.locator("#live .prose .mark").first.get_attribute("href")
    plain = window(scripted, java_script_enabled=False, viewport={"width": 360, "height": 500})
    page = plain.page
    page.goto(scripted + href)
    cited = [HARBOUR.text.split(" It had")[0], COST, "Ferries will go on until June."]
    for at, words in enumerate(cited, 1):
        assert plain.text("mark#hit") == words and plain.text(".steps span >> nth=0") == f"{at} of 3 cited places"
        assert page.locator("mark.also").count() == 2 and page.locator("mark#hit").is_visible()
        bar = page.locator(".steps").bounding_box()
        assert bar["height"] < 60
        if at < len(cited):
            to(plain, ".steps [rel=next]")  # from the words asked for, backwards: the nearest link
            page.keyboard.press("Enter")
            page.wait_for_url(re.compile(r"#hit$"))
            page.wait_for_selector(f"text={at + 1} of 3 cited places")
    assert page.locator(".steps [rel=next]").count() == 0
    page.click(".steps [rel=prev]")
    page.wait_for_selector("text=2 of 3 cited places")


# -- chips ------------------------------------------------------------------------------------------------------------


def test_a_restriction_read_from_the_question_is_taken_away_by_its_button(window: Open, scripted: str) -> None:
    seen = window(scripted)
    seen.open()
    seen.ask(f"What did articles from {SAID} say of the cost?")
    assert squeezed(seen.text("#live .asked")) == f"From the question: {SAID}×"
    drop = seen.page.locator("#live .drop")
    assert drop.get_attribute("aria-label") == f"Ask again without: {SAID}"
    seen.page.focus("#question textarea")
    to(seen, "#live .drop")
    seen.page.keyboard.press("Enter")
    turns(seen, 2)
    assert seen.text("#live .question") == f"What did articles from {SAID} say of the cost?"
    assert squeezed(seen.text("#live .asked")).startswith(f"Asked without: {SAID}")
    seen.page.reload()
    seen.page.wait_for_selector("#live .turn")
    assert f"Asked without: {SAID}" in seen.text("#live .asked")


def test_a_chosen_source_and_date_are_taken_away_one_by_one(window: Open, scripted: str) -> None:
    seen = window(scripted)
    seen.open()
    page = seen.page
    seen.choose("The Northern Post")
    page.fill("#dates textarea >> nth=0", "2021-03-24")
    seen.ask("When did it reopen?")
    assert squeezed(seen.text("#live .asked")) == "Only: The Northern Post× from 24 March 2021×"
    page.click("#live .drop >> nth=0")
    turns(seen, 2)
    assert squeezed(seen.text("#live .asked")).startswith("Only: from 24 March 2021×")
    assert "The Northern Post×" in squeezed(seen.text("#past .asked"))
    page.click("#live .drop")
    turns(seen, 3)
    assert "Only" not in seen.text("#live .asked")
    page.click("#past .turn >> nth=0 >> .drop >> nth=1")  # an earlier one as well
    turns(seen, 4)
    assert squeezed(seen.text("#live .asked")).startswith("Only: The Northern Post×")


def test_a_hostile_restriction_does_nothing_but_be_taken_away(window: Open, scripted: str) -> None:
    seen = window(scripted)
    seen.open()
    seen.ask(f"Tell me of the hostile one {ATTACK}")
    shown = squeezed(ATTACK)[:250]  # a name is not endless
    assert squeezed(seen.text("#live .asked")).startswith(f"From the question: {shown}")
    seen.page.click("#live .drop")
    turns(seen, 2)
    assert squeezed(seen.text("#live .asked")).startswith(f"Asked without: {shown}")


def test_while_an_answer_grows_nothing_above_it_moves(window: Open, scripted: str) -> None:
    seen = window(scripted)
    seen.open()
    seen.ask(f"Tell me slowly, from {SAID}: when did the bridge reopen?", wait=False)
    seen.page.wait_for_selector("#live .sentence")
    where = "JSON.stringify(['.question', '.asked', '.sentence'].map(one => document.querySelector(`#live ${one}`)" \
        ".getBoundingClientRect()))"  # fmt: skip
    before = seen.page.evaluate(where)
    assert seen.page.locator("#live .drop").is_hidden() and seen.page.locator("#live .edit").is_hidden()
    seen.done()
    assert seen.page.evaluate(where) == before
    assert seen.page.locator("#live .drop").is_visible() and seen.page.locator("#live .edit").is_visible()


# -- again ------------------------------------------------------------------------------------------------------------


def test_any_question_can_be_put_back_into_the_box_and_changed(window: Open, scripted: str) -> None:
    seen = window(scripted)
    seen.open()
    seen.ask("What did the repairs cost?")
    seen.ask("When did the harbour bridge reopen?")
    seen.page.click("#past .edit")
    assert seen.page.input_value("#question textarea") == "What did the repairs cost?"
    seen.page.keyboard.type(" In crowns")
    assert seen.page.input_value("#question textarea") == "What did the repairs cost? In crowns"
    assert seen.page.locator(".turn").count() == 2


def test_more_strictly_and_more_eagerly_are_offered_where_they_matter_and_said(window: Open, scripted: str) -> None:
    seen = window(scripted)
    seen.open()
    page = seen.page
    seen.ask("What did the repairs cost?")
    assert page.locator("#live .retry button").all_inner_texts() == ["Ask again, more strictly"]
    page.click("#live [data-again=strict]")
    turns(seen, 2)
    assert squeezed(seen.text("#live .asked")).startswith("Only: at least 90 % sure×")
    assert page.locator("#live .refusal").is_visible()
    page.click("#live .drop")  # back to the default
    turns(seen, 3)
    assert "sure" not in seen.text("#live .asked") and page.locator("#live .prose").is_visible()
    seen.ask("What about the moon?")
    assert page.locator("#live .retry button").all_inner_texts() == ["Ask again, more eagerly"]
    page.focus("#question textarea")
    to(seen, "#live [data-again=eager]")
    page.keyboard.press("Enter")
    turns(seen, 5)
    assert squeezed(seen.text("#live .asked")).startswith("Only: at least 10 % sure×")
    assert page.locator("#live .prose").is_visible() and page.locator("#live [data-again=eager]").count() == 0


def test_the_slider_says_how_sure_an_answer_must_be(window: Open, scripted: str) -> None:
    seen = window(scripted)
    seen.open()
    page = seen.page
    page.click("#filters > button")
    page.focus("#least input[type=range]")
    page.keyboard.press("End")  # 95 %; the answer is 82 % sure
    assert page.input_value("#least input[type=range]") == "95"
    seen.ask("What did the repairs cost?")
    assert squeezed(seen.text("#live .asked")).startswith("Only: at least 95 % sure×")
    assert page.locator("#live .refusal").is_visible()
    page.focus("#least input[type=range]")
    page.keyboard.press("Home")  # 0: the default
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")  # 10 %; the moon is 20 % sure, which the default refuses
    seen.ask("What about the moon?")
    assert squeezed(seen.text("#live .asked")).startswith("Only: at least 10 % sure×")
    assert page.locator("#live .prose").is_visible()


def test_what_is_typed_stays_in_the_box_when_another_question_is_asked_again(window: Open, scripted: str) -> None:
    seen = window(scripted)
    seen.open()
    seen.ask("What did the repairs cost?")
    seen.page.fill("#question textarea", "half a question")
    seen.page.click("#live [data-again=strict]")
    turns(seen, 2)
    assert seen.page.input_value("#question textarea") == "half a question"


def test_a_page_that_shows_another_conversation_says_so(window: Open, scripted: str) -> None:
    seen = window(scripted)
    seen.open()
    seen.ask("What did the repairs cost?")
    for sent in ("gone", "x\"'<b>"):
        seen.page.evaluate("one => { document.querySelector('#live .turn').dataset.exchange = one; }", sent)
        seen.page.click("#live [data-again=strict]")
        seen.page.wait_for_selector("#notice .notice >> text=another conversation")
        assert seen.page.locator(".turn").count() == 1


# -- one article ------------------------------------------------------------------------------------------------------


def test_questions_are_asked_of_one_article_until_its_chip_is_taken_away(window: Open, scripted: str) -> None:
    seen = window(scripted)
    page = seen.page
    page.goto(scripted + "/article/north%2Fharbour-1")
    page.click("text=Ask about this article")
    page.wait_for_selector("#narrowed .only")
    assert squeezed(seen.text("#narrowed")) == f"Only: {HARBOUR.title}×"
    seen.ask("What did the repairs cost?")
    assert squeezed(seen.text("#live .asked")) == f"Only: {HARBOUR.title}×"
    page.focus("#question textarea")
    to(seen, "#narrowed .drop")
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.matches('#question textarea')")
    assert page.locator("#narrowed .only").count() == 0 and "article=" not in page.url
    seen.ask("When did the harbour bridge reopen?")
    assert "Only" not in seen.text("#live .asked")
    page.click("#past .drop")  # and the earlier question again, of all articles
    turns(seen, 3)
    assert "Only" not in seen.text("#live .asked")
    page.reload()
    page.wait_for_selector("#live .turn")
    assert page.locator("#narrowed .only").count() == 0


def test_the_panel_offers_to_ask_about_its_article(window: Open, scripted: str) -> None:
    seen = window(scripted)
    seen.open()
    seen.ask("Tell me of the hostile one")
    seen.page.click("#live .prose .mark")
    seen.page.click(".panel .ask-about")
    seen.page.wait_for_selector("#narrowed .only")
    assert squeezed(ATTACK)[:60] in squeezed(seen.text("#narrowed")) and seen.page.locator("#narrowed img").count() == 0
    seen.ask("What is the hostile one?")
    assert squeezed(ATTACK)[:60] in squeezed(seen.text("#live .asked"))


def test_an_article_that_is_not_there_is_said_and_all_are_asked(window: Open, scripted: str) -> None:
    seen = window(scripted)
    seen.open("/?article=%3Cimg%20src%3Dx%3E")
    seen.page.wait_for_selector("#narrowed .notice")
    assert seen.text("#narrowed").startswith("That article is not in this library")
    seen.ask("What did the repairs cost?")
    assert seen.text("#live .asked") == "" and seen.page.locator("#live .prose").is_visible()


def test_the_real_assistant_keeps_to_one_article_and_to_what_is_left_of_a_question(window: Open, real: str) -> None:
    seen = window(real)
    page = seen.page
    page.goto(real + "/articles?q=aground")
    page.click("a[href^='/article/'] >> nth=0")
    path = urlsplit(page.url).path
    page.click("text=Ask about this article")
    page.wait_for_selector("#narrowed .only")
    seen.ask("How long is the ship?")
    cited = page.locator("#live .notes a").evaluate_all("all => all.map(one => new URL(one.href).pathname)")
    assert cited and set(cited) == {path}
    page.click("#narrowed .drop")
    seen.ask("According to the Harbour Gazette, how long is the Ever Given?")
    assert squeezed(seen.text("#live .asked")).startswith("From the question: Harbour Gazette×")
    page.click("#live .drop")
    turns(seen, 3)
    assert squeezed(seen.text("#live .asked")).startswith("Asked without: Harbour Gazette")
    assert "400 metres" in seen.text("#live .prose")


# -- the system's colours ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("first", "then"), [("light", "dark"), ("dark", "light")])
def test_colours_follow_the_system_while_the_page_is_open(window: Open, scripted: str, first: str, then: str) -> None:
    def colours(seen: Window) -> Any:
        seen.page.wait_for_timeout(500)
        return sorted(set(seen.page.evaluate(COLOURS)))

    changed, fresh = window(scripted, color_scheme=first), window(scripted, color_scheme=then)
    for seen in (changed, fresh):
        seen.open()
        seen.page.wait_for_function("/^2 articles$/.test(document.getElementById('readiness')?.textContent ?? '')")
        seen.page.click("#filters > button")
    before = colours(changed)
    changed.page.emulate_media(color_scheme=then)
    assert colours(changed) == colours(fresh) != before
