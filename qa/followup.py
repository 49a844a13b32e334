"""A follow-up question made to stand alone, by rule: what "it", "he", "there" or "And in 2014?" leans on.

    "Where did the Ever Given run aground?" … "When was it refloated?" → "When was the Ever Given refloated?"
    "Who flew the test flight?" – "Willie Walsh, of British Airways, did." … "Why did he?" → "Why did Willie Walsh?"
    "How many wolves were there in 2003?" … "And in 2014?" → "How many wolves were there in 2014?"
    "Who last caught smallpox?" … "What did he die of?" → "What did he die of? (Who last caught smallpox?)"

A name is put in only where one thing alone can be meant: the one name that the question before asks about, the one
person, place or date in the answer before. Otherwise the question before is added in brackets, which retrieval reads
too. A question that names what it is about opens a new subject and stays as it is. The completed question is shown
beside the answer, never used in silence. English; knows nothing of the articles, nor who is a man or a woman.

The lists of words were made on the even half of seeds/conversations.jsonl (bench/followups.py).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from indexes.types import Span
from qa.types import Turn


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


PERSON = _words("he him his she her")
PLURAL = _words("they them their")
PRONOUN = re.compile(
    r"\b(?:it|he|she|they|them|him|its|his|her|their|there|ones?|(?:before|since|until|by) then|then(?= ?\??$)"
    r"|(?:this|that)(?= ?\??$)|(?:(?<=is)|(?<=was)|(?<=were)|(?<=do)|(?<=does)|(?<=did)|(?<=of)|(?<=about)|(?<=after)"
    r"|(?<=before)|(?<=like)|(?<=for)|(?<=why)|(?<=how)) that)\b",
    re.IGNORECASE,
)
# What stands for nothing ("How long did it take to lift …", "How many were there?") or for a noun of the same question.
EXPLETIVE = re.compile(
    r"\bit (?:take|took|takes|expected|cost|possible|likely|necessary|said|known)\b.* (?:to|that|for)\b"
    r"|\b(?:is|are|was|were|be|been) there\b|\bthere(?:[’']s| (?:is|are|was|were|be|ever|any))\b"
    r"|\bthe \w+ (?:when|while|because) (?:it|he|she|they)\b|^how many (?!of)\w+s\b.* their\b",
    re.IGNORECASE,
)
POSSESSIVE = re.compile(
    r"its|his|their|her(?= (?!(?:in|on|at|to|for|from|by|with|when|after|before)\b)\w)", re.IGNORECASE
)
ELLIPSIS = re.compile(r"^\s*(?:and|but|or|so|what about|how about|what of)\b[\s,]*", re.IGNORECASE)
NAME = re.compile(
    r"(?:\b[Tt]he )?\b[A-ZÀ-Þ0-9][\w'’.-]*(?: (?:of|the|de|al|and) (?=[A-ZÀ-Þ])| (?=[A-ZÀ-Þ0-9]))?"
    r"(?:[A-ZÀ-Þ0-9][\w'’.-]*(?: (?=[A-ZÀ-Þ0-9]))?)*"
)
# Capitalised because they open a question, not because they are names.
OPENERS = _words(
    "a an and are i can could did do does had has have how in is it of on or should the to was were what when where"
    " which who whom whose why will would but so for from at by what's who's there what’s who’s any anyone anything"
    " then"
)
AUXILIARY = _words("is are was were be been do does did has have had can could will would shall should may might must")
PREPOSITION = _words("in on at of by for from to with after before during about near over under into since until")
# What a question has beside what it is about; with one further word or none it cannot stand alone.
FRAME = AUXILIARY.union(
    PREPOSITION,
    "a an and the but or so not no what who whom whose which when where why how many much long far old big".split(),
    "high deep wide tall large often any anyone anybody everyone everybody someone people there get got come".split(),
    "go ever also too still i me you we us exactly really please tell all both up down out as it its this that".split(),
)
# Words that compare with what was said: "Who was the second?", "Which ocean is left?"
RELATIVE = _words(
    "other others another else same left remaining next previous former latter second third fourth last more less"
    " youngest oldest biggest afterwards later earlier again instead two"
)
# Nouns that a name is put before: "the Suez blockage" is not "the Suez".
HEADS = _words(
    "seed ash copper gold rail road oil blockage canal ship vessel tunnel bridge link island vault telescope"
    " sunshield mission mine miner miners mines rescue drill capsule crisis cloud eruption closure company firm team"
    " crew group park wolves tablets script project programme expedition disease virus vaccine war attack flood fire"
    " storm smog refinery dam tower station airport hospital church university school museum plant factory plane"
    " aircraft flight rocket probe orbiter spacecraft treaty law bill government army police bank party president"
    " minister king queen authority agency river lake sea plan design backlog"
)
WITH_NOUN = re.compile(rf"[’']s? [a-z][\w-]*|(?: (?:{'|'.join(sorted(HEADS))})\b){{1,3}}")
TITLE = r"(?:Dr|Mr|Mrs|Ms|Sir|Lord|Lady|Prof|Capt|Captain|Lt|Gen|Sgt|President|Minister|King|Queen|Prince|Princess)\b"
CAPITAL = rf"(?!{TITLE})[A-ZÀ-ÞØ][\w'’-]*[a-zà-ÿ]"
INITIALS = r"(?:[A-Z]\. ?)+"
FULL_NAME = re.compile(
    rf"(?:\b{TITLE}\.? )*\b((?:{CAPITAL} |{INITIALS})(?:{CAPITAL} |{INITIALS}|de |van |von |al )*{CAPITAL})"
)
# A capitalised sequence with one of these in it is a place or an organisation, not a person.
NOT_PERSON = _words(
    "Canal Authority Mine Tunnel Bridge University College Institute School Park Act Lake Lakes Deep Deeps Trench"
    " Road Street Salvage Shipmanagement Marine Association Organization Organisation Agency Company Corporation Show"
    " Sea Ocean Island City Bay River Valley Mountain Hope Cape Council Committee Ministry Airport Airways Air Society"
    " Prize Programme Project Center Centre Laboratory Hospital House Museum Plan Force Navy Army Bank Trust Group"
    " Union Nations States Kingdom Bureau Department Office Court Church North South East West New San Santa Port"
    " Saint St Great World Food Health Royal The"
)
MONTH = r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
DAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
YEAR = r"(?:1\d|20)\d\d"
DATE = re.compile(
    rf"\b(?:(?:{DAY},? )?\d{{1,2}} {MONTH}(?: {YEAR})?|{MONTH}(?: \d{{1,2}},)? {YEAR}|{MONTH}|{DAY}|{YEAR})\b"
)
PLACE = re.compile(rf"\b((?:in|at|near|on) (?:the )?{CAPITAL}(?: {CAPITAL})*)")
FRAGMENT = re.compile(rf"^(?:({'|'.join(sorted(PREPOSITION))}) )?((?:the )?[^\W_][^?,]*?)\s*\??$", re.IGNORECASE)
THAT = r"(?: (?:about )?(?:that|this|it|so))?(?: from)?"
WHY = re.compile(
    rf"(?:and |but )?(?:why (?:do|would|did) you (?:say|think){THAT}|how (?:do|can|did|come) you (?:know|say){THAT}"
    rf"|(?:says|said) who|who says{THAT}|(?:what(?: is|[’']s) )?(?:(?:your|the) )?(?:sources?|evidence|proof)|prove it"
    rf"|where (?:do|did) you (?:get|have|read|find){THAT}|are you (?:really |quite |very )?(?:sure|certain){THAT}"
    r"|really|where does (?:it|that) say (?:so|that)|is (?:that|this|it) (?:really )?true)",
    re.IGNORECASE,
)
MORE = re.compile(
    r"(?:and |so )?(?:(?:what|anything|something) (?:else|more)(?: (?:do|can) (?:they|you|the articles) (?:say|know))?"
    r"|(?:can you |please )?(?:tell|show|give) (?:me )?(?:some )?more(?: (?:about|on) (?:it|that|this))?|more|go on"
    r"|continue|is (?:there|that) (?:anything (?:else|more)|all|more)|(?:say|and) more|keep going)",
    re.IGNORECASE,
)


def intent(question: str) -> str:
    """What a turn asks of the answer before and not of the articles: "why" ("How do you know?"), "more" ("What
    else?"), or "" for a question like any other."""
    plain = " ".join(re.sub(r"[?!.,…]+", " ", question).split())
    return "why" if WHY.fullmatch(plain) else "more" if MORE.fullmatch(plain) else ""


def standalone(question: str, history: Sequence[Turn]) -> str:
    """The question with what it leans on named or added; unchanged if it leans on nothing."""
    asked = [turn.text.strip() for turn in history if turn.role == "user"]
    if not asked or not points_back(question, history):
        return question
    if whole := _exchanged(question, asked[-1]):
        return whole
    said = history[-1].text if history[-1].role == "assistant" else ""
    named, left_open = _put_in(question, asked[-1], said)
    return f"{named.rstrip()} ({_topic(asked[-1])})" if left_open else named


def points_back(question: str, history: Sequence[Turn]) -> bool:
    """Does the question lean on what was said? It opens with "and", has a pronoun before any name of its own, or names
    nothing and is too bare to stand alone. False: it stands alone, whatever was spoken of before."""
    if ELLIPSIS.match(question) or intent(question):
        return True
    names = names_of(question)
    if pronouns := _pronouns(question):
        return not names or pronouns[0].start() < names[0][0]
    if names:
        match = FRAGMENT.match(question)
        return match is not None and names == [match.span(2)]  # "Plan C?", "in 2015?"
    return _is_bare(question, history)


def _pronouns(question: str) -> list[re.Match[str]]:
    empty = [match.span() for match in EXPLETIVE.finditer(question)]
    return [one for one in PRONOUN.finditer(question) if not any(a <= one.start() < b for a, b in empty)]


def _is_bare(question: str, history: Sequence[Turn]) -> bool:
    """Of a question without a name: has it no verb ("Any bombs?", "How many died?"), does it say too little, or does
    it speak of "the ship" that was spoken of?"""
    words = re.findall(r"[\w’'-]+", question.casefold())
    content = [word for word in words if word not in FRAME]
    most = {"how": 4, "who": 2, "which": 2, "what": 2, "whose": 2}.get(words[0], 5)
    if not AUXILIARY & set(words) and len(words) <= most:
        return True
    if re.match(r"(?:what|who) (?:is|are|was|were) (?:an? )?[\w-]+\W*$", question, re.IGNORECASE):
        return not content or bool(RELATIVE & set(content))  # "What is scurvy?" stands alone
    if len(content) <= 1 or (len(content) <= 2 and RELATIVE & set(content)):
        return True
    before = " ".join(turn.text.casefold() for turn in history)
    nouns = re.findall(r"\b(?:the|this|that|these|those) ([a-z]{3,})", question)
    return len(content) <= 3 and any(re.search(rf"\b{noun.rstrip('s')}", before) for noun in nouns)


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


def _put_in(question: str, former: str, said: str) -> tuple[str, bool]:
    """The question with its pronouns named where one thing alone can be meant; and is anything left open?"""
    found = _pronouns(question)
    things = {one.group().lower(): _meant(one.group().lower(), former, said) for one in found}
    named = [thing for thing in things.values() if thing]
    if len(set(named)) < len(named):
        return question, True  # two words for one thing: "What did he tell him?" speaks of two
    for one in reversed(found):
        if thing := things[one.group().lower()]:
            thing += "’s" if POSSESSIVE.match(question, one.start()) else ""
            question = question[: one.start()] + thing + question[one.end() :]
    return question, len(named) < max(1, len(things))


def _meant(pronoun: str, former: str, said: str) -> str:
    """What a pronoun stands for, "" where that is open."""
    if pronoun == "there":
        return _only([match.group() for match in PLACE.finditer(said) if not DATE.search(match.group())])
    if pronoun.endswith("then"):
        date = _only([match.group() for match in DATE.finditer(said)])
        before = pronoun.removesuffix("then") or ("on " if re.search(rf"\d {MONTH}|{DAY}", date) else "in ")
        return before + date if date else ""
    thing = asked_about(former)
    if pronoun in PERSON and (person := _person(former, said)):
        return "" if pronoun in ("she", "her") and thing.startswith("the ") else person  # a ship is "she" too
    several = thing.endswith("s") and thing.split()[-1] in HEADS
    named = pronoun in PLURAL if several else pronoun in ("it", "its", "she", "her")
    return thing if named and not people(thing) else ""


def _person(former: str, said: str) -> str:
    """The one person who can be meant: of a "who" question one in its answer whom it does not name itself; else the one
    it asks about ("Bannister" is the "Roger Bannister" of the answer); else, if it names nobody, the one answered."""
    known, answered = set(re.findall(r"\w+", former)), people(said)
    if known & PERSON:
        return ""  # "Whose record did he beat?" speaks of two
    same = [one for one in answered if known & set(one.split())]
    if re.match(r"\W*(?:and |but )?(?:who|which)\b(?!(?: is| was|['’]s) [A-Z])", former, re.IGNORECASE):
        return _only([one for one in answered if one not in same])
    if asked := people(former) or same:
        return _only(asked)
    surname = any(former[slice(*span)].isalpha() for span in names_of(former))  # one word: it may be a person
    return "" if surname else _only(answered)


def _only(found: Sequence[str]) -> str:
    return found[0] if len(set(found)) == 1 else ""


def people(text: str) -> list[str]:
    """The full names in a text that may be a person's, each once, without titles ("Dr.")."""
    names = [one for one in FULL_NAME.finditer(text) if not re.match(r"[Tt]he ", text[max(0, one.start() - 4) :])]
    found = [_without_opener(re.sub(r"[’']s?$", "", match[1])) for match in names if not match[1].startswith("The ")]
    found = [name for name in found if " " in name and not NOT_PERSON & set(name.split()) and not DATE.search(name)]
    return list(dict.fromkeys(found))


# Behind these a name is what the question is about, though a preposition stands before it.
ABOUT_IT = re.compile(r"\b(?:happen(?:ed|s) to|bec(?:ame|ome) of|about|what of|know of) $")


def asked_about(question: str) -> str:
    """The one name that a question asks about: "Where did the Ever Given run aground?" → "the Ever Given". "" if there
    is none or more than one, or if something about it is asked for: "What law was passed after the Great Smog?"."""
    question = _topic(question)
    names = [question[slice(*span)] for span in names_of(question)]
    if len(names) != 1:
        return ""
    opening = question.partition(names[0])[0].lower()
    if ABOUT_IT.search(opening):
        return names[0]
    before = opening.split()
    other = re.match(r"\W*(?:which|what) (?!(?:is|was|are|were|did|does)\b)\w+", question, re.IGNORECASE)
    return "" if other or PREPOSITION & set(before[-1:]) else names[0]


def names_of(question: str) -> list[Span]:
    """Where the names of a question stand, with their nouns ("the Suez blockage", "Webb’s sunshield"), without words
    that only open it."""
    found: list[Span] = []
    for match in NAME.finditer(question):
        name = _without_opener(re.sub(r"(?:[’']s?)?[ ?.,]*$", "", match.group()))
        start = match.start() + match.group().find(name)
        longer = WITH_NOUN.match(question, start + len(name))
        if name and (not found or start >= found[-1][1]):
            found.append((start, longer.end() if longer else start + len(name)))
    return found


def subject_of(question: str) -> str:
    """The last named thing in a question: "Where did the Ever Given run aground?" -> "the Ever Given"; "" if none."""
    names = [_without_opener(match.group().strip(" ?.,")) for match in NAME.finditer(question)]
    names = [name for name in names if name and not name.isdigit()]
    return names[-1] if names else ""


def _without_opener(name: str) -> str:
    words = name.split()
    while words and words[0].casefold() in OPENERS and not (words[0] == "the" and len(words) > 1):
        words = words[1:]
    return " ".join(words)


def _topic(former: str) -> str:
    """What is put in brackets: the question before, or, where that names nothing, what stands in its own brackets."""
    asked, _, first = former.partition(" (")
    return first.removesuffix(")") if first and not names_of(asked) else asked
