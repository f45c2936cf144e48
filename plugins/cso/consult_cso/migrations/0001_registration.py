"""Registrations, and who wrote from where."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "cso_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cso_registration",
        sa.Column("member_id", sa.Uuid(), sa.ForeignKey("member.id"), primary_key=True),
        sa.Column("authorities", sa.JSON(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "cso_voice",
        sa.Column("submission_id", sa.Uuid(), sa.ForeignKey("submission.id"), primary_key=True),
        sa.Column("consultation_id", sa.Uuid(), sa.ForeignKey("consultation.id"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("coverage", sa.Text(), nullable=False),
    )
    op.create_index("ix_cso_voice_consultation_id", "cso_voice", ["consultation_id"])


def downgrade() -> None:
    op.drop_table("cso_voice")
    op.drop_table("cso_registration")
