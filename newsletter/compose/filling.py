"""Fills the two templates of one mail, and sees that no restyled one lost the way out.

Each is filled once for two copies, the reader's own and the public one. Where they differ, the
template writes the one after `copies.own`, the other after `copies.public`, and what they share
again after `copies.both`: words that no article can contain, which are cut here.

Articles, Markdown and all other people's words are values to the templates, never template text.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from newsletter.compose.content import ListView, Rendered
from newsletter.compose.cutting import without_marks
from newsletter.compose.inline import inline
from newsletter.compose.language import direction, typeset, words
from newsletter.compose.pieces import set_list
from newsletter.compose.templates import fill
from newsletter.compose.text import clean, tidy
from newsletter.errors import ComposeError
from newsletter.mail.slots import SlotName, Slots

__all__ = ["fill_both"]

# A goodbye is not among them: there is nothing left to leave. What tells the old address of a move
# is not either: whoever reads there now must not be able to do anything.
_MUST_HOLD = {
    "confirm": SlotName.CONFIRM,
    "move": SlotName.CONFIRM,
    "settings": SlotName.PREFERENCES,
    **dict.fromkeys(("digest", "alert", "letter", "welcome", "already"), SlotName.UNSUBSCRIBE),
}


def _fresh() -> str:
    return f"zq{secrets.token_hex(8)}zq"


@dataclass(frozen=True)
class _Copies:
    """The words that part the copies of one mail."""

    own: str = field(default_factory=_fresh)
    public: str = field(default_factory=_fresh)
    both: str = field(default_factory=_fresh)

    def part(self, filled: str) -> tuple[str, str]:
        """The reader's own copy and the public one; alike where a template parts nothing."""
        parts = re.compile(f"{self.own}\n?(.*?){self.public}\n?(.*?){self.both}\n?", re.DOTALL)
        own, public = parts.sub(r"\1", filled), parts.sub(r"\2", filled)
        for word in asdict(self).values():
            if word in own:
                raise ComposeError(
                    "the template names copies.own, copies.public and copies.both in another "
                    "order; write each once, in this one"
                )
        return own, public


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
    copies = _Copies()
    shared: dict[str, Any] = {
        **{name.value: slots.marker(name) for name in SlotName},
        "subject": line,
        "preheader": glance,
        "language": language,
        "direction": direction(language),
        "words": words(language),
        "mlist": set_list(mlist, language),
        "copies": asdict(copies),
        **values,
    }
    filled = {
        form: fill(f"email/{kind}.{form}.jinja", {**shared, **(own or {})}, operator=templates)
        for form, own in (("html", html), ("txt", text))
    }
    html_own, html_public = copies.part(inline(filled["html"]))
    text_own, text_public = copies.part(filled["txt"])
    must = _MUST_HOLD.get(kind)
    for form, body in (("html", html_own), ("txt", text_own)):
        # A restyled template may lose anything but the way out (RFC 8058 §1, CPCE L34-5).
        if must is not None and slots.marker(must) not in body:
            raise ComposeError(
                f"template email/{kind}.{form}.jinja does not show {must.value}; put it back"
            )
    return Rendered(
        subject=line,
        preheader=glance,
        html=without_marks(html_own),
        text=tidy(text_own),
        public_html=html_public,
        public_text=tidy(text_public),
    )
