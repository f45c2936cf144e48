"""Organisers record figures to set texts against; how texts without a name came in is counted in steps."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reference_figures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("numbers", sa.JSON(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultation.id"], name=op.f("fk_reference_figures_consultation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reference_figures")),
        sa.UniqueConstraint("consultation_id", "about", name=op.f("uq_reference_figures_consultation_id_about")),
    )
    op.create_table(
        "channel_count",
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("looked_on", sa.Date(), nullable=False),
        sa.Column("pending", sa.Text(), nullable=False),
        sa.Column("stepped_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultation.id"], name=op.f("fk_channel_count_consultation_id")
        ),
        sa.PrimaryKeyConstraint("consultation_id", name=op.f("pk_channel_count")),
    )
    op.add_column(
        "submission", sa.Column("channel_counted", sa.Boolean(), server_default=sa.false(), nullable=False)
    )


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
