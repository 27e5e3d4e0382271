"""A town for tests: lists public, private and closed, their pages, and a clock to turn."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import sqlalchemy as sa

from newsletter import schema
from newsletter.config import Config, Site, Web
from newsletter.database import Database
from newsletter.installation import Installation
from newsletter.jobs.imprint import links_of
from newsletter.keys import create_keys
from newsletter.mail.message import Template, Values
from newsletter.models import Base, Delivery, Notice, Schedule
from newsletter.web.app import create_app
from newsletter.web.server import running
from subscribers.lists import create_list
from subscribers.models import ConsentEvent, MailingList, Subscriber, Subscription, Visibility

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
BASE = "https://news.example.org"


@dataclass
class Town:
    """The paper of Valmont, its pages, and a clock that tests turn."""

    inst: Installation
    client: httpx.Client
    now: datetime = NOW
    forms: dict[tuple[str, str, datetime], str] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def later(self, **span: float) -> None:
        self.now += timedelta(**span)

    def sign_up(
        self, address: str = "marie@example.org", slug: str = "hebdo", **fields: str
    ) -> httpx.Response:
        """The form, opened a while ago, is filled in and sent."""
        shown = self.opened(slug, fields.get("lang", ""))
        return self.client.post(
            f"/lists/{slug}", data={"address": address, "shown": shown, **fields}
        )

    def opened(self, slug: str = "hebdo", lang: str = "") -> str:
        """What the form says of when it was shown: ten seconds ago; "" where there is none."""
        with self.lock:
            about = slug, lang, self.now
            if about not in self.forms:
                self.now -= timedelta(seconds=10)
                page = self.client.get(f"/lists/{slug}", params={"lang": lang} if lang else {})
                self.now += timedelta(seconds=10)
                found = re.search(r'name="shown" value="([^"]+)"', page.text)
                self.forms[about] = found[1] if found else ""
            return self.forms[about]

    def notices(self) -> list[tuple[Notice, Delivery]]:
        with self.inst.database.read() as session:
            rows = session.execute(
                sa.select(Notice, Delivery)
                .join(Delivery, Delivery.notice_id == Notice.id)
                .order_by(Notice.id)
            )
            return [(notice, delivery) for notice, delivery in rows]

    def mail(self, number: int = -1) -> str:
        """A notice as its reader gets it, soft line breaks undone."""
        sent = self.sent(number).decode()
        return sent.replace("=\r\n", "").replace("=3D", "=").replace("=2E", ".")

    def sent(self, number: int = -1) -> bytes:
        """The bytes of a notice."""
        notice, delivery = self.notices()[number]
        urls = links_of(self.inst).notice_slots(notice.links, delivery.key_id)
        values = Values(
            address=delivery.address,
            name=delivery.name,
            message_id="<1@example.org>",
            date=self.now,
            delivery="1",
            **{name.value: url for name, url in urls.items()},
        )
        return Template.from_json(notice.template).join(values)

    def links_in_mail(self, number: int = -1) -> list[str]:
        """Its addresses on our site, as paths, each once."""
        found = re.findall(rf"{re.escape(BASE)}(/[\w/.-]*)", self.mail(number))
        return list(dict.fromkeys(found))

    def link(self, kind: str, number: int = -1) -> str:
        """The first path in the mail that begins so: /c/, /u/, /p/ or /s/."""
        return next(path for path in self.links_in_mail(number) if path.startswith(kind))

    def subscribe(self, address: str = "marie@example.org", slug: str = "hebdo") -> str:
        """Sign up and confirm; gives the path of the unsubscribe link."""
        assert self.sign_up(address, slug).status_code == 200
        assert self.client.post(self.link("/c/")).status_code == 200
        return self.link("/u/")

    def subscription(self, address: str = "marie@example.org", slug: str = "hebdo") -> Subscription:
        with self.inst.database.read() as session:
            return session.scalars(
                sa.select(Subscription)
                .join(Subscriber)
                .join(MailingList)
                .where(Subscriber.address_key == address, MailingList.slug == slug)
            ).one()

    def events(self) -> list[ConsentEvent]:
        with self.inst.database.read() as session:
            return list(session.scalars(sa.select(ConsentEvent).order_by(ConsentEvent.id)))

    def dump(self) -> dict[str, list[tuple[object, ...]]]:
        """All rows of all tables."""
        with self.inst.database.read() as session:
            return {
                table.name: [tuple(row) for row in session.execute(sa.select(table))]
                for table in Base.metadata.sorted_tables
            }


@contextmanager
def open_town(inst: Installation) -> Iterator[Town]:
    """The town with its pages served by a real server."""
    with httpx.Client(timeout=30) as client:
        town = Town(inst, client)
        app = create_app(inst, now=lambda: town.now, beat=0.001)
        with running(inst, port=0, app=app) as url:
            client.base_url = httpx.URL(url)
            yield town
    inst.close()


def config_of(folder: Path, database: str) -> Config:
    return Config(
        base_url=BASE,
        database=database,
        keys=folder / "keys.toml",
        site=Site(
            name="Le Courrier de Valmont",
            home_url="https://valmont.example.org",
            language="fr",
            timezone="Europe/Paris",
            privacy_url="https://valmont.example.org/donnees",
            postal_address="12, quai de la Rivière\n99123 Valmont",
        ),
        web=Web(port=0),
        folder=folder,
    )


def found_town(folder: Path, database: str) -> Installation:
    """Keys, tables and lists, where there was nothing."""
    config = config_of(folder, database)
    create_keys(config.keys, NOW)
    inst = Installation(config, Database(config.database))
    schema.upgrade(inst.database, NOW)
    with inst.database.write() as session:
        hebdo = create_list(
            session,
            "hebdo",
            domain="valmont.example.org",
            now=NOW,
            topics=[("culture", "Culture et fêtes"), ("travaux", "Travaux et voirie")],
            title="Le Courrier de Valmont",
            description="Chaque vendredi, les nouvelles du bourg : le marché, le pont, l’école.",
            language="fr",
            timezone="Europe/Paris",
            from_name="Le Courrier de Valmont",
            from_address="courrier@valmont.example.org",
        )
        create_list(
            session,
            "alerts",
            domain="valmont.example.org",
            now=NOW,
            title="Valmont alerts",
            description="Road closures and high water, when it matters.",
            language="en",
            timezone="Europe/Paris",
            from_name="The Valmont Courier",
            from_address="alerts@valmont.example.org",
        )
        for slug, visibility in (("conseil", Visibility.PRIVATE), ("ancien", Visibility.CLOSED)):
            create_list(
                session,
                slug,
                domain="valmont.example.org",
                now=NOW,
                title=slug.title(),
                language="fr",
                timezone="Europe/Paris",
                from_name="Valmont",
                from_address="courrier@valmont.example.org",
                visibility=visibility,
            )
        for name, cron, default in (("weekly", "0 8 * * fri", True), ("daily", "0 7 * * *", False)):
            session.add(
                Schedule(
                    mlist_id=hebdo.id,
                    name=name,
                    cron=cron,
                    timezone="Europe/Paris",
                    is_default=default,
                    begins_at=NOW,
                )
            )
    return inst
