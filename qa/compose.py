"""Readings to the sentences of an answer, each with its numbered citation. The default answer is made of quotes.

One to four verbatim sentences: the best first, not the same fact twice, then what stands near it, then other articles
by date. A sentence that opens with a pronoun is quoted together with the sentence before it, never left dangling and
never completed with a guessed name. Knows nothing of storage, models or Gradio.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from indexes.types import Article, Span
from qa.quote import overlap
from qa.types import Citation, Reading, Sentence, Support
from qa.verify import fold

ArticleOf = Callable[[str], Article | None]

# A further sentence may score so much less than the best one, at most, and has to share a content word with it. On 320
# answerable development questions that adds 0.34 sentences a question, of which 35 % hold the answer, and saves 18 of
# the 61 answers whose first sentence is the wrong one. (Without the shared word: 0.43, 29 %, 22. A margin of 4 adds
# twice as many sentences.)
MARGIN = 2.0
# Content words shared, of the shorter sentence, from which two sentences say the same thing.
SAME_FACT = 0.6

NUMBER = re.compile(
    r"\d[\d.,]*|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|thirty|forty|fifty|sixty|seventy|"
    r"eighty|ninety|hundred|thousand|million|billion|dozen|half)\b",
    re.IGNORECASE,
)
SHORT_WORDS = 4  # letters: shorter words ("the", "was", "with") say little about what a sentence tells


def compose(readings: Sequence[Reading], article_of: ArticleOf, threshold: float, most: int) -> list[Sentence]:
    """The answer's sentences in the order in which they are shown, not verified yet. Empty when no reading reaches the
    threshold (a probability, 0..1). readings: best first."""
    sentences: list[Sentence] = []
    for reading in _ordered(choose(readings, threshold, most)):
        article = article_of(reading.hit.passage.article_id)
        if article is None:
            continue
        span = reading.start, reading.end
        if any(overlap(span, (c.start, c.end)) and c.article_id == article.id for s in sentences for c in s.citations):
            continue
        citation = _citation(len(sentences) + 1, article, span)
        sentences.append(Sentence(fold(citation.quote), (citation,), Support("unsupported", "not verified yet")))
    return sentences


def choose(readings: Sequence[Reading], threshold: float, most: int) -> list[Reading]:
    """The best reading and those that add to it, best first."""
    if not readings or readings[0].probability < threshold:
        return []
    least = readings[0].score - MARGIN
    chosen: list[Reading] = []
    for reading in readings:
        likely = reading.probability >= threshold and reading.score >= least
        if chosen and not _content(reading.text) & _content(chosen[0].text):
            continue  # a sentence that shares no word with the best one is about something else
        if likely and len(chosen) < most and not any(same_fact(reading, one) for one in chosen):
            chosen.append(reading)
    return chosen


def same_fact(one: Reading, other: Reading) -> bool:
    """Do two sentences say the same? Most content words shared, and no number that the other lacks: a different number
    for the same thing is news, not repetition."""
    first, second = _content(one.text), _content(other.text)
    if set(NUMBER.findall(one.text)) ^ set(NUMBER.findall(other.text)):
        return False
    return len(first & second) >= SAME_FACT * max(1, min(len(first), len(second)))


def _ordered(chosen: Sequence[Reading]) -> list[Reading]:
    """The best first; then the rest of its article in the order of the text; then other articles, oldest first."""
    if not chosen:
        return []
    lead = chosen[0].hit.passage

    def place(reading: Reading) -> tuple[bool, str, str, int]:
        passage = reading.hit.passage
        day = passage.header.rsplit(" · ", 1)[-1]
        return passage.article_id != lead.article_id, day, passage.article_id, reading.start

    return [chosen[0], *sorted(chosen[1:], key=place)]


def _citation(number: int, article: Article, span: Span) -> Citation:
    start, end = span
    return Citation(
        number, article.id, start, end, article.text[start:end],
        article.title, article.source, article.author, article.published, article.url,
    )  # fmt: skip


def _content(text: str) -> set[str]:
    return {word for word in re.findall(r"\w+", text.casefold()) if len(word) >= SHORT_WORDS or word.isdigit()}
