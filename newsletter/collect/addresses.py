"""Which hosts may be asked: names become addresses here, and only public ones pass."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Callable, Sequence

Resolver = Callable[[str, int, float], Sequence[str]]
"""(host, port, seconds) -> the host's IP addresses; raises OSError."""

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Python's own tables change with its patch versions (3.11 says multicast is global), so the
# special-purpose blocks of RFC 6890 and its updates are written out.
_NOT_PUBLIC_4 = tuple(
    ipaddress.IPv4Network(block)
    for block in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # shared by carriers (RFC 6598)
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local, where clouds keep their credentials
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_GLOBAL_UNICAST_6 = ipaddress.IPv6Network("2000::/3")
_NOT_PUBLIC_6 = tuple(
    ipaddress.IPv6Network(block)
    for block in (
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",
        "2002::/16",  # 6to4 wraps any IPv4 address
        "3fff::/20",
    )
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def is_public(text: str) -> bool:
    """Whether an IP address is one that the whole internet may be asked at.

    An IPv4 address wrapped in IPv6 (mapped, or NAT64's well-known prefix, RFC 6052) is judged by
    what it wraps; 6to4 and Teredo never pass. What is no IP address is not public.
    """
    try:
        address: _Address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(str(address.ipv4_mapped))
        if address in _NAT64:
            return is_public(str(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)))
        return address in _GLOBAL_UNICAST_6 and not any(address in n for n in _NOT_PUBLIC_6)
    return not any(address in network for network in _NOT_PUBLIC_4)


_NEVER = tuple(
    ipaddress.ip_network(block)
    for block in (
        "169.254.0.0/16",  # link-local, where clouds keep their credentials
        "fe80::/10",
        "100.100.100.200/32",  # the same, of clouds that chose another
        "fd00:ec2::254/128",
    )
)


def is_never_asked(text: str) -> bool:
    """Whether an IP address is one at which no newspaper is, even in a network of one's own."""
    try:
        address: _Address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return True
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address in network for network in _NEVER)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def resolve(host: str, port: int, seconds: float) -> tuple[str, ...]:
    """The addresses of `host`, each once, in the system's order of preference.

    Decimal, octal and hexadecimal forms of an address come back in their usual form. Raises
    OSError when there is no such host, TimeoutError after `seconds`: the system's resolver knows
    no time limit, so it is asked from a thread that may be left behind.
    """
    if _is_address(host):
        return (host,)  # nobody needs to be asked
    found: list[str] = []
    trouble: list[OSError] = []

    def ask() -> None:
        try:
            for *_, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
                found.append(str(address[0]))
        except OSError as error:
            trouble.append(error)
        except UnicodeError as error:  # a label that is empty or too long
            trouble.append(OSError(str(error)))

    asker = threading.Thread(target=ask, name=f"resolve {host}", daemon=True)
    asker.start()
    asker.join(max(seconds, 0.001))
    if asker.is_alive():
        raise TimeoutError(f"no answer from DNS for {host}")
    if trouble:
        raise trouble[0]
    return tuple(dict.fromkeys(found))
