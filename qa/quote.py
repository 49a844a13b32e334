"""How much is quoted with a sentence: a pronoun at its start brings the sentence before it along.

"He said his men had moved 9,000 tonnes" is never left dangling, and never completed with a guessed name: a name put in
by rule can be the wrong one. Knows nothing of models or of how an answer is written.
"""

from __future__ import annotations

import re

from indexes.passages import units
from indexes.types import Article, Span

NEIGHBOURS = 2  # sentences taken along, at most, until one does not open with a pronoun
LOOK_BACK = 1_500  # characters before a sentence in which its neighbours are looked for

DANGLING = re.compile(
    r"^[\"“‘'(]*(he|she|it|they|his|her|its|their|these|those|this|that|both|such|neither)\b(?!’?s? not only)",
    re.IGNORECASE,
)


def with_neighbours(article: Article, span: Span) -> Span:
    """The span, begun earlier while its first sentence opens with a pronoun and the sentence before may be quoted."""
    start, end = span
    for _ in range(NEIGHBOURS):
        if not DANGLING.match(article.text[start:end]):
            break
        before = _sentence_before(article, start)
        if before is None:
            break
        start = before
    return start, end


def _sentence_before(article: Article, at: int) -> int | None:
    """Where the quotable sentence just before `at` begins; None if a heading or the page's own text comes between."""
    paragraph = article.text.rfind("\n\n", 0, max(0, at - LOOK_BACK))
    found = [unit for unit in units(article.text, paragraph + 2 if paragraph >= 0 else 0, at) if unit.end <= at]
    if not found or found[-1].kind != "sentence":
        return None
    start = found[-1].start
    return None if any(overlap((start, at), leftover) for leftover in article.leftovers) else start


def overlap(one: Span, other: Span) -> bool:
    """Do two spans share a character?"""
    return one[0] < other[1] and other[0] < one[1]
