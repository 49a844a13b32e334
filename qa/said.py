"""What a kept answer says around its sentences and quotes, in whatever form it is kept: how the question was
understood, what was left out, whose words a sentence is in, how sure the answer is.

    Asked(refused=False, confidence=0.87, …)  →  "Confidence 87 %."

Plain words on one line each. Knows nothing of HTML, Markdown or files: whoever shows them escapes them.
"""

from __future__ import annotations

from qa.evidence import VERBATIM, Asked, Evidence, Line, Note
from qa.overview import NOTICE

REFUSED = "The articles do not say"
REWORDED = "(in other words than its source)"
INSTEAD = "(in the words of the article)"
NEAREST = "The nearest passages:"
CHECK = "Every quote in this file can be checked against the library it came from: footnote verify FILE"


def about(evidence: Evidence) -> list[tuple[str, str]]:
    """What is said of the file as a whole."""
    return [*([("Library", evidence.library)] if evidence.library else []), *evidence.settings]


def folded(text: str) -> str:
    """On one line."""
    return " ".join(text.split())


def origin(note: Note) -> list[str]:
    """Title, source, author and date, as far as they are known."""
    return [folded(part) for part in (note.title or note.article_id, note.source, note.author, note.published) if part]


def completed(asked: Asked) -> bool:
    """Was the question searched as something else than it was typed?"""
    return bool(asked.standalone) and folded(asked.standalone).casefold() != folded(asked.question).casefold()


def refusal(asked: Asked) -> str:
    """What the refusal says beyond its label."""
    return "" if asked.refusal.strip(" .").casefold() == REFUSED.casefold() else folded(asked.refusal)


def notices(asked: Asked) -> list[str]:
    """What the answer was made with, and without."""
    one = asked.left_out == 1
    left = f"{asked.left_out} sentence{' is' if one else 's are'} left out: the articles no longer hold the words."
    written = f"Written by the language model {folded(asked.writer)}; the quotes below are the articles' own words."
    parts = (folded(asked.notice), written if asked.writer else "", left if asked.left_out else "")
    return [part for part in parts if part]


def wording(line: Line) -> str:
    """Whose words a sentence is in, where that is to be said; else ""."""
    return REWORDED if line.verdict != VERBATIM else INSTEAD if line.instead_of else ""


def beside(asked: Asked) -> list[tuple[str, list[tuple[str, str]]]]:
    """What a language model wrote and is no part of the answer: what is said of it, and each sentence with its
    reason."""
    out = [(one.text, one.reason) for one in asked.unsupported]
    replaced = [
        (line.instead_of, f"in its place: {''.join(f'[{number}]' for number in line.notes)}")
        for line in asked.lines
        if line.instead_of
    ]
    parts = [(left_out(len(out)), out), (in_own_words(len(replaced)), replaced)]
    return [(says, rows) for says, rows in parts if rows]


def left_out(count: int) -> str:
    """So many sentences that a language model wrote are not shown."""
    if count == 1:
        return "1 sentence was left out: the articles do not support it"
    return f"{count} sentences were left out: the articles do not support them"


def in_own_words(count: int) -> str:
    """In place of so many sentences the articles' own are shown."""
    shown = "1 sentence is" if count == 1 else f"{count} sentences are"
    return f"{shown} shown in the words of the article: the language model had written more than it says"


def sure(asked: Asked) -> str:
    """How sure the answer is, and what that was worth where it was measured."""
    if NOTICE in asked.notice:
        return "Main sentences, on a broad question: how sure they are was never measured."
    told = f"Confidence {asked.confidence * 100:.0f}\u00a0%."
    if asked.measured is None:
        return told
    return f"{told} Of answers about this sure, {asked.measured * 100:.0f}\u00a0% were right where it was measured."
