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
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, defer, load_only

from newsletter.collect.articlepage import ArticlePage, Barrier
from newsletter.collect.entry import url_key
from newsletter.collect.excerpt import excerpt, is_cut
from newsletter.collect.history import What, note
from newsletter.collect.hosts import private_for
from newsletter.collect.identity import short
from newsletter.collect.offers import chunks
from newsletter.collect.polite import Polite
from newsletter.collect.reading import Ways
from newsletter.collect.store import still_there
from newsletter.collect.titles import alike
from newsletter.collect.twins import common_addresses, same_as
from newsletter.collect.visitor import LONGEST, Answered, Wanted, ask_for
from newsletter.installation import Installation
from newsletter.models import Article, Offer, OfferState, Sighting, Source, SourceKind, SourceList
from subscribers.models import ExcerptStyle, MailingList

__all__ = ["VisitReport", "visit"]

MOST = 20  # pages of one source in one visit; what is left is asked for at the next
TRIES = 3  # times that a page is asked for, if it gives nothing
AGAIN = timedelta(days=1)  # between two tries
RECENT = timedelta(days=7)  # on offer, or missing, since; what is older is let be
_TOLD = 3  # problems of one source that are told
_FROM = (SourceKind.FEED, SourceKind.PAGE)  # a file has all its text, and a missing one is gone


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
        wanted = _missing(session, sources, now)
        known = {page.article for page in wanted}
        wanted += [page for page in _cut(session, sources, now) if page.article not in known]
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


# --- which pages ------------------------------------------------------------------------------


def _cut(session: Session, sources: Sequence[int], now: datetime) -> list[Wanted]:
    """The pages of articles on offer that want a text or a picture, the newest first."""
    reading = {
        source.id: source
        for ids in chunks(sources)
        for source in session.scalars(
            sa.select(Source).where(
                Source.id.in_(ids), Source.read_articles.is_(True), Source.kind.in_(_FROM)
            )
        )
    }
    if not reading:
        return []
    lists, full = _lists(session, reading)
    brought = _brought(session, reading, _on_offer(session, lists, now))
    pages: list[Wanted] = []
    taken: Counter[int] = Counter()
    for article in _unread(session, brought, now):
        source = reading[brought[article.id]]
        if taken[source.id] < MOST and _wants(article, whole=source.id in full):
            taken[source.id] += 1
            pages.append(_wanted(article, source))
    return pages


def _lists(session: Session, sources: Iterable[int]) -> tuple[set[int], set[int]]:
    """The lists that these sources offer to, and the sources with one that shows whole texts."""
    lists: set[int] = set()
    full: set[int] = set()
    for ids in chunks(sources):
        rows = session.execute(
            sa.select(SourceList.source_id, MailingList.id, MailingList.excerpt_style)
            .join(MailingList, MailingList.id == SourceList.mlist_id)
            .where(SourceList.source_id.in_(ids))
        )
        for source, mlist, style in rows:
            lists.add(mlist)
            if style is ExcerptStyle.FULL:
                full.add(source)
    return lists, full


def _on_offer(session: Session, lists: Iterable[int], now: datetime) -> set[int]:
    """The articles that came on offer lately: read by index, whatever was offered before."""
    return {
        article
        for ids in chunks(lists)
        for article in session.scalars(
            sa.select(Offer.article_id).where(
                Offer.mlist_id.in_(ids),
                Offer.state == OfferState.OFFERED,
                Offer.offered_at >= now - RECENT,
            )
        )
    }


def _brought(session: Session, sources: Iterable[int], articles: Iterable[int]) -> dict[int, int]:
    """By article, which of these sources had it first."""
    wanted = set(sources)
    found: dict[int, int] = {}
    for ids in chunks(sorted(articles)):
        rows = session.execute(
            sa.select(Sighting.article_id, Sighting.source_id)
            .where(Sighting.article_id.in_(ids))
            .order_by(Sighting.id)
        )
        for article, source in rows:
            if source in wanted:
                found.setdefault(article, source)
    return found


def _unread(session: Session, articles: Iterable[int], now: datetime) -> list[Article]:
    found: list[Article] = []
    for ids in chunks(sorted(articles)):
        query = sa.select(Article).where(
            Article.id.in_(ids),
            Article.url.is_not(None),
            Article.url_key.is_not(None),  # an address that six articles share is none's own page
            Article.withdrawn_at.is_(None),
            Article.removed_at.is_(None),
            sa.or_(
                Article.page_read_at.is_(None),
                Article.page_read_at < Article.changed_at,
                sa.and_(Article.page_html == "", Article.page_read_at <= now - AGAIN),
            ),
        )
        found += session.scalars(query.options(defer(Article.page_html)))
    # Of those that came at once, a source has the newest first.
    return sorted(found, key=lambda a: ((a.published_at or a.first_seen_at).timestamp(), -a.id))[
        ::-1
    ]


def _wants(article: Article, *, whole: bool) -> bool:
    """Whether its page may give what it lacks; `whole`, if all of its text is shown."""
    if article.page_read_at is not None and article.page_read_at >= article.changed_at:
        return 0 < _tries(article, article.changed_at) < TRIES
    text = "excerpt" not in article.override and is_cut(article.summary_html, article.content_html)
    picture = article.image is None and "image" not in article.override
    return text or picture or (whole and is_cut("", article.content_html))


def _tries(article: Article, since: datetime) -> int:
    """How often its page gave nothing since then."""
    return sum(
        int(event.get("times", 1))
        for event in article.history
        if event.get("what") == What.UNREADABLE
        and datetime.fromisoformat(str(event["at"])) >= since
    )


def _missing(session: Session, sources: Sequence[int], now: datetime) -> list[Wanted]:
    """The pages of articles that their source lists no more, and which are held back for that."""
    pages: list[Wanted] = []
    taken: Counter[int] = Counter()
    for ids in chunks(sources):
        rows = session.execute(
            sa.select(Article, Source, Sighting.missing_at)
            .join(Sighting, Sighting.article_id == Article.id)
            .join(Source, Source.id == Sighting.source_id)
            .where(
                Sighting.source_id.in_(ids),
                Sighting.missing_at.is_not(None),
                Sighting.missing_at >= now - RECENT,
                Source.kind.in_(_FROM),
                Article.removed_at.is_not(None),
                Article.withdrawn_at.is_(None),
                Article.url.is_not(None),
                Article.url_key.is_not(None),
                sa.or_(
                    Article.page_read_at.is_(None),
                    Article.page_read_at < Sighting.missing_at,
                    Article.page_read_at <= now - AGAIN,
                ),
            )
            .options(load_only(Article.url, Article.title, Article.history))
            .order_by(Sighting.missing_at.desc(), Article.id.desc())
            .limit(5 * MOST * len(ids))  # some have been asked for often enough
        )
        for article, source, since in rows:
            assert since is not None  # the query says so
            if _tries(article, since) >= TRIES:
                continue
            if taken[source.id] < MOST:
                taken[source.id] += 1
                pages.append(_wanted(article, source, vanished=True))
    return list({page.article: page for page in pages}.values())


def _wanted(article: Article, source: Source, *, vanished: bool = False) -> Wanted:
    assert article.url is not None  # the queries say so
    private = private_for(article.url, source)
    return Wanted(article.id, source.id, article.url, article.title, private, vanished)


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
    named = page.canonical_url
    if named and short(url_key(named)) not in nobodys.addresses:
        report.same += same_as(session, article, named, now=now) is not None
    if page.image is not None and page.image.url not in nobodys.pictures:
        article.page_image = asdict(page.image)
        report.pictures += 1
    if article.published_at is None and page.published is not None and page.published <= now:
        article.published_at = page.published
        note(article, What.DATED, now, after=page.published.isoformat())
    # What a page tells those who share it is better than nothing, where nothing else is said.
    text = page.text_html or (_told(page) if not _has_text(article) else "")
    if text:
        article.page_html = text
        report.texts += 1
    elif page.barrier is not None or is_cut(article.summary_html, article.content_html):
        why = f"it is {page.barrier}" if page.barrier else "none was found on it"
        _fail(article, wanted, why, report, now)


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
    lists, _ = _lists(session, [source_id])
    brought = _brought(session, [source_id], _on_offer(session, lists, now))
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
