"""Readers say what becomes of a testimony; that they did is all the database knows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("testimony", sa.Column("ended", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
