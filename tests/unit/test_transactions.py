"""One place commits: what is changed outside of it is refused, and reading goes on."""

from __future__ import annotations

import pytest

from consult.db import session, transaction
from consult.i18n import Localized
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
