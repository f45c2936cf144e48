"""`consult index`: the text index made anew from the submissions that are accepted."""

from __future__ import annotations

from collections.abc import Callable

import click
from flask import Flask

from consult.cli.serve import demand_upgraded
from consult.db import transaction
from consult.search import rebuild


@click.command()
@click.pass_obj
def index(make_app: Callable[..., Flask]) -> None:
    """Make the text index of the submissions anew.

    It is needed where somebody wrote into the database past consult: whatever consult does keeps the index by itself. Whoever
    accepts a text meanwhile waits for it, a minute or two with 100,000.
    """
    with make_app().app_context():
        demand_upgraded()
        with transaction():
            number = rebuild()
        click.echo(f"{number} texts in the index")
