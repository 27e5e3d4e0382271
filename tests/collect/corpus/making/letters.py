"""Letters: every charset that feeds still come in, labelled rightly, wrongly, or not at all."""

# ruff: noqa: E501 - foreign mark-up reads best in one piece

from __future__ import annotations

import unicodedata

from .cases import SITE, Cases, e, item, rss

CASES = Cases()


def said(charset: str, title: str, text: str = "") -> str:
    declared = f'<?xml version="1.0" encoding="{charset}"?>\n' if charset else ""
    return rss(item(title, text=text), declared=declared).replace("vallée", "valley")


FRENCH = "L’été à Noël : 5 € l’œuf"
for name, charset, codec in (
    ("utf8-bom", "utf-8", "utf-8-sig"),
    ("utf16", "utf-16", "utf-16"),
    ("utf16be-no-mark", "utf-16", "utf-16-be"),
    ("utf16le-no-mark", "utf-16le", "utf-16-le"),
    ("utf32", "utf-32", "utf-32"),
    ("windows-1252", "windows-1252", "windows-1252"),
    ("latin1-that-is-windows", "iso-8859-1", "windows-1252"),
    ("ascii-that-is-windows", "us-ascii", "windows-1252"),
    ("utf8-that-is-windows", "utf-8", "windows-1252"),
    ("nothing-that-is-windows", "", "windows-1252"),
    ("latin1-that-is-utf8", "iso-8859-1", "utf-8"),
    ("utf16-that-is-utf8", "utf-16", "utf-8"),
    ("nothing-that-is-utf8", "", "utf-8"),
    ("unheard-of-label", "x-user-defined-9", "utf-8"),
):
    CASES.add(
        f"letters-{name}.xml",
        f"declares {charset or 'nothing'}, written as {codec}",
        said(charset, FRENCH).encode(codec),
        e(FRENCH),
    )
for name, charset, title in (
    ("iso-8859-15", "iso-8859-15", "Déjà 5 € à la Saint-Éloi"),
    ("iso-8859-2", "iso-8859-2", "Příliš žluťoučký kůň"),
    ("windows-1250", "windows-1250", "Zażółć gęślą „jaźń”"),
    ("windows-1251", "windows-1251", "Мост открыт"),
    ("koi8-r", "koi8-r", "Мост снова открыт"),
    ("windows-1253", "windows-1253", "Η γέφυρα άνοιξε"),
    ("windows-1254", "windows-1254", "Köprü açılıyor, ışık İstanbul"),
    ("windows-1256", "windows-1256", "الجسر مفتوح"),
    ("shift-jis", "shift_jis", "橋が開通しました"),
    ("euc-jp", "euc-jp", "橋が開通しました"),
    ("iso-2022-jp", "iso-2022-jp", "橋が開通しました"),
    ("gb2312", "gb2312", "桥梁开放"),
    ("gb18030", "gb18030", "桥梁开放了，很好"),
    ("big5", "big5", "橋樑開放"),
    ("euc-kr", "euc-kr", "다리가 열렸다"),
):
    CASES.add(
        f"letters-{name}.xml", f"declares what it is: {charset}", said(charset, title).encode(charset),
        e(title),
    )  # fmt: skip
CASES.add(
    "letters-by-http.xml",
    "only HTTP says what the letters are",
    said("", "Мост открыт").encode("windows-1251"),
    e("Мост открыт"),
    charset="windows-1251",
    content_type="text/xml",
)
CASES.add(
    "letters-http-is-wrong.xml",
    "HTTP says latin-1, as servers do without being asked; the document knows better",
    said("utf-8", FRENCH).encode(),
    e(FRENCH),
    charset="iso-8859-1",
)
CASES.add(
    "letters-twice-converted.xml",
    "windows-1252 that was taken to UTF-8 as if it were latin-1",
    said("utf-8", "L\u0092\u00e9t\u00e9 \u0096 5 \u0080 l\u0092\u009cuf").encode(),
    e("L’été – 5 € l’œuf"),
)
CASES.add(
    "letters-some-broken.xml",
    "UTF-8 with a broken byte here and there: the rest is not lost",
    said("utf-8", "La place et la rivière", "Un texte assez long pour que les octets cassés y soient "
         "rares, comme il se doit dans la vallée.").encode().replace("vallée".encode(), b"vall\xe9e"),
    e("La place et la rivière"),
)  # fmt: skip
CASES.add(
    "letters-names-of-html.xml",
    "letters by the names that HTML knows and XML does not",
    rss(item("L&eacute;gende &laquo;&nbsp;d&rsquo;hiver&nbsp;&raquo; &hellip;", text="&OElig;uvre &agrave; 5&euro; &amp; plus")),
    e("Légende «\u00a0d’hiver\u00a0» …", "Œuvre à 5€ & plus"),
)  # fmt: skip
CASES.add(
    "letters-numbers.xml",
    "letters by number, those of windows-1252 among them, once and twice escaped",
    rss(
        item(
            "L&#146;&#233;t&#xe9; &#8211; 5 &#128;",
            text="d&amp;#146;hiver &amp;#8230; &amp;eacute;t&amp;eacute;",
        )
    ),
    e("L’été – 5 €", "d’hiver … été"),
)
CASES.add(
    "letters-invisible.xml",
    "control characters, marks that turn the direction, soft hyphens, spaces of no width",
    said("utf-8", "Le\u200b pont\u00ad\x0b de\u202e Valmont\x00\x1b\ufeff").encode(),
    e("Le pont de Valmont"),
)
CASES.add(
    "letters-emoji.xml",
    "emoji of several characters, right to left, and letters of plane 1",
    said("utf-8", "👍🏽 مرحبا שלום 𝒱almont 👨‍👩‍👧").encode(),
    e("👍🏽 مرحبا שלום 𝒱almont 👨‍👩‍👧"),
)
CASES.add(
    "letters-decomposed.xml",
    "accents as characters of their own",
    said("utf-8", unicodedata.normalize("NFD", "Été à Noël")).encode(),
    e(unicodedata.normalize("NFD", "Été à Noël")),
)
CASES.add(
    "letters-space-before.xml",
    "blank lines and a second mark before the declaration",
    ("\n\n \ufeff" + said("utf-8", FRENCH)).encode("utf-8-sig"),
    e(FRENCH, path="/pont"),
    home=f"{SITE}/",
)
CASES.add(
    "letters-no-break.xml",
    "French spaces: those that must not break stay, doubled ones are folded",
    rss(
        item(
            "Valmont\u00a0: «\u202fle  pont\u202f»",
            text="12\u202f000 habitants,   3,5\u00a0km.\n  Oui\u00a0!",
        )
    ),
    e("Valmont\u00a0: «\u202fle pont\u202f»", "12\u202f000 habitants, 3,5\u00a0km. Oui\u00a0!"),
)
