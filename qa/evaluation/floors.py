"""Quality that must not be lost: the sample questions, asked anew and held against `seeds/floors.json`.

    python -m qa.evaluation.floors             measure, compare; exit code 1 below a floor
    python -m qa.evaluation.floors --raise     write what is better than its floor
    python -m qa.evaluation.floors --lower     write what was measured, worse or not: a decision, never a habit

Knows nothing of how answers are made.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from qa.evaluation.data import read_cases
from qa.evaluation.run import run, throw_away
from qa.evaluation.score import BY_NAME, Scored, score
from qa.evaluation.systems import open_system

SEEDS = Path(__file__).parents[2] / "seeds"
FLOORS = SEEDS / "floors.json"
# One question of 454 is worth .002: processors that multiply in another order may turn a few of them.
ALLOWANCE = 0.015
# Each is a share that a user would notice losing; the first four may only rise, the others only fall.
PINNED = ("correct", "lead_contains", "gold_recall", "refusal_recall", "wrongful_refusal", "hallucination")
EXACT = ("verbatim", "validity")  # 1 by construction: no allowance


def measure(library: Path) -> Scored:
    """The sample questions asked of a library of the sample articles."""
    from indexes.library import Library

    cases = read_cases(SEEDS / "questions.jsonl")
    records = run(open_system("footnote", library, library), cases, None, lambda progress: None)
    texts = {article.id: article.text for article in Library(library).articles()}
    return score(cases, records, texts, "footnote", resamples=100)


def figures(scored: Scored) -> dict[str, float]:
    """The pinned metrics, rounded as they are written."""
    return {name: round(scored.summary[name].value, 4) for name in (*PINNED, *EXACT)}


def lost(measured: Mapping[str, float], floors: Mapping[str, float]) -> list[str]:
    """One sentence for each metric that is worse than its floor by more than the allowance."""
    found = []
    for name, floor in floors.items():
        spare = 0.0 if name in EXACT else ALLOWANCE
        drop = floor - measured[name] if BY_NAME[name].higher else measured[name] - floor
        if drop > spare:
            found.append(f"{BY_NAME[name].label}: {measured[name]:.3f}, the floor is {floor:.3f} ({name}).")
    return found


def repinned(measured: Mapping[str, float], floors: Mapping[str, float], lower: bool) -> dict[str, float]:
    """The floors to be written: what was measured, but never a worse one unless `lower`."""
    best = {name: max if BY_NAME[name].higher else min for name in measured}
    return {
        name: value if lower or name not in floors else best[name](value, floors[name])
        for name, value in measured.items()
    }


def main() -> int:
    """Measure and compare, or write."""
    parser = argparse.ArgumentParser(
        prog="python -m qa.evaluation.floors", description=(__doc__ or "").split("\n\n")[0]
    )
    parser.add_argument("--raise", dest="raised", action="store_true", help="write what is better than its floor")
    parser.add_argument("--lower", action="store_true", help="write what was measured, worse or not")
    options = parser.parse_args()
    floors = json.loads(FLOORS.read_text(encoding="utf-8")) if FLOORS.exists() else {}
    with throw_away([SEEDS / "articles"], lambda progress: None) as library:
        measured = figures(measure(library))
    for name, value in measured.items():
        sys.stdout.write(f"{name:<20} {value:.4f}   floor {floors.get(name, 0.0):.4f}\n")
    if options.raised or options.lower:
        fresh = repinned(measured, floors, options.lower)
        FLOORS.write_text(json.dumps(fresh, indent=2) + "\n", encoding="utf-8")
        return 0
    problems = lost(measured, floors)
    sys.stdout.write("".join(f"{problem}\n" for problem in problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
