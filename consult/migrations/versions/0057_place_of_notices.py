"""A notice keeps in which consultation its matter stands: the stream of its event does not always say it any more."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("notice") as table:
        table.add_column(sa.Column("consultation_id", sa.Uuid(), nullable=True))
        table.create_foreign_key(op.f("fk_notice_consultation_id"), "consultation", ["consultation_id"], ["id"])
    op.execute(
        "UPDATE notice SET consultation_id = (SELECT c.id FROM event e JOIN consultation c ON c.id = e.stream_id "
        "WHERE e.id = notice.event_id)"
    )


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
