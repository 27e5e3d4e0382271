"""How an article looks to the readers of a list: its title, excerpt, picture and source.

The editor's own words win over the source's, and the list says how long an excerpt is.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.collect.excerpt import excerpt
from newsletter.compose.content import ArticleView, Image
from newsletter.models import Article, Sighting, Source, SourceKind, SourceList
from subscribers.models import MailingList


def shown_title(article: Article) -> str:
    """The title that readers see: the editor's, else the source's."""
    return str(article.override.get("title") or article.title)


def article_view(
    article: Article, mlist: MailingList, *, source: str | None = None, sent_as_alert: bool = False
) -> ArticleView:
    """The article as a reader of this list meets it; the editor's own words win.

    `source` is who published it, where that is to be shown.
    """
    override = article.override
    if "excerpt" in override:
        paragraphs = tuple(re.split(r"\n\s*\n", str(override["excerpt"]).strip()))
    else:
        paragraphs = excerpt(
            article.summary_html,
            article.content_html,
            words=mlist.excerpt_words,
            language=article.language or mlist.language,
        )
    picture = override.get("image", article.image)
    return ArticleView(
        title=shown_title(article),
        url=article.url,
        excerpt=paragraphs,
        language=article.language,
        published=article.published_at,
        source=source,
        image=Image(**picture) if picture else None,
        sent_as_alert=sent_as_alert,
        author=article.author,
    )


def article_views(
    session: Session, ids: Sequence[int], mlist: MailingList, *, alerted: Collection[int] = ()
) -> list[ArticleView]:
    """The articles of these ids, in that order, in a fixed number of queries.

    Each names its source where the list has more than one; `alerted` are the ids to be marked.
    """
    rows = session.scalars(sa.select(Article).where(Article.id.in_(list(ids))))
    found = {article.id: article for article in rows}
    names = _source_names(session, ids, mlist)
    return [
        article_view(found[i], mlist, source=names.get(i), sent_as_alert=i in alerted) for i in ids
    ]


def _source_names(session: Session, ids: Sequence[int], mlist: MailingList) -> dict[int, str]:
    """Article id -> title of the list's source that had it first; empty for a list of one."""
    rows = session.execute(
        sa.select(Source.id, Source.title)
        .join(SourceList, SourceList.source_id == Source.id)
        .where(SourceList.mlist_id == mlist.id, Source.kind != SourceKind.MANUAL)
    )
    sources = {row.id: row.title for row in rows}
    if len(sources) < 2:
        return {}
    first = session.execute(
        sa.select(Sighting.article_id, Sighting.source_id)
        .where(Sighting.article_id.in_(list(ids)), Sighting.source_id.in_(list(sources)))
        .order_by(Sighting.id.desc())
    )
    return {article: sources[source] for article, source in first if sources[source]}
