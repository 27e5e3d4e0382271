"""An installation to send from: a list, its readers written in bulk, and a digest as a draft.

It is made once, frozen or not, and copied for each run, so that every run begins alike.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from newsletter import keys, schema
from newsletter.config import load_config
from newsletter.database import Database
from newsletter.installation import Installation, open_installation
from newsletter.jobs import collecting, drafting, freezing, listing, sending, sources
from newsletter.models import Issue
from newsletter.setup.demo.paper import Paper
from rig.postgres import Postgres
from subscribers.models import (
    MailingList,
    Subscriber,
    Subscription,
    SubscriptionState,
    public_id,
)

DOMAIN = "valmont.example"
CONFIG = """\
base_url = "https://courrier.valmont.example"
database = {database}
[site]
name = "Le Courrier de Valmont"
language = "fr"
timezone = "Europe/Paris"
postal_address = "Le Courrier, 2 quai des Tilleuls, Valmont"
privacy_url = "https://courrier.valmont.example/donnees"
[web]
port = {web}
"""
SINK = """\
[[relays]]
name = "sink"
host = "127.0.0.1"
port = {port}
tls = "none"
connections = {connections}
messages_per_connection = 1000000
"""
OUTBOX = """\
[[relays]]
name = "outbox"
kind = "outbox"
"""
DKIM = """\
[[dkim]]
domain = "valmont.example"
selector = "rsa"
key_file = "rsa.pem"
"""
DKIM_BESIDE = """\
ed25519_selector = "ed"
ed25519_key_file = "ed.pem"
"""
ROWS = 10_000  # of one insert
LIMIT = 1_000_000  # requests a minute of one address, so that the limit is not what is measured


@dataclass(frozen=True)
class Relay:
    """Where a run sends to, and how it signs: "", "rsa" or "both"."""

    port: int
    connections: int
    dkim: str = ""
    web: int = 8025

    def config(self, database: str) -> str:
        text = CONFIG.format(database=json.dumps(database), web=self.web)
        text += SINK.format(port=self.port, connections=self.connections) if self.port else OUTBOX
        if self.dkim:
            text += DKIM
        if self.dkim == "both":
            text += DKIM_BESIDE
        return text


@dataclass(frozen=True)
class House:
    """An installation that is only copied from."""

    folder: Path
    postgres: Postgres | None = None
    database: str = ""  # its name on PostgreSQL

    def copy(self, folder: Path, relay: Relay) -> None:
        """Make `folder` an installation of its own that sends to `relay`."""
        if self.postgres is None:
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(self.folder, folder)
            address = "sqlite:///newsletter.db"
        else:
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(self.folder, folder)
            address = self.postgres.copy(self.database, "run")
        (folder / "config.toml").write_text(relay.config(address))


def make_house(folder: Path, readers: int, postgres: Postgres | None = None) -> House:
    """A list with that many readers, and a digest of 30 KB as a draft."""
    folder.mkdir()
    name = folder.name.replace("-", "_")
    address = "sqlite:///newsletter.db" if postgres is None else postgres.create(name)
    (folder / "config.toml").write_text(Relay(9, 1).config(address))
    _write_dkim_keys(folder)
    config = load_config(folder / "config.toml")
    inst = Installation(config, Database(config.database))
    _furnish(inst, readers)
    inst.database.checkpoint(force=True)
    inst.close()
    return House(folder, postgres, name)


def freeze(folder: Path) -> Issue:
    """Freeze the digest of the installation in `folder`."""
    inst = open_installation(folder / "config.toml")
    with inst.database.read() as session:
        number = session.scalars(sa.select(Issue.id)).one()
    issue = freezing.freeze(inst, number, now=datetime.now(UTC))
    inst.database.checkpoint(force=True)
    inst.close()
    return issue


def sample() -> bytes:
    """One message, as a reader gets it; the address it goes to is in it."""
    with tempfile.TemporaryDirectory(prefix="newsletter-sample-") as scratch:
        folder = Path(scratch) / "run"
        make_house(Path(scratch) / "house", 1).copy(folder, Relay(0, 1))
        freeze(folder)
        inst = open_installation(folder / "config.toml")
        sending.deliver(inst)
        inst.close()
        [message] = (folder / "outbox").glob("*.eml")
        return message.read_bytes()


def _furnish(inst: Installation, readers: int) -> None:
    now = datetime.now(UTC)
    keys.create_keys(inst.config.keys, now)
    schema.upgrade(inst.database, now)
    mlist = listing.create_mlist(
        inst,
        "hebdo",
        title="Le Courrier de Valmont",
        from_mailbox=f"Le Courrier <courrier@{DOMAIN}>",
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
    drafting.draft_digest(inst, "hebdo", now=now, actor="benchmark")


def _subscribe(inst: Installation, mlist: MailingList, numbers: range, now: datetime) -> None:
    people = [
        {
            "id": number + 1,
            "public_id": public_id(),
            "address": f"lecteur{number}@{DOMAIN}",
            "address_key": f"lecteur{number}@{DOMAIN}",
            "domain": DOMAIN,
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


def _write_dkim_keys(folder: Path) -> None:
    made = {
        "rsa.pem": rsa.generate_private_key(public_exponent=65537, key_size=2048),
        "ed.pem": ed25519.Ed25519PrivateKey.generate(),
    }
    for name, key in made.items():
        file = folder / name
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        file.chmod(0o600)
