"""Feeds as the systems that write most of them do: WordPress, SPIP, Blogger, Ghost and so on."""

# ruff: noqa: E501 - foreign mark-up reads best in one piece

from __future__ import annotations

from .cases import DECLARED, SITE, Cases, atom, e, item, rss

CASES = Cases()
LEAD = "Fermé depuis octobre, le pont des Tanneurs rouvre samedi."
MORE = "Les bus de la ligne 4 reprennent leur trajet habituel dès 6 h 30."

CASES.add(
    "wordpress.xml",
    "WordPress in full: CDATA everywhere, comments, post id, the footer of its SEO plug-in",
    rss(
        item(
            "Le pont des Tanneurs rouvre", "/2026/01/pont/",
            f"<![CDATA[<p>{LEAD} [&#8230;]</p>\n<p>L’article <a href=\"{SITE}/2026/01/pont/\">Le pont des "
            f"Tanneurs rouvre</a> est apparu en premier sur <a href=\"{SITE}\">Le Courrier</a>.</p>\n]]>",
            f"""<comments>{SITE}/2026/01/pont/#respond</comments>
  <dc:creator><![CDATA[Ines Aubry]]></dc:creator>
  <pubDate>Sat, 24 Jan 2026 07:30:00 +0000</pubDate>
  <category><![CDATA[Travaux]]></category><category><![CDATA[Transports &amp; voirie]]></category>
  <guid isPermaLink="false">{SITE}/?p=1042</guid>
  <content:encoded><![CDATA[
<figure class="wp-block-image size-large"><img fetchpriority="high" decoding="async" width="1024" height="683" src="{SITE}/wp-content/uploads/pont-1024x683.jpg" alt="Le pont, vu de la rive gauche" class="wp-image-9" srcset="{SITE}/wp-content/uploads/pont-1024x683.jpg 1024w, {SITE}/wp-content/uploads/pont-300x200.jpg 300w" sizes="(max-width: 1024px) 100vw, 1024px" /><figcaption class="wp-element-caption">Photo : le Courrier</figcaption></figure>
<p class="has-drop-cap">{LEAD}</p>
<p>{MORE}</p>
<p>L’article <a href="{SITE}/2026/01/pont/">Le pont des Tanneurs rouvre</a> est apparu en premier sur <a href="{SITE}">Le Courrier</a>.</p>
]]></content:encoded>
  <wfw:commentRss>{SITE}/2026/01/pont/feed/</wfw:commentRss><slash:comments>3</slash:comments>
  <post-id xmlns="com-wordpress:feed-additions:1">1042</post-id>""",
        ),
        head="<language>fr-FR</language><generator>https://wordpress.org/?v=6.8</generator>"
        f"<image><url>{SITE}/icon-32x32.png</url><title>Le Courrier</title><link>{SITE}</link>"
        "<width>32</width><height>32</height></image>",
        spaces='xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'xmlns:wfw="http://wellformedweb.org/CommentAPI/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:slash="http://purl.org/rss/1.0/modules/slash/"',
    ),
    e("Le pont des Tanneurs rouvre", LEAD, MORE, path="/2026/01/pont/", guid=f"{SITE}/?p=1042",
      author="Ines Aubry", topics=["Travaux", "Transports & voirie"], language="fr-FR",
      image={"url": f"{SITE}/wp-content/uploads/pont-1024x683.jpg",
             "alt": "Le pont, vu de la rive gauche", "width": 1024, "height": 683},
      lacks=["srcset", "class=", "style="]),
)  # fmt: skip
CASES.add(
    "wordpress-cut.xml",
    "WordPress set to excerpts: the text is cut in mid-sentence, and only the summary is there",
    rss(item("Conseil du 20 janvier", "/conseil/",
             f"<![CDATA[{LEAD} Le conseil a aussi parlé de la piscine, dont le toit &#8230; "
             f"<a href=\"{SITE}/conseil/\" class=\"more-link\">Lire la suite<span class=\"screen-reader-text\"> "
             "de « Conseil du 20 janvier »</span></a>]]>")),
    e("Conseil du 20 janvier", LEAD),
)  # fmt: skip
CASES.add(
    "wordpress-sharing.xml",
    "Jetpack's buttons below the text, and its pixel",
    rss(item("Le pont", "/pont", "", f"""<content:encoded><![CDATA[<p>{LEAD}</p>
<div class="sharedaddy sd-sharing-enabled"><h3 class="sd-title">Partager :</h3><ul><li><a href="{SITE}/pont?share=facebook">Cliquez pour partager sur Facebook(ouvre dans une nouvelle fenêtre)</a></li></ul></div>
<div class="jp-relatedposts"><h3><em>Similaire</em></h3></div>
<img src="https://pixel.wp.com/b.gif?host=courrier.example&amp;blog=1" width="1" height="1" alt="">]]></content:encoded>""")),
    e("Le pont", LEAD, image=None, lacks=["partager", "pixel.wp.com", "Similaire"]),
)  # fmt: skip
CASES.add(
    "spip.xml",
    "SPIP's backend: RSS 2.0 with escaped HTML, enclosures for its documents, dc:subject",
    f"""<?xml version="1.0" encoding="utf-8"?><?xml-stylesheet title="XSL formatting" type="text/xsl" href="{SITE}/spip.php?page=backend.xslt" ?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:atom="http://www.w3.org/2005/Atom">
<channel xml:lang="fr"><title>Le Courrier de Valmont</title><link>{SITE}/</link><description></description><language>fr</language>
<generator>SPIP - www.spip.net</generator><atom:link href="{SITE}/spip.php?page=backend" rel="self" type="application/rss+xml" />
<item xml:lang="fr"><title>La Foire aux graines : « semer, c’est partager »</title>
<link>{SITE}/spip.php?article412</link><guid isPermaLink="true">{SITE}/spip.php?article412</guid>
<dc:date>2026-01-23T16:05:00Z</dc:date><dc:format>text/html</dc:format><dc:language>fr</dc:language><dc:creator>Ines Aubry</dc:creator>
<dc:subject>Jardins</dc:subject><dc:subject>Associations</dc:subject>
<description>&lt;p&gt;Samedi, sous la halle&nbsp;: cinquante variétés à échanger.&lt;/p&gt;

-
&lt;a href="{SITE}/spip.php?rubrique7" rel="directory"&gt;Vie locale&lt;/a&gt;

/
&lt;a href="{SITE}/spip.php?mot3" rel="tag"&gt;Jardins&lt;/a&gt;</description>
<content:encoded>&lt;img src="{SITE}/local/cache-vignettes/L150xH100/arton412-a1b2c.jpg?1769000000" class="spip_logo spip_logos" width="150" height="100" alt="" /&gt;
&lt;div class='rss_chapo'&gt;&lt;p&gt;Samedi, sous la halle&nbsp;: cinquante variétés à échanger.&lt;/p&gt;&lt;/div&gt;
&lt;div class='rss_texte'&gt;&lt;h2 class="spip"&gt;Le programme&lt;/h2&gt;&lt;p&gt;Dès 9 h, café offert&lt;span class="spip_note_ref"&gt;&amp;nbsp;[&lt;a href='#nb1' class='spip_note' rel='appendix' title='Et tisanes.' id='nh1'&gt;1&lt;/a&gt;]&lt;/span&gt;.&lt;/p&gt;&lt;/div&gt;
&lt;hr /&gt;&lt;div class='rss_notes'&gt;&lt;div id="nb1"&gt;&lt;p&gt;&lt;span class="spip_note_ref"&gt;[&lt;a href='#nh1'&gt;1&lt;/a&gt;]&amp;nbsp;&lt;/span&gt;Et tisanes.&lt;/p&gt;&lt;/div&gt;&lt;/div&gt;</content:encoded>
</item></channel></rss>
""",
    e("La Foire aux graines : « semer, c’est partager »",
      "Samedi, sous la halle\u00a0: cinquante variétés à échanger.", "Dès 9 h, café offert.",
      path="/spip.php?article412", author="Ines Aubry", published="2026-01-23T16:05:00Z",
      topics=["Jardins", "Associations"], language="fr",
      image={"url": f"{SITE}/local/cache-vignettes/L150xH100/arton412-a1b2c.jpg?1769000000",
             "width": 150, "height": 100}),
    language="fr",
)  # fmt: skip
CASES.add(
    "spip-breves.xml",
    "SPIP's short notices: several with one address of the page that shows them all",
    rss("".join(item(f"Brève {n}", "/spip.php?page=breves", f"Texte de la brève numéro {n}.",
                     f'<guid isPermaLink="false">breve{n}@courrier.example</guid>') for n in range(1, 7))),
    *(e(f"Brève {n}", f"Texte de la brève numéro {n}.", path="/spip.php?page=breves",
        guid=f"breve{n}@courrier.example") for n in range(1, 7)),
)  # fmt: skip
CASES.add(
    "blogger.xml",
    "Blogger: Atom with HTML in CSS, a small thumbnail beside a large picture",
    atom(
        """<entry><id>tag:blogger.com,1999:blog-1.post-2</id><published>2026-01-24T00:30:00.001-08:00</published><updated>2026-01-24T01:00:00.000-08:00</updated><app:control xmlns:app='http://www.w3.org/2007/app'><app:draft>no</app:draft></app:control><category scheme="http://www.blogger.com/atom/ns#" term="river"/><title type='text'>High water</title><content type='html'>&lt;div class="separator" style="clear: both;"&gt;&lt;a href="https://blogger.googleusercontent.com/img/b/w1600/weir.jpg" style="margin-left: 1em;"&gt;&lt;img border="0" data-original-height="900" data-original-width="1600" height="360" src="https://blogger.googleusercontent.com/img/b/w640/weir.jpg" width="640" /&gt;&lt;/a&gt;&lt;/div&gt;&lt;br /&gt;The weir is under water.&lt;br /&gt;&lt;br /&gt;Nobody was hurt.&lt;span&gt;&lt;a name='more'&gt;&lt;/a&gt;&lt;/span&gt;</content><link rel='replies' type='application/atom+xml' href='https://courrier.example/feeds/2/comments/default' title='Comments'/><link rel='edit' type='application/atom+xml' href='https://www.blogger.com/feeds/1/posts/default/2'/><link rel='alternate' type='text/html' href='https://courrier.example/2026/01/high-water.html' title='High water'/><author><name>Paul</name><uri>https://www.blogger.com/profile/1</uri></author><media:thumbnail xmlns:media="http://search.yahoo.com/mrss/" url="https://blogger.googleusercontent.com/img/b/s72-c/weir.jpg" height="72" width="72"/></entry>"""
    ),
    e("High water", "The weir is under water.", "Nobody was hurt.", path="/2026/01/high-water.html",
      published="2026-01-24T08:30:00Z", topics=["river"], author="Paul",
      image={"url": "https://blogger.googleusercontent.com/img/b/w640/weir.jpg", "width": 640, "height": 360}),
)  # fmt: skip
CASES.add(
    "drupal.xml",
    "Drupal: all fields of the node in one description, relative addresses, an author in mail's form",
    rss(item(
        "Enquête publique", "/node/88",
        "&lt;span class=\"field field--name-title\"&gt;Enquête publique&lt;/span&gt;\n&lt;div class=\"field "
        "field--name-body\"&gt;&lt;p&gt;Le dossier est en mairie jusqu’au 15 février.&lt;/p&gt;&lt;p&gt;Voir aussi "
        "&lt;a href=\"/node/87\"&gt;le plan&lt;/a&gt;.&lt;/p&gt;&lt;/div&gt;",
        f'<pubDate>Fri, 23 Jan 2026 17:05:00 +0100</pubDate><dc:creator>admin</dc:creator>'
        f'<guid isPermaLink="false">88 at {SITE}</guid>')),
    e("Enquête publique", "Le dossier est en mairie jusqu’au 15 février.", "Voir aussi le plan.",
      guid=f"88 at {SITE}", author=None, holds=[f'<a href="{SITE}/node/87">']),
)  # fmt: skip
CASES.add(
    "ghost.xml",
    "Ghost: a summary, the whole text, and a picture by media:content",
    rss(item("<![CDATA[Seeds to borrow]]>", "/seeds/", "<![CDATA[Take a packet, bring back a handful.]]>",
             f"""<guid isPermaLink="false">65b0c0ffee</guid><category><![CDATA[Gardens]]></category><dc:creator><![CDATA[Paul Sorel]]></dc:creator><pubDate>Sat, 24 Jan 2026 07:30:00 GMT</pubDate><media:content url="{SITE}/content/images/seeds.jpg" medium="image"/><content:encoded><![CDATA[<img src="{SITE}/content/images/seeds.jpg" alt="Seeds to borrow"><p>The library lends seeds.</p>]]></content:encoded>""")),
    e("Seeds to borrow", "Take a packet, bring back a handful.", topics=["Gardens"], author="Paul Sorel",
      image={"url": f"{SITE}/content/images/seeds.jpg", "alt": "Seeds to borrow"}),
)  # fmt: skip
CASES.add(
    "substack.xml",
    "Substack: a subtitle as summary, forms to subscribe within the text",
    rss(item("<![CDATA[The weir]]>", "/p/the-weir", "<![CDATA[A walk along the river]]>",
             """<guid isPermaLink="false">https://courrier.example/p/the-weir</guid><enclosure url="https://substackcdn.com/image/fetch/weir.jpeg" length="0" type="image/jpeg"/><content:encoded><![CDATA[<p>We walked as far as the weir.</p><div class="subscription-widget-wrap-editor"><form class="subscription-widget-subscribe"><input type="email" class="email-input" placeholder="Type your email…"><input type="submit" class="button primary" value="Subscribe"></form></div><p>It was cold.</p>]]></content:encoded>""")),
    e("The weir", "A walk along the river", holds=["We walked"],
      image="https://substackcdn.com/image/fetch/weir.jpeg", lacks=["form", "input", "Subscribe"]),
)  # fmt: skip
CASES.add(
    "medium.xml",
    "Medium: a pixel at the end, captions, addresses with their source",
    rss(item("<![CDATA[The weir]]>", "/weir-1a2b?source=rss------river-5", "",
             """<guid isPermaLink="false">https://medium.com/p/1a2b</guid><category><![CDATA[river]]></category><atom:updated>2026-01-24T07:30:00.000Z</atom:updated><content:encoded><![CDATA[<figure><img alt="" src="https://cdn-images-1.medium.com/max/1024/weir.jpeg" /><figcaption>The weir in January</figcaption></figure><p>We walked as far as the weir.</p><img src="https://medium.com/_/stat?event=post.clientViewed&referrerSource=full_rss&postId=1a2b" width="1" height="1" alt="">]]></content:encoded>""")),
    e("The weir", "We walked as far as the weir.", published="2026-01-24T07:30:00Z",
      image="https://cdn-images-1.medium.com/max/1024/weir.jpeg", lacks=["stat?event"]),
)  # fmt: skip
CASES.add(
    "youtube.xml",
    "YouTube: everything within media:group",
    f"""{DECLARED}<feed xmlns:yt="http://www.youtube.com/xml/schemas/2015" xmlns:media="http://search.yahoo.com/mrss/" xmlns="http://www.w3.org/2005/Atom"><title>Valmont TV</title><entry><id>yt:video:abc</id><yt:videoId>abc</yt:videoId><title>Le pont, vu du ciel</title><link rel="alternate" href="https://www.youtube.com/watch?v=abc"/><published>2026-01-24T08:30:00+00:00</published><updated>2026-01-25T08:30:00+00:00</updated><media:group><media:title>Le pont, vu du ciel</media:title><media:content url="https://www.youtube.com/v/abc?version=3" type="application/x-shockwave-flash" width="640" height="390"/><media:thumbnail url="https://i.ytimg.com/vi/abc/hqdefault.jpg" width="480" height="360"/><media:description>Un vol au-dessus de la vallée.

Images du 12 janvier.</media:description><media:community><media:starRating count="3" average="5.00" min="1" max="5"/></media:community></media:group></entry></feed>""",
    e("Le pont, vu du ciel", "Un vol au-dessus de la vallée.", "Images du 12 janvier.",
      url="https://www.youtube.com/watch?v=abc", published="2026-01-24T08:30:00Z",
      image={"url": "https://i.ytimg.com/vi/abc/hqdefault.jpg", "width": 480, "height": 360}),
)  # fmt: skip
CASES.add(
    "mastodon.xml",
    "Mastodon: no titles, links shortened by hidden parts, hashtags, pictures as media:content",
    rss(item("", "https://social.example/@courrier/1", "&lt;p&gt;Le pont rouvre samedi ! "
             "&lt;a href=&quot;https://courrier.example/pont&quot;&gt;&lt;span class=&quot;invisible&quot;&gt;https://&lt;/span&gt;"
             "&lt;span class=&quot;&quot;&gt;courrier.example/pont&lt;/span&gt;&lt;/a&gt;&lt;/p&gt;",
             '<guid isPermaLink="true">https://social.example/@courrier/1</guid><pubDate>Sat, 24 Jan 2026 07:30:00 +0000</pubDate>'
             '<media:content url="https://files.social.example/1.png" type="image/png" fileSize="5" medium="image">'
             '<media:description type="plain">Le pont sous la neige</media:description></media:content><category>valmont</category>')),
    e("Le pont rouvre samedi !", url="https://social.example/@courrier/1", topics=["valmont"],
      image={"url": "https://files.social.example/1.png", "alt": "Le pont sous la neige"}),
    oddities=["item 1: has no title"],
)  # fmt: skip
CASES.add(
    "hugo.xml",
    "Hugo: escaped summary; pages without a date get the year 1",
    rss(item("The weir", "/posts/weir/", "&lt;p&gt;We walked as far as the weir.&lt;/p&gt;",
             f"<pubDate>Sat, 24 Jan 2026 00:00:00 +0000</pubDate><guid>{SITE}/posts/weir/</guid>")
        + item("About", "/about/", "", f"<pubDate>Mon, 01 Jan 0001 00:00:00 +0000</pubDate><guid>{SITE}/about/</guid>")),
    e("The weir", "We walked as far as the weir.", published="2026-01-24T00:00:00Z"),
    e("About", published=None),
    oddities=["item 2: no credible date ('Mon, 01 Jan 0001"],
)  # fmt: skip
CASES.add(
    "jekyll.xml",
    "Jekyll: Atom with xml:base in each entry, a summary beside the content",
    atom(f"""<generator uri="https://jekyllrb.com/" version="4.3.4">Jekyll</generator><entry><title type="html">The weir</title><link href="{SITE}/2026/01/24/weir.html" rel="alternate" type="text/html" title="The weir" /><published>2026-01-24T08:30:00+01:00</published><updated>2026-01-24T08:30:00+01:00</updated><id>{SITE}/2026/01/24/weir</id><content type="html" xml:base="{SITE}/2026/01/24/weir.html"><![CDATA[<p>We walked <a href="../map">far</a>.</p>]]></content><author><name></name></author><category term="walks" /><summary type="html"><![CDATA[We walked far.]]></summary><media:thumbnail xmlns:media="http://search.yahoo.com/mrss/" url="{SITE}/weir.png" /><media:content medium="image" url="{SITE}/weir.png" xmlns:media="http://search.yahoo.com/mrss/" /></entry>"""),
    e("The weir", "We walked far.", author=None, published="2026-01-24T07:30:00Z", topics=["walks"],
      image=f"{SITE}/weir.png", holds=[f'href="{SITE}/2026/01/map"']),
)  # fmt: skip
CASES.add(
    "feedburner.xml",
    "FeedBurner: the true address is in origLink; its flare and pixel hang below the text",
    rss(item("Le pont", "https://feedproxy.example/~r/courrier/~3/x/", f"&lt;p&gt;{LEAD}&lt;/p&gt;"
             "&lt;div class=&quot;feedflare&quot;&gt;&lt;a href=&quot;https://feeds.feedburner.com/~ff/courrier?a=x&quot;&gt;"
             "&lt;img src=&quot;https://feeds.feedburner.com/~ff/courrier?d=yIl&quot; border=&quot;0&quot;&gt;&lt;/a&gt;&lt;/div&gt;"
             "&lt;img src=&quot;https://feeds.feedburner.com/~r/courrier/~4/x&quot; height=&quot;1&quot; width=&quot;1&quot; alt=&quot;&quot;/&gt;",
             f"<guid isPermaLink=\"false\">{SITE}/?p=9</guid><feedburner:origLink>{SITE}/pont</feedburner:origLink>"),
        spaces='xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"'),
    e("Le pont", LEAD, path="/pont", image=None, lacks=["feedburner"]),
)  # fmt: skip
CASES.add(
    "podcast.xml",
    "a podcast: the sound is no picture, the cover is",
    rss(item("Épisode 12 : les tanneurs", "/radio/12", "Une visite de la tannerie, avec ceux qui y ont travaillé.",
             '<enclosure url="https://courrier.example/12.mp3" length="25000000" type="audio/mpeg"/>'
             '<itunes:duration>1830</itunes:duration><itunes:image href="https://courrier.example/12.jpg"/>'
             '<itunes:summary>Une visite.</itunes:summary><itunes:author>Radio Valmont</itunes:author>'
             '<guid isPermaLink="false">ep-12</guid>'),
        head='<itunes:image href="https://courrier.example/cover.jpg"/><itunes:category text="News"/>',
        spaces='xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'),
    e("Épisode 12 : les tanneurs", "Une visite de la tannerie, avec ceux qui y ont travaillé.",
      image=f"{SITE}/12.jpg", guid="ep-12"),
)  # fmt: skip
CASES.add(
    "joomla.xml",
    "Joomla: a box around the description, an author who is nobody, with a placeholder address",
    rss(item("Le marché", "/index.php/12-marche",
             "<![CDATA[<div class=\"feed-description\"><p><img src=\"images/marche.jpg#joomlaImage://local-images/marche.jpg?width=800&amp;height=600\" width=\"800\" height=\"600\" loading=\"lazy\" /></p><p>Vendredi de 8 h à 13 h.</p></div>]]>",
             "<author>noreply@courrier.example (Super User)</author><category>Vie locale</category>")),
    e("Le marché", "Vendredi de 8 h à 13 h.", author=None, topics=["Vie locale"]),
)  # fmt: skip
CASES.add(
    "dotclear.xml",
    "Dotclear: Atom of a French blog, entities in the title",
    atom(f"""<entry><title>L&#39;hiver à la volière</title><link href="{SITE}/post/voliere" rel="alternate" type="text/html" title="L'hiver à la volière" /><id>urn:md5:0cc175b9c0f1b6a831c399e269772661</id><published>2026-01-24T08:30:00+01:00</published><updated>2026-01-24T08:30:00+01:00</updated><author><name>Ines</name></author><dc:subject xmlns:dc="http://purl.org/dc/elements/1.1/">Oiseaux</dc:subject><content type="html">    &lt;p&gt;Cinq mésanges, et « le » rouge-gorge...&lt;/p&gt; &lt;p&gt;À suivre !&lt;/p&gt; </content><wfw:comment xmlns:wfw="http://wellformedweb.org/CommentAPI/">{SITE}/post/voliere#comment-form</wfw:comment></entry>"""),
    e("L'hiver à la volière", "Cinq mésanges, et « le » rouge-gorge...", "À suivre !", topics=["Oiseaux"]),
)  # fmt: skip
CASES.add(
    "discourse.xml",
    "Discourse: a footer that counts the posts",
    rss(item("Où garer son vélo ?", "/t/velo/12", "<![CDATA[<p>À la gare, il n’y a plus de place.</p>"
             "<p><small>3 messages - 2 participant(e)s</small></p><p><a href=\"https://courrier.example/t/velo/12\">Lire le sujet en entier</a></p>]]>")),
    e("Où garer son vélo ?", "À la gare, il n’y a plus de place."),
)  # fmt: skip
CASES.add(
    "mediawiki.xml",
    "MediaWiki: the talk of changes, tables in descriptions",
    rss(item("Pont des Tanneurs", "/wiki/Pont", "&lt;p&gt;Ajout de la date&lt;/p&gt;\n&lt;table class='diff'&gt;&lt;tr&gt;&lt;td&gt;+&lt;/td&gt;&lt;td&gt;1897&lt;/td&gt;&lt;/tr&gt;&lt;tr&gt;&lt;td&gt;-&lt;/td&gt;&lt;td&gt;1896&lt;/td&gt;&lt;/tr&gt;&lt;/table&gt;",
             "<pubDate>Sat, 24 Jan 2026 07:30:00 GMT</pubDate><comments>x</comments>")),
    e("Pont des Tanneurs", "Ajout de la date", published="2026-01-24T07:30:00Z"),
)  # fmt: skip
CASES.add(
    "tumblr.xml",
    "Tumblr: a photo post, its title an ellipsis of the text",
    rss(item("Photo", "https://valmont.tumblr.example/post/1", "&lt;img src=\"https://64.media.example/weir_1280.jpg\"/&gt;&lt;br/&gt;&lt;br/&gt;&lt;p&gt;La neige, ce matin.&lt;/p&gt;")),
    e("Photo", "La neige, ce matin.", image="https://64.media.example/weir_1280.jpg"),
)  # fmt: skip
CASES.add(
    "town-hall.xml",
    "a small town's own program: relative links, French dates, no guid, HTML unescaped in CDATA",
    rss("<item><title>Coupure d’eau rue des Lavandières</title><link>actu.php?id=31</link>"
        "<description><![CDATA[<p align=justify><font face=Arial>Jeudi de 9h &agrave; 12h.<br>Merci de votre compr&eacute;hension.</font>]]></description>"
        "<pubDate>sam. 24 janvier 2026 08:30</pubDate></item>"),
    e("Coupure d’eau rue des Lavandières", "Jeudi de 9h à 12h. Merci de votre compréhension.",
      path="/actu.php?id=31", published="2026-01-24T08:30:00Z", guid=None),
)  # fmt: skip
CASES.add(
    "agenda.xml",
    "events: their own dates are no dates of publication",
    rss(item("Concert à l’église", "/agenda/7", "Chœur de la vallée, entrée libre.",
             "<ev:startdate>2026-06-20T20:30:00+02:00</ev:startdate><ev:location>Église</ev:location>"),
        spaces='xmlns:ev="http://purl.org/rss/1.0/modules/event/"'),
    e("Concert à l’église", "Chœur de la vallée, entrée libre.", published=None),
)  # fmt: skip
CASES.add(
    "planet.xml",
    "a planet of several sites: each entry says where it comes from",
    atom(f"""<entry><title>La neige</title><link href="https://carnet.example/neige"/><id>c:1</id><updated>2026-01-24T08:30:00Z</updated><source><id>c:</id><title>Carnet d’hiver</title><link href="https://carnet.example/"/><updated>2020-01-01T00:00:00Z</updated></source><author><name>Ines</name></author></entry>
<entry><title>Le pont</title><link href="{SITE}/pont"/><id>d:1</id><updated>2026-01-23T08:30:00Z</updated></entry>"""),
    e("La neige", url="https://carnet.example/neige", guid="c:1", published="2026-01-24T08:30:00Z", author="Ines"),
    e("Le pont", guid="d:1", published="2026-01-23T08:30:00Z"),
    title="Le Courrier de Valmont",
)  # fmt: skip
