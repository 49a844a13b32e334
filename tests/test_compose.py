from __future__ import annotations

from indexes.passages import units
from indexes.types import Article, Hit, Passage
from qa.compose import choose, compose, same_fact
from qa.quote import with_neighbours
from qa.types import Reading

SHIP = Article(
    "ship",
    "The Ever Given is 400 metres long. Col. Ali Hassan leads the crew. He said his men had moved 9,000 tonnes of sand."
    " Eleven tugs pulled at the ship on Monday.\n\nThe owners of the Ever Given apologised. They did not say when it would move.",
    "Stuck",
    published="2021-03-24",
    source="Gazette",
)
LATER = Article(
    "later",
    "The Ever Given was freed on 29 March. Thirteen tugs pulled at the ship on Monday.",
    "Free",
    published="2021-03-29",
)
ARTICLES = {article.id: article for article in (SHIP, LATER)}


def reading(article: Article, words: str, probability: float, *answer: str) -> Reading:
    """The sentence of the article that holds these words, answered by those."""
    unit = next(one for one in units(article.text) if words in article.text[one.start : one.end])
    start, end = with_neighbours(article, (unit.start, unit.end))
    text = article.text[start:end]
    hit = Hit(Passage(article.id, 0, len(article.text), article.text, article.header), 1.0)
    spans = tuple((article.text.index(one, start), article.text.index(one, start) + len(one)) for one in answer)
    return Reading(hit, start, end, text, 20 * probability, probability, spans)


def texts(*readings: Reading, threshold: float = 0.5, most: int = 4) -> list[str]:
    return [one.text for one in compose(readings, ARTICLES.get, threshold, most)]


def test_the_best_sentence_comes_first_and_is_verbatim() -> None:
    best = reading(SHIP, "400 metres", 0.9)
    (sentence,) = compose([best], ARTICLES.get, 0.5, 4)
    assert sentence.text == "The Ever Given is 400 metres long."
    (citation,) = sentence.citations
    assert (citation.number, citation.title, citation.source, citation.published) == (
        1,
        "Stuck",
        "Gazette",
        "2021-03-24",
    )
    assert SHIP.text[citation.start : citation.end] == citation.quote == sentence.text


def test_below_the_threshold_there_is_no_answer() -> None:
    assert compose([reading(SHIP, "400 metres", 0.49)], ARTICLES.get, 0.5, 4) == []
    assert compose([], ARTICLES.get, 0.5, 4) == []


def test_at_most_so_many_sentences() -> None:
    found = [reading(SHIP, "400 metres", 0.9), reading(SHIP, "apologised", 0.89), reading(LATER, "freed", 0.88)]
    assert len(texts(*found, most=2)) == 2


def test_a_much_weaker_sentence_is_left_out() -> None:
    assert len(texts(reading(SHIP, "400 metres", 0.95), reading(SHIP, "apologised", 0.55))) == 1


def test_a_sentence_that_shares_no_word_with_the_best_is_left_out() -> None:
    backlog = Article("backlog", "Rabie hopes for three and a half days.")
    assert choose([reading(SHIP, "400 metres", 0.9), reading(backlog, "Rabie", 0.89)], 0.5, 4)[1:] == []


def test_a_different_number_for_the_same_thing_is_news() -> None:
    eleven, thirteen = reading(SHIP, "Eleven tugs", 0.9), reading(LATER, "Thirteen tugs", 0.85)
    assert not same_fact(eleven, thirteen)
    assert same_fact(eleven, eleven)
    assert choose([eleven, thirteen, eleven], 0.5, 4) == [eleven, thirteen]


def test_a_full_stop_behind_a_number_makes_no_other_fact() -> None:
    told = Article("a", "In 1952 the smog killed 4,000 people. The smog killed 4,000 people in 1952.")
    assert same_fact(reading(told, "In 1952", 0.9), reading(told, "in 1952.", 0.8))


def test_a_pronoun_brings_the_sentence_before_it() -> None:
    assert texts(reading(SHIP, "9,000 tonnes", 0.9)) == [
        "Col. Ali Hassan leads the crew. He said his men had moved 9,000 tonnes of sand."
    ]


def test_nothing_is_quoted_twice() -> None:
    assert texts(reading(SHIP, "9,000 tonnes", 0.9), reading(SHIP, "leads the crew", 0.88)) == [
        "Col. Ali Hassan leads the crew. He said his men had moved 9,000 tonnes of sand."
    ]


def test_after_the_best_its_article_goes_on_and_then_the_others_by_date() -> None:
    found = [reading(SHIP, "400 metres", 0.9), reading(LATER, "freed", 0.89), reading(SHIP, "apologised", 0.88)]
    assert texts(*found) == [
        "The Ever Given is 400 metres long.", "The owners of the Ever Given apologised.", "The Ever Given was freed on 29 March."
    ]  # fmt: skip


def test_the_words_that_answer_are_marked_in_the_folded_text() -> None:
    wrapped = Article("wrapped", "The ship\nis  400 metres\nlong and 59 metres wide.")
    best = reading(wrapped, "400", 0.9, "59 metres", "400 metres")
    (sentence,) = compose([best], {"wrapped": wrapped}.get, 0.5, 4)
    assert sentence.text == "The ship is 400 metres long and 59 metres wide."
    assert [sentence.text[start:end] for start, end in sentence.marks] == ["59 metres", "400 metres"]


def test_another_article_that_says_the_same_is_a_second_citation_of_the_sentence() -> None:
    eleven = reading(SHIP, "Eleven tugs", 0.9, "Monday")
    (sentence,) = compose([eleven, reading(LATER, "Thirteen tugs", 0.85, "Monday")], ARTICLES.get, 0.5, 4)
    assert [(one.number, one.article_id) for one in sentence.citations] == [(1, "ship"), (2, "later")]
    assert sentence.text == sentence.citations[0].quote


def test_articles_that_say_otherwise_stay_sentences_of_their_own() -> None:
    eleven = reading(SHIP, "Eleven tugs", 0.9, "Eleven")
    found = compose([eleven, reading(LATER, "Thirteen tugs", 0.88, "Thirteen")], ARTICLES.get, 0.5, 4)
    assert [[one.article_id for one in sentence.citations] for sentence in found] == [["ship"], ["later"]]
    assert [sentence.citations[0].number for sentence in found] == [1, 2]
