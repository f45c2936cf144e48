"""A request for an official response keeps which body responds since the one that was asked went into it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("official_response") as table:
        table.add_column(sa.Column("responder_id", sa.Uuid(), nullable=True))
        table.create_foreign_key(op.f("fk_official_response_responder_id"), "body", ["responder_id"], ["id"])


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
