"""Front pages of Drupal, Joomla, Ghost, Hugo, Jekyll and others, and what pages say for machines."""

# ruff: noqa: E501 - foreign mark-up reads best in one piece

from __future__ import annotations

import json

from paging import ARTS, EVENTS, FOOTER, MENU, RELATED, SITE, case, each, page

LINKED_DATA = json.dumps(
    {
        "@context": "https://schema.org",
        "@graph": [
            {"@type": "WebSite", "name": "Le Courrier", "url": SITE},
            {
                "@type": "ItemList",
                "itemListElement": [
                    {
                        "@type": "ListItem",
                        "position": n,
                        "item": {
                            "@type": "NewsArticle",
                            "headline": art.title,
                            "url": f"{SITE}{art.slug}/",
                            "datePublished": art.iso,
                            "description": art.text,
                            "image": {
                                "@type": "ImageObject",
                                "url": f"/images/{art.slug}.jpg",
                                "width": 1200,
                            },
                            "author": [{"@type": "Person", "name": "Jeanne Aubier"}],
                        },
                    }
                    for n, art in enumerate(ARTS, 1)
                ],
            },
        ],
    },
    ensure_ascii=False,
)

CASES = [
    case(
        "json-ld.html",
        "JSON-LD leads; the page shows teasers of events and related articles besides",
        page(
            f'{MENU}<main><div class="app"></div>{EVENTS}{RELATED}</main>',
            head=f'<script type="application/ld+json">{LINKED_DATA}</script>',
        ),
        text="text",
        image="%IMG%",
        more={"author": "Jeanne Aubier"},
    ),
    case(
        "h-feed.html",
        "microformats: h-feed of h-entries with categories",
        page(
            '<div class="h-feed"><h1 class="p-name">Le Courrier</h1>'
            + each(
                '<div class="h-entry"><a class="u-url p-name" href="%URL%">%TITLE%</a><div class="p-summary">%PARAS%</div><img class="u-photo" src="%IMG%" alt="" width="300" height="200"><time class="dt-published" datetime="%ISO%">%DAY%</time><span class="p-author h-card">Jeanne Aubier</span><a class="p-category" href="/t/">%TOPIC%</a></div>'
            )
            + "</div>"
        ),
        image="%IMG%",
        more={"author": "Jeanne Aubier", "topics": ["%TOPIC%"]},
    ),
    case(
        "drupal-10.html",
        "Drupal: views of nodes, field wrappers, the teaser's link for readers of screens",
        page(
            '<div class="dialog-off-canvas-main-canvas"><header role="banner"><div class="site-branding"><a href="/">Le Courrier</a></div></header><main role="main"><div class="region region-content"><div class="views-element-container"><div class="view-content">'
            + each(
                '<div class="views-row"><article data-history-node-id="%NUMBER%" class="node node--type-article node--promoted node--view-mode-teaser"><h2 class="node__title"><a href="%URL%" rel="bookmark"><span>%TITLE%</span></a></h2><footer class="node__meta"><div class="node__submitted">Soumis par <span><span>Jeanne Aubier</span></span> le <span><time datetime="%ISO%" title="x">%DAY%</time></span></div></footer><div class="node__content"><div class="field field--name-field-image"><a href="%URL%"><img src="%IMG%" width="220" height="147" alt="Photo"></a></div><div class="field field--name-body field--type-text-with-summary">%PARAS%</div><div class="node__links"><ul class="links inline"><li class="node-readmore"><a href="%URL%" rel="tag" title="%TITLE%">En savoir plus<span class="visually-hidden"> sur %TITLE%</span></a></li><li class="comment-add"><a href="%URL%#comment-form">Ajouter un commentaire</a></li></ul></div></div></article></div>'
            )
            + f'</div></div></div></main><aside role="complementary"><div class="block"><h2>Qui est en ligne</h2><p>Il y a 3 personnes.</p></div></aside>{FOOTER}</div>'
        ),
        image="%IMG%",
    ),
    case(
        "drupal-7.html",
        "Drupal 7: div.node, RDFa, submitted lines",
        page(
            '<div id="page-wrapper"><div id="main-wrapper"><div id="main"><div id="content" class="column"><div class="section"><div class="region region-content">'
            + each(
                '<div id="node-%NUMBER%" class="node node-article node-promoted node-teaser" about="/node/%NUMBER%"><h2 property="dc:title"><a href="/node/%NUMBER%">%TITLE%</a></h2><div class="meta submitted"><span property="dc:date dc:created" content="%ISO%">Soumis par rédaction le jeu, %SLASHED% - 10:00</span></div><div class="content"><div class="field field-name-body"><div class="field-items"><div class="field-item even" property="content:encoded">%PARAS%</div></div></div></div><div class="link-wrapper"><ul class="links inline"><li class="node-readmore first"><a href="/node/%NUMBER%" title="%TITLE%">Lire la suite<span class="element-invisible"> de %TITLE%</span></a></li></ul></div></div>'
            )
            + '</div></div></div><div id="sidebar-first" class="column sidebar"><div class="block block-user"><h2>Connexion</h2><form></form></div></div></div></div></div>'
        ),
        url="node/%NUMBER%",
    ),
    case(
        "joomla.html",
        "Joomla: blog layout, items-leading, readmore buttons, info lists",
        page(
            '<div class="body"><nav class="navigation"><ul class="nav menu"><li><a href="/">Accueil</a></li></ul></nav><main id="content"><div class="blog-featured" itemscope itemtype="https://schema.org/Blog">'
            + each(
                '<div class="items-leading"><div class="leading-0" itemprop="blogPost" itemscope><h2 class="item-title" itemprop="headline"><a href="%URL%" itemprop="url">%TITLE%</a></h2><dl class="article-info muted"><dt class="article-info-term">Détails</dt><dd class="createdby">Écrit par <span itemprop="name">Jeanne Aubier</span></dd><dd class="published"><time datetime="%ISO%" itemprop="datePublished">Publication : %DAY%</time></dd><dd class="hits">Clics : 1412</dd></dl><div class="pull-left item-image"><img src="%IMG%" alt="" width="300" height="200"></div>%PARAS%<p class="readmore"><a class="btn" href="%URL%" itemprop="url" aria-label="Lire la suite : %TITLE%">Lire la suite : %TITLE%</a></p></div></div>'
            )
            + f'</div></main><div id="aside" class="aside"><div class="well"><h3 class="page-header">Les plus lus</h3><ul class="mostread"><li><a href="/ancien">Un très ancien article</a></li></ul></div></div></div>{FOOTER}'
        ),
        image="%IMG%",
    ),
    case(
        "ghost-casper.html",
        "Ghost, Casper: cards, meta in a footer with reading time",
        page(
            '<div class="viewport"><header id="gh-head" class="gh-head"><a class="gh-head-logo" href="/">Le Courrier</a></header><main id="site-main" class="site-main"><div class="inner posts"><div class="post-feed">'
            + each(
                '<article class="post-card post"><a class="post-card-image-link" href="/%SLUG%/"><img class="post-card-image" srcset="%IMG% 300w" src="%IMG%" alt="%TITLE%" loading="lazy"></a><div class="post-card-content"><a class="post-card-content-link" href="/%SLUG%/"><header class="post-card-header"><div class="post-card-tags"><span class="post-card-primary-tag">%TOPIC%</span></div><h2 class="post-card-title">%TITLE%</h2></header><div class="post-card-excerpt">%TEXT%</div></a><footer class="post-card-meta"><time class="post-card-meta-date" datetime="%ISO%">%DAY%</time><span class="post-card-meta-length">3 min de lecture</span></footer></div></article>'
            )
            + '</div></div></main><div class="gh-foot"><h3>Le Courrier © 2026</h3></div></div>'
        ),
        text="text",
        image="%IMG%",
    ),
    case(
        "hugo-ananke.html",
        "Hugo: sections of posts, 'read more' at the end of a line of its own",
        page(
            '<main class="pb7" role="main"><section class="flex-ns">'
            + each(
                '<div class="relative w-100 mb4"><div class="bb b--black-10 db pa4"><span class="f6 db">%TOPIC%</span><h1 class="f3 near-black"><a href="/posts/%SLUG%/" class="link black dim">%TITLE%</a></h1><div class="nested-links f5 lh-copy nested-copy-line-height"><p>%TEXT%</p></div><a href="/posts/%SLUG%/" class="ba b--moon-gray">Lire plus</a></div></div>'
            )
            + f"</section></main>{FOOTER}",
            lang="fr",
        ),
        url="posts/%SLUG%/",
        text="text",
        dated=False,
    ),
    case(
        "hugo-archive.html",
        "Hugo, a bare list: a date and a link in each line, no headings",
        page(
            '<header><h1><a href="/">Le Courrier</a></h1></header><main><ul class="posts">'
            + each(
                '<li><time datetime="%ISO%">%DAY%</time> <a href="/posts/%SLUG%/">%TITLE%</a></li>'
            )
            + "</ul></main><footer><p>© 2026</p></footer>",
            lang="fr",
        ),
        url="posts/%SLUG%/",
        text="none",
    ),
    case(
        "jekyll-minima.html",
        "Jekyll, minima: a list of post links, with excerpts",
        page(
            '<header class="site-header"><a class="site-title" href="/">Le Courrier</a></header><main class="page-content"><div class="home"><h2 class="post-list-heading">Articles</h2><ul class="post-list">'
            + each(
                '<li><span class="post-meta">%DAY%</span><h3><a class="post-link" href="/%SLUG%.html">%TITLE%</a></h3>%PARAS%</li>'
            )
            + '</ul><p class="rss-subscribe">s’abonner <a href="/feed.xml">par RSS</a></p></div></main><footer class="site-footer"><h2 class="footer-heading">Le Courrier</h2></footer>'
        ),
        url="%SLUG%.html",
        days=True,
    ),
    case(
        "jekyll-plain.html",
        "Jekyll without a theme: lines '24/01/2026 » title'",
        page(
            "<h1>Le Courrier</h1><ul>"
            + each('<li><span>%SLASHED%</span> » <a href="/%SLUG%.html">%TITLE%</a></li>')
            + "</ul>"
        ),
        url="%SLUG%.html",
        text="none",
        days=True,
    ),
    case(
        "dated-lines.html",
        "lines by hand: the date stands bare before the link",
        page(
            "<h1>Le Courrier</h1><ul>"
            + each('<li>%DAY% : <a href="/%SLUG%.html">%TITLE%</a></li>')
            + "</ul>"
        ),
        url="%SLUG%.html",
        text="none",
        days=True,
    ),
    case(
        "bootstrap-cards.html",
        "cards of Bootstrap with a stretched link, made by hand",
        page(
            f'{MENU}<div class="container"><div class="row">'
            + each(
                '<div class="col-md-4"><div class="card h-100"><img src="%IMG%" class="card-img-top" alt="…" width="400" height="250"><div class="card-body"><span class="badge">%TOPIC%</span><h5 class="card-title">%TITLE%</h5><p class="card-text">%TEXT%</p><a href="%URL%" class="btn btn-primary stretched-link">Lire l’article</a></div><div class="card-footer"><small class="text-muted">%DAY%</small></div></div></div>'
            )
            + f"</div></div>{FOOTER}"
        ),
        text="text",
        image="%IMG%",
        days=True,
    ),
    case(
        "typo3-news.html",
        "TYPO3 news: article.articletype-0, 'Mehr' behind a hidden title",
        page(
            '<div class="news"><div class="news-list-view">'
            + each(
                '<div class="article articletype-0" itemscope><div class="header"><h3><a itemprop="url" title="%TITLE%" href="%URL%"><span itemprop="headline">%TITLE%</span></a></h3></div><div class="news-img-wrap"><a title="%TITLE%" href="%URL%"><img src="%IMG%" width="320" height="180" alt=""></a></div><div class="teaser-text"><div itemprop="description">%PARAS%</div><a class="more" title="%TITLE%" href="%URL%">Weiterlesen</a></div><div class="footer"><p><span class="news-list-date"><time itemprop="datePublished" datetime="%ISO%">%DAY%</time></span></p></div></div>'
            )
            + f"</div></div>{FOOTER}",
            lang="de",
        ),
        image="%IMG%",
    ),
    case(
        "english-blog.html",
        "an English page: 'Continue reading' with the title for screen readers",
        page(
            each(
                '<section><h2><a href="%URL%">%TITLE%</a></h2>%PARAS%<a href="%URL%">Continue reading <span class="sr-only">%TITLE%</span> →</a></section>'
            ),
            lang="en",
        ),
        dated=False,
    ),
    case(
        "relative-base.html",
        "relative addresses from a <base>, //host pictures, tracking in the links",
        page(
            each(
                '<article><h2><a href="%SLUG%/?utm_source=une#haut">%TITLE%</a></h2><img src="//courrier.example%IMG%" alt="" width="300" height="200">%PARAS%</article>'
            ),
            head='<base href="https://courrier.example/">',
        ),
        url="%SLUG%/?utm_source=une#haut",
        dated=False,
        image="%IMG%",
    ),
    case(
        "pixel-and-icons.html",
        "counting pixels and icons before the picture of the article",
        page(
            each(
                '<article><img src="https://pixel.wp.com/g.gif" width="1" height="1" alt=""><img class="icon" src="/icone.png" width="16" height="16" alt=""><h2><a href="%URL%">%TITLE%</a></h2><img src="data:image/gif;base64,R0lGOD" data-src="%IMG%" alt="" width="300" height="200">%PARAS%</article>'
            )
        ),
        dated=False,
        image="%IMG%",
    ),
    case(
        "unclosed.html",
        "nothing is ever closed",
        "<title>Le Courrier</title><body>"
        + each(
            '<div class=bloc><h2><a href=%URL%>%TITLE%</a></h2><p>%TEXT%<p><a href="%URL%">Lire la suite</a></p></div>'
        ).replace("</p>", ""),
        text="text",
        dated=False,
    ),
    case(
        "selectors.html",
        "nothing to go by but classes of its own: read by selectors",
        page(
            '<div id="x1">'
            + each(
                '<div class="zq"><div class="zt">%TITLE%</div><div class="zd">%DAY%</div><div class="zx">%TEXT%</div><span class="zl"><a href="%URL%">→</a></span><span class="zk">%TOPIC%</span><div class="zi"><img src="/decor.png" width="90" height="90"><img class="v" src="%IMG%" width="300" height="200" alt=""></div></div>'
            )
            + '</div><div class="zz"><a href="/x">autre</a></div>'
        ),
        selectors={
            "article": ".zq",
            "title": ".zt",
            "link": ".zl a",
            "excerpt": ".zx",
            "date": ".zd",
            "image": "img.v",
            "topic": ".zk",
        },
        text="text",
        image="%IMG%",
        days=True,
        oddities=[],
        more={"topics": ["%TOPIC%"]},
    ),
    case(
        "selectors-article-only.html",
        "the box alone is given; what is in it is guessed",
        page(
            each('<div class="k"><a href="%URL%"><h4>%TITLE%</h4></a><p>%TEXT%</p></div>')
            + each(
                '<div class="pub"><h4><a href="/achetez">Achetez maintenant</a></h4><p>Des prix doux.</p></div>'
            )
        ),
        selectors={"article": "div.k", "date": ".nulle-part"},
        text="text",
        dated=False,
        oddities=["selector 'date' (.nulle-part) finds nothing"],
    ),
]
