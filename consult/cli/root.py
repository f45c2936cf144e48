"""The root of the `consult` program: a table of commands, loaded one at a time, and those of plugins after them."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from consult import __version__
from consult.errors import ConsultError, Rejected
from consult.settings import UnknownSetting, load_settings

#: name -> module:attribute; loading only what is called keeps `consult rules evaluate` quick
COMMANDS = {
    "backup": "consult.cli.copies:backup",
    "bill-of-materials": "consult.cli.bill:bill_of_materials",
    "campaigns": "consult.cli.campaigns:campaigns",
    "copy-database": "consult.cli.copies:copy_database",
    "demo": "consult.cli.demo:demo",
    "doctor": "consult.cli.doctor:doctor",
    "export": "consult.cli.imports:export_group",
    "import": "consult.cli.imports:import_group",
    "init": "consult.cli.instance:init",
    "keys": "consult.cli.keys:keys_group",
    "log": "consult.cli.log:log",
    "mail": "consult.cli.mail:mail_group",
    "plugins": "consult.cli.instance:plugins",
    "remove-second-factor": "consult.cli.people:remove_second_factor",
    "restore": "consult.cli.copies:restore",
    "rules": "consult.cli.rules:rules_group",
    "serve": "consult.cli.serve:serve",
    "testimony": "consult.cli.testimony:testimony_group",
    "upgrade": "consult.cli.instance:upgrade",
    "worker": "consult.cli.serve:worker",
}


class Refused(click.ClickException):
    """The program cannot do this as things are; the message says what to mend (exit code 2)."""

    exit_code = 2


@contextmanager
def _told() -> Iterator[None]:
    """Turn what an operator can mend into one line for them; a trace is for what only an author can mend."""
    try:
        yield
    except UnknownSetting as error:
        raise Refused(str(error)) from error
    except Rejected as error:
        raise Refused("\n".join(str(problem.message) for problem in error.problems)) from error
    except ConsultError as error:
        raise Refused(str(error.message)) from error
    except Exception as error:
        if not _is_unreachable(error):
            raise
        reason = str(getattr(error, "orig", error)).partition("\n")[0]
        raise Refused(f"the database cannot be used ({reason}): see `consult doctor`") from error


def _is_unreachable(error: Exception) -> bool:
    """Tell whether the database did not answer; a command that never imported SQLAlchemy never asked it."""
    errors: Any = sys.modules.get("sqlalchemy.exc")
    return errors is not None and isinstance(error, errors.OperationalError)


class Program(click.Group):
    """A group whose commands are imported when they are asked for; plugins' commands come after the core's."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return every command's name: the core's and the plugins'."""
        return sorted({*COMMANDS, *self._of_plugins()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one command; a plugin cannot replace a command of the core."""
        if cmd_name in COMMANDS:
            module, _, attribute = COMMANDS[cmd_name].partition(":")
            command: click.Command = getattr(importlib.import_module(module), attribute)
            return command
        return self._of_plugins().get(cmd_name)

    def _of_plugins(self) -> dict[str, click.Command]:
        from consult.plugins.manager import load_hooks  # late: it imports every plugin

        with _told():
            settings = load_settings()
        try:
            commands = load_hooks(disabled=settings.disabled_plugins).commands()
        except Exception as error:
            click.echo(
                f"A plugin cannot be loaded, and so none gives commands: {type(error).__name__}: {error}", err=True
            )
            return {}
        return {command.name or "": command for command in commands}

    def invoke(self, ctx: click.Context) -> Any:
        """Run, telling in one line what the operator can mend."""
        with _told():
            return super().invoke(ctx)


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="consult")
def program() -> None:
    """Hold a national consultation: submissions, sessions, votes, outcome document."""
