"""Sender processes for tests, forked from one that has all imported, so that they begin at once.

Reads lines, and answers each: `start LEASE FOLDER` with the pid of a new sender, `wait PID` with
how it ended.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import newsletter_kit as kit

from newsletter.errors import NewsletterError
from newsletter.jobs.sending import run_worker


def send(folder: Path, lease: float) -> int:
    inst = kit.reopen(folder, lease=lease)
    try:
        run_worker(inst)
    except NewsletterError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        inst.close()
    return 0


def main() -> None:
    for line in sys.stdin:
        verb, _, argument = line.strip().partition(" ")
        if verb == "start":
            lease, _, folder = argument.partition(" ")
            answer = os.fork()
            if answer == 0:
                os.close(0)
                os._exit(send(Path(folder), float(lease)))
        else:
            _, status = os.waitpid(int(argument), 0)
            answer = os.waitstatus_to_exitcode(status)
        print(answer, flush=True)


main()
