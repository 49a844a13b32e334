"""The Assistant: a question in, a stream of growing Answers out. `open_assistant` is the only place where real parts
meet.

    question + history → standalone → hits → readings → quotes, or what a model writes → verified → Answer

Where a language model is configured it writes, and the gate decides; whatever goes wrong with it ends in the answer
made of quotes, which says so. Knows nothing of Gradio or the command line.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from indexes.build import spec
from indexes.encoder import Encoder
from indexes.errors import ModelError, QuestionError
from indexes.library import Library
from qa import compose, followup, missing, overview
from qa.examples import examples
from qa.grow import quoted, unsaid, written
from qa.llm import LanguageModel, WriterError, configured
from qa.plain import PlainReader
from qa.read import Reader
from qa.scope import NEWEST, Scope, likely_newest_first, newest_first, understood
from qa.suggest import suggestions
from qa.types import Answer, Filters, Hit, Reading, Sentence, Settings, Turn
from qa.write import Writer

if TYPE_CHECKING:
    from qa.retrieve import Retrieval

NOTHING_ELSE = "The articles say nothing else on the last question."
NOTICES = {
    "why": "These are the words that the last answer stands on, and what stands around them.",
    "more": "This is what else was found on the last question.",
}
QUICK_LOOK = 2  # passages read to see whether a suggested question has an answer
NEAREST = 3  # hits that a refusal looks at for what the articles do speak of
LONGEST_QUESTION = 2_000  # characters; the longest question of the development sets has 280


class Assistant:
    """Answers from one library. Cheap to make; models load in `warm` or with the first question. Thread-safe."""

    def __init__(
        self,
        library: Library,
        encoder: Encoder,
        reader: Reader | PlainReader,
        settings: Settings,
        writer: Writer | None = None,
    ) -> None:
        self.library, self.encoder, self.reader, self.settings = library, encoder, reader, settings
        self.writer = writer
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
        stop: Callable[[], bool] | None = None,
    ) -> Iterator[Answer]:
        """The answer as it grows: what was searched, then a sentence at a time, each verified before it is given out.

        threshold: the least probability to answer, 0..1, for this question; None for the setting's. stop: asked while a
        language model writes; True ends it.
        """
        watch, question = _Watch(), check_question(question)
        wanted = followup.intent(question) if history else ""
        asked, said = self._asked(question, history, wanted)
        yield (answer := Answer(question, standalone=asked, done=False))
        self._parts()
        least = self.threshold() if threshold is None else threshold
        search = self._search(asked, filters, least, watch, said)
        answer = replace(answer, retrieved=search.shown, hits=search.shown, scope=search.scope.said)
        yield answer
        reader, readings = self.reader, list(search.readings)
        if said:
            readings, least = unsaid(readings, said), min(least, reader.thresholds["eager"])
        sure = readings[0].probability if readings else overview.CONFIDENCE if search.main else 0.0
        draft = search.main or compose.compose(readings, self.library.article, least, self.settings.sentences)
        watch.lap("compose")
        notice = " ".join(filter(None, (reader.notice, NOTICES.get(wanted, "") if draft else "", search.notice)))
        answer = replace(answer, hits=search.hits, notice=notice, confidence=sure, measured=reader.measured(sure))
        if self.writer and not wanted and sure >= min(least, reader.thresholds["eager"]):
            for grown in written(self.writer, answer, readings, reader, self.library.article, stop):
                yield (answer := grown)
            watch.lap("write")
        if search.main and not answer.sentences:
            answer = replace(answer, broad=True, measured=None, notice=f"{answer.notice} {overview.NOTICE}".strip())
        for grown in quoted(answer, draft, self.library.article, wanted == "why") if not answer.sentences else ():
            yield (answer := grown)
        watch.lap("verify")
        if not answer.sentences:
            text = NOTHING_ELSE if wanted == "more" else self._refusal(asked, answer.hits)
            answer = replace(answer, refused=True, broad=False, text=text)
        yield replace(answer, seconds=watch.seconds(), done=True)

    def _asked(self, question: str, history: Sequence[Turn], wanted: str) -> tuple[str, str]:
        """(The question as it is searched, what is not to be said again.) "What else?" wants none of the answers to the
        question it goes back to, "How do you know?" asks about the last of them."""
        if not wanted:
            return self._standalone(question, history), ""
        former, answers = followup.gone_back_to(history)
        return former or question, " ".join(answers if wanted == "more" else answers[:-1])

    def _search(self, asked: str, filters: Filters, least: float, watch: _Watch, said: str) -> _Search:
        """Retrieved and read, among the articles that the question names if it names some and they answer it; else
        among all. said: what is not to be said again."""
        scope = understood(asked, list(self.library.sources()), date.today(), filters)
        narrow = narrowed(filters, scope.filters)
        found = self._search_in(asked, narrow, scope, least, watch, said)
        if narrow == filters or found.main or (found.readings and found.readings[0].probability >= least):
            return found
        everywhere = Scope(latest=scope.latest, said=(NEWEST,) * scope.latest)
        wide = self._search_in(asked, filters, everywhere, least, watch, said)
        named = " and ".join(one for one in scope.said if one != NEWEST)
        return replace(wide, notice=f"Nothing from {named} answers this; all articles were searched.")

    def _search_in(self, asked: str, filters: Filters, scope: Scope, least: float, watch: _Watch, said: str) -> _Search:
        found = self._parts().candidates(asked, filters)
        found = newest_first(found) if scope.latest else found
        watch.lap("retrieve")
        shown = self._shown(found)
        subject = overview.subject_of(asked)
        at_once = subject is not None and not overview.is_detail(subject)
        if at_once and (main := self._main_sentences(subject, found, filters, least, said)):
            return _Search(scope, (), shown, shown, main=main)
        readings, hits = self.reader.read(asked, found)
        readings = likely_newest_first(readings, least) if scope.latest else readings
        watch.lap("read")
        enough = self.threshold("strict") if subject is None else overview.DETAIL
        sure = bool(readings) and readings[0].probability >= max(enough, least)
        subject = overview.bare_subject(asked) if subject is None else subject
        if not (sure or at_once) and (main := self._main_sentences(subject, found, filters, least, said)):
            return _Search(scope, (), shown, self._shown(hits), main=main)
        return _Search(scope, tuple(readings), shown, self._shown(hits))

    def _main_sentences(
        self, subject: str | None, found: Sequence[Hit], filters: Filters, least: float, said: str
    ) -> tuple[Sentence, ...]:
        """What answers a broad question; none for another, or where more confidence is asked for."""
        if subject is None or (not subject and len(filters.articles) != 1) or least > overview.CONFIDENCE:
            return ()
        return tuple(overview.main_sentences(subject, found, self.library.article, self.settings.sentences, said))

    def _standalone(self, question: str, history: Sequence[Turn]) -> str:
        """The question as it is searched: completed by the language model where there is one and the rule sees that
        something is to be completed, else by the rule."""
        asked = followup.standalone(question, history)
        if self.writer and asked != question:
            try:
                return self.writer.standalone(question, history) or asked
            except WriterError:  # said when the answer is written, which will fail too
                return asked
        return asked

    def _refusal(self, question: str, hits: Sequence[Hit]) -> str:
        """What is missing, if the nearest passages speak of its subject."""
        return missing.refusal(question, [f"{hit.passage.header} {hit.passage.text}" for hit in hits[:NEAREST]])

    def _shown(self, hits: Sequence[Hit]) -> tuple[Hit, ...]:
        """The hits of the record: so many, and so many of one article. The reader sees them uncapped, since the answer
        to a question about one long article may stand in its fourth passage."""
        from qa.retrieve import cap

        return tuple(cap(hits, self.settings.passages, self.settings.per_article))

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

    def suggestions(self, answer: Answer, shown: Collection[str], count: int = 3) -> list[str]:
        """Questions that lead on from an answer and that the articles answer: checked with the reader on the two
        nearest passages, within half a second or so. shown: questions not to be suggested again."""
        return suggestions(answer, self.library, self._answered, shown, count)

    def _answered(self, question: str) -> bool:
        """Is a quick look sure enough that the articles answer this?"""
        readings, _ = self.reader.read(question, self.candidates(question)[:QUICK_LOOK])
        return bool(readings) and readings[0].probability >= self.reader.thresholds[""]

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
    """The Assistant over the library at `settings.library`. Loads no model. Raises LibraryError, and SettingsError
    where a language model is configured by half."""
    library = Library(Path(settings.library), spec())
    endpoint = None if settings.quoting else configured()
    writer = Writer(LanguageModel(endpoint)) if endpoint else None
    return Assistant(library, Encoder(), Reader(library), settings, writer)


def narrowed(given: Filters, read: Filters) -> Filters:
    """The filters a person set, and what the question says where they set none."""
    sources, after, before = given.sources or read.sources, given.after or read.after, given.before or read.before
    return replace(given, sources=sources, after=after, before=before)


def check_question(question: str) -> str:
    """The question without what no search can use. Raises QuestionError if nothing is left or it is endless."""
    cleaned = "".join(" " if ord(char) < 32 or 0xD800 <= ord(char) < 0xE000 else char for char in question).strip()
    if not re.search(r"\w", cleaned):
        raise QuestionError("The question is empty; ask something in words.")
    if len(cleaned) > LONGEST_QUESTION:
        raise QuestionError(f"The question has {len(cleaned):,} characters; ask in {LONGEST_QUESTION:,} or fewer.")
    return cleaned


@dataclass(frozen=True, slots=True)
class _Search:
    """What was found: the readings, best first; the hits as retrieved and in their final order; under which scope.
    main: the sentences that answer a broad question, which has no readings."""

    scope: Scope
    readings: tuple[Reading, ...]
    shown: tuple[Hit, ...]
    hits: tuple[Hit, ...]
    notice: str = ""
    main: tuple[Sentence, ...] = ()


class _Watch:
    """Seconds by stage; a stage that is gone through twice counts twice."""

    def __init__(self) -> None:
        self._start = self._last = time.perf_counter()
        self._laps: dict[str, float] = {}

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self._laps[name] = self._laps.get(name, 0.0) + now - self._last
        self._last = now

    def seconds(self) -> dict[str, float]:
        return {"total": time.perf_counter() - self._start, **self._laps}
