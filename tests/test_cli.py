from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import ROOT, footnote


def one_sentence(text: str) -> bool:
    """One line, no traceback, says who speaks."""
    return text.startswith("footnote: ") and text.count("\n") == 1 and "Traceback" not in text


def test_an_answer_has_numbered_footnotes(sample_library: Path) -> None:
    done = footnote("ask", "How long is the Ever Given?", "--library", str(sample_library))
    assert done.returncode == 0, done.stderr
    answer, sure, footnotes = done.stdout.split("\n\n", 2)
    assert "400" in answer and "[1]" in answer and "were right when measured" in sure
    assert footnotes.startswith("[1] ")
    assert "“" in footnotes and "characters" in footnotes
    assert "\x1b" not in done.stdout
    assert done.stderr == ""


def test_a_refusal_shows_the_nearest_passages_and_has_its_own_exit_code(sample_library: Path) -> None:
    done = footnote("ask", "What is the capital of Peru?", "--library", str(sample_library))
    assert done.returncode == 3
    assert done.stdout.startswith("The articles do not say.\n\nThe nearest passages:")


def test_json_has_the_documented_keys(sample_library: Path) -> None:
    done = footnote("ask", "-", "--json", stdin="How long is the Ever Given?\n", FOOTNOTE_LIBRARY=str(sample_library))
    found = json.loads(done.stdout)
    assert list(found) == [
        "question", "standalone", "scope", "answer", "span", "refused", "broad", "notice", "writer", "left_out",
        "confidence", "measured", "citations", "sentences", "hits", "retrieved", "seconds",
    ]  # fmt: skip
    assert found["question"] == "How long is the Ever Given?"
    assert {"article_id", "title", "quote", "start", "end"} <= set(found["citations"][0])
    assert set(found["hits"][0]) == {"article_id", "start", "end", "text", "score"}
    assert set(found["seconds"]) == {"total", "retrieve", "read", "compose", "verify"}


def test_the_same_question_prints_the_same_bytes(sample_library: Path) -> None:
    runs = {footnote("ask", "Who owns the Ever Given?", "--library", str(sample_library)).stdout for _ in range(2)}
    assert len(runs) == 1


def test_strict_refuses_more_than_eager_and_both_at_once_is_wrong(sample_library: Path) -> None:
    question = ("ask", "How long is the Ever Given?", "--library", str(sample_library))
    assert footnote(*question, "--eager").returncode == 0
    assert footnote(*question, "--strict").returncode in (0, 3)
    assert footnote(*question, "--strict", "--eager").returncode == 2


def test_filters_by_source_and_date(sample_library: Path) -> None:
    listed = [
        json.loads(line)
        for line in footnote("articles", "--json", "--library", str(sample_library)).stdout.splitlines()
    ]
    source = listed[0]["source"]
    done = footnote("ask", "What happened?", "--source", source, "--json", "--library", str(sample_library))
    ids = {hit["article_id"] for hit in json.loads(done.stdout)["hits"]}
    assert ids <= {one["id"] for one in listed if one["source"] == source}
    bad = footnote("ask", "What?", "--after", "last week", "--library", str(sample_library))
    assert bad.returncode == 2
    assert "is not a date like 2021-03-24" in bad.stderr


def test_articles_are_listed_and_shown(sample_library: Path) -> None:
    listed = footnote("articles", "--library", str(sample_library)).stdout
    assert "ever-given-1" in listed
    article_id = next(word for word in listed.split() if word.startswith("ever-given-1"))
    shown = footnote("show", article_id, "--library", str(sample_library))
    assert shown.returncode == 0
    assert "Ever Given" in shown.stdout
    missing = footnote("show", "nothing", "--library", str(sample_library))
    assert missing.returncode == 1
    assert one_sentence(missing.stderr)


def test_a_chat_in_the_terminal_answers_and_remembers(sample_library: Path) -> None:
    asked = "What happened to the Ever Given?\nHow long is it?\n"
    done = footnote("chat", "--library", str(sample_library), stdin=asked)
    assert done.returncode == 0
    assert "Understood as: How long is the Ever Given?" in done.stdout


def test_indexing_reports_and_is_quiet_on_request(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("A headline\n\nA sentence about a thing.")
    (tmp_path / "empty.txt").write_text("")
    first = footnote("index", str(tmp_path / "a.txt"), str(tmp_path / "empty.txt"), "--library", str(tmp_path / "l"))
    assert first.returncode == 0
    assert "1 added, 0 changed, 0 unchanged, 0 removed, 1 skipped" in first.stdout
    assert "empty.txt" in first.stdout
    again = footnote("index", str(tmp_path / "a.txt"), "--library", str(tmp_path / "l"), "--json")
    assert json.loads(again.stdout)["unchanged"] == ["a"]
    quiet = footnote("index", str(tmp_path / "a.txt"), "--library", str(tmp_path / "l"), "--quiet")
    assert (quiet.stdout, quiet.stderr) == ("", "")


def test_standard_input_can_be_indexed(tmp_path: Path) -> None:
    page = (
        "<html><head><title>A page</title></head><body><article><p>"
        + "The lamp is blue. " * 40
        + "</p></article></body>"
    )
    done = footnote("index", "-", "--library", str(tmp_path / "l"), stdin=page)
    assert "1 added" in done.stdout, done.stderr + done.stdout


def test_removing_and_rebuilding(sample_library: Path, tmp_path: Path) -> None:
    library = str(shutil.copytree(sample_library, tmp_path / "l"))
    article_id = footnote("articles", "--library", library).stdout.split()[1]
    assert footnote("remove", article_id, "--library", library).stdout == f"removed {article_id}\n"
    again = footnote("remove", article_id, "--library", library)
    assert again.returncode == 1
    assert one_sentence(again.stderr)
    assert "passages again" in footnote("rebuild", "--library", library).stdout
    assert footnote("doctor", "--library", library).returncode == 0


def test_the_doctor_says_what_is_wrong_and_what_to_do(sample_library: Path, tmp_path: Path) -> None:
    library = Path(shutil.copytree(sample_library, tmp_path / "l"))
    sound = footnote("doctor", "--library", str(library))
    assert sound.returncode == 0, sound.stdout
    assert "WRONG" not in sound.stdout
    shutil.rmtree(library / "chroma")
    broken = footnote("doctor", "--library", str(library))
    assert broken.returncode == 1
    assert "run `footnote rebuild`" in broken.stdout
    answered = footnote("ask", "How long is the Ever Given?", "--library", str(library))
    assert answered.returncode == 0  # found without Chroma
    (library / "library.sqlite3").write_bytes(b"not a database" * 1000)
    damaged = footnote("doctor", "--library", str(library))
    assert damaged.returncode == 1
    assert "damaged" in damaged.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["ask", "What?", "--library", "/nonexistent/library"], 4, "There is no library at /nonexistent/library yet"),
        (["articles", "--library", "/nonexistent/library"], 4, "There is no library"),
        (["ask", "", "--library", "LIBRARY"], 2, "The question is empty"),
        (["ask", "x" * 100_000, "--library", "LIBRARY"], 2, "100,000 characters"),
        (["index", "/nonexistent/articles", "--library", "NEW"], 1, ""),
        (["index", "ARTICLE", "--library", "/proc/library"], 4, "cannot be written to"),
    ],
)
def test_every_error_is_one_sentence(
    sample_library: Path, tmp_path: Path, arguments: list[str], code: int, says: str
) -> None:
    article = tmp_path / "a.txt"
    article.write_text("A sentence.")
    names = {"LIBRARY": str(sample_library), "NEW": str(tmp_path / "new"), "ARTICLE": str(article)}
    done = footnote(*(names.get(word, word) for word in arguments))
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    if says:
        assert one_sentence(done.stderr)
        assert says in done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_is_read_only_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("A sentence.")
    (tmp_path / "l").mkdir()
    (tmp_path / "l").chmod(stat.S_IRUSR | stat.S_IXUSR)
    done = footnote("index", str(tmp_path / "a.txt"), "--library", str(tmp_path / "l"))
    assert done.returncode == 4
    assert one_sentence(done.stderr)


def test_a_second_indexer_is_refused_and_the_first_goes_on(sample_library: Path, tmp_path: Path) -> None:
    from filelock import FileLock

    library = shutil.copytree(sample_library, tmp_path / "l")
    (tmp_path / "a.txt").write_text("A sentence.")
    with FileLock(library / "lock"):
        done = footnote("index", str(tmp_path / "a.txt"), "--library", str(library))
        assert done.returncode == 4
        assert one_sentence(done.stderr)
        assert "is indexing into" in done.stderr
        assert footnote("ask", "How long is the Ever Given?", "--library", str(library)).returncode == 0


def test_altered_weights_are_named(sample_library: Path, tmp_path: Path, encoder: object) -> None:
    from indexes.encoder import model_folder

    folder = shutil.copytree(model_folder(), tmp_path / "model")
    (folder / "model.safetensors").write_bytes(b"other weights")
    done = footnote("ask", "What?", "--library", str(sample_library), FOOTNOTE_ENCODER=str(folder))
    assert done.returncode == 5
    assert one_sentence(done.stderr)
    missing = footnote("ask", "What?", "--library", str(sample_library), FOOTNOTE_ENCODER=str(tmp_path))
    assert missing.returncode == 5
    assert "missing" in missing.stderr


def test_a_port_that_is_taken_is_named(sample_library: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = footnote("serve", "--library", str(sample_library), "--port", str(port))
    assert done.returncode == 1
    assert one_sentence(done.stderr)
    assert str(port) in done.stderr and "--port" in done.stderr


@pytest.mark.parametrize(
    "command", ["", "index", "ask", "chat", "serve", "articles", "show", "remove", "rebuild", "doctor"]
)
def test_help_is_quick_and_goes_to_standard_output(command: str) -> None:
    done = footnote(*command.split(), "--help")
    assert done.returncode == 0
    assert done.stdout.startswith("usage: footnote")
    assert done.stderr == ""


def test_a_wrong_option_is_a_usage_error() -> None:
    assert footnote("ask").returncode == 2
    assert footnote().returncode == 2
    assert footnote("--nonsense").returncode == 2


def test_a_reader_that_leaves_the_pipe_is_no_error(sample_library: Path) -> None:
    command = f"{sys.executable} -m qa.cli articles --json --library {sample_library} | head -1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""


def test_hostile_titles_cannot_move_the_cursor(tmp_path: Path) -> None:
    record = {"id": "a", "title": "\x1b[2J\x1b]0;owned\x07Title\u202e", "text": "The lamp is \x1b[31mblue."}
    (tmp_path / "a.jsonl").write_text(json.dumps(record))
    footnote("index", str(tmp_path / "a.jsonl"), "--library", str(tmp_path / "l"))
    for arguments in (["articles"], ["show", "a"], ["ask", "What is blue?"]):
        done = footnote(*arguments, "--library", str(tmp_path / "l"), FORCE_COLOR="", NO_COLOR="1")
        assert "\x1b" not in done.stdout
        assert "\u202e" not in done.stdout


def test_ctrl_c_inside_of_an_execed_string_is_an_exit_code_too(tmp_path: Path) -> None:
    script = """
import sys, indexes.build, qa.cli
indexes.build.build = lambda *_, **__: exec("raise KeyboardInterrupt")
sys.argv = ["footnote", "index", *sys.argv[1:]]
qa.cli.run()
"""
    (tmp_path / "interrupted.py").write_text(script)
    command = [sys.executable, "-m", "interrupted", str(tmp_path), "--library", str(tmp_path / "l")]
    known = os.environ | {"PYTHONPATH": str(ROOT)}
    stopped = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, env=known)
    assert stopped.returncode == 130
    assert "Stopped." in stopped.stderr and one_sentence(stopped.stderr)


def test_ctrl_c_while_indexing_is_one_sentence_and_resumable(tmp_path: Path) -> None:
    for number in range(40):
        words = f"Article {number} tells of the sea. " + "It has a long sentence about ships and harbours. " * 30
        (tmp_path / f"{number}.txt").write_text(words)
    command = [sys.executable, "-m", "qa.cli", "index", str(tmp_path), "--library", str(tmp_path / "l")]
    running = subprocess.Popen(
        command,
        cwd=ROOT,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background jobs ignore it
    )
    deadline = time.monotonic() + 60
    while not (tmp_path / "l" / "library.sqlite3").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.5)
    running.send_signal(signal.SIGINT)
    _, error = running.communicate(timeout=60)
    assert running.returncode == 130
    assert one_sentence(error), error
    done = footnote("index", str(tmp_path), "--library", str(tmp_path / "l"))
    assert done.returncode == 0
    assert footnote("doctor", "--library", str(tmp_path / "l")).returncode == 0
