"""A sending process: connections that take marked deliveries from the clerk and speak SMTP.

    clerk ──► ready ──► connection: begin, content ──► outcome ──► policy ──► clerk

A connection is opened when there is something for it and kept while there is more. A fault of the
relay on a fresh connection lets the relay rest; on one that had worked, the connection is opened
anew (servers close after so many messages). Either way nobody is charged.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from time import monotonic

from newsletter.config import RelayConfig
from newsletter.database import Database
from newsletter.delivery.clerk import Clerk, Ready, Tally
from newsletter.delivery.policy import Next, after
from newsletter.delivery.queue import Claimed
from newsletter.errors import ConfigError, MessageError, RelayError
from newsletter.links import Links
from newsletter.mail.message import Values, message_id
from newsletter.mail.replies import Accepted, Deferred, Fault, Outcome, Rejected
from newsletter.mail.settings import Envelope, OutboxSettings, RelaySettings, TimeLimits, Tls
from newsletter.mail.slots import SlotName
from newsletter.mail.transport import Transport, open_connection
from newsletter.models import DeliveryState
from subscribers.errors import UnknownKey

log = logging.getLogger(__name__)

STALE_SECONDS = 1.0  # a mark older than this is renewed before content starts
HAND_OVER_SECONDS = 0.05  # before a hand that may not serve a relay looks again
IDLE_CONNECTION_SECONDS = 10.0  # then a connection is closed


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
        time_limits: TimeLimits | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        chance: Random | None = None,
    ) -> None:
        self.relays = relays
        self.links = links
        self.return_path = return_path
        self.time_limits = time_limits or TimeLimits()
        self.now = now
        self.chance = chance or Random()
        self.connections = max((relay.effective_connections for relay in relays), default=1)
        self.clerk = Clerk(
            database, relays, lease=lease, connections=self.connections, drain=drain, now=now
        )

    @property
    def tally(self) -> Tally:
        return self.clerk.tally

    def stop(self) -> None:
        """Begin no new content; `run` returns once what is under way has ended."""
        self.clerk.stop()

    async def run(self) -> None:
        """Send. Raises DatabaseError when the database takes no commit any more, and WorkerEnded
        when this worker was declared dead; every connection is closed by then.
        """
        hands = [asyncio.create_task(self._hand(number)) for number in range(self.connections)]
        clerk = asyncio.create_task(self.clerk.run())
        try:
            done, _ = await asyncio.wait([clerk, *hands], return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                if task is not clerk:
                    task.result()  # a hand ends early only by a bug: let it be seen
            await clerk
        except BaseException:
            clerk.cancel()
            for hand in hands:
                hand.cancel()  # closes its connection before anything else
            await asyncio.gather(clerk, *hands, return_exceptions=True)
            raise
        for _ in hands:
            self.clerk.ready.put_nowait(None)
        await asyncio.gather(*hands)

    # --- One connection ----------------------------------------------------------------------

    async def _hand(self, number: int) -> None:
        """One connection's life: take what is ready, send it, again.

        `number` counts the hands; those beyond a relay's connections leave its mail to the others.
        """
        connection: Transport | None = None
        relay: RelayConfig | None = None
        carried = 0
        try:
            while (ready := await self._next(connection)) is not None:
                if self.clerk.stopping:
                    self._untouched(ready, "the sender was stopped")
                    continue
                if number >= ready.relay.effective_connections:
                    self.clerk.ready.put_nowait(ready)  # whose place has just become free
                    await asyncio.sleep(HAND_OVER_SECONDS)
                    continue
                if connection is not None and (
                    not connection.usable
                    or relay != ready.relay
                    or carried >= ready.relay.messages_per_connection
                ):
                    await connection.close()
                    connection = None
                if connection is None:
                    relay, carried = ready.relay, 0
                    connection = await self._open(ready)
                    if connection is None:
                        continue
                outcome = await self._send(connection, ready)
                if outcome is None:  # its mark was refused
                    self.clerk.refused()
                    continue
                self._judge(ready, outcome, fresh=carried == 0)
                carried += 1
                if isinstance(outcome, Deferred) and outcome.fault is Fault.RELAY:
                    await connection.close()  # the next one is fresh: if it fails too, we rest
                    connection = None
        finally:
            if connection is not None:
                await connection.close()

    async def _next(self, connection: Transport | None) -> Ready | None:
        """The next marked delivery; closes an idle connection while it waits."""
        if connection is None:
            return await self.clerk.ready.get()
        try:
            # Not wait_for: in Python 3.11 it swallows a cancellation that meets a result.
            async with asyncio.timeout(IDLE_CONNECTION_SECONDS):
                return await self.clerk.ready.get()
        except TimeoutError:
            await connection.close()
            return await self.clerk.ready.get()

    async def _open(self, ready: Ready) -> Transport | None:
        """A new connection to the relay; None when it failed, and the delivery is given back."""
        try:
            return await open_connection(relay_settings(ready.relay, self.time_limits))
        except (RelayError, ConfigError) as error:
            for_admin = isinstance(error, ConfigError) or error.waits_for_admin
            problem = " ".join(str(error).split())
            log.error("%s", problem)  # noqa: TRY400  # expected, and told in one line
            self.clerk.relay_failed(ready.relay.name, problem, for_admin=for_admin)
            self._untouched(ready, problem)
            return None

    async def _send(self, connection: Transport, ready: Ready) -> Outcome | None:
        """One message; None when its mark could not be renewed."""
        claimed = ready.claimed
        try:
            message = ready.template.join(self._values(ready))
            sender = self.return_path or claimed.consignment.sender_address
            envelope = Envelope(sender, claimed.address, reference(claimed), len(message))
            if self._age(ready) > STALE_SECONDS and not await self._renew(ready):
                return None
            refused = await connection.begin(envelope)
            if refused is not None:
                return refused
            if self._age(ready) > STALE_SECONDS and not await self._renew(ready):
                await connection.reset()
                return None
            kept = True

            async def renew() -> bool:
                nonlocal kept
                kept = await self._renew(ready)
                return kept

            left = max(STALE_SECONDS - self._age(ready), 0.05)
            outcome = await connection.content(message, renew=renew, renew_after=left)
        except MessageError as error:
            await connection.reset()
            return Rejected(Fault.MESSAGE, str(error))
        except UnknownKey as error:  # the key file of this machine is behind: later, and told
            log.error("%s", error)  # noqa: TRY400  # expected, and told in one line
            return Deferred(Fault.MESSAGE, str(error))
        return outcome if kept else None

    async def _renew(self, ready: Ready) -> bool:
        kept = await self.clerk.renew(ready.claimed)
        ready.marked_at = monotonic()
        return kept

    @staticmethod
    def _age(ready: Ready) -> float:
        return monotonic() - ready.marked_at

    def _values(self, ready: Ready) -> Values:
        """What is put into the template: the same at every try, since all of it is frozen."""
        claimed, consignment = ready.claimed, ready.claimed.consignment
        if consignment.issue_id is not None:
            assert claimed.subscription_id is not None  # an issue goes to subscriptions only
            assert claimed.variant_id is not None
            urls = self.links.issue_slots(
                subscription_id=claimed.subscription_id,
                issue_id=consignment.issue_id,
                variant_id=claimed.variant_id,
                key_id=claimed.key_id,
            )
        else:
            urls = self.links.notice_slots(consignment.links or {}, claimed.key_id)
        return Values(
            address=claimed.address,
            name=claimed.name,
            message_id=message_id(reference(claimed), consignment.sender_address),
            date=ready.mark.date,
            delivery=reference(claimed),
            unsubscribe_url=urls.get(SlotName.UNSUBSCRIBE),
            preferences_url=urls.get(SlotName.PREFERENCES),
            browser_url=urls.get(SlotName.BROWSER),
            confirm_url=urls.get(SlotName.CONFIRM),
        )

    # --- What became of it -------------------------------------------------------------------

    def _judge(self, ready: Ready, outcome: Outcome, *, fresh: bool) -> None:
        consignment, tally = ready.claimed.consignment, self.clerk.tally
        if isinstance(outcome, Deferred) and outcome.fault is Fault.RELAY:
            if fresh or outcome.waits_for_admin:
                log.error("%s", outcome.reason)
                self.clerk.relay_failed(
                    ready.relay.name, outcome.reason, for_admin=outcome.waits_for_admin
                )
        elif isinstance(outcome, Accepted) and fresh:
            self.clerk.relay_worked(ready.relay.name)
        step = after(
            outcome,
            tries=ready.mark.tries,
            on_unknown=consignment.on_unknown,
            expires_at=consignment.expires_at,
            now=self.now(),
            chance=self.chance,
        )
        match step.state:
            case DeliveryState.SENT:
                tally.sent += 1
                tally.recent.append(monotonic())
            case DeliveryState.UNKNOWN:
                tally.unknown += 1
            case DeliveryState.DEFERRED:
                tally.deferred += 1
            case DeliveryState.FAILED | DeliveryState.EXPIRED:
                tally.failed += 1
            case _:
                pass
        self.clerk.record(ready.claimed, step)

    def _untouched(self, ready: Ready, why: str) -> None:
        """Marked, and surely not begun: queued again, as if nothing had been."""
        step = Next(DeliveryState.QUEUED, self.now(), None, why, charged=False)
        self.clerk.record(ready.claimed, step)


def reference(claimed: Claimed) -> str:
    """The delivery's name in Message-ID, ENVID and X-Delivery, made of ids that never change."""
    return f"{claimed.consignment.public_id}.{claimed.id}"


def relay_settings(relay: RelayConfig, limits: TimeLimits) -> RelaySettings | OutboxSettings:
    """What a connection needs to know; reads the password now. Raises ConfigError."""
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
        limits=limits,
    )
