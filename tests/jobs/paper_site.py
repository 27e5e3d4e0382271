"""A little newspaper site on 127.0.0.1 for tests: pages that change as a test says."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from newsletter.config import Config
from newsletter.database import Database
from newsletter.installation import Installation
from newsletter.models import Base, Schedule
from subscribers.models import MailingList, Topic

NOW = datetime(2026, 3, 20, 8, 0, tzinfo=UTC)


@dataclass
class Answer:
    body: bytes = b""
    status: int = 200
    type: str = "application/rss+xml"
    headers: dict[str, str] = field(default_factory=dict)
    wait_for: threading.Event | None = None


@dataclass
class Site:
    """What the site answers by path, and what it was asked."""

    url: str
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def rss(self, path: str, *items: str, title: str = "Le Courrier de Valmont") -> str:
        """Serve a feed of these items; returns its address. Unchanged items give a 304."""
        body = (
            f'<?xml version="1.0"?><rss version="2.0"><channel><title>{title}</title>'
            f"<link>{self.url}/</link><language>fr</language>{''.join(items)}</channel></rss>"
        ).encode()
        self.answers[path] = Answer(body, headers={"ETag": f'"{hash(body)}"'})
        return self.url + path

    def page(self, path: str, body: str, head: str = "") -> str:
        """Serve a page in French; returns its address."""
        text = f"<html lang=fr><head><title>Valmont</title>{head}</head><body>{body}</body></html>"
        self.answers[path] = Answer(text.encode(), type="text/html; charset=utf-8")
        return self.url + path

    def item(
        self, number: int, *, title: str = "", age: timedelta | None = None, text: str = ""
    ) -> str:
        date = format_datetime(NOW - (age if age is not None else timedelta(hours=number)))
        return (
            f"<item><guid>n{number}</guid><title>{title or f'Nouvelle {number}'}</title>"
            f"<link>{self.url}/articles/{number}</link><pubDate>{date}</pubDate>"
            f"<description>{text or f'La fanfare joue le morceau {number} sur la place.'}"
            "</description></item>"
        )


@contextmanager
def serve() -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append((self.path, dict(self.headers.items())))
            answer = site.answers.get(self.path, Answer(b"", 404, "text/plain"))
            if answer.wait_for is not None:
                answer.wait_for.wait(10)
            etag = answer.headers.get("ETag")
            unchanged = etag is not None and self.headers.get("If-None-Match") == etag
            body = b"" if unchanged else answer.body
            self.send_response(304 if unchanged else answer.status)
            if not unchanged:
                self.send_header("Content-Type", answer.type)
            self.send_header("Content-Length", str(len(body)))
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site = Site(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def site() -> Iterator[Site]:
    """A paper's site on this machine, which each test fills."""
    with serve() as running:
        yield running


def installation(folder: Path, *lists: str) -> Installation:
    """An installation with an empty SQLite file and these lists, each with a weekly schedule."""
    config = Config(
        base_url="http://127.0.0.1:8025",
        database=f"sqlite:///{folder / 'newsletter.db'}",
        keys=folder / "keys.toml",
        folder=folder,
    )
    inst = Installation(config, Database(config.database))
    with inst.database.write() as session:
        Base.metadata.create_all(session.connection())
        for slug in lists:
            mlist = MailingList(
                slug=slug,
                title=slug.title(),
                language="fr",
                timezone="Europe/Paris",
                from_name="Le Courrier de Valmont",
                from_address="courrier@valmont.example",
                list_id=f"{slug}.valmont.example",
                created_at=NOW,
                topics=[Topic(slug="culture", title="Culture")],
            )
            session.add(mlist)
            session.add(
                Schedule(
                    mlist=mlist,
                    name="weekly",
                    cron="0 8 * * fri",
                    timezone="Europe/Paris",
                    is_default=True,
                    begins_at=NOW,
                )
            )
    return inst


@pytest.fixture
def two_lists(tmp_path: Path) -> Iterator[Installation]:
    """With the lists "weekly" and "alerts". A file takes it as its own `inst` where SQLite is
    enough."""
    opened = installation(tmp_path, "weekly", "alerts")
    yield opened
    opened.close()
