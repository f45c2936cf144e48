"""That mandates of two bodies overlap, recorded by hand."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    of = "body_mandate_overlap"
    op.create_table(
        of,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("mandate_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["mandate_id"], ["body_mandate.id"], name=op.f(f"fk_{of}_mandate_id")),
        sa.ForeignKeyConstraint(["other_id"], ["body_mandate.id"], name=op.f(f"fk_{of}_other_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{of}")),
        sa.UniqueConstraint("mandate_id", "other_id", name=op.f(f"uq_{of}_mandate_id_other_id")),
    )
    op.create_index(op.f(f"ix_{of}_other_id"), of, ["other_id"])


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
