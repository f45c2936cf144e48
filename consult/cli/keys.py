"""`consult keys`: what keys there are, a newer one before them, and the former ones destroyed."""

from __future__ import annotations

from collections.abc import Callable

import click
from flask import Flask

from consult.accounts.access import OPERATOR
from consult.accounts.key_renewal import RINGS, codes_of_former_keys, forget_former_keys, key_files, renew_key
from consult.accounts.keys import FACTORS
from consult.accounts.log_key import forget_former_log_keys, renew_log_key
from consult.cli.serve import demand_upgraded
from consult.events.keys import LOG_KEY
from consult.events.log_keys import PublicKey, public_keys
from consult.runtime import runtime

NAME = click.argument("name", type=click.Choice((*RINGS, LOG_KEY)))


@click.group("keys")
def keys_group() -> None:
    """Renew the keys that lie outside the database; the worker does it once a year (`renew_keys_days`)."""


@keys_group.command("list")
@click.pass_obj
def list_keys(make_app: Callable[..., Flask]) -> None:
    """Say how many keys each ring holds, since when the newest of them, and where it lies; and the public halves of the log's."""
    with make_app().app_context():
        for one in key_files():
            click.echo(f"{one.name}: {one.keys}, the newest since {one.since:%Y-%m-%d}, {one.path}")
        click.echo(f"{LOG_KEY}: {len(runtime().signer.held())}, {runtime().signer.path}")
        for key in public_keys():
            click.echo(f"  {key.number}  {key.line}  {said(key)}")


def said(key: PublicKey) -> str:
    """Return when a key of the log signed, and how that ended."""
    since = f"since {key.since:%Y-%m-%d}" if key.since else "has signed nothing yet"
    return f"{since}, {key.ended} {key.until:%Y-%m-%d}" if key.until else since


@keys_group.command("renew")
@NAME
@click.pass_obj
def renew(make_app: Callable[..., Flask], name: str) -> None:
    """Put a new key before the others of NAME, while everything runs; what they sealed or signed still holds.

    Where a vault hands the keys over, put the new key there first: then the secrets are sealed with it. Of the log's key the
    former one names the new one in every stream, and what it signed still verifies by its public half.
    """
    with make_app().app_context():
        demand_upgraded()
        if name == LOG_KEY:
            new = renew_log_key(actor=OPERATOR)
            click.echo(f"Key {new.number} signs the log from now on; tell those who keep the public half:\n{new.line}")
            return
        count = renew_key(name, actor=OPERATOR)
        click.echo(f"{name} is renewed; {count} secrets were sealed with the new key.")


@keys_group.command("forget")
@NAME
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def forget(make_app: Callable[..., Flask], name: str, *, yes: bool) -> None:
    """Destroy the keys before the newest of NAME: after a theft, or when nothing of them is in use any more."""
    with make_app().app_context():
        demand_upgraded()
        if name == LOG_KEY:
            click.echo("Nothing that the former keys of the log signed needs them: it verifies by their public halves.")
        elif name == FACTORS:
            click.echo(
                f"{codes_of_former_keys()} recovery codes, and cards, receipts and pages of applications from before"
                " the last renewal, open nothing any more; apps that show codes go on."
            )
        else:
            click.echo("Links in letters from before the last renewal open nothing any more.")
        if not yes:
            click.confirm("Destroy the former keys?", abort=True)
        if name == LOG_KEY:
            forget_former_log_keys(actor=OPERATOR)
        else:
            forget_former_keys(name, actor=OPERATOR)
        click.echo(f"{name} holds its newest key alone. Destroy copies of the former one.")
