"""GET /metrics for Prometheus: never public, and nobody's word is taken for where they are."""

from __future__ import annotations

import hmac
import ipaddress

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response

from newsletter.errors import NotFound
from newsletter.jobs.measuring import CONTENT_TYPE_LATEST, exposition
from newsletter.web.clients import Clients
from newsletter.web.faces import Face, show
from newsletter.web.pages import Site

_FORWARDED = ("x-forwarded-for", "forwarded", "x-real-ip", "via")


class Gauging(Face):
    """`/metrics`, for those of [metrics] `allowed` and for who shows the token."""

    def __init__(self, site: Site) -> None:
        """Raises ConfigError when the token is not where it should be."""
        super().__init__(site)
        metrics = site.config.metrics
        self.token = metrics.token() if metrics.enabled else None

    def routes(self, router: APIRouter) -> None:
        show(router, "/metrics", self.metrics)

    def metrics(self, request: Request) -> Response:
        if not self.site.config.metrics.enabled:
            raise NotFound("metrics are not enabled (see [metrics] in config.toml)")
        if not (self._shows_token(request) or self._is_allowed(request)):
            if self.token is None:
                raise NotFound("metrics are not for this address (see [metrics] in config.toml)")
            asked = {"WWW-Authenticate": 'Bearer realm="metrics"'}
            return PlainTextResponse("the token is missing or wrong\n", 401, headers=asked)
        found = exposition(self.site.inst, now=self.site.now())
        return Response(found, media_type=CONTENT_TYPE_LATEST)

    def _shows_token(self, request: Request) -> bool:
        scheme, _, shown = request.headers.get("authorization", "").partition(" ")
        if self.token is None or scheme.lower() != "bearer":
            return False
        return hmac.compare_digest(shown.strip().encode(), self.token.encode())

    def _is_allowed(self, request: Request) -> bool:
        """Whether the peer itself is allowed, and is not a proxy that speaks for anybody.

        What a proxy says of its client counts for nothing here: one that forgets the header would
        make everybody local.
        """
        if any(name in request.headers for name in _FORWARDED):
            return False
        peer = Clients(()).address(request.client.host if request.client else None, ())
        web, metrics = self.site.config.web, self.site.config.metrics
        return _within(peer, metrics.allowed) and not _within(peer, web.trusted_proxies)


def _within(address: str | None, networks: tuple[str, ...]) -> bool:
    if address is None:
        return False
    found = ipaddress.ip_address(address)
    return any(found in ipaddress.ip_network(network) for network in networks)
