"""From which country each submission came."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "embassy_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "embassy_voice",
        sa.Column("submission_id", sa.Uuid(), sa.ForeignKey("submission.id"), primary_key=True),
        sa.Column("consultation_id", sa.Uuid(), sa.ForeignKey("consultation.id"), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("embassy_voice")
