"""A second opinion on a mail's HTML: balanced tags, and what mail clients need."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from lxml import etree, html

_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source",
         "track", "wbr"}  # fmt: skip
_FORBIDDEN = {"script", "link", "iframe", "form", "object", "embed", "video", "audio", "svg",
              "base", "picture", "source"}  # fmt: skip
# libxml2 knows HTML 4 only.
_NOT_AN_ERROR = {"HTML_UNKNOWN_TAG"}


class _Balance(HTMLParser):
    """Every tag closed, in the order they were opened."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.faults.append(f"<{tag}> has an attribute twice: {names}")
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            self.faults.append(f"</{tag}> closes a void element")
        elif not self.open or self.open[-1] != tag:
            self.faults.append(f"</{tag}> at {self.getpos()} closes {self.open[-1:]}")
        else:
            self.open.pop()


def faults(text: str) -> list[str]:
    """Everything that is wrong with the HTML of a mail; empty: nothing."""
    balance = _Balance()
    balance.feed(text)
    balance.close()
    left = [f"never closed: {balance.open}"] if balance.open else []
    return [*balance.faults, *left, *_parser_errors(text), *_page(text)]


def _parser_errors(text: str) -> Iterator[str]:
    parser = etree.HTMLParser(encoding="utf-8")
    etree.fromstring(text.encode(), parser)
    for entry in parser.error_log:
        if not any(name in entry.type_name for name in _NOT_AN_ERROR):
            yield f"line {entry.line}: {entry.message}"


def _page(text: str) -> Iterator[str]:
    if not text.lower().startswith("<!doctype html"):
        yield "no doctype"
    if leftover := re.search(r"\{\{|\{%|zq[a-z0-9]{14}Z", text):
        yield f"a template's own words are left: {text[leftover.start() :][:40]!r}"
    page = html.document_fromstring(text.encode(), parser=html.HTMLParser(encoding="utf-8"))
    if not page.get("lang") or not page.get("dir"):
        yield "<html> has no lang or no dir"
    if not (page.findtext(".//title") or "").strip():
        yield "no <title>"
    if len(page.findall(".//h1")) != 1:
        yield f"{len(page.findall('.//h1'))} h1"
    for element in page.iter():
        if not isinstance(element.tag, str):
            continue
        yield from _element(element)
    ids = [element.get("id") for element in page.xpath("//*[@id]")]
    if len(ids) != len(set(ids)):
        yield f"an id stands twice: {ids}"
    styles = sum(len((style.text or "").encode()) for style in page.iter("style"))
    if styles > 16_000:
        yield f"{styles} bytes of <style>"


def _element(element: html.HtmlElement) -> Iterator[str]:
    tag = element.tag
    if tag in _FORBIDDEN:
        yield f"<{tag}> has no place in a mail"
    if tag == "table" and element.get("role") != "presentation":
        yield f"a layout table at line {element.sourceline} without role=presentation"
    if tag == "img":
        address = element.get("src") or ""
        if element.get("alt") is None:
            yield f"no alt: {address}"
        if not (element.get("width") or "").isdigit():
            yield f"no width in pixels: {address}"
        if not address.startswith(("http://", "https://")) or address.endswith(".webp"):
            yield f"a picture that clients do not show: {address[:60]}"
        if "max-width:100%" not in (element.get("style") or "").replace(" ", ""):
            yield f"a picture wider than a phone: {address}"
    if tag == "a":
        address = element.get("href") or ""
        if not address.startswith(("http://", "https://", "mailto:")):
            yield f"a link to nowhere: {address[:60]!r}"
        if not element.text_content().strip() and not element.xpath(".//img[@alt!='']"):
            yield f"a link without words: {address[:60]}"
    for name in element.attrib:
        if name.startswith("on"):
            yield f"<{tag} {name}>"
