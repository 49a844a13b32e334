"""One question to one web server: a connection to an address that was checked, and the time that it may take.

Every wait ends when the page's time is up, when somebody says stop, or when the server answers, whichever is first. The
only door to httpcore. Knows nothing of which addresses are good, of robots.txt, or of what an answer means.
"""

from __future__ import annotations

import contextlib
import functools
import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import certifi
import httpcore

from indexes.address import Place

SLICE = 0.25  # seconds after which a wait looks whether it was stopped
UNTRUSTED = "its certificate is not valid, so it may be somebody else's page; check the address"


class Stopped(Exception):
    """Somebody said stop. Nothing is wrong."""


class Reason(Exception):
    """Why a page cannot be had, in half a sentence. status: what the server answered, 0 if nothing."""

    def __init__(self, reason: str, status: int = 0) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered. headers: names in lower case, values as Latin-1. chunks: the body, read as it comes."""

    status: int
    headers: Mapping[str, str]
    chunks: Iterator[bytes]


class Clock:
    """The time that a page has left; it stands still while we wait for a host's turn."""

    def __init__(self, seconds: float, stop: Callable[[], bool]) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds
        self._stop = stop

    def left(self) -> float:
        """Seconds, more than 0. Raises Reason when there are none, and Stopped."""
        if self._stop():
            raise Stopped
        left = self._end - time.monotonic()
        if left <= 0:
            raise Reason(f"it took longer than {self._seconds:g} seconds; try again later")
        return left

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """What is done here takes no time."""
        began = time.monotonic()
        yield
        self._end += time.monotonic() - began


def rest(until: float, stop: Callable[[], bool]) -> None:
    """Wait, looking up now and then. Raises Stopped."""
    while not stop():
        left = until - time.monotonic()
        if left <= 0:
            return
        time.sleep(min(left, SLICE))
    raise Stopped


@contextlib.contextmanager
def ask(
    place: Place, addresses: Sequence[str], headers: Mapping[str, str], clock: Clock, seconds: float
) -> Iterator[Reply]:
    """A server's answer, its body not yet read. `seconds`: for connecting. What goes wrong on the way, while the body
    is read too, becomes a Reason."""
    url = httpcore.URL(scheme=place.scheme, host=place.host, port=place.port, target=place.target)
    sent = [(name.encode(), value.encode()) for name, value in headers.items()]
    sent += [(b"Host", place.authority.encode()), (b"Connection", b"close")]
    backend = _Pinned(addresses, clock, seconds)
    try:
        with (
            httpcore.ConnectionPool(ssl_context=_trusted(), network_backend=backend) as pool,
            pool.stream("GET", url, headers=sent) as response,
        ):
            found = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
            yield Reply(response.status, found, response.iter_stream())
    except httpcore.ConnectTimeout:
        raise Reason(f"the host did not answer within {seconds:g} seconds; try again later") from None
    except httpcore.ConnectError as error:
        wrong = "certificate" in str(error).lower()
        raise Reason(UNTRUSTED if wrong else "the host cannot be reached; check the address") from None
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException):
        raise Reason("the connection broke off or made no sense; try again later") from None


@functools.cache
def _trusted() -> ssl.SSLContext:
    """The system's certificates, and certifi's for a system that has none."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


class _Pinned(httpcore.NetworkBackend):
    """Opens connections to the addresses that were checked, whatever the name would lead to by now."""

    def __init__(self, addresses: Sequence[str], clock: Clock, seconds: float) -> None:
        self._addresses = addresses
        self._clock = clock
        self._seconds = seconds

    def connect_tcp(self, host: str, port: int, *arguments: object, **options: object) -> httpcore.NetworkStream:
        """The first address that answers; they share the time there is."""
        end = time.monotonic() + min(self._seconds, self._clock.left())
        for tried, address in enumerate(self._addresses):
            share = max(0.05, (end - time.monotonic()) / (len(self._addresses) - tried))
            try:
                stream = httpcore.SyncBackend().connect_tcp(address, port, share)
                return _Timed(stream, self._clock, self._seconds)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if tried == len(self._addresses) - 1:
                    raise
        raise httpcore.ConnectError("no address")


class _Timed(httpcore.NetworkStream):
    """A connection on which nothing waits longer than the page has left: a server that sends a byte now and then, in a
    header or in the body, ends with it."""

    def __init__(self, stream: httpcore.NetworkStream, clock: Clock, seconds: float) -> None:
        self._stream = stream
        self._clock = clock
        self._seconds = seconds

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Bytes as soon as there are any."""
        while True:
            with contextlib.suppress(httpcore.ReadTimeout):
                return self._stream.read(max_bytes, min(SLICE, self._clock.left()))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Our question; it is short."""
        self._stream.write(buffer, self._clock.left())

    def close(self) -> None:
        """Hang up."""
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> _Timed:
        """The same, encrypted: the certificate is held against the name, not the address."""
        seconds = min(self._seconds, self._clock.left())
        return _Timed(self._stream.start_tls(ssl_context, server_hostname, seconds), self._clock, self._seconds)

    def get_extra_info(self, info: str) -> object:
        """What httpcore asks of the socket."""
        return self._stream.get_extra_info(info)
