"""A sign-up form for an editor's own site: plain HTML, no script, nothing loaded from elsewhere.

It keeps nothing and asks for no consent. What is typed is posted to our own page, which shows it
with the sentence to agree to and a button: a pasted form grows old, and the evidence must be the
words that were seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from newsletter.compose.language import direction, is_french, typeset
from newsletter.errors import Refused
from newsletter.installation import Installation
from newsletter.jobs.imprint import links_of
from newsletter.jobs.standing import offered
from subscribers.models import Visibility


@dataclass(frozen=True)
class _Words:
    title: str  # {title}
    address: str
    name: str
    topics: str
    button: str
    next: str  # {site}
    privacy: str


_ENGLISH = _Words(
    title="Subscribe to {title}",
    address="E-mail address",
    name="Name (optional)",
    topics="Topics (optional)",
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
    button="Continuer",
    next="La page suivante ({site}) montre ce que vous acceptez. Rien n’est conservé avant que "
    "vous n’y appuyiez sur le bouton.",
    privacy="La protection de vos données",
)


def signup_form(inst: Installation, slug: str) -> str:
    """The form as HTML; raises UnknownList, and Refused for a list whose page is not shown."""
    found = offered(inst, slug)
    mlist, site = found.mlist, inst.config.site
    if mlist.visibility is not Visibility.PUBLIC:
        raise Refused(
            f"list '{mlist.slug}' is {mlist.visibility.value}, so nobody can sign up to it "
            f"(make it public with 'newsletter list edit {mlist.slug} --visibility public')"
        )
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
    if found.topics:
        lines += ["  <fieldset>", f"    <legend>{said(say.topics)}</legend>"]
        lines += [
            f'    <label><input type="checkbox" name="topic" value="{escape(topic.slug)}"> '
            f"{said(topic.title)}</label><br>"
            for topic in found.topics
        ]
        lines.append("  </fieldset>")
    more = ""
    if site.privacy_url:
        more = f' <a href="{escape(site.privacy_url)}">{said(say.privacy)}</a>'
    lines += [
        f'  <p><button type="submit">{said(say.button)}</button></p>',
        f"  <p><small>{said(say.next.format(site=site.name))}{more}</small></p>",
        "</form>",
    ]
    return "\n".join(lines)
