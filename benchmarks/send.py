"""Messages a second from the queue to a local sink, with the whole ledger kept, and beside others.

    send.py [--only PART]… [--readers N] [--rounds N] [--connections N] [--crowd N] [--tiny] …

Each run sends one frozen digest, 30 KB in two parts and personalised, to N readers, by a sender in
a process of its own, beginning with a copy of the same database. Parts:

  wire      ours against Postfix's smtp-source and what others would write, round by round
  distance  the same with a round trip of 10 ms, and two senders against one
  crowd     a million readers: the freeze, the first message, memory
  leaving   unsubscribing on the web pages while mail goes out
  profile   where the sender's time goes
"""

from __future__ import annotations

import argparse
import functools
import statistics
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from rig import crowd, leaving
from rig.house import House, Relay, freeze, make_house, sample
from rig.measure import machine
from rig.postgres import Postgres, running_postgres
from rig.proxy import running_proxy
from rig.race import Took, ours, peer, smtp_source
from rig.sink import Sink, running_sink
from rig.table import Entrant, median_rate, race

PARTS = ("wire", "distance", "crowd", "leaving", "profile")
PEERS = {
    "threads": "smtplib, kept connections, threads",
    "sendmail": "aiosmtplib sendmail, kept, spliced",
    "emailmessage": "EmailMessage + aiosmtplib send_message",
}
SLOWER = {"emailmessage": 10, "threads": 2, "sendmail": 2}  # get the Nth part of the messages
SOURCE = "smtp-source (C, no ledger)"
OURS = "ours, SQLite"
OURS_POSTGRES = "ours, PostgreSQL"


class Bench:
    """What the parts share; houses are made when first asked for."""

    def __init__(self, scratch: Path, sink: Sink, options: argparse.Namespace) -> None:
        self.scratch = scratch
        self.sink = sink
        self.options = options
        self._houses: dict[tuple[int, bool], House] = {}

    @functools.cached_property
    def message(self) -> Path:
        """The file of one finished message, for the others to send."""
        file = self.scratch / "sample.eml"
        file.write_bytes(sample())
        return file

    def house(self, readers: int, postgres: Postgres | None = None) -> House:
        """A house with a frozen issue."""
        known = (readers, postgres is not None)
        if known not in self._houses:
            kind = "postgres" if postgres else "sqlite"
            made = make_house(self.scratch / f"{kind}-{readers}", readers, postgres)
            issue = freeze(made.folder)
            if issue.audience != readers:
                raise SystemExit(f"the freeze wrote {issue.audience} for {readers} readers")
            self._houses[known] = made
        return self._houses[known]

    def relay(self, *, port: int = 0, dkim: str = "", senders: int = 1) -> Relay:
        """A relay whose connections are so many for each sender: they share what it allows."""
        return Relay(port or self.sink.port, self.options.connections * senders, dkim)

    def ours(
        self,
        name: str,
        readers: int,
        relay: Relay,
        postgres: Postgres | None = None,
        senders: int = 1,
    ) -> Entrant:
        house = self.house(readers, postgres)
        return Entrant(
            name, functools.partial(ours, house, self.scratch / "run", relay, senders=senders)
        )

    def peer(self, name: str, readers: int, port: int = 0) -> Entrant:
        connections = self.options.connections
        count = max(readers // SLOWER[name], connections)
        run: Callable[[], Took] = functools.partial(
            peer, name, port or self.sink.port, count, connections, self.message
        )
        return Entrant(PEERS[name], run)

    def source(self, readers: int) -> Entrant:
        size = self.message.stat().st_size
        return Entrant(
            SOURCE,
            functools.partial(smtp_source, self.sink.port, readers, self.options.connections, size),
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", action="append", choices=PARTS, help="may be given again")
    parser.add_argument("--readers", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=20)
    parser.add_argument("--round-trip", type=float, default=10.0, help="ms, of 'distance'")
    parser.add_argument("--crowd", type=int, default=1_000_000, help="readers of 'crowd'")
    parser.add_argument("--seconds", type=float, default=60, help="how long 'crowd' sends")
    parser.add_argument("--no-postgres", action="store_true")
    parser.add_argument("--no-dkim", action="store_true")
    parser.add_argument("--own-sink", action="store_true", help="even where smtp-sink is at hand")
    parser.add_argument("--tiny", action="store_true", help="a few messages: see that it runs")
    options = parser.parse_args()
    if options.tiny:
        options.readers, options.rounds, options.crowd, options.seconds = 40, 1, 120, 3
    print(machine())
    with ExitStack() as stack:
        scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="newsletter-bench-"))
        sink = stack.enter_context(running_sink(own=options.own_sink))
        bench = Bench(Path(scratch), sink, options)
        postgres = None if options.no_postgres else stack.enter_context(running_postgres())
        beside = f", PostgreSQL {postgres.version}" if postgres else ""
        print(f"{sink.name}, {options.connections} connections{beside}")
        for part in options.only or PARTS:
            print(f"\n-- {part}")
            match part:
                case "wire":
                    _wire(bench, postgres)
                case "distance":
                    _distance(bench, postgres)
                case "crowd":
                    crowd.measure(bench.scratch, bench.relay(), options.crowd, options.seconds)
                case "leaving":
                    house = bench.house(options.readers)
                    leaving.measure(house, bench.scratch / "run", bench.relay())
                case "profile":
                    house = bench.house(options.readers)
                    took = ours(house, bench.scratch / "run", bench.relay(), profile=True)
                    print(*took.told, sep="\n")


def _wire(bench: Bench, postgres: Postgres | None) -> None:
    readers = bench.options.readers
    print(f"{readers:,} messages of {bench.message.stat().st_size:,} bytes")
    entrants = [bench.source(readers), bench.ours(OURS, readers, bench.relay())]
    if postgres is not None:
        entrants.append(bench.ours(OURS_POSTGRES, readers, bench.relay(), postgres))
    if not bench.options.no_dkim:
        for name, keys in (("RSA-2048", "rsa"), ("RSA-2048 + Ed25519", "both")):
            entrants.append(
                bench.ours(f"ours, SQLite, DKIM {name}", readers, bench.relay(dkim=keys))
            )
    entrants += [bench.peer(name, readers) for name in PEERS]
    took = race(entrants, bench.options.rounds, against=SOURCE)
    if OURS_POSTGRES in took:
        pairs = zip(took[OURS_POSTGRES], took[OURS], strict=True)
        ratio = statistics.median(one.rate / other.rate for one, other in pairs)
        print(f"PostgreSQL to SQLite, median of the rounds: {ratio:.2f} (goal 0.8)")


def _distance(bench: Bench, postgres: Postgres | None) -> None:
    readers, options = bench.options.readers, bench.options
    with running_proxy(bench.sink.port, options.round_trip) as port:
        entrants = [bench.peer("sendmail", readers // 4, port)]
        kinds = [("SQLite", None), *([("PostgreSQL", postgres)] if postgres else [])]
        for kind, server in kinds:
            for senders in (1, 2):
                name = f"ours, {kind}, {senders} sender{'s' * (senders > 1)}"
                relay = bench.relay(port=port, senders=senders)
                entrants.append(bench.ours(name, readers // 2, relay, server, senders))
        took = race(entrants, options.rounds, against=PEERS["sendmail"])
        for kind, _ in kinds:
            two, one = (took[f"ours, {kind}, {n}"] for n in ("2 senders", "1 sender"))
            print(
                f"{kind}: two senders to one {median_rate(two) / median_rate(one):.2f} (goal 1.7)"
            )


if __name__ == "__main__":
    main()
