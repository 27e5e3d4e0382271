"""A small bilingual paper, made up from end to end, for the demo to collect from over HTTP.

It is served as real papers are: two Atom feeds (RFC 4287) with stable ids, pictures and topics, a
page for each article, and a front page for each language.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import yaml
from babel.dates import format_date
from markupsafe import escape

from newsletter.errors import Refused
from newsletter.setup.demo.pages import FOLDER, render
from newsletter.setup.demo.serving import LocalSite, Reply

TIMEZONE = ZoneInfo("Europe/Paris")
PICTURE_SIZE = (1200, 675)  # CSS pixels, of every picture
_ID = "tag:courrier-de-valmont.example,2026:"  # RFC 4151; the port changes, the ids do not
_POLICY = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'"
_ARTICLE = re.compile(r"/articles/([a-z0-9-]+)\Z")
_PICTURE = re.compile(r"/pictures/([a-z0-9-]+\.png)\Z")


@dataclass(frozen=True, slots=True)
class Edition:
    """The words of one language of the paper."""

    language: str  # BCP 47
    locale: str  # Babel's, for dates
    title: str
    tagline: str
    read_more: str
    also: str
    byline: str
    front: str  # path of the front page
    feed: str  # path of the Atom feed


FRENCH = Edition(
    language="fr",
    locale="fr_FR",
    title="Le Courrier de Valmont",
    tagline="Les nouvelles de la ville et de la vallée de la Virelle",
    read_more="Lire la suite",
    also="À lire aussi",
    byline="La rédaction",
    front="/",
    feed="/feed.atom",
)
ENGLISH = Edition(
    language="en",
    locale="en_GB",
    title="The Valmont Courier",
    tagline="News of the town and the valley of the Virelle",
    read_more="Read more",
    also="Also in the Courier",
    byline="The editors",
    front="/en/",
    feed="/en/feed.atom",
)
EDITIONS = {edition.language: edition for edition in (FRENCH, ENGLISH)}


@dataclass(frozen=True, slots=True)
class PaperArticle:
    """One article of the paper; the feed carries the summary, its page goes on with the rest."""

    slug: str
    language: str
    title: str
    summary: tuple[str, ...]  # one to four paragraphs of plain text
    published: datetime
    rest: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    picture: str | None = None  # a file name in pictures/
    alt: str = ""

    @property
    def path(self) -> str:
        return f"/articles/{self.slug}"

    @property
    def guid(self) -> str:
        return _ID + self.slug

    @property
    def stamp(self) -> str:
        """When it appeared, in RFC 3339 as Atom wants it."""
        return self.published.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    @property
    def day(self) -> str:
        """When it appeared, in the paper's language and time zone: "24 janvier 2026"."""
        local = self.published.astimezone(TIMEZONE)
        return format_date(local, format="long", locale=EDITIONS[self.language].locale)

    def summary_html(self, site: str) -> str:
        """The summary as a feed carries it, its picture first, with absolute addresses."""
        paragraphs = "\n".join(f"<p>{escape(paragraph)}</p>" for paragraph in self.summary)
        if self.picture is None:
            return paragraphs
        width, height = PICTURE_SIZE
        # Atom has no place for an alternative text but the picture's own tag, and feedparser takes
        # media:description for the article's content.
        return (
            f'<p><img src="{site}/pictures/{self.picture}" alt="{escape(self.alt)}" '
            f'width="{width}" height="{height}"></p>\n{paragraphs}'
        )


class Paper:
    """The paper, open for reading from its making until `close()`.

    Articles appeared in the six days before `now`; those in the drawer wait for `publish()`.
    """

    def __init__(self, now: datetime, *, port: int = 0) -> None:
        self._articles, self._drawer = _load(now)
        self._pictures = {
            file.name: file.read_bytes() for file in sorted((FOLDER / "pictures").glob("*.png"))
        }
        self._site = LocalSite(self._answer, port=port)
        self.url = self._site.url
        self.feed_url = self.url + FRENCH.feed
        self.english_feed_url = self.url + ENGLISH.feed

    def articles(self, language: str) -> tuple[PaperArticle, ...]:
        """What has appeared in that language, newest first."""
        mine = (article for article in self._articles if article.language == language)
        return tuple(sorted(mine, key=lambda article: article.published, reverse=True))

    def article_url(self, article: PaperArticle) -> str:
        return self.url + article.path

    def publish(
        self, now: datetime, article: PaperArticle | None = None, *, language: str = "fr"
    ) -> PaperArticle:
        """Brings out the given article, or the next from the drawer in that language, as of `now`.

        Raises Refused when the drawer is empty, or an article of that slug is out already.
        """
        if article is None:
            article = next((a for a in self._drawer if a.language == language), None)
            if article is None:
                raise Refused(f"no article is left in '{language}': pass one to publish")
        if any(article.slug == known.slug for known in self._articles):
            raise Refused(f"article '{article.slug}' has appeared already: give it another slug")
        out = replace(article, published=now)
        self._drawer = tuple(a for a in self._drawer if a.slug != out.slug)
        self._articles = (*self._articles, out)  # one assignment: readers see all of it or nothing
        return out

    def close(self) -> None:
        self._site.close()

    def __enter__(self) -> Paper:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def _answer(self, path: str) -> Reply | None:
        for edition in EDITIONS.values():
            articles = self.articles(edition.language)
            if path == edition.feed:
                feed = render(
                    "feed.atom", edition=edition, articles=articles, site=self.url, feed_id=_ID
                )
                return Reply(feed, "application/atom+xml; charset=utf-8", "default-src 'none'")
            if path == edition.front:
                other = ENGLISH if edition is FRENCH else FRENCH
                page = render("front.html", edition=edition, other=other, articles=articles)
                return Reply(page, policy=_POLICY)
        if found := _PICTURE.match(path):
            picture = self._pictures.get(found[1])
            return Reply(picture, "image/png", "default-src 'none'") if picture else None
        if found := _ARTICLE.match(path):
            return self._article_page(found[1])
        return None

    def _article_page(self, slug: str) -> Reply | None:
        article = next((a for a in self._articles if a.slug == slug), None)
        if article is None:
            return None
        edition = EDITIONS[article.language]
        others = [a for a in self.articles(article.language) if a.slug != slug][:3]
        return Reply(
            render("article.html", edition=edition, article=article, others=others), policy=_POLICY
        )


def _load(now: datetime) -> tuple[tuple[PaperArticle, ...], tuple[PaperArticle, ...]]:
    """The articles that have appeared by `now`, and the drawer."""
    appeared: list[PaperArticle] = []
    drawer: list[PaperArticle] = []
    for record in yaml.safe_load((FOLDER / "articles.yaml").read_text(encoding="utf-8")):
        age = record.get("age")
        article = PaperArticle(
            slug=record["slug"],
            language=record["language"],
            title=record["title"],
            summary=tuple(record["summary"]),
            published=now - timedelta(hours=age or 0),
            rest=tuple(record["rest"]),
            topics=tuple(record["topics"]),
            picture=record.get("picture"),
            alt=record.get("alt", ""),
        )
        (drawer if age is None else appeared).append(article)
    return tuple(appeared), tuple(drawer)
