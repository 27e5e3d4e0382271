"""Front pages of WordPress, as its own themes, builders of pages and magazines write them."""

# ruff: noqa: E501 - foreign mark-up reads best in one piece

from __future__ import annotations

from paging import EVENTS, FOOTER, MENU, RECENT, RELATED, case, each, page

MORE = '<a href="%URL%" class="more-link">Lire la suite<span class="screen-reader-text"> de « %TITLE% »</span></a>'

CASES = [
    case(
        "wp-twenty-ten.html",
        "Twenty Ten: div.post.hentry, meta above and below the text",
        page(
            f'<div id="wrapper" class="hfeed"><div id="header"><h1 id="site-title"><a href="/">Le Courrier</a></h1>{MENU}</div><div id="main"><div id="container"><div id="content" role="main">'
            + each(
                '<div id="post-%NUMBER%" class="post-%NUMBER% post type-post hentry category-vie"><h2 class="entry-title"><a href="%URL%" rel="bookmark">%TITLE%</a></h2>'
                '<div class="entry-meta"><span class="meta-prep meta-prep-author">Publié le</span> <a href="%URL%"><span class="entry-date">%DAY%</span></a> <span class="meta-sep">par</span> <span class="author vcard"><a class="url fn n" href="/author/red/">Rédaction</a></span></div>'
                '<div class="entry-summary">%PARAS%</div><div class="entry-utility"><span class="cat-links">Publié dans <a href="/c/vie/" rel="category tag">%TOPIC%</a></span> | <span class="comments-link"><a href="%URL%#respond">Laisser un commentaire</a></span></div></div>'
            )
            + '</div></div><div id="primary" class="widget-area"><ul class="xoxo"><li class="widget-container widget_recent_entries"><h3>Articles récents</h3><ul><li><a href="/ancien/">Un très ancien article</a></li></ul></li></ul></div></div><div id="footer"><div id="colophon"><h3><a href="/mentions/">Mentions légales</a></h3></div></div></div>'
        ),
        days=True,
        more={"author": "Rédaction", "topics": ["%TOPIC%"]},
    ),
    case(
        "wp-twenty-eleven.html",
        "Twenty Eleven: hgroup, content cut with a more-link in it",
        page(
            '<div id="page" class="hfeed"><header id="branding" role="banner"><hgroup><h1 id="site-title"><a href="/">Le Courrier</a></h1><h2 id="site-description">Le journal</h2></hgroup></header><div id="main"><div id="primary"><div id="content" role="main">'
            + each(
                '<article id="post-%NUMBER%" class="post type-post hentry"><header class="entry-header"><h1 class="entry-title"><a href="%URL%">%TITLE%</a></h1><div class="entry-meta"><span class="sep">Publié le </span><a href="%URL%"><time class="entry-date" datetime="%ISO%">%DAY%</time></a></div></header>'
                f'<div class="entry-content">%PARAS%<p>{MORE}</p></div><footer class="entry-meta"><span class="tag-links">Tags: <a href="/t/" rel="tag">%TOPIC%</a></span></footer></article>'
            )
            + f"</div></div>{RECENT}</div>{FOOTER}</div>"
        ),
    ),
    case(
        "wp-twenty-thirteen.html",
        "Twenty Thirteen: the excerpt ends in […] before its link",
        page(
            '<div id="page" class="hfeed site"><header id="masthead" class="site-header" role="banner"><a class="home-link" href="/"><h1 class="site-title">Le Courrier</h1></a></header><div id="main" class="site-main">'
            + each(
                '<article class="post hentry"><header class="entry-header"><div class="entry-thumbnail"><img width="604" height="270" src="%IMG%" class="wp-post-image" alt=""></div><h1 class="entry-title"><a href="%URL%" rel="bookmark">%TITLE%</a></h1><div class="entry-meta"><span class="date"><a href="%URL%"><time class="entry-date" datetime="%ISO%">%DAY%</time></a></span></div></header><div class="entry-summary"><p>%CUT% [&hellip;]</p></div></article>'
            )
            + f'<nav class="navigation paging-navigation"><h1 class="screen-reader-text">Navigation des articles</h1><a href="/page/2/">Articles plus anciens</a></nav></div>{FOOTER}</div>'
        ),
        text="cut",
        image="%IMG%",
    ),
    case(
        "wp-twenty-fifteen.html",
        "Twenty Fifteen: the sidebar comes first, the date stands in the footer of each article",
        page(
            f'<div id="page"><div id="sidebar" class="sidebar"><header class="site-header"><p class="site-title"><a href="/">Le Courrier</a></p></header>{RECENT}</div><div id="content" class="site-content"><div id="primary" class="content-area"><main id="main" class="site-main">'
            + each(
                f'<article class="post hentry"><header class="entry-header"><h2 class="entry-title"><a href="%URL%">%TITLE%</a></h2></header><div class="entry-content">%PARAS%{MORE}</div><footer class="entry-footer"><span class="posted-on"><span class="screen-reader-text">Publié le </span><a href="%URL%"><time class="entry-date published" datetime="%ISO%">%DAY%</time><time class="updated" datetime="2026-02-02T00:00:00+00:00">2 février 2026</time></a></span><span class="comments-link"><a href="%URL%#respond">Laisser un commentaire</a></span></footer></article>'
            )
            + f"</main></div></div>{FOOTER}</div>"
        ),
    ),
    case(
        "wp-twenty-seventeen.html",
        "Twenty Seventeen: the date above the title, a heading 'Articles' for screen readers",
        page(
            '<div id="page"><header id="masthead"><p class="site-title"><a href="/">Le Courrier</a></p></header><div class="site-content-contain"><div id="content"><div class="wrap"><header class="page-header"><h2 class="page-title">Articles</h2></header><div id="primary"><main id="main">'
            + each(
                '<article class="post hentry"><header class="entry-header"><div class="entry-meta"><span class="screen-reader-text">Publié le</span> <a href="%URL%"><time class="entry-date published" datetime="%ISO%">%DAY%</time></a></div><h3 class="entry-title"><a href="%URL%">%TITLE%</a></h3></header><div class="post-thumbnail"><a href="%URL%"><img width="2000" height="1200" src="%IMG%" alt="Vue du bourg"></a></div><div class="entry-content">%PARAS%<p class="link-more"><a href="%URL%" class="more-link">Continuer la lecture<span class="screen-reader-text"> de « %TITLE% »</span></a></p></div></article>'
            )
            + f"</main></div>{RECENT}</div></div>{FOOTER}</div></div>"
        ),
        image="%IMG%",
    ),
    case(
        "wp-twenty-twenty.html",
        "Twenty Twenty: categories above, meta list below the title, separators between",
        page(
            '<header id="site-header"><div class="site-title"><a href="/">Le Courrier</a></div></header><main id="site-content">'
            + each(
                '<article class="post hentry" id="post-%NUMBER%"><header class="entry-header"><div class="entry-categories"><span class="screen-reader-text">Catégories</span><div class="entry-categories-inner"><a href="/c/" rel="category tag">%TOPIC%</a></div></div><h2 class="entry-title heading-size-1"><a href="%URL%">%TITLE%</a></h2><div class="post-meta-wrapper"><ul class="post-meta"><li class="post-author meta-wrapper"><span class="meta-text">Par <a href="/author/red/">Rédaction</a></span></li><li class="post-date meta-wrapper"><span class="meta-text"><a href="%URL%">%DAY%</a></span></li><li class="post-comment-link meta-wrapper"><span class="meta-text"><a href="%URL%#respond">Aucun commentaire</a></span></li></ul></div></header><div class="post-inner"><div class="entry-content">%PARAS%</div></div></article><hr class="post-separator">'
            )
            + f"</main>{FOOTER}"
        ),
        days=True,
    ),
    case(
        "wp-twenty-twenty-one.html",
        "Twenty Twenty-One: title, text, then a footer with date and labels",
        page(
            '<div id="page" class="site"><a class="skip-link screen-reader-text" href="#content">Aller au contenu</a><header id="masthead" class="site-header"></header><div id="content" class="site-content"><div id="primary"><main id="main">'
            + each(
                f'<article class="post hentry entry"><header class="entry-header"><h2 class="entry-title default-max-width"><a href="%URL%">%TITLE%</a></h2></header><div class="entry-content">%PARAS%<p>{MORE}</p></div><footer class="entry-footer default-max-width"><span class="posted-on">Publié le <time class="entry-date published updated" datetime="%ISO%">%DAY%</time></span><div class="post-taxonomies"><span class="cat-links">Catégorisé comme <a href="/c/" rel="category tag">%TOPIC%</a></span></div></footer></article>'
            )
            + f"</main></div></div>{FOOTER}</div>"
        ),
    ),
    case(
        "wp-twenty-twenty-two.html",
        "Twenty Twenty-Two, of blocks: li.wp-block-post, the excerpt with its own link",
        page(
            '<div class="wp-site-blocks"><header class="wp-block-template-part"><p class="wp-block-site-title"><a href="/">Le Courrier</a></p></header><main class="wp-block-group"><div class="wp-block-query"><ul class="wp-block-post-template">'
            + each(
                '<li class="wp-block-post post-%NUMBER% post type-post hentry"><h2 class="wp-block-post-title"><a href="%URL%" target="_self">%TITLE%</a></h2><figure class="wp-block-post-featured-image"><a href="%URL%"><img width="1200" height="800" src="%IMG%" alt="" srcset="/petit.jpg 300w"></a></figure><div class="wp-block-post-excerpt"><p class="wp-block-post-excerpt__excerpt">%CUT%… </p><p class="wp-block-post-excerpt__more-text"><a class="wp-block-post-excerpt__more-link" href="%URL%">Lire la suite</a></p></div><div class="wp-block-post-date"><time datetime="%ISO%">%DAY%</time></div></li>'
            )
            + f'</ul><nav class="wp-block-query-pagination"><a href="/?p=2">Page suivante</a></nav></div></main></div>{FOOTER}'
        ),
        text="cut",
        image="%IMG%",
    ),
    case(
        "wp-twenty-twenty-four.html",
        "Twenty Twenty-Four, of blocks: no excerpt, titles and meta only",
        page(
            '<div class="wp-site-blocks"><main><h1 class="wp-block-heading">Les nouvelles</h1><div class="wp-block-query"><ul class="wp-block-post-template is-layout-grid">'
            + each(
                '<li class="wp-block-post post type-post hentry"><div class="wp-block-group"><h2 class="wp-block-post-title has-large-font-size"><a href="%URL%">%TITLE%</a></h2><div class="wp-block-template-part"><div class="wp-block-group"><div class="wp-block-post-date"><time datetime="%ISO%"><a href="%URL%">%DAY%</a></time></div><div class="wp-block-post-author">par <span class="wp-block-post-author__name">Rédaction</span></div><div class="taxonomy-category wp-block-post-terms"><span>dans</span> <a href="/c/" rel="tag">%TOPIC%</a></div></div></div></div></li>'
            )
            + f"</ul></div></main>{FOOTER}</div>"
        ),
        text="none",
    ),
    case(
        "wp-twenty-twenty-five.html",
        "Twenty Twenty-Five, of blocks: the whole text in the list",
        page(
            '<div class="wp-site-blocks"><main id="wp--skip-link--target"><div class="wp-block-query alignfull"><div class="wp-block-post-template">'
            + each(
                '<div class="wp-block-post post type-post hentry"><h2 class="wp-block-post-title"><a href="%URL%">%TITLE%</a></h2><div class="entry-content wp-block-post-content">%PARAS%</div><div class="wp-block-group"><div class="wp-block-post-date"><a href="%URL%"><time datetime="%ISO%">%DAY%</time></a></div></div></div>'
            )
            + '</div></div></main><footer class="wp-block-template-part"><h2>Le Courrier</h2><p>Un journal de vallée.</p></footer></div>'
        ),
    ),
    case(
        "wp-latest-posts.html",
        "the block of latest posts on a page of its own text, dates of people only",
        page(
            '<div class="wp-site-blocks"><main><h1>Bienvenue à Valmont</h1><p>Le journal de la vallée, chaque semaine.</p><ul class="wp-block-latest-posts__list has-dates wp-block-latest-posts">'
            + each(
                '<li><div class="wp-block-latest-posts__featured-image"><img src="%IMG%" width="150" height="150" alt=""></div><a class="wp-block-latest-posts__post-title" href="%URL%">%TITLE%</a><time datetime="%ISO%" class="wp-block-latest-posts__post-date">%DAY%</time><div class="wp-block-latest-posts__post-excerpt">%TEXT%</div></li>'
            )
            + f"</ul></main>{FOOTER}</div>"
        ),
        text="text",
        image="%IMG%",
    ),
    case(
        "wp-divi.html",
        "Divi: a blog module in sections and rows, its sidebar, events below",
        page(
            f'<div id="page-container"><header id="main-header"><div class="logo_container"><a href="/"><img src="/logo.png" alt="Le Courrier" width="200" height="60"></a></div>{MENU}</header><div id="et-main-area"><div id="main-content"><div class="et_pb_section et_pb_section_0"><div class="et_pb_row"><div class="et_pb_column et_pb_column_3_4"><div class="et_pb_module et_pb_blog_0 et_pb_posts"><div class="et_pb_ajax_pagination_container">'
            + each(
                '<article id="post-%NUMBER%" class="et_pb_post clearfix post type-post hentry"><a href="%URL%" class="entry-featured-image-url"><img src="%IMG%" alt="%TITLE%" width="1080" height="675"></a><h2 class="entry-title"><a href="%URL%">%TITLE%</a></h2><p class="post-meta">par <span class="author vcard"><a href="/author/red/" rel="author">Rédaction</a></span> | <span class="published">%DAY%</span> | <a href="/c/" rel="category tag">%TOPIC%</a></p><div class="post-content"><div class="post-content-inner">%PARAS%</div><a href="%URL%" class="more-link">lire plus</a></div></article>'
            )
            + f'</div></div></div><div class="et_pb_column et_pb_column_1_4"><div class="et_pb_module et_pb_sidebar_0 et_pb_widget_area clearfix"><h4 class="widgettitle">Articles récents</h4><ul><li><a href="/ancien/">Un très ancien article</a></li></ul></div></div></div></div>{EVENTS}</div></div></div>{FOOTER}'
        ),
        image="%IMG%",
        days=True,
    ),
    case(
        "wp-elementor.html",
        "Elementor: elementor-post cards whose link says only 'Lire la suite »'",
        page(
            f'<div class="elementor elementor-12"><div class="elementor-location-header">{MENU}</div><section class="elementor-section"><div class="elementor-widget-wrap"><div class="elementor-element elementor-widget elementor-widget-posts"><div class="elementor-widget-container"><div class="elementor-posts-container elementor-posts elementor-grid">'
            + each(
                '<article class="elementor-post elementor-grid-item post"><a class="elementor-post__thumbnail__link" href="%URL%" tabindex="-1"><div class="elementor-post__thumbnail"><img width="768" height="512" src="%IMG%" alt=""></div></a><div class="elementor-post__text"><h3 class="elementor-post__title"><a href="%URL%">%TITLE%</a></h3><div class="elementor-post__excerpt"><p>%TEXT%</p></div><a class="elementor-post__read-more" href="%URL%" aria-label="En savoir plus sur %TITLE%" tabindex="-1">Lire la suite »</a></div><div class="elementor-post__meta-data"><span class="elementor-post-date">%DAY%</span><span class="elementor-post-avatar">Aucun commentaire</span></div></article>'
            )
            + f"</div></div></div></div></section></div>{RELATED}{FOOTER}"
        ),
        text="text",
        image="%IMG%",
        days=True,
    ),
    case(
        "wp-magazine-widgets.html",
        "a magazine theme whose front page is made of widgets, within <main>",
        page(
            f'<div id="page">{MENU}<main id="main"><div class="front-page-top-section"><section class="widget widget_featured_posts"><h3 class="widget-title"><span>À la une</span></h3>'
            + each(
                '<div class="single-article clearfix"><figure><a href="%URL%"><img width="390" height="205" src="%IMG%" alt=""></a></figure><div class="article-content"><h3 class="entry-title"><a href="%URL%" title="%TITLE%">%TITLE%</a></h3><div class="below-entry-meta"><span class="posted-on"><a href="%URL%"><i class="fa fa-calendar"></i> <time class="entry-date published" datetime="%ISO%">%DAY%</time></a></span> <span class="byline"><span class="author vcard">Rédaction</span></span></div><div class="entry-content"><p>%TEXT%</p></div></div></div>'
            )
            + f"</section></div></main>{RECENT}{FOOTER}</div>"
        ),
        text="text",
        image="%IMG%",
    ),
    case(
        "wp-genesis.html",
        "Genesis: the wrapper of all is called content-sidebar-wrap; the excerpt's link is in brackets",
        page(
            '<div class="site-container"><header class="site-header"><p class="site-title"><a href="/">Le Courrier</a></p></header><div class="site-inner"><div class="content-sidebar-wrap"><main class="content" id="genesis-content">'
            + each(
                '<article class="post type-post entry" itemscope itemtype="https://schema.org/CreativeWork"><header class="entry-header"><h2 class="entry-title" itemprop="headline"><a class="entry-title-link" rel="bookmark" href="%URL%">%TITLE%</a></h2><p class="entry-meta"><time class="entry-time" itemprop="datePublished" datetime="%ISO%">%DAY%</time> par <span class="entry-author"><a href="/author/red/" class="entry-author-link" rel="author"><span class="entry-author-name">Rédaction</span></a></span></p></header><div class="entry-content" itemprop="text"><p>%TEXT% <a href="%URL%" class="more-link">[Lire la suite…] <span class="screen-reader-text">à propos%TITLE%</span></a></p></div></article>'
            )
            + f'</main><aside class="sidebar sidebar-primary widget-area"><h2 class="genesis-sidebar-title">Barre latérale</h2>{RELATED}</aside></div></div></div>{FOOTER}'
        ),
        text="text",
    ),
    case(
        "wp-old-kubrick.html",
        "Kubrick, of 2005: tables of nothing, div.post, <small> dates",
        page(
            '<div id="page"><div id="header"><div id="headerimg"><h1><a href="/">Le Courrier</a></h1><div class="description">Journal</div></div></div><hr><div id="content" class="narrowcolumn">'
            + each(
                '<div class="post" id="post-%NUMBER%"><h2><a href="%URL%" rel="bookmark" title="Lien permanent vers %TITLE%">%TITLE%</a></h2><small>%DAY%</small><div class="entry">%PARAS%</div><p class="postmetadata">Publié dans <a href="/c/" rel="category tag">%TOPIC%</a> | <a href="%URL%#respond">Pas de commentaire »</a></p></div>'
            )
            + '<div class="navigation"><div class="alignleft"><a href="/page/2/">« Articles précédents</a></div></div></div><div id="sidebar"><ul><li><h2>Archives</h2><ul><li><a href="/2026/01/">janvier 2026</a></li><li><a href="/2025/12/">décembre 2025</a></li></ul></li></ul></div><hr><div id="footer"><p>Propulsé par <a href="https://wordpress.org/">WordPress</a></p></div></div>'
        ),
        days=True,
    ),
]
