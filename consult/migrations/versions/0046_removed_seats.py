"""Seats that nobody ever held can be removed; why stays."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "seat_removed",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("track", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("body_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["body_id"], ["body.id"], name=op.f("fk_seat_removed_body_id")),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultation.id"], name=op.f("fk_seat_removed_consultation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat_removed")),
    )
    op.create_index(op.f("ix_seat_removed_consultation_id"), "seat_removed", ["consultation_id"])


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
