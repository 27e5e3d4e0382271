"""An EmailMessage made for each reader, sent by aiosmtplib's `send_message` on kept connections."""

from __future__ import annotations

import asyncio
import email
import email.policy
import itertools
from email.message import EmailMessage

import aiosmtplib
from course import HOST, SAMPLE_READER, Course, tell


class Letter:
    """What is the same for everybody: both bodies as text, and the header fields."""

    def __init__(self, sample: bytes) -> None:
        parsed = email.message_from_bytes(sample, policy=email.policy.default)
        plain, html = parsed.iter_parts()
        self._plain, self._html = plain.get_content(), html.get_content()
        # Without the fields that the bodies bring, and those that are the reader's own.
        left_out = {"to", "message-id", "mime-version", "content-type", "dkim-signature"}
        self._fields = [(k, str(v)) for k, v in parsed.items() if k.lower() not in left_out]

    def for_reader(self, address: str, number: int) -> EmailMessage:
        message = EmailMessage(policy=email.policy.SMTP)
        for name, value in self._fields:
            message[name] = value
        message["To"] = address
        message["Message-ID"] = f"<{number}@valmont.example>"
        known = SAMPLE_READER.decode()
        message.set_content(self._plain.replace(known, address))
        message.add_alternative(self._html.replace(known, address), subtype="html")
        return message


async def send(course: Course) -> None:
    letter = Letter(course.sample)
    numbers = itertools.count()

    async def hand() -> None:
        async with aiosmtplib.SMTP(hostname=HOST, port=course.port, start_tls=False) as client:
            while (number := next(numbers)) < course.messages:
                await client.send_message(letter.for_reader(course.reader(number), number))

    await asyncio.gather(*(hand() for _ in range(course.connections)))


if __name__ == "__main__":
    course = Course()
    tell(lambda: asyncio.run(send(course)), course.messages)
