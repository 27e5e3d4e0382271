"""A sign-up form for an editor's own site: plain HTML, no script, nothing loaded from elsewhere."""

from __future__ import annotations

from html import escape

from newsletter.compose.language import is_french
from newsletter.installation import Installation
from newsletter.jobs.standing import offered

_WORDS = {
    True: ("Votre adresse e-mail", "Votre nom (facultatif)", "S’abonner", "Ce qui m’intéresse"),
    False: ("Your e-mail address", "Your name (optional)", "Subscribe", "What interests me"),
}


def signup_form(inst: Installation, slug: str) -> str:
    """An HTML form that signs up to a list at our own page; raises UnknownList."""
    found = offered(inst, slug)
    mlist = found.mlist
    address, name, subscribe, interests = _WORDS[is_french(mlist.language)]
    action = escape(inst.config.url(f"lists/{mlist.slug}"))
    lines = [
        f'<form method="post" action="{action}" lang="{escape(mlist.language)}">',
        f"  <h2>{escape(mlist.title)}</h2>",
    ]
    if mlist.description:
        lines.append(f"  <p>{escape(mlist.description)}</p>")
    lines += [
        f"  <p><label>{address}<br>",
        '    <input type="email" name="address" autocomplete="email" required></label></p>',
        f"  <p><label>{name}<br>",
        '    <input type="text" name="name" autocomplete="name"></label></p>',
    ]
    if found.topics:
        lines += ["  <fieldset>", f"    <legend>{interests}</legend>"]
        lines += [
            f'    <label><input type="checkbox" name="topic" value="{escape(topic.slug)}"> '
            f"{escape(topic.title)}</label><br>"
            for topic in found.topics
        ]
        lines.append("  </fieldset>")
    lines += [f'  <p><button type="submit">{subscribe}</button></p>', "</form>"]
    return "\n".join(lines)
