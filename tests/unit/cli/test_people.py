"""`consult remove-second-factor`: for whoever lost everything, told to them, and only at the terminal."""

from __future__ import annotations

import sqlalchemy as sa

from consult.accounts.queries import factors_of
from consult.app import create_app
from consult.db import session
from consult.notifications.models import Mail
from consult.settings import Settings
from consult.testing.factors import set_up_app
from consult.testing.sample import disposed
from consult.testing.world import make_world

from .conftest import Run


def test_the_operator_takes_every_second_factor_off_an_account(run: Run, migrated: Settings) -> None:
    with create_app(migrated).app_context(), disposed():
        world = make_world()
        set_up_app(world, "ghat")
    unknown = run("remove-second-factor", "nobody@example.org")
    assert (unknown.exit_code, unknown.output) == (1, "Error: nobody has the address nobody@example.org\n")
    done = run("remove-second-factor", "Ghat@example.org")
    assert (done.exit_code, done.output) == (0, "Every second factor was removed; they are told by mail.\n")
    assert run("remove-second-factor", "ghat@example.org").output == "There was none.\n"
    run("worker", "--once")
    with create_app(migrated).app_context(), disposed():
        assert not factors_of(world.people["ghat"]).any
        kinds = session.scalars(sa.select(Mail.kind).where(Mail.person_id == world.people["ghat"]).order_by(Mail.id))
        assert kinds.all()[-1] == "second_factor_removed"
