"""What is known of a source, for people and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from newsletter.cli.app import App

if TYPE_CHECKING:
    from newsletter.jobs.overseeing import SourceDetail, SourceRow
    from newsletter.models import Source

_MOST = 10  # articles of one sort that are named


def show_facts(app: App, found: SourceDetail) -> None:
    """One source as `source show` has it."""
    from newsletter.cli.output import dated, facts, when, zoned
    from newsletter.jobs.health import usual_gap
    from newsletter.jobs.places import selectors_as_written, shown

    row = found.row
    one = row.source
    newest = next((a.published_at for a in found.latest if a.published_at), None)
    facts(
        app,
        {
            **row_document(row),
            "articles_seen": row.articles,
            "articles": [
                {
                    "id": a.id,
                    "title": a.title,
                    "url": a.url,
                    "published_at": a.published_at,
                    "first_seen_at": a.first_seen_at,
                }
                for a in found.latest
            ],
            "held": [
                {"id": a.id, "title": a.title, "url": a.url, "removed_at": a.removed_at}
                for a in found.held
            ],
            "appeared_at_once": [
                {"id": a.id, "title": a.title, "url": a.url, "published_at": a.published_at}
                for a in found.flood
            ],
            "pages_not_read": [
                {"id": a.id, "title": a.title, "url": a.url, "tried_at": a.page_read_at, "why": why}
                for a, why in found.unread
            ],
        },
        {
            "source": one.name,
            "kind": one.kind,
            "location": row.location,
            "title": one.title,
            "readers know it as": "(no name)" if one.shown_title == "" else one.shown_title,
            "offers to": [
                f"{feed.mlist.slug} (topic {feed.topic})" if feed.topic else feed.mlist.slug
                for feed in one.feeds
            ],
            "private": "allowed" if one.allow_private else None,
            "selectors": selectors_as_written(one.selectors),
            "saved from": shown(one.site) if one.site else None,
            "articles' pages": "read for excerpts" if one.read_articles else None,
            "tried": zoned(one.tried_at),
            "read": zoned(one.read_at),
            "not before": zoned(one.next_at),
            "newest article": dated(newest or one.newest_at, zone=True),
            "usual gap": usual_gap(one),
            "how it goes": row.health.words,
            "why": row.health.why,
            "moved for good": f"from {row.health.moved}" if row.health.moved else None,
            "next": row.health.remedy,
            "last articles": "\n".join(
                f"{dated(a.published_at) or when(a.first_seen_at):16}  {a.id:>5}  {a.title}"
                for a in found.latest
            ),
            "held back": "\n".join(
                f"{when(a.removed_at)}  {a.id:>5}  {a.title} (gone from the source)"
                for a in found.held
            ),
            "appeared at once": _flood(found),
            "pages not read": "\n".join(
                f"{when(a.page_read_at)}  {a.id:>5}  {a.title}: {why}" for a, why in found.unread
            ),
        },
    )


def _flood(found: SourceDetail) -> str:
    """What is held, since too many old ones appeared at once, and how it comes on offer."""
    from newsletter.cli.output import dated, when

    if not found.flood:
        return ""
    lines = [
        f"{dated(a.published_at) or when(a.first_seen_at):16}  {a.id:>5}  {a.title}"
        for a in found.flood[:_MOST]
    ]
    more = len(found.flood) - _MOST
    lines += [f"… and {more} more"] if more > 0 else []
    source = found.row.source.name
    return "\n".join((*lines, f"to offer all of them: newsletter collect {source} --held"))


def row_document(row: SourceRow) -> dict[str, Any]:
    """A source as --json has it."""
    return {
        **source_document(row.source),
        "lists": row.lists,
        "articles": row.articles,
        "newest_at": row.newest_at,
        "health": row.health.state,
        "says": row.health.words,
        "remedy": row.health.remedy or None,
    }


def source_document(one: Source) -> dict[str, Any]:
    """A source as it is kept, without its password."""
    from newsletter.cli.output import row
    from newsletter.jobs.places import shown

    names = (
        "name kind title shown_title language active allow_private selectors site read_articles "
        "tried_at read_at next_at gone_at failures problem"
    )
    return {**row(one, *names.split()), "location": shown(one.location)}
