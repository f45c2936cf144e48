"""The register of bodies keeps what was: states, ends and those that follow, mandates that ended with a body; a roll says for whom each voted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op
from uuid_utils.compat import uuid7

from consult.migrations.dialects import ballot_triggers, drop_ballot_triggers

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def _table(name: str, **columns: Any) -> sa.TableClause:
    return sa.table(name, *(sa.column(column, kind) for column, kind in columns.items()))


body = _table(
    "body",
    id=sa.Uuid(),
    key=sa.Text(),
    kind=sa.Text(),
    level=sa.Text(),
    region=sa.Text(),
    valid_to=MOMENT,
    successor_key=sa.Text(),
)


def upgrade() -> None:
    _keep_states()
    _tables_of_ends()
    _move_ends()
    op.drop_index("ix_body_successor", table_name="body")
    op.drop_column("body", "successor_key")
    op.add_column("body_contact", sa.Column("as_of", sa.Date(), nullable=True))
    op.add_column("body_contact", sa.Column("source", sa.Text(), nullable=False, server_default=""))
    op.add_column("body_settlement", sa.Column("undone_at", MOMENT, nullable=True))
    _bodies_on_the_roll()


def _keep_states() -> None:
    """Keep former names as former states: kind, level and region were never changed on a day, so they are those of today."""
    op.create_table(
        "body_state",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("body_id", sa.Uuid(), nullable=False),
        sa.Column("names", sa.JSON(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("search_names", "kind", "level", "region")),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["body_id"], ["body.id"], name=op.f("fk_body_state_body_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_body_state")),
    )
    op.execute(
        "INSERT INTO body_state (id, body_id, names, search_names, kind, level, region, until, source)"
        " SELECT n.id, n.body_id, n.names, n.search_names, b.kind, b.level, b.region, n.until, n.source"
        " FROM body_name n JOIN body b ON b.id = n.body_id"
    )
    op.drop_table("body_name")
    op.create_index(op.f("ix_body_state_body_id"), "body_state", ["body_id"])


def _tables_of_ends() -> None:
    op.create_table(
        "body_end",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("body_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("undone_at", MOMENT, nullable=True),
        sa.Column("undone_because", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["body_id"], ["body.id"], name=op.f("fk_body_end_body_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_body_end")),
    )
    op.create_index(op.f("ix_body_end_body_id"), "body_end", ["body_id"])
    standing = sa.text("undone_at IS NULL")
    op.create_index(
        "uq_body_end_stands", "body_end", ["body_id"], unique=True, sqlite_where=standing, postgresql_where=standing
    )
    op.create_table(
        "body_successor",
        sa.Column("body_id", sa.Uuid(), nullable=False),
        sa.Column("successor_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["body_id"], ["body.id"], name=op.f("fk_body_successor_body_id")),
        sa.ForeignKeyConstraint(["successor_id"], ["body.id"], name=op.f("fk_body_successor_successor_id")),
        sa.PrimaryKeyConstraint("body_id", "successor_id", name=op.f("pk_body_successor")),
    )
    op.create_index(op.f("ix_body_successor_successor_id"), "body_successor", ["successor_id"])
    op.create_table(
        "body_end_mandate",
        sa.Column("end_id", sa.Uuid(), nullable=False),
        sa.Column("mandate_id", sa.Uuid(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("taken_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["end_id"], ["body_end.id"], name=op.f("fk_body_end_mandate_end_id")),
        sa.ForeignKeyConstraint(["mandate_id"], ["body_mandate.id"], name=op.f("fk_body_end_mandate_mandate_id")),
        sa.PrimaryKeyConstraint("end_id", "mandate_id", name=op.f("pk_body_end_mandate")),
    )
    op.create_index(op.f("ix_body_end_mandate_mandate_id"), "body_end_mandate", ["mandate_id"])
    op.create_table(
        "body_settlement_part",
        sa.Column("settlement_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("part_id", sa.Uuid(), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=True),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.Column("constituency", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["settlement_id"], ["body_settlement.id"], name=op.f("fk_body_settlement_part_settlement_id")
        ),
        sa.PrimaryKeyConstraint("settlement_id", "kind", "part_id", name=op.f("pk_body_settlement_part")),
    )


def _move_ends() -> None:
    """Write an end for each body that has ended, who followed it, and the mandates that ended with it."""
    connection = op.get_bind()
    ended = connection.execute(
        sa.select(body.c.id, body.c.valid_to, body.c.successor_key).where(body.c.valid_to.is_not(None))
    ).all()
    if not ended:
        return
    ends = {one.id: (uuid7(), _day(one.valid_to)) for one in ended}
    target = _table(
        "body_end",
        id=sa.Uuid(),
        body_id=sa.Uuid(),
        since=sa.Date(),
        **dict.fromkeys(("source", "undone_because", "language"), sa.Text()),
    )
    empty = {"source": "", "undone_because": "", "language": ""}
    connection.execute(
        target.insert(),
        [{"id": end, "body_id": row, "since": since, **empty} for row, (end, since) in ends.items()],
    )
    _link_successors(connection, ended)
    _link_mandates(connection, ends)


def _day(moment: datetime) -> date:
    """Return the day of a moment, which is midnight in UTC, whatever time zone the database tells it in."""
    return (moment.astimezone(UTC) if moment.tzinfo else moment).date()


def _link_successors(connection: sa.Connection, ended: Sequence[Any]) -> None:
    """Follow the log: it says into which body each went then, where the register named the last of a chain."""
    ids = {key: one for one, key in connection.execute(sa.select(body.c.id, body.c.key))}
    event = _table("event", type=sa.Text(), facts=sa.JSON(), at=MOMENT)
    merged = sa.select(event.c.facts).where(event.c.type == "BodyMerged").order_by(event.c.at)
    told = {facts["body"]: facts["successor_key"] for (facts,) in connection.execute(merged) if facts}
    links = [
        {"body_id": one.id, "successor_id": ids[key]}
        for one in ended
        if one.successor_key and (key := told.get(str(one.id), one.successor_key)) in ids
    ]
    if links:
        connection.execute(_table("body_successor", body_id=sa.Uuid(), successor_id=sa.Uuid()).insert(), links)


def _link_mandates(connection: sa.Connection, ends: dict[Any, Any]) -> None:
    """Name the mandates whose last day is that of their body: they ended with it."""
    mandate = _table("body_mandate", id=sa.Uuid(), body_id=sa.Uuid(), valid_to=sa.Date())
    rows = connection.execute(sa.select(mandate.c.id, mandate.c.body_id, mandate.c.valid_to)).all()
    found = [
        {"end_id": ends[one.body_id][0], "mandate_id": one.id}
        for one in rows
        if one.body_id in ends and ends[one.body_id][1] == one.valid_to
    ]
    if found:
        connection.execute(_table("body_end_mandate", end_id=sa.Uuid(), mandate_id=sa.Uuid()).insert(), found)


def _bodies_on_the_roll() -> None:
    """Say on each roll for which body a member stood: today's, before anybody noted it. The table is not copied: its guards hold on to it."""
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        op.execute(
            "ALTER TABLE roll_entry ADD COLUMN body_id CHAR(32)"
            " CONSTRAINT fk_roll_entry_body_id REFERENCES body (id)"
        )
    else:
        op.add_column("roll_entry", sa.Column("body_id", sa.Uuid(), nullable=True))
        op.create_foreign_key(op.f("fk_roll_entry_body_id"), "roll_entry", "body", ["body_id"], ["id"])
    drop_ballot_triggers(connection)
    op.execute("UPDATE roll_entry SET body_id = (SELECT body_id FROM member WHERE member.id = roll_entry.voter_id)")
    ballot_triggers(connection)
    op.create_index(op.f("ix_roll_entry_body_id"), "roll_entry", ["body_id"])


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
