"""Ten conversations of six turns over the sample articles, asked on the page: after each turn the answer is there, and
every mark opens the article's own words. Of the page, not of how well questions are answered (that is `make quality`): what
a turn must say is fixed only where the Assistant was sure when this was written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from indexes.library import Library
from tests.browser.conftest import Window, squeezed

pytestmark = pytest.mark.browser

Open = Callable[..., Window]
REFUSED, ANY = "∅", ""  # it must be a refusal; it may be one
ANSWERED = 3  # turns of a conversation, of six, that are answered at least, and not refused
PANEL = """place => { const panel = document.querySelector('.panel');
  const [start, end] = place; const whole = panel.dataset.open === 'true' && panel.querySelector('.whole');
  if (!whole) return false; const asked = new URL(whole.href).searchParams;
  return asked.get('s') === start && asked.get('e') === end && panel.querySelectorAll('mark').length > 0; }"""

# What is asked, and a word that the answer has, REFUSED, or ANY.
CONVERSATIONS: dict[str, list[tuple[str, str]]] = {
    "a ship": [
        ("Where did the Ever Given run aground?", "canal"),
        ("when was it refloated?", "29 March"),
        ("why do you say that?", ANY),
        ("who owns it", ANY),
        ("What is the best recipe for pumpkin soup?", REFUSED),
        ("How many tugs pulled at the Ever Given?", ANY),
    ],
    "tugs and sand": [
        ("How much sand was dredged to free the Ever Given?", "30,000"),
        ("And how many tugs?", ANY),
        ("where did they take the ship afterwards?", ANY),
        ("what else?", ANY),
        ("What was the rescue capsule called?", ANY),
        ("How wide is it?", ANY),
    ],
    "a mine": [
        ("Who was the last miner to leave the San José mine?", "Urzúa"),
        ("How long had he waited down there by himself?", ANY),
        ("What was the name of his wife's dentist?", ANY),
        ("How long did it take to lift all the miners out?", ANY),
        ("what else?", ANY),
        ("When was the Clean Air Act passed?", "1956"),
    ],
    "ash": [
        ("Why does volcanic ash make a jet engine fail?", "melts"),
        ("when had that happened before?", ANY),
        ("How many flights were cancelled because of the Eyjafjallajökull ash?", "000"),
        ("why do you say that?", ANY),
        ("Which airline boss went up on a test flight during the ash closure?", ANY),
        ("what's his job?", ANY),
    ],
    "a mile": [
        ("What was Bannister's winning time at Iffley Road?", ANY),
        ("How long did his record stand?", ANY),
        ("Who was his coach?", ANY),
        ("Which football club won the cup in Zembla in 2019?", REFUSED),
        ("what did Roger Bannister do after running?", ANY),
        ("why do you say that?", ANY),
    ],
    "stripes": [
        ("Who drew up IBM's stripes?", "Laurer"),
        ("why were they better than rings?", ANY),
        ("When did the committee choose IBM's design?", "1973"),
        ("Where was the chewing gum sold?", ANY),
        ("for how much?", ANY),
        ("what else?", ANY),
    ],
    "a tunnel": [
        ("On what date did British and French tunnellers meet under the sea?", ANY),
        ("How many people were killed building the Channel Tunnel?", ANY),
        ("why do you say that?", ANY),
        ("What was the final price of the Channel Tunnel?", ANY),
        ("How tall are the Øresund Bridge's pylons?", ANY),
        ("who designed it", ANY),
    ],
    "under the sea": [
        ("How deep did Victor Vescovo dive?", ANY),
        ("What did he see down there?", ANY),
        ("Who were the first two people at the bottom of the Challenger Deep?", ANY),
        ("how long did they stay there", ANY),
        ("Who painted the ceiling of the opera house in Zembla?", REFUSED),
        ("Which company built the submersible Limiting Factor?", ANY),
    ],
    "letters and wolves": [
        ("What language turned out to be written in Linear B?", ANY),
        ("why do you say that?", ANY),
        ("Who found the Linear B tablets at Pylos?", ANY),
        ("How many wolves did British Columbia supply to Yellowstone in 1996?", "17"),
        ("Who was found guilty of killing wolf No. 10?", "McKittrick"),
        ("and his mate?", ANY),
    ],
    "seeds and stars": [
        ("How many seed samples can Svalbard's vault take?", ANY),
        ("who paid for it", ANY),
        ("When did Voyager 1 begin sending gibberish?", "2023"),
        ("what was its problem?", ANY),
        ("How many segments does Webb's main mirror have?", "18"),
        ("what else?", ANY),
    ],
}


def bare(text: str) -> str:
    """Without white space: what parts two paragraphs stands between two marks."""
    return "".join(text.split())


def turn(seen: Window, question: str, expected: str) -> bool:
    """Ask, and hold the answer against what is expected. Was it answered?"""
    seen.ask(question)
    live = seen.page.locator("#live")
    assert live.locator(".question").inner_text() == question
    assert live.locator(".trouble").count() == 0, question
    prose, refusal = live.locator(".prose").count(), live.locator(".refusal").count()
    assert prose + refusal == 1, question
    if expected == REFUSED:
        assert refusal, question
    elif expected:
        assert prose and expected in squeezed(live.locator(".answer").inner_text()), question
    return bool(prose)


def open_marks(seen: Window, texts: dict[str, str]) -> int:
    """Every mark of the latest answer opens a panel that highlights exactly the words of the article."""
    marks = seen.page.locator("#live .prose .mark").all()
    for mark in marks:
        address = urlsplit(str(mark.get_attribute("href")))
        article_id = unquote(address.path.removeprefix("/article/"))
        start, end = (parse_qs(address.query)[key][0] for key in "se")
        mark.click()
        seen.page.wait_for_function(PANEL, arg=[start, end])
        shown = "".join(seen.page.locator(".panel mark").all_text_contents())
        assert bare(shown) == bare(texts[article_id][int(start) : int(end)])
    return len(marks)


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_a_conversation_of_six_turns_is_answered_and_every_mark_leads_to_its_words(
    window: Open, real: str, library: Path, name: str
) -> None:
    texts = {article.id: article.text for article in Library(library).articles()}
    seen = window(real)
    seen.open()
    answered = 0
    for question, expected in CONVERSATIONS[name]:
        said = turn(seen, question, expected)
        assert open_marks(seen, texts) >= said  # an answer has a mark
        answered += said
    assert answered >= ANSWERED
    assert seen.page.locator(".turn").count() == len(CONVERSATIONS[name]) == 6
