"""Trains the reader: python -m qa.reader.train DATA --claims FOLDER --squad2 FOLDER --base MODEL --out FOLDER

DATA is the folder `reader_train`, --claims is `claims_train`; of `squad2_dev` only the eight articles with the smallest
ids are read. Two threads each take half a batch. The learning rate warms up, stays, and falls in a last part that may
begin at any checkpoint:

    --steps N               warm up and stay until N
    --resume                go on at the last checkpoint
    --decay-from STEP       let it fall from that step on, over --decay-steps; ends the run
    --start WEIGHTS         begin with a reader.safetensors, and learn from what we wrote as well (`written.py`);
                            ends with `mixed.safetensors`, --mix of the way from those weights to the ones learnt

SIGTERM writes a checkpoint and stops; what is left of a chunk of pairs is then skipped. The same seed draws the same
pairs. Nothing goes by the clock, so that the run may be halted at any time.
"""

from __future__ import annotations

import argparse
import random
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import torch
import torch.nn.functional as F
from safetensors.numpy import load_file as load_numpy
from safetensors.torch import save_file
from torch import Tensor

from qa.reader import checkpoint
from qa.reader.base import Weights, cross_encoder
from qa.reader.batch import MADE, Batch, ClaimBatch
from qa.reader.claims import Made
from qa.reader.export import dequantised
from qa.reader.model import load_tokenizer
from qa.reader.net import Outputs, Reader, learn, quick, twins
from qa.reader.sets import streams
from qa.reader.shares import FALL, FURTHER, STAY
from qa.reader.tried import tell, try_out

PAIRS = 16  # of a batch: 32 windows
CLAIMS = 24  # of a batch
WARM_UP = 60  # steps
FROZEN = 4  # layers, the lowest: a fifth fewer multiplications a step; F1 rises slower (docs/experiments.md)
SAVE_EVERY, TELL_EVERY, TRY_EVERY = 100, 10, 250  # steps
# Of the losses: the span's is 1. Those with a margin compare the two windows of a pair.
ANSWERS, ANSWERS_MARGIN, RELEVANCE_MARGIN, TEACHER, SUPPORTS = 1.0, 0.5, 0.3, 0.15, 1.0
TAUGHT = 1  # pairs of each half batch that the cross-encoder scores as well


@dataclass(frozen=True, slots=True)
class Plan:
    """What the command line asks for."""

    data: Path
    claims: Path
    squad2: Path
    out: Path
    base: Path
    steps: int
    rate: float
    seed: int
    resume: bool
    decay_from: int | None
    decay_steps: int
    start: Path | None
    mix: float


class Trainer:
    """Two copies of the model over the same weights, one for each thread; gradients are added up."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        base = cross_encoder(plan.base)
        self.teacher = Reader(base).requires_grad_(False)
        self.models = twins(base, FROZEN)
        self.before = begin_with(self.models[0], plan.start) if plan.start else {}
        self.tokenizer = load_tokenizer(plan.base.parent / "tokenizer.json")
        ours = plan.start is not None
        drawn = streams(plan, self.tokenizer, ours)
        self.mix, self.claims, self.dev, self.claims_dev = drawn.pairs, drawn.claims, drawn.dev, drawn.claims_dev
        rng = random.Random(plan.seed)
        made = Made([one for name in self.dev if name != "squad2" for one in self.dev[name]])
        self.claims_dev[MADE] = [made.draw(rng) for _ in range(200)]
        self.optimizer = torch.optim.AdamW(groups(self.models[0]), lr=plan.rate, betas=(0.9, 0.98), fused=True)
        self.step = 0
        self.pool = ThreadPoolExecutor(2)
        self.stopped = False

    def run(self) -> None:
        """Train until the plan's last step, or until stopped."""
        plan = self.plan
        last = plan.steps if plan.decay_from is None else plan.decay_from + plan.decay_steps
        began, sums, seen = time.time(), torch.zeros(7), 0
        while self.step < last and not self.stopped:
            falling = plan.decay_from is not None and self.step >= plan.decay_from
            part = FURTHER if self.before else FALL if falling else STAY
            batches = list(self.mix.batches(part.pairs, PAIRS))
            claims = self.claims.batches(part.claims, CLAIMS, len(batches))
            for halves, claimed in zip(batches, claims, strict=True):
                sums += self.train(halves, claimed)
                seen += sum(int(half.lengths.sum()) for half in halves)
                seen += sum(int(half.lengths.sum()) for half in claimed)
                self.step += 1
                if self.step % TELL_EVERY == 0:
                    said = " ".join(f"{value:.3f}" for value in (sums / TELL_EVERY).tolist())
                    speed = f"{seen / (time.time() - began):.0f} pieces/s"
                    tell(f"step {self.step} rate {self.rate():.2e} losses {said} {speed}")
                    began, sums, seen = time.time(), torch.zeros(7), 0
                if self.step % TRY_EVERY == 0 or self.step == last:
                    held_out = self.dev, self.claims_dev
                    try_out(self.models[0], self.tokenizer, self.pool, *held_out, f"step {self.step}")
                    began = time.time()
                if self.stopped or self.step == last:
                    break
                if self.step % SAVE_EVERY == 0:
                    self.save()
        self.save()
        if self.before:
            save_mixed(self.before, self.models[0], plan.mix, plan.out)

    def train(self, halves: list[Batch], claims: list[ClaimBatch]) -> Tensor:
        """One step. The parts of the loss, for the log."""
        parts = list(self.pool.map(self._half, self.models, halves, claims))
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate() * group["times"]
        learn(self.models, self.optimizer)
        return torch.stack(parts).mean(0)

    def _half(self, model: Reader, batch: Batch, claims: ClaimBatch) -> Tensor:
        with quick():
            out = model(batch.ids, batch.types, batch.lengths)
        taught = self._taught(batch)
        parts = losses(out, batch, *taught)
        parts[0].backward()  # type: ignore[no-untyped-call]
        with quick():
            supports = model(claims.ids, claims.types, claims.lengths).supports
        supported = SUPPORTS * F.binary_cross_entropy_with_logits(supports, claims.supported)
        supported.backward()  # type: ignore[no-untyped-call]
        return torch.cat([parts.detach(), supported.detach()[None]])

    def _taught(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """(rows, the cross-encoder's relevance of them)."""
        pairs = len(batch.same_question)
        rows = torch.tensor([*range(TAUGHT), *range(pairs, pairs + TAUGHT)])
        with torch.no_grad(), quick():
            return rows, self.teacher(batch.ids[rows], batch.types[rows], batch.lengths[rows]).relevance

    def rate(self) -> float:
        """The learning rate at this step."""
        plan = self.plan
        if plan.decay_from is not None and self.step >= plan.decay_from:
            return plan.rate * max(0.01, 1 - (self.step - plan.decay_from) / plan.decay_steps)
        return plan.rate * min(1.0, (self.step + 1) / WARM_UP)

    def save(self) -> None:
        """The checkpoint."""
        taken = self.mix.taken | self.claims.taken
        checkpoint.save(self.plan.out, self.models[0], self.optimizer, self.step, taken)

    def load(self) -> None:
        """Go on where the checkpoint is."""
        self.step, taken = checkpoint.resume(self.plan.out, self.models[0], self.optimizer)
        self.mix.taken = {name: taken[name] for name in self.mix.taken}
        self.claims.taken = {name: taken.get(name, 0) for name in self.claims.taken}
        tell(f"resumed at step {self.step}")


def answering(out: Outputs, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
    """The losses of the span, of whether a window answers, and of the margin between the two windows of a pair."""
    start = F.cross_entropy(out.start.masked_fill(~batch.text, -1e4), batch.start)
    end = F.cross_entropy(out.end.masked_fill(~batch.text, -1e4), batch.end)
    answers = F.binary_cross_entropy_with_logits(out.answers, batch.answered)
    right, wrong = out.answers.chunk(2)
    return (start + end) / 2, answers, F.softplus(wrong - right).mean()


def losses(out: Outputs, batch: Batch, rows: Tensor, taught: Tensor) -> Tensor:
    """(all, span, answers, answers' margin, relevance's margin, teacher); support comes on top."""
    span, answers, margin = answering(out, batch)
    right, wrong = out.relevance.chunk(2)
    ranked = (F.softplus(wrong - right) * batch.same_question).sum() / max(1, int(batch.same_question.sum()))
    teacher = F.smooth_l1_loss(out.relevance[rows], taught.float())
    total = span + ANSWERS * answers + ANSWERS_MARGIN * margin + RELEVANCE_MARGIN * ranked + TEACHER * teacher
    return torch.stack([total, span, answers, margin, ranked, teacher])


def groups(model: Reader) -> list[dict]:  # type: ignore[type-arg]
    """Matrices with decay, the rest without; heads that begin at nothing learn five times as fast."""
    new = ("span", "answers", "supports")
    named = [(name, value) for name, value in model.named_parameters() if value.requires_grad]
    picked: list[tuple[float, float, Callable[[str, Tensor], bool]]] = [
        (1, 0.01, lambda name, value: not name.startswith(new) and value.dim() > 1),
        (1, 0.0, lambda name, value: not name.startswith(new) and value.dim() == 1),
        (5, 0.0, lambda name, value: name.startswith(new)),
    ]
    return [
        {"params": [value for name, value in named if chosen(name, value)], "times": times, "weight_decay": decay}
        for times, decay, chosen in picked
    ]


def begin_with(model: Reader, start: Path) -> Weights:
    """Load the weights that ship, and return them as floats."""
    before = dequantised(load_numpy(start))
    model.load_state_dict({name: torch.from_numpy(value.copy()) for name, value in before.items()})
    return before


def mixed(before: Weights, after: dict[str, Tensor], share: float) -> dict[str, Tensor]:
    """`share` of the way from the weights before to those after."""
    found = {}
    for name, value in after.items():
        old = torch.from_numpy(before[name])
        found[name] = (old + share * (value - old)).contiguous()
    return found


def save_mixed(before: Weights, model: Reader, share: float, folder: Path) -> None:
    """`mixed.safetensors`, as `export.py` takes it."""
    found = mixed(before, model.state_dict(), share)
    save_file({f"model.{name}": value for name, value in found.items()}, folder / "mixed.safetensors")


class Stoppable(Protocol):
    """A training that ends after the step in which `stopped` is set."""

    stopped: bool

    def run(self) -> None:
        """Train."""


def prepare(seed: int, out: Path) -> None:
    """One thread for each half of a batch, seeded; the folder for checkpoints."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    out.mkdir(parents=True, exist_ok=True)


def run_until_stopped(trainer: Stoppable) -> None:
    """Train; SIGTERM stops it."""

    def stop(*_: object) -> None:
        trainer.stopped = True

    signal.signal(signal.SIGTERM, stop)
    trainer.run()


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m qa.reader.train", description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--claims", type=Path, required=True)
    parser.add_argument("--squad2", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--base", type=Path, required=True, help="the cross-encoder's model.onnx, in its folder")
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--rate", type=float, default=1e-4)
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--decay-from", type=int)
    parser.add_argument("--decay-steps", type=int, default=600)
    parser.add_argument("--start", type=Path, help="the reader.safetensors to begin with")
    parser.add_argument("--mix", type=float, default=0.7, help="with --start: how far to go, 0 to 1")
    plan = Plan(**vars(parser.parse_args()))
    prepare(plan.seed, plan.out)
    trainer = Trainer(plan)
    if plan.resume:
        trainer.load()
    run_until_stopped(trainer)


if __name__ == "__main__":
    main()
