"""The door to a language model, against a real server that does everything a server can do wrong."""

from __future__ import annotations

import ipaddress
import json
import logging
import socket
import ssl
import subprocess
import sys
import threading
import time
import tracemalloc
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from qa import wire
from qa.exchange import salvaged
from qa.llm import (
    ContextOverflow,
    Endpoint,
    LanguageModel,
    Limits,
    Message,
    SettingsError,
    WriterError,
    configured,
    describe,
)
from tests.conftest import ROOT
from tests.llm_server import FAULTS, OVERFLOWS, Line, ScriptedServer, fails, packed, packet, says, streams

KEY = "sk-Zq93-never-shown"
QUICK = Limits(connect=1.0, first=1.5, idle=1.0, total=10.0, backoff=0.02)  # for a machine that is busy
ASKED = [Message("system", "Answer."), Message("user", "How many tugs?")]


@pytest.fixture(scope="module", autouse=True)
def _loaded() -> None:
    packed()
    LanguageModel(Endpoint("http://127.0.0.1:9/v1", "m")).warm()


def model(server: ScriptedServer, limits: Limits = QUICK, key: str = KEY) -> LanguageModel:
    return LanguageModel(Endpoint(server.url, "scripted", key), limits)


def heard(server: ScriptedServer, limits: Limits = QUICK) -> tuple[str, WriterError | None]:
    """(what came, what was wrong then)"""
    came = ""
    try:
        for piece in model(server, limits).stream(ASKED):
            came += piece
    except WriterError as error:
        return came, error
    return came, None


# -- what it says -----------------------------------------------------------------------------------------------------


def test_an_answer_comes_in_pieces_and_whole() -> None:
    with ScriptedServer(says("Elf Schlepper zogen – größer als je 🚢.", pieces=9)) as server:
        assert "".join(pieces := list(model(server).stream(ASKED))) == "Elf Schlepper zogen – größer als je 🚢."
        assert len(pieces) > 4
        assert model(server).complete(ASKED) == "Elf Schlepper zogen – größer als je 🚢."
        assert not server.hung_up


def test_the_first_piece_is_there_before_the_last_is_said() -> None:
    with ScriptedServer(says("one two three", delay=0.4)) as server, closing(model(server).stream(ASKED)) as pieces:
        began = time.monotonic()
        assert next(pieces) == "one "
        first = time.monotonic() - began
        assert "".join(pieces) == "two three"
        assert time.monotonic() - began > first + 0.5


def test_nothing_is_sent_but_the_messages_and_how_to_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, "of-somebody-else")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with ScriptedServer(says(lambda messages: messages[-1]["content"])) as server:
        assert model(server).complete(ASKED, most_tokens=50) == "How many tugs?"
        [asked] = server.requests
        assert asked.body == {
            "model": "scripted", "stream": True, "temperature": 0.0, "seed": 0, "max_tokens": 50,
            "messages": [{"role": one.role, "content": one.text} for one in ASKED],
        }  # fmt: skip
        assert asked.path == "/v1/chat/completions"
        assert asked.headers["authorization"] == f"Bearer {KEY}"
        assert set(asked.headers) == {
            "host", "accept", "content-type", "content-length", "authorization", "accept-encoding", "user-agent",
            "connection",
        }  # fmt: skip
        assert model(server, key="").complete(ASKED) == "How many tugs?"
        assert "authorization" not in server.requests[-1].headers
        assert "of-somebody-else" not in repr(server.requests)


def test_a_question_with_half_a_character_is_sent_without_it() -> None:
    with ScriptedServer(says(lambda messages: messages[0]["content"])) as server:
        assert model(server).complete([Message("user", "tugs\udce9")]) == "tugs?"


def test_a_model_that_thinks_aloud_first_is_not_silent() -> None:
    def script(line: Line) -> None:
        line.head()
        for _ in range(10):
            line.wait(0.2)  # together longer than the time to a first token
            line.event({"reasoning_content": "hm "})
        line.text("Eleven.")
        line.event({}, "stop")
        line.done()

    with ScriptedServer(script) as server:
        assert model(server).complete(ASKED) == "Eleven."


def _event(delta: dict[str, object] | None, finish: str | None = None) -> bytes:
    return b"data: " + json.dumps(packet(delta, finish)).encode() + b"\n\n"


@pytest.mark.parametrize(
    "parts",
    [
        (_event({"content": "Eleven."}, "stop"),),  # a reason to stop and no [DONE]
        (_event({"content": "Eleven."}), b"data: [DONE]"),  # and the other way round; the blank line is missing
        (_event({"content": "Eleven."}).replace(b"\n", b"\r\n"), b"data: [DONE]\r\n\r\n"),
        (b": a comment\n\nevent: message\n" + _event({"content": "Eleven."}, "stop")[:40], _event({"content": "Eleven."}, "stop")[40:]),
    ],
)  # fmt: skip
def test_an_answer_that_ends_in_either_way_is_whole(parts: tuple[bytes, ...]) -> None:
    with ScriptedServer(streams(*parts)) as server:
        assert heard(server) == ("Eleven.", None)


# -- what goes wrong --------------------------------------------------------------------------------------------------

KINDS = {
    "refused": "refused", "silent": "silent", "silent_stream": "silent", "pings": "silent", "slow": "slow",
    "cut_character": "cut", "cut_json": "cut", "cut_plain": "cut", "cut_early": "cut", "reset": "cut", "no_done": "cut",
    "401": "key", "403": "key", "404": "missing", "429": "busy", "429_long": "busy", "500": "broken", "503": "busy",
    "418": "declined", "redirect": "declined", "html": "garbage", "html_as_stream": "garbage", "json": "garbage",
    "wrong_type": "garbage", "empty": "garbage", "no_choices": "garbage", "null_choices": "garbage", "null": "garbage",
    "nan": "garbage", "list": "garbage", "broken_json": "garbage", "number": "garbage", "huge": "garbage",
    "endless": "garbage", "bomb": "garbage", "binary": "garbage", "binary_as_stream": "garbage", "tool_calls": "garbage",
    "error_event": "broken", "overflow_event": "overflow", "overflow": "overflow",
}  # fmt: skip
CAME = {"slow": "Eleven ", "cut_character": "Eleven Gr", "cut_json": "Eleven ", "cut_plain": "Eleven Gr",
        "reset": "Eleven ", "no_done": "Eleven ", "error_event": "Eleven "}  # fmt: skip


def test_every_fault_is_tried() -> None:
    assert set(KINDS) == set(FAULTS)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told_in_one_plain_sentence_and_in_time(fault: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with ScriptedServer(fault) as server:
        began = time.monotonic()
        came, error = heard(server)
        took = time.monotonic() - began
    assert error is not None
    assert error.kind == KINDS[fault]
    assert isinstance(error, ContextOverflow) == (error.kind == "overflow")
    if fault != "endless":
        assert came == CAME.get(fault, "")
    assert took < 6.0
    assert str(error).endswith((".", ")."))
    assert "\n" not in str(error) and 20 < len(str(error)) < 200
    assert "Error" not in str(error) and "{" not in str(error)
    assert KEY not in caplog.text + str(error) + repr(error) + repr(error.__context__)


def test_statuses_have_sentences_of_their_own() -> None:
    told = set()
    for fault in ("401", "403", "404", "429", "500", "503", "refused", "silent", "slow", "html", "overflow", "no_done"):
        with ScriptedServer(fault) as server:
            told.add(str(heard(server)[1]).replace(server.url, ""))
    assert len(told) == 12


def test_a_long_fault_takes_little_memory() -> None:
    for fault in ("huge", "endless", "bomb"):
        with ScriptedServer(fault) as server:
            tracemalloc.start()
            heard(server)
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        assert peak < 12_000_000, fault  # of which the server's own 1 MB blocks, and a response of LlamaIndex's


def test_the_size_limit_is_what_was_set() -> None:
    with ScriptedServer(says("word " * 200, delay=0.001)) as server:
        assert heard(server, Limits(body=1_000_000))[1] is None
        came, error = heard(server, Limits(body=10_000))
    assert error is not None and error.kind == "garbage"
    assert came and ("word " * 200).startswith(came)


def test_a_model_that_never_stops_ends_at_the_total_limit() -> None:
    with ScriptedServer(says("on and on " * 500, delay=0.05)) as server:
        began = time.monotonic()
        came, error = heard(server, Limits(total=1.5))
        assert time.monotonic() - began < 4.0
        assert error is not None and error.kind == "slow"
        assert came.startswith("on and on ")
        assert server.hangs_up(1.0)


def test_a_slow_reader_does_not_make_a_model_slow() -> None:
    with ScriptedServer(says("one two three", delay=0.05)) as server:
        came = ""
        for piece in model(server).stream(ASKED):
            time.sleep(QUICK.idle + 0.1)
            came += piece
    assert came == "one two three"


@pytest.mark.parametrize(("finish", "kind"), [("length", "long"), ("content_filter", "withheld")])
def test_an_answer_that_is_not_finished_is_given_and_said_to_be_so(finish: str, kind: str) -> None:
    with ScriptedServer(says("Eleven tugs and", finish=finish)) as server:
        came, error = heard(server)
        assert came == "Eleven tugs and"
        assert error is not None and error.kind == kind
        with pytest.raises(WriterError):
            model(server).complete(ASKED)


@pytest.mark.parametrize("server_kind", OVERFLOWS)
def test_a_context_that_is_too_small_is_known_in_every_servers_words(server_kind: str) -> None:
    with ScriptedServer(fails(*OVERFLOWS[server_kind])) as server:
        with pytest.raises(ContextOverflow, match="too long for the model scripted"):
            model(server).complete(ASKED)
        assert len(server.requests) == 1


def test_a_refused_parameter_is_no_overflow() -> None:
    with ScriptedServer(fails(400, "Unsupported parameter: 'seed'.")) as server:
        error = heard(server)[1]
    assert error is not None and error.kind == "declined"
    assert "status 400" in str(error)


def test_half_a_character_is_joined_or_replaced() -> None:
    first, second = (
        b'data: {"choices":[{"index":0,"delta":{"content":"%s"}}]}\n\n' % one for one in (b"\\ud83d", b"\\udea2")
    )
    with ScriptedServer(streams(first, second, _event({}, "stop"))) as server:
        assert heard(server) == ("🚢", None)
    with ScriptedServer(streams(first, _event({"content": "s"}, "stop"))) as server:
        assert heard(server) == ("\ufffds", None)
    with ScriptedServer(streams(_event({"content": "ship "}), first, end=False)) as server:
        assert heard(server)[0] == "ship "


@pytest.mark.parametrize(
    ("rest", "text"),
    [
        (b'data: {"choices":[{"delta":{"content":"Gr\xc3', "Gr"),
        (b'data: {"choices":[{"delta":{"content":"say \\"yes\\" \\u00e9\\u00', 'say "yes" é'),
        (b'data: {"choices":[{"delta":{"content":"ship \\ud83d', "ship "),
        (b'data: {"choices":[{"delta":{"content":"done"},"fin', "done"),
        (b'data: {"choices":[{"delta":{"reasoning_content":"hm', ""),
        (b'data: {"choices":[{"delta":{"content":nul', ""),
        (b"", ""),
    ],
)
def test_of_a_cut_event_whole_characters_are_kept(rest: bytes, text: str) -> None:
    assert salvaged(rest) == text


# -- the connection ---------------------------------------------------------------------------------------------------


def test_a_host_that_nobody_knows_is_told_in_time() -> None:
    began = time.monotonic()
    with pytest.raises(WriterError) as caught:  # with no network, or with a name server that does not answer either
        LanguageModel(Endpoint("http://model.invalid/v1", "m"), QUICK).complete(ASKED)
    assert caught.value.kind == "refused"
    assert time.monotonic() - began < 4.0


def test_a_host_that_takes_no_connection_is_left_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        time.sleep(0.1)
        began = time.monotonic()
        with pytest.raises(WriterError, match="Nothing answers at"):
            LanguageModel(Endpoint(f"http://127.0.0.1:{full.getsockname()[1]}/v1", "m"), QUICK).complete(ASKED)
        assert 0.9 < time.monotonic() - began < 4.0
        for one in waiting:
            one.close()


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[ssl.SSLContext, Path]:
    """(a server's TLS for 127.0.0.1, the certificate that whoever trusts it must have)"""
    key, now, name = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC), x509.Name([])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=True)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem, secret = tmp_path / "cert.pem", tmp_path / "key.pem"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, secret)
    return context, pem


def test_a_certificate_that_nobody_vouches_for_is_refused(certificate: tuple[ssl.SSLContext, Path]) -> None:
    with ScriptedServer(says("Yes."), tls=certificate[0]) as server:
        with pytest.raises(WriterError, match="No secure connection") as caught:
            model(server).complete(ASKED)
        assert caught.value.kind == "refused"
        assert server.requests == []


def test_a_secure_answer_streams_pauses_and_can_be_dropped(
    certificate: tuple[ssl.SSLContext, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[1]))
    wire._tls.cache_clear()
    with ScriptedServer(says("one two three", delay=0.25), tls=certificate[0]) as server:
        assert model(server).complete(ASKED) == "one two three"
        pieces = model(server).stream(ASKED)
        assert next(pieces) == "one "
        pieces.close()
        assert server.hangs_up(1.0)
    wire._tls.cache_clear()


# -- trying again -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scripts", [("429", says("Yes.")), ("503", "500", says("Yes."))])
def test_a_busy_server_is_asked_again_until_it_answers(scripts: tuple[object, ...]) -> None:
    with ScriptedServer(*scripts) as server:
        assert heard(server) == ("Yes.", None)
        assert len(server.requests) == len(scripts)


@pytest.mark.parametrize(("fault", "times"), [("429", 3), ("500", 3), ("503", 3), ("401", 1), ("404", 1), ("overflow", 1),
                                              ("418", 1), ("html", 1), ("cut_json", 1), ("cut_early", 1), ("slow", 1)])  # fmt: skip
def test_only_a_busy_or_failing_server_is_asked_again(fault: str, times: int) -> None:
    with ScriptedServer(fault) as server:
        assert heard(server)[1] is not None
        assert len(server.requests) == times


def test_a_server_is_given_the_time_it_asks_for() -> None:
    with ScriptedServer(fails(429, Retry_After="0.4"), says("Yes.")) as server:
        assert heard(server) == ("Yes.", None)
        first, second = server.requests
        assert 0.4 <= second.at - first.at < 5.0


@pytest.mark.parametrize("when", ["soon", "-5", "nan", "", format_datetime(datetime.now(UTC) - timedelta(hours=1))])
def test_a_time_that_is_none_or_past_is_no_wait(when: str) -> None:
    with ScriptedServer(fails(503, Retry_After=when), says("Yes.")) as server:
        assert heard(server) == ("Yes.", None)
        assert server.requests[1].at - server.requests[0].at < 1.0


def test_a_server_that_wants_too_much_time_is_told_of_not_waited_for() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=600), usegmt=False)
    for when in ("600", later):
        with ScriptedServer(fails(429, Retry_After=when)) as server:
            with pytest.raises(WriterError, match=r"try again in (600|599) s\."):
                model(server).complete(ASKED)
            assert len(server.requests) == 1


def test_retries_end_with_the_total_limit() -> None:
    with ScriptedServer(fails(503, Retry_After="3")) as server:
        began = time.monotonic()
        assert heard(server, Limits(total=1.0))[1] is not None
        assert time.monotonic() - began < 2.0
        assert len(server.requests) == 1


# -- dropping it ------------------------------------------------------------------------------------------------------


def test_closing_the_iterator_hangs_up() -> None:
    with ScriptedServer("endless") as server:
        pieces = model(server).stream(ASKED)
        assert next(pieces).startswith("again and ")
        pieces.close()
        assert server.hangs_up(1.0)


@pytest.mark.parametrize("fault", ["silent", "silent_stream", "slow"])
def test_stop_hangs_up_though_nothing_comes(fault: str) -> None:
    stopped = threading.Event()
    with ScriptedServer(fault) as server:
        threading.Timer(0.3, stopped.set).start()
        began = time.monotonic()
        pieces = list(model(server, Limits()).stream(ASKED, stop=stopped.is_set))
        assert 0.25 < time.monotonic() - began < 2.0
        assert pieces == (["Eleven "] if fault == "slow" else [])
        assert server.hangs_up(1.0)


def test_stop_ends_the_wait_before_a_retry() -> None:
    stopped = threading.Event()
    with ScriptedServer(fails(503, Retry_After="5")) as server:
        threading.Timer(0.2, stopped.set).start()
        began = time.monotonic()
        assert list(model(server, Limits()).stream(ASKED, stop=stopped.is_set)) == []
        assert time.monotonic() - began < 3.0


def test_closing_the_model_ends_what_runs() -> None:
    with ScriptedServer("silent") as server:
        own = model(server, Limits())
        threading.Timer(0.2, own.close).start()
        began = time.monotonic()
        assert list(own.stream(ASKED)) == []
        assert time.monotonic() - began < 2.0
        assert list(own.stream(ASKED)) == []


def test_one_silent_answer_does_not_hold_up_another() -> None:
    with ScriptedServer("silent", says("Yes.")) as server:
        own = model(server, Limits())
        waiting = threading.Thread(target=lambda: list(own.stream(ASKED)))
        waiting.start()
        while not server.requests:
            time.sleep(0.01)
        began = time.monotonic()
        assert own.complete(ASKED) == "Yes."
        assert time.monotonic() - began < 5.0
        own.close()
        waiting.join(1.0)
        assert not waiting.is_alive()


# -- the key ----------------------------------------------------------------------------------------------------------


def test_the_key_is_sent_and_never_shown(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("openai", "httpx", "httpcore"):
        monkeypatch.setattr(logging.getLogger(name), "level", logging.DEBUG)
    echo = fails(401, f"Incorrect API key provided: {KEY}")
    with ScriptedServer(says("Yes."), echo) as server:
        own = model(server)
        assert own.complete(ASKED) == "Yes."
        _, error = heard(server)
        text, well = describe(own.endpoint, QUICK)
        assert all(one.headers["authorization"] == f"Bearer {KEY}" for one in [*server.requests, *server.others])
    assert not well
    assert "httpcore" in {record.name.split(".")[0] for record in caplog.records}  # the log is awake
    told = [
        str(error),
        repr(error),
        text,
        repr(own),
        repr(own.endpoint),
        str(own.endpoint),
        caplog.text,
        *capfd.readouterr(),
    ]
    assert KEY not in "\n".join(told)


def test_a_handler_of_llamaindex_does_not_learn_the_key() -> None:
    from llama_index.core.instrumentation import get_dispatcher
    from llama_index.core.instrumentation.event_handlers import BaseEventHandler

    seen: list[str] = []

    class Listens(BaseEventHandler):
        def handle(self, event: object, **_: object) -> None:
            seen.append(event.model_dump_json())

    root = get_dispatcher()
    root.add_event_handler(Listens())
    try:
        with ScriptedServer(says("Yes.")) as server:
            model(server).complete(ASKED)
    finally:
        root.event_handlers.pop()
    assert any("scripted" in one for one in seen)
    assert KEY not in "".join(seen)


# -- settings ---------------------------------------------------------------------------------------------------------


def test_nothing_set_is_no_model(tmp_path: Path) -> None:
    assert configured({"HOME": str(tmp_path)}) is None
    assert configured({"HOME": str(tmp_path), "FOOTNOTE_MODEL_URL": " ", "FOOTNOTE_MODEL": ""}) is None


def test_the_environment_names_a_model(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path), "FOOTNOTE_MODEL_URL": "http://localhost:11434/v1/", "FOOTNOTE_MODEL": "qwen3:8b"}
    assert configured(environ) == Endpoint("http://localhost:11434/v1", "qwen3:8b", "", 4096, "environment")
    environ |= {"FOOTNOTE_MODEL_KEY": f" {KEY}\n", "FOOTNOTE_MODEL_CONTEXT": "32768"}
    assert configured(environ) == Endpoint("http://localhost:11434/v1", "qwen3:8b", KEY, 32768, "environment")


FILE = f'[model]\nurl = "https://models.example/v1"\nname = "m"\nkey = "{KEY}"\ncontext = 8192\n'


def settings(folder: Path, text: str | bytes) -> dict[str, str]:
    path = folder / "settings.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return {"HOME": str(folder), "FOOTNOTE_SETTINGS": str(path)}


def test_the_settings_file_names_a_model_where_the_environment_does_not(tmp_path: Path) -> None:
    environ = settings(tmp_path, FILE)
    path = environ["FOOTNOTE_SETTINGS"]
    assert configured(environ) == Endpoint("https://models.example/v1", "m", KEY, 8192, path)
    given = {"FOOTNOTE_MODEL_URL": "http://localhost:1/v1", "FOOTNOTE_MODEL": "n"}
    own = configured({**environ, **given})
    assert own == Endpoint("http://localhost:1/v1", "n", "", 4096, "environment")  # and not with that file's key
    own = configured({**environ, "FOOTNOTE_MODEL_KEY": "other", "FOOTNOTE_MODEL_CONTEXT": "2048"})
    assert own == Endpoint("https://models.example/v1", "m", "other", 2048, path)


@pytest.mark.parametrize("variable", ["XDG_CONFIG_HOME", "HOME"])
def test_the_settings_file_is_found_where_such_files_are(tmp_path: Path, variable: str) -> None:
    folder = tmp_path / ("footnote" if variable == "XDG_CONFIG_HOME" else ".config/footnote")
    folder.mkdir(parents=True)
    settings(folder, FILE)
    found = configured({variable: str(tmp_path)})
    assert found is not None and found.where == str(folder / "settings.toml")


def test_a_settings_file_about_other_things_is_no_model(tmp_path: Path) -> None:
    assert configured(settings(tmp_path, '[other]\nname = "x"\n')) is None


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({"FOOTNOTE_MODEL_URL": "http://localhost:1/v1"}, "FOOTNOTE_MODEL is missing"),
        ({"FOOTNOTE_MODEL": "m"}, "FOOTNOTE_MODEL_URL is missing"),
        ({"FOOTNOTE_MODEL_KEY": KEY}, "FOOTNOTE_MODEL_URL and FOOTNOTE_MODEL is missing"),
        ({"FOOTNOTE_SETTINGS": "/nowhere/settings.toml"}, "is not there"),
    ],
)
def test_half_a_configuration_is_told(tmp_path: Path, environ: dict[str, str], sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence) as caught:
        configured({"HOME": str(tmp_path), **environ})
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (FILE.replace("url =", "uri ="), "unknown 'uri'"),
        (FILE.replace("8192", '"8192"'), "context of .model. must be a whole number"),
        (FILE.replace("8192", "true"), "context of .model. must be a whole number"),
        (FILE.replace('"m"', "7"), "name of .model. must be a text in quotes"),
        (FILE.replace('name = "m"\n', ""), "name is missing"),
        (FILE.replace(f'"{KEY}"', KEY), "is not valid TOML at line 4"),
        ('model = "m"\n', "model is not a table"),
        (b"\xff\xfe\x00", "is not valid TOML"),
    ],
)
def test_a_broken_settings_file_is_told_without_its_key(tmp_path: Path, text: str | bytes, sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence) as caught:
        configured(settings(tmp_path, text))
    assert KEY not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_a_settings_file_that_is_a_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        configured({"FOOTNOTE_SETTINGS": str(tmp_path)})


@pytest.mark.parametrize(
    "url",
    ["localhost:11434", "ftp://host/v1", "http://", "http://host:99999/v1", "http://[::1/v1", "http://a b/v1",
     f"http://user:{KEY}@host/v1", f"http://host/v1?key={KEY}", f"http://host/v1#{KEY}", "http://höst/v1", "http://h\n/v1"],
)  # fmt: skip
def test_a_url_that_cannot_be_or_hides_a_key_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="The model's URL") as caught:
        Endpoint(url, "m")
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    ("model_name", "key", "context"), [("", "", 4096), ("a\nb", "", 4096), ("m", f"{KEY}\r\nX: 1", 4096), ("m", "schlüssel", 4096),
                                       ("m", "", 10), ("m", "", -1)],
)  # fmt: skip
def test_an_endpoint_that_cannot_be_is_refused(model_name: str, key: str, context: int) -> None:
    with pytest.raises(SettingsError) as caught:
        Endpoint("http://localhost:1/v1", model_name, key, context)
    assert KEY not in str(caught.value) and "schl" not in str(caught.value)


def test_a_context_that_is_no_number_is_told(tmp_path: Path) -> None:
    environ = {"FOOTNOTE_MODEL_URL": "http://localhost:1/v1", "FOOTNOTE_MODEL": "m", "FOOTNOTE_MODEL_CONTEXT": "4k"}
    with pytest.raises(SettingsError, match="FOOTNOTE_MODEL_CONTEXT must be a whole number"):
        configured({"HOME": str(tmp_path), **environ})


# -- `footnote models` ------------------------------------------------------------------------------------------------


def test_a_model_that_answers_is_well() -> None:
    with ScriptedServer(says("Yes."), models=["scripted", *(f"m{n}\x1b[31m" for n in range(20))]) as server:
        text, well = describe(Endpoint(server.url, "scripted", KEY, 8192), QUICK)
    assert well
    assert server.url in text and "8192 tokens" in text and "the environment" in text
    assert "scripted, m0[31m, m1" in text and "and 13 more" in text
    assert "It answers: the first words came after" in text
    assert "\x1b" not in text and KEY not in text


@pytest.mark.parametrize("fault", ["refused", "silent", "401", "404", "html"])
def test_a_model_that_does_not_answer_is_not_well_and_says_why(fault: str) -> None:
    with ScriptedServer(fault) as server:
        health = model(server).answers()
        text, well = describe(model(server).endpoint, QUICK)
        told = heard(server)[1]
    assert not well and not health.answers
    assert health.sentence == str(told)
    assert health.sentence in text


@pytest.mark.parametrize("fault", ["404", "html", "500"])
def test_a_server_without_a_list_may_answer_all_the_same(fault: str) -> None:
    with ScriptedServer(fault, says("Yes."), models=None) as server:
        server.requests.append(None)  # the list is asked of the first script, the chat of the second
        health = model(server).answers()
    assert health.answers and health.models == ()


def test_a_model_that_only_thinks_is_there() -> None:
    with ScriptedServer(
        streams(_event({"reasoning_content": "hm"}), _event({}, "length"), b"data: [DONE]\n\n")
    ) as server:
        assert model(server).answers().answers


def test_no_model_is_well_too() -> None:
    text, well = describe(None)
    assert well and "answers are quoted" in text and "FOOTNOTE_MODEL_URL" in text


def test_a_sentence_names_the_place_to_change(tmp_path: Path) -> None:
    path = str(tmp_path / "settings.toml")
    with ScriptedServer("refused") as server, pytest.raises(WriterError, match="correct url in ") as caught:
        LanguageModel(Endpoint(server.url, "m", where=path), QUICK).complete(ASKED)
    assert path in str(caught.value)


@pytest.mark.parametrize(("url", "exposed"), [("http://192.0.2.1/v1", True), ("https://192.0.2.1/v1", False),
                                              ("http://127.0.0.1:9/v1", False), ("http://localhost:9/v1", False)])  # fmt: skip
def test_what_can_be_read_on_the_way_is_said(url: str, exposed: bool) -> None:
    text, _ = describe(Endpoint(url, "m"), Limits(connect=0.3))
    assert ("can be read on the way" in text) == exposed


def test_the_door_is_imported_without_what_stands_behind_it() -> None:
    code = "import sys, qa.llm; print(sorted({'httpx', 'httpcore', 'openai', 'llama_index'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_model_on_this_machine_may_take_longer_to_begin() -> None:
    def patience(url: str) -> float:
        return LanguageModel(Endpoint(url, "m"))._limits.first

    assert patience("http://127.0.0.1:8080/v1") == patience("http://localhost:8080/v1") == 120
    assert patience("https://models.example/v1") == 30
