"""Question and hits to sentences, each with the words in it that answer and the probability that they do.

The reader of our own (`qa/reader/`) reads the best passages, a window each; its span's sentence, quoted with what a
pronoun at its start needs, becomes a `Reading`. The likeliest are read once more by the large reader, close up, each
with its neighbours alone: a near miss often looks like an answer only beside the other sentences of its passage. What a
reading is worth is the calibration's to say (`qa/calibration.py`). Knows nothing of storage or of how an answer is
written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from indexes.errors import ModelError
from indexes.passages import Unit, units
from indexes.types import Article, Hit, Span
from qa import asked, times
from qa.calibration import ALONE, FILE, load
from qa.quote import around, overlap, past_bullet, with_neighbours
from qa.reader.large import LargeModel, shared
from qa.reader.model import THREADS, ReaderModel, WindowReading
from qa.types import ArticleOf, Reading

if TYPE_CHECKING:
    from indexes.library import Library

# Of the hits, of whatever article, how many are read; a passage retrieved with less than LEAST_SHARE of the best one's
# score is not. Six are as good as eight or twelve on the dev halves (docs/experiments.md).
PASSAGES_READ, LEAST_SHARE = 6, 0.4
# The likeliest sentences are read once more: as many as there are threads, then the others, up to READ_CLOSE, unless
# one of the first answers with a logit of ENOUGH. All at once are no better on the dev halves (docs/experiments.md).
READ_CLOSE, ENOUGH = 4, 1.0
# Characters. With more around it a sentence is read alone, since a window is cut at 288 word pieces.
LONGEST_CLOSE = 900
Place = tuple[str, int, int]  # article, start, end


@dataclass(frozen=True, slots=True)
class Read:
    """One reading before it is weighed: what the reader and retrieval say of it, in figures."""

    reading: Reading
    figures: Mapping[str, float]


class Reader:
    """Reads hits against a question. Thread-safe; loads its model when first used."""

    def __init__(self, library: Library, model: ReaderModel | None = None, large: LargeModel | None = None) -> None:
        self._library = library
        self._model = model or ReaderModel()
        self._large: LargeModel | None = large or shared()
        # The notice is what each answer says of what there should be and is not.
        self.calibration, self.notice = load(library.folder, FILE)

    @property
    def thresholds(self) -> Mapping[str, float]:
        """The least probability, 0..1, that is shown as an answer: by default (""), "strict" and "eager"."""
        own = self.calibration
        return {"": own.threshold, "strict": own.strict, "eager": own.eager}

    def measured(self, probability: float) -> float | None:
        """The share of answers about this sure that were right where that was measured."""
        return self.calibration.measured(probability)

    def supports(self, claim: str, windows: Sequence[tuple[str, str]]) -> list[float]:
        """For each (header, words) a logit that the words carry the claim."""
        return self._model.supports(claim, windows)

    def warm(self) -> None:
        """Load the models. Without the large one go on with our own, and say so. Raises ModelError without ours."""
        self._model.read("warm up", [("", "warm up")])
        try:
            if self._large:
                self._large.read("warm up", [("", "warm up")])
        except ModelError as error:
            self.without_large(f"{error} Until then near misses are told from answers less surely.")

    def without_large(self, notice: str = "") -> None:
        """Read without the large model from now on."""
        self._large = None
        self.calibration, said = load(self._library.folder, ALONE)
        self.notice = " ".join(filter(None, (notice, said)))

    def read(self, question: str, hits: Sequence[Hit]) -> tuple[list[Reading], list[Hit]]:
        """(sentences, best first; hits in their final order). Ties keep the order of the hits and of the text."""
        found, order = self.figures(question, hits)
        weighed = [
            replace(one.reading, score=self.calibration.score(one.figures),
                    probability=self.calibration.probability(one.figures))
            for one in found
        ]  # fmt: skip
        return sorted(weighed, key=lambda reading: -reading.score), order

    def figures(self, question: str, hits: Sequence[Hit]) -> tuple[list[Read], list[Hit]]:
        """Every reading with its figures, and the hits in their final order: what calibration is fitted on."""
        if not hits:
            return [], []
        worth = [hit for hit in hits[:PASSAGES_READ] if hit.score >= LEAST_SHARE * hits[0].score]
        texts = [(hit.passage.header, hit.passage.text) for hit in worth]
        windows = list(zip(worth, self._model.read(question, texts), strict=True))
        article_of = cache(self._library.article)  # several windows and sentences are of one article
        found = self._read_close(question, _readings(question, windows, article_of), article_of)
        order = sorted(range(len(windows)), key=lambda index: -windows[index][1].relevance)
        return found, [*(windows[index][0] for index in order), *hits[len(windows) :]]

    def _read_close(self, question: str, found: Sequence[Read], article_of: ArticleOf) -> list[Read]:
        """The readings with what the large reader, or ours where there is none, says of their sentence in its closest
        surroundings. These are read for the likeliest; the others get no more than the least of those."""
        likeliest = sorted(found, key=lambda one: -self.calibration.score(one.figures))[:READ_CLOSE]
        close: dict[Place, float] = {}
        for some in (likeliest[:THREADS], likeliest[THREADS:]):
            if any(answers >= ENOUGH for answers in close.values()):
                break
            read = (self._large or self._model).read(question, [_close(one.reading, article_of) for one in some])
            close |= {_place(one): window.answers for one, window in zip(some, read, strict=True)}
        name, least = "close" if self._large else "near", min(close.values(), default=0.0)
        return [
            replace(one, figures={**one.figures, name: close.get(_place(one), min(least, one.figures["answers"]))})
            for one in found
        ]


def _readings(question: str, windows: Sequence[tuple[Hit, WindowReading]], article_of: ArticleOf) -> list[Read]:
    """The readings of all windows; those whose words another article says too know of it."""
    found = [one for hit, window in windows for one in _of_window(question, hit, window, article_of)]
    said = [(one.reading.hit.passage.article_id, one.reading.words.casefold()) for one in found]
    agreeing = [
        float(any(words and words == other and article != elsewhere for elsewhere, other in said))
        for article, words in said
    ]
    return [
        replace(one, figures={**one.figures, "agreeing": agree}) for one, agree in zip(found, agreeing, strict=True)
    ]


def _close(reading: Reading, article_of: ArticleOf) -> tuple[str, str]:
    """(header, the sentence with the one before and the one behind)."""
    header, article = reading.hit.passage.header, article_of(reading.hit.passage.article_id)
    if article is None:
        return header, reading.text
    start, end = around(article, (reading.start, reading.end))
    return header, article.text[start:end] if end - start <= LONGEST_CLOSE else reading.text


def _of_window(question: str, hit: Hit, window: WindowReading, article_of: ArticleOf) -> Iterator[Read]:
    """A reading for each sentence of the window that holds one of its spans."""
    article = article_of(hit.passage.article_id)
    if article is None:
        return
    kind, whole, period = asked.kind_of(question), asked.wants_sentence(question), times.asked_about(question)
    missing = asked.missing_names(question, f"{article.header} {article.text}")
    also = ALSO_MARKED if asked.wants_several(question) else 0.0
    for (start, end), spans in _sentences(article, hit, window).items():
        text, best = article.text[start:end], spans[0][1]
        clipped = [((max(start, first), last), score) for (first, last), score in spans if last > start]
        marked = () if whole else tuple(one for one, score in clipped if score >= best - also)
        figures = {
            "answers": window.answers,
            "relevance": window.relevance,
            "behind": window.span_score - best,
            "retrieved": hit.score,
            "missing": missing,
            "wrong_kind": float(not asked.holds(kind, text)),
            "wrong_words": float(bool(marked) and not asked.measures(kind, article.text[slice(*marked[0])])),
            "period": times.share_told(period, text),
            "timed": float(period is not None),
            "whole": float(whole),
        }
        yield Read(Reading(hit, start, end, text, 0.0, 0.0, marked), figures)


def _place(one: Read) -> Place:
    return one.reading.hit.passage.article_id, one.reading.start, one.reading.end


ALSO_MARKED = 2.0  # where a list is asked for, further spans are marked whose logit is at most so much lower


def _sentences(article: Article, hit: Hit, window: WindowReading) -> dict[Span, list[tuple[Span, float]]]:
    """What would be quoted of the window: each sentence with the spans in it, best first, and their logits."""
    found: dict[Span, list[tuple[Span, float]]] = {}
    for span, score in _spans(hit, window):
        quoted = _quoted(article, hit, span)
        if quoted:
            found.setdefault(quoted, []).append((span, score))
    return found


def _spans(hit: Hit, window: WindowReading) -> Iterator[tuple[Span, float]]:
    """The window's spans as the article's, best first."""
    at = hit.passage.start
    for start, end, score in ((window.start, window.end, window.span_score), *window.runners):
        if start < end:
            yield (at + start, at + end), score


def _quoted(article: Article, hit: Hit, span: Span) -> Span | None:
    """The sentence that holds the span, as it is quoted; None where it touches a heading or the page's own text."""
    found = units(article.text, hit.passage.start, hit.passage.end, title=article.title)
    holding = [unit for unit in found if overlap((unit.start, unit.end), span)]
    if not holding or any(unit.kind == "heading" for unit in holding):
        return None
    return with_neighbours(article, past_bullet(article.text, _joined(holding)))


def _joined(found: Sequence[Unit]) -> Span:
    return found[0].start, found[-1].end
