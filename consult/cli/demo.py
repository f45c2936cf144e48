"""`consult demo`: the sample consultation, on this machine or for a hall's phones, with one sign-in link for each role."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import click
import sqlalchemy as sa
from flask import Flask

from consult.accounts.access import OPERATOR
from consult.accounts.models import Person
from consult.accounts.signing_in.links import invite_person
from consult.cli.serve import run_server
from consult.db import database, session
from consult.demo.load import DEMO_PEOPLE, is_loaded, load_sample
from consult.migrations.upgrade import upgrade
from consult.runtime import runtime
from consult.settings import load_settings

ANYWHERE = {"0.0.0.0", "::"}  # noqa: S104  # compared with, not bound to


@dataclass(frozen=True, slots=True)
class DemoLink:
    """A sign-in link of the demonstration: for which role, and the address."""

    role: str
    address: str


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="0.0.0.0 lets phones on the same network in.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--no-serve", is_flag=True, help="Make and fill the instance, print the links, and stop.")
@click.pass_obj
def demo(make_app: Callable[..., Flask], host: str, port: int, no_serve: bool) -> None:
    """Make an instance with the sample consultation (kept at a second start) and serve it.

    A port in use is left alone and the next free one is taken.
    """
    free = port if no_serve else next_free_port(host, port)
    if free != port:
        click.echo(f"Port {port} is in use; taking {free}.")
    base_url = address_for(host, free)
    # The server's processes read the same settings from the environment.
    os.environ.update(
        CONSULT_DEMO="true",
        CONSULT_INSECURE_HTTP="true",
        CONSULT_SECOND_FACTOR_FOR_ROLES="false",  # so that the links below are all one needs
        CONSULT_BASE_URL=base_url,
    )
    # In a demonstration the key may lie in the instance; for real it lies elsewhere, and `consult doctor` says so.
    os.environ.setdefault("CONSULT_CONFIDENTIAL_KEY_FILE", str(load_settings().instance_path / "confidential.key"))
    app = make_app()
    with app.app_context():
        upgrade(database.engine, runtime().hooks)
        if not is_loaded():
            click.echo("Loading the sample consultation...")
            load_sample()
        links = list(demo_links())
    show(base_url, links)
    if not no_serve:
        run_server(app, host, free, 2)


def address_for(host: str, port: int) -> str:
    """Return the address people open: the network's where the server listens everywhere."""
    reached = own_address() if host in ANYWHERE else host
    return f"http://[{reached}]:{port}" if ":" in reached else f"http://{reached}:{port}"


def demo_links() -> Iterator[DemoLink]:
    """Make a fresh single-use link for one person of each role."""
    for role, address in DEMO_PEOPLE.items():
        person = session.scalars(sa.select(Person).where(Person.email_key == address)).one()
        yield DemoLink(role, invite_person(person, actor=OPERATOR).address)


def show(base_url: str, links: list[DemoLink]) -> None:
    """Print the address and the links."""
    click.echo(f"\nThe Tripoli Consultation (a demonstration; people and texts are invented): {base_url}/\n")
    click.echo("Sign in with one of these links; each works once, and the next start prints fresh ones.")
    for link in links:
        click.echo(f"  {link.role:<26}{link.address}")
    click.echo(
        "\nThis is plain http: the sign-in cookie (consult-session) is not protected on the network. Not for real use."
    )


def next_free_port(host: str, port: int) -> int:
    """Return `port`, or the next one that nobody listens on; raises ClickException after a hundred."""
    for candidate in range(port, min(port + 100, 65536)):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, candidate))
            except OSError:
                continue
            return candidate
    raise click.ClickException(f"no free port from {port} on")


def own_address() -> str:
    """Return this machine's address on the local network (nothing is sent: a UDP socket only picks a route)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("10.255.255.255", 1))
            address: str = probe.getsockname()[0]
        except OSError:
            address = "127.0.0.1"
        return address
