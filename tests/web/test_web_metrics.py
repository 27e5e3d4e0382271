"""GET /metrics: off unless enabled, and never public."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from valmont import NOW, Town

from newsletter.config import Metrics, Web
from newsletter.errors import ConfigError
from newsletter.installation import Installation
from newsletter.web.app import create_app
from newsletter.web.server import running

TOKEN = "a-secret-of-valmont"


@contextmanager
def served(town: Town, *, proxies: tuple[str, ...] = (), **metrics: Any) -> Iterator[httpx.Client]:
    """The town's pages with such a [metrics]; our own address is no proxy's unless said."""
    config = town.inst.config.model_copy(
        update={
            "metrics": Metrics(enabled=True, **metrics),
            "web": Web(port=0, trusted_proxies=proxies),
        }
    )
    app = create_app(Installation(config, town.inst.database), now=lambda: NOW, beat=0.001)
    with (
        running(town.inst, port=0, app=app) as url,
        httpx.Client(base_url=url, timeout=30) as client,
    ):
        yield client


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    path = tmp_path / "metrics.token"
    path.write_text(f"{TOKEN}\n", "utf-8")
    return path


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_metrics_are_off_unless_enabled(town: Town) -> None:
    assert town.client.get("/metrics", headers=bearer("none")).status_code == 404


def test_who_shows_the_token_reads_them_from_anywhere(town: Town, token_file: Path) -> None:
    with served(town, token_file=token_file, proxies=("127.0.0.1",)) as client:
        forwarded = {"X-Forwarded-For": "192.0.2.7"}
        found = client.get("/metrics", headers=bearer(TOKEN) | forwarded)
        assert found.status_code == 200
        assert found.headers["content-type"].startswith("text/plain; version=")
        assert "newsletter_queue_age_seconds" in found.text
        assert found.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer"},
        bearer("none"),
        bearer(TOKEN + "x"),
        bearer(TOKEN[:-1]),
        {"Authorization": TOKEN},
        {"Authorization": f"Basic {TOKEN}"},
        {"X-Forwarded-For": "127.0.0.1"},
    ],
)
def test_without_the_token_they_are_refused(
    town: Town, token_file: Path, headers: dict[str, str]
) -> None:
    with served(town, token_file=token_file) as client:
        found = client.get("/metrics", headers=headers)
        assert found.status_code == 401
        assert found.headers["www-authenticate"].startswith("Bearer")
        assert "newsletter_" not in found.text


def test_an_allowed_network_reads_them_without_a_token(town: Town) -> None:
    with served(town, allowed=("127.0.0.0/8",)) as client:
        assert client.get("/metrics").status_code == 200
    with served(town, allowed=("10.0.0.0/8",)) as client:
        assert client.get("/metrics").status_code == 404


@pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
def test_what_came_through_a_proxy_is_never_allowed_by_its_address(town: Town, name: str) -> None:
    with served(town, allowed=("127.0.0.0/8", "10.0.0.0/8")) as client:
        assert client.get("/metrics", headers={name: "10.0.0.1"}).status_code == 404


def test_the_address_of_a_trusted_proxy_is_never_allowed(town: Town) -> None:
    with served(town, allowed=("127.0.0.0/8",), proxies=("127.0.0.1",)) as client:
        assert client.get("/metrics").status_code == 404
        spoofed = {"X-Forwarded-For": "127.0.0.2"}
        assert client.get("/metrics", headers=spoofed).status_code == 404


def test_a_token_that_cannot_be_read_or_is_short_stops_the_start(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        pytest.raises(ConfigError, match="cannot read"),
        served(town, token_file=tmp_path / "nothing"),
    ):
        pass
    monkeypatch.setenv("METRICS_TOKEN", "short")
    with pytest.raises(ConfigError, match="16 ASCII"), served(town, token_env="METRICS_TOKEN"):
        pass


def test_enabled_without_saying_for_whom_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="metrics are not public"):
        Metrics(enabled=True)
    with pytest.raises(ValueError, match="an address or a network"):
        Metrics(enabled=True, allowed=("everybody",))
