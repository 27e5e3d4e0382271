"""Relays that break off, refuse, garble and lie, under a whole worker: what came is counted there.

Each is tried step by step and pipelined. Several faults are met in one run, each by a message of
its own, with whole ones between them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from time import monotonic

import newsletter_kit as kit
import pytest
from faults import (
    BOTH_WAYS,
    HURRIED,
    Sender,
    address,
    balanced,
    charged,
    everyone,
    impatient,
    make_sender,
    once,
    one_database,
    run,
    run_until_all_ended,
    said_to,
    the_relay,
)
from newsletter_kit import Install
from smtp_script import (
    CLOSE,
    RESET,
    SILENCE,
    TAKE_AND_CLOSE,
    TAKE_AND_RESET,
    Pause,
    Pipelining,
    Said,
    ScriptedServer,
    Within,
    drip,
)

from newsletter.models import Delivery, DeliveryState, Issue, RelayState
from subscribers.models import OnUnknown

pytestmark = one_database
pipelined = pytest.mark.parametrize("server", ["pipelined"], indirect=True)
step_by_step = pytest.mark.parametrize("server", ["step by step"], indirect=True)


@pytest.fixture(params=list(BOTH_WAYS))
def server(request: pytest.FixtureRequest) -> Iterator[ScriptedServer]:
    with ScriptedServer(extensions=BOTH_WAYS[request.param]) as server:
        yield server


@pytest.fixture
def sender(
    install: Install, server: ScriptedServer, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> Sender:
    impatient(monkeypatch)
    return make_sender(install, server, now)


# --- Before the content ------------------------------------------------------------------------

BROKEN: dict[str, Said] = {
    "reset": RESET,
    "closed": CLOSE,
    "421": "421 4.3.2 enough for now",
    "not SMTP": "what?",
    "two replies": "250 2.0.0 OK\r\n250 2.0.0 OK",
    "two codes": "250-2.0.0 OK\r\n550 5.1.1 no",
    "half a reply": (b"250 2.", CLOSE),
    "one more later": ("250 2.0.0 OK", Pause(0.03), "250 2.0.0 OK, again"),
}
GARBLED = 4  # of these: not SMTP, or more than one reply


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
def test_what_breaks_before_the_content_costs_nobody_a_try(
    sender: Sender, server: ScriptedServer, verb: str
) -> None:
    inst = sender(4 * len(BROKEN))
    server.answer = once(*((verb, 4 * n + 2, said) for n, said in enumerate(BROKEN.values())))
    run_until_all_ended(inst, but=DeliveryState.UNKNOWN)
    assert server.recipients == everyone(4 * len(BROKEN))
    assert charged(inst) == {1}
    # With replies too many, the one to a dot that was sent ahead of them is in doubt as well.
    assert kit.states(inst).get("unknown", 0) <= (GARBLED if server.pipelined else 0)
    run_until_all_ended(inst)
    assert set(server.recipients) == set(everyone(4 * len(BROKEN)))
    assert balanced(inst)


def test_a_tarpit_is_left_in_time(sender: Sender, server: ScriptedServer) -> None:
    """Each command has its limit, and a reply that drips in does not make it longer."""
    inst = sender(8)
    slow = drip("250 2.0.0 OK, as far as I am concerned", 0.05)
    server.answer = once(("MAIL", 2, SILENCE), ("RCPT", 4, slow), ("DATA", 6, Pause(0.9)))
    began = monotonic()
    run_until_all_ended(inst, time_limits=HURRIED)
    assert monotonic() - began < 60  # without limits of its own it would be minutes
    assert server.recipients == everyone(8)
    assert charged(inst) == {1}


@step_by_step
def test_a_relay_that_does_not_let_us_in_costs_nobody_a_try(
    sender: Sender, server: ScriptedServer
) -> None:
    inst = sender(3)
    refusals: list[Said] = [RESET, CLOSE, "554 5.3.2 go away", "what?", "421 4.3.2 later"]
    server.answer = once(
        *(("CONNECT", n, said) for n, said in enumerate(refusals, 1)), ("EHLO", 1, RESET)
    )
    run_until_all_ended(inst)
    assert server.recipients == everyone(3)
    assert charged(inst) == {1}
    assert the_relay(inst).state is RelayState.OPEN


def test_a_reply_in_single_bytes_is_a_reply(sender: Sender, server: ScriptedServer) -> None:
    inst = sender(6)
    server.answer = once(
        *((verb, n, drip("354 go" if verb == "DATA" else "250 2.0.0 OK"))
          for verb in ("MAIL", "RCPT", "DATA", ".") for n in (2, 3, 5))
    )  # fmt: skip
    run(inst)
    assert server.recipients == everyone(6)
    assert len(server.talks) == 1


def test_a_421_after_so_many_messages_opens_another_connection(
    sender: Sender, server: ScriptedServer
) -> None:
    """To MAIL, RCPT, DATA and the dot, each on a connection of its own."""
    inst = sender(16)
    verbs = ["MAIL", "RCPT", "DATA", "."]
    server.answer = lambda talk, verb, _: (
        "421 4.7.0 too many messages"
        if talk.messages == 2 and verb == verbs[talk.number % 4]
        else None
    )
    run(inst)
    assert server.recipients == everyone(16)
    assert charged(inst) == {1}
    assert the_relay(inst).failures == 0
    assert len(server.talks) >= 8


def test_a_server_that_leaves_after_so_many_messages_gets_all_of_them(
    sender: Sender, server: ScriptedServer
) -> None:
    """With its last 250, so that whatever we sent along behind the dot is lost to it."""
    inst = sender(18)
    endings = [CLOSE, RESET, "421 4.7.0 that was it"]
    server.answer = lambda talk, verb, _: (
        ("250 2.0.0 taken", endings[talk.number % 3])
        if verb == "." and talk.messages == 1
        else None
    )
    run_until_all_ended(inst)
    assert set(server.recipients) == set(everyone(18))
    assert server.doubled == {}
    assert charged(inst) == {1}
    assert balanced(inst)


# --- The content and its dot -------------------------------------------------------------------

UNCLEAR: list[Said] = [
    TAKE_AND_RESET,
    TAKE_AND_CLOSE,
    "250 2.0.0 taken\r\n550 5.1.1 no",
    "250-2.0.0 taken\r\n550 5.1.1 no",
    (b"250 2.0", RESET),
    Pause(0.9),  # beyond the limit
    RESET,
    CLOSE,
    SILENCE,
    "what?",
    "354 more",
]
TAKEN = 6  # of these


@pytest.mark.parametrize("on_unknown", [OnUnknown.RETRY, OnUnknown.HOLD], ids=str)
def test_without_a_clear_answer_to_the_dot_one_is_unknown_and_no_other(
    sender: Sender, server: ScriptedServer, on_unknown: OnUnknown
) -> None:
    """And whoever's commands went along with that dot has lost nothing."""
    count = 3 * len(UNCLEAR)
    uncertain = [address(3 * n) for n in range(len(UNCLEAR))]
    inst = sender(count, on_unknown=on_unknown)
    server.answer = said_to(".", dict(zip(uncertain, UNCLEAR, strict=True)))
    for _ in range(4):
        run(inst, time_limits=HURRIED)
    first = everyone(count) | dict.fromkeys(uncertain[TAKEN:], 0)
    assert +server.recipients == {a: n for a, n in first.items() if n}
    assert kit.states(inst) == {"sent": count - len(UNCLEAR), "unknown": len(UNCLEAR)}
    assert charged(inst) == {1}
    assert not balanced(inst)
    unknown = kit.deliveries(inst, state=DeliveryState.UNKNOWN)
    assert {d.address for d in unknown} == set(uncertain)
    if on_unknown is OnUnknown.HOLD:
        assert {d.due_at for d in unknown} == {None}
        return
    soon = datetime.now(UTC) + timedelta(minutes=10)
    assert all(d.due_at and d.due_at > soon for d in unknown)
    run_until_all_ended(inst)
    assert server.recipients == everyone(count) | dict.fromkeys(uncertain[:TAKEN], 2)
    assert all(len(set(copies)) == 1 for copies in server.by_message_id.values())
    assert balanced(inst)


def test_a_content_that_is_broken_off_is_never_doubled(
    sender: Sender, server: ScriptedServer
) -> None:
    """A short one may have left us whole: then it is unknown, which is tried again later."""
    inst = sender(18)
    ends = [Within(size, said) for size in (0, 700) for said in (RESET, CLOSE, "451 4.3.1 full")]
    server.answer = said_to("DATA", {address(3 * n): end for n, end in enumerate(ends)})
    run_until_all_ended(inst)
    assert server.recipients == everyone(18)
    assert balanced(inst)


# --- What is said of one recipient -------------------------------------------------------------

REFUSED = {
    "550 5.1.1 no such mailbox": "failed",
    "451 4.7.1 greylisted": "deferred",
    "552 5.2.2 mailbox full": "deferred",
    "452 4.2.2 over quota": "deferred",
    "550 no such user": "failed",
}


@pytest.mark.parametrize(
    ("verb", "go_ahead"),
    [("RCPT", False), ("RCPT", True), (".", False)],
    ids=["at RCPT", "at RCPT, go-ahead", "at the dot"],
)
def test_a_recipient_who_is_refused_is_the_only_one(
    sender: Sender, server: ScriptedServer, verb: str, go_ahead: bool
) -> None:
    """Also where DATA was sent along: then the server may even agree to it (RFC 2920 §3.1)."""
    server.go_ahead_without_recipient = go_ahead
    inst = sender(3 * len(REFUSED))
    refused = {address(3 * n): said for n, said in enumerate(REFUSED)}
    server.answer = said_to(verb, refused)
    run(inst)
    assert +server.recipients == {a: 1 for a in everyone(15) if a not in refused}
    for where, said in refused.items():
        delivery = kit.the_delivery(inst, where)
        assert delivery.state.value == REFUSED[said]
        assert delivery.code == int(said[:3])
        assert said[4:] in delivery.reply
    assert len(server.talks) == 1
    assert charged(inst) == {1}
    run_until_all_ended(inst)
    assert kit.states(inst) == {"sent": 13, "failed": 2}
    assert server.doubled == {}
    assert balanced(inst)


@step_by_step
def test_who_is_put_off_for_ever_waits_longer_each_time_and_expires(
    sender: Sender, server: ScriptedServer
) -> None:
    inst = sender(8)
    expires = datetime.now(UTC) + timedelta(hours=1)
    kit.change(inst, Issue, {"expires_at": expires}, id=kit.deliveries(inst)[0].issue_id)
    for delivery in kit.deliveries(inst):  # a domain that answers 4xx to many is asked by few
        kit.change(inst, Delivery, {"domain": f"valmont{delivery.id}.example"}, id=delivery.id)
    server.answer = lambda _, verb, __: "450 4.7.1 greylisted" if verb == "RCPT" else None
    for tries, minutes in enumerate((5, 10, 20), 1):
        began = datetime.now(UTC)
        run(inst)
        waits = [d.due_at - began for d in kit.deliveries(inst) if d.due_at]
        assert len(set(waits)) == 8, "no jitter: all would come back at once"
        shortest, longest = timedelta(minutes=0.8 * minutes), timedelta(minutes=1.2 * minutes)
        assert all(shortest <= wait <= longest + timedelta(seconds=20) for wait in waits)
        assert charged(inst) == {tries}
        kit.let_time_pass(inst, DeliveryState.DEFERRED)
    for _ in range(2):  # 40 and 80 minutes
        run(inst)
        kit.let_time_pass(inst, DeliveryState.DEFERRED)
    assert kit.states(inst) == {"expired": 8}
    assert balanced(inst)
    assert server.taken == []


@pytest.mark.parametrize("verb", ["EHLO", "MAIL", "."])
def test_an_issue_that_is_too_large_for_the_relay_fails_for_good_and_says_why(
    sender: Sender, server: ScriptedServer, verb: str
) -> None:
    inst = sender(4)
    if verb == "EHLO":
        server.extensions = ("SIZE 1000", *server.extensions[1:])
    else:
        server.answer = lambda _, heard, __: (
            "552 5.3.4 message too big for system" if heard == verb else None
        )
    run(inst)
    assert kit.states(inst) == {"failed": 4}
    assert all("SIZE" in d.reply or "too big" in d.reply for d in kit.deliveries(inst))
    assert server.taken == []
    assert balanced(inst)
    assert the_relay(inst).state is RelayState.OPEN


# --- Pipelining, and lies about it -------------------------------------------------------------


@pipelined
def test_an_honest_server_is_spoken_to_in_groups(sender: Sender, server: ScriptedServer) -> None:
    inst = sender(8)
    run(inst)
    assert server.recipients == everyone(8)
    assert server.pipelined >= 2 * 8
    assert len(server.talks) == 1


@step_by_step
def test_nothing_is_sent_ahead_to_a_server_that_did_not_ask_for_it(
    sender: Sender, server: ScriptedServer
) -> None:
    inst = sender(8)
    run(inst)
    assert server.recipients == everyone(8)
    assert server.pipelined == 0


@pipelined
@pytest.mark.parametrize("lie", [lie for lie in Pipelining if lie is not Pipelining.HONEST])
def test_a_server_that_breaks_pipelining_gets_all_of_it_once(
    sender: Sender, server: ScriptedServer, lie: Pipelining
) -> None:
    inst = sender(8)
    server.pipelining = lie
    run_until_all_ended(inst, time_limits=HURRIED)
    assert server.recipients == everyone(8)
    assert kit.states(inst) == {"sent": 8}
    assert charged(inst) == {1}
    assert balanced(inst)
