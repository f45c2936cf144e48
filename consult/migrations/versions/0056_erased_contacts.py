"""An erasure keeps which contacts of bodies go with the person, until it is done."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("erasure", sa.Column("contacts", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
