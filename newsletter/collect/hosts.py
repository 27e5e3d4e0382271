"""Orders what is to be read by host, so that no host is pressed, and none keeps others waiting."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterable
from typing import Generic, Protocol, TypeVar
from urllib.parse import urlsplit

_T = TypeVar("_T")


def host_of(location: str) -> str:
    """The host that an address leads to, with its port unless that is the usual one; "" if none."""
    try:
        parts = urlsplit(location)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    return host if port in (None, 80, 443) else f"{host}:{port}"


class Named(Protocol):
    """A source or a place, as somebody named it."""

    @property
    def location(self) -> str: ...
    @property
    def site(self) -> str | None: ...
    @property
    def allow_private(self) -> bool: ...


def private_for(url: str, named: Named) -> bool:
    """Whether `url` may be of a private network: on the host of a source that may, or its site's.

    What else such a source names, its feeds and articles elsewhere, must be public.
    """
    if not named.allow_private:
        return False
    try:
        hosts = {urlsplit(place).hostname for place in (named.location, named.site or "")}
        return urlsplit(url).hostname in hosts - {None}
    except ValueError:
        return False


class Turns(Generic[_T]):
    """What waits to be read, given out host by host in turn, at most `each` of a host at once.

    What waits for its host is not given out, so it takes nobody's place meanwhile. What has no
    host, as a folder, waits for none.
    """

    def __init__(self, items: Iterable[tuple[str, _T]], *, each: int) -> None:
        self._each = each
        self._waiting: defaultdict[str, deque[_T]] = defaultdict(deque)
        for host, item in items:
            self._waiting[host].append(item)
        self._free = deque(self._waiting)  # hosts that may be asked now, and have something waiting
        self._asked: Counter[str] = Counter()

    def next(self) -> tuple[str, _T] | None:
        """A host and what to read there; None while all that waits must wait for its host."""
        if not self._free:
            return None
        host = self._free.popleft()
        item = self._waiting[host].popleft()
        self._asked[host] += 1
        if self._waiting[host] and (not host or self._asked[host] < self._each):
            self._free.append(host)
        return host, item

    def done(self, host: str) -> None:
        """One that was given out for this host has been read."""
        was_full = bool(host) and self._asked[host] == self._each
        self._asked[host] -= 1
        if was_full and self._waiting[host]:
            self._free.append(host)
