"""One article as many sites would show it: the same text in the mark-up of each theme.

Every page has what stands around an article there: menus, teasers, comments, boxes, notices.
"""

# ruff: noqa: E501 - foreign mark-up reads best in one piece

from __future__ import annotations

from newsletter.collect.articlepage import ArticlePage, parse_article_page
from newsletter.collect.excerpt import excerpt

TITLE = "Pont-Vieux\u00a0: les travaux reprennent – enfin\u00a0!"
PLAIN_TITLE = "Pont-Vieux : les travaux reprennent – enfin !"
LEAD = "Après six mois d’attente, le chantier du Pont-Vieux rouvre lundi matin."
TEXT = (
    "Les ouvriers reprennent par la pile nord, la plus abîmée par la crue de janvier. "
    "L’entreprise prévoit dix semaines de travail, si le temps le permet.",
    "La passerelle de bois reste ouverte aux piétons, de 7\u00a0h à 21\u00a0h. "
    "Les cyclistes mettent pied à terre, demande la mairie de Valmont.",
    "« Nous avons refait les plans trois fois », raconte Odile Marchand, qui suit le chantier.",
    "Une visite est prévue samedi 4 avril à 10\u00a0h 30, devant le lavoir.",
)
URL = "https://courrier.example/vie-locale/pont-vieux"
IMAGE = "https://courrier.example/medias/pont-1200x630.jpg"

P = "".join(f"<p>{p}</p>" for p in TEXT)
SPIP_P = "\n".join(f"<p>{p}</p>" for p in TEXT)
BLOCK_P = "\n".join(f'<p class="wp-block-paragraph">{p}</p>' for p in TEXT)

OG = f"""<meta property="og:type" content="article"><meta property="og:title" content="{TITLE} - Le Courrier de Valmont">
<meta property="og:description" content="Le chantier du Pont-Vieux rouvre lundi."><meta property="og:image" content="{IMAGE}">
<meta property="og:image:width" content="1200"><meta property="og:image:height" content="630"><meta property="og:image:alt" content="Le Pont-Vieux sous la neige">
<meta property="article:published_time" content="2026-03-12T09:00:00+01:00"><link rel="canonical" href="{URL}/">"""
NAV = """<nav class="menu"><ul><li><a href="/">Accueil</a></li><li><a href="/agenda">Agenda de la semaine, tous les rendez-vous de Valmont</a></li></ul></nav>"""
COOKIES = """<div id="tarteaucitronRoot" class="cookie-notice"><p>Nous utilisons des cookies pour mesurer l’audience du site. Vous pouvez les accepter ou les refuser à tout moment, en bas de chaque page.</p><button>Accepter</button></div>"""
SIDEBAR = """<aside class="widget-area sidebar"><h2>Articles récents</h2><p>La médiathèque prête aussi des outils, et chacun peut en emprunter deux pour une semaine entière.</p><form><p>Recevez la lettre chaque vendredi, gratuitement, avec les nouvelles de toute la vallée.</p></form></aside>"""
COMMENTS = """<section id="comments" class="comments-area"><h2>2 commentaires</h2><ol class="comment-list">
<li class="comment"><article class="comment-body"><p>Bravo pour cet article, je passe sur ce pont depuis quarante ans et je n’y croyais plus du tout, vraiment.</p></article></li>
<li class="comment"><article class="comment-body"><p>Et le parking ? Personne n’en parle, alors que les riverains attendent une réponse depuis l’automne dernier.</p></article></li></ol></section>"""
RELATED = """<div class="jp-relatedposts related-posts"><h3>Sur le même thème</h3><article><h4><a href="/lavoir">Le lavoir retrouve son toit</a></h4><p>Le lavoir communal retrouve son toit d’ardoise après deux saisons de travaux menés par les bénévoles.</p></article></div>"""
SHARE = """<div class="sharedaddy sd-sharing-enabled"><h3>Partager :</h3><ul><li><a href="#">Facebook</a></li><li><a href="#">Cliquez pour envoyer à un ami</a></li></ul></div>"""
FOOTER = """<footer class="site-footer"><p>© 2026 Le Courrier de Valmont, journal de la vallée. Mentions légales, données personnelles et plan du site.</p></footer>"""


def page(
    body: str, *, head: str = OG, body_class: str = "single", html: str = 'lang="fr-FR"'
) -> str:
    return (
        f'<!DOCTYPE html><html {html}><head><meta charset="utf-8"><title>{TITLE} – Le Courrier de '
        f"Valmont</title>{head}<script>var ads = 1;</script></head>"
        f'<body class="{body_class}">{body}</body></html>'
    )


def wordpress(article: str, *, main: str = "main") -> str:
    return page(
        f'{COOKIES}<header class="site-header"><p class="site-title"><a href="/">Le Courrier de Valmont</a></p>{NAV}</header>'
        f'<{main} id="main" class="site-main">{article}{COMMENTS}</{main}>{SIDEBAR}{FOOTER}',
        body_class="single single-post postid-12 logged-out has-sidebar",
    )


TWENTY_TEN = f"""<div id="container"><div id="content" role="main"><div id="nav-above" class="navigation"><div class="nav-previous"><a href="/a">La fanfare</a></div></div>
<div id="post-12" class="post-12 post type-post hentry category-pub tag-forum"><h1 class="entry-title">{TITLE}</h1><div class="entry-meta">Publié le <a href="#"><span class="entry-date">12 mars 2026</span></a> par <span class="author vcard">Odile</span></div>
<div class="entry-content">{P}<div class="page-link">Pages : 1</div>{SHARE}</div><div id="entry-author-info"><h2>À propos d’Odile</h2></div><div class="entry-utility">Ce contenu a été publié dans Travaux. Mettez-le en favori avec son permalien.</div></div>{COMMENTS}</div></div>"""
TWENTY_SIXTEEN = f"""<article id="post-12" class="post-12 post hentry"><header class="entry-header"><h1 class="entry-title">{TITLE}</h1></header>
<div class="post-thumbnail"><img src="/medias/pont-825x510.jpg" width="825" height="510" alt=""></div>
<div class="entry-content">{P}{SHARE}{RELATED}</div><footer class="entry-footer"><span class="byline">Auteur Odile</span><span class="posted-on">Publié le 12 mars 2026</span></footer></article>
<nav class="navigation post-navigation"><h2 class="screen-reader-text">Navigation de l’article</h2><a href="/avant">Article précédent : la fanfare cherche un tuba</a></nav>"""
BLOCK_THEME = f"""<div class="wp-block-group has-global-padding is-layout-constrained"><h1 class="wp-block-post-title">{TITLE}</h1>
<div class="wp-block-template-part"><div class="wp-block-post-date"><time datetime="2026-03-12">12 mars 2026</time></div><div class="wp-block-post-author-name">Odile</div></div>
<div class="entry-content wp-block-post-content is-layout-flow">{BLOCK_P}<figure class="wp-block-image"><img src="/medias/pile.jpg" alt="La pile nord" width="1024" height="768"><figcaption>La pile nord. Photo du journal.</figcaption></figure></div>
<nav class="wp-block-group" aria-label="Publications"><div class="post-navigation-link-previous"><a href="/avant">La fanfare</a></div></nav></div>
<div class="wp-block-query"><ul class="wp-block-post-template"><li class="wp-block-post"><h2 class="wp-block-post-title"><a href="/lavoir">Le lavoir</a></h2><div class="wp-block-post-excerpt"><p class="wp-block-post-excerpt__excerpt">Le lavoir communal retrouve son toit d’ardoise après deux saisons de travaux.</p></div></li></ul></div>"""
DIVI = f"""<article id="post-12" class="post-12 et_pb_post"><div class="et_post_meta_wrapper"><h1 class="entry-title">{TITLE}</h1><p class="post-meta">par <span class="author vcard">Odile</span> | <span class="published">Mar 12, 2026</span> | 0 commentaires</p><img src="/medias/pont.jpg" width="1080" height="675"></div>
<div class="entry-content"><div class="et_pb_section"><div class="et_pb_row"><div class="et_pb_column"><div class="et_pb_module et_pb_text"><div class="et_pb_text_inner">{P}</div></div><div class="et_pb_module et_pb_newsletter"><p>Inscrivez-vous à notre lettre du vendredi pour ne rien manquer des nouvelles de la vallée.</p></div></div></div></div></div></article>"""
ELEMENTOR = f"""<div data-elementor-type="single-post" class="elementor elementor-99"><section class="elementor-section"><div class="elementor-widget elementor-widget-theme-post-title"><div class="elementor-widget-container"><h1 class="elementor-heading-title">{TITLE}</h1></div></div>
<div class="elementor-widget elementor-widget-theme-post-content"><div class="elementor-widget-container">{P}</div></div>
<div class="elementor-widget elementor-widget-share-buttons"><div class="elementor-widget-container"><span>Partager sur Facebook</span></div></div>
<div class="elementor-widget elementor-widget-posts"><article class="elementor-post"><h3><a href="/lavoir">Le lavoir</a></h3><div class="elementor-post__excerpt"><p>Le lavoir communal retrouve son toit d’ardoise après deux saisons de travaux.</p></div></article></div></section></div>"""
NEWSPAPER = f"""<div class="td-post-content tagdiv-type"><div class="td-a-rec"><span>Publicité</span></div>{P}<p><strong>À lire aussi :</strong> <a href="/lavoir">Le lavoir retrouve son toit</a></p></div><div class="td-author-box author-box"><p>Odile Marchand suit les travaux de la commune depuis vingt ans pour ce journal et pour d’autres.</p></div>"""
ASTRA = f"""<article class="post ast-article-single" itemscope itemtype="https://schema.org/CreativeWork"><div class="ast-post-format- single-layout-1"><header class="entry-header"><h1 class="entry-title" itemprop="headline">{TITLE}</h1></header><div class="entry-content clear" itemprop="text">{P}</div></div></article><div class="ast-single-related-posts-container"><article class="ast-related-post"><h3><a href="/l">Le lavoir</a></h3><p class="ast-related-post-excerpt">Le lavoir communal retrouve son toit d’ardoise après deux saisons de travaux menés.</p></article></div>"""
GENERATE = f"""<article class="post" itemtype="https://schema.org/CreativeWork" itemscope><div class="inside-article"><div class="featured-image page-header-image-single"><img src="/medias/pont.jpg" width="900" height="500" alt=""></div><header class="entry-header"><h1 class="entry-title">{TITLE}</h1><div class="entry-meta"><time>12 mars 2026</time> par Odile</div></header><div class="entry-content" itemprop="text">{P}</div><footer class="entry-meta"><span class="cat-links">Catégories Travaux</span></footer></div></article>"""

SPIP_HEAD = f"""<meta name="description" content="Le chantier du Pont-Vieux rouvre lundi."><link rel="canonical" href="{URL}">"""
SPIP_ASIDE = """<aside class="aside" role="complementary"><div class="menu rubriques"><h2>Rubriques</h2><ul><li><a href="/r1">Vie locale</a></li></ul></div><div class="menu"><h2>Dans la même rubrique</h2><ul><li><a href="/a1">La fanfare cherche un tuba</a></li></ul></div></aside>"""
SPIP_TITLE = f'<h1 class="crayon article-titre-12 surlignable entry-title"><span class="spip_logos"><img src="IMG/arton12.jpg" alt="" width="150" height="100"></span> {TITLE}</h1>'
SPIP_FORUM = """<div class="comments"><a name="forum"></a><h2>Vos commentaires</h2><ul class="comments-ul"><li class="comment-li"><div class="comment-texte"><p>Bravo pour cet article, je passe sur ce pont depuis quarante ans et je n’y croyais plus.</p></div></li></ul></div>"""
SPIP_FOUR = f"""<div class="page"><header class="header" role="banner"><h1 class="spip_logo_site"><a href="/">Le Courrier de Valmont</a></h1></header>{NAV}
<main class="main" role="main"><div class="wrapper hfeed"><div class="content hentry" id="content"><p class="arbo"><a href="/">Accueil</a> &gt; <a href="/r1">Vie locale</a> &gt; <strong class="on">{TITLE}</strong></p>
<div class="cartouche clearfix"><p class="crayon article-surtitre-12 surtitre">Travaux</p>{SPIP_TITLE}<p class="info-publi"><abbr class="published" title="2026-03-12T08:00:00Z">jeudi 12 mars 2026</abbr>, <span class="auteurs">par Odile</span></p></div>
<div class="crayon article-chapo-12 chapo surlignable"><p>{LEAD}</p></div><div class="crayon article-texte-12 texte surlignable clearfix">{SPIP_P}<div class="spip_document_7 spip_documents spip_documents_center"><figure class="spip_doc_inner"><img src="IMG/jpg/pile.jpg" width="672" height="400" alt="La pile nord"></figure></div></div>
<div class="crayon article-ps-12 ps surlignable"><hr><p>Le plan du chantier est affiché en mairie.</p></div><div class="notes"><hr><div id="nb1"><p>[<a href="#nh1">1</a>] D’après le registre des crues tenu depuis deux siècles par le meunier de la commune.</p></div></div>{SPIP_FORUM}</div></div>{SPIP_ASIDE}</main>{FOOTER}</div>"""
SPIP_TWO = f"""<div id="page"><div id="entete"><a href="/">Le Courrier de Valmont</a></div><div class="hfeed" id="conteneur"><div class="hentry" id="contenu"><div id="hierarchie"><a href="/">Accueil</a> &gt; Vie locale</div>
<div class="cartouche"><div class="surlignable"><h1 class="entry-title">{TITLE}</h1></div><p><small><abbr class="published" title="2026-03-12T08:00:00Z">jeudi 12 mars 2026</abbr>, par Odile</small></p></div>
<div class="surlignable"><div class="chapo"><p>{LEAD}</p></div><div class="texte entry-content">{SPIP_P}</div></div><div class="notes surlignable"><h2>Notes</h2><p>[1] D’après le registre des crues tenu depuis deux siècles par le meunier de la commune.</p></div><a href="#forum" id="forum"></a>
<p class="repondre"><a href="/r">Répondre à cet article</a></p></div></div><div id="navigation"><div class="menu"><h2>Rubriques</h2></div></div><div id="extra"><div class="menu"><h2>Dans la même rubrique</h2><ul><li><a href="/a1">La fanfare</a></li></ul></div></div><div id="pied"><p>2026 Le Courrier de Valmont | Plan du site | Site réalisé avec SPIP | Suivre la vie du site en RSS</p></div></div>"""
SARKA = f"""<div id="bandeau"><h1>Le Courrier de Valmont</h1></div><div id="principal"><div class="cartouche"><h1 class="titre-article">{TITLE}</h1><p class="date-article">jeudi 12 mars 2026, par Odile</p></div><div class="chapo-article chapo"><p>{LEAD}</p></div><div class="texte-article texte">{SPIP_P}</div><div class="reponses-article"><a href="/r">Répondre à cet article</a></div></div><div id="colonne_droite"><div class="encart"><h2>Derniers articles</h2><p>La médiathèque prête aussi des outils, et chacun peut en emprunter deux pour une semaine.</p></div></div>"""
ESCAL = f"""<div id="content" class="content"><div id="fil_ariane">Accueil &gt; Vie locale</div><div class="cadre-couleur"><div class="article"><h1 class="titre-article">{TITLE}</h1><div class="date-auteur">jeudi 12 mars 2026, par Odile</div><div class="chapo">{LEAD}</div><div class="texte">{SPIP_P}</div></div></div></div>"""
SPIPR = f"""<main class="container"><article class="article"><header class="cartouche"><h1 class="h1"><span class="crayon article-titre-12">{TITLE}</span></h1><p class="publication"><time pubdate="pubdate" datetime="2026-03-12T08:00:00Z">12 mars 2026</time></p></header><div class="chapo"><div class="crayon article-chapo-12"><p>{LEAD}</p></div></div><div class="texte"><div class="crayon article-texte-12">{SPIP_P}</div></div><footer><div class="tags">pont, crue</div></footer></article></main>"""

DRUPAL = f"""<div role="main"><article role="article" class="node node--type-article"><h1 class="page-title">{TITLE}</h1><div class="node__meta"><span>Soumis par Odile le jeu 12/03/2026 - 09:00</span></div><div class="node__content"><div class="field field--name-body field--type-text-with-summary">{P}</div></div><ul class="links inline"><li><a href="/login">Se connecter pour poster des commentaires</a></li></ul></article></div>"""
JOOMLA = f"""<div class="com-content-article item-page" itemscope itemtype="https://schema.org/Article"><div class="page-header"><h1 itemprop="headline">{TITLE}</h1></div><dl class="article-info text-muted"><dd class="createdby">Écrit par Odile</dd></dl><div itemprop="articleBody" class="com-content-article__body">{P}</div><nav class="pagenavigation"><a href="/avant">Précédent</a></nav></div>"""
GHOST = f"""<main id="site-main"><article class="gh-article post"><header class="gh-article-header"><h1 class="gh-article-title">{TITLE}</h1><p class="gh-article-excerpt">{LEAD}</p></header><section class="gh-content gh-canvas">{P}</section></article><div class="gh-comments"></div><section class="gh-container"><article class="gh-card"><h3><a href="/l">Le lavoir</a></h3><p class="gh-card-excerpt">Le lavoir communal retrouve son toit d’ardoise après deux saisons de travaux menés.</p></article></section></main>"""
HUGO = f"""<header><a href="/">Le Courrier</a></header><main><article><h1>{TITLE}</h1><p class="byline">12 mars 2026</p>{P}</article></main>"""
JEKYLL = f"""<main class="page-content"><article class="post h-entry"><header class="post-header"><h1 class="post-title p-name">{TITLE}</h1><p class="post-meta"><time class="dt-published" datetime="2026-03-12">12 mars 2026</time></p></header><div class="post-content e-content">{P}</div><a class="u-url" href="/x" hidden></a></article></main>"""
BLOGGER = f"""<div class="blog-posts hfeed"><div class="post hentry"><h3 class="post-title entry-title">{TITLE}</h3><div class="post-body entry-content" id="post-body-1">{P}<div style="clear: both;"></div></div><div class="post-footer"><span>Publié par Odile à 09:00</span></div></div></div>"""
TABLES = f"""<table width="780"><tr><td width="150"><a href="/">Accueil</a><br><a href="/agenda">Agenda</a></td><td><h1>{TITLE}</h1><font size="2">{P}</font></td></tr></table>"""
BARE = f"""<div class="c1"><div class="c2"><span>{NAV}</span></div><div class="c3"><h1>{TITLE}</h1><div class="c4">{P}</div></div><div class="c5"><p>Mentions légales du site et plan complet des pages.</p></div></div>"""
PIECES = f"""<main><h1>{TITLE}</h1><div class="wrap"><div class="article__body"><p>{TEXT[0]}</p><p>{TEXT[1]}</p></div><div class="pub"><p>Publicité : vos travaux de toiture au meilleur prix, devis gratuit et rapide dans toute la vallée.</p></div><div class="article__body"><p>{TEXT[2]}</p><p>{TEXT[3]}</p></div></div></main>"""
BREAKS = f"""<div id="x"><h1>{TITLE}</h1><div class="y">{"<br><br>".join(TEXT)}</div></div>"""

TEASER = "<p>Le lavoir communal retrouve son toit d’ardoise après deux saisons de travaux menés par les bénévoles.</p>"
KUBRICK = f"""<div id=page><div id=header><h1><a href=/>Le Courrier de Valmont</a></h1><div class=description>Journal de la vallée, chaque semaine depuis 1912, avec vous.</div></div><div id=content class=narrowcolumn><div class=post id=post-3><h2>{TITLE}</h2><div class=entry>{P}<p class='postmetadata alt'><small>Cet article a été posté le jeudi 12 mars 2026 à 9:00 et placé dans Travaux. Vous pouvez suivre les réponses avec le flux.</small></p></div></div></div></div>"""
TEASERS_FIRST = f"""<main><article class=une><h2><a href=/l>Le lavoir</a></h2>{TEASER}</article><article><header><h1>{TITLE}</h1></header>{P}</article><article><h2><a href=/m>Le marché</a></h2>{TEASER}</article></main>"""
DIVS = f"""<div class=a><h1>{TITLE}</h1><div class=b>{"".join(f"<div>{x}</div>" for x in TEXT)}</div></div><div class=z><div>Mentions légales et plan du site, contact et abonnements.</div></div>"""
WRAPPED = f"""<div class=q><div><h1>{TITLE}</h1></div><div class=w>{"".join(f"<div class=blk><div><p>{x}</p></div></div>" for x in TEXT)}</div></div>"""
AMP = f"""<main><article class=amp-wp-article><header class=amp-wp-article-header><h1 class=amp-wp-title>{TITLE}</h1></header><figure><amp-img src=/a.jpg width=900 height=500></amp-img></figure><div class=amp-wp-article-content>{P}</div><footer class=amp-wp-article-footer><div class='amp-wp-meta amp-wp-tax-category'>Catégories : Travaux</div></footer></article></main>"""
WIX = f"""<div id=SITE_CONTAINER><main><div data-hook=post><h1 data-hook=post-title><span>{TITLE}</span></h1><div data-hook=post-description><div><div dir=auto>{"".join(f"<p><span>{x}</span></p>" for x in TEXT)}</div></div></div></div><div data-hook=recent-posts><a href=/l>Le lavoir</a>{TEASER}</div></main></div>"""
SQUARESPACE = f"""<main><article class='BlogItem hentry'><h1 class='entry-title entry-title--large p-name'>{TITLE}</h1><div class='blog-item-content e-content'><div class='sqs-layout'><div class='sqs-block html-block'><div class='sqs-block-content'><p>{TEXT[0]}</p><p>{TEXT[1]}</p></div></div><div class='sqs-block'><div class='sqs-block-content'><p>{TEXT[2]}</p><p>{TEXT[3]}</p></div></div></div></div></article><section class='blog-item-comments'><p>Aucun commentaire pour le moment, soyez le premier à dire quelque chose ici.</p></section></main>"""
SUBSTACK = f"""<article class='typography newsletter-post post'><div class=post-header><h1 class=post-title>{TITLE}</h1><h3 class=subtitle>Le pont</h3></div><div><div class=available-content><div class='body markup'>{P}<div class=subscription-widget-wrap><div class='subscription-widget'><p>Merci de lire Le Courrier ! Abonnez-vous gratuitement pour recevoir les nouveaux articles.</p></div></div></div></div></div></article>"""
DRUPAL_SEVEN = f"""<div id=content class=column><h1 class='title' id=page-title>{TITLE}</h1><div class='node node-article'><div class='submitted'>Soumis par Odile le jeu 12/03/2026</div><div class=content><div class='field field-name-body field-type-text-with-summary'><div class=field-items><div class='field-item even' property='content:encoded'>{P}</div></div></div></div></div></div>"""
OVERBLOG = f"""<div class=ob-article><h1 class=ob-title>{TITLE}</h1><div class='ob-sections'><div class='ob-section ob-section-text'><div class=ob-text>{P}</div></div></div><div class='ob-footer'>Partager cet article, repost, et s’inscrire à la lettre du blog.</div></div>"""
TOWN_HALL = f"""<div class='contenu-principal'><div class=titre-page><h1>{TITLE}</h1></div><div class='bloc-date'>Publié le 12/03/2026</div><div class='bloc bloc-texte wysiwyg'>{P}</div><div class='bloc bloc-contact'><h2>Contact</h2><p>Mairie de Valmont, 1 place du Marché, ouverte du lundi au vendredi de 9 h à 12 h.</p></div></div>"""
NEWS = f"""<main><article class='c-article'><header class='c-article__header'><nav>Accueil</nav><h1>{TITLE}</h1><div class='c-article__meta'>Par Odile Marchand, publié le 12 mars 2026 à 9 h, mis à jour à 10 h. Temps de lecture : 2 min.</div></header><div class='c-article__content'><p>{TEXT[0]}</p><aside class='c-readalso'><p>Lire aussi : Le lavoir retrouve son toit et la fanfare cherche un tuba</p></aside><p>{TEXT[1]}</p><div class='c-ad'>Publicité</div><p>{TEXT[2]}</p><div class='c-inread'><span>La suite après la publicité</span></div><p>{TEXT[3]}</p></div></article></main>"""

PAGES: dict[str, tuple[str, bool]] = {
    "wordpress-twenty-ten": (wordpress(TWENTY_TEN, main="div"), False),
    "wordpress-twenty-sixteen": (wordpress(TWENTY_SIXTEEN), False),
    "wordpress-block-theme": (wordpress(BLOCK_THEME), False),
    "wordpress-divi": (wordpress(DIVI, main="div"), False),
    "wordpress-elementor": (wordpress(ELEMENTOR, main="div"), False),
    "wordpress-newspaper": (wordpress(f"<article><h1>{TITLE}</h1>{NEWSPAPER}</article>"), False),
    "wordpress-astra": (wordpress(ASTRA), False),
    "wordpress-generatepress": (wordpress(GENERATE), False),
    "spip-4": (page(SPIP_FOUR, head=SPIP_HEAD, body_class="pas_surlignable page_article"), True),
    "spip-2": (page(SPIP_TWO, head=SPIP_HEAD, body_class="page_article"), True),
    "spip-sarka": (page(SARKA, head=SPIP_HEAD), True),
    "spip-escal": (page(ESCAL, head=SPIP_HEAD), True),
    "spipr": (page(SPIPR, head=SPIP_HEAD), True),
    "drupal": (page(NAV + DRUPAL + FOOTER), False),
    "joomla": (page(NAV + JOOMLA + FOOTER), False),
    "ghost": (page(NAV + GHOST + FOOTER), True),
    "hugo": (page(HUGO), False),
    "jekyll": (page(NAV + JEKYLL + SIDEBAR), False),
    "blogger": (page(BLOGGER + SIDEBAR), False),
    "tables": (page(TABLES), False),
    "bare": (page(BARE), False),
    "in-pieces": (page(PIECES), False),
    "line-breaks": (page(BREAKS), False),
    **{
        name: (page(NAV + body + SIDEBAR + FOOTER), False)
        for name, body in (
            ("wordpress-kubrick", KUBRICK),
            ("wordpress-amp", AMP),
            ("teasers-first", TEASERS_FIRST),
            ("divs", DIVS),
            ("wrapped-one-by-one", WRAPPED),
            ("wix", WIX),
            ("squarespace", SQUARESPACE),
            ("substack", SUBSTACK),
            ("drupal-7", DRUPAL_SEVEN),
            ("overblog", OVERBLOG),
            ("town-hall", TOWN_HALL),
            ("news", NEWS),
        )
    },
}
"""By name: the page, and whether it has the lead before the text."""


def article(body: str, *, head: str = "") -> str:
    """A page with the title above this body."""
    return page(f"<main><article><h1>{TITLE}</h1>{body}</article></main>", head=head)


def read(
    markup: str, *, title: str = PLAIN_TITLE, url: str = URL, asked: str | None = None
) -> ArticlePage:
    """What is found on it, served from `url`, where `asked` was asked for."""
    return parse_article_page(
        markup.encode(), url=url, asked=asked or url, title=title, content_type="text/html"
    )


def paragraphs(found: ArticlePage) -> tuple[str, ...]:
    """The whole text of it."""
    return excerpt("", found.text_html, words=10_000, paragraphs=10_000)
