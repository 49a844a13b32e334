"""The sets that the reader is trained on, and what is held back of each to try it on. Knows nothing of the model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from qa.reader.batch import Claims, Mix
from qa.reader.claims import Claim, Made, held_back, read_claims
from qa.reader.data import Asked, article_ids, read_set
from qa.reader.evaluate import squad2_halves
from qa.reader.written import read_written

if TYPE_CHECKING:
    from tokenizers import Tokenizer

HELD_BACK = {"squad11_trainpart": 2, "squadshifts_new_wiki": 2, "squadshifts_reddit": 40, "squadshifts_amazon": 40}
WRITTEN_TRIED = 300  # of the held-back questions that were written by hand
HUMAN_HELD_BACK = 1  # of the eight squad2_dev articles, to tune on
CLAIM_HELD_BACK = 30  # one claim in so many, by its evidence
MADE_FROM = ("squad11_trainpart", "squadshifts_new_wiki", "qamr")  # whose articles claims are made of


class Planned(Protocol):
    """What of a training's plan is asked for here: the folders that are read, and the one that is written."""

    @property
    def data(self) -> Path:
        """The folder reader_train."""

    @property
    def squad2(self) -> Path:
        """The folder squad2_dev."""

    @property
    def claims(self) -> Path:
        """The folder claims_train."""

    @property
    def out(self) -> Path:
        """Where checkpoints and what is reckoned once are kept."""

    @property
    def seed(self) -> int:
        """The same seed draws the same pairs."""


@dataclass(frozen=True, slots=True)
class Streams:
    """What a training draws from, and, by name, what is held back of it."""

    pairs: Mix
    claims: Claims
    dev: dict[str, list[Asked]]
    claims_dev: dict[str, list[Claim]]


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


def streams(plan: Planned, tokenizer: Tokenizer, ours: bool) -> Streams:
    """Everything in the plan's folders. ours: what we wrote by hand as well."""
    data, squad2, claimed, seed = plan.data, plan.squad2, plan.claims, plan.seed
    sets, dev = load_sets(data, squad2)
    claims, claims_dev = held_back(read_claims(claimed), CLAIM_HELD_BACK)
    made = Made([one for name in MADE_FROM for one in sets[name]])
    for name, (written, tried) in read_written(data).items() if ours else ():
        sets[name] = sets[f"{name}_misses"] = written.asked
        dev[name] = tried.asked[:: max(1, len(tried.asked) // WRITTEN_TRIED)]
        claims[f"{name}_claims"], claims_dev[f"{name}_claims"] = written.claims, tried.claims
    drawn = Mix(sets, tokenizer, seed, plan.out / "neighbours"), Claims(claims, made, tokenizer, seed)
    return Streams(*drawn, dev, claims_dev)
