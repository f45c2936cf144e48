"""Members of a body write its official response together: parts that are held, earlier saves, comments inside."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "response_part",
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("saved_from", sa.Text(), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("response_id", sa.Uuid(), nullable=False),
        _member("holder_id", "response_part"),
        _response("response_part"),
        sa.PrimaryKeyConstraint("part", "response_id", name=op.f("pk_response_part")),
    )
    op.create_index(op.f("ix_response_part_holder_id"), "response_part", ["holder_id"])
    op.create_table(
        "response_save",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("page", sa.Text(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("response_id", sa.Uuid(), nullable=False),
        _member("member_id", "response_save"),
        _response("response_save"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_response_save")),
    )
    op.create_index(op.f("ix_response_save_member_id"), "response_save", ["member_id"])
    op.create_index("ix_response_save_response", "response_save", ["response_id", "id"])
    op.create_table(
        "response_comment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("response_id", sa.Uuid(), nullable=False),
        _member("member_id", "response_comment"),
        _response("response_comment"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_response_comment")),
    )
    op.create_index(op.f("ix_response_comment_member_id"), "response_comment", ["member_id"])
    op.create_index("ix_response_comment_response", "response_comment", ["response_id", "part", "id"])


def _member(column: str, table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["member.id"], name=op.f(f"fk_{table}_{column}"))


def _response(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_response_id")
    return sa.ForeignKeyConstraint(["response_id"], ["official_response.id"], ondelete="CASCADE", name=name)


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
