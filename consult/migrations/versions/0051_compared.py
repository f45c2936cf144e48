"""A text of a campaign is kept with the revision that was compared; accepted texts are found by when they became public;
a translation into the language of the original ends."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the present revision of what a campaign holds already: which one was compared was not kept.

    A text that was corrected into another language left its translation into that language standing.
    """
    op.add_column("campaign_member", sa.Column("revision", sa.Integer(), nullable=False, server_default="1"))
    op.execute(
        "UPDATE campaign_member SET revision ="
        " (SELECT submission.revision FROM submission WHERE submission.id = campaign_member.submission_id)"
    )
    original = "(SELECT submission.language FROM submission WHERE submission.id = translation.submission_id)"
    op.execute(
        "UPDATE translation SET replaced_at = CURRENT_TIMESTAMP, try_at = NULL"
        f" WHERE replaced_at IS NULL AND language = {original}"
    )
    op.create_index("ix_submission_public", "submission", ["consultation_id", "state", "decided_at", "id"])


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
