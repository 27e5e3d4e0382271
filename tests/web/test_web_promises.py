"""What the pages promise: reading changes nothing, and strangers are told nothing."""

from __future__ import annotations

import json
import re
import sqlite3
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
import sqlalchemy as sa
from valmont import BASE, Town

from newsletter import pulse
from newsletter.jobs.imprint import links_of
from newsletter.models import Issue, IssueKind, IssueState, NoticeKind, Variant
from newsletter.web.catalogue import CATALOGUE
from subscribers import attempts, suppression
from subscribers.models import AttemptOutcome, MailingList, SubscriptionState, SuppressionReason

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{1234*5678}}"


def publish(
    town: Town, slug: str = "hebdo", state: IssueState = IssueState.SENT
) -> tuple[int, int]:
    """An issue with one variant; gives both ids."""
    with town.inst.database.write() as session:
        mlist = session.scalars(sa.select(MailingList).where(MailingList.slug == slug)).one()
        issue = Issue(
            mlist_id=mlist.id,
            number=1,
            kind=IssueKind.DIGEST,
            state=state,
            nominal_at=town.now,
            created_at=town.now,
        )
        session.add(issue)
        session.flush()
        page = (
            f'<html lang="fr"><p style="color:red">Le pont rouvre</p><a href="{BASE}/">x</a></html>'
        )
        variant = Variant(
            issue_id=issue.id, key="fr:1", language="fr", subject=EVIL, template="", page=page
        )
        session.add(variant)
        session.flush()
        return issue.id, variant.id


class Found(HTMLParser):
    """Every address of a page, and whatever a strict policy would not let work."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forbidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("href", "src", "action") and value:
                self.links.append(value)
            if name == "style" or name.startswith("on"):
                self.forbidden.append(f"{tag} {name}")
        if tag in ("script", "style", "iframe", "object", "base"):
            self.forbidden.append(tag)


def crawl(town: Town, starts: list[str]) -> dict[str, httpx.Response]:
    """Follow every link on our site with HEAD and GET, as mail scanners do."""
    waiting, seen = list(starts), dict[str, httpx.Response]()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        head = town.client.head(path)
        page = seen[path] = town.client.get(path)
        assert (head.status_code, head.content) == (page.status_code, b""), path
        if not page.headers.get("content-type", "").startswith("text/html"):
            continue
        found = Found()
        found.feed(page.text)
        for link in found.links:
            target = urlsplit(urljoin(BASE + path, link))
            if f"{target.scheme}://{target.netloc}" == BASE:
                waiting.append(target.path + (f"?{target.query}" if target.query else ""))
    return seen


def test_no_get_and_no_head_changes_anything(town: Town) -> None:
    issue = publish(town)
    town.subscribe()
    town.client.post(town.link("/p/"), data={"do": "data"})
    town.client.post(town.link("/s/"), data={"do": "move", "address": "marie@pont.example"})
    town.sign_up("paul@example.org")
    starts = ["/", "/health", f"/v/{links_of(town.inst).browser(*issue).rpartition('/')[2]}"]
    for number in range(len(town.notices())):
        starts += town.links_in_mail(number)
    before = town.dump()
    seen = crawl(town, starts)
    assert town.dump() == before
    kinds = {path[:3] for path in seen if path[2:3] == "/"}
    assert kinds == {"/c/", "/u/", "/p/", "/s/", "/m/", "/v/"}
    assert {page.status_code for page in seen.values()} == {200}
    assert any(path.endswith("data.json") for path in seen)


def test_every_page_carries_the_headers_and_nothing_the_policy_forbids(town: Town) -> None:
    town.subscribe()
    paths = ["/", "/lists/hebdo", town.link("/u/"), town.link("/p/"), "/nowhere", "/u/forged"]
    pages = [town.client.get(path) for path in paths]
    pages.append(town.client.post(town.link("/u/"), data={"do": "leave"}))
    pages.append(town.client.put("/"))
    for page in pages:
        headers = page.headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert "set-cookie" not in headers
        assert "server" not in headers
        found = Found()
        found.feed(page.text)
        assert found.forbidden == []


@pytest.mark.parametrize("encoding", ["urlencoded", "multipart"])
def test_one_click_answers_a_plain_200_and_twice_is_once(town: Town, encoding: str) -> None:
    leave = town.subscribe()
    body: dict[str, object] = {"data": {"List-Unsubscribe": "One-Click"}}
    if encoding == "multipart":
        body = {"files": {"List-Unsubscribe": (None, "One-Click")}}
    for _ in range(2):
        answer = town.client.post(leave, **body)
        assert (answer.status_code, answer.text) == (200, "unsubscribed\n")
        assert "set-cookie" not in answer.headers
        assert "location" not in answer.headers
    assert town.subscription().state is SubscriptionState.UNSUBSCRIBED
    assert [e.source for e in town.events() if e.kind == "unsubscribed"] == ["one-click"]
    assert [(line.verb, line.value) for line in town.inst.journal.lines()] == [("left", 1)]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"List-Unsubscribe=One-Click"),  # without a boundary
        ("multipart/form-data; boundary=b", b"garbage"),
        ("text/plain", b"List-Unsubscribe=One-Click"),
        ("application/x-www-form-urlencoded; charset=no-such", b"List-Unsubscribe=One-Click"),
        ("", b""),
    ],
)
def test_a_mail_client_that_spoils_its_form_unsubscribes_all_the_same(
    town: Town, kind: str, body: bytes
) -> None:
    leave = town.subscribe()
    answer = town.client.post(leave, content=body, headers={"Content-Type": kind})
    assert answer.status_code == 200
    assert town.subscription().state is SubscriptionState.UNSUBSCRIBED


def test_a_form_that_cannot_be_read_does_nothing_elsewhere(town: Town) -> None:
    broken = {"content": b"x", "headers": {"Content-Type": "multipart/form-data"}}
    leave = town.subscribe()
    before = town.dump()
    assert town.client.post("/lists/hebdo", **broken).status_code == 400
    assert town.client.post(town.link("/p/"), **broken).status_code == 400
    assert town.client.get(leave).status_code == 200
    assert town.dump() == before


def test_an_unsubscribe_link_works_after_the_keys_were_rotated_and_years_later(town: Town) -> None:
    leave = town.subscribe()
    town.later(days=4000)
    assert town.client.post(leave, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert town.subscription().state is SubscriptionState.UNSUBSCRIBED


def test_a_token_opens_nothing_but_its_own_page(town: Town) -> None:
    leave = town.subscribe()
    token = leave.rpartition("/")[2]
    before = town.dump()
    for kind in "cpsmv":
        assert town.client.get(f"/{kind}/{token}").status_code == 404
        answer = town.client.post(f"/{kind}/{token}", data={"do": "erase", "sure": "yes"})
        assert answer.status_code in (404, 405)
    forged = token[:-3] + ("aaa" if token[-3:] != "aaa" else "bbb")
    for wrong in (forged, token[:-1], "x", "k1..", "%00", "é"):
        answer = town.client.post(f"/u/{wrong}", data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 404
        assert "Copiez-le en entier" in answer.text
    assert town.dump() == before


def test_a_confirmation_that_grew_too_old_offers_a_new_one_once_a_day(town: Town) -> None:
    town.sign_up()
    old = town.link("/c/")
    town.later(days=8)
    late = town.client.post(old)
    assert late.status_code == 410
    assert town.subscription().state is SubscriptionState.PENDING
    assert "Nous pouvons vous en envoyer un nouveau" in late.text
    for _ in range(2):
        assert town.client.post(old, data={"do": "again"}).status_code == 200
    assert len(town.notices()) == 2
    assert town.client.post(town.link("/c/")).status_code == 200
    assert town.subscription().state is SubscriptionState.ACTIVE


def test_confirming_twice_greets_once(town: Town) -> None:
    town.sign_up()
    confirm = town.link("/c/")
    first, second = town.client.post(confirm), town.client.post(confirm)
    assert first.status_code == second.status_code == 200
    assert first.text == second.text
    assert [n.kind for n, _ in town.notices()] == [NoticeKind.CONFIRM, NoticeKind.WELCOME]


def test_an_old_confirmation_does_not_bring_back_who_left(town: Town) -> None:
    town.sign_up()
    confirm = town.link("/c/")
    town.client.post(confirm)
    town.client.post(town.link("/u/"), data={"List-Unsubscribe": "One-Click"})
    assert town.client.post(confirm).status_code == 410
    assert town.subscription().state is SubscriptionState.UNSUBSCRIBED


def test_the_answer_to_a_sign_up_is_the_same_for_new_known_and_suppressed(town: Town) -> None:
    town.subscribe("known@example.org")
    with town.inst.database.write() as session:
        suppression.suppress(
            session,
            "gone1@example.org",
            SuppressionReason.BOUNCE,
            source="test",
            now=town.now,
        )
    town.later(days=2)
    mails = len(town.notices())
    answers = [town.sign_up(f"{name}@example.org") for name in ("fresh", "known", "gone1")]
    assert {a.status_code for a in answers} == {200}
    assert len({re.sub("fresh|known|gone1", "", a.text) for a in answers}) == 1
    assert len({tuple(k for k, _ in a.headers.items()) for a in answers}) == 1
    kinds = [(n.kind, d.address) for n, d in town.notices()[mails:]]
    assert kinds == [
        (NoticeKind.CONFIRM, "fresh@example.org"),
        (NoticeKind.ALREADY, "known@example.org"),
    ]


def test_one_address_gets_one_confirmation_a_day_until_it_answers(town: Town) -> None:
    for _ in range(3):
        assert town.sign_up().status_code == 200
    assert len(town.notices()) == 1
    town.client.post(town.link("/c/"))
    town.sign_up(slug="alerts")  # it has shown that it is theirs
    assert [n.kind for n, _ in town.notices()] == ["confirm", "welcome", "confirm"]


def test_one_ip_address_cannot_flood_others_but_another_can_still_sign_up(town: Town) -> None:
    def sign_up(name: str, ip: str) -> None:
        through = {"X-Forwarded-For": f"10.0.0.1, {ip}"}  # only the last hop is our proxy's word
        data = {"address": f"{name}@example.org", "shown": town.opened()}
        assert town.client.post("/lists/hebdo", data=data, headers=through).status_code == 200

    sign_up("first", "203.0.113.9")
    with town.inst.database.write() as session:
        for n in range(town.inst.config.signup.per_ip_hour - 2):
            attempts.note(
                session, ip="203.0.113.9", domain="x.example", seal=f"hmac:{n}",
                outcome=AttemptOutcome.ACCEPTED, now=town.now,
            )  # fmt: skip
    sign_up("last", "203.0.113.9")
    sign_up("too-many", "203.0.113.9")  # is shown one more step
    sign_up("elsewhere", "203.0.113.10")
    town.later(minutes=61)
    sign_up("later", "203.0.113.9")
    reached = [delivery.address.partition("@")[0] for _, delivery in town.notices()]
    assert reached == ["first", "last", "elsewhere", "later"]


def test_the_words_shown_are_kept_as_evidence_and_stand_in_the_mail(town: Town) -> None:
    town.sign_up(list="alerts", alerts="yes")
    events = [e for e in town.events() if e.kind == "requested"]
    assert len(events) == 2
    shown = town.client.get("/lists/hebdo").text
    consent = re.search(r'<p class="consent">(.*?)</p>', shown)
    assert consent
    for event in events:
        assert event.words.startswith(consent[1])
        assert "Les alertes urgentes de «\u00a0" in event.words
        assert "Valmont alerts (alertes urgentes comprises)" in event.words
        assert event.ip == "127.0.0.1"
    assert town.client.post(town.link("/c/")).status_code == 200
    assert town.subscription(slug="alerts").state is SubscriptionState.ACTIVE
    assert town.subscription(slug="alerts").alerts


def test_alerts_are_not_agreed_to_unless_they_were_ticked(town: Town) -> None:
    town.subscribe()
    assert not town.subscription().alerts


def test_links_come_from_the_configuration_whatever_host_was_asked_for(town: Town) -> None:
    evil = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil"}
    form = {"address": "marie@example.org", "shown": town.opened()}
    town.client.post("/lists/hebdo", data=form, headers=evil)
    assert f"{BASE}/c/" in town.mail()
    assert "evil" not in town.mail()
    for path in ("/", "/lists/hebdo", "/lists/hebdo/", town.link("/c/"), "//evil.example/"):
        answer = town.client.get(path, headers=evil)
        assert "evil.example" not in answer.text
        assert "location" not in answer.headers


def test_nothing_that_people_type_becomes_markup(town: Town) -> None:
    issue = publish(town)
    fields = {"name": EVIL, "topic": EVIL, "cadence": EVIL, "list": EVIL, "lang": EVIL}
    pages = [
        town.sign_up("not an address" + EVIL, **fields),
        town.sign_up("marie@example.org", **fields),
        town.client.get("/lists/" + EVIL),
        town.client.get("/", params={"lang": EVIL, EVIL: EVIL}),
        town.client.get("/archive/hebdo"),
    ]
    town.client.post(town.link("/c/"))
    preferences, leave = town.link("/p/"), town.link("/u/")
    pages.append(
        town.client.post(
            preferences,
            data={"subscription": EVIL, "language": EVIL, "pause": EVIL, "topic-1": EVIL},
        )
    )
    town.client.post(preferences, data={"do": "data"})
    pages.append(town.client.get(town.link("/s/")))
    pages.append(
        town.client.post(town.link("/s/"), data={"do": "name", "name": EVIL + "\r\nBcc: x"})
    )
    town.client.post(leave, data={"do": "leave"})
    pages.append(town.client.post(leave, data={"do": "why", "reason": EVIL, "said": EVIL}))
    pages.append(town.client.post(leave, data={"do": EVIL}))
    for page in pages:
        found = Found()
        found.feed(page.text)
        assert found.forbidden == []
        assert page.status_code < 500
        assert "<img" not in page.text
        assert str(1234 * 5678) not in page.text
    assert town.client.get(f"/v/{links_of(town.inst).browser(*issue).rpartition('/')[2]}")


def test_an_answer_is_never_200_when_the_commit_failed(town: Town) -> None:
    leave = town.subscribe()
    before = town.dump()

    def fail(_connection: sa.Connection) -> None:
        raise sa.exc.OperationalError("COMMIT", {}, sqlite3.OperationalError("disk is full"))

    engine = town.inst.database.engine
    sa.event.listen(engine, "commit", fail)
    try:
        answers = [
            town.client.post(leave, data={"List-Unsubscribe": "One-Click"}),
            town.client.post(leave, data={"do": "leave"}),
            town.client.post(town.link("/p/"), data={"subscription": "1", "alerts-1": "yes"}),
            town.sign_up("paul@example.org"),
        ]
    finally:
        sa.event.remove(engine, "commit", fail)
    assert [a.status_code for a in answers] == [503] * 4
    assert "disk" not in answers[0].text
    assert town.dump() == before
    assert list(town.inst.journal.lines()) == []
    assert town.client.post(leave, data={"List-Unsubscribe": "One-Click"}).status_code == 200


def test_a_body_that_is_too_large_is_refused_whether_its_length_is_told_or_not(town: Town) -> None:
    told = town.client.post("/lists/hebdo", content=b"x" * 70_000)
    untold = town.client.post("/lists/hebdo", content=(b"x" * 10_000 for _ in range(8)))
    for answer in (told, untold):
        assert answer.status_code == 413
        assert "content-security-policy" in answer.headers


def test_errors_are_pages_with_one_sentence_and_no_detail(town: Town) -> None:
    assert town.client.get("/lists/none").status_code == 404
    assert town.client.get("/lists/conseil").status_code == 404  # private: as good as none
    assert town.sign_up(slug="conseil").status_code == 404
    closed = town.client.get("/lists/ancien")
    assert "n’accepte pas de nouvelles inscriptions" in closed.text
    assert town.client.delete("/").status_code == 405
    assert town.client.get("/?lang=en").text.count('lang="en"') >= 1
    wrong = town.sign_up("not-an-address")
    assert wrong.status_code == 422
    assert 'value="not-an-address"' in wrong.text
    assert "Écrivez-la comme" in wrong.text
    boundary = {"Content-Type": "multipart/form-data; boundary=x"}
    broken = town.client.post("/lists/hebdo", content=b"--y\r\n", headers=boundary)
    assert broken.status_code in (400, 422)
    with town.inst.database.engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE schedule"))
    answer = town.client.get("/lists/hebdo")
    assert answer.status_code == 503
    assert "schedule" not in answer.text


def test_leaving_from_the_page_takes_a_reason_once_and_can_be_undone_for_a_day(town: Town) -> None:
    town.sign_up(list="alerts")
    town.client.post(town.link("/c/"))
    leave = town.link("/u/")
    page = town.client.post(leave, data={"do": "leave-all"})
    assert "ne vous enverra plus aucune lettre" in page.text or "no more newsletters" in page.text
    assert town.subscription().state is SubscriptionState.UNSUBSCRIBED
    assert town.subscription(slug="alerts").state is SubscriptionState.UNSUBSCRIBED
    for _ in range(2):
        town.client.post(leave, data={"do": "why", "reason": "often", "said": "Deux par jour"})
    said = [e.words for e in town.events() if e.kind == "reason"]
    assert len(said) == 1
    assert said[0].endswith("— Deux par jour")
    town.later(hours=20)
    town.client.post(leave, data={"do": "undo", "everything": "yes"})
    assert town.subscription().state is SubscriptionState.ACTIVE
    assert town.subscription(slug="alerts").state is SubscriptionState.ACTIVE
    town.client.post(leave, data={"do": "leave"})
    town.later(hours=30)
    assert town.client.post(leave, data={"do": "undo"}).status_code == 409


def test_preferences_touch_only_the_persons_own_subscriptions(town: Town) -> None:
    town.subscribe("paul@example.org")
    others = town.subscription("paul@example.org").id
    town.subscribe("marie@example.org")
    form = {"subscription": str(others), f"alerts-{others}": "yes", f"digests-{others}": "yes"}
    assert town.client.post(town.link("/p/"), data=form).status_code == 200
    assert not town.subscription("paul@example.org").alerts
    neither = {"subscription": str(town.subscription().id)}
    answer = town.client.post(town.link("/p/"), data=neither)
    assert answer.status_code == 422
    assert town.subscription().digests


def test_data_name_and_erasure_need_a_fresh_link(town: Town) -> None:
    town.subscribe()
    preferences, leave = town.link("/p/"), town.link("/u/")
    for _ in range(2):
        assert town.client.post(preferences, data={"do": "data"}).status_code == 200
    assert len(town.notices()) == 3  # asked twice within minutes, mailed once
    settings = town.link("/s/")
    assert "marie@example.org" in town.client.get(settings).text
    town.client.post(settings, data={"do": "name", "name": "Marie D."})
    kept = json.loads(town.client.get(settings + "/data.json").text)
    assert (kept["address"], kept["name"]) == ("marie@example.org", "Marie D.")
    assert [e["what"] for e in kept["consent"]] == ["requested", "confirmed", "changed"]
    assert len(kept["messages"]) == 3

    unsure = town.client.post(settings, data={"do": "erase"})
    assert unsure.status_code == 422
    town.later(minutes=61)
    assert town.client.post(settings, data={"do": "erase", "sure": "yes"}).status_code == 410
    town.client.post(settings, data={"do": "again"})
    fresh = town.link("/s/")
    assert town.client.post(fresh, data={"do": "erase", "sure": "yes"}).status_code == 200
    left = json.dumps(town.dump(), default=str)
    assert "marie@example.org" not in left
    assert "Marie" not in left
    assert [line.verb for line in town.inst.journal.lines()] == ["erased"]
    for link in (fresh, preferences, leave):
        assert town.client.get(link).status_code == 200
    assert town.client.post(leave, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    mails = len(town.notices())
    town.later(days=2)
    town.sign_up("Marie@example.org")
    assert len(town.notices()) == mails


def test_an_issue_in_the_browser_is_shut_in_and_a_private_archive_is_not_there(town: Town) -> None:
    issue = publish(town)
    seen = town.client.get("/archive/hebdo/1")
    assert "Le pont rouvre" in seen.text
    assert "sandbox" in seen.headers["content-security-policy"]
    assert "script" not in seen.headers["content-security-policy"]
    assert (
        "Le pont rouvre"
        in town.client.get(f"/v/{links_of(town.inst).browser(*issue).rpartition('/')[2]}").text
    )
    publish(town, "conseil")
    for path in ("/archive/conseil", "/archive/conseil/1", "/archive/hebdo/99999999999999999999"):
        assert town.client.get(path).status_code == 404
    publish(town, "alerts", IssueState.FROZEN)
    assert town.client.get("/archive/alerts/1").status_code == 404


def test_health_tells_states_and_times_and_no_secret(town: Town) -> None:
    answer = town.client.get("/health")
    assert answer.status_code == 200
    assert answer.json()["status"] == "ok"
    assert answer.json()["senders"]["alive"] == 0
    assert answer.json()["ticker"]["alive"] is False
    assert answer.json()["ticker"]["last_heartbeat"] is None
    pulse.beat(town.inst.database)
    assert town.client.get("/health").json()["ticker"]["alive"] is True
    secret = next(iter(town.inst.keys.secrets.values())).hex()
    assert secret not in answer.text
    assert "sqlite" not in answer.text


def test_french_pages_leave_no_mark_alone_at_the_beginning_of_a_line() -> None:
    for sentence in vars(CATALOGUE["fr"]).values():
        assert not re.search(r" [:;!?»]|« ", sentence), sentence
