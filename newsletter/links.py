"""The addresses of our pages, as they stand in mails; always from `base_url`, never from a request.

    /                           the public lists
    /lists/SLUG                 sign-up
    /archive/SLUG[/NUMBER]      past issues
    /c/TOKEN                    confirm a sign-up
    /u/TOKEN                    leave: a page with a button, and the one-click POST (RFC 8058)
    /p/TOKEN                    preferences
    /s/TOKEN                    personal data, by a fresh link
    /m/TOKEN                    confirm a new address
    /v/TOKEN                    an issue in the browser

A notice stores what its links are about, and they are signed when it is sent: no token lies in the
database, and every try signs the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from newsletter.mail.slots import SlotName
from subscribers.tokens import Payload, Purpose, Tokens

PATHS: Mapping[Purpose, str] = {
    Purpose.CONFIRM: "c",
    Purpose.UNSUBSCRIBE: "u",
    Purpose.PREFERENCES: "p",
    Purpose.SETTINGS: "s",
    Purpose.MOVE: "m",
    Purpose.BROWSER: "v",
}

_LEAVE, _CHOOSE = PATHS[Purpose.UNSUBSCRIBE], PATHS[Purpose.PREFERENCES]


def unsigned(purpose: Purpose, payload: Payload, at: datetime | None = None) -> dict[str, Any]:
    """A link as `Notice.links` keeps it, as plain JSON values, until `Links.notice_slots` signs it.

    `at` is needed where the link's age counts (CONFIRM, SETTINGS, MOVE).
    """
    value = list(payload) if isinstance(payload, tuple) else payload
    when = None if at is None else int(at.timestamp())
    return {"purpose": purpose.value, "payload": value, "at": when}


@dataclass(frozen=True)
class Links:
    """Makes addresses. `key_id` is the key frozen with a delivery; None: the current one.

    `tokens` gives the keys as they are now, since they are rotated while links are being made. It
    may open a file, so it is asked only for links by the current key, and for a key not met
    before: a key never changes once it has signed.
    """

    base_url: str
    tokens: Callable[[], Tokens]
    _met: dict[str, Tokens] = field(default_factory=dict, repr=False, compare=False)

    def home(self) -> str:
        return f"{self.base_url}/"

    def signup(self, slug: str) -> str:
        return f"{self.base_url}/lists/{quote(slug, safe='')}"

    def archive(self, slug: str) -> str:
        return f"{self.base_url}/archive/{quote(slug, safe='')}"

    def unsubscribe(self, subscription_id: int, key_id: str | None = None) -> str:
        return self._signed(Purpose.UNSUBSCRIBE, subscription_id, key_id)

    def mailto_unsubscribe(self, subscription_id: int, key_id: str, mailbox: str) -> str:
        """For List-Unsubscribe, while that mailbox is read: a mail to it with the token as subject.

        Not in the address: some lower it, and a local part has 64 octets.
        """
        token = self._knowing(key_id).sign(Purpose.UNSUBSCRIBE, subscription_id, key_id=key_id)
        return f"mailto:{quote(mailbox, safe='@+')}?subject={token}"

    def preferences(self, subscription_id: int, key_id: str | None = None) -> str:
        return self._signed(Purpose.PREFERENCES, subscription_id, key_id)

    def browser(self, issue_id: int, variant_id: int, key_id: str | None = None) -> str:
        """An issue as this variant shows it; nothing in it tells who is reading."""
        return self._signed(Purpose.BROWSER, (issue_id, variant_id), key_id)

    def confirm(self, payload: Payload, at: datetime, key_id: str | None = None) -> str:
        """`at` is when the sign-up was asked for: the link's age counts from then."""
        return self._signed(Purpose.CONFIRM, payload, key_id, at)

    def settings(self, subscriber_id: int, at: datetime, key_id: str | None = None) -> str:
        return self._signed(Purpose.SETTINGS, subscriber_id, key_id, at)

    def issue_slots(
        self, *, subscription_id: int, issue_id: int, variant_id: int, key_id: str | None = None
    ) -> dict[SlotName, str]:
        """The addresses in one recipient's copy of an issue."""
        tokens = self._knowing(key_id)
        leave, choose = tokens.sign_subscription(subscription_id, key_id=key_id)
        return {
            SlotName.UNSUBSCRIBE: f"{self.base_url}/{_LEAVE}/{leave}",
            SlotName.PREFERENCES: f"{self.base_url}/{_CHOOSE}/{choose}",
            SlotName.BROWSER: _browser(self.base_url, tokens, issue_id, variant_id, key_id),
        }

    def notice_slots(
        self, stored: Mapping[str, Any], key_id: str | None = None
    ) -> dict[SlotName, str]:
        """The addresses in a notice, from its `links`: slot name -> what `unsigned` gave."""
        return {SlotName(name): self._sign_stored(link, key_id) for name, link in stored.items()}

    def _sign_stored(self, link: Mapping[str, Any], key_id: str | None) -> str:
        payload = link["payload"]
        at = link.get("at")
        return self._signed(
            Purpose(link["purpose"]),
            tuple(payload) if isinstance(payload, list) else payload,
            key_id,
            None if at is None else datetime.fromtimestamp(at, UTC),
        )

    def _signed(
        self, purpose: Purpose, payload: Payload, key_id: str | None, at: datetime | None = None
    ) -> str:
        tokens = self._knowing(key_id)
        return _address(
            self.base_url, purpose, tokens.sign(purpose, payload, key_id=key_id, now=at)
        )

    def _knowing(self, key_id: str | None) -> Tokens:
        """Tokens among whose keys this one is, if it is known at all."""
        if key_id is None:
            return self.tokens()
        tokens = self._met.get(key_id)
        if tokens is None:
            tokens = self.tokens()
            if tokens.knows(key_id):
                self._met[key_id] = tokens
        return tokens


def _address(base_url: str, purpose: Purpose, token: str) -> str:
    return f"{base_url}/{PATHS[purpose]}/{token}"


@lru_cache(maxsize=256)  # the same for all readers of a variant
def _browser(
    base_url: str, tokens: Tokens, issue_id: int, variant_id: int, key_id: str | None
) -> str:
    token = tokens.sign(Purpose.BROWSER, (issue_id, variant_id), key_id=key_id)
    return _address(base_url, Purpose.BROWSER, token)
