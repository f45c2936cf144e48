"""Interests lifted, assessments opened again with what was handed in before, the day on which paper came in."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("declared_interest", sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("declared_interest", sa.Column("asked_because", sa.Text(), nullable=False, server_default=""))
    op.add_column("declared_interest", sa.Column("answered_because", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "lifted_interest",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_because", sa.Text(), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_by", sa.Uuid(), nullable=True),
        sa.Column("lifted_because", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_lifted_interest_person_id")),
        sa.ForeignKeyConstraint(["submission_id"], ["submission.id"], name=op.f("fk_lifted_interest_submission_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lifted_interest")),
    )
    op.create_index(op.f("ix_lifted_interest_person_id"), "lifted_interest", ["person_id"], unique=False)
    op.create_index(op.f("ix_lifted_interest_submission_id"), "lifted_interest", ["submission_id"], unique=False)
    op.create_table(
        "earlier_assessment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("reviewer_id", sa.Uuid(), nullable=False),
        sa.Column("scores", sa.JSON(), nullable=False),
        sa.Column("recommendation", sa.Text(), nullable=False),
        sa.Column("inside", sa.Text(), nullable=False),
        sa.Column("to_author", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("handed_in_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reopened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reopened_by", sa.Uuid(), nullable=True),
        sa.Column("because", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["reviewer_id"], ["reviewer.id"], name=op.f("fk_earlier_assessment_reviewer_id")),
        sa.ForeignKeyConstraint(["submission_id"], ["submission.id"], name=op.f("fk_earlier_assessment_submission_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_earlier_assessment")),
    )
    op.create_index(op.f("ix_earlier_assessment_reviewer_id"), "earlier_assessment", ["reviewer_id"], unique=False)
    op.create_index(
        "ix_earlier_assessment_text", "earlier_assessment", ["submission_id", "revision", "id"], unique=False
    )
    op.add_column("paper_sheet", sa.Column("received_on", sa.Date(), nullable=True))
    op.add_column("submission", sa.Column("came_in_on", sa.Date(), nullable=True))
    op.add_column("submission", sa.Column("hands", sa.Text(), nullable=False, server_default=""))
    _note_hands()
    op.add_column("upload", sa.Column("question", sa.Text(), nullable=False, server_default=""))


def _note_hands() -> None:
    """Write down who entered the texts that came on paper before."""
    sheet = sa.table("paper_sheet", sa.column("id", sa.Uuid()), sa.column("submission_id", sa.Uuid()))
    entry = sa.table("paper_entry", sa.column("sheet_id", sa.Uuid()), sa.column("entered_by", sa.Uuid()))
    settled = sa.table("paper_comparison", sa.column("sheet_id", sa.Uuid()), sa.column("settled_by", sa.Uuid()))
    submission = sa.table("submission", sa.column("id", sa.Uuid()), sa.column("hands", sa.Text()))
    hands: dict[uuid.UUID, set[str]] = {}
    for table, who in ((entry, entry.c.entered_by), (settled, settled.c.settled_by)):
        query = sa.select(sheet.c.submission_id, who).join(table, table.c.sheet_id == sheet.c.id)
        for text, person in op.get_bind().execute(
            query.where(sheet.c.submission_id.is_not(None), who.is_not(None)).distinct()
        ):
            hands.setdefault(text, set()).add(str(person))
    for text, people in hands.items():
        op.execute(sa.update(submission).where(submission.c.id == text).values(hands=",".join(sorted(people))))


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
