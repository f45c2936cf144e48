"""The register: lists in English and French have an order of their own, an overlap stands once, and what is not known of former states is not said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

from consult.folding import fold

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

SORTED = ("en", "fr")
BATCH = 1_000

body = sa.table(
    "body",
    sa.column("id", sa.Uuid()),
    sa.column("names", sa.JSON()),
    sa.column("search_names", sa.Text()),
    *(sa.column(f"sorted_{code}", sa.Text()) for code in SORTED),
)
overlap = sa.table(
    "body_mandate_overlap",
    sa.column("id", sa.Uuid()),
    sa.column("mandate_id", sa.Uuid()),
    sa.column("other_id", sa.Uuid()),
    sa.column("notes", sa.JSON()),
    sa.column("source", sa.Text()),
)


def upgrade() -> None:
    _sort_in_each_language()
    _forget_what_is_not_known()
    _keep_each_overlap_once()


def _sort_in_each_language() -> None:
    for code in SORTED:
        op.add_column("body", sa.Column(f"sorted_{code}", sa.Text(), server_default="", nullable=False))
    connection = op.get_bind()
    values: dict[str, Any] = {f"sorted_{code}": sa.bindparam(f"in_{code}") for code in SORTED}
    change = sa.update(body).where(body.c.id == sa.bindparam("of")).values(values)
    rows = [
        {"of": row.id, **{f"in_{code}": fold(row.names.get(code, "")) or row.search_names for code in SORTED}}
        for row in connection.execute(sa.select(body.c.id, body.c.names, body.c.search_names))
    ]
    for start in range(0, len(rows), BATCH):
        connection.execute(change, rows[start : start + BATCH])
    for code in SORTED:
        op.create_index(f"ix_body_list_{code}", "body", [f"sorted_{code}", "key", "id"])


def _forget_what_is_not_known() -> None:
    """Take back what 0045 copied: that a body had its present district, and the body above it, before it changed."""
    for name in ("district", "parent_key"):
        with op.batch_alter_table("body_state") as states:
            states.alter_column(name, existing_type=sa.Text(), nullable=True, server_default=None)
        present = f"(SELECT body.{name} FROM body WHERE body.id = body_state.body_id)"
        op.execute(f"UPDATE body_state SET {name} = NULL WHERE {name} = {present}")


def _keep_each_overlap_once() -> None:
    """Put the two mandates of each overlap in order; what two people said of the same two becomes one."""
    connection, found = op.get_bind(), dict[Any, Any]()
    for row in connection.execute(sa.select(overlap).order_by(overlap.c.id)).all():
        pair = tuple(sorted((row.mandate_id, row.other_id)))
        said = {"notes": row.notes, "source": row.source}
        if (first := found.get(pair)) is None:
            found[pair] = (row.id, said)
            continue
        said = {"notes": _joined(first[1]["notes"], row.notes), "source": "; ".join(dict.fromkeys((first[1]["source"], row.source)))}
        found[pair] = (first[0], said)
        connection.execute(sa.delete(overlap).where(overlap.c.id == row.id))
    for (one, other), (identity, said) in found.items():
        connection.execute(
            sa.update(overlap).where(overlap.c.id == identity).values(mandate_id=one, other_id=other, **said)
        )
    with op.batch_alter_table("body_mandate_overlap") as table:
        table.create_check_constraint(op.f("ck_body_mandate_overlap_in_order"), "mandate_id < other_id")


def _joined(first: Mapping[str, str], second: Mapping[str, str]) -> dict[str, str]:
    texts = {code: (first.get(code, ""), second.get(code, "")) for code in (*first, *second)}
    return {code: "\n\n".join(dict.fromkeys(filter(None, both))) for code, both in texts.items()}


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
