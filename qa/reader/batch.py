"""Pairs and claims to batches of word pieces: endless, seeded streams, mixed from several sets and sorted by length.

    [CLS] question or claim [SEP] header \\n text [SEP]

Knows how a window is put before the model; knows nothing of losses.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from qa.reader.claims import Claim, Made
from qa.reader.data import Asked, Example, Pair, as_typed
from qa.reader.misses import Misses
from qa.reader.model import below
from qa.reader.neighbours import Neighbours

if TYPE_CHECKING:
    from tokenizers import Tokenizer

ROUND = 8
CHUNK = 512  # pairs that are sorted by length together


@dataclass(frozen=True, slots=True)
class Encoded:
    """Word pieces. first, last: the pieces of the text, header left out; start, end: those of the answer, both ends
    inside, 0 and 0 where there is none ([CLS])."""

    ids: list[int]
    types: list[int]
    first: int
    last: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Right windows in the first half of the rows, their wrong ones in the second."""

    ids: torch.Tensor
    types: torch.Tensor
    lengths: torch.Tensor
    start: torch.Tensor
    end: torch.Tensor
    text: torch.Tensor  # bool (n, length): pieces of the text, and [CLS]
    answered: torch.Tensor  # float (n)
    same_question: torch.Tensor  # bool (n / 2)


def encode(tokenizer: Tokenizer, examples: Sequence[Example]) -> list[Encoded]:
    """Examples to word pieces."""
    found = tokenizer.encode_batch([(one.question, below(one.header, one.text)) for one in examples])
    return [_placed(one, encoding) for one, encoding in zip(examples, found, strict=True)]


def _placed(example: Example, encoding) -> Encoded:  # type: ignore[no-untyped-def]  # noqa: ANN001
    offsets, types = encoding.offsets, encoding.type_ids
    shift = len(below(example.header, example.text)) - len(example.text)
    last = len(types) - 2
    first = next((i for i in range(last + 1) if types[i] == 1 and offsets[i][0] >= shift), last)
    start = end = 0
    if example.span:
        inside = [
            i
            for i in range(first, last + 1)
            if offsets[i][0] < example.span[1] + shift and example.span[0] + shift < offsets[i][1]
        ]
        start, end = (inside[0], inside[-1]) if inside else (0, 0)
    return Encoded(encoding.ids, types, first, last, start, end)


def collate(encoded: Sequence[Encoded], same_question: Sequence[bool] = ()) -> Batch:
    """Rows of one length, padded with 0 to a multiple of ROUND: fewer shapes, less memory held for each."""
    length = -(-max(len(one.ids) for one in encoded) // ROUND) * ROUND

    def rows(values: Sequence[list[int]]) -> torch.Tensor:
        return torch.tensor([[*row, *([0] * (length - len(row)))] for row in values], dtype=torch.int64)

    places = torch.arange(length)
    first, last = torch.tensor([one.first for one in encoded]), torch.tensor([one.last for one in encoded])
    text = (places >= first[:, None]) & (places <= last[:, None]) | (places == 0)
    start, end = torch.tensor([one.start for one in encoded]), torch.tensor([one.end for one in encoded])
    return Batch(
        rows([one.ids for one in encoded]),
        rows([one.types for one in encoded]),
        torch.tensor([len(one.ids) for one in encoded]),
        start,
        end,
        text,
        (start > 0).float(),
        torch.tensor(same_question, dtype=torch.bool),
    )


class Mix:
    """Draws pairs from several sets. `taken` says how far each set has been used: all there is to resume. kept: a
    folder for the vectors of their paragraphs."""

    def __init__(self, sets: dict[str, list[Asked]], tokenizer: Tokenizer, seed: int, kept: Path) -> None:
        self._sets, self._tokenizer, self._seed = sets, tokenizer, seed
        self._misses = {
            name: Misses(asked, Neighbours([one.told for one in asked], kept)) for name, asked in sets.items()
        }
        self.taken = dict.fromkeys(sets, 0)

    def chunk(self, weights: dict[str, float]) -> list[tuple[Encoded, Encoded, bool]]:
        """The next CHUNK pairs, encoded, in no order."""
        total = sum(weights.values())
        pairs = [pair for name in weights for pair in self._draw(name, round(CHUNK * weights[name] / total))]
        encoded = encode(self._tokenizer, [one for pair in pairs for one in (pair.right, pair.wrong)])
        return [(encoded[2 * i], encoded[2 * i + 1], pair.same_question) for i, pair in enumerate(pairs)]

    def batches(self, weights: dict[str, float], pairs: int) -> Iterator[list[Batch]]:
        """The batches of one chunk, each as two halves of `pairs / 2` pairs, for two threads."""
        rng = random.Random(f"{self._seed} {sorted(self.taken.items())}")
        chunk = sorted(self.chunk(weights), key=lambda one: max(len(one[0].ids), len(one[1].ids)))
        groups = [chunk[at : at + pairs] for at in range(0, len(chunk) - pairs + 1, pairs)]
        rng.shuffle(groups)
        for group in groups:
            yield [_pairs_to_batch(group[half::2]) for half in (0, 1)]

    def _draw(self, name: str, count: int) -> Iterator[Pair]:
        asked = [one for one in self._sets[name] if bool(one.span) != name.endswith("_misses")]
        for at in range(self.taken[name], self.taken[name] + count):
            order = _order(self._seed, name, at // len(asked), len(asked))
            one = asked[order[at % len(asked)]]
            rng = random.Random(f"{self._seed} {name} {at}")
            pair = self._misses[name].pair(one, rng) if one.span else self._misses[name].human_pair(one, rng)
            if pair and pair.right.span:
                yield as_typed(pair, one, rng)
        self.taken[name] += count


@dataclass(frozen=True, slots=True)
class ClaimBatch:
    """Claims with their evidence. supported: float (n), 1 or 0."""

    ids: torch.Tensor
    types: torch.Tensor
    lengths: torch.Tensor
    supported: torch.Tensor


MADE = "made"  # the name of the claims that are made by rule


class Claims:
    """Draws claims from several sets and from `Made`. `taken` as of `Mix`."""

    def __init__(self, sets: dict[str, list[Claim]], made: Made, tokenizer: Tokenizer, seed: int) -> None:
        self._sets, self._made, self._tokenizer, self._seed = sets, made, tokenizer, seed
        self.taken = dict.fromkeys([*sets, MADE], 0)

    def batches(self, weights: dict[str, float], rows: int, count: int) -> Iterator[list[ClaimBatch]]:
        """`count` batches, each as two halves of `rows / 2` claims."""
        rng = random.Random(f"{self._seed} {sorted(self.taken.items())}")
        total = sum(weights.values())
        claims = [one for name in weights for one in self._draw(name, -(-rows * count * weights[name] // total))]
        claims.sort(key=lambda one: len(one.text) + len(one.header) + len(one.evidence))
        groups = [claims[at : at + rows] for at in range(0, rows * count, rows)]
        rng.shuffle(groups)
        for group in groups:
            yield [claim_batch(self._tokenizer, group[half::2]) for half in (0, 1)]

    def _draw(self, name: str, count: float) -> Iterator[Claim]:
        for at in range(self.taken[name], self.taken[name] + int(count)):
            if name == MADE:
                yield self._made.draw(random.Random(f"{self._seed} {name} {at}"))
            else:
                claims = self._sets[name]
                yield claims[_order(self._seed, name, at // len(claims), len(claims))[at % len(claims)]]
        self.taken[name] += int(count)


def claim_batch(tokenizer: Tokenizer, claims: Sequence[Claim]) -> ClaimBatch:
    """Rows of one length, padded as those of `collate`."""
    encoded = tokenizer.encode_batch([(one.text, below(one.header, one.evidence)) for one in claims])
    length = -(-max(len(one.ids) for one in encoded) // ROUND) * ROUND
    rows = [[*one.ids, *([0] * (length - len(one.ids)))] for one in encoded]
    types = [[*one.type_ids, *([0] * (length - len(one.ids)))] for one in encoded]
    lengths = torch.tensor([len(one.ids) for one in encoded])
    return ClaimBatch(
        torch.tensor(rows), torch.tensor(types), lengths, torch.tensor([float(one.supported) for one in claims])
    )


_ORDERS: dict[tuple[int, str, int], list[int]] = {}


def _order(seed: int, name: str, epoch: int, count: int) -> list[int]:
    key = (seed, name, epoch)
    if key not in _ORDERS:
        order = list(range(count))
        random.Random(f"{seed} {name} {epoch}").shuffle(order)
        _ORDERS[key] = order
    return _ORDERS[key]


def _pairs_to_batch(pairs: Sequence[tuple[Encoded, Encoded, bool]]) -> Batch:
    rows = [right for right, _, _ in pairs] + [wrong for _, wrong, _ in pairs]
    return collate(rows, [same for _, _, same in pairs])
