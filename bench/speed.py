"""Speed, measured in one run on one machine: `make speed`, or `python bench/speed.py [--json FILE]`.

Articles are made from the sample articles by dealing their paragraphs out anew, so that texts have natural lengths and
no two passages are alike. Throughput is compared as a ratio between runs on the same passages; single seconds mean
little on a shared machine. What each figure is, and what it must reach, stands beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from indexes.build import build
from indexes.encoder import Encoder
from indexes.library import Library
from qa.chat import open_assistant
from qa.types import Settings

ROOT = Path(__file__).parent.parent
QUESTIONS = ROOT / "seeds" / "questions.jsonl"


def main() -> int:
    options = arguments()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        figures = dict(measure(Path(folder), options))
    if options.json:
        Path(options.json).write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    missed = [name for name, figure in figures.items() if not figure["reached"]]
    print(f"missed: {', '.join(missed)}" if missed else "all reached")
    return 0


def measure(folder: Path, options: argparse.Namespace) -> Iterator[tuple[str, dict[str, object]]]:
    small, large = folder / "small.jsonl", folder / "large.jsonl"
    write_articles(small, options.passages // 2, seed=1)
    write_articles(large, options.passages, seed=2)
    ours, texts, peak = index_here(folder / "small", small)
    encoder = encode_only(texts)
    llama = llama_index(folder / "llama", texts)
    yield figure("indexing, passages a second", ours)
    yield figure("indexing against the encoder alone", ours / encoder, at_least=0.85)
    yield figure("indexing against LlamaIndex defaults", ours / llama, at_least=1.5)
    first, second = (index_process(folder / "large", large) for _ in range(2))
    yield figure("second index over unchanged input, share of the first", second / first, at_most=0.02)
    library = Library(folder / "large")
    yield figure("passages in the library that is asked", library.counts()[1])
    seconds = ask(folder / "large", options.questions)
    totals = sorted(one["total"] for one in seconds)
    yield figure("question p50, seconds", statistics.median(totals), at_most=0.4)
    yield figure("question p95, seconds", totals[int(len(totals) * 0.95)])
    yield figure("of this reading, p50, seconds", statistics.median(one["read"] for one in seconds), at_most=0.25)
    page, answer, memory = serve(folder / "large")
    yield figure("serve to a page that answers, seconds", page, at_most=3)
    yield figure("serve to the first answer, seconds", answer)
    yield figure("peak memory while serving, GB", memory, at_most=1.5)
    yield figure("peak memory while indexing, GB", peak, at_most=1.5)


def figure(
    name: str, value: float, *, at_least: float | None = None, at_most: float | None = None
) -> tuple[str, dict[str, object]]:
    """Print one figure beside its bound, and return it."""
    reached = (at_least is None or value >= at_least) and (at_most is None or value <= at_most)
    bound = f"≥ {at_least}" if at_least is not None else f"≤ {at_most}" if at_most is not None else ""
    print(f"{name:<56} {value:>9.3f}  {bound:<8} {'' if reached else 'MISSED'}", flush=True)
    return name, {"value": round(value, 4), "bound": bound, "reached": reached}


# -- what is measured
# -----------------------------------------------------------------------------------------------------


def index_here(folder: Path, articles: Path) -> tuple[float, list[str], float]:
    """Passages a second through the whole of `build` with a warm encoder; the texts it encoded; peak memory in GB."""
    encoder = Encoder()
    encoder.encode_passages(["warm up"] * 64)
    report = build(folder, [articles], encoder=encoder)
    library = Library(folder)
    passages = library.passages(library.vectors()[0]).values()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return report.passages / report.seconds, [encoder.passage_text(one.header, one.text) for one in passages], peak


def encode_only(texts: list[str]) -> float:
    """Texts a second by the encoder alone, as sentence-transformers batches them, model warm."""
    encoder = Encoder()
    encoder.encode_passages(texts[:64])
    started = time.perf_counter()
    encoder.encode_passages(texts)
    return len(texts) / (time.perf_counter() - started)


def llama_index(folder: Path, texts: list[str]) -> float:
    """Texts a second by what a LlamaIndex user would write: VectorStoreIndex on Chroma, HuggingFaceEmbedding as it
    comes, the same passages as nodes (its own splitter would cut pieces of 1,024 tokens, of which the encoder reads
    256)."""
    import chromadb
    from llama_index.core import StorageContext, VectorStoreIndex
    from llama_index.core.schema import TextNode
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding
    from llama_index.vector_stores.chroma import ChromaVectorStore

    embedding = HuggingFaceEmbedding(model_name=str(Encoder().folder), device="cpu")
    embedding.get_text_embedding_batch(texts[:64])
    collection = chromadb.PersistentClient(str(folder)).get_or_create_collection("passages", embedding_function=None)
    context = StorageContext.from_defaults(vector_store=ChromaVectorStore(chroma_collection=collection))
    started = time.perf_counter()
    nodes = [TextNode(text=text) for text in texts]
    VectorStoreIndex(nodes, storage_context=context, embed_model=embedding)
    return len(texts) / (time.perf_counter() - started)


def index_process(folder: Path, articles: Path) -> float:
    """Seconds of a whole `footnote index` process."""
    started = time.perf_counter()
    subprocess.run(command("index", str(articles), "--library", str(folder), "--quiet"), check=True, cwd=ROOT)
    return time.perf_counter() - started


def ask(folder: Path, count: int) -> list[dict[str, float]]:
    """Seconds of each question by stage, warm, one after the other."""
    assistant = open_assistant(Settings(library=str(folder), quoting=True))
    assistant.warm()
    questions = [json.loads(line)["question"] for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    random.Random(0).shuffle(questions)
    return [assistant.ask(question).seconds for question in questions[:count]]


def serve(folder: Path) -> tuple[float, float, float]:
    """Seconds until the page answers, seconds until a question is answered through the page's API, peak memory in
    GB."""
    started = time.perf_counter()
    server = subprocess.Popen(
        command("serve", "--library", str(folder), "--port", "7893"), cwd=ROOT, stdout=subprocess.DEVNULL
    )
    try:
        page = wait_for("http://127.0.0.1:7893/", started)
        answer = first_answer(started)
        status = Path(f"/proc/{server.pid}/status").read_text(encoding="ascii")
        kilobytes = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    finally:
        server.terminate()
        server.wait(10)
    return page, answer, kilobytes / 2**20


def first_answer(started: float) -> float:
    """Ask through the API as soon as it is there."""
    url = "http://127.0.0.1:7893/gradio_api/call/ask"
    body = json.dumps({"data": ["How long was the Ever Given stuck in the Suez Canal?", [], "", "", 0]}).encode()
    while True:
        try:
            request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
            event = json.load(urllib.request.urlopen(request, timeout=60))["event_id"]
            urllib.request.urlopen(f"{url}/{event}", timeout=60).read()
            return time.perf_counter() - started
        except OSError:
            if time.perf_counter() - started > 120:
                raise
            time.sleep(0.05)


def wait_for(url: str, started: float) -> float:
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).read()
            return time.perf_counter() - started
        except OSError:
            if time.perf_counter() - started > 60:
                raise
            time.sleep(0.02)


# -- what it is measured on
# -----------------------------------------------------------------------------------------------


def write_articles(path: Path, passages: int, seed: int) -> None:
    """About so many passages in articles of six paragraphs, dealt from the sample articles; each paragraph is numbered,
    so that no two are alike."""
    paragraphs = [
        paragraph
        for file in sorted((ROOT / "seeds" / "articles").glob("*.md"))
        for paragraph in file.read_text(encoding="utf-8").split("---", 2)[2].split("\n\n")
        if len(paragraph.split()) > 25
    ]
    deal, lines, words = random.Random(seed), [], 0
    while words < passages * 120:  # words of a passage, as measured on the sample articles
        chosen = deal.sample(paragraphs, 6)
        number = len(lines)
        text = "\n\n".join(
            f"Report {number}.{index} of {seed}. {' '.join(one.split())}" for index, one in enumerate(chosen)
        )
        words += len(text.split())
        record = {
            "id": f"report-{number}",
            "title": f"Report {number}",
            "text": text,
            "source": "Bench",
            "published": "",
        }
        lines.append(json.dumps(record))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "qa.cli", *words]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure the speed of indexing, asking and serving.")
    parser.add_argument("--passages", type=int, default=5_000, help="size of the library that is asked (5000)")
    parser.add_argument("--questions", type=int, default=60, help="questions asked (60)")
    parser.add_argument("--json", help="write the figures to this file too")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
