"""Looks at all that must be right before mail goes out; says what is not, and the remedy.

Nothing is changed, and nothing is sent. What the network does not answer in time "could not be
checked"; that is no fault of ours.
"""

from __future__ import annotations

import shutil
from collections.abc import Generator, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from newsletter import epoch, pulse, schema
from newsletter.compose.check import check_templates
from newsletter.config import RelayConfig, load_config
from newsletter.database import Database
from newsletter.delivery import workers
from newsletter.errors import ConfigError, DatabaseError, NewsletterError
from newsletter.installation import Installation
from newsletter.jobs.operating import known_keys
from newsletter.jobs.relaying import address_of, check_relay, list_relays
from newsletter.jobs.telling import moment
from newsletter.mail.dkim import load_keys
from newsletter.mail.mailboxes import aligned
from newsletter.models import Fact, RelayState, Source
from newsletter.schema import SchemaState
from newsletter.setup.dkim import examine_key
from newsletter.setup.domains import Unanswered, examine_domain
from newsletter.setup.findings import Finding, bad, good, unsure
from subscribers.lists import find_lists

SCARCE = 200_000_000  # bytes free where the database is: worth a word
TOO_SCARCE = 20_000_000


def examine(path: Path, *, now: datetime, network: bool = True) -> Iterator[Finding]:
    """Findings in the order in which they matter; ends early where the rest makes no sense."""
    try:
        config = load_config(path)
        inst = Installation(config, Database(config.database))
    except ConfigError as error:
        for mistake in error.mistakes:
            yield bad("config", mistake, f"correct {path}" if path.exists() else "")
        return
    except DatabaseError as error:
        yield bad("database", str(error), f"correct 'database' in {path}")
        return
    try:
        yield from _config(inst, path)
        yield from _templates(inst)
        usable = yield from _database(inst)
        yield from _keys(inst, usable)
        yield from _dkim(inst, network)
        yield from _relays(inst, usable, network, now)
        if usable:
            yield from _senders(inst, network)
            yield from _sources(inst, now)
            yield from _workers(inst)
            yield from _ticker(inst)
        yield good(
            "mailbox", "none is configured: people unsubscribe by HTTPS, with one click or a page"
        )
    finally:
        inst.close()


def _config(inst: Installation, path: Path) -> Iterator[Finding]:
    config = inst.config
    yield good("config", f"{path} has no mistake")
    if any(relay.password for relay in config.relays) and path.stat().st_mode & 0o077:
        yield unsure(
            "config", "holds a password and is readable by others", f"run 'chmod 600 {path}'"
        )
    if not config.is_public:
        yield unsure(
            "config",
            f"base_url is {config.base_url}: only this machine can follow a link",
            "set base_url to the public address of the web pages before you have readers",
        )
    elif not config.base_url.startswith("https://"):
        yield unsure(
            "config",
            f"base_url is {config.base_url}: without https, one-click unsubscribing is not offered "
            "by mail programs (RFC 8058 §3.1)",
            "put a proxy with TLS before the web pages",
        )
    for value, what in (
        (config.site.postal_address, "site.postal_address"),
        (config.site.privacy_url, "site.privacy_url"),
    ):
        if not value:
            yield unsure("config", f"{what} is not set", "many countries want it in every mail")
    if config.site.admin is None:
        yield unsure(
            "config", "site.admin is not set: what needs you is told in the log only", "set it"
        )


def _templates(inst: Installation) -> Iterator[Finding]:
    mistakes = check_templates(inst.config.templates)
    for mistake in mistakes:
        yield bad("templates", mistake, "correct it, then 'newsletter template check'")
    if not mistakes:
        yield good("templates", "every mail renders, in French and English")


def _database(inst: Installation) -> Generator[Finding, None, bool]:
    """Returns whether the database can be asked further."""
    database = inst.database
    file = database.file
    if file is not None and not file.exists():
        yield bad("database", f"{file} does not exist", "run 'newsletter init'")
        return False
    try:
        found = schema.state(database)
        if found is not SchemaState.CURRENT:
            schema.require(database)
        with database.write() as session:
            session.execute(sa.delete(Fact).where(sa.false()))
    except DatabaseError as error:
        yield bad("database", str(error), "")
        return False
    yield good("database", f"{database.label} is writable, its schema is current")
    if file is not None:
        yield from _sqlite(database, file)
    try:
        with database.read() as session:
            epoch.check(session, inst.journal)
    except DatabaseError as error:
        yield bad("database", str(error), "")
    return True


def _sqlite(database: Database, file: Path) -> Iterator[Finding]:
    with database.read() as session:
        mode = session.execute(sa.text("PRAGMA journal_mode")).scalar_one()
    if mode != "wal":
        yield bad(
            "database",
            f"its journal mode is {mode}: pages and senders block each other",
            "keep it on a local disk, not on a network share",
        )
    if file.stat().st_mode & 0o007:
        yield unsure("database", f"{file} is readable by everybody", f"run 'chmod o-rwx {file}'")
    free = shutil.disk_usage(file.parent).free
    if free < SCARCE:
        make = bad if free < TOO_SCARCE else unsure
        yield make("database", f"{free // 1_000_000} MB are free on its disk", "make room")


def _keys(inst: Installation, usable: bool) -> Iterator[Finding]:
    try:
        ring = inst.keys
    except ConfigError as error:
        for mistake in error.mistakes:
            yield bad("keys", f"{error.where}: {mistake}", "")
        return
    known: dict[str, str] = {}
    if usable:
        with inst.database.read() as session:
            known = known_keys(session)
    prints = ring.fingerprints()
    for name, fingerprint in known.items():
        if prints.get(name) != fingerprint:
            what = "is missing" if name not in prints else "is another one"
            yield bad(
                "keys",
                f"key '{name}' {what}: the links it signed no longer work",
                f"restore {inst.config.keys} from a backup",
            )
            return
    if usable and set(prints) - set(known):
        yield unsure(
            "keys", "the database does not know these keys yet", "run 'newsletter init' again"
        )
    count = f"{len(prints)} key{'' if len(prints) == 1 else 's'}"
    yield good("keys", f"{count}; '{ring.current}' signs; readable by their owner only")


def _dkim(inst: Installation, network: bool) -> Iterator[Finding]:
    for section in inst.config.dkim:
        try:
            keys = load_keys(section)
        except ConfigError as error:
            for mistake in error.mistakes:
                yield bad("dkim", f"{error.where}: {mistake}", "")
            continue
        for key in keys:
            if not network:
                yield unsure("dkim", f"{key.dns_name}: not checked", "")
                continue
            try:
                yield examine_key(key)
            except Unanswered as error:
                yield unsure("dkim", f"{key.dns_name}: could not be checked ({error})", "")


def _relays(inst: Installation, usable: bool, network: bool, now: datetime) -> Iterator[Finding]:
    if not inst.config.relays:
        yield bad("relay", "none is configured: nothing can be sent", "add [[relays]]")
        return
    states = {view.name: view for view in list_relays(inst, now=now)} if usable else {}
    used = [r for r in inst.config.relays if inst.config.is_public or r.is_local]
    if not used:
        yield bad(
            "relay",
            f"base_url is {inst.config.base_url}, so only an outbox or a local relay may be used, "
            "and there is none",
            "set base_url to the public address of the web pages",
        )
    for relay in inst.config.relays:
        where = f"'{relay.name}', {address_of(relay)}"
        yield _tried(relay, where, network=network, used=relay in used)
        view = states.get(relay.name)
        if view is not None and view.state is RelayState.PAUSED:  # after what may have caused it
            yield unsure(
                "relay",
                f"{where} is paused: {view.problem}",
                f"run 'newsletter relay resume {relay.name}'",
            )


def _tried(relay: RelayConfig, where: str, *, network: bool, used: bool) -> Finding:
    if not network and not relay.is_local:
        return unsure("relay", f"{where}: not tried", "")
    try:
        check_relay(relay)
    except NewsletterError as error:
        return bad("relay", str(error), "")
    if relay.kind == "outbox":
        return good("relay", f"{where} keeps mails, and sends nothing to anybody")
    login = f", as {relay.username}" if relay.username else ""
    unused = "" if used else ": not used while base_url is of this machine"
    return good("relay", f"{where} answers{login}{unused}")


def _senders(inst: Installation, network: bool) -> Iterator[Finding]:
    with inst.database.read() as session:
        lists = find_lists(session)
    if not lists:
        yield unsure("lists", "there is none yet", "run 'newsletter list create'")
    domains = {mlist.from_address.rpartition("@")[2]: mlist.slug for mlist in lists}
    signed = {section.domain: section for section in inst.config.dkim}
    for domain, slug in sorted(domains.items()):
        here = aligned(signed, domain) is not None
        yield from examine_domain(domain, slug, network=network, signed=here)


def _sources(inst: Installation, now: datetime) -> Iterator[Finding]:
    with inst.database.read() as session:
        sources = session.scalars(sa.select(Source).where(Source.active)).all()
    zone = inst.config.site.timezone
    failing = [source for source in sources if source.failures or source.gone_at]
    for source in failing:
        since = f" since {moment(source.read_at, zone)}" if source.read_at else ""
        yield unsure(
            "sources",
            f"'{source.name}' could not be read{since}: {source.problem}",
            f"run 'newsletter source check {source.name}'",
        )
    read = [s for s in sources if s.read_at and now - s.read_at < timedelta(days=1)]
    if sources and not failing:
        yield good("sources", f"{len(sources)}, of which {len(read)} were read within a day")


def _workers(inst: Installation) -> Iterator[Finding]:
    lease = timedelta(seconds=inst.config.sending.lease_seconds)
    with inst.database.read() as session:
        running = workers.alive(session, inst.database.clock(session), lease)
    if running:
        places = ", ".join(f"{worker.host}:{worker.pid}" for worker in running)
        yield good("senders", f"{len(running)} running ({places})")
    else:
        yield unsure("senders", "none is running: mail waits", "run 'newsletter run'")


def _ticker(inst: Installation) -> Iterator[Finding]:
    with inst.database.read() as session:
        last = pulse.last_beat(session)
        beating = pulse.is_beating(session, inst.database.clock(session))
    if beating:
        yield good("ticker", "runs: articles are collected, and issues made when they are due")
    else:
        since = f" since {moment(last, inst.config.site.timezone)}" if last else ""
        yield unsure(
            "ticker",
            f"none is running{since}: nothing is collected, and no issue is made",
            "run 'newsletter run'",
        )
