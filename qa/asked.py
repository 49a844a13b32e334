"""What kind of answer a question asks for, and whether a sentence holds anything of that kind. By rule, English.

    "When was it built?" asks for a date; "The refinery is 150 miles north of Baghdad." holds none.

A sentence without a date cannot say when: this catches what a relevance score does not see. Knows nothing of models.
"""

from __future__ import annotations

import re
from typing import Literal

Kind = Literal[
    "age", "speed", "weight", "temperature", "money", "share", "often", "count", "length", "duration", "number", "date",
    "speech", "name", "",
]  # fmt: skip


def _any(words: str) -> str:
    """One of these, as a word of its own."""
    return rf"\b(?:{'|'.join(words.split())})\b"


_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|(?-i:Mar(?:ch)?|May)|apr(?:il)?|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_WEEKDAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_IS = _any("is are was were do does did has have had will would can could must should")
_NUMBER = r"(?:\d|" + _any(
    r"one two three four five six seven eight nine ten eleven twelve \w+teen twenty thirty forty fifty sixty seventy "
    r"eighty ninety hundreds? thousands? millions? billions? dozens? half quarters? thirds? once twice no "
    r"none single several"
) + r"|\ba (?:few|couple)\b)"  # fmt: skip
_PAID = "cost pay paid spen[dt] earn charge worth (?:sell|sold).for fetch raise owe invest"
_SUM = "cost price salary wages? fine fee budget value fare rent toll.(?:for|per|on)"
# "How long is …" of these asks how long it lasts, "how high is …" of those no length.
_LASTS = _any(
    "periods? terms? sentence voyage journey trip wait season process stay strike shift course pregnancy gestation "
    "incubation lifespan war ban contract lease training treatment recovery reign career"
)
_LEVEL = _any(
    r"inflation \w*employment rates? toll tax\w* prices? coverage debts? deficit recession turnout costs? temperature"
)
_TIMES = "seconds? minutes? hours? (?:week)?days? weeks? months? years? decades? century centuries"

# What a question of a kind says, the first that fits, and what a sentence that answers one has to hold.
_KINDS: tuple[tuple[Kind, str, str], ...] = (
    ("age", r"\bhow old\b|\b(?:what|which) age\b",
     r"\bage[ds]?\b|[- ]old\b|\bborn\b|"
     r"(?:,|\b(?:is|was|be|turn(?:s|ed)|at)) \d\d?\b(?!(?: ?[%°]| per| km|[.:]\d| m\b| mile| met))"
     rf"|\(\d\d?\)|{_NUMBER}[- ]{_any(_TIMES)}|\bcentur(?:y|ies)\b"
     r"|\b(?:built|founded|opened|made|dat(?:es?|ed|ing)|goes) (?:in|from|to|back)\b"),
    ("speed", r"\bhow fast\b|\b(?:what|which|what (?:is|was) the) (?:\w+ )?speeds?\b",
     _any(r"km/h [km]ph m\.p\.h knots? mach speed\w* times") + rf"|/[sh]\b|\b(?:an?|per|every) {_any(_TIMES)}"
     rf"|\bin .{{1,12}} {_any(_TIMES)}|\d:\d\d"),
    ("weight", rf"\bhow heavy\b|\b(?:how much|what) {_IS}.* weigh(?:t|\b)",
     r"\bweigh|(?:\b|\d)(?:kilo(?:gram)?(?:me)?s?|kgs?|m?g|gram(?:me)?s?|"
     r"tonnes?|tons?|pounds?|lbs?|ounces?|oz|stone)\b"),
    ("temperature", r"\bhow (?:hot|cold|warm)\b|\bwhat (?:\w+ )*?temperatures?\b",
     "°|" + _any(r"degrees? celsius fahrenheit kelvin minus zero freez\w+ boil\w+")),
    ("money", r"\bhow much (?:money\b|(?:it )?costs?\b)|\b(?:what|which) (?:price|salary|fine|fee|sum)\b"
     rf"|\bhow much {_IS}.*{_any(_PAID)}"
     rf"|\bwhat {_IS}.* (?<!human )(?:cost|fetch)\b"
     rf"|\bwhat (?:is|was|were|are) the (?:(?!human)\w+ )?{_any(_SUM)}",
     "[£$€¥%]|" + _any(r"dollars? pounds? euros? cents? pence yen yuan francs? marks? kron\w+ crowns? rupees? "
                       r"pesos? ro?ubles? lira shillings? sterling free nothing [mb]illions? per.?cent")),
    ("share", r"\b(?:what|which) (?:percent|percentage|proportion|share|fraction)\b",
     "%|" + _any(r"per.?cent percent\w* half halves thirds? quarters? fifths? tenths? all most majority none every") +
     rf"|\b(?:in|of) {_NUMBER}"),
    ("often", r"\bhow (?:often|frequently)\b",
     _any(r"every each once twice times daily weekly monthly yearly annual\w* hourly per never always seldom "
          r"rarely often regularly") + rf"|\ban? {_any(_TIMES)}"),
    ("count", r"\bhow many\b|\b(?:what|which) number of\b|\bdeath toll\b",
     _NUMBER + "|" +
     _any("both pair trio nobody only couple zero third fourth fifth sixth seventh eighth ninth tenth")),
    ("length", rf"^\W*(?:and |but |so )?how (?!.*{_LASTS}|.*{_LEVEL})"
     r"(?:(?:long|wide|tall|high|deep|far) (?:is|are)(?: [\w'’-]+){1,4}\?*$"
     r"|(?:wide|tall|high|deep|far) (?:was|were|did|do|does|can|could|has|had)\b)",
     _any(r"(?:kilo|centi|milli)?met(?:re|er)s? miles? feet foot inch(?:es)? yards? fathoms? km cm mm ft hours? "
          r"minutes? pages?") + r"|\d ?m\b"),  # hours and minutes for what lasts: a film, a flight
    ("duration", r"\bhow long (?:(?:did|do|does|had|has|have|will|would|can|could|must|should|may|might)\b"
     r"|(?:is|are|was|were)(?: [\w'’-]+){1,5} (?:\w{2,}ed|stuck|shut|lost|held|kept|gone|open|away|ill)\b"
     rf"|(?:is|are|was|were)\b.*{_LASTS})"
     r"|\bfor how long\b|\bhow much time\b",
     _any(rf"{_TIMES} (?:mid|over|fort)?nights? generations? seasons? terms? since until till forever permanent\w* "
          rf"indefinite\w* life lifetime moments? briefly {_MONTH} {_WEEKDAY}") + r"|\b(?:1\d|20)\d\d\b|\d:\d\d"),
    ("number", r"\bhow (?:much|long|tall|far|big|large|high|deep|wide)\b|\bwhat number\b", f"{_NUMBER}|{_any(_TIMES)}"),
    ("date", r"^\W*(?:and |but |so |since |until |till |from |by )*when\b|\band when\b|\bwhen\W*$"
     rf"|^\W*{_IS}.*\b(?:say|said|know|known|tell|told|clear) (?:me |us )?when\b"
     r"|\b(?:what|which) (?:year|date|day|month|century|time)\b",
     r"\b(?:1\d|20)\d\ds?\b|\b\d\d?(?:st|nd|rd|th)\b|\b[ap]\.m\b|" +
     _any(rf"{_MONTH} {_WEEKDAY}s? {_TIMES} yesterday today tonight tomorrow now ago later earlier after before since "
          r"during seasons? nights? mornings? evenings? afternoons? midnight noon dawn spring summer autumn winter")),
    ("speech", r"\bwhat (?:did|does|do|has|have|had)\b.*" + _any(
        r"say said tell told write written think call claim announce warn promise argue suggest predict report "
        r"recommend reply comment believe admit deny"),
     r"[\"“”‘]|" + _any(
         r"sa(?:id|ys?|ying) told tells? wr(?:ote|ites?|itten) add(?:ed|s) call(?:ed|s) thought thinks? warn(?:ed|s) "
         r"promise[ds]? argue[ds]? claim(?:ed|s) announce[ds]? suggest(?:ed|s) explain(?:ed|s) describe[ds]? "
         r"predict(?:ed|s) report(?:ed|s) recommend(?:ed|s) asked repl(?:ied|ies) believe[ds]? stated? admit(?:ted|s) "
         r"den(?:ied|ies) put spoke likened? insist(?:ed|s) note[ds] acknowledge[ds]? "
         r"concede[ds]? hope[ds]? estimate[ds]? expect(?:ed|s) "
         r"according")),
    ("name", r"^\W*(?:and |but )?who(?:m|se)?\b",
     r"(?-i:(?<=[\w,;:’'\"“(] )[A-Z][a-z]+|(?:[A-Z][\w.’-]* )+[A-Z][\w’-]+|"
     r"\b(?:official|officer|spokes\w+|minister|president|witness|relative|scientists?|researchers?|"
     r"engineers?|workers?|residents?|police)\b)"),
)  # fmt: skip
_ASKS = [(kind, re.compile(asks, re.IGNORECASE)) for kind, asks, _ in _KINDS]
_HOLDS = {kind: re.compile(told, re.IGNORECASE) for kind, _, told in _KINDS}
# "1,200 passengers" may stand without its comma.
NO_UNIT = (
    r"(?! ?(?:tonnes?|tons?|people|persons|passengers|pages|men|women|children|soldiers|workers|ships|houses"
    r"|met(?:re|er)s?|feet|miles|km|kilo\w+|dollars|pounds|euros|degrees|votes|jobs)\b)"
)
# A number that counts nothing: "on 26 June 1974", "at 8.01 a.m.", "No. 10", "Boeing 747".
_NO_COUNT = re.compile(
    rf"\b\d\d?(?:st|nd|rd|th)?(?: of)? {_MONTH}\b|\b{_MONTH} \d\d?(?:st|nd|rd|th)?\b|\b(?:1\d|20)\d\d\b{NO_UNIT}"
    rf"|\b\d\d?[.:]\d\d(?: ?[ap]\.?m\b)?|\bNo\. ?\d+|(?<=\w )(?!{_WEEKDAY})(?-i:[A-Z])\w+ \d{{2,4}}\b",
    re.IGNORECASE,
)


_MERE = re.compile(rf"(?:{_NUMBER}|[\W\d_])+", re.IGNORECASE)  # a number and nothing else


def kind_of(question: str) -> Kind:
    """What the question asks for; "" where the rule does not know."""
    return next((kind for kind, pattern in _ASKS if pattern.search(question)), "")


def holds(kind: Kind, words: str) -> bool:
    """Could a sentence, or some words of it, answer a question of this kind? True where the rule does not know."""
    words = _NO_COUNT.sub(" ", words) if kind == "count" else words
    return not kind or bool(_HOLDS[kind].search(words))


def measures(kind: Kind, words: str) -> bool:
    """Could these words of a sentence, without the rest of it, be the measure that is asked for, an age, a speed or a
    price? True for a mere number, whose unit may stand beside it, and for kinds that are no measure."""
    return kind in ("", "date", "speech", "name") or bool(_MERE.fullmatch(words)) or holds(kind, words)


_WHOLE = re.compile(
    r"^\W*(?:and |but |so )*(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might|must)\b|"
    r"^\W*(?:and |but |so )*(?:why|how come)\b|\bhow (?:did|do|does|was|were|is|are|can|could)\b",
    re.IGNORECASE,
)


_PLURAL = r"(?:(?!(?:is|was|does|has|this|its|his|always|across|us|as)\b)\w{2,}[^\Wsui]s|people|men|women|children)\b"
_DOES = _any(  # "what causes scurvy" asks for no causes
    "causes happens makes means becomes remains drives kills lives comes goes keeps holds helps says needs takes gives "
    "looks follows stands works"
)
_SO_MANY = r"(?:(?:two|three|four|five|six|seven|eight|nine|ten|\d+|other|kinds? of|types? of)\s+)*"
_SEVERAL = re.compile(
    rf"\bwhich\s+{_SO_MANY}{_PLURAL}|\bwhat\s+{_SO_MANY}(?!{_DOES}){_PLURAL}|"
    r"\bwho (?:were|are)\b|\b(?:name|list) (?:the|all|two|three|some)\b",
    re.IGNORECASE,
)


def wants_several(question: str) -> bool:
    """May the answer be a list: "which ships", "who were", "name three"?"""
    return bool(_SEVERAL.search(question))


def wants_sentence(question: str) -> bool:
    """Is the answer a whole sentence rather than a few words of it: yes or no, why, how it came about?"""
    return bool(_WHOLE.search(question))


_WORD = r"(?:[A-Z][\w’'-]+|\d[\d.,]*\d)"
_NAMED = re.compile(rf"(?<=[\w,;:’'\"“(] ){_WORD}(?: {_WORD})*")
_ENDING = re.compile(r"(?:[’']s|s|[.,])$")


def missing_names(question: str, text: str) -> float:
    """The share, 0..1, of the names and numbers in the question that the text does not have: an article that never
    mentions Basra does not answer a question about Basra. One word of a name is enough ("the Great Smog", "the smog").
    0 for a question that names nothing.

    Example: question="How far is Baiji from Basra?", text="Baiji lies north of Baghdad." -> 0.5
    """
    folded = text.casefold()
    names = [[_ENDING.sub("", word).casefold() for word in name.split()] for name in _NAMED.findall(question)]
    missing = sum(not any(word in folded for word in name) for name in names)
    return missing / len(names) if names else 0.0
