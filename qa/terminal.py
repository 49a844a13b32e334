"""An answer and an article in a terminal: footnotes with the quote in its sentence, wrapped, in colour where it is
wanted.

Foreign text is printed without control characters, so that an article can neither colour nor move the cursor. Knows
nothing of how an answer is made.
"""

from __future__ import annotations

import os
import shutil
import textwrap
import unicodedata
from dataclasses import dataclass
from typing import TextIO

from indexes.types import Article
from qa.calibration import in_words, worth
from qa.types import Answer, Citation, Sentence

BOLD, DIM, PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[0m"
WIDEST = 100  # columns: longer lines are hard to read


def printable(text: str) -> str:
    """Without control and format characters; line ends stay."""
    return "".join(char for char in text if char == "\n" or unicodedata.category(char) not in ("Cc", "Cf", "Cs"))


def error_line(sentence: str) -> str:
    """What went wrong, as it stands on standard error."""
    return f"footnote: {printable(sentence)}"


@dataclass(frozen=True, slots=True)
class Terminal:
    """Where the text goes. width in columns, 0 to leave lines as they are."""

    width: int
    colour: bool

    @classmethod
    def of(cls, stream: TextIO) -> Terminal:
        """A pipe gets whole lines without colour. NO_COLOR and TERM=dumb are honoured, FORCE_COLOR too."""
        tty = stream.isatty()
        plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
        colour = not plain and (tty or bool(os.environ.get("FORCE_COLOR")))
        return cls(min(shutil.get_terminal_size().columns, WIDEST) if tty else 0, colour)

    def answer(self, answer: Answer) -> str:
        """The answer, then its footnotes; or the refusal, then the nearest passages."""
        parts = []
        if answer.standalone and answer.standalone != answer.question:
            parts.append(self._dim(f"Understood as: {printable(answer.standalone)}"))
        if answer.scope:
            parts.append(self._dim(f"From the question: {printable(', '.join(answer.scope))}"))
        if answer.notice:
            parts.append(self._dim(self._wrap(printable(answer.notice))))
        if answer.refused:
            parts += [self._bold(printable(answer.text)), *self._nearest(answer)]
        else:
            sentences = map(self._sentence, answer.sentences)
            parts.append(self._wrap(" ".join(sentences)))
            if not answer.broad:
                words = filter(None, (in_words(answer.confidence).capitalize(), worth(answer.measured)))
                parts.append(self._dim(self._wrap(f"{': '.join(words)}.")))
            parts += [self._footnote(citation) for citation in answer.citations]
        if answer.left_out:
            were = "sentence was" if len(answer.left_out) == 1 else "sentences were"
            told = f"{len(answer.left_out)} {were} left out: the articles do not support what the model wrote there."
            parts.append(self._dim(self._wrap(told)))
        return "\n\n".join(parts)

    def article(self, article: Article) -> str:
        """The saved article, what belongs to the page dimmed (or marked with |, without colour)."""
        head = [self._bold(printable(article.title)), self._dim(_line(article.author, article.source, article.day))]
        if article.url:
            head.append(self._dim(printable(article.url)))
        pieces, at = [], 0
        for start, end in article.leftovers:
            pieces += [printable(article.text[at:start]), self._leftover(printable(article.text[start:end]))]
            at = end
        pieces.append(printable(article.text[at:]))
        return "\n".join(one for one in head if one) + "\n\n" + "".join(pieces)

    def _sentence(self, sentence: Sentence) -> str:
        """The sentence, the words that answer in bold, and its numbers."""
        numbers = "".join(f"[{citation.number}]" for citation in sentence.citations)
        parts, at = [], 0
        for start, end in sorted(sentence.marks):
            parts += [printable(sentence.text[at:start]), self._bold(printable(sentence.text[start:end]))]
            at = end
        return f"{''.join(parts)}{printable(sentence.text[at:])} {self._dim(numbers)}"

    def _footnote(self, citation: Citation) -> str:
        head = f"[{citation.number}] {_line(citation.title, citation.source, citation.published[:10])}"
        quote = self._wrap(f"“{printable(' '.join(citation.quote.split()))}”", "    ")
        where = self._dim(printable(f"    {citation.article_id}, characters {citation.start}–{citation.end}"))
        return f"{head}\n{quote}\n{where}"

    def _nearest(self, answer: Answer) -> list[str]:
        if not answer.hits:
            return []
        shown = ["The nearest passages:"]
        for hit in answer.nearest:
            text = textwrap.shorten(printable(hit.passage.text), 300, placeholder=" …")
            shown.append(f"  · {printable(hit.passage.header)}\n{self._wrap(text, '    ')}")
        return shown

    def _leftover(self, text: str) -> str:
        return self._dim(text) if self.colour else "\n".join(f"| {line}" if line else line for line in text.split("\n"))

    def _wrap(self, text: str, indent: str = "") -> str:
        if not self.width:
            return indent + text
        return textwrap.fill(text, self.width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)

    def _bold(self, text: str) -> str:
        return f"{BOLD}{text}{PLAIN}" if self.colour and text else text

    def _dim(self, text: str) -> str:
        return f"{DIM}{text}{PLAIN}" if self.colour and text else text


def _line(*parts: str) -> str:
    return printable(" · ".join(part for part in parts if part))
