"""A mail of whole texts in a real browser: nothing in an article widens it, seen or blocked."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from compose_samples import BODY, BRIDGE, FRENCH, NOW, TUBA, digest
from playwright.sync_api import Browser, sync_playwright

from newsletter.compose.content import Image
from newsletter.compose.render import render_alert
from newsletter.mail.slots import Slots

pytestmark = pytest.mark.long

WIDE = (
    "<p><img src='/large.jpg' alt='Le pont' width=1600><img src='/b.jpg' alt='Le quai'></p>"
    f"<table>{'<tr>' + '<td>Recettes_de_la_ville' * 9}{'<tr>' + '<td>412' * 9}</table>"
    f"<p>{'a' * 300} https://courrier.example/{'b' * 300}</p><pre>{'c' * 300}</pre>"
)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _grey(width: int, height: int) -> bytes:
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)),
            _chunk(b"IDAT", zlib.compress((b"\0" + b"\x80" * width) * height)),
            _chunk(b"IEND", b""),
        )
    )


PICTURE = _grey(1200, 40)


@pytest.fixture(scope="module")
def browser(needs_tool: Callable[[str], Path]) -> Iterator[Browser]:
    program = needs_tool("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(program), args=["--no-sandbox"] if os.geteuid() == 0 else []
        )
        yield browser
        browser.close()


@pytest.mark.parametrize("blocked", [True, False], ids=["pictures blocked", "pictures shown"])
@pytest.mark.parametrize("width", [375, 1280])
def test_no_article_widens_a_mail(browser: Browser, width: int, blocked: bool) -> None:
    wide = replace(BRIDGE, text_html=WIDE)
    alert = render_alert(
        FRENCH, subject="Quai", body_markdown=BODY, sent_at=NOW, slots=Slots.fresh(), article=wide
    )
    for mail in (digest(wide, BRIDGE, TUBA), alert):
        page = browser.new_page(viewport={"width": width, "height": 800})
        page.route("**/*", lambda route: (
            route.abort() if blocked else route.fulfill(body=PICTURE, content_type="image/png")
        ))  # fmt: skip
        page.set_content(mail.html, wait_until="load")
        shown = "[...document.images].some(image => image.naturalWidth > 0)"
        assert page.evaluate(shown) is not blocked
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert page.evaluate("document.querySelector('.sheet').offsetWidth") == min(width, 600)
        page.close()


@pytest.mark.parametrize("size", [(400, 900), (None, None)], ids=["size known", "size unknown"])
@pytest.mark.parametrize(
    ("screen", "own", "shown"),
    [
        (1280, (400, 900), (213, 480)),
        (375, (400, 900), (178, 400)),
        (1280, (120, 120), (120, 120)),
        (1280, (1600, 900), (536, 302)),
        (375, (1600, 900), (335, 188)),
    ],
)
def test_a_lead_picture_is_never_blown_up_nor_a_screen_tall(
    browser: Browser,
    screen: int,
    own: tuple[int, int],
    shown: tuple[int, int],
    size: tuple[int | None, int | None],
) -> None:
    """Whatever the source says of its size."""
    mail = digest(replace(BRIDGE, image=Image("https://a.example/b.png", "Quai", *size)), TUBA)
    page = browser.new_page(viewport={"width": screen, "height": 800})
    page.route("**/*", lambda route: route.fulfill(body=_grey(*own), content_type="image/png"))
    page.set_content(mail.html, wait_until="load")
    box = page.evaluate("(({width, height}) => [width, height])(document.images[0])")
    page.close()
    assert all(abs(side - wanted) <= 1 for side, wanted in zip(box, shown, strict=True))
