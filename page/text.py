"""Foreign text to HTML text: every article, title, address, file name, question and error passes through here.

`esc` for running text, `label` for one-line names, `safe_link` for addresses. Nothing else in the page may build HTML
from a string it did not write itself. Knows nothing of articles, answers or Gradio.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from html import escape
from urllib.parse import quote, urlencode, urlsplit

LABEL_LENGTH = 300  # characters of a title or a name that are shown
JOINERS = "\u200c\u200d"  # category Cf, but they spell words and emoji
BROKEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")  # controls and lone surrogates: shown as U+FFFD
BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")  # they can make a quotation read as something it is not


def esc(text: str) -> str:
    """Running text as HTML, safe in content and in quoted attributes. Invisible direction overrides are dropped."""
    return escape(BIDI.sub("", BROKEN.sub("\ufffd", text)), quote=True)


def label(text: str) -> str:
    """A title, name or file name on one line: no invisible characters, no line breaks, not endless. Not escaped yet."""
    shown = "".join(c for c in text if unicodedata.category(c) != "Cf" or c in JOINERS)
    shown = " ".join(shown.split())
    return shown if len(shown) <= LABEL_LENGTH else shown[:LABEL_LENGTH].rstrip() + "…"


def name(text: str) -> str:
    """A label as HTML, isolated so that its direction cannot reach its neighbours."""
    return f"<bdi>{esc(label(text))}</bdi>"


def day(published: str) -> str:
    """2021-03-24 as <time>24 March 2021</time>; anything that is no date is shown as it is."""
    when = _date(published)
    return f'<time datetime="{when.isoformat()}">{_spelt(when)}</time>' if when else name(published)


def written_day(published: str) -> str:
    """2021-03-24 as 24 March 2021; anything that is no date as it is, on one line. Not escaped yet."""
    when = _date(published)
    return _spelt(when) if when else label(published)


def _date(published: str) -> date | None:
    try:
        return date.fromisoformat(published[:10])
    except ValueError:
        return None


def _spelt(when: date) -> str:
    return f"{when.day} {when:%B} {when.year}"


def article_href(
    article_id: str,
    start: int | None = None,
    end: int | None = None,
    page: str = "article",
    also: Sequence[tuple[int, int]] = (),
) -> str:
    """Where an article, or a place in it, is read: /article/kaduna%2F3?s=840&e=872&also=90-120#hit. also: other places
    to be marked there. Not escaped yet."""
    path = f"/{page}/{quote(article_id, safe='', errors='replace')}"
    if start is None or end is None:
        return path
    query = urlencode([("s", start), ("e", end), *(("also", f"{low}-{high}") for low, high in also)])
    return f"{path}?{query}#hit" if page == "article" else f"{path}?{query}"


def ask_about_href(article_id: str) -> str:
    """Where questions are asked of one article alone. Not escaped yet."""
    return f"/?{urlencode({'article': article_id}, errors='replace')}"


def safe_link(url: str) -> tuple[str, str] | None:
    """(address, host as it is looked up: Punycode) of a plain web address; None for anything else."""
    cleaned = url.strip()
    if BROKEN.search(cleaned) or BIDI.search(cleaned) or any(c.isspace() for c in cleaned):
        return None
    try:
        parts = urlsplit(cleaned)
        host = (parts.hostname or "").encode("idna").decode("ascii")
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or not host or "@" in parts.netloc:
        return None
    return cleaned, host


def shortened(text: str, length: int) -> str:
    """The beginning of a text, cut between words, on one line. Not escaped yet."""
    line = " ".join(text.split())
    if len(line) <= length:
        return line
    return line[: line.rfind(" ", length // 2, length) if " " in line[length // 2 : length] else length].rstrip() + "…"
