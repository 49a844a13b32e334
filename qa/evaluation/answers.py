"""Is the answer right? Its words against the words of the gold answers.

    prediction, golds  →  normalise  →  tokens  →  em, f1, contains, token recall  →  is_correct

Knows nothing of citations, ranking or confidence, and nothing of meaning: "UK" is not "United Kingdom", "three" is not
"3", and a gold "yes" or "no" is only ever found as a word.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from indexes.sentences import sentences
from qa.evaluation.types import TOGETHER, Case, Record, Scores

LONG = 5  # tokens after normalising: beyond this a gold answer is a phrase that nobody repeats word by word
ENOUGH = 0.6  # of a long gold's content tokens: found, they count as the answer. Chosen, not fitted

STOP_WORDS = frozenset(
    "a about above after again against all also although am an and any are arent as at be because been before being"
    " below between both but by can cannot cant could couldnt did didnt do does doesnt doing dont down during each"
    " either few for from further had hadnt has hasnt have havent having he her here hers herself him himself his how"
    " however i if in into is isnt it its itself just may me might more most must my myself neither no nor not of off"
    " on once only or other our ours ourselves out over own same shall she should shouldnt so some such than that the"
    " their theirs them themselves then there these they this those though through to too under until up us very was"
    " wasnt we were werent what when where which while who whom whose why will with within without wont would wouldnt"
    " yet you your yours yourself yourselves s t d ll m re ve".split()
)

_ARTICLES = re.compile(r"\b(?:a|an|the)\b")


def normalise(text: str) -> str:
    """Small letters without punctuation and articles, words parted by one space: what all scores here compare.

    normalise("The  U.S. — a “Big” state") == "us big state". NFKC, then SQuAD 1.1's evaluate-v1.1.py (Rajpurkar et al.
    2016). Punctuation is every character of Unicode's P and S, which on ASCII is exactly SQuAD's string.punctuation;
    so a curly quote goes as a straight one does, and "€" as "$". One more difference: an em dash parts words.
    """
    folded = unicodedata.normalize("NFKC", text).lower().replace("—", " ")
    kept = "".join(char for char in folded if unicodedata.category(char)[0] not in "PS")
    return " ".join(_ARTICLES.sub(" ", kept).split())


def exact_match(prediction: str, golds: Sequence[str]) -> float:
    """1 if the prediction is one of the golds, max_g 1[norm(p) = norm(g)]; else 0. (SQuAD, Rajpurkar et al. 2016.)

    exact_match("The Nile.", ["Amazon", "nile"]) == 1.
    """
    return float(normalise(prediction) in {normalise(gold) for gold in golds})


def token_f1(prediction: str, golds: Sequence[str]) -> float:
    """Shared tokens, max_g 2PR/(P+R) with bags of tokens, P = |p∩g|/|p|, R = |p∩g|/|g|; 0..1. (SQuAD, the same.)

    If either bag is empty: 1 if both are, else 0. token_f1("river Nile", ["Nile"]): P = 1/2, R = 1, F1 = 2/3.
    """
    tokens = normalise(prediction).split()
    return max((_f1(tokens, normalise(gold).split()) for gold in golds), default=0.0)


def contains(prediction: str, golds: Sequence[str]) -> float:
    """Share of the golds whose tokens stand in the prediction, whole and in a row; 0..1.

    mean_g 1[norm(g) is a token-aligned substring of norm(p)]: ALCE's str-EM (Gao et al. 2023, section 4).
    contains("From Mali to Chad", ["Mali", "Had"]) == 1/2: "had" is only a part of a word.
    """
    return sum(_contained(prediction, golds)) / len(golds) if golds else 0.0


def contains_any(prediction: str, golds: Sequence[str]) -> float:
    """1 if at least one gold stands in the prediction, as `contains` looks for it; else 0.

    For golds that are alternatives (so Mallen et al. 2023). contains_any("From Mali", ["Mali", "Chad"]) == 1.
    """
    return float(any(_contained(prediction, golds)))


def token_recall(prediction: str, golds: Sequence[str]) -> float:
    """The best gold's share of tokens found, max_g |p∩g|/|g| with bags; 0..1. (Adlakha et al. 2024: "recall".)

    If the gold is empty: 1 if the prediction is too, else 0. token_recall("It is long", ["very long"]) == 1/2.
    """
    tokens = normalise(prediction).split()
    return max((_recall(tokens, normalise(gold).split()) for gold in golds), default=0.0)


def first_sentence(record: Record) -> str:
    """The first sentence that a record shows: its own sentence 0, else the first of its answer by our splitter."""
    if record.refused:
        return ""
    if record.sentences:
        return record.sentences[0][0]
    spans = sentences(record.answer)
    return record.answer[slice(*spans[0])] if spans else ""


def answer_scores(case: Case, record: Record, lead: str | None = None) -> Scores:
    """em, f1, contains, contains_any, lead_contains of one record; each 0..1.

    em and f1 look at the span, or where there is none at the whole answer; contains and contains_any at the whole
    answer; lead_contains is contains_any of `lead` (None: `first_sentence`), or contains for kinds whose answers belong
    together. A refusal is the empty answer. An
    unanswerable case: em = f1 = 1 if refused, else 0, and no others (SQuAD 2.0, Rajpurkar et al. 2018). A case without
    golds: none. Example: gold "Nile", answer "It is long. It is the Nile.", span "the Nile": em = f1 = contains =
    contains_any = 1, lead_contains = 0.
    """
    if not case.answerable:
        return {"em": float(record.refused), "f1": float(record.refused)}
    if not case.answers:
        return {}
    answer = "" if record.refused else record.answer
    held = contains if case.kind in TOGETHER else contains_any
    prediction = "" if record.refused else record.span or record.answer
    return {
        "em": exact_match(prediction, case.answers),
        "f1": token_f1(prediction, case.answers),
        "contains": contains(answer, case.answers),
        "contains_any": contains_any(answer, case.answers),
        "lead_contains": held(first_sentence(record) if lead is None else lead, case.answers),
    }


def is_correct(case: Case, record: Record, gold_recall: float) -> bool:
    """The one verdict that refusal, confidence and McNemar use. Ours, and lenient:

    - unanswerable: right if and only if refused; answerable and refused: wrong
    - no gold answers: right if a citation hits gold evidence (`gold_recall`, see `citation_scores`; 0 if absent)
    - kinds whose answers belong together: right if each gold stands in the answer
    - else right if any gold stands in the answer, or, where even the shortest gold has more than LONG tokens, if ENOUGH
      of the content tokens (stop words out) of one gold are in it, in any order.

    What stands around the gold is not judged: an answer of four sentences is right if one of them has it, and so is
    "It is not the Nile". Gold "Nile", answer "Perhaps the Nile. Or the Congo.": right.
    """
    if record.refused or not case.answerable:
        return record.refused and not case.answerable
    if not case.answers:
        return gold_recall > 0
    if case.kind in TOGETHER:
        return all(_contained(record.answer, case.answers))
    return any(_contained(record.answer, case.answers)) or _nearly(record.answer, case.answers)


def _contained(prediction: str, golds: Sequence[str]) -> list[bool]:
    text = f" {normalise(prediction)} "
    return [f" {normalise(gold)} " in text for gold in golds]


def _nearly(prediction: str, golds: Sequence[str]) -> bool:
    """Are all golds long, and is enough of one of them there?"""
    if min(len(normalise(gold).split()) for gold in golds) <= LONG:
        return False
    tokens = _content(prediction)
    return any(_recall(tokens, content) >= ENOUGH for content in map(_content, golds) if content)


def _content(text: str) -> list[str]:
    return [token for token in normalise(text).split() if token not in STOP_WORDS]


def _shared(left: list[str], right: list[str]) -> int:
    return (Counter(left) & Counter(right)).total()


def _f1(tokens: list[str], gold: list[str]) -> float:
    if not tokens or not gold:
        return float(tokens == gold)
    return 2 * _shared(tokens, gold) / (len(tokens) + len(gold))  # 2PR/(P+R), with the shared count taken out


def _recall(tokens: list[str], gold: list[str]) -> float:
    return _shared(tokens, gold) / len(gold) if gold else float(not tokens)
