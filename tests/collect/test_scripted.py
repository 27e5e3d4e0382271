"""A page that is empty without its scripts is known as such, and no other is taken for one."""

from __future__ import annotations

import pytest

from newsletter.collect.scripted import needs_script

SCRIPT = "<script type=module src=/app.js></script>"
TOLD = "<noscript>Activez JavaScript pour lire Le Courrier de Valmont.</noscript>"
MENU = "<nav><a href=/>Accueil</a> <a href=/sport>Sport</a> <a href=/contact>Contact</a></nav>"


@pytest.mark.parametrize(
    "body",
    [
        f"<title>Le Courrier de Valmont</title>{SCRIPT}<div id=root></div>",
        f"<div id=app>Chargement en cours…</div>{SCRIPT}",
        f"<div id=root></div><script>{'render(); ' * 100}</script>",
        f"{TOLD}<div id=root>{MENU}<footer>Mairie de Valmont</footer></div>{SCRIPT}",
    ],
)
def test_a_page_with_scripts_and_hardly_a_word_needs_them(body: str) -> None:
    assert needs_script(f"<!doctype html><html>{body}</html>".encode())


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<div id=root></div>",
        "%PDF-1.7",
        '{"version": "https://jsonfeed.org/version/1.1"}',
        f"<p>Nous revenons bientôt, après des travaux.</p>{SCRIPT}",
        f"{MENU}<footer>Mairie de Valmont</footer>{SCRIPT}<noscript><img src=/1.gif></noscript>",
        '<script type="application/ld+json">{"@type": "WebSite"}</script><div id=root></div>',
        f"{TOLD}{SCRIPT}<p>{'La fanfare joue samedi sur la place du marché. ' * 12}</p>",
    ],
)
def test_a_page_with_words_or_without_scripts_does_not(body: str) -> None:
    assert not needs_script(body.encode())
