"""Thumbs up and down in the chat become cases.

    up                         → the answer given is right, its cited words are the evidence
    up, nothing was cited      → refusing was right: not answerable
    down, with the right one   → that is the answer; where it stands is not known
    down, without              → kind "to_do", no answers: a place for the right one. Not scored before it is filled

Judgements are lines of one file in the library's folder, added to and never changed. The last one of a session's turn
counts, and of two judgements of the same answer to the same question the later. Knows nothing of the chat page or of
scores.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from qa.evaluation.records import Row, append_row, cited, read_rows
from qa.evaluation.types import Case, Cited, Evidence
from qa.types import Answer

FILE = "judgements.jsonl"
TO_DO = "to_do"  # the kind of a case whose right answer has still to be written
JUDGED = "judged"

_writing = threading.Lock()  # for the whole process: two stores may have one file


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a person said of one answer. time: ISO 8601. question: as it was typed. standalone: as it was searched,
    where a follow-up was completed. right: the right answer, or "". thumb: "up" or "down"."""

    time: str
    question: str
    answer: str
    thumb: str
    standalone: str = ""
    right: str = ""
    citations: tuple[Cited, ...] = ()

    @property
    def asked(self) -> str:
        """The question as it stands alone."""
        return self.standalone or self.question

    @property
    def case_id(self) -> str:
        """Names question and answer: the same in every export."""
        return "chat-" + hashlib.sha256(f"{self.asked}\n{self.answer}".encode()).hexdigest()[:12]


def judge(answer: Answer, thumb: str, right: str = "", time: str = "") -> Judgement:
    """The judgement of an answer as it was shown. time: now, where none is given."""
    return Judgement(
        time=time or datetime.now(UTC).isoformat(timespec="seconds"),
        question=answer.question,
        answer=answer.text,
        thumb=thumb,
        standalone=answer.standalone,
        right=right,
        citations=tuple(Cited(one.article_id, one.quote, one.start, one.end, one.title) for one in answer.citations),
    )


class Judgements:
    """The judgements of one library. Safe with several threads."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE

    def add(self, key: str, judgement: Judgement) -> None:
        """Keep it. key: session and turn; it takes the place of an earlier judgement under the same key."""
        with _writing:
            append_row(self.path, {"key": key, **asdict(judgement)})

    def read(self) -> list[Judgement]:
        """The last judgement under each key, in the order in which the keys came."""
        if not self.path.exists():
            return []
        with _writing:
            return list({row.text("key"): _judgement(row) for row in read_rows(self.path)}.values())


def _judgement(row: Row) -> Judgement:
    if row.text("thumb") not in ("up", "down"):
        row.fail("thumb must be up or down")
    return Judgement(
        time=row.text("time"),
        question=row.text("question"),
        answer=row.text("answer"),
        thumb=row.text("thumb"),
        standalone=row.text("standalone"),
        right=row.text("right"),
        citations=tuple(cited(one) for one in row.rows("citations")),
    )


def to_cases(judgements: Iterable[Judgement]) -> list[Case]:
    """A case for each question and answer; the last judgement counts. A follow-up is asked as it was completed."""
    return list({one.case_id: _case(one) for one in judgements}.values())


def _case(judged: Judgement) -> Case:
    name, question = judged.case_id, judged.asked
    right = judged.right.strip()
    if judged.thumb == "down":
        return Case(name, question, (right,) if right else (), kind=JUDGED if right else TO_DO)
    evidence = tuple(Evidence(one.article_id, one.quote, one.start) for one in judged.citations)
    return Case(name, question, (judged.answer,) if evidence else (), evidence, bool(evidence), JUDGED)


def given(judgements: Iterable[Judgement]) -> dict[str, dict[str, object]]:
    """Case id → what was answered, when, and the thumb: the `extra` of `data.write_cases` and `data.case_line`, to be
    seen by whoever fills in the right answers."""
    return {one.case_id: {"given": one.answer, "thumb": one.thumb, "time": one.time} for one in judgements}


def is_to_do(case: Case) -> bool:
    """Has its right answer still to be written? Then it is not scored. Filled in, the kind may stay as it is; a
    question that should be refused is given `"answerable": false` instead."""
    return case.kind == TO_DO and case.answerable and not case.answers
