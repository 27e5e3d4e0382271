"""What all faces of the web have in common: pages, each shown and answered at one address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter

from newsletter.web.pages import Site

Handler = Callable[..., Any]


class Face:
    """Pages of one kind."""

    def __init__(self, site: Site) -> None:
        self.site = site


def show(router: APIRouter, path: str, page: Handler, take: Handler | None = None) -> None:
    """Put a page at an address; reading it changes nothing. `take` is what its form does."""
    router.add_api_route(path, page, methods=["GET", "HEAD"])
    if take is not None:
        router.add_api_route(path, take, methods=["POST"])
