"""newsletter demo: the whole journey on this machine."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable

import click

from newsletter.cli.app import App, pass_app
from newsletter.cli.grammar import CONTEXT, Verb


@click.command("demo", cls=Verb, context_settings=CONTEXT)
@click.option("--no-wait", is_flag=True, help="End by itself, once all is shown.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="Of the inboxes.  [default: a free one]",
)
@pass_app
def demo(app: App, no_wait: bool, port: int) -> None:
    """Show the whole journey on this machine.

    From an article to an inbox and out again, with nothing but this program: a small paper, a mail
    server that keeps what it gets, two lists and their readers, in a folder of its own. Then it
    stays up with one page: everybody's inbox, with links that work.
    """
    from newsletter.cli.output import give
    from newsletter.setup.demo.journey import run
    from newsletter.web.server import running

    def wait(url: str, one_more: Callable[[], str]) -> None:
        app.say("")
        app.say(": everybody's inbox.", mark=f"Open {click.style(url, bold=True)}")
        app.say("Enter sends one issue more; q and Enter, or Ctrl-C, ends the demo.")
        ended = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: ended.set())
        if sys.stdin.isatty():
            threading.Thread(target=listen, args=(one_more, ended), daemon=True).start()
        while not ended.wait(1):
            pass
        app.say("The demo is over, and all that it made is removed.")

    def listen(one_more: Callable[[], str], ended: threading.Event) -> None:
        for line in sys.stdin:
            if line.strip().lower() in ("q", "quit", "exit"):
                break
            app.say(one_more())
        ended.set()

    told = run(serve_web=running, say=app.say, wait=None if no_wait else wait, port=port)
    give(app, told)
