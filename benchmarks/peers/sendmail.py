"""aiosmtplib's `sendmail` on kept connections; messages are spliced."""

from __future__ import annotations

import asyncio
import itertools

import aiosmtplib
from course import HOST, SENDER, Course, tell


async def send(course: Course) -> None:
    numbers = itertools.count()

    async def hand() -> None:
        async with aiosmtplib.SMTP(hostname=HOST, port=course.port, start_tls=False) as client:
            while (number := next(numbers)) < course.messages:
                await client.sendmail(SENDER, [course.reader(number)], course.spliced(number))

    await asyncio.gather(*(hand() for _ in range(course.connections)))


if __name__ == "__main__":
    course = Course()
    tell(lambda: asyncio.run(send(course)), course.messages)
