from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from qa.antecedent import asked_about
from qa.followup import gone_back_to, intent, standalone
from qa.leaning import points_back
from qa.mentions import people, subject_of
from qa.types import Turn

SEEDS = Path(__file__).parent.parent / "seeds"
SHIP = [Turn("user", "Where did the Ever Given run aground?"), Turn("assistant", "In the Suez Canal.")]
# Names in the sample questions that opens a question of its own; what follows up in them has a history.
OWN = [
    row["question"]
    for line in (SEEDS / "questions.jsonl").read_text("utf-8").splitlines()
    if not (row := json.loads(line)).get("history") and subject_of(row["question"])
]
WOLVES = "How many wolves were in Yellowstone in 2003?"
TEST_FLIGHT = "Who flew a test flight during the ash closure?"
WALSH = "Willie Walsh, the chief executive of British Airways, flew on a test flight over the Atlantic on Sunday."


def after(former: str, answer: str, question: str) -> str:
    return standalone(question, [Turn("user", former), Turn("assistant", answer)])


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("When was it refloated?", "When was the Ever Given refloated?"),
        ("How long is it?", "How long is the Ever Given?"),
        ("how many containers does she carry", "how many containers does the Ever Given carry"),
        ("Who are its owners?", "Who are the Ever Given’s owners?"),
        ("And in 2015?", "And in 2015? (Where did the Ever Given run aground?)"),
        ("any pilots?", "any pilots? (Where did the Ever Given run aground?)"),
        ("and the crew?", "and the crew? (Where did the Ever Given run aground?)"),
        ("What did he say?", "What did he say? (Where did the Ever Given run aground?)"),
        ("When did the Titanic sink?", "When did the Titanic sink?"),
        ("Who discovered penicillin?", "Who discovered penicillin?"),
        ("What is scurvy?", "What is scurvy?"),
        ("Who founded the first veterinary school?", "Who founded the first veterinary school?"),
        ("How long was it expected to take to clear Suez?", "How long was it expected to take to clear Suez?"),
        ("Has it been proved that the Vasa was top-heavy?", "Has it been proved that the Vasa was top-heavy?"),
        ("Is it known how Janet Parker fell ill?", "Is it known how Janet Parker fell ill?"),
        ("Why would it be hard to unload the Maersk Denver?", "Why would it be hard to unload the Maersk Denver?"),
        ("What was taken off the Maersk Denver to lighten it?", "What was taken off the Maersk Denver to lighten it?"),
        ("Which companies sent their ships round Africa?", "Which companies sent their ships round Africa?"),
        ("Did the owners say they would sue Egypt?", "Did the owners say they would sue Egypt? "
         "(Where did the Ever Given run aground?)"),
    ],
)  # fmt: skip
def test_what_points_back_is_named(question: str, expected: str) -> None:
    assert standalone(question, SHIP) == expected


def test_a_first_question_stays_as_it_is() -> None:
    assert standalone("When was it refloated?", []) == "When was it refloated?"


@pytest.mark.parametrize("former", [OWN[0], WOLVES, TEST_FLIGHT])
def test_a_question_that_names_its_subject_stays_as_it_is_after_any_other(former: str) -> None:
    history = [Turn("user", former), Turn("assistant", WALSH)]
    assert len(OWN) > 80
    assert [question for question in OWN if standalone(question, history) != question] == []


@pytest.mark.parametrize(
    ("before", "question"),
    [
        ("who was the last to catch smallpox?", "What did he die of?"),
        ("Which Chilean miner came up first?", "How old was he?"),
        ("Who ran Plan B?", "What did he say?"),
    ],
)
def test_where_no_full_name_was_asked_about_the_question_before_is_added(before: str, question: str) -> None:
    assert standalone(question, [Turn("user", before)]) == f"{question} ({before})"


def test_it_is_what_the_reader_asked_about_and_not_what_the_answer_names() -> None:
    history = [SHIP[0], Turn("assistant", "The Suez Canal Authority said so.")]
    assert standalone("How long is it?", history) == "How long is the Ever Given?"


def test_he_is_the_one_person_of_the_answer() -> None:
    assert after(TEST_FLIGHT, WALSH, "what's his job?") == "what's Willie Walsh’s job?"
    assert after(TEST_FLIGHT, WALSH, "Where did he fly?") == "Where did Willie Walsh fly?"


def test_of_two_persons_none_is_chosen() -> None:
    answer = f"{WALSH} Barack Obama stayed away."
    assert after(TEST_FLIGHT, answer, "Where did he fly?") == f"Where did he fly? ({TEST_FLIGHT})"


def test_who_asks_for_another_than_the_one_it_names() -> None:
    former = "Who announced the result of Bannister's race?"
    assert after(former, "Roger Bannister won.", "What did he say?") == f"What did he say? ({former})"


def test_she_is_left_open_between_a_ship_and_who_is_answered() -> None:
    asked, former = "How many crew does she have?", "Who owns the Ever Given?"
    assert after(former, "Shoei Kisen Kaisha does.", asked) == f"{asked} ({former})"


def test_he_is_left_open_where_the_question_before_speaks_of_another_him() -> None:
    asked, former = "How long did his record stand?", "Whose record did he beat?"
    assert after(former, "The record was set by Gunder Hägg of Sweden.", asked) == f"{asked} ({former})"


def test_two_pronouns_of_one_person_are_left_open() -> None:
    asked = "What did he tell him?"
    assert after(TEST_FLIGHT, WALSH, asked) == f"{asked} ({TEST_FLIGHT})"


def test_there_and_then_are_the_place_and_the_date_of_the_answer() -> None:
    driller, answer = "Who operated the Plan B drill?", "Jeff Hart, who had come from a job in Afghanistan."
    assert after(driller, answer, "what was he doing there?") == "what was Jeff Hart doing in Afghanistan?"
    death, day = "How did Michael Ventris die?", "He was killed on 6 September 1956."
    assert after(death, day, "How old was he then?") == "How old was Michael Ventris on 6 September 1956?"


@pytest.mark.parametrize(
    ("former", "question", "expected"),
    [
        (WOLVES, "And in 2014?", "How many wolves were in Yellowstone in 2014?"),
        ("How many ships waited on Saturday 27 March?", "and on Sunday?", "How many ships waited on Sunday?"),
        ("Who died in Africa?", "in Ethiopia?", "Who died in Ethiopia?"),
        ("What is the Plan B drill?", "and Plan C?", "What is Plan C?"),
        ("When did Woodland die?", "And Silver?", "And Silver? (When did Woodland die?)"),
    ],
)
def test_a_fragment_takes_the_place_of_what_is_like_it(former: str, question: str, expected: str) -> None:
    assert after(former, "", question) == expected


def test_brackets_are_not_put_into_brackets() -> None:
    history = [*SHIP, Turn("user", "any pilots? (Where did the Ever Given run aground?)"), Turn("assistant", "Two.")]
    assert standalone("from where?", history) == "from where? (Where did the Ever Given run aground?)"
    assert standalone("who owns it?", history) == "who owns the Ever Given?"


def test_the_ship_points_back_only_where_a_ship_was_spoken_of() -> None:
    spoken = [*SHIP[:1], Turn("assistant", "The ship ran aground in the Suez Canal.")]
    assert points_back("who designed the ship", spoken)
    assert not points_back("who designed the telescope", spoken)


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("Why do you say that?", "why"),
        ("how do you know", "why"),
        ("says who?", "why"),
        ("Source?", "why"),
        ("are you sure?", "why"),
        ("Are you sure about that?", "why"),
        ("where did you get that from?", "why"),
        ("What else?", "more"),
        ("anything else", "more"),
        ("Tell me more.", "more"),
        ("What else is there?", "more"),
        ("Could you tell me more about them?", "more"),
        ("What is the source of the Danube?", ""),
        ("go on…", "more"),
        ("What else did the Vasa carry?", ""),
        ("Why did the Vasa sink?", ""),
        ("How do you know a wolf from a dog?", ""),
        ("Who says the toll is too high?", ""),
        ("Tell me more about Peberholm", ""),
    ],
)
def test_asking_for_evidence_or_for_more_is_told_from_asking_the_articles(question: str, meant: str) -> None:
    assert intent(question) == meant


@pytest.mark.parametrize(
    ("before", "question", "whole"),
    [
        ("Tell me about the Vasa", "How long is it?", "How long is the Vasa?"),
        ("Describe the Ever Given", "How long is it?", "How long is the Ever Given?"),
        ("Summarise the Vasa article", "Who built it?", "Who built the Vasa?"),
        ("How long is the Vasa (in metres)?", "And how wide?", "And how wide? (How long is the Vasa (in metres)?)"),
        ("How long is the Vasa?", "Thanks", "Thanks"),
    ],
)
def test_the_word_that_asks_is_no_name_and_thanks_ask_nothing(before: str, question: str, whole: str) -> None:
    assert standalone(question, [Turn("user", before), Turn("assistant", "69 metres.")]) == whole


def test_many_initials_take_no_time() -> None:
    began = time.monotonic()
    people("A. " * 300 + "!")
    assert time.monotonic() - began < 10  # they took minutes from 24 on


def test_what_else_goes_back_to_the_last_question_that_asked_the_articles() -> None:
    first = [
        Turn("user", "How long is the Vasa?"),
        Turn("assistant", "69 metres."),
        Turn("user", "And how wide is she?"),
    ]
    later = [Turn("assistant", "12."), Turn("user", "What else?"), Turn("assistant", "Her keel was laid.")]
    assert gone_back_to([*first, *later]) == ("How wide is the Vasa?", ("12.", "Her keel was laid."))
    assert gone_back_to([]) == gone_back_to([Turn("user", "What else?")]) == ("", ())
    kept = [Turn("user", "How wide is the Vasa?"), Turn("assistant", "12."), Turn("user", "How wide is the Vasa?")]
    assert gone_back_to([*kept, Turn("assistant", "Her keel was laid.")]) == (
        "How wide is the Vasa?",
        ("12.", "Her keel was laid."),
    )
    completed = [Turn("user", "Tell me about wolves"), Turn("user", "Where do they live? (Tell me about wolves)")]
    assert gone_back_to(completed) == ("Where do they live? (Tell me about wolves)", ())


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Dr. Walter Plowright and his colleagues grew it at Muguga, near Nairobi.", ["Walter Plowright"]),
        ("The Suez Canal Authority said on Tuesday that the Ever Given was free.", []),
        ("The Ever Given is 400 metres long.", []),
        ("The script is called Linear B. Sir Arthur Evans had dug it up.", ["Arthur Evans"]),
        ("It began under Dr. D. A. Henderson.", ["D. A. Henderson"]),
    ],
)
def test_people_are_full_names_without_their_titles(text: str, names: list[str]) -> None:
    assert people(text) == names


@pytest.mark.parametrize(
    ("question", "thing"),
    [
        ("When did the Svalbard seed vault open?", "the Svalbard seed vault"),
        ("How big is Webb's sunshield?", "Webb's sunshield"),
        ("What law was passed after the Great Smog?", ""),
        ("Did Egypt sue Boskalis?", ""),
    ],
)
def test_a_question_asks_about_one_named_thing_or_none(question: str, thing: str) -> None:
    assert asked_about(question) == thing


@pytest.mark.parametrize(
    ("question", "subject"),
    [
        ("Where did the Ever Given run aground?", "the Ever Given"),
        ("What did Michael Ventris decipher?", "Michael Ventris"),
        ("what is it", ""),
        ("Who designed the Bank of England?", "the Bank of England"),
    ],
)
def test_the_subject_is_the_last_named_thing(question: str, subject: str) -> None:
    assert subject_of(question) == subject
