"""Front pages of SPIP: its own squelettes-dist, and the themes that French associations use."""

# ruff: noqa: E501 - foreign mark-up reads best in one piece

from __future__ import annotations

from paging import case, each, page

HEAD = '<meta name="generator" content="SPIP 4.2.8">'
HEADER = '<div class="header" id="header" role="banner"><strong id="logo"><a rel="start home" href="/" title="Accueil">Le Courrier de Valmont</a></strong></div><div class="nav clearfix" id="nav" role="navigation"><ul><li class="nav-item"><a href="spip.php?rubrique1">Vie du bourg</a></li></ul></div>'
FOOT = '<div class="footer clearfix" id="footer" role="contentinfo"><p class="colophon">2008-2026 © Le Courrier de Valmont<br><a rel="contents" href="spip.php?page=plan">Plan du site</a> | <a href="spip.php?page=login">Se connecter</a> | <a rel="alternate" href="spip.php?page=backend">RSS 2.0</a></p></div>'
ASIDE = '<div class="aside secondary" id="aside" role="complementary"><div class="formulaire_spip formulaire_recherche"><form><label>Rechercher</label></form></div><div class="liste syndic"><h2>Sur le Web</h2><ul><li><a href="https://ailleurs.example/1">Une nouvelle d’ailleurs</a></li></ul></div><div class="liste forums"><h2>Derniers commentaires</h2><ul><li><a href="spip.php?article3#forum12">Un vieil article</a></li></ul></div></div>'
RUBRIQUES = '<div class="menu rubriques"><h2 class="menu-titre"><a href="spip.php?page=plan">Rubriques</a></h2><ul><li><a href="spip.php?rubrique1">Vie du bourg</a></li></ul></div>'

CASES = [
    case(
        "spip-dist-3.html",
        "SPIP 3, squelettes-dist: li.item, h3.titre, p.infos, div.introduction",
        page(
            f'<div id="page">{HEADER}<div id="conteneur"><div id="contenu"><div class="menu articles"><h2>Articles récents</h2><ul>'
            + each(
                '<li><h3 class="titre"><a href="%SPIP%"><img class="spip_logo spip_logos" alt="" src="IMG/%SLUG%.jpg" width="150" height="113">%TITLE%</a></h3><div class="enclosures"></div><small>%DAY%, par <span class="vcard author"><a class="url fn spip_in" href="spip.php?auteur1">Rédaction</a></span></small><div class="introduction entry-content"><p>%CUT%&nbsp;(...)</p></div></li>'
            )
            + f"</ul></div></div></div>{ASIDE}{FOOT}</div>",
            head=HEAD,
            attrs=' id="top" class="page_sommaire"',
        ),
        url="%SPIP%",
        text="cut",
        image="/IMG/%SLUG%.jpg",
        days=True,
    ),
    case(
        "spip-dist-4.html",
        "SPIP 4, squelettes-dist: article.entry in a list, abbr.published, pagination",
        page(
            f'<div class="page">{HEADER}<main class="main" role="main"><div class="wrapper"><div class="content" id="content"><div class="liste long articles"><a id="pagination_articles" class="pagination_ancre"></a><h2 class="h2">Les derniers articles</h2><ul class="liste-items">'
            + each(
                '<li class="item" data-id="%NUMBER%"><article class="entry article hentry"><strong class="h3-like entry-title"><a href="%SPIP%" rel="bookmark">%TITLE%</a></strong><p class="publication"><time pubdate="pubdate" datetime="%ISO%">%DAY%</time><span class="authors">, <span class="sep">par </span><span class="vcard author"><a class="url fn spip_in" href="spip.php?auteur1">Rédaction</a></span></span></p><div class="introduction entry-content">%PARAS%</div><p class="postmeta"><a class="suite" href="%SPIP%">Lire la suite<span class="offscreen"> de %TITLE%</span></a></p></article></li>'
            )
            + f'</ul><nav role="navigation" class="pagination"><ul class="pagination-items"><li><a href="/?debut_articles=5">5</a></li></ul></nav></div></div>{RUBRIQUES}</div></main>{ASIDE}{FOOT}</div>',
            head=HEAD,
        ),
        url="%SPIP%",
    ),
    case(
        "spip-sarka.html",
        "Sarka-SPIP: blocks in columns, noisettes, the agenda beside",
        page(
            f'<div id="container">{HEADER}<div id="wrapper"><div id="content"><div class="noisette noisette_articles"><h2>À lire</h2>'
            + each(
                '<div class="article-list clearfix"><div class="logo"><a href="%SPIP%"><img src="local/cache-vignettes/%SLUG%.jpg" width="80" height="60" alt=""></a></div><h3 class="title"><a href="%SPIP%" title="Lire %TITLE%">%TITLE%</a></h3><div class="info">%DAY%, par Rédaction</div><div class="text">%PARAS%</div><div class="more"><a href="%SPIP%">Lire la suite</a></div></div>'
            )
            + f'</div></div><div id="extra"><div class="noisette agenda"><h3>Agenda</h3><p><a href="spip.php?evenement4">Le loto des pompiers, 24 décembre 2026</a></p></div></div><div id="navigation"><h3><a href="spip.php?rubrique1">Vie du bourg</a></h3></div></div>{FOOT}</div>',
            head=HEAD,
        ),
        url="%SPIP%",
        image="/local/cache-vignettes/%SLUG%.jpg",
        days=True,
    ),
    case(
        "spip-escal.html",
        "Escal: three columns, tables of tabs, 'Lire la suite de …' in a title only",
        page(
            '<div id="bloc-page"><div id="entete"><h2><a href="/">Le Courrier</a></h2></div><div id="colonne-gauche" class="colonne-gauche menu"><div class="titre-bloc">Rubriques</div><ul><li><a href="spip.php?rubrique1">Vie du bourg</a></li></ul></div><div id="contenu"><div class="cadre-couleur"><h1 class="titre-cadre">Derniers articles publiés</h1>'
            + each(
                '<div class="article_accueil"><div class="titre_article"><h2><a href="%SPIP%">%TITLE%</a></h2></div><div class="date_article date">le %DAY%</div><div class="texte">%PARAS%</div><div class="lire-la-suite"><a href="%SPIP%" title="Lire la suite de « %TITLE% »"><img src="plugins/suite.png" alt="Lire la suite" width="16" height="16"></a></div></div>'
            )
            + f'</div></div><div id="colonne-droite" class="colonne-droite"><div class="agenda"><h2>Calendrier</h2><table><tr><td><a href="spip.php?evenement1">1</a></td></tr></table></div></div>{FOOT}</div>',
            head=HEAD,
        ),
        url="%SPIP%",
        days=True,
    ),
    case(
        "spip-2-flat.html",
        "SPIP 2, an old hand-made skeleton: headings and paragraphs in one cell of a table",
        page(
            '<table width="100%"><tr><td class="menu"><a href="spip.php?rubrique1">Vie du bourg</a><br><a href="spip.php?rubrique2">Rivière</a></td><td>'
            + each(
                '<h3 class="spip"><a href="spip.php?article%NUMBER%">%TITLE%</a></h3>%PARAS%<p align="right"><a href="spip.php?article%NUMBER%">%TITLE% Lire la suite</a></p>'
            )
            + '</td></tr></table><div id="pied"><a href="spip.php?page=plan">Plan du site</a></div>',
            head=HEAD,
        ),
        url="%SPIP%",
        dated=False,
    ),
    case(
        "spip-html5up.html",
        "a skeleton of cards: the whole card is a link, the image first",
        page(
            f'{HEADER}<main><section class="cartes">'
            + each(
                '<a class="carte" href="%SPIP%"><span class="carte__image"><img src="IMG/logo/%SLUG%.jpg" alt="" width="400" height="300" loading="lazy"></span><h2 class="carte__titre crayon article-titre-%NUMBER%">%TITLE%</h2><p class="carte__chapo chapo">%TEXT%</p><time class="carte__date" datetime="%ISO%">%DAY%</time></a>'
            )
            + f"</section></main>{FOOT}",
            head=HEAD,
        ),
        url="%SPIP%",
        text="text",
        image="/IMG/logo/%SLUG%.jpg",
    ),
    case(
        "spip-latin1.html",
        "in ISO-8859-1, as its head says and HTTP does not",
        page(
            '<div id="contenu"><ul>'
            + each(
                '<li class="item"><h3 class="titre"><a href="%SPIP%">%TITLE%</a></h3>%PARAS%<p class="suite"><a href="%SPIP%">Lire la suite</a></p></li>'
            )
            + "</ul></div>",
            head=HEAD,
        )
        .replace('charset="utf-8"', 'charset="iso-8859-1"')
        .encode("windows-1252"),
        url="%SPIP%",
        dated=False,
        content_type="text/html",
    ),
    case(
        "spip-urls-propres.html",
        "addresses as words, a base element, a list of short news (brèves) after",
        page(
            f'{HEADER}<div id="contenu"><div class="liste articles"><ul>'
            + each(
                '<li class="item short"><h3 class="titre"><a href="vie/%SLUG%">%TITLE%</a></h3><p class="infos">Mis en ligne le %DAY%</p><div class="chapo">%PARAS%</div></li>'
            )
            + f"</ul></div></div>{ASIDE}{FOOT}",
            head=HEAD + '<base href="https://courrier.example/">',
        ),
        url="vie/%SLUG%",
        days=True,
    ),
]
