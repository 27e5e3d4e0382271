"""What themes, plug-ins and systems add to the text in their feeds, and what is the author's."""

# ruff: noqa: E501 - foreign mark-up reads best in one piece

from __future__ import annotations

from .cases import SITE, Cases, e, item, rss

CASES = Cases()
LEAD = "Fermé depuis octobre, le pont des Tanneurs rouvre samedi."
MORE = "Les bus de la ligne 4 reprennent leur trajet habituel dès 6 h 30."
PATH = "/2026/01/pont/"


def whole(markup: str, title: str = "Le pont des Tanneurs rouvre") -> str:
    """A feed of one item that holds its whole text."""
    return rss(item(title, PATH, "", f"<content:encoded><![CDATA[{markup}]]></content:encoded>"))


def reads(*excerpt: str, **more: object) -> dict[str, object]:
    return e("Le pont des Tanneurs rouvre", *(excerpt or (LEAD, MORE)), path=PATH, **more)


CASES.add(
    "added-by-plug-ins.xml",
    "WordPress with a table of contents, an advertisement, other articles, a counter, a file, a button",
    whole(f"""<div id="ez-toc-container" class="ez-toc-v2_0_68 ez-toc-container-direction"><p class="ez-toc-title">Sommaire</p><nav><ul><li><a href="#un">Les travaux</a></li></ul></nav></div>
<h2><span class="ez-toc-section" id="un">Les travaux</span></h2>
<p>{LEAD}</p>
<p>La suite après cette publicité</p>
<figure class="wp-block-embed"><div class="wp-block-embed__wrapper"><blockquote class="wp-embedded-content"><a href="{SITE}/lavoir/">Le lavoir retrouve son toit</a></blockquote></div></figure>
<p><strong>À lire aussi :</strong> <a href="{SITE}/halle/">La halle rouvre</a></p>
<p>{MORE}</p>
<div class="wp-block-file"><a href="{SITE}/plan.pdf">Le plan des travaux</a><a href="{SITE}/plan.pdf" class="wp-block-file__button wp-element-button" download>Télécharger</a></div>
<div class="wp-block-buttons"><div class="wp-block-button"><a class="wp-block-button__link" href="{SITE}/visite/">S’inscrire à la visite</a></div></div>
<div class="pvc_clear"></div><p id="pvc_stats_12" class="pvc_stats all">231 total views, 4 views today</p>
<p>Ce contenu a été publié dans <a href="{SITE}/travaux/">Travaux</a> par <a href="{SITE}/qui/">admin</a>. Mettez-le en favori avec son <a href="{SITE}{PATH}">permalien</a>.</p>"""),
    reads(
        holds=["<h2>Les travaux</h2>", "Le plan des travaux", "S’inscrire à la visite"],
        lacks=["Sommaire", "publicité", "lavoir", "halle", "Télécharger", "231"],
    ),
)
CASES.add(
    "added-by-builders.xml",
    "the short codes of page builders that are gone, and a caption by short code",
    whole(f"""<p>[vc_row full_width=&#8221;stretch_row&#8221;][vc_column width=&#8221;2/3&#8243;][vc_column_text]</p>
<p>[caption id="attachment_12" align="alignleft" width="300"]<img src="{SITE}/pont.jpg" alt="Le pont" width="300" height="200" /> Le pont, vu de la rive[/caption]</p>
<p>{LEAD}</p><p>[gallery ids="7,8,9"]</p><p>{MORE}[/vc_column_text][/vc_column][/vc_row]</p>"""),
    reads(holds=["<figure>", "vu de la rive"], lacks=["vc_", "[gallery", "caption]"]),
)
CASES.add(
    "added-by-drupal.xml",
    "Drupal 10: title, author and date of the node above its body, a link to the rest below",
    rss(
        item(
            "Le pont des Tanneurs rouvre",
            PATH,
            f"""&lt;span class="field field--name-title field--type-string field--label-hidden"&gt;Le pont des Tanneurs rouvre&lt;/span&gt;
&lt;span class="field field--name-uid field--type-entity-reference field--label-hidden"&gt;&lt;span&gt;webmestre&lt;/span&gt;&lt;/span&gt;
&lt;span class="field field--name-created field--type-created field--label-hidden"&gt;&lt;time datetime="2026-01-24T10:00:00+01:00" class="datetime"&gt;sam 24/01/2026 - 10:00&lt;/time&gt;&lt;/span&gt;
&lt;div class="clearfix text-formatted field field--name-body field--label-hidden field__item"&gt;&lt;p&gt;{LEAD}&lt;/p&gt;&lt;p&gt;{MORE}&lt;/p&gt;&lt;/div&gt;
&lt;div class="links"&gt;&lt;ul class="links inline"&gt;&lt;li&gt;&lt;a href="{PATH}" rel="tag" hreflang="fr"&gt;Lire la suite&lt;span class="visually-hidden"&gt; de Le pont des Tanneurs rouvre&lt;/span&gt;&lt;/a&gt;&lt;/li&gt;&lt;/ul&gt;&lt;/div&gt;""",
        )
    ),
    reads(lacks=["webmestre", "24/01", "Lire la suite"]),
)
CASES.add(
    "added-by-blogger.xml",
    "Blogger's picture with its caption, in a table",
    whole(
        f"""<table align="center" class="tr-caption-container" style="margin-left: auto;"><tbody><tr><td><a href="{SITE}/s4000/pont.jpg"><img src="{SITE}/s320/pont.jpg" width="320" /></a></td></tr><tr><td class="tr-caption">Le pont, vu de la rive</td></tr></tbody></table><p>{LEAD}</p><p>{MORE}</p>"""
    ),
    reads(
        image={"url": f"{SITE}/s320/pont.jpg", "width": 320},
        holds=["<figcaption>Le pont, vu de la rive</figcaption>"],
    ),
)
CASES.add(
    "added-by-substack.xml",
    "Substack's own forms and buttons, and a button of the author's",
    whole(
        f"""<p>{LEAD}</p><div class="subscription-widget-wrap-editor"><div class="subscription-widget show-subscribe"><div class="preamble"><p class="cta-caption">Thanks for reading! Subscribe for free.</p></div><form></form></div></div><p>{MORE}</p><p class="button-wrapper"><a class="button primary" href="{SITE}/subscribe?"><span>Subscribe now</span></a></p><p class="button-wrapper"><a class="button primary" href="{SITE}/visite"><span>S’inscrire à la visite</span></a></p>"""
    ),
    reads(holds=["S’inscrire à la visite"], lacks=["Subscribe", "Thanks"]),
)
CASES.add(
    "added-by-wordpress-com.xml",
    "WordPress.com: the camera's original is named beside the picture that is shown",
    whole(
        f"""<p>{LEAD}</p><p>{MORE}</p><figure class="wp-block-image"><img data-orig-file="{SITE}/pont.jpg" data-orig-size="6000,4000" data-large-file="{SITE}/pont.jpg?w=840" width="1024" height="683" src="{SITE}/pont.jpg?w=1024" alt="" /></figure>"""
    ),
    reads(image={"url": f"{SITE}/pont.jpg?w=1024", "width": 1024, "height": 683}),
)
