"""Confidential testimony: offers, readers, sealed testimonies, quotes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "testimony_offer",
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultation.id"], name=op.f("fk_testimony_offer_consultation_id")
        ),
        sa.PrimaryKeyConstraint("consultation_id", name=op.f("pk_testimony_offer")),
    )
    op.create_table(
        "testimony_reader",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("named_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("named_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultation.id"], name=op.f("fk_testimony_reader_consultation_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_testimony_reader_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_testimony_reader")),
    )
    op.create_index(op.f("ix_testimony_reader_consultation_id"), "testimony_reader", ["consultation_id"])
    op.create_index(op.f("ix_testimony_reader_person_id"), "testimony_reader", ["person_id"])
    op.create_table(
        "testimony",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("lookup", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("key_number", sa.Integer(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["consultation_id"], ["consultation.id"], name=op.f("fk_testimony_consultation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_testimony")),
        sa.UniqueConstraint("consultation_id", "number", name=op.f("uq_testimony_consultation_id_number")),
        sa.UniqueConstraint("lookup", name=op.f("uq_testimony_lookup")),
    )
    op.create_index("ix_testimony_list", "testimony", ["consultation_id", "received_on", "number"])
    op.create_table(
        "testimony_message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("testimony_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["testimony_id"], ["testimony.id"], name=op.f("fk_testimony_message_testimony_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_testimony_message")),
        sa.UniqueConstraint("testimony_id", "position", name=op.f("uq_testimony_message_testimony_id_position")),
    )
    op.create_table(
        "testimony_quote",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("testimony_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("proposed_by", sa.Uuid(), nullable=True),
        sa.Column("checked_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["testimony_id"], ["testimony.id"], name=op.f("fk_testimony_quote_testimony_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_testimony_quote")),
    )
    op.create_index(op.f("ix_testimony_quote_testimony_id"), "testimony_quote", ["testimony_id"])
    op.create_table(
        "quote",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["consultation_id"], ["consultation.id"], name=op.f("fk_quote_consultation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote")),
        sa.UniqueConstraint("consultation_id", "number", name=op.f("uq_quote_consultation_id_number")),
    )


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
