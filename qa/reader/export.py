"""A training checkpoint to `reader.safetensors`, int8: python -m qa.reader.export CHECKPOINT DATA --base MODEL FOLDER

Prints the file's SHA-256, which stands in `model.py`. Each column of a weight matrix has one scale, its largest
absolute value over 127. A few of the activations are ten times as large as the rest, which would leave the rest few
steps: as in SmoothQuant (Xiao et al. 2023) a part of their size moves into the weights, by what a few windows of DATA
show. Knows nothing of training.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors.numpy import load_file, save_file
from torch import Tensor, nn

from qa.reader.base import LAYERS, Weights
from qa.reader.data import article_ids, read_set
from qa.reader.graph import READER, SMOOTHED, shapes
from qa.reader.int8 import Tensors, dense
from qa.reader.net import from_checkpoint

Read = Callable[[str, Sequence[tuple[str, str]]], object]

# Mean change of a span's logit by int8, of 0, .5, .75, .9 and 1: .067, .088, .038, .041, .052 (24 questions).
MOVED = 0.75  # the power of an activation's size that moves into the weights
ATTEND = ("query", "key", "value")  # stored as one matrix
SHOWN = 40  # questions whose paragraphs are looked at
SHOWN_SET = "squadshifts_new_wiki"


def sizes(layers: Iterable[nn.Module], read: Read, data: Path) -> Weights:
    """The largest absolute value of each input of the smoothed matrices, on some paragraphs of a training set."""
    found: dict[str, Tensor] = {}

    def watch(name: str, dense: nn.Module) -> None:
        def look(_: nn.Module, inputs: tuple[Tensor, ...]) -> None:
            largest = inputs[0].detach().float().abs().amax((0, 1))
            found[name] = torch.maximum(found.get(name, largest), largest)

        dense.register_forward_pre_hook(look)

    for place, layer in enumerate(layers):
        for name in SMOOTHED:
            watch(f"layer.{place}.{name}", getattr(layer, name))
    asked = read_set(data / SHOWN_SET, article_ids(data / SHOWN_SET)[:2])
    for one in asked[:: max(1, len(asked) // SHOWN)]:
        read(one.question, [(one.title, one.told)])
    return {name: value.numpy() for name, value in found.items()}


def quantised(weights: Weights, largest: Weights) -> Tensors:
    """The tensors that the graph asks for, from those of the torch model."""
    found: Tensors = {}
    for layer in range(LAYERS):
        at = f"layer.{layer}."
        attend = [at + name for name in ATTEND]
        found |= _dense(at + "attend", *(_joined(weights, attend, kind) for kind in ("weight", "bias")))
        for name in ("mixed", "inner", "outer"):
            dense = weights[f"{at}{name}.weight"], weights[f"{at}{name}.bias"]
            found |= _dense(at + name, *dense, largest.get(at + name))
        for norm in ("mixed_norm", "outer_norm"):
            for kind in (".weight", ".bias"):
                found[at + norm + kind] = weights[at + norm + kind]
    for head in READER.output_heads:
        found[head + ".weight"], found[head + ".bias"] = weights[head + ".weight"].T.copy(), weights[head + ".bias"]
    return {name: found[name].astype(kind).reshape(shape) for name, (kind, shape) in shapes().items()}


def dequantised(stored: Tensors) -> Weights:
    """The other way round, as near as int8 comes: the tensors of the torch model from those of `reader.safetensors`."""
    found: Weights = {}
    for name, value in stored.items():
        stem, kind = name.rsplit(".", 1)
        if value.dtype == np.int8:
            weight = value.T.astype(np.float32) * stored[f"{stem}.scale"].astype(np.float32)[:, None]
            smooth = stored.get(f"{stem}.smooth", np.ones(1)).astype(np.float32)
            found[name] = weight * smooth
        elif kind in ("weight", "bias"):
            plain = value.astype(np.float32)
            found[name] = plain.T if stem in READER.output_heads and kind == "weight" else plain
    for name in [name for name in found if ".attend." in name]:
        parts = np.split(found.pop(name), 3)
        found |= {name.replace("attend", part): value for part, value in zip(ATTEND, parts, strict=True)}
    return {name: np.ascontiguousarray(value, dtype=np.float32) for name, value in found.items()}


def _joined(weights: Weights, names: list[str], kind: str) -> npt.NDArray[np.float32]:
    return np.concatenate([weights[f"{name}.{kind}"] for name in names])


def _dense(
    name: str,
    weight: npt.NDArray[np.float32],
    bias: npt.NDArray[np.float32],
    largest: npt.NDArray[np.float32] | None = None,
) -> Tensors:
    """As `int8.dense`. largest: of the inputs, where they are smoothed."""
    return dense(name, weight, bias, None if largest is None else moved(weight, largest))


def moved(weight: npt.NDArray[np.float32], largest: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """What each input of a matrix (out, in) is divided by, from the largest that was seen of it; 1 on average."""
    found = np.maximum(largest, 1e-3) ** MOVED / np.maximum(np.abs(weight).max(axis=0), 1e-4) ** (1 - MOVED)
    out: npt.NDArray[np.float32] = found / found.mean()
    return out


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m qa.reader.export", description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("data", type=Path, help="the folder reader_train")
    parser.add_argument("--base", type=Path, required=True, help="the cross-encoder's model.onnx, in its folder")
    parser.add_argument("folder", type=Path, help="where reader.safetensors is written")
    plan = parser.parse_args()
    tensors = load_file(plan.checkpoint)
    weights = {name.removeprefix("model."): value for name, value in tensors.items() if name.startswith("model.")}
    file = plan.folder / "reader.safetensors"
    floats = from_checkpoint(plan.checkpoint, plan.base)
    save_file(quantised(weights, sizes(floats.model.layer, floats.read, plan.data)), file)
    data = file.read_bytes()
    sys.stdout.write(f"{len(data)} bytes, SHA-256 {hashlib.sha256(data).hexdigest()}\n")


if __name__ == "__main__":
    main()
