"""The folded text beside the words of the index, for phrases and ranking; saved searches."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        op.execute("ALTER TABLE submission_index ADD COLUMN folded text NOT NULL DEFAULT ''")
    op.create_table(
        "saved_search",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("given", sa.JSON(), nullable=False),
        sa.Column("wanted", sa.JSON(), nullable=False),
        sa.Column("mails", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultation.id"], name=op.f("fk_saved_search_consultation_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_saved_search_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_search")),
        sa.UniqueConstraint("person_id", "number", name=op.f("uq_saved_search_person_id_number")),
    )
    op.create_index(op.f("ix_saved_search_consultation_id"), "saved_search", ["consultation_id"])
    # An index of before holds words in another order and no text: emptied, it is made anew once the schema is whole.
    op.execute("DELETE FROM submission_index")
    if connection.dialect.name == "sqlite":
        op.execute("DELETE FROM submission_place")


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
