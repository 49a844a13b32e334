"""Is this sentence carried by these words? Checked for every sentence before it is shown, whoever wrote it.

The default answer quotes, so the check is exact: the cited span of the saved article must be the quote, and the
sentence must be the quote. Only white space may differ (a line break inside a sentence is shown as a space). A further
citation of a sentence, from another article, must hold the words that answer. Knows nothing of models of language.
"""

from __future__ import annotations

from indexes.types import Article
from qa.quote import overlap
from qa.types import Citation, Support


def check(sentence: str, citation: Citation, article: Article | None) -> Support:
    """The verdict on one sentence and the citation it stands on, against the article as the library holds it now."""
    if reason := misplaced(citation, article):
        return Support("unsupported", reason)
    if fold(sentence) != fold(citation.quote):
        return Support("unsupported", "the sentence is not the quote")
    return Support("verbatim")


def check_agreeing(words: str, citation: Citation, article: Article | None) -> Support:
    """The verdict on a further citation, which says the same elsewhere: its quote must stand there and hold the words
    that answer."""
    if reason := misplaced(citation, article):
        return Support("unsupported", reason)
    if not words or fold(words).casefold() not in fold(citation.quote).casefold():
        return Support("unsupported", "the quote does not hold the words that answer")
    return Support("verbatim")


def misplaced(citation: Citation, article: Article | None) -> str:
    """Why the quote is not the article's own words at its place; "" where it is."""
    if article is None:
        return f"there is no article {citation.article_id}"
    if not 0 <= citation.start < citation.end <= len(article.text):
        return "the span lies outside the article"
    if article.text[citation.start : citation.end] != citation.quote:
        return "the quote is not what the article says at this place"
    if any(overlap((citation.start, citation.end), leftover) for leftover in article.leftovers):
        return "the span touches what belongs to the page, not to the article"
    return ""


def fold(text: str) -> str:
    """Runs of white space as one space: the only difference that verbatim allows."""
    return " ".join(text.split())
