"""What one recipient's message costs, from ids to the bytes that are sent.

    join.py [--tiny]

Processor time of one core, by stage, for a digest of ten articles; and as a ratio to building the
same message anew with Python's `EmailMessage` and `as_bytes`.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from time import process_time

from rig.letters import SENDER, digest, links, values
from rig.measure import machine, spread

GOAL = 10.0  # µs, from ids to bytes


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tiny", action="store_true", help="only see that it runs")
    options = parser.parse_args()
    rounds, readers = (1, 50) if options.tiny else (25, 2000)
    print(machine())
    template = digest()
    urls = [links(number) for number in range(readers)]
    people = [values(number, urls[number]) for number in range(readers)]
    message = template.join(people[0])
    pieces = [segment.encode() for segment in template.segments]
    stages: dict[str, Callable[[int], object]] = {
        "links, two of them signed": links,
        "values": lambda number: values(number, urls[number]),
        "Template.join": lambda number: template.join(people[number]),
        "  of which copying": lambda _: b"".join(pieces),
    }
    print(f"a digest of {len(message) / 1e3:.0f} kB, {len(pieces) - 1} places; µs a message")
    totals = []
    for name, work in stages.items():
        taken = [_microseconds(work, readers) for _ in range(rounds)]
        print(f"{name:<26} {spread(taken, '{:,.1f}')}")
        if not name.startswith(" "):
            totals.append(statistics.median(taken))
    whole = sum(totals)
    parts = _parts(message)
    few = max(readers // 50, 5)
    anew = [_microseconds(lambda _: _built(parts), few) for _ in range(rounds)]
    print(f"{'all in all':<26} {whole:,.1f} (goal: {GOAL:.0f})")
    print(f"{'EmailMessage + as_bytes':<26} {spread(anew)}")
    print(f"ratio to EmailMessage + as_bytes {statistics.median(anew) / whole:,.0f}")


def _microseconds(work: Callable[[int], object], readers: int) -> float:
    """Of one call, all readers taken together."""
    started = process_time()
    for number in range(readers):
        work(number)
    return (process_time() - started) / readers * 1e6


def _parts(message: bytes) -> tuple[str, str, str]:
    """Subject, text and HTML of a message."""
    from email import message_from_bytes
    from email.policy import default

    parsed = message_from_bytes(message, policy=default)
    assert isinstance(parsed, EmailMessage)
    text, html = parsed.get_body(("plain",)), parsed.get_body(("html",))
    assert text is not None
    assert html is not None
    return str(parsed["Subject"]), text.get_content(), html.get_content()


def _built(parts: tuple[str, str, str]) -> bytes:
    """The message as one builds it without a template of segments."""
    subject, text, html = parts
    person = values(1, links(1))
    message = EmailMessage(SMTP)
    message["From"] = f"{SENDER.name} <{SENDER.address}>"
    message["To"] = f"{person.name} <{person.address}>"
    message["Subject"] = subject
    message["Date"] = format_datetime(person.date)
    message["Message-ID"] = person.message_id
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(text, cte="quoted-printable")
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    return message.as_bytes()


if __name__ == "__main__":
    main()
