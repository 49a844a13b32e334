"""How a reader in training does on what was held back, in lines of the log. Knows nothing of how it is trained."""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import torch

from qa.reader.batch import claim_batch
from qa.reader.claims import Claim
from qa.reader.data import Asked
from qa.reader.evaluate import auc, figures, score
from qa.reader.net import Floats, Reader, quick

if TYPE_CHECKING:
    from tokenizers import Tokenizer

TRIED = 300  # claims of a set that are tried on
AT_ONCE = 24  # claims
LEAST = (-2, -1, 0, 1)  # logits that the log counts claims above


def try_out(
    model: Reader,
    tokenizer: Tokenizer,
    pool: ThreadPoolExecutor,
    dev: dict[str, list[Asked]],
    claims_dev: dict[str, list[Claim]],
    when: str,
) -> None:
    """Figures on what was held back, into the log."""
    read = Floats(model, tokenizer).read
    for name, asked in dev.items():
        scored = list(pool.map(lambda one: score(read, one, one.title), asked))
        said = " ".join(f"{what} {value:.3f}" for what, value in figures(scored).items())
        tell(f"{when} dev {name} {said}")
    for name, claims in claims_dev.items():
        tell(f"{when} dev {name} {claim_figures(model, tokenizer, claims[:TRIED])}")


def claim_figures(model: Reader, tokenizer: Tokenizer, claims: list[Claim]) -> str:
    """Balanced accuracy at a logit of 0, AUC, and the shares of carried and other claims above some logits."""
    found: list[float] = []
    with torch.no_grad(), quick():
        for at in range(0, len(claims), AT_ONCE):
            batch = claim_batch(tokenizer, claims[at : at + AT_ONCE])
            found += model(batch.ids, batch.types, batch.lengths).supports.tolist()
    good = [value for value, one in zip(found, claims, strict=True) if one.supported]
    bad = [value for value, one in zip(found, claims, strict=True) if not one.supported]
    shares = {least: [sum(value > least for value in side) / len(side) for side in (good, bad)] for least in LEAST}
    cells = ", ".join(f"{least}: {carried:.2f} {other:.2f}" for least, (carried, other) in shares.items())
    return f"balanced {(shares[0][0] + 1 - shares[0][1]) / 2:.3f} auc {auc(good, bad):.3f} above {cells}"


def tell(line: str) -> None:
    """A line of the log."""
    sys.stdout.write(time.strftime("%H:%M:%S ") + line + "\n")
    sys.stdout.flush()
