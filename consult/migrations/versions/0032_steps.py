"""Steps of a coder on a text, to be taken back; the facets of texts by themselves in the index of PostgreSQL."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "coding_step",
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("passage_id", sa.Uuid(), nullable=False),
        sa.Column("code_id", sa.Uuid(), nullable=False),
        sa.Column("begins", sa.Integer(), nullable=True),
        sa.Column("ends", sa.Integer(), nullable=True),
        sa.Column("stance", sa.Text(), nullable=False),
        sa.Column("undone", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["code_id"], ["code.id"], name=op.f("fk_coding_step_code_id")),
        sa.ForeignKeyConstraint(["passage_id"], ["passage.id"], name=op.f("fk_coding_step_passage_id")),
        sa.ForeignKeyConstraint(["task_id"], ["coding_task.id"], name=op.f("fk_coding_step_task_id")),
        sa.PrimaryKeyConstraint("task_id", "number", "passage_id", "code_id", name=op.f("pk_coding_step")),
    )
    if op.get_bind().dialect.name == "postgresql":
        # MAIN: kept in the row, not packed. An index of before has none: emptied, it is made anew once the schema is whole.
        op.execute("DELETE FROM submission_index")
        op.execute("ALTER TABLE submission_index ADD COLUMN facets tsvector STORAGE MAIN NOT NULL")
        op.execute("CREATE INDEX ix_submission_index_facets ON submission_index USING gin (facets)")


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
