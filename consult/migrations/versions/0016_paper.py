"""Sheets of paper: entry by two clerks, comparison, receipts, pictures."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def _key(column: str, target: str, table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    op.create_table(
        "paper_sheet",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("track", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("questionnaire_id", sa.Uuid(), nullable=True),
        sa.Column("boxes", sa.JSON(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("void_reason", sa.Text(), nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=True),
        sa.Column("code_hash", sa.LargeBinary(), nullable=True),
        sa.Column("receipt_by", sa.Uuid(), nullable=True),
        sa.Column("printed_by", sa.Uuid(), nullable=True),
        sa.Column("printed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        _key("consultation_id", "consultation", "paper_sheet"),
        _key("questionnaire_id", "questionnaire", "paper_sheet"),
        _key("submission_id", "submission", "paper_sheet"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_sheet")),
        sa.UniqueConstraint("consultation_id", "number", name=op.f("uq_paper_sheet_consultation_id_number")),
        sa.UniqueConstraint("submission_id", name=op.f("uq_paper_sheet_submission_id")),
    )
    op.create_index("ix_paper_sheet_list", "paper_sheet", ["consultation_id", "state", "number"])
    op.create_index("ix_paper_sheet_run", "paper_sheet", ["consultation_id", "run"])
    op.create_table(
        "paper_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sheet_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        _key("sheet_id", "paper_sheet", "paper_entry"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_entry")),
        sa.UniqueConstraint("sheet_id", "place", name=op.f("uq_paper_entry_sheet_id_place")),
        sa.UniqueConstraint("sheet_id", "entered_by", name=op.f("uq_paper_entry_sheet_id_entered_by")),
    )
    op.create_table(
        "paper_comparison",
        sa.Column("sheet_id", sa.Uuid(), nullable=False),
        sa.Column("box", sa.Text(), nullable=False),
        sa.Column("differed", sa.Boolean(), nullable=False),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        _key("sheet_id", "paper_sheet", "paper_comparison"),
        sa.PrimaryKeyConstraint("sheet_id", "box", name=op.f("pk_paper_comparison")),
    )
    op.create_table(
        "paper_scan",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sheet_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        _key("sheet_id", "paper_sheet", "paper_scan"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_scan")),
        sa.UniqueConstraint("place", name=op.f("uq_paper_scan_place")),
    )
    op.create_index(op.f("ix_paper_scan_sheet_id"), "paper_scan", ["sheet_id"])


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
