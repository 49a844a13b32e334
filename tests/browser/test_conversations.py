"""Conversations kept, named, found, deleted, and a link to one answer: in a real browser, most of it without script."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import Window, squeezed
from tests.browser.scripted import ATTACK
from tests.browser.test_shelf import CONTRAST

pytestmark = pytest.mark.browser

Open = Callable[..., Window]
WIDTH = "document.documentElement.scrollWidth <= innerWidth"
OUTSIDE = """() => [...document.querySelectorAll('.masthead .brand, .masthead .all')].filter((one) => {
  const place = one.getBoundingClientRect();
  return place.width && (place.left < 0 || place.right > innerWidth || one.scrollWidth > one.clientWidth + 1); }).map((one) => one.outerHTML)"""
FIRST, SECOND = "When did the harbour bridge reopen?", "What did the repairs cost?"


def picture(page: Any, name: str) -> None:
    """For a person to look at, where FOOTNOTE_SHOTS names a folder."""
    if folder := os.environ.get("FOOTNOTE_SHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def two(window: Open, url: str, **options: Any) -> Window:
    """A browser with two conversations, the second on its page."""
    seen = window(url, **options)
    seen.open()
    seen.ask(FIRST)
    seen.page.click("#new")
    seen.page.wait_for_selector("button.example >> visible=true")
    seen.ask(SECOND)
    return seen


def without_script(window: Open, seen: Window, **options: Any) -> Any:
    """The same browser with script turned off."""
    other = window(seen.url, java_script_enabled=False, **options)
    other.page.context.add_cookies(seen.page.context.cookies())
    return other.page


def names(page: Any) -> list[str]:
    return [str(name) for name in page.locator(".talks .name").all_inner_texts()]


def test_an_earlier_conversation_is_opened_and_gone_on_with(window: Open, scripted: str) -> None:
    seen = two(window, scripted)
    page = seen.page
    page.click(".masthead >> text=Conversations")
    page.wait_for_selector(".talks")
    assert names(page) == [SECOND, FIRST] and page.locator(".talks .now").count() == 1
    page.focus(f".talks .name >> text={FIRST}")
    page.keyboard.press("Enter")
    page.wait_for_url(seen.url + "/")
    page.wait_for_selector("#live .turn")
    assert seen.text("#live .question") == FIRST and page.locator(".turn").count() == 1
    seen.ask("And what did it cost?")
    page.goto(seen.url + "/conversations")
    assert names(page) == [FIRST, SECOND]
    assert squeezed(page.inner_text(".talks li >> nth=0 >> .byline")).startswith("2 questions ·")


def test_all_of_it_works_without_script(window: Open, scripted: str) -> None:
    page = without_script(window, two(window, scripted))
    page.goto(scripted + "/conversations")
    page.fill(".find input", "PLANNED")
    page.click(".find button")
    page.wait_for_url("**q=PLANNED")
    assert names(page) == [SECOND]
    page.click(".talks summary")
    page.fill(".talks [name=name]", "Money <b>")
    page.click(".talks .rename button")
    page.wait_for_selector(".talks li >> nth=1")
    assert names(page) == ["Money <b>", FIRST]
    page.click(".talks li >> nth=0 >> .remove button")
    page.wait_for_selector(".undo")
    assert names(page) == [FIRST] and "Money <b> was deleted" in page.inner_text(".undo")
    page.click("text=Bring it back")
    page.wait_for_selector(".talks li >> nth=1")
    page.click("text=Delete all…")
    page.wait_for_selector("h1 >> text=Delete all 2 conversations?")
    page.click("button >> text=Delete all")
    page.wait_for_selector("text=There are no conversations yet")
    assert page.locator(".talks, .undo").count() == 0


def test_a_conversation_deleted_elsewhere_is_gone_from_the_page_too(window: Open, scripted: str) -> None:
    seen = two(window, scripted)
    seen.page.goto(scripted + "/conversations")
    seen.page.click(".talks li >> nth=0 >> .remove button")
    seen.page.wait_for_selector(".undo")
    seen.open()
    assert seen.page.locator(".turn").count() == 0


def test_opening_another_one_in_the_middle_of_an_answer_shows_that_one(window: Open, scripted: str) -> None:
    seen = two(window, scripted)
    seen.ask("Tell me slowly: when did the harbour bridge reopen?", wait=False)
    seen.page.wait_for_selector("#live .sentence")
    page = without_script(window, seen)
    page.goto(scripted + "/conversations")
    page.click(f".talks .name >> text={FIRST}")
    seen.page.wait_for_function("text => document.querySelector('#live .question')?.textContent === text", arg=FIRST)
    seen.page.wait_for_timeout(1500)
    assert seen.page.locator(".turn").count() == 1 and seen.page.locator("#ask").is_visible()
    page.goto(scripted + "/conversations")
    assert page.inner_text(".talks li >> nth=0 >> .last").startswith("The harbour bridge reopened")


def test_a_link_shows_one_answer_to_anybody_and_it_can_be_asked_again(window: Open, scripted: str) -> None:
    seen = two(window, scripted)
    page = seen.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.click("#live a[data-link]")
    page.wait_for_selector("#live .linked")
    link = page.input_value("#live .linked input")
    assert "Copied" in seen.text("#live .linked") and page.evaluate("navigator.clipboard.readText()") == link
    assert link.startswith(scripted + "/answer/")
    other = window(scripted)
    other.page.goto(link)
    assert other.page.inner_text("h1") == SECOND and FIRST not in other.page.content()
    assert "The repairs cost 48 million crowns, the city said." in other.text(".prose")
    other.page.click(".prose .mark >> nth=1")
    other.page.wait_for_selector("mark#hit")
    assert other.page.inner_text("mark#hit") == "That is nine million more than planned."
    other.page.go_back()
    other.page.click("text=Ask this again")
    box = other.page.wait_for_selector("#question textarea")
    other.page.wait_for_function("document.querySelector('#question textarea').value !== ''")
    other.page.wait_for_selector("button.example >> visible=true")
    other.page.wait_for_timeout(500)
    assert box.input_value() == SECOND and other.page.url == scripted + "/"
    assert other.page.locator(".turn").count() == 0  # put into the box, not asked
    other.page.keyboard.press("Enter")
    other.page.wait_for_selector("#live .turn")
    other.done()
    assert other.text("#live .question") == SECOND


def test_where_the_clipboard_is_refused_the_link_is_there_to_be_copied(window: Open, scripted: str) -> None:
    seen = window(scripted)
    seen.open()
    seen.ask(SECOND)
    seen.page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('refused')); }")
    seen.page.focus("#live a[data-link]")
    seen.page.keyboard.press("Enter")
    seen.page.wait_for_selector("#live .linked input:focus")
    assert "Copy this link:" in seen.text("#live .linked")
    picked = seen.page.evaluate(
        "(one => one.value.slice(one.selectionStart, one.selectionEnd))(document.activeElement)"
    )
    assert picked == scripted + seen.page.get_attribute("#live a[data-link]", "href")


def test_an_attack_in_a_name_a_question_or_an_answer_does_nothing(window: Open, scripted: str) -> None:
    seen = window(scripted)
    seen.open()
    page = seen.page
    seen.ask(f"Tell me of the hostile one {ATTACK}")
    link = page.get_attribute("#live a[data-link]", "href")
    foreign = "iframe, video, img, svg, script, style, meta[http-equiv], base, form[action^=http]"
    page.goto(scripted + "/conversations")
    page.click(".talks summary")
    page.fill(".talks [name=name]", ATTACK[:120])
    page.click(".talks .rename button")
    page.wait_for_selector(".talks details:not([open])")
    assert names(page)[0].startswith("<script>alert(1)</script><img src=http://evil.example/x")
    assert page.locator(f"main >> {foreign}").count() == 0
    page.click(".talks .remove button")
    page.wait_for_selector(".undo")
    assert page.locator(f"main >> {foreign}").count() == 0 and "<script>" in page.inner_text(".undo")
    page.click("text=Bring it back")
    page.wait_for_selector(".talks")
    page.goto(scripted + str(link))
    assert squeezed(ATTACK) in squeezed(page.inner_text("h1")) and squeezed(ATTACK) in squeezed(seen.text(".prose"))
    assert page.locator(f"main >> {foreign}").count() == 0
    page.click("text=Ask this again")
    page.wait_for_selector("#live .turn")
    page.wait_for_function("document.querySelector('#question textarea').value !== ''")
    assert squeezed(page.input_value("#question textarea")) == squeezed(f"Tell me of the hostile one {ATTACK}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 768, 1400])
def test_it_fits_and_can_be_read_at_every_width_in_light_and_dark(
    window: Open, scripted: str, width: int, scheme: str
) -> None:
    seen = window(scripted, viewport={"width": width, "height": 800}, color_scheme=scheme)
    seen.open()
    page, shot = seen.page, f"{width}-{scheme}"
    seen.ask("What about the moon?")
    refusal = page.get_attribute("#live a[data-link]", "href")
    seen.ask("What does the model say of the bridge?")
    page.click("#live a[data-link]")
    page.wait_for_selector("#live .linked")
    assert page.evaluate(WIDTH) and page.evaluate(OUTSIDE) == []
    picture(page, f"chat-{shot}")
    link = page.get_attribute("#live a[data-link]", "href")
    page.click("#new")
    page.wait_for_selector("button.example >> visible=true")
    seen.ask("Tell me of the hostile one " + "whatever" * 30)
    for place, path in {"list": "/conversations", "none": "/conversations?q=zebra", "answer": link, "refusal": refusal,
                        "sure": "/conversations/delete"}.items():  # fmt: skip
        page.goto(scripted + str(path))
        if summary := page.query_selector(".talks summary"):
            summary.click()
        assert page.evaluate(WIDTH), path
        assert page.evaluate(CONTRAST) >= 4.5, path
        picture(page, f"{place}-{shot}")
    page.goto(scripted + "/conversations")
    page.click(".talks .remove button")
    page.wait_for_selector(".undo")
    assert page.evaluate(WIDTH) and page.evaluate(CONTRAST) >= 4.5
    picture(page, f"undo-{shot}")
