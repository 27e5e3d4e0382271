"""The four mails of joining: whole, without defects, and with the header that each one needs."""

from __future__ import annotations

import email
import email.policy
import re
from email.message import EmailMessage

from valmont import Town

from newsletter.models import NoticeKind
from subscribers.lists import find_list


def test_each_notice_is_a_whole_mail_with_the_fields_it_needs(town: Town) -> None:
    town.subscribe("marie@example.org")
    town.later(days=2)
    town.sign_up("marie@example.org", lang="en")
    town.client.post(town.link("/p/"), data={"do": "data"})
    mails = [parse(town, number) for number in range(len(town.notices()))]
    confirm, welcome, already, settings = mails
    assert [notice.kind for notice, _ in town.notices()] == [
        NoticeKind.CONFIRM,
        NoticeKind.WELCOME,
        NoticeKind.ALREADY,
        NoticeKind.SETTINGS,
    ]
    for mail in mails:
        assert mail.defects == []
        assert [part.get_content_type() for part in mail.iter_parts()] == [
            "text/plain",
            "text/html",
        ]
        assert mail["Auto-Submitted"] == "auto-generated"
        assert mail["To"] == "marie@example.org"
        assert not re.search(r"zq\w{14}Z\w+Zqz", body(mail, "plain"))  # no marker is left
    for mail in (confirm, settings):  # there is nothing to unsubscribe from in them
        assert mail["List-Id"] is None
        assert mail["List-Unsubscribe"] is None
    for mail in (welcome, already):
        assert "hebdo.valmont.example.org" in mail["List-Id"]
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "27 novembre 2026" in body(welcome, "plain")  # the next Friday
    assert "127.0.0.1" in body(confirm, "plain")
    assert "Je souhaite recevoir" in body(confirm, "plain")
    assert "Ouvrir mes données" in body(settings, "html")
    assert "/s/" in body(settings, "plain")
    assert already["Subject"].startswith("You")


def test_a_welcome_says_what_its_list_has_to_say(town: Town) -> None:
    with town.inst.database.write() as session:
        find_list(session, "hebdo").welcome_text = "Écrivez-nous, *tous* les jours."
    town.subscribe()
    welcome = parse(town, -1)
    assert "Écrivez-nous, _tous_ les jours." in body(welcome, "plain")
    assert "<em>tous</em>" in body(welcome, "html")


def parse(town: Town, number: int) -> EmailMessage:
    message = email.message_from_bytes(town.sent(number), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())
