"""A training's checkpoint: weights under `model.`, the optimizer's under `adam.`, and how far it is, in one file.

Knows nothing of which model it is or of what is learnt.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

FILE = "checkpoint.safetensors"
KEPT = ("step", "exp_avg", "exp_avg_sq")  # of Adam, for each parameter that has learnt
Taken = dict[str, int]  # of each set, how many examples were drawn


def save(folder: Path, model: nn.Module, optimizer: torch.optim.Optimizer, step: int, taken: Taken) -> None:
    """Write it, whole or not at all. What a model keeps besides its parameters does not change and is not in it."""
    tensors = {}
    for name, parameter in model.named_parameters():
        tensors[f"model.{name}"] = parameter.detach().contiguous()
        for what, value in optimizer.state.get(parameter, {}).items():
            tensors[f"adam.{what}.{name}"] = value.contiguous()
    part = folder / "checkpoint.part"
    save_file(tensors, part, {"step": str(step), "taken": json.dumps(taken)})
    os.replace(part, folder / FILE)


def weights(path: Path, model: nn.Module) -> None:
    """The checkpoint's weights into the model. Raises KeyError where one is missing."""
    _into(model, load_file(path))


def _into(model: nn.Module, tensors: dict[str, Tensor]) -> None:
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(tensors[f"model.{name}"])


def resume(folder: Path, model: nn.Module, optimizer: torch.optim.Optimizer) -> tuple[int, Taken]:
    """Weights and optimizer as they were, the step and what had been drawn."""
    tensors = load_file(folder / FILE)
    _into(model, tensors)
    for name, parameter in model.named_parameters():
        if f"adam.step.{name}" in tensors:
            optimizer.state[parameter].update({what: tensors[f"adam.{what}.{name}"] for what in KEPT})
    told = _told(folder)
    return int(told["step"]), json.loads(told["taken"])


def step_of(folder: Path) -> int:
    """The step of the folder's checkpoint; 0 where there is none."""
    return int(_told(folder)["step"]) if (folder / FILE).is_file() else 0


def _told(folder: Path) -> dict[str, str]:
    with safe_open(folder / FILE, "pt") as file:
        return dict(file.metadata())
