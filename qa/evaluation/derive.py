"""Harder sets made from any set: the gold article left out, distractors added, a copy that says another number.

    leave_out        its article is gone                      → must refuse
    noise            1 gold article among 4 of no use         → must still answer (share 0.8)
    counterfactual   "59 metres wide", and a copy "79 metres" → must show both

Pure functions of cases and articles: the same arguments and seed give the same Parts. Each Part is a library's articles
and the questions to ask of it; `dropped` names the questions that could not be used.

Limits: that an article was left out does not prove that no other one answers: a near duplicate, or another article that
happens to say it, makes refusing wrong, and nobody here can know. A number is changed in the quote only; where the copy
says it again elsewhere, it contradicts itself. Knows nothing of files, libraries or scores.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from indexes.sentences import sentences
from indexes.types import Article, Span
from qa.evaluation.types import TOGETHER, Case, EvaluationError, Evidence

NUMBER = re.compile(
    r"(?<![\w.,:/-])\d+(?:[.,]\d+)*(?![\w:/-]|[.,]\d| ?[ap]\.?m\b)"
)  # no COVID-19, 12:30, 3 p.m., 1990s
YEAR = range(1000, 2100)
YEARS_AWAY = 9  # at most: a year stays in its time
LAST_DAY, ANY_DAY = 31, 28  # what may be a day of a month becomes a day that every month has


@dataclass(frozen=True, slots=True)
class Part:
    """Questions and the articles of the library they are to be asked of. dropped: ids of questions not used."""

    name: str
    cases: tuple[Case, ...]
    articles: tuple[Article, ...]
    dropped: tuple[str, ...] = ()


def place(evidence: Evidence, text: str) -> Span | None:
    """Where the quote stands in its article's text: at `start`, or around it (some sets give the start of the answer
    inside the quote), or where it is first found; None where it is not."""
    quote, start = evidence.quote, evidence.start
    if not quote:
        return None
    at = -1
    if start is not None:
        at = text.find(quote, max(0, start - len(quote) + 1), start + len(quote))
        at = start if text.startswith(quote, start) else at
    at = text.find(quote) if at < 0 else at
    return None if at < 0 else (at, at + len(quote))


def located(cases: Iterable[Case], articles: Sequence[Article]) -> list[Case]:
    """The cases with an article for every evidence that has none (LabelledRagDataset): the first article in which its
    words stand, however they are spaced. What stands in no article is dropped: it is no evidence here."""
    folded = [(article, " ".join(article.text.split())) for article in articles]
    return [replace(case, evidence=tuple(_places(case.evidence, folded))) for case in cases]


def _places(evidence: Iterable[Evidence], folded: Sequence[tuple[Article, str]]) -> Iterator[Evidence]:
    for one in evidence:
        if one.article_id:
            yield one
            continue
        words = one.quote.split()
        article = next((article for article, text in folded if " ".join(words) in text), None)
        if article and (match := re.search(r"\s+".join(map(re.escape, words)), article.text)):
            yield Evidence(article.id, match.group(), match.start())


def gold(case: Case) -> frozenset[str]:
    """The ids of the articles its evidence stands in."""
    return frozenset(one.article_id for one in case.evidence)


# -- the gold article left out ----------------------------------------------------------------------------------------


def leave_out(cases: Sequence[Case], articles: Sequence[Article], seed: int = 0) -> list[Part]:
    """Two parts. The gold articles are dealt into two folds; a part asks the questions of one fold of a library
    without that fold. Dropped are questions with evidence in both folds or in none."""
    usable = [case for case in cases if case.answerable]
    ids = sorted({article for case in usable for article in gold(case)})
    random.Random(seed).shuffle(ids)
    folds = [frozenset(ids[0::2]), frozenset(ids[1::2])]
    if len(articles) < 2 or any(all(article.id in fold for article in articles) for fold in folds):
        raise EvaluationError("a set with one article has none to leave out; add articles")
    dropped = tuple(case.id for case in usable if not any(gold(case) and gold(case) <= fold for fold in folds))
    parts = []
    for number, fold in enumerate(folds, 1):
        asked = tuple(_refusable(case) for case in usable if gold(case) and gold(case) <= fold)
        rest = tuple(article for article in articles if article.id not in fold)
        parts.append(Part(f"left-out-{number}", asked, rest, dropped))
    return [part for part in parts if part.cases]


def _refusable(case: Case) -> Case:
    return replace(case, answers=(), evidence=(), answerable=False, kind="left_out")


# -- noise ------------------------------------------------------------------------------------------------------------


def noise(
    cases: Sequence[Case], articles: Sequence[Article], share: float, distractors: Sequence[Article] = (), seed: int = 0
) -> Part:
    """The gold articles, and so many distractors that they are `share` of all articles, 0 up to 1. They are drawn from
    `distractors`, or from the articles that are gold to none of the cases: give a part of the cases where every article
    is gold to some. A smaller share's distractors are among a greater one's. Dropped are answerable questions whose
    articles are not known; unanswerable ones are asked as they are."""
    if not 0 <= share < 1:
        raise EvaluationError(f"a share of {share:g} distractors cannot be had; give one from 0 up to 1")
    asked = tuple(case for case in cases if case.evidence or not case.answerable)
    wanted = frozenset(article for case in asked for article in gold(case))
    kept = tuple(article for article in articles if article.id in wanted)
    taken = {article.id for article in articles} if distractors else wanted
    pool = [article for article in distractors or articles if article.id not in taken]
    random.Random(seed).shuffle(pool)
    count = round(len(kept) * share / (1 - share))
    if count > len(pool):
        said = (
            f"{count} distractors are needed for a share of {share:g} beside {len(kept)} gold articles, and there are"
        )
        raise EvaluationError(f"{said} {len(pool)}; give more, ask fewer questions or lower the share")
    used = {case.id for case in asked}
    dropped = tuple(case.id for case in cases if case.id not in used)
    return Part(f"noise-{share * 100:.0f}", asked, (*kept, *pool[:count]), dropped)


# -- one number changed -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Change:
    """A number of a case's quote that its answer gives, and the other number."""

    case: Case
    answer: str
    span: Span  # of the quote in the article
    old: str
    new: str


def counterfactual(cases: Sequence[Case], articles: Sequence[Article], seed: int = 0) -> Part:
    """Each question whose answer is a number, and beside its article a copy from another source in which that number
    is another. Both answers are then right, together, and evidence stands in both articles. Dropped are answerable
    questions without such a number, and those whose quote a question before them has already changed otherwise."""
    texts = {article.id: article.text for article in articles}
    copies: dict[str, str] = {}
    changes: dict[tuple[str, Span], _Change] = {}
    made, dropped = [], []
    for case in (case for case in cases if case.answerable):
        change = _change(case, texts, seed)
        if change and (first := _overlapping(changes, change)):
            change = replace(change, new=first.new) if (first.span, first.old) == (change.span, change.old) else None
        if change is None:
            dropped.append(case.id)
            continue
        article, (start, end) = case.evidence[0].article_id, change.span
        changes.setdefault((article, change.span), change)
        quote = _exchange(texts[article][start:end], change)
        copy = copies.get(article, texts[article])
        copies[article] = copy[:start] + quote + copy[end:]  # of the same length: offsets stay true
        made.append(_conflict(change, quote))
    added = tuple(_copy(one, copies[one.id], texts) for one in articles if one.id in copies)
    return Part("counterfactual", tuple(made), (*articles, *added), tuple(dropped))


def _change(case: Case, texts: dict[str, str], seed: int) -> _Change | None:
    """The first number that stands in the answer and in the case's only quote, which is one sentence. A number of the
    question is a premise and stays."""
    if case.kind in TOGETHER or len(case.evidence) != 1:
        return None
    text = texts.get(case.evidence[0].article_id, "")
    span = place(case.evidence[0], text)
    if not span or len(sentences(text, *span)) != 1:
        return None
    quoted, asked = NUMBER.findall(text[slice(*span)]), re.findall(r"\d[\d.,]*\d|\d", case.question)
    for answer in case.answers:
        old = next((one for one in NUMBER.findall(answer) if one in quoted and one not in asked), None)
        if old:
            new = other_number(old, {*quoted, *asked}, random.Random(f"{seed} {case.id}"))
            return _Change(case, answer, span, old, new) if new else None
    return None


def other_number(old: str, taken: Iterable[str], draw: random.Random) -> str:
    """Another number of the same shape: as many digits, commas and points where they were. Years move by a few years,
    and what may be a day of a month stays one. "" where there is none that is not taken.

    Example: "1,400" → "6,400", "1931" → "1936", "23" → "14"
    """
    if old.isdigit() and not old.startswith("0") and int(old) in YEAR:
        choices = [str(int(old) + step) for step in range(-YEARS_AWAY, YEARS_AWAY + 1)]
        choices = [choice for choice in choices if int(choice) in YEAR]
    elif old.isdigit() and len(old) < 3 and 0 < int(old) <= LAST_DAY:
        choices = [f"{day:0{len(old)}}" for day in range(1, ANY_DAY + 1)]
        choices = [choice for choice in choices if len(choice) == len(old) and (choice[0] == "0") == (old[0] == "0")]
    else:
        at = next((index for index, char in enumerate(old) if char in "123456789"), len(old) - 1)
        choices = [old[:at] + digit + old[at + 1 :] for digit in "123456789"]
    choices = [choice for choice in choices if choice != old and choice not in set(taken)]
    return draw.choice(choices) if choices else ""


def _overlapping(changes: dict[tuple[str, Span], _Change], change: _Change) -> _Change | None:
    article, (start, end) = change.case.evidence[0].article_id, change.span
    found = (one for (other, span), one in changes.items() if other == article and span[0] < end and start < span[1])
    return next(found, None)


def _exchange(text: str, change: _Change) -> str:
    return NUMBER.sub(lambda match: change.new if match.group() == change.old else match.group(), text)


def _conflict(change: _Change, quote: str) -> Case:
    case, evidence, start = change.case, change.case.evidence[0], change.span[0]
    both = (change.answer, _exchange(change.answer, change))
    places = (replace(evidence, start=start), Evidence(f"{evidence.article_id}-copy", quote, start))
    return replace(case, answers=both, evidence=places, kind="conflict")


def _copy(article: Article, text: str, taken: Iterable[str]) -> Article:
    identity = f"{article.id}-copy"
    if identity in taken:
        raise EvaluationError(f"the copy of {article.id!r} would be named as the article {identity!r}; rename that one")
    return replace(article, id=identity, text=text, source="Copy", url="")
