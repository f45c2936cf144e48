"""`consult serve` and `consult worker`: the pages, and what happens behind them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable

import click
from flask import Flask

from consult.accounts.attempts import counts_alone
from consult.accounts.signing_in import passwords
from consult.db import database
from consult.jobs.worker import run_worker
from consult.migrations.upgrade import pending
from consult.runtime import runtime
from consult.testimony import lookups

#: Threads of a process: for those who wait for a password or a codename, and some for everybody else, who take turns.
THREADS = passwords.MOST_WAITING + lookups.MOST_WAITING + 8


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=0, type=click.IntRange(0), help="Processes; 0 is one for each core.")
@click.option("--with-worker", is_flag=True, help="Deliver events and mail from this program too.")
@click.pass_obj
def serve(make_app: Callable[..., Flask], host: str, port: int, workers: int, with_worker: bool) -> None:
    """Serve the pages (granian, WSGI), to be put behind a reverse proxy that speaks https."""
    app = make_app()
    with app.app_context():
        demand_upgraded()
        demand_shared_keys()
        in_process = with_worker or runtime().settings.worker_in_process
    run_server(app if in_process else None, host, port, workers or os.cpu_count() or 1)


def demand_upgraded() -> None:
    """Raise ClickException if the running application's database lacks a migration."""
    behind = pending(database.engine, runtime().hooks)
    if behind:
        raise click.ClickException(f"the database is behind ({', '.join(behind)}): run `consult upgrade` first")


def demand_shared_keys() -> None:
    """Raise ClickException if this machine would count tries in Redis under a key that others do not have."""
    if counts_alone():
        raise click.ClickException(
            "this machine would count tries in Redis apart from others: let every machine use the same folder `keys` of the instance"
        )


def run_server(worker_app: Flask | None, host: str, port: int, workers: int) -> None:
    """Run granian in the foreground; with `worker_app`, deliver events and mail from a thread beside it."""
    from granian import Granian  # late: not there on every platform
    from granian.constants import Interfaces

    # A process forked beside a thread may find a lock that nobody will ever release: granian starts new ones instead.
    multiprocessing.set_start_method("spawn", force=True)
    stop = threading.Event()
    thread = None
    if worker_app is not None:
        thread = threading.Thread(target=run_worker, args=(worker_app, stop), name="consult-worker", daemon=True)
        thread.start()
    try:
        Granian(
            "consult.__main__:make_served_app",
            factory=True,
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            workers=workers,
            blocking_threads=THREADS,
            log_enabled=True,
            respawn_failed_workers=True,
        ).serve()
    finally:
        stop.set()
        if thread is not None:
            thread.join(timeout=10)


@click.command()
@click.option("--once", is_flag=True, help="Do what is due, then stop.")
@click.pass_obj
def worker(make_app: Callable[..., Flask], once: bool) -> None:
    """Deliver events to plugins and notifications, and send mail, until stopped."""
    stop = threading.Event()
    if once:
        stop.set()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    app = make_app()
    with app.app_context():
        demand_upgraded()
    run_worker(app, stop)
