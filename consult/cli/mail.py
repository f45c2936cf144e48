"""`consult mail bounce`: what a mail system hands back, read from its standard input."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

import click
from flask import Flask

from consult.cli.serve import demand_upgraded
from consult.notifications.bounces import LONGEST_REPORT, take_report


@click.group("mail")
def mail_group() -> None:
    """Look after what comes back of letters that were sent."""


@mail_group.command()
@click.argument("report", type=click.File("rb"), default="-")
@click.pass_obj
def bounce(make_app: Callable[..., Flask], report: BinaryIO) -> None:
    """Read a delivery report (RFC 3464) from REPORT or standard input and note an address that takes no mail.

    It says unknown (no report on a letter of this instance), delayed (it is only late), noted, or known (noted before), and
    succeeds in any case, so that a mail system which pipes its reports in tries none of them again.
    """
    with make_app().app_context():
        demand_upgraded()
        click.echo(take_report(report.read(LONGEST_REPORT)))
