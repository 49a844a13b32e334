"""Rows and summaries: what a perfect, a silent and a wrong system get; what does not matter; every metric is named."""

from __future__ import annotations

import random

import pytest

from qa.evaluation.score import BY_NAME, GROUPS, METRICS, score
from qa.evaluation.types import Case, Cited, EvaluationError, Evidence, Found, Record

TEXTS = {"ship": "The ship is 400 metres long. It is 59 metres wide.", "mine": "The mine lies in Chile. It was shut."}
CASES = [
    Case("1", "How long?", ("400 metres",), (Evidence("ship", "The ship is 400 metres long."),), kind="number"),
    Case("2", "Where?", ("Chile",), (Evidence("mine", "The mine lies in Chile."),), kind="place"),
    Case("3", "Who owns it?", answerable=False, kind="unanswerable"),
]


def answering(case: Case, article: str, quote: str, confidence: float = 1.0) -> Record:
    start = TEXTS[article].index(quote)
    cited = Cited(article, quote, start, start + len(quote))
    found = (Found(article, 0, len(TEXTS[article]), TEXTS[article], 1.0),)
    seconds = {"total": 0.2}
    return Record(
        case.id, case.question, quote, None, False, confidence, (cited,), ((quote, (0,)),), found, found, seconds
    )


def refusing(case: Case, confidence: float = 0.0) -> Record:
    return Record(
        case.id, case.question, "The articles do not say.", refused=True, confidence=confidence, seconds={"total": 0.1}
    )


PERFECT = [
    answering(CASES[0], "ship", "The ship is 400 metres long."),
    answering(CASES[1], "mine", "The mine lies in Chile."),
    refusing(CASES[2]),
]
WRONG = [
    answering(CASES[0], "mine", "It was shut."),
    answering(CASES[1], "ship", "It is 59 metres wide."),
    answering(CASES[2], "ship", "The ship is 400 metres long."),
]


def values(records: list[Record], cases: list[Case] = CASES) -> dict[str, float]:
    return {name: figure.value for name, figure in score(cases, records, TEXTS, resamples=50).summary.items()}


def test_a_perfect_system_gets_the_best_of_everything() -> None:
    found = values(PERFECT)
    best = [
        name for name in found if BY_NAME[name].group in ("answer", "citation", "refusal") and name not in ("em", "f1")
    ]
    for name in best:
        expected = 2 / 3 if name in ("coverage", "crag") else float(BY_NAME[name].higher)
        assert found[name] == pytest.approx(expected), name
    assert found["auroc"] == 1 and found["brier"] == 0 and found["aurc"] == 0
    assert found["article_hit@1"] == found["passage_recall@5"] == found["passage_mrr@10"] == 1


def test_a_wrong_system_gets_the_worst() -> None:
    found = values(WRONG)
    assert found["correct"] == found["lead_contains"] == found["gold_recall"] == found["refusal_recall"] == 0
    assert found["hallucination"] == 1 and found["crag"] == -1 and found["article_hit@1"] == 0


def test_one_that_always_refuses_is_right_about_what_has_no_answer() -> None:
    found = values([refusing(case) for case in CASES])
    assert found["correct"] == pytest.approx(1 / 3)
    assert found["refusal_recall"] == found["wrongful_refusal"] == 1 and found["coverage"] == 0
    assert "precision_of_answered" not in found


def test_the_order_of_questions_does_not_matter() -> None:
    mixed = list(zip(CASES, WRONG[:1] + PERFECT[1:], strict=True))
    first = values([record for _, record in mixed])
    random.Random(3).shuffle(mixed)
    again = score([case for case, _ in mixed], [record for _, record in mixed], TEXTS, resamples=50)
    assert {name: figure.value for name, figure in again.summary.items()} == pytest.approx(first)


def test_asking_everything_twice_changes_no_mean() -> None:
    records = WRONG[:1] + PERFECT[1:]
    twice = [
        Case(f"{case.id}b", case.question, case.answers, case.evidence, case.answerable, case.kind) for case in CASES
    ]
    copies = [
        Record(f"{one.id}b", **{name: getattr(one, name) for name in Record.__slots__ if name != "id"})
        for one in records
    ]
    doubled = values([*records, *copies], [*CASES, *twice])
    calibration = ("ece", "e_aurc")  # the bins of equal mass move, and a perfect order's area depends on the count
    assert {k: v for k, v in doubled.items() if k not in calibration} == pytest.approx(
        {k: v for k, v in values(records).items() if k not in calibration}
    )


def test_every_value_lies_in_its_interval_and_counts_its_questions() -> None:
    summary = score(CASES, WRONG[:1] + PERFECT[1:], TEXTS, resamples=200).summary
    assert all(figure.low <= figure.value <= figure.high for figure in summary.values())
    assert summary["lead_contains"].count == 2 and summary["correct"].count == 3


def test_kinds_are_scored_apart() -> None:
    kinds = score(CASES, WRONG[:1] + PERFECT[1:], TEXTS, resamples=50).kinds
    assert {kind: found["correct"].value for kind, found in kinds.items()} == {
        "number": 0,
        "place": 1,
        "unanswerable": 1,
    }


def test_the_same_records_give_the_same_scores() -> None:
    assert score(CASES, WRONG, TEXTS) == score(CASES, WRONG, TEXTS)


def test_every_score_has_a_name_and_every_name_a_group() -> None:
    scored = score(CASES, PERFECT, TEXTS, resamples=50)
    computed = {name for row in scored.rows for name in row.scores}
    assert computed <= BY_NAME.keys()
    assert len(BY_NAME) == len(METRICS) and {metric.group for metric in METRICS} == set(GROUPS)


def test_a_question_without_a_record_is_named() -> None:
    with pytest.raises(
        EvaluationError, match=r"There is no record of the question 3 and 0 others; run the set to its end\."
    ):
        score(CASES, PERFECT[:2], TEXTS)
