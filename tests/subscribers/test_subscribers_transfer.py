from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime, timedelta

import pytest
from people_for_tests import subscribed
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from subscribers import suppression
from subscribers.consent import history
from subscribers.erasure import erase
from subscribers.errors import InvalidValue, NotPermitted
from subscribers.leaving import unsubscribe
from subscribers.lists import edit_list
from subscribers.models import (
    ConsentEvent,
    ConsentKind,
    MailingList,
    Subscriber,
    Subscription,
    SubscriptionState,
    SuppressionReason,
    Visibility,
)
from subscribers.people import find
from subscribers.signup import Wish
from subscribers.tokens import Tokens
from subscribers.transfer import (
    Consent,
    ImportReport,
    Rejected,
    export_rows,
    import_rows,
    open_table,
    read_rows,
)

TOKENS = Tokens({"k1": b"a river of sixteen bytes"}, "k1")
CONSENT = "Signed the paper at the library."


def take(
    session: Session,
    mlist: MailingList,
    data: bytes | str,
    now: datetime,
    *,
    confirmed: bool = True,
    dry_run: bool = False,
    rejects: list[Rejected] | None = None,
) -> ImportReport:
    stream = io.BytesIO(data.encode() if isinstance(data, str) else data)
    table = open_table(stream)
    report = import_rows(
        lambda: nullcontext(session),
        mlist,
        table.rows,
        own=table.own,
        consent=Consent(confirmed, CONSENT if confirmed else ""),
        actor="claire",
        now=now,
        dry_run=dry_run,
        hmacs=TOKENS.hmacs,
        on_batch=lambda _: session.commit(),
        on_reject=None if rejects is None else rejects.append,
    )
    told = (
        report.added,
        report.pending,
        report.left,
        report.unchanged,
        report.kept_unsubscribed,
        report.suppressed,
        report.elsewhere,
        report.rejected,
    )
    assert report.read == sum(told)
    return report


def count(session: Session, model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_confirmed_people_are_active_with_the_words_and_the_actor_as_evidence(
    session: Session, weekly: MailingList, now: datetime
) -> None:
    report = take(session, weekly, "email,name,language,topics\nAnne@x.example,Anne,FR,pont\n", now)
    assert report == ImportReport(read=1, added=1)
    person = find(session, "anne@x.example")
    assert person is not None
    assert (person.address, person.name, person.language) == ("Anne@x.example", "Anne", "fr")
    (subscription,) = person.subscriptions
    assert (subscription.state, subscription.confirmed_at) == (SubscriptionState.ACTIVE, now)
    assert subscription.topics == {"pont"}
    assert not subscription.alerts
    (event,) = history(session, person)
    assert (event.kind, event.words, event.actor, event.source) == (
        ConsentKind.GRANTED,
        CONSENT,
        "claire",
        "import",
    )
    assert event.detail == {}


def test_a_language_may_be_a_word_and_one_that_nobody_knows_costs_nobody_their_place(
    session: Session, weekly: MailingList, now: datetime
) -> None:
    words = (
        "Français",
        "anglais",
        "French",
        "ENGLISH",
        "Deutsch",
        "español",
        "pt_BR",
        "patois d’ici",
    )
    lines = [f"p{n}@x.example,{word}" for n, word in enumerate(words)]
    report = take(session, weekly, "\n".join(["email,langue", *lines]), now)
    assert (report.added, report.rejected, report.other_language) == (8, 0, 1)
    found = session.scalars(select(Subscriber.language).order_by(Subscriber.id)).all()
    assert found == ["fr", "en", "fr", "en", "de", "es", "pt-BR", None]


def test_topics_that_are_gone_cost_nobody_of_our_own_export_their_place(
    session: Session, weekly: MailingList, now: datetime
) -> None:
    take(session, weekly, "email,topics\na@x.example,pont\n", now)
    [row] = export_rows(session)
    others = [
        row | {"address": f"{n}@x.example", "topics": topics}
        for n, topics in enumerate(("gone", "gone pont"))
    ]
    lines = [
        ",".join(row),
        *(",".join(f'"{v.replace(chr(34), chr(34) * 2)}"' for v in o.values()) for o in others),
    ]
    report = take(session, weekly, "\n".join(lines), now)
    assert (report.added, report.rejected, report.other_topics) == (2, 0, 2)
    chosen = session.scalars(select(Subscription.topics).order_by(Subscription.id)).all()
    assert chosen == [{"pont"}, None, {"pont"}]
    rejects: list[Rejected] = []
    take(session, weekly, "email,topics\nb@x.example,gone\n", now, rejects=rejects)
    assert "not one of the list's" in rejects[0].reason  # of another file it may be a slip


def test_unconfirmed_people_wait_and_take_no_alerts(
    session: Session, weekly: MailingList, now: datetime
) -> None:
    data = "email,state,alerts\na@x.example,active,true\nb@x.example,unsubscribed,\n"
    report = take(session, weekly, data, now, confirmed=False)
    assert (report.pending, report.left, report.added) == (1, 1, 0)
    states = session.scalars(select(Subscription.state).order_by(Subscription.id)).all()
    assert states == [SubscriptionState.PENDING, SubscriptionState.UNSUBSCRIBED]
    assert not any(session.scalars(select(Subscription.alerts)))
    assert take(session, weekly, "email\na@x.example\nb@x.example\n", now) == ImportReport(
        read=2, added=1, kept_unsubscribed=1
    )


def test_confirmed_without_words_and_a_closed_list_are_refused(
    session: Session, weekly: MailingList, now: datetime
) -> None:
    with pytest.raises(InvalidValue, match="words"):
        import_rows(session, weekly, [], consent=Consent(True, " "), actor="claire", now=now)
    edit_list(session, weekly, visibility=Visibility.CLOSED)
    with pytest.raises(NotPermitted, match="closed"):
        take(session, weekly, "", now)


def test_importing_again_changes_nothing(
    session: Session, weekly: MailingList, now: datetime
) -> None:
    data = "email,name\n" + "".join(f"p{i}@x.example,P {i}\n" for i in range(2500))
    data += "P7@x.example,Again\n"
    first = take(session, weekly, data, now)
    assert first == ImportReport(read=2501, added=2500, unchanged=1)
    before = list(export_rows(session))
    events = count(session, ConsentEvent)
    again = take(session, weekly, data.replace("P ", "Q "), now + timedelta(days=1))
    assert again == ImportReport(read=2501, unchanged=2501)
    assert list(export_rows(session)) == before
    assert count(session, ConsentEvent) == events == 2500


def test_those_who_left_or_are_suppressed_stay_so(
    session: Session, weekly: MailingList, now: datetime
) -> None:
    left = subscribed(session, weekly, now, "left@x.example")
    unsubscribe(session, left, source="page", now=now)
    gone = subscribed(session, weekly, now, "gone@x.example").subscriber
    erase(session, gone, TOKENS.hmac, now=now, source="page")
    for target in ("bounced@x.example", "@blocked.example"):
        suppression.suppress(session, target, SuppressionReason.BOUNCE, source="dsn", now=now)
    session.commit()
    data = "email\nLeft@x.example\ngone@x.example\nbounced@x.example\na@blocked.example\n"
    for _ in range(2):
        assert take(session, weekly, data, now) == ImportReport(
            read=4, kept_unsubscribed=1, suppressed=3
        )
    assert left.state is SubscriptionState.UNSUBSCRIBED
    assert count(session, Subscriber) == 2


def test_a_dry_run_says_what_would_happen_and_does_nothing(
    session: Session, weekly: MailingList, now: datetime
) -> None:
    subscribed(session, weekly, now, "p1@x.example")
    data = "email\n" + "".join(f"p{i % 1500}@x.example\n" for i in range(3000)) + "x\n"
    planned = take(session, weekly, data, now, dry_run=True)
    assert (count(session, Subscriber), count(session, ConsentEvent)) == (1, 1)
    assert planned == take(session, weekly, data, now)
    assert planned == ImportReport(read=3001, added=1499, unchanged=1501, rejected=1)


def test_bad_rows_are_named_with_line_reason_and_text_and_the_good_ones_go_in(
    session: Session, weekly: MailingList, now: datetime
) -> None:
    data = (
        "email;name;topics;digests;attributes;state;paused_until;language\n"
        "nobody;;;;;;;\n"
        "\n"
        "a@x.example;A\0;;;;;;\n"
        '"a@x.example";"A\nB";;;;;;\n'
        "a@x.example;;jardin;;;;;\n"
        "a@x.example;;;perhaps;;;;\n"
        "a@x.example;;;;[1];;;\n"
        "a@x.example;;;;;asleep;;\n"
        "a@x.example;;;;;;tomorrow;\n"
        ";Anne;;;;;;\n"
        "a@x.example;A;;;;;;;;surplus\n"
        '=HYPERLINK("x");;;;;;;\n'
        "Paul <paul@x.example>;;;;;;;\n"
    )
    rejects: list[Rejected] = []
    report = take(session, weekly, data, now, rejects=rejects)
    assert (report.added, report.rejected) == (1, 11)
    assert [r.line for r in rejects] == [2, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14]
    assert rejects[0].raw == "nobody;;;;;;;"
    assert rejects[2].raw == '"a@x.example";"A\nB";;;;;;'
    for rejected in rejects:
        assert rejected.reason
        assert "\n" not in rejected.reason
    paul = find(session, "paul@x.example")
    assert paul is not None
    assert paul.name == "Paul"


def test_rows_of_another_list_are_left_to_it(
    session: Session, weekly: MailingList, now: datetime
) -> None:
    data = "email,list\na@x.example,courrier\nb@x.example,courier\nc@x.example,\n"
    assert take(session, weekly, data, now) == ImportReport(read=3, added=2, elsewhere=1)


def test_killed_half_way_and_run_again_it_loses_and_doubles_nothing(
    session: Session, weekly: MailingList, now: datetime
) -> None:
    data = "email\n" + "".join(f"p{i}@x.example\n" for i in range(2500))
    session.commit()

    class Killed(Exception):
        pass

    @contextmanager
    def turn() -> Iterator[Session]:
        yield session
        if count(session, Subscription) > 1000:
            raise Killed
        session.commit()

    with pytest.raises(Killed):
        import_rows(
            turn,
            weekly,
            read_rows(io.BytesIO(data.encode())),
            consent=Consent(True, CONSENT),
            actor="claire",
            now=now,
        )
    session.rollback()
    before = count(session, Subscription)
    assert 0 < before <= 1000
    assert take(session, weekly, data, now) == ImportReport(
        read=2500, added=2500 - before, unchanged=before
    )
    assert count(session, ConsentEvent) == 2500


def test_an_export_names_only_the_list_asked_for_and_nobody_erased(
    session: Session, weekly: MailingList, english: MailingList, now: datetime
) -> None:
    subscribed(session, weekly, now, "a@x.example")
    subscribed(session, english, now, "b@x.example", Wish(alerts=True))
    gone = subscribed(session, english, now, "c@x.example").subscriber
    erase(session, gone, TOKENS.hmac, now=now, source="page")
    assert [r["address"] for r in export_rows(session, english)] == ["b@x.example"]
    assert [r["list"] for r in export_rows(session)] == ["courrier", "courier"]
