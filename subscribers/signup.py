"""How people join: they ask, and confirm by a link; or take one more list by a link of their own;
or an admin adds them with their consent.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from subscribers import suppression
from subscribers.addresses import Address, parse
from subscribers.consent import Act, record_for
from subscribers.errors import InvalidToken, InvalidValue, NotPermitted
from subscribers.gone import gone
from subscribers.models import (
    ConsentKind,
    MailingList,
    Subscriber,
    Subscription,
    SubscriptionState,
    Suppression,
    Visibility,
)
from subscribers.people import hold, hold_subscription, obtain, obtain_subscription
from subscribers.suppression import Hmacs, no_hmacs
from subscribers.tokens import Payload
from subscribers.values import clean_language, clean_name

Quiet = Callable[[Subscriber], bool]
"""Whether no mail to confirm can go to this person now, asked when their row is held."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants of a list. Topics that a list does not have are not asked of it."""

    topics: frozenset[str] | None = None  # None: everything
    cadence: str | None = None  # a schedule's name; None: the list's default
    digests: bool = True
    alerts: bool = False  # only where the words shown named alerts

    def __post_init__(self) -> None:
        if not self.digests and not self.alerts:
            raise InvalidValue("neither digests nor alerts are asked for: choose at least one")


@dataclass(frozen=True, slots=True)
class Request:
    """What a confirmation link stands for: these subscriptions, as they were asked for then."""

    subscription_ids: tuple[int, ...]
    requested_at: datetime

    @property
    def payload(self) -> tuple[int, ...]:
        """For `Tokens.sign(CONFIRM, …)`: microseconds since 1970, then the ids."""
        return ((self.requested_at - _EPOCH) // _TICK, *self.subscription_ids)

    @classmethod
    def from_payload(cls, payload: Payload) -> Request:
        """The other way round; raises InvalidToken when it is something else."""
        if not isinstance(payload, tuple) or len(payload) < 2:
            raise InvalidToken("this link confirms nothing: ask for a new one")
        return cls(tuple(payload[1:]), _EPOCH + payload[0] * _TICK)


@dataclass(frozen=True, slots=True)
class SignUp:
    """What came of filling in the form. The page shows the same, whichever it is."""

    subscriber: Subscriber | None  # None: a suppressed address of which we keep no person
    to_confirm: tuple[Subscription, ...] = ()  # PENDING: send the confirmation link
    joined: tuple[Subscription, ...] = ()  # ACTIVE at once: lists without double opt-in; welcome
    already: tuple[Subscription, ...] = ()  # ACTIVE before: send a link to their settings
    refused: tuple[MailingList, ...] = ()  # private or closed to this form
    suppressed: Suppression | None = None  # send nothing
    request: Request | None = None  # of `to_confirm`, for the link


def sign_up(
    session: Session,
    *,
    address: str,
    mlists: Sequence[MailingList],
    words: str,
    source: str,
    ip: str | None,
    now: datetime,
    name: str = "",
    language: str | None = None,
    wish: Wish | None = None,
    invited: bool = False,
    form: str | None = None,
    quiet: Quiet | None = None,
    hmacs: Hmacs = no_hmacs,
) -> SignUp:
    """Someone asks for these lists; whether they may be who they say is for `confirm` to show.

    `words` is what they agreed to as shown, and `form` names all else that the form said
    (`wording.keep`): both are evidence. `invited` opens private lists, for a form reached by a link
    of their own. Where it is `quiet`, what waits to be confirmed stays as the mail put it, and all
    that is new waits too. Nothing of a person who is ACTIVE is changed. Those who left must
    confirm, even on a list without double opt-in. Raises InvalidAddress, InvalidValue.
    """
    known = parse(address)
    name, language = clean_name(name), clean_language(language)
    open_to = {Visibility.PUBLIC, Visibility.PRIVATE} if invited else {Visibility.PUBLIC}
    wanted = [m for m in mlists if m.visibility in open_to]
    refused = tuple(m for m in mlists if m.visibility not in open_to)
    against = suppression.find(session, known, hmacs)
    if against is not None or not wanted:
        return SignUp(None, refused=refused, suppressed=against)

    subscriber = obtain(session, known, name=name, language=language, now=now)
    unwritten = quiet is not None and quiet(subscriber)
    act = Act(source, words, ip, form=form)
    outcomes: dict[SubscriptionState, list[Subscription]] = {s: [] for s in SubscriptionState}
    already = []
    for mlist in sorted(wanted, key=lambda m: m.id):
        subscription, new = obtain_subscription(
            session, subscriber, mlist.id, source=source, now=now
        )
        if subscription.state is SubscriptionState.ACTIVE:
            already.append(subscription)
            continue
        if unwritten and not new and subscription.state is SubscriptionState.PENDING:
            continue
        _ask(subscription, mlist, wish or Wish(), source, now)
        record_for(session, act, ConsentKind.REQUESTED, subscription, now, _told(subscription))
        if new and not mlist.double_opt_in and not unwritten:
            _activate(subscription, now)
        outcomes[subscription.state].append(subscription)
    session.flush()
    pending = tuple(outcomes[SubscriptionState.PENDING])
    return SignUp(
        subscriber,
        to_confirm=pending,
        joined=tuple(outcomes[SubscriptionState.ACTIVE]),
        already=tuple(already),
        refused=refused,
        request=Request(tuple(s.id for s in pending), now) if pending else None,
    )


def join(
    session: Session,
    subscriber_id: int,
    mlist: MailingList,
    *,
    words: str,
    ip: str | None,
    now: datetime,
    wish: Wish | None = None,
    quiet: Quiet | None = None,
    hmacs: Hmacs = no_hmacs,
) -> SignUp:
    """Somebody takes one more list by a link of their own; `words` is what the page said of it.

    Their address was proven once, so they are on it at once. Whoever left that list, or never
    confirmed any, must confirm, as after filling in the form, and finds the topics and the cadence
    that they had. Raises NotPermitted for a list that
    is not public, and once erased.
    """
    person = hold(session, subscriber_id)
    if person is None or person.address is None:
        raise NotPermitted("nothing is kept of this person any more: sign up again")
    if mlist.visibility is not Visibility.PUBLIC:
        raise NotPermitted(f"list {mlist.slug!r} takes nobody in by itself: choose a public one")
    theirs = session.scalars(
        select(Subscription).where(Subscription.subscriber_id == person.id)
    ).all()
    proven = any(one.confirmed_at is not None for one in theirs)
    before = next((one for one in theirs if one.mlist_id == mlist.id), None)
    wish = wish or Wish()
    if before is not None:
        wish = replace(wish, topics=before.topics, cadence=before.cadence)
    if before is not None or not proven:
        return sign_up(
            session,
            address=person.address,
            mlists=[mlist],
            words=words,
            source="page",
            ip=ip,
            now=now,
            wish=wish,
            quiet=quiet,
            hmacs=hmacs,
        )
    subscription, _ = obtain_subscription(session, person, mlist.id, source="page", now=now)
    _ask(subscription, mlist, wish, "page", now)
    _activate(subscription, now)
    act = Act("page", words, ip)
    record_for(session, act, ConsentKind.REJOINED, subscription, now, _told(subscription))
    return SignUp(person, joined=(subscription,))


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What a confirmation link did. Pressed twice, the lists move from `newly` to `before`."""

    newly: tuple[Subscription, ...]
    before: tuple[Subscription, ...]  # confirmed already
    lapsed: tuple[Subscription, ...]  # left, or asked again, after the link was made: not touched

    @property
    def active(self) -> tuple[Subscription, ...]:
        """All that the page names as confirmed: the same answer each time."""
        return tuple(sorted((*self.newly, *self.before), key=lambda s: s.id))


def confirm(
    session: Session, request: Request, *, ip: str | None, now: datetime, words: str = ""
) -> Confirmed:
    """The button of the confirmation page was pressed.

    Confirms what is still PENDING since `request`. Whoever left afterwards is not brought back: a
    link is as old as the request it answers. Suppressed addresses are confirmed, and get nothing.
    """
    newly, before, lapsed = [], [], []
    for subscription_id in sorted(set(request.subscription_ids)):
        subscription = hold_subscription(session, subscription_id)
        if subscription is None:
            continue  # gone with its list
        if subscription.requested_at > request.requested_at:
            lapsed.append(subscription)
        elif subscription.state is SubscriptionState.ACTIVE:
            before.append(subscription)
        elif subscription.state is SubscriptionState.UNSUBSCRIBED:
            lapsed.append(subscription)
        else:
            _activate(subscription, now)
            act = Act("page", words, ip)
            record_for(session, act, ConsentKind.CONFIRMED, subscription, now, _told(subscription))
            newly.append(subscription)
    session.flush()
    return Confirmed(tuple(newly), tuple(before), tuple(lapsed))


class Outcome(enum.StrEnum):
    """What `add` did."""

    ADDED = "added"  # ACTIVE now, by the consent given
    PENDING = "pending"  # must confirm: send an invitation
    UNCHANGED = "unchanged"  # was so before


@dataclass(frozen=True, slots=True)
class Added:
    subscriber: Subscriber
    subscription: Subscription
    outcome: Outcome
    request: Request | None  # for the confirmation link, while PENDING


def add(
    session: Session,
    *,
    address: str,
    mlist: MailingList,
    confirmed: bool,
    consent_text: str,
    actor: str,
    now: datetime,
    name: str = "",
    language: str | None = None,
    wish: Wish | None = None,
    source: str = "cli",
    again: bool = False,
    hmacs: Hmacs = no_hmacs,
) -> Added:
    """An admin enters someone: with the words they agreed to elsewhere, or to be asked by mail.

    Alerts are theirs only by a `wish` of this admin's. Raises NotPermitted for a closed list, a
    suppressed address, and someone who left, though a form was filled in since in their name
    (`again`: the admin knows that they want to come back); InvalidValue for consent without its
    words.
    """
    known = parse(address)
    name, language = clean_name(name), clean_language(language)
    if confirmed and not consent_text.strip():
        raise InvalidValue(
            f"{known.address} cannot be added as confirmed: give the words they agreed to"
        )
    if mlist.visibility is Visibility.CLOSED:
        raise NotPermitted(f"list {mlist.slug!r} is closed: make it public or private first")
    refuse_suppressed(session, known, hmacs)
    subscriber = obtain(session, known, name=name, language=language, now=now)
    subscription, new = obtain_subscription(session, subscriber, mlist.id, source=source, now=now)
    left = subscription.state is SubscriptionState.UNSUBSCRIBED
    if subscription.state is SubscriptionState.PENDING and not new:
        left = bool(gone(session, mlist.id, [subscriber.id]))
    if left and not again:
        when = (
            f" on {subscription.unsubscribed_at:%Y-%m-%d}" if subscription.unsubscribed_at else ""
        )
        raise NotPermitted(
            f"{known.address} left {mlist.slug!r}{when}: let them sign up themselves"
        )
    if subscription.state is SubscriptionState.ACTIVE:
        return Added(subscriber, subscription, Outcome.UNCHANGED, None)
    if not new and not left and not confirmed:
        request = Request((subscription.id,), now)
        return Added(subscriber, subscription, Outcome.UNCHANGED, request)
    if new or left or wish is not None:
        _ask(subscription, mlist, wish or Wish(), source, now)
    kind = ConsentKind.GRANTED if confirmed else ConsentKind.REQUESTED
    act = Act(source, consent_text, actor=actor)
    if confirmed:
        if wish is None and subscription.alerts:  # ticked by somebody who never confirmed
            subscription.alerts, subscription.digests = False, True
        _activate(subscription, now)
    record_for(session, act, kind, subscription, now, _told(subscription))
    if confirmed:
        return Added(subscriber, subscription, Outcome.ADDED, None)
    return Added(subscriber, subscription, Outcome.PENDING, Request((subscription.id,), now))


def refuse_suppressed(session: Session, address: Address, hmacs: Hmacs) -> None:
    """Raises NotPermitted when this address must not be written to."""
    against = suppression.find(session, address, hmacs)
    if against is not None:
        what = f"domain {address.domain}" if against.key.startswith("@") else address.address
        raise NotPermitted(
            f"{what} is suppressed ({against.reason.value}, {against.created_at:%Y-%m-%d}): "
            "lift the suppression first, if they asked for mail themselves"
        )


def _ask(
    subscription: Subscription, mlist: MailingList, wish: Wish, source: str, now: datetime
) -> None:
    """Write down what is wanted. Asked twice for the same, both links confirm it.

    Once something else is wanted, older links die: they were sent for what was wanted then.
    """
    topics = None if wish.topics is None else wish.topics & {t.slug for t in mlist.topics}
    wanted = (topics or None, wish.cadence, wish.digests, wish.alerts)
    before = (subscription.topics, subscription.cadence, subscription.digests, subscription.alerts)
    left = subscription.state is SubscriptionState.UNSUBSCRIBED
    if left or wanted != before:
        subscription.requested_at = now
    if left:
        subscription.confirmed_at = subscription.unsubscribed_at = None
    subscription.state = SubscriptionState.PENDING
    subscription.source = source
    subscription.topics, subscription.cadence, subscription.digests, subscription.alerts = wanted
    subscription.changed_at = now


def _activate(subscription: Subscription, now: datetime) -> None:
    subscription.state = SubscriptionState.ACTIVE
    subscription.confirmed_at = now
    subscription.unsubscribed_at = None
    subscription.changed_at = now


def _told(subscription: Subscription) -> dict[str, object]:
    """What is agreed to, in a form that evidence can keep."""
    topics = subscription.topics
    return {
        "topics": None if topics is None else sorted(topics),
        "cadence": subscription.cadence,
        "digests": subscription.digests,
        "alerts": subscription.alerts,
    }
