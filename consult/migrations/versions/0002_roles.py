"""Roles for one track or one session of a consultation; acts that need two people."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("role_grant", sa.Column("track", sa.Text(), server_default="", nullable=False))
    op.add_column("role_grant", sa.Column("session_id", sa.Uuid(), nullable=True))
    op.create_table(
        "four_eyes",
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("consultation_id", name=op.f("pk_four_eyes")),
    )
    op.create_table(
        "grave_act",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grave_act")),
    )
    op.create_index(op.f("ix_grave_act_consultation_id"), "grave_act", ["consultation_id"])
    waiting = sa.text("state = 'waiting'")
    op.create_index(
        "uq_grave_act_waiting",
        "grave_act",
        ["kind", "subject_id"],
        unique=True,
        sqlite_where=waiting,
        postgresql_where=waiting,
    )


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
