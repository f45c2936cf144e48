"""What an author says a revision changed, and why; members of a body found by one index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("revision") as revisions:
        revisions.add_column(sa.Column("why", sa.Text(), nullable=False, server_default=""))
    op.drop_index("ix_member_body_id", table_name="member")
    op.create_index("ix_member_body", "member", ["body_id", "consultation_id"])


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
