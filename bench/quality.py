"""The sample questions, asked as a person would: `make quality`, or `python bench/quality.py [--all]`.

For a question that the articles answer: does the first sentence shown hold one of the accepted answers? For one that
they do not: is it refused? Intervals are Wilson's, 95 %. `--all` prints every question that went wrong.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from indexes.build import build
from qa.chat import open_assistant
from qa.types import Answer, Settings, Turn

SEEDS = Path(__file__).parent.parent / "seeds"


def main() -> int:
    parser = argparse.ArgumentParser(description="Ask the sample questions and count what came out right.")
    parser.add_argument("--all", action="store_true", help="print every question that went wrong")
    options = parser.parse_args()
    rows = [json.loads(line) for line in (SEEDS / "questions.jsonl").read_text(encoding="utf-8").splitlines()]
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder), [SEEDS / "articles"])
        assistant = open_assistant(Settings(library=folder))
        marks: dict[str, list[bool]] = defaultdict(list)
        for row in rows:
            history = [Turn(turn["role"], turn["text"]) for turn in row.get("history", [])]
            answer = assistant.ask(row["question"], history)
            right = is_right(row, answer)
            marks[row["kind"]].append(right)
            marks["all that the articles answer" if row["answerable"] else "all near misses"].append(right)
            if row["answerable"]:
                marks["of these, refused"].append(answer.refused)
            if options.all and not right:
                print(f"{row['id']} {row['kind']}: {row['question']}\n    {answer.text[:150]}")
    for kind, found in marks.items():
        low, high = wilson(sum(found), len(found))
        print(f"{kind:<30} {sum(found):>4} of {len(found):<4} {sum(found) / len(found):.2f}  [{low:.2f}, {high:.2f}]")
    return 0


def is_right(row: dict[str, object], answer: Answer) -> bool:
    """An accepted answer in the first sentence shown, or a refusal where one is due."""
    answers = row["answers"]
    if not row["answerable"]:
        return answer.refused
    lead = answer.sentences[0].text.casefold() if answer.sentences else ""
    return isinstance(answers, list) and any(str(one).casefold() in lead for one in answers)


def wilson(hits: int, count: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's score interval (1927) of a rate, 0..1."""
    rate, square = hits / count, z * z / count
    middle, half = rate + square / 2, z * (rate * (1 - rate) / count + square / count / 4) ** 0.5
    return (middle - half) / (1 + square), (middle + half) / (1 + square)


if __name__ == "__main__":
    sys.exit(main())
