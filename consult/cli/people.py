"""`consult remove-second-factor`: help for somebody who lost the phone, the passkeys and the recovery codes."""

from __future__ import annotations

from collections.abc import Callable

import click
from flask import Flask

from consult.accounts.access import OPERATOR
from consult.accounts.queries import person_by_email
from consult.accounts.services import remove_every_factor


@click.command("remove-second-factor")
@click.argument("address")
@click.pass_obj
def remove_second_factor(make_app: Callable[..., Flask], address: str) -> None:
    """Remove every second factor of whoever has the e-mail ADDRESS. Make sure first that it is really them who ask.

    They are told by mail, sign in without a second step, and their roles wait until they set up a new one.
    """
    with make_app().app_context():
        person = person_by_email(address)
        if person is None:
            raise click.ClickException(f"nobody has the address {address}")
        removed = remove_every_factor(person.id, actor=OPERATOR)
    click.echo("Every second factor was removed; they are told by mail." if removed else "There was none.")
