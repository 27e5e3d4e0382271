"""Makes the mails to one person that belong to no issue: confirm, welcome, already, your data, a
new address, goodbye.

A notice is rendered when it is asked for, and keeps no link: `Notice.links` says what each link is
about, and `Links.notice_slots` signs it when the mail is sent.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session, load_only

from newsletter.calendar.cron import Cron
from newsletter.calendar.moments import next_moment
from newsletter.compose.content import Rendered
from newsletter.compose.language import local_date
from newsletter.compose.personal import (
    render_already,
    render_confirm,
    render_goodbye,
    render_move,
    render_moved,
    render_settings,
    render_welcome,
)
from newsletter.delivery.enqueueing import enqueue_notice
from newsletter.installation import Installation
from newsletter.jobs.imprint import list_identity, list_view, signup_page
from newsletter.jobs.standing import masked
from newsletter.links import unsigned
from newsletter.mail.mailboxes import Mailbox
from newsletter.mail.message import Kind, ListIdentity, build_template
from newsletter.mail.slots import SlotName, Slots
from newsletter.models import Delivery, Notice, NoticeKind, Schedule
from subscribers.models import AddressChange, MailingList, Subscriber, Subscription, Visibility
from subscribers.signup import Request
from subscribers.tokens import LIFETIMES, Purpose


def confirm_notice(
    inst: Installation,
    mlist: MailingList,
    *,
    words: str,
    ip: str | None,
    language: str | None,
    now: datetime,
) -> Notice:
    """Please confirm; `confirming` adds what exactly, once the subscriptions are known."""
    slots = Slots.fresh()
    rendered = render_confirm(
        list_view(inst, mlist),
        consent=words,
        requested_at=now,
        ip_hint=ip,
        valid_until=now + LIFETIMES[Purpose.CONFIRM],
        slots=slots,
        language=language,
        templates=inst.config.templates,
    )
    return _notice(NoticeKind.CONFIRM, mlist, rendered, slots, now, identity=None)


def confirming(notice: Notice, request: Request) -> Notice:
    """The same notice with its link, whose age counts from when it was asked for."""
    at = request.requested_at
    notice.links = {SlotName.CONFIRM.value: unsigned(Purpose.CONFIRM, request.payload, at)}
    return notice


def welcome_notice(
    session: Session,
    inst: Installation,
    mlist: MailingList,
    *,
    cadence: str | None,
    language: str | None,
    now: datetime,
) -> Notice:
    """A greeting that says when the next issue is due; `belonging_to` adds its links."""
    slots = Slots.fresh()
    due = next_issue(session, mlist, cadence, now)
    rendered = render_welcome(
        list_view(inst, mlist),
        slots=slots,
        next_day=None if due is None else local_date(due, mlist.timezone),
        greeting_markdown=mlist.welcome_text,
        language=language,
        templates=inst.config.templates,
    )
    return _notice(
        NoticeKind.WELCOME, mlist, rendered, slots, now, identity=list_identity(inst, mlist)
    )


def already_notice(
    inst: Installation, mlist: MailingList, *, language: str | None, now: datetime
) -> Notice:
    """Somebody who is subscribed filled in the form again; `belonging_to` adds its links."""
    slots = Slots.fresh()
    rendered = render_already(
        list_view(inst, mlist),
        slots=slots,
        language=language,
        templates=inst.config.templates,
    )
    return _notice(
        NoticeKind.ALREADY, mlist, rendered, slots, now, identity=list_identity(inst, mlist)
    )


def settings_notice(
    inst: Installation,
    mlist: MailingList,
    *,
    language: str | None,
    now: datetime,
) -> Notice:
    """A fresh link to the page of personal data; `opening` adds whose."""
    slots = Slots.fresh()
    rendered = render_settings(
        list_view(inst, mlist),
        valid_until=now + LIFETIMES[Purpose.SETTINGS],
        slots=slots,
        language=language,
        templates=inst.config.templates,
    )
    return _notice(NoticeKind.SETTINGS, mlist, rendered, slots, now, identity=None)


def opening(notice: Notice, subscriber: Subscriber) -> Notice:
    """The same notice with its link, whose age counts from when it was asked for."""
    link = unsigned(Purpose.SETTINGS, subscriber.id, notice.created_at)
    notice.links = {SlotName.PREFERENCES.value: link}
    return notice


def move_notice(
    inst: Installation,
    mlist: MailingList,
    subscriber: Subscriber,
    *,
    ip: str | None,
    now: datetime,
) -> Notice:
    """For the new address: is it theirs? `moving_to` adds which move it confirms."""
    slots = Slots.fresh()
    rendered = render_move(
        list_view(inst, mlist),
        before=masked(subscriber.address),
        requested_at=now,
        valid_until=now + LIFETIMES[Purpose.MOVE],
        ip_hint=ip,
        slots=slots,
        language=subscriber.language,
        templates=inst.config.templates,
    )
    return _notice(NoticeKind.MOVE, mlist, rendered, slots, now, identity=None)


def moving_to(notice: Notice, change: AddressChange) -> Notice:
    """The same notice with its link, whose age counts from when the move was asked for."""
    link = unsigned(Purpose.MOVE, change.id, change.requested_at)
    notice.links = {SlotName.CONFIRM.value: link}
    return notice


def moved_notice(
    inst: Installation,
    mlist: MailingList,
    *,
    after: str,
    language: str | None,
    now: datetime,
) -> Notice:
    """For the old address: it was changed, to `after`; whom to ask, and nothing to press."""
    slots = Slots.fresh()
    rendered = render_moved(
        list_view(inst, mlist),
        after=masked(after),
        moved_at=now,
        contact=mlist.reply_to or mlist.from_address,
        slots=slots,
        language=language,
        templates=inst.config.templates,
    )
    return _notice(NoticeKind.MOVED, mlist, rendered, slots, now, identity=None)


def goodbye_notice(
    inst: Installation,
    mlist: MailingList,
    *,
    also: Sequence[MailingList],
    language: str | None,
    now: datetime,
) -> Notice:
    """Somebody leaves at this moment, and `also` lists with it: nothing is left to leave in it."""
    slots = Slots.fresh()
    rendered = render_goodbye(
        list_view(inst, mlist),
        left_at=now,
        also=[list_view(inst, one) for one in also],
        back_url=signup_page(inst, mlist) if mlist.visibility is Visibility.PUBLIC else None,
        slots=slots,
        language=language,
        templates=inst.config.templates,
    )
    return _notice(NoticeKind.GOODBYE, mlist, rendered, slots, now, identity=None)


def belonging_to(notice: Notice, subscription: Subscription) -> Notice:
    """The same notice with the links of a subscription: leave it, change it."""
    notice.links = {
        SlotName.UNSUBSCRIBE.value: unsigned(Purpose.UNSUBSCRIBE, subscription.id),
        SlotName.PREFERENCES.value: unsigned(Purpose.PREFERENCES, subscription.id),
    }
    return notice


def enqueue(
    session: Session,
    inst: Installation,
    notice: Notice,
    subscriber: Subscriber,
    *,
    subscription: Subscription | None = None,
    address: str | None = None,
    now: datetime,
) -> Delivery | None:
    """Owe the notice to this person, in the caller's transaction; None once they are erased.

    `address` is where to, where that is not the address that they are known by. To confirm, nobody
    is called by a name: whoever typed it may have typed anybody's address, to have us advertise.
    """
    if subscriber.address is None:
        return None
    named = notice.kind not in (NoticeKind.CONFIRM, NoticeKind.MOVE)
    return enqueue_notice(
        session,
        inst.keys.current,
        notice,
        address=address or subscriber.address,
        name=subscriber.name if named else "",
        subscriber_id=subscriber.id,
        subscription_id=None if subscription is None else subscription.id,
        now=now,
    )


def last_written(
    session: Session, subscriber_id: int, purpose: Purpose, since: datetime
) -> datetime | None:
    """When this person was last owed a notice with a link of this purpose, if since `since`."""
    query = (
        sa.select(Notice)
        .join(Delivery, Delivery.notice_id == Notice.id)
        .where(
            Delivery.subscriber_id == subscriber_id,
            Delivery.notice_id.is_not(None),  # for its index
            Notice.created_at > since,
        )
        .order_by(Notice.id.desc())
        .options(load_only(Notice.created_at, Notice.links))
    )
    for notice in session.scalars(query):
        if any(link.get("purpose") == purpose.value for link in notice.links.values()):
            return notice.created_at
    return None


def next_issue(
    session: Session, mlist: MailingList, cadence: str | None, now: datetime
) -> datetime | None:
    """When the schedule of this cadence (None: the default one) is due next; None: by hand."""
    schedules = session.scalars(
        sa.select(Schedule).where(
            Schedule.mlist_id == mlist.id, Schedule.active, Schedule.cron.is_not(None)
        )
    ).all()
    wanted = [s for s in schedules if (s.name == cadence if cadence else s.is_default)]
    if not wanted or wanted[0].cron is None:
        return None
    return next_moment(Cron.parse(wanted[0].cron), ZoneInfo(wanted[0].timezone), now).due_at


def _notice(
    kind: NoticeKind,
    mlist: MailingList,
    rendered: Rendered,
    slots: Slots,
    now: datetime,
    *,
    identity: ListIdentity | None,
) -> Notice:
    """`identity` is given where the mail names its list and can be unsubscribed from."""
    template = build_template(
        rendered.subject,
        rendered.html,
        rendered.text,
        slots,
        kind=Kind.NOTICE,
        sender=Mailbox(mlist.from_address, mlist.from_name),
        reply_to=Mailbox(mlist.reply_to) if mlist.reply_to else None,
        boundary=secrets.token_hex(12),
        list_identity=identity,
    )
    return Notice(
        kind=kind,
        mlist_id=mlist.id,
        sender_address=mlist.from_address,
        subject=rendered.subject,
        template=template.to_json(),
        links={},
        created_at=now,
    )
