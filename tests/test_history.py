"""Conversations are kept, named, found again and deleted; each session has its own; what is damaged costs only itself."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from indexes.types import Hit, Passage
from page import history as history_module
from page import talks
from page.history import History
from page.packed import packed, unpacked, unpacked_all
from page.types import Exchange
from qa.types import Answer, Citation, Filters, Sentence, Support


def exchange(question: str = "How long is it?", text: str = "It is 400 metres long.", **fields: Any) -> Exchange:
    cited = Citation(1, "ship", 0, len(text), text, "The ship", "Post")
    hit = Hit(Passage("ship", 0, len(text), text, "The ship"), 0.5, {"dense": 0.4})
    answer = Answer(
        question, text, (Sentence(text, (cited,), Support("verbatim"), ((6, 9),)),), (hit,), scope=("Post",)
    )
    return Exchange(question, answer, **fields)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "conversations.sqlite"


@pytest.fixture
def history(path: Path) -> Iterator[History]:
    kept = History(path)
    yield kept
    kept.close()


def ask(history: History, session: str, *questions: str) -> str:
    """A new conversation of these questions; its id."""
    history.begin(session)
    for question in questions:
        history.add(session, exchange(question, f"About “{question}” the articles say this."))
    return next(one.id for one in history.conversations(session) if one.current)


def names(history: History, session: str, words: str | None = None) -> list[str]:
    return [one.name for one in history.conversations(session, words)]


def write(path: Path, sql: str, *values: Any) -> None:
    """As another program would."""
    with sqlite3.connect(path) as file:
        file.execute(sql, values)
    file.close()


# -- many conversations -----------------------------------------------------------------------------------------------


def test_a_new_conversation_keeps_the_old_one(history: History) -> None:
    first = ask(history, "me", "How long is it?", "And how wide?")
    second = ask(history, "me", "Who is the mayor?")
    assert [one.question for one in history.exchanges("me")] == ["Who is the mayor?"]
    listed = history.conversations("me")
    assert [(one.id, one.name, one.questions, one.current) for one in listed] == [
        (second, "Who is the mayor?", 1, True), (first, "How long is it?", 2, False),
    ]  # fmt: skip
    assert listed[1].last == "About “And how wide?” the articles say this."
    assert history.open("me", first) and len(history.exchanges("me")) == 2
    history.add("me", exchange("And how heavy?"))
    assert [one.id for one in history.conversations("me")] == [first, second]  # asked last first


def test_conversations_come_back_after_a_restart(path: Path) -> None:
    before = History(path)
    old = ask(before, "me", "One?")
    before.add("me", exchange("Two?", filters=Filters(("Post",), ("a",), "2021-01-01"), least=0.5, asked="now"))
    kept = before.exchanges("me")
    before.close()
    after = History(path)
    assert after.exchanges("me") == kept and after.conversations("me")[0].id == old
    assert kept[1].filters == Filters(("Post",), ("a",), "2021-01-01") and kept[1].answer.hits[0].parts == {
        "dense": 0.4
    }
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_conversation_is_named_by_its_first_question_until_somebody_names_it(history: History) -> None:
    talk = ask(history, "me", "How long " + "is it " * 40 + "?")
    (name,) = names(history, "me")
    assert len(name) <= talks.NAME + 1 and name.endswith("…") and name.startswith("How long is it")
    assert history.rename("me", talk, "  The\nship\u202e " + "x" * 500)
    assert names(history, "me")[0].startswith("The ship x") and len(names(history, "me")[0]) == talks.LONGEST_NAME
    history.add("me", exchange("Another?"))
    assert names(history, "me")[0].startswith("The ship x")
    assert history.rename("me", talk, " \u200b ") and names(history, "me") == [name]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("ship", ["The ship"]), ("METRES", ["The ship"]), ("Nunez", ["Who is José Núñez?"]), ("núñez josé", ["Who is José Núñez?"]),
        ("mayor ship", []), ("?!", []), ("", []), ("100%", []), ("jos_", []), ("mayor's", ["Who is José Núñez?"]),
    ],
)  # fmt: skip
def test_words_are_found_in_names_questions_and_answers(history: History, words: str, found: list[str]) -> None:
    history.rename("me", ask(history, "me", "How long is it?"), "The ship")
    history.add("me", exchange("In metres?"))
    ask(history, "me", "Who is José Núñez?")
    history.add("me", exchange("Why?", "He is the mayor’s brother, the mayor's office says."))
    ask(history, "you", "Another ship, in metres, and José Núñez the mayor's")
    assert names(history, "me", words) == found


def test_sessions_never_see_each_others(history: History) -> None:
    mine, yours = ask(history, "me", "Mine?"), ask(history, "you", "Yours?")
    assert not any(
        (
            history.open("you", mine),
            history.rename("you", mine, "Stolen"),
            history.remove("you", mine),
            history.bring_back("you", mine),
            history.conversation("you", mine),
        )
    )
    history.remove("me", mine)
    assert history.removed("you") is None and not history.bring_back("you", mine)
    history.remove_all("you")
    assert history.bring_back("me", mine) and names(history, "me") == ["Mine?"]
    assert history.conversation("you", yours) is None and names(history, "you") == []


# -- deleting ---------------------------------------------------------------------------------------------------------


def in_file(path: Path, text: str) -> bool:
    return any(text.encode() in file.read_bytes() for file in path.parent.iterdir())


def test_a_deleted_conversation_can_be_brought_back_until_another_is_deleted(history: History) -> None:
    first, second = ask(history, "me", "First?"), ask(history, "me", "Second?")
    link = history.exchanges("me")[0].id
    assert history.remove("me", second) and history.exchanges("me") == [] and history.answer(link) is None
    assert not history.open("me", second) and not history.remove("me", second)
    removed = history.removed("me")
    assert removed and removed.name == "Second?"
    assert history.bring_back("me", second) and history.answer(link) and history.removed("me") is None
    assert [one.question for one in history.exchanges("me")] == ["Second?"]  # on the page again
    history.remove("me", second)
    history.remove("me", first)
    assert not history.bring_back("me", second) and history.bring_back("me", first)


def test_what_was_deleted_a_while_ago_is_gone_from_the_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    history = History(path)
    talk = ask(history, "me", "Where is Zanzibar?")
    assert in_file(path, "Zanzibar") and history.remove("me", talk) and in_file(path, "Zanzibar")
    monkeypatch.setattr("page.talks.KEPT_ASIDE", -1.0)
    assert history.removed("me") is None and not history.bring_back("me", talk)
    assert not in_file(path, "Zanzibar") and not in_file(path, "zanzibar")


def test_all_are_deleted_for_good(path: Path) -> None:
    history = History(path)
    links = [
        ask(history, "me", f"Where is Zanzibar {number}?") and history.exchanges("me")[0].id for number in range(5)
    ]
    history.remove("me", history.conversations("me")[0].id)
    ask(history, "you", "Where is Tonga?")
    history.remove_all("me")
    assert history.conversations("me") == [] == history.exchanges("me") and history.removed("me") is None
    assert not any(map(history.answer, links)) and not in_file(path, "Zanzibar")
    assert names(history, "you") == ["Where is Tonga?"]


def test_what_was_asked_long_ago_is_forgotten(path: Path) -> None:
    history = History(path)
    ask(history, "me", "Old?")
    history.close()
    write(path, "UPDATE talks SET asked = ?", time.time() - talks.KEPT_DAYS * 86400 - 60)
    assert History(path).exchanges("me") == []


# -- links ------------------------------------------------------------------------------------------------------------


def test_an_answer_is_found_by_its_id_alone(path: Path) -> None:
    history = History(path)
    ask(history, "me", "One?", "Two?")
    first, second = history.exchanges("me")
    assert first.id != second.id and min(len(first.id), len(second.id)) >= 22
    history.close()
    assert History(path).answer(second.id) == second
    for wrong in ("", "x", first.id[:-1], first.id.swapcase(), "%", "a' OR '1'='1"):
        assert history.answer(wrong) is None


# -- bounds -----------------------------------------------------------------------------------------------------------


def test_a_session_keeps_the_conversations_that_were_asked_last(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("page.talks.KEPT_CONVERSATIONS", 3)
    first = ask(history, "me", "0?")
    for number in (1, 2):
        ask(history, "me", f"{number}?")
    history.open("me", first)
    history.add("me", exchange("again?"))
    ask(history, "me", "3?")
    assert names(history, "me") == ["3?", "0?", "2?"]


def test_a_conversation_keeps_its_last_exchanges(path: Path) -> None:
    history = History(path)
    for number in range(talks.KEPT_EXCHANGES + 5):
        history.add("me", exchange(f"{number}?"))
    kept = history.exchanges("me")
    assert len(kept) == talks.KEPT_EXCHANGES and kept[-1].question == f"{number}?" and kept[0].question == "5?"
    assert History(path).exchanges("me") == kept


def test_memory_holds_only_so_many_exchanges_at_hand(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_module, "AT_HAND", 10)
    for number in range(8):
        ask(history, f"s{number}", *(f"{turn}?" for turn in range(4)))
        assert len(history.exchanges(f"s{number}")) == 4
    assert sum(map(len, history._at_hand.values())) <= 10
    assert all(len(history.exchanges(f"s{number}")) == 4 for number in range(8))


def test_without_a_file_only_the_latest_conversations_of_all_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_module, "WITHOUT_FILE", 3)
    history = History(None)
    for number in range(6):
        ask(history, f"s{number}", "One?")
    assert [len(history.conversations(f"s{number}")) for number in range(6)] == [0, 0, 0, 1, 1, 1]


# -- what goes wrong --------------------------------------------------------------------------------------------------


def test_a_damaged_row_costs_only_itself(path: Path) -> None:
    history = History(path)
    good = ask(history, "me", "One?", "Two?", "Three?")
    bad = ask(history, "me", "Four?")
    history.close()
    write(path, "UPDATE turns SET exchange = substr(exchange, 1, 90) WHERE key = 2")
    write(path, "UPDATE turns SET said = CAST(x'ff00fe' AS TEXT) WHERE key = 3")
    write(path, "UPDATE talks SET asked = 'soon' WHERE id = ?", bad)
    after = History(path)
    assert names(after, "me") == ["One?"] and not after.rename("me", bad, "x")
    assert after.open("me", good)
    assert [one.question for one in after.exchanges("me")] == ["One?", "Three?"]
    after.add("me", exchange("Five?"))
    assert [one.question for one in after.exchanges("me")] == ["One?", "Three?", "Five?"]


@pytest.mark.parametrize(
    "text", ["not json", "[]", "{}", '{"question": 1}', "null", '{"question": "q", "answer": 3}', "[" * 99_999]
)
def test_another_shape_is_no_exchange(text: str) -> None:
    assert unpacked(text) is None and unpacked_all(text) == []


def test_an_exchange_comes_back_as_it_was_and_reads_what_is_new_or_missing() -> None:
    one = exchange(asked="2021-03-24T10:00:00+00:00", id="x" * 22, stopped=True)
    assert unpacked(packed(one)) == one
    other = {**asdict(one), "of another day": 1, "filters": {"sources": ["Post"], "mood": "good"}}
    del other["id"]
    assert unpacked(json.dumps(other)) == replace(one, id="", filters=Filters(("Post",)))


def older(path: Path, *rows: tuple[Any, Any, Any]) -> None:
    """A file as version 0.1 wrote it."""
    write(path, "CREATE TABLE conversations (session TEXT PRIMARY KEY, touched REAL, exchanges TEXT)")
    for row in rows:
        write(path, "INSERT INTO conversations VALUES (?, ?, ?)", *row)


def stored(*questions: str) -> str:
    items = [asdict(exchange(question)) for question in questions]
    for item in items:
        del item["id"], item["filters"]["articles"]
    return json.dumps(items)


def test_a_file_of_the_older_shape_is_carried_over(path: Path) -> None:
    now = time.time() - 60
    older(path, ("me", now, stored("One?", "Two?")), ("you", now, stored("Three?")))
    for history in (History(path), History(path)):
        assert [one.question for one in history.exchanges("me")] == ["One?", "Two?"]
        (one,) = history.conversations("me")
        assert (one.name, one.questions, one.asked, one.current) == ("One?", 2, now, True)
        link = history.exchanges("you")[0].id
        kept = history.answer(link)
        assert kept and kept.question == "Three?" and kept.answer == exchange("Three?").answer


def test_a_damaged_row_of_the_older_shape_costs_only_itself(path: Path) -> None:
    now = time.time()
    half = json.loads(stored("One?", "Two?", "Three?"))
    half[1] = {"question": 7}
    older(path, ("cut", now, stored("Lost?")[:50]), ("half", now, json.dumps(half)), ("odd", "soon", stored("Lost?")),
          ("blob", now, b"\xff\xfe"), ("none", now, None), ("good", now, stored("Four?")))  # fmt: skip
    history = History(path)
    assert [one.question for one in history.exchanges("half")] == ["One?", "Three?"]
    assert names(history, "good") == ["Four?"] and names(history, "cut") == [] == names(history, "odd")
    history.add("cut", exchange("Again?"))
    assert names(History(path), "cut") == ["Again?"]


def test_a_file_that_is_no_database_is_left_alone_and_conversations_go_on(path: Path, caplog: Any) -> None:
    path.write_bytes(b"This is something else. " * 400)
    history = History(path)
    assert names(history, "me") == [] and ask(history, "me", "One?") and names(history, "me") == ["One?"]
    assert path.read_bytes().startswith(b"This is something else.")
    assert len([line for line in caplog.messages if "not being saved" in line]) == 1


def test_a_file_that_cannot_be_written_any_more_is_gone_on_with_in_memory(path: Path, caplog: Any) -> None:
    history = History(path)
    first = ask(history, "me", "One?")
    history._file.execute("PRAGMA query_only = ON")  # what a full or read-only disk looks like to a writer
    history.add("me", exchange("Two?"))
    history.add("me", exchange("Three?"))
    assert [one.question for one in history.exchanges("me")] == ["One?", "Two?", "Three?"]
    assert history.rename("me", first, "Named") and names(history, "me") == ["Named"]
    assert len([line for line in caplog.messages if "not being saved" in line]) == 1


def test_a_folder_that_is_not_there_is_no_reason_to_stop(tmp_path: Path) -> None:
    history = History(tmp_path / "no" / "such.sqlite")
    assert ask(history, "me", "One?") and names(history, "me") == ["One?"]


def test_after_the_end_nothing_is_kept_and_nothing_fails(path: Path) -> None:
    history = History(path)
    history.close()
    history.add("me", exchange("Late?"))
    history.close()
    assert History(path).exchanges("me") == []


def test_text_that_no_file_can_hold_is_kept(history: History) -> None:
    talk = ask(history, "me", "Half a letter \ud800 and nothing \x00?")
    history.add("me", exchange("q", "An answer \udfff\x00."))
    assert history.rename("me", talk, "name \ud800\x00") and names(history, "me") == ["name \ufffd\ufffd"]
    assert history.exchanges("me")[0].question == "Half a letter \ud800 and nothing \x00?"
