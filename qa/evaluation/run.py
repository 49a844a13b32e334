"""Ask a set of questions, one after the other, and keep a record of each: interrupted runs go on where they were.

Knows nothing of metrics or reports.
"""

from __future__ import annotations

import contextlib
import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from indexes.build import Progress, build
from indexes.errors import FootnoteError
from qa.evaluation.records import append_row, read_records, read_rows, to_json
from qa.evaluation.systems import System
from qa.evaluation.types import Case, EvaluationError, Record

Tell = Callable[[Progress], None]


def sample(cases: Sequence[Case], most: int, seed: int = 0) -> list[Case]:
    """At most so many of the cases, drawn without regard to their order, in their order; 0 for all."""
    if not most or most >= len(cases):
        return list(cases)
    chosen = set(random.Random(seed).sample(range(len(cases)), most))
    return [case for index, case in enumerate(cases) if index in chosen]


@contextlib.contextmanager
def throw_away(articles: Sequence[Path], tell: Tell) -> Iterator[Path]:
    """A library of these articles that lasts as long as the block. Raises EvaluationError when none can be read."""
    with tempfile.TemporaryDirectory(prefix="footnote-eval-") as folder:
        report = build(Path(folder), list(articles), on_progress=tell)
        if not report.added:
            why = f" ({report.skipped[0][0]}: {report.skipped[0][1]})" if report.skipped else ""
            raise EvaluationError(f"No article could be read from {', '.join(map(str, articles))}{why}.")
        yield Path(folder)


def run(system: System, cases: Sequence[Case], path: Path | None, tell: Tell) -> list[Record]:
    """The record of every case, in their order. path: where records are kept, one line each, as they come; those that
    are there already are not asked again. Raises EvaluationError where the file is of other questions or another
    system."""
    done = _kept(system, cases, path) if path and path.exists() else {}
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
    for number, case in enumerate(cases):
        tell(Progress("ask", number, len(cases)))
        if case.id not in done:
            done[case.id] = _ask(system, case)
            if path:
                append_row(path, {"system": system.name, **to_json(done[case.id])})
    tell(Progress("ask", len(cases), len(cases)))
    return [done[case.id] for case in cases]


def _ask(system: System, case: Case) -> Record:
    """A question that the system cannot be asked counts as a failure, with its reason; the run goes on."""
    try:
        return system.ask(case)
    except EvaluationError:  # the system itself cannot be used
        raise
    except FootnoteError as error:
        return Record(case.id, case.question, refused=True, problem=str(error))


def _kept(system: System, cases: Sequence[Case], path: Path) -> dict[str, Record]:
    """The records of an earlier run, by id."""
    for row in read_rows(path):
        if row.text("system") not in ("", system.name):
            made_by = row.text("system")
            raise EvaluationError(f"{path} has records of the system {made_by}; name another file with --records.")
    records = {record.id: record for record in read_records(path)}
    asked = {case.id: case.question for case in cases}
    for record in records.values():
        if asked.get(record.id) != record.question:
            raise EvaluationError(f"{path} has records of other questions ({record.id}); name another with --records.")
    return records
