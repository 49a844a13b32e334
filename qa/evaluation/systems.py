"""What can be measured: Footnote itself, and three baselines over the same articles in the same run.

    footnote     as a user meets it: `Assistant.ask`
    bm25         the library's full-text index; of the best passage the sentence with most words of the question
    dense        the library's vectors; of the best passage the sentence that is nearest to the question
    llamaindex   what a user of LlamaIndex would write: its default splitter, VectorStoreIndex on Chroma, our encoder;
                 it answers with its best node, whole, since without a language model it can say no more

The baselines never refuse. Knows nothing of metrics.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from indexes import vectors
from indexes.encoder import Encoder
from indexes.library import Library
from indexes.passages import units
from indexes.types import Hit
from qa.chat import Assistant, open_assistant
from qa.evaluation.records import from_answer
from qa.evaluation.types import Case, Cited, EvaluationError, Found, Record
from qa.terminal import error_line
from qa.types import Settings

if TYPE_CHECKING:
    from llama_index.core.base.base_retriever import BaseRetriever
    from llama_index.core.schema import NodeWithScore

HITS = 10
NAMES = ("footnote", "bm25", "dense", "llamaindex")


class System(Protocol):
    """Something that answers cases."""

    name: str

    def ask(self, case: Case) -> Record:
        """The record of one case."""
        ...


def open_system(name: str, library: Path, workplace: Path) -> System:
    """The system of this name over a library. workplace: a folder for what it has to build. Raises EvaluationError for
    a name that is none."""
    if name == "footnote":
        return Footnote(open_assistant(Settings(library=str(library))))
    if name in ("bm25", "dense"):
        return Search(name, library)
    if name == "llamaindex":
        return LlamaIndex(Library(library), workplace)
    raise EvaluationError(f"There is no system {name}; choose from {', '.join(NAMES)}.")


class Footnote:
    """The assistant, asked as a user would."""

    name = "footnote"

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        assistant.warm()
        if assistant.reader.notice:  # the figures are then of less than there should be
            sys.stderr.write(error_line(assistant.reader.notice) + "\n")

    def ask(self, case: Case) -> Record:
        """One question with its history."""
        return from_answer(case, self._assistant.ask(case.question, case.history))


class Search:
    """One retriever alone. name: "bm25" or "dense"."""

    def __init__(self, name: str, library: Path) -> None:
        from qa.retrieve import DenseRetriever, WordsRetriever, nearest

        self.name = name
        self._library, self._encoder = Library(library), Encoder()
        ids, rows = self._library.vectors()
        exact = rows.astype(np.float32)
        self._retriever: BaseRetriever = (
            WordsRetriever(self._library, limit=HITS)
            if name == "bm25"
            else DenseRetriever(
                self._library, self._encoder, lambda vector, most: nearest(ids, exact, vector, most), HITS
            )
        )

    def ask(self, case: Case) -> Record:
        """The best passage's nearest sentence, and the ten best passages."""
        from qa.retrieve import hit_of

        started = time.perf_counter()
        found = [hit_of(one) for one in self._retriever.retrieve(case.question)]
        retrieved = time.perf_counter()
        citation = self._sentence(case.question, found[0]) if found else None
        seconds = {"total": time.perf_counter() - started, "retrieve": retrieved - started}
        best = found[0].score if found else 0.0
        confidence = best / (1 + best) if self.name == "bm25" else min(1.0, max(0.0, best))
        return _record(case, citation, confidence, tuple(_found(hit) for hit in found), seconds)

    def _sentence(self, question: str, hit: Hit) -> Cited | None:
        article = self._library.article(hit.passage.article_id)
        if article is None:
            return None
        spans = [(u.start, u.end) for u in units(article.text, hit.passage.start, hit.passage.end, article.title)]
        texts = [article.text[start:end] for start, end in spans]
        scores = _shared(question, texts) if self.name == "bm25" else self._cosines(question, texts)
        start, end = spans[int(np.argmax(scores))]
        return Cited(article.id, article.text[start:end], start, end, article.title)

    def _cosines(self, question: str, texts: Sequence[str]) -> list[float]:
        asked = self._encoder.encode_question(question)
        return [float(self._encoder.encode_question(text) @ asked) for text in texts]


class LlamaIndex:
    """LlamaIndex as it comes: splitter, metadata above the text, top nodes of a VectorStoreIndex on Chroma."""

    name = "llamaindex"

    def __init__(self, library: Library, workplace: Path) -> None:
        self._library, self._workplace = library, workplace
        self._titles = {article.id: article.title for article in library.articles()}

    @cached_property
    def _retriever(self) -> BaseRetriever:
        """The index, built for the first question: a run whose records are all there needs none."""
        try:
            from llama_index.embeddings.huggingface import HuggingFaceEmbedding
        except ImportError:
            raise EvaluationError(
                "The system llamaindex needs a package more; `pip install llama-index-embeddings-huggingface`."
            ) from None
        from llama_index.core import Document, StorageContext, VectorStoreIndex

        embedding = HuggingFaceEmbedding(model_name=str(Encoder().folder), device="cpu")
        documents = [
            Document(text=one.text, doc_id=one.id, metadata={"title": one.title, "source": one.source, "date": one.day})
            for one in self._library.articles()
        ]
        context = StorageContext.from_defaults(vector_store=vectors.open_store(self._workplace))
        index = VectorStoreIndex.from_documents(documents, storage_context=context, embed_model=embedding)
        return index.as_retriever(similarity_top_k=HITS)

    def ask(self, case: Case) -> Record:
        """The best node as the answer, and the ten best nodes."""
        retriever = self._retriever
        started = time.perf_counter()
        nodes = retriever.retrieve(case.question)
        seconds = time.perf_counter() - started
        found = tuple(_node_found(one) for one in nodes)
        best = found[0] if found else None
        cited = None
        if best:
            cited = Cited(best.article_id, best.text, best.start, best.end, self._titles.get(best.article_id, ""))
        confidence = best.score if best else 0.0
        return _record(case, cited, confidence, found, {"total": seconds, "retrieve": seconds})


def _record(
    case: Case, cited: Cited | None, confidence: float, found: tuple[Found, ...], seconds: dict[str, float]
) -> Record:
    """The record of an answer that is one quotation."""
    answer = " ".join(cited.quote.split()) if cited else ""
    return Record(
        case.id, case.question, answer, None, cited is None, confidence, (cited,) if cited else (),
        ((answer, (0,)),) if cited else (), found, found, seconds,
    )  # fmt: skip


def _found(hit: Hit) -> Found:
    passage = hit.passage
    return Found(passage.article_id, passage.start, passage.end, passage.text, hit.score)


def _node_found(one: NodeWithScore) -> Found:
    node = one.node
    start, end = getattr(node, "start_char_idx", None) or 0, getattr(node, "end_char_idx", None) or 0
    return Found(str(node.ref_doc_id), start, end, node.get_content(), float(one.score or 0.0))


def _shared(question: str, texts: Sequence[str]) -> list[float]:
    """How many words of the question each text has."""
    words = set(question.casefold().split())
    return [float(len(words & set(text.casefold().split()))) for text in texts]
