"""What a refusal says: that the articles speak of something, but not of what was asked about it. By rule, English.

    "When was the Baiji refinery built?" → "The articles speak of the Baiji refinery, but do not say when it was built."

Where the rule does not know how to turn the question it says "but do not answer this"; where the articles never name
the subject, the refusal is the plain sentence of `prompts/refusal.txt`. Knows nothing of models.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

import prompts
from qa import verbs
from qa.mentions import MONTH, subject_of

MODAL = "can could will would should may might must".split()
AUXILIARY = ["is", "are", "was", "were", "has", "have", "had", *MODAL]
DOING = "do does did".split()
WH = re.compile(
    r"^(?:and |but |so )?((?:in|on|at|by|for|from|with|of|to) )?"
    r"(who|whom|whose|what|which|when|where|why|how)\b(.*?)\??$",
    re.IGNORECASE,
)
YES_NO = re.compile(rf"^(?:and |but |so )?()()((?:{'|'.join((*AUXILIARY, *DOING))})\b.*?)\??$", re.IGNORECASE)
BEHIND = "in on at by for from with of to and or when while as than that which who during after before since".split()
# What may follow a subject behind its auxiliary; a noun would belong to the subject: "was the Fénix capsule stuck".
PREDICATE = re.compile(
    r"\w+(?:[^\We]ed|en|ly|ing)|born|built|made|held|found|sold|lost|won|shot|hit|cut|set|sent|kept|left|brought|bought|caught"
    r"|taught|told|said|done|gone|begun|sunk|known|drawn|grown|flown|shown|worn|paid|laid|led|read|put|shut|struck|stuck"
    rf"|able|wide|deep|long|old|big|high|tall|fast|heavy|a|an|the|ever|still|first|last|not|{'|'.join(BEHIND)}"
)
SEVERAL_OR_PERSON = re.compile(
    r"\b(?:are|were|have)\b"
    r"|\bthe (?:[A-Z]\w+ )*(?:Queen|King|Pope|President|Prime Minister|Princess?|Emperor|Empress|Tsar)\b"
)
A_MONTH = re.compile(rf"\b{MONTH} \d{{4}}")
ENDING = r"(?:[’']s?|[?.,]+)+$"  # of a word: possessive and punctuation
LONGEST = 120  # characters of what is missing; longer is not read


def refusal(question: str, articles: Sequence[str]) -> str:
    """The sentence. articles: header and text of what came nearest: the subject must be named there."""
    question = re.sub(r" \([^()]*\)$", "", " ".join(question.split()))  # without the question that completes it
    texts = [text.casefold() for text in articles]
    subject = extended(re.sub(ENDING, "", subject_of(A_MONTH.sub("", question))), question, texts)
    if not subject or not any(_bare(subject) in text for text in texts):
        return prompts.read("refusal")
    missing = indirect(question, subject)
    told = f"say {missing}" if 0 < len(missing) <= LONGEST else "answer this"
    named = subject if _stands_alone(question, subject, verbs.FORMS) else subject.removeprefix("the ")
    return prompts.fill("refusal_named", subject=named, missing=told)


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

    Examples: ("Who owns the Baiji refinery?", "the Baiji refinery") -> "who owns it"
              ("Did George Laurer have a son?", "George Laurer") -> "whether George Laurer had a son"
    """
    found = WH.match(question) or YES_NO.match(question)
    if not found or re.search(re.escape(subject) + "[’']", question):
        return ""
    before, wh, rest = (found[1] or "").lower(), (found[2] or "whether").lower(), found[3].strip()
    thing = _pronoun(subject, rest)
    named = rest.replace(subject, thing)
    words = named.split()
    if not words:
        return ""
    at = next((place for place, word in enumerate(words[:5]) if word.lower() in (*AUXILIARY, *DOING)), None)
    if at is None:  # the question word is the subject: "who owns it"
        said = named if _stands_alone(rest, subject) else rest
        return "" if any(word in DOING for word in words) else f"{before}{wh} {said}"
    turned = _turned(words, at, thing)
    return f"{before}{wh} {turned}" if turned else ""


def _stands_alone(said: str, subject: str, verb_forms: Collection[str] = verbs.PAST) -> bool:
    """Does the subject end where its name does? Not in "the Øresund tunnel" for "the Øresund"."""
    behind = re.match(r"\s+(\w+)", said.partition(subject)[2])
    return not behind or behind[1] in (*AUXILIARY, *BEHIND, *verb_forms) or bool(PREDICATE.fullmatch(behind[1]))


def _turned(words: list[str], at: int, thing: str) -> str:
    """Auxiliary and subject changed over: "long was it" → "long it was", "did it sink" → "it sank"."""
    size, auxiliary = len(thing.split()), words[at].lower()
    behind = words[at + 1 :]
    subject, said = behind[:size], behind[size:]
    if " ".join(subject) != thing:
        return ""
    if auxiliary not in DOING:
        known = not said or not said[0].isalpha() or auxiliary in MODAL or PREDICATE.fullmatch(said[0])
        return " ".join([*words[:at], *subject, auxiliary, *said]) if known else ""
    verb, *more = said or [""]
    if not verbs.past(verb) or (more and verbs.past(more[0])):  # a noun: "did the Chilean mine rescue cost"
        return ""
    said[0] = {"did": verbs.past(verb), "does": verbs.third_person(verb), "do": verb}[auxiliary]
    return " ".join([*words[:at], *subject, *said])


def _pronoun(subject: str, said: str) -> str:
    """What stands for "the …"; a name stays itself, since it may be a person's; so do the Queen, the Pyramids and the
    Chilean miners, and what a question speaks of that has an "it" already."""
    itself = SEVERAL_OR_PERSON.search(f"{said} {subject}") or re.search(r" [a-z]+s$", subject) or "it" in said.split()
    return "it" if subject.startswith("the ") and not itself else subject


def _bare(subject: str) -> str:
    return subject.removeprefix("the ").casefold()
