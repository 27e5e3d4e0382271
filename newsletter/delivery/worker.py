"""A sending process: connections that take marked deliveries from the clerk and speak SMTP.

    clerk ──► desk (one a relay) ──► hand (one a connection) ──► outcome ──► policy ──► clerk

A connection is opened when there is something for it and kept while there is more. A fault of the
relay on a connection that has carried nothing yet lets the relay rest; on one that had worked, the
connection is opened anew (servers close after so many messages). One that cannot be opened beside
others is not asked for again for a minute, and those go on. Whichever it is, nobody is charged.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from time import monotonic
from typing import TYPE_CHECKING

from newsletter.config import RelayConfig
from newsletter.database import Database
from newsletter.delivery.clerk import Clerk
from newsletter.delivery.desk import Desk, Parcel
from newsletter.delivery.domains import Rules
from newsletter.delivery.meter import Meter
from newsletter.delivery.packing import Packer
from newsletter.delivery.policy import after, sent
from newsletter.errors import ConfigError, MessageError, RelayError
from newsletter.links import Links
from newsletter.mail.replies import Accepted, Deferred, Fault, Outcome, Rejected
from newsletter.mail.settings import OutboxSettings, RelaySettings, TimeLimits, Tls
from newsletter.mail.transport import Transport, open_connection
from newsletter.models import DeliveryState
from subscribers.errors import UnknownKey

if TYPE_CHECKING:
    from newsletter.mail.dkim import Signer

log = logging.getLogger(__name__)

STALE_SECONDS = 1.0  # a mark older than this is renewed before content starts
IDLE_CONNECTION_SECONDS = 10.0  # then a connection is closed
FULL_SECONDS = 60.0  # until a relay that refused one connection more is asked for it again


@dataclass
class Tally:
    """What this worker did since it started."""

    sent: int = 0
    failed: int = 0
    deferred: int = 0
    unknown: int = 0
    recent: deque[float] = field(default_factory=lambda: deque(maxlen=20_000))

    def count(self, state: DeliveryState) -> None:
        match state:
            case DeliveryState.SENT:
                self.sent += 1
                self.recent.append(monotonic())
            case DeliveryState.UNKNOWN:
                self.unknown += 1
            case DeliveryState.DEFERRED:
                self.deferred += 1
            case DeliveryState.FAILED | DeliveryState.EXPIRED:
                self.failed += 1
            case _:
                pass

    def rate(self) -> float:
        """Messages accepted in the last second."""
        horizon = monotonic() - 1.0
        while self.recent and self.recent[0] < horizon:
            self.recent.popleft()
        return float(len(self.recent))


class Worker:
    """Sends until stopped, or, with `drain`, until nothing is due."""

    def __init__(
        self,
        database: Database,
        relays: tuple[RelayConfig, ...],
        links: Links,
        *,
        lease: timedelta,
        return_path: str | None = None,
        drain: bool = False,
        rules: Rules | None = None,
        time_limits: TimeLimits | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        chance: Random | None = None,
        meter: Meter | None = None,
        signers: Mapping[str, Signer] | None = None,
    ) -> None:
        self.packer = Packer(links, return_path, signers)
        self.time_limits = time_limits or TimeLimits()
        self.now = now
        self.chance = chance or Random()
        self.tally = Tally()
        self.clerk = Clerk(
            database,
            relays,
            lease=lease,
            drain=drain,
            rules=rules or Rules(),
            staff=self._staff,
            meter=meter,
            now=now,
        )
        self._hands: dict[asyncio.Task[None], Hand] = {}
        self._full: dict[str, tuple[int, float]] = {}  # relay -> connections it takes, until when
        self._failed: asyncio.Future[None] | None = None

    def stop(self) -> None:
        """Begin no new content; `run` returns once what is under way has ended."""
        self.clerk.stop()
        for connection in self._connections():
            connection.stop()

    async def run(self) -> None:
        """Send. Raises DatabaseError when the database takes no commit any more, and WorkerEnded
        when this worker was declared dead; every connection is closed by then.
        """
        self._failed = asyncio.get_running_loop().create_future()
        clerk = asyncio.create_task(self.clerk.run())
        try:
            await asyncio.wait([clerk, self._failed], return_when=asyncio.FIRST_COMPLETED)
            if self._failed.done():
                self._failed.result()  # a hand fails only by a bug: let it be seen
            await clerk
        except BaseException:
            for task in self._hands:
                task.cancel()  # closes its connection before anything else
            clerk.cancel()
            await asyncio.gather(clerk, *self._hands, return_exceptions=True)
            await self.clerk.record_last()
            raise
        finally:
            self._failed.cancel()
        for connection in self._connections():
            connection.stop()
        for task, hand in self._hands.items():
            if hand.connection is None:  # it is being opened, and nothing is left to send
                task.cancel()
        await asyncio.gather(*self._hands, return_exceptions=True)

    def _connections(self) -> list[Transport]:
        return [each for desk in self.clerk.desks.values() for each in desk.connections]

    # --- Connections -------------------------------------------------------------------------

    def _staff(self, desk: Desk) -> None:
        """Open as many connections as there is work for, and close those beyond what is allowed."""
        if self.clerk.stopping:
            return
        most, until = self._full.get(desk.name, (0, 0.0))
        allowed = min(desk.allowed, most) if monotonic() < until else desk.allowed
        for _ in range(min(allowed - desk.in_use, desk.waiting + len(desk.ready))):
            desk.opening += 1
            hand = Hand(self, desk)
            task = asyncio.create_task(hand.live())
            self._hands[task] = hand
            task.add_done_callback(self._hand_ended)
        surplus = len(desk.connections) - len(desk.leaving) - desk.allowed
        for connection in list(desk.connections - desk.leaving)[: max(surplus, 0)]:
            desk.leaving.add(connection)
            connection.stop()

    def is_full(self, desk: Desk) -> bool:
        """Whether a connection that failed to open was one too many, and others may go on.

        Many servers take fewer connections than they are configured with here: no reason to rest.
        """
        others = len(desk.connections) + desk.opening - 1
        if others > 0:
            self._full[desk.name] = others, monotonic() + FULL_SECONDS
        return others > 0

    def _hand_ended(self, hand: asyncio.Task[None]) -> None:
        del self._hands[hand]
        failed = self._failed
        if not hand.cancelled() and (error := hand.exception()) and failed and not failed.done():
            failed.set_exception(error)
        self.clerk.wake()  # what it left is for another connection


class Hand:
    """One connection's life, and the source of its messages (`mail.carrying.Source`)."""

    def __init__(self, worker: Worker, desk: Desk) -> None:
        self.worker = worker
        self.clerk = worker.clerk
        self.desk = desk
        self.connection: Transport | None = None
        self.judged = 0

    async def live(self) -> None:
        """Open a connection and carry messages while there are any."""
        desk = self.desk
        try:
            settings = relay_settings(
                desk.relay,
                self.worker.time_limits,
                pipelining=desk.pipelining,
                proven=desk.proved_pipelining,
            )
            self.connection = await open_connection(settings)
        except (RelayError, ConfigError) as error:
            for_admin = isinstance(error, ConfigError) or error.waits_for_admin
            problem = " ".join(str(error).split())
            log.error("%s", problem)  # noqa: TRY400  # expected, and told in one line
            if for_admin or not self.worker.is_full(desk):
                self.clerk.relay_failed(desk.name, problem, for_admin=for_admin)
            return
        finally:
            desk.opening -= 1
        desk.connections.add(self.connection)
        if self.clerk.stopping:
            self.connection.stop()
        self.clerk.wake()
        try:
            await self.connection.carry(
                self, most=desk.relay.messages_per_connection, idle=IDLE_CONNECTION_SECONDS
            )
        finally:
            desk.connections.discard(self.connection)
            desk.leaving.discard(self.connection)
            self.clerk.give_back(desk, "its connection was closed")
        desk.proved_pipelining |= self.connection.proved_pipelining
        if self.connection.broke_pipelining and desk.pipelining:
            desk.pipelining = False
            log.warning(
                "relay '%s' offers PIPELINING and breaks it: spoken to step by step from now on "
                "(set pipelining = false for it)",
                desk.name,
            )

    # --- The source of messages --------------------------------------------------------------

    def take(self) -> Parcel | None:
        """The next message, its mark committed; None: nothing now."""
        ready = self.desk.ready
        while ready:
            parcel = ready.popleft()
            try:
                self.worker.packer.pack(parcel)
            except MessageError as error:
                self._judge(parcel, Rejected(Fault.MESSAGE, str(error)))
            except UnknownKey as error:  # this machine's key file is behind: later, and told
                log.error("%s", error)  # noqa: TRY400  # expected, and told in one line
                self._judge(parcel, Deferred(Fault.MESSAGE, str(error)))
            else:
                return parcel
        return None

    def fresh(self, parcel: Parcel) -> bool:
        """Whether its mark is young enough for its content to start."""
        return monotonic() - parcel.marked_at <= STALE_SECONDS

    async def renew(self, parcel: Parcel) -> bool:
        """Make its mark anew; False: it was refused and is no longer ours."""
        return await self.clerk.renew(self.desk, parcel)

    def done(self, parcel: Parcel, outcome: Outcome) -> None:
        """What became of a message that was taken."""
        self._judge(parcel, outcome)
        self.judged += 1

    # --- What became of it -------------------------------------------------------------------

    def _judge(self, parcel: Parcel, outcome: Outcome) -> None:
        claimed = parcel.claimed
        if isinstance(outcome, Accepted):
            self.clerk.domain_took(claimed.domain)
            if not self.judged or self.desk.probing:
                self.desk.probing = False
                self.clerk.relay_worked(self.desk.name)
            self.worker.tally.count(DeliveryState.SENT)
            self.clerk.record(self.desk, parcel, sent(outcome))
            return
        match outcome:
            case Deferred(Fault.RELAY):
                self._relay_failed(outcome)
            case Deferred(Fault.RECIPIENT | Fault.STANDING):
                self.clerk.domain_refused(claimed.domain, outcome.reason)
            case _:
                pass
        consignment = claimed.consignment
        step = after(
            outcome,
            tries=parcel.mark.tries,
            on_unknown=consignment.on_unknown,
            expires_at=consignment.expires_at,
            now=self.worker.now(),
            chance=self.worker.chance,
        )
        self.worker.tally.count(step.state)
        self.clerk.record(self.desk, parcel, step)

    def _relay_failed(self, outcome: Deferred) -> None:
        """Close the connection; if it had carried nothing, the relay itself is at fault."""
        connection = self.connection
        if connection is None or self.clerk.stopping or connection in self.desk.leaving:
            return  # what it gives back is not the relay's fault, but our wish
        connection.stop()
        worked = self.judged and not self.desk.probing
        if connection.broke_pipelining or (worked and not outcome.waits_for_admin):
            return
        log.error("%s", outcome.reason)
        self.clerk.relay_failed(self.desk.name, outcome.reason, for_admin=outcome.waits_for_admin)


def relay_settings(
    relay: RelayConfig, limits: TimeLimits, *, pipelining: bool = True, proven: bool = False
) -> RelaySettings | OutboxSettings:
    """What a connection needs to know; reads the password now. Raises ConfigError.

    `proven`: an earlier connection showed that the server keeps what PIPELINING promises.
    """
    if relay.kind == "outbox":
        return OutboxSettings(relay.name, relay.folder, relay.effective_connections)
    return RelaySettings(
        name=relay.name,
        host=relay.host,
        port=relay.effective_port,
        tls=Tls(relay.tls.value),
        username=relay.username,
        password=relay.secret(),
        connections=relay.effective_connections,
        helo=relay.helo,
        ca_file=relay.ca_file,
        pipelining=pipelining and relay.pipelining,
        pipelining_proven=proven,
        limits=limits,
    )
