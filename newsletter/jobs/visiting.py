"""Reads articles' own pages: for a text that their source cuts, and to see whether they are there.

A page is asked for once, when its article is on offer and wants a text or a picture; again when
the source edits the article; and after a failure at most twice, a day apart. Nothing of it makes
its source fail.
"""

from __future__ import annotations

import html
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, load_only

from newsletter.collect.articlepage import ArticlePage, Barrier
from newsletter.collect.edits import OF_PAGE, is_of_page
from newsletter.collect.entry import url_key
from newsletter.collect.excerpt import excerpt, is_cut
from newsletter.collect.history import What, note
from newsletter.collect.identity import short
from newsletter.collect.offers import chunks
from newsletter.collect.polite import Polite
from newsletter.collect.reading import Ways
from newsletter.collect.store import still_there
from newsletter.collect.titles import alike
from newsletter.collect.twins import common_addresses, same_as
from newsletter.collect.visitor import LONGEST, Answered, Wanted, ask_for
from newsletter.installation import Installation
from newsletter.jobs.wanting_pages import (
    brought_by,
    cut_pages,
    lists_of,
    missing_pages,
    on_offer,
)
from newsletter.models import Article, Source

__all__ = ["VisitReport", "visit"]

_TOLD = 3  # problems of one source that are told


@dataclass
class VisitReport:
    """What reading the pages of one source's articles gave."""

    read: int = 0  # pages that could be read
    texts: int = 0  # articles that have a text by it
    pictures: int = 0
    same: int = 0  # articles that are another one, by the address that their page gives
    still_there: int = 0  # no longer listed, but there: no longer held back
    gone: int = 0  # no longer listed, and not to be found: stay held back
    failed: int = 0  # pages that could not be read, or whose text had to be left
    waiting: int = 0  # pages left for the next visit
    problems: tuple[str, ...] = field(default=())  # the first few


def visit(
    inst: Installation,
    sources: Sequence[int],
    *,
    ways: Ways,
    now: datetime,
    polite: Polite | None = None,
    longest: float = LONGEST,
) -> dict[int, VisitReport]:
    """Ask for the pages that articles of these sources (by id) want; a report of each that had any.

    Each source's pages are stored in one short transaction; none is open while a page is asked for.
    After `longest` seconds no more page is asked for: the rest is left for the next visit.
    """
    with inst.database.read() as session:
        wanted = missing_pages(session, sources, now)
        known = {page.article for page in wanted}
        wanted += [page for page in cut_pages(session, sources, now) if page.article not in known]
    if not wanted:
        return {}
    reports: dict[int, VisitReport] = {}
    open_pages = Counter(page.source for page in wanted)
    answers: defaultdict[int, list[Answered]] = defaultdict(list)
    for answer in ask_for(wanted, polite or Polite(ways), longest=longest):
        source = answer.wanted.source
        answers[source].append(answer)
        open_pages[source] -= 1
        if not open_pages[source]:
            reports[source] = _keep(inst, source, answers.pop(source), now)
    return reports


# --- what came of them ------------------------------------------------------------------------


def _keep(
    inst: Installation, source_id: int, answers: Sequence[Answered], now: datetime
) -> VisitReport:
    report = VisitReport(waiting=sum(not (a.page or a.problem) for a in answers))
    came = sorted((a for a in answers if a.page or a.problem), key=lambda a: a.wanted.article)
    if not came:
        return report
    with inst.database.write() as session:
        # As a reading does: two that store at once would meet in the same articles.
        session.execute(sa.select(Source.id).order_by(Source.id).limit(1).with_for_update())
        source = session.get(Source, source_id)
        ids = [answer.wanted.article for answer in came]
        articles = {
            article.id: article
            for part in chunks(ids)
            for article in session.scalars(sa.select(Article).where(Article.id.in_(part)))
        }
        reads = source is not None and source.read_articles
        nobodys = _Nobodys.of(session, source_id, came, now) if reads else None
        for answer in came:
            article = articles.get(answer.wanted.article)
            if article is None or article.withdrawn_at or article.url != answer.wanted.url:
                continue  # something became of it meanwhile
            article.page_read_at = now
            if answer.page is not None:
                _take(session, article, answer.wanted, answer.page, report, nobodys, now)
            else:
                _fail(article, answer.wanted, answer.problem, report, now)
    return report


@dataclass(frozen=True)
class _Nobodys:
    """What several articles of a source give as theirs: it is the site's, and no article's own."""

    pictures: frozenset[str]
    addresses: frozenset[str]  # their keys

    @classmethod
    def of(
        cls, session: Session, source_id: int, answers: Sequence[Answered], now: datetime
    ) -> _Nobodys:
        given = [
            (answer.wanted.article, answer.page.canonical_url)
            for answer in answers
            if answer.page is not None and answer.page.canonical_url
        ]
        return cls(
            _pictures_of_the_site(session, source_id, answers, now),
            common_addresses(session, source_id, given),
        )


def _take(
    session: Session,
    article: Article,
    wanted: Wanted,
    page: ArticlePage,
    report: VisitReport,
    nobodys: _Nobodys | None,
    now: datetime,
) -> None:
    """Keep what a page gives; without `nobodys`, only whether it is there."""
    report.read += 1
    if wanted.vanished and _is_there(page, wanted):
        still_there(article, now=now)
        report.still_there += 1
    elif wanted.vanished:
        report.read -= 1
        _fail(article, wanted, f"it is {page.barrier or Barrier.OTHER}", report, now)
        return
    if nobodys is None:
        return
    _learn(article, page, now)
    named = page.canonical_url
    if named and short(url_key(named)) not in nobodys.addresses:
        report.same += same_as(session, article, named, now=now) is not None
    if page.image is not None and page.image.url not in nobodys.pictures:
        article.page_image = asdict(page.image)
        report.pictures += 1
    # What a page tells those who share it is better than nothing, where nothing else is said.
    text = page.text_html or (_told(page) if not _has_text(article) else "")
    if text:
        article.page_html = text
        report.texts += 1
    elif page.barrier is not None or is_cut(article.summary_html, article.content_html):
        why = f"it is {page.barrier}" if page.barrier else "none was found on it"
        _fail(article, wanted, why, report, now)


def _learn(article: Article, page: ArticlePage, now: datetime) -> None:
    """Take over when, by whom and in which language its page says it was written; its source's
    word comes first."""
    for column, what in OF_PAGE.items():
        held, said = getattr(article, column), getattr(page, column)
        if said and said != held and (held is None or is_of_page(article, column)):
            setattr(article, column, said)
            note(article, what, now, **{column: said})
    if article.published_at is None and page.published is not None and page.published <= now:
        article.published_at = page.published
        note(article, What.DATED, now, after=page.published.isoformat())


def _has_text(article: Article) -> bool:
    return bool(excerpt(article.summary_html, article.content_html))


def _told(page: ArticlePage) -> str:
    return f"<p>{html.escape(page.description, quote=False)}</p>" if page.description else ""


def _is_there(page: ArticlePage, wanted: Wanted) -> bool:
    """Whether this is the article's own page, and not one that its address leads to now."""
    return page.barrier in (None, Barrier.PAYWALL) and alike(page.title, wanted.title)


def _fail(article: Article, wanted: Wanted, why: str, report: VisitReport, now: datetime) -> None:
    note(article, What.UNREADABLE, now, why=why)
    report.failed += 1
    if wanted.vanished:
        report.gone += 1
    elif len(report.problems) < _TOLD:
        told = why if wanted.url in why else f"{wanted.url}: {why}"
        report.problems = (*report.problems, told)


def _pictures_of_the_site(
    session: Session, source_id: int, answers: Iterable[Answered], now: datetime
) -> frozenset[str]:
    """Pictures that several articles of a source give as theirs: the site's own, for want of any.

    Even where it is a picture of something, one mail had better not show it twice. Articles that
    took it before give it back.
    """
    used: defaultdict[str, set[int]] = defaultdict(set)
    for answer in answers:
        if answer.page is not None and answer.page.image is not None:
            used[answer.page.image.url].add(answer.wanted.article)
    if not used:
        return frozenset()
    lists, _ = lists_of(session, [source_id])
    brought = brought_by(session, [source_id], on_offer(session, lists, now))
    held: list[Article] = []
    for ids in chunks(sorted(brought)):
        query = sa.select(Article).where(Article.id.in_(ids), Article.page_image.is_not(None))
        held += session.scalars(query.options(load_only(Article.page_image)))
    for article in held:
        if article.page_image is not None and article.page_image["url"] in used:
            used[article.page_image["url"]].add(article.id)
    common = frozenset(url for url, articles in used.items() if len(articles) > 1)
    for article in held:
        if article.page_image is not None and article.page_image["url"] in common:
            article.page_image = None
    return common
