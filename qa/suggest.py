"""What to ask next: questions made by rule from sentences near the cited words, and checked before they are shown.

    "Victor Vescovo, 53, made the dive alone on 28 April …" → "How old was Victor Vescovo?"
    "On 23 September 1999 NASA lost the Mars Climate Orbiter." → "When did NASA lose the Mars Climate Orbiter?"

Few and good: a pattern that is not sure of its grammar makes nothing, and neither does a sentence that leans on another
("He was 23."). The answer stands in the sentence, and `ask` says whether the reader finds it there. English; knows
nothing of models or of how a question is answered.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from itertools import chain

from indexes.library import Library
from indexes.passages import units
from indexes.types import Article, Span
from qa.examples import PRONOUN, examples
from qa.mentions import MONTH, people
from qa.quote import overlap
from qa.types import Answer

CHECKS = 6  # questions asked at most, of which `count` are wanted; an unchecked one is never shown
SECONDS = 0.5  # no further check is begun after so long: an answer takes 0.3 s on two cores, a cached one less
ARTICLES = 3  # whose sentences are looked at: the cited ones, then those of the nearest hits
NEAR = 0.8  # of the best hit's score: at 0.6, on the samples, the smog led to ash flights, another story
LONGEST = 90  # characters of a question that is read at a glance


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A question that the sentence at `start` of its article answers; `kind` names the pattern."""

    question: str
    kind: str
    start: int


def suggestions(
    answer: Answer, library: Library, ask: Callable[[str], bool], shown: Collection[str], count: int = 3
) -> list[str]:
    """At most `count` questions that this library can answer, nearest to what was cited first. ask: is a question
    answered? shown: questions that are not to be suggested again."""
    seen = {_folded(one) for one in (*shown, answer.question, answer.standalone)}
    found: list[str] = []
    begun = time.perf_counter()
    checks = 0
    for one in chain(candidates(answer, library), _others(library, count)):
        if one.kind == "other" and (found or answer.citations):
            break  # better nothing than another subject
        if len(found) >= count or checks >= CHECKS or time.perf_counter() - begun > SECONDS:
            break
        if _folded(one.question) in seen:
            continue
        seen.add(_folded(one.question))
        checks += 1
        if ask(one.question):
            found.append(one.question)
    return found


def candidates(answer: Answer, library: Library) -> Iterator[Suggestion]:
    """Questions from the cited articles' sentences that are not cited, nearest to the cited words first; then, article
    by article, from those of the nearest hits."""
    cited = list(dict.fromkeys(one.article_id for one in answer.citations))
    least = NEAR * max((hit.score for hit in answer.hits), default=0.0)
    near = list(dict.fromkeys(hit.passage.article_id for hit in answer.hits if hit.score >= least))
    for article_id in list(dict.fromkeys([*cited, *near]))[:ARTICLES]:
        article = library.article(article_id)
        if article is None:
            continue
        spans = [(one.start, one.end) for one in answer.citations if one.article_id == article_id]
        hits = [hit.passage.start for hit in answer.hits if hit.passage.article_id == article_id]
        at = spans[0][0] if spans else hits[0] if hits else 0
        yield from sorted(questions(article, spans), key=lambda one: abs(one.start - at))


def questions(article: Article, cited: Collection[Span] = ()) -> Iterator[Suggestion]:
    """Questions that a sentence of the article answers, in the order of the text, one of each sentence. cited: spans
    whose sentences are left out, as are the page's own lines."""
    for unit in units(article.text, 0, len(article.text), title=article.title):
        span = unit.start, unit.end
        if unit.kind == "sentence" and not any(overlap(span, other) for other in (*cited, *article.leftovers)):
            sentence = DATELINE.sub("", " ".join(article.text[unit.start : unit.end].split()))
            for kind, question in _asked(sentence, article.text):
                yield Suggestion(question, kind, unit.start)
                break


def _others(library: Library, count: int) -> Iterator[Suggestion]:
    """Where the articles at hand make too few: the questions that the first page offers."""
    yield from (Suggestion(one, "other", 0) for one in examples(library, count) if not one.startswith("What is known"))


def _folded(question: str) -> str:
    return " ".join(re.findall(r"\w+", question.casefold()))


# -- patterns ---------------------------------------------------------------------------------------------------------

DATELINE = re.compile(r"^[A-ZÀ-Þ][A-ZÀ-Þ .]+(?:, [A-Z]\w+\.?)? [-–—] ")
DATE = rf"(?:\d{{1,2}} {MONTH}(?: \d{{4}})?|{MONTH} \d{{4}}|(?:1[5-9]|20)\d\d)"
WORD = r"[A-ZÀ-Þ](?:[\w’'-]|\.(?=\w|\. ))*"
PROPER = rf"{WORD}(?:(?: of| de| the)? (?:{WORD}|\d{{1,4}}\b))*"
NAME = rf"(?P<name>(?:(?:[Tt]he|[Aa]n?) )?{PROPER}(?: and {PROPER})?)"
NUMBER = (
    r"(?:[Aa]bout |[Aa]t least |[Ss]ome |[Mm]ore than |[Nn]early |[Aa]round |[Oo]nly |[Aa]nother )?"
    r"(?:\d[\d,.]*(?: million| billion)?|Two|Three|Four|Five|Six|Seven|Eight|Nine|Ten|Eleven|Twelve|Thirteen|Twenty)"
)
# Past tenses whose question needs the plain form.
BASE = dict(
    pair.split(":")
    for pair in (
        "opened:open began:begin launched:launch closed:close died:die sank:sink left:leave reached:reach crossed:cross"
        " arrived:arrive started:start ended:end won:win signed:sign fell:fall passed:pass met:meet came:come ran:run"
        " lost:lose dived:dive landed:land declared:declare discovered:discover founded:found built:build made:make"
        " became:become suspended:suspend reopened:reopen published:publish bought:buy sold:sell"
        " joined:join visited:visit killed:kill found:find took:take gave:give broke:break entered:enter"
        " returned:return announced:announce"
    ).split()
)
PAST = "|".join(BASE)
MADE = "invented|designed|discovered|founded|built|led|wrote|painted|directed|owned|deciphered"
SAID = "said|estimated|warned|announced|declared|reported|argued|admitted|predicted"
# A question with one of these leans on a sentence that is not shown with it.
LEANING = re.compile(
    r"\b(?:he|she|it|they|him|his|her|them|their|this|these|those|we|us|our|you|your|I|my|here|one|ones|then|"
    r"same|other|"
    r"others|such|later|earlier|before|ago|today|yesterday|tomorrow|now|that (?:day|year|month|week|spring|"
    r"summer|autumn|"
    r"winter|time)|(?:last|next|following) \w+)\b",
    re.IGNORECASE,
)
# What stands behind a comma and is no person's.
THINGS = re.compile(
    r"\b(?:company|firm|agency|journal|newspaper|magazine|group|body|maker|bank|subsidiary|island|city|town)\b"
)
FEWEST, MOST = 4, 16  # words of a question
PATTERNS: tuple[tuple[str, str, str], ...] = (
    ("when", rf"^{NAME} (?P<be>was|were) (?P<verb>(?!said|expected|due)\w+(?:ed|ilt|un|ung|ound|old))"
         rf"\b(?P<rest>(?: (?!on\b|in\b|by\b|at\b)[\w’'-]+){{0,5}}) (?:on|in) {DATE}\b",
     "When {be} {name} {verb}{rest}?"),
    ("when", rf"^{NAME} (?P<verb>{PAST})\b(?P<rest>(?: (?!on (?:\w+day, )?{DATE}|in {DATE}|at about|at \d)"
         rf"[\w’':.-]+){{0,8}})(?:,[^;“\"]{{0,60}}?| at (?:about )?[\d.]+ [ap]\.m\.)? (?:on|in) (?:\w+day, )?{DATE}\b",
     "When did {name} {base}{rest}?"),
    ("when", rf"^(?:On|In) (?:\w+day, )?{DATE},? {NAME} (?P<verb>{PAST})\b(?P<rest>(?: "
         rf"[\w’':-]+(?:\.\d+)?){{1,11}})[.,]",
     "When did {name} {base}{rest}?"),
    ("who did", rf"^{NAME} (?:was|were) (?P<verb>{MADE})\b(?: in [A-Z]\w+)? by {PROPER}",
     "Who {verb} {name}?"),
    ("who did", rf"\b(?P<thing>the [a-z]+(?: [a-z]+)?), (?P<verb>invented|designed|discovered|founded|built) "
         rf"by {PROPER}",
     "Who {verb} {thing}?"),
    ("how many", rf"^{NUMBER} (?P<what>[a-z]+(?: [a-z]+){{0,3}}) (?P<verb>(?:was|were) \w+(?:ed|nt|en|ilt)|"
         rf"pulled|came|took part)\b(?P<rest>(?: [\w’'-]+){{0,7}})[.,](?=\s|$)",
     "How many {what} {verb}{rest}?"),
    ("how many", rf"^(?P<when>In (?:{MONTH} )?\d{{4}}) {NUMBER} (?P<what>[a-z]+(?: [a-z]+){{0,3}}) "
         rf"(?P<verb>(?:was|were) \w+(?:ed|nt|en|ilt)|came|died)\b(?P<rest>(?: [\w’'-]+){{0,7}})[.,](?=\s|$)",
     "How many {what} {verb}{rest} {in_year}?"),
    ("when", rf"^(?:On|In) (?:\w+day, )?{DATE},? {NAME} (?P<be>was|were) (?P<verb>\w+(?:ed|ilt|un|ung|ound|old))"
         rf"\b(?P<rest>(?: [\w’'-]+){{0,6}})[.,](?=\s|$)",
     "When {be} {name} {verb}{rest}?"),
    ("who did", rf"^(?:The (?:[A-Z]?[a-z]+ ){{1,3}})?(?P<person>{PROPER})(?:, [^,]+,)? (?P<verb>{MADE}) "
         rf"(?P<thing>the [\w ’'-]+?)(?:[,.](?=\s|$)| in | on )",
     "Who {verb} {thing}?"),
    ("how big", rf"^{NAME} (?P<be>is|was) (?:about |some )?[\d.,]+ (?:metres|kilometres|miles|feet) "
         rf"(?P<how>long|tall|high|deep|wide)\b",
     "How {how} {be} {name}?"),
    ("who was", rf"\b(?P<person>{PROPER}), (?P<role>the (?:[a-z]+ ){{0,3}}[a-z]+ (?:of|at|for) (?:the )?{PROPER}),",
     "Who was {role}?"),
    ("who was", rf"\b(?P<person>{PROPER}),(?: the [a-z]+)? who (?P<verb>was|led|leads|directs|directed|runs|ran|"
         rf"designed|built|founded) (?P<thing>the [^,]+?)(?:,| and | but )",
     "Who {verb} {thing}?"),
    ("how many", rf"^(?P<when>In (?:{MONTH} )?\d{{4}}) there were {NUMBER} (?P<what>[a-z]+(?: [a-z]+)?)(?: in "
         rf"[\w ]+)?[.,](?=\s|$)",
     "How many {what} were there {in_year}?"),
    ("how much", rf"^{NAME} (?:has )?cost (?:about |some )?(?:[£$€]|\d)",
     "How much did {name} cost?"),
    ("who said", rf"^{NAME}(?:, (?:the|an?) [^,]+,)? (?P<verb>{SAID}) that (?P<clause>[^;:“\"]+?)[.,](?=\s|$)",
     "Who {verb} that {clause}?"),
    ("who was", rf"\b(?P<person>{PROPER}), (?P<role>the (?:[a-z]+ ){{1,2}}(?:minister|engineer|manager|director|"
         rf"officer|scientist|driller|coordinator|foreman|captain|architect)),",
     "Who was {role}?"),
    ("how old", rf"\b(?P<person>{PROPER}), (?:who is )?\d\d,? (?!per|and \d)",
     "How old was {person}?"),
    ("where", rf"^(?P<place>(?:The )?{PROPER}(?: mine| bridge| canal| tunnel| island)?)(?:, an? [^,]+,)? "
         rf"(?:lies|stands) (?:at|in|near|about|next)\b",
     "Where is {place}?"),
    ("who was", rf"\b(?P<person>{PROPER}), an? (?P<job>(?:[A-Z]?[a-z]+ ){{1,2}}[a-z]+),",
     "Who was {person}?"),
    ("who was", rf"^(?P<person>{PROPER}) was an? [a-z]+ [a-z]+ ",
     "Who was {person}?"),
)  # fmt: skip
COMPILED = tuple((kind, re.compile(pattern), template) for kind, pattern, template in PATTERNS)


def _asked(sentence: str, text: str) -> Iterator[tuple[str, str]]:
    """(kind, question) for every pattern that the sentence fits. text: the article's."""
    if PRONOUN.match(sentence):
        return
    for kind, pattern, template in COMPILED:
        match = pattern.search(sentence)
        if not match:
            continue
        slots = {slot: found or "" for slot, found in match.groupdict().items()}
        if not _is_person(slots) or not _is_name(slots, text):
            continue
        slots["in_year"] = slots.get("when", "").replace("In", "in")
        slots["base"] = BASE.get(slots.get("verb", ""), "")
        for slot in ("name", "place"):
            slots[slot] = re.sub(r"^(The|An?) ", lambda word: word.group().lower(), slots.get(slot, ""))
        question = template.format_map(slots)
        if FEWEST <= len(question.split()) <= MOST and len(question) <= LONGEST and not LEANING.search(question):
            yield kind, question


def _is_person(slots: dict[str, str]) -> bool:
    """Is the person of a pattern one, as far as capitals tell? Yes for a pattern without a person."""
    said = slots.get("role", "") + slots.get("job", "")
    return "person" not in slots or (bool(people(f"by {slots['person']}")) and not THINGS.search(said))


def _is_name(slots: dict[str, str], text: str) -> bool:
    """A single word that opens the sentence is a name only if the article also writes it so within one."""
    name = slots.get("name", "")
    return not name or " " in name or bool(re.search(rf"[\w,;] {re.escape(name)}\b", text))
