"""`consult nginx`: the reverse proxy that speaks https, as a file that nobody has to write."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

import click
from flask import Flask

from consult.settings import Settings

CONFIGURATION = Path(__file__).with_name("nginx.conf")
#: Nothing that nginx would read as more than one word.
_WORD = re.compile(r"[A-Za-z0-9._/@:+-]+")
_NAME = re.compile(r"[A-Za-z0-9.-]+")


@click.command("nginx")
@click.option("--certificate", required=True, type=Path, help="The certificate with those between, PEM.")
@click.option("--key", required=True, type=Path, help="Its private key, PEM.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Where `serve` listens.")
@click.option("--address", default="", help="The one address to listen on; without it all of this machine.")
@click.option("--http", default=80, show_default=True, type=click.IntRange(1, 65535))
@click.option("--https", default=443, show_default=True, type=click.IntRange(1, 65535))
@click.pass_obj
def nginx(
    make_app: Callable[..., Flask], certificate: Path, key: Path, port: int, address: str, http: int, https: int
) -> None:
    """Print the configuration of nginx that speaks https in front of `serve`, for this instance's `base_url`."""
    settings: Settings = make_app().config["CONSULT"]
    public = urlsplit(settings.base_url)
    if public.scheme != "https" or not _NAME.fullmatch(public.hostname or ""):
        raise click.ClickException("`base_url` is to be the https address that visitors type: set it in consult.toml")
    for place in (str(certificate), str(key), address or "-"):
        if not _WORD.fullmatch(place):
            raise click.ClickException(f"“{place}” holds a sign that cannot stand in a configuration of nginx")
    sides = {"plain": (http, ""), "secure": (https, " ssl http2")}
    listens = {side: f"{address}:{number}" if address else str(number) for side, (number, _) in sides.items()}
    six = {f"{side}6": "" if address else f"listen [::]:{number}{how};" for side, (number, how) in sides.items()}
    filled = Template(CONFIGURATION.read_text("utf-8")).substitute(
        listens,
        **six,
        name=public.hostname,
        public=public.netloc,
        certificate=certificate,
        key=key,
        port=port,
    )
    click.echo("\n".join(line for line in filled.splitlines() if line.strip() or not line))
