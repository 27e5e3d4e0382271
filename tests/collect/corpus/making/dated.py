"""Dates, as programs and people write them, in their languages; and those that cannot be."""

# ruff: noqa: E501 - foreign mark-up reads best in one piece

from __future__ import annotations

from .cases import Cases, atom, e, item, rss

CASES = Cases()


def dated(name: str, note: str, *pairs: tuple[str, str | None], element: str = "pubDate") -> None:
    """A feed with an item for each way to write a date, and how it is read (None: not)."""
    items = "".join(
        item(f"Article {n}", f"/{n}", "", f"<{element}>{written}</{element}>")
        for n, (written, _) in enumerate(pairs, 1)
    )
    CASES.add(
        name,
        note,
        rss(items),
        *(
            e(f"Article {n}", published=read, date_text="" if read else written)
            for n, (written, read) in enumerate(pairs, 1)
        ),
        oddities=[
            f"item {n}: no credible date" for n, (_, read) in enumerate(pairs, 1) if read is None
        ],
    )


dated(
    "dates-mail.xml",
    "RFC 822 and what programs make of it",
    ("Sat, 24 Jan 2026 08:30:00 +0100", "2026-01-24T07:30:00Z"),
    ("Sat, 24 Jan 2026 07:30:00 GMT", "2026-01-24T07:30:00Z"),
    ("Sat, 24 Jan 26 07:30:00 GMT", "2026-01-24T07:30:00Z"),
    ("24 Jan 2026 07:30 Z", "2026-01-24T07:30:00Z"),
    ("Sat, 24 Jan 2026 02:30:00 EST", "2026-01-24T07:30:00Z"),
    ("Sat, 24 Jan 2026 00:30:00 PDT", "2026-01-24T07:30:00Z"),
    ("Sat,24 Jan 2026 07:30:00 +0000", "2026-01-24T07:30:00Z"),
    ("Saturday, 24 January 2026 07:30:00 +0000", "2026-01-24T07:30:00Z"),
    ("Thu, 24 Jan 2026 07:30:00 +0000", "2026-01-24T07:30:00Z"),  # it was a Saturday
    ("Sat, 24 JAN 2026 07:30:00 +0000", "2026-01-24T07:30:00Z"),
    ("Sat, 24 Jan 2026 08:30:00 +01:00", "2026-01-24T07:30:00Z"),
    ("Sat, 24 Jan 2026 08:30:00 CET", "2026-01-24T07:30:00Z"),
    ("Fri, 24 Jul 2026 08:30:00 CEST", "2026-07-24T06:30:00Z"),
    ("Sat Jan 24 07:30:00 2026", "2026-01-24T07:30:00Z"),
    ("Sat, 24 Jan 2026", "2026-01-24T00:00:00Z"),
    ("Sat, 4 Jan 2026 7:30:00 +0000", "2026-01-04T07:30:00Z"),
)
dated(
    "dates-iso.xml",
    "ISO 8601 in RSS, where it does not belong but stands",
    ("2026-01-24T07:30:00Z", "2026-01-24T07:30:00Z"),
    ("2026-01-24T08:30:00+01:00", "2026-01-24T07:30:00Z"),
    ("2026-01-24T08:30:00+0100", "2026-01-24T07:30:00Z"),
    ("2026-01-24T07:30:00.123Z", "2026-01-24T07:30:00Z"),
    ("2026-01-24T07:30Z", "2026-01-24T07:30:00Z"),
    ("2026-01-24 07:30:00", "2026-01-24T07:30:00Z"),
    ("2026-01-24 08:30:00 +0100", "2026-01-24T07:30:00Z"),
    ("2026-01-24", "2026-01-24T00:00:00Z"),
    ("20260124", "2026-01-24T00:00:00Z"),
    ("20260124T073000Z", "2026-01-24T07:30:00Z"),
)
dated(
    "dates-french.xml",
    "French, as editors type it and as themes print it",
    ("sam. 24 janv. 2026 08:30:00 +0100", "2026-01-24T07:30:00Z"),
    ("sam., 24 janv. 2026 08:30:00 +0100", "2026-01-24T07:30:00Z"),
    ("samedi 24 janvier 2026", "2026-01-24T00:00:00Z"),
    ("1er février 2026 à 10h30", "2026-02-01T10:30:00Z"),
    ("Le 14 août 2026", "2026-08-14T00:00:00Z"),
    ("24/01/2026", "2026-01-24T00:00:00Z"),
    ("24/01/2026 08:30", "2026-01-24T08:30:00Z"),
    ("24.01.2026", "2026-01-24T00:00:00Z"),
    ("SAMEDI 24 DÉCEMBRE 2025", "2025-12-24T00:00:00Z"),
    ("24 decembre 2025", "2025-12-24T00:00:00Z"),
)
dated(
    "dates-of-neighbours.xml",
    "German weekdays and months, Spanish, Italian, Portuguese, Dutch, Catalan",
    ("Sa, 24 Jan 2026 08:30:00 +0100", "2026-01-24T07:30:00Z"),
    ("Mi, 21 Okt 2026 08:30:00 +0200", "2026-10-21T06:30:00Z"),
    ("24. Dezember 2025, 18:00 Uhr", "2025-12-24T18:00:00Z"),
    ("3. März 2026", "2026-03-03T00:00:00Z"),
    ("24 de enero de 2026", "2026-01-24T00:00:00Z"),
    ("sábado, 24 de janeiro de 2026", "2026-01-24T00:00:00Z"),
    ("24 gennaio 2026", "2026-01-24T00:00:00Z"),
    ("24 maart 2026", "2026-03-24T00:00:00Z"),
    ("24 mei 2026", "2026-05-24T00:00:00Z"),
    ("24 de gener de 2026", "2026-01-24T00:00:00Z"),
    ("January 24, 2026 8:30 am", "2026-01-24T08:30:00Z"),
    ("Jan 24th, 2026 at 8:30 PM", "2026-01-24T20:30:00Z"),
)
dated(
    "dates-absurd.xml",
    "what an empty field of a database becomes, and what is no date at all",
    ("Mon, 01 Jan 0001 00:00:00 GMT", None),
    ("0001-01-01T00:00:00Z", None),
    ("Thu, 01 Jan 1970 00:00:00 GMT", None),
    ("1899-12-30T00:00:00Z", None),
    ("0000-00-00 00:00:00", None),
    ("Wed, 30 Nov -0001 00:00:00 +0000", None),
    ("99999-01-01", None),
    ("31 février 2026", None),
    ("Invalid Date", None),
    ("hier", None),
    ("{{ date }}", None),
)
dated(
    "dates-future.xml",
    "the future is read as it stands: when it is shown is decided elsewhere",
    ("Thu, 24 Jan 2036 07:30:00 GMT", "2036-01-24T07:30:00Z"),
    ("Fri, 31 Dec 2099 23:59:59 GMT", "2099-12-31T23:59:59Z"),
)
dated(
    "dates-seconds.xml",
    "seconds since 1970, as some programs write them",
    ("1769239800", "2026-01-24T07:30:00Z"),
    ("1769239800000", "2026-01-24T07:30:00Z"),
)
dated(
    "dates-dublin-core.xml",
    "dc:date",
    ("2026-01-24T08:30:00+01:00", "2026-01-24T07:30:00Z"),
    ("2026-01", "2026-01-01T00:00:00Z"),
    element="dc:date",
)
CASES.add(
    "dates-none.xml",
    "no date, and an empty one: undated, and nothing odd about it",
    rss(item("Le pont") + item("Le marché", "/marche", "", "<pubDate></pubDate>")),
    e("Le pont", published=None), e("Le marché", published=None),
)  # fmt: skip
CASES.add(
    "dates-which.xml",
    "published and updated: the day when it came out counts",
    atom(
        '<entry><id>1</id><title>A</title><link href="/a"/><updated>2026-03-01T00:00:00Z</updated><published>2026-01-24T07:30:00Z</published></entry>'
        '<entry><id>2</id><title>B</title><link href="/b"/><updated>2026-03-01T00:00:00Z</updated></entry>'
    ),
    e("A", published="2026-01-24T07:30:00Z"), e("B", published="2026-03-01T00:00:00Z"),
)  # fmt: skip
