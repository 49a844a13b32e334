from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from indexes.types import Article, Filters, Hit, Passage
from qa.chat import Assistant, open_assistant
from qa.overview import CONFIDENCE, NOTICE, bare_subject, is_detail, main_sentences, subject_of
from qa.types import Settings, Turn

WOLVES = Article(
    "wolves",
    "Wolves came back to the valley in May after seventy years. Nobody had seen one there since 1926.\n\n"
    "The wolves hunt elk in the valley. The elk have grown fewer since the wolves hunt them. It was a hard winter too. "
    "A shop sells postcards of the station. These are the rules for visitors:",
    "Wolves return", published="2020-05-02",
)  # fmt: skip
ELK = Article(
    "elk", "Elk stood on the road again this morning, said the mayor. A wolf was not to be seen.", "Elk on the road",
    published="2019-01-05", leftovers=((0, 0),),
)  # fmt: skip
SHOP = Article("shop", "The station shop opens at nine. It also sells postcards of wolves and stamps.", "A new shop")
ALL = {one.id: one for one in (WOLVES, ELK, SHOP)}


def hits(*articles: Article) -> list[Hit]:
    return [Hit(Passage(one.id, 0, len(one.text), one.text, one.header), 1.0) for one in articles]


@pytest.fixture(scope="module")
def assistant(sample_library: Path) -> Iterator[Assistant]:
    opened = open_assistant(Settings(library=str(sample_library)))
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("question", "subject"),
    [
        ("Tell me about the Great Smog.", "the Great Smog"),
        ("Could you please tell me more about wolves?", "wolves"),
        ("What do the articles say about Osama Rabie?", "Osama Rabie"),
        ("What is known about smallpox?", "smallpox"),
        ("Summarise the article on the seed vault", "the seed vault"),
        ("summarize chile mine rescue", "chile mine rescue"),
        ("Give me a short overview of the Suez blockage", "the Suez blockage"),
        ("What is the Linear B article about?", "Linear B"),
        ("What is the Vasa article about?", "Vasa"),
        ("Summarise the Vasa article", "the Vasa"),
        ("What's known about wolves?", "wolves"),
        ("Tell me about wolves, please", "wolves"),
        ("Summarize this for me", ""),
        ("What was written on the tablets?", None),
        ("Are there any articles about wolves?", "wolves"),
        ("What is this article about?", ""),
        ("Summarise this article", ""),
        ("What is it about?", ""),
        ("Tell me about how the ship was freed", None),
        ("What did the minister say about the mine?", None),
        ("When was the article about the mine published?", None),
        ("What is the vault made of?", None),
        ("Who was the last man out?", None),
    ],
)
def test_a_broad_question_is_told_from_one_for_something_in_particular(question: str, subject: str | None) -> None:
    assert subject_of(question) == subject


def test_a_detail_of_a_thing_is_told_from_the_thing() -> None:
    assert is_detail("the cost of the Channel Tunnel") and not is_detail("the Channel Tunnel")


def test_what_says_nothing_is_no_subject() -> None:
    assert [bare_subject(one) for one in ("hi", "ok", "me", "Go")] == [None] * 4
    assert main_sentences("AI", hits(WOLVES, SHOP), ALL.get, 4) == []
    assert main_sentences("C++", hits(WOLVES, SHOP), ALL.get, 4) == []
    told = Article("us", "Ministers told us that the EU pays for the bridge over the river.", "A bridge")
    assert main_sentences("the US", hits(told), {"us": told}.get, 4) == []
    assert len(main_sentences("the EU", hits(told), {"us": told}.get, 4)) == 1


def test_a_genitive_is_the_thing_whatever_its_apostrophe() -> None:
    ship = Article("vasa", "The Vasa's crew of 145 men came from the coast of Sweden.", "A ship")
    for subject in ("the Vasa’s crew", "the Vasa's crew"):
        assert len(main_sentences(subject, hits(ship), {"vasa": ship}.get, 4)) == 1


def test_a_few_nouns_are_a_subject_and_a_question_is_none() -> None:
    assert bare_subject("yellowstone wolves") == "yellowstone wolves"
    for question in ("who owns the ship", "wolves?", "length of the ship", "one two three four five", ""):
        assert bare_subject(question) is None


def test_an_article_begins_its_overview_and_its_commonest_words_go_on() -> None:
    found = main_sentences("the wolves", hits(WOLVES), ALL.get, 3)
    texts = [one.text for one in found]
    assert texts[0].startswith("Wolves came back") and len(texts) == 3
    assert "The elk have grown fewer since the wolves hunt them." in texts
    assert not any(text.startswith(("It was", "These are")) for text in texts)
    assert all(WOLVES.text[one.citations[0].start : one.citations[0].end] == one.text for one in found)
    assert [one.citations[0].number for one in found] == [1, 2, 3]


def test_only_articles_that_speak_of_the_subject_are_in_it_and_older_ones_come_first() -> None:
    assert main_sentences("lions", hits(WOLVES, ELK, SHOP), ALL.get, 4) == []
    found = main_sentences("elk", hits(WOLVES, ELK, SHOP), ALL.get, 4)
    assert [one.citations[0].article_id for one in found] == ["elk"] * len(found) and found
    both = main_sentences("road wolves elk", hits(WOLVES, ELK, SHOP), ALL.get, 4)
    assert both == []  # no article has all three


def test_an_article_that_only_mentions_the_subject_gives_the_sentences_that_do() -> None:
    found = main_sentences("postcards", hits(WOLVES, SHOP), ALL.get, 4)
    assert [one.text for one in found] == ["A shop sells postcards of the station."]


def test_a_broad_question_gets_main_sentences_and_says_so(assistant: Assistant) -> None:
    answer = assistant.ask("What do the articles say about wolves?")
    assert (answer.refused, answer.notice, answer.confidence) == (False, NOTICE, CONFIDENCE)
    assert 2 <= len(answer.sentences) <= 4
    assert {one.article_id for one in answer.citations} == {"yellowstone-wolves"}
    assert all(one.support.verdict == "verbatim" for one in answer.sentences)
    assert answer.sentences == assistant.ask("Tell me about wolves").sentences
    assert answer.broad and answer.measured is None


def test_what_else_brings_other_main_sentences_and_then_others_again(assistant: Assistant) -> None:
    history: list[Turn] = []
    shown: list[str] = []
    for question in ("Tell me about wolves", "What else?", "What else?"):
        answer = assistant.ask(question, history)
        assert answer.broad and len(answer.sentences) >= 2
        shown += [one.text for one in answer.sentences]
        history += [Turn("user", answer.standalone), Turn("assistant", answer.text)]  # as the page keeps it
    assert len(set(shown)) == len(shown)


def test_what_stands_around_main_sentences_is_shown_once(assistant: Assistant) -> None:
    answer = assistant.ask("Tell me about wolves")
    why = assistant.ask("How do you know?", [Turn("user", "Tell me about wolves"), Turn("assistant", answer.text)])
    places = [(one.article_id, one.start, one.end) for one in why.citations]
    assert why.sentences and [one.number for one in why.citations] == [*range(1, len(places) + 1)]
    assert not any(a[0] == b[0] and a[1] < b[2] and b[1] < a[2] for n, a in enumerate(places) for b in places[n + 1 :])


def test_a_detail_that_is_asked_for_broadly_is_looked_for_first(assistant: Assistant) -> None:
    answer = assistant.ask("What do the articles say about the cost of the Channel Tunnel?")
    assert not answer.broad and "£4.65 billion" in answer.sentences[0].text
    assert assistant.ask("Tell me about the history of the Channel Tunnel").broad
    assert "read" not in assistant.ask("What do the articles say about the Ever Given?").seconds


def test_what_no_article_speaks_of_is_refused_all_the_same(assistant: Assistant) -> None:
    for question in ("Tell me about Peru", "What do the articles say about the Titanic?", "hello"):
        assert assistant.ask(question).refused


def test_this_article_is_the_one_that_is_asked_about(assistant: Assistant) -> None:
    answer = assistant.ask("What is this article about?", filters=Filters(articles=("linear-b-decipherment",)))
    assert {one.article_id for one in answer.citations} == {"linear-b-decipherment"}
    assert assistant.ask("What is this article about?").notice != NOTICE


def test_who_asks_strictly_gets_no_overview(assistant: Assistant) -> None:
    answer = assistant.ask("Tell me about wolves", threshold=CONFIDENCE + 0.1)
    assert answer.notice != NOTICE


def test_tell_me_about_it_is_completed_first(assistant: Assistant) -> None:
    history = [Turn("user", "When did the Ever Given run aground?"), Turn("assistant", "On 23 March.")]
    answer = assistant.ask("Tell me about it", history)
    assert answer.notice == NOTICE and "Ever Given" in answer.standalone
