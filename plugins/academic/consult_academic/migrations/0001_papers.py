"""The discipline of each paper."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "academic_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "academic_paper",
        sa.Column("submission_id", sa.Uuid(), sa.ForeignKey("submission.id"), primary_key=True),
        sa.Column("consultation_id", sa.Uuid(), sa.ForeignKey("consultation.id"), nullable=False),
        sa.Column("discipline", sa.Text(), nullable=False),
    )
    op.create_index("ix_academic_paper_consultation_id", "academic_paper", ["consultation_id"])


def downgrade() -> None:
    op.drop_table("academic_paper")
