"""Missions abroad are a list; what somebody wrote in their own words is matched where it names one of them, and kept."""

from __future__ import annotations

import csv

import sqlalchemy as sa
from alembic import op

from consult.folding import fold
from consult.settings import PACKAGE

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

reach = sa.table(
    "reach",
    sa.column("person_id", sa.Uuid()),
    sa.column("country", sa.Text()),
    sa.column("district", sa.Text()),
    sa.column("mission", sa.Text()),
)
#: What may stand before the city, folded.
BEFORE = ("", *(fold(word) + " " for word in ("Embassy in", "Consulate in", "السفارة في", "سفارة", "القنصلية في", "قنصلية", "Ambassade à", "Consulat à")))


def upgrade() -> None:
    op.create_table(
        "mission",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("cities", sa.JSON(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_mission")),
    )
    op.add_column("reach", sa.Column("mission", sa.Text(), server_default="", nullable=False))
    called = _called()
    connection = op.get_bind()
    rows = connection.execute(sa.select(reach.c.person_id, reach.c.country, reach.c.district).where(reach.c.district != ""))
    for person, country, district in rows.all():
        code = called.get(fold(district), "")
        if code and country in ("", code[:2]):
            connection.execute(sa.update(reach).where(reach.c.person_id == person).values(mission=code))


def _called() -> dict[str, str]:
    """Return the codes of the shipped missions by what somebody may have written."""
    with (PACKAGE / "reference" / "missions.csv").open(encoding="utf-8", newline="") as file:
        shipped = list(csv.DictReader(file))
    cities = {(fold(one[f"city_{code}"]), one["code"]) for one in shipped for code in ("ar", "en", "fr")}
    return {before + city: code for before in BEFORE for city, code in cities}


def downgrade() -> None:
    raise RuntimeError("a consultation's schema is never taken back; restore a backup instead")
