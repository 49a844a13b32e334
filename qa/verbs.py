"""English verbs in the past and in the third person, those that questions are asked with: "die" → "died", "dies".

A verb that is not listed is not turned, since it may be a noun: "did the Vasa crew …". Knows nothing of questions.
"""

from __future__ import annotations

# base and past, where the past is not the base with -ed
IRREGULAR = dict(
    pair.split("/")
    for pair in """
be/was become/became begin/began bite/bit blow/blew break/broke bring/brought build/built burn/burned buy/bought
catch/caught choose/chose come/came cost/cost cut/cut deal/dealt dig/dug do/did draw/drew drink/drank drive/drove
eat/ate fall/fell feed/fed feel/felt fight/fought find/found flee/fled fly/flew forget/forgot freeze/froze get/got
give/gave go/went grow/grew hang/hung have/had hear/heard hide/hid hit/hit hold/held hurt/hurt keep/kept know/knew
lay/laid lead/led learn/learned leave/left lend/lent let/let lie/lay lose/lost make/made mean/meant meet/met pay/paid
put/put read/read ride/rode rise/rose run/ran say/said see/saw sell/sold send/sent set/set shake/shook shoot/shot
show/showed shut/shut sing/sang sink/sank sit/sat sleep/slept speak/spoke spend/spent spread/spread stand/stood
steal/stole stick/stuck strike/struck swim/swam take/took teach/taught tell/told think/thought throw/threw
understand/understood undergo/underwent wear/wore win/won withdraw/withdrew write/wrote
""".split()
)
REGULAR = frozenset(
    """
accept accuse achieve acquire add admit affect agree aim allow announce answer appear apply approve argue arrest
arrive ask attack attend belong blame borrow call cancel carry cause celebrate change charge claim climb close
collapse collect complain complete consider consist contain contribute cross damage decide declare decline defend
deliver deny describe design destroy detect develop die differ direct disappear discover donate earn employ encounter
end enter escape estimate examine exist expect experience explain explode express fail finance finish follow form
gather graduate happen help hire hope identify import improve include increase injure inspect inspire install intend
invent invest investigate invite join jump kill land last launch live locate look love manage march marry measure
mention move name need observe offer open operate order organise organize own park pass perform pick place plan plant
play point practise predict prefer prepare prevent print produce promise propose protect prove provide publish pull
pump push reach receive recommend record recover reduce refuse release remain remember remove repair replace reply
report require rescue resign respond result retire return reveal review save score search serve settle share ship sign
sound stay start state stop study succeed suffer suggest supply support survive suspect test thank train transport
travel treat try turn use visit vote wait walk want warn wash watch weigh wish work worry
""".split()
)
VOWELS = "aeiou"
DOUBLED = frozenset("admit cancel stop plan ship travel prefer".split())  # planned; in "cancel", "travel" as in Britain


def past(verb: str) -> str:
    """ "carry" → "carried"; "" for a verb that is not known."""
    if verb in IRREGULAR:
        return IRREGULAR[verb]
    if verb not in REGULAR:
        return ""
    if verb.endswith("e"):
        return verb + "d"
    if verb.endswith("y") and verb[-2] not in VOWELS:
        return verb[:-1] + "ied"
    return verb + (verb[-1] if verb in DOUBLED else "") + "ed"


def third_person(verb: str) -> str:
    """ "carry" → "carries"; "" for a verb that is not known."""
    if verb not in IRREGULAR and verb not in REGULAR:
        return ""
    if verb in ("have", "be"):
        return {"have": "has", "be": "is"}[verb]
    if verb.endswith("y") and verb[-2] not in VOWELS:
        return verb[:-1] + "ies"
    return verb + ("es" if verb.endswith(("s", "sh", "ch", "x", "z", "o")) else "s")


PAST = frozenset(past(verb) for verb in (*IRREGULAR, *REGULAR))
FORMS = PAST | {form for verb in (*IRREGULAR, *REGULAR) for form in (verb, third_person(verb))}  # of every known verb
