"""Does a question lean on what was said before, and with which pronouns? By rule, English.

    "How wide is it?", "And in 2015?", "Who was the second?", "Why did Egypt hold it?" lean
    "Who was the last miner out?", when no miner was spoken of, "What is scurvy?", "And how wide is the Vasa?" do not

What was said is the last question and its answer: nothing older is ever added to a question. Knows nothing of what the
pronouns stand for. The lists of words were made on the even half of seeds/conversations.jsonl (bench/followups.py).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from indexes.types import Span
from qa.mentions import AUXILIARY, DATE, PARTICIPLE, PREPOSITION, SEVERAL, SMALL, any_of, names_of, words
from qa.types import Turn

PRONOUN = re.compile(
    r"\b(?:it|he|she|they|them|him|its|his|her|their|there|ones|(?:before|since|until|by) then|then(?= ?\??$)"
    # "which one", "the second one"; not "one of the first", "one child", "the one mile race"
    r"|(?:(?<=which )|(?<=this )|(?<=that )|(?<=other )|(?<=[nrs][dt] )(?<!least )(?<!most )"
    rf"|(?<=the )(?=one(?:\W*$| {any_of(SMALL)})))one(?! of\b)"
    r"|(?:this|that)(?= ?\??$)|(?:(?<=is)|(?<=was)|(?<=were)|(?<=do)|(?<=does)|(?<=did)|(?<=of)|(?<=about)|(?<=after)"
    r"|(?<=before)|(?<=like)|(?<=for)|(?<=why)|(?<=how)) that)\b",
    re.IGNORECASE,
)
# What stands for nothing: "How long did it take to lift …", "How many were there?", "Who was it that …".
EXPLETIVE = re.compile(
    r"\b(?:did|does|will|has|was|is|could|may|might) it (?:be |been )?"
    r"(?:rain|snow|thunder|hail|freez|sunny|windy|foggy)\w*"
    r"|\bwhat (?:time|day|year|date) (?:is|was) it\b|"
    r"\bit (?:take|took|takes|expected|cost|possible|likely|necessary|said|known|mean|meant)\b.* (?:to|that|for)\b"
    r"|\b(?:(?:is|was) it|(?:would|will|could|might) it be) (?:\w+ly )?"
    r"(?:\w+ that|(?!going|able|unable|available|trying|hoping|planning)"
    r"(?:hard|easy|difficult|important|\w+ing|\w+ble) (?:for \w+ )?to)\b"
    r"|\b(?:is|was|has|had) it (?:been |ever |already |yet )*(?:\w+ed|known|shown|true|clear|certain|thought|said) "
    r"(?:that|how|why|who|what|when|where|whether|if)\b"
    r"|\b(?:is|are|was|were|be|been) there\b|\bthere(?:[’']s| (?:is|are|was|were|be|ever|any))\b"
    r"|\b(?:is|was) it (?:that|who|which)\b|\bthe \w+ (?:when|while|because) (?:it|he|she|they)\b"
    r"|^(?:how many|which) (?!of)(?:\w+ )?\w+s\b.* their\b",
    re.IGNORECASE,
)
ELLIPSIS = re.compile(r"^\s*(?:and|but|or|so|what about|how about|what of)\b[\s,]*", re.IGNORECASE)
OPENING = re.compile(rf"(?:who|whom|whose|what|which|when|where|why|how|{any_of(AUXILIARY)})\b", re.IGNORECASE)
FRAGMENT = re.compile(rf"^(?:({any_of(PREPOSITION)}) )?((?:the )?[^\W_][^?,]*?)\s*\??$", re.IGNORECASE)
# A pronoun that is an object: it stands behind a preposition, or nothing that it does stands behind it.
OBJECT = re.compile(
    rf"\b{any_of(PREPOSITION)} (?:it|him|her|them|that)\b|\b(?:it|him|her|them|there|that)"
    rf"(?=\W*$| (?:{any_of(PREPOSITION)}|(?:again|too|first|up|down|off|out|so|now|back)\b))",
    re.IGNORECASE,
)
# Behind one of these a name may be meant that stands before it: "… and sold it", "… by selling it", "… have on it".
ELSEWHERE = re.compile(
    rf"[,;:]|\b(?:\w+ing|have|has|had)\b|\b{any_of(SMALL - AUXILIARY - PREPOSITION | words('because after before'))}"
)
# Before a name: another noun that may be meant, as in "Which team had Hart on it?".
OTHER_NOUN = re.compile(rf"\b(?:what|which|whose) (?!{any_of(AUXILIARY)})\w|\bof what\b")
# Before a pronoun: a clause begins that may speak of what the clause before names, or a verb has its subject.
CLAUSE = re.compile(
    r"\b(?:when|while|because|after|before|until|since|if|(?:and|or) (?:who|what|when|where|how|why) "
    rf"(?:{any_of(AUXILIARY)})?) ?$",
    re.IGNORECASE,
)
SUBJECT = re.compile(rf"\b{any_of(AUXILIARY)} ((?:(?!{any_of(SMALL)})[\w’'-]+ )+)", re.IGNORECASE)
# What a question has beside what it is about; with one further word or none it cannot stand alone.
FRAME = AUXILIARY.union(
    PREPOSITION,
    "a an and the but or so not no what who whom whose which when where why how many much long far old big".split(),
    "high deep wide tall large often any anyone anybody everyone everybody someone people there get got come".split(),
    "go ever also too still i me you we us exactly really please tell all both up down out as it its this that".split(),
)
# Words that compare with what was said: "Who was the second?", "Which ocean is left?"
RELATIVE = words(
    "other others another else same left remaining next previous former latter second third fourth last more less"
    " youngest oldest biggest afterwards later earlier again instead two"
)
BARE = re.compile(r"(?:what|who|where|how (?!many\b|much\b)\w+) (?:is|are|was|were) (?:an? )?([\w-]+)\W*$", re.I)
EXTREME = re.compile(rf"\bthe (?:first|last|\w{{3,}}est) ((?:(?!{any_of(SMALL)})[\w’'-]+ ?)+)", re.IGNORECASE)
POSSESSIVE = words("its his her their")
MANY = 4  # words: a question that says so much before "its" says whose it is
# Of these everything has a first and a last one.
PARTS = words("attempt day half name number part phase reason result round sign stage step thing time try week year")


def points_back(question: str, history: Sequence[Turn]) -> bool:
    """Does the question lean on what was said? It opens with "and", has a pronoun that is not for a noun of its own, or
    names nothing and is too bare to stand alone. False: it stands alone, whatever was spoken of before."""
    if opened := ELLIPSIS.match(question):
        return not _is_whole(question[opened.end() :], history)
    if pronouns(question):
        return True
    if names := names_of(question):
        match = FRAGMENT.match(question)
        return match is not None and names == [match.span(2)]  # "Plan C?", "in 2015?"
    return _is_bare(question, _last(history))


def pronouns(question: str) -> list[re.Match[str]]:
    """The pronouns that stand for something said before: those before any name, and those that cannot be the name."""
    empty = [match.span() for match in EXPLETIVE.finditer(question)]
    found = [one for one in PRONOUN.finditer(question) if not any(a <= one.start() < b for a, b in empty)]
    names = _names(question)
    if names and found and names[0][0] < found[0].start():
        return [one for one in found if _is_another(question, names[0], one)]
    return [] if found and _has_noun(question[: found[0].start()], found[0].group().lower()) else found


def _is_another(question: str, name: Span, pronoun: re.Match[str]) -> bool:
    """Can the pronoun not be the name before it? Not as the object of a verb whose subject the name is: in "Why did
    Egypt hold it?" Egypt would be "itself". In another clause, or behind "the crew of Egypt", it can."""
    start, end = name
    before = question[:start].lower()
    if PREPOSITION & set(before.split()[-1:]) or OTHER_NOUN.search(before) or re.search("[’']", question[start:end]):
        return False
    if re.fullmatch(r" to \w+ ", question[end : pronoun.start()]):
        return False  # "taken off the Ever Given to lighten it"
    objects = {one.end() for one in OBJECT.finditer(question)}
    return pronoun.end() in objects and not ELSEWHERE.search(question, end, pronoun.start())


def _has_noun(before: str, pronoun: str) -> bool:
    """Does the noun of a pronoun stand before it in the question: "How did the republic get its name?", "Why did the
    dean smile when he …"? "Its" is of one, "their" of any."""
    content = len(_content(before))
    if CLAUSE.search(before):
        return content > 1
    if content >= MANY and pronoun in POSSESSIVE:
        return True
    subject = SUBJECT.search(before)
    several = subject is not None and any(SEVERAL.search(word) for word in subject[1].split())
    return subject is not None and (pronoun == "their" or (pronoun == "its" and not several))


def _is_whole(core: str, history: Sequence[Turn]) -> bool:
    """Does what stands behind "and" stand alone: "how wide is the Vasa?", or more than the question before asks about,
    "how many people died in the Great Smog?"? Not "how many in Ethiopia?", nor "what did Refinitiv think?"."""
    names = _names(core)
    if not names or not OPENING.match(core) or points_back(core, history):
        return False
    before, behind = core[: names[0][0]].lower(), core[names[-1][1] :]
    if re.search(r"\b(?:is|are|was|were) $", before) and not re.search(r"\w", behind):
        return True
    own = {*_content(before), *({"people"} & set(before.split()))}
    far = PREPOSITION & set(before.split()[-1:])
    return bool(far) and len(own) > 1 and not own & set(_content(_last(history)))


def _is_bare(question: str, said: str) -> bool:
    """Of a question without a name: has it no verb ("Any bombs?", "How many died?"), does it say too little, or does
    it speak of "the ship" that was spoken of? "The last miner", when none was spoken of, says enough."""
    found, content = re.findall(r"[\w’'-]+", question.casefold()) or [""], _content(question)
    most = {"how": 4, "who": 2, "which": 2, "what": 2, "whose": 2}.get(found[0], 5)
    if not AUXILIARY & set(found) and len(found) <= most:
        return True
    if bare := BARE.match(question):  # "What is scurvy?" stands alone, "What was found?" does not
        return not content or bool(RELATIVE & set(content)) or bool(PARTICIPLE.fullmatch(bare[1]))
    extremes = [match[1] for match in EXTREME.finditer(question)]
    if any(_is_new(thing, said) for thing in extremes):
        return False
    if len(content) <= 1 or (len(content) <= 2 and RELATIVE & set(content)):
        return True
    return len(content) <= 3 and (bool(extremes) or _is_of_what_was_said(question, said))


def _is_new(thing: str, said: str) -> bool:
    """Is a thing described that was not spoken of: "miner out", after a talk of ships?"""
    content = [word for word in _content(thing) if word not in PARTS]
    return bool(content) and not any(_is_said(word, said) for word in content)


def _is_of_what_was_said(question: str, said: str) -> bool:
    """Does it speak of "the ship" when a ship was spoken of? "The channel tunnel" again is as good as a name."""
    nouns = re.findall(r"\b(?:the|this|that|these|those) ([a-z]{3,})((?: [a-z]{3,})?)", question)
    return any(_is_said(one, said) and not (next_ and one + next_ in said.lower()) for one, next_ in nouns)


def _is_said(noun: str, said: str) -> bool:
    return re.search(rf"\b{re.escape(noun.removesuffix('s'))}", said, re.IGNORECASE) is not None


def _content(text: str) -> list[str]:
    return [word for word in re.findall(r"[\w’'-]+", text.casefold()) if word not in FRAME]


def _names(question: str) -> list[Span]:
    return [span for span in names_of(question) if not DATE.fullmatch(question[slice(*span)])]


def _last(history: Sequence[Turn]) -> str:
    """The last question and what was answered. "How many …" speaks of a number."""
    start = max((at for at, turn in enumerate(history) if turn.role == "user"), default=0)
    said = " ".join(turn.text for turn in history[start:])
    return f"{said} number figure count" if re.search(r"\bhow (?:many|much)\b", said, re.IGNORECASE) else said
