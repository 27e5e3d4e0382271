"""Fills the two templates of one mail, and sees that no restyled one lost the way out.

Articles, Markdown and all other people's words are values to the templates, never template text.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from newsletter.compose.content import ListView, Rendered
from newsletter.compose.inline import inline
from newsletter.compose.language import direction, typeset, words
from newsletter.compose.pieces import set_list
from newsletter.compose.templates import fill
from newsletter.compose.text import clean, tidy
from newsletter.errors import ComposeError
from newsletter.mail.slots import SlotName, Slots

__all__ = ["fill_both"]

# A goodbye is not among them: there is nothing left to leave.
_MUST_HOLD = {
    "confirm": SlotName.CONFIRM,
    "settings": SlotName.PREFERENCES,
    **dict.fromkeys(("digest", "alert", "letter", "welcome", "already"), SlotName.UNSUBSCRIBE),
}


def fill_both(
    kind: str,
    mlist: ListView,
    *,
    subject: str,
    glance: str,
    language: str,
    slots: Slots,
    templates: Path | None,
    html: dict[str, Any] | None = None,
    text: dict[str, Any] | None = None,
    **values: Any,
) -> Rendered:
    """The mail from both templates of `kind`; `html` and `text`: values that differ between them.

    Raises ComposeError for a faulty template, and for one that does not show what it must.
    """
    line = typeset(clean(subject), language)
    shared: dict[str, Any] = {
        **{name.value: slots.marker(name) for name in SlotName},
        "subject": line,
        "preheader": glance,
        "language": language,
        "direction": direction(language),
        "words": words(language),
        "mlist": set_list(mlist, language),
        **values,
    }
    filled = {
        form: fill(f"email/{kind}.{form}.jinja", {**shared, **(own or {})}, operator=templates)
        for form, own in (("html", html), ("txt", text))
    }
    must = _MUST_HOLD.get(kind)
    for form, body in filled.items():
        # A restyled template may lose anything but the way out (RFC 8058 §1, CPCE L34-5).
        if must is not None and slots.marker(must) not in body:
            raise ComposeError(
                f"template email/{kind}.{form}.jinja does not show {must.value}; put it back"
            )
    return Rendered(
        subject=line, preheader=glance, html=inline(filled["html"]), text=tidy(filled["txt"])
    )
