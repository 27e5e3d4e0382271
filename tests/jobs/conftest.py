"""The fixtures of rooms that work on a whole installation."""

from __future__ import annotations

from newsletter_fixtures import inst, install, now, server

from tests.jobs.paper_site import site

__all__ = ["inst", "install", "now", "server", "site"]
