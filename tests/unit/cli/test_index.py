"""`consult index`: what was lost or damaged past consult is found again."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from consult.app import create_app
from consult.consultations.models import Consultation
from consult.db import database, session
from consult.settings import Settings
from consult.submissions.models import Submission
from consult.submissions.register import RegisterFilter, count_register
from consult.testing.sample import disposed

from .conftest import Run, found_by_the_program


def test_what_an_index_has_lost_is_found_again(
    sample_instance: Settings, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    found_by_the_program(sample_instance, monkeypatch)
    with create_app(sample_instance).app_context(), disposed():
        here = session.scalars(sa.select(Consultation.id)).one()
        accepted = session.scalar(sa.select(sa.func.count()).where(Submission.state == "accepted"))
        before = count_register(here, RegisterFilter(words="الهجرة")).total
        session.rollback()
        with database.engine.begin() as connection:
            connection.execute(sa.text("DELETE FROM submission_index"))
            if connection.dialect.name == "sqlite":
                connection.execute(sa.text("DELETE FROM submission_place"))
        assert before
        assert count_register(here, RegisterFilter(words="الهجرة")).total == 0
        session.rollback()
        result = run("index")
        assert (result.exit_code, result.stdout) == (0, f"{accepted} texts in the index\n")
        assert count_register(here, RegisterFilter(words="الهجرة")).total == before
