"""Four hundred hostile requests: none breaks a page, tells a secret, or changes what it may not."""

from __future__ import annotations

import contextlib
import re
import socket
import sqlite3

import pytest
from hostile_requests import EVIL, Hostile, corpus, request
from valmont import Town

from newsletter.jobs.imprint import links_of
from subscribers.models import SignupAttempt, SubscriptionState
from subscribers.tokens import Purpose

SECONDS = 10.0
A_MOMENT = 0.03  # half a request may be waited for by the server: that is no answer
COUNTED = SignupAttempt.__tablename__  # what is no answer to anybody, and forgotten in two days


# What PostgreSQL refuses and SQLite takes: NUL, bytes that are no UTF-8, numbers too large.
MINDED = re.compile(rb"%00|\0|%ff|%ed%a0|[\x80-\xff]|\d{10}|'")


def told(town: Town, data: bytes, *, whole: bool = True) -> bytes:
    """All that the server answers until it closes; to what is not `whole`, for a moment."""
    url = town.client.base_url
    with socket.create_connection((url.host, url.port), SECONDS) as wire:
        answer = b""
        with contextlib.suppress(OSError):
            wire.sendall(data)
            if not whole:
                wire.settimeout(A_MOMENT)
            while some := wire.recv(65_536):
                answer += some
        return answer


def kept(looking: sqlite3.Connection) -> dict[str, list[tuple[object, ...]]]:
    """What all tables hold."""
    names = looking.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    return {name: looking.execute(f'SELECT * FROM "{name}"').fetchall() for (name,) in names}


def seen(town: Town, answer: bytes, one: Hostile) -> list[str]:
    """What of the answer may not be."""
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    found = re.fullmatch(r"HTTP/1\.1 (\d{3}) .*", lines[0])
    if not found:
        return ["no answer"] if one.spoken or answer else []
    status = int(found[1])
    names = {line.partition(":")[0].lower(): line.partition(":")[2].strip() for line in lines[1:]}
    faults = []
    if status >= 500 or (one.answers and status not in one.answers):
        faults.append(f"status {status}")
    if "set-cookie" in names:
        faults.append("a cookie")
    if "evil" in names.get("location", ""):
        faults.append(f"sent to {names['location']}")
    if one.spoken and "default-src 'none'" not in names.get("content-security-policy", ""):
        faults.append(f"no policy ({status})")
    for word in (EVIL, "Traceback", "sqlalchemy", "SELECT ", "49</", "evil.example/", "root:x:"):
        if word.encode() in body:
            faults.append(f"the page says {word!r}")
    if any("\n" in value or "\r" in value for value in names.values()):
        faults.append("a line in a header")
    return faults


def links(town: Town) -> tuple[dict[str, str], list[int]]:
    """One person's links of each kind, and the subscriptions of others."""
    for name in ("eve", "paul"):
        town.subscribe(f"{name}@example.org")
        town.later(minutes=1)
    mine, other = town.subscription("eve@example.org"), town.subscription("paul@example.org")
    town.sign_up("waiting@example.org")
    asked = town.link("/c/")
    signed = links_of(town.inst)
    tokens = town.inst.tokens
    paths = {
        "c": asked,
        "u": signed.unsubscribe(mine.id),
        "p": signed.preferences(mine.id),
        "s": signed.settings(mine.subscriber_id, town.now),
        "v": signed.browser(1, 1),
        "m": f"/m/{tokens.sign(Purpose.MOVE, 1, now=town.now)}",
    }
    base = town.inst.config.base_url
    return {letter: url.removeprefix(base) for letter, url in paths.items()}, [other.id, 999]


@pytest.mark.long
def test_hostile_requests_break_nothing_and_change_nothing(town: Town) -> None:
    paths, strangers = links(town)
    requests = corpus(paths, strangers)
    assert len({one.data for one in requests}) >= 300
    wrong: list[str] = []
    version = "PRAGMA data_version"  # another one after each commit of somebody else
    with contextlib.closing(sqlite3.connect(str(town.inst.database.file))) as looking:
        before, last = kept(looking), looking.execute(version).fetchone()
        for one in requests:
            faults = seen(town, told(town, one.data, whole=one.spoken), one)
            if (now := looking.execute(version).fetchone()) != last:
                last, after = now, kept(looking)
                changed = [name for name in after if after[name] != before[name]]
                if not one.may_change and set(changed) - {COUNTED, "sqlite_sequence"}:
                    faults.append(f"changed {', '.join(changed)}")
                before = after
            wrong += [f"{one.what}: {fault}" for fault in faults]
    assert not wrong, "\n".join(wrong)
    assert told(town, request("GET", "/health")).startswith(b"HTTP/1.1 200")
    assert town.subscription("paul@example.org").state is SubscriptionState.ACTIVE
    assert town.subscription("paul@example.org").digests


@pytest.mark.parametrize("either_town", ["postgresql"], indirect=True)
def test_nor_do_they_on_postgresql_which_minds_other_things(either_town: Town) -> None:
    """It takes no NUL in a text, and no number beyond its columns."""
    town = either_town
    requests = [
        one
        for one in corpus(*links(town))
        if one.spoken and not one.may_change and MINDED.search(one.data)
    ]
    assert len(requests) >= 40
    before = town.dump()
    wrong = [
        f"{one.what}: {fault}"
        for one in requests
        for fault in seen(town, told(town, one.data), one)
    ]
    assert not wrong, "\n".join(wrong)
    after = town.dump()
    assert {name for name in after if after[name] != before[name]} <= {COUNTED}
