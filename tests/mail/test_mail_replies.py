"""What relays say, in their own words, and what it means for the delivery."""

from __future__ import annotations

import pytest

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


def judged(code: int, text: str, command: str) -> Outcome:
    return outcome_of(Reply(code, text, command))


@pytest.mark.parametrize("code", [200, 250, 251, 252, 299])
def test_any_final_2xx_is_accepted(code: int) -> None:
    assert isinstance(judged(code, "queued", "."), Accepted)


@pytest.mark.parametrize(
    ("code", "text", "command", "fault"),
    [
        (450, "4.2.0 <a@b>: Recipient address rejected: Greylisted", "RCPT", Fault.RECIPIENT),
        (451, "try again later", "RCPT", Fault.RECIPIENT),
        (452, "4.2.2 Mailbox full", "RCPT", Fault.RECIPIENT),
        (452, "mailbox is full", ".", Fault.RECIPIENT),
        (
            552,
            "5.2.2 The email account that you tried to reach is over quota",
            "RCPT",
            Fault.RECIPIENT,
        ),
        (
            552,
            "Requested mail action aborted: exceeded storage allocation",
            "RCPT",
            Fault.RECIPIENT,
        ),
        (552, "User over quota", ".", Fault.RECIPIENT),
        (550, "5.2.2 Mailbox full", ".", Fault.RECIPIENT),
        (450, "4.7.1 Client host rejected: please slow down", ".", Fault.RECIPIENT),
        (452, "4.3.1 Insufficient system storage", "RCPT", Fault.RECIPIENT),
        (452, "4.3.1 Insufficient system storage", "MAIL", Fault.RELAY),
        (451, "4.3.0 Temporary lookup failure", "RCPT", Fault.RECIPIENT),
        (421, "4.7.0 Too many connections", "RCPT", Fault.RELAY),
        (421, "Service shutting down", ".", Fault.RELAY),
        (503, "5.5.1 Error: need RCPT command", "DATA", Fault.RELAY),
        (554, "5.5.1 Error: no valid recipients", "DATA", Fault.RELAY),
        (354, "go ahead", "MAIL", Fault.RELAY),
    ],
)
def test_deferred(code: int, text: str, command: str, fault: Fault) -> None:
    outcome = judged(code, text, command)
    assert isinstance(outcome, Deferred)
    assert outcome.fault is fault
    assert not outcome.waits_for_admin
    assert text in str(outcome)


@pytest.mark.parametrize(
    ("code", "text", "command", "fault"),
    [
        (550, "5.1.1 <a@b>: Recipient address rejected: User unknown", "RCPT", Fault.RECIPIENT),
        (550, "no such user", "RCPT", Fault.RECIPIENT),
        (550, "5.5.0 Requested action not taken: mailbox unavailable", "RCPT", Fault.RECIPIENT),
        (501, "5.1.3 Bad recipient address syntax", "RCPT", Fault.RECIPIENT),
        (556, "5.1.10 Recipient address has null MX", "RCPT", Fault.RECIPIENT),
        (550, "5.1.1 The account does not exist", ".", Fault.RECIPIENT),
        (550, "5.7.515 Access denied, sending domain does not meet", ".", Fault.STANDING),
        (554, "5.7.1 Message rejected as spam", ".", Fault.STANDING),
        (550, "5.7.1 Client host blocked using a list", "RCPT", Fault.STANDING),
        (550, "5.1.8 Sender domain does not exist", "RCPT", Fault.STANDING),
        (550, "host mx.b.example said: relay access denied", "RCPT", Fault.RECIPIENT),
        (552, "5.3.4 Message size exceeds fixed limit", "MAIL", Fault.MESSAGE),
        (552, "5.2.3 Your message exceeds this mailbox's limit", ".", Fault.MESSAGE),
        (552, "Message size exceeds maximum", ".", Fault.MESSAGE),
        (552, "size limit exceeded", "MAIL", Fault.MESSAGE),
        (552, "sorry", ".", Fault.MESSAGE),
        (554, "5.6.0 Bad header", ".", Fault.MESSAGE),
        (554, "Transaction failed", ".", Fault.MESSAGE),
        (
            550,
            "5.1.1 undeliverable: host mx.b.example said: 554 5.7.1 Relay access denied",
            "RCPT",
            Fault.RECIPIENT,
        ),
    ],
)
def test_rejected(code: int, text: str, command: str, fault: Fault) -> None:
    outcome = judged(code, text, command)
    assert isinstance(outcome, Rejected)
    assert outcome.fault is fault


@pytest.mark.parametrize(
    ("code", "text", "command"),
    [
        (530, "5.7.0 Authentication required", "MAIL"),
        (530, "5.7.0 Must issue a STARTTLS command first", "MAIL"),
        (535, "5.7.8 Error: authentication failed", "AUTH"),
        (553, "5.7.1 Sender address rejected: not owned by user news", "MAIL"),
        (554, "5.7.1 <ana@b.example>: Relay access denied", "RCPT"),
        (550, "relay not permitted", "RCPT"),
        (550, "5.7.54 SMTP; Unable to relay recipient in non-accepted domain", "RCPT"),
    ],
)
def test_a_relay_that_does_not_take_our_mail_waits_for_the_admin_and_charges_nobody(
    code: int, text: str, command: str
) -> None:
    outcome = judged(code, text, command)
    assert isinstance(outcome, Deferred)
    assert outcome.fault is Fault.RELAY
    assert outcome.waits_for_admin


@pytest.mark.parametrize("code", [101, 354, 600])
def test_an_answer_that_is_none_after_the_dot_is_unknown(code: int) -> None:
    assert isinstance(judged(code, "what", "."), Unknown)


def test_the_enhanced_code_must_fit_the_reply_code() -> None:
    assert Reply(550, "5.1.1 no", "RCPT").enhanced == "5.1.1"
    assert Reply(550, "4.1.1 no", "RCPT").enhanced is None
    assert Reply(550, "5.1.1.9 is our version", "RCPT").enhanced is None
    assert Reply(250, "ok", ".").enhanced is None


def test_all_lines_of_the_answer_are_kept() -> None:
    reply = Reply(550, "5.1.1 no such user\nsee https://b.example/help", "RCPT")
    assert str(outcome_of(reply)) == (
        "550 5.1.1 no such user / see https://b.example/help (to RCPT)"
    )
