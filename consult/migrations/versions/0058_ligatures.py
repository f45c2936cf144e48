"""Ligatures are folded as well: what was folded before is brought in line, and the text index is made anew. Regions have an index."""

from __future__ import annotations

from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None

FOLDED = {
    "person": ("search_name",),
    "body": ("search_names", "sorted_en", "sorted_fr"),
    "body_state": ("search_names",),
}


def upgrade() -> None:
    """Leave the text index empty: it is made anew once the schema is whole, by the code that reads it."""
    for table, columns in FOLDED.items():
        for name in columns:
            op.execute(
                f"UPDATE {table} SET {name} = REPLACE(REPLACE({name}, 'œ', 'oe'), 'æ', 'ae')"
                f" WHERE {name} LIKE '%œ%' OR {name} LIKE '%æ%'"
            )
    op.create_index("ix_body_region", "body", ["region"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DELETE FROM submission_index")
        return
    op.execute("DROP TABLE submission_index")
    op.execute("DELETE FROM submission_place")
    op.execute(
        "CREATE VIRTUAL TABLE submission_index USING fts5(words, marks, "
        "tokenize = 'ascii', detail = 'none', columnsize = 0, prefix = '2 3 4 5 6 7 8 9 10')"
    )


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
