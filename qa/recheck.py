"""Does an exported file still hold? Its record against what it shows, then every quote against the library.

    file → record → Finding… (one for each quote, and one for whatever was edited)

    unchanged   the words stand at their place
    moved       the article changed, the words stand elsewhere in it
    reworded    a sentence in other words than its quotes; the quotes are checked, the wording cannot be
    changed     the words no longer stand in the article
    relabelled  the words stand, but the library gives another title, source, author, date or address
    gone        the library has no such article
    altered     the file does not fit itself, or the article it was made from: it was edited

Knows nothing of how a file looks beyond making it again from its record.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from itertools import zip_longest

from indexes.errors import FootnoteError
from indexes.sentences import sentences
from indexes.types import Article, Span
from page.text import shortened
from qa.evidence import VERBATIM, Evidence, Line, Note, answering, sha256
from qa.export import RECORD, html_of, markdown_of
from qa.quote import overlap
from qa.said import folded
from qa.sealed import unpack
from qa.terminal import printable
from qa.types import ArticleOf

STANDING = ("unchanged", "moved", "reworded")
VERDICTS = (*STANDING, "changed", "relabelled", "gone", "altered")
SHOWN = 200  # characters of a stretch of text in a finding: a long sentence of news
LIKE = 0.45  # of the words, shared (Dice): 99 % of the sample articles' sentences share less than .44 with any other
# sentence of their article, and a sentence with half its words exchanged shares .5 with itself
LABELS = {"title": "title", "source": "source", "author": "author", "published": "date", "url": "address"}
SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Finding:
    """One verdict, and one plain sentence. note: the footnote's number, 0 for the file or a sentence of it."""

    verdict: str
    says: str
    note: int = 0


def sound(findings: list[Finding]) -> bool:
    """Does every quote stand, and was nothing edited?"""
    return all(finding.verdict in STANDING for finding in findings)


def render(findings: list[Finding]) -> str:
    """The findings for a terminal: a line each, then how many of which."""
    lines = [f"{finding.verdict:<10}  {printable(folded(finding.says))}" for finding in findings]
    quotes = Counter(finding.verdict for finding in findings if finding.note)
    counts = ", ".join(f"{quotes[verdict]} {verdict}" for verdict in VERDICTS if quotes[verdict])
    total = sum(quotes.values())
    summary = f"{total} quote{'' if total == 1 else 's'}: {counts}." if total else "The file holds no quote to check."
    if any(finding.verdict == "altered" for finding in findings):
        verdict = "The file was edited after it was exported."
    else:
        verdict = "" if not total else "Every quote stands." if sound(findings) else "Not every quote stands."
    return "\n".join([*lines, *([""] if lines else []), f"{summary} {verdict}".strip()])


def verify_file(data: bytes, article_of: ArticleOf) -> list[Finding]:
    """Every finding, the file's own first. Raises FootnoteError for what is no evidence file."""
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n").strip()
    except UnicodeDecodeError as error:
        raise FootnoteError(
            "The file is no text, so Footnote did not export it; give an .html or .md file that it exported."
        ) from error
    kind, record = _record(text)
    evidence, sealed = unpack(record)
    findings = [*_edited(kind, text, evidence, sealed)]
    articles: dict[str, Article | None] = {}
    for asked in evidence.asked:
        notes = {note.number: note for note in asked.notes}
        findings += [finding for line in asked.lines if (finding := _check_line(line, notes))]
        for note in asked.notes:
            if note.article_id not in articles:  # no library holds a lone surrogate, or can look for one
                broken = SURROGATE.search(note.article_id)
                articles[note.article_id] = None if broken else article_of(note.article_id)
            findings.append(_check_note(note, articles[note.article_id]))
    return findings


# -- the file against itself ------------------------------------------------------------------------------------------


def _record(text: str) -> tuple[str, str]:
    """What kind of file it is, and the JSON of its record."""
    for kind, (opening, closing) in RECORD.items():
        start = text.rfind(opening)
        end = text.find(closing, start)
        if start >= 0 and end >= 0:
            return kind, text[start + len(opening) : end]
    raise FootnoteError(
        "The file holds no Footnote record, so its quotes cannot be checked; give an .html or .md file that Footnote "
        "exported, whole."
    )


def _edited(kind: str, text: str, evidence: Evidence, sealed: bool) -> Iterator[Finding]:
    """Whether the file is what Footnote makes of its record, to the character."""
    if not sealed:
        yield Finding("altered", "The file's record does not fit its own SHA-256: it was edited.")
    expected = (html_of if kind == "html" else markdown_of)(evidence).strip()
    if text == expected:
        return
    shown, recorded = _visible(kind, text), _visible(kind, expected)
    if shown == recorded:
        yield Finding("altered", "The file's markup, style or record is not as Footnote writes it: it was edited.")
        return
    here, there = next(pair for pair in zip_longest(shown, recorded, fillvalue="") if pair[0] != pair[1])
    yield Finding("altered", f"The file shows “{_short(here)}” where its record has “{_short(there)}”: it was edited.")


def _visible(kind: str, text: str) -> list[str]:
    """What a reader sees, in pieces."""
    if kind == "markdown":
        return [line for line in text.split("\n") if line and not line.startswith(RECORD[kind][0])]
    return _Words(text).words


class _Words(HTMLParser):
    """The text of a page without its style and its data."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._hidden = False
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden = tag in ("style", "script")

    def handle_endtag(self, tag: str) -> None:
        self._hidden = False

    def handle_data(self, data: str) -> None:
        if not self._hidden and data.strip():
            self.words.append(folded(data))


def _check_line(line: Line, notes: dict[int, Note]) -> Finding | None:
    """What is wrong with a sentence, whatever the library says."""
    where = f"The sentence “{_short(line.text)}”"
    if not line.notes:
        return Finding("altered", f"{where} cites nothing: it was put in by hand.")
    if line.verdict != VERBATIM:
        return Finding("reworded", f"{where} is in other words than its quotes; read it beside them.")
    first, *others = (notes[number] for number in line.notes)
    if folded(line.text) != folded(first.quote):
        return Finding("altered", f"{where} is not the quote of its footnote [{first.number}]: it was edited.")
    words = folded(answering(line)).casefold()
    for other in others:
        if not words or words not in folded(other.quote).casefold():
            return Finding("altered", f"{where} is not what its footnote [{other.number}] says: it was edited.")
    return None


# -- a quote against the library --------------------------------------------------------------------------------------


def _check_note(note: Note, article: Article | None) -> Finding:
    """The verdict on one footnote."""
    number = note.number
    if not note.intact:
        return Finding(
            "altered", f"[{number}] was edited: its words, their place and their SHA-256 do not fit.", number
        )
    if article is None:
        return Finding("gone", f"[{number}] cannot be checked: the library has no article {note.article_id}.", number)
    kept = sha256(article.text) == note.article_sha256
    if kept and not _stands(note, article):
        says = f"[{number}] was edited: {_named(note)} has not changed, and does not say this at this place."
        return Finding("altered", says, number)
    place = _place(article.text, note)
    if place is None:
        return Finding("changed", f"[{number}] no longer stands in {_named(note)}; {_instead(article, note)}.", number)
    return _standing(note, article, place, kept)


def _standing(note: Note, article: Article, place: Span, kept: bool) -> Finding:
    """The verdict on words that the article holds."""
    number, (start, end) = note.number, place
    if any(overlap(place, leftover) for leftover in article.leftovers):
        says = f"[{number}] belongs to the saved page of {_named(note)} (a caption, a link), not to the article."
        return Finding("changed", says, number)
    if other := _labels(note, article):
        return Finding("relabelled", f"[{number}] stands in {_named(note)}, but the library gives {other}.", number)
    where = f"in {_named(note)}, characters {start}–{end}"
    if kept:
        return Finding("unchanged", f"[{number}] stands {where}, and the article is as it was.", number)
    around = "" if folded(note.context) in folded(article.text) else ", also in the sentences around these words"
    if start == note.start:
        return Finding("unchanged", f"[{number}] stands {where}; the article has changed elsewhere{around}.", number)
    says = f"[{number}] stands {where}, no longer at {note.start}–{note.end}: the article has changed{around}."
    return Finding("moved", says, number)


def _stands(note: Note, article: Article) -> bool:
    """Are the quote and the sentences around it the article's own, at their place?"""
    shown = note.context_start, note.context_start + len(note.context)
    return note.context_start >= 0 and article.text[slice(*shown)] == note.context


def _place(text: str, note: Note) -> Span | None:
    """Where the words stand now: at their place, or else nearest to it; line breaks may have moved."""
    if note.start >= 0 and text[note.start : note.end] == note.quote:
        return note.start, note.end
    words = re.compile(r"\s+".join(map(re.escape, note.quote.split())) or r"(?!)")
    return min((found.span() for found in words.finditer(text)), key=lambda s: abs(s[0] - note.start), default=None)


def _labels(note: Note, article: Article) -> str:
    """What the library says otherwise of the article; "" where it agrees."""
    pairs = [(says, getattr(note, field), getattr(article, field)) for field, says in LABELS.items()]
    return ", ".join(
        f"the {says} “{_short(now) or 'none'}” instead of “{_short(then) or 'none'}”"
        for says, then, now in pairs
        if then != now
    )


def _instead(article: Article, note: Note) -> str:
    found = nearest(article.text, note.quote)
    return f"the nearest words there are “{_short(found)}”" if found else "nothing there is like it"


def nearest(text: str, quote: str) -> str:
    """The sentence of a text, or as many together as the quote has, that shares most words with it; "" if few."""
    spans, size = sentences(text), max(1, len(sentences(quote)))
    wanted, best, found = Counter(_words(quote)), LIKE, ""
    bags = [Counter(_words(text[start:end])) for start, end in spans]
    for at in range(max(1, len(spans) - size + 1) if spans else 0):
        here = sum(bags[at : at + size], Counter[str]())
        shared = 2 * (wanted & here).total() / max(1, wanted.total() + here.total())
        if shared > best:
            best, found = shared, folded(text[spans[at][0] : spans[min(at + size, len(spans)) - 1][1]])
    return found


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _named(note: Note) -> str:
    return f"“{_short(note.title)}” ({note.article_id})" if note.title else note.article_id


def _short(text: str) -> str:
    return shortened(text, SHOWN)
