"""A source that cuts its articles, and the pages that they have of their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import newsletter_kit as kit
import pytest
import sqlalchemy as sa

from newsletter.collect.entry import Entry, Feed
from newsletter.collect.history import tell
from newsletter.collect.reading import Ways
from newsletter.collect.store import store
from newsletter.installation import Installation
from newsletter.jobs.visiting import VisitReport, visit
from newsletter.models import Article, Source, SourceKind, SourceList
from tests.jobs.paper_site import NOW, Answer, Site

CUT = "<p>La fanfare joue samedi sur la place du marché, devant la […]</p>"
WHOLE = (
    "<p>La fanfare joue samedi sur la place du marché, devant la mairie et le lavoir.</p>"
    "<p>On y entend le nouveau tuba, acheté grâce à la vente des gâteaux de février.</p>"
)
DAY = timedelta(days=1)


@pytest.fixture(params=kit.BOTH)
def inst(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Installation]:
    opened = kit.install(tmp_path, request.param)
    kit.make_list(opened, "hebdo", now=NOW)
    yield opened
    opened.close()


def page(number: int, *, head: str = "", text: str = WHOLE, title: str = "") -> Answer:
    title = title or f"Concert numéro {number} de la fanfare"
    body = (
        f"<html lang=fr><head><title>{title} – Le Courrier</title>{head}</head><body><nav>A</nav>"
        f"<article><h1>{title}</h1><div class='entry-content'>{text}</div></article></body></html>"
    )
    return Answer(body.encode(), type="text/html")


def entry(site: Site, number: int, *, text: str = CUT, **others: Any) -> Entry:
    title = f"Concert numéro {number} de la fanfare"
    address = f"{site.url}/articles/{number}"
    return replace(
        Entry(f"n{number}", address, title, text, published=NOW - timedelta(hours=number)), **others
    )


def source(inst: Installation, name: str = "courrier", **fields: Any) -> int:
    with inst.database.write() as session:
        made = Source(
            name=name,
            location=f"http://127.0.0.1/{name}",
            allow_private=True,
            created_at=NOW - 30 * DAY,
            **({"kind": SourceKind.FEED, "read_articles": True} | fields),
        )
        session.add(made)
        session.flush()
        session.add(SourceList(source_id=made.id, mlist_id=kit.mlist_id(inst)))
        return made.id


def shows(
    inst: Installation, number: int, *entries: Entry, now: datetime = NOW, **more: Any
) -> None:
    with inst.database.write() as session:
        held = session.get_one(Source, number)
        store(session, held, Feed("Le Courrier", "fr", None, entries), now=now, **more)
        held.read_at = now


def visits(inst: Installation, *sources: int, now: datetime = NOW) -> dict[int, VisitReport]:
    return visit(inst, sources, ways=Ways(now), now=now)


def article(inst: Installation, number: int) -> Article:
    with inst.database.read() as session:
        query = sa.select(Article).where(Article.title.startswith(f"Concert numéro {number} "))
        return session.scalars(query.order_by(Article.id)).one()


def asked(site: Site) -> list[str]:
    return [path for path, _ in site.asked if path != "/robots.txt"]


def told(found: Article) -> list[str]:
    return [tell(event, lambda at: f"{at:%d %b}") or "" for event in found.history]
