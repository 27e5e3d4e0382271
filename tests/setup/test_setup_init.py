"""`init`: asked at a terminal or by a script, checked, run twice, completing what is missing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from newsletter.cli import main
from newsletter.config import load_config, parse_config
from newsletter.errors import NewsletterError
from newsletter.setup.answers import FEED as FEED_QUESTION
from newsletter.setup.answers import Answers, Doubtful, relay_parts
from newsletter.setup.demo.serving import LocalSite, Reply
from newsletter.setup.demo.smtp import MailDrop
from newsletter.setup.writing import ConfigValues, RelayValues, config_text
from newsletter.setup.zones import likely_timezone, local_timezone

ITEMS = "".join(
    f"<item><title>Nouvelle {n}</title><link>https://courrier.example/{n}</link>"
    f"<pubDate>{n:02} Nov 2026 08:00:00 GMT</pubDate></item>"
    for n in range(1, 9)
)
FEED = f"""<?xml version="1.0"?><rss version="2.0"><channel><title>Le Courrier de Valmont</title>
<link>https://courrier.example/</link><language>fr</language><description>La ville</description>
{ITEMS}</channel></rss>"""


@pytest.fixture
def feed() -> Iterator[str]:
    page = b'<html><link rel="alternate" type="application/rss+xml" href="/feed.xml"></html>'
    pages = {"/feed.xml": Reply(FEED.encode(), "application/rss+xml"), "/": Reply(page)}
    with LocalSite(pages.get) as site:
        yield site.url


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NEWSLETTER_CONFIG", raising=False)
    monkeypatch.setenv("TZ", "Europe/Paris")
    monkeypatch.setenv("LANG", "C")
    return tmp_path


def init(*arguments: str, answers: str | None = None, status: int = 0) -> Result:
    result = CliRunner().invoke(main, ["init", *arguments], input=answers, catch_exceptions=False)
    assert result.exit_code == status, result.output
    return result


def test_yes_takes_the_defaults_and_sends_nothing_outside(folder: Path) -> None:
    done = init("--yes")
    assert done.stdout.count("\n  newsletter ") == 3  # the next three commands
    config = load_config(folder / "config.toml")
    assert [relay.kind for relay in config.relays] == ["outbox"]
    assert config.site.timezone == "Europe/Paris"
    for name in ("config.toml", "keys.toml", "newsletter.db"):
        assert (folder / name).stat().st_mode & 0o077 == 0, name


def test_twice_is_once(folder: Path) -> None:
    init("--yes")
    before = (folder / "config.toml").read_text(), (folder / "keys.toml").read_text()
    assert "Everything is in place: nothing was changed." in init("--yes").stdout
    assert "nothing was changed" in init(answers="").stdout  # nothing is asked either
    assert ((folder / "config.toml").read_text(), (folder / "keys.toml").read_text()) == before


def test_a_feed_makes_the_first_issue_ready(folder: Path, feed: str) -> None:
    done = init("--yes", "--feed", feed)  # its page names the feed
    assert "found 'Le Courrier de Valmont', with 8 articles" in done.stderr
    assert "5 articles are ready" in done.stdout
    config = load_config(folder / "config.toml")
    assert (config.site.name, config.site.language) == ("Le Courrier de Valmont", "fr")
    shown = CliRunner().invoke(main, ["issue", "preview", "weekly"], catch_exceptions=False)
    assert "Nouvelle 8" in shown.stdout
    assert "Nouvelle 3" not in shown.stdout  # not among the newest five


def test_it_asks_checks_and_asks_again(folder: Path, feed: str) -> None:
    answers = [
        *(f"{feed}/feed.xml", "Le Courrier", "", "français!", "fr", "Mars/Olympus", ""),
        *("https://lettre.courrier.example/?x", "https://lettre.courrier.example"),
        *("Le Courrier <courrier>", "Le Courrier <lettre@courrier.example>"),
        *(
            "none",
            "courrier.example/donnees",
            "3 quai des Tanneurs",
            "every friday",
            "0 9 * * sat",
            "none",
        ),
    ]
    done = init(answers="\n".join(answers) + "\n")
    for said in (
        "found 'Le Courrier de Valmont'",
        "language 'français!' is not a tag",
        "time zone 'Mars/Olympus' is unknown",
        "expected an address without '?'",
        "not an e-mail address",
        "a page on privacy is needed",
        "expected 5 fields",
        "every Saturday at 09:00",
    ):
        assert said in done.stderr, said
    config = load_config(folder / "config.toml")
    assert config.base_url == "https://lettre.courrier.example"
    assert config.site.privacy_url == "https://courrier.example/donnees"
    assert config.site.postal_address == "3 quai des Tanneurs"
    assert config.site.timezone == "Europe/Paris"
    shown = CliRunner().invoke(main, ["list", "show", "weekly"], catch_exceptions=False).stdout
    assert "Le Courrier <lettre@courrier.example>" in shown


def test_a_second_enter_takes_a_feed_that_does_not_answer(folder: Path) -> None:
    address = "http://127.0.0.1:9/feed.xml"
    done = init(answers=f"{address}\n\n" + "\n" * 12)
    assert "Enter takes it all the same" in done.stderr
    assert "taken as it is" in done.stderr
    assert f"newsletter source add {address}" in done.stdout
    assert (folder / "keys.toml").exists()


def test_answers_that_end_early_leave_nothing_behind(folder: Path) -> None:
    done = init(answers="none\nLe Courrier\n", status=1)
    assert done.stderr.rstrip().endswith("error: no answer came: nothing was done (add --yes)")
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--feed", "http://127.0.0.1:9/feed.xml", "could not fetch http://127.0.0.1:9/feed.xml"),
        ("--from", "nobody", "not an e-mail address: 'nobody'"),
        ("--base-url", "ftp://x.example", "expected an address such as https://news.example.org"),
        ("--base-url", "https://x.example", "a page on privacy is needed"),
        ("--timezone", "Nowhere", "time zone 'Nowhere' is unknown"),
        ("--schedule", "often", "schedule 'often'"),
        ("--relay", "127.0.0.1:9", "127.0.0.1:9 cannot be reached"),
        ("--relay", "host:port", "expected host or host:port"),
        ("--list", "Été", "for example 'ete'"),
    ],
)
def test_a_wrong_option_is_one_line_and_no_half_made_newsletter(
    folder: Path, option: str, value: str, said: str
) -> None:
    done = init("--yes", option, value, status=1)
    (error,) = [line for line in done.stderr.splitlines() if line.startswith("error:")]
    assert said in error
    if option != "--list":
        assert list(folder.iterdir()) == []


def test_without_checks_nothing_is_tried(folder: Path) -> None:
    init("--yes", "--no-check", "--relay", "smtp.courrier.example", "--relay-user", "u",
         "--relay-password-file", str(_password(folder)))  # fmt: skip
    (relay,) = load_config(folder / "config.toml").relays
    assert (relay.host, relay.tls.value, relay.secret()) == (
        "smtp.courrier.example",
        "starttls",
        "s3",
    )
    assert "s3" not in (folder / "config.toml").read_text()
    assert (folder / "relay.password").stat().st_mode & 0o077 == 0


def _password(folder: Path) -> Path:
    path = folder / "password.txt"
    path.write_text("s3\n")
    return path


def test_a_relay_is_tried_and_used(folder: Path, tmp_path: Path) -> None:
    with MailDrop(tmp_path / "mail") as drop:
        done = init("--yes", "--relay", f"127.0.0.1:{drop.port}")
        assert f"127.0.0.1:{drop.port} answers" in done.stderr
        add = ["subscriber", "add", "ana@courrier.example", "--list", "weekly"]
        CliRunner().invoke(main, add, catch_exceptions=False)
        CliRunner().invoke(main, ["deliver"], catch_exceptions=False)
        assert drop.count == 1


def test_what_is_missing_is_completed(folder: Path, feed: str) -> None:
    (folder / "config.toml").write_text('base_url = "http://localhost:8025"\n')
    done = init("--yes", "--feed", feed)
    assert "config.toml is written" not in done.stdout
    assert "list 'weekly' is made" in done.stdout
    assert (folder / "config.toml").read_text() == 'base_url = "http://localhost:8025"\n'


def test_lost_keys_are_not_made_anew_behind_old_links(folder: Path) -> None:
    init("--yes")
    (folder / "keys.toml").unlink()
    done = init("--yes", status=1)
    assert "the database knows its keys k1 (restore it)" in done.stderr
    assert not (folder / "keys.toml").exists()


def test_a_config_with_mistakes_is_left_as_it_is(folder: Path) -> None:
    (folder / "config.toml").write_text("nonsense = 1\n")
    assert "2 mistakes" in init("--yes", status=1).stderr


def test_a_written_config_gives_back_what_was_answered(tmp_path: Path) -> None:
    values = ConfigValues(
        base_url="https://lettre.courrier.example",
        site_name='Le « Courrier » "de" \\ Valmont',
        language="fr",
        timezone="Europe/Paris",
        home_url="https://courrier.example",
        privacy_url="https://courrier.example/donnees",
        postal_address="3 quai des Tanneurs\nValmont",
        relay=RelayValues(host="smtp.courrier.example", port=465, tls="implicit", username="ü"),
    )
    config = parse_config(config_text(values), tmp_path)
    assert config.site.name == values.site_name
    assert config.site.postal_address == values.postal_address
    assert config.site.privacy_url == values.privacy_url
    assert (config.relays[0].port, config.relays[0].username) == (465, "ü")


def test_a_relay_is_named_by_host_or_host_and_port() -> None:
    assert relay_parts("smtp.example.org") == ("smtp.example.org", None)
    assert relay_parts("smtp.example.org:25") == ("smtp.example.org", 25)
    assert relay_parts("::1") == ("::1", None)
    assert relay_parts("[::1]:25") == ("::1", 25)


def test_the_time_zone_of_this_machine_is_known_or_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert local_timezone() == "Asia/Tokyo"
    monkeypatch.setenv("TZ", "")
    assert local_timezone()
    assert os.environ["TZ"] == ""


def test_a_server_on_utc_proposes_paris_for_a_paper_in_french() -> None:
    assert likely_timezone("Etc/UTC", "fr") == "Europe/Paris"
    assert likely_timezone("America/Montreal", "fr") == "America/Montreal"
    assert likely_timezone("Etc/UTC", "en") == "Etc/UTC"


def test_a_feed_that_is_cut_or_private_is_told_as_such(folder: Path) -> None:
    text = "<description>La halle rouvre samedi et […]</description></item>"
    cut = FEED.replace("</item>", text).encode()
    with LocalSite({"/feed.xml": Reply(cut, "application/rss+xml")}.get) as site:
        done = init("--yes", "--feed", f"{site.url}/feed.xml")
    assert "all of its articles are cut off by the source" in done.stderr
    assert "newsletter source edit le-courrier-de-valmont --read-articles" in done.stderr
    assert "it is on this machine or a private network" in done.stderr


def test_what_is_no_address_cannot_be_insisted_on() -> None:
    answers = Answers(now=datetime(2026, 11, 20, tzinfo=UTC))
    for text in ("yes please", "maybe"):
        with pytest.raises(NewsletterError) as caught:
            FEED_QUESTION.check(text, answers)
        assert not isinstance(caught.value, Doubtful)
    with pytest.raises(Doubtful, match="nothing answers there"):
        FEED_QUESTION.check("http://127.0.0.1:9/feed", answers)
