"""Follow-up questions: what retrieval finds as they are typed, completed by rule, and completed by hand.

    python bench/followups.py [--answers gold] [--json FILE] [--show dev]

The conversations of seeds/conversations.jsonl over the sample articles. Of each later turn three are searched:
(a) as typed, (b) after `qa.followup.standalone` with what was really said before, the Assistant's answers included,
(c) the stand-alone question written by hand. hit@5: one of the first five passages holds the evidence, or half of it.
Conversations with an even number are for development; the others are only measured. `--answers gold` puts the evidence
in the place of the Assistant's answers: no reader is run, and an answer is always right.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from indexes.build import build
from indexes.types import Hit
from qa.chat import Assistant, open_assistant
from qa.evaluation.ranking import hit, mrr, passage_ranks
from qa.evaluation.statistics import Floats, bootstrap
from qa.evaluation.types import Evidence, Found
from qa.followup import standalone
from qa.types import Settings, Turn

SEEDS = Path(__file__).parent.parent / "seeds"
WAYS = ("typed", "by rule", "by hand")
SHOWN = 5  # k of hit@k
READ = 10  # k of mrr@k
RESAMPLES = 2_000

Figures = dict[str, dict[str, float]]  # metric → its mean by way, the share of rule and hand, its interval


@dataclass(frozen=True, slots=True)
class Said:
    """One turn of a conversation as it was written."""

    question: str
    standalone: str
    evidence: tuple[Evidence, ...]
    kind: str

    @property
    def gold(self) -> str:
        """The evidence as an answer."""
        return " ".join(one.quote for one in self.evidence)


@dataclass(frozen=True, slots=True)
class Conversation:
    """Turns in order. An even number: for development."""

    id: str
    turns: tuple[Said, ...]

    @property
    def half(self) -> str:
        return "measured" if int(self.id[1:]) % 2 else "dev"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A later turn with the question of each way and what it found, in the order of WAYS."""

    conversation: str
    half: str
    kind: str
    questions: tuple[str, ...]
    hits: tuple[float, ...]
    ranks: tuple[float, ...]  # reciprocal


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure follow-up questions over the sample articles.")
    parser.add_argument("--answers", choices=("real", "gold"), default="real", help="what was answered before (real)")
    parser.add_argument("--json", type=Path, help="write every outcome and figure there")
    parser.add_argument("--show", choices=("dev", "measured"), help="print what the rule lost in this half")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        build(Path(place), [SEEDS / "articles"])
        assistant = open_assistant(Settings(library=place))
        assistant.warm()
        outcomes = measure(read(), assistant, options.answers == "real")
    tables = {half: table(outcomes, half) for half in ("dev", "measured", "all")}
    print("\n\n".join("\n".join(lines(half, found)) for half, found in tables.items()))
    for one in outcomes:
        if one.half == options.show and one.hits[1] < one.hits[2]:
            print("\n".join(["", f"{one.conversation} {one.kind}", *one.questions]))
    if options.json:
        content = {"figures": tables, "outcomes": [asdict(one) for one in outcomes]}
        options.json.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return 0


def read(path: Path = SEEDS / "conversations.jsonl") -> list[Conversation]:
    """The conversations of a file, in its order."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        turns = tuple(
            Said(**{**turn, "evidence": tuple(Evidence(**one) for one in turn["evidence"])}) for turn in row["turns"]
        )
        found.append(Conversation(row["id"], turns))
    return found


def measure(conversations: Sequence[Conversation], assistant: Assistant, real: bool) -> list[Outcome]:
    """Every later turn. real: the Assistant answers before; otherwise the evidence stands there."""
    texts = {article.id: article.text for article in assistant.library.articles()}

    def ranks(question: str, said: Said) -> list[int | None]:
        return passage_ranks([found(one) for one in assistant.candidates(question)[:READ]], said.evidence, texts)

    outcomes = []
    for conversation in conversations:
        for said, by_rule in replay(conversation, assistant if real else None):
            questions = (said.question, by_rule, said.standalone)
            all_ranks = [ranks(question, said) for question in questions]
            hits, reciprocal = tuple(hit(one, SHOWN) for one in all_ranks), tuple(mrr(one, READ) for one in all_ranks)
            outcomes.append(Outcome(conversation.id, conversation.half, said.kind, questions, hits, reciprocal))
    return outcomes


def replay(conversation: Conversation, assistant: Assistant | None) -> Iterator[tuple[Said, str]]:
    """The later turns, each with the question that the rule made of it after what was said before."""
    history: list[Turn] = []
    for place, said in enumerate(conversation.turns):
        asked = standalone(said.question, history)
        if place:
            yield said, asked
        if place + 1 < len(conversation.turns):
            answer = assistant.ask(said.question, history).text if assistant else said.gold
            history += [Turn("user", asked), Turn("assistant", answer)]


def found(one: Hit) -> Found:
    passage = one.passage
    return Found(passage.article_id, passage.start, passage.end, passage.text, one.score)


def table(outcomes: Sequence[Outcome], half: str) -> dict[str, Figures]:
    """By kind and in all: how many, hit@5 and MRR@10 of each way, and what the rule reaches of what the hand does."""
    inside = [one for one in outcomes if half in (one.half, "all")]
    groups = {kind: [one for one in inside if one.kind == kind] for kind in sorted({one.kind for one in inside})}
    return {kind: figures(group) for kind, group in {**groups, "all": inside}.items()}


def figures(outcomes: Sequence[Outcome]) -> Figures:
    clusters = [one.conversation for one in outcomes]
    return {
        "hit@5": summary(np.array([one.hits for one in outcomes]), clusters),
        "mrr@10": summary(np.array([one.ranks for one in outcomes]), clusters),
    }


def summary(values: Floats, clusters: Sequence[str]) -> dict[str, float]:
    """values: (n, ways). The interval is from drawing conversations anew."""
    low, high = bootstrap(lambda drawn: share(values[drawn]), len(values), clusters, RESAMPLES)
    means = dict(zip(WAYS, values.mean(axis=0).tolist(), strict=True))
    return {"count": len(values), **means, "share": share(values), "low": low, "high": high}


def share(values: Floats) -> float:
    """What the rule reaches of what the hand reaches. values: (n, ways)."""
    by_hand = float(values[:, 2].sum())
    return float(values[:, 1].sum()) / by_hand if by_hand else float("nan")


def lines(half: str, found: dict[str, Figures]) -> Iterator[str]:
    """A table for people."""
    ways = "  ".join(f"{way:>7}" for way in WAYS)
    yield f"{half:<14}   n" + "".join(f"   {metric:>6}: {ways}  rule/hand        " for metric in ("hit@5", "mrr@10"))
    for kind, row in found.items():
        cells = [
            f"{'':11}" + "  ".join(f"{one[way]:7.3f}" for way in WAYS)
            + f"  {one['share']:5.3f} [{one['low']:4.2f}, {one['high']:4.2f}]"
            for one in row.values()
        ]  # fmt: skip
        yield f"{kind:<14} {row['hit@5']['count']:>3.0f}{''.join(cells)}"


if __name__ == "__main__":
    sys.exit(main())
