"""`footnote calibrate`: confidence and threshold fitted on a library's own questions, half of them held back.

Each question is asked as a user would; its best readings are marked right where they hold an accepted answer or overlap
gold evidence. Knows nothing of files or of the command line.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from indexes.build import Progress
from indexes.errors import FootnoteError
from qa.calibration import Calibration, Example, best, fit
from qa.chat import Assistant
from qa.evaluation.answers import is_correct
from qa.evaluation.confidence import auroc, ece
from qa.evaluation.refusing import refusal
from qa.evaluation.types import Case, Record
from qa.followup import standalone
from qa.read import Read, Reader
from qa.types import Hit, Reading

READINGS = 4  # of a question that are learnt from: the best and its nearest rivals
Tell = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Refit:
    """before and after: calibrations; measured: name → (before, after) on the held-back half."""

    before: Calibration
    after: Calibration
    measured: dict[str, tuple[float, float]]
    questions: int


def calibrate(assistant: Assistant, cases: Sequence[Case], name: str, tell: Tell) -> Refit:
    """Fit on half of the cases, by the hash of their ids, and measure on the other half. Raises FootnoteError for too
    few questions, or where there is no reader to calibrate."""
    assistant.warm()
    reader = assistant.reader
    if not isinstance(reader, Reader):
        raise FootnoteError("The reader's weights cannot be used, so there is nothing to calibrate; `footnote doctor`.")
    halves: dict[bool, list[list[Example]]] = {True: [], False: []}
    for number, case in enumerate(cases):
        tell(Progress("ask", number, len(cases)))
        question = standalone(case.question, case.history)
        found = examples(reader, question, assistant.candidates(question), case)
        halves[in_first_half(case.id)].append(list(found))
    tell(Progress("ask", len(cases), len(cases)))
    before = reader.calibration
    after = fit(halves[True], f"half of {len(cases)} questions of {name}", before.reader)
    held = [group for group in halves[False] if group]
    old, new = measures(before, held), measures(after, held)
    return Refit(before, after, {key: (old[key], new[key]) for key in old}, len(held))


def in_first_half(case_id: str) -> bool:
    """Which half a question belongs to, by its id alone."""
    return hashlib.sha256(case_id.encode()).digest()[0] % 2 == 1


def examples(reader: Reader, question: str, hits: Sequence[Hit], case: Case) -> Iterator[Example]:
    """The best readings of one question, each with whether it answers."""
    found, _ = reader.figures(question, hits)
    ranked = sorted(found, key=lambda one: -reader.calibration.score(one.figures))[:READINGS]
    for one in ranked:
        yield Example(one.figures, answers(case, one), case.answerable)


def answers(case: Case, one: Read) -> bool:
    """Does this reading answer: hold an accepted answer (or, where those are long, most of one) or, where there is
    none, overlap the gold evidence?"""
    if case.answerable and not case.answers:
        return any(_same_place(one.reading, gold.article_id, gold.quote) for gold in case.evidence)
    alone = replace(case, kind="")  # one of several answers that belong together is enough for one reading
    return is_correct(alone, Record(case.id, case.question, one.reading.text), 0.0)


def _same_place(reading: Reading, article_id: str, quote: str) -> bool:
    words = " ".join(reading.text.split())
    folded = " ".join(quote.split())
    return reading.hit.passage.article_id == article_id and bool(folded) and (words in folded or folded in words)


def measures(calibration: Calibration, groups: Sequence[Sequence[Example]]) -> dict[str, float]:
    """What a calibration reaches: each group is one question's readings."""
    sure, right = (column.tolist() for column in best(calibration, groups))
    answerable = [group[0].answerable for group in groups]
    refused = [value < calibration.threshold for value in sure]
    rates = refusal(answerable, refused)
    return {
        "the best reading answers, of what has an answer": sum(right) / max(1, sum(answerable)),
        "confidence tells answerable from not (AUROC)": auroc(sure, answerable) or 0.0,
        "expected calibration error": ece(sure, right),
        "unanswerable questions refused": rates.get("refusal_recall", 0.0),
        "answerable questions refused": rates.get("wrongful_refusal", 0.0),
    }


def render(found: Refit, kept: bool) -> str:
    """The measures before and after, for a terminal."""
    lines = [f"{'on the ' + str(found.questions) + ' questions held back':<52} {'before':>7} {'after':>7}"]
    lines += [f"{name:<52} {old:>7.3f} {new:>7.3f}" for name, (old, new) in found.measured.items()]
    after = found.after
    lines.append(f"thresholds: {after.threshold:.3f}, strict {after.strict:.3f}, eager {after.eager:.3f}")
    lines.append("Kept in the library; delete its calibration.json to go back." if kept else "Nothing was kept.")
    return "\n".join(lines)
