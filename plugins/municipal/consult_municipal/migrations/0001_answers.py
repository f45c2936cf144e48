"""Which municipalities have answered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "municipal_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "municipal_answer",
        sa.Column("consultation_id", sa.Uuid(), sa.ForeignKey("consultation.id"), primary_key=True),
        sa.Column("body_id", sa.Uuid(), sa.ForeignKey("body.id"), primary_key=True),
        sa.Column("submission_id", sa.Uuid(), sa.ForeignKey("submission.id"), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("municipal_answer")
