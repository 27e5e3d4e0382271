"""Who got an issue, who did not and why: deliver's end, audit, deliveries, settle, retry."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import sqlite3
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from rich.console import Console
from smtp_script import TAKE_AND_RESET, ScriptedServer, Talk

from newsletter.cli.app import wrapped
from newsletter.cli.progress import drawn, span
from newsletter.jobs.watching import Progress
from newsletter.models import DeliveryState

if TYPE_CHECKING:
    from conftest import Site

GONE = "550 5.1.1 <bob@valmont.example>: no such mailbox here, nor has there ever been one"


def unkind(talk: Talk, verb: str, argument: str) -> str | None:
    """Bob is refused; what became of Eva's nobody knows."""
    if verb == "RCPT" and "bob@" in argument:
        return GONE
    return TAKE_AND_RESET if verb == "." and talk.recipient.startswith("eva@") else None


@pytest.fixture
def relay(readers: Site) -> Iterator[ScriptedServer]:
    """A relay for the site, which has an issue that waits for Ana, Bob and Eva."""
    with ScriptedServer(unkind) as server:
        readers.configure(
            'name = "outbox"\nkind = "outbox"  # keeps each mail as a file, and sends nothing\n',
            f'name = "main"\nhost = "127.0.0.1"\nport = {server.port}\ntls = "none"\n',
        )
        readers("issue", "create", "weekly", "--queue", "--yes")
        yield server


def test_what_was_not_sent_is_told_settled_and_sent_once_more(
    readers: Site, relay: ScriptedServer
) -> None:
    done = readers("deliver")
    assert done.stdout == "1 sent, 1 failed; 1 unknown.\n"
    assert f"weekly/1: 1 recipient failed: {GONE} (to RCPT)" in done.stderr
    assert "it is bob@valmont.example: look at the addresses" in done.stderr
    assert "'newsletter issue retry weekly/1'" in done.stderr
    assert "it is eva@valmont.example: it may have been accepted" in done.stderr
    again = readers("deliver")
    assert again.stdout == "Nothing was due; 1 unknown.\n"
    assert again.stderr == ""  # told once

    audit = readers("issue", "audit", "weekly/1", status=1)
    assert "audience 3 = 1 failed + 1 sent + 1 unknown" in audit.stdout
    assert "✓ one delivery for each member" in audit.stdout
    assert "eva@valmont.example  unknown, 1 try by relay 'main', since" in audit.stdout
    [eva] = readers.json("issue", "audit", "weekly/1", status=1)["unknown"]
    assert eva["address"] == "eva@valmont.example"
    assert eva["message_id"] in relay.by_message_id
    assert f"Message-ID {eva['message_id']}" in audit.stdout
    assert "newsletter issue settle weekly/1 --sent" in audit.stderr

    settle = ("issue", "settle", "weekly/1")
    error = readers.error(*settle, "--sent", "bob@valmont.example")
    assert "bob@valmont.example has no unknown message of weekly/1" in error
    assert "settle 1 unknown message of weekly/1 as sent" in readers.error(*settle, "--sent")
    assert "eva@valmont.example: " in readers(*settle, "--sent", "--yes").stderr
    assert "nothing was changed" in readers(*settle, "--sent", "--yes").stdout
    assert "The books balance" in readers("issue", "audit", "weekly/1").stdout

    relay.answer = lambda *_: None  # somebody mended the relay
    retry = ("issue", "retry", "weekly/1", "--answer", "no such mailbox")
    assert "send 1 failed message of weekly/1 once more" in readers.error(*retry)
    assert "1 message of weekly/1 queued once more" in readers(*retry, "--yes").stdout
    assert "nothing was changed" in readers(*retry, "--yes").stdout
    assert readers("deliver").stdout == "1 sent.\n"
    assert readers.json("issue", "audit", "weekly/1")["counts"] == {"sent": 3}
    assert relay.recipients == {f"{name}@valmont.example": 1 for name in ("ana", "bob", "eva")}


def test_deliveries_are_listed_with_the_relays_answer_in_full(
    readers: Site, relay: ScriptedServer
) -> None:
    readers("deliver")
    lines = readers("issue", "deliveries", "weekly/1", "--state", "failed").stdout.splitlines()
    assert lines[0].startswith("bob@valmont.example  failed, 1 try by relay 'main', 20")
    assert lines[1:] == [f"  {GONE} (to RCPT)"]
    [bob] = readers.json("issue", "deliveries", "weekly/1", "--answer", "NO SUCH mailbox")
    assert (bob["state"], bob["code"], bob["tries"], bob["due_at"]) == ("failed", 550, 1, None)
    assert len(readers.json("issue", "deliveries", "weekly/1")) == 3
    few = readers("issue", "deliveries", "weekly/1", "--limit", "1")
    assert "250 2.0.0 taken" in few.stdout
    assert "… and more: --limit 0 shows all." in few.stderr
    none = readers("issue", "deliveries", "weekly/1", "--state", "bounced")
    assert none.stderr == "There is none of weekly/1.\n"


def test_a_message_that_cannot_be_built_fails_alone_and_says_why(
    readers: Site, relay: ScriptedServer
) -> None:
    with sqlite3.connect(readers.folder / "newsletter.db") as database:
        database.execute("UPDATE delivery SET name = 'Ana' || char(13, 10) || 'Bcc: x@y.example'"
                         " WHERE address LIKE 'ana@%'")  # fmt: skip
    relay.answer = lambda *_: None
    done = readers("deliver")
    assert done.stdout == "2 sent, 1 failed.\n"
    assert "weekly/1: 1 recipient failed: " in done.stderr
    assert "holds the control character U+000D" in done.stderr
    assert "it is ana@valmont.example: it could not be built" in done.stderr
    assert relay.recipients == {f"{name}@valmont.example": 1 for name in ("bob", "eva")}


def test_several_processes_report_as_one(readers: Site, relay: ScriptedServer) -> None:
    done = readers("deliver", "--workers", "2")
    assert done.stdout == "1 sent, 1 failed; 1 unknown.\n"
    assert done.stderr.count("1 recipient failed") == 1
    assert "ERROR" not in done.stderr


def test_following_ends_when_nothing_more_happens_by_itself(
    readers: Site, relay: ScriptedServer
) -> None:
    follow = ("issue", "show", "weekly/1", "--follow")
    readers("issue", "pause", "weekly/1")
    assert "weekly/1 is paused: 'newsletter issue resume weekly/1'" in readers(*follow).stderr
    readers("issue", "resume", "weekly/1")
    with sqlite3.connect(readers.folder / "newsletter.db") as database:
        database.execute("UPDATE issue SET on_unknown = 'hold'")
    readers("deliver")
    held = readers(*follow)
    assert "held until you say what became of it: 'newsletter issue audit weekly/1'" in held.stderr
    readers("issue", "settle", "weekly/1", "--failed", "--yes")
    over = readers(*follow)
    assert over.stderr == ""
    assert "2 failed, 1 sent" in over.stdout


# --- At a terminal ---------------------------------------------------------------------------


def at_terminal(site: Site, *arguments: str, columns: int = 80) -> str:
    """What somebody at a terminal of so many columns sees."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "newsletter", *arguments],
        cwd=site.folder, stdin=slave, stdout=slave, stderr=slave,
        env={**os.environ, "TERM": "xterm", "COLUMNS": str(columns)},
    )  # fmt: skip
    os.close(slave)
    seen = bytearray()
    while True:
        try:
            chunk = os.read(master, 65536)
        except OSError:  # Linux's way of saying that nobody is left at the other end
            break
        if not chunk:
            break
        seen += chunk
    os.close(master)
    process.wait(30)
    return seen.decode()


def test_a_terminal_gets_a_bar_and_lines_cut_between_words(
    readers: Site, relay: ScriptedServer
) -> None:
    seen = at_terminal(readers, "deliver")
    assert "0 deferred · " in seen
    assert seen.count("\x1b[?25l") == seen.count("\x1b[?25h") == 1  # the cursor is back
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen).replace("\r", "")
    assert "1 sent, 1 failed" in text, text
    told = text[text.index("1 sent, 1 failed") :].splitlines()
    assert max(map(len, told)) <= 80
    assert "weekly/1: 1 recipient failed: 550 5.1.1 <bob@valmont.example>: no such mailbox" in told
    assert any(line.endswith("'newsletter issue retry weekly/1'") for line in told)


def test_a_long_line_is_cut_between_words_and_a_command_stays_whole() -> None:
    line = "  such as bob@valmont.example: ask why, then 'newsletter issue retry weekly/1'"
    assert wrapped(line, 50).splitlines() == [
        "  such as bob@valmont.example: ask why, then",
        "  'newsletter issue retry weekly/1'",
    ]
    assert wrapped("one two three four five six seven", 30, before=8).splitlines() == [
        "one two three four",
        "        five six seven",
    ]


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_the_bar_says_all_that_is_known_at_any_width(columns: int) -> None:
    found = Progress(
        audience=1_000_000,
        counts={DeliveryState.SENT: 612_000, DeliveryState.DEFERRED: 1_200,
                DeliveryState.UNKNOWN: 3, DeliveryState.QUEUED: 386_797},
        rate=10_650.4,
        eta=datetime.now(UTC) + timedelta(seconds=36.4),
        trouble="relay 'second' is paused: its certificate is wrong",
    )  # fmt: skip
    screen = io.StringIO()
    Console(file=screen, width=columns).print(drawn("Sending", found))
    lines = screen.getvalue().splitlines()
    assert max(map(len, lines)) <= columns
    text = " ".join(" ".join(lines).split())
    assert "613,203 of 1,000,000 · 36 s left" in text
    assert "612,000 sent · 1,200 deferred · 0 failed · 3 unknown · 10,650/s" in text
    assert "relay 'second' is paused" in text


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (59, "59 s"), (60, "1 min"), (130, "2 min 10 s"), (11100, "3 h 5 min"),
     (187200, "2 d 4 h"), (3600, "1 h")],
)  # fmt: skip
def test_a_length_of_time_is_said_in_its_two_largest_units(seconds: int, said: str) -> None:
    assert span(seconds) == said
