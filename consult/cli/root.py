"""The root of the `consult` program: a table of commands, loaded one at a time, and those of plugins after them."""

from __future__ import annotations

import errno
import importlib
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import click

from consult import __version__
from consult.errors import ConsultError, Rejected
from consult.settings import UnknownSetting, load_settings


class Listed(NamedTuple):
    """A command that is imported when it is called: where it is (module:attribute), and what the list says of it."""

    place: str
    line: str


#: A list that imported its commands would take as long as the longest of them.
COMMANDS: Mapping[str, Listed] = {
    "backup": Listed("copies:backup", "Write database, keys, files and settings to FILE (zip) while everything runs."),
    "bill-of-materials": Listed(
        "bill:bill_of_materials",
        "Print every library that this installation runs, with version and licence (CycloneDX, JSON).",
    ),
    "campaigns": Listed("campaigns:campaigns", "Find letters that were sent many times in nearly the same words."),
    "copy-database": Listed(
        "copies:copy_database",
        "Copy this instance's database to TARGET (an empty database's address), then compare the roots of the log.",
    ),
    "demo": Listed("demo:demo", "Make an instance with the sample consultation (kept at a second start) and serve it."),
    "doctor": Listed(
        "doctor:doctor",
        "Check database, migrations, keys, mail, retention, fonts, SQLite, folders, clock; exit 1 if something needs care.",
    ),
    "export": Listed(
        "imports:export_group",
        "Write submissions or bodies as CSV, XLSX, ODS or JSON that can be imported again, or all that is public as open data.",
    ),
    "import": Listed("imports:import_group", "Bring in submissions or bodies from CSV, XLSX, ODS or JSON."),
    "index": Listed("index:index", "Make the text index of the submissions anew."),
    "init": Listed(
        "instance:init", "Make the instance, migrate its database, and print the first administrator's sign-in link."
    ),
    "keys": Listed(
        "keys:keys_group",
        "Renew the keys that lie outside the database; the worker does it once a year (`renew_keys_days`).",
    ),
    "log": Listed("log:log", "Check and sign the event log."),
    "mail": Listed("mail:mail_group", "Look after what comes back of letters that were sent."),
    "nginx": Listed(
        "proxy:nginx",
        "Print the configuration of nginx that speaks https in front of `serve`, for this instance's `base_url`.",
    ),
    "plugins": Listed("instance:plugins", "List the loaded plugins, with version, track and hooks."),
    "remove-second-factor": Listed(
        "people:remove_second_factor", "Remove every second factor of whoever has the e-mail ADDRESS."
    ),
    "restore": Listed(
        "copies:restore",
        "Bring back FILE into this instance, whose database must be empty; the log's roots must match the backup's.",
    ),
    "rules": Listed("rules:rules_group", "Decision rules: list them, read them, try them on votes."),
    "serve": Listed(
        "serve:serve", "Serve the pages (granian, WSGI), to be put behind a reverse proxy that speaks https."
    ),
    "testimony": Listed("testimony:testimony_group", "Make and change the key of confidential testimony."),
    "upgrade": Listed("instance:upgrade", "Bring the database up to date: the core's tables, then each plugin's."),
    "worker": Listed("serve:worker", "Deliver events to plugins and notifications, and send mail, until stopped."),
}


#: What the system says of a disk with no room left: no file is named there.
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


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
    except OSError as error:
        if error.filename is None and error.errno not in FULL:
            raise
        place = f"{error.filename}: " if error.filename is not None else ""
        raise Refused(f"{place}{error.strerror}") from error
    except Exception as error:
        if not _is_unreachable(error):
            raise
        reason = str(getattr(error, "orig", error)).partition("\n")[0]
        raise Refused(f"the database cannot be used ({reason}): see `consult doctor`") from error


def _is_unreachable(error: Exception) -> bool:
    """Tell whether the database did not answer or has no address; a command that never imported SQLAlchemy never asked it."""
    errors: Any = sys.modules.get("sqlalchemy.exc")
    return errors is not None and isinstance(error, errors.OperationalError | errors.ArgumentError)


class Program(click.Group):
    """A group whose commands are imported when they are called; plugins' commands come after the core's."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return every command's name: the core's and the plugins'."""
        return sorted({*COMMANDS, *self._of_plugins()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one command; a plugin cannot replace a command of the core."""
        if cmd_name in COMMANDS:
            module, _, attribute = COMMANDS[cmd_name].place.partition(":")
            command: click.Command = getattr(importlib.import_module(f"consult.cli.{module}"), attribute)
            return command
        return self._of_plugins().get(cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands: the core's without importing any."""
        lines = {name: command.get_short_help_str(limit=200) for name, command in self._of_plugins().items()}
        lines |= {name: listed.line for name, listed in COMMANDS.items()}
        with formatter.section("Commands"):
            formatter.write_dl(sorted(lines.items()))

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
