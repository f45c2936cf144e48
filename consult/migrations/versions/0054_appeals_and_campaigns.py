"""How appeals were decided is told in steps. The last text of a campaign that was replaced has left it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "appeal_count",
        sa.Column("half", sa.Integer(), nullable=True),
        sa.Column("ninety", sa.Integer(), nullable=True),
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("looked_on", sa.Date(), nullable=False),
        sa.Column("pending", sa.Text(), nullable=False),
        sa.Column("stepped_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["consultation_id"], ["consultation.id"], name=op.f("fk_appeal_count_consultation_id")),
        sa.PrimaryKeyConstraint("consultation_id", name=op.f("pk_appeal_count")),
    )
    op.add_column("appeal", sa.Column("counted", sa.Boolean(), server_default=sa.false(), nullable=False))
    replaced = "(SELECT id FROM campaign_proposal WHERE state = 'replaced')"
    op.execute(f"UPDATE campaign_member SET belongs = FALSE WHERE belongs AND proposal_id IN {replaced}")
    op.execute("UPDATE campaign_proposal SET texts = 0 WHERE state = 'replaced'")


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
