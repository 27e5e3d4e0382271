"""What a sign-up costs, and whether its time tells who is known.

    signup.py [--tiny] [--count N] [--no-postgres]

On each database: the job for addresses that are new, known, suppressed, or were asked already
today, beside the commit of a single row; then, on SQLite, the page, eight readers at a time, whose
answers leave at an even pace whoever they are.
"""

from __future__ import annotations

import argparse
import ipaddress
import re
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path

import httpx
import sqlalchemy as sa
from rig.clicks import HOST, free_port, served
from rig.house import House, Relay, make_house
from rig.measure import machine, seconds
from rig.postgres import running_postgres

from newsletter.config import Signup
from newsletter.installation import Installation, open_installation
from newsletter.jobs import joining, limiting
from subscribers import suppression
from subscribers.addresses import parse
from subscribers.models import Subscriber, SuppressionReason

LATE = 0.5  # seconds that an answer of the page may take, 99 of 100 times: two beats
AT_ONCE = 8
WORDS = "Je souhaite recevoir « Le Courrier de Valmont » par courrier électronique."
FORM = joining.Shown("Qui est responsable : Le Courrier de Valmont.\n" * 8, "fr")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tiny", action="store_true", help="only see that it runs")
    parser.add_argument("--count", type=int, default=400, help="sign-ups of each kind")
    parser.add_argument("--no-postgres", action="store_true")
    options = parser.parse_args()
    times = 6 if options.tiny else options.count
    readers = 50 if options.tiny else 20_000
    print(machine())
    server = nullcontext() if options.no_postgres else running_postgres()
    with tempfile.TemporaryDirectory() as name, server as postgres:
        scratch = Path(name)
        house = make_house(scratch / "house", readers)
        _race("SQLite", house, scratch / "run", times)
        if postgres is not None:
            there = make_house(scratch / "there", readers, postgres)
            _race(f"PostgreSQL {postgres.version}", there, scratch / "there-run", times)
        _by_the_page(house, scratch / "pages", times)


def _race(name: str, house: House, folder: Path, times: int) -> None:
    house.copy(folder, Relay(9, 1))
    inst = _without_limits(open_installation(folder / "config.toml"))
    now = datetime.now(UTC)
    with inst.database.write() as session:
        if not inst.database.is_sqlite:  # the house was furnished with ids of its own
            for table in ("subscriber", "subscription"):
                session.execute(
                    sa.text(
                        f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) "
                        f"FROM {table}"
                    )
                )
        query = sa.select(Subscriber.address_key).order_by(Subscriber.id).limit(2 * times)
        there = [address for address in session.scalars(query) if address]
        for address in there[times:]:
            suppression.suppress(
                session, address, SuppressionReason.BOUNCE, source="benchmark", now=now
            )
    new = [f"venue{number}@bourg.example" for number in range(times)]
    print(f"{name}: ms a sign-up, the middle and what 99 of 100 stay under")
    commit = [seconds(partial(_one_row, inst)) for _ in range(times)]
    middle = _told("  one row and its commit", commit)
    kinds = {"new": new, "known": there[:times], "suppressed": there[times:], "asked today": new}
    for kind, addresses in kinds.items():
        waits = [seconds(partial(_sign_up, inst, address)) for address in addresses]
        found = _told(f"  {kind}", waits)
        if kind == "new":
            print(f"    ratio to one row and its commit {found / middle:.1f}")
    inst.close()


def _by_the_page(house: House, folder: Path, times: int) -> None:
    port = free_port()
    house.copy(folder, Relay(9, 1, web=port))
    with (folder / "config.toml").open("a") as config:
        config.write("[signup]\nper_ip_hour = 1000000\nper_domain_hour = 1000000\n")
    with served(folder, port), httpx.Client(base_url=f"http://{HOST}:{port}", timeout=60) as client:
        form = client.get("/lists/hebdo").text
        found = re.search(r'name="shown" value="([^"]+)"', form)
        assert found
        time.sleep(2.05)  # as if somebody typed
        numbers = count()

        def send() -> None:
            number = next(numbers)
            fields = {"address": f"page{number}@bourg.example", "shown": found[1]}
            place = {"X-Forwarded-For": str(ipaddress.ip_address(10 << 24 | number))}
            answer = client.post("/lists/hebdo", data=fields, headers=place)
            assert answer.status_code == httpx.codes.OK
            assert fields["address"] in answer.text

        started = time.perf_counter()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            waits = list(pool.map(lambda _: seconds(send), range(times)))
        took = time.perf_counter() - started
    print(f"the page, {AT_ONCE} at a time: {times / took:,.0f} sign-ups a second, at an even pace")
    _told("  answered", waits)
    verdict = "kept" if _late(waits) < LATE else "MISSED"
    print(f"goal: p99 under {LATE} s  {verdict}")


def _sign_up(inst: Installation, address: str) -> None:
    number = next(_PLACES)
    joining.sign_up(
        inst,
        slugs=["hebdo"],
        address=address,
        words=WORDS,
        ip=str(ipaddress.ip_address(10 << 24 | number)),
        now=datetime.now(UTC),
        shown=FORM,
    )


_PLACES: Iterator[int] = count()


def _one_row(inst: Installation) -> None:
    with inst.database.write() as session:
        limiting.take(
            session, inst, ip="192.0.2.1", address=parse("a@b.example"), now=datetime.now(UTC)
        )


def _without_limits(inst: Installation) -> Installation:
    limits = Signup(per_ip_hour=1_000_000, per_domain_hour=1_000_000)
    return replace(inst, config=inst.config.model_copy(update={"signup": limits}))


def _late(waits: Sequence[float]) -> float:
    """What 99 of 100 waits stay under."""
    return sorted(waits)[len(waits) * 99 // 100]


def _told(name: str, waits: Sequence[float]) -> float:
    """Print the middle and p99; gives the middle."""
    middle = statistics.median(waits)
    print(f"{name:<28} {middle * 1e3:7.1f}  {_late(waits) * 1e3:7.1f}")
    return middle


if __name__ == "__main__":
    main()
