"""What a case of the corpus is: a file's bytes and what a careful person reads in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

SITE = "https://courrier.example"
DECLARED = '<?xml version="1.0" encoding="utf-8"?>\n'
SPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/"\n'
    '  xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom"\n'
    '  xmlns:media="http://search.yahoo.com/mrss/"'
)


@dataclass
class Case:
    name: str  # of the file, with its suffix
    body: bytes
    expected: dict[str, Any] = field(default_factory=dict)


class Cases(list[Case]):
    """The cases of one module, in the order in which they stand there."""

    def add(
        self,
        name: str,
        note: str,
        body: str | bytes,
        *entries: dict[str, Any],
        **expected: Any,
    ) -> None:
        """Names a case; without `entries`, `error` or `oddities` the feed is well and empty."""
        data = body.encode() if isinstance(body, str) else body
        told: dict[str, Any] = {"note": note, **expected}
        if "error" not in expected:
            told["entries"] = list(entries)
            told.setdefault("oddities", [])
        self.append(Case(name, data, told))


def e(title: str, *excerpt: str, **more: Any) -> dict[str, Any]:
    """An entry as it is expected: its title, its excerpt's paragraphs, and the rest by name."""
    told: dict[str, Any] = {"title": title}
    if "path" in more:
        told["url"] = SITE + more.pop("path")
    if excerpt:
        told["excerpt"] = list(excerpt)
    return {**told, **more}


def rss(items: str, *, head: str = "", declared: str = DECLARED, spaces: str = SPACES) -> str:
    """An RSS 2.0 feed of our paper."""
    return (
        f'{declared}<rss version="2.0" {spaces}>\n<channel>\n'
        f"<title>Le Courrier de Valmont</title>\n<link>{SITE}/</link>\n"
        f"<description>Le journal de la vallée</description>\n{head}{items}\n</channel>\n</rss>\n"
    )


def item(title: str, path: str = "/pont", text: str = "", more: str = "") -> str:
    """An RSS item; `text` is its description as it stands in the XML, `more` other elements."""
    link = path if "://" in path or not path else SITE + path
    return (
        "<item>\n"
        + (f"  <title>{title}</title>\n" if title else "")
        + (f"  <link>{link}</link>\n" if link else "")
        + (f"  <description>{text}</description>\n" if text else "")
        + (f"  {more}\n" if more else "")
        + "</item>\n"
    )


def atom(entries: str, *, head: str = "", spaces: str = "") -> str:
    """An Atom 1.0 feed of our paper."""
    return (
        f'{DECLARED}<feed xmlns="http://www.w3.org/2005/Atom"{spaces}>\n'
        f'<title>Le Courrier de Valmont</title>\n<link href="{SITE}/"/>\n'
        f"<id>tag:courrier.example,2026:feed</id>\n<updated>2026-01-24T08:00:00Z</updated>\n"
        f"{head}{entries}\n</feed>\n"
    )
