"""Bodies that write together: shared drafts with parts, saves and comments, and the sign-offs of their texts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def _key(column: str, target: str, table: str, *, cascade: bool = False) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete="CASCADE" if cascade else None)


def upgrade() -> None:
    op.create_table(
        "office",
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("body_id", sa.Uuid(), nullable=False),
        sa.Column("track", sa.Text(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=True),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("others", sa.Integer(), nullable=False),
        _key("consultation_id", "consultation", "office"),
        _key("body_id", "body", "office"),
        _key("lead_id", "member", "office"),
        sa.PrimaryKeyConstraint("consultation_id", "body_id", "track", name=op.f("pk_office")),
    )
    op.create_index(op.f("ix_office_lead_id"), "office", ["lead_id"])
    # In words: Alembic would copy the whole table on SQLite, which takes a column with a reference as it is.
    sqlite = op.get_bind().dialect.name == "sqlite"
    op.execute(
        f"ALTER TABLE draft ADD COLUMN shared_body_id {'CHAR(32)' if sqlite else 'UUID'}"
        " CONSTRAINT fk_draft_shared_body_id REFERENCES body (id)"
    )
    op.execute("ALTER TABLE draft ADD COLUMN shared_track TEXT DEFAULT '' NOT NULL")
    op.execute("ALTER TABLE draft ADD COLUMN asked_digest TEXT DEFAULT '' NOT NULL")
    op.execute(f"ALTER TABLE submission ADD COLUMN signed_off_at {'DATETIME' if sqlite else 'TIMESTAMP WITH TIME ZONE'}")
    op.create_index(op.f("ix_draft_shared_body_id"), "draft", ["shared_body_id"])
    op.create_table(
        "draft_part",
        sa.Column("draft_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("saved_from", sa.Text(), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        _key("draft_id", "draft", "draft_part", cascade=True),
        _key("holder_id", "member", "draft_part"),
        sa.PrimaryKeyConstraint("draft_id", "part", name=op.f("pk_draft_part")),
    )
    op.create_index(op.f("ix_draft_part_holder_id"), "draft_part", ["holder_id"])
    op.create_table(
        "draft_save",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("draft_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("page", sa.Text(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        _key("draft_id", "draft", "draft_save", cascade=True),
        _key("member_id", "member", "draft_save"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_save")),
    )
    op.create_index("ix_draft_save_draft", "draft_save", ["draft_id", "id"])
    op.create_index(op.f("ix_draft_save_member_id"), "draft_save", ["member_id"])
    op.create_table(
        "draft_comment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("draft_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        _key("draft_id", "draft", "draft_comment", cascade=True),
        _key("member_id", "member", "draft_comment"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_comment")),
    )
    op.create_index("ix_draft_comment_draft", "draft_comment", ["draft_id", "part", "id"])
    op.create_index(op.f("ix_draft_comment_member_id"), "draft_comment", ["member_id"])
    op.create_table(
        "sign_off",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("text_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fell_at", sa.DateTime(timezone=True), nullable=True),
        _key("member_id", "member", "sign_off"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_off")),
        sa.UniqueConstraint("text_id", "digest", "member_id", name=op.f("uq_sign_off_text_id_digest_member_id")),
    )
    op.create_index(op.f("ix_sign_off_member_id"), "sign_off", ["member_id"])
    op.create_table(
        "cosignature",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("body_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("substance", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fell_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        _key("consultation_id", "consultation", "cosignature"),
        _key("submission_id", "submission", "cosignature"),
        _key("body_id", "body", "cosignature"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cosignature")),
        sa.UniqueConstraint("submission_id", "body_id", name=op.f("uq_cosignature_submission_id_body_id")),
    )
    op.create_index(op.f("ix_cosignature_body_id"), "cosignature", ["body_id"])


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
