"""Trains both readers, part after part, as those that ship were: python -m qa.reader.whole DATA … --out FOLDER

    python -m qa.reader.whole DATA --claims FOLDER --squad2 FOLDER --base MODEL --out FOLDER

Each part begins with the weights of the one before and writes into a folder of its own in FOLDER. What is finished is
not done again and what was begun goes on at its checkpoint, so that it may be stopped (Ctrl-C or SIGTERM ends the step)
and run again; half a day on two cores with AMX. `reader.safetensors` of the last part of ours and `adapter.safetensors`
are what ships; their SHA-256, which is printed, then belongs into `model.py` and `mpnet.py`, and the confidence is
fitted anew (`bench/fit.py`). Some parts were changed while they ran (CARD.md), so that the bytes will be others. Knows
nothing of how a part learns.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from qa.reader import checkpoint

EXPORTED = "reader.safetensors"


@dataclass(frozen=True, slots=True)
class Part:
    """name: its folder. steps: that it ends with; 0 for one that cannot be resumed."""

    name: str
    module: str
    steps: int
    options: str


def _ours(name: str, seed: int, falling: int, steady: int = 60, rate: float = 8e-5) -> Part:
    """A part whose rate stays for some steps and then falls over others."""
    rates = f"--rate {rate:g} --decay-from {steady} --decay-steps {falling}"
    return Part(name, "train", steady + falling, f"--seed {seed} {rates}")


def _large(name: str, seed: int, steps: int) -> Part:
    return Part(name, "large_train", steps, f"--seed {seed} --steps {steps}")


OURS = (
    _ours("first", seed=4, steady=2206, falling=800, rate=1e-4),
    Part("again", "again", 0, "--mix 0.7"),
    _ours("further", seed=6, falling=1940),
    _ours("news", seed=7, falling=1260),
    _ours("harder", seed=11, falling=2280),
    _ours("whole", seed=71, falling=1100),
    _ours("relations", seed=81, falling=1500),
)
LARGE = (_large("large", seed=11, steps=1800), _large("larger", seed=12, steps=2400))


def commands(plan: argparse.Namespace) -> Iterator[list[str]]:
    """What is left to be done, in order; looks at what has been done each time it is asked for the next."""
    data = [plan.data, "--claims", plan.claims, "--squad2", plan.squad2]
    before: Path | None = None
    for part in OURS:
        folder = plan.out / part.name
        if not (folder / EXPORTED).is_file():
            yield from _training(part, folder, [*data, "--base", plan.base], before)
            trained = folder / ("mixed.safetensors" if before else checkpoint.FILE)
            yield _command("export", trained, plan.data, "--base", plan.base, folder)
        before = folder / EXPORTED
    before = None
    for part in LARGE:
        yield from _training(part, plan.out / part.name, data, before)
        before = plan.out / part.name / checkpoint.FILE
    yield _command("large_export", before, plan.data)


def _training(part: Part, folder: Path, data: list[object], before: Path | None) -> Iterator[list[str]]:
    """The part's training, where it is not finished; begun with the weights of the part before."""
    step = checkpoint.step_of(folder) if part.steps else 0
    finished = step >= part.steps if part.steps else (folder / "mixed.safetensors").is_file()
    if finished:
        return
    start = ["--start", before] if before and not (step and part.module == "large_train") else []
    resume = ["--resume"] if step else []
    yield _command(part.module, *data, "--out", folder, *start, *resume, *part.options.split())


def _command(module: str, *options: object) -> list[str]:
    return [sys.executable, "-m", f"qa.reader.{module}", *map(str, options)]


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m qa.reader.whole", description=__doc__)
    parser.add_argument("data", type=Path, help="the folder reader_train")
    for name, says in (
        ("claims", "the folder claims_train"),
        ("squad2", "the folder squad2_dev"),
        ("base", "the cross-encoder's model.onnx, in its folder"),
        ("out", "where every part has its folder"),
    ):
        parser.add_argument(f"--{name}", type=Path, required=True, help=says)
    parser.add_argument("--print", action="store_true", help="say what would be run next, and run nothing")
    plan = parser.parse_args()
    for command in commands(plan):
        sys.stdout.write(" ".join(command) + "\n")
        sys.stdout.flush()
        if plan.print:
            return
        run(command)


def run(command: list[str]) -> None:
    """One command, which is told to end its step where this one is told to stop; ends this one too then, and where the
    command did not end well."""
    children: list[subprocess.Popen[bytes]] = []
    stopped: list[int] = []

    def stop(signum: int, _: object) -> None:
        stopped.append(signum)
        for child in children:
            child.terminate()

    before = {one: signal.signal(one, stop) for one in (signal.SIGTERM, signal.SIGINT)}
    children.append(subprocess.Popen(command, start_new_session=True))  # so that Ctrl-C reaches this process alone
    code = children[0].wait()
    for one, handler in before.items():
        signal.signal(one, handler)
    if code or stopped:
        sys.exit(code or 128 + stopped[0])


if __name__ == "__main__":
    main()
