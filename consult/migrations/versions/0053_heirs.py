"""A reservation keeps which body took it back in the place of its own; bodies that went into another are found by that one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("reservation") as table:
        table.add_column(sa.Column("withdrawn_by_id", sa.Uuid(), nullable=True))
        table.create_foreign_key(op.f("fk_reservation_withdrawn_by_id"), "body", ["withdrawn_by_id"], ["id"])
    op.create_index(op.f("ix_body_settlement_successor_id"), "body_settlement", ["successor_id"])


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
