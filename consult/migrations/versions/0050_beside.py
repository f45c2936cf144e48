"""Track, language and region of a text stand beside its place in the text index of SQLite, as they do in the index itself."""

from __future__ import annotations

from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

COLUMNS = ("track", "language", "region")


def upgrade() -> None:
    """Write them from the texts that are in the index; PostgreSQL finds them among its sets of words."""
    if op.get_bind().dialect.name == "postgresql":
        return
    for name in COLUMNS:
        op.execute(f"ALTER TABLE submission_place ADD COLUMN {name} TEXT NOT NULL DEFAULT ''")
    op.execute(
        "UPDATE submission_place SET (track, language, region) = ("
        "SELECT submission.track, submission.language, coalesce(body.region, '') FROM submission"
        " LEFT JOIN body ON body.id = submission.body_id WHERE submission.id = submission_place.submission_id)"
    )


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
