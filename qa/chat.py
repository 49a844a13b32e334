"""The Assistant: a question in, a stream of growing Answers out. `open_assistant` is the only place where real parts
meet.

    question + history → standalone → hits → readings → draft → verified → Answer

Knows nothing of Gradio or the command line.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import prompts
from indexes.build import spec
from indexes.encoder import Encoder
from indexes.errors import QuestionError
from indexes.library import Library
from qa import compose, verify
from qa.examples import examples
from qa.followup import standalone
from qa.read import Reader
from qa.types import Answer, Filters, Hit, Sentence, Settings, Turn

if TYPE_CHECKING:
    from qa.retrieve import Retrieval

LONGEST_QUESTION = 2_000  # characters; the longest question of the development sets has 280


class Assistant:
    """Answers from one library. Cheap to make; models load in `warm` or with the first question. Thread-safe."""

    def __init__(self, library: Library, encoder: Encoder, reader: Reader, settings: Settings) -> None:
        self.library, self.encoder, self.reader, self.settings = library, encoder, reader, settings
        self._lock = threading.Lock()
        self._retrieval: Retrieval | None = None

    @property
    def ready(self) -> bool:
        """Are the models loaded?"""
        return self._retrieval is not None

    def warm(self) -> None:
        """Load the models and open Chroma: a few seconds, once."""
        self._parts()

    def ask(self, question: str, history: Sequence[Turn] = (), filters: Filters = Filters()) -> Answer:
        """The whole answer. Raises QuestionError for a question that cannot be asked."""
        *_, answer = self.stream(question, history, filters)
        return answer

    def stream(self, question: str, history: Sequence[Turn] = (), filters: Filters = Filters()) -> Iterator[Answer]:
        """The answer as it grows: what was searched, then a sentence at a time, each verified before it is given
        out."""
        watch = _Watch()
        question = check_question(question)
        asked = standalone(question, history)
        answer = Answer(question, standalone=asked, done=False)
        yield answer
        retrieval = self._parts()
        found = retrieval.candidates(asked, filters)
        shown = self._shown(found)
        watch.lap("retrieve")
        yield (answer := replace(answer, retrieved=shown, hits=shown))
        readings, hits = self.reader.read(asked, found)
        watch.lap("read")
        threshold = self.settings.threshold if self.settings.threshold is not None else self.reader.threshold
        draft = compose.compose(readings, self.library.article, threshold, self.settings.sentences)
        confidence = readings[0].probability if readings else 0.0
        answer = replace(answer, hits=self._shown(hits), confidence=confidence)
        watch.lap("compose")
        kept: list[Sentence] = []
        for sentence in draft:
            if (checked := self._verified(sentence)).support.holds:
                kept.append(checked)
                answer = replace(answer, sentences=tuple(kept), text=" ".join(one.text for one in kept))
                yield answer
        watch.lap("verify")
        if not kept:
            answer = replace(answer, refused=True, text=prompts.read("refusal"))
        yield replace(answer, seconds=watch.seconds(), done=True)

    def _shown(self, hits: Sequence[Hit]) -> tuple[Hit, ...]:
        """The hits of the record: so many, and so many of one article. The reader sees them uncapped, since the answer
        to a question about one long article may stand in its fourth passage."""
        from qa.retrieve import cap

        return tuple(cap(hits, self.settings.passages, self.settings.per_article))

    def _verified(self, sentence: Sentence) -> Sentence:
        """The sentence with its verdict: every citation must carry it."""
        for citation in sentence.citations:
            support = verify.check(sentence.text, citation, self.library.article(citation.article_id))
            if not support.holds:
                return replace(sentence, support=support)
        return replace(sentence, support=support)

    def examples(self, count: int = 4) -> list[str]:
        """Questions that this library should be able to answer."""
        return examples(self.library, count)

    def close(self) -> None:
        """Close the library."""
        self.library.close()

    def _parts(self) -> Retrieval:
        with self._lock:
            if self._retrieval is None:
                from qa.retrieve import Retrieval

                retrieval = Retrieval(self.library, self.encoder)
                retrieval.retrieve("warm up")
                self.reader.warm()
                self._retrieval = retrieval
            return self._retrieval


def open_assistant(settings: Settings) -> Assistant:
    """The Assistant over the library at `settings.library`. Loads no model. Raises LibraryError."""
    library = Library(Path(settings.library), spec())
    return Assistant(library, Encoder(), Reader(library), settings)


def check_question(question: str) -> str:
    """The question without what no search can use. Raises QuestionError if nothing is left or it is endless."""
    cleaned = "".join(" " if ord(char) < 32 or 0xD800 <= ord(char) < 0xE000 else char for char in question).strip()
    if not re.search(r"\w", cleaned):
        raise QuestionError("The question is empty; ask something in words.")
    if len(cleaned) > LONGEST_QUESTION:
        raise QuestionError(f"The question has {len(cleaned):,} characters; ask in {LONGEST_QUESTION:,} or fewer.")
    return cleaned


class _Watch:
    """Seconds by stage."""

    def __init__(self) -> None:
        self._start = self._last = time.perf_counter()
        self._laps: dict[str, float] = {}

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self._laps[name] = now - self._last
        self._last = now

    def seconds(self) -> dict[str, float]:
        return {"total": time.perf_counter() - self._start, **self._laps}
