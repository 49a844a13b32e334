"""How much is quoted with a sentence: a pronoun at its start brings the sentence before it along.

"He said his men had moved 9,000 tonnes" is never left dangling, and never completed with a guessed name: a name put in
by rule can be the wrong one. Knows nothing of models or of how an answer is written.
"""

from __future__ import annotations

import re
import unicodedata

from indexes.passages import units
from indexes.types import Article, Span
from qa.types import Citation

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
        start, _ = past_bullet(article.text, (before, end))
    return start, end


def _sentence_before(article: Article, at: int) -> int | None:
    """Where the quotable sentence just before `at` begins; None if a heading or the page's own text comes between."""
    paragraph = article.text.rfind("\n\n", 0, max(0, at - LOOK_BACK))
    before = units(article.text, paragraph + 2 if paragraph >= 0 else 0, at)
    found = [unit for unit in before if unit.end <= at and unit.end - unit.start > 1]  # a lone mark is a bullet
    if not found or found[-1].kind != "sentence":
        return None
    start = found[-1].start
    return None if any(overlap((start, at), leftover) for leftover in article.leftovers) else start


def around(article: Article, span: Span) -> Span:
    """The span with the sentence before it, of whatever paragraph, and the one behind it in its own, as far as they may
    be quoted."""
    start, end = span
    before = _sentence_before(article, start)
    behind = next((unit for unit in units(article.text, end, min(len(article.text), end + LOOK_BACK))), None)
    parted = behind is None or "\n\n" in article.text[end : behind.start] or behind.kind != "sentence"
    if behind and not parted and not any(overlap((end, behind.end), leftover) for leftover in article.leftovers):
        end = behind.end
    return (start if before is None else before), end


def overlap(one: Span, other: Span) -> bool:
    """Do two spans share a character?"""
    return one[0] < other[1] and other[0] < one[1]


_BULLET = re.compile(r"[-–—*•‣◦▪·][ \t\xa0]+(?=\S)")


def past_bullet(text: str, span: Span) -> Span:
    """The span without the mark of a list that it begins with: "- 139 of them held" is quoted as "139 of them held"."""
    bullet = _BULLET.match(text, *span)
    return (bullet.end() if bullet else span[0]), span[1]


def citation_of(number: int, article: Article, span: Span) -> Citation:
    """The citation of a span of an article, under this number."""
    start, end = span
    return Citation(
        number, article.id, start, end, article.text[start:end],
        article.title, article.source, article.author, article.published, article.url,
    )  # fmt: skip


_SHAPES = {"'": "‘’‚‛′`´", '"': "“”„‟″«»", "-": "‐‑‒–—―−"}
_ALIKE = str.maketrans({shape: char for char, shapes in _SHAPES.items() for shape in shapes})


def find(quote: str, text: str, start: int = 0, end: int | None = None) -> Span | None:
    """Where a quote stands in `text[start:end]`: letter by letter, but for the shape of quotation marks, dashes and
    letters that look alike (NFKC), capitals, runs of white space and a full stop or dots at its ends. Offsets are into
    `text`; None where it does not stand there."""
    stretch, places = _folded(text[start:end])
    wanted = _folded(quote)[0].strip(" .…,;:'\"")
    at = stretch.find(wanted) if wanted else -1
    return None if at < 0 else (start + places[at], start + places[at + len(wanted) - 1] + 1)


def _folded(text: str) -> tuple[str, list[int]]:
    """(the text folded, for each of its characters the place in the text it comes from)."""
    letters: list[str] = []
    places: list[int] = []
    for at, char in enumerate(text):
        folded = unicodedata.normalize("NFKC", char).translate(_ALIKE).casefold()
        folded = " " if folded.isspace() else folded
        if (folded == " " and letters[-1:] == [" "]) or unicodedata.category(char) == "Cf":
            continue
        letters += folded
        places += [at] * len(folded)
    return "".join(letters), places
