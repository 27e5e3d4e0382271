"""A worker against servers that misbehave: what was sent is counted at the server."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import monotonic, sleep

import newsletter_kit as kit
import pytest
from newsletter_kit import Install
from smtp_script import RESET, TAKE_AND_RESET, Pause, ScriptedServer, Talk

from newsletter.delivery import clerk, health, limits
from newsletter.delivery.marking import WorkerEnded
from newsletter.errors import RelayError
from newsletter.installation import Installation
from newsletter.jobs import auditing, sending, steering
from newsletter.jobs.steering import Verdict
from newsletter.models import DeliveryState, IssueState, Relay, RelayState
from newsletter.models import Worker as WorkerRow
from subscribers import leaving
from subscribers.models import MailingList, OnUnknown

UNLUCKY = "reader1@valmont.example"

# Where only the server matters, one database tells as much as two.
one_database = pytest.mark.parametrize("install", ["sqlite"], indirect=True)


@pytest.fixture
def sender(install: Install, server: ScriptedServer, now: datetime) -> Callable[..., Installation]:
    """An installation with a frozen letter in its queue."""

    def make(
        readers: int = 6, *, on_unknown: OnUnknown = OnUnknown.RETRY, **relay: object
    ) -> Installation:
        inst = install(readers, **({"port": server.port, "connections": 2} | relay))
        kit.change(inst, MailingList, {"on_unknown": on_unknown})
        kit.frozen_letter(inst, now=now)
        return inst

    return make


def unlucky(verb: str, reply: str | Pause, *, times: int = 1) -> Callable[..., str | Pause | None]:
    """So answers `verb` for one recipient, the first so many times."""
    left = [times]

    def answer(talk: Talk, said: str, argument: str) -> str | Pause | None:
        if said == verb and talk.recipient == UNLUCKY and left[0]:
            left[0] -= 1
            return reply
        return None

    return answer


def the_relay(inst: Installation) -> Relay:
    with inst.database.read() as session:
        return session.get_one(Relay, "local")


def run(inst: Installation, **options: object) -> None:
    asyncio.run(kit.a_worker(inst, **options).run())


def resume(inst: Installation) -> None:
    with inst.database.write() as session:
        limits.resume(session, "local", datetime.now(UTC))


# --- What a server says of one recipient -------------------------------------------------------


def test_a_4xx_is_tried_again_later_and_then_sent(
    sender: Callable[..., Installation], server: ScriptedServer
) -> None:
    inst = sender()
    server.answer = unlucky("RCPT", "450 4.2.0 greylisted, come back")
    sending.deliver(inst)
    assert kit.states(inst) == {"sent": 5, "deferred": 1}
    waiting = kit.the_delivery(inst, UNLUCKY)
    assert waiting.due_at is not None
    assert waiting.due_at > datetime.now(UTC) + timedelta(minutes=3)
    assert (waiting.code, waiting.tries) == (450, 1)
    assert "greylisted, come back" in waiting.reply
    kit.let_time_pass(inst, DeliveryState.DEFERRED)
    sending.deliver(inst)
    assert set(server.recipients.values()) == {1}
    audit = auditing.audit_issue(inst, "hebdo/1")
    assert audit.balanced
    assert audit.issue.state is IssueState.SENT


@one_database
@pytest.mark.parametrize("verb", ["RCPT", "."])
def test_a_550_ends_one_delivery_and_no_other(
    sender: Callable[..., Installation], server: ScriptedServer, verb: str
) -> None:
    inst = sender()
    server.answer = unlucky(verb, "550 5.1.1 no such mailbox")
    sending.deliver(inst)
    assert kit.states(inst) == {"sent": 5, "failed": 1}
    failed = kit.the_delivery(inst, UNLUCKY)
    assert (failed.code, failed.due_at) == (550, None)
    assert "no such mailbox" in failed.reply
    assert auditing.audit_issue(inst, "hebdo/1").balanced


# --- What it says of itself --------------------------------------------------------------------


@one_database
def test_a_421_in_mid_session_charges_nobody(
    sender: Callable[..., Installation], server: ScriptedServer
) -> None:
    inst = sender(12)
    server.answer = lambda talk, verb, _: (
        "421 4.3.2 enough for now" if verb == "MAIL" and talk.messages == 2 else None
    )
    sending.deliver(inst)
    assert kit.states(inst) == {"sent": 12}
    assert {d.tries for d in kit.deliveries(inst)} == {1}
    assert len(server.talks) >= 6
    assert the_relay(inst).failures == 0


@one_database
def test_a_connection_closed_after_each_message_loses_nothing(
    sender: Callable[..., Installation], server: ScriptedServer
) -> None:
    inst = sender(10)
    server.answer = lambda talk, verb, _: RESET if verb == "MAIL" and talk.messages else None
    sending.deliver(inst)
    assert kit.states(inst) == {"sent": 10}
    assert set(server.recipients.values()) == {1}


def test_a_relay_that_stops_taking_mail_is_left_to_rest(
    sender: Callable[..., Installation], server: ScriptedServer
) -> None:
    """451 to MAIL, connection kept: not asked again and again at full speed."""
    inst = sender(12, connections=1)
    server.answer = lambda _, verb, __: (
        "451 4.3.1 disk full" if verb == "MAIL" and len(server.taken) >= 4 else None
    )
    worker = kit.a_worker(inst, drain=False)

    def stop_soon() -> None:
        deadline = monotonic() + 20
        while the_relay(inst).state is not RelayState.RESTING and monotonic() < deadline:
            sleep(0.02)
        sleep(1)  # in which it is not asked again
        worker.stop()

    threading.Thread(target=stop_soon).start()
    asyncio.run(worker.run())
    assert kit.states(inst) == {"sent": 4, "queued": 8}
    assert sum(talk.verbs.count("MAIL") for talk in server.talks) <= 4 + 2 * 3
    assert the_relay(inst).state is RelayState.RESTING
    assert "disk full" in the_relay(inst).problem
    assert {d.tries for d in kit.deliveries(inst, state=DeliveryState.QUEUED)} == {0}


@one_database
@pytest.mark.parametrize("verb", ["EHLO", "MAIL", "RCPT", "DATA"])
def test_a_reset_before_the_content_is_tried_again_without_a_double(
    sender: Callable[..., Installation], server: ScriptedServer, verb: str
) -> None:
    inst = sender(6, connections=1)
    left = [1]

    def answer(talk: Talk, said: str, argument: str) -> str | None:
        if said == verb and len(server.taken) == 2 * (verb != "EHLO") and left[0]:
            left[0] -= 1
            return RESET
        return None

    server.answer = answer
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(health, "FIRST_REST", timedelta(seconds=0.1))
        sending.deliver(inst)
    assert left == [0]
    assert kit.states(inst) == {"sent": 6}
    assert set(server.recipients.values()) == {1}
    assert {d.tries for d in kit.deliveries(inst)} == {1}


@pytest.mark.parametrize("taken", [True, False], ids=["taken", "not taken"])
def test_a_reset_after_the_dot_is_unknown_and_tried_with_the_same_bytes(
    sender: Callable[..., Installation], server: ScriptedServer, taken: bool
) -> None:
    inst = sender()
    first: list[bytes] = []
    server.answer = unlucky(".", TAKE_AND_RESET if taken else RESET)
    sending.deliver(inst)
    assert kit.states(inst) == {"sent": 5, "unknown": 1}
    unknown = kit.the_delivery(inst, UNLUCKY)
    assert unknown.due_at is not None
    assert unknown.due_at > datetime.now(UTC) + timedelta(minutes=10)
    first += [t.content for t in server.taken if t.recipient == UNLUCKY]
    assert not auditing.audit_issue(inst, "hebdo/1").balanced
    assert unknown.issue_id is not None
    assert kit.the_issue(inst, unknown.issue_id).state is IssueState.SENDING
    sending.deliver(inst)  # too early: nothing moves
    assert kit.states(inst) == {"sent": 5, "unknown": 1}

    sleep(1.1)  # a Date header of its own would show
    kit.let_time_pass(inst, DeliveryState.UNKNOWN)
    sending.deliver(inst)
    copies = [t.content for t in server.taken if t.recipient == UNLUCKY]
    assert len(copies) == 1 + taken
    assert len(set(copies)) == 1
    assert copies[0].count(b"\r\nDate: ") == copies[0].count(b"\r\nMessage-ID: ") == 1
    assert auditing.audit_issue(inst, "hebdo/1").balanced


@pytest.mark.parametrize(("verdict", "left"), [("sent", "sent"), ("failed", "failed")])
def test_a_held_unknown_waits_for_the_admin(
    sender: Callable[..., Installation],
    server: ScriptedServer,
    now: datetime,
    verdict: Verdict,
    left: str,
) -> None:
    inst = sender(on_unknown=OnUnknown.HOLD)
    server.answer = unlucky(".", TAKE_AND_RESET)
    sending.deliver(inst)
    assert kit.let_time_pass(inst, *DeliveryState) == 0
    sending.deliver(inst)
    assert server.recipients[UNLUCKY] == 1
    audit = auditing.audit_issue(inst, "hebdo/1")
    assert [owed.address for owed in audit.unknown] == [UNLUCKY]
    assert "the final dot was already sent" in audit.unknown[0].reply
    assert steering.settle(inst, "hebdo/1", verdict=verdict, now=now, actor="t") == 1
    assert kit.the_delivery(inst, UNLUCKY).state.value == left
    assert auditing.audit_issue(inst, "hebdo/1").balanced
    assert auditing.audit_issue(inst, "hebdo/1").issue.state is IssueState.SENT


def test_a_held_unknown_can_be_tried_again_by_the_admin(
    sender: Callable[..., Installation], server: ScriptedServer, now: datetime
) -> None:
    inst = sender(on_unknown=OnUnknown.HOLD)
    server.answer = unlucky(".", RESET)
    sending.deliver(inst)
    assert steering.settle(inst, "hebdo/1", verdict="retry", now=now, actor="t") == 1
    sending.deliver(inst)
    assert set(server.recipients.values()) == {1}
    assert len(server.taken) == 6


@one_database
def test_a_relay_that_is_down_is_told_once_and_nothing_is_lost(
    sender: Callable[..., Installation],
    server: ScriptedServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(health, "FIRST_REST", timedelta(seconds=0.1))
    monkeypatch.setattr(clerk, "IDLE_SECONDS", 0.1)
    inst = sender()
    server.close()
    with pytest.raises(RelayError) as caught:
        sending.deliver(inst)
    said = str(caught.value)
    assert "\n" not in said
    assert "relay 'local' is resting" in said
    assert "6 messages wait, nothing is lost" in said
    assert kit.states(inst) == {"queued": 6}
    assert {d.tries for d in kit.deliveries(inst)} == {0}
    with ScriptedServer() as mended:
        relay = inst.config.relays[0].model_copy(update={"port": mended.port})
        config = inst.config.model_copy(update={"relays": (relay,)})
        resume(inst)
        sending.deliver(Installation(config, inst.database))
        assert len(mended.taken) == 6


@one_database
def test_a_wrong_password_pauses_the_relay_and_charges_nobody(
    sender: Callable[..., Installation], server: ScriptedServer
) -> None:
    wrong = True

    def answer(talk: Talk, verb: str, argument: str) -> str | None:
        if verb == "EHLO":
            return "250-mx.valmont.example\r\n250 AUTH PLAIN"
        if verb == "AUTH":
            return "535 5.7.8 authentication failed" if wrong else "235 2.7.0 welcome"
        return None

    server.answer = answer
    inst = sender(username="courrier", password="canary-1234")
    with pytest.raises(RelayError) as caught:
        sending.deliver(inst)
    assert "is paused" in str(caught.value)
    assert "canary" not in str(caught.value)
    assert the_relay(inst).state is RelayState.PAUSED
    assert kit.states(inst) == {"queued": 6}
    assert {d.tries for d in kit.deliveries(inst)} == {0}
    asked = len(server.talks)
    with pytest.raises(RelayError):
        sending.deliver(inst)
    assert len(server.talks) == asked  # paused: not even asked
    wrong = False
    resume(inst)
    sending.deliver(inst)
    assert len(server.taken) == 6


# --- The mark, in time -------------------------------------------------------------------------


def test_a_mark_that_grew_old_is_renewed(
    sender: Callable[..., Installation], server: ScriptedServer
) -> None:
    inst = sender(2, connections=1)
    server.answer = unlucky("DATA", Pause(1.2))
    sending.deliver(inst)
    assert kit.states(inst) == {"sent": 2}
    assert {d.tries for d in kit.deliveries(inst)} == {1}


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
def test_an_unsubscribe_while_the_server_is_slow_stops_the_message(
    sender: Callable[..., Installation], server: ScriptedServer, now: datetime, verb: str
) -> None:
    inst = sender(3, connections=1)
    asked = threading.Event()

    def answer(talk: Talk, said: str, argument: str) -> Pause | None:
        if said == verb and (UNLUCKY in (talk.recipient, argument) or verb == "MAIL"):
            asked.set()
            return Pause(1.2)
        return None

    server.answer = answer

    def leave() -> None:
        asked.wait(10)
        with inst.database.write() as session:
            reader = kit.subscription_of(session, UNLUCKY)
            leaving.unsubscribe(session, reader, source="page", now=now)

    person = threading.Thread(target=leave)
    person.start()
    sending.deliver(inst)
    person.join()
    assert kit.states(inst) == {"sent": 2, "cancelled": 1}
    assert UNLUCKY not in server.recipients
    assert kit.the_delivery(inst, UNLUCKY).tries == 0


def test_a_worker_declared_dead_sends_no_more(
    sender: Callable[..., Installation], server: ScriptedServer, now: datetime
) -> None:
    inst = sender(30, connections=1)

    def answer(talk: Talk, verb: str, argument: str) -> None:
        if verb == "." and len(server.taken) == 4:
            kit.change(inst, WorkerRow, {"ended_at": now})

    server.answer = answer
    with pytest.raises(WorkerEnded):
        run(inst)
    assert len(server.taken) <= 4 + 4  # what was marked already
    assert kit.states(inst)["claimed"] >= 20 - 8


# --- Limits ------------------------------------------------------------------------------------


@one_database
def test_a_connection_carries_as_many_messages_as_it_may(
    sender: Callable[..., Installation], server: ScriptedServer
) -> None:
    inst = sender(20, connections=2, messages_per_connection=3)
    sending.deliver(inst)
    assert len(server.taken) == 20
    assert max(talk.messages for talk in server.talks) == 3
    assert server.most_open <= 2
    assert [t.verbs[-1] for t in server.talks if t.messages] == ["QUIT"] * len(
        [t for t in server.talks if t.messages]
    )


def test_never_more_than_four_a_connection_are_transmitting(
    sender: Callable[..., Installation], server: ScriptedServer
) -> None:
    inst = sender(150, connections=3)
    seen: list[int] = []
    over = threading.Event()

    def look() -> None:
        while not over.is_set():
            seen.append(kit.states(inst).get("transmitting", 0))

    server.answer = lambda _, verb, __: Pause(0.004) if verb == "." else None
    looking = threading.Thread(target=look)
    looking.start()
    sending.deliver(inst)
    over.set()
    looking.join()
    assert len(server.taken) == 150
    assert max(seen) <= 4 * 3
    assert max(seen) >= 3  # we did look while it was sending


def test_the_rate_holds_over_two_workers(
    sender: Callable[..., Installation], server: ScriptedServer
) -> None:
    inst = sender(40, rate=25)
    began = monotonic()
    threads = [threading.Thread(target=run, args=(inst,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(server.taken) == 40
    took = max(t.data_at for t in server.taken) - began
    assert took >= (40 - 25) / 25  # a second's worth may have been saved up
    moments = sorted(t.data_at for t in server.taken)
    for first, last in zip(moments, moments[30:], strict=False):
        assert last - first > 0.1  # never more than 25 and a little at once


def test_several_workers_that_start_together_send_each_message_once(
    sender: Callable[..., Installation], server: ScriptedServer
) -> None:
    inst = sender(60)
    threads = [threading.Thread(target=run, args=(inst,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(server.taken) == 60
    assert set(server.recipients.values()) == {1}
    assert auditing.audit_issue(inst, "hebdo/1").balanced


# --- An editor's hand while it sends -----------------------------------------------------------


def test_what_was_under_way_when_the_issue_was_cancelled_ends_too(
    sender: Callable[..., Installation], server: ScriptedServer, now: datetime
) -> None:
    inst = sender(20, connections=1)
    begun = threading.Event()

    def answer(talk: Talk, verb: str, argument: str) -> Pause | None:
        if verb == "RCPT":
            begun.set()
            return Pause(0.3, "451 4.2.1 later")
        return None

    server.answer = answer

    def cancel() -> None:
        begun.wait(10)
        steering.cancel(inst, "hebdo/1", reason="a mistake", now=now, actor="t")

    editor = threading.Thread(target=cancel)
    editor.start()
    sending.deliver(inst)
    editor.join()
    assert kit.states(inst) == {"cancelled": 20}
    assert auditing.audit_issue(inst, "hebdo/1").balanced
    assert server.taken == []


def test_a_paused_issue_goes_on_where_it_stopped(
    sender: Callable[..., Installation], server: ScriptedServer, now: datetime
) -> None:
    inst = sender(30, connections=1)
    begun = threading.Event()

    def answer(talk: Talk, verb: str, argument: str) -> Pause | None:
        if verb == "." and len(server.taken) >= 5:
            begun.set()
        return Pause(0.005)

    server.answer = answer

    def pause() -> None:
        begun.wait(10)
        steering.pause(inst, "hebdo/1", reason="a mistake", now=now, actor="t")

    editor = threading.Thread(target=pause)
    editor.start()
    sending.deliver(inst)
    editor.join()
    sent = len(server.taken)
    assert 5 <= sent < 30
    assert kit.states(inst) == {"sent": sent, "queued": 30 - sent}
    steering.resume(inst, "hebdo/1", now=now, actor="t")
    sending.deliver(inst)
    assert set(server.recipients.values()) == {1}
    assert len(server.taken) == 30
