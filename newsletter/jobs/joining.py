"""How people join by themselves: they sign up, are written to, and confirm.

Whoever types an address into the form has not shown that it is theirs, so the answer is the same
whatever we know of it, and takes the same work: both mails that may be needed are rendered before
anything is looked up. What differs goes by mail, to the address's owner alone. How much is taken in
says `limiting`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.installation import Installation
from newsletter.jobs import limiting
from newsletter.jobs.notices import (
    already_notice,
    belonging_to,
    confirm_notice,
    confirming,
    enqueue,
    last_written,
    welcome_notice,
)
from newsletter.jobs.standing import Offered, offer, payload_whatever_its_age
from newsletter.models import Notice
from subscribers import leaving, moving, people, signup, wording
from subscribers.addresses import parse
from subscribers.lists import find_list
from subscribers.models import (
    AddressChange,
    ConsentEvent,
    ConsentKind,
    MailingList,
    Subscriber,
    Subscription,
    SubscriptionState,
    Visibility,
)
from subscribers.signup import Request, SignUp, Wish
from subscribers.tokens import Purpose
from subscribers.values import clean_language, clean_name

ONE_MAIL = timedelta(days=1)  # one confirmation to an address in this time


@dataclass(frozen=True)
class Shown:
    """All that a form said of who, why, how long and which rights, as plain text."""

    text: str
    language: str


def sign_up(
    inst: Installation,
    *,
    slugs: Sequence[str],
    address: str,
    words: str,
    ip: str | None,
    now: datetime,
    name: str = "",
    language: str | None = None,
    topics: frozenset[str] | None = None,
    cadence: str | None = None,
    alerts: bool = False,
    source: str = "form",
    shown: Shown | None = None,
    stepped: bool = False,
) -> SignUp:
    """Somebody asks for these lists: PENDING, evidence and the mail to confirm, in one transaction.

    `topics`, `cadence` and `alerts` are of the first list, whose form it is; of the others comes
    what they bring by themselves. `words` is what was agreed to, with the choices made; it must
    name alerts where `alerts` is set or a list has nothing else. `shown` is all else that the form
    said; `stepped`, whether the page with one more button was passed. Where the mail of the day
    went already, what is new waits without one, for its link to offer. The result is for tests and
    logs: no page may show it.

    Raises UnknownList, InvalidAddress, InvalidValue; OneMoreStep and TooMany where many came
    (`limiting`); and nothing that depends on who is known.
    """
    known, name, language = parse(address), clean_name(name), clean_language(language)
    limiting.admit(inst, ip=ip, address=known, stepped=stepped, now=now)
    with inst.database.read() as session:
        lists = [offer(session, find_list(session, slug)) for slug in dict.fromkeys(slugs)]
        main = _first_open(lists)
        welcomes = {
            one.mlist.id: _welcome(session, inst, one.mlist, None if n else cadence, language, now)
            for n, one in enumerate(lists)
            if not one.mlist.double_opt_in
        }
    wishes = [Wish(alerts=one.only_alerts) for one in lists]
    wishes[0] = Wish(topics, lists[0].knows_cadence(cadence), alerts=alerts or wishes[0].alerts)
    confirm = confirm_notice(inst, main, words=words, ip=ip, language=language, now=now)
    already = already_notice(inst, main, language=language, now=now)
    form = None if shown is None else _kept(inst, shown, now)

    with inst.database.write() as session:
        limiting.take(session, inst, ip=ip, address=known, now=now)
        signed = SignUp(None)
        for one, wish in zip(lists, wishes, strict=True):
            signed = _joined(
                signed,
                signup.sign_up(
                    session,
                    address=known.address,
                    mlists=[one.mlist],
                    words=words,
                    source=source,
                    ip=ip,
                    now=now,
                    name=name,
                    language=language,
                    wish=wish,
                    form=form,
                    quiet=lambda person: asked_today(session, person, now),
                    hmacs=inst.tokens.hmacs,
                ),
            )
        _write(session, inst, signed, confirm, already, welcomes, now)
        return signed


@dataclass(frozen=True)
class Asked:
    """What a confirmation link is about, for the page with its button."""

    subscriber: Subscriber
    waiting: tuple[MailingList, ...]  # to be confirmed by the button
    confirmed: tuple[MailingList, ...]  # were so already
    here: Subscription  # one of them: its language, its links
    waiting_ids: tuple[int, ...]
    further: tuple[Further, ...]  # asked for otherwise, and to be confirmed beside it


@dataclass(frozen=True)
class Further:
    """What waits to be confirmed and is not what a link was sent for: offered with its words."""

    subscription: Subscription
    offered: Offered

    @property
    def request(self) -> Request:
        """As it was asked for at last; once something else is wanted, this confirms nothing."""
        return Request((self.subscription.id,), self.subscription.requested_at)

    @property
    def key(self) -> str:
        """What its box says."""
        return "-".join(map(str, self.request.payload))


def asked(inst: Installation, token: str, now: datetime) -> Asked | None:
    """What the button would confirm; None when nothing of it stands any more.

    Raises InvalidToken.
    """
    request = Request.from_payload(inst.tokens.read(Purpose.CONFIRM, token, now))
    with inst.database.read() as session:
        return _asked(session, request)


def asked_once(inst: Installation, token: str) -> Asked | None:
    """As `asked`, for a link that may be too old."""
    payload = payload_whatever_its_age(inst, Purpose.CONFIRM, token)
    with inst.database.read() as session:
        return _asked(session, Request.from_payload(payload))


def confirm(
    inst: Installation,
    token: str,
    *,
    ip: str | None,
    now: datetime,
    words: str = "",
    further: Sequence[tuple[Further, str]] = (),
) -> Asked | None:
    """The button was pressed: ACTIVE, with a welcome where the list has one. Twice is once.

    `further` is what was ticked beside it, each with the words agreed to. None when nothing stands
    to confirm. Raises InvalidToken.
    """
    request = Request.from_payload(inst.tokens.read(Purpose.CONFIRM, token, now))
    ticked = [(one.request, said) for one, said in further]
    ids = {*request.subscription_ids, *(one.subscription.id for one, _ in further)}
    with inst.database.read() as session:
        if _asked(session, request) is None:
            return None
        found = session.scalars(sa.select(Subscription).where(Subscription.id.in_(ids))).all()
        welcomes = {
            one.mlist_id: _welcome(session, inst, one.mlist, one.cadence, _tongue(one), now)
            for one in found
            if one.state is SubscriptionState.PENDING
        }
    with inst.database.write() as session:
        people.hold(session, found[0].subscriber_id)  # then their subscriptions: the order of locks
        done: list[Subscription] = []
        for one, said in ((request, words), *ticked):
            done += signup.confirm(session, one, ip=ip, now=now, words=said).newly
        for subscription in done:
            _greet(session, inst, subscription, welcomes.get(subscription.mlist_id), now)
        back = [one.id for one in done if leaving.had_left(session, one)]
        result = _asked(session, request, {one.id for one in done})
    inst.journal.append_all("back", back, now)
    return result


def send_again(inst: Installation, token: str, *, ip: str | None, now: datetime) -> None:
    """A link that grew too old is asked for anew: one more mail, within the limit of one a day.

    Raises InvalidToken.
    """
    request = Request.from_payload(payload_whatever_its_age(inst, Purpose.CONFIRM, token))
    with inst.database.read() as session:
        found = _asked(session, request)
        if found is None or not found.waiting:
            return
        main = found.waiting[0]
        words = session.scalar(
            sa.select(ConsentEvent.words)
            .where(
                ConsentEvent.subscriber_id == found.subscriber.id,
                ConsentEvent.mlist_id == main.id,
                ConsentEvent.kind == ConsentKind.REQUESTED,
            )
            .order_by(ConsentEvent.id.desc())
            .limit(1)
        )
    notice = confirm_notice(
        inst, main, words=words or "", ip=ip, language=found.subscriber.language, now=now
    )
    with inst.database.write() as session:
        person = people.hold(session, found.subscriber.id)
        standing = _asked(session, request)
        if person is None or standing is None or asked_today(session, person, now):
            return
        if standing.waiting_ids == found.waiting_ids:  # what changed since has a mail of its own
            renewed = Request(standing.waiting_ids, now)
            enqueue(session, inst, confirming(notice, renewed), person, now=now)


def _asked(
    session: Session, request: Request, ticked: Collection[int] = frozenset()
) -> Asked | None:
    """`ticked` are ids of what was confirmed beside it just now."""
    rows = session.scalars(
        sa.select(Subscription)
        .where(Subscription.id.in_((*request.subscription_ids, *ticked)))
        .order_by(Subscription.id)
    ).all()
    standing = [s for s in rows if s.id in ticked or s.requested_at <= request.requested_at]
    waiting = [s for s in standing if s.state is SubscriptionState.PENDING]
    active = [s for s in standing if s.state is SubscriptionState.ACTIVE]
    shown = [*active, *waiting]
    if not shown or shown[0].subscriber.address is None:
        return None
    if _moved_since(session, shown[0].subscriber_id, request.requested_at):
        return None
    ids = tuple(s.id for s in waiting)
    others = session.scalars(
        sa.select(Subscription)
        .where(
            Subscription.subscriber_id == shown[0].subscriber_id,
            Subscription.state == SubscriptionState.PENDING,
            Subscription.id.not_in(ids),
        )
        .order_by(Subscription.id)
    )
    return Asked(
        shown[0].subscriber,
        tuple(s.mlist for s in waiting),
        tuple(s.mlist for s in active),
        shown[0],
        ids,
        tuple(Further(one, offer(session, one.mlist)) for one in others),
    )


def _moved_since(session: Session, subscriber_id: int, moment: datetime) -> bool:
    """Whether they have another address by now: a mail to the old one speaks for it no more."""
    moves = sa.select(AddressChange.id).where(
        AddressChange.subscriber_id == subscriber_id, AddressChange.confirmed_at >= moment
    )
    return session.scalar(moves.limit(1)) is not None


def _kept(inst: Installation, shown: Shown, now: datetime) -> str:
    """The name of what the form said; the first who sees it keeps nobody else waiting for it."""
    name = wording.name_of(shown.text)
    with inst.database.read() as session:
        known = wording.text_of(session, name) is not None
    if not known:
        with inst.database.write() as session:
            wording.keep(session, shown.text, shown.language, now)
    return name


def _first_open(lists: Sequence[Offered]) -> MailingList:
    """The list that the mail speaks for."""
    public = [one.mlist for one in lists if one.mlist.visibility is Visibility.PUBLIC]
    return public[0] if public else lists[0].mlist


def _joined(one: SignUp, other: SignUp) -> SignUp:
    """Two lists' sign-ups as one, with one link for all that is to be confirmed."""
    pending = (*one.to_confirm, *other.to_confirm)
    request = other.request or one.request
    return SignUp(
        one.subscriber or other.subscriber,
        to_confirm=pending,
        joined=(*one.joined, *other.joined),
        already=(*one.already, *other.already),
        refused=(*one.refused, *other.refused),
        suppressed=one.suppressed or other.suppressed,
        request=request and replace(request, subscription_ids=tuple(s.id for s in pending)),
    )


def _write(
    session: Session,
    inst: Installation,
    signed: SignUp,
    confirm: Notice,
    already: Notice,
    welcomes: dict[int, Notice | None],
    now: datetime,
) -> None:
    """Owe the one mail that this sign-up asks for, or the welcomes of lists that ask nothing.

    The person is held by now, so a rival that signed the same new address up has committed: the
    limit is looked at once more.
    """
    person = signed.subscriber
    if person is None or asked_today(session, person, now):
        return
    if signed.request is not None:
        enqueue(session, inst, confirming(confirm, signed.request), person, now=now)
    elif signed.already and not signed.joined and not _told_today(session, person, now):
        first = signed.already[0]
        notice = belonging_to(already, first)
        enqueue(session, inst, notice, person, subscription=first, now=now)
    for subscription in signed.joined:
        _greet(session, inst, subscription, welcomes.get(subscription.mlist_id), now)


def _welcome(
    session: Session,
    inst: Installation,
    mlist: MailingList,
    cadence: str | None,
    language: str | None,
    now: datetime,
) -> Notice | None:
    if not mlist.welcome:
        return None
    return welcome_notice(session, inst, mlist, cadence=cadence, language=language, now=now)


def _greet(
    session: Session,
    inst: Installation,
    subscription: Subscription,
    notice: Notice | None,
    now: datetime,
) -> None:
    if notice is not None:
        person = subscription.subscriber
        welcome = belonging_to(notice, subscription)
        enqueue(session, inst, welcome, person, subscription=subscription, now=now)


def _tongue(subscription: Subscription) -> str | None:
    return subscription.subscriber.language


def asked_today(session: Session, person: Subscriber, now: datetime) -> bool:
    """Whether this address got its mail of the day, and did not answer it.

    Whoever confirmed may ask for more lists. To who never did, a link to their data is that mail.
    """
    since = now - ONE_MAIL
    if moving.never_answered(session, person.id) and last_written(
        session, person.id, Purpose.SETTINGS, since
    ):
        return True
    asked_at = last_written(session, person.id, Purpose.CONFIRM, since)
    if asked_at is not None:
        answered = session.scalar(
            sa.select(ConsentEvent.id)
            .where(
                ConsentEvent.subscriber_id == person.id,
                ConsentEvent.kind == ConsentKind.CONFIRMED,
                ConsentEvent.at >= asked_at,
            )
            .limit(1)
        )
        return answered is None
    return False


def _told_today(session: Session, person: Subscriber, now: datetime) -> bool:
    """Whether a mail with a link to their settings went to this address in a day."""
    return last_written(session, person.id, Purpose.PREFERENCES, now - ONE_MAIL) is not None
