"""What a refusal says: that the articles speak of something, but not of what was asked about it. By rule, English.

    "When was the Baiji refinery built?" → "The articles speak of the Baiji refinery, but do not say when it was built."

Where the rule does not know how to turn the question it says "but do not answer this"; where the articles never name
the subject, the refusal is the plain sentence of `prompts/refusal.txt`. Knows nothing of models.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import prompts
from qa.mentions import subject_of

AUXILIARY = "is are was were has have had can could will would should may might must".split()
DOING = "do does did".split()
WH = re.compile(
    r"^(?:and |but |so )?((?:in|on|at|by|for|from|with|of|to) )?"
    r"(who|whom|whose|what|which|when|where|why|how)\b(.*?)\??$",
    re.IGNORECASE,
)
SEVERAL_OR_PERSON = re.compile(
    r"\b(?:are|were|have)\b"
    r"|\bthe (?:[A-Z]\w+ )*(?:Queen|King|Pope|President|Prime Minister|Princess?|Emperor|Empress|Tsar)\b"
)
ENDING = r"(?:[’']s?|[?.,]+)+$"  # of a word: possessive and punctuation
LONGEST = 120  # characters of what is missing; longer is not read


def refusal(question: str, articles: Sequence[str]) -> str:
    """The sentence. articles: header and text of what came nearest: the subject must be named there."""
    question = " ".join(question.split())
    texts = [text.casefold() for text in articles]
    subject = extended(re.sub(ENDING, "", subject_of(question)), question, texts)
    if not subject or not any(_bare(subject) in text for text in texts):
        return prompts.read("refusal")
    missing = indirect(question, subject)
    told = f"say {missing}" if 0 < len(missing) <= LONGEST else "answer this"
    return prompts.fill("refusal_named", subject=subject, missing=told)


def extended(subject: str, question: str, texts: Sequence[str]) -> str:
    """The subject with the words behind it that the articles put there too: "the Baiji" → "the Baiji refinery"."""
    found = subject
    for word in question.partition(subject)[2].split()[:2] if subject else []:
        longer = f"{found} {re.sub(ENDING, '', word)}"
        if not word[:1].isalpha() or not any(_bare(longer) in text for text in texts) or word in (*AUXILIARY, *DOING):
            break
        found = longer
    return found


def indirect(question: str, subject: str) -> str:
    """The question as a subordinate clause: "how long it was"; "" where the rule does not know.

    Example: ("Who owns the Baiji refinery?", "the Baiji refinery") -> "who owns it"
    """
    found = WH.match(question)
    if not found or re.search(re.escape(subject) + "[’']", question):
        return ""
    before, wh, rest = (found[1] or "").lower(), found[2].lower(), found[3].strip()
    thing = _pronoun(subject, rest)
    named = rest.replace(subject, thing)
    words = named.split()
    if not words:
        return ""
    at = next((place for place, word in enumerate(words[:5]) if word.lower() in (*AUXILIARY, *DOING)), None)
    if at is None:
        return f"{before}{wh} {named}"  # the question word is the subject: "who owns it"
    if words[at].lower() in DOING:
        return ""  # "did it die" wants "it died", which takes a dictionary
    turned = _turned(words, at, thing)
    return f"{before}{wh} {turned}" if turned else ""


def _turned(words: list[str], at: int, thing: str) -> str:
    """Auxiliary and subject changed over: "long was it" → "long it was"."""
    size = len(thing.split())
    behind = words[at + 1 :]
    if " ".join(behind[:size]) != thing:
        return ""
    return " ".join([*words[:at], *behind[:size], words[at], *behind[size:]])


def _pronoun(subject: str, said: str) -> str:
    """What stands for "the …"; a name stays itself, since it may be a person's; so do the Queen and the Pyramids."""
    several_or_person = SEVERAL_OR_PERSON.search(f"{said} {subject}")
    return "it" if subject.startswith("the ") and not several_or_person else subject


def _bare(subject: str) -> str:
    return subject.removeprefix("the ").casefold()
