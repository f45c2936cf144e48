"""Files of confidential testimonies; a quote of one as a source of a recommendation."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "testimony_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("testimony_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["testimony_id"], ["testimony.id"], name=op.f("fk_testimony_file_testimony_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_testimony_file")),
        sa.UniqueConstraint("testimony_id", "position", name=op.f("uq_testimony_file_testimony_id_position")),
    )
    op.create_table(
        "testimony_piece",
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["testimony_file.id"], name=op.f("fk_testimony_piece_file_id")),
        sa.PrimaryKeyConstraint("file_id", "position", name=op.f("pk_testimony_piece")),
    )
    with op.batch_alter_table("testimony_offer") as offers:
        offers.add_column(sa.Column("files_on", sa.Date(), nullable=True))
        offers.add_column(sa.Column("files", sa.Integer(), server_default="0", nullable=False))
    with op.batch_alter_table("source") as sources:
        sources.alter_column("submission_id", existing_type=sa.Uuid(), nullable=True)
        sources.alter_column("passage_id", existing_type=sa.Uuid(), nullable=True)
        sources.add_column(sa.Column("quote_id", sa.Uuid(), nullable=True))
        sources.create_foreign_key(op.f("fk_source_quote_id"), "quote", ["quote_id"], ["id"])
        sources.create_unique_constraint(op.f("uq_source_recommendation_id_quote_id"), ["recommendation_id", "quote_id"])
        sources.create_check_constraint(
            op.f("ck_source_one_text"),
            "passage_id IS NOT NULL AND submission_id IS NOT NULL AND quote_id IS NULL"
            " OR passage_id IS NULL AND submission_id IS NULL AND quote_id IS NOT NULL",
        )
    op.create_index("ix_source_quote", "source", ["quote_id"])


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
