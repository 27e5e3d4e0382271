"""The systems whose export files are recognised by their headers."""

from __future__ import annotations

from subscribers.transfer.formats import Format

FORMATS: tuple[Format, ...] = ()
"""In the order in which they are asked: the one with the most particular header first."""
