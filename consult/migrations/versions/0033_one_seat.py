"""One seat for each body in a track: kept by the database, for two who make it at the same moment.

Where a body has two already, nobody but the organisers can say which of them votes: the upgrade stops and names them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from consult.errors import Conflict
from consult.i18n import N_

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

_DOUBLE = sa.text(
    """
    SELECT consultation.slug, seat.track, body.key, count(*) FROM seat
    JOIN consultation ON consultation.id = seat.consultation_id JOIN body ON body.id = seat.body_id
    GROUP BY consultation.slug, seat.track, body.key HAVING count(*) > 1 ORDER BY 1, 2, 3
    """
)


def upgrade() -> None:
    doubles = [f"{slug} / {track} / {body}: {seats}" for slug, track, body, seats in op.get_bind().execute(_DOUBLE)]
    if doubles:
        raise Conflict(
            N_(
                "These bodies have more than one seat in a track, which would give them more than one vote (consultation / track / body: seats). Nothing was changed. Keep one seat of each in the former version, then upgrade: %(doubles)s",
                doubles="; ".join(doubles),
            )
        )
    only = sa.text("body_id IS NOT NULL")
    op.create_index(
        "uq_seat_body",
        "seat",
        ["consultation_id", "track", "body_id"],
        unique=True,
        sqlite_where=only,
        postgresql_where=only,
    )


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
