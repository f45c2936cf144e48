"""Roles for one track or one session of a consultation."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("role_grant", sa.Column("track", sa.Text(), server_default="", nullable=False))
    op.add_column("role_grant", sa.Column("session_id", sa.Uuid(), nullable=True))


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
