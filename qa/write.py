"""What a language model is asked, and what it wrote: passages to a prompt, its stream to sentences with citations.

    The ship was freed on 29 March. [1] "was refloated on Monday"   →   Written(text, (1,), ("was …",))

A sentence is given out once it is complete and the next one has begun. Nothing here says that a sentence is true: that
is the gate's to say (`qa/verify.py`). The articles' words stand behind a bar at the start of every line and cannot
look like anything else. Knows nothing of networks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import prompts
from indexes.passages import units
from qa.llm import ContextOverflow, Message
from qa.types import Hit, Turn, Written

ANSWER_TOKENS = 700  # room for five sentences with their quotes, twice over
CHARS_A_TOKEN = 3.2  # low for English (about 4), so that names and other languages fit too
TURNS_SHOWN, TURN_CHARS = 6, 600  # of the conversation, when a follow-up question is rewritten
LONGEST_REWRITTEN = 300  # characters of a standalone question; a longer one is an essay, not a question

_MARK = r"\[\d{1,3}(?:\s*[,;]\s*\d{1,3})*\]"
_QUOTE = r"\"[^\"\n]{3,400}\"|“[^”\n]{3,400}”|«[^»\n]{3,400}»"
_GROUP = re.compile(rf"\s*{_MARK}(?:[\s,.;]*(?:{_MARK}|{_QUOTE}))*\.?")  # numbers and quotes behind a sentence
_BULLET = re.compile(r"^\s*(?:[-*•]\s+|\d{1,2}[.)]\s+(?=\S))")
_FORGED = re.compile(r"<\|([^|\n]{0,40})\|>|\[(/?INST)\]|<<(/?SYS)>>|</?s>")  # what chat templates are written with


class Model(Protocol):
    """What is needed of a language model (`qa.llm.LanguageModel`)."""

    name: str
    context: int

    def stream(
        self, messages: Sequence[Message], most_tokens: int = ..., stop: Callable[[], bool] | None = None
    ) -> Iterator[str]:
        """Pieces of text."""

    def complete(self, messages: Sequence[Message], most_tokens: int = ...) -> str:
        """The whole text."""


class Writer:
    """Has a language model write. Raises WriterError where the model cannot be used."""

    def __init__(self, model: Model) -> None:
        self._model = model

    @property
    def name(self) -> str:
        """The model's."""
        return self._model.name

    def write(self, question: str, hits: Sequence[Hit], stop: Callable[[], bool] | None = None) -> Iterator[Written]:
        """Each sentence as soon as it is complete; nothing where the model declines. If the passages are too long
        for the model, once more with half of them."""
        shown = hits[: fitting(question, hits, self._model.context)]
        try:
            yield from self._write(question, shown, stop)
        except ContextOverflow:
            if len(shown) < 2:
                raise
            yield from self._write(question, shown[: len(shown) // 2], stop)

    def _write(self, question: str, shown: Sequence[Hit], stop: Callable[[], bool] | None) -> Iterator[Written]:
        pieces = self._model.stream(messages(question, shown), ANSWER_TOKENS, stop)
        for one in sentences(pieces):
            if not declines(one.text):
                yield one

    def standalone(self, question: str, history: Sequence[Turn]) -> str:
        """The question made to stand alone by the model; "" where what it wrote is no question that could be meant."""
        said = [f"{turn.role}: {quoted(turn.text[:TURN_CHARS])}" for turn in history[-TURNS_SHOWN:]]
        asked = prompts.fill("standalone", conversation="\n".join(said), question=quoted(question))
        lines = self._model.complete([Message("user", asked)]).strip().splitlines()
        rewritten = " ".join(lines[0].strip('"“” |').split()) if lines else ""
        known = " ".join([question, *(turn.text for turn in history)]).casefold()
        names = re.findall(r"(?<=\w )[A-Z][\w’'-]+|\d+", rewritten)
        invented = any(name.casefold() not in known for name in names)
        return "" if len(rewritten) > LONGEST_REWRITTEN or invented else rewritten


def messages(question: str, hits: Sequence[Hit]) -> list[Message]:
    """The prompt: what to do, then the passages and the question."""
    told = prompts.fill("answer", decline=prompts.read("refusal"))
    passages = "\n\n".join(passage(number, hit) for number, hit in enumerate(hits, 1))
    return [
        Message("system", told),
        Message("user", prompts.fill("question", passages=passages, question=" ".join(question.split()))),
    ]


def passage(number: int, hit: Hit) -> str:
    """A numbered passage, title · source · date above it, every line of it behind a bar."""
    header = " ".join(hit.passage.header.split())
    return f"[{number}]\n{quoted(f'{header}{chr(10)}{hit.passage.text}' if header else hit.passage.text)}"


def quoted(text: str) -> str:
    """Foreign text as data: each line behind a bar, and nothing in it that a chat template is written with."""
    harmless = _FORGED.sub(lambda found: f"({next((group for group in found.groups() if group), 's')})", text)
    return "\n".join(f"| {line}" for line in harmless.splitlines() if line.strip())


def fitting(question: str, hits: Sequence[Hit], context: int) -> int:
    """How many of the passages, from the first, fit into so many tokens beside the prompt and the answer; at least
    one."""
    room = (context - ANSWER_TOKENS) * CHARS_A_TOKEN
    count = len(hits)
    while count > 1 and sum(len(one.text) for one in messages(question, hits[:count])) > room:
        count -= 1
    return count


def declines(text: str) -> bool:
    """Is this the sentence of one who found no answer?"""
    return prompts.read("refusal").casefold().strip(" .") == text.casefold().strip(' .*"“”')


def sentences(pieces: Iterator[str]) -> Iterator[Written]:
    """A model's stream as sentences, each once it is complete. What comes before an error is given out first."""
    waiting = ""
    try:
        for piece in pieces:
            waiting += piece
            done, waiting = complete(waiting)
            yield from done
    except Exception:
        yield from complete(waiting + "\n", cut=True)[0]
        raise
    yield from complete(waiting + "\n")[0]


def complete(text: str, cut: bool = False) -> tuple[list[Written], str]:
    """(the sentences that are complete, the rest). A line is; so is a sentence with its numbers once another word
    follows. cut: the stream broke off, and what has no number behind it is half a sentence."""
    found: list[Written] = []
    *lines, rest = text.split("\n")
    for line in lines:
        found += _of_line(line, cut)
    while True:
        group = next((one for one in _GROUP.finditer(rest) if re.match(r"\s+[^\s\[\"“«,.;]", rest[one.end() :])), None)
        if group is None:
            return found, rest
        found += _of_line(rest[: group.end()])
        rest = rest[group.end() :]


def _of_line(line: str, cut: bool = False) -> Iterator[Written]:
    """The sentences of a line: each ends with its group of numbers and quotes; a last one may have none."""
    line, at = _BULLET.sub("", line).replace("**", ""), 0
    for group in _GROUP.finditer(line):
        yield from _written(line[at : group.start()], group.group())
        at = group.end()
    if not cut:
        yield from _written(line[at:], "")


def _written(text: str, group: str) -> Iterator[Written]:
    """Each sentence before a group has the numbers and quotes of the group."""
    marks = " ".join(re.findall(_MARK, group))
    numbers = tuple(dict.fromkeys(int(one) for one in re.findall(r"\d+", marks)))
    quotes = tuple(one[1:-1].strip() for one in re.findall(_QUOTE, group))
    text = " ".join(text.split())
    for unit in units(text) if re.search(r"\w", text) else ():
        yield Written(text[unit.start : unit.end], numbers, quotes)
