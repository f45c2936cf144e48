"""The public halves of the keys that sign the log are written down, and the notes where one follows another."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "log_key",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_log_key"),
        sa.UniqueConstraint("public", name="uq_log_key_public"),
    )
    op.create_table(
        "log_key_change",
        sa.Column("stream_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["stream_id"], ["stream.id"], name="fk_log_key_change_stream_id"),
        sa.ForeignKeyConstraint(["number"], ["log_key.number"], name="fk_log_key_change_number"),
        sa.PrimaryKeyConstraint("stream_id", "number", name="pk_log_key_change"),
    )


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
