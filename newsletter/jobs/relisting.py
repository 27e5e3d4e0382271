"""Changes what a list says of itself: its name, whom it is for, and its topics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Unpack

from newsletter.collect.topics import topic_patterns
from newsletter.installation import Installation
from subscribers import audit
from subscribers.addresses import parse_mailbox
from subscribers.lists import ListFields, edit_list, find_list, rename, set_matches, set_topics
from subscribers.models import MailingList
from subscribers.segments import narrow


@dataclass(frozen=True)
class Edited:
    """A list, the names of what was different before, and whom that moved."""

    mlist: MailingList
    changed: tuple[str, ...]
    moved: int  # subscriptions that had chosen a topic which is gone


def edit_mlist(
    inst: Installation,
    slug: str,
    *,
    new_slug: str | None = None,
    from_mailbox: str | None = None,
    topics: tuple[tuple[str, str], ...] | None = None,
    matches: Mapping[str, str] | None = None,
    where: str | None = None,
    now: datetime,
    actor: str,
    **fields: Unpack[ListFields],
) -> Edited:
    """Change what is given; `topics` are all it has afterwards, `where` is its segment ("": none).

    `matches` maps topics to all their patterns, on a line (see collect/topics.py). Issues that are
    frozen keep what they have. Raises UnknownList, InvalidValue, InvalidAddress, Refused.
    """
    patterns = {topic: topic_patterns(line) for topic, line in (matches or {}).items()}
    if from_mailbox is not None:
        mailbox = parse_mailbox(from_mailbox)
        fields["from_name"], fields["from_address"] = mailbox.name, mailbox.address.address
    with inst.database.write() as session:
        one = find_list(session, slug)
        before, moved = one.slug, 0
        changed = edit_list(session, one, **fields)
        if topics is not None:
            had = [(topic.slug, topic.title) for topic in one.topics]
            moved = set_topics(session, one, topics, now=now)
            if had != [(topic.slug, topic.title) for topic in one.topics]:
                changed.append("topics")
        if set_matches(session, one, patterns):
            changed.append("matches")
        if where is not None and narrow(session, one, where):
            changed.append("where")
        if new_slug is not None and rename(session, one, new_slug, now=now):
            changed.append("slug")
        if changed:
            detail = {"of": changed, "moved": moved, "called": one.slug}
            audit.note(session, actor, "list.edit", f"list {before}", now, detail)
        return Edited(one, tuple(changed), moved)
