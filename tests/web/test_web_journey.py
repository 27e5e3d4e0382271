"""One subscriber's whole way: sign up, confirm, choose, leave by one click, come back."""

from __future__ import annotations

from valmont import Town

from newsletter.models import NoticeKind
from subscribers.models import ConsentKind, SubscriptionState


def test_a_reader_signs_up_confirms_chooses_leaves_and_comes_back(either_town: Town) -> None:
    town = either_town
    page = town.client.get("/lists/hebdo")
    assert page.status_code == 200
    assert "Le Courrier de Valmont" in page.text

    sent = town.sign_up("Marie@Example.org", name="Marie", topic="culture", cadence="daily")
    assert sent.status_code == 200
    assert "Marie@Example.org" in sent.text
    subscription = town.subscription()
    assert subscription.state is SubscriptionState.PENDING
    assert (subscription.topics, subscription.cadence) == (frozenset({"culture"}), "daily")

    asked = town.client.get(town.link("/c/"))
    assert asked.status_code == 200
    assert town.subscription().state is SubscriptionState.PENDING
    done = town.client.post(town.link("/c/"))
    assert "«\u00a0Le Courrier de Valmont\u00a0»" in done.text
    assert town.subscription().state is SubscriptionState.ACTIVE
    assert town.notices()[-1][0].kind is NoticeKind.WELCOME

    number = subscription.id
    saved = town.client.post(
        town.link("/p/"),
        data={
            "do": "save",
            "subscription": str(number),
            f"digests-{number}": "yes",
            f"alerts-{number}": "yes",
            f"cadence-{number}": "weekly",
            f"topic-{number}": "travaux",
            "language": "en",
            "pause": "2026-12-24",
        },
    )
    assert saved.status_code == 200
    assert "Saved." in saved.text  # in the language just chosen
    subscription = town.subscription()
    assert subscription.topics == {"travaux"}
    assert subscription.cadence is None
    assert subscription.alerts

    leave = town.link("/u/")
    one_click = town.client.post(leave, data={"List-Unsubscribe": "One-Click"})
    assert (one_click.status_code, one_click.text) == (200, "unsubscribed\n")
    assert town.subscription().state is SubscriptionState.UNSUBSCRIBED
    assert [line.verb for line in town.inst.journal.lines()] == ["left"]

    back = town.client.post(leave, data={"do": "undo"})
    assert back.status_code == 200
    assert town.subscription().state is SubscriptionState.ACTIVE
    assert [event.kind for event in town.events()] == [
        ConsentKind.REQUESTED,
        ConsentKind.CONFIRMED,
        ConsentKind.CHANGED,
        ConsentKind.CHANGED,
        ConsentKind.UNSUBSCRIBED,
        ConsentKind.UNDONE,
    ]
