from __future__ import annotations

import pytest

from qa import asked
from qa.asked import holds, kind_of, measures, missing_names


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("When was the refinery built?", "date"),
        ("In what year did it open?", "date"),
        ("How many tugs pulled at the ship?", "count"),
        ("How long is the bridge?", "length"),
        ("How deep did the diver go?", "length"),
        ("How far was the village from the coast?", "length"),
        ("Who deciphered Linear B?", "name"),
        ("And who was the captain?", "name"),
        ("Why did the ship run aground?", ""),
        ("What did the owners say?", "speech"),
    ],
)
def test_the_kind_of_answer_is_read_from_the_question(question: str, kind: str) -> None:
    assert kind_of(question) == kind


@pytest.mark.parametrize(
    ("question", "sentence", "fits"),
    [
        ("When was it built?", "The refinery is 150 miles north of Baghdad.", False),
        ("When was it built?", "It opened in 1982.", True),
        ("When was it freed?", "It was freed on Monday afternoon.", True),
        ("How many tugs were there?", "The tugs pulled at the ship.", False),
        ("How many tugs were there?", "Eleven tugs pulled at the ship.", True),
        ("How many?", "A few dozen came.", True),
        ("Who leads the crew?", "The crew is well.", False),
        ("Who leads the crew?", "The crew is led by Ali Hassan.", True),
        ("Why?", "Nobody knows.", True),
    ],
)
def test_a_sentence_without_anything_of_the_kind_cannot_answer(question: str, sentence: str, fits: bool) -> None:
    assert holds(kind_of(question), sentence) is fits


@pytest.mark.parametrize(
    ("question", "kind", "answer", "other"),
    [
        ("How old was the cashier?", "age", "The cashier, 31, drew it across the glass.",
         "At 8.01 a.m. on 26 June 1974 a cashier drew a ten-pack of gum across the glass."),
        ("how old is the bridge", "age", "It was built in 1888.", "It is 300 metres long."),
        ("How fast was she going?", "speed", "She was making 13.5 knots.", "She came fully afloat at 3.05 p.m."),
        ("What is the top speed of the train?", "speed", "It runs at 300 km an hour.", "It is 394 metres long."),
        ("How much does a capsule weigh?", "weight", "Each weighs as much as a car.", "Each is 54 centimetres wide."),
        ("What is the weight of the bell?", "weight", "It has 12 tonnes of bronze.", "It was cast in 1856."),
        ("How cold was it at the bottom?", "temperature", "The water was two degrees.", "The dive took four hours."),
        ("How much did the mission cost?", "money", "NASA spent $327 million on it.", "It set out in December 1998."),
        ("what does it cost to go through the canal", "money", "A passage is 400,000 dollars.", "It took 16 hours."),
        ("What was the value of the cargo?", "money", "Goods worth €5 billion were aboard.", "She was fifth in line."),
        ("What share of the seeds is Dutch?", "share", "One in eight comes from there.", "They come from Wageningen."),
        ("How often are they inspected?", "often", "Divers go down twice a year.", "Divers inspected them in May."),
        ("How many people were on board the jumbo?", "count", "There were 247 passengers.",
         "In June 1982 a British Airways Boeing 747 lost all its engines."),
        ("What did Woodland say of it?", "speech", "He later described the moment.", "He drew it in the sand."),
    ],
)  # fmt: skip
def test_a_measure_is_told_from_another_measure(question: str, kind: str, answer: str, other: str) -> None:
    assert kind_of(question) == kind
    assert holds(kind_of(question), answer) and not holds(kind_of(question), other)


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Who was king when the Vasa sank?", "name"),
        ("What did the captain say when he was rescued?", "speech"),
        ("Where and when was he born?", "date"),
        ("Do the articles say when it opened?", "date"),
        ("ever given aground when", "date"),
        ("What was the death toll?", "count"),
        ("What is the toll for a truck?", "money"),
        ("What was the human cost of the war?", ""),
        ("How much did the glacier lose?", "number"),
        ("How long is the incubation period?", "duration"),
        ("How long was the voyage?", "duration"),
        ("How long is the ship?", "length"),
        ("How high was inflation in 2022?", "number"),
        ("How high is the tower?", "length"),
    ],
)
def test_a_word_that_only_stands_beside_what_is_asked_does_not_decide(question: str, kind: str) -> None:
    assert kind_of(question) == kind


def test_a_number_of_things_is_no_year() -> None:
    assert holds("count", "2000 people came.") and holds("count", "It has 1200 pages.")
    assert not holds("count", "It opened in 2000.")


def test_a_count_is_neither_a_date_nor_a_time_nor_a_name() -> None:
    assert not holds("count", "On 26 June 1974, at 8.01 a.m., No. 10 met a Boeing 747.")
    assert holds("count", "Both came.") and holds("count", "In 1974 she paid 33 men.")


def test_the_words_themselves_have_to_be_the_measure() -> None:
    assert not measures("speed", "fully afloat") and not measures("money", "26 June 1974")
    assert measures("weight", "9,000 tonnes") and measures("age", "24") and measures("length", "two hundred")
    assert (
        measures("date", "while she was stuck") and measures("", "anything") and measures("speech", "that it was late")
    )


def test_the_worked_example_of_missing_names() -> None:
    assert missing_names("How far is Baiji from Basra?", "Baiji lies north of Baghdad.") == 0.5


@pytest.mark.parametrize(
    ("question", "text", "share"),
    [
        ("what is it", "anything", 0.0),
        ("Is Baghdad’s airport open?", "BAGHDAD airport", 0.0),
        ("What happened in 2015?", "It happened in 2014.", 1.0),
        ("How bad was the Great Smog?", "the smog lay on the town", 0.0),
        ("How bad was the Great Smog of 1952 in Leeds?", "the smog of 1952", 1 / 3),
    ],
)
def test_names_are_compared_without_case_and_endings(question: str, text: str, share: float) -> None:
    assert missing_names(question, text) == share


@pytest.mark.parametrize(
    ("question", "several"),
    [
        ("Which three villages were seized?", True), ("What other ships pulled?", True), ("Who were the first ten?", True),
        ("Which companies left?", True), ("Name the two tugs.", True), ("What is the length of the ship?", False),
        ("Which people left?", True),
        ("Which company owns it?", False), ("What does it cost?", False), ("Who was the captain?", False),
        ("What was his name?", False), ("What causes scurvy?", False), ("Which business was hit?", False),
    ],
)  # fmt: skip
def test_a_list_is_told_from_one_thing(question: str, several: bool) -> None:
    assert asked.wants_several(question) == several


@pytest.mark.parametrize(
    ("question", "whole"),
    [
        ("Did Kerry agree?", True), ("And is it still there?", True), ("Why was it closed?", True),
        ("How did they free the ship?", True), ("How many tugs pulled?", False), ("When was it built?", False),
        ("Who did it?", False), ("How long is it?", False),
    ],
)  # fmt: skip
def test_what_is_answered_by_a_whole_sentence(question: str, whole: bool) -> None:
    assert asked.wants_sentence(question) == whole


def test_how_long_a_thing_lasted_takes_a_stretch_of_time_and_not_a_length() -> None:
    assert kind_of("How long was the ship stuck?") == "duration" == kind_of("For how long were the miners held?")
    assert kind_of("How long did the repairs take?") == "duration"
    assert kind_of("How long was the ship?") == "number"
    assert holds("duration", "She was pulled free, six days after she blocked it.")
    assert holds("duration", "Until March it stood.")
    assert not holds("duration", "The Ever Given is 400 metres long.")
    assert not holds("duration", "She is chartered by Evergreen Marine.")
    assert not holds("date", "A mayor may decide on the market.")


def test_how_long_a_thing_is_takes_a_length_and_not_a_stretch_of_days() -> None:
    assert kind_of("How long is the Ever Given?") == "length" and kind_of("And how wide is she?") == "length"
    assert holds("length", "The Ever Given is 400 metres long.") and holds("length", "The film lasts two hours.")
    assert not holds("length", "She was pulled free, six days after she blocked it.")
