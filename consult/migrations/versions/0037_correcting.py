"""An author may correct a text that nobody has decided on; one that nobody looks over, until a moment that is kept with it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("submission", sa.Column("correctable_until", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
