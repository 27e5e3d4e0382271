from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import feedparser
import httpx
import pytest

from newsletter.errors import Refused
from newsletter.setup.demo.paper import PICTURE_SIZE, Paper
from newsletter.setup.demo.serving import LocalSite

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


@pytest.fixture
def paper() -> Iterator[Paper]:
    with Paper(NOW) as paper:
        yield paper


def _nothing(path: str) -> None:
    """A site without a page."""


class _Page(HTMLParser):
    """What a page links to and shows."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.pictures: list[dict[str, str | None]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag in ("a", "link"):
            self.links.append(found["href"] or "")
        if tag == "img":
            self.pictures.append(found)


@pytest.mark.parametrize(("language", "count"), [("fr", 9), ("en", 4)])
def test_the_feed_is_well_formed_and_complete(paper: Paper, language: str, count: int) -> None:
    url = paper.feed_url if language == "fr" else paper.english_feed_url
    answer = httpx.get(url)
    feed = feedparser.parse(answer.content, response_headers=dict(answer.headers))
    assert not feed.bozo
    assert feed.feed.language == language
    assert len(feed.entries) == count
    assert len({entry.id for entry in feed.entries}) == count
    stamps = [datetime.fromisoformat(entry.published) for entry in feed.entries]
    assert stamps == sorted(stamps, reverse=True)
    assert all(NOW - timedelta(days=7) < stamp < NOW for stamp in stamps)
    for entry in feed.entries:
        paragraphs = re.findall(r"<p>(?!<img)", entry.summary)
        assert 1 <= len(paragraphs) <= 4
        assert entry.tags
        assert httpx.get(entry.link).status_code == 200


def test_pictures_of_the_feed_are_there_small_and_described(paper: Paper) -> None:
    for url in (paper.feed_url, paper.english_feed_url):
        entries = feedparser.parse(httpx.get(url).content).entries
        pictured = [entry for entry in entries if "media_content" in entry]
        assert len(pictured) >= 4
        for entry in pictured:
            picture = httpx.get(entry.media_content[0]["url"])
            assert picture.status_code == 200
            assert picture.headers["content-type"] == "image/png"
            assert len(picture.content) <= 40_000
            assert struct.unpack(">II", picture.content[16:24]) == PICTURE_SIZE
            assert re.search(r'<img alt="[^"]{20,}"', entry.summary)


def test_every_link_and_picture_of_every_page_answers(paper: Paper) -> None:
    waiting, seen = [paper.url + "/"], set()
    while waiting:
        url = waiting.pop()
        if url in seen:
            continue
        seen.add(url)
        answer = httpx.get(url)
        assert answer.status_code == 200, url
        if answer.headers["content-type"].startswith("text/html"):
            page = _Page(answer.text)
            assert all(picture["alt"] for picture in page.pictures)
            found = [*page.links, *(picture["src"] or "" for picture in page.pictures)]
            waiting += [str(httpx.URL(url).join(link)) for link in found]
    assert len(seen) >= 2 + 2 + 13 + 6  # fronts, feeds, articles, pictures


def test_the_front_page_gives_each_article_its_beginning_and_a_link_that_names_it(
    paper: Paper,
) -> None:
    html = httpx.get(paper.url + "/").text
    plain = re.sub(r"<[^>]+>", "", html)
    for article in paper.articles("fr"):
        assert f"{article.title} Lire la suite" in plain
        assert all(paragraph in plain for paragraph in article.summary)
        assert all(paragraph not in plain for paragraph in article.rest)


def test_what_has_not_changed_is_answered_with_304(paper: Paper) -> None:
    first = httpx.get(paper.feed_url)
    again = httpx.get(paper.feed_url, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    weak = {"If-None-Match": f'"other", W/{first.headers["etag"]}'}
    assert httpx.get(paper.feed_url, headers=weak).status_code == 304
    paper.publish(NOW + timedelta(days=7))
    changed = httpx.get(paper.feed_url, headers={"If-None-Match": first.headers["etag"]})
    assert changed.status_code == 200


def test_publishing_brings_out_the_next_article_of_the_drawer_until_it_is_empty(
    paper: Paper,
) -> None:
    later = NOW + timedelta(days=7)
    ids = [entry.id for entry in feedparser.parse(httpx.get(paper.feed_url).content).entries]
    article = paper.publish(later)
    entries = feedparser.parse(httpx.get(paper.feed_url).content).entries
    assert [entry.id for entry in entries] == [article.guid, *ids]
    assert httpx.get(paper.article_url(article)).status_code == 200
    paper.publish(later)
    with pytest.raises(Refused, match="no article is left"):
        paper.publish(later)
    assert paper.publish(later, language="en").language == "en"


def test_an_article_of_ones_own_is_published_and_escaped_once(paper: Paper) -> None:
    own = replace(
        paper.articles("fr")[0], slug="essai", title="Pain & <fromage>", summary=("2 < 3 & 4",)
    )
    paper.publish(NOW, own)
    entry = next(
        e for e in feedparser.parse(httpx.get(paper.feed_url).content).entries if e.id == own.guid
    )
    assert "2 &lt; 3 &amp; 4" in entry.summary
    assert "<h1>Pain &amp; &lt;fromage&gt;</h1>" in httpx.get(paper.article_url(own)).text
    with pytest.raises(Refused, match="has appeared already"):
        paper.publish(NOW, own)


def test_french_is_set_as_french_wants_it(paper: Paper) -> None:
    while True:
        try:
            paper.publish(NOW)
        except Refused:
            break
    wrong = re.compile(r" [:;!?»]|« |'|\.\.\.|[^\u202f][;!?]|[^\u00a0][:»]|«[^\u00a0]")
    for article in paper.articles("fr"):
        for text in (article.title, article.alt, *article.summary, *article.rest):
            assert not wrong.search(text), text


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/articles/nothing",
        "/articles/cigognes-au-moulin",  # still in the drawer
        "/pictures/../articles.yaml",
        "/pictures/..%2farticles.yaml",
        "/pictures/%2e%2e/paper.py",
        "/../../../etc/passwd",
        "//etc/passwd",
    ],
)
def test_what_is_not_there_is_404(paper: Paper, path: str) -> None:
    with httpx.Client() as client:
        request = client.build_request("GET", paper.url)
        request.url = request.url.copy_with(raw_path=path.encode())
        assert client.send(request).status_code == 404


def test_only_reading_is_answered(paper: Paper) -> None:
    head = httpx.head(paper.feed_url)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == httpx.get(paper.feed_url).headers["etag"]
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        answer = httpx.request(method, paper.url + "/")
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


def test_a_port_in_use_is_one_clear_line() -> None:
    with LocalSite(_nothing) as site, pytest.raises(Refused, match=str(site.port)):
        LocalSite(_nothing, port=site.port)


def test_closing_twice_is_closing() -> None:
    paper = Paper(NOW)
    paper.close()
    paper.close()
    with pytest.raises(httpx.ConnectError):
        httpx.get(paper.url)
