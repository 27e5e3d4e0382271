"""Processes for tests, forked from one that has all imported, so that they begin at once.

Reads lines of JSON, and answers each: `{"what": "send" or "freeze", …}` with the pid of a new
process, `{"what": "wait", "pid": …}` with how it ended.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import newsletter_kit as kit
import points

from newsletter.errors import NewsletterError
from newsletter.installation import Installation
from newsletter.jobs import freezing
from newsletter.jobs.sending import run_worker


def live(order: dict[str, Any]) -> int:
    """A process's whole life: its exit status."""
    # By this name PostgreSQL knows its connections (see kills.py).
    os.environ["PGAPPNAME"] = f"torture-{os.getpid()}"
    points.mutate(order.get("mutation", ""))
    points.arm(order.get("point", points.RANDOM), order.get("passage", 1))
    inst = kit.reopen(Path(order["folder"]), lease=order["lease"])
    try:
        work(inst, order)
    except NewsletterError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        inst.close()
    return 0


def work(inst: Installation, order: dict[str, Any]) -> None:
    if order["what"] == "freeze":
        freezing.freeze(inst, order["issue"], now=datetime.now(UTC))
    else:
        run_worker(inst)


def main() -> None:
    born: set[int] = set()
    for line in sys.stdin:
        order = json.loads(line)
        if order["what"] == "wait":
            _, status = os.waitpid(order["pid"], 0)
            born.discard(order["pid"])
            answer = os.waitstatus_to_exitcode(status)
        else:
            answer = os.fork()
            if answer == 0:
                os.close(0)
                os.close(1)
                os._exit(live(order))
            born.add(answer)
        print(answer, flush=True)
    for pid in born:  # whoever asked for them has gone
        os.kill(pid, signal.SIGKILL)


main()
