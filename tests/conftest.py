"""What tests share: the real encoder, and one small library that is built once from the sample articles."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from indexes.encoder import Encoder
from indexes.types import Article, Passage

ROOT = Path(__file__).parent.parent
# No language model of the person who runs the tests.
os.environ["FOOTNOTE_SETTINGS"] = os.devnull
for name in ("FOOTNOTE_MODEL_URL", "FOOTNOTE_MODEL", "FOOTNOTE_MODEL_KEY", "FOOTNOTE_MODEL_CONTEXT"):
    os.environ.pop(name, None)
ARTICLES = ROOT / "seeds" / "articles"


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    return Encoder()


@pytest.fixture(scope="session")
def sample_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample articles, indexed by the command line as a person would."""
    folder = tmp_path_factory.mktemp("library")
    done = footnote("index", str(ARTICLES), "--library", str(folder))
    assert done.returncode == 0, done.stderr
    return folder


def footnote(*arguments: str, stdin: str | bytes | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    data = stdin.encode() if isinstance(stdin, str) else stdin
    done = subprocess.run(
        [sys.executable, "-m", "qa.cli", *arguments],
        input=data if data is not None else b"",
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, **environment},
        timeout=300,
    )
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.fixture
def make_article() -> Callable[..., Article]:
    def make(article_id: str = "a", text: str = "One sentence.", **fields: str) -> Article:
        return Article(article_id, text, **fields)

    return make


def passage_of(article: Article, start: int, end: int) -> Passage:
    return Passage(article.id, start, end, article.text[start:end], article.header)
