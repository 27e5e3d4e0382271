"""Pages that are served while a key is rotated open the links of the new one."""

from __future__ import annotations

from valmont import Town

from newsletter.database import Database
from newsletter.installation import Installation
from newsletter.jobs.operating import rotate_key
from subscribers.models import SubscriptionState
from subscribers.tokens import Purpose


def test_a_one_click_signed_by_a_key_made_meanwhile_is_obeyed(town: Town) -> None:
    old = town.subscribe()
    subscription = town.subscription()
    other = Installation(town.inst.config, Database(town.inst.config.database))
    rotate_key(other, now=town.now, actor="cli:ada")
    token = other.tokens.sign(Purpose.UNSUBSCRIBE, subscription.id)
    other.close()
    assert token != old.removeprefix("/u/")
    answer = town.client.post(f"/u/{token}", data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert town.subscription().state is SubscriptionState.UNSUBSCRIBED
    assert town.client.get(old).status_code == 200
