"""`consult log verify`, `consult log checkpoint`: the event log against its signed roots."""

from __future__ import annotations

import sys
from collections.abc import Callable

import click
import sqlalchemy as sa
from flask import Flask

from consult.db import session, transaction
from consult.events.checkpoint import sign_checkpoint, verify_log
from consult.events.models import INSTANCE, Stream


@click.group()
def log() -> None:
    """Check and sign the event log."""


@log.command()
@click.pass_obj
def verify(make_app: Callable[..., Flask]) -> None:
    """Check every event and checkpoint; name the first altered, removed or reordered row of each stream (exit 1)."""
    with make_app().app_context():
        read, faults = verify_log()
        for fault in faults:
            stream = "instance" if fault.stream == INSTANCE else str(fault.stream)
            click.echo(f"{stream}: event {fault.seq} {fault.kind}: {fault.detail}", err=True)
        if faults:
            sys.exit(1)
        click.echo(f"{read} events verified")


@log.command()
@click.pass_obj
def checkpoint(make_app: Callable[..., Flask]) -> None:
    """Sign the present root of every stream and print the signed notes."""
    with make_app().app_context(), transaction():
        for stream in session.scalars(sa.select(Stream.id).order_by(Stream.id)).all():
            click.echo(sign_checkpoint(stream).note)
