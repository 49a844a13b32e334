"""The reader in torch, for training: twelve BERT layers, four heads.

    word pieces (n, length)  →  hidden (n, length, 384)  →  start, end (n, length)
                                                              answers, relevance, supports (n)

The embeddings are frozen and not ours: they come from a package, here and at run time. There is no dropout:
most examples are seen once. Knows nothing of data.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from indexes.encoder import has_bf16
from qa.reader import checkpoint
from qa.reader.base import EPSILON, LAYERS, Weights, cross_encoder
from qa.reader.model import WindowReading, below, load_tokenizer, reading

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

WIDTH, HEADS, INNER = 384, 12, 1536
CLIP = 1.0  # the largest norm of the gradients of a step
SCALE = 1 / math.sqrt(WIDTH // HEADS)


@dataclass(frozen=True, slots=True)
class Outputs:
    """start, end: (n, length) logits, of pieces outside the text too; answers, relevance, supports: (n) logits."""

    start: Tensor
    end: Tensor
    answers: Tensor
    relevance: Tensor
    supports: Tensor


class Layer(nn.Module):
    """Self-attention and feed-forward, each with residual and layer norm after it."""

    def __init__(self) -> None:
        super().__init__()
        self.query, self.key, self.value, self.mixed = (nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.mixed_norm = nn.LayerNorm(WIDTH, eps=EPSILON)
        self.inner, self.outer = nn.Linear(WIDTH, INNER), nn.Linear(INNER, WIDTH)
        self.outer_norm = nn.LayerNorm(WIDTH, eps=EPSILON)

    def forward(self, hidden: Tensor, mask: Tensor | None) -> Tensor:
        """hidden: (n, length, 384); mask: additive, (n, 1, 1, length), None where nothing is padded."""
        n, length, _ = hidden.shape
        query, key, value = (
            dense(hidden).view(n, length, HEADS, WIDTH // HEADS).transpose(1, 2)
            for dense in (self.query, self.key, self.value)
        )
        # Written out: on a CPU the backward pass of scaled_dot_product_attention takes six times as long.
        scores = query @ key.transpose(-1, -2) * SCALE
        mixed = torch.softmax(scores if mask is None else scores + mask, -1).to(value.dtype) @ value
        hidden = self.mixed_norm(hidden + self.mixed(mixed.transpose(1, 2).reshape(n, length, WIDTH)))
        out: Tensor = self.outer_norm(hidden + self.outer(F.gelu(self.inner(hidden))))
        return out


class Reader(nn.Module):
    """The whole. Made from the cross-encoder's weights; its heads for spans, answers and support begin at nothing."""

    def __init__(self, base: Weights) -> None:
        super().__init__()
        self.layer = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.span = nn.Linear(WIDTH, 2)
        self.answers_pooler, self.answers = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, 1)
        self.supports_pooler, self.supports = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, 1)
        self.pooler, self.classifier = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, 1)
        state = {name: torch.from_numpy(value.copy()) for name, value in base.items() if "embeddings" not in name}
        for head in ("answers", "supports"):
            state |= {f"{head}_pooler.{kind}": state[f"pooler.{kind}"] for kind in ("weight", "bias")}
            state |= {f"{head}.weight": state["classifier.weight"] / 4, f"{head}.bias": state["classifier.bias"] * 0}
        self.load_state_dict(state, strict=False)
        nn.init.normal_(self.span.weight, std=0.02)
        nn.init.zeros_(self.span.bias)
        self.word, self.position, self.token_type, self.norm_weight, self.norm_bias = (
            torch.from_numpy(base[f"embeddings.{name}"].copy())
            for name in (
                "word_embeddings.weight",
                "position_embeddings.weight",
                "token_type_embeddings.weight",
                "LayerNorm.weight",
                "LayerNorm.bias",
            )
        )

    def embed(self, ids: Tensor, types: Tensor) -> Tensor:
        """(n, length) word pieces and segments to (n, length, 384)."""
        hidden = F.embedding(ids, self.word) + self.position[: ids.shape[1]] + F.embedding(types, self.token_type)
        return F.layer_norm(hidden, (WIDTH,), self.norm_weight, self.norm_bias, EPSILON)

    def forward(self, ids: Tensor, types: Tensor, lengths: Tensor) -> Outputs:
        """ids, types: int64 (n, length), padded with 0; lengths: int64 (n)."""
        return self.outputs(self.through(self.embed(ids, types), lengths, 0, LAYERS))

    def through(self, hidden: Tensor, lengths: Tensor, first: int, last: int) -> Tensor:
        """(n, length, 384) before the layer `first` to what it is before the layer `last`."""
        mask, shape = None, hidden.shape[:2]
        if int(lengths.min()) < shape[1]:
            padded = torch.arange(shape[1]) >= lengths[:, None]
            mask = torch.zeros(shape, dtype=torch.float32).masked_fill(padded, -1e4)[:, None, None]
            mask = mask.to(torch.bfloat16) if torch.is_autocast_enabled("cpu") else mask
        for layer in self.layer[first:last]:
            hidden = layer(hidden, mask)
        return hidden

    def outputs(self, hidden: Tensor) -> Outputs:
        """What the heads make of the last layer."""
        start, end = self.span(hidden).float().unbind(-1)
        first = hidden[:, 0]
        answers = self.answers(torch.tanh(self.answers_pooler(first))).float()[:, 0]
        relevance = self.classifier(torch.tanh(self.pooler(first))).float()[:, 0]
        supports = self.supports(torch.tanh(self.supports_pooler(first))).float()[:, 0]
        return Outputs(start, end, answers, relevance, supports)


class Floats:
    """The torch model behind the interface of `ReaderModel`, to compare with."""

    def __init__(self, model: Reader, tokenizer: Tokenizer) -> None:
        self.model, self._tokenizer = model, tokenizer

    def read(self, question: str, windows: Sequence[tuple[str, str]]) -> list[WindowReading]:
        """What each window says, in the order given; one window at a time."""
        return [self._one(question, *window) for window in windows]

    def supports(self, claim: str, windows: Sequence[tuple[str, str]]) -> list[float]:
        """For each (header, words) the logit that the words carry the claim."""
        return [float(self._through(claim, *window)[1].supports[0]) for window in windows]

    def _through(self, question: str, header: str, text: str) -> tuple[Encoding, Outputs]:
        encoded = self._tokenizer.encode(question, below(header, text))
        ids, types = torch.tensor([encoded.ids]), torch.tensor([encoded.type_ids])
        with torch.no_grad(), quick():
            return encoded, self.model(ids, types, torch.tensor([ids.shape[1]]))

    def _one(self, question: str, header: str, text: str) -> WindowReading:
        encoded, out = self._through(question, header, text)
        span = torch.stack([out.start[0], out.end[0]], -1).numpy()
        return reading(span, out.answers.numpy(), out.relevance.numpy(), encoded, header, text)


def from_checkpoint(path: Path, base: Path) -> Floats:
    """The model of a training run. base: model.onnx of the cross-encoder, for its embeddings."""
    model = Reader(cross_encoder(base))
    checkpoint.weights(path, model)
    return Floats(model, load_tokenizer(base.parent / "tokenizer.json"))


def quick() -> torch.autocast:
    """bf16 where the processor multiplies it natively, else float32."""
    return torch.autocast("cpu", torch.bfloat16, enabled=has_bf16())


def trained(model: nn.Module) -> list[nn.Parameter]:
    """What is trained, and stored by us."""
    return [parameter for parameter in model.parameters() if parameter.requires_grad]


def twins(base: Weights, frozen: int) -> list[Reader]:
    """The model, with so many of the lowest layers frozen, and its twin."""
    mine = Reader(base)
    mine.layer[:frozen].requires_grad_(False)
    return [mine, twin(mine)]


Model = TypeVar("Model", bound=nn.Module)


def twin(mine: Model) -> Model:
    """A copy over the same weights, for another thread: it gathers gradients of its own."""
    other = copy.deepcopy(mine)
    every = [[*model.parameters(), *model.buffers()] for model in (mine, other)]
    for one, two in zip(*every, strict=True):
        two.data = one.data
    return other


def learn(models: Sequence[nn.Module], optimizer: torch.optim.Optimizer) -> None:
    """One step of the optimizer, by the mean of what both copies have gathered."""
    mine, other = ([parameter.grad for parameter in trained(model)] for model in models)
    torch._foreach_add_(mine, other)  # type: ignore[arg-type]
    torch._foreach_mul_(mine, 0.5)  # type: ignore[arg-type]
    torch.nn.utils.clip_grad_norm_(trained(models[0]), CLIP)
    optimizer.step()
    torch._foreach_zero_(mine)  # type: ignore[arg-type]
    torch._foreach_zero_(other)  # type: ignore[arg-type]
