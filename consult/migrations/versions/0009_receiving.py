"""Receiving: when moderators read, grounds that organisers edit, appeals, decisions taken together."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("consultation_track") as table:
        table.add_column(sa.Column("moderation", sa.Text(), nullable=False, server_default="pre"))
    with op.batch_alter_table("consultation") as table:
        table.add_column(sa.Column("moderation", sa.JSON(), nullable=False, server_default="{}"))
    with op.batch_alter_table("review_decision") as table:
        table.add_column(sa.Column("seals", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("waited", sa.Integer(), nullable=True))
        table.add_column(sa.Column("appeal_until", sa.DateTime(timezone=True), nullable=True))
        table.create_index("ix_review_decision_waited", ["consultation_id", "waited"])
    op.execute(
        "UPDATE review_decision SET seals = TRUE WHERE decision = 'return' AND ground IN ('names_person', 'harm')"
    )
    with op.batch_alter_table("submission") as table:
        table.add_column(sa.Column("look_over", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.create_index("ix_submission_look_over", ["consultation_id", "look_over", "received_at", "id"])
    op.create_table(
        "appeal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("waited", sa.Integer(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["consultation_id"], ["consultation.id"], name=op.f("fk_appeal_consultation_id")),
        sa.ForeignKeyConstraint(["submission_id"], ["submission.id"], name=op.f("fk_appeal_submission_id")),
        sa.ForeignKeyConstraint(["decision_id"], ["review_decision.id"], name=op.f("fk_appeal_decision_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal")),
        sa.UniqueConstraint("decision_id", name=op.f("uq_appeal_decision_id")),
    )
    op.create_index(op.f("ix_appeal_submission_id"), "appeal", ["submission_id"])
    op.create_index("ix_appeal_list", "appeal", ["consultation_id", "state", "due_at", "id"])
    op.create_index("ix_appeal_waited", "appeal", ["consultation_id", "waited"])
    op.create_table(
        "bulk_decision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("held_by", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultation.id"], name=op.f("fk_bulk_decision_consultation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_decision")),
    )
    op.create_index("ix_bulk_decision_due", "bulk_decision", ["state", "due_at"])
    op.create_index("ix_bulk_decision_list", "bulk_decision", ["consultation_id", "made_at"])
    op.create_table(
        "bulk_text",
        sa.Column("act_id", sa.Uuid(), nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["act_id"], ["bulk_decision.id"], name=op.f("fk_bulk_text_act_id")),
        sa.ForeignKeyConstraint(["submission_id"], ["submission.id"], name=op.f("fk_bulk_text_submission_id")),
        sa.PrimaryKeyConstraint("act_id", "submission_id", name=op.f("pk_bulk_text")),
    )
    op.create_index("ix_bulk_text_submission", "bulk_text", ["submission_id", "outcome"])


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
