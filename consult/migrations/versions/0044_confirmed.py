"""Applications of bodies whose address is not confirmed yet stand apart; those that are there count as confirmed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

TABLE = "accreditation_unconfirmed"
WORDS = ("track", "email", "contact", "name", "kind", "language", "mandate", "legal_basis", "documents")


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in WORDS),
        sa.Column("withheld", sa.Boolean(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultation.id"], name=op.f("fk_accreditation_unconfirmed_consultation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accreditation_unconfirmed")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_accreditation_unconfirmed_token_hash")),
    )
    op.create_index(op.f("ix_accreditation_unconfirmed_asked_at"), TABLE, ["asked_at"])


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
