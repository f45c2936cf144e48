"""An export holds what stood at one moment, however long it is written and whatever is decided meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Thread

import pytest
import sqlalchemy as sa
from flask import Flask

from consult.db import session, snapshot
from consult.settings import Settings
from consult.submissions.exchange import exports
from consult.submissions.models import Submission
from consult.submissions.services import Review, accept
from consult.testing.small_tracks import running_app
from consult.testing.story import write_texts
from consult.testing.world import World


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """An application with small tracks."""
    yield from running_app(settings)


def test_what_is_accepted_while_an_export_is_written_is_not_in_it(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "BATCH", 1)
    write_texts(world)
    here, organiser = world.consultation, world.actor("organiser")

    def accept_another() -> None:
        with app.app_context():
            waiting = session.scalars(sa.select(Submission).where(Submission.number == "TT-2026-00004")).one()
            accept(waiting, Review("in_order"), actor=world.actor("moderator"))
            session.remove()

    with snapshot():
        _, rows = exports.export_submissions(here, actor=organiser)
        found = [next(rows)["number"]]
        other = Thread(target=accept_another)
        other.start()
        other.join()
        found += [row["number"] for row in rows]
    assert found == ["TT-2026-00001", "TT-2026-00002", "TT-2026-00003"]
    with snapshot():
        assert len(list(exports.export_submissions(world.consultation, actor=organiser)[1])) == 4
