"""One place commits: what is changed outside of it is refused, and reading goes on."""

from __future__ import annotations

import psycopg
import pytest
import sqlalchemy as sa

from consult import connections
from consult.consultations.models import Consultation
from consult.db import dialect_name, session, transaction
from consult.i18n import Localized
from consult.runtime import runtime
from consult.testing.world import World


def test_a_row_changed_outside_of_a_transaction_is_refused(world: World) -> None:
    before = world.consultation.prefix
    world.consultation.prefix = "XX"
    with pytest.raises(RuntimeError, match="transaction"):
        session.flush()
    session.rollback()
    assert world.consultation.prefix == before


def test_what_was_changed_before_a_transaction_is_forgotten_in_it(world: World) -> None:
    row, before = world.consultation, world.consultation.prefix
    row.prefix = "XX"
    with transaction():
        assert row.prefix == before
        row.titles = Localized(ar="عنوان")
    session.rollback()
    assert (world.consultation.prefix, world.consultation.titles) == (before, Localized(ar="عنوان"))


def _fail_in_the_middle(world: World) -> None:
    with transaction():
        world.consultation.prefix = "XX"
        session.flush()
        raise ZeroDivisionError


def test_an_error_takes_back_everything(world: World) -> None:
    before = world.consultation.prefix
    with pytest.raises(ZeroDivisionError):
        _fail_in_the_middle(world)
    assert world.consultation.prefix == before


def test_a_connection_that_the_server_closed_while_idle_is_replaced(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "IDLE_SECONDS", 0.0)
    slug = world.consultation.slug
    session.rollback()
    if dialect_name() == "postgresql":
        with psycopg.connect(runtime().settings.database_url, autocommit=True) as tool:
            tool.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
    assert session.scalars(sa.select(Consultation.slug)).all() == [slug]
