"""What an exported answer stands on: the record that every exported file carries, and that is checked later.

    Exported… → gather → Evidence

A refusal keeps the nearest passages as its notes; what a language model wrote and nothing carries is kept apart from
the answer, and is no claim.

A quote is kept with the SHA-256 (of UTF-8) of its own words and of its whole article; offsets are code points into the
article's text; notes are numbered through the whole file. Knows nothing of JSON (qa/sealed.py), Markdown or HTML.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from indexes.sentences import sentences
from indexes.types import Article, Span
from qa.quote import citation_of, overlap
from qa.types import Answer, Citation, Sentence
from qa.verify import check, check_agreeing, misplaced

FORMAT = 3  # of the record and of what is shown of it: a file is compared with both, so a change of either raises it
NEIGHBOURS = 2  # sentences kept before and after a quote: enough to see who speaks, and of what
REACH = 1_500  # characters around a quote in which they are looked for, as in qa/quote.py
VERBATIM = "verbatim"  # the verdict on a sentence that is its quote


@dataclass(frozen=True, slots=True)
class Exported:
    """One question as it is handed in. asked: when, ISO 8601. articles: those that the answer cites, by id, and
    those of the nearest passages where it is a refusal."""

    question: str
    asked: str
    answer: Answer
    articles: Mapping[str, Article]

    @classmethod
    def of(cls, question: str, asked: str, answer: Answer, article_of: Callable[[str], Article | None]) -> Exported:
        """With the articles it needs, as far as they are still there."""
        ids = [one.article_id for one in answer.citations] + [hit.passage.article_id for hit in answer.nearest]
        found = {article_id: article_of(article_id) for article_id in dict.fromkeys(ids)}
        return cls(question, asked, answer, {key: article for key, article in found.items() if article})


@dataclass(frozen=True, slots=True)
class Note:
    """A footnote. context: the quote with the sentences around it, which begin at `context_start` of the article."""

    number: int
    article_id: str
    start: int
    end: int
    quote: str
    quote_sha256: str
    article_sha256: str
    title: str
    source: str
    author: str
    published: str
    url: str
    context: str
    context_start: int

    @property
    def intact(self) -> bool:
        """Do the note's own parts fit each other?"""
        at = self.start - self.context_start
        inside = at >= 0 and self.context[at : at + len(self.quote)] == self.quote
        return inside and self.end - self.start == len(self.quote) > 0 and self.quote_sha256 == sha256(self.quote)


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence of the answer. notes: their numbers; marks: the words that answer; verdict: as in Support; instead_of:
    what a language model had written where it stands, or ""."""

    text: str
    verdict: str
    notes: tuple[int, ...]
    marks: tuple[Span, ...]
    instead_of: str = ""


@dataclass(frozen=True, slots=True)
class Unsupported:
    """A sentence that a language model wrote and the articles do not support, with the reason."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its answer. refusal: the sentence shown in place of one. writer: the language model that
    wrote it, "" where it is made of quotes. left_out: sentences whose words no longer stood in the articles when this
    was exported. notes: those of the lines; of a refusal the nearest passages."""

    question: str
    asked: str
    standalone: str
    refused: bool
    refusal: str
    notice: str
    writer: str
    confidence: float
    measured: float | None
    left_out: int
    lines: tuple[Line, ...]
    notes: tuple[Note, ...]
    unsupported: tuple[Unsupported, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a file is made of. library: its fingerprint; settings: names and values, as they are shown; format: of
    the file it was read from."""

    title: str
    library: str
    settings: tuple[tuple[str, str], ...]
    asked: tuple[Asked, ...]
    format: int = FORMAT


def sha256(text: str) -> str:
    """Of the text as UTF-8, in hexadecimal; a lone surrogate counts as its three bytes."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


# -- answers to evidence ----------------------------------------------------------------------------------------------


def gather(
    exchanges: Sequence[Exported], title: str, library: str = "", settings: Mapping[str, str] | None = None
) -> Evidence:
    """The evidence of these answers. A sentence whose words no longer stand in the articles given is left out, and
    counted: what is exported can be checked."""
    asked: list[Asked] = []
    for one in exchanges:
        asked.append(_asked(one, 1 + sum(len(earlier.notes) for earlier in asked)))
    return Evidence(title, library, tuple((settings or {}).items()), tuple(asked))


def _asked(one: Exported, first: int) -> Asked:
    """A question, its notes numbered from `first`."""
    answer = one.answer
    notes: dict[int, Note] = {}  # by their number in the answer
    lines: list[Line] = []
    for sentence in answer.sentences:
        citations = _standing(sentence, one.articles)
        for citation in citations:
            if citation.number not in notes:
                notes[citation.number] = note(first + len(notes), citation, one.articles[citation.article_id])
        if citations:
            numbers = tuple(notes[citation.number].number for citation in citations)
            marks = tuple(sentence.marks)
            lines.append(Line(sentence.text, sentence.support.verdict, numbers, marks, sentence.instead_of))
    measured = None if answer.measured is None else round(float(answer.measured), 4)
    return Asked(
        one.question, one.asked, answer.standalone, answer.refused, answer.text if answer.refused else "",
        answer.notice, answer.writer, round(float(answer.confidence), 4), measured,
        len(answer.sentences) - len(lines), tuple(lines), (*notes.values(), *_nearest_notes(one, first + len(notes))),
        tuple(Unsupported(each.text, each.support.reason) for each in answer.left_out),
    )  # fmt: skip


def _nearest_notes(one: Exported, first: int) -> list[Note]:
    """The notes of a refusal, numbered from `first`: the nearest passages that still stand."""
    notes: list[Note] = []
    for passage in (hit.passage for hit in one.answer.nearest):
        article, number = one.articles.get(passage.article_id), first + len(notes)
        if article is not None:
            cited = replace(citation_of(number, article, (passage.start, passage.end)), quote=passage.text)
            notes += [] if misplaced(cited, article) else [note(number, cited, article)]
    return notes


def _standing(sentence: Sentence, articles: Mapping[str, Article]) -> list[Citation]:
    """The sentence's citations that still carry it; none if it is not to be shown."""
    if not sentence.support.holds or not sentence.citations:
        return []
    if sentence.support.verdict != VERBATIM:
        return [one for one in sentence.citations if not misplaced(one, articles.get(one.article_id))]
    first, *others = sentence.citations
    if not check(sentence.text, first, articles.get(first.article_id)).holds:
        return []
    words = answering(sentence)
    return [first, *(one for one in others if check_agreeing(words, one, articles.get(one.article_id)).holds)]


def answering(sentence: Sentence | Line) -> str:
    """The words of it that answer best; "" where it answers as a whole."""
    return sentence.text[slice(*sentence.marks[0])] if sentence.marks else ""


def note(number: int, citation: Citation, article: Article) -> Note:
    """The footnote of a citation that stands in the article."""
    start, end = surroundings(article, (citation.start, citation.end))
    return Note(
        number, article.id, citation.start, citation.end, citation.quote, sha256(citation.quote), sha256(article.text),
        article.title, article.source, article.author, article.published, article.url, article.text[start:end], start,
    )  # fmt: skip


def surroundings(article: Article, span: Span) -> Span:
    """The quote in whole sentences, and NEIGHBOURS more on either side as far as nothing of the page's own comes
    between."""
    text, (start, end) = article.text, span
    low, high = text.rfind("\n\n", 0, max(0, start - REACH)), text.find("\n\n", end + REACH)
    found = sentences(text, max(0, low), high if high >= 0 else None)
    before = [one for one in found if one[1] <= start]
    after = [one for one in found if one[0] >= end]
    own = [one for one in found if overlap(one, span)]
    for first, _ in _until_leftover(article, [*own[:1], *before[: -NEIGHBOURS - 1 : -1]]):
        start = min(start, first)
    for _, last in _until_leftover(article, [*own[-1:], *after[:NEIGHBOURS]]):
        end = max(end, last)
    return start, end


def _until_leftover(article: Article, spans: Iterable[Span]) -> list[Span]:
    """The spans before the first that touches what belongs to the page."""
    kept: list[Span] = []
    for span in spans:
        if any(overlap(span, leftover) for leftover in article.leftovers):
            break
        kept.append(span)
    return kept
