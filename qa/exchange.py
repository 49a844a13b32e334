"""One request to a language model through LlamaIndex: its text in pieces, or a Fault that says why there is no more.

Knows what servers of this kind answer when something is wrong, and what is left of a stream that was cut. Knows nothing
of settings, of retries, or of how a fault is told to a person (`qa/llm.py`).
"""

from __future__ import annotations

import json
import re
import socket
import ssl
from collections.abc import Iterator, Sequence
from email.utils import parsedate_to_datetime
from time import time
from typing import Any

import httpcore
import httpx

from qa.endpoint import Endpoint
from qa.wire import LONGEST_EVENT, Fault, Transport, Watch

SEED = 0  # any number does: with temperature 0 it makes an answer come out the same where the server heeds it
CONTENT = re.compile(r'"content"\s*:\s*"((?:[^"\\]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*)')
# How servers say that the messages are too long, under these statuses: from their issues and sources.
OVERFLOW_STATUS = {400, 413, 422, 500}
OVERFLOW = re.compile(
    r"context[ _-]?(length|size|window)|context the overflows|exceed_context|maximum (model|prompt) length"
    r"|prompt (\([\d ]*tokens?\) )?is too long|input is too long|too many tokens|\bn_ctx\b",
    re.IGNORECASE,
)


def load() -> None:
    """Import what asking needs (about 2 s), so that no clock runs meanwhile."""
    import llama_index.llms.openai_like  # noqa: F401
    import openai.resources.chat.completions  # noqa: F401  # else loaded by the first question


def pieces(endpoint: Endpoint, messages: Sequence[tuple[str, str]], most_tokens: int, watch: Watch) -> Iterator[str]:
    """The model's text as it comes; (role, text) are the messages. Raises Fault, after the text that came."""
    transport, half, finish = Transport(endpoint, watch), "", ""
    said = False
    with httpx.Client(transport=transport, trust_env=False) as client:  # closing it hangs up
        try:
            for part in _stream(endpoint, messages, most_tokens, client, watch):
                watch.check()
                finish = _finish(part.raw) or finish
                if part.delta or part.additional_kwargs.get("thinking_delta"):
                    watch.heard()
                text, half = _characters(half + (part.delta or ""))
                if text:
                    said = True
                    yield text
                    watch.heard()
        except Exception as error:
            raise fault_of(error, watch) from None
    tail = salvaged(transport.rest)
    if tail:
        yield tail
    _settle(said or bool(tail), finish, transport)


def _characters(text: str) -> tuple[str, str]:
    """(whole characters, the half of a pair that ends it): JSON may cut a pair of surrogates in two."""
    half = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""
    whole = text[: len(text) - len(half)]
    return whole.encode("utf-16", "surrogatepass").decode("utf-16", "replace"), half


def _stream(
    endpoint: Endpoint, messages: Sequence[tuple[str, str]], most_tokens: int, client: httpx.Client, watch: Watch
) -> Iterator[Any]:
    """LlamaIndex's responses. It gets no key: what it knows it also tells its event handlers."""
    from llama_index.core.base.llms.types import ChatMessage
    from llama_index.llms.openai_like import OpenAILike

    how: dict[str, Any] = {"max_tokens": most_tokens, "temperature": 0.0, "additional_kwargs": {"seed": SEED}}
    limits: dict[str, Any] = {"max_retries": 0, "timeout": watch.connect, "http_client": client}
    model = OpenAILike(
        model=endpoint.model,
        api_base=endpoint.url,
        api_key="unused",
        context_window=endpoint.context,
        is_chat_model=True,
        **how,
        **limits,
    )
    said = [(role, text.encode("utf-8", "replace").decode()) for role, text in messages]
    yield from model.stream_chat([ChatMessage(role=role, content=text) for role, text in said])


def _finish(raw: Any) -> str:
    """Why the model stopped, where this part of the stream says so."""
    return str(getattr(raw.choices[0], "finish_reason", None) or "") if raw.choices else ""


def _settle(text: bool, finish: str, transport: Transport) -> None:
    """Raise Fault unless the stream came to a proper end with text in it."""
    if not finish and not transport.done and (text or transport.rest.lstrip().startswith(b"data")):
        raise Fault("cut")
    if finish in ("length", "content_filter"):
        raise Fault("long" if finish == "length" else "withheld")
    if not text:
        raise Fault("garbage")


def listed(endpoint: Endpoint, watch: Watch) -> list[str]:
    """The names of the models that the server says it has. Raises Fault."""
    with httpx.Client(transport=Transport(endpoint, watch), trust_env=False) as client:
        try:
            found = client.get(f"{endpoint.url}/models", timeout=watch.connect)
            if found.status_code != 200:
                raise Fault("status", found.status_code)
            return [str(one["id"]) for one in found.json()["data"]]
        except Exception as error:
            raise fault_of(error, watch) from None


def fault_of(error: Exception, watch: Watch) -> Fault:
    """What went wrong, told from the exception and from those it was raised from."""
    from openai import APIConnectionError, APIError, APIStatusError

    chain: list[BaseException] = [error]
    while cause := chain[-1].__cause__ or chain[-1].__context__:
        chain.append(cause)
    reasons: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str], ...] = (
        (socket.gaierror, "unknown host"),
        (ssl.SSLError, "insecure"),
        ((httpcore.ConnectError, httpcore.ConnectTimeout), "unreachable"),
        (httpcore.WriteTimeout, "silent"),
        ((httpcore.NetworkError, httpcore.ProtocolError), "cut"),
    )
    if watch.fault:
        return watch.fault
    if isinstance(error, Fault):
        return error
    if isinstance(error, APIStatusError):
        return _of_status(error.response)
    if isinstance(error, APIError) and not isinstance(error, APIConnectionError):  # an error in the middle of a stream
        return Fault("overflow" if OVERFLOW.search(f"{error.message} {error.body}") else "broken")
    found = [reason for kinds, reason in reasons if any(isinstance(one, kinds) for one in chain)]
    return Fault(found[0] if found else "garbage")


def _of_status(response: httpx.Response) -> Fault:
    """The fault of an answer whose status says that it is none."""
    if response.status_code in OVERFLOW_STATUS and OVERFLOW.search(response.text[:LONGEST_EVENT]):
        return Fault("overflow", response.status_code)
    return Fault("status", response.status_code, _seconds(response.headers.get("retry-after", "")))


def _seconds(retry_after: str) -> float | None:
    """A Retry-After header, seconds or a date, as seconds from now."""
    try:
        if re.fullmatch(r"\d{1,9}(\.\d+)?", retry_after.strip()):
            return float(retry_after)
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - time())
    except (ValueError, TypeError, OverflowError):
        return None


def salvaged(rest: bytes) -> str:
    """The text in an event that was cut, up to its last whole character."""
    found = CONTENT.search(rest.decode("utf-8", "ignore"))
    text = str(json.loads(f'"{found[1]}"', strict=False)) if found else ""
    return text.encode("utf-8", "ignore").decode()  # half a surrogate pair is no character
