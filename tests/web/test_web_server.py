"""The server: it says why it cannot listen, stops in good order, and logs no token."""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from valmont import Town, found_town

from newsletter.errors import NewsletterError
from newsletter.web.clients import Clients
from newsletter.web.server import WithoutTokens, listen, running
from newsletter.web.style import ENOUGH, NIGHT, contrast, readable, stylesheet

CHILD = """
import sys
from pathlib import Path
from newsletter.installation import open_installation
from newsletter.web.server import serve
serve(open_installation(Path(sys.argv[1])), ready=lambda url: print(url, flush=True))
"""


def test_a_port_in_use_is_one_clear_line_with_the_remedy(town: Town) -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(NewsletterError, match=r"cannot listen on .*in use.*set another 'port'"),
            running(town.inst, port=port),
        ):
            pass


def test_sigterm_ends_the_server_with_status_0_and_its_log_holds_no_token(tmp_path: Path) -> None:
    found_town(tmp_path, f"sqlite:///{tmp_path / 'newsletter.db'}").close()
    config = tmp_path / "config.toml"
    config.write_text('base_url = "http://localhost:8025"\n[web]\nport = 0\n', encoding="utf-8")
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(config)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    url = child.stdout.readline().strip()
    assert httpx.get(url + "/health").json()["status"] == "ok"
    assert httpx.get(url + "/u/k1.secret.token?lang=fr").status_code == 404
    child.send_signal(signal.SIGTERM)
    _, log = child.communicate(timeout=20)
    assert child.returncode == 0, log
    assert "/u/…" in log
    assert "secret" not in log


def test_the_access_log_forgets_tokens_and_queries() -> None:
    args = ("127.0.0.1:1", "GET", "/s/k1.abc.def/data.json?x=1", "1.1", 200)
    record = logging.LogRecord("uvicorn.access", logging.INFO, "", 0, "%s %s %s %s %s", args, None)
    assert WithoutTokens().filter(record)
    assert record.getMessage() == "127.0.0.1:1 GET /s/… 1.1 200"


def test_forwarded_addresses_are_believed_of_trusted_proxies_only() -> None:
    clients = Clients(("127.0.0.1", "10.0.0.0/8"))
    assert clients.address("198.51.100.7", ["203.0.113.9"]) == "198.51.100.7"
    assert clients.address("127.0.0.1", ["203.0.113.9"]) == "203.0.113.9"
    assert clients.address("::ffff:127.0.0.1", ["6.6.6.6, 203.0.113.9, 10.1.2.3"]) == "203.0.113.9"
    assert clients.address("127.0.0.1", ["6.6.6.6", "203.0.113.9"]) == "203.0.113.9"
    assert clients.address("127.0.0.1", ["nonsense"]) == "127.0.0.1"
    assert clients.address(None, ["203.0.113.9"]) is None


@pytest.mark.parametrize("accent", ["#8a1c1c", "#ffff00", "#000000", "#ffffff", "#1d4f91"])
def test_any_accent_is_made_readable_by_day_and_by_night(accent: str) -> None:
    css = stylesheet(accent, None).content.decode()
    assert accent == "#ffffff" or "--accent: #" in css
    colour = (int(accent[1:3], 16), int(accent[3:5], 16), int(accent[5:7], 16))
    night = readable(colour, NIGHT, towards=(255, 255, 255))
    assert all(contrast(night, ground) >= ENOUGH for ground in NIGHT)
    day = readable(colour, ((255, 253, 248),), towards=(0, 0, 0))
    assert contrast(day, (255, 253, 248)) >= ENOUGH


def test_the_stylesheet_has_a_new_name_when_it_changes(town: Town) -> None:
    assert stylesheet("#8a1c1c", None).name != stylesheet("#1d4f91", None).name
    page = town.client.get("/").text
    name = stylesheet(town.inst.config.site.accent, None).name
    assert f'href="/static/{name}"' in page
    answer = town.client.get(f"/static/{name}")
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert "immutable" in answer.headers["cache-control"]
    assert town.client.get("/static/style-000000000000.css").status_code == 404
