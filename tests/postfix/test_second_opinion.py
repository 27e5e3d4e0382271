"""The checkers of this folder see what they are there to see: each planted fault is named."""

from __future__ import annotations

import html_mail
import pytest
import raw_mail

MESSAGE = (
    b"From: =?utf-8?q?L=C3=A9a?= <lea@valmont.example>\r\n"
    b"To: Ann <ann@valmont.example>\r\n"
    b"Subject: The market moves\r\n to the square\r\n"
    b"Date: Sun, 22 Nov 2026 22:11:40 +0000\r\n"
    b"Message-ID: <a.1@valmont.example>\r\n"
    b"List-Unsubscribe: <https://valmont.example/u/1>\r\n"
    b"MIME-Version: 1.0\r\n"
    b'Content-Type: multipart/alternative;\r\n boundary="=_b"\r\n'
    b"\r\n"
    b"--=_b\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: quoted-printable\r\n"
    b"\r\n"
    b"caf=C3=A9 on the=\r\n bridge\r\n"
    b"--=_b\r\n"
    b"Content-Type: text/html; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: quoted-printable\r\n"
    b"\r\n"
    b"<p>caf=C3=A9</p>\r\n"
    b"--=_b--\r\n"
)

PAGE = (
    '<!DOCTYPE html><html lang="fr" dir="ltr"><head><title>Le pont</title></head><body>'
    '<table role="presentation"><tr><td><h1>Le pont</h1>'
    '<a href="https://valmont.example/"><img src="https://valmont.example/a.png" alt="Le pont" '
    'width="536" style="max-width:100%"></a></td></tr></table></body></html>'
)


def test_a_good_message_has_no_faults() -> None:
    assert raw_mail.faults(MESSAGE) == []


@pytest.mark.parametrize(
    ("good", "bad", "named"),
    [
        (b"moves\r\n to", b"moves\n to", "bare CR or LF"),
        (b"the=\r\n bridge", b"the=\r\n." + b"x" * 1000, "998"),
        (b"bridge\r\n--=_b\r\n", b"bridge=\r\n--=_b\r\n", "soft line break"),
        (b"caf=C3=A9 on", b"." + b" on", "some relay will change"),
        (b"caf=C3=A9 on", b"caf=C3=A9 on" + b"x" * 60, "76"),
        (b"caf=C3=A9 on", b"caf=c3=a9 on", "not quoted-printable"),
        (b"caf=C3=A9 on", "café on".encode(), "not quoted-printable"),
        (b"caf=C3=A9 on the=", b"caf=C3 on the=", "not UTF-8"),
        (b"caf=C3=A9 on the=\r\n", b"caf=C3=A9 on the \r\n", "ends in white space"),
        (b"moves\r\n to", b"moves \r\n to", "white space at the end"),
        (b"moves\r\n to", b"moves\r\n \r\n to", "white space only"),
        (b"moves\r\n to", b"moves " + b"and moves " * 8 + b"to", "could be folded"),
        (b"market", "marché".encode(), "not printable ASCII"),
        (b"=?utf-8?q?L=C3=A9a?=", b"=?utf-8?q?L=C3?= =?utf-8?q?=A9a?=", "by itself"),
        (b"=?utf-8?q?L=C3=A9a?=", b'"=?utf-8?q?L=C3=A9a?="', "quoted-string"),
        (b"=?utf-8?q?L=C3=A9a?=", b"=?utf-8?q?L=C3=A9a?=x", "not set off"),
        (b"=?utf-8?q?L=C3=A9a?=", b"=?utf-8?q?L=C3=A9a" + b"a" * 60 + b"?=", "75"),
        (b"<lea@valmont", b"<lea@=?utf-8?q?valmont?=", "within an address"),
        (b"<https://valmont.example/u/1>", b"=?utf-8?q?=3Chttps=3A?=", "field for machines"),
        (b"+0000", b"GMT", "date"),
        (b"<a.1@valmont.example>", b"a.1@valmont.example", "message-id"),
        (b"MIME-Version: 1.0\r\n", b"", "mime-version stands 0 times"),
        (b"To: Ann", b"To: Zo <zo@valmont.example>\r\nTo: Ann", "to stands 2 times"),
        (b"--=_b--\r\n", b"", "boundaries"),
        (b"--=_b--\r\n", b"--=_b--\r\nmore\r\n", "after the last"),
    ],
)
def test_a_planted_fault_in_the_bytes_is_named(good: bytes, bad: bytes, named: str) -> None:
    assert good in MESSAGE
    found = raw_mail.faults(MESSAGE.replace(good, bad, 1))
    assert any(named in fault for fault in found), found


def test_a_good_page_has_no_faults() -> None:
    assert html_mail.faults(PAGE) == []


@pytest.mark.parametrize(
    ("good", "bad", "named"),
    [
        ("</h1>", "", "closes"),
        ("</td></tr></table>", "</td></table></tr>", "closes"),
        ('<table role="presentation">', "<table>", "role=presentation"),
        ('alt="Le pont"', "", "no alt"),
        ('width="536"', 'width="100%"', "no width"),
        ("max-width:100%", "", "wider than a phone"),
        ("https://valmont.example/a.png", "data:image/png;base64,AA", "do not show"),
        ('href="https://valmont.example/"', 'href="/"', "link to nowhere"),
        ('alt="Le pont"', 'alt=""', "link without words"),
        (' lang="fr"', "", "no lang"),
        ("<title>Le pont</title>", "", "no <title>"),
        ("<h1>Le pont", "<h1>{{ title }}", "template's own words"),
        ("<h1>", "<script>1</script><h1>", "no place in a mail"),
        ("<h1>Le pont</h1>", "<h2>Le pont</h2>", "0 h1"),
        ('alt="Le pont"', 'alt="Le pont" alt="x"', "twice"),
    ],
)
def test_a_planted_fault_in_the_page_is_named(good: str, bad: str, named: str) -> None:
    assert good in PAGE
    found = html_mail.faults(PAGE.replace(good, bad, 1))
    assert any(named in fault for fault in found), found
