"""A sign-up form for an editor's own site: plain HTML, no script, nothing loaded from elsewhere.

It keeps nothing and asks for no consent. What is typed is posted to our own page, which shows it
with the sentence to agree to and a button: a pasted form grows old, and the evidence must be the
words that were seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from newsletter.compose.language import direction, is_french, typeset
from newsletter.errors import Refused
from newsletter.installation import Installation
from newsletter.jobs.imprint import links_of
from newsletter.jobs.standing import Offered, offered
from subscribers.models import Visibility


@dataclass(frozen=True)
class _Words:
    title: str  # {title}
    address: str
    name: str
    topics: str
    cadence: str
    alerts: str  # {title}
    also: str
    with_alerts: str
    button: str
    next: str  # {site}
    privacy: str


_ENGLISH = _Words(
    title="Subscribe to {title}",
    address="E-mail address",
    name="Name (optional)",
    topics="Topics (optional)",
    cadence="How often",
    alerts="The urgent alerts of “{title}” as well",
    also="I would also like to receive",
    with_alerts="urgent alerts included",
    button="Continue",
    next="The next page ({site}) shows what you agree to. Nothing is kept before you press the "
    "button there.",
    privacy="How your data is protected",
)
_FRENCH = _Words(
    title="S’abonner à « {title} »",
    address="Adresse électronique",
    name="Nom (facultatif)",
    topics="Rubriques (facultatif)",
    cadence="À quel rythme",
    alerts="Aussi les alertes urgentes de « {title} »",
    also="Je souhaite aussi recevoir",
    with_alerts="alertes urgentes comprises",
    button="Continuer",
    next="La page suivante ({site}) montre ce que vous acceptez. Rien n’est conservé avant que "
    "vous n’y appuyiez sur le bouton.",
    privacy="La protection de vos données",
)


def signup_form(inst: Installation, slug: str, further: Sequence[str] = ()) -> str:
    """The form as HTML, with boxes for `further` lists.

    Raises UnknownList, and Refused for a list whose page is not shown.
    """
    main = _shown(inst, slug)
    others = [_shown(inst, other) for other in dict.fromkeys(further) if other != slug]
    mlist, site = main.mlist, inst.config.site
    language = mlist.language
    say = _FRENCH if is_french(language) else _ENGLISH

    def said(text: str) -> str:
        return escape(typeset(text, language))

    lines = [
        f'<form method="post" action="{escape(links_of(inst).signup(mlist.slug))}" '
        f'lang="{escape(language)}" dir="{direction(language)}">',
        '  <input type="hidden" name="do" value="show">',
        f"  <h2>{said(say.title.format(title=mlist.title))}</h2>",
    ]
    if mlist.description:
        lines.append(f"  <p>{said(mlist.description)}</p>")
    lines += [
        f"  <p><label>{said(say.address)}<br>",
        '    <input type="email" name="address" required maxlength="254" autocomplete="email">'
        "</label></p>",
        f"  <p><label>{said(say.name)}<br>",
        '    <input type="text" name="name" maxlength="200" autocomplete="name"></label></p>',
    ]
    if len(main.cadences) > 1:
        lines += _group(
            said(say.cadence),
            (
                _choice("radio", "cadence", one.name, said(one.title(language)), one.is_default)
                for one in main.cadences
            ),
        )
    lines += _group(
        said(say.topics),
        (_choice("checkbox", "topic", topic.slug, said(topic.title)) for topic in main.topics),
    )
    if not main.only_alerts:
        alerts = said(say.alerts.format(title=mlist.title))
        lines.append(f"  <p>{_choice('checkbox', 'alerts', 'yes', alerts)}</p>")
    lines += _group(
        said(say.also),
        (
            _choice("checkbox", "list", other.mlist.slug, _titled(other, said(say.with_alerts)))
            for other in others
        ),
    )
    more = ""
    if site.privacy_url:
        more = f' <a href="{escape(site.privacy_url)}">{said(say.privacy)}</a>'
    lines += [
        f'  <p><button type="submit">{said(say.button)}</button></p>',
        f"  <p><small>{said(say.next.format(site=site.name))}{more}</small></p>",
        "</form>",
    ]
    return "\n".join(lines)


def _shown(inst: Installation, slug: str) -> Offered:
    found = offered(inst, slug)
    mlist = found.mlist
    if mlist.visibility is not Visibility.PUBLIC:
        raise Refused(
            f"list '{mlist.slug}' is {mlist.visibility.value}, so nobody can sign up to it "
            f"(make it public with 'newsletter list edit {mlist.slug} --visibility public')"
        )
    return found


def _titled(one: Offered, with_alerts: str) -> str:
    title = escape(typeset(one.mlist.title, one.mlist.language))
    named = f'<span lang="{escape(one.mlist.language)}">{title}</span>'
    return f"{named} ({with_alerts})" if one.only_alerts else named


def _group(legend: str, choices: Iterable[str]) -> Iterator[str]:
    """A fieldset of these choices; nothing where there are none."""
    lines = [f"    {choice}<br>" for choice in choices]
    if lines:
        yield from ("  <fieldset>", f"    <legend>{legend}</legend>", *lines, "  </fieldset>")


def _choice(kind: str, name: str, value: str, label: str, checked: bool = False) -> str:
    """A box with its label; `label` is HTML."""
    ticked = " checked" if checked else ""
    box = f'<input type="{kind}" name="{name}" value="{escape(value)}"{ticked}>'
    return f"<label>{box} {label}</label>"
