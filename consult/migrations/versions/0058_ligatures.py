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
    sqlite = op.get_bind().dialect.name == "sqlite"
    op.execute(f"DELETE FROM {'submission_place' if sqlite else 'submission_index'}")


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
