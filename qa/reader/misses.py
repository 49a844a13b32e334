"""Near misses made by rule: for a question and its window, a window or a question that does not go with it.

    "When was the refinery built?"  +  a paragraph on where the refinery is  →  no answer

Ten ways, each tried where it applies; every one checks that the answer is really gone (a swapped name must not stand
in the window, an answer's words must not stand in another paragraph). Some are answerable all the same: of 75 that we
looked through, about one in twenty (none of them found by a retriever). Knows nothing of torch.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from qa.reader.data import Asked, Example, Pair, content, header, right_example, sentences, window
from qa.reader.neighbours import Neighbours

NEIGHBOURS = 60  # questions of other articles that are looked at where an article has one paragraph
FEW = 4  # of the paragraphs that a retriever finds, the nearest without an answer
_CAPITAL = r"[A-Z][\w’'.-]*[\w]"
_NAME = re.compile(rf"(?<=[\w,;:’'\"“(] ){_CAPITAL}(?:(?: of| the| de| von)? {_CAPITAL})*")
_YEAR = re.compile(r"\b1\d{3}s?\b|\b20\d{2}s?\b")
_NUMBER = re.compile(r"\b\d[\d,.]*\d\b|\b\d\b|\b(?:two|three|four|five|six|seven|eight|nine|ten|twenty|hundred)\b")
_MONTH = re.compile(
    r"\b(?:January|February|March|April|May|June|July|August|September|October|November|December)\b(?! be)"
)
_KINDS = {"year": _YEAR, "number": _NUMBER, "month": _MONTH, "name": _NAME}
_OPPOSITES = """first last · largest smallest · biggest smallest · highest lowest · oldest youngest · oldest newest ·
before after · increase decrease · increased decreased · rise fall · more fewer · most least · north south · east west ·
northern southern · eastern western · won lost · win lose · began ended · begin end · start end · started stopped ·
founded dissolved · built demolished · born died · male female · men women · man woman · mother father · son daughter ·
brother sister · king queen · major minor · maximum minimum · early late · old new · ancient modern · public private ·
domestic foreign · good bad · best worst · positive negative · support oppose · supported opposed · accept reject ·
accepted rejected · allowed forbidden · legal illegal · win defeat · attack defend · attacked defended · above below ·
inside outside · upper lower · left right · rich poor · strong weak · hot cold · high low · long short · large small ·
fast slow · common rare · popular unpopular · buy sell · bought sold · import export · arrive leave · arrived left ·
joined left · gained lost · gave took · taught learned · success failure · succeeded failed · liked disliked ·
like hate · likes hates · enjoyed disliked · recommend discourage · cheap expensive · love hate · easy difficult ·
easier harder · created destroyed · married divorced · winter summer · day night · morning evening · primary secondary ·
majority minority · advantage disadvantage · similar different · present absent · include exclude · included excluded ·
import export · open closed · opened closed · entered left · raise lower · raised lowered · appointed dismissed ·
elected defeated · hired fired · employer employee · teacher student · doctor patient · buyer seller · cause prevent ·
caused prevented · agree disagree · agreed disagreed · known unknown · able unable · often rarely · always never"""
OPPOSITE: dict[str, list[str]] = defaultdict(list)
for _two in _OPPOSITES.split("·"):
    _one, _other = _two.split()
    OPPOSITE[_one].append(_other)
    OPPOSITE[_other].append(_one)
_AUXILIARY = re.compile(r"\b(did|does|do|was|were|is|are|has|have|had|can|could|would|should)\b", re.IGNORECASE)
# question about {X}; the window must not match the pattern
_ATTRIBUTES = tuple(
    (question, re.compile(pattern, re.IGNORECASE))
    for question, pattern in (
        ("When was {X} founded?", r"\d{3}|found|establish|centur|creat|form"),
        ("When was {X} born?", r"\d{3}|born|birth|centur"),
        ("When did {X} die?", r"\d{3}|die|death|kill|centur"),
        ("When was {X} built?", r"\d{3}|buil|construct|centur|complet"),
        ("Who founded {X}?", r"found|establish|creat|start"),
        ("Who is the head of {X}?", r"head|lead|president|direct|minister|chair|chief|manag"),
        ("Who is married to {X}?", r"marri|wife|husband|spouse|wed"),
        ("Where was {X} born?", r"born|birth|nativ|from"),
        ("Where is {X} located?", r"locat|situat|lies| in [A-Z]|near|north|south|east|west"),
        ("How many people live in {X}?", r"\d|inhabit|populat|people|million|thousand"),
        ("How much did {X} cost?", r"[$£€]|cost|price|paid|dollar|million"),
        ("How many people work for {X}?", r"\d|employ|work|staff"),
        ("How old is {X}?", r"\bage|\bold|\d|year"),
        ("What is {X} made of?", r"made|material|consist|compos|wood|metal|stone|plastic"),
        ("Why was {X} criticised?", r"critic|oppos|controvers|accus|because"),
        ("What award did {X} win?", r"award|prize|won|win|medal"),
        ("How far is {X} from the capital?", r"mile|kilomet|km|far|distance|\d"),
        ("How did {X} die?", r"die|death|kill|murder"),
        ("What language is spoken in {X}?", r"language|speak|spoke|english"),
    )
)


class Misses:
    """Makes pairs out of one set's questions. near: the set's paragraphs as retrievers find them; None: do without."""

    def __init__(self, asked: Sequence[Asked], near: Neighbours | None = None) -> None:
        self._neighbours = near
        self._of_paragraph = {one.told: one for one in asked}
        self._by_article: dict[str, list[Asked]] = defaultdict(list)
        for one in asked:
            self._by_article[one.article_id].append(one)
        self._articles = list(self._by_article)
        self._answered = [one for one in asked if one.span]
        self._terms = {kind: self._collect(kind) for kind in _KINDS}

    def pair(self, asked: Asked, rng: random.Random) -> Pair:
        """The question with a window that answers it, and a near miss. A human one where the question is one."""
        right = right_example(asked, rng)
        ways = list(self._ways)
        weights = [weight for weight, _ in ways]
        while ways:
            place = rng.choices(range(len(ways)), weights)[0]
            wrong = ways[place][1](self, asked, right, rng)
            if wrong:
                return Pair(right, wrong, ways[place][1].__name__.strip("_"))
            del ways[place], weights[place]
        other = rng.choice(self._answered)
        return Pair(right, replace(right, text=window(other.told, None, rng)[0], span=None), "anything")

    def human_pair(self, miss: Asked, rng: random.Random) -> Pair | None:
        """A question that people wrote to look answerable, beside one of the same paragraph that is."""
        same = [one for one in self._by_article[miss.article_id] if one.paragraph == miss.paragraph and one.span]
        if not same:
            return None
        right = right_example(rng.choice(same), rng)
        return Pair(right, replace(right, question=miss.question.strip(), span=None), "human")

    # --- the ways: (asked, its right example) to a wrong one, None where the way does not apply ---

    def _other_window(self, asked: Asked, right: Example, rng: random.Random) -> Example | None:
        """Another paragraph that shares many words with the question and none of its answers."""
        others = {one.told for one in self._around(asked, rng) if one.told != asked.told}
        able = [told for told in sorted(others) if not _holds(told, asked.answers)]
        if not able:
            return None
        told = _near(able, content(asked.question), content, rng)
        return replace(right, text=window(told, None, rng)[0], span=None)

    def _near_by_words(self, asked: Asked, right: Example, rng: random.Random) -> Example | None:
        """A paragraph of any article that BM25 finds for the question, without any of its answers."""
        return self._retrieved(Neighbours.by_words, asked, right, rng)

    def _near_by_meaning(self, asked: Asked, right: Example, rng: random.Random) -> Example | None:
        """A paragraph of any article that the encoder finds near the question, without any of its answers."""
        return self._retrieved(Neighbours.by_meaning, asked, right, rng)

    def _retrieved(
        self, way: Callable[[Neighbours, str], list[str]], asked: Asked, right: Example, rng: random.Random
    ) -> Example | None:
        found = way(self._neighbours, asked.question) if self._neighbours else []
        able = [told for told in found if told != asked.told and not _holds(told, asked.answers)]
        if not able:
            return None
        other = self._of_paragraph[rng.choice(able[:FEW])]
        above = right.header if other.article_id == asked.article_id else header(other.title, rng)
        words = content(asked.question)
        nearest = max(sentences(other.told), key=lambda one: len(content(other.told[slice(*one)]) & words))
        return replace(right, header=above, text=window(other.told, nearest, rng)[0], span=None)

    def _without_answer(self, asked: Asked, right: Example, rng: random.Random) -> Example | None:
        """The window without the sentence that answers."""
        assert right.span
        start, end = right.span
        kept = [right.text[a:b] for a, b in sentences(right.text) if not (a < end and start < b)]
        text = " ".join(kept)
        if len(text.split()) < 10 or _holds(text, asked.answers):
            return None
        return replace(right, text=text, span=None)

    def _other_question(self, asked: Asked, right: Example, rng: random.Random) -> Example | None:
        """A question of another paragraph that shares many words with this window."""
        words = content(right.text)
        able = [
            one
            for one in self._around(asked, rng)
            if one.paragraph != asked.paragraph or one.article_id != asked.article_id
            if len(content(one.question) & words) >= 2 and not _holds(right.text, one.answers)
        ]
        if not able:
            return None
        chosen = _near(able, words, lambda one: content(one.question), rng)
        return replace(right, question=chosen.question.strip(), span=None)

    def _swapped_question(self, asked: Asked, right: Example, rng: random.Random) -> Example | None:
        """A name, year or number of the question for another of the same kind that the window does not have."""
        swapped = self._swap(asked, right.question, right.text + right.header, rng)
        return replace(right, question=swapped[0], span=None) if swapped else None

    def _swapped_window(self, asked: Asked, right: Example, rng: random.Random) -> Example | None:
        """A name, year or number that question and window share for another, in the window."""
        swapped = self._swap(asked, right.question, right.text + right.header, rng)
        if not swapped or not right.span:
            return None
        _, old, new = swapped
        answer = right.text[slice(*right.span)]
        if old not in right.text or old in answer or old in right.header:
            return None
        return replace(right, text=right.text.replace(old, new), span=None)

    def _opposite(self, asked: Asked, right: Example, rng: random.Random) -> Example | None:
        """A word of the question for its opposite."""
        words = [word for word in re.findall(r"[a-z]+", right.question) if word in OPPOSITE]
        if not words:
            return None
        word = rng.choice(words)
        other = rng.choice(OPPOSITE[word])
        if re.search(rf"\b{other}\b", right.text):
            return None
        return replace(right, question=re.sub(rf"\b{word}\b", other, right.question, count=1), span=None)

    def _negated(self, asked: Asked, right: Example, rng: random.Random) -> Example | None:
        """The question with a "not" in it."""
        found = _AUXILIARY.search(right.question)
        if not found or "n't" in right.text or re.search(r"\b(?:not|never|no)\b", right.question + right.text):
            return None
        word = found[0]
        negated = right.question[: found.end()] + ("n't" if word != "can" else "not") + right.question[found.end() :]
        if rng.random() < 0.5 and (verb := re.search(r"\b\w+(?:ed|en)\b", right.question[found.end() :])):
            at = found.end() + verb.start()
            negated = right.question[:at] + rng.choice(("never ", "not ")) + right.question[at:]
        return replace(right, question=negated, span=None)

    def _attribute(self, asked: Asked, right: Example, rng: random.Random) -> Example | None:
        """Another thing about a name that the window speaks of."""
        names = [name for name in _NAME.findall(right.text) if len(name) > 3]
        able = [question for question, pattern in _ATTRIBUTES if not pattern.search(right.text)]
        if not names or not able:
            return None
        return replace(right, question=rng.choice(able).replace("{X}", rng.choice(names)), span=None)

    _Way = Callable[["Misses", Asked, Example, random.Random], Example | None]
    _ways: tuple[tuple[float, _Way], ...] = (
        (0.10, _other_window),
        (0.10, _near_by_words),
        (0.10, _near_by_meaning),
        (0.10, _without_answer),
        (0.24, _other_question),
        (0.22, _swapped_question),
        (0.06, _swapped_window),
        (0.08, _opposite),
        (0.03, _negated),
        (0.05, _attribute),
    )

    def _around(self, asked: Asked, rng: random.Random) -> list[Asked]:
        """Answered questions of the same article; of others where the article has one paragraph only."""
        same = self._by_article[asked.article_id]
        if len({one.paragraph for one in same}) > 2:
            return [one for one in same if one.span]
        return rng.sample(self._answered, min(NEIGHBOURS, len(self._answered)))

    def _collect(self, kind: str) -> dict[str, list[str]]:
        """The names, years … that the questions of each article speak of; under "" those of all."""
        found: dict[str, list[str]] = defaultdict(list)
        for one in self._answered:
            terms = _KINDS[kind].findall(one.question)
            found[one.article_id] += terms
            found[""] += terms
        return found

    def _swap(self, asked: Asked, question: str, told: str, rng: random.Random) -> tuple[str, str, str] | None:
        """(question, old, new) with one term swapped."""
        terms = [(kind, term) for kind, pattern in _KINDS.items() for term in pattern.findall(question)]
        if not terms:
            return None
        kind, old = rng.choice(terms)
        folded = (told + question).casefold()
        for where in (asked.article_id, asked.article_id, ""):
            for new in rng.sample(self._terms[kind][where], min(8, len(self._terms[kind][where]))):
                alike = abs(len(new.split()) - len(old.split())) <= 1
                if alike and new != old and not any(word[:5] in folded for word in new.casefold().split()):
                    return question.replace(old, new, 1), old, new
        return None


def _holds(text: str, answers: Sequence[str]) -> bool:
    folded = text.casefold()
    return any(answer.casefold().strip(" .") in folded for answer in answers)


T = TypeVar("T")


def _near(able: Sequence[T], words: frozenset[str], told: Callable[[T], frozenset[str]], rng: random.Random) -> T:
    """One of the three that share the most words; one in five times any."""
    if rng.random() < 0.2:
        return rng.choice(able)
    return rng.choice(sorted(able, key=lambda one: -len(told(one) & words))[:3])
