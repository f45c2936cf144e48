"""The histories of the schema: they make what the models say, one for each plugin, and are never taken back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from consult.connections import engine_options, prepare_engine
from consult.db import Base
from consult.migrations.upgrade import histories, pending, upgrade
from consult.plugins.manager import Hooks, load_hooks
from consult.settings import Settings

HISTORIES = ["consult", "academic", "cso", "municipal"]


@pytest.fixture
def hooks() -> Hooks:
    """The installed plugins."""
    return load_hooks()


@contextmanager
def engine_of(settings: Settings) -> Iterator[sa.Engine]:
    """Open the engine of an instance, and close it."""
    engine = sa.create_engine(settings.sqlalchemy_url, **engine_options(settings))
    prepare_engine(engine)
    try:
        yield engine
    finally:
        engine.dispose()


@pytest.fixture
def migrated(settings: Settings) -> Iterator[sa.Engine]:
    """A migrated database, once on each engine."""
    with engine_of(settings) as engine:
        yield engine


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[sa.Engine]:
    """A database without anything."""
    with engine_of(Settings(instance_path=tmp_path)) as engine:
        yield engine


def test_the_migrations_make_what_the_models_say(migrated: sa.Engine, hooks: Hooks) -> None:
    """Tables, columns, keys and indexes; types are those of the first release's script, written out."""

    def ours(thing: object, name: str | None, kind: str, reflected: bool, other: object) -> bool:
        return not (kind == "table" and reflected and name not in Base.metadata.tables)

    with migrated.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": ours, "compare_type": False})
        assert compare_metadata(context, Base.metadata) == []


def test_each_history_has_one_head_and_a_version_table_of_its_own(migrated: sa.Engine, hooks: Hooks) -> None:
    assert [history.name for history in histories(hooks)] == HISTORIES
    tables = sa.inspect(migrated).get_table_names()
    for history in histories(hooks):
        assert len(ScriptDirectory.from_config(history.config()).get_heads()) == 1
        assert history.version_table in tables


def test_an_upgrade_of_what_is_up_to_date_changes_nothing(migrated: sa.Engine, hooks: Hooks) -> None:
    heads = [(history.name, history.head(), history.head()) for history in histories(hooks)]
    assert upgrade(migrated, hooks) == heads
    assert pending(migrated, hooks) == []


def test_everything_is_pending_where_there_is_nothing(empty: sa.Engine, hooks: Hooks) -> None:
    assert pending(empty, hooks) == HISTORIES
    assert [before for _, before, _ in upgrade(empty, hooks)] == [None] * 4
    assert pending(empty, hooks) == []


def test_the_core_stands_alone_and_a_plugin_comes_later(empty: sa.Engine, hooks: Hooks) -> None:
    alone = load_hooks(plugins={})
    upgrade(empty, alone)
    assert pending(empty, alone) == []
    assert pending(empty, hooks) == ["academic", "cso", "municipal"]
    upgrade(empty, hooks)
    assert pending(empty, hooks) == []


def test_a_plugin_that_is_gone_does_not_break_the_core_and_its_tables_stay(migrated: sa.Engine) -> None:
    alone = load_hooks(plugins={})
    assert [name for name, _, _ in upgrade(migrated, alone)] == ["consult"]
    assert "alembic_version_cso" in sa.inspect(migrated).get_table_names()
    assert any(name.startswith("municipal_") for name in sa.inspect(migrated).get_table_names())


def test_tables_of_a_plugin_bear_its_name(migrated: sa.Engine, hooks: Hooks) -> None:
    with_plugins = set(sa.inspect(migrated).get_table_names())
    core = {
        name for name, table in Base.metadata.tables.items() if not name.startswith(("academic_", "cso_", "municipal_"))
    }
    made_by_core = {"alembic_version", "submission_place"}
    others = {name for name in with_plugins - core - made_by_core if not name.startswith("submission_index")}
    assert {name.partition("_")[0] for name in others} == {"academic", "alembic", "cso", "municipal"}


def test_the_schema_is_never_taken_back(migrated: sa.Engine, hooks: Hooks) -> None:
    core = histories(hooks)[0]
    config = core.config()
    with migrated.begin() as connection:
        config.attributes["connection"] = connection
        with pytest.raises(RuntimeError, match="restore a backup instead"):
            command.downgrade(config, "base")


@pytest.mark.parametrize("table", ["edition", "edition_file", "citation", "region_text", "open_choice", "roll_entry"])
def test_the_database_itself_guards_what_is_never_changed(migrated: sa.Engine, table: str) -> None:
    """A guard stands on each table (that it refuses is tested where there are rows)."""
    query = (
        "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table"
        if migrated.dialect.name == "sqlite"
        else "SELECT count(*) FROM pg_trigger WHERE tgrelid = CAST(:table AS regclass) AND NOT tgisinternal"
    )
    with migrated.connect() as connection:
        assert connection.execute(sa.text(query), {"table": table}).scalar_one() > 0
