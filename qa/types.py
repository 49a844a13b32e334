"""The nouns of asking: Turn, Filters → Hit → Reading (or Written) → Citation → Sentence → Answer.

Every sentence of an answer carries the citations it stands on; a citation's `quote` is `article.text[start:end]`, to
the character. Knows nothing of storage, models or Gradio.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from indexes.types import Article, Filters, Hit, Span

__all__ = [
    "Answer",
    "ArticleOf",
    "Citation",
    "Filters",
    "Hit",
    "Reading",
    "Sentence",
    "Settings",
    "Support",
    "Turn",
    "Written",
]

ArticleOf = Callable[[str], Article | None]  # the article of an id
NEAREST = 3  # passages shown with a refusal


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier turn of the conversation. role: "user" or "assistant"."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Reading:
    """One sentence of one hit, as it would be quoted, read against the question. Offsets are into the article. score:
    higher is better; probability: 0..1 that this sentence answers. spans: the words in it that answer, best first;
    none where the sentence as a whole does (why, yes or no)."""

    hit: Hit
    start: int
    end: int
    text: str
    score: float
    probability: float
    spans: tuple[Span, ...] = ()

    @property
    def words(self) -> str:
        """The words that answer best, on one line; "" where the sentence answers as a whole."""
        if not self.spans:
            return ""
        start, end = self.spans[0]
        return " ".join(self.text[start - self.start : end - self.start].split())


@dataclass(frozen=True, slots=True)
class Written:
    """One sentence as a language model wrote it, not checked yet. numbers: the passages it cites, 1-based, as they were
    numbered for the model; quotes: the words it says that it copied from them."""

    text: str
    numbers: tuple[int, ...] = ()
    quotes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Citation:
    """The exact words a sentence stands on: `article.text[start:end] == quote`."""

    number: int  # 1-based, as shown: [1]
    article_id: str
    start: int
    end: int
    quote: str
    title: str = ""
    source: str = ""
    author: str = ""
    published: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Support:
    """The verdict on one sentence: "verbatim" (the cited words themselves), "supported" (a language model's sentence
    that the cited words carry) or "unsupported", and then the reason."""

    verdict: str
    reason: str = ""

    @property
    def holds(self) -> bool:
        """May the sentence be shown?"""
        return self.verdict != "unsupported"


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of the answer, as shown, with what it stands on: the first citation is the sentence itself, others
    say the same elsewhere. marks: the words of `text` that answer, half open, best first. instead_of: what a language
    model had written, where the article's own words are shown in its place."""

    text: str
    citations: tuple[Citation, ...]
    support: Support
    marks: tuple[Span, ...] = ()
    instead_of: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What `ask` returns and `stream` grows.

    text: plain, no marks. refused: the articles do not say; then `text` is the refusal sentence, `sentences` is empty
    and `hits` are the nearest passages. confidence: 0..1. hits: final order; retrieved: before reading (each at most
    ten). measured: the share of answers about as sure as this one that were right where confidence was measured, 0..1.
    writer: the language model that wrote it, "" where it is made of quotes; left_out: what that model wrote and nothing
    carries. seconds: total, retrieve, read, compose, verify, with a model also write. done: False while a stream is
    still growing.
    """

    question: str
    text: str = ""
    sentences: tuple[Sentence, ...] = ()
    hits: tuple[Hit, ...] = ()
    retrieved: tuple[Hit, ...] = ()
    confidence: float = 0.0
    measured: float | None = None
    refused: bool = False
    standalone: str = ""  # the question as it was searched, where a follow-up was completed
    scope: tuple[str, ...] = ()  # which articles the question itself asked for: "Harbour Gazette", "March 2021"
    span: str | None = None  # the shortest exact words that answer, where known
    writer: str = ""
    left_out: tuple[Sentence, ...] = ()
    broad: bool = False  # made of main sentences, on a broad question: nobody measured how sure that is
    notice: str = ""  # one sentence where the answer was made with less than there should be
    seconds: dict[str, float] = field(default_factory=dict)
    done: bool = True

    @property
    def nearest(self) -> tuple[Hit, ...]:
        """The passages that are shown with a refusal; none with an answer."""
        return self.hits[:NEAREST] if self.refused else ()

    @property
    def citations(self) -> tuple[Citation, ...]:
        """Each citation once, in the order of its number."""
        seen: dict[int, Citation] = {}
        for sentence in self.sentences:
            for citation in sentence.citations:
                seen.setdefault(citation.number, citation)
        return tuple(seen[number] for number in sorted(seen))


@dataclass(frozen=True, slots=True)
class Settings:
    """What a person may set. Flag, then environment, then these defaults."""

    library: str = ""  # folder of the library
    threshold: float | None = None  # least probability to answer, 0..1; None: the fitted default
    sentences: int = 4  # at most so many in an answer
    passages: int = 10  # hits shown and recorded
    per_article: int = 5  # passages of one article among the hits; fitted by bench/tune.py
    quoting: bool = False  # answer in quotes alone, even where a language model is configured
