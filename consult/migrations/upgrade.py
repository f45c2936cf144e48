"""Migrate the core and then each plugin, every one with its own history and version table.

Branch labels in one version table would break the core's upgrade once a plugin is uninstalled, so each history stands
alone: `alembic_version` for the core, `alembic_version_<plugin>` for a plugin.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from consult import search
from consult.plugins.manager import Hooks

if TYPE_CHECKING:
    from alembic.config import Config  # Alembic is loaded late: the processes that serve pages migrate nothing

CORE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class History:
    """One line of migrations: whose, in which folder, and the table that remembers how far it is."""

    name: str
    folder: Path

    @property
    def version_table(self) -> str:
        """Return the name of the version table."""
        return "alembic_version" if self.name == "consult" else f"alembic_version_{self.name}"

    def config(self) -> Config:
        """Return Alembic's configuration for this history."""
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(CORE))
        config.set_main_option("version_locations", str(self.folder))
        config.set_main_option("path_separator", "newline")
        config.attributes["version_table"] = self.version_table
        return config

    def head(self) -> str | None:
        """Return the newest revision."""
        from alembic.script import ScriptDirectory

        return ScriptDirectory.from_config(self.config()).get_current_head()

    def current(self, connection: sa.Connection) -> str | None:
        """Return the revision the database is at."""
        from alembic.runtime.migration import MigrationContext

        return MigrationContext.configure(connection, opts={"version_table": self.version_table}).get_current_revision()


def histories(hooks: Hooks) -> list[History]:
    """Return the core's history and those of the loaded plugins."""
    found = [History("consult", CORE / "versions")]
    for plugin, key in sorted(hooks.track_of_plugin.items()):
        folder = hooks.tracks[key].migrations()
        if folder is not None:
            found.append(History(plugin, folder))
    return found


def upgrade(engine: sa.Engine, hooks: Hooks) -> list[tuple[str, str | None, str | None]]:
    """Bring every history to its newest revision, and make the text index where a change of its form left it empty.

    Return (name, from, to) of each history.
    """
    from alembic import command

    done = []
    for history in histories(hooks):
        with engine.connect() as connection:
            before = history.current(connection)
        with engine.begin() as connection:
            config = history.config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        done.append((history.name, before, history.head()))
    with engine.begin() as connection:
        if not search.is_made(connection):
            search.rebuild(connection)
    return done


def pending(engine: sa.Engine, hooks: Hooks) -> list[str]:
    """Return the names of the histories the database is behind on."""
    with engine.connect() as connection:
        return [h.name for h in histories(hooks) if h.current(connection) != h.head()]
