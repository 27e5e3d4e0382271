"""Who is asking: the peer, or whom a trusted proxy names; nobody else's header is believed."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True)
class Clients:
    """`trusted` are addresses and networks of our own proxies (config: web.trusted_proxies)."""

    trusted: tuple[str, ...]

    def address(self, peer: str | None, forwarded: Sequence[str]) -> str | None:
        """The client's IP address, from the peer and the X-Forwarded-For fields in order.

        Read from the right: each trusted hop vouches for the one it names; the first that is not
        ours is the client. What is not an address ends the chain.
        """
        found = _parse(peer)
        hops = [hop for field in forwarded for hop in field.split(",")]
        while found is not None and hops and self._is_trusted(found):
            named = _parse(hops.pop())
            if named is None:
                break
            found = named
        return None if found is None else str(found)

    def _is_trusted(self, address: Address) -> bool:
        networks = (ipaddress.ip_network(text) for text in self.trusted)
        return any(address in network for network in networks)


def _parse(text: str | None) -> Address | None:
    try:
        address = ipaddress.ip_address((text or "").strip())
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        return ipaddress.IPv6Address(int(address))  # without a scope, which is ours alone
    return address
