"""Compare sentence splitters on the table of cases and on speed.

    python -m bench.splitters [FILE]      FILE: text to take the speed on; else the table itself, repeated

"as is": the splitter given the whole text. "+ lines": given one of our blocks at a time, so that only its judgment of
stops counts. "- quotes": as "+ lines", without the cases of quotations, where splitters differ by intent. A candidate
that is not installed is skipped. Knows nothing of passages or models.
"""

from __future__ import annotations

import importlib
import logging
import sys
import time
from collections.abc import Callable, Iterable
from importlib import metadata
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from indexes.sentences import blocks, sentences
from tests.sentence_cases import CASES, HELD_OUT, unmark

Split = Callable[[str], Iterable[str]]
SPEED_CHARS = 400_000
DIFFER_BY_INTENT = ("quotations",)


def ours() -> Split:
    """The splitter of this project."""
    return lambda text: [text[start:end] for start, end in sentences(text)]


def with_sentencex() -> Split:
    """Rules in Rust, by the Wikimedia foundation."""
    segment = importlib.import_module("sentencex").segment
    return lambda text: segment("en", text)


def with_pysbd() -> Split:
    """The pragmatic segmenter."""
    segmenter = importlib.import_module("pysbd").Segmenter(language="en", clean=False)
    return lambda text: segmenter.segment(text)


def with_sentencesplit() -> Split:
    """A fork of pysbd."""
    segmenter = importlib.import_module("sentencesplit").Segmenter(language="en")
    return lambda text: segmenter.segment(text)


def with_syntok() -> Split:
    """Rules over a tokenizer."""
    process = importlib.import_module("syntok.segmenter").process

    def split(text: str) -> list[str]:
        found = [s for paragraph in process(text) for s in paragraph]
        starts = [tokens[0].offset for tokens in found] + [len(text)]
        return [text[start:end] for start, end in pairwise(starts)]

    return split


def with_nupunkt() -> Split:
    """Punkt, trained on legal text, with its rules for lines."""
    module = importlib.import_module("nupunkt")
    return lambda text: module.sentences(text, line_breaks=True)


def with_llama_index() -> Split:
    """The default of LlamaIndex's SentenceSplitter: punkt of nltk."""
    utils = importlib.import_module("llama_index.core.node_parser.text.utils")
    split: Split = utils.split_by_sentence_tokenizer()
    return split


CANDIDATES: dict[str, Callable[[], Split]] = {
    "ours": ours,
    "sentencex": with_sentencex,
    "nupunkt": with_nupunkt,
    "pysbd": with_pysbd,
    "sentencesplit": with_sentencesplit,
    "syntok": with_syntok,
    "llama-index-core": with_llama_index,
}


def by_lines(split: Split) -> Split:
    """The same splitter, given one block at a time."""
    return lambda text: [part for start, end in blocks(text) for part in split(text[start:end])]


def score(split: Split, cases: list[str]) -> tuple[int, list[str]]:
    """How many cases come out exactly, and those that do not."""
    failed = []
    for case in cases:
        text, expected = unmark(case)
        if [part.strip() for part in split(text) if part.strip()] != expected:
            failed.append(case)
    return len(cases) - len(failed), failed


def speed(split: Split, text: str) -> float:
    """Millions of characters a second, once, after one short warm-up."""
    list(split(text[:1000]))
    began = time.perf_counter()
    list(split(text))
    return len(text) / 1e6 / (time.perf_counter() - began)


def version(name: str) -> str:
    """Of the installed distribution; nothing for ours."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def main() -> None:
    """Print the comparison."""
    logging.disable(logging.WARNING)
    table = [case for cases in CASES.values() for case in cases]
    unlike = [case for name, cases in CASES.items() if name not in DIFFER_BY_INTENT for case in cases]
    text = Path(sys.argv[1]).read_text("utf-8") if len(sys.argv) > 1 else "\n\n".join(unmark(c)[0] for c in table) * 40
    print(f"{'':28}{'as is':>8}{'+ lines':>9}{'- quotes':>10}{'held out':>10}{'MB/s':>8}")
    print(f"{'cases':28}{len(table):8}{len(table):9}{len(unlike):10}{len(HELD_OUT):10}")
    for name, load in CANDIDATES.items():
        try:
            split = load()
        except ImportError as error:
            print(f"{name:28}skipped, not installed ({error})")
            continue
        lined = by_lines(split)
        counts = [score(split, table)[0], score(lined, table)[0], score(lined, unlike)[0], score(lined, HELD_OUT)[0]]
        label = f"{name} {version(name)}"
        print(
            f"{label:28}{counts[0]:8}{counts[1]:9}{counts[2]:10}{counts[3]:10}{speed(split, text[:SPEED_CHARS]):8.2f}"
        )


if __name__ == "__main__":
    main()
