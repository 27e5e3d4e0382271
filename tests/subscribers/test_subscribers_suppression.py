from __future__ import annotations

import io
from contextlib import nullcontext
from datetime import datetime

import pytest
from people_for_tests import subscribed
from sqlalchemy.orm import Session

from subscribers import suppression
from subscribers.consent import history
from subscribers.errors import InvalidAddress
from subscribers.models import ConsentKind, MailingList, SuppressionReason
from subscribers.suppression import lift, ls, suppress
from subscribers.suppression_files import COLUMNS, Refused, export_rows, import_file
from subscribers.tokens import Tokens
from subscribers.transfer import write_csv

TOKENS = Tokens({"k1": b"a river of sixteen bytes"}, "k1")
BOUNCE = SuppressionReason.BOUNCE


def test_an_address_is_found_however_it_is_spelled(session: Session, now: datetime) -> None:
    assert suppress(session, "Anne@Valmont.example", BOUNCE, source="dsn", now=now, note="5.1.1")
    found = suppression.find(session, "anne@VALMONT.example")
    assert found is not None
    assert (found.reason, found.note, found.created_at) == (BOUNCE, "5.1.1", now)
    assert suppression.find(session, "anna@valmont.example") is None


def test_a_domain_covers_everybody_there_and_nobody_below(session: Session, now: datetime) -> None:
    suppress(session, "@Bücher.example", SuppressionReason.ADMIN, source="cli", now=now)
    assert suppression.find(session, "anne@bücher.example")
    assert suppression.find(session, "anne@mail.bücher.example") is None


def test_the_first_reason_stays(session: Session, now: datetime) -> None:
    assert suppress(session, "a@b.example", BOUNCE, source="dsn", now=now)
    assert not suppress(session, "a@b.example", SuppressionReason.ADMIN, source="cli", now=now)
    assert [s.reason for s in ls(session)] == [BOUNCE]
    assert list(ls(session, SuppressionReason.ADMIN)) == []


def test_suppressing_touches_the_person_and_leaves_evidence_as_does_lifting(
    session: Session, weekly: MailingList, now: datetime
) -> None:
    person = subscribed(session, weekly, now).subscriber
    later = now.replace(hour=9)
    suppress(session, "anne@valmont.example", BOUNCE, source="dsn", now=later)
    session.commit()
    assert person.changed_at == later
    (gone,) = lift(session, "anne@valmont.example", actor="claire", now=later)
    session.commit()
    assert gone.reason is BOUNCE
    assert lift(session, "anne@valmont.example", actor="claire", now=later) == []
    kinds = [e.kind for e in history(session, person)]
    assert kinds == [ConsentKind.GRANTED, ConsentKind.SUPPRESSED, ConsentKind.LIFTED]


def test_nonsense_is_refused(session: Session, now: datetime) -> None:
    for target in ("anne", "@", "@b c", "a@b.example\r\n@c"):
        with pytest.raises(InvalidAddress):
            suppress(session, target, BOUNCE, source="cli", now=now)


def test_suppressions_go_out_and_come_back_the_same(session: Session, now: datetime) -> None:
    suppress(session, "a@b.example", BOUNCE, source="dsn", now=now, note="=5.1.1, «inconnu»")
    suppress(session, "+x@b.example", SuppressionReason.COMPLAINT, source="arf", now=now)
    suppress(session, "@c.example", SuppressionReason.ADMIN, source="cli", now=now)
    seal = TOKENS.hmac("erased@b.example")
    file = io.BytesIO(f"{seal},erased,page,,{now.isoformat()}\n".encode())
    assert list(import_file(lambda: nullcontext(session), file, now=now)) == [True]
    before = list(export_rows(session))
    out = io.BytesIO()
    assert write_csv(before, out, COLUMNS) == 4
    for one in list(ls(session)):
        session.delete(one)
    session.flush()
    assert (
        list(import_file(lambda: nullcontext(session), io.BytesIO(out.getvalue()), now=now))
        == [True] * 4
    )
    assert list(export_rows(session)) == before
    assert suppression.find(session, "erased@b.example", TOKENS.hmacs)


def test_a_plain_list_of_addresses_is_taken_and_bad_lines_are_named(
    session: Session, now: datetime
) -> None:
    file = io.BytesIO(b"email\na@b.example\n\nnobody\n@c.example\na@b.example\nx@y.example,rude\n")
    answers = list(import_file(lambda: nullcontext(session), file, now=now))
    assert [a for a in answers if not isinstance(a, Refused)] == [True, True, False]
    assert [a.line for a in answers if isinstance(a, Refused)] == [4, 7]


@pytest.mark.parametrize(
    "data",
    [
        "Adresse e-mail;Motif;Commentaire\r\nléa@valmont.example;hard_bounce;été\r\n".encode(
            "latin-1"
        ),
        "\ufeffEMAIL,REASON,NOTES\nléa@valmont.example,Hard Bounce,été\n".encode(),
        "reason\temail\tnote\rbounce\tléa@valmont.example\tété\r".encode("utf-16"),
        '"note","x","address","reason"\n"été","?","léa@valmont.example","bounced"'.encode(),
    ],
)
def test_a_file_of_any_dialect_is_understood(session: Session, now: datetime, data: bytes) -> None:
    answers = list(import_file(lambda: nullcontext(session), io.BytesIO(data), now=now))
    assert answers == [True]
    [one] = ls(session)
    assert (one.key, one.reason, one.note) == ("léa@valmont.example", BOUNCE, "été")


def test_a_reason_that_nobody_knows_stops_mail_all_the_same(
    session: Session, now: datetime
) -> None:
    file = io.BytesIO("email,reason,note\nléa@valmont.example,mailbox full,été\n"
                      "ana@valmont.example,Blocked,\n".encode())  # fmt: skip
    assert list(import_file(lambda: nullcontext(session), file, now=now)) == [True, True]
    admin = SuppressionReason.ADMIN
    assert [(one.reason, one.note) for one in ls(session)] == [
        (admin, "mailbox full: été"),
        (admin, "Blocked"),
    ]


def test_a_seal_of_the_wrong_shape_is_refused_and_a_date_of_tomorrow_is_today(
    session: Session, now: datetime
) -> None:
    lines = b"hmac:short\nhmac:" + b"x" * 44 + b"\na@b.example,admin,,,2999-01-01\n\xff\n,admin\n"
    answers = list(import_file(lambda: nullcontext(session), io.BytesIO(lines), now=now))
    assert [a.line for a in answers if isinstance(a, Refused)] == [1, 2, 4, 5]
    assert [one.created_at for one in ls(session)] == [now]
