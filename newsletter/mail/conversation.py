"""A connection to a relay that carries one message after another, one recipient each.

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
from collections.abc import Callable
from math import inf
from socket import SO_SNDBUF, SOL_SOCKET
from typing import Self

from newsletter.errors import MessageError
from newsletter.mail.carrying import Nothing, Parcel, Source
from newsletter.mail.commands import Commands
from newsletter.mail.hearing import Hearing, as_reply
from newsletter.mail.opening import Opened, open_transport
from newsletter.mail.pipelining import GROUP_SECONDS, out_of_turn
from newsletter.mail.replies import (
    Accepted,
    Deferred,
    Fault,
    Outcome,
    Rejected,
    Reply,
    Unknown,
    outcome_of,
)
from newsletter.mail.settings import RelaySettings

__all__ = ["Connection"]

# What a reply can be awaited for. EMPTY is the dot of a message that nobody is to get.
_MAIL, _RCPT, _DATA, _DOT, _RSET, _EMPTY, _QUIT = "MAIL", "RCPT", "DATA", ".", "RSET", "", "QUIT"
_GROUP = (_MAIL, _RCPT, _DATA)

_SEND_BUFFER = 256 * 1024  # so a usual message leaves in one piece
_SLACK = 2  # the dot's own CRLF: some servers take the message without it
_TLS_SLACK = 4096  # what encryption may add to what follows the dot


class Connection(asyncio.Protocol):
    """An open, authenticated connection to one relay; `carry` or `close` may be called once.

    `broke_pipelining`: the server offered PIPELINING and cannot do it, or it looks so; the next
    connection should be opened with `pipelining=False`.
    """

    def __init__(self, settings: RelaySettings, opened: Opened) -> None:
        self.settings = settings
        self.extensions = opened.extensions
        self.broke_pipelining = False
        self._loop = asyncio.get_running_loop()
        self._transport = opened.transport
        self._commands = Commands(opened.extensions, settings.where)
        self._hearing = Hearing()
        self._dead: str | None = None  # why nothing can be said any more
        self._error: Exception | None = None  # what the source raised

        self._source: Source = Nothing()
        self._room = 0  # how many messages may still be taken
        self._idle_limit = 0.0  # seconds
        self._ended: asyncio.Future[None] | None = None  # what carry() waits for
        self._stopping = False
        self._working = False  # a callback is at work, and looks at what changed at its end

        self._announced: Parcel | None = None  # taken, and its content not begun
        self._rcpt = b""  # its RCPT, until MAIL was answered by itself
        self._refusal: Reply | None = None  # of its MAIL or RCPT, until DATA was answered
        self._under: Parcel | None = None  # its content was written, its dot not yet answered
        self._held = False  # that dot is still in our own buffer
        self._renewing: asyncio.Task[None] | None = None
        self._open = False  # the server knows of a transaction that only RSET or DATA can end
        self._empty_due = False  # it waits for a message that nobody is to get
        self._idle = False
        self._expected: deque[str] = deque()  # what is still to be answered

        self._pipelining = settings.pipelining and "pipelining" in opened.extensions
        self._grouped = False  # a group was written on this connection
        self._joined = False  # the last group travelled behind a dot
        self._proven = {True: False, False: False}  # by joined: such a group was answered in full
        self._hurried = False  # a part of a group was answered

        limits = self._limits = settings.limits
        self._limit = self._deadline = inf
        self._unsent = 0  # bytes in our buffer when its progress was last looked at
        self._timer: asyncio.TimerHandle | None = None
        # The watchdog looks at least this often, so a deadline that moves need not tell it.
        self._interval = min(limits.command, limits.data, limits.block, limits.final, GROUP_SECONDS)
        over_tls = self._transport.get_extra_info("ssl_object") is not None
        self._slack = _TLS_SLACK if over_tls else _SLACK
        sock = self._transport.get_extra_info("socket")
        if sock.getsockopt(SOL_SOCKET, SO_SNDBUF) < _SEND_BUFFER:
            sock.setsockopt(SOL_SOCKET, SO_SNDBUF, _SEND_BUFFER)
        self._transport.set_protocol(self)

    @classmethod
    async def open(cls, settings: RelaySettings) -> Self:
        """Connect, encrypt, introduce and log in; raises RelayError."""
        return cls(settings, await open_transport(settings))

    async def carry(self, source: Source, *, most: int, idle: float) -> None:
        """Carry what `source` gives until `most` were taken, it had nothing for `idle` seconds,
        `stop()`, a fault of the relay, or the connection is lost. It is closed afterwards.

        Cancelling drops the connection before anything else; even then each parcel is told
        `done`, but for one whose mark is just being renewed. What `source` raises also drops
        the connection, and is raised.
        """
        if self._dead is not None:
            return
        self._source, self._room, self._idle_limit = source, most, idle
        self._ended = self._loop.create_future()
        renewing = None
        try:
            self._act(self._settle)
            await self._ended
            renewing = self._renewing
            if renewing is not None:
                await renewing
            if self._error is not None:
                raise self._error
        except BaseException:
            self._lose("interrupted by us")
            if self._renewing is not None:
                self._renewing.cancel()
                await asyncio.wait([self._renewing])
            raise
        finally:
            if self._timer is not None:
                self._timer.cancel()

    def offer(self) -> None:
        """There may be something to take."""
        if self._idle and not self._working:
            self._act(self._settle)

    def stop(self) -> None:
        """Take nothing more; `carry` returns when what is under way has ended.

        A parcel whose content has not begun comes back as Deferred, "not begun".
        """
        self._stopping = True
        if self._ended is not None and not self._working:
            self._act(self._settle)

    async def close(self) -> None:
        """Say QUIT, where nothing is to be carried."""
        await self.carry(Nothing(), most=0, idle=0)

    def _act(self, step: Callable[[], None]) -> None:
        """Run `step`; what the source raised in it is what carry() raises."""
        self._working = True
        try:
            step()
        except Exception as error:  # noqa: BLE001  a callback has nobody to raise it to
            self._fail(error)
        finally:
            self._working = False

    # --- What comes in -------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        self._working = True
        try:
            self._hear(data)
            self._settle()
        except Exception as error:  # noqa: BLE001  as in `_act`, without its call
            self._fail(error)
        finally:
            self._working = False

    def _hear(self, data: bytes) -> None:
        """Understand all that came before acting on any of it: its end may put it in doubt."""
        if self._dead is not None:
            return
        replies, expected = self._hearing.feed(data), self._expected
        doubt = self._hearing.garbled
        for number, (code, text) in enumerate(replies):
            if code == 421:  # at any time (RFC 5321 §3.8), and nothing counts after it
                del replies[number + 1 :]
                doubt = None
                break
            if number >= len(expected):
                doubt = f"a reply to nothing: {as_reply(code, text, '')}"
                break
            # 3xx answers DATA and nothing else, 2xx anything but DATA.
            if code < 400 and (code >= 300) != (expected[number] == _DATA):
                doubt = f"{as_reply(code, text, expected[number])}: not an answer to that"
                break
        if doubt is not None:
            self.broke_pipelining |= self._pipelining and self._grouped
            self._lose(doubt)
        elif replies and self._held:
            self._interrupted(as_reply(*replies[0], _DOT), alone=len(replies) == 1)
        else:
            partial = 0 < len(replies) < len(expected)
            for code, text in replies:
                self._answered(expected.popleft() if expected else None, code, text)
                if self._dead is not None or (self._stopping and self._under is None):
                    return
            if partial and not self._hurried:
                self._hurried = True
                self._set_limit(min(self._limits.command, GROUP_SECONDS))

    def _answered(self, command: str | None, code: int, text: bytes) -> None:
        """One reply, that fits its command; None: a 421 to nothing."""
        if command == _DOT:
            parcel, self._under = self._under, None
            assert parcel is not None
            if code < 300:
                self._source.done(parcel, Accepted(as_reply(code, text, _DOT)))
            else:
                self._refuse(parcel, as_reply(code, text, _DOT))
        elif command == _DATA:
            self._data_answered(code, text)
        elif command in (_MAIL, _RCPT):
            if code >= 400:
                self._note(as_reply(code, text, command))
            elif command == _MAIL:
                self._open = True
                if not self._pipelining:
                    self._say(_RCPT, self._rcpt)
            elif self._refusal is not None:
                self.broke_pipelining = True
                self._lose(f"it refused MAIL and took RCPT ({self._refusal})")
            elif not self._pipelining:
                self._say(_DATA, b"DATA\r\n")
        elif command == _QUIT:
            self._lose("closed by us")
        elif code == 421:
            self._lose(str(as_reply(code, text, command or "nothing")))
        elif command == _RSET and code >= 300:
            self._lose(f"it refused RSET: {as_reply(code, text, _RSET)}")

    def _note(self, reply: Reply) -> None:
        """MAIL or RCPT was refused; within a group its DATA has yet to be answered."""
        if self._refusal is None:
            self._refusal = reply
        if not self._pipelining or reply.code == 421:
            self._refuse_announced(self._refusal)

    def _data_answered(self, code: int, text: bytes) -> None:
        self._proven[self._joined] = True
        if code >= 400:
            self._refuse_announced(self._refusal or as_reply(code, text, _DATA))
            return
        self._open = False
        if self._refusal is not None:
            # RFC 2920 §3.1: it wants a message all the same. The answer to it says nothing.
            self._empty_due = True
            self._refuse_announced(self._refusal)
            return
        parcel = self._announced
        assert parcel is not None
        if self._stopping:
            return
        if self._source.fresh(parcel):
            self._write_content(parcel)
        else:
            self._set_limit(inf)  # it is we who take their time
            self._renewing = self._loop.create_task(self._renew(parcel))

    async def _renew(self, parcel: Parcel) -> None:
        try:
            kept = await self._source.renew(parcel)
        except Exception as error:  # noqa: BLE001  as in `_act`
            self._announced = None  # nobody knows whose it is now
            self._fail(error)
            return
        finally:
            self._renewing = None
        self._act(lambda: self._renewed(parcel, kept=kept))

    def _renewed(self, parcel: Parcel, *, kept: bool) -> None:
        if not kept:
            self._announced = None
            self._lose("its go-ahead came too late to be used")
        elif self._dead is not None:
            self._give_back(self._dead)
        elif not self._stopping:
            self._write_content(parcel)
        self._settle()

    # --- What becomes of a parcel ----------------------------------------------------------------

    def _refuse_announced(self, reply: Reply) -> None:
        parcel, self._announced, self._refusal = self._announced, None, None
        assert parcel is not None
        self._refuse(parcel, reply)

    def _refuse(self, parcel: Parcel, reply: Reply) -> None:
        """4xx or 5xx; a conversation that it ends or puts in doubt is dropped."""
        outcome = outcome_of(reply)
        if self._pipelining and reply.command != _DOT and out_of_turn(reply):
            self.broke_pipelining = True
            outcome = Deferred(Fault.RELAY, str(reply), reply)
        self._source.done(parcel, outcome)
        if isinstance(outcome, Deferred) and outcome.fault is Fault.RELAY:
            self._stopping = True  # the next one would fare no better
            if reply.code == 421 or reply.code >= 500:
                self._lose(str(reply))

    def _interrupted(self, reply: Reply, *, alone: bool) -> None:
        """It answered before it had the whole message, which it will never get now."""
        parcel, self._under = self._under, None
        assert parcel is not None
        why = f"it answered before it had the whole message: {reply}"
        refused = alone and reply.code >= 400
        self._source.done(parcel, outcome_of(reply) if refused else self._nothing_accepted(why))
        self._lose(why)

    def _give_back(self, why: str) -> None:
        parcel, self._announced, self._refusal = self._announced, None, None
        if parcel is not None:
            self._source.done(
                parcel, Deferred(Fault.RELAY, f"{self.settings.where}: {why}; not begun")
            )

    def _nothing_accepted(self, why: str) -> Outcome:
        return Deferred(Fault.RELAY, f"{self.settings.where}: {why}; nothing was accepted")

    def _lose(self, why: str) -> None:
        """Drop the connection at once. What has not left yet never will."""
        if self._dead is not None:
            return
        self._dead = why
        held = self._held
        # close() would first write what is left, perhaps the final dot.
        self._transport.abort()
        try:
            parcel, self._under = self._under, None
            if parcel is not None:
                self._source.done(
                    parcel,
                    self._nothing_accepted(why)
                    if held
                    else Unknown(f"{self.settings.where}: {why}; the final dot was already sent"),
                )
            if self._renewing is None:
                self._give_back(why)
        finally:
            if self._ended is not None and not self._ended.done():
                self._ended.set_result(None)

    def _fail(self, error: Exception) -> None:
        """What the source raised ends it all."""
        if self._error is None:
            self._error = error
        self._lose(f"a fault of our own ({error!r})")

    # --- What goes out ---------------------------------------------------------------------------

    def _settle(self) -> None:
        """See whose turn it is, and go on if it is ours."""
        if self._dead is not None or self._under is not None or self._renewing is not None:
            if self._stopping and self._dead is None and self._renewing is None:
                self._give_back("stopped by us")
            return
        if self._stopping:
            begun = bool(self._expected) or self._empty_due or self._announced is not None
            self._give_back("stopped by us")
            if _QUIT in self._expected:
                return
            if begun:
                self._lose("stopped by us")
            else:
                self._say(_QUIT, b"QUIT\r\n")
        elif not self._expected and self._announced is None:
            self._proceed()

    def _proceed(self) -> None:
        """Open the next transaction, having ended the last one; or QUIT, or wait."""
        before = b""
        if self._empty_due:
            before, command = b".\r\n", _EMPTY
        elif self._open:
            before, command = b"RSET\r\n", _RSET
        if before:
            self._empty_due = self._open = False
            if not self._pipelining:
                self._say(command, before)
                return
            self._expected.append(command)
        taken = self._take()
        if taken is None:
            if before:
                self._write(before, self._limits.command)
            elif self._room and not self._stopping:
                self._idle = True
                self._set_limit(self._idle_limit)
            else:
                self._say(_QUIT, b"QUIT\r\n")
            return
        self._announced, mail, self._rcpt = taken
        if self._pipelining:
            self._expected.extend(_GROUP)
            self._joined, self._grouped = False, True
            self._write(b"".join((before, mail, self._rcpt, b"DATA\r\n")), self._limits.command)
        else:
            self._say(_MAIL, mail)

    def _take(self) -> tuple[Parcel, bytes, bytes] | None:
        """The next one that this server can be asked for, with its MAIL and RCPT."""
        while self._room > 0 and not self._stopping:
            parcel = self._source.take()
            if parcel is None:
                return None
            self._room -= 1
            opening: tuple[bytes, bytes] | Rejected
            try:
                if parcel.content[-2:] != b"\r\n":  # then the dot would not be on its own
                    raise MessageError("the message does not end in CRLF; build it anew")
                opening = self._commands.open(parcel.envelope)
            except MessageError as error:
                opening = Rejected(Fault.MESSAGE, str(error))
            if not isinstance(opening, Rejected):
                return parcel, *opening
            self._source.done(parcel, opening)
        return None

    def _write_content(self, parcel: Parcel) -> None:
        """The message with its final dot, and what may travel with it."""
        taken = self._take() if self._pipelining else None
        self._announced, self._under = None, parcel
        self._expected.append(_DOT)
        if taken is None:
            self._write(parcel.content + b".\r\n", self._limits.final, after=0)
            return
        self._announced, mail, rcpt = taken
        self._expected.extend(_GROUP)
        self._joined = self._grouped = True
        data = b"".join((parcel.content, b".\r\n", mail, rcpt, b"DATA\r\n"))
        self._write(data, self._limits.final, after=len(mail) + len(rcpt) + 6)

    def _say(self, command: str, line: bytes) -> None:
        """One command by itself."""
        self._expected.append(command)
        limits = self._limits
        self._write(
            line,
            limits.data
            if command == _DATA
            else limits.quit
            if command == _QUIT
            else limits.command,
        )

    def _write(self, data: bytes, limit: float, after: int | None = None) -> None:
        """Write `data`, of which all but the last `after` bytes end with a final dot."""
        transport = self._transport
        transport.write(data)
        if transport.is_closing():
            self._held = after is not None
            self._lost("the connection was lost before anything was written")
            return
        self._idle = self._hurried = False
        if after is not None:
            left = transport.get_write_buffer_size()
            mark = after + self._slack
            if left > mark:
                # From here on `resume_writing` is called once the dot may have left.
                self._held = True
                self._unsent = left
                transport.set_write_buffer_limits(high=mark, low=mark)
                limit = self._limits.block
        self._set_limit(limit)

    def resume_writing(self) -> None:
        if self._held and self._dead is None:
            self._held = False
            self._set_limit(self._limits.final)

    # --- What does not come ----------------------------------------------------------------------

    def _set_limit(self, seconds: float) -> None:
        """How long may pass now until something happens."""
        self._limit = seconds
        self._deadline = self._loop.time() + seconds
        if self._timer is None or seconds < self._interval:
            self._watch()

    def _watch(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        when = min(self._deadline, self._loop.time() + self._interval)
        self._timer = self._loop.call_at(when, self._act, self._look)

    def _look(self) -> None:
        """The watchdog's round."""
        if self._dead is not None:
            return
        if self._loop.time() >= self._deadline:
            self._too_late()
        if self._dead is None:
            self._watch()

    def _too_late(self) -> None:
        if self._held:
            unsent = self._transport.get_write_buffer_size()
            if unsent < self._unsent:
                self._unsent = unsent
                self._set_limit(self._limit)
            else:
                self._lose(f"it took none of the message for {self._limit:g} s")
        elif self._idle:
            self._idle = False
            self._room = 0
            self._settle()
        else:
            self.broke_pipelining |= self._pipelining and self._hurried
            awaited = self._expected[0] or "."
            self._lost(f"no answer to {awaited} within {self._limit:g} s")

    def eof_received(self) -> bool:
        self._act(lambda: self._lost("the server closed the connection"))
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        why = f"the connection was lost ({exc})" if exc else "the connection was closed"
        self._act(lambda: self._lost(why))

    def _lost(self, why: str) -> None:
        """The connection is lost, and it was not our doing."""
        if self._dead is None and _DATA in self._expected and not self._proven[self._joined]:
            # Over the first group it got. Behind a dot that was answered it may be mere habit.
            suspect = self._under is not None or not self._joined
            self.broke_pipelining |= self._pipelining and suspect
        self._lose(why)
