"""Nothing is kept longer than its rule says, and nothing goes that a rule does not name."""

from __future__ import annotations

from datetime import datetime, timedelta

import newsletter_kit as kit
import pytest
import sqlalchemy as sa

from newsletter.config_retention import Retention
from newsletter.installation import Installation
from newsletter.jobs import joining, retaining
from newsletter.jobs.retaining import Due
from newsletter.models import Base, Delivery, Notice
from subscribers import audit, leaving, suppression
from subscribers.consent import Act, record_for
from subscribers.lists import find_list
from subscribers.models import (
    AddressChange,
    AuditEvent,
    ConsentEvent,
    ConsentKind,
    SignupAttempt,
    Subscriber,
    Subscription,
    Suppression,
    SuppressionReason,
)
from subscribers.retention import Rule
from subscribers.transfer import Consent, Row, import_rows

DAY = timedelta(days=1)
IP = "203.0.113.77"


def taken(inst: Installation, rule: Rule, days: int, now: datetime) -> Due:
    """What a rule takes; before, it told as much, and the second time it finds nothing."""
    rules = {rule: days * DAY}
    [told] = retaining.due(inst, rules, now=now)
    [done] = retaining.apply(inst, rules, now=now, actor="claire")
    assert (done.people, done.rows) == (told.people, told.rows)
    assert retaining.apply(inst, rules, now=now, actor="claire") == [Due(rule, days)]
    return done


def count(inst: Installation, model: type[Base], *where: sa.ColumnElement[bool]) -> int:
    with inst.database.read() as session:
        query = sa.select(sa.func.count()).select_from(model).where(*where)
        return session.scalar(query) or 0


def imported(inst: Installation, now: datetime, number: int) -> list[str]:
    """They asked years ago, as their row says, and have not confirmed; gives their addresses."""
    addresses = kit.add_readers(inst, number, name="ana", now=now)
    values = {"state": "pending", "confirmed_at": None, "source": "import",
              "requested_at": now - 900 * DAY}  # fmt: skip
    ids = sa.select(Subscriber.id).where(Subscriber.address_key.in_(addresses))
    with inst.database.write() as session:
        session.execute(
            sa.update(Subscription).where(Subscription.subscriber_id.in_(ids)).values(**values),
            execution_options={"synchronize_session": False},
        )
    return addresses


def brought_by_file(inst: Installation, now: datetime, row: dict[str, str]) -> None:
    """As somebody whose consent is not stated."""
    with inst.database.read() as session:
        mlist = find_list(session, "hebdo")
        assert not mlist.topics
    import_rows(inst.database.write, mlist, [Row(2, row, "")], consent=Consent(), actor="cli",
                now=now)  # fmt: skip


def test_who_was_imported_is_not_taken_for_one_who_was_asked(
    inst: Installation, now: datetime
) -> None:
    kit.add_readers(inst, 1, now=now)
    add = imported(inst, now, 3)
    with inst.database.write() as session:  # the first was invited before that had a column
        first = kit.subscription_of(session, add[0])
        record_for(session, Act("cli"), ConsentKind.INVITED, first, now + 2 * DAY)
        kit.subscription_of(session, add[1]).invited_at = now + 50 * DAY
    assert taken(inst, Rule.NEVER_CONFIRMED, 30, now + 29 * DAY).is_empty
    assert taken(inst, Rule.NEVER_CONFIRMED, 30, now + 31 * DAY) == Due(
        Rule.NEVER_CONFIRMED, 30, people=1, rows=1
    )
    assert taken(inst, Rule.NEVER_CONFIRMED, 30, now + 79 * DAY).is_empty
    assert taken(inst, Rule.NEVER_CONFIRMED, 30, now + 81 * DAY).people == 1
    assert taken(inst, Rule.NEVER_INVITED, 365, now + 364 * DAY).is_empty
    assert taken(inst, Rule.NEVER_INVITED, 365, now + 366 * DAY).people == 1
    assert count(inst, Subscriber) == 1


@pytest.mark.parametrize("source", ["listmonk", "facebook", "form"])
def test_a_file_asks_nobody_whatever_it_calls_their_source(
    inst: Installation, now: datetime, source: str
) -> None:
    brought_by_file(inst, now, {"address": "ana@moulin.example", "source": source,
                                "invited_at": "2020-01-01T00:00Z"})  # fmt: skip
    assert taken(inst, Rule.NEVER_CONFIRMED, 30, now + 400 * DAY).is_empty
    joining.sign_up(
        inst, slugs=["hebdo"], address="ana@moulin.example", words="Oui", ip=IP, now=now + DAY
    )
    kit.change(inst, Delivery, {"state": "sent", "due_at": None})
    assert taken(inst, Rule.NEVER_INVITED, 30, now + 400 * DAY).is_empty
    assert taken(inst, Rule.NEVER_CONFIRMED, 30, now + 400 * DAY).people == 1


def test_a_purge_names_some_of_those_who_would_go(inst: Installation, now: datetime) -> None:
    imported(inst, now, 3)
    [told] = retaining.due(inst, {Rule.NEVER_INVITED: DAY}, now=now + 9 * DAY, names=2)
    assert [one.address for one in told.some] == ["ana0@valmont.example", "ana1@valmont.example"]
    assert told.people == 3


def test_who_left_all_lists_is_forgotten_and_may_come_back_and_who_is_on_one_stays(
    inst: Installation, now: datetime
) -> None:
    kit.make_list(inst, "alertes", now=now)
    left, half, spam, _ = kit.add_readers(inst, 4, now=now)
    with inst.database.write() as session:
        suppression.suppress(session, spam, SuppressionReason.COMPLAINT, source="arf", now=now)
        for address in (left, half, spam):
            leaving.unsubscribe(session, kit.subscription_of(session, address), source="page",
                                now=now)  # fmt: skip
        one = kit.subscription_of(session, half)
        session.add(
            Subscription(subscriber_id=one.subscriber_id, mlist_id=kit.mlist_id(inst, "alertes"),
                         state="active", source="cli", requested_at=now, changed_at=now)
        )  # fmt: skip
    assert taken(inst, Rule.LEFT, 100, now + 100 * DAY).is_empty
    assert taken(inst, Rule.LEFT, 100, now + 101 * DAY) == Due(Rule.LEFT, 100, people=2)
    with inst.database.read() as session:
        for address, stands in ((left, False), (half, False), (spam, True)):
            found = suppression.find(session, address, inst.tokens.hmacs)
            assert (found is not None) == stands, address
        assert spam not in repr([one.key for one in session.scalars(sa.select(Suppression))])
    journal = (inst.config.folder / "journal.jsonl").read_text("utf-8")
    assert (journal.count('"blanked"'), journal.count('"erased"')) == (2, 0)
    back = joining.sign_up(inst, slugs=["hebdo"], address=left, words="Je reviens.", ip=None,
                           now=now + 102 * DAY)  # fmt: skip
    assert back.request is not None


def test_evidence_and_log_of_the_erased_go_and_their_seal_stays(
    inst: Installation, now: datetime
) -> None:
    gone, stays = kit.add_readers(inst, 2, now=now)
    with inst.database.write() as session:
        for address in (gone, stays):
            one = kit.subscription_of(session, address)
            record_for(session, Act("form", "Oui", IP), ConsentKind.REQUESTED, one, now)
            audit.note(session, "cli:claire", "subscriber.edit", f"subscriber {one.subscriber_id}",
                       now)  # fmt: skip
        person = kit.subscription_of(session, gone).subscriber_id
    retaining.forgetting.forget(inst, person, source="cli", actor="cli:claire", now=now)
    assert taken(inst, Rule.ERASED, 9, now + 9 * DAY).is_empty
    assert taken(inst, Rule.ERASED, 9, now + 10 * DAY).rows >= 4
    mine = ConsentEvent.subscriber_id == person
    assert (count(inst, ConsentEvent, mine), count(inst, ConsentEvent, ~mine)) == (0, 1)
    named = AuditEvent.subject.like("subscriber %")
    assert count(inst, AuditEvent, named) == 1
    with inst.database.read() as session:
        assert suppression.find(session, gone, inst.tokens.hmacs)


def test_ip_addresses_go_from_the_evidence_and_from_the_mail_that_told_them(
    inst: Installation, now: datetime
) -> None:
    joining.sign_up(
        inst, slugs=["hebdo"], address="ana@moulin.example", words="Oui", ip=IP, now=now
    )
    later = now + 40 * DAY
    assert taken(inst, Rule.IP, 30, later).rows == 1  # the mail is still on its way
    kit.change(inst, Delivery, {"state": "sent", "due_at": None})
    assert taken(inst, Rule.IP, 30, later).rows == 1
    with inst.database.read() as session:
        assert IP not in session.scalars(sa.select(Notice.template)).one()
        [event] = session.scalars(sa.select(ConsentEvent))
    assert (event.ip, event.words) == (None, "Oui")


def test_old_lines_of_the_log_go_but_not_what_the_books_are_proved_by(
    inst: Installation, now: datetime
) -> None:
    with inst.database.write() as session:
        session.execute(sa.delete(AuditEvent))
        for verb in ("subscriber.export", "issue.settle", "relay.pause"):
            audit.note(session, "cli:claire", verb, "issue 1", now)
        audit.note(session, "cli:claire", "subscriber.export", "list 1", now + 5 * DAY)
    assert taken(inst, Rule.LOG, 9, now + 10 * DAY).rows == 1
    with inst.database.read() as session:
        verbs = [one.verb for one in audit.read(session)]
    assert verbs == ["issue.settle", "relay.pause", "subscriber.export", "subscriber.purge"]


def test_each_day_the_unconfirmed_go_and_nothing_that_somebody_must_decide(
    inst: Installation, now: datetime
) -> None:
    imported(inst, now, 1)
    asked = kit.add_readers(inst, 1, now=now)
    kit.change(inst, Subscription, {"state": "pending", "confirmed_at": None, "invited_at": now},
               source="cli")  # fmt: skip
    with inst.database.write() as session:
        session.add(SignupAttempt(at=now, domain="x.example", seal="s", outcome="accepted"))
        stays = session.scalars(
            sa.select(Subscriber.id).where(Subscriber.address_key.not_in(asked))
        ).one()
        for confirmed in (None, now):
            session.add(
                AddressChange(subscriber_id=stays, address="a@b.example", address_key="a@b.example",
                              domain="b.example", requested_at=now, confirmed_at=confirmed)
            )  # fmt: skip
    assert retaining.daily(inst, now=now + DAY) == []
    found = retaining.daily(inst, now=now + 400 * DAY)
    assert [(one.rule, one.people, one.rows) for one in found] == [
        (Rule.NEVER_CONFIRMED, 1, 1),
        (Rule.ATTEMPTS, 0, 2),
    ]
    assert count(inst, AddressChange) == 1  # the one that was confirmed
    assert count(inst, Subscriber, Subscriber.address_key.in_(asked)) == 0
    assert count(inst, Subscriber) == 1
    with inst.database.read() as session:
        assert [one.actor for one in audit.read(session, verb="subscriber.purge")] == ["ticker"]


def test_what_is_set_to_nought_is_kept_for_ever() -> None:
    assert set(retaining.rules_of(Retention(never_confirmed=0, erased=0))) == {
        Rule.NEVER_INVITED, Rule.ATTEMPTS,
    }  # fmt: skip
    assert set(retaining.rules_of(Retention(left=9, ip=1, log=1))) == set(Rule)
