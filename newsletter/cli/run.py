"""newsletter run, and its parts one by one: web, ticker, worker."""

from __future__ import annotations

import logging
import signal
from datetime import datetime
from zoneinfo import ZoneInfo

import click

from newsletter.cli.app import App, pass_app
from newsletter.cli.grammar import CONTEXT, Verb


@click.command("run", cls=Verb, context_settings=CONTEXT)
@click.option(
    "--workers", type=click.IntRange(0, 64), help="Senders.  [default: 'workers' in config.toml]"
)
@pass_app
def run(app: App, workers: int | None) -> None:
    """Do everything: collect, publish, send, serve the pages.

    What dies is started again. Ctrl-C or SIGTERM ends it in good order: messages under way are
    finished; a second one ends it at once.
    """
    from newsletter import schema
    from newsletter.jobs.sending import relays_to_use
    from newsletter.supervisor import Supervisor, command

    _log(app)
    inst = app.open()
    backup = schema.own(inst.database, app.now)
    if backup is not None:
        app.note(f"the database was upgraded; as it was before, it is in {backup}")
    relays_to_use(inst)
    inst.keys  # noqa: B018 - say now, once, that they are missing
    number = inst.config.sending.workers if workers is None else workers
    common = ("--config", str(app.config_path.absolute()), *(("--quiet",) if app.quiet else ()))
    parts = [("web", command(*common, "web")), ("ticker", command(*common, "ticker"))]
    parts += [
        (f"worker {n}", command(*common, "worker", *_metrics_port(app, n - 1)))
        for n in range(1, number + 1)
    ]
    app.note(f"{number} sender{'' if number == 1 else 's'}, 1 ticker; Ctrl-C ends it")
    app.close()
    status = Supervisor(parts).run()
    if status == 0:
        app.note("stopped")
    click.get_current_context().exit(status)


@click.command("web", cls=Verb, context_settings=CONTEXT)
@pass_app
def web(app: App) -> None:
    """Serve the web pages, and nothing else.

    Sign-up, confirmation, unsubscribing, preferences, the archive. Stand a proxy with TLS before
    it.
    """
    from newsletter.supervisor import end_with_parent
    from newsletter.web.server import serve

    _log(app)
    # The server's own comings and goings are told in our words, below.
    logging.getLogger("uvicorn.error").addFilter(lambda line: line.levelno >= logging.WARNING)
    is_part = end_with_parent()

    def ready(address: str) -> None:
        app.note(f"web pages at {app.config.base_url} (listening on {address})")

    serve(app.inst, quiet=app.quiet, ready=ready)
    if not is_part:
        app.note("stopped")


@click.command("ticker", cls=Verb, context_settings=CONTEXT)
@pass_app
def ticker(app: App) -> None:
    """Collect and publish on schedule, and nothing else.

    Several may run: each slot has one winner.
    """
    import threading

    from newsletter.supervisor import end_with_parent
    from newsletter.ticker import run_ticker

    _log(app)
    stop = threading.Event()

    def stop_once(*_: object) -> None:
        # By another thread: the main one may be inside `stop.wait`, which holds what `set` needs.
        threading.Thread(target=stop.set).start()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)  # the second one ends the process at once

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop_once)
    is_part = end_with_parent()
    if not is_part:
        app.note("the ticker runs; Ctrl-C ends it")
    run_ticker(app.inst, stop=stop)
    if not is_part:
        app.note("stopped")


def _metrics_port(app: App, index: int) -> tuple[str, ...]:
    base = app.config.metrics.worker_port
    return () if base is None else ("--metrics-port", str(base + index))


@click.command("worker", cls=Verb, context_settings=CONTEXT)
@click.option(
    "--metrics-port",
    type=click.IntRange(1, 65535),
    help="Tells Prometheus of itself here.  [default: 'worker_port' in config.toml]",
)
@pass_app
def worker(app: App, metrics_port: int | None) -> None:
    """Send what is due, and nothing else.

    Until told to stop. Several may run, on PostgreSQL on several machines.
    """
    from newsletter.jobs.metering import serving
    from newsletter.jobs.sending import run_worker
    from newsletter.supervisor import end_with_parent

    _log(app)
    is_part = end_with_parent()
    if not is_part:
        app.note("a sender runs; Ctrl-C ends it once what is under way is done")
    with serving(app.config.metrics, metrics_port) as meter:
        run_worker(app.inst, meter=meter)
    if not is_part:
        app.note("stopped")


def _log(app: App) -> None:
    """What long-running commands tell: their own doings, and of others the warnings."""
    root = logging.getLogger()
    for handler in root.handlers:
        handler.setFormatter(_Local(app.timezone))
    if not app.quiet:
        logging.getLogger("newsletter").setLevel(logging.INFO)


class _Local(logging.Formatter):
    """Lines with the time of the site: `2026-11-27 08:00:00+01:00 INFO …`."""

    def __init__(self, timezone: str) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self.zone = ZoneInfo(timezone)

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        moment = datetime.fromtimestamp(record.created, self.zone)
        return moment.isoformat(sep=" ", timespec="seconds")
