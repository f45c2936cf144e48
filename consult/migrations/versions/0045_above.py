"""What a body was before holds its district and the body above it, too."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

NAMES = ("district", "parent_key")


def upgrade() -> None:
    for name in NAMES:
        op.add_column("body_state", sa.Column(name, sa.Text(), server_default="", nullable=False))
    # until now both were corrected without a trace: the present ones are all that is known of the past
    said = ", ".join(f"{name} = (SELECT body.{name} FROM body WHERE body.id = body_state.body_id)" for name in NAMES)
    op.execute(f"UPDATE body_state SET {said}")


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
