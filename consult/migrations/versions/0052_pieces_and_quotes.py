"""A picture of a sheet of paper may come in pieces: whose it is, and of which sheet. The log tells of a quote that was taken
back, on a day that is drawn. A text that was corrected has left its campaign."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of quotes that were taken back before the log says nothing."""
    with op.batch_alter_table("upload") as uploads:
        for name, table in (("sheet_id", "paper_sheet"), ("person_id", "person")):
            uploads.add_column(sa.Column(name, sa.Uuid(), nullable=True))
            uploads.create_foreign_key(op.f(f"fk_upload_{name}"), table, [name], ["id"])
            uploads.create_index(op.f(f"ix_upload_{name}"), [name])
    op.execute(
        "UPDATE campaign_member SET belongs = FALSE WHERE belongs AND revision <>"
        " (SELECT submission.revision FROM submission WHERE submission.id = campaign_member.submission_id)"
    )
    op.add_column("quote", sa.Column("told_on", sa.Date(), nullable=True))


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
