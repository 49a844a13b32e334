"""A question asked again: what a button may send, what it changes, and which buttons there are."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from indexes.errors import QuestionError
from page.again import Again, cares_left, changed, chips, parse, retry_html
from page.desk import Desk
from page.history import History
from page.narrow import GONE, filters_from, only_html, title_of
from page.types import Cares, Exchange
from qa.scope import NEWEST, understood
from qa.types import Answer, Filters, Sentence, Support
from tests.browser.scripted import ATTACK, HARBOUR, HOSTILE, Scripted, Shelf
from tests.test_render import ATTACKS, Reader, harmless

CARES = Cares(0.3, 0.7, 0.1)
FILTERS = Filters(("Gazette", "Wire"), ("a",), "2021-03-01", "2021-03-31")
ANSWER = Answer("q?", "A.", (Sentence("A.", (), Support("verbatim")),), confidence=0.5, scope=("March 2021", "Gazette"))
ASKED = Exchange("q?", ANSWER, FILTERS, least=0.4, id="x1", only="Ships")


# -- what is sent -----------------------------------------------------------------------------------------------------


def test_what_a_button_sends_is_read() -> None:
    sent = json.dumps({"exchange": "x1", "way": "said", "value": "March 2021"})
    assert parse(sent) == Again("x1", "said", "March 2021")
    assert parse('{"exchange": "x1", "way": "strict"}') == Again("x1", "strict")


@pytest.mark.parametrize(
    "sent",
    ["", "x", "[]", "null", "1", '"strict"', "{}", '{"exchange": "x1"}', '{"exchange": "", "way": "strict"}',
     '{"exchange": "x1", "way": "all"}', '{"exchange": 1, "way": "strict"}', '{"exchange": "x1", "way": ["strict"]}',
     '{"exchange": "x1", "way": "said", "value": {}}', "[" * 3000, '{"exchange": "x1", "way": "strict", "value": "'
     + "v" * 5000 + '"}'],
)  # fmt: skip
def test_what_no_button_of_ours_sends_is_nothing(sent: str) -> None:
    assert parse(sent) is None


# -- what it changes --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("way", "value", "filters", "least"),
    [
        ("source", "Gazette", replace(FILTERS, sources=("Wire",)), 0.4),
        ("source", "Nobody", FILTERS, 0.4),
        ("article", "", replace(FILTERS, articles=()), 0.4),
        ("after", "", replace(FILTERS, after=""), 0.4),
        ("before", "", replace(FILTERS, before=""), 0.4),
        ("said", "March 2021", replace(FILTERS, ignored=("March 2021",)), 0.4),
        ("said", "April 2021", FILTERS, 0.4),
        ("least", "", FILTERS, None),
        ("strict", "", FILTERS, 0.7),
        ("eager", "", FILTERS, 0.1),
    ],
)
def test_one_thing_is_changed_and_nothing_else(way: str, value: str, filters: Filters, least: float | None) -> None:
    assert changed(ASKED, Again("x1", way, value), CARES) == (filters, least)


def test_what_is_ignored_in_a_question_restricts_nothing_and_the_rest_still_does() -> None:
    question, today = (
        "According to the Harbour Gazette, what do the latest articles from March 2021 say?",
        date(2021, 4, 7),
    )
    said = understood(question, ["Harbour Gazette"], today).said
    assert said == ("Harbour Gazette", "March 2021", NEWEST)
    for one in said:
        scope = understood(question, ["Harbour Gazette"], today, Filters(ignored=(one,)))
        assert scope.said == tuple(other for other in said if other != one)
        assert bool(scope.filters.sources) == (one != "Harbour Gazette")
        assert bool(scope.filters.after) == (one != "March 2021")
        assert scope.latest == (one != NEWEST)


def test_a_question_asked_again_follows_on_what_stood_before_it() -> None:
    desk = Desk(Scripted(beat=0), History(None))
    for question in ("When did it reopen?", "What did it cost?"):
        finish(desk, question)
    job = desk.ask("s", "What did it cost?", Filters(), heard=1)
    assert [turn.text for turn in job.history if turn.role == "user"] == ["When did it reopen?"]
    assert len(job.past) == 2
    desk.close()


def test_what_a_question_was_asked_under_is_there_after_a_restart(tmp_path: Path) -> None:
    exchange = replace(ASKED, filters=replace(FILTERS, ignored=("March 2021",)))
    history = History(tmp_path / "kept.sqlite")
    history.add("session", exchange)
    history.close()
    assert History(tmp_path / "kept.sqlite").exchanges("session") == [exchange]


def finish(desk: Desk, question: str) -> None:
    job = desk.ask("s", question, Filters())
    for thread in list(desk._threads):
        thread.join(10)
    assert job.done


# -- the buttons ------------------------------------------------------------------------------------------------------


def ways(html: str) -> list[str]:
    return [value for key, value in Reader(html).attributes if key == "data-again"]


def test_every_restriction_has_a_button_that_says_what_it_does() -> None:
    html = chips(ASKED)
    assert ways(html) == ["source", "source", "article", "after", "before", "least", "said", "said"]
    for words in ("Gazette", "Ships", "from 1 March 2021", "until 31 March 2021", "at least 40 % sure", "March 2021"):
        assert f'aria-label="Ask again without: {words}"' in html
    assert chips(Exchange("q?", Answer("q?"))) == ""


def test_what_was_ignored_is_said() -> None:
    again = replace(ASKED, filters=Filters(ignored=("March 2021",)), answer=Answer("q?"), least=None)
    assert Reader(chips(again)).text.strip() == "Asked without: March 2021"


def test_what_is_not_in_the_history_cannot_be_asked_again() -> None:
    for one in (replace(ASKED, problem="Broken."), replace(ASKED, id="")):
        assert ways(chips(one)) == [] and "Gazette" in chips(one)
        assert retry_html(one, CARES, weak=True) == ""
    assert retry_html(ASKED, None, weak=True) == ""
    assert retry_html(replace(ASKED, answer=replace(ANSWER, done=False)), CARES, weak=True) == ""


@pytest.mark.parametrize(
    ("refused", "sure", "least", "weak", "offered"),
    [
        (False, 0.5, None, False, ["strict"]),
        (False, 0.8, None, False, []),  # sure enough for the strict
        (False, 0.5, 0.7, False, []),  # asked strictly already
        (False, 0.2, 0.15, True, ["strict", "eager"]),
        (False, 0.2, 0.1, True, ["strict"]),
        (True, 0.2, None, True, ["eager"]),
        (True, 0.05, None, True, []),  # not even then
        (True, 0.2, 0.1, True, []),
    ],
)
def test_more_or_less_care_is_offered_where_it_can_change_something(
    refused: bool, sure: float, least: float | None, weak: bool, offered: list[str]
) -> None:
    exchange = Exchange("q?", replace(ANSWER, refused=refused, confidence=sure), least=least, id="x1")
    assert [way for way, *_ in cares_left(exchange, CARES, weak)] == offered
    broad = replace(exchange, answer=replace(exchange.answer, broad=True))  # has no confidence to be asked for
    assert [way for way, *_ in cares_left(broad, CARES, weak)] == [way for way in offered if way != "strict"]
    assert ways(retry_html(exchange, CARES, weak=weak)) == offered


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
def test_foreign_text_in_a_chip_stays_text_and_comes_back_whole(attack: str) -> None:
    filters = Filters((attack,), (attack,), attack, attack, ignored=(attack,))
    exchange = Exchange("q?", replace(ANSWER, scope=(attack,)), filters, id=attack, only=attack)
    seen = harmless(chips(exchange))
    assert "".join(seen.text.split()).count("".join(attack.split())) == 6
    values = [value for key, value in seen.attributes if key == "data-value" and value]
    assert values == [attack, attack]


# -- one article ------------------------------------------------------------------------------------------------------


def test_one_article_is_a_filter_and_has_its_title() -> None:
    assert filters_from(["Post"], "", "", HARBOUR.id) == Filters(("Post",), (HARBOUR.id,))
    assert title_of(Shelf(), HARBOUR.id) == HARBOUR.title and title_of(Shelf(), "") == ""
    with pytest.raises(QuestionError, match="no longer in this library") as raised:
        title_of(Shelf(), "none")
    assert str(raised.value) == GONE


def test_the_chip_of_a_hostile_article_is_text() -> None:
    seen: Any = Reader(only_html(HOSTILE))
    assert "".join(ATTACK.split())[:60] in "".join(seen.text.split())
    assert set(seen.tags) == {"p", "span", "bdi", "button"}
