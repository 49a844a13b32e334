"""Which web addresses may be visited: from what a person typed to the IP addresses that a connection may go to.

    "http://Example.com/a b"  →  Place("http", "example.com", 80, "/a%20b")  →  ["93.184.215.14"]

A name is looked up once and every address it has is checked; who connects uses those very addresses, so that a name
server that answers differently the second time changes nothing. Knows nothing of HTTP, of robots.txt or of pages.
"""

from __future__ import annotations

import ipaddress
import queue
import re
import socket
import threading
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import quote, urlsplit

import idna

PORTS = {"http": 80, "https": 443}
OTHER_PORTS = range(8000, 10_000)  # where small web servers listen; databases, mail and shells listen elsewhere
LONGEST = 4_000  # characters; servers refuse longer ones
MOST_ADDRESSES = 4  # of one name that are tried
UNQUOTED = "/:@!$&'()*+,;=~%-._"  # in a path; what is quoted already stays so

# What Python's `is_global` lets through and no website has: protocol assignments; 6to4 and Teredo, in which an IPv4
# address is hidden.
NOWHERE = tuple(map(ip_network, ("192.0.0.0/24", "2002::/16", "2001::/32")))
WORLD = ip_network("2000::/3")  # all of IPv6 that is handed out; IPv4-mapped addresses lie outside it
NAT64 = ip_network("64:ff9b::/96")  # how a network without IPv4 reaches it: the IPv4 address is in the last 32 bits
HOME = tuple(
    map(ip_network, ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"))
) + tuple(map(ip_network, ("::1/128", "fc00::/7")))

NO_ADDRESS = "it is not a web address; give one like https://example.com/article"
NO_HOST = "there is no such host, or the network is down; check the address"


@dataclass(frozen=True, slots=True)
class Place:
    """A web address taken apart. host: ASCII, lower case, an IPv6 address without brackets. target: path and query,
    quoted; never a fragment."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """ "example.com", "example.com:8080" or "[::1]:8080": what a Host header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """ "https://example.com": whose robots.txt counts."""
        return f"{self.scheme}://{self.authority}"

    @property
    def url(self) -> str:
        """The whole address."""
        return self.origin + self.target


def read_address(url: str, allow_private: bool = False) -> Place | str:
    """The address taken apart, or the reason, half a sentence, why it may not be visited. `allow_private` allows every
    port too: what runs at home runs on any."""
    url = url.strip()
    if not url or len(url) > LONGEST or re.search(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]", url):
        return NO_ADDRESS
    try:
        parts = urlsplit(url)
        scheme, port = parts.scheme.lower(), parts.port
    except ValueError:
        return NO_ADDRESS
    if scheme not in PORTS:
        return "only http and https addresses can be fetched; save it as a file and give that"
    if "@" in parts.netloc:
        return "it holds a user name or a password; leave them out"
    host = _host(parts.hostname or "")
    if host is None:
        return NO_ADDRESS
    port = PORTS[scheme] if port is None else port
    if not (allow_private or port in PORTS.values() or port in OTHER_PORTS):
        return f"port {port} is not one that websites use; give --allow-private if it is meant"
    query = f"?{quote(parts.query, UNQUOTED + '?')}" if parts.query else ""
    return Place(scheme, host, port, (quote(parts.path, UNQUOTED) or "/") + query)


def _host(host: str) -> str | None:
    """The host in ASCII; None for what is no name, and for numbers that only some programs take for an address
    ("2130706433", "0x7f.1", "0177.0.0.1")."""
    if ":" in host:
        return _or_none(host, IPv6Address)
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode()
        except idna.IDNAError:
            return None
    host = host.removesuffix(".")
    if len(host) > 253 or not re.fullmatch(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*", host):
        return None
    if re.fullmatch(r"\d+|0x[0-9a-f]*", host.rpartition(".")[2]):
        return _or_none(host, IPv4Address)
    return host


def _or_none(host: str, kind: type[IPv4Address] | type[IPv6Address]) -> str | None:
    try:
        return None if "%" in host else str(kind(host))
    except ipaddress.AddressValueError:
        return None


def look_up(place: Place, allow_private: bool, seconds: float) -> list[str] | str:
    """The IP addresses to connect to, or why none may be. One that is refused refuses the name: a website does not
    stand half in the world and half in a living room."""
    found = _asked(place, seconds)
    if isinstance(found, str):
        return found
    for address in found:
        if not is_public(address) and not (allow_private and is_home(address)):
            if is_home(address):
                return f"it leads to a private address ({address}); give --allow-private if it is meant"
            return f"it leads to an address that no website has ({address}); leave it out"
    return found[:MOST_ADDRESSES]


def is_public(address: str) -> bool:
    """May anybody's website be at this address?"""
    ip = ip_address(address)
    if isinstance(ip, IPv6Address) and ip in NAT64:
        ip = IPv4Address(int(ip) & 0xFFFF_FFFF)
    odd = ip.is_multicast or ip.is_reserved or ip.is_private or any(ip in network for network in NOWHERE)
    return ip.is_global and not odd and (ip.version == 4 or ip in WORLD)


def is_home(address: str) -> bool:
    """Is it this machine or one in the same house or office? A link-local one is not: clouds keep secrets there."""
    return any(ip_address(address) in network for network in HOME)


def _asked(place: Place, seconds: float) -> list[str] | str:
    """What the name server says. A name server that hangs cannot be interrupted, so it is asked on a thread that nobody
    waits for longer than `seconds`."""
    replies: queue.SimpleQueue[list[str]] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            found = []
        replies.put(list(dict.fromkeys(str(one[4][0]).partition("%")[0] for one in found)))

    threading.Thread(target=ask, daemon=True).start()
    try:
        return replies.get(timeout=seconds) or NO_HOST
    except queue.Empty:
        return f"the name server did not answer within {seconds:.0f} seconds; try again later"
