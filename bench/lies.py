"""What a model that lies in half of its sentences gets past the gate: python -m bench.lies [--rounds N]

Every sample question is asked N times over the sample articles, with a scripted model that writes, for the passages
it is shown, two of their sentences and two sentences made untrue by rule (`tests/claim_edits.py`), each with a number
and a true quote. Counted: lies that are shown as they were written, which are printed one by one, and true sentences
that are lost.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from indexes.build import build
from indexes.library import Library
from qa.chat import open_assistant
from qa.evaluation.data import read_cases
from qa.evaluation.statistics import wilson
from qa.followup import standalone
from qa.types import Hit, Settings, Turn, Written
from qa.verify import fold
from qa.write import Writer
from tests.claim_edits import Source, edits, sources

ROOT = Path(__file__).parent.parent
SHOWN = 4  # passages whose sentences it uses
INSTEAD = "in the article's words"
EACH = 2  # true sentences, and lies


class Liar(Writer):
    """A writer that knows what is true, and says something else half of the time."""

    def __init__(self, library: Library) -> None:
        self._sources = {article.id: sources([article]) for article in library.articles()}
        self.pick = random.Random(0)
        self.kinds: dict[str, str] = {}  # what it wrote: "true", or the kind of lie

    @property
    def name(self) -> str:
        """Of no model."""
        return "a liar"

    def standalone(self, question: str, history: Sequence[Turn]) -> str:
        """Left to the rule."""
        return standalone(question, history)

    def write(self, question: str, hits: Sequence[Hit], stop: Callable[[], bool] | None = None) -> Iterator[Written]:
        """Two true sentences and two lies, in any order."""
        told = [(number, one) for number, hit in enumerate(hits[:SHOWN], 1) for one in self._of(hit)]
        numbers = {one.text: number for number, one in told}
        found = [(one.text, one.text, "true") for _, one in self.pick.sample(told, min(EACH, len(told)))]
        lies = edits([one for _, one in told], 40, self.pick.randrange(10**6))
        found += [(lie.claim, lie.evidence[0], lie.kind) for lie in self.pick.sample(lies, min(EACH, len(lies)))]
        self.pick.shuffle(found)
        for text, evidence, kind in found:
            self.kinds[fold(text)] = kind
            yield Written(text, (numbers[evidence],), (" ".join(evidence.split()[:6]),))

    def _of(self, hit: Hit) -> list[Source]:
        passage = fold(hit.passage.text)
        return [one for one in self._sources[hit.passage.article_id] if one.text in passage]


def main() -> int:
    parser = argparse.ArgumentParser(description="Count what a lying model gets past the gate.")
    parser.add_argument("--rounds", type=int, default=4, help="times that every sample question is asked (4)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        build(Path(place), [ROOT / "seeds" / "articles"])
        assistant = open_assistant(Settings(library=place, quoting=True))
        assistant.writer = liar = Liar(assistant.library)
        questions = [case.question for case in read_cases(ROOT / "seeds" / "questions.jsonl") if not case.history]
        ends: Counter[tuple[str, str]] = Counter()
        asked, began = 0, time.perf_counter()
        for question in questions * options.rounds:
            asked += 1
            liar.kinds.clear()
            answer = assistant.ask(question)
            shown = {one.text for one in answer.sentences if one.support.verdict == "supported"}
            instead = {one.instead_of for one in answer.sentences}
            for text, kind in liar.kinds.items():
                ends[
                    kind, "shown" if text in shown else "in the article's words" if text in instead else "left out"
                ] += 1
                if kind != "true" and text in shown:
                    print(f"MISSED {kind}: {text}", flush=True)
    table(ends)
    print(f"{asked} questions, {(time.perf_counter() - began) / asked:.2f} s each")
    return 0


def table(ends: Counter[tuple[str, str]]) -> None:
    for kind in sorted({kind for kind, _ in ends}):
        count = sum(number for (one, _), number in ends.items() if one == kind)
        low, high = wilson(ends[kind, "shown"], count)
        rest = ", ".join(f"{end} {ends[kind, end]}" for end in (INSTEAD, "left out"))
        print(f"{kind:<12} {count:>5} written, shown {ends[kind, 'shown']:>4} [{low:.3f}, {high:.3f}], {rest}")
    lies = [(end, number) for (kind, end), number in ends.items() if kind != "true"]
    shown, every = sum(number for end, number in lies if end == "shown"), sum(number for _, number in lies)
    low, high = wilson(shown, max(1, every))
    print(f"lies shown: {shown} of {every} [{low:.4f}, {high:.4f}]")


if __name__ == "__main__":
    sys.exit(main())
