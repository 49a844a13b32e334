from __future__ import annotations

import pytest

from indexes.types import Article
from qa.quote import with_neighbours


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
