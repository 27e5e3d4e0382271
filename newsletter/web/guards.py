"""What stands around every page: the size of a request, the headers of an answer, an even pace.

Plain ASGI, so that they hold for errors too.
"""

from __future__ import annotations

import asyncio
import math
import time

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BODY = 64 * 1024

PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
"""Of our own pages: no script at all, no style in the page itself."""

ISSUE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src https: http: 'self'; form-action "
    "'none'; base-uri 'none'; frame-ancestors 'none'; sandbox allow-popups "
    "allow-popups-to-escape-sandbox"
)
"""Of an issue in the browser, which is a mail: styles in its elements, pictures from elsewhere."""


_TOKEN_PAGES = ("/c/", "/u/", "/p/", "/s/", "/m/", "/v/", "/subscription/")


def protect(headers: MutableHeaders, path: str) -> None:
    """The headers of every answer, errors included; what a handler has set stands."""
    headers.setdefault("Content-Security-Policy", PAGE_POLICY)
    headers.setdefault("Cache-Control", "no-store")
    headers["Referrer-Policy"] = "no-referrer"
    headers["X-Content-Type-Options"] = "nosniff"
    headers["X-Frame-Options"] = "DENY"  # older browsers do not know frame-ancestors
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
    if path.startswith(_TOKEN_PAGES):
        headers["X-Robots-Tag"] = "noindex, nofollow"


class Headed:
    """Every answer carries the headers that browsers ask for; a handler's own stand."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                protect(MutableHeaders(scope=message), scope["path"])
            await send(message)

        await self.app(scope, receive, headed if scope["type"] == "http" else send)


class Limited:
    """Bodies of at most 64 KB: nothing that we are sent needs more. What is larger gets 413.

    The body is read whole before it is passed on, so no handler ever holds half of one.
    """

    def __init__(self, app: ASGIApp, refuse: ASGIApp) -> None:
        self.app = app
        self.refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        length = Headers(scope=scope).get("content-length", "0")
        if not length.isdigit() or int(length) > LARGEST_BODY:
            await self.refuse(scope, receive, send)
            return
        body = b""
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > LARGEST_BODY:
                await self.refuse(scope, receive, send)
                return
        sent = False

        async def whole() -> Message:
            nonlocal sent
            if sent:
                return await receive()  # the disconnect, when it comes
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self.app(scope, whole, send)


_EVEN = ("/lists/", "/s/", "/data")  # where somebody types an address


class Even:
    """Answers to an address that was typed leave at full multiples of `beat` seconds.

    The work is the same whoever's address it is, but for one write; this hides the rest.
    """

    def __init__(self, app: ASGIApp, beat: float) -> None:
        self.app = app
        self.beat = beat

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        posted = scope["type"] == "http" and scope["method"] == "POST"
        if not posted or not scope["path"].startswith(_EVEN):
            await self.app(scope, receive, send)
            return
        begun = time.monotonic()

        async def in_time(message: Message) -> None:
            if message["type"] == "http.response.start":
                passed = time.monotonic() - begun
                await asyncio.sleep(math.ceil(passed / self.beat) * self.beat - passed)
            await send(message)

        await self.app(scope, receive, in_time)
