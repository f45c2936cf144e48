"""Files of submissions: how many a track takes, the files, the revisions they belong to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("consultation_track", sa.Column("files", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("consultation_track", sa.Column("file_megabytes", sa.Integer(), nullable=False, server_default="5"))
    op.create_table(
        "attachment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("draft_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("scanned", sa.Boolean(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["consultation_id"], ["consultation.id"], name=op.f("fk_attachment_consultation_id")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_attachment_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
        sa.UniqueConstraint("place", name=op.f("uq_attachment_place")),
    )
    op.create_index(op.f("ix_attachment_member_id"), "attachment", ["member_id"])
    op.create_index(op.f("ix_attachment_draft_id"), "attachment", ["draft_id"])
    op.create_table(
        "submission_attachment",
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("attachment_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name=op.f("fk_submission_attachment_submission_id")
        ),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_submission_attachment_attachment_id")
        ),
        sa.PrimaryKeyConstraint("submission_id", "revision", "number", name=op.f("pk_submission_attachment")),
    )
    op.create_index(op.f("ix_submission_attachment_attachment_id"), "submission_attachment", ["attachment_id"])


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
