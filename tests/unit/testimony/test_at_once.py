"""Several at once: one form twice, the key changed while people hand in, two readers naming a last reader, one slow hash at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress

import pytest
import sqlalchemy as sa
from flask import Flask

from consult.accounts.access import OPERATOR
from consult.consultations.models import Consultation
from consult.db import session
from consult.errors import Busy, ConsultError, Rejected
from consult.runtime import runtime
from consult.testimony import lookups
from consult.testimony.content import TestimonyDraft
from consult.testimony.keys import key_path, ring
from consult.testimony.models import Testimony
from consult.testimony.offering import MOST_READERS
from consult.testimony.queries import readers_of
from consult.testimony.services import Prepared, ask_reader, confirm_reader, hand_in, prepare, rotate_key
from consult.testing.factors import set_up_app
from consult.testing.testimonies import TEXT, back, give
from consult.testing.world import World
from consult.turns import Queue


def at_once(app: Flask, acts: Sequence[Callable[[], object]]) -> None:
    """Let each act begin at the same moment, in a thread and an application context of its own; refusals are part of it."""
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        with app.app_context():
            start.wait(timeout=30)
            with suppress(ConsultError):
                act()
            session.remove()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    session.rollback()


def waiting(here: World, count: int) -> Sequence[Prepared]:
    draft = TestimonyDraft(TEXT, "en")
    return [prepare(draft, consultation=here.consultation, language="en") for _ in range(count)]


def handing_in(here: World, prepared: Prepared) -> Callable[[], str]:
    typed, identity = [prepared.words[at - 1] for at in prepared.asked], here.consultation_id
    return lambda: hand_in(prepared.form, typed, consultation=session.get_one(Consultation, identity))


def test_one_form_sent_four_times_at_once_is_one_testimony(here: World, app: Flask) -> None:
    (prepared,) = waiting(here, 1)
    at_once(app, [handing_in(here, prepared)] * 4)
    assert session.scalar(sa.select(sa.func.count()).select_from(Testimony)) == 1
    assert back(here, prepared.words).testimony.text == TEXT


def test_nothing_that_is_handed_in_while_the_key_changes_is_lost(here: World, app: Flask) -> None:
    earlier, forms, path = give(here), waiting(here, 4), key_path(runtime().settings)
    assert path is not None
    rotating = [lambda: rotate_key(path, actor=OPERATOR)] * 2
    at_once(app, [*(handing_in(here, prepared) for prepared in forms), *rotating])
    assert (ring().current, len(ring().wraps)) == (3, 1)
    assert set(session.scalars(sa.select(Testimony.key_number))) == {3}
    assert {back(here, words).testimony.text for words in (earlier, *(prepared.words for prepared in forms))} == {TEXT}


def test_no_sixth_reader_is_named_at_the_same_moment(here: World, app: Flask) -> None:
    organiser, administrator, identity = here.actor("organiser"), here.actor("administrator"), here.consultation_id

    def confirming(who: str) -> Callable[[], object]:
        set_up_app(here, who)
        act = ask_reader(f"{who}@example.org", consultation=here.consultation, actor=organiser).id
        return lambda: confirm_reader(act, consultation=session.get_one(Consultation, identity), actor=administrator)

    at_once(app, [confirming(who) for who in ("ghat", "derna", "zuwara", "cso")])
    assert len(readers_of(here.consultation_id)) == MOST_READERS


def test_one_codename_is_stretched_at_a_time_and_others_are_told_to_come_again(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = give(here)
    monkeypatch.setattr(lookups, "_queue", Queue(at_once=1, most_waiting=0, patience=1))
    with lookups._queue.served(), pytest.raises(Busy):
        back(here, words)
    assert back(here, words).testimony.text == TEXT
    with lookups._queue.served(), pytest.raises(Rejected):  # what is no codename costs nothing
        back(here, ("xylophone",))
