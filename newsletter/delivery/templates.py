"""The message templates that a sender has in hand, each loaded once."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from newsletter.delivery.queue import Claimed, load_template
from newsletter.mail.message import Template

KEPT = 64


class Templates:
    """Templates of issues' variants and of notices, the latest used last."""

    def __init__(self) -> None:
        self._templates: dict[int, Template] = {}

    def load(self, session: Session, claims: Iterable[Claimed]) -> None:
        """Have the templates of these deliveries at hand."""
        for claimed in claims:
            key = _key(claimed)
            if key not in self._templates:
                self._templates[key] = Template.from_json(load_template(session, claimed))

    def of(self, claimed: Claimed) -> Template:
        return self._templates[_key(claimed)]

    def forget(self, in_use: Iterable[Claimed]) -> None:
        """Let the oldest go, but for what is still needed."""
        if len(self._templates) > KEPT:
            needed = {_key(claimed) for claimed in in_use}
            for key in [key for key in self._templates if key not in needed][:-KEPT]:
                del self._templates[key]


def _key(claimed: Claimed) -> int:
    """Variants and notices are numbered apart; notices get the negative numbers."""
    if claimed.variant_id is not None:
        return claimed.variant_id
    return -(claimed.consignment.notice_id or 0)
