"""A follow-up question made to stand alone, by rule: what "it", "he" or "there" is, taken from the turns before.

    "Where did the Ever Given run aground?" … "When was it refloated?" → "When was the Ever Given refloated?"
    "Who last caught smallpox?" … "What did he die of?" → "What did he die of? (Who last caught smallpox?)"

The rule is small on purpose: it puts in the last full name that the reader asked about, and where there is none it adds
the question before. The completed question is shown beside the answer, never used in silence. Knows nothing of the
articles.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.types import Turn

PRONOUN = re.compile(r"\b(it|he|she|they|them|him|there|its|his|her|their|this|that)\b", re.IGNORECASE)
POSSESSIVE = {"its", "his", "her", "their"}
ELLIPSIS = re.compile(r"^\s*(and|but|or|so|what about|how about|what of)\b[\s,]*", re.IGNORECASE)
NAME = re.compile(
    r"(?:\b[Tt]he )?\b[A-ZÀ-Þ0-9][\w'’.-]*(?: (?:of|the|de|al|and) (?=[A-ZÀ-Þ])| (?=[A-ZÀ-Þ0-9]))?"
    r"(?:[A-ZÀ-Þ0-9][\w'’.-]*(?: (?=[A-ZÀ-Þ0-9]))?)*"
)
# Capitalised because they open a question, not because they are names.
OPENERS = frozenset(
    """
a an and are i can could did do does had has have how in is it of on or should the to was were what when where
which who whom whose why will would but so for from at by what's who's there
""".split()
)


def standalone(question: str, history: Sequence[Turn]) -> str:
    """The question with what it points back to named or added; unchanged if it points to nothing."""
    asked = [turn.text.strip() for turn in history if turn.role == "user"]
    if not asked or not _points_back(question):
        return question
    pronoun = PRONOUN.search(question)
    subject = subject_of(asked[-1])
    if pronoun is None or not _stands_for(pronoun.group().lower(), subject):
        return f"{question.rstrip()} ({asked[-1]})"
    word = pronoun.group().lower()
    named = f"in {subject}" if word == "there" else f"{subject}’s" if word in POSSESSIVE else subject
    return question[: pronoun.start()] + named + question[pronoun.end() :]


def _stands_for(pronoun: str, subject: str) -> bool:
    """Could the pronoun mean this? Only a name of two words or more is put in, and only a person's for "he"."""
    words = subject.split()
    if len(words) < 2:
        return False
    return pronoun not in ("he", "him", "his") or (words[0] != "the" and all(len(word) > 1 for word in words))


def subject_of(question: str) -> str:
    """The last named thing in a question: "Where did the Ever Given run aground?" -> "the Ever Given"; "" if none."""
    names = [match.group().strip(" ?.,") for match in NAME.finditer(question)]
    names = [_without_opener(name) for name in names]
    names = [name for name in names if name and not name.isdigit()]
    return names[-1] if names else ""


def _without_opener(name: str) -> str:
    words = name.split()
    while words and words[0].casefold() in OPENERS and not (words[0] == "the" and len(words) > 1):
        words = words[1:]
    return " ".join(words)


def _points_back(question: str) -> bool:
    """Has it a pronoun and names nothing itself, or is it a fragment ("And in 2015?")?"""
    if ELLIPSIS.match(question):
        return True
    return bool(PRONOUN.search(question)) and not subject_of(question)
