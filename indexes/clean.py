"""Raw document to Article: metadata put in order, and what belongs to the saved page marked as leftover.

Nothing is cut from the text: a leftover is a span, shown dimmed in the saved article, never searched and never quoted.
The rules look at whole short lines. Strong patterns mark a line wherever it stands; weak ones only near the top, in the
tail, or beside another leftover, because an article may say "Read more books" in its middle. Knows nothing of storage
or passages.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import date
from urllib.parse import urlsplit

from indexes.furniture import DATE, LONGEST_LINE, MONTH, MONTHS, NAME, kind_of
from indexes.load import RawDocument
from indexes.types import Article, Span

TITLE_MOST = 300  # characters
TOP, TAIL = 4, 14  # lines in which weak patterns count; saved pages have had at most 3 above and 12 below the body
MOST_COPIES = 4  # of one line on a page; a line that stands there more often is a row or a refrain
EDGE_TOP, EDGE_TAIL = 3, 12  # lines that are counted across articles
ENDED = re.compile(r"[.!?…][\"'”’»)\]]*$")  # a line that ends like a sentence

SITE = re.compile(
    r"(?:updates|alerts|newsletter|headlines) from (?:the )?([A-ZÀ-Þ][\w.'’ -]{2,40})$|"
    r"^(?:Find|Watch) ([A-ZÀ-Þ][\w.'’ -]{2,40}) on "
)  # the site's own name, in its own furniture
AFTER = ("related",)  # below such a heading in the tail, lines that are no sentences are links


def clean(raw: RawDocument) -> Article:
    """The article, its metadata filled from the page's own lines where the document had none."""
    lines = list(_lines(raw.text))
    found = _by_rule(raw.text, lines)
    spans = {**dict.fromkeys(_twice(raw.text, lines), "repeated"), **found}
    said = _said(raw.text, spans)
    title = raw.metadata.get("title", "") or _headline(raw, lines, spans)
    return Article(
        id=raw.id,
        text=raw.text,
        title=" ".join(title.split())[:TITLE_MOST],
        author=raw.metadata.get("author", "") or said.get("author", ""),
        published=iso_date(raw.metadata.get("published", ""))
        or said.get("published", "")
        or iso_date(raw.metadata.get("created", "")),
        source=raw.metadata.get("source", "") or said.get("source", ""),
        url=safe_url(raw.metadata.get("url", "")),
        credit=said.get("credit", ""),
        leftovers=_merged(raw.text, spans),
    )


def edge_lines(article: Article) -> frozenset[str]:
    """Short lines near the top and the end, folded: candidates for what a site prints on every page."""
    lines = list(_lines(article.text))
    return frozenset(_fold(article.text[start:end]) for start, end in _edges(lines) if end - start <= LONGEST_LINE)


def mark_repeated(article: Article, repeated: Collection[str]) -> Article:
    """The article with those of its edge lines marked as leftovers that stand in `repeated`."""
    lines = list(_lines(article.text))
    new = {span: "repeated" for span in _edges(lines) if _fold(article.text[span[0] : span[1]]) in repeated}
    if not new:
        return article
    old = dict.fromkeys(article.leftovers, "")
    return replace(article, leftovers=_merged(article.text, {**old, **new}))


# -- lines ------------------------------------------------------------------------------------------------------------


def _lines(text: str) -> Iterator[Span]:
    """Lines that are not blank, without the white space around them."""
    for match in re.finditer(r"[^\s](?:[^\n]*[^\s])?", text):
        yield match.span()


def _edges(lines: list[Span]) -> list[Span]:
    return lines[:EDGE_TOP] + lines[max(EDGE_TOP, len(lines) - EDGE_TAIL) :]


def _fold(line: str) -> str:
    return " ".join(line.split()).casefold()


def _by_rule(text: str, lines: list[Span]) -> dict[Span, str]:
    """Span → what it is, by the rules: strong ones first, then weak ones from both edges inward."""
    kinds = [kind_of(text[start:end], "anywhere") for start, end in lines]
    top, tail = range(min(TOP, len(lines))), range(len(lines) - 1, max(TOP, len(lines) - TAIL) - 1, -1)
    for index in top:
        kinds[index] = kinds[index] or kind_of(text[slice(*lines[index])], "edges")
    links = next(
        (i for i in range(max(TOP, len(lines) - TAIL), len(lines)) if _opens_links(text, lines, i)), len(lines)
    )
    inside = True  # still in the furniture, coming from the end
    for index in tail:
        line = text[slice(*lines[index])]
        kinds[index] = kinds[index] or kind_of(line, "edges")
        if not kinds[index] and (index > links or (inside and _is_tag_line(line, kinds[index + 1 :]))):
            kinds[index] = "" if line.endswith((".", ".”", '."')) else "link"
        inside = inside and bool(kinds[index])
    return {span: kind for span, kind in zip(lines, kinds, strict=True) if kind}


def _opens_links(text: str, lines: list[Span], index: int) -> bool:
    """Is this line, in the tail, a heading of related links with no sentence after it?"""
    line = text[slice(*lines[index])]
    if (kind_of(line, "anywhere") or kind_of(line, "edges")) not in AFTER:
        return False
    return not any(ENDED.search(text[start:end]) and end - start > LONGEST_LINE for start, end in lines[index + 1 :])


def _is_tag_line(line: str, below: list[str]) -> bool:
    """ "ISIL, Sectarianism": a few short tags parted by commas, above other furniture."""
    tags = [tag.strip() for tag in line.split(",")]
    return (
        bool(below)
        and len(line) <= 60
        and len(tags) > 1
        and all(len(tag.split()) <= 3 and tag[:1].isupper() for tag in tags)
    )


def _twice(text: str, lines: list[Span]) -> list[Span]:
    """Short lines without a sentence's end that stand twice or more, where they stand near an edge. List items, rows
    and questions may repeat, and so may anything in the middle of a long text."""
    edges = set(lines[:TOP] + lines[max(TOP, len(lines) - TAIL) :])
    folded = [_fold(text[start:end]) for start, end in lines]
    counts = Counter(folded)
    return [
        (start, end)
        for (start, end), line in zip(lines, folded, strict=True)
        if 1 < counts[line] <= MOST_COPIES
        and (start, end) in edges
        and end - start <= LONGEST_LINE
        and not ENDED.search(line)
        and not re.search(r"^[-*•\d\"“]|[|:;,]$|\|", line)
    ]


def _merged(text: str, spans: Collection[Span]) -> tuple[Span, ...]:
    """Sorted spans; neighbours with only white space between them become one."""
    out: list[Span] = []
    for start, end in sorted(spans):
        if out and not text[out[-1][1] : start].strip():
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return tuple(out)


# -- metadata ---------------------------------------------------------------------------------------------------------


def _headline(raw: RawDocument, lines: list[Span], spans: Collection[Span]) -> str:
    """The first line of the body if it reads like a headline: short, and no sentence's end; else nothing."""
    if raw.format == "jsonl":
        return ""
    first = next((raw.text[start:end] for start, end in lines if (start, end) not in spans), "")
    return first if len(first) <= 160 and not ENDED.search(first) else ""


def _said(text: str, spans: dict[Span, str]) -> dict[str, str]:
    """Author, date and credit as the page's own lines give them."""
    said: dict[str, str] = {}
    for (start, end), kind in sorted(spans.items()):
        line = text[start:end]
        if kind == "byline" and (three := re.match(rf"[Bb][Yy] ({NAME}), ([^,|]{{3,60}}), {DATE}", line)):
            said |= {"author": three[1], "source": three[2], **said}
        elif kind == "byline" and (name := re.match(rf"[Bb][Yy] (?:our )?({NAME}(?:(?:,| and) {NAME})*)", line)):
            said.setdefault("author", re.split(r" in (?=[A-Z])", name[1])[0])
        if kind in ("newsletter", "channel") and (paper := SITE.search(line)):
            said.setdefault("source", paper[1] or paper[2])
        if kind in ("byline", "date") and (day := re.search(DATE, line, re.IGNORECASE)):
            said.setdefault("published", iso_date(day[0]))
        if kind == "credit":
            said.setdefault(
                "credit",
                re.sub(r"(?i)^.*credit: ?|^(?:photo(?:graph)?|image|picture)s?(?: credit| by)* ?:? ?", "", line),
            )
    return {name: value for name, value in said.items() if value}


def iso_date(text: str) -> str:
    """ "24 March 2021", "March 24, 2021" or an ISO date or date-time as ISO; "" for what is no date ("31 February")."""
    text = text.strip()
    if match := re.match(
        r"(\d{4}-\d\d-\d\d)(T\d\d:\d\d(?::\d\d)?(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?)?", text.replace(" ", "T", 1)
    ):
        day, time = match[1], match[2] or ""
    elif match := re.search(rf"(\d{{1,2}})(?:st|nd|rd|th)? ({MONTH})\.?,? (\d{{4}})", text, re.IGNORECASE):
        day, time = f"{match[3]}-{MONTHS[match[2][:3].lower()]:02}-{int(match[1]):02}", ""
    elif match := re.search(rf"({MONTH})\.? (\d{{1,2}})(?:st|nd|rd|th)?,? (\d{{4}})", text, re.IGNORECASE):
        day, time = f"{match[3]}-{MONTHS[match[1][:3].lower()]:02}-{int(match[2]):02}", ""
    else:
        return ""
    try:
        date.fromisoformat(day)
    except ValueError:
        return ""
    return day + time


def safe_url(text: str) -> str:
    """An http or https address without user and password; "" for anything else."""
    try:
        parts = urlsplit(text.strip())
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
        return ""
    return "" if re.search(r"[\s<>\"]", text.strip()) else text.strip()
