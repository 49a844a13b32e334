"""A training that is stopped goes on as if it had not been."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from qa.reader import checkpoint


def trained(model: nn.Module, optimizer: torch.optim.Optimizer, steps: int) -> list[torch.Tensor]:
    for _ in range(steps):
        optimizer.zero_grad()
        model(torch.ones(1, 3)).sum().backward()
        optimizer.step()
    return [value.detach().clone() for value in model.parameters()]


def new(seed: int) -> tuple[nn.Module, torch.optim.Optimizer]:
    torch.manual_seed(seed)
    model = nn.Linear(3, 2)
    return model, torch.optim.AdamW(model.parameters(), lr=0.1)


def test_a_training_resumed_learns_what_it_would_have_learnt_unstopped(tmp_path: Path) -> None:
    model, optimizer = new(1)
    trained(model, optimizer, 3)
    checkpoint.save(tmp_path, model, optimizer, 3, {"squad2": 7})
    unstopped = trained(model, optimizer, 3)
    other, its = new(2)
    assert checkpoint.step_of(tmp_path) == 3 and checkpoint.step_of(tmp_path / "none") == 0
    assert checkpoint.resume(tmp_path, other, its) == (3, {"squad2": 7})
    assert all(torch.equal(one, two) for one, two in zip(trained(other, its, 3), unstopped, strict=True))
    assert [path.name for path in tmp_path.iterdir()] == [checkpoint.FILE]


def test_a_training_that_starts_with_a_checkpoint_begins_with_its_weights_alone(tmp_path: Path) -> None:
    model, optimizer = new(1)
    weights = trained(model, optimizer, 3)
    checkpoint.save(tmp_path, model, optimizer, 3, {})
    other, its = new(2)
    checkpoint.weights(tmp_path / checkpoint.FILE, other)
    assert all(torch.equal(one, two) for one, two in zip(other.parameters(), weights, strict=True))
    assert not its.state


def test_a_checkpoint_without_a_weight_that_the_model_has_is_no_start(tmp_path: Path) -> None:
    model, optimizer = new(1)
    checkpoint.save(tmp_path, model, optimizer, 0, {})
    with pytest.raises(KeyError):
        checkpoint.weights(tmp_path / checkpoint.FILE, nn.Sequential(nn.Linear(3, 2)))
