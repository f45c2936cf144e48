"""The log tells of a quote that was taken back, on a day that is drawn."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of those that were taken back before the log says nothing."""
    op.add_column("quote", sa.Column("told_on", sa.Date(), nullable=True))


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
