"""The walls of the house: data flows one way, and each heavy library has one door."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# The reading order: a module imports only what stands above it. The README prints the same list.
ORDER = """
indexes.types indexes.errors indexes.text indexes.markdown indexes.parse indexes.load indexes.folders indexes.furniture indexes.clean
indexes.address indexes.connection indexes.fetch indexes.feeds indexes.alternates indexes.gather indexes.keep indexes.sentences indexes.passages
indexes.encoder indexes.library indexes.listing indexes.writer indexes.vectors indexes.web indexes.staging indexes.build indexes.watch indexes.edit
prompts qa.types qa.record qa.retrieve qa.asked qa.times qa.quote
qa.reader.base qa.reader.int8 qa.reader.graph qa.reader.model qa.reader.mpnet qa.reader.large qa.calibration qa.read qa.plain qa.verify qa.compose
qa.dates qa.figures qa.names qa.agree qa.gate qa.endpoint qa.wire qa.exchange qa.llm qa.local qa.write qa.grow
qa.newspapers qa.period qa.scope qa.mentions qa.overview qa.leaning qa.antecedent qa.followup qa.verbs qa.missing qa.examples qa.suggest
qa.chat qa.doctor qa.terminal qa.progress qa.options qa.tools qa.mcp
qa.evaluation.types qa.evaluation.records qa.evaluation.data qa.evaluation.derive qa.evaluation.cases
qa.evaluation.answers qa.evaluation.citing qa.evaluation.ranking qa.evaluation.refusing qa.evaluation.confidence
qa.evaluation.statistics qa.evaluation.score qa.evaluation.systems qa.evaluation.run qa.evaluation.compare
qa.evaluation.tables page.text qa.evaluation.plots qa.evaluation.report qa.evaluation.floors qa.evaluation.commands
qa.calibrate qa.reader.data qa.reader.neighbours qa.reader.misses qa.reader.claims qa.reader.written qa.reader.batch qa.reader.checkpoint qa.reader.net qa.reader.export
qa.reader.evaluate qa.reader.shares qa.reader.sets qa.reader.tried qa.reader.train qa.reader.again qa.reader.large_net qa.reader.large_export qa.reader.large_train qa.reader.whole qa.evidence qa.said qa.sealed qa.export qa.recheck qa.commands qa.indexing qa.keeping
page.types page.again page.narrow page.article page.shelf page.about page.render page.packed page.talks page.history page.desk page.guard page.keeper page.past page.recall page.upload page.added page.errand page.adding page.bring page.takeaway page.dress
page.frame page.api page.chat page.site
app qa.cli
""".split()

TOPS = ("indexes", "qa", "page", "prompts", "app")
PACKAGES = (*TOPS, "qa.evaluation", "qa.reader")  # holding nothing themselves
DOORS = {
    "chromadb": {"indexes.vectors"},
    "sentence_transformers": {"indexes.encoder"},
    "torch": {
        "indexes.encoder",
        "qa.reader.batch",
        "qa.reader.checkpoint",
        "qa.reader.net",
        "qa.reader.export",
        "qa.reader.tried",
        "qa.reader.train",
        "qa.reader.again",
        "qa.reader.large_net",
        "qa.reader.large_export",
        "qa.reader.large_train",
    },  # the reader's: to train it
    "onnxruntime": {"qa.reader.model"},
    "sqlite3": {"indexes.library", "indexes.writer", "page.talks", "page.history", "qa.reader.neighbours"},
    "llama_index": {"indexes.vectors", "qa.retrieve", "qa.evaluation.systems", "qa.exchange"},
    "openai": {"qa.exchange"},
    "httpx": {"qa.wire", "qa.exchange"},
    "httpcore": {"qa.wire", "qa.exchange", "indexes.connection"},
    "xllamacpp": {"qa.local"},
    "protego": {"indexes.fetch"},
    "mcp": {"qa.mcp"},
    "matplotlib": {"qa.evaluation.plots"},
    "scipy": {"qa.evaluation.statistics"},
    "trafilatura": {"indexes.parse"},
    "pypdf": {"indexes.parse"},
    "docx": {"indexes.parse"},
}


def modules() -> dict[str, Path]:
    files = [
        ROOT / "app.py",
        *(path for top in ("indexes", "qa", "page", "prompts") for path in (ROOT / top).rglob("*.py")),
    ]
    named = {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in files}
    return named


def imports(path: Path) -> set[str]:
    """Every module that a file imports, at its top or inside a function."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def rank(module: str) -> int | None:
    """Where a module, or a name inside it, stands in the order."""
    return next((ORDER.index(name) for name in (module, module.rpartition(".")[0]) if name in ORDER), None)


@pytest.mark.parametrize("module", [name for name in modules() if name not in PACKAGES or name == "app"])
def test_a_module_imports_only_what_stands_above_it(module: str) -> None:
    own = rank(module)
    assert own is not None, f"{module} is missing from the order"
    for imported in imports(modules()[module]):
        if imported.split(".")[0] in TOPS and imported not in PACKAGES:
            other = rank(imported)
            assert other is not None, f"{imported} is missing from the order"
            assert other < own, f"{module} imports {imported}, which stands below it"


@pytest.mark.parametrize("library", DOORS)
def test_each_heavy_library_has_one_door(library: str) -> None:
    users = {name for name, path in modules().items() if library in {one.split(".")[0] for one in imports(path)}}
    assert users == DOORS[library]


def test_gradio_is_known_to_the_page_alone() -> None:
    users = {name for name, path in modules().items() if "gradio" in {one.split(".")[0] for one in imports(path)}}
    assert users and all(name == "app" or name.startswith("page") for name in users)


def test_the_command_line_starts_without_heavy_libraries() -> None:
    code = (
        "import sys; from qa.cli import main\n"
        "try: main(['--version'])\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'sentence_transformers', 'chromadb', 'llama_index', 'gradio', 'onnxruntime', 'httpx', 'openai'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_readme_lists_every_module_in_this_order() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    places = [readme.find(name.replace(".", "/") + ".py") for name in ORDER if "." in name]
    assert -1 not in places
    assert places == sorted(places)
