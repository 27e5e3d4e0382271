"""A newsletter of one's own, from an empty folder to the first issue's articles; twice is once.

What exists is never overwritten: run again, it completes what is missing.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from newsletter import schema
from newsletter.config import load_config, parse_config
from newsletter.database import Database
from newsletter.errors import CollectError, ConfigError, Refused
from newsletter.installation import Installation
from newsletter.jobs.collecting import collect
from newsletter.jobs.listing import create_mlist
from newsletter.jobs.operating import known_keys, remember_keys
from newsletter.jobs.sources import add_source
from newsletter.keys import create_keys
from newsletter.schema import SchemaState
from newsletter.setup.answers import (
    FEED,
    LEGAL,
    RELAY,
    SCHEDULE,
    SENDER,
    SITE,
    Answers,
    Ask,
    interview,
    relay_parts,
)
from newsletter.setup.writing import ConfigValues, RelayValues, config_text, write_new
from subscribers.lists import find_lists

FIRST_LIST = "weekly"
PASSWORD_FILE = "relay.password"

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Made:
    """What was made just now; what is False or empty stood there already, or was not wanted."""

    config: bool
    keys: bool
    database: bool
    mlist: str  # the new list
    source: str  # the new source
    feed: str  # where it is read
    offered: int  # articles ready for the first issue
    problem: str = ""  # why the source could not be added
    cut: str = ""  # of its articles, how many the source gives the beginning of only

    @property
    def anything(self) -> bool:
        return self.config or self.keys or self.database or bool(self.mlist or self.source)


def initialise(
    path: Path,
    given: Mapping[str, str],
    *,
    ask: Ask | None,
    tell: Tell,
    now: datetime,
    actor: str,
    slug: str = FIRST_LIST,
    try_network: bool = True,
    allow_private: bool = False,
) -> Made:
    """Make config, keys, database, the first list and its source, as far as they are missing.

    `given` are answers by name; the others are asked for, or (`ask` is None) have their defaults.
    Nothing is written before all is answered. Raises ConfigError for an existing file with
    mistakes, and what a check says of a given answer.
    """
    answers = Answers(now, try_network=try_network, allow_private=allow_private)
    new_config = not path.exists()
    if new_config:
        _require_folder(path)
        interview((FEED, *SITE, SENDER, *LEGAL, SCHEDULE, *RELAY), given, answers, ask=ask,
                  tell=tell)  # fmt: skip
        text = config_text(_values(answers))
        config = parse_config(text, path.absolute().parent)
    else:
        config = load_config(path)
    inst = Installation(config, Database(config.database))
    if not new_config:
        answers.values |= _known(inst)
        if not _has_lists(inst):
            interview((FEED, SENDER, SCHEDULE), given, answers, ask=ask, tell=tell)
    try:
        if new_config:
            _write(path, text, answers)
        return _complete(inst, answers, new_config, slug, now, actor)
    finally:
        inst.close()


def _require_folder(path: Path) -> None:
    if not path.absolute().parent.is_dir():
        raise Refused(f"{path}: there is no such folder (make it first)")


def _known(inst: Installation) -> dict[str, str]:
    site = inst.config.site
    return {
        "site_name": site.name,
        "home_url": site.home_url or "",
        "language": site.language,
        "base_url": inst.config.base_url,
    }


def _has_lists(inst: Installation) -> bool:
    file = inst.database.file
    if file is not None and not file.exists():
        return False  # to look would create it
    if schema.state(inst.database) is not SchemaState.CURRENT:
        return False
    with inst.database.read() as session:
        return bool(find_lists(session))


def _values(answers: Answers) -> ConfigValues:
    host, port = relay_parts(answers["relay"]) if answers["relay"] else ("", None)
    base = urlsplit(answers["base_url"])
    local = base.scheme == "http" and base.port not in (None, 8025)
    return ConfigValues(
        base_url=answers["base_url"],
        site_name=answers["site_name"],
        language=answers["language"],
        timezone=answers["timezone"],
        home_url=answers["home_url"] or None,
        privacy_url=answers["privacy_url"] or None,
        postal_address=answers["postal_address"],
        web_port=base.port if local and base.hostname == "localhost" else None,
        relay=RelayValues(
            host=host,
            port=port,
            tls=answers["relay_tls"] or "starttls",
            username=answers["relay_user"] or None,
            password_file=PASSWORD_FILE if answers.secret else None,
        ),
    )


def _write(path: Path, text: str, answers: Answers) -> None:
    if answers.secret:
        write_new(path.with_name(PASSWORD_FILE), answers.secret + "\n")
    write_new(path, text)


def _complete(
    inst: Installation, answers: Answers, new_config: bool, slug: str, now: datetime, actor: str
) -> Made:
    file = inst.database.file
    new_database = (file is not None and not file.exists()) or (
        schema.state(inst.database) is SchemaState.EMPTY
    )
    new_keys = not inst.config.keys.exists()
    if new_keys and not new_database:
        _refuse_lost_keys(inst)
    create_keys(inst.config.keys, now)
    if new_database and file is not None:
        os.close(os.open(file, os.O_CREAT, 0o600))  # addresses are nobody else's business
    schema.upgrade(inst.database, now)
    with inst.database.write() as session:
        remember_keys(session, inst.keys)
        lists = find_lists(session)
    if lists:
        return Made(new_config, new_keys, new_database, "", "", "", 0)
    create_mlist(
        inst,
        slug,
        title=answers["site_name"],
        from_mailbox=answers["sender"],
        cron=answers["schedule"] or None,
        now=now,
    )
    source, offered, problem = _first_source(inst, answers, slug, now, actor)
    feed = answers["feed"]
    return Made(new_config, new_keys, new_database, slug, source, feed, offered, problem,
                answers.cut)  # fmt: skip


def _first_source(
    inst: Installation, answers: Answers, slug: str, now: datetime, actor: str
) -> tuple[str, int, str]:
    """Its name, the number of articles on offer, and what went wrong."""
    if not answers["feed"]:
        return "", 0, ""
    try:
        source = add_source(
            inst,
            answers["feed"],
            slug=slug,
            allow_private=answers.allow_private,
            now=now,
            actor=actor,
        )
    except CollectError as error:  # insisted on, or not tried: the rest is in place
        return "", 0, str(error)
    (found,) = collect(inst, [source.name], now=now)
    return source.name, found.offered, found.problem


def _refuse_lost_keys(inst: Installation) -> None:
    """New keys for a database that knows others would kill every unsubscribe link ever sent."""
    if schema.state(inst.database) is not SchemaState.CURRENT:
        return
    with inst.database.read() as session:
        known = known_keys(session)
    if known:
        raise ConfigError(
            str(inst.config.keys),
            [f"is missing, and the database knows its keys {', '.join(known)} (restore it)"],
        )
