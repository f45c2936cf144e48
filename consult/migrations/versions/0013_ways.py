"""Short codes beside printed links; registration of persons."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("sign_in_link") as links:
        links.add_column(sa.Column("code_hash", sa.LargeBinary(), nullable=True))
        links.create_unique_constraint(op.f("uq_sign_in_link_code_hash"), ["code_hash"])
    with op.batch_alter_table("consultation_track") as tracks:
        tracks.add_column(sa.Column("open_to_persons", sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table("member") as members:
        members.add_column(sa.Column("registered", sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table("mail") as mail:
        mail.alter_column("person_id", existing_type=sa.Uuid(), nullable=True)
    op.create_table(
        "registration",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("track", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("withheld", sa.Boolean(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultation.id"], name=op.f("fk_registration_consultation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_registration_token_hash")),
    )
    op.create_index(op.f("ix_registration_expires_at"), "registration", ["expires_at"])


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
