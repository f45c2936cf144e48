"""Recovery codes under a slow hash; mailed sign-in links bound to the browser that asked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _recovery_codes()
    with op.batch_alter_table("sign_in_link") as links:
        links.add_column(sa.Column("asked_hash", sa.LargeBinary(), nullable=True))
        links.create_index(op.f("ix_sign_in_link_asked_hash"), ["asked_hash"])
    op.execute("DELETE FROM link_request")  # what waits for its letter now is asked for again
    with op.batch_alter_table("link_request") as requests:
        requests.add_column(sa.Column("asked_hash", sa.LargeBinary(), nullable=False))


def _recovery_codes() -> None:
    """Label each code with its keyed hash: nothing but the code itself could give the slow hash, and codes still work."""
    connection = op.get_bind()
    before = sa.table("recovery_code", sa.column("person_id", sa.Uuid()), sa.column("digest", sa.LargeBinary()))
    kept = [
        {"person_id": person, "label": bytes(digest).hex(), "hashed": ""}
        for person, digest in connection.execute(sa.select(before.c.person_id, before.c.digest))
    ]
    op.drop_table("recovery_code")
    codes = op.create_table(
        "recovery_code",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("hashed", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_recovery_code_person_id")),
        sa.PrimaryKeyConstraint("person_id", "label", name=op.f("pk_recovery_code")),
    )
    if kept:
        op.bulk_insert(codes, kept)


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
