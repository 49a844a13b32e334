"""Readings to the sentences of an answer, each with its numbered citation. The default answer is made of quotes.

One to four verbatim sentences: the best first, not the same fact twice, then what stands near it, then other articles
by date. A sentence that opens with a pronoun is quoted together with the sentence before it, never left dangling and
never completed with a guessed name. Knows nothing of storage, models or Gradio.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from indexes.types import Span
from qa.quote import around, citation_of, overlap, past_bullet
from qa.types import ArticleOf, Citation, Reading, Sentence, Support
from qa.verify import fold

# A further sentence's logit may be so much below the best one's, at most, and it has to share a content word with it.
# 1 shows a third fewer and loses one sample question of 146, .5 most of what further sentences save (bench/depth.py).
MARGIN = 2.0
MOST_AGREEING = 2  # further citations of one sentence: three marks are read, more are decoration
NOT_YET = Support("unsupported", "not verified yet")
# Content words shared, of the shorter sentence, from which two sentences say the same thing.
SAME_FACT = 0.6

NUMBER = re.compile(
    r"\d+(?:[.,]\d+)*|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|thirty|forty|fifty|sixty|seventy|"
    r"eighty|ninety|hundred|thousand|million|billion|dozen|half)\b",
    re.IGNORECASE,
)
SHORT_WORDS = 4  # letters: shorter words ("the", "was", "with") say little about what a sentence tells


def compose(readings: Sequence[Reading], article_of: ArticleOf, threshold: float, most: int) -> list[Sentence]:
    """The answer's sentences in the order in which they are shown, not verified yet. Empty when no reading reaches the
    threshold (a probability, 0..1). readings: best first."""
    sentences: list[Sentence] = []
    number = 1
    for reading in _ordered(choose(readings, threshold, most)):
        span = reading.start, reading.end
        taken = [(c.article_id, (c.start, c.end)) for sentence in sentences for c in sentence.citations]
        if any(one == reading.hit.passage.article_id and overlap(span, other) for one, other in taken):
            continue
        citations: list[Citation] = []
        for one in (reading, *agreeing(reading, readings, threshold)):
            article = article_of(one.hit.passage.article_id)
            if article is not None:
                citations.append(citation_of(number + len(citations), article, (one.start, one.end)))
        if citations and citations[0].article_id == reading.hit.passage.article_id:
            number += len(citations)
            text = fold(citations[0].quote)
            sentences.append(Sentence(text, tuple(citations), NOT_YET, _marks(reading)))
    return sentences


def with_surroundings(sentence: Sentence, article_of: ArticleOf) -> Sentence:
    """The sentence with the one before it and the one behind: what a reader looks at who asks why."""
    first, *others = sentence.citations
    article = article_of(first.article_id)
    if article is None:
        return sentence
    start, end = past_bullet(article.text, around(article, (first.start, first.end)))
    citation = citation_of(first.number, article, (start, end))
    shift = _folded_length(article.text[start : first.start])
    marks = tuple((a + shift, b + shift) for a, b in sentence.marks)
    return Sentence(fold(citation.quote), (citation, *others), sentence.support, marks)


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
        if likely and len(chosen) < most and not any(same_fact(reading, one) or agree(reading, one) for one in chosen):
            chosen.append(reading)
    return chosen


def agree(one: Reading, other: Reading) -> bool:
    """Do two sentences answer with the same words?"""
    return bool(one.words) and one.words.casefold() == other.words.casefold()


def agreeing(reading: Reading, readings: Sequence[Reading], threshold: float) -> list[Reading]:
    """The best reading of each other article, at most MOST_AGREEING, that answers with the same words."""
    found: dict[str, Reading] = {}
    for one in readings:
        article = one.hit.passage.article_id
        if article != reading.hit.passage.article_id and one.probability >= threshold and agree(one, reading):
            found.setdefault(article, one)
    return list(found.values())[:MOST_AGREEING]


def _folded_length(before: str) -> int:
    """Where what stands behind this text begins once the whole is folded."""
    folded = fold(before)
    return len(folded) + (bool(folded) and before[-1:].isspace())


def _marks(reading: Reading) -> tuple[Span, ...]:
    """The answering words as places in the folded text, best first."""
    places = []
    for start, end in reading.spans:
        before, inside = (
            reading.text[: start - reading.start],
            reading.text[start - reading.start : end - reading.start],
        )
        at = _folded_length(before)
        places.append((at, at + len(fold(inside))))
    return tuple(places)


def same_fact(one: Reading, other: Reading) -> bool:
    """Do two sentences say the same? Most content words shared, and no number that the other lacks: a different number
    for the same thing is news, not repetition."""
    first, second = _content(one.text), _content(other.text)
    if set(NUMBER.findall(one.text.casefold())) ^ set(NUMBER.findall(other.text.casefold())):
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


def _content(text: str) -> set[str]:
    return {word for word in re.findall(r"\w+", text.casefold()) if len(word) >= SHORT_WORDS or word.isdigit()}
