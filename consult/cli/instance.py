"""`consult init`, `consult upgrade`, `consult plugins`: making and keeping an instance."""

from __future__ import annotations

from collections.abc import Callable

import click
from flask import Flask

from consult.accounts.log_key import write_down_the_log_key
from consult.accounts.services import begin
from consult.db import database
from consult.migrations.upgrade import upgrade as upgrade_database
from consult.runtime import runtime


@click.command()
@click.option("--name", prompt="Name of the first administrator", help="The administrator's name.")
@click.option("--email", prompt="E-mail address", help="Where sign-in links are sent.")
@click.option("--language", type=click.Choice(["ar", "en", "fr"]), default="ar", show_default=True)
@click.pass_obj
def init(make_app: Callable[..., Flask], name: str, email: str, language: str) -> None:
    """Make the instance, migrate its database, and print the first administrator's sign-in link.

    On an instance that has an administrator already, only its database is brought up to date.
    """
    app = make_app()
    with app.app_context():
        upgrade_database(database.engine, runtime().hooks)
        link = begin(name=name, email=email, language=language)
        write_down_the_log_key()
        if link is None:
            click.echo("This instance has an administrator already; nothing was changed.")
            return
        click.echo(f"Open this link once, within {runtime().settings.invitation_days} days, to sign in:\n{link}")


@click.command()
@click.pass_obj
def upgrade(make_app: Callable[..., Flask]) -> None:
    """Bring the database up to date: the core's tables, then each plugin's."""
    app = make_app()
    with app.app_context():
        for name, before, after in upgrade_database(database.engine, runtime().hooks):
            click.echo(f"{name}: {before or 'new'} -> {after or 'none'}" if before != after else f"{name}: up to date")
        write_down_the_log_key()


@click.command()
@click.pass_obj
def plugins(make_app: Callable[..., Flask]) -> None:
    """List the loaded plugins, with version, track and hooks."""
    app = make_app()
    with app.app_context():
        hooks = runtime().hooks
        versions = {
            distribution.project_name: distribution.version for _, distribution in hooks.manager.list_plugin_distinfo()
        }
        for name in hooks.plugin_names():
            plugin = hooks.manager.get_plugin(name)
            distribution = next((d for p, d in hooks.manager.list_plugin_distinfo() if p is plugin), None)
            version = versions.get(distribution.project_name, "") if distribution else ""
            callers = hooks.manager.get_hookcallers(plugin) or []
            track = hooks.track_of_plugin.get(name, "-")
            click.echo(f"{name} {version}\ttrack {track}\t{', '.join(sorted(caller.name for caller in callers))}")
        if not hooks.plugin_names():
            click.echo("No plugin is installed: consultations run without tracks.")
