"""What teaches our reader, one thing changed at a time: python -m bench.teaches DATA … --base MODEL --out FOLDER

DATA, --claims, --squad2 and --base as of `qa/reader/train.py`. Every variant learns from the cross-encoder on, --steps
of 16 pairs with the same seed, and is tried on what the training holds back: of SQuAD, new Wikipedia, SQuAD 2.0 and
what we wrote. Figures: the mean over the sets of F1 and of the AUC of the confidence, and how far each is from the
first row's, with 95 % bootstrap intervals over the same questions. Claims are left out but for two a batch, to save
time. Prints a table for docs/experiments.md; a variant whose figures lie in FOLDER is not trained again. A short run
says what helps early, not what helps in the end.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import astuple
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from qa.reader import data, shares, train
from qa.reader.base import Weights
from qa.reader.evaluate import Scored, figures, score
from qa.reader.large_net import RANK
from qa.reader.misses import Misses
from qa.reader.net import Floats, Reader, twin
from qa.reader.sets import streams
from qa.reader.train import Plan, Trainer, prepare
from qa.reader.tried import tell

RATE, SEED = 1e-4, 4
ADAPTER_RATE = 1e-3  # adapters begin at nothing and bear a higher rate; 1e-4 would be no fair trial
ROUNDS, MOST = 1000, 200  # of the bootstrap; questions of a set that are tried
Tried = dict[str, list[Scored]]  # of each set, its questions


# -- what is changed --------------------------------------------------------------------------------------------------


def sharing(**share: float) -> Callable[[], contextlib.ExitStack]:
    """The sets are drawn from in these shares from the first step to the last."""
    part = shares.Part(share, shares.FALL.claims)
    return setting((train, "STAY", part), (train, "FALL", part))


def ways(*names: str) -> Callable[[], contextlib.ExitStack]:
    """Near misses are made in these ways alone, where one of them applies."""
    return setting((Misses, "_ways", tuple(one for one in Misses._ways if one[1].__name__ in names)))


def setting(*values: tuple[Any, str, Any]) -> Callable[[], contextlib.ExitStack]:
    """Names of modules or classes are something else for the time of a run."""

    def enter() -> contextlib.ExitStack:
        stack = contextlib.ExitStack()
        for owner, name, value in values:
            stack.enter_context(mock.patch.object(owner, name, value))
        return stack

    return enter


class Narrow(nn.Module):
    """An adapter beside a frozen matrix (Hu et al. 2021)."""

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        self.down = nn.Parameter(torch.empty(RANK, weight.shape[1]))
        self.up = nn.Parameter(torch.zeros(weight.shape[0], RANK))
        nn.init.kaiming_uniform_(self.down, a=5**0.5)

    def forward(self, weight: Tensor) -> Tensor:
        """weight: (out, in)."""
        return weight + self.up @ self.down


def adapted(base: Weights, frozen: int) -> list[Reader]:
    """As `net.twins`, every layer frozen, with adapters beside its matrices."""
    mine = Reader(base)
    mine.layer.requires_grad_(False)
    for module in [one for one in mine.layer.modules() if isinstance(one, nn.Linear)]:
        parametrize.register_parametrization(module, "weight", Narrow(module.weight))
    return [mine, twin(mine)]


def with_ours(plan: Plan, tokenizer: Any, ours: bool) -> Any:
    """The streams with what we wrote."""
    return streams(plan, tokenizer, ours=True)


OTHER_RULES = ("_without_answer", "_other_question", "_swapped_question", "_swapped_window", "_opposite", "_negated",
               "_attribute")  # fmt: skip
RETRIEVED = ("_near_by_words", "_near_by_meaning")
NO_HUMAN = {name: value for name, value in shares.FALL.pairs.items() if name != "squad2_misses"}
VARIANTS: dict[str, Callable[[], contextlib.ExitStack]] = {
    "as it is": setting(),
    "mixing: SQuAD 1.1 alone, and human near misses": sharing(squad11_trainpart=0.66, squad2=0.08, squad2_misses=0.26),
    "mixing: what we wrote as well": setting((train, "STAY", shares.FURTHER), (train, "FALL", shares.FURTHER)),
    "negatives: no human ones": sharing(**NO_HUMAN),
    "negatives: another paragraph of the article alone": ways("_other_window"),
    "negatives: BM25 and dense neighbours alone": ways(*RETRIEVED),
    "negatives: without BM25 and dense neighbours": ways("_other_window", *OTHER_RULES),
    "window: whole paragraphs alone": setting((data, "SHORT", 0.0)),
    "length: at most 70 words": setting((data, "MOST_WORDS", (70,))),
    "frozen layers: none": setting((train, "FROZEN", 0)),
    "adapters of rank 8 instead of weights": setting((train, "twins", adapted)),
    "no distillation from the cross-encoder": setting((train, "TEACHER", 0.0)),
}


# -- what comes of it -------------------------------------------------------------------------------------------------


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m bench.teaches", description=__doc__)
    parser.add_argument("data", type=Path)
    for name in ("claims", "squad2", "base", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=150)
    parser.add_argument("--only", help="variants whose names hold this")
    plan = parser.parse_args()
    found: dict[str, Tried] = {}
    for name, change in VARIANTS.items():
        path = plan.out / f"{name.translate(str.maketrans(' :', '__'))}.json"
        if not path.is_file() and (not plan.only or plan.only in name):
            plan.out.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(tried(name, change, plan), default=astuple))
        if path.is_file():
            kept = json.loads(path.read_text())
            found[name] = {one: [Scored(*row) for row in rows] for one, rows in kept.items()}
    sys.stdout.write("\n".join(table(found)) + "\n")


def tried(name: str, change: Callable[[], contextlib.ExitStack], plan: argparse.Namespace) -> Tried:
    """Train a variant and try it."""
    rate = ADAPTER_RATE if name.startswith("adapters") else RATE
    began = time.time()
    quiet = mock.patch.multiple(train, CLAIMS=2, SAVE_EVERY=10**9, TRY_EVERY=10**9, try_out=lambda *_: None)
    wanted = Plan(
        plan.data, plan.claims, plan.squad2, plan.out, plan.base, plan.steps, rate, SEED, resume=False,
        decay_from=train.WARM_UP, decay_steps=plan.steps - train.WARM_UP, start=None, mix=1.0,
    )  # fmt: skip
    prepare(SEED, plan.out)
    # Every variant is tried on the same questions, those of what we wrote among them.
    with quiet, mock.patch.object(train, "streams", with_ours), change():
        trainer = Trainer(wanted)
        trainer.run()
    tell(f"{name}: trained in {time.time() - began:.0f} s")
    read = Floats(trainer.models[0], trainer.tokenizer).read
    found: Tried = {}
    for held, asked in trainer.dev.items():
        some = asked[:: max(1, len(asked) // MOST)]
        found[held] = list(trainer.pool.map(lambda one: score(read, one, one.title), some))
    return found


def table(found: dict[str, Tried]) -> Iterator[str]:
    """Rows of Markdown: the means over the sets, and how far they are from those of the first row."""
    rng = np.random.default_rng(SEED)
    first = next(iter(found.values()))
    drawn = [{one: rng.integers(0, len(rows), len(rows)) for one, rows in first.items()} for _ in range(ROUNDS)]
    middle, before = means(first), np.array([means(first, one) for one in drawn])
    yield "| variant | F1 | AUC | F1, from the first row | AUC, from the first row |"
    yield "| --- | --- | --- | --- | --- |"
    for name, rows in found.items():
        apart = np.quantile(np.array([means(rows, one) for one in drawn]) - before, (0.025, 0.975), axis=0)
        (f1, area), (low, high) = means(rows), apart
        cells = [
            f"{f1 - middle[0]:+.1f} [{low[0]:+.1f}, {high[0]:+.1f}]",
            f"{area - middle[1]:+.3f} [{low[1]:+.3f}, {high[1]:+.3f}]",
        ]
        yield f"| {name} | {f1:.1f} | {area:.3f} | {' | '.join(['', ''] if rows is first else cells)} |"


def means(rows: Tried, places: dict[str, Any] | None = None) -> tuple[float, float]:
    """(F1 in percent, AUC), means over the sets that have them. places: which questions of each set; None: all."""
    told = [figures([each[at] for at in places[one]] if places else each) for one, each in rows.items()]
    areas = [one["auc"] for one in told if "auc" in one]
    return sum(one["f1"] for one in told) / len(told), sum(areas) / len(areas)


if __name__ == "__main__":
    main()
