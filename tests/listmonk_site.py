"""A listmonk's database for tests: its tables as far as they are read, and the readers of Valmont.

Written from what its schema says (names, types, enums), in the form of its first version and of the
present one.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from databases import postgres_server

JOINED, CHANGED = "2021-03-05 08:15:00+00", "2023-05-06 18:00:00+00"
MAIN, DOUBLE, UNKNOWN = 1, 2, 3  # lists: single opt-in, double opt-in, one that nobody maps

_TABLES = """
CREATE TYPE subscriber_status AS ENUM ('enabled', 'disabled', '{blocked}');
CREATE TYPE subscription_status AS ENUM ('unconfirmed', 'confirmed', 'unsubscribed');
CREATE TYPE list_optin AS ENUM ('single', 'double');
CREATE TABLE subscribers (
    id serial PRIMARY KEY, uuid uuid NOT NULL UNIQUE, email text NOT NULL UNIQUE,
    name text NOT NULL, attribs jsonb NOT NULL DEFAULT '{{}}',
    status subscriber_status NOT NULL DEFAULT 'enabled',
    created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now());
CREATE TABLE lists (
    id serial PRIMARY KEY, uuid uuid NOT NULL UNIQUE, name text NOT NULL,
    optin list_optin NOT NULL DEFAULT 'single', created_at timestamptz DEFAULT now());
CREATE TABLE subscriber_lists (
    subscriber_id integer REFERENCES subscribers(id), list_id integer REFERENCES lists(id),
    {meta} status subscription_status NOT NULL DEFAULT 'unconfirmed',
    created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now(),
    PRIMARY KEY (subscriber_id, list_id));
CREATE TABLE campaigns (id serial PRIMARY KEY, uuid uuid NOT NULL UNIQUE, name text NOT NULL);
CREATE TABLE campaign_lists (
    campaign_id integer NOT NULL REFERENCES campaigns(id),
    list_id integer NULL REFERENCES lists(id), list_name text NOT NULL DEFAULT '');
"""
_BOUNCES = """
CREATE TYPE bounce_type AS ENUM ('soft', 'hard', 'complaint');
CREATE TABLE bounces (
    id serial PRIMARY KEY, subscriber_id integer NOT NULL REFERENCES subscribers(id),
    type bounce_type NOT NULL DEFAULT 'hard', meta jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz DEFAULT now());
"""


@dataclass(frozen=True)
class Listmonk:
    """Where it is, and how to say more."""

    url: str
    engine: sa.Engine

    def say(self, statement: str, **values: Any) -> None:
        with self.engine.begin() as connection:
            connection.execute(sa.text(statement), values)

    def person(
        self,
        email: str,
        *lists: tuple[int, str],
        name: str = "",
        status: str = "enabled",
        attribs: Any = None,
        bounces: tuple[str, ...] = (),
    ) -> str:
        """Somebody on lists, as (list, status); gives the UUID."""
        their = str(uuid.uuid5(uuid.NAMESPACE_URL, email))
        with self.engine.begin() as connection:
            number = connection.execute(
                sa.text(
                    "INSERT INTO subscribers (uuid, email, name, status, attribs, created_at, "
                    "updated_at) VALUES (:uuid, :email, :name, CAST(:status AS subscriber_status), "
                    "CAST(:attribs AS jsonb), :joined, :changed) RETURNING id"
                ),
                {
                    "uuid": their,
                    "email": email,
                    "name": name,
                    "status": status,
                    "attribs": json.dumps({} if attribs is None else attribs),
                    "joined": JOINED,
                    "changed": CHANGED,
                },
            ).scalar_one()
            for list_id, state in lists:
                connection.execute(
                    sa.text(
                        "INSERT INTO subscriber_lists (subscriber_id, list_id, status, created_at, "
                        "updated_at) VALUES (:number, :list, CAST(:state AS subscription_status), "
                        ":joined, :changed)"
                    ),
                    {"number": number, "list": list_id, "state": state, "joined": JOINED,
                     "changed": CHANGED},
                )  # fmt: skip
            for kind in bounces:
                connection.execute(
                    sa.text(
                        "INSERT INTO bounces (subscriber_id, type, created_at) "
                        "VALUES (:number, CAST(:kind AS bounce_type), :changed)"
                    ),
                    {"number": number, "kind": kind, "changed": CHANGED},
                )
        return their

    def campaign(self, *lists: int | None) -> str:
        """A campaign to these lists; None: to one that was deleted since. Gives its UUID."""
        with self.engine.begin() as connection:
            number, name = connection.execute(
                sa.text(
                    "INSERT INTO campaigns (uuid, name) VALUES (gen_random_uuid(), 'Le Courrier') "
                    "RETURNING id, uuid::text"
                )
            ).one()
            for list_id in lists:
                connection.execute(
                    sa.text("INSERT INTO campaign_lists (campaign_id, list_id) VALUES (:c, :l)"),
                    {"c": number, "l": list_id},
                )
        return str(name)


def make_listmonk(*, first_version: bool = False) -> Listmonk:
    """A new one with three lists and nobody on them."""
    url = postgres_server().database()
    listmonk = Listmonk(url.render_as_string(hide_password=False), sa.create_engine(url))
    tables = _TABLES.format(
        blocked="blacklisted" if first_version else "blocklisted",
        meta="" if first_version else "meta jsonb NOT NULL DEFAULT '{}',",
    )
    listmonk.say(tables if first_version else tables + _BOUNCES)
    for name, optin in (
        ("Hebdo", "single"),
        ("Le Courrier du soir", "double"),
        ("Tests", "single"),
    ):
        listmonk.say(
            "INSERT INTO lists (uuid, name, optin) "
            "VALUES (gen_random_uuid(), :name, CAST(:optin AS list_optin))",
            name=name, optin=optin,
        )  # fmt: skip
    return listmonk
