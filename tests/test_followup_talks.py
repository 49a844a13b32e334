"""Conversations over the sample articles: what each later question becomes. None: a change of subject, left as it is."""

from __future__ import annotations

import pytest

from qa.followup import standalone
from qa.types import Turn

TUGS = "Eleven harbour tugs and two powerful seagoing tugs, the Alp Guard and the Carlo Magno, pulled her off."
SIZE = "The Ever Given is 400 metres long and 59 metres wide."
DIVE = "Victor Vescovo, 53, made the dive alone on 28 April in a submersible called Limiting Factor."
FOREMAN = "He was Luis Urzúa, 54, the shift foreman, who had shared out the food in the first 17 days."
LENGTH = "They run for 50.5 kilometres from Folkestone in Kent to Coquelles in France."
Talk = list[tuple[str, str, str | None]]  # question, answer, what the question becomes

FOLLOW_UPS: dict[str, Talk] = {
    "it is the ship, of which there is one": [
        ("How many tugs worked on the Ever Given?", TUGS, None),
        ("And how wide is it?", SIZE, "How wide is the Ever Given?"),
        ("how old is it", "", "how old is the Ever Given"),
        ("Where is it now?", "", "Where is the Ever Given now?"),
    ],
    "in small letters too": [
        ("how many people died digging the channel tunnel", "Ten workers were killed.", None),
        ("how long is it", LENGTH, "how long is it (how many people died digging the channel tunnel)"),
        ("how long is the channel tunnel", LENGTH, None),
        ("and how deep is it", "About 40 metres below the seabed.", "how deep is the channel tunnel"),
        ("who dug it?", "", "who dug the channel tunnel?"),
    ],
    "a thing without a name": [
        ("How deep was the deepest dive?", "10,928 metres.", None),
        ("Who made it?", DIVE, "Who made the deepest dive?"),
        ("When was rinderpest declared extinct?", "On Tuesday, 28 June.", None),
        ("can people catch it?", "Rinderpest does not infect people.", "can people catch rinderpest?"),
        ("Is it still kept anywhere?", "In more than a dozen countries.", "Is rinderpest still kept anywhere?"),
    ],
    "the smog, until the law comes in": [
        ("How many cattle died in the Great Smog?", "At least 11 of them died.", None),
        ("How long did it last?", "It stayed for five days.", "How long did the Great Smog last?"),
        ("What law came of it?", "The Clean Air Act.", "What law came of the Great Smog?"),
        ("And when was it passed?", "In 1956.", "And when was it passed? (What law came of the Great Smog?)"),
    ],
    "a name as the subject is not its object": [
        ("How long was the Ever Given stuck?", "Six days.", None),
        ("What did Egypt lose by it each day?", "$14 million.", "What did Egypt lose by the Ever Given each day?"),
        ("How deep did Boskalis dig around it?", "18 metres.", "How deep did Boskalis dig around the Ever Given?"),
        ("And which firm owns it?", "Shoei Kisen Kaisha.", "Which firm owns the Ever Given?"),
    ],
    "two of one trade": [
        ("When did Ventris and Chadwick publish together?", "In 1953.", None),
        ("Where did they meet?", "", "Where did Ventris and Chadwick meet?"),
        ("And what did Evans think?", "", "And what did Evans think? (Where did Ventris and Chadwick meet?)"),
    ],
    "him is not the one who beat him": [
        ("Who ran a mile in 3:58.0?", "On 21 June John Landy of Australia ran 3:57.9.", None),
        ("Did Landy beat him?", "", "Did Landy beat him? (Who ran a mile in 3:58.0?)"),
    ],
    "what happened in a country is not the country": [
        ("How many people died in Chile?", "Nobody.", None),
        ("When did it happen?", "", "When did it happen? (How many people died in Chile?)"),
    ],
}

CHANGES: dict[str, Talk] = {
    "from the dive to the mine": [
        ("How deep was the deepest dive?", "10,928 metres.", None),
        ("Who made it?", DIVE, "Who made the deepest dive?"),
        ("Who was the last miner out?", FOREMAN, None),
        ("What was the deepest dive ever?", DIVE, None),
    ],
    "from the mine to the dive and back": [
        ("Who was the last miner out?", FOREMAN, None),
        ("How deep did Victor Vescovo dive?", "10,928 metres.", None),
        ("Who was the youngest miner?", "Jimmy Sánchez, the youngest at 19, was fifth.", None),
        ("and the oldest?", "", "and the oldest? (Who was the youngest miner?)"),
    ],
    "to a ruler, and to one of two": [
        ("How many flights were cancelled?", "104,000 flights were cancelled.", None),
        ("When was one ruler found in the wreck of a warship?", "", None),
        ("Who was one of the first visitors to the deep?", "", None),
    ],
    "with its own noun for the pronoun": [
        ("Did Bannister beat Landy?", "Bannister won in 3:58.8.", None),
        ("Did the dean say yes when he was asked?", "The dean said no.", None),
        ("how did peberholm get its name", "Salt and pepper.", None),
        ("Has NASA said what its telescope cost?", "About $10 billion.", None),
    ],
    "after an and": [
        ("Where did the Ever Given run aground?", "In the Suez Canal.", None),
        ("And how many people died in the Great Smog of London?", "About 12,000.", None),
        ("And how long is the Channel Tunnel?", LENGTH, None),
    ],
    "to a name in small letters": [
        ("What is Peberholm?", "An artificial island.", None),
        ("how tall is everest", "", None),
        ("Why is it hard to read Linear A?", "", None),
    ],
}


@pytest.mark.parametrize("talk", FOLLOW_UPS.values(), ids=FOLLOW_UPS)
def test_a_follow_up_is_completed(talk: Talk) -> None:
    assert became(talk) == [expected or question for question, _, expected in talk]


@pytest.mark.parametrize("talk", CHANGES.values(), ids=CHANGES)
def test_a_change_of_subject_is_left_alone(talk: Talk) -> None:
    assert became(talk) == [expected or question for question, _, expected in talk]


def became(talk: Talk) -> list[str]:
    history: list[Turn] = []
    found = []
    for question, answer, _ in talk:
        found.append(standalone(question, history))
        history += [Turn("user", found[-1]), Turn("assistant", answer)]
    return found
