"""Fits `qa/reader/calibration.json` on the dev halves of the development sets: python bench/fit.py SETS [--most N]

Of each set the questions of the dev half (by hash of the id), of `squad2_dev` those about the one article that the
reader was tuned on and not trained on; half of the sample questions. Every answerable question has an unanswerable
twin: the same question with the hits of its gold articles taken away, unless what is left still holds an answer.
What is reported is measured elsewhere, on the other halves (docs/experiments.md).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from sets import arguments, article_of, library

from indexes.types import Hit
from qa.calibrate import examples, in_first_half, measures
from qa.calibration import ALONE, FILE, Example, fit, save
from qa.chat import Assistant, open_assistant
from qa.evaluation.answers import contains_any
from qa.evaluation.data import read_cases
from qa.evaluation.run import sample, throw_away
from qa.evaluation.types import Case
from qa.followup import standalone
from qa.read import Reader
from qa.reader.model import WEIGHTS_SHA256
from qa.reader.mpnet import MADE_SHA256
from qa.types import Settings

ROOT = Path(__file__).parent.parent
# Of these only half as many: where every question has an answer, or who was what when is asked, other figures count
# than with near misses that people wrote. With all, half and a tenth of them the AUROC of the samples was .861,
# .872 and .885, and the best reading answered .545, .523 and .485 of timeqa's questions (five folds).
HALVED = ("nq_open_oracle", "timeqa_human")
SETS = ("nq_open_oracle", "single_topic", "squad2_dev", "timeqa_human")
KEPT = ROOT / "build" / "fit.json"
TUNED_ON = 1  # of the eight squad2 articles that may be trained on: the first, which the training holds back
LOOKED_AT = 8  # hits that are read


def main() -> int:
    parser = arguments("Fit the reader's confidence on the dev halves.", SETS, 200)
    parser.add_argument("--again", action="store_true", help="ask nothing, fit anew on what the last run read")
    parser.add_argument("--alone", action="store_true", help="without the large reader: `qa/reader/alone.json`")
    options = parser.parse_args()
    name = ALONE if options.alone else FILE
    if options.again:
        return keep(read_back(), name)
    groups: dict[str, list[list[Example]]] = {}
    for one in options.set or SETS:
        folder = options.sets / one
        most = options.most // 2 if one in HALVED else options.most
        groups[one] = list(read_set(library(folder), sample(dev_half(folder), most), options.alone))
    seeds = [case for case in read_cases(ROOT / "seeds" / "questions.jsonl") if in_first_half(case.id)]
    with throw_away([ROOT / "seeds" / "articles"], lambda progress: None) as place:
        groups["seeds"] = list(read_set(place, seeds, options.alone))
    KEPT.parent.mkdir(exist_ok=True)
    KEPT.write_text(json.dumps({name: [list(map(asdict, group)) for group in found] for name, found in groups.items()}))
    return keep(groups, name)


def keep(groups: dict[str, list[list[Example]]], name: str) -> int:
    """Fit on everything that was read, show what that reaches by set, write it."""
    counts = ", ".join(f"{len(found)} of {name}" for name, found in groups.items())
    weights = [WEIGHTS_SHA256] if name == ALONE else [WEIGHTS_SHA256, MADE_SHA256]
    reader = " ".join(one[:12] for one in weights)
    calibration = fit(
        [group for found in groups.values() for group in found], f"dev halves, with twins: {counts}", reader
    )
    for one, found in groups.items():
        print(one, len(found), {key: round(value, 3) for key, value in measures(calibration, found).items()})
    print(calibration)
    print(save(calibration, ROOT / "qa" / "reader", name))
    return 0


def read_back() -> dict[str, list[list[Example]]]:
    kept = json.loads(KEPT.read_text())
    return {name: [[Example(**one) for one in group] for group in found] for name, found in kept.items()}


def dev_half(folder: Path) -> list[Case]:
    """The questions that may be fitted on."""
    path = folder / "questions.jsonl"
    cases = read_cases(path)
    if folder.name != "squad2_dev":
        return [case for case in cases if in_first_half(case.id)]
    about = article_of(path)
    held = sorted(set(about.values()))[:8][:TUNED_ON]
    return [case for case in cases if about[case.id] in held]


def read_set(place: Path, cases: Sequence[Case], alone: bool) -> Iterator[list[Example]]:
    assistant = open_assistant(Settings(library=str(place)))
    assistant.warm()
    if alone and isinstance(assistant.reader, Reader):
        assistant.reader.without_large()
    for number, case in enumerate(cases):
        if number % 50 == 0:
            print(place.name, number, "of", len(cases), flush=True)
        yield from of_case(assistant, case)


def of_case(assistant: Assistant, case: Case) -> Iterator[list[Example]]:
    """The examples of a question, and those of its twin."""
    reader = assistant.reader
    assert isinstance(reader, Reader)
    question = standalone(case.question, case.history)
    hits = assistant.candidates(question)
    if found := list(examples(reader, question, hits, case)):
        yield found
    if case.answerable and (left := without_gold(case, hits)):
        twin = Case(f"{case.id}-twin", case.question, answerable=False)
        if found := list(examples(reader, question, left, twin)):
            yield found


def without_gold(case: Case, hits: Sequence[Hit]) -> list[Hit]:
    """The hits of other articles; none where they hold an accepted answer all the same."""
    gold = {one.article_id for one in case.evidence}
    left = [hit for hit in hits if hit.passage.article_id not in gold]
    if any(contains_any(hit.passage.text, case.answers) for hit in left[:LOOKED_AT]):
        return []
    return left


if __name__ == "__main__":
    sys.exit(main())
