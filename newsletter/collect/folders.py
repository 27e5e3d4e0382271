"""Reads a folder of Markdown files with front matter, as static site generators keep them."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from markdown_it import MarkdownIt

from newsletter.collect import frontmatter
from newsletter.collect.entry import Entry, Feed, Image
from newsletter.collect.frontmatter import line, moment
from newsletter.collect.images import first_image_in, pixels
from newsletter.collect.items import BadItem, language_tag, make_entry
from newsletter.collect.markup import absolute, plain_text
from newsletter.errors import CollectError

_SUFFIXES = frozenset({".md", ".markdown", ".mdown"})
_LARGEST = 2 * 1024 * 1024  # bytes of one file
_FRONT = 64 * 1024  # bytes in which any front matter ends
_OWN_GUID = re.compile(rb"^[ \t]*[\"']?(?:guid|id)[\"']?[ \t]*[:=]", re.M | re.I)
_DATED_NAME = re.compile(r"(\d{4}-\d{2}-\d{2})[-_]")
_FIRST_HEADING = re.compile(r"\A\s*#[ \t]+(.+?)[ \t]*#*[ \t]*(?:\n|\Z)")
_MORE = re.compile(r"^[ \t]*<!--\s*(?:more|excerpt)\s*-->[ \t]*$", re.M | re.I)
# What only the site's own generator understands: its short codes, tags and attributes of blocks.
_FOR_THE_GENERATOR = re.compile(
    r"\{\{[<%].{0,500}?[%>]\}\}|\{%.{0,500}?%\}|^[ \t]*\{:[^{}\n]{0,200}\}[ \t]*$"
    r"|^\[\^[^\]\s]{1,40}\]:.*(?:\n[ \t]+\S.*)*|\[\^[^\]\s]{1,40}\]",
    re.M,
)
_BARE_PICTURE = re.compile(r'<img\b[^<>]*?\ssrc="(?![a-z][a-z0-9+.-]*:|/|#)([^"<>]*)"[^<>]*>', re.I)
_FIGURE = re.compile(r"\{\{<\s*figure\s+([^{}]{0,500}?)\s*/?>\}\}")
_PARAMETER = re.compile(r"(\w+)=\"([^\"]*)\"")
_NOWHERE = "picture {}: give its whole address"
_LONGEST_TOLD = 200  # characters of a name
# By Hugo, Jekyll and Zola; Astro; blogs that were moved; Obsidian: the likeliest first.
_DAYS = ("publishdate", "date", "pubdate", "published", "datepublished", "published_at",
         "created", "created_at")  # fmt: skip
_RULE_OF_DAY = re.compile(r"(?:git )?(?:last modified|created)", re.I)
_SUMMARIES = ("summary", "description", "excerpt", "subtitle")
_PICTURES = ("image", "images", "cover", "featured_image", "featuredimage", "thumbnail", "banner",
             "header", "feature", "hero")  # fmt: skip
_OF_A_PICTURE = ("url", "src", "image", "path", "teaser", "og_image", "relative")
_DRAFT, _EXPIRED = "draft", "expired article"


class _Hidden(Exception):
    """The file is not to be shown, and why: a draft, or expired."""


def is_markdown(path: Path) -> bool:
    """Whether a path is a file that would be an article of its folder."""
    return path.suffix.lower() in _SUFFIXES and path.is_file()


def read_folder(folder: Path, *, base: str | None = None, now: datetime | None = None) -> Feed:
    """The articles in a folder and the folders below it, newest first, the undated last.

    `base` is the address that relative links and pictures are read from; without it they are
    left out. Drafts are left out and counted, and with `now` what has expired; a file that cannot
    be read is an oddity that names it. Raises CollectError if there is no such folder.
    """
    if not folder.is_dir():
        raise CollectError(f"no such folder: {folder} (give the path of a folder of .md files)")
    entries: list[Entry] = []
    oddities: list[str] = []
    lost = 0
    unread: list[str] = []
    left_out: Counter[str] = Counter()
    for path in sorted(p for p in folder.rglob("*") if p.suffix.lower() in _SUFFIXES):
        name = path.relative_to(folder)
        hiding = [p for p in name.parts if p.startswith((".", "_")) and p != "_posts"]
        if hiding:
            left_out[_DRAFT] += hiding == ["_drafts"]
            continue
        try:
            entry, trouble = _entry(path, name, folder, base, now)
        except _Hidden as why:
            left_out[str(why)] += 1
            continue
        except BadItem as error:
            oddities.append(f"{name}: {error}")
        except OSError as error:
            oddities.append(f"{name}: cannot be read ({error.strerror})")
        else:
            entries.append(entry)
            oddities += [f"{name}: {trouble_line}" for trouble_line in trouble]
            continue
        unread.append(name.as_posix())
        lost += _may_have_another_guid(path)
    entries.sort(key=lambda e: e.published or datetime.min.replace(tzinfo=UTC), reverse=True)
    title = folder.resolve().name
    return Feed(
        title,
        None,
        base,
        tuple(entries),
        tuple(oddities),
        lost=lost,
        left_out=+left_out,
        unread=tuple(unread),
    )


def _may_have_another_guid(path: Path) -> bool:
    """Whether a file that cannot be read might be known by another guid than its path."""
    try:
        with path.open("rb") as file:
            return _OWN_GUID.search(file.read(_FRONT)) is not None
    except OSError:
        return True


def _entry(
    path: Path, name: Path, folder: Path, base: str | None, now: datetime | None
) -> tuple[Entry, list[str]]:
    front, body = frontmatter.split(_text(path, folder))
    until = moment(front.get("expirydate"))
    if (
        frontmatter.is_true(front.get("draft"))
        or frontmatter.is_false(front.get("published"))
        or line(front.get("status")).lower() in ("draft", "hidden")
    ):
        raise _Hidden(_DRAFT)
    if now is not None and until is not None and until <= now:
        raise _Hidden(_EXPIRED)
    # A folder with an index.md is one article, with its pictures beside it.
    is_bundle = path.stem.lower() == "index" and len(name.parts) > 1
    named = name.parent.name if is_bundle else path.stem
    title = line(front.get("title"))
    heading = _FIRST_HEADING.match(body)
    if heading and (not title or plain_text(heading[1]) == title):
        title = title or plain_text(_html(heading[1]))
        body = body[heading.end() :]
    dated = _DATED_NAME.match(named)
    title = title or re.sub(r"[-_]+", " ", _DATED_NAME.sub("", named)).strip().capitalize()
    said = next(filter(_is_day, map(front.get, _DAYS)), dated[1] if dated else None)
    url = next(
        filter(None, (_address(front.get(key), base) for key in ("url", "link", "permalink"))), None
    )
    beside = absolute(base, f"{name.parent.as_posix()}/") if is_bundle else base
    summary, content = _parts(body)
    written = next(filter(None, (line(front.get(key)) for key in _SUMMARIES)), "")
    from_ = url or beside
    is_sure = url is not None or is_bundle
    image, without = _image(front, from_, is_sure=is_sure)
    if from_ and not is_sure:
        without += [
            _NOWHERE.format(name[:_LONGEST_TOLD]) for name in _BARE_PICTURE.findall(content)
        ]
        summary, content = (_BARE_PICTURE.sub("", text) for text in (summary, content))
    entry, oddities = make_entry(
        guid=line(front.get("guid") or front.get("id")) or name.as_posix(),
        url=url,
        title=title,
        summary=f"<p>{html.escape(written, quote=False)}</p>" if written else summary,
        content=content,
        base=from_,
        author=_author(front),
        published=moment(said),
        language=language_tag(front.get("language") or front.get("lang")),
        topics=_topics(front, of_jekyll="_posts" in name.parts),
        image=image or first_image_in(content, from_),
        canonical=_address(front.get("canonical_url") or front.get("canonicalurl"), base),
        written=str(said) if said is not None else "",
    )
    return entry, oddities + without


def _text(path: Path, folder: Path) -> str:
    if not path.resolve().is_relative_to(folder.resolve()):
        raise BadItem("leads out of the folder; put the file itself there")
    if path.stat().st_size > _LARGEST:
        raise BadItem("is larger than 2 MB; shorten it")
    try:
        return path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        raise BadItem("is not UTF-8; save it as UTF-8") from error


def _parts(body: str) -> tuple[str, str]:
    """The HTML of what stands before a line <!--more-->, "" without one, and of the whole."""
    text = _FOR_THE_GENERATOR.sub("", _FIGURE.sub(_figure, body))
    more = _MORE.search(text)
    return (_html(text[: more.start()]) if more else ""), _html(text)


def _figure(match: re.Match[str]) -> str:
    """Hugo's own way to write a picture."""
    told = dict(_PARAMETER.findall(match[1]))
    return f"![{told.get('alt', '')}](<{told['src']}>)" if told.get("src") else ""


def _html(markdown: str) -> str:
    # Foreign HTML passes here, since everything goes through the sanitiser afterwards.
    parser = MarkdownIt("commonmark", {"html": True}).enable(["strikethrough", "table"])
    return str(parser.render(markdown))


def _address(value: object, base: str | None) -> str | None:
    text = line(value)
    # "/:year/:title/" is a rule for the generator, not an address.
    return None if re.search(r"/:\w", text) else absolute(base, text)


def _author(front: Mapping[str, object]) -> str | None:
    told = front.get("author") or front.get("authors")
    several = told if isinstance(told, list) else [told]
    names = (line(one.get("name")) if isinstance(one, dict) else line(one) for one in several)
    return ", ".join(filter(None, names)) or None


def _is_day(value: object) -> bool:
    """Whether front matter says a day there: `published` may be yes or no, and Eleventy's `date` a
    rule for the generator."""
    return bool(value) and not isinstance(value, bool) and not _RULE_OF_DAY.fullmatch(line(value))


def _topics(front: Mapping[str, object], *, of_jekyll: bool) -> Iterable[str]:
    """The topics, else its tags and categories, wherever the generator wants them.

    Jekyll parts those of one line by blanks.
    """
    if front.get("topics"):
        return frontmatter.several(front["topics"])
    shelves = [front]
    taxonomies = front.get("taxonomies")
    if isinstance(taxonomies, dict):
        shelves.append(taxonomies)
    found: list[str] = []
    for shelf in shelves:
        for key in ("tags", "tag", "keywords", "categories", "category"):
            value = shelf.get(key)
            is_words = of_jekyll and isinstance(value, str) and "," not in value
            found += line(value).split() if is_words else frontmatter.several(value)
    return found


def _image(
    front: Mapping[str, object], base: str | None, *, is_sure: bool
) -> tuple[Image | None, list[str]]:
    """The picture that is named first, and an oddity for each that is nowhere to be found.

    A bare name says where a picture is only where the article's own place on the site is known:
    elsewhere it would be looked for on the front page, and be a broken picture in the mail.
    """
    oddities = []
    for key in _PICTURES:
        value = front.get(key)
        if isinstance(value, list):
            value = value[0] if value else None
        told: Mapping[str, object] = value if isinstance(value, dict) else {"url": value}
        named = next(filter(None, (line(told.get(part)) for part in _OF_A_PICTURE)), "")
        if (source := absolute(base, named)) is None:
            continue
        if not is_sure and not named.startswith("/") and absolute(None, named) is None:
            oddities.append(_NOWHERE.format(named[:_LONGEST_TOLD]))
        elif told is value:
            alt = line(told.get("alt") or told.get("caption"))
            return Image(source, alt, pixels(told.get("width")), pixels(told.get("height"))), []
        else:
            return Image(source, line(front.get(f"{key}_alt") or front.get("image_alt"))), []
    return None, oddities
