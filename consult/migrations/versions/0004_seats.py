"""Seats: who held them and when, alternates in order, proxies, and the bearer of a proxy on the roll.

Revision ID: 0003
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from uuid_utils.compat import uuid7

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("consultation", sa.Column("proxies_each", sa.Integer(), nullable=False, server_default="1"))
    op.create_table(
        "seat_term",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("seat_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("given_by", sa.Uuid(), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("until IS NULL OR until >= since", name=op.f("ck_seat_term_ends_after_it_begins")),
        sa.ForeignKeyConstraint(["seat_id"], ["seat.id"], name=op.f("fk_seat_term_seat_id")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_seat_term_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat_term")),
    )
    op.create_index(op.f("ix_seat_term_seat_id"), "seat_term", ["seat_id"], unique=False)
    op.create_index(op.f("ix_seat_term_member_id"), "seat_term", ["member_id"], unique=False)
    _unique_while_open("uq_seat_term_now", "seat_term", "until IS NULL")
    op.create_table(
        "alternate",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("seat_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["consultation_id"], ["consultation.id"], name=op.f("fk_alternate_consultation_id")),
        sa.ForeignKeyConstraint(["seat_id"], ["seat.id"], name=op.f("fk_alternate_seat_id")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_alternate_member_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_alternate_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alternate")),
        sa.UniqueConstraint("consultation_id", "person_id", name=op.f("uq_alternate_consultation_id_person_id")),
        sa.UniqueConstraint("member_id", name=op.f("uq_alternate_member_id")),
    )
    op.create_index(op.f("ix_alternate_seat_id"), "alternate", ["seat_id"], unique=False)
    op.create_table(
        "proxy",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("seat_id", sa.Uuid(), nullable=False),
        sa.Column("giver_id", sa.Uuid(), nullable=False),
        sa.Column("bearer_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("ballot_kind", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_because", sa.Text(), nullable=False),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("giver_id <> bearer_id", name=op.f("ck_proxy_for_somebody_else")),
        sa.ForeignKeyConstraint(["consultation_id"], ["consultation.id"], name=op.f("fk_proxy_consultation_id")),
        sa.ForeignKeyConstraint(["seat_id"], ["seat.id"], name=op.f("fk_proxy_seat_id")),
        sa.ForeignKeyConstraint(["giver_id"], ["member.id"], name=op.f("fk_proxy_giver_id")),
        sa.ForeignKeyConstraint(["bearer_id"], ["member.id"], name=op.f("fk_proxy_bearer_id")),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_proxy_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proxy")),
    )
    for column in ("consultation_id", "seat_id", "giver_id", "bearer_id"):
        op.create_index(op.f(f"ix_proxy_{column}"), "proxy", [column], unique=False)
    _unique_while_open("uq_proxy_in_force", "proxy", "ended_at IS NULL")
    _bearers_on_the_roll()
    _begin_terms()


def _unique_while_open(name: str, table: str, condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, table, ["seat_id"], unique=True, sqlite_where=where, postgresql_where=where)


def _bearers_on_the_roll() -> None:
    """Add who casts for an absent voter. Said to SQLite in its own words: a copy of the table would lose its choices' hold."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "ALTER TABLE roll_entry ADD COLUMN represented_by_id CHAR(32)"
            " CONSTRAINT fk_roll_entry_represented_by_id REFERENCES member (id)"
            " CONSTRAINT ck_roll_entry_by_somebody_else CHECK (represented_by_id <> voter_id)"
        )
    else:
        op.add_column("roll_entry", sa.Column("represented_by_id", sa.Uuid(), nullable=True))
        op.create_foreign_key(
            op.f("fk_roll_entry_represented_by_id"), "roll_entry", "member", ["represented_by_id"], ["id"]
        )
        op.create_check_constraint(
            op.f("ck_roll_entry_by_somebody_else"), "roll_entry", "represented_by_id <> voter_id"
        )
    op.create_index(op.f("ix_roll_entry_represented_by_id"), "roll_entry", ["represented_by_id"], unique=False)


def _begin_terms() -> None:
    """Begin a term for whoever holds a seat now; since when is not on record, but they were invited before."""
    connection = op.get_bind()
    moment = sa.DateTime(timezone=True)
    seat = sa.table("seat", sa.column("id", sa.Uuid()), sa.column("holder_id", sa.Uuid()))
    member = sa.table("member", sa.column("id", sa.Uuid()), sa.column("invited_at", moment))
    term = sa.table(
        "seat_term",
        *(sa.column(name, sa.Uuid()) for name in ("id", "seat_id", "member_id")),
        sa.column("since", moment),
        sa.column("reason", sa.Text()),
        sa.column("language", sa.Text()),
    )
    held = connection.execute(
        sa.select(seat.c.id, member.c.id, member.c.invited_at).join(member, member.c.id == seat.c.holder_id)
    ).all()
    rows = [
        {"id": uuid7(), "seat_id": one, "member_id": holder, "since": since, "reason": "", "language": ""}
        for one, holder, since in held
    ]
    if rows:
        connection.execute(sa.insert(term), rows)


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
