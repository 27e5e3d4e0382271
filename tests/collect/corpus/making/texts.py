"""Summaries and texts: what an excerpt takes of them, and what of the site it leaves behind."""

# ruff: noqa: E501 - foreign mark-up reads best in one piece

from __future__ import annotations

from .cases import Cases, e, item, rss

CASES = Cases()


def text(
    name: str,
    note: str,
    *cases: tuple[str, str, tuple[str, ...]],
    words: int = 60,
    language: str = "fr",
) -> None:
    """A feed with an item for each summary and content, and the paragraphs that are shown."""
    items = "".join(
        item(f"Article {n}", f"/{n}", f"<![CDATA[{summary}]]>" if summary else "",
             f"<content:encoded><![CDATA[{content}]]></content:encoded>" if content else "")
        for n, (summary, content, _) in enumerate(cases, 1)
    )  # fmt: skip
    CASES.add(
        name,
        note,
        rss(items, head=f"<language>{language}</language>"),
        *(e(f"Article {n}", excerpt=list(shown)) for n, (_, _, shown) in enumerate(cases, 1)),
        words=words,
    )


text(
    "text-which.xml",
    "the summary, or the content where there is none or it is cut",
    (
        "Le pont rouvre samedi.",
        "<p>Fermé depuis octobre.</p><p>Il rouvre.</p>",
        ("Le pont rouvre samedi.",),
    ),
    ("", "<p>Fermé depuis octobre.</p><p>Il rouvre.</p>", ("Fermé depuis octobre.", "Il rouvre.")),
    (
        "Fermé depuis [&#8230;]",
        "<p>Fermé depuis octobre.</p><p>Il rouvre.</p>",
        ("Fermé depuis octobre.", "Il rouvre."),
    ),
    (
        "Fermé depuis octobre. Il rouvre.",
        "<p>Fermé depuis octobre.</p><p>Il rouvre.</p>",
        ("Fermé depuis octobre.", "Il rouvre."),
    ),
    ("Fermé depuis octobre. Il rouvrira dès que le...", "", ("Fermé depuis octobre.",)),
    ("Fermé depuis octobre, il rouvrira quand", "", ("Fermé depuis octobre, il rouvrira quand",)),
    ("<img src='/a.jpg'>", "<p>Il rouvre.</p>", ("Il rouvre.",)),
    ("   ", "", ()),
)
text(
    "text-sentences.xml",
    "sentences stay whole in French: abbreviations, guillemets, dots, numbers",
    ("M. Aubry et Mme Sorel ont ouvert le pont. La suite fut plus gaie que prévu.", "", ("M. Aubry et Mme Sorel ont ouvert le pont.",)),
    ("Il coûte 3,5 millions d’euros, cf. l’art. 12 du rapport. On le savait depuis longtemps.", "", ("Il coûte 3,5 millions d’euros, cf. l’art. 12 du rapport.",)),
    ("« Il rouvre. Enfin ! » dit le maire, soulagé et content. La foule applaudit.", "", ("« Il rouvre. Enfin ! » dit le maire, soulagé et content.",)),
    ("Il neige… et il neigera encore toute la semaine. Prudence sur les routes de la vallée.", "", ("Il neige… et il neigera encore toute la semaine.",)),
    ("Le n° 12 de la rue St. Éloi, bd. Voltaire, etc. est fermé. Voilà.", "", ("Le n° 12 de la rue St. Éloi, bd. Voltaire, etc. est fermé.",)),
    ("Rendez-vous à 10 h 30 (salle J. Martin, 1er étage. Sonner.) pour tous. Venez.", "", ("Rendez-vous à 10 h 30 (salle J. Martin, 1er étage. Sonner.) pour tous.",)),
    words=13,
)  # fmt: skip
text(
    "text-sentences-english.xml",
    "sentences stay whole in English",
    ("Mr. Aubry met Dr. Sorel at 10 a.m. on the bridge. They talked at length.", "", ("Mr. Aubry met Dr. Sorel at 10 a.m. on the bridge.",)),
    ("It cost $3.5 million, i.e. twice the plan of the U.S. firm. Nobody smiled.", "", ("It cost $3.5 million, i.e. twice the plan of the U.S. firm.",)),
    ("“It reopens. At last!” the mayor said to all of us. People cheered.", "", ("“It reopens. At last!” the mayor said to all of us.",)),
    ("Is it open? Yes! The buses run again on line 4. More to come tomorrow.", "", ("Is it open? Yes! The buses run again on line 4.",)),
    words=12,
    language="en",
)  # fmt: skip
text(
    "text-tails.xml",
    "what the site hung on to its text: links to the rest, buttons, footers",
    ("Il rouvre. <a href='/1'>Lire la suite</a>", "", ("Il rouvre.",)),
    ("Il rouvre. Lire la suite &rarr;", "", ("Il rouvre.",)),
    ("Il rouvre. <a class='more-link' href='/3'>Continuer la lecture <span class='screen-reader-text'>Le pont</span></a>", "", ("Il rouvre.",)),
    ("It reopens. <a href='/4'>Continue reading &#8220;The bridge&#8221;</a>", "", ("It reopens.",)),
    ("It reopens. The post <a href='/5'>The bridge</a> appeared first on <a href='/'>Courier</a>.", "", ("It reopens.",)),
    ("Sie öffnet. <a href='/6'>Weiterlesen</a>", "", ("Sie öffnet.",)),
    ("Abre. <a href='/7'>Leer más »</a>", "", ("Abre.",)),
    ("<p>Il rouvre.</p><p>Partager : <a href='#'>Facebook</a> <a href='#'>Twitter</a> <a href='#'>E-mail</a></p>", "", ("Il rouvre.",)),
    ("<p>Il rouvre.</p><p>J’aime chargement…</p>", "", ("Il rouvre.",)),
    ("<p>Il rouvre.<sup><a href='#fn1'>1</a></sup> Enfin [<a href='#nb2'>2</a>].</p>", "", ("Il rouvre. Enfin.",)),
    ("Il rouvre (…)", "", ("Il rouvre…",)),
)  # fmt: skip
text(
    "text-paragraphs.xml",
    "paragraphs however they are made; headings, tables, captions and code stay out",
    ("Un.<br><br>Deux.<br/>Deux et demi.", "", ("Un.", "Deux. Deux et demi.")),
    ("<div>Un.</div><div><div>Deux.</div></div>", "", ("Un.", "Deux.")),
    ("", "<h2>Titre</h2><p>Un.</p><ul><li>Deux.</li><li>Trois.</li></ul>", ("Un.", "Deux.", "Trois.")),
    ("", "<figure><img src='/a.jpg'><figcaption>Légende</figcaption></figure><p>Un.</p><table><tr><th>Jour</th><th>Heure</th></tr><tr><td>Lundi</td><td>9 h</td></tr></table><pre>x = 1</pre>", ("Un.",)),
    ("", "<p>&nbsp;</p><p>Un.</p><p> </p><p>—</p><p>Deux.</p>", ("Un.", "Deux.")),
    ("", "<blockquote><p>« Un. »</p></blockquote><p>Deux.</p>", ("« Un. »", "Deux.")),
    ("", "Du texte sans balise. Sur une ligne.", ("Du texte sans balise. Sur une ligne.",)),
    ("", "<p>* Samedi : la foire.</p><p>• Dimanche : le bal.</p>", ("Samedi : la foire.", "Dimanche : le bal.")),
)  # fmt: skip
