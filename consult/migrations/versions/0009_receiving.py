"""Receiving: when moderators read, grounds that organisers edit, appeals, decisions taken together."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("consultation_track") as table:
        table.add_column(sa.Column("moderation", sa.Text(), nullable=False, server_default="pre"))
    with op.batch_alter_table("consultation") as table:
        table.add_column(sa.Column("moderation", sa.JSON(), nullable=False, server_default="{}"))
    with op.batch_alter_table("review_decision") as table:
        table.add_column(sa.Column("seals", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(
        "UPDATE review_decision SET seals = TRUE WHERE decision = 'return' AND ground IN ('names_person', 'harm')"
    )
    with op.batch_alter_table("submission") as table:
        table.add_column(sa.Column("look_over", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.create_index("ix_submission_look_over", ["consultation_id", "look_over", "received_at", "id"])


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
