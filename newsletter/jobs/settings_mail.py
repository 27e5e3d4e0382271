"""The mail that brings a fresh link to one's personal data: its sentences, and its rendering."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from newsletter.compose.content import ListView, Rendered
from newsletter.compose.inline import inline
from newsletter.compose.language import direction, moment, spoken, words
from newsletter.compose.pieces import set_list
from newsletter.compose.templates import fill
from newsletter.compose.text import tidy
from newsletter.compose.typography import french
from newsletter.mail.slots import SlotName, Slots

__all__ = ["render_settings"]


@dataclass(frozen=True)
class _Sentences:
    subject: str
    heading: str
    lead: str
    button: str
    until: str  # {moment}
    not_you: str


_ENGLISH = _Sentences(
    subject="Your personal data: your link",
    heading="Your personal data",
    lead="Here is the link you asked for. It opens the page where you can change your name, "
    "download all that we keep about you, or have it erased.",
    button="Open my data",
    until="The link works until {moment}. Please do not forward this message.",
    not_you="If you did not ask for it, do nothing: nothing changes.",
)
_FRENCH = _Sentences(
    subject="Vos données personnelles : votre lien",
    heading="Vos données personnelles",
    lead="Voici le lien que vous avez demandé. Il ouvre la page où vous pouvez changer votre nom, "
    "télécharger tout ce que nous conservons à votre sujet, ou le faire effacer.",
    button="Ouvrir mes données",
    until="Le lien est valable jusqu’au {moment}. Merci de ne pas transférer ce message.",
    not_you="Si vous n’avez rien demandé, ne faites rien : rien ne change.",
)
_SENTENCES = {
    "en": _ENGLISH,
    "fr": _Sentences(**{key: french(text) for key, text in asdict(_FRENCH).items()}),
}


def render_settings(
    mlist: ListView,
    *,
    slots: Slots,
    valid_until: datetime,
    language: str | None = None,
    templates: Path | None = None,
) -> Rendered:
    """Where the fresh link stands, the template prints `preferences_url`."""
    tongue = language or mlist.language
    say = _SENTENCES[spoken(tongue)]
    values = {
        **{name.value: slots.marker(name) for name in SlotName},
        "subject": say.subject,
        "preheader": say.lead[:100],
        "language": tongue,
        "direction": direction(tongue),
        "words": words(tongue),
        "mlist": set_list(mlist, tongue),
        "say": say,
        "until_line": say.until.format(moment=moment(valid_until, tongue, mlist.timezone)),
    }
    html = fill("web/settings-mail.html.jinja", values, operator=templates)
    text = fill("web/settings-mail.txt.jinja", values, operator=templates)
    return Rendered(
        subject=say.subject,
        preheader=values["preheader"],
        html=inline(html),
        text=tidy(text),
    )
