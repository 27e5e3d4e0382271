"""A thousand feeds collected: all of it new, nothing new, something new; then beside much history.

    collecting.py [--tiny] [--feeds N] [--history N] [--at-once N]

Each reading is a process of its own, and beside it stand bare GETs of the same addresses, as many
at once: by httpx, in threads that share one client and in asyncio, and by http.client of the
standard library, in threads, a connection each. Then the same again, with so many articles stored
that these feeds showed long ago.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rig.feeds import ITEMS, Feeds, served
from rig.measure import machine, peak_memory, python

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ROWS = 10_000  # of one insert


@dataclass(frozen=True)
class Took:
    """What a process took: seconds, seconds of CPU, bytes at most, and how many of what it saw."""

    wall: float
    cpu: float
    memory: int
    seen: dict[str, int]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tiny", action="store_true", help="only see that it runs")
    parser.add_argument("--feeds", type=int, default=1_000)
    parser.add_argument("--history", type=int, default=100_000, help="articles stored long ago")
    parser.add_argument("--at-once", type=int, default=50, help="fetches")
    parser.add_argument("--part", nargs="*", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        print(json.dumps(_part(options.part)))
        return
    feeds, history = (12, 240) if options.tiny else (options.feeds, options.history)
    print(machine())
    with tempfile.TemporaryDirectory() as name, served(feeds) as server:
        folder = Path(name)
        _make(folder, server, options.at_once)
        print(f"{feeds:,} feeds with {ITEMS} articles each, {options.at_once} at once")
        shown = ITEMS
        _race(folder, server, options.at_once, "first reading: all is new", known="")
        shown = _readings(folder, server, options.at_once, shown)
        stored = _store_history(folder, history)
        print(f"the same with {stored:,} articles stored")
        _readings(folder, server, options.at_once, shown)


def _readings(folder: Path, server: Feeds, at_once: int, shown: int) -> int:
    """The readings of every day; returns how many articles each feed has published then."""
    _race(folder, server, at_once, "nothing new (304)", known=f'"{shown}"')
    server.show(shown, validators=False)
    _race(folder, server, at_once, "nothing new, and the server does not say so (200)", known="")
    server.show(shown + 1)
    _race(folder, server, at_once, "one new article in each", known="")
    return shown + 1


def _race(folder: Path, server: Feeds, at_once: int, what: str, *, known: str) -> None:
    addresses = folder / "addresses"
    addresses.write_text("\n".join(server.urls()), encoding="utf-8")
    bare = {kind: _run(kind, str(addresses), str(at_once), known) for kind in BARE}
    ours = _run("ours", str(folder))
    print(what)
    for kind, took in bare.items():
        wall, cpu = ours.wall / took.wall, ours.cpu / took.cpu
        _told(kind, took, f"ratio {wall:.2f}, of CPU {cpu:.2f}")
    _told("ours", ours, ", ".join(f"{count} {word}" for word, count in ours.seen.items()))


def _told(name: str, took: Took, more: str) -> None:
    memory = f"{took.memory / 1e6:4.0f} MB"
    print(f"  {name:<20} {took.wall:6.2f} s  {took.cpu:6.2f} s CPU  {memory}  {more}")


def _run(*part: str) -> Took:
    done = subprocess.run(
        python(Path(__file__), "--part", *part), capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{part[0]} ended with {done.returncode}:\n{done.stderr}")
    return Took(**json.loads(done.stdout))


def _part(part: list[str]) -> dict[str, object]:
    """One reading, in this process."""
    kind, place, *rest = part
    if kind == "ours":
        from newsletter.installation import open_installation
        from newsletter.jobs.collecting import collect

        inst = open_installation(Path(place) / "config.toml")
        begun, cpu = time.perf_counter(), time.process_time()
        results = collect(inst, now=datetime.now(UTC))
        wall, spent = time.perf_counter() - begun, time.process_time() - cpu
        inst.close()
        seen = Counter(result.state for result in results)
        seen["articles new"] = sum(result.new for result in results)
        return _took(wall, spent, seen)
    addresses = Path(place).read_text("utf-8").split()
    headers = {"If-None-Match": rest[1]} if rest[1] else {}
    import httpx  # not measured: ours has its libraries when it begins, too

    del httpx
    begun, cpu = time.perf_counter(), time.process_time()
    statuses = BARE[kind](addresses, int(rest[0]), headers)
    wall, spent = time.perf_counter() - begun, time.process_time() - cpu
    return _took(wall, spent, Counter(map(str, statuses)))


def _took(wall: float, cpu: float, seen: Counter[str]) -> dict[str, object]:
    return {"wall": wall, "cpu": cpu, "memory": peak_memory() or 0, "seen": dict(seen)}


def _by_threads(addresses: list[str], at_once: int, headers: dict[str, str]) -> list[int]:
    import httpx

    limits = httpx.Limits(max_connections=at_once, max_keepalive_connections=at_once)
    with httpx.Client(limits=limits, timeout=60, trust_env=False) as client:

        def get(address: str) -> int:
            return client.get(address, headers=headers).status_code

        with ThreadPoolExecutor(at_once) as pool:
            return list(pool.map(get, addresses))


def _by_asyncio(addresses: list[str], at_once: int, headers: dict[str, str]) -> list[int]:
    import httpx

    async def all_of_them() -> list[int]:
        limits = httpx.Limits(max_connections=at_once, max_keepalive_connections=at_once)
        room = asyncio.Semaphore(at_once)
        async with httpx.AsyncClient(limits=limits, timeout=60, trust_env=False) as client:

            async def get(address: str) -> int:
                async with room:
                    return (await client.get(address, headers=headers)).status_code

            return list(await asyncio.gather(*map(get, addresses)))

    return asyncio.run(all_of_them())


def _by_library(addresses: list[str], at_once: int, headers: dict[str, str]) -> list[int]:
    from http.client import HTTPConnection
    from urllib.parse import urlsplit

    def get(address: str) -> int:
        parts = urlsplit(address)
        connection = HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        connection.request("GET", parts.path, headers=headers)
        response = connection.getresponse()
        response.read()
        connection.close()
        return response.status

    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(get, addresses))


BARE = {
    "httpx, threads": _by_threads,
    "httpx, asyncio": _by_asyncio,
    "http.client, threads": _by_library,
}


def _make(folder: Path, server: Feeds, at_once: int) -> None:
    """An installation with a list and the feeds as its sources."""
    import sqlalchemy as sa
    from rig.house import Relay

    from newsletter import keys, schema
    from newsletter.installation import open_installation
    from newsletter.jobs import listing
    from newsletter.models import Source, SourceKind, SourceList

    (folder / "config.toml").write_text(
        Relay(0, 1).config("sqlite:///newsletter.db") + f"[collecting]\nat_once = {at_once}\n"
    )
    inst = open_installation(folder / "config.toml")
    keys.create_keys(inst.config.keys, NOW)
    schema.upgrade(inst.database, NOW)
    mlist = listing.create_mlist(
        inst,
        "hebdo",
        title="Le Courrier de Valmont",
        from_mailbox="Le Courrier <courrier@valmont.example>",
        cron="0 8 * * fri",
        now=NOW,
    )
    with inst.database.write() as session:
        session.execute(
            sa.insert(Source),
            [
                {"id": number, "name": f"edition-{number}", "kind": SourceKind.FEED,
                 "location": url, "allow_private": True, "created_at": NOW}
                for number, url in enumerate(server.urls(), start=1)
            ],
        )  # fmt: skip
        session.execute(
            sa.insert(SourceList),
            [{"source_id": n, "mlist_id": mlist.id} for n in range(1, server.count + 1)],
        )
    inst.close()


def _store_history(folder: Path, wanted: int) -> int:
    """Store articles that the sources showed long ago, until there are as many as wanted."""
    import sqlalchemy as sa
    from rig.feeds import TEXT

    from newsletter.installation import open_installation
    from newsletter.models import Article, Offer, OfferState, Sighting, Source
    from subscribers.models import MailingList

    inst = open_installation(folder / "config.toml")
    ago = NOW - timedelta(days=400)
    with inst.database.write() as session:
        stored = session.scalar(sa.select(sa.func.count()).select_from(Article)) or 0
        last = session.scalar(sa.select(sa.func.max(Article.id))) or 0
        sources = list(session.scalars(sa.select(Source.id)))
        mlist = session.scalars(sa.select(MailingList.id)).one()
        for start in range(last + 1, last + 1 + max(wanted - stored, 0), ROWS):
            numbers = range(start, min(start + ROWS, last + 1 + wanted - stored))
            articles = [
                {"id": n, "url": f"https://valmont.example/ancien/{n}", "first_seen_at": ago,
                 "url_key": f"//valmont.example/ancien/{n}", "content_hash": f"{n:064x}",
                 "title": f"Ancien article {n}", "summary_html": TEXT, "content_html": TEXT * 5,
                 "override": {}, "changed_at": ago, "published_at": ago}
                for n in numbers
            ]  # fmt: skip
            sightings = [
                {"source_id": sources[n % len(sources)], "article_id": n, "guid": f"ancien-{n}",
                 "first_seen_at": ago, "last_seen_at": ago}
                for n in numbers
            ]  # fmt: skip
            offers = [
                {"mlist_id": mlist, "article_id": n, "state": OfferState.OFFERED, "offered_at": ago}
                for n in numbers
            ]
            for table, rows in ((Article, articles), (Sighting, sightings), (Offer, offers)):
                session.execute(sa.insert(table), rows)
        total = session.scalar(sa.select(sa.func.count()).select_from(Article)) or 0
    inst.close()
    return total


if __name__ == "__main__":
    main()
