"""Tells which host an address is of."""

from __future__ import annotations

from urllib.parse import urlsplit


def host_of(location: str) -> str:
    """The host that an address leads to, with its port unless that is the usual one; "" if none."""
    try:
        parts = urlsplit(location)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    return host if port in (None, 80, 443) else f"{host}:{port}"
