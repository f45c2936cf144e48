"""`consult mail bounce`: a report from a mail system, on standard input or as a file."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from consult.accounts.models import Person
from consult.app import create_app
from consult.db import session, transaction
from consult.i18n import N_
from consult.notifications.mail import write_mail
from consult.notifications.models import Mail
from consult.settings import Settings
from consult.testing.reports import report
from consult.testing.sample import disposed
from consult.testing.world import make_world

from .conftest import Run


def test_a_report_is_read_and_noted_once(run: Run, migrated: Settings, tmp_path: Path) -> None:
    with create_app(migrated).app_context(), disposed():
        world = make_world()
        with transaction():
            write_mail(session.get_one(Person, world.people["ghat"]), "test", "1", N_("Sign in"), [N_("Sign in")])
        mail = session.scalars(sa.select(Mail.id)).one()
    (file := tmp_path / "report.eml").write_bytes(report(mail))
    (other := tmp_path / "other.eml").write_bytes(b"Subject: hello\n\nthere")
    said = [run("mail", "bounce", str(path)).output for path in (file, file, other)]
    assert said == ["noted\n", "known\n", "unknown\n"]
