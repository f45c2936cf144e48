"""The body of a member as others may read of it: in Python and in every query the same."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from consult.accounts.models import Body
from consult.consultations.models import Member
from consult.db import session
from consult.testing.world import World


def test_a_withheld_body_is_none_wherever_it_is_asked(world: World) -> None:
    cso, ghat, named = world.bodies["cso"], world.bodies["ghat"], aliased(Member)
    assert world.member("cso").withheld
    shown = {key: world.member(key).body_id for key in ("cso", "ghat")}
    assert shown == {"cso": None, "ghat": ghat}
    assert world.member("cso").own_body_id == cso

    def keys(*conditions: sa.ColumnElement[bool]) -> set[str]:
        here = session.scalars(sa.select(Member.id).where(*conditions))
        return {key for one in here for key, member in world.members.items() if member == one}

    assert dict(session.execute(sa.select(Member.id, Member.body_id)).all())[world.members["cso"]] is None
    assert keys(Member.body_id == cso) == set()
    assert keys(Member.body_id == ghat) == {"ghat"}
    assert keys(Member.body_id.in_([cso, ghat])) == {"ghat"}
    assert "cso" in keys(Member.body_id.is_(None))
    assert "cso" not in keys(Member.body_id.is_not(None))
    assert keys(sa.tuple_(Member.body_id, Member.track).in_([(cso, "cso"), (ghat, "municipal")])) == {"ghat"}
    assert keys(sa.exists().where(Body.id == Member.body_id, Body.id == cso)) == set()
    assert session.scalars(sa.select(named.id).where(named.body_id == cso)).all() == []
    assert session.scalar(sa.select(sa.func.count(Member.body_id.distinct()))) == len(
        {body for key, body in world.bodies.items() if key != "cso"}
    )
