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

from indexes.build import spec
from indexes.encoder import Encoder
from indexes.errors import ModelError, QuestionError
from indexes.library import Library
from qa import compose, missing, verify
from qa.examples import examples
from qa.followup import standalone
from qa.plain import PlainReader
from qa.read import Reader
from qa.types import Answer, Filters, Hit, Sentence, Settings, Turn

if TYPE_CHECKING:
    from qa.retrieve import Retrieval

NEAREST = 3  # hits that a refusal looks at for what the articles do speak of
LONGEST_QUESTION = 2_000  # characters; the longest question of the development sets has 280


class Assistant:
    """Answers from one library. Cheap to make; models load in `warm` or with the first question. Thread-safe."""

    def __init__(self, library: Library, encoder: Encoder, reader: Reader | PlainReader, settings: Settings) -> None:
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

    def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        filters: Filters = Filters(),
        threshold: float | None = None,
    ) -> Answer:
        """The whole answer. Raises QuestionError for a question that cannot be asked."""
        *_, answer = self.stream(question, history, filters, threshold)
        return answer

    def stream(
        self,
        question: str,
        history: Sequence[Turn] = (),
        filters: Filters = Filters(),
        threshold: float | None = None,
    ) -> Iterator[Answer]:
        """The answer as it grows: what was searched, then a sentence at a time, each verified before it is given out.

        threshold: the least probability to answer, 0..1, for this question; None for the setting's.
        """
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
        reader = self.reader
        readings, hits = reader.read(asked, found)
        watch.lap("read")
        least = self.threshold() if threshold is None else threshold
        draft = compose.compose(readings, self.library.article, least, self.settings.sentences)
        sure = readings[0].probability if readings else 0.0
        answer = replace(
            answer, hits=self._shown(hits), notice=reader.notice, confidence=sure, measured=reader.measured(sure)
        )
        watch.lap("compose")
        kept: list[Sentence] = []
        for sentence in draft:
            if (checked := self._verified(sentence)).support.holds:
                kept.append(checked)
                answer = replace(
                    answer, sentences=tuple(kept), text=" ".join(one.text for one in kept), span=span_of(kept)
                )
                yield answer
        watch.lap("verify")
        if not kept:
            answer = replace(answer, refused=True, text=self._refusal(asked, answer.hits))
        yield replace(answer, seconds=watch.seconds(), done=True)

    def _refusal(self, question: str, hits: Sequence[Hit]) -> str:
        """What is missing, if the nearest passages speak of its subject."""
        return missing.refusal(question, [f"{hit.passage.header} {hit.passage.text}" for hit in hits[:NEAREST]])

    def _shown(self, hits: Sequence[Hit]) -> tuple[Hit, ...]:
        """The hits of the record: so many, and so many of one article. The reader sees them uncapped, since the answer
        to a question about one long article may stand in its fourth passage."""
        from qa.retrieve import cap

        return tuple(cap(hits, self.settings.passages, self.settings.per_article))

    def _verified(self, sentence: Sentence) -> Sentence:
        """The sentence with its verdict: its own citation must carry it; one that only agrees is dropped if it does
        not."""
        first, *others = sentence.citations
        support = verify.check(sentence.text, first, self.library.article(first.article_id))
        words = span_of([sentence]) or ""
        agreeing = [
            one for one in others if verify.check_agreeing(words, one, self.library.article(one.article_id)).holds
        ]
        return replace(sentence, support=support, citations=(first, *agreeing))

    def candidates(self, question: str, filters: Filters = Filters()) -> list[Hit]:
        """What a reader chooses from: every hit of either retriever, best first."""
        return self._parts().candidates(question, filters)

    def threshold(self, care: str = "") -> float:
        """The least probability, 0..1, to answer: "strict", "eager", or "" for the default."""
        if self.settings.threshold is not None and not care:
            return self.settings.threshold
        return self.reader.thresholds[care]

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
                try:
                    self.reader.warm()
                except ModelError as error:  # questions are answered all the same, with less
                    self.reader = PlainReader(self.library, self.encoder, str(error))
                self._retrieval = retrieval
            return self._retrieval


def open_assistant(settings: Settings) -> Assistant:
    """The Assistant over the library at `settings.library`. Loads no model. Raises LibraryError."""
    library = Library(Path(settings.library), spec())
    return Assistant(library, Encoder(), Reader(library), settings)


def span_of(sentences: Sequence[Sentence]) -> str | None:
    """The words of the first sentence that answer best, where it is not the sentence as a whole."""
    if not sentences or not sentences[0].marks:
        return None
    return sentences[0].text[slice(*sentences[0].marks[0])]


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
