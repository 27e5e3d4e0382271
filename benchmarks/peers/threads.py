"""smtplib in a thread for each connection, which is kept; messages are spliced."""

from __future__ import annotations

import itertools
import smtplib
import threading

from course import HOST, SENDER, Course, tell


def main() -> None:
    course = Course()
    numbers = itertools.count()

    def hand() -> None:
        with smtplib.SMTP(HOST, course.port) as client:
            while (number := next(numbers)) < course.messages:
                client.sendmail(SENDER, [course.reader(number)], course.spliced(number))

    def run() -> None:
        hands = [threading.Thread(target=hand) for _ in range(course.connections)]
        for one in hands:
            one.start()
        for one in hands:
            one.join()

    tell(run, course.messages)


if __name__ == "__main__":
    main()
