"""The nouns of measuring: Case → Record → Scores → Summary.

    questions file → Case; a system asked a Case gives a Record; a Case and its Record give Scores (one number for each
    metric that applies); Scores over many cases give a Summary (one number and an interval for each metric)

A Record says nothing about how it was made, so another system's records are scored the same way. Knows nothing of
formats, metrics or systems.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from indexes.errors import FootnoteError
from indexes.types import Span
from qa.types import Turn

TOGETHER = ("conflict", "list")  # kinds of question whose answers belong together; elsewhere each is an alternative


class EvaluationError(FootnoteError):
    """A set, a records file or a comparison that cannot be used; the sentence names file and line."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where an answer stands. quote: verbatim words of the article, or "" where only the article is known. start: the
    quote's place in the article's text, where known."""

    article_id: str
    quote: str = ""
    start: int | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One question with what is known of its answer.

    answers: short answers, each accepted, in any of them for most kinds; all together for the kinds in TOGETHER.
    evidence: empty where it is not known. answerable: False where the articles do not say.
    """

    id: str
    question: str
    answers: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    answerable: bool = True
    kind: str = ""
    history: tuple[Turn, ...] = ()


@dataclass(frozen=True, slots=True)
class Cited:
    """A citation of a record: `article.text[start:end] == quote`, if the record is honest."""

    article_id: str
    quote: str
    start: int
    end: int
    title: str = ""

    @property
    def span(self) -> Span:
        """Where the quote stands."""
        return self.start, self.end


@dataclass(frozen=True, slots=True)
class Found:
    """A passage of a record's hits."""

    article_id: str
    start: int
    end: int
    text: str
    score: float

    @property
    def span(self) -> Span:
        """Where the passage stands."""
        return self.start, self.end


@dataclass(frozen=True, slots=True)
class Record:
    """What one system answered to one case: a line of a records file (docs/evaluation.md has the format).

    answer: plain text without marks, "" or the refusal sentence where refused. span: the shortest exact words that
    answer, or None. confidence: 0..1. sentences: (text, indices into citations), where the system says which citation
    carries which sentence. hits: at most ten, in the final order; retrieved: the same before reading. seconds: by
    stage, "total" among them. problem: why there is no answer, where the system failed.
    """

    id: str
    question: str
    answer: str = ""
    span: str | None = None
    refused: bool = False
    confidence: float = 0.0
    citations: tuple[Cited, ...] = ()
    sentences: tuple[tuple[str, tuple[int, ...]], ...] = ()
    hits: tuple[Found, ...] = ()
    retrieved: tuple[Found, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    problem: str = ""


Scores = dict[str, float]  # metric → value of one case; a metric that does not apply to the case is absent


@dataclass(frozen=True, slots=True)
class Figure:
    """One metric over many cases: its value, its 95 % interval, and over how many cases it was taken."""

    value: float
    low: float
    high: float
    count: int
