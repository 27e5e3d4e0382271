"""How an article looks to the readers of a list: its title, text, picture and source.

The editor's own words win over the source's, and the list says how much of a text it shows. What
the source left out or cut is made good by what the article's own page says, where that was read.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.collect.excerpt import excerpt, is_cut
from newsletter.collect.tails import without_tails
from newsletter.compose.content import ArticleView, Image
from newsletter.jobs.rewording import paragraphs_of, reworded
from newsletter.models import Article, Sighting, Source, SourceKind, SourceList
from subscribers.models import ExcerptStyle, MailingList


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
    text = shown_whole(article, mlist)
    picture = override.get("image", article.image or article.page_image)
    own = "excerpt" in override
    return ArticleView(
        title=shown_title(article),
        url=article.url,
        excerpt=_own_words(article) if own else _beginning(article, mlist),
        text_html=text,
        language=article.language,
        published=article.published_at,
        source=source,
        image=Image(**picture) if picture else None,
        sent_as_alert=sent_as_alert,
        author=article.author,
    )


def _own_words(article: Article) -> tuple[str, ...]:
    return tuple(paragraphs_of(str(article.override["excerpt"])))


def shown_whole(article: Article, mlist: MailingList) -> str:
    """The whole text, as HTML, where the list shows it; "" where an excerpt stands instead.

    An editor's own paragraphs stand in it. An excerpt of their own stands in place of it all, and
    so do their paragraphs where it is not told, or no longer, what they are to replace.
    """
    if mlist.excerpt_style is not ExcerptStyle.FULL:
        return ""
    text = whole_text(article)
    if not text or "excerpt" not in article.override:
        return text
    changes = article.override.get("paragraphs")
    return (reworded(text, changes) or "") if changes else ""


def _beginning(article: Article, mlist: MailingList) -> tuple[str, ...]:
    summary, content = article.summary_html, article.content_html
    if article.page_html and is_cut(summary, content):
        summary, content = "", article.page_html
    language = article.language or mlist.language
    if mlist.excerpt_style is not ExcerptStyle.LINE:
        return excerpt(summary, content, words=mlist.excerpt_words, language=language)
    # Short paragraphs, of which more than a few fill one line.
    found = excerpt(summary, content, words=mlist.excerpt_words, paragraphs=12, language=language)
    return (" ".join(found),) if found else ()


def whole_text(article: Article) -> str:
    """All of it, as HTML; empty where nobody told us all of it: then its beginning is shown.

    Many feeds have no content, and the whole text in their summary.
    """
    for text, cut in (
        (article.content_html, is_cut("", article.content_html)),
        (article.page_html, not article.page_html),
        (article.summary_html, is_cut(article.summary_html, article.content_html)),
    ):
        if not cut:
            return without_tails(text)
    return ""


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
    """Article id -> what the list's source that had it first is called; empty for one source."""
    rows = session.execute(
        sa.select(Source.id, sa.func.coalesce(Source.shown_title, Source.title).label("title"))
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
