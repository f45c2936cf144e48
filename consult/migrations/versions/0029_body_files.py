"""A file that belongs to no consultation brings in bodies of the register."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("import_run", "import_map"):
        with op.batch_alter_table(table) as changed:
            changed.alter_column("consultation_id", existing_type=sa.Uuid(), nullable=True)
    of_register = sa.text("consultation_id IS NULL")
    op.create_index(
        "uq_import_map_register",
        "import_map",
        ["name"],
        unique=True,
        sqlite_where=of_register,
        postgresql_where=of_register,
    )


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
