"""The one more step: a page that shows a sign-up once more, with a button.

It stands where a captcha would, without anybody's help: no script, no cookie, no third party. A
form that was posted from elsewhere, whose words we cannot know to have been seen, that was filled
in faster than anybody types, or whose hidden field was filled in, leads here; so does everybody
when there were many (`jobs.limiting`). Nobody is ever turned away silently: a password manager
fills in hidden fields too.

What a page showed, and when, is told by a token in it: the form's own by the hash of its words, the
step's by the hash of all that was typed and of where it was typed.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from newsletter.web.wording import Statement, Typed
from subscribers.attempts import place
from subscribers.errors import InvalidToken
from subscribers.tokens import Purpose, Tokens

SHORTEST = timedelta(seconds=2)  # nobody reads and fills in a form in less

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(milliseconds=1)


def of_form(said: Statement) -> str:
    """What the token of a form is about: the words that it shows."""
    return f"form {said.name}"


def of_step(slug: str, typed: Typed, said: Statement, ip: str | None) -> str:
    """What the token of a step is about: one sign-up, typed at one place."""
    whole = json.dumps([slug, asdict(typed), said.name, place(ip)])
    return f"step {hashlib.sha256(whole.encode()).hexdigest()}"


def of_asking(address: str, ip: str | None) -> str:
    """What the token of the step before a link to one's data is about: that address and place."""
    whole = json.dumps([address, place(ip)])
    return f"asking {hashlib.sha256(whole.encode()).hexdigest()}"


def sign(tokens: Tokens, about: str, now: datetime) -> str:
    """A token that says when a page was shown, and what page."""
    return tokens.sign(Purpose.CHALLENGE, f"{about} {(now - _EPOCH) // _TICK}", now=now)


def age(tokens: Tokens, token: str, about: str, now: datetime) -> timedelta | None:
    """How long ago this very page was shown; None: never, or more than an hour ago."""
    try:
        payload = tokens.read(Purpose.CHALLENGE, token, now)
    except InvalidToken:
        return None
    what, _, ticks = str(payload).rpartition(" ")
    return now - (_EPOCH + int(ticks) * _TICK) if what == about else None
