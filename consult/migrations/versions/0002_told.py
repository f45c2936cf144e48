"""Being told: notices in the product, wishes, addresses that fail, messages of the organisers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("mail") as mail:
        mail.add_column(sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True))
    _notices()
    _wishes()
    _messages()


def _person() -> sa.Column[object]:
    return sa.Column("person_id", sa.Uuid(), nullable=False)


def _of_person(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f(f"fk_{table}_person_id"))


def _notices() -> None:
    op.create_table(
        "notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        _person(),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gather_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gathered_at", sa.DateTime(timezone=True), nullable=True),
        _of_person("notice"),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_notice_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("person_id", "event_id", "about", name=op.f("uq_notice_person_id_event_id_about")),
    )
    op.create_index("ix_notice_list", "notice", ["person_id", "id"])
    for name, columns, where in (
        ("ix_notice_unread", ["person_id"], "read_at IS NULL"),
        ("ix_notice_waiting", ["gather_at"], "gathered_at IS NULL"),
    ):
        op.create_index(name, "notice", columns, postgresql_where=sa.text(where), sqlite_where=sa.text(where))


def _wishes() -> None:
    op.create_table(
        "reach",
        _person(),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("timezone", "country", "district")),
        *(sa.Column(name, sa.Integer(), nullable=True) for name in ("quiet_from", "quiet_to")),
        _of_person("reach"),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_reach")),
    )
    op.create_table(
        "wish",
        _person(),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        _of_person("wish"),
        sa.PrimaryKeyConstraint("person_id", "topic", name=op.f("pk_wish")),
    )
    op.create_table(
        "failing_address",
        _person(),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("refusals", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        _of_person("failing_address"),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_failing_address")),
    )


def _messages() -> None:
    op.create_table(
        "message_round",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.JSON(), nullable=False) for name in ("subjects", "texts", "chosen")),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("people", "by_mail")),
        sa.Column("sent_by", sa.Uuid(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultation.id"], name=op.f("fk_message_round_consultation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_round")),
        sa.UniqueConstraint("consultation_id", "number", name=op.f("uq_message_round_consultation_id_number")),
    )
    op.create_table(
        "message_reader",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        _person(),
        sa.Column("withheld", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["message_round.id"], name=op.f("fk_message_reader_round_id")),
        _of_person("message_reader"),
        sa.PrimaryKeyConstraint("round_id", "person_id", name=op.f("pk_message_reader")),
    )
    op.create_index(op.f("ix_message_reader_person_id"), "message_reader", ["person_id"], unique=False)


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
