"""Do the citations hold: are the quotes real, do they carry the sentences, do they hit the gold evidence?

    record, texts  →  verbatim, validity · citation recall and precision · gold precision, recall, F1, full chain

`supports` asks for lexical support: the same names, figures and most of the same words. That is not entailment ("A beat
B" supports "B beat A", and a year may be that of something else in the passage), its constant is not yet fitted to hand
labels, and it knows English only. Knows nothing of answers, ranking or confidence.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache

from indexes.sentences import sentences
from indexes.types import Span
from qa.evaluation.answers import STOP_WORDS
from qa.evaluation.types import Case, Cited, Evidence, Record, Scores
from qa.verify import fold

COVERAGE = 0.7  # of a sentence's content words: found in the passages, they carry it (catalogue B2.5; not yet fitted)
HALF = 0.5  # of a gold span: overlapped, it is found

Texts = Mapping[str, str]  # article id → its whole text

_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_][^\W_]*(?:'[^\W\d_]+)*")
_ACRONYM = re.compile(r"\b(?:[^\W\d_]\.){2,}")
_STEM = re.compile(r"(.{3,}?)(?:ing|ed|es|s|ly|e)*")
_NEGATIONS = frozenset("no not never none nobody nothing nowhere neither nor cannot without".split())


def supports(sentence: str, passages: Sequence[str]) -> bool:
    """Do the passages, taken together, carry the sentence by its words? Lexical support, catalogue B2.5.

    Yes if one of them has it word by word. Else if (a) each number and each word with a capital is in them, (b) at
    least COVERAGE of the content words are (stop words out, endings off), and (c) it has a negation if and only if the
    passage sentence that shares most content words has one (where several share as many, any of them). Dates are their
    numbers and the month's name; the first word of a sentence is a word with a capital too. In place of the judge of
    ALCE (Gao et al. 2023). "The ship was built in 2018." stands on ["Workers built the ship in 2018."], but not on
    ["Workers built the ship in 2019."].
    """
    words = _words(sentence)
    if words and any(_line(words) in _line(_words(passage)) for passage in passages):
        return True
    known = {_key(word) for passage in passages for word in _words(passage)}
    content = _content(words)
    if not content or not _stated(words) <= known or len(content & known) / len(content) < COVERAGE:
        return False
    return _negated(words) in _closest(content, passages)


def citation_scores(case: Case, record: Record, texts: Texts) -> Scores:
    """All of the following that apply to one record, each 0..1. What a citation cites is texts[article_id][start:end].

    - where there are citations: verbatim, quote_elsewhere, quote_nowhere (shares of the quotes, sum 1: found, but for
      white space, at the place given; not there but in some article; in none) and validity, the share of citations that
      overlap a passage of `hits` or `retrieved`. (Catalogue B2.3, B2.4.)
    - where sentences are shown: citation_recall = sentences carried by their citations / sentences; citation_precision
      = citations that help / citations (absent without any): the sentence is carried, and by this citation alone or
      not without it. (ALCE, Gao et al. 2023, with `supports` as judge.) A record without `sentences` has all its
      citations for each sentence of its answer, and a citation helps if it helps one.
    - where the case is answerable and has evidence: gold_precision = citations that hit / citations (absent without
      any), gold_recall = evidence hit / evidence, their harmonic mean gold_f1, full_chain = 1 if all evidence is hit.
      `hits` says what a hit is. (Catalogue B2.6.) A refusal has recall 0.

    Two citations, the first the one gold quote, the second an invented quote: verbatim 1/2, gold_precision 1/2,
    gold_recall 1, gold_f1 2/3, full_chain 1.
    """
    citations = () if record.refused else record.citations
    scores: Scores = {}
    if citations:
        scores |= _quoting(citations, texts) | {"validity": _mean([_shown(one, record) for one in citations])}
    if not record.refused:
        scores |= _carrying(record, texts)
    if case.answerable and case.evidence:
        scores |= _gold(citations, case.evidence, texts)
    return scores


def hits(citation: Cited, evidence: Evidence, places: Sequence[Span]) -> bool:
    """Does the citation hit the evidence, whose places are `places_of` it?

    Same article, and: the gold quote is "" · or the quote contains the gold quote · or the spans overlap by at least
    HALF of the gold span · or the citation lies wholly within the gold span. The last is ours: gold quotes are often
    several sentences long, we cite one sentence, and one of them is a right place to point at. Gold 0–100: citations
    0–50 and 10–20 hit it, 90–120 does not.
    """
    if citation.article_id != evidence.article_id:
        return False
    if not evidence.quote or fold(evidence.quote) in fold(citation.quote):
        return True
    start, end = citation.span
    return any(covered(citation.span, place) >= HALF or place[0] <= start < end <= place[1] for place in places)


def places_of(evidence: Evidence, texts: Texts) -> list[Span]:
    """Where the gold quote stands in its article: wherever its words are found, but for white space.

    If `start` lies in one such place, only that (public sets give the answer's start, not the quote's). Empty without a
    quote, or where the article does not have it. "b c" in "a b c b  c": (2, 5), (6, 10); with start 8: (6, 10).
    """
    words = evidence.quote.split()
    pattern = r"\s+".join(re.escape(word) for word in words)  # any white space where the quote has some
    places = [match.span() for match in re.finditer(pattern, texts.get(evidence.article_id, ""))] if words else []
    at = -1 if evidence.start is None else evidence.start
    return [place for place in places if place[0] <= at < place[1]] or places


def covered(span: Span, place: Span) -> float:
    """How much of `place` lies within `span`, 0..1: covered((0, 6), (4, 8)) == 1/2."""
    return max(0, min(span[1], place[1]) - max(span[0], place[0])) / (place[1] - place[0])


def _quoting(citations: Sequence[Cited], texts: Texts) -> Scores:
    real = [bool(fold(one.quote)) and fold(one.quote) in fold(_cited(one, texts)) for one in citations]
    found = [
        held or (bool(fold(one.quote)) and any(fold(one.quote) in _folded(text) for text in texts.values()))
        for held, one in zip(real, citations, strict=True)
    ]
    return {
        "verbatim": _mean(real),
        "quote_elsewhere": (sum(found) - sum(real)) / len(found),
        "quote_nowhere": found.count(False) / len(found),
    }


def _shown(citation: Cited, record: Record) -> bool:
    """Was a passage that the citation overlaps among those the record shows?"""
    return any(
        one.article_id == citation.article_id and one.start < citation.end and citation.start < one.end
        for one in (*record.hits, *record.retrieved)
    )


def _carrying(record: Record, texts: Texts) -> Scores:
    """Citation recall and precision."""
    every = tuple(range(len(record.citations)))
    spans = () if record.sentences else sentences(record.answer)
    shown = record.sentences or tuple((record.answer[slice(*span)], every) for span in spans)
    if not shown:
        return {}
    words = [_cited(one, texts) for one in record.citations]
    carried = [supports(text, [words[one] for one in its]) for text, its in shown]
    helps = [
        [held and _needed(text, one, its, words) for one in its]
        for held, (text, its) in zip(carried, shown, strict=True)
    ]
    if not record.sentences:
        helps = [[any(column) for column in zip(*helps, strict=True)]]
    scores = {"citation_recall": _mean(carried)}
    flat = [one for row in helps for one in row]
    return scores | {"citation_precision": _mean(flat)} if flat else scores


def _needed(sentence: str, one: int, its: Sequence[int], words: Sequence[str]) -> bool:
    """Is the sentence, carried by all of its citations, carried by this one alone, or not without it?"""
    others = [words[other] for other in its if other != one]
    return supports(sentence, [words[one]]) or not supports(sentence, others)


def _gold(citations: Sequence[Cited], evidence: Sequence[Evidence], texts: Texts) -> Scores:
    places = [places_of(gold, texts) for gold in evidence]
    table = [[hits(one, gold, its) for gold, its in zip(evidence, places, strict=True)] for one in citations]
    found = [any(row[at] for row in table) for at in range(len(evidence))]
    recall, precision = _mean(found), _mean([any(row) for row in table]) if table else 0.0
    scores = {"gold_recall": recall, "gold_f1": 0.0, "full_chain": float(all(found))}
    if table:
        scores["gold_precision"] = precision
    if recall and precision:
        scores["gold_f1"] = 2 * precision * recall / (precision + recall)
    return scores


def _cited(citation: Cited, texts: Texts) -> str:
    """The article's own words at the citation's place; "" where there is no such place."""
    text = texts.get(citation.article_id, "")
    return text[citation.start : citation.end] if 0 <= citation.start < citation.end <= len(text) else ""


def _mean(flags: Sequence[bool]) -> float:
    return sum(flags) / len(flags)


@lru_cache(maxsize=4096)
def _folded(text: str) -> str:
    return fold(text)


def _words(text: str) -> list[str]:
    """Words and numbers as written; "U.S." as "US"."""
    plain = unicodedata.normalize("NFKC", text).replace("’", "'")
    return _WORD.findall(_ACRONYM.sub(lambda match: match[0].replace(".", ""), plain))


def _line(words: Sequence[str]) -> str:
    """The words in small letters, a space around each: a row of words is found in another as a substring."""
    return f" {' '.join(words).lower()} "


def _key(word: str) -> str:
    """What words of one stem share, with no dictionary: "stops", "stopped" → "stop"; a number: its digits, "1,000" →
    "1000", "03" → "3"."""
    if word[0].isdigit():
        return word.replace(",", "").lstrip("0") or "0"
    match = _STEM.fullmatch(word.lower().removesuffix("'s"))
    stem = match[1] if match else word.lower()
    return re.sub(r"(.)\1$", r"\1", stem.removesuffix("y") + "i" if stem.endswith("y") else stem)


def _stops(word: str) -> bool:
    return word.lower().replace("'", "") in STOP_WORDS


def _content(words: Sequence[str]) -> set[str]:
    return {_key(word) for word in words if not _stops(word)}


def _stated(words: Sequence[str]) -> set[str]:
    """What may not be missing: numbers, and words with a capital or a digit anywhere ("Ahab", "mRNA", "x86")."""
    return {_key(word) for word in words if re.search(r"\d", word) or (word != word.lower() and not _stops(word))}


def _negated(words: Sequence[str]) -> bool:
    return any(word.lower() in _NEGATIONS or word.lower().endswith("n't") for word in words)


def _closest(content: set[str], passages: Sequence[str]) -> set[bool]:
    """Is there a negation in the passage sentence (or sentences) that shares most of the content?"""
    rows = [_words(passage[slice(*span)]) for passage in passages for span in sentences(passage)]
    shares = [len(content & _content(row)) for row in rows]
    return {_negated(row) for row, share in zip(rows, shares, strict=True) if share == max(shares)}
