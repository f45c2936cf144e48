"""`consult testimony`: making and changing the key of confidential testimony."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click
from flask import Flask

from consult.accounts.access import OPERATOR
from consult.cli.serve import demand_upgraded
from consult.runtime import runtime
from consult.testimony.keys import key_path, lies_inside, make_key_file
from consult.testimony.services import rotate_key


@click.group("testimony")
def testimony_group() -> None:
    """Make and change the key of confidential testimony."""


@testimony_group.command("new-key")
@click.pass_obj
def new_key(make_app: Callable[..., Flask]) -> None:
    """Make the key in the file that the setting confidential_key_file names; one that is there is never written over."""
    with make_app().app_context():
        path = _path()
        make_key_file(path)
        click.echo(f"{path}: made, for its owner's eyes only.")
        click.echo("It is in no backup. Keep a copy where the backups are not: without it no testimony can be read.")
        if lies_inside(runtime().settings):
            click.echo("It lies in the folder of the instance: whoever takes the folder has both. Move it elsewhere.")


@testimony_group.command("rotate-key")
@click.pass_obj
def rotate(make_app: Callable[..., Flask]) -> None:
    """Wrap every testimony's key anew with a new key and forget the old one, while everything runs.

    Backups made before are unreadable from then on, withdrawn testimonies in them too, once copies of the old file are gone.
    """
    with make_app().app_context():
        demand_upgraded()
        count = rotate_key(_path(), actor=OPERATOR)
        click.echo(f"{count} testimonies have the new key. Copy the file anew, and destroy copies of the old one.")


def _path() -> Path:
    path = key_path(runtime().settings)
    if path is None:
        raise click.UsageError("set confidential_key_file to a place outside the instance first")
    return path
