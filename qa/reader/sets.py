"""The sets that the reader is trained on, and what is held back of each to try it on. Knows nothing of torch."""

from __future__ import annotations

from pathlib import Path

from qa.reader.claims import Claim
from qa.reader.data import Asked, article_ids, read_set
from qa.reader.evaluate import squad2_halves
from qa.reader.written import read_written

HELD_BACK = {"squad11_trainpart": 2, "squadshifts_new_wiki": 2, "squadshifts_reddit": 40, "squadshifts_amazon": 40}
WRITTEN_TRIED = 300  # of the held-back questions that were written by hand
HUMAN_HELD_BACK = 1  # of the eight squad2_dev articles, to tune on


def load_sets(data: Path, squad2: Path) -> tuple[dict[str, list[Asked]], dict[str, list[Asked]]]:
    """(training sets, held back ones) by name."""
    sets, dev = {}, {}
    for name in ("squad11_trainpart", "squadshifts_new_wiki", "squadshifts_reddit", "squadshifts_amazon", "qamr"):
        ids, held = article_ids(data / name), HELD_BACK.get(name, 0)
        sets[name] = read_set(data / name, ids[held:])
        if held:
            dev[name] = read_set(data / name, ids[:held])
    mine, _ = squad2_halves(squad2)
    dev["squad2"] = read_set(squad2, mine[:HUMAN_HELD_BACK])
    asked = read_set(squad2, mine[HUMAN_HELD_BACK:])
    sets["squad2"] = sets["squad2_misses"] = asked  # drawn from one: what has an answer; from the other: what has none
    for name in ("squadshifts_reddit", "squadshifts_amazon"):
        dev.pop(name)
    return sets, {name: asked[:: max(1, len(asked) // 120)] for name, asked in dev.items()}


def add_written(
    data: Path,
    sets: dict[str, list[Asked]],
    dev: dict[str, list[Asked]],
    claims: dict[str, list[Claim]],
    claims_dev: dict[str, list[Claim]],
) -> None:
    """What we wrote by hand, beside the sets."""
    ours, tried = read_written(data)
    sets["written"] = sets["written_misses"] = ours.asked
    dev["written"] = tried.asked[:: max(1, len(tried.asked) // WRITTEN_TRIED)]
    claims["written_claims"], claims_dev["written_claims"] = ours.claims, tried.claims
