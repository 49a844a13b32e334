"""How sure the checker must be: python -m bench.gate READER_TRAIN [--weights FILE --base MODEL]

On the development halves alone (even ids of seeds/claims.jsonl; of qa/reader/written.jsonl what the training held back;
edits of the samples with the seed that the rules were tuned on): the shares of faithful sentences lost and of others
stopped, for several CARRIED, with the rules' objections passed over as OBJECTED says, or never. What qa/gate.py's
constants were chosen by; what they then reach on the other halves, bench/support.py tells. --weights: a checkpoint of a
training run instead of the weights that ship.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.support import FAITHFUL, edited, hand_written
from qa import gate
from qa.agree import disagreements
from qa.reader.model import ReaderModel
from qa.reader.written import read_written

EDITS, SEED = 300, 5
LEAST = (-4.5, -4.0, -3.75, -3.5, -3.25, -3.0, -2.75, -2.5, -2.0, -1.5, -1.0, 0.0)
Supports = Callable[[str, list[tuple[str, str]]], list[float]]


@dataclass(frozen=True, slots=True)
class Judged:
    """A claim with what the rules object to and the checker's logit. kinds: of the objections."""

    kinds: frozenset[str]
    logit: float
    supported: bool

    def stopped(self, least: float, objected: Mapping[str, float]) -> bool:
        """As `qa.gate.objection` decides."""
        return self.logit < least or any(self.logit < objected.get(kind, float("inf")) for kind in self.kinds)


def main() -> int:
    parser = argparse.ArgumentParser(description="Sweep the gate's thresholds over the development halves.")
    parser.add_argument("data", type=Path, help="folder reader_train")
    parser.add_argument("--weights", type=Path, help="float weights of a training run")
    parser.add_argument("--base", type=Path, help="with --weights: model.onnx of the cross-encoder")
    options = parser.parse_args()
    supports, judged = checker(options), defaultdict(list)
    for name, claim, words, context, supported in rows(options.data):
        kinds = frozenset(one.kind for one in disagreements(claim, words, context))
        judged[name].append(Judged(kinds, supports(claim, [(context, words)])[0], supported))
    for label, objected in (("as OBJECTED says", gate.OBJECTED), ("never", {})):
        print(f"objections passed over {label}:")
        for least in LEAST:
            print(f"  {least:+.1f}  {'  '.join(cells(judged, least, objected))}", flush=True)
    return 0


def checker(options: argparse.Namespace) -> Supports:
    """The one that ships, or a checkpoint's."""
    if not options.weights:
        return ReaderModel().supports
    from qa.reader.net import from_checkpoint

    return from_checkpoint(options.weights, options.base).supports


def cells(judged: Mapping[str, list[Judged]], least: float, objected: Mapping[str, float]) -> Iterator[str]:
    """For each set the share of faithful sentences lost, and of the others stopped."""
    for name, found in judged.items():
        for supported, word in ((True, "lost"), (False, "stopped")):
            mine = [one.stopped(least, objected) for one in found if one.supported == supported]
            if mine:
                yield f"{name} {word} {sum(mine) / len(mine):.3f}"


def rows(data: Path) -> Iterator[tuple[str, str, str, str, bool]]:
    """(set, claim, words, title and date, is it supported?)"""
    for kind, claim, words, context in hand_written(odd=False):
        yield "samples", claim, words, context, kind == FAITHFUL
    for name, (_, tried) in read_written(data).items():
        for one in tried.claims:
            yield name, one.text, " ".join(one.evidence.split()), one.header, one.supported
    for _, claim, words, context in edited(EDITS, SEED):
        yield "edits", claim, words, context, False


if __name__ == "__main__":
    sys.exit(main())
