"""Short codes beside printed links."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("sign_in_link") as links:
        links.add_column(sa.Column("code_hash", sa.LargeBinary(), nullable=True))
        links.create_unique_constraint(op.f("uq_sign_in_link_code_hash"), ["code_hash"])


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
