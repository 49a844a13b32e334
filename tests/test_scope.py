"""Filters understood from a question: only what its wording says about the articles, never what it says happened."""

from __future__ import annotations

import json
import re
from datetime import date

import pytest

from indexes.types import Filters, Hit, Passage
from qa.period import days
from qa.scope import Scope, likely_newest_first, newest_first, understood
from qa.types import Reading
from tests.conftest import ROOT

TODAY = date(2021, 4, 7)  # a Wednesday
SOURCES = [
    "Andes Courier", "Baltic Trade Review", "Harbour Gazette", "High Country Record", "Meridian Wire",
    "Practice and Ward", "The Long Read Quarterly", "The Morning Ledger",
]  # fmt: skip
OTHERS = ["BBC News", "BBC Sport", "Nature", "Reuters UK", "Suez Canal Authority", "en.wikipedia.org"]


@pytest.mark.parametrize(
    ("question", "source"),
    [
        ("According to the Harbour Gazette, how wide is the ship?", "Harbour Gazette"),
        ("How wide is the ship, according to the Gazette?", "Harbour Gazette"),
        ("how wide is the ship according to the harbour gazette", "Harbour Gazette"),
        ("how wide is the ship according to the gazette", "Harbour Gazette"),
        ("What does the Meridian Wire say about the tugs?", "Meridian Wire"),
        ("What did the Wire report about the tugs?", "Meridian Wire"),
        ("What did the Andes Courier say of the miners?", "Andes Courier"),
        ("How many ships waited in the Harbour Gazette’s report?", "Harbour Gazette"),
        ("In the Harbour Gazette's first report, how many ships were waiting?", "Harbour Gazette"),
        ("In the Morning Ledger, who was the last man out?", "The Morning Ledger"),
        ("Which articles from the High Country Record mention elk?", "High Country Record"),
        ("How long is the bridge as reported by the Baltic Trade Review?", "Baltic Trade Review"),
        ("As the Long Read Quarterly puts it, what is the most honest object?", "The Long Read Quarterly"),
        ("According to the Long Read, who deciphered Linear B?", "The Long Read Quarterly"),
        ("What was published about the canal in the Gazette?", "Harbour Gazette"),
        ("What was reported about the canal by the Meridian Wire in March?", "Meridian Wire"),
        ("How many seeds does the High Country Record say are in the vault?", "High Country Record"),
        ("According to Practice and Ward, who died last?", "Practice and Ward"),
        ("According to the Meridian Wire, who owns the Harbour Gazette?", "Meridian Wire"),
        ("The Gazette says 95,000 flights were cancelled: is that right?", "Harbour Gazette"),
        ("How many flights were cancelled? Use only the Harbour Gazette.", "Harbour Gazette"),
        ("Show me the Gazette article on ash", "Harbour Gazette"),
    ],
)
def test_a_source_whose_report_is_asked_for_is_the_only_one(question: str, source: str) -> None:
    scope = understood(question, SOURCES, TODAY)
    assert scope.filters == Filters(sources=(source,))
    assert scope.said == (source.removeprefix("The "),)


@pytest.mark.parametrize(
    "question",
    [
        "Who owns the Harbour Gazette?",
        "Who founded the Meridian Wire in 1920?",
        "How many people work for the Andes Courier?",
        "When did the Harbour Gazette report a loss?",
        "Where is the Morning Ledger printed?",
        "Who is the editor of the Harbour Gazette?",
        "Did a reporter of the Gazette die in the fire?",
        "Who was hurt in the Harbour Gazette bombing?",
        "What is the record according to the athletes?",
        "What did the record say?",
        "Who keeps the record, according to the review of the rules?",
        "What does the wire say on the box?",
        "How high is the country road?",
        "Is the harbour closed in the morning?",
        "According to the pilot, what happened in the Andes?",
        "According to practice, who goes first?",
        "How many ships wait, not according to the Gazette?",
        "What do sources other than the Harbour Gazette say about the ship?",
        "According to Lloyd's List, what was the daily value of trade?",
        "Who wrote to the Harbour Gazette?",
        "Which ship brought the gazette?",
    ],
)
def test_a_source_that_is_the_subject_or_an_everyday_word_is_no_filter(question: str) -> None:
    assert understood(question, SOURCES, TODAY).filters == Filters()


def test_two_sources_that_are_compared_are_both_asked() -> None:
    scope = understood("What do the Harbour Gazette and the Meridian Wire say about the queue?", SOURCES, TODAY)
    assert scope.filters.sources == ("Harbour Gazette", "Meridian Wire")


@pytest.mark.parametrize(
    ("question", "sources"),
    [
        ("What does BBC Sport say about the race?", ("BBC Sport",)),
        ("What does the BBC say about the race?", ()),  # two of them
        ("According to Reuters, what did it cost?", ("Reuters UK",)),
        ("According to Nature, how old is it?", ("Nature",)),
        ("According to nature, what is a cat?", ()),
        ("According to Wikipedia, how long is it?", ("en.wikipedia.org",)),
        ("What did the Suez Canal Authority say about the wind?", ()),  # what others report that it said
        ("In the Suez Canal, who steers?", ()),
    ],
)
def test_a_name_is_a_filter_only_if_it_means_one_source(question: str, sources: tuple[str, ...]) -> None:
    assert understood(question, OTHERS, TODAY).filters.sources == sources


@pytest.mark.parametrize(
    ("question", "after", "before", "said"),
    [
        ("What do articles from March 2021 say about the canal?", "2021-03-01", "2021-03-31", "March 2021"),
        ("Which articles published in 2010 mention ash?", "2010-01-01", "2010-12-31", "2010"),
        ("Which articles were published since 2020?", "2020-01-01", "", "since 2020"),
        ("Find coverage from before March 2020 about wolves", "", "2020-02-29", "before March 2020"),
        ("In articles written after 24 March 2021, how many ships wait?", "2021-03-25", "", "after 24 March 2021"),
        ("How many tugs are there in stories published on 25 March 2021?", "", "", ""),
        (
            "How many tugs are there in the stories published on 25 March 2021?",
            "2021-03-25",
            "2021-03-25",
            "25 March 2021",
        ),
        ("What has been reported since 1 April?", "2021-04-01", "", "since 1 April"),
        ("What was reported last week about the canal?", "2021-03-29", "2021-04-04", "last week"),
        ("What was reported yesterday?", "2021-04-06", "2021-04-06", "yesterday"),
        ("What was in last week's news?", "2021-03-29", "2021-04-04", "last week"),
        ("What is the news from this month?", "2021-04-01", "2021-04-30", "this month"),
        ("What do newspaper reports from March say?", "2021-03-01", "2021-03-31", "March"),
        ("What do the news reports from June say?", "2020-06-01", "2020-06-30", "June"),
        ("Articles published in the past two weeks about Suez", "2021-03-24", "2021-04-07", "past two weeks"),
        ("Articles published between March and May 2010", "2010-03-01", "2010-05-31", "March – May 2010"),
        ("Articles dated between 24 and 28 March 2021", "2021-03-24", "2021-03-28", "24 – 28 March 2021"),
        ("Articles from 2010 to 2012 about mines", "2010-01-01", "2012-12-31", "2010 – 2012"),
        ("Articles from 2015 onwards", "2015-01-01", "", "since 2015"),
        ("articles about wolves published until 2021-03-01", "", "2021-03-01", "until 2021-03-01"),
        ("What do the March 2021 articles say about tugs?", "2021-03-01", "2021-03-31", "March 2021"),
        ("What did the newspapers report in August 2010?", "2010-08-01", "2010-08-31", "August 2010"),
    ],
)
def test_a_date_of_publication_restricts(question: str, after: str, before: str, said: str) -> None:
    scope = understood(question, SOURCES, TODAY)
    assert scope.filters == Filters(after=after, before=before)
    assert scope.said == ((said,) if said else ())


@pytest.mark.parametrize(
    "question",
    [
        "What happened in March 2021?",
        "How many cases were reported in March 2021?",
        "How many cases were reported last week?",
        "Which law was published in 1956?",
        "Which book was written in 1687?",
        "Who published the Principia in 1687?",
        "What did the report published by Eurocontrol in 2010 say?",
        "What does the report dated 28 June say?",
        "When was the smog of December 1952?",
        "Who heard the news in 1912?",
        "What happened last week?",
        "What was said about the flood in March 2021?",
        "Which columns from 1815 still stand?",
        "Which articles of the treaty were broken in 1914?",
        "Why were the ships waiting since Tuesday?",
        "What was written on the note found in August 2010?",
        "Which articles of clothing were found in 1960?",
        "Which stories from 1950 did she tell her children?",
        "Who reported the theft in 2019?",
        "Which articles not published in 2021 speak of it?",
        "What may articles from the vault say?",
        "Articles published on 31 February 2021",
        "When did the Beagle land on 24 March 2021?",
        "How high was vaccination coverage in 2019?",
        "Who ruled what is now Iraq?",
    ],
)
def test_a_date_on_which_something_happened_does_not_restrict(question: str) -> None:
    scope = understood(question, SOURCES, TODAY)
    assert (scope.filters, scope.said) == (Filters(), ())


@pytest.mark.parametrize(
    ("question", "source", "after", "before"),
    [
        (
            "According to the Gazette in March 2021, how many ships waited?",
            "Harbour Gazette",
            "2021-03-01",
            "2021-03-31",
        ),
        ("What did the Meridian Wire report on 27 March 2021?", "Meridian Wire", "2021-03-27", "2021-03-27"),
        (
            "In the Gazette's report of 22 April 2010, how many flights fell out?",
            "Harbour Gazette",
            "2010-04-22",
            "2010-04-22",
        ),
        ("Articles in the Harbour Gazette from 2010", "Harbour Gazette", "2010-01-01", "2010-12-31"),
        ("According to the Gazette, what happened in March 2021?", "Harbour Gazette", "", ""),
    ],
)
def test_source_and_date_go_together(question: str, source: str, after: str, before: str) -> None:
    assert understood(question, SOURCES, TODAY).filters == Filters((source,), (), after, before)


@pytest.mark.parametrize(
    ("question", "latest"),
    [
        ("What is the latest count of ships waiting?", True),
        ("How many wolves are there now?", True),
        ("What is the most recent figure?", True),
        ("Who currently runs the vault?", True),
        ("What is the current estimate of the cost?", True),
        ("When must they be out at the latest?", False),
        ("What is the city now called Istanbul?", False),
        ("How many had died by now?", False),
        ("How strong is the electric current?", False),
        ("How many wolves were there in 2003?", False),
        ("What have they spent so far?", True),
        ("Why was the way in put so far above the sea?", False),
    ],
)
def test_the_newest_is_wanted_where_the_question_says_so_and_filters_nothing(question: str, latest: bool) -> None:
    scope = understood(question, SOURCES, TODAY)
    assert (scope.latest, scope.filters) == (latest, Filters())
    assert scope.said == (("newest first",) if latest else ())


def sample_questions() -> list[str]:
    lines = (ROOT / "seeds" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["question"] for line in lines]


def test_no_sample_question_gets_a_filter() -> None:
    """None of them names a source of the library or a date of publication, though many name dates and agencies."""
    questions = sample_questions()
    assert len(questions) > 100
    assert [one for one in questions if understood(one, SOURCES, TODAY) != Scope(question=one)] == []


def test_every_sample_question_asked_of_a_source_gets_that_filter() -> None:
    for at, question in enumerate(sample_questions()):
        source = SOURCES[at % len(SOURCES)]
        asked = f"According to {re.sub('^The ', 'the ', source)}, {question[0].lower()}{question[1:]}"
        assert understood(asked, SOURCES, TODAY).filters == Filters(sources=(source,)), asked


def test_what_the_asker_has_set_apart_is_not_read_from_the_question() -> None:
    question = "According to the Gazette in March 2021, how many ships waited?"
    whole = understood(question, SOURCES, TODAY)
    assert whole.said == ("Harbour Gazette", "March 2021")
    assert understood(question, SOURCES, TODAY, Filters(after="2020-01-01")).said == ("Harbour Gazette",)
    assert understood(question, SOURCES, TODAY, Filters(sources=("Meridian Wire",))).said == ("March 2021",)
    assert understood(question, SOURCES, TODAY, Filters(ignored=("March 2021",))).said == ("Harbour Gazette",)


def test_a_name_that_only_another_case_equates_is_borne() -> None:
    assert understood("Did HÜRRİYET and Hürriyet agree?", ["Hürriyet"], TODAY).question


def test_a_library_without_sources_and_odd_questions_are_borne() -> None:
    assert understood("According to the Gazette?", [], TODAY).filters == Filters()
    assert understood("What does \ue000 say?", SOURCES, TODAY).filters == Filters()
    assert understood("What does (?P<x> say?", ["(?P<x>", "", "the"], TODAY).filters.sources == ("(?P<x>",)
    assert understood("", SOURCES, TODAY).filters == Filters()


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("March 2021", "2021-03-01", "2021-03-31"),
        ("february 2020", "2020-02-01", "2020-02-29"),
        ("the 24th of March 2021", "2021-03-24", "2021-03-24"),
        ("March 24, 2021", "2021-03-24", "2021-03-24"),
        ("8 April", "2020-04-08", "2020-04-08"),
        ("last month", "2021-03-01", "2021-03-31"),
        ("last year", "2020-01-01", "2020-12-31"),
        ("the last 10 days", "2021-03-28", "2021-04-07"),
    ],
)
def test_a_date_is_read_as_its_first_and_last_day(text: str, first: str, last: str) -> None:
    assert days(text, TODAY) == (date.fromisoformat(first), date.fromisoformat(last))


def hit(article: str, score: float, day: str) -> Hit:
    return Hit(Passage(article, 0, 4, "text", f"Title · Harbour Gazette · {day}" if day else "Title"), score)


def test_newer_hits_come_first_only_among_those_about_as_good() -> None:
    hits = [
        hit("old", 0.90, "2010-01-01"),
        hit("new", 0.89, "2021-01-01"),
        hit("undated", 0.88, ""),
        hit("far", 0.2, "2024-01-01"),
    ]
    assert [one.passage.article_id for one in newest_first(hits)] == ["new", "old", "undated", "far"]
    assert newest_first([]) == []


def test_hits_of_one_day_keep_their_order() -> None:
    hits = [hit("b", 0.90, "2021-01-01"), hit("a", 0.89, "2021-01-01")]
    assert newest_first(hits) == hits


def reading(article: str, probability: float, day: str) -> Reading:
    return Reading(hit(article, 0.9, day), 0, 4, "text", probability * 10, probability)


def test_of_readings_about_as_likely_the_newest_leads_and_none_below_the_threshold_does() -> None:
    old, new, unlikely = (
        reading("old", 0.8, "2010-01-01"),
        reading("new", 0.75, "2021-01-01"),
        reading("x", 0.2, "2024-01-01"),
    )
    assert likely_newest_first([old, new, unlikely], 0.5) == [new, old, unlikely]
    assert likely_newest_first([old, new, unlikely], 0.78) == [old, new, unlikely]
