"""Trains the reader's upper layers further, on what we wrote: python -m qa.reader.again DATA … --out FOLDER

    python -m qa.reader.again DATA --claims FOLDER --squad2 FOLDER --base MODEL --start reader.safetensors --out FOLDER

The lower layers stay, and what they make of every window is computed once and kept, so that going over the same pairs
several times takes a third of the time: this is meant for processors without bf16. The pairs are those of `train.py`,
mixed otherwise: near misses and claims written by hand most (`written.py`), the others so that nothing is forgotten.
The rate warms up and falls to nothing. The same seed draws the same pairs. Writes `checkpoint.safetensors` after every
round, and at the end `mixed.safetensors`, between the weights before and after (Wortsman et al. 2022, "Robust
fine-tuning of zero-shot models"). A run that is stopped begins anew.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import Tensor

from qa.reader.base import LAYERS, cross_encoder
from qa.reader.batch import Batch, ClaimBatch
from qa.reader.model import load_tokenizer
from qa.reader.net import Reader, learn, quick, trained, twins
from qa.reader.sets import streams
from qa.reader.shares import AGAIN
from qa.reader.train import PAIRS, begin_with, losses, prepare, save_mixed
from qa.reader.tried import tell, try_out

KEPT_LAYERS = 7  # of twelve, the lowest
CHUNKS = 12  # of 512 pairs
CLAIMS = 16  # of a step
WARM_UP = 60  # steps
TELL_EVERY = 20


@dataclass(frozen=True, slots=True)
class Kept:
    """Half a step's pairs and claims, as the lower layers leave them."""

    pairs: Batch
    hidden: Tensor
    relevance: Tensor  # of the pairs' rows, before anything is learnt: it stays the teacher's word
    claims: ClaimBatch
    claimed: Tensor


class Again:
    """Two copies of the model over the same weights, one for each thread; gradients are added up."""

    def __init__(self, plan: argparse.Namespace) -> None:
        self.plan = plan
        self.models = twins(cross_encoder(plan.base), KEPT_LAYERS)
        self.before = begin_with(self.models[0], plan.start)
        self.tokenizer = load_tokenizer(plan.base.parent / "tokenizer.json")
        self.pool = ThreadPoolExecutor(2)

    def load(self) -> None:
        """The data, and what is held back of it."""
        plan = self.plan
        drawn = streams(plan, self.tokenizer, ours=True)
        self.mix, self.claims, self.dev, self.claims_dev = drawn.pairs, drawn.claims, drawn.dev, drawn.claims_dev

    def keep(self) -> Iterator[Kept]:
        """Everything that will be learnt from, in halves of a step."""
        for number in range(CHUNKS):
            batches = [half for halves in self.mix.batches(AGAIN.pairs, PAIRS) for half in halves]
            steps = self.claims.batches(AGAIN.claims, CLAIMS, len(batches) // 2)
            claims = [half for halves in steps for half in halves]
            yield from self.pool.map(self._kept, batches, claims)
            tell(f"kept {(number + 1) * len(batches) // 2} steps")

    def _kept(self, pairs: Batch, claims: ClaimBatch) -> Kept:
        hidden = self._lower(pairs)
        with torch.no_grad(), quick():
            whole = self.models[0].through(hidden.float(), pairs.lengths, KEPT_LAYERS, LAYERS)
            relevance = self.models[0].outputs(whole).relevance
        return Kept(pairs, hidden, relevance, claims, self._lower(claims))

    def _lower(self, batch: Batch | ClaimBatch) -> Tensor:
        model = self.models[0]
        with torch.no_grad(), quick():
            hidden = model.embed(batch.ids, batch.types)
            return model.through(hidden, batch.lengths, 0, KEPT_LAYERS).to(torch.bfloat16)

    def run(self) -> None:
        """Keep, then go over it `--rounds` times."""
        self.load()
        kept = list(self.keep())
        optimizer = torch.optim.AdamW(trained(self.models[0]), lr=self.plan.rate, betas=(0.9, 0.98), weight_decay=0.01)
        steps, step, sums, began = len(kept) // 2 * self.plan.rounds, 0, torch.zeros(7), time.time()
        rng = random.Random(self.plan.seed)
        for number in range(self.plan.rounds):
            order = rng.sample(kept, len(kept))
            for halves in zip(order[::2], order[1::2], strict=False):
                rate = self.plan.rate * min(1.0, (step + 1) / WARM_UP) * max(0.01, 1 - step / steps)
                optimizer.param_groups[0]["lr"] = rate
                sums += torch.stack(list(self.pool.map(self._half, self.models, halves))).mean(0)
                learn(self.models, optimizer)
                step += 1
                if step % TELL_EVERY == 0:
                    said = " ".join(f"{value:.3f}" for value in (sums / TELL_EVERY).tolist())
                    tell(f"step {step} of {steps} rate {rate:.1e} losses {said} {time.time() - began:.0f} s")
                    sums = torch.zeros(7)
            self.save(step)
            held_out = self.dev, self.claims_dev
            try_out(self.models[0], self.tokenizer, self.pool, *held_out, f"round {number + 1}")
        save_mixed(self.before, self.models[0], self.plan.mix, self.plan.out)

    def _half(self, model: Reader, kept: Kept) -> Tensor:
        with quick():
            out = model.outputs(model.through(kept.hidden.float(), kept.pairs.lengths, KEPT_LAYERS, LAYERS))
        parts = losses(out, kept.pairs, torch.arange(len(kept.relevance)), kept.relevance)
        parts[0].backward()  # type: ignore[no-untyped-call]
        with quick():
            hidden = model.through(kept.claimed.float(), kept.claims.lengths, KEPT_LAYERS, LAYERS)
            supports = model.outputs(hidden).supports
        supported = F.binary_cross_entropy_with_logits(supports, kept.claims.supported)
        supported.backward()  # type: ignore[no-untyped-call]
        return torch.cat([parts.detach(), supported.detach()[None]])

    def save(self, step: int) -> None:
        """The checkpoint, as `export.py` takes it."""
        tensors = {f"model.{name}": value.contiguous() for name, value in self.models[0].state_dict().items()}
        save_file(tensors, self.plan.out / "checkpoint.safetensors", {"step": str(step)})


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m qa.reader.again", description=__doc__)
    parser.add_argument("data", type=Path)
    for name, says in (
        ("claims", "the folder claims_train"),
        ("squad2", "the folder squad2_dev"),
        ("base", "the cross-encoder's model.onnx, in its folder"),
        ("start", "the reader.safetensors to begin with"),
        ("out", "where the checkpoint is written"),
    ):
        parser.add_argument(f"--{name}", type=Path, required=True, help=says)
    parser.add_argument("--rate", type=float, default=8e-5)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--mix", type=float, default=0.7, help="how far from the weights before to those after, 0 to 1")
    parser.add_argument("--seed", type=int, default=5)
    plan = parser.parse_args()
    prepare(plan.seed, plan.out)
    Again(plan).run()


if __name__ == "__main__":
    main()
