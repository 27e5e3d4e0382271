"""The front pages of the corpus, made of the same three articles in the mark-up of many themes."""

# ruff: noqa: E501 - foreign mark-up reads best in one piece

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

SITE = "https://courrier.example/"


@dataclass(frozen=True)
class Art:
    """An article of the paper; the text of each is under 60 words, so that nothing is cut."""

    id: int
    title: str
    slug: str
    paras: tuple[str, ...]
    iso: str
    day: str
    topic: str

    @property
    def text(self) -> str:
        return " ".join(self.paras)


ARTS = (
    Art(
        312,
        "Pont-Vieux\u00a0: les travaux reprennent – enfin\u00a0!",
        "pont-vieux-les-travaux-reprennent-enfin",
        (
            "Le chantier du Pont-Vieux rouvre lundi.",
            "Les équipes poseront d’abord les «\u00a0garde-corps\u00a0» de la rive gauche, avant l’été.",
        ),
        "2026-01-24T10:00:00+01:00",
        "24 janvier 2026",
        "Travaux",
    ),
    Art(
        311,
        "LA MÉDIATHÈQUE PRÊTE AUSSI DES OUTILS",
        "la-mediatheque-prete-aussi-des-outils",
        (
            "Une perceuse, deux escabeaux et une scie attendent les abonnés.",
            "Le prêt dure sept jours et ne coûte que 2,50 euros.",
            "M. Aubier, qui tient l’atelier, montre volontiers comment s’en servir.",
        ),
        "2026-01-22T18:30:00+01:00",
        "22 janvier 2026",
        "Culture",
    ),
    Art(
        307,
        "Jardin de l’école\u00a0: «\u00a0on sème\u00a0!\u00a0»",
        "jardin-de-lecole-on-seme",
        ("Les élèves ont semé des radis et des fèves dans les carrés du préau.",),
        "2026-01-19T08:00:00+01:00",
        "19 janvier 2026",
        "École",
    ),
)


@dataclass(frozen=True)
class Case:
    """A page, and what a careful person reads in it."""

    name: str
    note: str
    body: bytes
    expected: dict[str, Any]

    def told(self) -> str:
        whole = {"note": self.note, **self.expected}
        return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def each(pattern: str, **changed: str) -> str:
    """The pattern once for each article, its words in capitals replaced."""
    return "\n".join(one(art, pattern, **changed) for art in ARTS)


def one(art: Art, pattern: str, **changed: str) -> str:
    paras = "".join(f"<p>{para}</p>" for para in art.paras)
    words = {
        "URL": f"{SITE}{art.slug}/",
        "SPIP": f"spip.php?article{art.id}",
        "PARAS": paras,
        "TEXT": art.text,
        "CUT": f"{art.paras[0]} Les équipes seront sur place dès",
        "TITLE": art.title,
        "ISO": art.iso,
        "DAY": art.day,
        "SLASHED": "/".join(reversed(art.iso[:10].split("-"))),
        "SLUG": art.slug,
        "NUMBER": str(art.id),
        "TOPIC": art.topic,
        "IMG": f"/images/{art.slug}.jpg",
        **changed,
    }
    for word, value in words.items():
        pattern = pattern.replace(f"%{word}%", value)
    return pattern


def page(body: str, *, head: str = "", attrs: str = "", lang: str = "fr-FR") -> str:
    return (
        f'<!DOCTYPE html>\n<html lang="{lang}"><head><meta charset="utf-8">'
        f"<title>Le Courrier de Valmont</title>{head}</head>\n<body{attrs}>\n{body}\n</body></html>\n"
    )


def case(
    name: str,
    note: str,
    body: str | bytes,
    *,
    url: str = "%URL%",
    text: str = "paras",
    dated: bool = True,
    days: bool = False,
    image: str | None = None,
    more: dict[str, Any] | None = None,
    arts: tuple[Art, ...] = ARTS,
    **about: Any,
) -> Case:
    """The case of a page that lists the articles; `text` is how: paras, text, cut, or none.

    `days`: the page shows days, no times. `more` holds what else is expected of every article.
    """
    entries = []
    for art in arts:
        excerpt = {
            "paras": list(art.paras),
            "text": [art.text],
            "cut": [art.paras[0]],
            "none": [],
        }[text]
        address = one(art, url)
        entry: dict[str, Any] = {
            "title": art.title,
            "url": address if "://" in address else SITE + address,
            "excerpt": excerpt,
            "published": (_day(art.iso) if days else _utc(art.iso)) if dated else None,
            "image": SITE.rstrip("/") + one(art, image) if image else None,
            **{k: _filled(art, v) for k, v in (more or {}).items()},
        }
        entries.append(entry)
    raw = body.encode() if isinstance(body, str) else body
    told = {"url": SITE, **about, "entries": entries}
    return Case(name, note, raw, told)


def _filled(art: Art, value: Any) -> Any:
    return [one(art, v) for v in value] if isinstance(value, list) else one(art, value)


def _utc(iso: str) -> str:
    moment = datetime.fromisoformat(iso).astimezone(UTC)
    return moment.isoformat().replace("+00:00", "Z")


def _day(iso: str) -> str:
    """A date without a time is midnight, in UTC for want of better."""
    return f"{iso[:10]}T00:00:00Z"


def all_cases() -> Iterator[Case]:
    from paging import others, spip, teasers, valmont, wordpress

    for module in (wordpress, spip, others, valmont, teasers):
        yield from module.CASES


MENU = """<nav class="main-navigation"><ul><li><a href="/">Accueil</a></li><li><a href="/vie/">Vie du bourg</a></li>
<li><a href="/riviere/">Rivière</a></li></ul></nav>"""
RECENT = """<aside id="secondary" class="widget-area"><section class="widget widget_recent_entries"><h2 class="widget-title">Articles récents</h2>
<ul><li><a href="/ancien/">Un très ancien article sur le lavoir</a><span class="post-date">3 mars 2019</span></li></ul></section>
<section class="widget widget_recent_comments"><h2>Commentaires récents</h2><ul><li>Jo dans <a href="/ancien/#c1">Un très ancien article</a></li></ul></section></aside>"""
FOOTER = """<footer class="site-footer"><h2>Contact</h2><p>Écrivez-nous au 3, place du Marché.</p>
<p><a href="https://fr.wordpress.org/">Fièrement propulsé par le vent</a></p></footer>"""
EVENTS = """<section class="agenda"><h2>Agenda</h2><article class="event"><h3><a href="/agenda/loto/">Loto des pompiers</a></h3>
<time datetime="2026-12-24">24 décembre 2026</time><p>Salle des fêtes, à 20 h.</p></article>
<article class="event"><h3><a href="/agenda/bal/">Bal de la Saint-Jean</a></h3><p>Sur la place.</p></article></section>"""
RELATED = """<div class="related-posts"><h3>À lire aussi</h3><article><h4><a href="/vieux-1/">La foire de 2018</a></h4><p>Elle fut belle.</p></article>
<article><h4><a href="/vieux-2/">La foire de 2017</a></h4><p>Elle fut belle aussi.</p></article></div>"""
