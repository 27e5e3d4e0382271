"""Which relay gets how much: by weight, within what each may take. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from newsletter.config import RelayConfig


@dataclass(frozen=True)
class Grant:
    """How many messages may be claimed for a relay now.

    `urgent` counts what is kept for alerts and notices too, so it is never below `ordinary`.
    """

    relay: RelayConfig
    urgent: int
    ordinary: int
    recent: int = 0  # taken in the last minute
    probing: bool = False  # its one message shows whether it works again


def apportion(wanted: int, grants: Sequence[Grant]) -> dict[str, int]:
    """How `wanted` ordinary messages are shared out over relays, by name; none above its grant.

    What one cannot take goes to the others. A standby (weight 0) gets what is left only when no
    other relay can take anything, but for one that is being probed; the first of them first.
    """
    split = {grant.relay.name: 0 for grant in grants}
    weighted = [grant for grant in grants if grant.relay.weight and grant.ordinary > 0]
    split |= _by_weight(wanted, weighted)
    if not any(not grant.probing for grant in weighted):
        left = wanted - sum(split.values())
        for grant in grants:
            if not grant.relay.weight:
                split[grant.relay.name] = min(max(grant.ordinary, 0), left)
                left -= split[grant.relay.name]
    return split


def in_order(grants: Sequence[Grant]) -> list[Grant]:
    """Those first that had the least for their weight; then standbys, then those to be probed."""

    def key(grant: Grant) -> tuple[bool, bool, float]:
        weight = grant.relay.weight
        return grant.probing, not weight, (grant.recent + 0.5) / weight if weight else 0.0

    return sorted(grants, key=key)


def _by_weight(wanted: int, grants: Sequence[Grant]) -> dict[str, int]:
    """Fill every relay up to one level of messages for each unit of its weight.

    What went to it in the last minute counts, so that also claims of one message end up shared by
    weight. But a relay that had nothing for a while (it rested, or was full) catches up little by
    little, at about half as much again as its share, while the others go on.
    """
    if wanted >= sum(grant.ordinary for grant in grants):
        return {grant.relay.name: grant.ordinary for grant in grants}
    weights = sum(grant.relay.weight for grant in grants)
    level = sum(grant.recent for grant in grants) / weights
    parts = []
    for grant in grants:
        even = level * grant.relay.weight
        most = wanted * grant.relay.weight / weights / 2 + 1
        parts.append(_Part(grant, min(max(grant.recent, even - most), even + most)))
    low = min(part.had / part.weight for part in parts)
    high = max((part.had + part.grant.ordinary) / part.weight for part in parts)
    for _ in range(60):  # halving: far finer than one message
        middle = (low + high) / 2
        if sum(part.up_to(middle) for part in parts) > wanted:
            high = middle
        else:
            low = middle
    for part in parts:
        part.given = int(part.up_to(low))
    left = max(wanted, 0) - sum(part.given for part in parts)
    for _ in range(left):  # fewer than there are relays
        part = min((p for p in parts if p.given < p.grant.ordinary), key=_Part.next)
        part.given += 1
    return {part.grant.relay.name: part.given for part in parts}


@dataclass
class _Part:
    """A relay while it is being filled; `had`: what it starts from."""

    grant: Grant
    had: float
    given: int = 0

    @property
    def weight(self) -> int:
        return self.grant.relay.weight

    def up_to(self, level: float) -> float:
        """How many messages bring it to a level."""
        return min(max(level * self.weight - self.had, 0.0), float(self.grant.ordinary))

    def next(self) -> float:
        """The level in the middle of its next message (the lowest gets it: Sainte-Laguë)."""
        return (self.had + self.given + 0.5) / self.weight
