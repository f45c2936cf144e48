"""Words that a text has often stand in the text index once more, for the ranking; people are found from an index."""

from __future__ import annotations

from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Leave the text index empty: it is made anew once the schema is whole, by the code that reads it."""
    op.create_index("ix_person_search_name", "person", ["search_name", "id"])
    op.drop_index("ix_body_list", "body")
    op.create_index("ix_body_list", "body", ["search_names", "key", "id"])
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
