"""The large reader in torch, for training: MPNet's twelve layers, frozen, with an adapter beside every matrix.

    word pieces (n, length)  →  hidden (n, length, 768)  →  start, end (n, length) · answers (n)

An adapter is a product of two narrow matrices (LoRA, Hu et al. 2021), which is nothing at first. Frozen weights and
what flows through the layers are bf16, which processors with AMX multiply many times as fast; what is trained is
float32. Knows nothing of data.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from qa.reader.base import LAYERS
from qa.reader.graph import LARGE
from qa.reader.int8 import Floats
from qa.reader.model import WindowReading, below, reading
from qa.reader.mpnet import FIRST_PLACE, TIMES, buckets, layer_of
from qa.reader.net import Outputs, twin

if TYPE_CHECKING:
    from tokenizers import Tokenizer

RANK = 8  # of an adapter: 1.3 million numbers in all
EPSILON = 1e-5  # of a layer norm
DENSE = ("query", "key", "value", "mixed", "inner", "outer")
BF16 = torch.bfloat16


class Adapted(nn.Module):
    """A frozen dense layer and its adapter."""

    weight: Tensor
    bias: Tensor

    def __init__(self, weight: Floats, bias: Floats) -> None:
        super().__init__()
        self.register_buffer("weight", torch.from_numpy(weight.copy()).to(BF16))
        self.register_buffer("bias", torch.from_numpy(bias.copy()).to(BF16))
        self.down = nn.Parameter(torch.empty(RANK, weight.shape[1]))
        self.up = nn.Parameter(torch.zeros(weight.shape[0], RANK))
        nn.init.kaiming_uniform_(self.down, a=5**0.5)

    def forward(self, x: Tensor) -> Tensor:
        """x: (n, length, in), bf16."""
        aside = F.linear(F.linear(x, self.down.to(BF16)), (self.up * TIMES).to(BF16))
        return F.linear(x, self.weight, self.bias) + aside


class Layer(nn.Module):
    """Self-attention and feed-forward, each with residual and layer norm after it."""

    def __init__(self, weights: dict[str, Floats]) -> None:
        super().__init__()
        self.query, self.key, self.value, self.mixed, self.inner, self.outer = (
            Adapted(weights[f"{name}.weight"], weights[f"{name}.bias"]) for name in DENSE
        )
        for name in ("mixed_norm", "outer_norm"):
            for kind in ("weight", "bias"):
                value = torch.from_numpy(weights[f"{name}.{kind}"].copy()).to(BF16)
                self.register_buffer(f"{name}_{kind}", value)

    def forward(self, hidden: Tensor, bias: Tensor) -> Tensor:
        """hidden: (n, length, 768); bias: added to attention, (n or 1, 12, length, length)."""
        n, length, width = hidden.shape
        query, key, value = (
            dense(hidden).view(n, length, LARGE.heads, -1).transpose(1, 2)
            for dense in (self.query, self.key, self.value)
        )
        scores = query @ key.transpose(-1, -2) * query.shape[-1] ** -0.5 + bias
        mixed = (torch.softmax(scores, -1) @ value).transpose(1, 2).reshape(n, length, width)
        hidden = self._norm("mixed_norm", hidden + self.mixed(mixed))
        return self._norm("outer_norm", hidden + self.outer(F.gelu(self.inner(hidden))))

    def _norm(self, name: str, x: Tensor) -> Tensor:
        return F.layer_norm(x, x.shape[-1:], getattr(self, f"{name}_weight"), getattr(self, f"{name}_bias"), EPSILON)


class Large(nn.Module):
    """The whole. base: the tensors of model.safetensors; the heads begin at nearly nothing."""

    def __init__(self, base: dict[str, Floats]) -> None:
        super().__init__()
        self.layer = nn.ModuleList(Layer(layer_of(base, number)) for number in range(LAYERS))
        self.span, self.answers = nn.Linear(LARGE.width, 2), nn.Linear(LARGE.width, 1)
        for head in (self.span, self.answers):
            nn.init.normal_(head.weight, std=0.02)
            nn.init.zeros_(head.bias)
        self.word, self.place, self.norm_weight, self.norm_bias, self.distances = (
            torch.from_numpy(base[name].copy())
            for name in (
                "embeddings.word_embeddings.weight",
                "embeddings.position_embeddings.weight",
                "embeddings.LayerNorm.weight",
                "embeddings.LayerNorm.bias",
                "encoder.relative_attention_bias.weight",
            )
        )

    def forward(self, ids: Tensor, lengths: Tensor) -> Outputs:
        """ids: int64 (n, length), padded; lengths: int64 (n). It says nothing of relevance and support."""
        n, length = ids.shape
        hidden = F.embedding(ids, self.word) + self.place[FIRST_PLACE : FIRST_PLACE + length]
        hidden = F.layer_norm(hidden, (LARGE.width,), self.norm_weight, self.norm_bias, EPSILON).to(BF16)
        bias = self.distances[torch.from_numpy(buckets(length))].permute(2, 0, 1)[None]
        if int(lengths.min()) < length:
            padded = torch.arange(length) >= lengths[:, None]
            bias = bias + torch.zeros(n, length).masked_fill(padded, -1e4)[:, None, None]
        for layer in self.layer:
            hidden = layer(hidden, bias.to(BF16))
        start, end = self.span(hidden.float()).unbind(-1)
        answers = self.answers(hidden[:, 0].float())[:, 0]
        return Outputs(start, end, answers, answers, answers)


def twins(base: dict[str, Floats]) -> list[Large]:
    """The model and its twin."""
    mine = Large(base)
    return [mine, twin(mine)]


class Reading:
    """The torch model behind the interface of `LargeModel`."""

    def __init__(self, model: Large, tokenizer: Tokenizer) -> None:
        self.model, self._tokenizer = model, tokenizer

    def read(self, question: str, windows: Sequence[tuple[str, str]]) -> list[WindowReading]:
        """What each window says, in the order given; one window at a time."""
        return [self._one(question, *window) for window in windows]

    def _one(self, question: str, header: str, text: str) -> WindowReading:
        encoded = self._tokenizer.encode(question, below(header, text))
        ids = torch.tensor([encoded.ids])
        with torch.no_grad():
            out = self.model(ids, torch.tensor([ids.shape[1]]))
        span = torch.stack([out.start[0], out.end[0]], -1).numpy()
        return reading(span, out.answers.numpy(), out.answers.numpy(), encoded, header, text)
