"""What a sender tells of its own doings, for whoever measures; who listens is not known here."""

from __future__ import annotations

from typing import Protocol


class Meter(Protocol):
    """Called on the event loop's thread, with no waiting: it may count, and nothing else."""

    def recorded(self, relay: str, state: str, seconds: float) -> None:
        """The outcome of a delivery was committed; `seconds` since its mark was, the first or
        renewed. `state` is the DeliveryState it came to."""

    def claimed(self, count: int, seconds: float) -> None:
        """A claim brought so many deliveries; `seconds` is how long its transaction took."""
