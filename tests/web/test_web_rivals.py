"""What comes from outside at the same time, out of order, or from an operator's own hand."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from valmont import Town

from newsletter.installation import Installation
from newsletter.web.app import create_app
from newsletter.web.guards import Even
from newsletter.web.server import running
from subscribers.models import SubscriptionState


def test_one_address_signed_up_many_times_at_once_gets_one_mail(either_town: Town) -> None:
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: either_town.sign_up().status_code, range(6)))
    assert answers == [200] * 6
    assert len(either_town.notices()) == 1


@pytest.mark.parametrize("either_town", ["postgresql"], indirect=True)
def test_two_that_both_found_nobody_still_make_one_mail(either_town: Town) -> None:
    """On SQLite there is one writer: the second one looks when the first is done."""
    database = either_town.inst.database
    barrier = threading.Barrier(2)

    def together(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("INSERT INTO subscriber "):
            barrier.wait(10)

    sa.event.listen(database.engine, "before_cursor_execute", together)
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: either_town.sign_up().status_code, range(2)))
    assert answers == [200, 200]
    assert barrier.n_waiting == 0
    assert not barrier.broken
    assert len(either_town.notices()) == 1


def test_leaving_many_times_at_once_leaves_one_piece_of_evidence(either_town: Town) -> None:
    leave = either_town.subscribe()
    with ThreadPoolExecutor(6) as pool:
        click = {"List-Unsubscribe": "One-Click"}
        answers = list(
            pool.map(lambda _: either_town.client.post(leave, data=click).status_code, range(6))
        )
    assert answers == [200] * 6
    assert either_town.subscription().state is SubscriptionState.UNSUBSCRIBED
    assert [e.kind for e in either_town.events()].count("unsubscribed") == 1


def test_odd_addresses_are_not_found_and_break_nothing(either_town: Town) -> None:
    for odd in ("%00", "%0d%0aX: y", "%ff%fe", "..%2f..%2fetc", "x" * 5000, "🦆"):
        for kind in ("lists", "archive", "u", "c", "p", "s", "v", "static"):
            assert either_town.client.get(f"/{kind}/{odd}").status_code == 404, (kind, odd)


def test_odd_bytes_in_a_form_never_break_a_page(either_town: Town) -> None:
    leave = either_town.subscribe()
    either_town.client.post(leave, data={"do": "leave"})
    odd = b"address=a%00b@example.org&name=%00&lang=%ff&topic=%ed%a0%80&said=a%00b&reason=%00"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for path, body in (("/lists/hebdo", odd), (leave, b"do=why&" + odd), (leave, b"do=%00")):
        answer = either_town.client.post(path, content=body, headers=form)
        assert answer.status_code in (200, 422)


def test_a_template_that_an_operator_broke_is_told_to_the_log_alone(
    town: Town, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pages = []
    for name, text in (("lists", "{{ no_such_secret }}"), ("base", "{% broken")):
        own = tmp_path / name / "web"
        own.mkdir(parents=True)
        (own / f"{name}.html.jinja").write_text(text)
        config = town.inst.config.model_copy(update={"templates": own.parent})
        inst = Installation(config, town.inst.database)
        with running(inst, port=0, app=create_app(inst)) as url:
            pages.append(httpx.get(url + "/"))
    handsome, plain = pages
    assert (handsome.status_code, plain.status_code) == (500, 500)
    assert "Cela n’a pas fonctionné" in handsome.text
    assert plain.headers["content-type"].startswith("text/plain")
    assert "no_such_secret" not in handsome.text
    assert "no_such_secret" in caplog.text


def test_answers_to_a_sign_up_leave_at_an_even_pace() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse("quick")(scope, receive, send)

    async def ask(method: str) -> float:
        transport = httpx.ASGITransport(Even(app, beat=0.1))
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            begun = time.monotonic()
            await client.request(method, "/lists/hebdo")
            return time.monotonic() - begun

    assert asyncio.run(ask("POST")) >= 0.099
