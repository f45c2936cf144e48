"""A reservation of a body is put on record, and taken back, once whom its rule asks for has signed it off."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

VOICE = "member_id IS NOT NULL AND body_id IS NULL OR member_id IS NULL AND body_id IS NOT NULL"


def upgrade() -> None:
    with op.batch_alter_table("reservation") as table:
        table.alter_column("member_id", existing_type=sa.Uuid(), nullable=True)
        table.add_column(sa.Column("body_id", sa.Uuid(), nullable=True))
        table.add_column(sa.Column("track", sa.Text(), server_default="", nullable=False))
        table.add_column(sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))
        table.create_foreign_key(op.f("fk_reservation_body_id"), "body", ["body_id"], ["id"])
        table.create_check_constraint(op.f("ck_reservation_one_voice"), VOICE)
    op.create_table(
        "unsigned_reservation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("recommendation_id", sa.Uuid(), nullable=False),
        sa.Column("body_id", sa.Uuid(), nullable=False),
        sa.Column("track", sa.Text(), nullable=False),
        sa.Column("withdraws_id", sa.Uuid(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        *(_key(column, table) for column, table in KEYS),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unsigned_reservation")),
        sa.UniqueConstraint(
            *("recommendation_id", "body_id", "track"),
            name=op.f("uq_unsigned_reservation_recommendation_id_body_id_track"),
        ),
    )
    op.create_index(op.f("ix_unsigned_reservation_body_id"), "unsigned_reservation", ["body_id"])


KEYS = (
    ("consultation_id", "consultation"),
    ("recommendation_id", "recommendation"),
    ("body_id", "body"),
)


def _key(column: str, table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_unsigned_reservation_{column}"))


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
