"""The queue is shared out among its moderators."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "moderation_task",
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_moderation_task_person_id")),
        sa.ForeignKeyConstraint(["submission_id"], ["submission.id"], name=op.f("fk_moderation_task_submission_id")),
        sa.PrimaryKeyConstraint("submission_id", name=op.f("pk_moderation_task")),
    )
    op.create_index(op.f("ix_moderation_task_person_id"), "moderation_task", ["person_id"])
    op.create_table(
        "moderator_desk",
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("back_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultation.id"], name=op.f("fk_moderator_desk_consultation_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_moderator_desk_person_id")),
        sa.PrimaryKeyConstraint("consultation_id", "person_id", name=op.f("pk_moderator_desk")),
    )
    op.create_index(op.f("ix_moderator_desk_person_id"), "moderator_desk", ["person_id"])


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
