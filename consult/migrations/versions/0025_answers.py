"""Why the phase ended while texts had no answer; letters of answer that were printed, and the organisers' own words in them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "silent_end",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("unanswered", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("given_by", sa.Uuid(), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["consultation_id"], ["consultation.id"], name=op.f("fk_silent_end_consultation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_silent_end")),
    )
    op.create_table(
        "letter_words",
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("openings", sa.JSON(), nullable=False),
        sa.Column("closings", sa.JSON(), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["consultation_id"], ["consultation.id"], name=op.f("fk_letter_words_consultation_id")),
        sa.PrimaryKeyConstraint("consultation_id", name=op.f("pk_letter_words")),
    )
    op.add_column("campaign_member", sa.Column("chosen", sa.Boolean(), nullable=True))
    op.add_column("letter_sent", sa.Column("printed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_silent_end_consultation", "silent_end", ["consultation_id", "given_at"])


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
