from __future__ import annotations

from dataclasses import replace

import pytest

from indexes.types import Article
from qa.types import Citation
from qa.verify import check, check_agreeing

TEXT = "Photo: A. Person\n\nThe ship is 400 metres\nlong. It was built in 2018."
ARTICLE = Article("ship", TEXT, leftovers=((0, 16),))
START, END = TEXT.index("The ship"), TEXT.index(" It was")
CITATION = Citation(1, "ship", START, END, TEXT[START:END])


def test_the_quote_itself_is_verbatim() -> None:
    assert check("The ship is 400 metres long.", CITATION, ARTICLE).verdict == "verbatim"


@pytest.mark.parametrize(
    ("sentence", "citation", "article", "reason"),
    [
        ("The ship is 500 metres long.", CITATION, ARTICLE, "the sentence is not the quote"),
        ("the ship is 400 metres long.", CITATION, ARTICLE, "the sentence is not the quote"),
        ("The ship is 400 metres long.", CITATION, None, "there is no article"),
        ("The ship is 400 metres long.", replace(CITATION, start=START + 1), ARTICLE, "not what the article says"),
        ("The ship is 400 metres long.", replace(CITATION, end=10_000), ARTICLE, "outside the article"),
        ("The ship is 400 metres long.", replace(CITATION, start=-5), ARTICLE, "outside the article"),
        ("Photo: A. Person", Citation(1, "ship", 0, 16, TEXT[:16]), ARTICLE, "belongs to the page"),
    ],
)
def test_anything_else_is_unsupported(sentence: str, citation: Citation, article: Article | None, reason: str) -> None:
    support = check(sentence, citation, article)
    assert not support.holds
    assert reason in support.reason


def test_a_further_citation_must_hold_the_words_that_answer() -> None:
    assert check_agreeing("400 Metres", CITATION, ARTICLE).holds
    for words, citation in (("500 metres", CITATION), ("", CITATION), ("400 metres", replace(CITATION, end=END - 1))):
        assert not check_agreeing(words, citation, ARTICLE).holds
    assert check_agreeing("400 metres", CITATION, None).reason == "there is no article ship"
