"""What a person sees and does in the chat, in a real browser: over the sample articles, and scripted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.browser.conftest import Window, squeezed
from tests.browser.scripted import ATTACK, HARBOUR, HOSTILE

pytestmark = pytest.mark.browser

Open = Callable[..., Window]
IN_VIEW = "(r => r.top >= 0 && r.bottom <= innerHeight)(document.getElementById('hit').getBoundingClientRect())"
WIDTH = "document.documentElement.scrollWidth <= innerWidth"
KEEP_COUNTS = """() => { window.counts = []; const live = document.getElementById('live');
  new MutationObserver(() => window.counts.push(['.sentence', '.notes'].map(one => live.querySelectorAll(one).length)))
    .observe(live, { childList: true, subtree: true }); }"""
OFF_TOPIC = "Which shade of paint does the lighthouse keeper of Zembla prefer for his bicycle?"


# -- the real thing ---------------------------------------------------------------------------------------------------


def test_an_example_question_is_answered_with_words_that_can_be_opened(window: Open, real: str) -> None:
    seen = window(real)
    seen.open()
    page = seen.page
    page.click("button.example >> visible=true >> nth=0")
    page.wait_for_selector("#live .turn")
    seen.done()
    mark = page.locator("#live .prose .mark").first
    sentence = seen.text("#live .prose .sentence >> nth=0").rsplit("[", 1)[0].strip()
    mark.click()
    page.wait_for_selector(".panel[data-open=true] mark#hit")
    quoted = squeezed(" ".join(page.locator(".panel mark").all_inner_texts()))
    assert quoted in squeezed(sentence) or squeezed(sentence) in quoted
    page.click(".panel .whole")
    page.wait_for_selector("article.reading mark#hit")
    assert squeezed(" ".join(page.locator("article mark").all_inner_texts())) == quoted
    assert page.evaluate(IN_VIEW)
    page.click(".masthead .brand a")
    page.wait_for_selector("#live .prose .mark")


def test_what_the_articles_do_not_say_looks_different(window: Open, real: str) -> None:
    seen = window(real)
    seen.open()
    seen.ask(OFF_TOPIC)
    assert seen.page.locator("#live .refusal").is_visible()
    assert "The articles do not say" in seen.text("#live .refusal-label")
    assert seen.page.locator("#live .prose, #live .confidence").count() == 0


def test_the_models_state_is_said_and_the_questions_wait_for_it(window: Open, real: str) -> None:
    seen = window(real)
    seen.open()
    said = "/^[\\d,]+ articles?$/.test(document.getElementById('readiness')?.textContent ?? '')"
    seen.page.wait_for_function(said, timeout=60_000)


# -- a scripted assistant ---------------------------------------------------------------------------------------------


def test_sentences_come_one_by_one_each_with_its_mark(window: Open, scripted: str) -> None:
    seen = window(scripted)
    seen.open()
    seen.page.evaluate(KEEP_COUNTS)
    seen.ask("Tell me slowly: when did the harbour bridge reopen?", wait=False)
    seen.page.wait_for_selector("#live .sentence")
    seen.page.wait_for_selector("#stop >> visible=true")
    seen.page.wait_for_selector("#ask", state="hidden")
    seen.done()
    counts = seen.page.evaluate("window.counts")  # [sentences, footnotes] at every change
    assert [sentences for sentences, _ in counts] == sorted(sentences for sentences, _ in counts)
    assert [1, 0] in counts and all(sentences == 3 for sentences, notes in counts if notes)
    assert seen.text("#live .prose").startswith(HARBOUR.text.split(" It had")[0] + "[1]")
    notes = "[1][2][3] Harbour bridge reopens after two years · The Northern Post · 11 May 2023"
    assert squeezed(seen.text("#live .notes")) == notes
    seen.page.wait_for_selector("#ask >> visible=true")
    seen.page.wait_for_selector("#stop", state="hidden")
    assert seen.page.input_value("#question textarea") == ""


def test_what_already_stands_is_not_touched_while_an_answer_grows(window: Open, scripted: str) -> None:
    seen = window(scripted)
    seen.open()
    seen.ask("Tell me slowly: when did the harbour bridge reopen?", wait=False)
    seen.page.wait_for_selector("#live .sentence")
    place = "JSON.stringify(document.querySelector('#live .sentence').getBoundingClientRect())"
    seen.page.evaluate("document.querySelector('#live .mark').focus()")
    seen.page.evaluate("document.querySelector('#live .sentence').kept = true")
    before = seen.page.evaluate(place)
    seen.done()
    assert seen.page.evaluate(place) == before
    assert seen.page.evaluate("document.querySelector('#live .sentence').kept")
    assert seen.page.evaluate("document.activeElement.matches('#live .mark')")


def test_a_mark_opens_its_words_beside_the_answer_by_mouse(window: Open, scripted: str) -> None:
    seen = window(scripted)
    seen.open()
    seen.ask("What did the repairs cost?")
    page, marks = seen.page, seen.page.locator("#live .prose .mark")
    marks.nth(1).click()
    quote = "That is nine million more than planned."
    page.wait_for_function("quote => document.querySelector('.panel mark')?.textContent === quote", arg=quote)
    assert page.url == scripted + "/" and marks.nth(1).get_attribute("aria-current") == "true"
    answer, panel = page.locator("#live").bounding_box(), page.locator(".panel").bounding_box()
    assert panel["x"] > answer["x"] + answer["width"] and abs(panel["y"] - answer["y"]) < 200
    assert "The Northern Post · Ines Okafor · 11 May 2023" in squeezed(seen.text(".panel .byline"))
    address = urlsplit(page.get_attribute(".panel .whole", "href"))
    span = {key: int(value[0]) for key, value in parse_qs(address.query).items() if key != "also"}
    assert HARBOUR.text[span["s"] : span["e"]] == quote and address.fragment == "hit"


def test_a_mark_opens_and_closes_by_keyboard_alone(window: Open, scripted: str) -> None:
    seen = window(scripted)
    seen.open()
    page = seen.page
    page.wait_for_function("document.activeElement.matches('#question textarea')")
    page.keyboard.type("What did the repairs cost?")
    page.keyboard.press("Enter")
    page.wait_for_selector("#live .turn")
    seen.done()
    for _ in range(40):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.matches('#live .prose .mark')"):
            break
    ring = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert ring == "solid"
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.matches('.panel-title')")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "whole"
    page.keyboard.press("Escape")
    page.wait_for_function("document.activeElement.matches('#live .prose .mark')")
    assert page.get_attribute(".panel", "data-open") == "false"


def test_without_the_script_a_mark_is_a_link_to_the_words(window: Open, scripted: str, browser: Any) -> None:
    seen = window(scripted)
    seen.open()
    seen.ask("What did the repairs cost?")
    href = seen.page.get_attribute("#live .mark", "href")
    plain = window(scripted, java_script_enabled=False)
    plain.page.goto(scripted + href)
    assert plain.page.inner_text("mark#hit") == "The repairs cost 48 million crowns, the city said."


def test_a_refusal_has_its_own_box_and_only_calls_passages_near(window: Open, scripted: str) -> None:
    seen = window(scripted)
    seen.open()
    seen.ask("What about the moon?")
    assert seen.text("#live .nearest-label") == "The nearest passages"
    seen.page.click("#live .nearest a >> nth=0")
    seen.page.wait_for_selector(".panel[data-open=true] mark")


def test_a_reload_brings_the_conversation_back_and_a_new_one_forgets_it(window: Open, scripted: str) -> None:
    seen = window(scripted)
    seen.open()
    seen.ask("When did the harbour bridge reopen?")
    seen.ask("And what did it cost?")
    assert "Understood as: What did the harbour bridge repairs cost?" in seen.text("#live .asked")
    before = seen.text("#past") + seen.text("#live")
    seen.page.reload()
    seen.page.wait_for_selector("#live .turn")
    assert seen.text("#past") + seen.text("#live") == before
    seen.page.click("#new")
    seen.page.wait_for_selector("button.example >> visible=true")
    seen.page.reload()
    seen.page.wait_for_selector("button.example >> visible=true")
    assert seen.page.locator(".turn").count() == 0


def test_another_browser_sees_nothing_of_it(window: Open, scripted: str) -> None:
    seen, other = window(scripted), window(scripted)
    seen.open()
    seen.ask("When did the harbour bridge reopen?")
    other.open()
    other.page.wait_for_selector("button.example >> visible=true")
    assert other.page.locator(".turn").count() == 0


def test_a_reload_in_the_middle_finds_the_answer_growing(window: Open, scripted: str) -> None:
    seen = window(scripted)
    seen.open()
    seen.ask("Tell me slowly: when did the harbour bridge reopen?", wait=False)
    seen.page.reload()
    seen.page.wait_for_selector("#live .turn")
    seen.done()
    assert seen.page.locator(".turn").count() == 1 and seen.page.locator("#live .sentence").count() == 3


def test_stop_keeps_what_stands(window: Open, scripted: str) -> None:
    seen = window(scripted)
    seen.open()
    seen.ask("Tell me slowly: when did the harbour bridge reopen?", wait=False)
    seen.page.wait_for_selector("#live .sentence")
    seen.page.click("#stop")
    seen.done()
    assert "Stopped before the answer was complete." in seen.text("#live")
    assert seen.page.locator("#live .sentence").count() < 3
    seen.page.wait_for_selector("#ask >> visible=true")


def test_a_new_conversation_in_the_middle_of_an_answer_stays_new(window: Open, scripted: str) -> None:
    seen = window(scripted)
    seen.open()
    seen.ask("Tell me slowly: when did the harbour bridge reopen?", wait=False)
    seen.page.click("#new")
    seen.page.wait_for_selector("button.example >> visible=true")
    seen.page.wait_for_timeout(1500)
    assert seen.page.locator(".turn").count() == 0 and seen.page.locator("#ask").is_visible()


def test_filters_are_sent_and_shown_and_a_wrong_date_is_explained(window: Open, scripted: str) -> None:
    seen = window(scripted)
    seen.open()
    page = seen.page
    seen.choose("The Northern Post")
    page.fill("#dates textarea >> nth=0", "soon")
    page.fill("#question textarea", "When did it reopen?")
    page.press("#question textarea", "Enter")
    page.wait_for_selector("#notice .notice")
    assert "needs a date such as 2021-03-24" in seen.text("#notice") and page.input_value("#question textarea") != ""
    page.fill("#dates textarea >> nth=0", "2021-03-24")
    page.press("#question textarea", "Enter")
    seen.done()  # what restricts it can be taken away once the question is in the history
    assert squeezed(seen.text("#live .asked")) == "Only: The Northern Post× from 24 March 2021×"


def test_a_question_that_cannot_be_asked_is_explained(window: Open, scripted: str) -> None:
    seen = window(scripted)
    seen.open()
    seen.ask("error <img src=http://evil.example/x>")
    assert "cannot be asked: error <img src=http://evil.example/x>" in seen.text("#live .trouble")


def test_hostile_text_is_shown_and_does_nothing(window: Open, scripted: str) -> None:
    seen = window(scripted)
    seen.open()
    page = seen.page
    foreign = "form, input, iframe, video, img, svg, script, style, meta, base, link"
    seen.ask(f"Tell me of the hostile one {ATTACK}")
    assert squeezed(ATTACK) in squeezed(seen.text("#live .question"))
    assert squeezed(ATTACK) in squeezed(seen.text("#live .prose"))
    page.click("#live .mark")
    page.wait_for_selector(".panel[data-open=true] mark")
    assert squeezed(page.inner_text(".panel mark")) == squeezed(HOSTILE.text.split("\n\n")[0])
    assert page.locator("#live, #past, .panel").locator(foreign).count() == 0
    assert page.locator("[src*='evil.example'], [action*='evil.example'], [href*='evil.example']").count() == 0
    assert page.locator(".panel .original").count() == 0
    page.click(".panel .whole")
    page.wait_for_selector("article mark#hit")
    assert page.locator("script, form, input, img, svg, iframe, style").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_narrow_window_is_never_too_narrow_and_has_the_systems_colours(
    window: Open, scripted: str, scheme: str
) -> None:
    seen = window(scripted, viewport={"width": 360, "height": 700}, color_scheme=scheme)
    seen.open()
    page = seen.page
    assert page.evaluate(WIDTH)
    seen.ask("Tell me of the hostile one")
    assert page.evaluate(WIDTH)
    page.click("#live .mark")
    page.wait_for_selector(".panel[data-open=true] mark")
    assert page.evaluate(WIDTH) and page.locator("#evidence").bounding_box()["y"] > 200
    assert page.locator("#live .mark").first.is_visible()
    for path in ("/articles", page.get_attribute(".panel .whole", "href")):
        page.goto(scripted + path)
        assert page.evaluate(WIDTH)
    paper = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    brightness = sum(int(part) for part in paper[4:-1].split(","))
    assert brightness > 600 if scheme == "light" else brightness < 150


def test_the_page_calls_itself_footnote_and_shows_nothing_of_gradios(window: Open, scripted: str) -> None:
    seen = window(scripted)
    seen.open()
    assert seen.page.title() == "Footnote"
    assert not seen.page.locator("footer").is_visible()
    assert "gradio" not in seen.text("body").lower()
    assert seen.page.locator("#live [role=log]").get_attribute("aria-live") == "polite"


def test_a_thumb_down_asks_for_the_right_answer_and_says_that_it_is_kept(window: Open, scripted: str) -> None:
    seen = window(scripted)
    seen.open()
    seen.ask("What did the repairs cost?")
    page = seen.page
    page.click("#live .thumb[data-thumb=down]")
    page.wait_for_selector("#live .right:focus")
    page.keyboard.type("48 million crowns")
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('#live .judged')?.textContent === 'Thank you, kept.'")
    assert page.get_attribute("#live .thumb[data-thumb=down]", "aria-pressed") == "true"
    assert page.locator("#live .right").count() == 0


def test_what_a_model_wrote_without_support_is_counted_and_shown_on_demand(window: Open, scripted: str) -> None:
    seen = window(scripted)
    seen.open()
    seen.ask("What does the model say of the bridge?")
    page = seen.page
    assert "2 sentences were left out: the articles do not support them" in seen.text("#live .left-out summary")
    assert page.locator("#live .left-out li").first.is_hidden()
    assert "sold in 2019" not in seen.text("#live .prose")
    page.click("#live .left-out summary")
    assert "The bridge was sold in 2019." in seen.text("#live .left-out li >> nth=0")
    assert squeezed(ATTACK) in squeezed(seen.text("#live .left-out li >> nth=1"))
    assert squeezed(ATTACK) in squeezed(seen.text("#live .notice"))
    assert "Written by model" in seen.text("#live .written")


def test_a_completed_question_can_be_put_back_and_corrected(window: Open, scripted: str) -> None:
    seen = window(scripted)
    seen.open()
    seen.ask("When did the harbour bridge reopen?")
    seen.ask("What did it cost?")
    seen.page.click("#live .understood .again")
    assert seen.page.input_value("#question textarea") == "What did the harbour bridge repairs cost?"
    seen.page.keyboard.type(" In crowns")
    seen.page.keyboard.press("Enter")
    seen.page.wait_for_function("document.querySelectorAll('.turn').length > 2")
    assert "In crowns" in seen.text("#live .question")


def test_checked_suggestions_are_named_and_lead_on(window: Open, scripted: str) -> None:
    seen = window(scripted)
    seen.open()
    seen.ask("When did the harbour bridge reopen?")
    seen.page.wait_for_selector("#live .suggestion")
    shown = seen.page.locator("#live .suggestion").all_inner_texts()
    assert shown[0] == "When did the harbour bridge close?"
    assert squeezed(ATTACK) == squeezed(shown[1])  # text, not markup
    seen.page.click("#live .suggestion >> nth=0")
    assert seen.page.input_value("#question textarea") == "When did the harbour bridge close?"


def test_the_conversation_can_be_kept_as_a_file_that_is_checked_later(
    window: Open, real: str, library: Any, tmp_path: Any
) -> None:
    from tests.conftest import footnote

    seen = window(real)
    seen.open()
    seen.ask("How long is the Ever Given?")
    with seen.page.expect_download() as waiting:
        seen.page.click("#keep a >> nth=0")
    file = tmp_path / "kept.html"
    waiting.value.save_as(file)
    assert "400 metres" in file.read_text(encoding="utf-8")
    done = footnote("verify", str(file), "--library", str(library))
    assert done.returncode == 0, done.stdout + done.stderr
