"""How many passages to read, and how many sentences to show: python bench/depth.py SETS [--most N]

On the dev halves of sets: the share of answerable questions whose best reading answers when only the first n passages
are read; and, for several margins, how many further sentences an answer gets, how many
of them answer, and how many answers they save whose first sentence does not. What docs/experiments.md quotes.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np
from fit import dev_half
from sets import arguments, library

from indexes.types import Hit
from qa import compose, read
from qa.chat import open_assistant
from qa.evaluation.answers import contains_any
from qa.evaluation.run import sample
from qa.evaluation.types import Case
from qa.followup import standalone
from qa.read import Reader
from qa.types import Reading, Settings

SETS = ("nq_open_oracle", "timeqa_human", "squad2_dev")
DEPTHS = (1, 2, 4, 6, 8, 12)
MARGINS = (0.0, 0.5, 1.0, 2.0, 3.0)


def main() -> int:
    options = arguments("Measure reading depth and answer length on the dev halves.", SETS, 100).parse_args()
    for name in options.set or SETS:
        folder = options.sets / name
        cases = sample([case for case in dev_half(folder) if case.answerable], options.most)
        assistant = open_assistant(Settings(library=str(library(folder))))
        assistant.warm()
        reader = assistant.reader
        assert isinstance(reader, Reader)
        asked = [(case, assistant.candidates(standalone(case.question, case.history))) for case in cases]
        measure(name, reader, asked)
    return 0


def measure(name: str, reader: Reader, asked: Sequence[tuple[Case, list[Hit]]]) -> None:
    usual = read.PASSAGES_READ
    for depth in DEPTHS:
        read.PASSAGES_READ = depth
        right = [first_answers(case, reader.read(case.question, hits)[0]) for case, hits in asked]
        print(f"{name:<16} {depth:>2} passages read: {np.mean(right):.3f} right", flush=True)
    read.PASSAGES_READ = usual
    readings = [(case, reader.read(case.question, hits)[0]) for case, hits in asked]
    for margin in MARGINS:
        show_margin(name, margin, reader.thresholds[""], readings)


def show_margin(name: str, margin: float, threshold: float, readings: Sequence[tuple[Case, list[Reading]]]) -> None:
    compose.MARGIN = margin
    more = saved = good = 0
    for case, found in readings:
        chosen = compose.choose(found, threshold, 4)
        holds = [contains_any(one.text, case.answers) > 0 for one in chosen]
        more += len(holds[1:])
        good += sum(holds[1:])
        saved += bool(holds) and not holds[0] and any(holds[1:])
    said = f"{more / len(readings):.2f} further sentences a question, {good / max(1, more):.2f} of them answer"
    print(f"{name:<16} margin {margin}: {said}, {saved} answers saved", flush=True)


def first_answers(case: Case, readings: Sequence[Reading]) -> bool:
    return bool(readings) and contains_any(readings[0].text, case.answers) > 0


if __name__ == "__main__":
    sys.exit(main())
