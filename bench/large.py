"""How much longer reading takes with the large reader than without: python bench/large.py

Over the sample articles, every ninth sample question, both ways in turn: on a busy machine only the ratio counts.
"""

from __future__ import annotations

import sys
import time

import numpy as np
from fit import ROOT

from qa.chat import open_assistant
from qa.evaluation.data import read_cases
from qa.evaluation.run import throw_away
from qa.read import Reader
from qa.types import Settings

EVERY = 9


def main() -> int:
    cases = [case for case in read_cases(ROOT / "seeds" / "questions.jsonl") if not case.history][::EVERY]
    with throw_away([ROOT / "seeds" / "articles"], lambda progress: None) as place:
        both = [open_assistant(Settings(library=str(place))) for _ in range(2)]
        readers = []
        for assistant in both:
            assistant.warm()
            assert isinstance(assistant.reader, Reader)
            readers.append(assistant.reader)
        readers[1].without_large()
        seconds = []
        for case in cases:
            hits = both[0].candidates(case.question)
            for reader in readers:
                began = time.perf_counter()
                reader.read(case.question, hits)
                seconds.append(time.perf_counter() - began)
    taken = np.array(seconds).reshape(-1, 2)
    with_it, without = np.median(taken, axis=0)
    ratio = np.median(taken[:, 0] / taken[:, 1])
    print(
        f"{len(cases)} questions, reading p50 {with_it:.3f} s with, {without:.3f} s without: {ratio:.2f} times as long"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
