"""What a mail says of its list: everything of a public one, and no page that would answer 404."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Callable
from datetime import datetime
from email.message import EmailMessage

import newsletter_kit as kit
import pytest
import sqlalchemy as sa

from newsletter.installation import Installation
from newsletter.jobs.imprint import links_of
from newsletter.mail.message import Template, Values
from newsletter.models import Variant
from subscribers.models import MailingList, Visibility

Install = Callable[..., Installation]
HOME = "http://localhost:8025/"


def frozen(inst: Installation, now: datetime, **settings: object) -> Variant:
    """The variant of a letter to a list with these settings."""
    kit.change(inst, MailingList, {"archive": True, **settings})
    issue = kit.frozen_letter(inst, now=now)
    with inst.database.read() as session:
        return session.scalars(sa.select(Variant).where(Variant.issue_id == issue.id)).one()


def mail_of(inst: Installation, variant: Variant, now: datetime) -> EmailMessage:
    urls = links_of(inst).issue_slots(
        subscription_id=1, issue_id=variant.issue_id, variant_id=variant.id
    )
    values = Values(
        address="lea@valmont.example",
        name="",
        message_id="<1@valmont.example>",
        date=now,
        delivery="1",
        **{name.value: url for name, url in urls.items()},
    )
    sent = Template.from_json(variant.template).join(values)
    message = email.message_from_bytes(sent, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def bodies(message: EmailMessage) -> list[str]:
    parts = [message.get_body((kind,)) for kind in ("plain", "html")]
    return [str(part.get_content()) for part in parts if part is not None]


def test_an_issue_of_a_public_list_names_its_archive_and_its_sign_up_page(
    install: Install, now: datetime
) -> None:
    inst = install(readers=1)
    variant = frozen(inst, now)
    message = mail_of(inst, variant, now)
    assert message["List-Archive"] == f"<{HOME}archive/hebdo>"
    assert message["List-Help"] == f"<{HOME}lists/hebdo>"
    for body in bodies(message):
        assert f"{HOME}archive/hebdo" in body
    assert f"{HOME}archive/hebdo" in variant.page
    assert f"{HOME}lists/hebdo" in variant.page


@pytest.mark.parametrize("visibility", [Visibility.PRIVATE, Visibility.CLOSED])
def test_an_issue_names_no_page_that_is_not_shown(
    install: Install, now: datetime, visibility: Visibility
) -> None:
    inst = install(readers=1)
    variant = frozen(inst, now, visibility=visibility)
    message = mail_of(inst, variant, now)
    signup = HOME if visibility is Visibility.PRIVATE else f"{HOME}lists/hebdo"
    assert message["List-Archive"] is None
    assert message["List-Help"] == f"<{signup}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    for body in bodies(message):
        assert "/archive/" not in body
        assert "/lists/" not in body
        assert f"{HOME}u/" in body
    led_to = set(re.findall(rf'href="({re.escape(HOME)}[^"]*)"', variant.page))
    assert led_to == set()


def test_the_page_for_everybody_speaks_to_nobody_in_particular(
    install: Install, now: datetime
) -> None:
    inst = install(readers=1)
    page = frozen(inst, now).page
    for personal in ("…", "à l’adresse", "abonnée", "Me désabonner", "Choisir", "navigateur<"):
        assert personal not in page
    assert "est une lettre d’information par courrier électronique." in page
    assert f'href="{HOME}lists/hebdo"' in page
    assert "S’abonner" in page
    assert "Numéros précédents" in page


def test_a_list_without_an_archive_names_none(install: Install, now: datetime) -> None:
    inst = install(readers=1)
    variant = frozen(inst, now, archive=False)
    assert mail_of(inst, variant, now)["List-Archive"] is None
    assert "/archive/" not in variant.page
