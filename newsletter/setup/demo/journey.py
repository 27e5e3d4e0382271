"""The journey itself: an article's way from a feed to its readers, and one reader's way out.

Nothing is played: the lists are made by the same jobs as an admin's, people sign up through the
real pages and follow the links in the real mails, which travel over SMTP. The web pages are handed
in by the command line, since this floor does not know them.
"""

from __future__ import annotations

import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from newsletter import schema
from newsletter.config import Config, parse_config
from newsletter.database import Database
from newsletter.errors import NewsletterError, Refused
from newsletter.installation import Installation
from newsletter.jobs.alerting import plan_alert, send_alert
from newsletter.jobs.auditing import audit_issue
from newsletter.jobs.collecting import collect
from newsletter.jobs.drafting import draft_digest, draft_letter
from newsletter.jobs.listing import create_mlist
from newsletter.jobs.previewing import preview, send_preview
from newsletter.jobs.sending import deliver, run_worker
from newsletter.jobs.sources import add_source
from newsletter.jobs.steering import approve
from newsletter.jobs.telling import count_of
from newsletter.keys import create_keys
from newsletter.models import DeliveryState
from newsletter.setup.demo.inboxes import Person, serve_inboxes
from newsletter.setup.demo.paper import Paper
from newsletter.setup.demo.reader import (
    READING,
    confirm,
    leave_in_one_click,
    open_form,
    sign_up,
)
from newsletter.setup.demo.smtp import MailDrop

Say = Callable[[str], None]
ServeWeb = Callable[[Installation], AbstractContextManager[str]]

WEEKLY, ALERTS = "hebdo", "alerts"
ACTOR = "demo"
EDITOR = "redaction@valmont.example"
READERS = (
    Person("Camille", "camille@valmont.example", "reads the weekly digest"),
    Person("Nadia", "nadia@valmont.example", "reads the digest, and wants urgent alerts"),
    Person("Tom", "tom@valmont.example", "wants urgent alerts only"),
    Person("Louis", "louis@valmont.example", "leaves after the first issue, with one click"),
    Person("Inès", "ines@valmont.example", "signed up, and never confirmed"),
)
NEWSROOM = Person("The editor", EDITOR, "gets a test of each issue before it goes out")
WANTS = {
    "Camille": (WEEKLY,),
    "Nadia": (WEEKLY, ALERTS),
    "Tom": (ALERTS,),
    "Louis": (WEEKLY,),
    "Inès": (WEEKLY,),
}

LETTER_SUBJECT = "Un mot de la rédaction"
LETTER_BODY = """\
Bonjour,

Vous recevez cette lettre parce que vous êtes encore des nôtres : qui s’est désabonné entre-temps ne
la reçoit pas. À vendredi !

*La rédaction du Courrier de Valmont*
"""
ALERT_SUBJECT = "Storm tonight: the riverside path is closed"
ALERT_BODY = """\
The Virelle is rising quickly after the rain in the hills. **The riverside path is closed from
18:00 today**, between the old bridge and the mill.

- Please move bicycles and boats from the lower quay.
- The library stays open until 22:00 for anyone who needs a dry place.

We will write again when the path reopens.
"""


@dataclass(frozen=True)
class Told:
    """What the journey found, for whoever checks it: steps in plain words, and the proof."""

    steps: tuple[str, ...]
    first_issue: tuple[str, ...]  # who got it
    second_issue: tuple[str, ...]
    alert: tuple[str, ...]


class JourneyFailed(NewsletterError):
    """Something did not happen as it must; the message names the step."""


def run(
    *,
    serve_web: ServeWeb,
    say: Say,
    wait: Callable[[str, Callable[[], str]], None] | None,
    port: int = 0,
) -> Told:
    """Make the whole journey and tell it by `say`, a line a time.

    `wait` is called with the address of the inboxes, and with what sends one issue more and says
    to how many; it returns when the newcomer has seen enough. None ends at once. `port` is that
    page's; 0: any. Raises JourneyFailed, and Refused for a port in use. Everything is in a
    temporary folder, which is removed at the end.
    """
    now = datetime.now(UTC)
    steps: list[str] = []

    def tell(step: str) -> None:
        steps.append(step)
        say(f"{len(steps):2}. {step}")

    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="newsletter-demo-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        paper = stack.enter_context(Paper(now))
        drop = stack.enter_context(MailDrop(folder / "inboxes"))
        inst = _install(folder, drop, now)
        stack.callback(inst.close)
        web = stack.enter_context(serve_web(inst))
        tell(
            f"A small paper is on the air at {paper.url}, with a feed in French and one in "
            f"English. A mail server of our own keeps what it gets, and the web pages are at {web}."
        )
        told = _travel(inst, paper, drop, tell, now)
        if wait is not None:
            people = (*READERS, NEWSROOM)
            title = "Le Courrier de Valmont · the demo's inboxes"
            links = (
                ("Sign up yourself", f"{web}/lists/{WEEKLY}"),
                ("Past issues", f"{web}/archive/{WEEKLY}"),
                ("The paper", paper.url),
            )
            boxes = stack.enter_context(
                serve_inboxes(drop, people, title=title, steps=steps, links=links, port=port)
            )
            with _sending(inst):
                wait(boxes.url, lambda: _one_more(inst))
    return Told(tuple(steps), *told)


def _install(folder: Path, drop: MailDrop, now: datetime) -> Installation:
    config = _config(folder, drop)
    create_keys(config.keys, now)
    inst = Installation(config, Database(config.database))
    schema.own(inst.database, now)
    return inst


def _config(folder: Path, drop: MailDrop) -> Config:
    web_port = _free_port()
    return parse_config(
        f"""
        base_url = "http://127.0.0.1:{web_port}"
        database = "sqlite:///newsletter.db"
        [site]
        name = "Le Courrier de Valmont"
        language = "fr"
        timezone = "Europe/Paris"
        postal_address = "Le Courrier de Valmont, 3 place des Tilleuls, Valmont"
        [web]
        port = {web_port}
        [[relays]]
        name = "mail-drop"
        host = "{drop.host}"
        port = {drop.port}
        tls = "none"
        """,
        folder,
    )


def _travel(
    inst: Installation, paper: Paper, drop: MailDrop, tell: Say, now: datetime
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    weekly = create_mlist(
        inst,
        WEEKLY,
        from_mailbox="Le Courrier de Valmont <courrier@valmont.example>",
        cron="0 8 * * fri",
        title="Le Courrier de Valmont",
        description="Chaque vendredi, les nouvelles de la ville et de la vallée de la Virelle.",
        now=now,
    )
    alerts = create_mlist(
        inst,
        ALERTS,
        from_mailbox="The Valmont Courier <alerts@valmont.example>",
        title="Valmont Alerts",
        language="en",
        description="Only when it matters at once: floods, closures, missing trains.",
        now=now,
    )
    tell(
        f"Two lists: '{weekly.slug}', a weekly digest in French (Fridays at 8:00), and "
        f"'{alerts.slug}', urgent alerts in English."
    )
    _join(inst, drop, tell)
    add_source(
        inst, paper.feed_url, slug=WEEKLY, name="courrier", allow_private=True, now=now, actor=ACTOR
    )
    (read,) = collect(inst, now=datetime.now(UTC))
    tell(
        f"Collected {read.new} articles from the feed: the newest {read.offered} are on offer, "
        f"the {read.seeded} older ones count as seen, so that the first issue is no flood."
    )
    first = _publish(inst, drop, tell, "first")
    alert = _alert(inst, drop, tell)
    _leave(drop, tell)
    paper.publish(datetime.now(UTC))
    paper.publish(datetime.now(UTC))
    (read,) = collect(inst, now=datetime.now(UTC))
    tell(f"The paper brought out {read.new} more articles, and only those were collected.")
    second = _publish(inst, drop, tell, "second")
    if "Louis" in second:
        raise JourneyFailed("the second issue went to Louis, who had unsubscribed")
    tell("It did not go to Louis: an unsubscribe that was answered stops what is not begun.")
    return first, second, alert


def _join(inst: Installation, drop: MailDrop, tell: Say) -> None:
    base = inst.config.base_url
    pages = [open_form(base, WANTS[person.name][0]) for person in READERS]
    time.sleep(READING)
    for person, page in zip(READERS, pages, strict=True):
        sign_up(page, person.address, person.name, WANTS[person.name][1:])
    deliver(inst)
    asked = [person for person in READERS if drop.messages(person.address)]
    if len(asked) != len(READERS):
        raise JourneyFailed("not everybody who signed up was asked to confirm")
    tell(
        f"{len(READERS)} people signed up on the web page; each got a mail that asks them to "
        "confirm (double opt-in)."
    )
    for person in READERS[:-1]:
        confirm(drop.messages(person.address)[0].message)
    deliver(inst)
    tell(
        "Four of them followed the link and pressed the button, and were welcomed. Inès did "
        "nothing, so she will get nothing."
    )


def _publish(inst: Installation, drop: MailDrop, tell: Say, which: str) -> tuple[str, ...]:
    now = datetime.now(UTC)
    shown = preview(inst, WEEKLY, now=now)
    send_preview(inst, WEEKLY, EDITOR, now=now)
    tell(
        f"Preview of the {which} issue, '{shown.variants[0].rendered.subject}': "
        f"{shown.choice.reason if shown.choice else ''} for {count_of(shown.audience, 'reader')}. "
        "The editor got a test."
    )
    drafted = draft_digest(inst, WEEKLY, now=now, actor=ACTOR)
    issue = approve(inst, f"{WEEKLY}/{drafted.issue.number}", now=datetime.now(UTC), actor=ACTOR)
    deliver(inst)
    audit = audit_issue(inst, f"{WEEKLY}/{issue.number}")
    if not audit.balanced or audit.counts.get(DeliveryState.SENT, 0) != audit.audience:
        raise JourneyFailed(f"the books of {WEEKLY}/{issue.number} do not balance: {audit.counts}")
    got = _who_got(drop, issue.public_id)
    tell(
        f"An editor approved {WEEKLY}/{issue.number}. Sent to {len(got)} of {audit.audience}: "
        f"{', '.join(got)}. The books balance."
    )
    return got


def _alert(inst: Installation, drop: MailDrop, tell: Say) -> tuple[str, ...]:
    plan = plan_alert(inst, ALERTS, subject=ALERT_SUBJECT, body=ALERT_BODY, now=datetime.now(UTC))
    issue = send_alert(inst, plan, now=datetime.now(UTC), actor=ACTOR)
    deliver(inst)
    got = _who_got(drop, issue.public_id)
    tell(
        f"An urgent alert, '{ALERT_SUBJECT}', went to those who agreed to alerts: {', '.join(got)}."
    )
    return got


def _leave(drop: MailDrop, tell: Say) -> None:
    louis = next(person for person in READERS if person.name == "Louis")
    status = leave_in_one_click(drop.messages(louis.address)[-1].message)
    tell(
        "Louis pressed 'unsubscribe' in his mail program, which sent the one-click POST of "
        f"RFC 8058; it was answered {status}, and that was all he had to do."
    )


def _who_got(drop: MailDrop, public_id: str) -> tuple[str, ...]:
    """Whose inbox holds a message of this issue: counted where it arrived, not in our tables."""
    return tuple(
        person.name
        for person in READERS
        if any(public_id in str(got.message["Message-ID"]) for got in drop.messages(person.address))
    )


def _one_more(inst: Installation) -> str:
    """A letter to whoever is on the weekly list now."""
    now = datetime.now(UTC)
    draft = draft_letter(
        inst, WEEKLY, subject=LETTER_SUBJECT, body=LETTER_BODY, now=now, actor=ACTOR
    )
    try:
        issue = approve(inst, f"{WEEKLY}/{draft.number}", now=now, actor=ACTOR)
    except Refused as error:
        return str(error)
    return f"{WEEKLY}/{issue.number} is on its way to {count_of(issue.audience or 0, 'reader')}."


@contextmanager
def _sending(inst: Installation) -> Iterator[None]:
    """A sender in the background, so that what a newcomer asks for on the pages arrives as well."""
    stop = threading.Event()
    thread = threading.Thread(target=run_worker, args=(inst,), kwargs={"stop": stop}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=10)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
