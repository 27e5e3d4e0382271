"""Writes config.toml: every key with what it means, those that were answered with their value."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import tomlkit

from newsletter.errors import Refused


@dataclass(frozen=True)
class RelayValues:
    """The one relay of a new config; without a host it is an outbox."""

    host: str = ""
    port: int | None = None
    tls: str = "starttls"
    username: str | None = None
    password_file: str | None = None


@dataclass(frozen=True)
class ConfigValues:
    """What a new config.toml says; all else keeps its default and stands there as a comment."""

    base_url: str
    site_name: str
    language: str
    timezone: str
    home_url: str | None = None
    privacy_url: str | None = None
    postal_address: str = ""
    web_port: int | None = None
    relay: RelayValues = RelayValues()


def config_text(values: ConfigValues) -> str:
    """The whole file; `parse_config` reads it without a mistake."""
    return f"""\
# newsletter: what a deployer changes. Lists, sources, schedules and subscribers are in the database
# and changed by `newsletter list`, `source`, `schedule` and `subscriber`. Paths start in the folder
# of this file. After a change: `newsletter config check`, then restart `newsletter run`.

# Where readers reach our web pages: every link in every mail begins with it. As long as it names
# this machine (localhost), only a local relay or an outbox is used: no reader elsewhere could
# unsubscribe. A public one needs a privacy_url below: the sign-up form leads to it.
base_url = {_quoted(values.base_url)}

# sqlite:///FILE, or postgresql://USER@HOST/NAME for several sending machines. The environment
# variable NEWSLETTER_DATABASE comes before this line, so that a password need not stand here.
database = "sqlite:///newsletter.db"

# The secrets that sign our links; made by `newsletter init`, readable by their owner only.
keys = "keys.toml"

# A folder with templates of your own, which come before ours (see `newsletter template check`).
# templates = "templates"


[site]
name = {_quoted(values.site_name)}
{_line("home_url", values.home_url, "https://www.example.org")}  # where the articles come from
language = {_quoted(values.language)}  # fr, en, …: of new lists, and of the pages
timezone = {_quoted(values.timezone)}  # an IANA name: of new lists, and of times without a zone
{_line("privacy_url", values.privacy_url, "https://www.example.org/privacy")}  # in every footer
postal_address = {_quoted(values.postal_address)}  # in every footer, where the law wants one
# admin = "admin@example.org"  # written to, once a day, when a relay, a source or a draft needs you
# accent = "#8a1c1c"  # the colour of headings and buttons


[web]
# host = "127.0.0.1"  # a proxy with TLS (nginx, Caddy) stands before it
{_port(values.web_port)}
# trusted_proxies = ["127.0.0.1", "::1"]  # whose X-Forwarded-For is believed; networks too


[sending]
# workers = 1  # sending processes that `newsletter run` starts
# return_path = "bounces@example.org"  # where undeliverable mail goes back to; else to the sender
# expire_hours = 72  # what could not be sent by then is given up
# lease_seconds = 30  # a sender that is silent for so long counts as dead


[collecting]
# every_minutes = 30  # and once more a quarter of an hour before each issue
# timeout_seconds = 30  # for one feed, all in all
# max_bytes = 10000000  # of one feed, unpacked
# at_once = 50  # sources; never more than 2 of one host


[signup]  # beyond these, the form asks for one more step; far beyond, to come back later
# per_ip_hour = 30  # from one IP address in an hour; a school or an office shares one
# per_domain_hour = 200  # to one domain in an hour, beyond as many hundreds as it has readers


[retention]  # days; 0: for ever. What `newsletter subscriber purge` deletes, after it asked
# never_confirmed = 30  # who was last asked to confirm so long ago: each day, without asking you
# never_invited = 365  # who was imported and never asked
# erased = 1095  # evidence and log of people who were erased
# left = 0  # who left all lists is erased; they may sign up again
# ip = 0  # IP addresses are taken out of the evidence
# log = 0  # who did what


[metrics]
# enabled = false  # GET /metrics, for Prometheus; `docs/metrics.md` lists what it tells
# allowed = ["10.0.0.0/8"]  # who may read it without a token: never an address of a trusted proxy
# token_file = "metrics.token"  # who shows it as a bearer token may read it, too; or:
# token_env = "METRICS_TOKEN"
# worker_port = 9464  # each sender tells of itself: the first here, the next on the next port
# worker_host = "127.0.0.1"  # on what address; who reaches it may read it


# Mail is shared out over the relays by their weight; what one cannot take goes to the others. The
# password may stand in a file, or in the environment.
[[relays]]
{_relay(values.relay)}

# tls: "starttls" (required: never plain text instead), "implicit" (port 465), or "none" (only on
# this machine or in a trusted network). Without a rate, a relay that is not on this machine gets 4
# connections and 10 messages a second. All limits hold over all senders and machines together.
#
# [[relays]]
# name = "second"
# kind = "smtp"  # or "outbox": mails are kept in a folder and sent to nobody
# host = "smtp.example.org"
# port = 587  # [by tls: 587, 465 or 25]
# tls = "starttls"
# username = "newsletter"
# password = "…"  # or:
# password_file = "relay.password"  # … or:
# password_env = "RELAY_PASSWORD"
# weight = 1  # 2 gets twice as much as 1; 0 is a standby, used only when no other can be
# connections = 4  # at most, at once
# rate = 10.0  # messages a second
# per_minute = 300  # messages in any minute, at most; likewise:
# per_hour = 5000
# per_day = 50000
# warm_up = [50, 100, 500, 1000, 5000]  # at most in a day while it is new: on the first day, …
# reserve = 0.1  # the share of all these limits that is kept for alerts and notices
# messages_per_connection = 1000
# pipelining = true  # several commands at once, where the server offers it
# helo = "news.example.org"  # how we introduce ourselves; else by this machine's name
# ca_file = "ca.pem"  # of a relay whose certificate is your own
# folder = "outbox"  # of kind = "outbox"


# Recipient domains that want their mail at a pace of their own, over all relays and senders; those
# named together share it. A name is that very domain, without its subdomains. A domain that refuses
# mail for now rests in any case, while the others go on (see `newsletter domain ls`).
#
# [[domains]]
# names = ["orange.example", "wanadoo.example"]
# connections = 2  # messages at once
# rate = 0.5  # messages a second; else 10 for each connection


# Domains whose mail is signed here (DKIM). Leave this out where the relay signs: most that one pays
# for do. `newsletter dkim create DOMAIN` makes the keys, and says what to write here and in DNS.
#
# [[dkim]]
# domain = "example.org"  # of the senders' addresses, and of its subdomains'
# selector = "newsletter"  # the name of the key in DNS
# key_file = "dkim.example.org.newsletter.pem"  # readable by its owner only
# ed25519_selector = "newsletter-ed"  # a second signature beside it, short and modern
# ed25519_key_file = "dkim.example.org.newsletter-ed.pem"
"""


EXAMPLE = ConfigValues(
    base_url="https://news.valmont.example",
    site_name="Le Courrier de Valmont",
    language="fr",
    timezone="Europe/Paris",
    home_url="https://courrier.valmont.example",
    privacy_url="https://courrier.valmont.example/donnees",
    postal_address="Le Courrier de Valmont, 3 quai des Tanneurs, Valmont",
    relay=RelayValues(
        host="smtp.valmont.example",
        port=587,
        username="courrier",
        password_file="relay.password",
    ),
)
"""What config.example.toml shows."""


def _quoted(text: str) -> str:
    return tomlkit.item(text).as_string()


def _line(key: str, value: str | None, example: str) -> str:
    return f"{key} = {_quoted(value)}" if value else f"# {key} = {_quoted(example)}"


def _port(port: int | None) -> str:
    return "# port = 8025" if port is None else f"port = {port}"


def _relay(relay: RelayValues) -> str:
    if not relay.host:
        return (
            'name = "outbox"\n'
            'kind = "outbox"  # keeps each mail as a file, and sends nothing\n'
            'folder = "outbox"'
        )
    lines = ['name = "main"', f"host = {_quoted(relay.host)}"]
    if relay.port is not None:
        lines.append(f"port = {relay.port}")
    lines.append(f"tls = {_quoted(relay.tls)}")
    if relay.username:
        lines.append(f"username = {_quoted(relay.username)}")
    if relay.password_file:
        lines.append(f"password_file = {_quoted(relay.password_file)}")
    return "\n".join(lines)


def write_new(path: Path, text: str) -> None:
    """Write a file that does not exist yet, readable by its owner only; raises Refused."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise Refused(f"{path}: exists already, and is left as it is") from error
    except OSError as error:
        reason = (error.strerror or "cannot be written").lower()
        raise Refused(f"{path}: {reason} (choose a folder that you may write to)") from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
