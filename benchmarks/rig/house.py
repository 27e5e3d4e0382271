"""An installation to send from: a list, its readers written in bulk, and a digest as a draft."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from newsletter import keys, schema
from newsletter.config import load_config
from newsletter.database import Database
from newsletter.installation import Installation
from newsletter.jobs import collecting, drafting, listing, sources
from newsletter.models import Issue
from newsletter.setup.demo.paper import Paper
from subscribers.models import (
    MailingList,
    Subscriber,
    Subscription,
    SubscriptionState,
    public_id,
)

CONFIG = """\
base_url = "https://courrier.valmont.example"
[site]
name = "Le Courrier de Valmont"
language = "fr"
timezone = "Europe/Paris"
postal_address = "Le Courrier, 2 quai des Tilleuls, Valmont"
[[relays]]
name = "sink"
host = "127.0.0.1"
port = {port}
tls = "none"
connections = {connections}
messages_per_connection = 1000000
"""
ROWS = 10_000  # of one insert


def open_house(folder: Path, port: int, connections: int) -> Installation:
    """The installation in `folder`, which sends to this port of 127.0.0.1."""
    file = folder / "config.toml"
    file.write_text(CONFIG.format(port=port, connections=connections))
    config = load_config(file)
    return Installation(config, Database(config.database))


def furnish(inst: Installation, readers: int) -> Issue:
    """Make database, list and readers, collect articles, and draft a digest of 29 KB."""
    now = datetime.now(UTC)
    keys.create_keys(inst.config.keys, now)
    schema.upgrade(inst.database, now)
    mlist = listing.create_mlist(
        inst,
        "hebdo",
        title="Le Courrier de Valmont",
        from_mailbox="Le Courrier <courrier@valmont.example>",
        cron="0 8 * * fri",
        now=now,
    )
    for start in range(0, readers, ROWS):
        _subscribe(inst, mlist, range(start, min(start + ROWS, readers)), now)
    with Paper(now) as paper:
        sources.add_source(
            inst, paper.feed_url, slug="hebdo", allow_private=True, now=now, actor="benchmark"
        )
        collecting.collect(inst, now=now)
    return drafting.draft_digest(inst, "hebdo", now=now, actor="benchmark").issue


def _subscribe(inst: Installation, mlist: MailingList, numbers: range, now: datetime) -> None:
    people = [
        {
            "id": number + 1,
            "public_id": public_id(),
            "address": f"lecteur{number}@valmont.example",
            "address_key": f"lecteur{number}@valmont.example",
            "domain": "valmont.example",
            "name": f"Léa n°{number}",
            "attributes": {},
            "created_at": now,
            "changed_at": now,
        }
        for number in numbers
    ]
    subscriptions = [
        {
            "subscriber_id": number + 1,
            "mlist_id": mlist.id,
            "state": SubscriptionState.ACTIVE,
            "source": "benchmark",
            "requested_at": now,
            "confirmed_at": now,
            "changed_at": now,
        }
        for number in numbers
    ]
    with inst.database.write() as session:
        session.execute(sa.insert(Subscriber), people)
        session.execute(sa.insert(Subscription), subscriptions)
