"""Who takes part until when stands with the member, what an accreditation was extended to with its step; what became of the seats of bodies that ended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    with op.batch_alter_table("member") as members:
        members.add_column(sa.Column("until", moment, nullable=True))
        members.alter_column("ended_at", new_column_name="part_ended_at", existing_type=moment, existing_nullable=True)
    with op.batch_alter_table("accreditation") as applications:
        applications.add_column(sa.Column("reminded_at", moment, nullable=True))
    with op.batch_alter_table("accreditation_step") as steps:
        steps.add_column(sa.Column("until", moment, nullable=True))
    op.create_table(
        "body_settlement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("body_id", sa.Uuid(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("track", sa.Text(), nullable=False),
        sa.Column("fate", sa.Text(), nullable=False),
        sa.Column("successor_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", moment, nullable=False),
        sa.ForeignKeyConstraint(["body_id"], ["body.id"], name=op.f("fk_body_settlement_body_id")),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultation.id"], name=op.f("fk_body_settlement_consultation_id")
        ),
        sa.ForeignKeyConstraint(["successor_id"], ["body.id"], name=op.f("fk_body_settlement_successor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_body_settlement")),
    )
    op.create_index(op.f("ix_body_settlement_body_id"), "body_settlement", ["body_id"])
    _move_ends()


def _move_ends() -> None:
    """Give each member the end of their accreditation; several for one member could only be left over from former parts."""
    member = sa.table("member", sa.column("id", sa.Uuid()), sa.column("until", sa.DateTime(timezone=True)))
    accreditation = sa.table(
        "accreditation",
        *(sa.column("member_id", sa.Uuid()), sa.column("state", sa.Text())),
        sa.column("until", sa.DateTime(timezone=True)),
    )
    ends = sa.select(sa.func.min(accreditation.c.until)).where(
        accreditation.c.member_id == member.c.id, accreditation.c.state == "accepted"
    )
    op.execute(sa.update(member).values(until=ends.scalar_subquery()))


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
