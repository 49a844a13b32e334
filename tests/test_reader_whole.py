"""Training as a whole: which command comes next, by what has been done. The parts themselves are not run."""

from __future__ import annotations

import signal
import sys
from argparse import Namespace
from itertools import pairwise
from pathlib import Path

import pytest
import torch

from qa.reader import checkpoint, whole
from qa.reader.whole import LARGE, OURS, commands


@pytest.fixture
def plan(tmp_path: Path) -> Namespace:
    out = tmp_path / "out"
    return Namespace(data=Path("data"), claims=Path("claims"), squad2=Path("squad2"), base=Path("base"), out=out)


def reached(folder: Path, step: int) -> None:
    """A checkpoint at this step."""
    folder.mkdir(parents=True, exist_ok=True)
    model = torch.nn.Linear(1, 1)
    checkpoint.save(folder, model, torch.optim.AdamW(model.parameters()), step, {})


def upcoming(plan: Namespace) -> str:
    return " ".join(next(commands(plan))[2:])


def test_it_begins_with_the_first_part_and_goes_on_where_that_was_stopped(plan: Namespace) -> None:
    first, again = OURS[:2]
    folder = plan.out / first.name
    given = f"data --claims claims --squad2 squad2 --base base --out {folder}"
    assert upcoming(plan) == f"qa.reader.train {given} {first.options}"
    reached(folder, 100)
    assert upcoming(plan) == f"qa.reader.train {given} --resume {first.options}"
    reached(folder, first.steps)
    assert upcoming(plan) == f"qa.reader.export {folder / checkpoint.FILE} data --base base {folder}"
    (folder / "reader.safetensors").touch()
    assert upcoming(plan).startswith("qa.reader.again") and f"--start {folder / 'reader.safetensors'}" in upcoming(plan)
    (plan.out / again.name).mkdir()
    (plan.out / again.name / "mixed.safetensors").touch()
    assert upcoming(plan).startswith(f"qa.reader.export {plan.out / again.name / 'mixed.safetensors'} data")


def test_each_part_begins_with_the_weights_of_the_one_before(plan: Namespace) -> None:
    every = [" ".join(command[2:]) for command in commands(plan)]
    assert len(every) == 2 * len(OURS) + len(LARGE) + 1
    for before, part in pairwise(OURS):
        [training] = [one for one in every if f"--out {plan.out / part.name} " in one]
        assert f"--start {plan.out / before.name / 'reader.safetensors'}" in training
    assert every[-1] == f"qa.reader.large_export {plan.out / LARGE[-1].name / checkpoint.FILE} data"


def test_the_large_reader_comes_last_and_is_resumed_without_its_start(plan: Namespace) -> None:
    for part in OURS:
        (plan.out / part.name).mkdir(parents=True)
        (plan.out / part.name / "reader.safetensors").touch()
    reached(plan.out / LARGE[0].name, LARGE[0].steps)
    assert f"--start {plan.out / LARGE[0].name / checkpoint.FILE}" in upcoming(plan)
    reached(plan.out / LARGE[1].name, 7)
    assert "--resume" in upcoming(plan) and "--start" not in upcoming(plan)


def test_a_part_that_fails_ends_the_training() -> None:
    with pytest.raises(SystemExit) as ended:
        whole.run([sys.executable, "-c", "import sys; sys.exit(3)"])
    assert ended.value.code == 3


def test_a_part_that_is_told_to_stop_ends_the_training_once_its_step_is_done() -> None:
    stops_well = (
        "import os, signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))\n"
        "os.kill(os.getppid(), signal.SIGTERM)\n"
        "time.sleep(60)"
    )
    with pytest.raises(SystemExit) as ended:
        whole.run([sys.executable, "-c", stops_well])
    assert ended.value.code == 128 + signal.SIGTERM
