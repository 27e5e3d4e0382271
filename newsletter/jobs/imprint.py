"""What a mail says of its list and its site; it leads to no page that would not be shown.

The pages of a private list answer 404, and so does the archive of a closed one: whoever reads a
mail of theirs is led to the page of all lists instead.
"""

from __future__ import annotations

from newsletter.compose.content import ListView
from newsletter.installation import Installation
from newsletter.links import Links
from newsletter.mail.message import ListIdentity
from subscribers.models import MailingList, Visibility


def links_of(inst: Installation) -> Links:
    """What makes the addresses of this installation's pages."""
    return Links(inst.config.base_url, lambda: inst.tokens)


def list_view(inst: Installation, mlist: MailingList) -> ListView:
    """The list as the text of its mails speaks of it."""
    site = inst.config.site
    return ListView(
        slug=mlist.slug,
        title=mlist.title,
        description=mlist.description,
        language=mlist.language,
        from_name=mlist.from_name,
        postal_address=mlist.postal_address or site.postal_address,
        footer_note=mlist.footer_note,
        home_url=site.home_url or "",
        site_name=site.name,
        privacy_url=site.privacy_url,
        archive_url=archive_page(inst, mlist),
        signup_url=signup_page(inst, mlist) if mlist.visibility is Visibility.PUBLIC else None,
        timezone=mlist.timezone,
    )


def list_identity(inst: Installation, mlist: MailingList) -> ListIdentity:
    """The list as the List-* fields of a message name it (RFC 2919, RFC 2369)."""
    return ListIdentity(
        list_id=mlist.list_id,
        name=mlist.title,
        help_url=signup_page(inst, mlist),
        archive_url=archive_page(inst, mlist),
    )


def signup_page(inst: Installation, mlist: MailingList) -> str:
    """Where one reads of the list and signs up; of a private one, the page of all lists."""
    links = links_of(inst)
    return links.home() if mlist.visibility is Visibility.PRIVATE else links.signup(mlist.slug)


def archive_page(inst: Installation, mlist: MailingList) -> str | None:
    """Where everybody reads its past issues; None where only its readers may."""
    shown = mlist.archive and mlist.visibility is Visibility.PUBLIC
    return links_of(inst).archive(mlist.slug) if shown else None
