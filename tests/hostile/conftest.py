"""The fixtures of a whole installation."""

from __future__ import annotations

from newsletter_fixtures import inst, install, now, server

__all__ = ["inst", "install", "now", "server"]
