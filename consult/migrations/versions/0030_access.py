"""Files of bodies' applications, which come in pieces too; files that are their author's alone; a second step that is set up anew."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _application_files()
    op.add_column("person", sa.Column("second_step_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("member", sa.Column("display_name", sa.Text(), server_default="", nullable=False))
    with op.batch_alter_table("office") as offices:
        offices.add_column(sa.Column("lead_because", sa.Text(), server_default="", nullable=False))
        offices.add_column(sa.Column("lead_language", sa.Text(), server_default="", nullable=False))
        offices.add_column(sa.Column("lead_named_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("submission_attachment") as attached:
        attached.add_column(sa.Column("private", sa.Boolean(), server_default=sa.false(), nullable=False))


def _application_files() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "accreditation_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("added_at", moment, nullable=False),
        sa.Column("removed_at", moment, nullable=True),
        sa.ForeignKeyConstraint(
            ["application_id"], ["accreditation.id"], name=op.f("fk_accreditation_file_application_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accreditation_file")),
        sa.UniqueConstraint("place", name=op.f("uq_accreditation_file_place")),
    )
    op.create_index(op.f("ix_accreditation_file_application_id"), "accreditation_file", ["application_id"])
    with op.batch_alter_table("upload") as uploads:
        uploads.alter_column("member_id", existing_type=sa.Uuid(), nullable=True)
        uploads.alter_column("draft_id", existing_type=sa.Uuid(), nullable=True)
        uploads.add_column(sa.Column("application_id", sa.Uuid(), nullable=True))
        uploads.create_foreign_key(op.f("fk_upload_application_id"), "accreditation", ["application_id"], ["id"])
        uploads.create_index(op.f("ix_upload_application_id"), ["application_id"])


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
