"""The root of the `consult` program: a table of commands, loaded one at a time, and those of plugins after them."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import click

from consult import __version__
from consult.settings import UnknownSetting

#: name -> module:attribute; loading only what is called keeps `consult rules evaluate` quick
COMMANDS = {
    "backup": "consult.cli.copies:backup",
    "copy-database": "consult.cli.copies:copy_database",
    "demo": "consult.cli.demo:demo",
    "doctor": "consult.cli.doctor:doctor",
    "export": "consult.cli.imports:export_group",
    "import": "consult.cli.imports:import_group",
    "init": "consult.cli.instance:init",
    "log": "consult.cli.log:log",
    "plugins": "consult.cli.instance:plugins",
    "restore": "consult.cli.copies:restore",
    "rules": "consult.cli.rules:rules_group",
    "serve": "consult.cli.serve:serve",
    "upgrade": "consult.cli.instance:upgrade",
    "worker": "consult.cli.serve:worker",
}


class Program(click.Group):
    """A group whose commands are imported when they are asked for; plugins' commands come after the core's."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return every command's name: the core's and the plugins'."""
        return sorted({*COMMANDS, *(name for name, _ in self._of_plugins(ctx))})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one command; a plugin cannot replace a command of the core."""
        if cmd_name in COMMANDS:
            module, _, attribute = COMMANDS[cmd_name].partition(":")
            command: click.Command = getattr(importlib.import_module(module), attribute)
            return command
        return dict(self._of_plugins(ctx)).get(cmd_name)

    def _of_plugins(self, ctx: click.Context) -> list[tuple[str, click.Command]]:
        from consult.plugins.manager import load_hooks  # late: it imports every plugin

        return [(command.name or "", command) for command in load_hooks().commands()]

    def invoke(self, ctx: click.Context) -> Any:
        """Run, telling a wrong setting in one line instead of a trace."""
        try:
            return super().invoke(ctx)
        except UnknownSetting as error:
            click.echo(f"consult: {error}", err=True)
            sys.exit(2)


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="consult")
def program() -> None:
    """Hold a national consultation: submissions, sessions, votes, outcome document."""
