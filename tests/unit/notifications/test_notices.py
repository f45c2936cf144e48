"""Notices: one for each person and event, words made when read; many told in a short transaction; daily letters once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from consult import clock
from consult.db import new_id, session, transaction
from consult.events.deliver import deliver_due, load_recorded
from consult.events.models import EventRow
from consult.i18n import Localized, translate
from consult.notifications import gathering
from consult.notifications.choosing import TellingDraft, choose_telling
from consult.notifications.gathering import gather_due
from consult.notifications.kinds import KINDS, How, Topic
from consult.notifications.letters.many import LETTERS
from consult.notifications.models import Mail, Notice
from consult.notifications.notices import mark_read, notices_of
from consult.notifications.telling import tell_many
from consult.runtime import runtime
from consult.sessions.services import SessionDraft, change_session, plan_session
from consult.testing.acts import accept, hand_in
from consult.testing.world import World

Counting = Callable[[], AbstractContextManager[list[str]]]
#: A Saturday, 11:00 in Tripoli.
NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)


def _titles(world: World, key: str = "ghat", code: str = "en") -> list[str]:
    deliver_due()
    return [translate(line.title, code) for line in notices_of(world.people[key])[0]]


def _mails(key: str = "") -> list[Mail]:
    session.rollback()
    return list(session.scalars(sa.select(Mail).where(Mail.kind.startswith(key)).order_by(Mail.id)))


def _wish(world: World, key: str = "ghat", quiet: tuple[int, int] | None = None, **how: How) -> None:
    choose_telling(TellingDraft({Topic(topic): one for topic, one in how.items()}, quiet), actor=world.actor(key))


def test_what_happens_to_a_text_stands_in_the_product_beside_the_mail(world: World) -> None:
    text = accept(world, hand_in(world, "ghat"))
    assert _titles(world) == [f"Accepted for discussion: {text.number}", f"Receipt {text.number}"]
    assert _titles(world, code="ar") == [mail.subject for mail in reversed(_mails())]
    (newest, _), _ = notices_of(world.people["ghat"])
    assert (newest.path, newest.read) == (f"/c/test/submissions/{text.number}/", False)
    assert [mail.kind for mail in _mails()] == ["submission_received", "submission_accepted"]
    assert _titles(world, "derna") == []


def test_a_notice_keeps_no_words(world: World) -> None:
    text = hand_in(world, "cso")
    deliver_due()
    columns = set(Notice.__table__.columns.keys())
    assert columns == {
        "id",
        "person_id",
        "event_id",
        "consultation_id",
        "kind",
        "about",
        "how",
        "at",
        "read_at",
        "gather_at",
        "gathered_at",
    }
    kept = session.execute(sa.select(Notice.kind, Notice.about)).all()
    assert [tuple(row) for row in kept] == [("submission_received", text.number)]


def test_an_event_read_twice_tells_once(world: World) -> None:
    hand_in(world, "ghat")
    deliver_due()
    event = session.scalars(sa.select(EventRow).where(EventRow.type == "SubmissionReceived")).one()
    (reader,) = [one for one in runtime().readers if one.name == "notifications"]
    with transaction():
        reader.receive(load_recorded(event.id))
    assert (len(_titles(world)), len(_mails())) == (1, 1)


@pytest.mark.parametrize("how", [How.DAILY, How.WEEKLY, How.PRODUCT])
def test_whoever_wants_no_mail_at_once_gets_the_notice_alone(world: World, how: How) -> None:
    _wish(world, submissions=how)
    hand_in(world, "ghat")
    assert (len(_titles(world)), _mails()) == (1, [])


def test_mail_waits_for_the_end_of_quiet_hours_and_is_not_lost(world: World) -> None:
    _wish(world, quiet=(10, 13))
    with clock.at(NOW):
        hand_in(world, "ghat")
        deliver_due()
    assert [mail.due_at for mail in _mails()] == [NOW + timedelta(hours=2)]


def test_a_daily_letter_gathers_what_waited_by_consultation_once(world: World) -> None:
    _wish(world, submissions=How.DAILY)
    with clock.at(NOW):
        text = accept(world, hand_in(world, "ghat"))
        deliver_due()
        assert (gather_due(), _mails()) == (0, [])
    with clock.at(NOW + timedelta(days=1)):
        assert (gather_due(), gather_due()) == (1, 0)
    (mail,) = _mails()
    assert (mail.kind, mail.cause, mail.address) == ("digest_daily", "2026-11-29T06:00:00+00:00", "ghat@example.org")
    assert f"http://localhost/ar/c/test/submissions/{text.number}/" in mail.text
    assert mail.html.count("<h2><bdi>تشاور الاختبار</bdi></h2>") == 1
    assert '<html lang="ar" dir="rtl">' in mail.html
    assert text.title not in mail.text + mail.html


def test_what_comes_while_its_letter_is_written_goes_into_the_next(world: World) -> None:
    _wish(world, submissions=How.DAILY)
    with clock.at(NOW):
        hand_in(world, "ghat")
        deliver_due()
    with clock.at(NOW + timedelta(days=1)):
        gather_due()
        with transaction():  # it was written before the boundary and committed after the letter
            session.execute(sa.update(Notice).values(gathered_at=None))
        assert (gather_due(), gather_due(), len(_mails())) == (1, 0, 1)
    with clock.at(NOW + timedelta(days=2)):
        assert (gather_due(), len(_mails())) == (1, 2)


def test_what_was_read_needs_no_letter(world: World) -> None:
    _wish(world, submissions=How.WEEKLY)
    with clock.at(NOW):
        hand_in(world, "ghat")
        deliver_due()
    assert mark_read(None, actor=world.actor("ghat")) == 1
    with clock.at(NOW + timedelta(days=7)):
        assert (gather_due(), gather_due(), _mails()) == (1, 0, [])


def test_a_changed_wish_takes_along_what_waits(world: World) -> None:
    _wish(world, submissions=How.DAILY)
    with clock.at(NOW):
        hand_in(world, "ghat")
        deliver_due()
        _wish(world, submissions=How.PRODUCT)
    with clock.at(NOW + timedelta(days=2)):
        assert (gather_due(), _mails()) == (0, [])
        _wish(world, submissions=How.NOW)
        hand_in(world, "ghat")
        deliver_due()
    assert [mail.kind for mail in _mails()] == ["submission_received"]


def test_a_letter_that_fails_halfway_has_written_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    _wish(world, submissions=How.DAILY)
    with clock.at(NOW):
        hand_in(world, "ghat")
        deliver_due()

    def dies(*_: object) -> None:
        raise ValueError

    with clock.at(NOW + timedelta(days=1)), monkeypatch.context() as patch:
        patch.setattr(gathering, "_parts", dies)
        assert (gather_due(), gather_due(), _mails()) == (1, 0, [])
    with clock.at(NOW + timedelta(days=1, hours=1)):
        assert (gather_due(), len(_mails())) == (1, 1)


def test_two_workers_at_once_write_each_letter_once(app: Flask, world: World) -> None:
    for key in ("ghat", "derna", "zuwara"):
        _wish(world, key, submissions=How.DAILY)
        with clock.at(NOW):
            hand_in(world, key)
    with clock.at(NOW):
        deliver_due()

    def work(_: int) -> int:
        with app.app_context(), clock.at(NOW + timedelta(days=1)):
            return gather_due()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert sorted(mail.address for mail in _mails()) == ["derna@example.org", "ghat@example.org", "zuwara@example.org"]


def test_many_are_told_in_as_many_statements_as_a_few(world: World, count_queries: Counting) -> None:
    hand_in(world, "ghat")
    event = session.scalars(sa.select(EventRow).where(EventRow.type == "SubmissionReceived")).one()
    seen = []
    for kind, people in (("a", ["ghat"]), ("b", ["ghat", "derna", "zuwara"])):
        with count_queries() as statements, transaction():
            people_ids = [world.people[key] for key in people]
            tell_many(people_ids, load_recorded(event.id), "ballot_opened", about=kind)
        seen.append(len(statements))
    assert seen[0] == seen[1]
    assert session.scalar(sa.select(sa.func.count()).select_from(Notice)) == 4


def test_everybody_is_told_of_a_session_and_of_its_new_time(world: World) -> None:
    organiser = world.actor("organiser")
    with clock.at(NOW):
        _wish(world, "derna", sessions=How.NOW)
        draft = SessionDraft(
            "plenary",
            Localized(ar="جلسة"),
            Localized(ar="طرابلس"),
            NOW + timedelta(days=9),
            NOW + timedelta(days=9, hours=2),
        )
        sitting = plan_session(draft, consultation=world.consultation, actor=organiser)
        change_session(replace(draft, speaking_minutes=5), sitting=sitting, actor=organiser)
        later = replace(draft, starts_at=draft.starts_at + timedelta(hours=1))
        change_session(later, sitting=sitting, actor=organiser)
        assert _titles(world) == ["Session 1 has another time", "Session 1 is planned"]
        gather_due()
    assert [(mail.kind, mail.address) for mail in _mails()] == [
        ("session_planned", "derna@example.org"),
        ("session_moved", "derna@example.org"),
    ]
    assert "http://localhost/ar/c/test/sessions/1/" in _mails()[0].text


def test_notices_are_marked_by_their_own_person_only(world: World) -> None:
    hand_in(world, "ghat")
    hand_in(world, "derna")
    deliver_due()
    (mine,), _ = notices_of(world.people["ghat"])
    (other,), _ = notices_of(world.people["derna"])
    assert mark_read([mine.id, other.id, new_id()], actor=world.actor("ghat")) == 1
    assert [line.read for line in notices_of(world.people["derna"])[0]] == [False]


def test_pages_of_notices_follow_each_other_without_gap(world: World) -> None:
    for _ in range(3):
        hand_in(world, "ghat")
    deliver_due()
    first, last = notices_of(world.people["ghat"], limit=2)
    second, end = notices_of(world.people["ghat"], before=last, limit=2)
    assert (len(first), len(second), end) == (2, 1, None)
    assert len({line.id for line in (*first, *second)}) == 3


def test_every_letter_of_many_is_a_kind_and_every_kind_says_something(world: World) -> None:
    assert set(LETTERS) <= set(KINDS)
    for kind in KINDS.values():
        title = translate(kind.title("7", world.consultation.names), "ar")
        assert title
        assert "%(" not in title
