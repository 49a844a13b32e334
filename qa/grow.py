"""An answer grown sentence by sentence, each checked before it is added: from quotes, or from what a model writes.

    Answer + draft → Answer with one sentence → with two → …

Whatever goes wrong with a language model ends in an answer without sentences and with a notice, for which quotes are
then found. Knows nothing of searching or of how a question was understood.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from qa import compose, verify
from qa.gate import Gate
from qa.llm import WriterError
from qa.plain import PlainReader
from qa.quote import overlap
from qa.read import Reader
from qa.types import Answer, ArticleOf, Reading, Sentence, Support
from qa.write import Writer

NOTHING_LEFT = "Nothing that the language model wrote is supported by the articles."
NOTHING_WRITTEN = "The language model found no answer in the passages."
QUOTES_INSTEAD = "The answer is made of the articles’ own sentences."
NOT_CHECKED = "Nothing that a language model writes could be checked."


def quoted(answer: Answer, draft: Sequence[Sentence], article_of: ArticleOf, widely: bool = False) -> Iterator[Answer]:
    """The answer grown by the quotes that stand. widely: each with the sentences around it, none of them twice."""
    kept: list[Sentence] = []
    for sentence in draft:
        whole = compose.with_surroundings(sentence, article_of) if widely else sentence
        if widely and any(_share_words(whole, other) for other in kept):
            continue
        whole = _numbered(whole, 1 + sum(len(one.citations) for one in kept))
        if (checked := verified(whole, article_of)).support.holds:
            kept.append(checked)
            yield replace(answer, sentences=tuple(kept), text=text_of(kept), span=span_of(kept))


def _share_words(one: Sentence, other: Sentence) -> bool:
    """Do two sentences quote the same place?"""
    first, second = one.citations[0], other.citations[0]
    return first.article_id == second.article_id and overlap((first.start, first.end), (second.start, second.end))


def _numbered(sentence: Sentence, first: int) -> Sentence:
    """The sentence with its citations numbered from `first`."""
    return replace(
        sentence, citations=tuple(replace(one, number=first + at) for at, one in enumerate(sentence.citations))
    )


def written(
    writer: Writer,
    answer: Answer,
    readings: Sequence[Reading],
    reader: Reader | PlainReader,
    article_of: ArticleOf,
    stop: Callable[[], bool] | None = None,
) -> Iterator[Answer]:
    """The answer grown by what a language model writes and the gate lets through; without sentences, and with a notice,
    where nothing is left. An article's own words in place of a sentence wait until one passes as it was written: alone
    they need not answer anything."""
    if isinstance(reader, PlainReader):
        yield replace(answer, notice=f"{answer.notice} {NOT_CHECKED}")
        return
    likely = [one for one in readings if one.probability >= reader.thresholds["eager"]]
    gate = Gate(article_of, reader.supports, answer.standalone, likely)
    kept: list[Sentence] = []
    out: list[Sentence] = []
    waiting: list[Sentence] = []
    trouble = ""
    try:
        for one in writer.write(answer.standalone, answer.hits, stop):
            sentence = gate.judge(one, answer.hits)
            (waiting if sentence.support.holds else out).append(sentence)
            if kept or sentence.support.verdict == "supported":
                kept, waiting = [*kept, *waiting], []
            yield (answer := replace(answer, sentences=tuple(kept), text=text_of(kept), left_out=tuple(out)))
    except WriterError as error:
        trouble = str(error)
    out += [Sentence(one.instead_of, (), Support("unsupported", one.support.reason)) for one in waiting]
    answer = replace(answer, left_out=tuple(out))
    yield replace(answer, notice=_noticed(answer.notice, trouble, kept, out), writer=writer.name if kept else "")


def _noticed(notice: str, trouble: str, kept: Sequence[Sentence], out: Sequence[Sentence]) -> str:
    """The notice with what went wrong."""
    if trouble and kept:
        trouble += " What had been written by then is shown; it may not be complete."
    elif not kept:
        trouble = f"{trouble or (NOTHING_LEFT if out else NOTHING_WRITTEN)} {QUOTES_INSTEAD}"
    return " ".join(filter(None, (notice, trouble)))


def verified(sentence: Sentence, article_of: ArticleOf) -> Sentence:
    """The sentence with its verdict: its own citation must carry it; one that only agrees is dropped if it does not."""
    first, *others = sentence.citations
    support = verify.check(sentence.text, first, article_of(first.article_id))
    words = span_of([sentence]) or ""
    agreeing = [one for one in others if verify.check_agreeing(words, one, article_of(one.article_id)).holds]
    return replace(sentence, support=support, citations=(first, *agreeing))


def unsaid(readings: Sequence[Reading], said: str) -> list[Reading]:
    """The readings whose sentence was not said."""
    return [reading for reading in readings if verify.fold(reading.text) not in said]


def text_of(sentences: Sequence[Sentence]) -> str:
    """The sentences as plain text."""
    return " ".join(sentence.text for sentence in sentences)


def span_of(sentences: Sequence[Sentence]) -> str | None:
    """The words of the first sentence that answer best, where it is not the sentence as a whole."""
    if not sentences or not sentences[0].marks:
        return None
    return sentences[0].text[slice(*sentences[0].marks[0])]
