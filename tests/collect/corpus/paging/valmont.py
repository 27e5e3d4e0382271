"""One front page in several mark-ups: a date, then for each article a heading, paragraphs, and a link
that says the title again before "Lire la suite"; and the same saved as plain text."""

# ruff: noqa: E501 - foreign mark-up reads best in one piece

from __future__ import annotations

import textwrap
from dataclasses import replace
from typing import Any

from paging import ARTS, FOOTER, MENU, SITE, Case, case, each, page

DATE = "<p>24 janvier 2026</p>"


def under_one_date(made: Case) -> Case:
    """One date stands above them all, and is that of each."""
    for entry in made.expected["entries"]:
        entry["published"] = "2026-01-24T00:00:00Z"
    return made


def unlinked(made: Case, **about: Any) -> Case:
    """The same without links."""
    for entry in made.expected["entries"]:
        entry["url"] = None
    return replace(made, expected={**made.expected, **about})


TEXT = "\n\n".join(
    ["24 janvier 2026"]
    + ["\n\n".join([art.title, *art.paras, f"{art.title} Lire la suite"]) for art in ARTS]
)
TIGHT = "\n".join(
    ["Le Courrier de Valmont", "Accueil", "Vie du bourg", "", "24 janvier 2026", ""]
    + [
        "\n".join([art.title, "* " + art.paras[0], *art.paras[1:], f"{art.title} Lire la suite"])
        for art in ARTS
    ]
    + ["", "Contact", "Plan du site"]
)
WRAPPED = "\n".join(
    "\n".join(textwrap.wrap(line, 66, break_on_hyphens=False)) for line in TEXT.split("\n")
)
BARE = "\n".join(["\n".join([art.title, "", *art.paras, "", "Lire la suite", ""]) for art in ARTS])
ADDRESSED = "\n\n".join(
    "\n\n".join([art.title, *art.paras, f"{art.title} Lire la suite <{SITE}{art.slug}/>"])
    for art in ARTS
)
LYNX = (
    "\n\n".join(
        "\n\n".join(
            [
                f"   {art.title}",
                *("   " + p for p in art.paras),
                f"   [{n}]{art.title} Lire la suite",
            ]
        )
        for n, art in enumerate(ARTS, 1)
    )
    + "\n\nReferences\n\n"
    + "\n".join(f"   {n}. {SITE}{art.slug}/" for n, art in enumerate(ARTS, 1))
)
GAPS = "\n".join("\n".join([art.title, "", " ".join(art.paras), "", ""]) for art in ARTS)

CASES = [
    under_one_date(
        case(
            "valmont-boxes.html",
            "the front page in boxes, the title hidden on the link",
            page(
                f'{MENU}<div class="liste">{DATE}'
                + each(
                    '<div class="bloc"><h2>%TITLE%</h2>%PARAS%<p><a href="%URL%"><span class="visually-hidden">%TITLE%</span> Lire la suite</a></p></div>'
                )
                + f"</div>{FOOTER}"
            ),
            dated=False,
        )
    ),
    under_one_date(
        case(
            "valmont-flat.html",
            "the front page without boxes: headings, paragraphs, links, one after the other",
            page(
                f"<main>{DATE}"
                + each(
                    '<h2>%TITLE%</h2>%PARAS%<p><a href="%URL%">%TITLE% <span>Lire la suite</span></a></p>'
                )
                + f"</main>{FOOTER}"
            ),
            dated=False,
        )
    ),
    under_one_date(
        case(
            "valmont-bold.html",
            "headings that are only bold, in paragraphs",
            page(
                f"<div>{DATE}"
                + each(
                    '<p><strong>%TITLE%</strong></p>%PARAS%<p><a href="%URL%">%TITLE% Lire la suite</a></p>'
                )
                + f"</div>{FOOTER}"
            ),
            dated=False,
        )
    ),
    under_one_date(
        case(
            "valmont-bold-bare.html",
            "headings that are only bold, and the link says no title",
            page(
                f"<div>{DATE}"
                + each('<p><b>%TITLE%</b></p>%PARAS%<p><a href="%URL%">Lire la suite</a></p>')
                + f"</div>{FOOTER}"
            ),
            dated=False,
        )
    ),
    case(
        "valmont-breaks.html",
        "one cell, bold titles, <br> between everything",
        page(
            "<table><tr><td>"
            + each(
                '<b>%TITLE%</b><br><br>%TEXT%<br><br><a href="%URL%">%TITLE% Lire la suite</a><br><br>'
            )
            + "</td></tr></table>"
        ),
        text="text",
        dated=False,
    ),
    case(
        "valmont-title-on-link-only.html",
        "no heading at all: the title stands on the link, for screen readers",
        page(
            each(
                '<div class="bloc">%PARAS%<a class="suite" href="%URL%"><span class="sr-only">%TITLE%</span>Lire la suite</a></div>'
            )
        ),
        dated=False,
    ),
    case(
        "valmont-articles.html",
        "<article> elements, with the date only on the first, and bullets in the text",
        page(
            "<main>"
            + each(
                '<article><h2>%TITLE%</h2>%PARAS%<p class="lire"><a href="%URL%">%TITLE%&nbsp;Lire la suite</a></p></article>'
            ).replace("<p>Une perceuse", "<p>* Une perceuse")
            + "</main>"
        ),
        dated=False,
    ),
    unlinked(
        case(
            "valmont-no-links.html",
            "the links are buttons of a program: the articles have no address",
            page(
                each(
                    '<div class="bloc"><h2>%TITLE%</h2>%PARAS%<button data-id="%NUMBER%">Lire la suite</button></div>'
                )
            ),
            dated=False,
        )
    ),
    under_one_date(
        unlinked(
            case("valmont.txt", "the front page saved as plain text", TEXT, dated=False),
            content_type="text/plain",
        )
    ),
    under_one_date(
        unlinked(
            case(
                "valmont-tight.txt",
                "saved with a menu, without blank lines, with bullets",
                TIGHT,
                dated=False,
            ),
            content_type="text/plain",
            title="Le Courrier de Valmont",
        )
    ),
    under_one_date(
        unlinked(
            case(
                "valmont-wrapped.txt",
                "saved by a program that breaks lines at 66 characters",
                WRAPPED,
                dated=False,
            ),
            content_type="text/plain",
        )
    ),
    unlinked(
        case(
            "valmont-bare.txt",
            "'Lire la suite' without the title, each title first of its own",
            BARE,
            dated=False,
        ),
        content_type="text/plain",
    ),
    case(
        "valmont-addressed.txt",
        "saved by a browser that writes addresses behind the links",
        ADDRESSED,
        dated=False,
        content_type="text/plain",
    ),
    case(
        "valmont-lynx.txt",
        "written by a text browser, with numbered references",
        LYNX,
        dated=False,
        content_type="text/plain",
    ),
    unlinked(
        case(
            "valmont-gaps.txt",
            "no 'Lire la suite' at all: titles and texts by their blank lines",
            GAPS,
            text="text",
            dated=False,
        ),
        content_type="text/plain",
    ),
    unlinked(
        case(
            "valmont-windows.txt",
            "saved on Windows: windows-1252, CRLF",
            TEXT.replace("\n", "\r\n").replace("24 janvier 2026", "").encode("windows-1252"),
            dated=False,
        ),
        content_type="text/plain",
    ),
    unlinked(
        case(
            "valmont-utf16.txt",
            "saved by Notepad as UTF-16",
            ("\ufeff" + TEXT.replace("24 janvier 2026", "")).encode("utf-16-le"),
            dated=False,
        ),
        content_type="text/plain",
    ),
]
