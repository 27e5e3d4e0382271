"""One SMTP conversation after the introduction: message after message, one recipient each.

    MAIL RCPT DATA ──► 250 250 354 ──► content, final dot ──► 250 ──► …

Where the server offers PIPELINING (RFC 2920) the three commands are one write, and those of the
next message travel in the same write as the final dot of the present one. So at most one message
is under way between its dot and the reply, and at most one more is announced. Everything happens
in the callback that brings the replies: no task is woken for a message.

Certainty decides what becomes of a parcel when the connection is lost. Before its final dot can
have left it is `Deferred`: nothing was accepted. From then on, whatever is not a clear answer is
`Unknown`, for that parcel alone. Where it cannot be known which reply answers what, nothing is
accepted on the strength of it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from math import inf
from typing import Any

from newsletter.mail.carrying import Nothing, Parcel, Source
from newsletter.mail.commands import Commands
from newsletter.mail.expected import DATA, DOT, EMPTY, GROUP, MAIL, QUIT, RCPT, RSET
from newsletter.mail.hearing import Hearing, as_reply, dot_of_usual, why_out_of_step
from newsletter.mail.intake import Intake
from newsletter.mail.outgoing import Outgoing
from newsletter.mail.pipelining import GROUP_SECONDS, Pipelining, out_of_turn
from newsletter.mail.replies import (
    Accepted,
    Deferred,
    Fault,
    Reply,
    not_begun,
    nothing_accepted,
    outcome_of,
    unanswered,
)
from newsletter.mail.settings import RelaySettings
from newsletter.mail.watchdog import Watchdog

__all__ = ["Conversation"]


class Conversation:
    """What is said to a relay by one connection. Every method but `begin` is a callback.

    `ended` is resolved when the connection is closed, however that came; `error` is then what
    the source raised, or None, and `renewing` the renewal of a mark that is not at its end yet.
    """

    def __init__(
        self, settings: RelaySettings, extensions: Mapping[str, str], outgoing: Outgoing
    ) -> None:
        limits = self._limits = settings.limits
        self._where = settings.where
        self._loop = asyncio.get_running_loop()
        self._commands = Commands(extensions, settings.where)
        self.pipelining = Pipelining(
            on=settings.pipelining and "pipelining" in extensions,
            proven=settings.pipelining_proven,
        )
        self._hearing = Hearing()
        self._outgoing = outgoing
        usual = (limits.command, limits.data, limits.block, limits.final, GROUP_SECONDS)
        self.watchdog = Watchdog(min(usual), lambda: self.act(self._too_late))

        self._source: Source[Any] = Nothing()
        self._intake = Intake(self._source, self._commands, 0)
        self._idle_limit = 0.0  # seconds
        self.ended: asyncio.Future[None] = self._loop.create_future()
        self.error: Exception | None = None
        self.renewing: asyncio.Task[None] | None = None
        self._dead: str | None = None  # why nothing can be said any more
        self._stopping = ""  # why nothing more is taken
        self._acting = False  # a callback is at work, and sees at its end what has changed

        self._announced: Parcel | None = None  # taken, and its content not begun
        self._rcpt = b""  # its RCPT, until MAIL was answered by itself
        self._refusal: Reply | None = None  # of its MAIL or RCPT, until DATA was answered
        self._under: Parcel | None = None  # its content was written, its dot not yet answered
        self._expected: deque[str] = deque()  # what is still to be answered
        self._steady = False  # that is a dot and a group, and not a byte of the answer is here
        self._open = False  # the server knows of a transaction that only RSET or DATA can end
        self._empty_due = False  # it waits for a message that nobody is to get
        self._idle = False

    def begin(self, source: Source[Any], *, most: int, idle: float) -> None:
        """Take and carry; see `Connection.carry`."""
        self._source, self._idle_limit = source, idle
        self._intake = Intake(source, self._commands, 0 if self._stopping else most)
        if self._dead is None:
            self.act(self.settle)
        elif (taken := self._intake.take()) is not None:
            # So that a relay that hangs up on everybody is noticed.
            source.done(taken[0], nothing_accepted(self._where, self._dead))

    def offer(self) -> None:
        """There may be something to take."""
        if self._idle and not self._acting:
            self.act(self.settle)

    def stop(self) -> None:
        """Take nothing more, give back what has not begun, and end after what has."""
        self._stopping = self._stopping or "stopped by us"
        self._intake.close()
        if not self._acting:
            self.act(self.settle)

    def act(self, step: Callable[[], None]) -> None:
        """Run `step`; what the source raises in it ends it all, and is `error`."""
        self._acting = True
        try:
            step()
        except Exception as error:  # noqa: BLE001  a callback has nobody to raise it to
            self._fail(error)
        finally:
            self._acting = False

    # --- What comes in -------------------------------------------------------------------------

    def hear(self, data: bytes) -> None:
        """The server said something."""
        self._acting = True
        try:
            if self._steady:
                self._steady = False
                text = dot_of_usual(data)
                if text is not None and not (self._stopping or self._outgoing.held):
                    self._went_well(text)
                    return
            self._understand(data)
            self.settle()
        except Exception as error:  # noqa: BLE001  as in `act`
            self._fail(error)
        finally:
            self._acting = False

    def _went_well(self, text: bytes) -> None:
        """A dot and a group were answered as usual, all at once.

        This is what `_understand` would do, at a third of its price.
        """
        self._expected.clear()
        parcel, self._under = self._under, None
        assert parcel is not None
        self._source.done(parcel, Accepted(as_reply(250, text, DOT)))
        self.pipelining.answered()
        self._go_ahead()
        if self._under is None:
            self.settle()

    def _understand(self, data: bytes) -> None:
        """Look at all that came before acting on any of it: its end may put it in doubt."""
        if self._dead is not None:
            return
        replies, expected = self._hearing.feed(data), self._expected
        doubt = why_out_of_step(replies, expected, self._hearing.garbled)
        if doubt is not None:
            self.pipelining.out_of_step()
            self.lose(doubt)
        elif replies and self._outgoing.held:
            self._interrupted(
                as_reply(*replies[0], DOT), alone=len(replies) == 1 or replies[1][0] == 421
            )
        else:
            partial = 0 < len(replies) < len(expected)
            for code, text in replies:
                self._answered(expected.popleft() if expected else None, code, text)
                if self._dead is not None or (self._stopping and self._under is None):
                    return
            if partial and not self.pipelining.hurried:
                self.pipelining.hurried = True
                self.watchdog.wait(min(self._limits.command, GROUP_SECONDS))

    def _answered(self, command: str | None, code: int, text: bytes) -> None:
        """One reply, that fits its command; None: a 421 to nothing."""
        if command == DOT:
            parcel, self._under = self._under, None
            assert parcel is not None
            if code < 300:
                self._source.done(parcel, Accepted(as_reply(code, text, DOT)))
            else:
                self._refuse(parcel, as_reply(code, text, DOT))
        elif command == DATA:
            self._data_answered(code, text)
        elif command in (MAIL, RCPT):
            if code >= 400:
                self._note(as_reply(code, text, command))
            elif command == MAIL:
                self._open = True
                if not self.pipelining.on:
                    self._say(RCPT, self._rcpt)
            elif self._refusal is not None:
                self.pipelining.out_of_step()
                self.lose(f"it refused MAIL and took RCPT ({self._refusal})")
            elif not self.pipelining.on:
                self._say(DATA, b"DATA\r\n")
        elif command == QUIT:
            self.lose("closed by us")
        elif code == 421:
            self.lose(str(as_reply(code, text, command or "nothing")))
        elif command == RSET and code >= 300:
            self.lose(f"it refused RSET: {as_reply(code, text, RSET)}")

    def _note(self, reply: Reply) -> None:
        """MAIL or RCPT was refused; within a group its DATA has yet to be answered."""
        if self._refusal is None:
            self._refusal = reply
        if not self.pipelining.on or reply.code == 421:
            self._refuse_announced(self._refusal)

    def _data_answered(self, code: int, text: bytes) -> None:
        self.pipelining.answered()
        if code >= 400:
            self._refuse_announced(self._refusal or as_reply(code, text, DATA))
            return
        self._open = False
        if self._refusal is not None:
            # RFC 2920 §3.1: it wants a message all the same. The answer to it says nothing.
            self._empty_due = True
            self._refuse_announced(self._refusal)
            return
        self._go_ahead()

    def _go_ahead(self) -> None:
        """The server waits for the announced one's content."""
        parcel = self._announced
        assert parcel is not None
        if self._stopping:
            return
        if self._source.fresh(parcel):
            self._write_content(parcel)
        else:
            self.watchdog.wait(inf)  # it is we who take their time
            self.renewing = self._loop.create_task(self._renew(parcel))

    async def _renew(self, parcel: Parcel) -> None:
        try:
            kept = await self._source.renew(parcel)
        except Exception as error:  # noqa: BLE001  as in `act`
            self._announced = None  # nobody knows whose it is now
            self._fail(error)
            return
        finally:
            self.renewing = None
        self.act(lambda: self._renewed(parcel, kept=kept))

    def _renewed(self, parcel: Parcel, *, kept: bool) -> None:
        if not kept:
            self._announced = None
            self.lose("its go-ahead came too late to be used")
        elif self._dead is not None:
            self._give_back(self._dead)
        elif not self._stopping:
            self._write_content(parcel)
        self.settle()

    # --- What becomes of a parcel ----------------------------------------------------------------

    def _refuse_announced(self, reply: Reply) -> None:
        parcel, self._announced, self._refusal = self._announced, None, None
        assert parcel is not None
        self._refuse(parcel, reply)

    def _refuse(self, parcel: Parcel, reply: Reply) -> None:
        """4xx or 5xx; a conversation that it ends or puts in doubt is dropped."""
        outcome = outcome_of(reply)
        if self.pipelining.on and out_of_turn(reply):
            self.pipelining.broke = True
            outcome = Deferred(Fault.RELAY, str(reply), reply)
        self._source.done(parcel, outcome)
        if isinstance(outcome, Deferred) and outcome.fault is Fault.RELAY:
            self._stopping = str(reply)  # the next one would fare no better
            if reply.code == 421 or reply.code >= 500:
                self.lose(str(reply))

    def _interrupted(self, reply: Reply, *, alone: bool) -> None:
        """It answered before it had the whole message, which it will never get now."""
        parcel, self._under = self._under, None
        assert parcel is not None
        why = f"it answered before it had the whole message: {reply}"
        refused = alone and reply.code >= 400
        self._source.done(
            parcel, outcome_of(reply) if refused else nothing_accepted(self._where, why)
        )
        self.lose(why)

    def _give_back(self, why: str) -> None:
        parcel, self._announced, self._refusal = self._announced, None, None
        if parcel is not None:
            self._source.done(parcel, not_begun(self._where, why))

    def lose(self, why: str) -> None:
        """Drop the connection at once. What has not left yet never will."""
        if self._dead is not None:
            return
        self._dead = why
        self._outgoing.drop()
        try:
            parcel, self._under = self._under, None
            if parcel is not None:
                outcome = nothing_accepted if self._outgoing.held else unanswered
                self._source.done(parcel, outcome(self._where, why))
            if self.renewing is None:
                self._give_back(why)
        finally:
            if not self.ended.done():
                self.ended.set_result(None)

    def _fail(self, error: Exception) -> None:
        """What the source raised ends it all."""
        if self.error is None:
            self.error = error
        self.lose(f"a fault of our own ({error!r})")

    # --- What goes out ---------------------------------------------------------------------------

    def settle(self) -> None:
        """See whose turn it is, and go on if it is ours."""
        if self._dead is not None or self.renewing is not None:
            return
        if self._stopping:
            self._wind_up()
        elif self._under is None and self._announced is None and not self._expected:
            self._proceed()

    def _wind_up(self) -> None:
        """Give back what has not begun; when nothing is under way, say QUIT or hang up."""
        amid = bool(self._expected) or self._empty_due or self._announced is not None
        self._give_back(self._stopping)
        if self._under is not None or QUIT in self._expected:
            return
        if amid:
            self.lose(self._stopping)
        else:
            self._say(QUIT, b"QUIT\r\n")

    def _proceed(self) -> None:
        """Open the next transaction, having ended the last one; or QUIT, or wait."""
        before = b""
        if self._empty_due:
            self._empty_due = False
            self._expected.append(EMPTY)
            before = b".\r\n"
        elif self._open and self._intake.open and not self.pipelining.on:
            self._open = False
            self._say(RSET, b"RSET\r\n")
            return
        taken = self._intake.take()
        if taken is None:
            if before:
                self._write(before, self._limits.command)
            elif self._intake.open:
                self._idle = True
                self.watchdog.wait(self._idle_limit)
            else:
                self._say(QUIT, b"QUIT\r\n")
            return
        self._announced, mail, self._rcpt = taken
        if not self.pipelining.on:
            self._say(MAIL, mail)
            return
        if self._open:
            self._open = False
            self._expected.append(RSET)
            before = b"RSET\r\n"
        self._expected.extend(GROUP)
        self.pipelining.written(joined=False)
        self._write(b"".join((before, mail, self._rcpt, b"DATA\r\n")), self._limits.command)

    def _write_content(self, parcel: Parcel) -> None:
        """The message with its final dot, and what may travel with it."""
        taken = self._intake.take() if self.pipelining.on else None
        self._announced, self._under = None, parcel
        self._expected.append(DOT)
        after = 0
        if taken is None:
            data = parcel.content + b".\r\n"
        else:
            self._announced, mail, rcpt = taken
            self._expected.extend(GROUP)
            self.pipelining.written(joined=True)
            self._steady = True
            after = len(mail) + len(rcpt) + 6
            data = b"".join((parcel.content, b".\r\n", mail, rcpt, b"DATA\r\n"))
        if not self._outgoing.message(data, after):
            self.lost("the connection was lost before anything was written")
        elif self._outgoing.held:
            self.watchdog.wait(self._limits.block)
        else:
            self.watchdog.wait(self._limits.final)

    def _say(self, command: str, line: bytes) -> None:
        """One command by itself."""
        self._expected.append(command)
        limits = self._limits
        limit = {DATA: limits.data, QUIT: limits.quit}.get(command, limits.command)
        self._write(line, limit)

    def _write(self, data: bytes, limit: float) -> None:
        """One or more commands."""
        self._idle = False
        if self._outgoing.command(data):
            self.watchdog.wait(limit)
        else:
            self.lost("the connection was lost before anything was written")

    def resumed(self) -> None:
        """Our own buffer is empty, but for what follows the last dot."""
        if self._outgoing.held and self._dead is None:
            self._outgoing.resume()
            if not self._outgoing.held:
                self.watchdog.wait(self._limits.final)

    # --- What does not come ----------------------------------------------------------------------

    def _too_late(self) -> None:
        limit = self.watchdog.limit
        if self._outgoing.held:
            if self._outgoing.moved():
                self.watchdog.wait(limit)
            else:
                self.lose(f"it took none of the message for {limit:g} s")
        elif self._idle:
            self._idle = False
            self._intake.close()
            self.settle()
        else:
            self.pipelining.swallowed()
            self.lost(f"no answer to {self._expected[0] or '.'} within {limit:g} s")

    def lost(self, why: str) -> None:
        """The connection is lost, and it was not our doing."""
        if self._dead is None and DATA in self._expected:
            self.pipelining.lost(dot_unanswered=self._under is not None)
        self.lose(why)
