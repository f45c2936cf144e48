"""Roles for one track or one session of a consultation; acts that need two people."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("role_grant", sa.Column("track", sa.Text(), server_default="", nullable=False))
    op.add_column("role_grant", sa.Column("session_id", sa.Uuid(), nullable=True))
    op.create_table(
        "four_eyes",
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("consultation_id", name=op.f("pk_four_eyes")),
    )
    op.create_table(
        "grave_act",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grave_act")),
    )
    op.create_index(op.f("ix_grave_act_consultation_id"), "grave_act", ["consultation_id"])
    waiting = sa.text("state = 'waiting'")
    op.create_index(
        "uq_grave_act_waiting",
        "grave_act",
        ["kind", "subject_id"],
        unique=True,
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    op.create_table(
        "accreditation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("track", "state")),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("contact", "name", "kind", "language", "mandate", "legal_basis", "documents")
        ),
        sa.Column("withheld", sa.Boolean(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("body_id", sa.Uuid(), nullable=True),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        *(
            sa.ForeignKeyConstraint([f"{of}_id"], [f"{of}.id"], name=op.f(f"fk_accreditation_{of}_id"))
            for of in ("consultation", "person", "body", "member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accreditation")),
        sa.UniqueConstraint("consultation_id", "number", name=op.f("uq_accreditation_consultation_id_number")),
    )
    op.create_index(op.f("ix_accreditation_person_id"), "accreditation", ["person_id"])
    op.create_index(op.f("ix_accreditation_member_id"), "accreditation", ["member_id"])
    op.create_table(
        "accreditation_step",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["accreditation.id"], name=op.f("fk_accreditation_step_application_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accreditation_step")),
    )
    op.create_index(op.f("ix_accreditation_step_application_id"), "accreditation_step", ["application_id"])


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
