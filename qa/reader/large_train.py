"""Trains the large reader's adapter: python -m qa.reader.large_train DATA --claims FOLDER --squad2 FOLDER --out FOLDER

DATA is the folder `reader_train`, --claims is `claims_train` (of which nothing is drawn here); of `squad2_dev` only the
eight articles with the smallest ids are read. The pairs are those of `train.py`, and what we wrote (`written.py`), for
the span and for whether a window answers. Two threads each take half a batch. The learning rate warms up, stays for
HELD of the steps and falls to nothing. SIGTERM writes a checkpoint and stops; --resume goes on there, --start begins
with a checkpoint's weights alone. The same seed draws the same pairs. `large_export.py` makes of it what ships.
"""

from __future__ import annotations

import argparse
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch
from torch import Tensor

from qa.reader import checkpoint, mpnet
from qa.reader.batch import Batch
from qa.reader.evaluate import figures, score
from qa.reader.large import tokenizer
from qa.reader.large_net import Large, Reading, twins
from qa.reader.net import learn
from qa.reader.sets import streams
from qa.reader.shares import LARGE
from qa.reader.train import ANSWERS_MARGIN, answering, prepare, run_until_stopped
from qa.reader.tried import tell

PAIRS = 16  # of a batch: 32 windows
WARM_UP, HELD = 80, 0.3  # steps; share of the steps after which the rate falls
HEADS_TIMES = 2.0  # the heads begin at nothing, and learn so much faster
SAVE_EVERY, TELL_EVERY, TRY_EVERY = 100, 20, 300  # steps


class Trainer:
    """Two copies of the model over the same weights; gradients are added up."""

    def __init__(self, plan: argparse.Namespace) -> None:
        self.plan, self.step, self.stopped = plan, 0, False
        folder = mpnet.unpack(plan.out / "base")
        self.tokenizer = tokenizer(folder / "tokenizer.json")
        self.models = twins(mpnet.tensors_of((folder / "model.safetensors").read_bytes()))
        drawn = streams(plan, self.tokenizer, ours=True)
        self.mix, self.dev = drawn.pairs, drawn.dev
        named = list(self.models[0].named_parameters())
        heads = [value for name, value in named if not name.startswith("layer")]
        adapters = [value for name, value in named if name.startswith("layer")]
        groups = [{"params": adapters, "times": 1.0}, {"params": heads, "times": HEADS_TIMES}]
        self.optimizer = torch.optim.AdamW(groups, lr=plan.rate, betas=(0.9, 0.98), weight_decay=0.0)
        self.pool = ThreadPoolExecutor(2)

    def run(self) -> None:
        """Train until the last step, or until stopped."""
        sums, began = torch.zeros(4), time.time()
        while self.step < self.plan.steps and not self.stopped:
            for halves in list(self.mix.batches(LARGE.pairs, PAIRS)):
                for group in self.optimizer.param_groups:
                    group["lr"] = self.rate() * group["times"]
                sums += torch.stack(list(self.pool.map(half, self.models, halves))).mean(0)
                learn(self.models, self.optimizer)
                self.step += 1
                if self.step % TELL_EVERY == 0:
                    said = " ".join(f"{value:.3f}" for value in (sums / TELL_EVERY).tolist())
                    tell(f"step {self.step} rate {self.rate():.1e} losses {said} {time.time() - began:.0f} s")
                    sums, began = torch.zeros(4), time.time()
                if self.step % SAVE_EVERY == 0:
                    self.save()
                if self.step % TRY_EVERY == 0 or self.step == self.plan.steps:
                    self.try_out()
                if self.stopped or self.step == self.plan.steps:
                    break
        self.save()

    def rate(self) -> float:
        """The learning rate at this step."""
        steps: int = self.plan.steps
        falling = min(1.0, (steps - self.step) / (steps * (1 - HELD)))
        return float(self.plan.rate * min((self.step + 1) / WARM_UP, max(0.01, falling)))

    def try_out(self) -> None:
        """Figures on what was held back, into the log."""
        read = Reading(self.models[0], self.tokenizer).read
        for name, asked in self.dev.items():
            scored = list(self.pool.map(lambda one: score(read, one, one.title), asked))
            said = " ".join(f"{what} {value:.3f}" for what, value in figures(scored).items())
            tell(f"step {self.step} dev {name} {said}")

    def save(self) -> None:
        """The checkpoint: what is learnt alone."""
        checkpoint.save(self.plan.out, self.models[0], self.optimizer, self.step, self.mix.taken)

    def load(self) -> None:
        """Go on where the checkpoint is."""
        self.step, self.mix.taken = checkpoint.resume(self.plan.out, self.models[0], self.optimizer)
        tell(f"resumed at step {self.step}")


def half(model: Large, batch: Batch) -> Tensor:
    """Half a step. (all, span, answers, answers' margin), for the log."""
    out = model(batch.ids, batch.lengths)
    span, answers, margin = answering(out, batch)
    total = span + answers + ANSWERS_MARGIN * margin
    total.backward()  # type: ignore[no-untyped-call]
    return torch.stack([total, span, answers, margin]).detach()


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m qa.reader.large_train", description=__doc__)
    parser.add_argument("data", type=Path)
    for name in ("claims", "squad2", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=1800)
    parser.add_argument("--rate", type=float, default=6e-4)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--start", type=Path, help="a checkpoint to begin with")
    plan = parser.parse_args()
    prepare(plan.seed, plan.out)
    trainer = Trainer(plan)
    if plan.start:
        checkpoint.weights(plan.start, trainer.models[0])
    if plan.resume:
        trainer.load()
    run_until_stopped(trainer)


if __name__ == "__main__":
    main()
