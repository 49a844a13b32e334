"""Answers to keep: as Markdown, as one HTML file that asks nothing of any network, and as plain text for the clipboard.

    Exported… → Evidence → Markdown, HTML          Answer → plain text

A file is made of its record alone and carries it (as data that nothing runs), so that the same record always gives the
same bytes and `footnote verify` can tell whether what is shown is what was recorded. Every foreign string passes `esc`
or `literal`; the page has no script, and its style is the only thing its own policy lets in. What is said around the
quotes is in `qa/said.py`. Knows nothing of libraries.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from string import Template

from indexes.types import Span
from page.text import BIDI, BROKEN, esc, name, safe_link
from qa.evidence import Asked, Evidence, Exported, Line, Note, gather
from qa.said import (
    CHECK,
    NEAREST,
    REFUSED,
    about,
    beside,
    completed,
    folded,
    left_out,
    notices,
    origin,
    refusal,
    sure,
    wording,
)
from qa.sealed import pack
from qa.terminal import printable
from qa.types import Answer, Citation

RECORD = {  # where a file carries its record; the record has no < and no > (qa/sealed.py)
    "html": ('<script type="application/json" id="footnote-evidence">', "</script>"),
    "markdown": ("<!-- footnote-evidence ", " -->"),
}
FORMULA = ("=", "+", "-", "@")  # a spreadsheet runs a pasted line that begins so


# -- HTML -------------------------------------------------------------------------------------------------------------

PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-$hash'; img-src data:; \
base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>$title</title>
<link rel="icon" href="data:,">
<style>$style</style>
</head>
<body>
<header>
<p class="kicker">Footnote · evidence</p>
<h1 dir="auto">$title</h1>
$about
</header>
<main>
$asked
</main>
<footer>$check</footer>
$record
</body>
</html>
""")


def html(
    exchanges: Sequence[Exported], *, title: str, library: str = "", settings: Mapping[str, str] | None = None
) -> str:
    """The answers as one page. library: its fingerprint; settings: what the answers were made with, as shown."""
    return html_of(gather(exchanges, title, library, settings))


def html_of(evidence: Evidence) -> str:
    """The page of a record."""
    style = files("qa").joinpath("export.css").read_text(encoding="utf-8")
    return PAGE.substitute(
        hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        title=esc(folded(evidence.title)),
        style=style,
        about=_about(evidence),
        asked="\n".join(_asked(number, one) for number, one in enumerate(evidence.asked, 1)),
        check=esc(CHECK),
        record=pack(evidence).join(RECORD["html"]),
    )


def _asked(number: int, asked: Asked) -> str:
    """A question, its answer, and every note in full."""
    understood = f" Understood as: <q>{esc(folded(asked.standalone))}</q>" if completed(asked) else ""
    said = [f'<p class="notice">{esc(sentence)}</p>' for sentence in notices(asked)]
    if asked.refused:
        said.append(f'<p class="refusal" dir="auto"><b>{REFUSED}.</b> {esc(refusal(asked))}</p>')
    if asked.lines:
        said.append(f'<p class="prose" dir="auto">{" ".join(map(_line, asked.lines))}</p>')
        said.append(f'<p class="sure">{esc(sure(asked))}</p>')
    said += [_folder(says, rows) for says, rows in beside(asked)]
    if asked.refused and asked.notes:
        said.append(f'<p class="sure">{NEAREST}</p>')
    if asked.notes:
        said.append(f'<ol class="notes">{"".join(map(_note, asked.notes))}</ol>')
    return (
        f'<section class="exchange"><p class="kicker">Question {number}</p><h2 dir="auto">{esc(asked.question.strip())}'
        f'</h2><p class="asked">Asked {name(asked.asked)}.{understood}</p>{"".join(said)}</section>'
    )


def _line(line: Line) -> str:
    """A sentence, the words that answer in bold, and its numbers."""
    parts, at = [], 0
    for start, end in sorted(line.marks):
        if at <= start < end:
            parts += [esc(line.text[at:start]), f"<b>{esc(line.text[start:end])}</b>"]
            at = end
    whose = f' <span class="reworded">{wording(line)}</span>' if wording(line) else ""
    marks = "".join(f'<a class="mark" href="#n{number}">[{number}]</a>' for number in line.notes)
    return f"<bdi>{''.join(parts)}{esc(line.text[at:])}</bdi>{whose}&NoBreak;{marks}"


def _folder(says: str, rows: Sequence[tuple[str, str]]) -> str:
    """What is no part of the answer: closed, struck out, each with its reason."""
    items = "".join(
        f'<li><s><bdi>{esc(folded(text))}</bdi></s> <span class="asked">{esc(folded(reason))}</span></li>'
        for text, reason in rows
    )
    return f'<details class="notice"><summary>{esc(says)}</summary><ul>{items}</ul></details>'


def _note(note: Note) -> str:
    """Where the words come from, the words in their surroundings, and what they are checked by."""
    at = max(0, note.start - note.context_start)
    before, after = note.context[:at], note.context[at + len(note.quote) :]
    facts = [("Article", f"<bdi>{esc(folded(note.article_id))}</bdi>, characters {note.start}–{note.end}")]
    facts += [("Address", _address(note.url))] if note.url else []
    facts += [("SHA-256 of the quote", f"<code>{esc(note.quote_sha256)}</code>")]
    facts += [("SHA-256 of the article", f"<code>{esc(note.article_sha256)}</code>")]
    cited = " · ".join(f"<bdi>{esc(part)}</bdi>" for part in origin(note))
    return (
        f'<li id="n{note.number}"><p class="cited"><b>[{note.number}]</b> {cited}</p><blockquote dir="auto">'
        f"{esc(before)}<mark>{esc(note.quote)}</mark>{esc(after)}</blockquote>{_facts(facts, 'facts')}</li>"
    )


def _address(url: str) -> str:
    """The address as it is written; a link where it is a plain one, with the host it is looked up as."""
    link = safe_link(url)
    if link is None:
        return f"<bdi>{esc(folded(url))}</bdi>"
    host = "" if link[1] in url.casefold() else f" (<bdi>{esc(link[1])}</bdi>)"
    return f'<a href="{esc(link[0])}" rel="noopener noreferrer"><bdi>{esc(link[0])}</bdi></a>{host}'


def _about(evidence: Evidence) -> str:
    """What is known of the file. The first format had a list within a list, by which its files are still checked."""
    facts = _facts([(key, name(value)) for key, value in about(evidence)])
    return f"<dl>{facts}</dl>" if evidence.format == 1 else facts


def _facts(facts: Sequence[tuple[str, str]], kind: str = "about") -> str:
    """A list of names and values; the values are HTML."""
    return (
        f'<dl class="{kind}">{"".join(f"<div><dt>{name(key)}</dt><dd>{value}</dd></div>" for key, value in facts)}</dl>'
    )


# -- Markdown ---------------------------------------------------------------------------------------------------------

# What some Markdown takes for a sign: CommonMark's own, GitHub's names, addresses and :emoji:, ==marks==, %%comments%%.
SIGNS = re.compile(r"[\\`*_{}\[\]<>#|!~&$^@]|=(?==)|%(?=%)|:(?=//)|(?<!\d):(?=[\w+-]+:)|(?<=\bwww)\.")
OPENING = re.compile(r"^(?:[-+=]|\d+(?=[.)]))")  # what begins a list, a rule, a heading, or a formula in a spreadsheet
OPEN, CLOSE = "\ufdd0", "\ufdd1"  # around what is to be bold, until the text is escaped: no characters of any text
PLAIN_ADDRESS = re.compile(r"(?!.*&#?\w+;)[^<>\\]+")  # between < and >, it is shown as it stands


def markdown(
    exchanges: Sequence[Exported], *, title: str, library: str = "", settings: Mapping[str, str] | None = None
) -> str:
    """The answers with their quotes as footnotes, the record in a comment at the end."""
    return markdown_of(gather(exchanges, title, library, settings))


def markdown_of(evidence: Evidence) -> str:
    """The Markdown of a record."""
    facts = "\n".join(f"- {literal(key)}: {literal(value)}" for key, value in about(evidence))
    parts = [f"# {literal(evidence.title)}", facts]
    for number, asked in enumerate(evidence.asked, 1):
        parts += [f"## {number}. {literal(asked.question)}", *_asked_md(asked, bold=evidence.format > 2)]
        parts += [_note_md(note) for note in asked.notes]
    parts += ["---", literal(CHECK), pack(evidence).join(RECORD["markdown"])]
    return "\n\n".join(part for part in parts if part) + "\n"


def _asked_md(asked: Asked, bold: bool) -> list[str]:
    understood = f" Understood as: “{literal(asked.standalone)}”" if completed(asked) else ""
    said = [f"Asked {literal(asked.asked)}.{understood}", *map(literal, notices(asked))]
    if asked.refused:
        said.append(f"**{REFUSED}.** {literal(refusal(asked))}".strip())
    if asked.lines:
        said += [" ".join(_line_md(line, bold) for line in asked.lines), literal(sure(asked))]
    for says, rows in beside(asked):
        said.append(f"{says}.\n\n" + "\n".join(f"- “{literal(text)}” ({literal(reason)})" for text, reason in rows))
    if asked.refused and asked.notes:
        said.append(f"{NEAREST} {' '.join(f'[^{note.number}]' for note in asked.notes)}")
    return said


def _line_md(line: Line, bold: bool) -> str:
    """A sentence and its numbers. bold: the words that answer in bold, which the first two formats had not."""
    marks = "".join(f"[^{number}]" for number in line.notes)
    text = emphasised(line.text, line.marks) if bold else literal(line.text)
    return f"{text}{f' {wording(line)}' if wording(line) else ''}{marks}"


def emphasised(text: str, marks: Sequence[Span]) -> str:
    """As `literal`, with ** around the marks. A mark where ** would not be taken for bold is left out."""
    if OPEN in text or CLOSE in text:  # no text has them by the standard
        return literal(text)
    parts: list[str] = []
    at = 0
    for start, end in sorted(marks):
        inside = text[start:end]
        apart = at < start or not parts  # of two marks without anything between, the four * would not be taken apart
        if inside and at <= start and apart and _opens(text[:start], inside) and _opens(text[end:][::-1], inside[::-1]):
            parts += [text[at:start], OPEN, inside, CLOSE]
            at = end
    return literal("".join([*parts, text[at:]])).replace(OPEN, "**").replace(CLOSE, "**")


def _opens(before: str, inside: str) -> bool:
    """Is ** between the two the beginning of bold (CommonMark 6.2, left-flanking)? Backwards: the end of it."""
    return inside[0].isalnum() or (not inside[0].isspace() and not (before and before[-1].isalnum()))


def _note_md(note: Note) -> str:
    """A footnote, a fact a line; the lines are indented so that they stay one paragraph of it."""
    link = safe_link(note.url)
    plainly = link is not None and link[1] in note.url.casefold() and PLAIN_ADDRESS.fullmatch(link[0])
    address = f"<{link[0]}>" if link and plainly else literal(note.url) + (f" ({literal(link[1])})" if link else "")
    lines = [
        f"[^{note.number}]: “{literal(note.quote)}”",
        literal(" · ".join(origin(note))),
        address,
        f"article {literal(note.article_id)}, characters {note.start}–{note.end}",
        f"SHA-256 of the quote {literal(note.quote_sha256)}",
        f"SHA-256 of the article {literal(note.article_sha256)}",
    ]
    return "\n    ".join(line for line in lines if line)


def literal(text: str) -> str:
    """Foreign text on one line of Markdown, shown as it stands. Invisible direction overrides are dropped."""
    shown = SIGNS.sub(r"\\\g<0>", folded(BIDI.sub("", BROKEN.sub("\ufffd", text))))
    return OPENING.sub(lambda found: f"\\{found[0]}" if found[0] in "-+=" else f"{found[0]}\\", shown)


# -- plain text -------------------------------------------------------------------------------------------------------


def plain(answer: Answer) -> str:
    """An answer with its footnotes, for the clipboard. A sentence that nothing carries stays out, and is counted."""
    out = [f"{left_out(len(answer.left_out))}."] if answer.left_out else []
    if answer.refused:
        return "\n\n".join([_harmless(answer.text), *out])
    kept = [one for one in answer.sentences if one.support.holds and one.citations]
    shown = " ".join(f"{one.text} {''.join(f'[{each.number}]' for each in one.citations)}" for one in kept)
    numbers = {each.number for one in kept for each in one.citations}
    notes = [_note_plain(citation) for citation in answer.citations if citation.number in numbers]
    return "\n\n".join([_harmless(shown), *notes, *out])


def _note_plain(citation: Citation) -> str:
    parts = (citation.title or citation.article_id, citation.source, citation.author, citation.published, citation.url)
    origin = " · ".join(folded(part) for part in parts if part)
    place = f"{folded(citation.article_id)}, characters {citation.start}–{citation.end}"
    return printable(f"[{citation.number}] “{folded(citation.quote)}”\n    {origin}\n    {place}")


def _harmless(text: str) -> str:
    """On one line that no spreadsheet takes for a formula."""
    shown = printable(folded(text))
    return f"'{shown}" if shown.startswith(FORMULA) else shown
