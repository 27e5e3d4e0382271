"""The web face: public pages over the jobs, and what they answer when something does not work.

Handlers are plain functions. A job commits before it returns, so what a page says has happened.
There is no cookie: a form is authorised by the token in its address, and by nothing else.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import PlainTextResponse, Response
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from newsletter.errors import (
    ComposeError,
    DatabaseError,
    NewsletterError,
    NotFound,
    Refused,
    TooMany,
)
from newsletter.installation import Installation
from newsletter.web.confirming import Confirming
from newsletter.web.former import Former
from newsletter.web.gauging import Gauging
from newsletter.web.guards import Even, Headed, Limited, protect
from newsletter.web.moving import Moving
from newsletter.web.owning import Owning
from newsletter.web.pages import Site, chosen, minutes_until, utc_now, words_of
from newsletter.web.parting import Parting
from newsletter.web.reading import Reading
from newsletter.web.settling import Settling
from newsletter.web.signing import Signing
from newsletter.web.words import Words
from subscribers.errors import InvalidToken, NotPermitted, SubscriberError, UnknownList

log = logging.getLogger(__name__)

BEAT = 0.25  # seconds: answers to a sign-up leave at multiples of it


def create_app(
    inst: Installation, *, now: Callable[[], datetime] = utc_now, beat: float = BEAT
) -> FastAPI:
    """The application. `now` gives the time, aware; `beat` is in seconds (see `guards.Even`)."""
    site = Site(inst, now)
    app = FastAPI(
        title="newsletter",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,  # such a redirect would name the Host that was asked for
    )
    router = APIRouter()
    joining = Signing(site), Confirming(site)
    leaving = Parting(site), Former(site)
    own = Settling(site), Owning(site), Moving(site)
    for face in (*joining, *leaving, *own, Reading(site), Gauging(site)):
        face.routes(router)
    app.include_router(router)

    errors = Errors(site)
    app.add_exception_handler(HTTPException, errors.http)
    app.add_exception_handler(RequestValidationError, errors.invalid)
    app.add_exception_handler(NewsletterError, errors.expected)
    app.add_exception_handler(SubscriberError, errors.expected)
    app.add_exception_handler(Exception, errors.unexpected)
    app.add_middleware(Even, beat=beat)
    app.add_middleware(Limited, refuse=errors.too_large)
    app.add_middleware(Headed)
    return app


class Errors:
    """Every error as a page with one clear sentence; details go to the log, without addresses."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def http(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        words = self._words(request)
        sentences = {404: words.not_found, 405: words.method, 413: words.too_large}
        status = error.status_code if error.status_code in (*sentences, 400) else 422
        page = self._page(request, status, sentences.get(status, words.invalid))
        page.headers.update(error.headers or {})
        return page

    def invalid(self, request: Request, error: Exception) -> Response:
        return self._page(request, 422, self._words(request).invalid)

    def expected(self, request: Request, error: Exception) -> Response:
        """What a job refuses, in the reader's words; the admin's line goes to the log."""
        status, sentence = self._explained(error, self._words(request))
        if status >= 500:
            log.error("%s %s: %s", request.method, _route(request), error)
        page = self._page(request, status, sentence)
        if status == 503:
            page.headers["Retry-After"] = "5"
        if isinstance(error, TooMany):
            page.headers["Retry-After"] = str(60 * self._minutes(error))
        return page

    def unexpected(self, request: Request, error: Exception) -> Response:
        """A bug: nothing of it is shown. The server logs it, with its traceback."""
        page = self._page(request, 500, self._words(request).internal)
        protect(page.headers, request.url.path)  # this answer leaves outside of all else
        return page

    async def too_large(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        page = self._page(request, 413, self._words(request).too_large)
        page.headers["Connection"] = "close"
        await page(scope, receive, send)

    def _explained(self, error: Exception, words: Words) -> tuple[int, str]:
        match error:
            case InvalidToken():
                return (410, words.old_link_title) if error.expired else (404, words.bad_link)
            case NotFound() | UnknownList():
                return 404, words.not_found
            case TooMany():
                return 429, words.too_many.format(minutes=self._minutes(error))
            case NotPermitted() | Refused():
                return 409, words.not_permitted
            case SubscriberError():
                return 422, words.invalid
            case DatabaseError():
                return 503, words.busy
            case _:
                return 500, words.internal

    def _minutes(self, error: TooMany) -> int:
        return minutes_until(error.until, self.site.now())

    def _page(self, request: Request, status: int, sentence: str) -> Response:
        try:
            return self.site.error(self._language(request), status, sentence)
        except ComposeError:
            log.exception("the page for errors itself cannot be shown")
            return PlainTextResponse(sentence + "\n", status)

    def _words(self, request: Request) -> Words:
        return words_of(self._language(request))

    def _language(self, request: Request) -> str:
        return chosen(request, self.site.config.site.language)


def _route(request: Request) -> str:
    """The address without its token."""
    parts = request.url.path.split("/")
    return "/".join([*parts[:2], "…"]) if len(parts) > 2 else request.url.path
