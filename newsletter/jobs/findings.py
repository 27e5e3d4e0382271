"""What is odd about a source, in plain words, and what an editor can do about it. Pure."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

from newsletter.collect import excerpt
from newsletter.collect.entry import Entry, Feed
from newsletter.collect.identity import credible
from newsletter.collect.markup import plain_text
from newsletter.collect.rhythm import rhythm, silent
from newsletter.compose.language import article_date
from newsletter.jobs.health import in_days
from newsletter.jobs.telling import dated as date_of
from newsletter.models import SourceKind

OLD = timedelta(days=60)  # a source whose newest article is older is worth a word
NARROW = 200  # pixels; a picture less wide looks lost in a mail
_BEGINNING = 60  # characters
_TEASER = 80  # words; a feed's summary of more may well be all of the text
_MOST_NAMED = 3  # articles that one finding names

_ITEM = re.compile(r"(item \d+|https?://\S+|[^\s:]+\.(?:md|markdown)): (.+)", re.S)
_VALUES = re.compile(r"\s*\(.*\)$|'[^']*'|\"[^\"]*\"|\d+")
# Letters of UTF-8 that were read as windows-1252, or could not be read at all.
_GARBLED = re.compile(r"\ufffd|Ã[\u0080-\u00bf]|â€[\u0080-\uffff]|Â[\u00a0-\u00bf]")
# What a page's own furniture is called, next to no letters, or a date right at a word.
_NO_TITLE = re.compile(
    r"^\W*(?:menu|navigation|accueil|home|contact|recherche|search|connexion|login|newsletter)\W*$"
    r"|^\W*\w{0,2}\W*$|\d{1,2}/\d{1,2}/\d{4}[^\W\d_]|[^\W\d_]\d{1,2}/\d{1,2}/\d{4}"
    r"|(?-i:[a-zà-ÿ]{3}(?:19|20)\d\d\b|\b(?:19|20)\d\d[A-ZÀ-Þ][a-zà-ÿ])",
    re.I,
)
# What the reader of a page says of articles that it found no address for.
_NO_SITE = re.compile(r"articles have no link: say which site they are from")
_NO_LINK = re.compile(r"articles have no link of their own, and none is found in the feed")
_NO_HOST = re.compile(r"^localhost$|\.(?:localhost|local|lan|internal|home\.arpa)$")


@dataclass(frozen=True)
class Finding:
    """Something odd about a source."""

    text: str
    remedy: str = ""  # what to do about it; "" where nothing need be done


@dataclass(frozen=True)
class Context:
    """What must be known to tell what is odd: how a source is read, and for whom."""

    now: datetime
    kind: SourceKind
    name: str | None = None  # None: it is no source yet
    read_articles: bool = False
    pages_closed: bool = False  # the site lets no program read its articles' pages
    selectors: bool = False  # an editor gave some
    by_lines: bool = False  # a page of plain text, which has no elements to select
    every: timedelta = timedelta(minutes=30)  # between two readings
    public: bool = True  # our readers are on the internet
    page_read: bool = False  # another source reads the page of this feed
    lists: tuple[tuple[str, str], ...] = ()  # slug and language of those it offers to
    whole: tuple[str, ...] = ()  # those lists that show all of a text
    links_told: bool = False  # the reader of the page said what it found no address for
    local: bool = False  # a file or a folder on this machine
    timezone: str = "UTC"  # in which moments are told

    def set(self, option: str) -> str:
        """How to give the source an option."""
        if self.name is None:
            return f"add it with {option}"
        return f"newsletter source edit {self.name} {option}"

    @property
    def guessed(self) -> bool:
        """Whether selectors could say what was guessed."""
        return self.kind is SourceKind.PAGE and not (self.selectors or self.by_lines)

    def instead(self, address: str, *options: str) -> str:
        """How to have another address read in its place."""
        said = [shlex.quote(address)]
        if self.name is None:
            return " ".join(["add", *said, *options])
        return self.set(" ".join([*options, "--location", *said]))


def odd(feed: Feed, oddities: Iterable[str], context: Context) -> list[Finding]:
    """What is odd about one reading: what was seen in its articles, then what its parser said."""
    entries = feed.entries
    found = [
        *_nothing(feed, context),
        *_texts(entries, context),
        *_links(feed, context),
        *_dates(entries, context),
        *_pictures(entries),
        *_titles(entries, context),
        *_languages(feed, context),
    ]
    return [*found, *_grouped(oddities, context)]


def is_cut(entry: Entry) -> bool:
    """Whether the source gives no more than the cut-off beginning of an article."""
    return not is_bare(entry) and excerpt.is_cut(entry.summary_html, entry.content_html)


def is_bare(entry: Entry) -> bool:
    """Whether there is no text at all."""
    return not plain_text(entry.content_html or entry.summary_html)


def _nothing(feed: Feed, context: Context) -> Iterator[Finding]:
    """A folder without a file to read is mostly not the one that was meant."""
    files = feed.entries or feed.left_out or feed.unread
    if context.kind is SourceKind.FOLDER and not files:
        yield Finding(
            "it holds no article: there is no Markdown file (.md, .markdown) in it",
            "put one there, or give another folder",
        )


def is_teaser(entry: Entry) -> bool:
    """Whether what the source gives reads well, and can hardly be all of the article."""
    if is_bare(entry) or is_cut(entry) or plain_text(entry.content_html):
        return False
    return len(plain_text(entry.summary_html).split()) < _TEASER


def _texts(entries: Sequence[Entry], context: Context) -> Iterator[Finding]:
    total = len(entries)
    cut, bare = sum(map(is_cut, entries)), sum(map(is_bare, entries))
    pages = context.read_articles and not context.pages_closed
    remedy = ""
    if not (context.read_articles or context.pages_closed) and any(e.url for e in entries):
        remedy = context.set("--read-articles")
    rest = "the rest is read on their own pages"
    if cut:
        text = _of(cut, total, "is cut off by the source", "are cut off by the source")
        yield Finding(f"{text}: {rest}" if pages else text, remedy)
    if bare:
        shows = rest if pages else "only their titles will show"
        yield Finding(f"{_of(bare, total, 'has no text', 'have no text')}: {shows}", remedy)
    teasers = sum(e.url is not None and is_teaser(e) for e in entries)
    if teasers and context.whole and not context.local:
        text = _of(teasers, total, "is shown by a teaser", "are shown by teasers")
        slugs = ", ".join(f"'{slug}'" for slug in context.whole)
        if not pages:
            yield Finding(f"{text}, and {slugs} mails them as if they were all", remedy)
    texts = [plain_text(e.summary_html or e.content_html) for e in entries]
    garbled = [e for e, text in zip(entries, texts, strict=True) if _GARBLED.search(e.title + text)]
    if garbled:
        yield Finding(
            _of(len(garbled), total, "has broken letters", "have broken letters")
            + f", as in '{garbled[0].title[:60]}': what the site says of its charset is wrong",
            "tell its operator",
        )
    starts = Counter(text[:_BEGINNING] for text in texts if len(text) > _BEGINNING)
    start, count = next(iter(starts.most_common(1)), ("", 0))
    if count > max(2, total // 2):
        yield Finding(f"{count} of {total} texts begin with the same words: '{start}…'")


def _links(feed: Feed, context: Context) -> Iterator[Finding]:
    entries, total = feed.entries, len(feed.entries)
    lost = sum(not entry.url for entry in entries)
    if lost and not context.links_told:
        text = _of(lost, total, "has no address of its own", "have no address of their own")
        remedy = "ask its operator for a link in each item"
        if context.kind is SourceKind.FEED and feed.home and not context.page_read:
            remedy += f", or read its page: {context.instead(feed.home, '--kind page')}"
        elif context.kind is SourceKind.PAGE:
            remedy = context.set("--selectors 'article=…; link=a'")
        elif context.kind is SourceKind.FOLDER:
            remedy = "write 'url: https://…' in the front matter"
        yield Finding(f"{text}: they can be read in the mail only", remedy)
    private = [e for e in entries if e.url and _is_private(e.url)] if context.public else []
    if private:
        host = urlsplit(private[0].url or "").hostname
        yield Finding(
            _of(len(private), total, "links", "link") + f" to where no reader can follow: {host}",
            "mend the site's own address where the feed is made",
        )


def _is_private(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return not ip_address(host).is_global
    except ValueError:
        return bool(_NO_HOST.search(host))


def _dates(entries: Sequence[Entry], context: Context) -> Iterator[Finding]:
    now, total = context.now, len(entries)
    dated = [d for e in entries if (d := credible(e.published, now)) is not None]
    if total > len(dated):
        some = _of(total - len(dated), total, "has no date", "have no date")
        yield Finding(
            f"{some if dated else 'none has a date'}: they count from the day they are first seen",
            context.set("--selectors 'article=…; date=…'") + ", where the page shows them"
            if not dated and context.guessed
            else "",
        )
    if not dated:
        return
    ahead = sum(date > now for date in dated)
    if ahead:
        last = article_date(max(dated), context.timezone)
        some = _of(ahead, total, "is", "are")
        yield Finding(f"{some} dated ahead, up to {last}: each waits for its day")
    if len(dated) > 2 and max(dated) == min(dated):
        yield Finding(
            f"all have the same date, {date_of(dated[0], context.timezone)}: "
            "perhaps that of the feed, and not theirs"
        )
    elif len(dated) >= 5 and not context.local:
        span = max(dated) - min(dated)
        if span < 2 * context.every:
            minutes = round(context.every / timedelta(minutes=1))
            yield Finding(
                f"it shows {total} articles, which came within {in_days(span)}, and is read "
                f"every {minutes} minutes: some could be missed",
                "set every_minutes under [collecting] in config.toml to less",
            )
    # Events to come, and a date here and there, say nothing of when somebody last wrote.
    if not ahead and not context.local and 2 * len(dated) > total:
        yield from _silence(dated, now)


def _silence(dated: Sequence[datetime], now: datetime) -> Iterator[Finding]:
    usual = rhythm(dated, now=now)
    if usual.newest_at is None:
        return
    quiet = silent(usual.newest_at, usual.usual_gap_minutes, now)
    remedy = "look whether its site has moved, or has another feed"
    if quiet is not None:
        gap = in_days(timedelta(minutes=usual.usual_gap_minutes or 0))
        yield Finding(f"silent for {in_days(quiet)} (usually {gap} at most)", remedy)
    elif now - usual.newest_at > OLD:
        yield Finding(f"nothing new for {in_days(now - usual.newest_at)}", remedy)


def _pictures(entries: Sequence[Entry]) -> Iterator[Finding]:
    narrow = [e for e in entries if e.image is not None and 0 < (e.image.width or 0) < NARROW]
    if narrow:
        width = narrow[0].image.width if narrow[0].image else 0
        yield Finding(
            _of(len(narrow), len(entries), "has a small picture", "have small pictures")
            + f" ({width} pixels wide)"
        )


def _titles(entries: Sequence[Entry], context: Context) -> Iterator[Finding]:
    wrong = [e.title for e in entries if _NO_TITLE.search(e.title)]
    if wrong and context.guessed:
        named = ", ".join(f"'{title[:60]}'" for title in wrong[:_MOST_NAMED])
        yield Finding(
            _of(len(wrong), len(entries), "has a title that looks", "have titles that look")
            + f" wrong: {named}",
            context.set("--selectors 'article=…; title=…'"),
        )
    called = Counter(entry.title.casefold() for entry in entries)
    title, count = called.most_common(1)[0] if called else ("", 0)
    if count > max(2, len(entries) // 2):
        shown = next(entry.title for entry in entries if entry.title.casefold() == title)
        yield Finding(f"{count} of {len(entries)} are called the same: '{shown}'")


def _languages(feed: Feed, context: Context) -> Iterator[Finding]:
    said = (feed.language or "")[:2].lower()
    for slug, language in context.lists:
        if said and language[:2].lower() != said:
            yield Finding(
                f"it says that it is in '{feed.language}', and the list '{slug}' is in "
                f"'{language}'",
                f"if that is so, mails mark its articles as '{feed.language}'; if the list is to "
                f"be in '{said}' too: newsletter list edit {slug} --language {said}",
            )


def _grouped(oddities: Iterable[str], context: Context) -> list[Finding]:
    """What the parser said: of several articles, like things together."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for line in dict.fromkeys(oddities):
        match = _ITEM.fullmatch(line)
        where, what = (match[1], match[2]) if match else ("", line)
        key = _VALUES.sub("", what) if where else line
        groups.setdefault(key, []).append((where, what))
    found = []
    for members in groups.values():
        where, what = members[0]
        text = f"{where}: {what}" if where else what
        if len(members) > 1:
            named = ", ".join(where for where, _ in members[:_MOST_NAMED])
            more = len(members) - _MOST_NAMED
            text = f"{named}{f' and {more} more' if more > 0 else ''}: {what}"
        found.append(Finding(text, _remedy(what, context)))
    return found


def feed_named(oddity: str) -> str | None:
    """The address of the feed that a page names, by what the reader of the page said."""
    match = re.search(r"names a feed, which tells more: (\S+)", oddity)
    return match[1] if match else None


def _remedy(oddity: str, context: Context) -> str:
    feed = feed_named(oddity)
    if feed:
        return context.instead(feed)
    if _NO_SITE.search(oddity):
        return context.set("--site URL")
    if _NO_LINK.search(oddity) and context.local:
        return context.set("--site URL") + ", if they are of another site"
    if _NO_LINK.search(oddity):
        return context.set("--selectors 'article=…; link=a'") + ", where the page links to them"
    return ""


def _of(count: int, total: int, one: str, many: str) -> str:
    """`all 10 articles are …`, `both articles are …`, `1 of 10 articles is …`."""
    if count == total:
        every = "both" if total == 2 else f"all {total}"
        return f"{every} articles {many}" if total > 1 else f"its one article {one}"
    return f"{count} of {total} articles {one if count == 1 else many}"
