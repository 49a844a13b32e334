"""A follow-up question made to stand alone, by rule: what "it", "he", "there" or "And in 2014?" leans on.

    "How many tugs worked on the Ever Given?" … "And how wide is it?" → "How wide is the Ever Given?"
    "Who flew the test flight?" – "Willie Walsh, of British Airways, did." … "Why did he?" → "Why did Willie Walsh?"
    "How many wolves were there in 2003?" … "And in 2014?" → "How many wolves were there in 2014?"
    "Who last caught smallpox?" … "What did he die of?" → "What did he die of? (Who last caught smallpox?)"

A name is put in only where one thing alone can be meant (qa/antecedent.py). Otherwise the question before is added in
brackets, which retrieval reads too. A question that names or describes what it is about opens a new subject and stays
as it is (qa/leaning.py). The completed question is shown beside the answer, never used in silence. English; knows
nothing of the articles, nor who is a man or a woman.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from indexes.types import Span
from qa.antecedent import COMPLETED, meant, topic
from qa.leaning import ELLIPSIS, FRAGMENT, OPENING, points_back, pronouns
from qa.mentions import DATE, names_of
from qa.types import Turn

POSSESSIVE = re.compile(
    r"its|his|their|her(?= (?!(?:in|on|at|to|for|from|by|with|when|after|before)\b)\w)", re.IGNORECASE
)
THAT = r"(?: (?:about )?(?:that|this|it|so))?(?: from)?"
WHY = re.compile(
    rf"(?:and |but )?(?:why (?:do|would|did) you (?:say|think){THAT}|how (?:do|can|did|come) you (?:know|say){THAT}"
    rf"|(?:says|said) who|who says{THAT}|(?:what(?: is|[’']s) your )?(?:your )?(?:sources?|evidence|proof)"
    r"(?: for (?:that|this|it))?|prove it"
    rf"|what(?: is|[’']s) the (?:sources?|evidence|proof) (?:for|of) (?:that|this|it)"
    rf"|where (?:do|did) you (?:get|have|read|find){THAT}|are you (?:really |quite |very )?(?:sure|certain){THAT}"
    r"|really|where does (?:it|that) say (?:so|that)|is (?:that|this|it) (?:really )?true)",
    re.IGNORECASE,
)
IDLE = re.compile(
    r"\W*(?:thanks|thank you|thx|ok|okay|wow|great|good|nice|cool|i see|bye|hello|hi|hey)\W*", re.IGNORECASE
)
MORE = re.compile(
    r"(?:and |so )?(?:(?:what|anything|something) (?:else|more)(?: is there)?"
    r"(?: (?:do|can) (?:they|you|the articles) (?:say|know))?"
    r"|(?:(?:can|could|would) you |please )*(?:tell|show|give) (?:me )?(?:some )?more"
    r"(?: (?:about|on) (?:it|that|this|them|him|her))?|more|more please|go on"
    r"|continue|is (?:there|that) (?:anything (?:else|more)|all|more)|(?:say|and) more|keep going)",
    re.IGNORECASE,
)


def intent(question: str) -> str:
    """What a turn asks of the answer before and not of the articles: "why" ("How do you know?"), "more" ("What
    else?"), or "" for a question like any other."""
    plain = " ".join(re.sub(r"[?!.,…]+", " ", question).split())
    return "why" if WHY.fullmatch(plain) else "more" if MORE.fullmatch(plain) else ""


def gone_back_to(history: Sequence[Turn]) -> tuple[str, tuple[str, ...]]:
    """What "What else?" and "How do you know?" ask of: the last question that asks the articles, completed, and what
    was answered to it since, however often it was gone back to; ("", ()) where there is none. Such a turn may stand in
    the history as it was typed or as that question."""
    asked = [at for at, turn in enumerate(history) if turn.role == "user" and not intent(turn.text)]
    if not asked:
        return "", ()
    first = last = asked[-1]
    for at in reversed(asked):
        if history[at].text != history[last].text:
            break
        first = at
    question = history[last].text
    whole = question if COMPLETED.fullmatch(question) else standalone(question, history[:first])
    return whole, tuple(turn.text for turn in history[first:] if turn.role == "assistant")


def standalone(question: str, history: Sequence[Turn]) -> str:
    """The question with what it leans on named or added; unchanged if it leans on nothing."""
    asked = [turn.text.strip() for turn in history if turn.role == "user" and not intent(turn.text)]
    if not asked or IDLE.fullmatch(question) or not (intent(question) or points_back(question, history)):
        return question
    if whole := _exchanged(question, asked[-1]):
        return whole
    said = history[-1].text if history[-1].role == "assistant" else ""
    named, left_open = _put_in(question, asked, said)
    return f"{named.rstrip()} ({topic(asked[-1])})" if left_open else _without_and(named)


def _exchanged(question: str, former: str) -> str:
    """The question before with one part changed for the fragment: a year for the year, "in Ethiopia" for "in Africa",
    "Plan C" for "Plan B"; "" where not exactly one part is alike."""
    core = ELLIPSIS.sub("", question, count=1)
    match = FRAGMENT.match(core)
    if not match or " (" in former:
        return ""
    thing = match[2]
    if DATE.fullmatch(thing):
        alike = [one.span() for one in DATE.finditer(former) if one.group().isdigit() == thing.isdigit()]
    elif names_of(core) == [match.span(2)]:
        alike = [span for span in names_of(former) if _alike(former, span, thing, match[1])]
    else:
        return ""
    return former[: alike[0][0]] + thing + former[alike[0][1] :] if len(alike) == 1 else ""


def _alike(former: str, span: Span, thing: str, preposition: str | None) -> bool:
    """Behind the same preposition, or, without one, sharing a word: "Plan B", "Plan C"."""
    if preposition:
        return former[: span[0]].lower().endswith(f" {preposition.lower()} ")
    return bool(set(former[slice(*span)].split()) & set(thing.split()) - {"the"})


def _put_in(question: str, asked: Sequence[str], said: str) -> tuple[str, bool]:
    """The question with its pronouns named where one thing alone can be meant; and is anything left open?"""
    found = pronouns(question)
    things = {one.group().lower(): meant(one.group().lower(), asked[-1], said, "".join(asked[-2:-1])) for one in found}
    things = {pronoun: "" if _is_in(thing, question) else thing for pronoun, thing in things.items()}
    named = [thing for thing in things.values() if thing]
    if len(set(named)) < len(named):
        return question, True  # two words for one thing: "What did he tell him?" speaks of two
    for one in reversed(found):
        if thing := things[one.group().lower()]:
            thing += "’s" if POSSESSIVE.match(question, one.start()) else ""
            question = question[: one.start()] + thing + question[one.end() :]
    return question, len(named) < max(1, len(things))


def _is_in(thing: str, question: str) -> bool:
    """Does the question name the thing itself? In "Did Landy beat him?" John Landy is not "him"."""
    return bool({thing.split()[-1]} & set(re.findall(r"\w+", question))) if thing else False


def _without_and(question: str) -> str:
    """Without the "and" that only tied it to what was said: "And how wide is the Vasa?" → "How wide is the Vasa?"."""
    core = ELLIPSIS.sub("", question, count=1)
    if core == question or not OPENING.match(core):
        return question
    return core[0].upper() + core[1:] if question[0].isupper() else core
