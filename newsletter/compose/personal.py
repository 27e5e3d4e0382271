"""Renders the mails to one person that belong to no issue, in the manner of `render`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

from newsletter.compose import markdown
from newsletter.compose.content import ListView, Rendered
from newsletter.compose.filling import fill_both
from newsletter.compose.language import long_date, moment, quoted, typeset, words
from newsletter.compose.pieces import preheader
from newsletter.compose.text import clean
from newsletter.mail.slots import Slots

__all__ = [
    "render_already",
    "render_confirm",
    "render_goodbye",
    "render_move",
    "render_moved",
    "render_settings",
    "render_welcome",
]


def render_confirm(
    mlist: ListView,
    *,
    consent: str,
    requested_at: datetime,
    slots: Slots,
    ip_hint: str | None = None,
    valid_until: datetime | None = None,
    language: str | None = None,
    templates: Path | None = None,
) -> Rendered:
    """Asks whether a sign-up is really wanted.

    `consent` is the sentence the person agreed to, word for word; `ip_hint` says from where, as
    far as that is kept; both moments are aware.
    """
    spoken = language or mlist.language
    say = words(spoken)
    title = typeset(clean(mlist.title), mlist.language or spoken)
    until = say.confirm_until.format(
        moment="" if valid_until is None else moment(valid_until, spoken, mlist.timezone)
    )
    return fill_both(
        "confirm",
        mlist,
        subject=say.confirm_subject.format(title=title),
        glance=preheader(say.confirm_preheader.format(title=title), say.confirm_not_you),
        language=spoken,
        slots=slots,
        templates=templates,
        asked=typeset(clean(consent), spoken),
        when_line=f"{moment(requested_at, spoken, mlist.timezone)} ({mlist.timezone})",
        where=clean(ip_hint or ""),
        until_line="" if valid_until is None else until,
    )


def render_welcome(
    mlist: ListView,
    *,
    slots: Slots,
    next_day: date | None = None,
    greeting_markdown: str = "",
    language: str | None = None,
    templates: Path | None = None,
) -> Rendered:
    """Greets a new subscriber; `next_day` is the local date of the next issue, where known.

    `greeting_markdown` is what the list itself has to say, in its own language.
    """
    spoken = language or mlist.language
    say = words(spoken)
    title = typeset(clean(mlist.title), mlist.language or spoken)
    next_line = ""
    if next_day is not None:
        next_line = say.welcome_next.format(date=long_date(next_day, spoken))
    own = {"language": mlist.language or spoken, "base_url": mlist.home_url}
    greeting = greeting_markdown.strip()
    return fill_both(
        "welcome",
        mlist,
        subject=say.welcome_subject.format(title=title),
        glance=preheader(say.welcome_preheader.format(title=title), next_line, say.welcome_leave),
        language=spoken,
        slots=slots,
        templates=templates,
        html={"greeting": markdown.to_html(greeting, **own)},
        text={"greeting": markdown.to_text(greeting, **own)},
        next_line=next_line,
    )


def render_already(
    mlist: ListView,
    *,
    slots: Slots,
    language: str | None = None,
    templates: Path | None = None,
) -> Rendered:
    """Answers a sign-up from an address that is subscribed already, with its settings."""
    spoken = language or mlist.language
    say = words(spoken)
    title = typeset(clean(mlist.title), mlist.language or spoken)
    return fill_both(
        "already",
        mlist,
        subject=say.already_subject.format(title=title),
        glance=preheader(say.already_preheader.format(title=title), say.already_settings),
        language=spoken,
        slots=slots,
        templates=templates,
    )


def render_settings(
    mlist: ListView,
    *,
    valid_until: datetime,
    slots: Slots,
    language: str | None = None,
    templates: Path | None = None,
) -> Rendered:
    """Brings a fresh link to one's personal data, as `preferences_url`; `valid_until` is aware."""
    spoken = language or mlist.language
    say = words(spoken)
    site = typeset(clean(mlist.site_name or mlist.title), spoken)
    return fill_both(
        "settings",
        mlist,
        subject=say.settings_subject,
        glance=preheader(say.settings_preheader, say.settings_not_you),
        language=spoken,
        slots=slots,
        templates=templates,
        site=site,
        until_line=say.settings_until.format(
            moment=moment(valid_until, spoken, mlist.timezone),
        ),
    )


def render_move(
    mlist: ListView,
    *,
    before: str,
    requested_at: datetime,
    valid_until: datetime,
    slots: Slots,
    ip_hint: str | None = None,
    language: str | None = None,
    templates: Path | None = None,
) -> Rendered:
    """Asks, at a new address, whether it is the reader's; `before` is the old one, masked.

    The button is `confirm_url`; both moments are aware.
    """
    spoken = language or mlist.language
    say = words(spoken)
    return fill_both(
        "move",
        mlist,
        subject=say.move_subject,
        glance=preheader(say.move_preheader, say.move_not_you),
        language=spoken,
        slots=slots,
        templates=templates,
        site=typeset(clean(mlist.site_name or mlist.title), spoken),
        before=clean(before),
        when_line=f"{moment(requested_at, spoken, mlist.timezone)} ({mlist.timezone})",
        where=clean(ip_hint or ""),
        until_line=say.confirm_until.format(moment=moment(valid_until, spoken, mlist.timezone)),
    )


def render_moved(
    mlist: ListView,
    *,
    after: str,
    moved_at: datetime,
    contact: str,
    slots: Slots,
    language: str | None = None,
    templates: Path | None = None,
) -> Rendered:
    """Tells the old address that it was changed to `after`, masked; `contact` is whom to ask.

    No link in it does anything: somebody else may read there.
    """
    spoken = language or mlist.language
    say = words(spoken)
    return fill_both(
        "moved",
        mlist,
        subject=say.moved_subject,
        glance=preheader(say.moved_preheader, say.moved_same),
        language=spoken,
        slots=slots,
        templates=templates,
        site=typeset(clean(mlist.site_name or mlist.title), spoken),
        after=clean(after),
        moved_at=moment(moved_at, spoken, mlist.timezone),
        contact=clean(contact),
    )


def render_goodbye(
    mlist: ListView,
    *,
    left_at: datetime,
    slots: Slots,
    also: Sequence[ListView] = (),
    back_url: str | None = None,
    language: str | None = None,
    templates: Path | None = None,
) -> Rendered:
    """Says that somebody has left, and that nothing more comes.

    `also` are the lists left at the same moment, which is aware; `back_url` is where one may sign
    up again, if anywhere.
    """
    spoken = language or mlist.language
    say = words(spoken)
    title, *others = (typeset(clean(one.title), one.language or spoken) for one in (mlist, *also))
    return fill_both(
        "goodbye",
        mlist,
        subject=say.goodbye_subject.format(title=title),
        glance=preheader(say.goodbye_preheader.format(title=title), say.goodbye_nothing),
        language=spoken,
        slots=slots,
        templates=templates,
        titles=quoted([title, *others], spoken),
        left_at=moment(left_at, spoken, mlist.timezone),
        back_url=back_url or "",
    )
