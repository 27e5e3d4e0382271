"""What is exported and imported into an empty database is the same, to the last field."""

from __future__ import annotations

import hashlib
import io
import json
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from people_for_tests import wipe_people
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from subscribers import suppression
from subscribers.errors import SubscriberError
from subscribers.models import (
    ConsentEvent,
    ConsentKind,
    FormWording,
    MailingList,
    Subscriber,
    Subscription,
    SubscriptionState,
    SuppressionReason,
)
from subscribers.transfer import Consent, Rejected, export_rows, import_rows, open_table, write_csv
from subscribers.values import clean_name

NOTICE = "Le Courrier de Valmont.\nPourquoi, combien de temps, vos droits."
FORM = hashlib.sha256(NOTICE.encode()).hexdigest()
EXAMPLES = settings(
    max_examples=12,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],  # to make a failure smaller takes minutes here
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def acceptable(name: str) -> bool:
    try:
        return clean_name(name) == name
    except SubscriberError:
        return False


moments = st.timedeltas(timedelta(0), timedelta(days=30_000)).map(
    lambda age: datetime(2001, 1, 1, tzinfo=UTC) + age
)
plain = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=8)
slugs = st.none() | st.frozensets(st.sampled_from(["vip", "member-2024"]), min_size=1)
events = st.lists(
    st.fixed_dictionaries(
        {
            "kind": st.sampled_from(
                [ConsentKind.REQUESTED, ConsentKind.CHANGED, ConsentKind.MOVED]
            ),
            "at": moments,
            "source": st.sampled_from(["form", "page", "one-click"]),
            "words": plain.map(str.strip),
            "form": st.sampled_from([None, FORM]),
            "ip": st.sampled_from([None, "192.0.2.7", "2001:db8::1"]),
            "detail": st.dictionaries(plain, plain | st.booleans(), max_size=2),
            "actor": st.sampled_from(["", "cli:claire"]),
        }
    ),
    max_size=3,
)
subscriptions = st.fixed_dictionaries(
    {
        "state": st.sampled_from(SubscriptionState),
        "cadence": st.sampled_from([None, "daily"]),
        "topics": st.none() | st.just(frozenset({"pont", "marche"})),
        "digests": st.booleans(),
        "alerts": st.booleans(),
        "source": st.sampled_from(["form", "cli", "api"]),
        "requested_at": moments,
        "confirmed_at": st.none() | moments,
        "unsubscribed_at": st.none() | moments,
        "invited_at": st.none() | moments,
    }
)
people = st.lists(
    st.fixed_dictionaries(
        {
            "local": st.sampled_from(["anne", "Paul", "+33", "=sum", "'t", "-x", "zoé", "a.b+c"]),
            "name": st.text(max_size=20).filter(acceptable)
            | st.sampled_from(["=1+1", "'", "\u200f"]),
            "language": st.sampled_from([None, "fr", "pt-BR"]),
            "attributes": st.dictionaries(plain, plain | st.integers() | st.none(), max_size=3),
            "tags": slugs,
            "paused_until": st.none() | moments,
            "created_at": moments,
            "lists": st.lists(st.tuples(subscriptions, events), max_size=2),
            "events": events,
            "suppression": st.sampled_from(
                [None, SuppressionReason.BOUNCE, SuppressionReason.COMPLAINT]
            ),
        }
    ),
    max_size=4,
    unique_by=lambda p: p["local"],
)


def settle(session: Session, p: dict[str, Any], lists: list[MailingList], now: datetime) -> None:
    """Make one person of these facts, with evidence of a kind for each state."""
    address = f"{p['local']}@x.example"
    person = Subscriber(
        address=address, address_key=address.lower(), domain="x.example", changed_at=now,
        **{name: p[name] for name in ("name", "language", "attributes", "tags", "paused_until",
                                      "created_at")},
    )  # fmt: skip
    session.add(person)
    session.flush()
    for mlist, (facts, evidence) in zip(lists, p["lists"], strict=False):
        facts = facts | {"topics": facts["topics"] if mlist is lists[0] else None}
        if facts["state"] is SubscriptionState.ACTIVE:
            facts["confirmed_at"] = facts["confirmed_at"] or now
        if facts["state"] is SubscriptionState.PENDING:
            facts["confirmed_at"] = None
        if facts["state"] is SubscriptionState.UNSUBSCRIBED:
            facts["unsubscribed_at"] = facts["unsubscribed_at"] or now
        session.add(Subscription(subscriber=person, mlist=mlist, changed_at=now, **facts))
        agreed = {"kind": ConsentKind.CONFIRMED, "at": now, "source": "page", "words": "Oui."}
        for one in (*evidence, agreed):
            session.add(ConsentEvent(subscriber_id=person.id, mlist_id=mlist.id, **one))
    for one in p["events"]:
        session.add(ConsentEvent(subscriber_id=person.id, mlist_id=None, **one))
    session.flush()
    if p["suppression"]:
        suppression.suppress(
            session, address, p["suppression"], source="dsn", note="550\n5.1.1", now=now
        )


def told(session: Session) -> list[str]:
    """All rows, whatever their order; the notices, which stand only once, are not in them."""
    rows = []
    for row in export_rows(session):
        evidence = json.loads(row["evidence"] or "[]")
        for one in evidence:
            assert one.pop("notice", NOTICE) == NOTICE
            one.pop("notice_language", None)
        rows.append(repr(row | {"evidence": evidence}))
    return sorted(rows)


def exported(session: Session) -> bytes:
    out = io.BytesIO()
    write_csv(export_rows(session), out)
    session.commit()
    return out.getvalue()


def restore(session: Session, data: bytes, lists: list[MailingList], now: datetime) -> None:
    rejects: list[Rejected] = []
    table = open_table(io.BytesIO(data))
    assert table.own
    import_rows(
        lambda: nullcontext(session),
        lists,
        table.rows,
        own=table.own,
        consent=Consent(True, "Moved from another machine."),
        actor="claire",
        now=now,
        on_batch=lambda _: session.commit(),
        on_reject=rejects.append,
    )
    assert rejects == []


@EXAMPLES
@given(people=people)
def test_an_export_imported_into_an_empty_database_gives_the_same_export(
    session: Session, weekly: MailingList, english: MailingList, now: datetime, people: list[dict]
) -> None:
    wipe_people(session)
    session.add(FormWording(hash=FORM, language="fr", text=NOTICE, first_shown_at=now))
    session.flush()
    lists = [weekly, english]
    for p in people:
        settle(session, p, lists, now)
    session.commit()
    before = told(session)
    data = exported(session)
    wipe_people(session)
    later = now + timedelta(days=3)
    restore(session, data, lists, later)
    assert told(session) == before
    named = set(session.scalars(select(ConsentEvent.form))) - {None}
    kept = {one.hash: (one.language, one.text) for one in session.scalars(select(FormWording))}
    assert kept == dict.fromkeys(named, ("fr", NOTICE))
    events = session.scalar(select(func.count()).select_from(ConsentEvent))
    restore(session, data, lists, later)
    assert told(session) == before
    assert session.scalar(select(func.count()).select_from(ConsentEvent)) == events
    session.commit()
