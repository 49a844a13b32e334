"""`Article` to `Passage`s: whole sentences, sized for the encoder, with exact offsets.

    article.text  →  units (sentence · heading · item)  →  passages

Every word of the article that is not leftovers is in exactly one passage; a passage ends at a paragraph where one is
near, and a heading goes with what follows it. `units` is also how a reader lists what may be quoted in a passage. Time
is linear in the text. Knows nothing of models: who has a tokenizer passes its count; `estimate` needs none.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from indexes.sentences import RULES, blocks, is_item, split_block
from indexes.types import Article, Passage, Span

Count = Callable[[str], int]  # text to word pieces

WORD_PIECES = 200  # of body. The encoder reads 256, of which 2 frame the text and at most 48 are the header: with a
# header of HEADER this leaves 14 to spare, and an estimate 6 % too low still fits
HEADER = 40  # word pieces a header may have before the body must be shorter
HEADER_MOST = 48  # word pieces: a longer header is cut when it is put above the passage
SPLITTER = f"footnote {RULES} passages-1 budget={WORD_PIECES}"  # goes into the index; change it when passages change

ENOUGH = 0.5  # of the budget: a passage this full ends at its last paragraph rather than at its last sentence
SMALL = 0.3  # of the budget: a last passage below this is evened out with the one before it
SPARE = 1.1  # a cut sentence's parts may be this much above their even share, so that a clause's end can be found
HEADING_WORDS = 20  # the standfirst of the first article tried, without a full stop, has 17; longer is a sentence
HEADING_CHARS = 160
HEADING_WIDE_CHARS = 40  # where words are not parted by spaces
NEAR = 2000  # chars: how far around a passage its paragraph is looked for; five times a long paragraph of news


@dataclass(frozen=True, slots=True)
class Unit:
    """What a passage is made of. Offsets are into the article's text.

    kind: "sentence"; "heading", a line that names what follows and is not to be quoted; "item", an entry of a list
    without a full stop, which may be.
    """

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class _Piece:
    """A unit, or a part of one too long for a passage. cost: word pieces; opens: it begins a paragraph."""

    start: int
    end: int
    cost: int
    heading: bool
    opens: bool


def split(article: Article, budget: int = WORD_PIECES, count: Count | None = None) -> list[Passage]:
    """The passages of an article, in order. `count` is the encoder's own count of word pieces, where there is one."""
    count = count or estimate
    room = max(1, budget - min(max(0, count(article.header) - HEADER), HEADER_MOST - HEADER))
    text, header = article.text, article.header
    spans = [
        span
        for start, end in _regions(article)
        for span in _group(list(_pieces(text, start, end, article.title, room, count)), room)
    ]
    return [Passage(article.id, start, end, text[start:end], header) for start, end in spans]


def units(article_text: str, start: int = 0, end: int | None = None, title: str = "") -> list[Unit]:
    """The units of `article_text[start:end]`, in order; only white space between them.

    They are judged within the paragraph around them, so that the units of a passage are the article's own. A line that
    repeats `title` is a heading whatever it ends with.
    """
    end = len(article_text) if end is None else end
    found = []
    for block in blocks(article_text, *_around(article_text, start, end)):
        spans = split_block(article_text, *block)
        item, whole = is_item(article_text, block[0]), len(spans) == 1
        for first, last in spans:
            kind = _kind(article_text[first:last], item, whole, title)
            clipped = article_text[max(first, start) : min(last, end)].strip()
            if clipped:
                first = article_text.index(clipped, max(first, start))
                found.append(Unit(first, first + len(clipped), kind))
    return found


def is_heading(text: str) -> bool:
    """Is this line, standing alone, a heading: short, and without a full stop at its end?"""
    if text.startswith("#"):
        return True
    most = HEADING_WIDE_CHARS if any("\u2e80" <= letter < "\ufe00" for letter in text[:20]) else HEADING_CHARS
    return len(text) <= most and len(text.split()) <= HEADING_WORDS and not _CLOSED.search(text[-24:])


_BLANK_LINE = re.compile(r"\n\s*\n")
_CLOSED = re.compile(r"[.!?…‼⁇⁈⁉。！？｡؟۔।॥።။։][\"'”’“»›)\]}」』）】》〉]*(?:\s?\[\d{1,3}\])*$")


def _kind(text: str, item: bool, whole: bool, title: str) -> str:
    if whole and (text.startswith("#") or text == title.strip()):
        return "heading"
    if _CLOSED.search(text[-24:]):
        return "sentence"
    if item:
        return "item"
    return "heading" if whole and is_heading(text) else "sentence"


def _around(text: str, start: int, end: int) -> Span:
    """The paragraphs that `start` and `end` lie in, as far as they are near."""
    before, after = text[max(0, start - NEAR) : start], text[end : end + NEAR]
    blanks = [match.end() for match in _BLANK_LINE.finditer(before)]
    if not blanks and start > NEAR:
        blanks = [before.find("\n") + 1 or len(before)]
    first = start - len(before) + (blanks[-1] if blanks else 0)
    blank = _BLANK_LINE.search(after)
    if blank:
        return first, end + blank.start()
    return first, end + (max(0, after.rfind("\n")) if end + NEAR < len(text) else len(after))


def _regions(article: Article) -> Iterator[Span]:
    """What lies between the leftovers."""
    at = 0
    for start, end in sorted(article.leftovers):
        if at < start:
            yield at, min(start, len(article.text))
        at = max(at, end)
    if at < len(article.text):
        yield at, len(article.text)


def _pieces(text: str, start: int, end: int, title: str, room: int, count: Count) -> Iterator[_Piece]:
    """The units of a region, those longer than a passage cut into parts."""
    last = start
    for unit in units(text, start, end, title):
        cost = count(text[unit.start : unit.end])
        spans = [(unit.start, unit.end)] if cost <= room else list(_cut(text, unit.start, unit.end, cost, room, count))
        for first, stop in spans:
            part = cost if len(spans) == 1 else count(text[first:stop])
            yield _Piece(first, stop, part, unit.kind == "heading", "\n" in text[last:first])
            last = stop


def _group(pieces: list[_Piece], room: int) -> Iterator[Span]:
    """Fill passages one after the other; the last two are evened out if the last is small."""
    ends: list[int] = []  # index after the last piece of each passage
    at = 0
    while at < len(pieces):
        ends.append(_fill(pieces, at, room))
        at = ends[-1]
    if len(ends) > 1 and sum(piece.cost for piece in pieces[ends[-2] :]) < SMALL * room:
        ends[-2] = _even(pieces, ends[-3] if len(ends) > 2 else 0, ends[-2], room)
    for first, stop in zip([0, *ends], ends, strict=False):
        yield pieces[first].start, pieces[stop - 1].end


def _fill(pieces: list[_Piece], at: int, room: int) -> int:
    """Where the passage that begins with `pieces[at]` ends: at a paragraph if it is full enough, never at a heading."""
    total, stop, sentence, paragraph = 0, at, 0, 0
    while stop < len(pieces) and (stop == at or total + pieces[stop].cost <= room):
        if stop > at and not pieces[stop - 1].heading:
            sentence = stop
            if pieces[stop].opens and total >= ENOUGH * room:
                paragraph = stop
        total += pieces[stop].cost
        stop += 1
    if stop == len(pieces):
        return stop
    if not pieces[stop - 1].heading:
        sentence = stop
        paragraph = stop if pieces[stop].opens else paragraph
    return paragraph or sentence or max(at + 1, stop - 1)


def _even(pieces: list[_Piece], first: int, middle: int, room: int) -> int:
    """Move the border at `middle` so that what lies before it and after it is about as long."""
    total = sum(piece.cost for piece in pieces[first:])
    best, least, before = middle, math.inf, 0
    for border in range(first + 1, len(pieces)):
        before += pieces[border - 1].cost
        if pieces[border - 1].heading or max(before, total - before) > room:
            continue
        uneven = abs(total - 2 * before) + (0 if pieces[border].opens else 0.2 * room)
        if uneven < least:
            best, least = border, uneven
    return best


def _cut(text: str, start: int, end: int, cost: int, room: int, count: Count) -> Iterator[Span]:
    """Cut a sentence of `cost` word pieces into about even parts of at most `room`, at clauses or words if any."""
    share = min(room, math.ceil(cost / math.ceil(cost / room) * SPARE))
    step = max(1, (end - start) * share // cost)
    while start < end:
        stop = min(start + step, end)
        size = count(text[start:stop])
        if size > share and stop - start > 1:
            step = max(1, min(stop - start - 1, (stop - start) * share // size))
            continue
        stop = stop if stop == end else _break(text, start, stop)
        yield start, start + len(text[start:stop].rstrip())
        step = max(1, min(4 * step, step * share // max(1, size)))
        start = stop
        while start < end and text[start].isspace():
            start += 1


_CLAUSE = re.compile(r"[,;:—–)\]](?=\s)|[、，；：。]")


def _break(text: str, start: int, stop: int) -> int:
    """The best place to cut in the second half of `text[start:stop]`: after a clause, else a word, else a character."""
    clauses = [match.end() for match in _CLAUSE.finditer(text, (start + stop) // 2, stop)]
    if clauses:
        return clauses[-1]
    if text[stop].isspace():
        return stop
    words = text[start:stop].rsplit(None, 1)
    if len(words) == 2:
        return stop - len(words[1]) if not text[stop - 1].isspace() else stop
    for place in range(stop, max(start, stop - 16), -1):
        if not (
            unicodedata.category(text[place]) in ("Mn", "Me", "Mc", "Sk") or "\u200d" in text[place - 1 : place + 1]
        ):
            return place
    return stop


# --- word pieces without a tokenizer ---------------------------------------------------------------------------------
# Mean word pieces of a run of 1, 2, 3 … letters or digits under the uncased BERT vocabulary of all-MiniLM, by the run's
# looks, measured on seven public question-answering sets (encyclopedia, web, forum, reviews, medicine).
_SMALL_LETTERS = (0, 1, 1, 1.01, 1.03, 1.06, 1.1, 1.17, 1.25, 1.38, 1.56, 1.8, 2, 2.2, 2.7, 3.3, 4.5)
_CAPITALISED = (0, 1, 1.1, 1.35, 1.35, 1.35, 1.45, 1.55, 1.7, 1.85, 2, 2.25, 2.4, 2.6, 3.2, 3.5, 4.6)
_ALL_CAPITALS = (0, 1, 1.15, 1.75, 1.9, 2, 2.2, 2.4, 2.6, 3, 3.4, 3.8, 4.2, 4.6, 5, 5.5, 6)
_DIGITS = (0, 1, 1, 1.25, 1.25, 2.6, 3.3, 4, 4.6, 5.2, 6, 6.5, 7, 7.5, 8, 8.5, 9)
_MIXED = (0, 1, 1.85, 2.1, 2.3, 2.5, 3.7, 3.9, 4.6, 4.8, 5.6, 5.8, 6.2, 6.4, 6.8, 7.2, 8)
_ACCENTED = tuple(max(1, 0.55 + 0.45 * length) for length in range(17))
_MARGIN = 1.06  # so that fewer than 1 in 100 stretches of 140 words of any set but medicine come out 5 % too low; on
# average the estimate is then 9-17 % too high. Medicine and lists of references: 3-5 in 100
_RUN = re.compile(r"[A-Za-z0-9À-ɏ]+")


def estimate(text: str) -> int:
    """About how many word pieces the text has, rather too many than too few. Other letters and signs count one each."""
    runs = _RUN.findall(text)
    others = len("".join(text.split())) - sum(map(len, runs))
    return math.ceil((others + sum(map(_weight, runs))) * _MARGIN)


def _weight(run: str) -> float:
    table = _table(run)
    length = len(run)
    return table[length] if length < len(table) else table[-1] * length / (len(table) - 1)


def _table(run: str) -> tuple[float, ...]:
    if not run.isascii():
        return _ACCENTED
    if run.islower() and run.isalpha():
        return _SMALL_LETTERS
    if run.isdigit():
        return _DIGITS
    if not run.isalpha():
        return _MIXED
    if run.isupper():
        return _ALL_CAPITALS
    return _CAPITALISED if run[1:].islower() else _MIXED
