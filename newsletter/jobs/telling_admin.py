"""Writes to the admin what only they can mend: once a day for each cause, by mail.

It goes through the same queue as all mail: what stops every relay is told when one works again.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from html import escape

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.collect.rhythm import SHORTEST_SILENCE
from newsletter.delivery.enqueueing import enqueue_notice
from newsletter.installation import Installation
from newsletter.jobs.awaiting import silence_of
from newsletter.mail.mailboxes import Mailbox
from newsletter.mail.message import Kind, build_template
from newsletter.mail.slots import Slots
from newsletter.models import (
    Delivery,
    DeliveryState,
    Fact,
    Issue,
    Notice,
    NoticeKind,
    Relay,
    RelayState,
    Source,
    SourceKind,
)
from subscribers.bulk import insert_new
from subscribers.models import AuditEvent, MailingList

ONCE = timedelta(days=1)
A_SILENCE = timedelta(days=365)  # it has a cause of its own each time
FAILING_FOR = timedelta(days=1)  # then a source is worth a mail
FROZEN_WITHIN = timedelta(days=30)  # older issues are not looked through
TOO_LARGE = 552  # a full mailbox, which answers so too, is tried again and not failed
_SUBJECTS = {"fr": "{site} : à vérifier", "en": "{site}: please have a look"}


def tell_admin(
    inst: Installation, cause: str, text: str, *, now: datetime, once: timedelta = ONCE
) -> Delivery | None:
    """Owe a mail of `text` to `[site] admin`.

    None where no admin is set, where no list is there to write as, or where they were written to
    about the same `cause` within a day, or within `once`.
    """
    site = inst.config.site
    if site.admin is None:
        return None
    key = f"told:{hashlib.sha256(cause.encode()).hexdigest()[:32]}"
    with inst.database.write() as session:
        mlist = session.scalars(sa.select(MailingList).order_by(MailingList.id).limit(1)).first()
        if mlist is None:
            return None
        insert_new(session, Fact, [{"key": key, "value": ""}])
        fact = session.get_one(Fact, key, populate_existing=True, with_for_update=True)
        if fact.value and now - datetime.fromisoformat(fact.value) < once:
            return None
        fact.value = now.isoformat()
        subject = _SUBJECTS.get(site.language[:2], _SUBJECTS["en"]).format(site=site.name)
        template = build_template(
            subject,
            f"<!DOCTYPE html><html><body><p>{escape(text)}</p></body></html>",
            f"{text}\n",
            Slots.fresh(),
            kind=Kind.NOTICE,
            sender=Mailbox(mlist.from_address, mlist.from_name),
            boundary=secrets.token_hex(12),
        )
        notice = Notice(
            kind=NoticeKind.ADMIN,
            mlist_id=None,
            sender_address=mlist.from_address,
            subject=subject,
            template=template.to_json(),
            links={},
            created_at=now,
        )
        return enqueue_notice(
            session,
            inst.keys.current,
            notice,
            address=site.admin,
            name="",
            subscriber_id=None,
            subscription_id=None,
            now=now,
        )


def tell_troubles(inst: Installation, *, now: datetime) -> list[Delivery]:
    """Tell of each relay that a fault has paused, each source that has failed for a day or is
    unusually silent (once in a silence), and each issue that was too large for somebody's server.
    """
    if inst.config.site.admin is None:
        return []
    by_hand = sa.exists().where(
        AuditEvent.verb == "relay.pause",
        AuditEvent.subject == sa.literal("relay ") + Relay.name,
        AuditEvent.at >= Relay.changed_at,
    )
    with inst.database.read() as session:
        paused = session.scalars(
            sa.select(Relay).where(Relay.state == RelayState.PAUSED, Relay.problem != "", ~by_hand)
        ).all()
        failing = session.scalars(
            sa.select(Source).where(
                Source.active,
                Source.kind != SourceKind.MANUAL,
                Source.failures > 0,
                sa.func.coalesce(Source.read_at, Source.created_at) <= now - FAILING_FOR,
            )
        ).all()
        silences = _silences(session, now)
        large = _too_large(session, now)
    troubles = (
        {
            f"relay {one.name}": f"relay '{one.name}' is paused: {one.problem} "
            f"(mend it, then run 'newsletter relay resume {one.name}')"
            for one in paused
        }
        | {
            f"source {one.id}": f"source '{one.name}' has failed for a day: {one.problem} "
            f"(see 'newsletter source check {one.name}')"
            for one in failing
        }
        | {
            f"size of issue {one}": f"issue {label} is too large for {count} of its "
            f"recipients: {why} (shorten the next one; see "
            f"'newsletter issue deliveries {label} --state failed')"
            for one, label, count, why in large
        }
    )
    said = [tell_admin(inst, cause, text, now=now) for cause, text in troubles.items()]
    said += [tell_admin(inst, c, text, now=now, once=A_SILENCE) for c, text in silences.items()]
    return [delivery for delivery in said if delivery is not None]


def _silences(session: Session, now: datetime) -> dict[str, str]:
    """What to tell of each source that has nothing new for unusually long, by its cause."""
    sources = session.scalars(
        sa.select(Source).where(
            Source.active,
            Source.gone_at.is_(None),
            Source.failures == 0,
            Source.usual_gap_minutes.is_not(None),
            Source.newest_at < now - SHORTEST_SILENCE,
        )
    )
    return {
        f"silence of source {source.id} since {source.newest_at}": (
            f"{line}: it can be read, and has nothing new "
            f"(look whether its address is still right: 'newsletter source check {source.name}')"
        )
        for source in sources
        if (line := silence_of(source, now)) is not None
    }


def _too_large(session: Session, now: datetime) -> list[tuple[int, str, int, str]]:
    """Issues of these days that a server refused for their size: id, label, how often, why."""
    going = sa.or_(Issue.ended_at.is_(None), Issue.ended_at > now - ONCE)
    rows = session.execute(
        sa.select(
            Issue.id, MailingList.slug, Issue.number, sa.func.count(), sa.func.max(Delivery.reply)
        )
        .join(Delivery, Delivery.issue_id == Issue.id)
        .join(MailingList, MailingList.id == Issue.mlist_id)
        .where(
            going,
            Issue.frozen_at > now - FROZEN_WITHIN,
            Delivery.state == DeliveryState.FAILED,
            Delivery.code == TOO_LARGE,
        )
        .group_by(Issue.id, MailingList.slug, Issue.number)
    )
    return [(one, f"{slug}/{number}", count, why) for one, slug, number, count, why in rows]
