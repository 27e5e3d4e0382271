"""A front page of six teasers as editors leave them: cut in mid-sentence or with "(…)", bullets typed by
hand, doubled spaces, two articles of one title; in several mark-ups and as plain text."""

# ruff: noqa: E501 - foreign mark-up reads best in one piece

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from paging import FOOTER, MENU, RECENT, SITE, Art, Case, one, page

NB = "\u00a0"
DATE = "24 janvier 2026"
_ISO = "2026-01-24T00:00:00Z"


def _art(number: int, title: str, slug: str, *paras: str) -> Art:
    return Art(number, title, slug, paras, "2026-01-24T09:00:00+01:00", DATE, "Vie du bourg")


ARTS = (
    _art(
        420,
        f"Budget participatif{NB}: TROIS projets retenus – et deux recalés",
        "budget-participatif-trois-projets",
        f"La mairie a annoncé «{NB}trois projets{NB}» retenus sur les douze déposés.  Les habitants s’en réjouissent.",
        "Mais deux projets restent sur le carreau (…)",
    ),
    _art(
        419,
        "La fanfare du Val : NOUVEAU départ",
        "fanfare-nouveau-depart",
        "* La fanfare cherche des musiciens, à partir de 12 ans. Répétitions le",
    ),
    _art(
        418,
        "Agenda du week-end",
        "agenda-du-week-end-4",
        "Samedi, le bal des pompiers ouvre à 20 heures. Entrée libre.",
    ),
    _art(
        417,
        f"Alerte{NB}: la crue du 12, 3,5 mètres à l’échelle",
        "alerte-crue",
        "L’eau est montée de  80 cm en une nuit.",
        "M. Dupuis, éclusier, l’avait dit : «\u00a0Elle viendra.\u00a0»",
        "Les caves de la rue Basse sont vides depuis (…)",
    ),
    _art(
        416,
        "Agenda du week-end",
        "agenda-du-week-end-3",
        "Dimanche, le vide-grenier tient la place du Marché.",
    ),
    _art(
        415,
        "VIDE-GRENIER – les inscriptions",
        "vide-grenier-les-inscriptions",
        f"Les inscriptions ouvrent lundi{NB}!",
    ),
)
# What a careful person prints of each: whole sentences, no bullet, no mark of a cut. Where nothing
# tells of a cut but the sense, only what is read is compared, and not what is printed of it.
SHOWN: tuple[tuple[str, ...] | None, ...] = (
    (
        f"La mairie a annoncé «{NB}trois projets{NB}» retenus sur les douze déposés. Les habitants s’en réjouissent.",
    ),
    None,
    ("Samedi, le bal des pompiers ouvre à 20 heures. Entrée libre.",),
    (
        "L’eau est montée de 80 cm en une nuit.",
        f"M. Dupuis, éclusier, l’avait dit : «{NB}Elle viendra.{NB}»",
    ),
    ("Dimanche, le vide-grenier tient la place du Marché.",),
    (f"Les inscriptions ouvrent lundi{NB}!",),
)


def _each(pattern: str | Callable[[Art], str]) -> str:
    return "\n".join(
        one(art, pattern if isinstance(pattern, str) else pattern(art)) for art in ARTS
    )


def _case(
    name: str, note: str, body: str, *, url: str | None = "%URL%", dated: bool = True, **about: Any
) -> Case:
    entries: list[dict[str, Any]] = []
    for art, shown in zip(ARTS, SHOWN, strict=True):
        address = one(art, url) if url else None
        if address and "://" not in address:
            address = SITE + address
        read = (
            {"holds": [art.paras[0].removeprefix("* ")], "lacks": ["* "]}
            if shown is None
            else {"excerpt": list(shown)}
        )
        published = _ISO if dated else None
        entries.append({"title": art.title, "url": address, **read, "published": published})
    return Case(name, note, body.encode(), {"url": SITE, **about, "lost": 0, "entries": entries})


def _text(layout: Callable[[Art], list[str]], between: str = "\n\n") -> str:
    head = ["Le Courrier de Valmont", "Accueil", DATE]
    return "\n\n".join(["\n\n".join(head), *(between.join(layout(art)) for art in ARTS)]) + "\n"


PART = json.dumps(
    [
        {"@type": "NewsArticle", "headline": art.title, "url": f"{SITE}{art.slug}/"}
        for art in ARTS[:2]
    ],
    ensure_ascii=False,
)

CASES = [
    _case(
        "teasers-spip-3.html",
        "SPIP 3: teasers in div.introduction, one date above them all",
        page(
            f'<div id="page"><div id="contenu"><p class="date">{DATE}</p><div class="menu articles"><ul>'
            + _each(
                '<li><h3 class="titre"><a href="%SPIP%">%TITLE%</a></h3><div class="introduction entry-content">%PARAS%</div><p class="suite"><a href="%SPIP%">Lire la suite<span class="offscreen"> de %TITLE%</span></a></p></li>'
            )
            + '</ul></div></div><div id="footer" class="footer"><a href="spip.php?page=plan">Plan du site</a></div></div>'
        ),
        url="%SPIP%",
    ),
    _case(
        "teasers-spip-4.html",
        "SPIP 4: article.entry, the title again on the link",
        page(
            f'<main role="main"><div id="content"><p>{DATE}</p><ul class="liste-items">'
            + _each(
                '<li class="item"><article class="entry article hentry"><strong class="h3-like entry-title"><a href="%SPIP%" rel="bookmark">%TITLE%</a></strong><div class="introduction entry-content">%PARAS%</div><p class="postmeta"><a class="suite" href="%SPIP%">%TITLE% Lire la suite</a></p></article></li>'
            )
            + "</ul></div></main>"
        ),
        url="%SPIP%",
    ),
    _case(
        "teasers-wp-classic.html",
        "WordPress, a classic theme: each teaser with its own date",
        page(
            f'{MENU}<div id="primary"><main>'
            + _each(
                '<article class="post hentry"><header class="entry-header"><h2 class="entry-title"><a href="%URL%">%TITLE%</a></h2><div class="entry-meta"><time class="entry-date published" datetime="2026-01-24">%DAY%</time></div></header><div class="entry-summary">%PARAS%<p><a href="%URL%" class="more-link">Lire la suite<span class="screen-reader-text"> de « %TITLE% »</span></a></p></div></article>'
            )
            + f"</main></div>{RECENT}{FOOTER}"
        ),
    ),
    _case(
        "teasers-wp-blocks.html",
        "WordPress, of blocks: li.wp-block-post, no date",
        page(
            '<div class="wp-site-blocks"><main><ul class="wp-block-post-template">'
            + _each(
                '<li class="wp-block-post post hentry"><h2 class="wp-block-post-title"><a href="%URL%">%TITLE%</a></h2><div class="wp-block-post-excerpt">%PARAS%<p class="wp-block-post-excerpt__more-text"><a class="wp-block-post-excerpt__more-link" href="%URL%">Lire la suite</a></p></div></li>'
            )
            + f"</ul></main></div>{FOOTER}"
        ),
        dated=False,
    ),
    _case(
        "teasers-flat.html",
        "a bare page: bold titles, paragraphs and links, one after the other",
        page(
            f"<div><p>{DATE}</p>"
            + _each(
                '<p><b>%TITLE%</b></p>%PARAS%<p><a href="%URL%">%TITLE% <span>Lire la suite</span></a></p>'
            )
            + "</div>"
        ),
    ),
    _case(
        "teasers-linked-data-part.html",
        "JSON-LD names the first two articles only; the page lists six",
        page(
            f"{MENU}<main>"
            + _each('<div class="bloc"><h2><a href="%URL%">%TITLE%</a></h2>%PARAS%</div>')
            + f"</main>{FOOTER}",
            head=f'<script type="application/ld+json">{PART}</script>',
        ),
        dated=False,
    ),
    _case(
        "teasers-one-line.txt",
        "saved as text: title and 'Lire la suite' on one line",
        _text(lambda art: [art.title, *art.paras, f"{art.title} Lire la suite"]),
        url=None,
        content_type="text/plain",
        title="Le Courrier de Valmont",
    ),
    _case(
        "teasers-two-lines.txt",
        "saved as text: the title hidden on the link stands on a line of its own",
        _text(lambda art: [art.title, *art.paras, f"{art.title}\nLire la suite"]),
        url=None,
        content_type="text/plain",
        title="Le Courrier de Valmont",
    ),
    _case(
        "teasers-tight.txt",
        "saved as text, without blank lines within an article, the link with its address",
        _text(
            lambda art: [art.title, *art.paras, f"{art.title} Lire la suite <{SITE}{art.slug}/>"],
            "\n",
        ),
        content_type="text/plain",
    ),
    _case(
        "teasers-markdown.md",
        "written as Markdown: the headings are links, one date above",
        f"# Le Courrier de Valmont\n\n{DATE}\n\n"
        + "\n\n".join(
            "\n\n".join([f"## [{art.title}]({SITE}{art.slug}/)", *art.paras, "Lire la suite"])
            for art in ARTS
        ),
        content_type="text/plain",
        title="Le Courrier de Valmont",
    ),
]
