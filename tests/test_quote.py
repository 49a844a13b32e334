from __future__ import annotations

import pytest

from indexes.types import Article
from qa.quote import around, find, past_bullet, with_neighbours


@pytest.mark.parametrize(
    ("text", "sentence", "quoted"),
    [
        ("Ali leads the crew. He is 40.", "He is 40.", "Ali leads the crew. He is 40."),
        (
            "Ali leads the crew. “They work,” he said.",
            "“They work,” he said.",
            "Ali leads the crew. “They work,” he said.",
        ),
        ("Ali leads the crew. The ship is long.", "The ship is long.", "The ship is long."),
        ("He is 40. The ship is long.", "He is 40.", "He is 40."),
        ("The ship is long. Itinerant crews came.", "Itinerant crews came.", "Itinerant crews came."),
    ],
)
def test_a_pronoun_at_the_start_brings_the_sentence_before(text: str, sentence: str, quoted: str) -> None:
    start = text.index(sentence)
    begin, end = with_neighbours(Article("a", text), (start, start + len(sentence)))
    assert text[begin:end] == quoted


def test_neighbours_stop_at_two_and_never_leave_the_article() -> None:
    chain = Article("chain", "It began. It went on. It went further. It ended.")
    start = chain.text.index("It ended")
    begin, end = with_neighbours(chain, (start, len(chain.text)))
    assert chain.text[begin:end] == "It went on. It went further. It ended."
    assert with_neighbours(chain, (0, 9)) == (0, 9)


def test_a_neighbour_that_belongs_to_the_page_is_not_quoted() -> None:
    text = "Sign up for news of the ship today. He said it would move."
    article = Article("a", text, leftovers=((0, 35),))
    assert with_neighbours(article, (36, len(text))) == (36, len(text))


def test_a_heading_is_no_neighbour() -> None:
    text = "The owners\n\nThey did not say when."
    assert with_neighbours(Article("a", text), (12, len(text))) == (12, len(text))


@pytest.mark.parametrize(
    ("quote", "words"),
    [
        ("was “refloated” on Monday", 'was "refloated"\non  Monday'),
        ("Was refloated", None),
        ("9 000 tonnes – of sand…", "9\u00a0000 tonnes — of sand"),
        ("ﬁne weather", "fine weather"),
        ("it was not", None),
        ("", None),
        ("...", None),
    ],
)
def test_a_quote_is_found_where_only_its_dress_differs(quote: str, words: str | None) -> None:
    text = 'The ship was "refloated"\non  Monday. Dredgers moved 9\u00a0000 tonnes — of sand in fine weather.'
    span = find(quote, text)
    assert (text[slice(*span)] if span else None) == words


def test_a_quote_is_looked_for_within_its_bounds() -> None:
    assert find("one", "one two one", 3) == (8, 11)
    assert find("one", "one two one", 3, 8) is None


def test_a_sentence_has_its_neighbours_of_the_same_paragraph_around_it() -> None:
    text = "The ship is long. It is old. It is red.\n\nThe crew is young."
    article = Article("a", text)
    middle, last = text.index("It is old."), text.index("It is red.")
    assert text[slice(*around(article, (middle, middle + 10)))] == "The ship is long. It is old. It is red."
    assert text[slice(*around(article, (last, last + 10)))] == "It is old. It is red."
    marked = Article("a", text, leftovers=((last, last + 10),))
    assert text[slice(*around(marked, (middle, middle + 10)))] == "The ship is long. It is old."


def test_a_bullet_is_neither_quoted_nor_a_neighbour() -> None:
    text = "What held:\n\n- 139 of the bolts held.\n- All cables held."
    first, last = text.index("- 139"), text.index("- All")
    item = past_bullet(text, (last, len(text)))
    assert text[slice(*item)] == "All cables held."
    assert past_bullet(text, (first + 2, last)) == (first + 2, last)
    assert past_bullet("-5 degrees were measured.", (0, 25)) == (0, 25)
    assert past_bullet(text, around(Article("a", text), item))[0] <= first + 2  # the item before, not the lone mark
