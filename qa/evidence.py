"""What an exported answer stands on: the record that every exported file carries, and that is checked later.

    Exported… → gather → Evidence → pack → JSON → unpack → Evidence

A quote is kept with the SHA-256 (of UTF-8) of its own words and of its whole article; offsets are code points into the
article's text; notes are numbered through the whole file. A seal over the record shows an edit by hand. It is no
signature: who writes the whole file anew can seal it anew, so it is the library that has the last word (qa/recheck.py).
Knows nothing of Markdown or HTML.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from types import NoneType
from typing import Any, TypeVar

from indexes.errors import FootnoteError
from indexes.sentences import sentences
from indexes.types import Article, Span
from qa.quote import overlap
from qa.types import Answer, Citation, Sentence
from qa.verify import check, check_agreeing, misplaced

FORMAT = 1  # of the record and of what is shown of it: a file is compared with both, so a change of either raises it
NEIGHBOURS = 2  # sentences kept before and after a quote: enough to see who speaks, and of what
REACH = 1_500  # characters around a quote in which they are looked for, as in qa/quote.py
VERBATIM = "verbatim"  # the verdict on a sentence that is its quote

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Exported:
    """One question as it is handed in. asked: when, ISO 8601. articles: those that the answer cites, by id."""

    question: str
    asked: str
    answer: Answer
    articles: Mapping[str, Article]


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
    """A sentence of the answer. notes: their numbers; marks: the words that answer; verdict: as in Support."""

    text: str
    verdict: str
    notes: tuple[int, ...]
    marks: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its answer. refusal: the sentence shown in place of one. writer: the language model that
    wrote it, "" where it is made of quotes. left_out: sentences whose words no longer stood in the articles when this
    was exported."""

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


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a file is made of. library: its fingerprint; settings: names and values, as they are shown."""

    title: str
    library: str
    settings: tuple[tuple[str, str], ...]
    asked: tuple[Asked, ...]


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
            lines.append(Line(sentence.text, sentence.support.verdict, numbers, tuple(sentence.marks)))
    measured = None if answer.measured is None else round(float(answer.measured), 4)
    return Asked(
        one.question, one.asked, answer.standalone, answer.refused, answer.text if answer.refused else "",
        answer.notice, answer.writer, round(float(answer.confidence), 4), measured,
        len(answer.sentences) - len(lines), tuple(lines), tuple(notes.values()),
    )  # fmt: skip


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


# -- evidence to JSON and back ----------------------------------------------------------------------------------------


def pack(evidence: Evidence) -> str:
    """The record as JSON that can stand in a script element or a comment: ASCII, and without a sign that ends one."""
    whole: dict[str, Any] = {"footnote": "evidence", "format": FORMAT, **asdict(evidence)}
    text = json.dumps({**whole, "sha256": seal(whole)}, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def seal(whole: Mapping[str, Any]) -> str:
    """SHA-256 over the record without its seal."""
    return sha256(json.dumps({key: value for key, value in whole.items() if key != "sha256"}, sort_keys=True))


def unpack(text: str) -> tuple[Evidence, bool]:
    """The evidence, and whether its seal fits. Raises FootnoteError for what Footnote did not write."""
    try:
        whole = json.loads(text)
        if whole["format"] != FORMAT and type(whole["format"]) is int:
            raise FootnoteError(
                f"The file's record has format {whole['format']}, this Footnote reads {FORMAT}; check it with the "
                "version of Footnote that exported it."
            )
        evidence = _made(
            Evidence,
            whole,
            settings=tuple((_text(key), _text(value)) for key, value in whole["settings"]),
            asked=tuple(map(_asked_from, whole["asked"])),
        )
        return evidence, seal(whole) == whole["sha256"]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise FootnoteError(
            "The file's record is damaged and cannot be read; export the answer again, or ask for a "
            "whole copy of the file."
        ) from error


def _asked_from(item: Any) -> Asked:
    notes = tuple(_made(Note, one) for one in item["notes"])
    lines = tuple(
        _made(Line, one, notes=tuple(map(_number, one["notes"])), marks=tuple(map(_span, one["marks"])))
        for one in item["lines"]
    )
    if not {number for line in lines for number in line.notes} <= {one.number for one in notes}:
        raise ValueError("a sentence cites a note that is not there")
    return _made(Asked, item, lines=lines, notes=notes)


KINDS = {"str": (str,), "int": (int,), "bool": (bool,), "float": (float,), "float | None": (float, NoneType)}


def _made(kind: type[T], item: Any, **others: Any) -> T:
    """A noun from its JSON, each value of the kind it is declared as; floats are shares, 0..1."""
    for each in fields(kind):  # type: ignore[arg-type]  # all are dataclasses
        if each.name not in others:
            value = others[each.name] = item[each.name]
            if type(value) not in KINDS[str(each.type)] or (type(value) is float and not 0 <= value <= 1):
                raise ValueError(f"{each.name} is no {each.type}")
    return kind(**others)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("not a text")
    return value


def _number(value: Any) -> int:
    if type(value) is not int:
        raise ValueError("not a number")
    return value


def _span(value: Any) -> Span:
    start, end = value
    return _number(start), _number(end)
