"""Whatever is asked of a public page: an answer, never a bug, and never a change by GET.

The routes and their methods are read from the application, the fields from the forms that its pages
show: what is added is tried, too. Longer: FUZZ=20000 make test ARGS=tests/web/test_web_fuzz.py
"""

from __future__ import annotations

import os
import re
import sqlite3
from contextlib import closing
from html.parser import HTMLParser
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_web_hostile import kept, links
from valmont import Town

from newsletter.web.app import create_app

USUAL = 60
EXAMPLES = int(os.environ.get("FUZZ", USUAL))
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")
WORDS = (
    "", "leave", "leave-all", "undo", "why", "data", "join", "name", "move", "erase", "again",
    "show", "yes",
    "hebdo", "alerts", "conseil", "daily", "weekly", "culture", "fr", "en", "One-Click", "1",
    "2", "-1", "999999999999999999999", "2026-12-24", "9999-12-31", "0001-01-01",
    "ana@fuzz.example",
    "eve@example.org", "paul@example.org", "a@b.example\r\nBcc: x@y.example", "<script>x</script>",
    "{{7*7}}", "\0", "\x1b", "\u202e", "é" * 300, "x" * 3_000,
)  # fmt: skip


class Fields(HTMLParser):
    """The names that the forms of a page post."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        name = dict(attrs).get("name")
        if tag in ("input", "select", "textarea", "button") and name:
            self.names.add(name)


def fields_of(town: Town, paths: dict[str, str]) -> list[str]:
    """All fields of all forms, and those that only programs post."""
    found = Fields()
    for path in ("/lists/hebdo", "/data", *paths.values()):
        found.feed(town.client.get(path).text)
    assert {"address", "do", "subscription", "sure", "pause", "topic"} <= found.names
    return sorted(found.names | {"List-Unsubscribe", "manage", "blocklist", "said", "reason"})


@pytest.mark.filterwarnings("ignore:Duplicate Operation ID")  # GET and HEAD of one handler
def test_whatever_is_asked_of_a_page_it_answers(either_town: Town) -> None:
    town = either_town
    paths, _ = links(town)
    routes = sorted(create_app(town.inst).openapi()["paths"].items())
    assert len(routes) >= 12
    tokens = [path.rpartition("/")[2] for path in paths.values()]
    known = st.sampled_from(
        [*tokens, "hebdo", "alerts", "conseil", "ancien", "none", "1", "0", "data.json"]
    )
    text = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)
    words = st.one_of(st.sampled_from((*WORDS, *tokens)), text)
    names = st.one_of(st.sampled_from(fields_of(town, paths)), text)
    form = st.lists(st.tuples(names, words), max_size=8)
    heads = st.dictionaries(
        st.sampled_from(
            ("Origin", "Sec-Fetch-Site", "X-Forwarded-For", "Accept-Language", "Cookie")
        ),
        st.sampled_from(
            ("null", "cross-site", "https://evil.example", "1.2.3.4, ::1", "fr;q=x", "")
        ),
        max_size=2,
    )
    client = httpx.Client(base_url=town.client.base_url, timeout=60)

    # Only on SQLite is it quick to look at all tables again and again.
    with closing(sqlite3.connect(town.inst.database.file or ":memory:")) as looking, client:

        @settings(
            max_examples=EXAMPLES,
            derandomize=EXAMPLES == USUAL,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(st.data())
        def ask(data: st.DataObject) -> None:
            route, methods = data.draw(st.sampled_from(routes))
            offered = [name.upper() for name in methods]
            method = data.draw(st.one_of(st.sampled_from(offered), st.sampled_from(METHODS)))
            path = re.sub(
                r"{[^}]*}",
                lambda _: quote(data.draw(st.one_of(known, known, text)), safe=".-_~"),
                route,
            )
            query = data.draw(
                st.lists(st.tuples(st.one_of(st.just("lang"), text), words), max_size=3)
            )
            posted = data.draw(form) if method not in ("GET", "HEAD", "OPTIONS") else []
            multipart = posted and data.draw(st.booleans())
            before = kept(looking) if method in ("GET", "HEAD", "OPTIONS") else None
            answer = client.request(
                method,
                path,
                params=query,
                headers=data.draw(heads),
                data=None if multipart else _joined(posted),
                files=[(name, (None, value)) for name, value in posted] if multipart else None,
            )
            assert answer.status_code < 500, answer.text
            assert "default-src 'none'" in answer.headers["content-security-policy"]
            assert "set-cookie" not in answer.headers
            assert "<script" not in answer.text
            assert "Traceback" not in answer.text
            assert answer.headers.get("location", "/").startswith("/")
            if before is not None:
                assert kept(looking) == before

        ask()


def _joined(fields: list[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in fields:
        found.setdefault(name, []).append(value)
    return found
