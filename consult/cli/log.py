"""`consult log verify`, `consult log checkpoint`: the event log against its signed roots."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TextIO

import click
import sqlalchemy as sa
from flask import Flask

from consult.db import session, transaction
from consult.events.checkpoint import sign_checkpoint, verify_kept, verify_log
from consult.events.log_keys import changes_in, public_keys
from consult.events.models import INSTANCE, Stream


@click.group()
def log() -> None:
    """Check and sign the event log."""


@log.command()
@click.option("--note", type=click.File(encoding="utf-8"), help="A checkpoint that somebody kept, as a signed note.")
@click.pass_obj
def verify(make_app: Callable[..., Flask], note: TextIO | None) -> None:
    """Check every event, key and checkpoint; name the first altered, removed or reordered row of each stream (exit 1).

    With --note the log is held against a checkpoint from elsewhere as well: it must be signed by the key that signed then.
    """
    with make_app().app_context():
        if note is not None:
            _hold_against(note)
        read, faults = verify_log()
        for fault in faults:
            stream = "instance" if fault.stream == INSTANCE else str(fault.stream)
            click.echo(f"{stream}: event {fault.seq} {fault.kind}: {fault.detail}", err=True)
        if faults:
            sys.exit(1)
        click.echo(f"{read} events verified")


def _hold_against(note: TextIO) -> None:
    try:
        kept = verify_kept(note.read())
    except ValueError as error:
        click.echo(f"the checkpoint does not hold: {error}", err=True)
        sys.exit(1)
    click.echo(f"the checkpoint holds: {kept.size} events, signed by key {kept.key.number}")


@log.command()
@click.pass_obj
def checkpoint(make_app: Callable[..., Flask]) -> None:
    """Sign the present root of every stream and print the signed notes."""
    with make_app().app_context(), transaction():
        for stream in session.scalars(sa.select(Stream.id).order_by(Stream.id)).all():
            click.echo(sign_checkpoint(stream).note)


@log.command()
@click.pass_obj
def keys(make_app: Callable[..., Flask]) -> None:
    """Print the public halves of the keys that sign, and the notes in which each names the next one."""
    with make_app().app_context():
        for key in public_keys():
            click.echo(key.line)
        for stream in session.scalars(sa.select(Stream.id).order_by(Stream.id)).all():
            for change in changes_in(stream).values():
                click.echo(f"\n{change.note}", nl=False)
