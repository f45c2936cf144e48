"""Alembic's environment: run the scripts of one history on the connection that `upgrade()` gives."""

from __future__ import annotations

from alembic import context

from consult.db import Base
from consult.models import ALL_MODELS

config = context.config
assert ALL_MODELS  # noqa: S101  # imported so that the metadata is complete


def include_object(_object: object, name: str | None, kind: str, _reflected: bool, _compare_to: object) -> bool:
    """Leave out tables of other histories and the search index, which is made by dialect."""
    return not (kind == "table" and name is not None and name not in Base.metadata.tables)


context.configure(
    connection=config.attributes["connection"],
    target_metadata=Base.metadata,
    version_table=config.attributes["version_table"],
    include_object=include_object,
    compare_type=False,
    render_as_batch=False,
)
with context.begin_transaction():
    context.run_migrations()
