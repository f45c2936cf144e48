"""People are found however their names are spelt; who chose a display name is found without looking at everybody."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from consult.folding import fold

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

BATCH = 1_000

person = sa.table("person", sa.column("id", sa.Uuid()), sa.column("name", sa.Text()), sa.column("search_name", sa.Text()))


def upgrade() -> None:
    op.add_column("person", sa.Column("search_name", sa.Text(), server_default="", nullable=False))
    connection = op.get_bind()
    one = sa.update(person).where(person.c.id == sa.bindparam("of")).values(search_name=sa.bindparam("folded"))
    people = connection.execute(sa.select(person.c.id, person.c.name)).all()
    for start in range(0, len(people), BATCH):
        connection.execute(one, [{"of": of, "folded": fold(name)} for of, name in people[start : start + BATCH]])
    named = sa.text("display_name != ''")
    op.create_index(
        "ix_member_display_name", "member", ["consultation_id"], sqlite_where=named, postgresql_where=named
    )


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
