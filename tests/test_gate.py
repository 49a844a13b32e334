"""The gate, with the real reader and the sample articles."""

from __future__ import annotations

from pathlib import Path

import pytest

from indexes.library import Library
from indexes.passages import split, units
from indexes.types import Article, Hit, Passage
from qa.gate import LONGEST, Gate, covered, nearest_sentence
from qa.reader.model import ReaderModel
from qa.types import Written

TEXT = (
    "The Ever Given ran aground in the Suez Canal on 23 March 2021. The ship is 400 metres long and belongs to Shoei "
    "Kisen. She was refloated on Monday, 29 March, with the help of eleven tugs.\n\n"
    "“The wind alone does not explain it,” said Osama Rabie, the head of the canal authority. Peter Berdowski of "
    "Boskalis compared the ship with a whale on the beach.\n\nSubscribe to our newsletter for the latest on shipping."
)
ARTICLE = Article("ship", TEXT, title="A ship in the canal", published="2021-03-30", source="Harbour Gazette",
                  leftovers=((TEXT.index("Subscribe"), len(TEXT)),))  # fmt: skip
OTHER = Article("whale", "Whales strand on beaches every year.", title="Whales")
MODEL = ReaderModel()


def hit(article: Article) -> Hit:
    return Hit(Passage(article.id, 0, len(article.text), article.text, article.header), 1.0)


SHOWN = [hit(ARTICLE), hit(OTHER)]


@pytest.fixture
def gate() -> Gate:
    return Gate({one.id: one for one in (ARTICLE, OTHER)}.get, MODEL.supports)


@pytest.mark.parametrize(
    ("text", "quotes", "cited"),
    [
        ("The Ever Given was refloated on 29 March.", ("was refloated on Monday",), "She was refloated"),
        ("The ship belongs to Shoei Kisen.", (), "The ship is 400 metres"),
        ("According to Osama Rabie, the wind alone cannot explain the accident.", (), "“The wind alone"),
    ],
)
def test_what_the_words_carry_is_shown_as_it_was_written(
    gate: Gate, text: str, quotes: tuple[str, ...], cited: str
) -> None:
    sentence = gate.judge(Written(text, (1,), quotes), SHOWN)
    assert (sentence.support.verdict, sentence.text) == ("supported", text), sentence.support.reason
    [citation] = sentence.citations
    assert cited in citation.quote
    assert TEXT[citation.start : citation.end] == citation.quote


@pytest.mark.parametrize(
    "text",
    [
        "The ship is 300 metres long.",
        "She was refloated on Monday, 30 March, with the help of eleven tugs.",
        "Osama Rabie compared the ship with a whale on the beach.",
        "The ship was not refloated with the help of eleven tugs.",
        "The ship is 400 metres long and belongs to Maersk.",
    ],
)
def test_what_says_other_than_the_words_is_shown_in_the_words_or_not_at_all(gate: Gate, text: str) -> None:
    sentence = gate.judge(Written(text, (1,)), SHOWN)
    assert sentence.text != text or not sentence.support.holds
    assert sentence.support.reason
    if sentence.support.holds:
        assert sentence.text in " ".join(TEXT.split()) and sentence.instead_of == text


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (Written("The ship is 400 metres long.", (9,)), "it cites passage 9, and 2 were shown"),
        (Written("Bananas grow in Ecuador.", ()), "no passage speaks of this"),
        (Written("Bananas grow in the canal.", (1,)), ""),
        (Written("word " * LONGEST, (1,)), "no sentence that could be checked"),
        (Written("Subscribe to our newsletter.", (1,)), ""),
    ],
)
def test_what_nothing_carries_is_not_shown(gate: Gate, written: Written, reason: str) -> None:
    sentence = gate.judge(written, SHOWN)
    assert not sentence.support.holds
    assert reason in sentence.support.reason


def test_an_invented_quote_shows_the_articles_words_instead(gate: Gate) -> None:
    written = Written("The ship is 400 metres long.", (1,), ("the vessel measures 400 metres",))
    sentence = gate.judge(written, SHOWN)
    assert sentence.support.verdict == "verbatim"
    assert sentence.text == "The ship is 400 metres long and belongs to Shoei Kisen."
    assert "quote" in sentence.support.reason and sentence.instead_of == written.text


def test_the_same_words_keep_their_number_and_are_not_shown_twice(gate: Gate) -> None:
    first = gate.judge(Written("The ship is 400 metres long.", (1,)), SHOWN)
    again = gate.judge(Written("The ship belongs to Shoei Kisen.", (1,)), SHOWN)
    other = gate.judge(Written("She was refloated on 29 March.", (1,)), SHOWN)
    assert [one.citations[0].number for one in (first, again, other)] == [1, 1, 2]
    wrong = [gate.judge(Written(f"The ship is {length} metres long.", (1,)), SHOWN) for length in (300, 500)]
    assert [one.support.holds for one in wrong] == [True, False]


def test_without_a_number_the_passage_is_found(gate: Gate) -> None:
    sentence = gate.judge(Written("Whales strand on beaches each year."), SHOWN)
    assert sentence.citations[0].article_id == "whale"


def test_content_words_are_compared_by_their_beginning() -> None:
    assert covered("The ships were refloated.", "A ship was refloating") == 0.5
    assert covered("of the", "anything") == 0.0
    found = nearest_sentence("the length of the ship in metres", SHOWN[0], ARTICLE)
    assert found and found.words.startswith("The ship is 400 metres")


def test_true_sentences_of_the_samples_pass_as_they_are(sample_library: Path) -> None:
    library = Library(sample_library)
    lost, total = [], 0
    for article in library.articles()[::2]:
        gate, passage = Gate(library.article, MODEL.supports), split(article)[0]
        told = units(article.text, passage.start, passage.end, title=article.title)
        for unit in [one for one in told if one.kind == "sentence" and one.end - one.start > 60][:3]:
            text, total = " ".join(article.text[unit.start : unit.end].split()), total + 1
            if gate.judge(Written(text, (1,)), [Hit(passage, 1.0)]).support.verdict != "supported":
                lost.append(text)
    assert total > 15
    assert len(lost) <= total / 20, lost
