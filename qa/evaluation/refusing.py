"""Does it refuse what it should, and only that? Rates over many cases, beside those of systems that need no skill.

    answerable, refused → refusal precision, recall, F1, hallucination, wrongful refusal
    correct, refused    → CRAG score, precision of what was answered, coverage

A rate whose denominator is 0 is absent. Knows nothing of cases, answers or confidence; the arrays are boolean, one
entry a question.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from qa.evaluation.types import Scores

Flags = Sequence[bool] | npt.NDArray[np.bool_]


def refusal(answerable: Flags, refused: Flags) -> Scores:
    """How well refusals and unanswerable questions (U; the others A) coincide; each 0..1.

    refusal_precision = refused∧U / refused; refusal_recall = refused∧U / U; refusal_f1 = 2·refused∧U / (refused + U);
    hallucination = answered∧U / U; wrongful_refusal = refused∧A / A. The last two are NoMIRACL's hallucination and
    error rate (Thakur et al. 2024). Example: 4 questions, the last 2 unanswerable, the middle 2 refused: precision =
    recall = F1 = 1/2, hallucination = 1/2, wrongful refusal = 1/2.
    """
    can, no = np.asarray(answerable, dtype=bool), np.asarray(refused, dtype=bool)
    rightly = int((no & ~can).sum())
    refusals, hopeless = int(no.sum()), int((~can).sum())
    return _rates(
        refusal_precision=(rightly, refusals),
        refusal_recall=(rightly, hopeless),
        refusal_f1=(2 * rightly, refusals + hopeless),
        hallucination=(hopeless - rightly, hopeless),
        wrongful_refusal=(refusals - rightly, int(can.sum())),
    )


def baselines(answerable: Flags) -> dict[str, Scores]:
    """`refusal` of the two systems that need no skill, "always_refuse" and "never_refuse": print them beside any other.

    With 1 of 4 questions unanswerable, always refusing has precision 1/4, recall 1, F1 2/5 and wrongful refusal 1.
    """
    every = np.ones(len(answerable), dtype=bool)
    return {"always_refuse": refusal(answerable, every), "never_refuse": refusal(answerable, ~every)}


def answering(correct: Flags, refused: Flags) -> Scores:
    """What answering gains and costs, over all questions Q.

    crag = (answered and right − answered and wrong) / Q, a refusal counting 0 even where it is right; −1..1 (CRAG, Yang
    et al. 2024). precision_of_answered = answered and right / answered, 0..1; coverage = answered / Q, 0..1 (PaperQA2,
    Skarlinski et al. 2024). Example: 4 questions, 1 refused, 2 right, 1 wrong: crag 1/4, precision 2/3, coverage 3/4.
    """
    answered = ~np.asarray(refused, dtype=bool)
    right = int((np.asarray(correct, dtype=bool) & answered).sum())
    shown, total = int(answered.sum()), len(answered)
    return _rates(crag=(2 * right - shown, total), precision_of_answered=(right, shown), coverage=(shown, total))


def _rates(**parts: tuple[int, int]) -> Scores:
    """Each numerator over its denominator, where that is not 0."""
    return {name: above / below for name, (above, below) in parts.items() if below}
