"""A checkpoint of the large reader to `adapter.safetensors`: python -m qa.reader.large_export CHECKPOINT DATA

Adapters in int8, a scale for each rank, with what moves from the activations into the weights when both are made one
(as in `export.py`). Prints the SHA-256 of it and of the reader made of it, which stand in `mpnet.py`. Knows nothing
of training.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor

from qa.reader import checkpoint, mpnet
from qa.reader.base import LAYERS
from qa.reader.export import moved, sizes
from qa.reader.graph import LARGE, SMOOTHED
from qa.reader.large import tokenizer
from qa.reader.large_net import DENSE, Large, Reading


def adapter(model: Large, largest: dict[str, np.ndarray]) -> dict[str, Tensor]:
    """The tensors of `adapter.safetensors`. largest: of the inputs of the smoothed matrices."""
    found: dict[str, Tensor] = {}
    for number in range(LAYERS):
        for name in DENSE:
            at, dense = f"layer.{number}.{name}", getattr(model.layer[number], name)
            for side, rows in (("down", dense.down.detach()), ("up", dense.up.detach().T)):
                scale = rows.abs().amax(1).clamp(min=1e-9) / 127
                found[f"{at}.{side}"] = (rows / scale[:, None]).round().to(torch.int8).contiguous()
                found[f"{at}.{side}_scale"] = scale
            if name in SMOOTHED:
                whole = dense.weight.float() + dense.up.detach() @ dense.down.detach() * mpnet.TIMES
                found[f"{at}.moved"] = torch.from_numpy(moved(whole.numpy(), largest[at])).half()
    for head in LARGE.output_heads:
        found[f"{head}.weight"] = getattr(model, head).weight.detach().T.contiguous()
        found[f"{head}.bias"] = getattr(model, head).bias.detach()
    return found


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m qa.reader.large_export", description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("data", type=Path, help="the folder reader_train")
    plan = parser.parse_args()
    folder = mpnet.unpack(plan.checkpoint.parent / "base")
    weights = (folder / "model.safetensors").read_bytes()
    model = Large(mpnet.tensors_of(weights))
    checkpoint.weights(plan.checkpoint, model)
    read = Reading(model, tokenizer(folder / "tokenizer.json")).read
    save_file(adapter(model, sizes(model.layer, read, plan.data)), mpnet.ADAPTER)
    for name, data in (("adapter", mpnet.ADAPTER.read_bytes()), ("made", mpnet.merged(weights))):
        sys.stdout.write(f"{name}: {len(data)} bytes, SHA-256 {hashlib.sha256(data).hexdigest()}\n")


if __name__ == "__main__":
    main()
