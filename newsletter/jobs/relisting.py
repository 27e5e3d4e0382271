"""Changes what a list says of itself, and its topics."""

from __future__ import annotations

from datetime import datetime
from typing import Unpack

from newsletter.installation import Installation
from subscribers import audit
from subscribers.addresses import parse_mailbox
from subscribers.lists import ListFields, edit_list, find_list, set_topics
from subscribers.models import MailingList


def edit_mlist(
    inst: Installation,
    slug: str,
    *,
    from_mailbox: str | None = None,
    topics: tuple[tuple[str, str], ...] | None = None,
    now: datetime,
    actor: str,
    **fields: Unpack[ListFields],
) -> tuple[list[str], MailingList]:
    """Change what is given; `topics` are all it has afterwards. Gives the names of what changed.

    Issues that are frozen keep what they have. Raises UnknownList, InvalidValue, InvalidAddress.
    """
    if from_mailbox is not None:
        mailbox = parse_mailbox(from_mailbox)
        fields["from_name"], fields["from_address"] = mailbox.name, mailbox.address.address
    with inst.database.write() as session:
        one = find_list(session, slug)
        changed = edit_list(session, one, **fields)
        if topics is not None:
            before = [(topic.slug, topic.title) for topic in one.topics]
            set_topics(session, one, topics)
            if before != [(topic.slug, topic.title) for topic in one.topics]:
                changed.append("topics")
        if changed:
            audit.note(session, actor, "list.edit", f"list {slug}", now, {"of": changed})
        return changed, one
