"""Minutes: written by what happens, completed by hand, approved, and readable in every language."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from consult import clock
from consult.db import new_id, session, transaction
from consult.errors import Conflict, Forbidden, NotFound, Rejected
from consult.events.types import Recorded
from consult.i18n import translate
from consult.sessions import minutes
from consult.sessions.minutes import Entry, Words, line, said
from consult.sessions.models import AgendaItem, MinutesEntry, Session
from consult.sessions.present import minutes_of, sitting
from consult.sessions.queries import agenda
from consult.sessions.services import (
    approve_minutes,
    correct_minutes,
    hide_in_minutes,
    note_in_minutes,
    show_in_minutes,
    start_item,
    write_minutes,
)
from consult.testing.sittings import held_session
from consult.testing.world import World

Happened = Callable[[], list[str]]


def _lines(row: Session, *, hidden: bool = False) -> list[Entry]:
    found = sitting(row.consultation_id, row.number)
    assert found is not None
    return minutes_of(found, hidden=hidden)


def _said(row: Session, code: str = "en", *, hidden: bool = False) -> list[str]:
    return [translate(entry.sentence, code) if entry.sentence else entry.text for entry in _lines(row, hidden=hidden)]


def _item(row: Session, position: int) -> AgendaItem:
    return agenda(row.id)[position - 1]


def _row(entry: Entry) -> MinutesEntry:
    return session.get_one(MinutesEntry, entry.id)


@pytest.fixture
def held(world: World) -> Session:
    """A session that was held and closed, with a speech by a member whose name is withheld."""
    return held_session(world)


def test_the_minutes_say_what_happened(held: Session) -> None:
    assert _said(held) == [
        "The session was opened without a quorum. Seats represented: 2 of 5; needed: 4.",
        "Item 2 was taken up: Migration data",
        "Had the floor: Participant 5, name withheld",
        "The discussion of item 2 ended.",
        "The session was closed.",
    ]


def test_what_is_quiet_is_kept(held: Session) -> None:
    quiet = [entry.kind for entry in _lines(held, hidden=True) if entry.hidden]
    assert quiet == ["MemberCheckedIn", "MemberCheckedIn", "FloorRequested", "FloorRequested", "FloorEnded"]
    assert _said(held, hidden=True)[:2] == ["Came in: Ghat", "Came in: Participant 5, name withheld"]


@pytest.mark.parametrize("code", ["ar", "fr"])
def test_they_read_in_every_language(held: Session, code: str) -> None:
    english, other = _said(held, hidden=True), _said(held, code, hidden=True)
    assert len(other) == len(english) == 10
    assert [line for line in other if line in english or "%(" in line] == []


def test_the_withheld_name_stands_nowhere(world: World, held: Session) -> None:
    shown = "\n".join(text for code in ("ar", "en", "fr") for text in _said(held, code, hidden=True))
    for canary in ("خديجة", "التارقي", "الأمل", "Amal"):
        assert canary not in shown


def test_each_line_belongs_to_the_item_in_progress(held: Session) -> None:
    item = _item(held, 2)
    assert [entry.item for entry in _lines(held)] == [None, item.id, item.id, item.id, None]


def test_paragraphs_are_written_where_they_belong(world: World, held: Session, happened: Happened) -> None:
    moderator, item = world.actor("moderator"), _item(held, 2)
    happened()
    write_minutes(
        "Two municipalities asked for a register.", language="en", item=item.id, sitting=held, actor=moderator
    )
    write_minutes("شكرًا للجميع.", language="ar", sitting=held, actor=world.actor("organiser"))
    assert _said(held)[3:] == [
        "The discussion of item 2 ended.",
        "Two municipalities asked for a register.",
        "The session was closed.",
        "شكرًا للجميع.",
    ]
    assert happened() == ["MinutesWritten", "MinutesWritten"]


def test_lines_are_corrected_remarked_on_left_out_and_taken_in(world: World, held: Session, happened: Happened) -> None:
    moderator = world.actor("moderator")
    written = write_minutes("A tpyo.", language="en", sitting=held, actor=moderator)
    happened()
    correct_minutes(written, "A typo.", language="en", actor=moderator)
    floor = next(entry for entry in _lines(held) if entry.kind == "FloorGiven")
    correct_minutes(_row(floor), "Presented the report.", language="en", actor=moderator)
    hide_in_minutes(_row(_lines(held)[0]), actor=moderator)
    with pytest.raises(Conflict):
        show_in_minutes(written, actor=moderator)
    came = next(entry for entry in _lines(held, hidden=True) if entry.kind == "MemberCheckedIn")
    show_in_minutes(_row(came), actor=moderator)
    assert _said(held) == [
        "Came in: Ghat",
        "Item 2 was taken up: Migration data",
        "Had the floor: Participant 5, name withheld",
        "The discussion of item 2 ended.",
        "The session was closed.",
        "A typo.",
    ]
    assert next(entry for entry in _lines(held) if entry.kind == "FloorGiven").text == "Presented the report."
    assert happened() == ["MinutesCorrected", "MinutesCorrected", "MinutesLineHidden", "MinutesLineShown"]


@pytest.mark.parametrize(
    ("text", "language", "field"),
    [("  ", "en", "text"), ("x" * 10_001, "en", "text"), ("Fine.", "es", "language")],
)
def test_what_cannot_stand_in_the_minutes_is_refused(
    world: World, held: Session, text: str, language: str, field: str
) -> None:
    with pytest.raises(Rejected) as refused:
        write_minutes(text, language=language, sitting=held, actor=world.actor("moderator"))
    assert [problem.field for problem in refused.value.problems] == [field]


def test_a_paragraph_belongs_to_an_item_that_was_taken_up(world: World, held: Session) -> None:
    for item in (_item(held, 1).id, new_id()):
        with pytest.raises(NotFound):
            write_minutes("Early.", language="en", item=item, sitting=held, actor=world.actor("moderator"))


def test_participants_do_not_write_minutes(world: World, held: Session) -> None:
    ghat, row = world.actor("ghat"), _row(_lines(held)[0])
    for act in (
        lambda: write_minutes("Mine.", language="en", sitting=held, actor=ghat),
        lambda: correct_minutes(row, "Mine.", language="en", actor=ghat),
        lambda: hide_in_minutes(row, actor=ghat),
        lambda: show_in_minutes(row, actor=ghat),
        lambda: approve_minutes(held, actor=ghat),
    ):
        with pytest.raises(Forbidden):
            act()


def test_minutes_are_approved_after_the_session_and_locked(world: World, held: Session, happened: Happened) -> None:
    moderator, row = world.actor("moderator"), _row(_lines(held)[0])
    happened()
    approve_minutes(held, actor=moderator)
    assert (held.minutes_approved_at is None, happened()) == (False, ["MinutesApproved"])
    for act in (
        lambda: write_minutes("Late.", language="en", sitting=held, actor=moderator),
        lambda: correct_minutes(row, "Late.", language="en", actor=moderator),
        lambda: hide_in_minutes(row, actor=moderator),
        lambda: show_in_minutes(row, actor=moderator),
        lambda: approve_minutes(held, actor=moderator),
    ):
        with pytest.raises(Conflict, match="approved"):
            act()
    with transaction():
        note_in_minutes(held.id, None, "BallotAnnulled", row.event_id or new_id())
    assert len(_lines(held)) == 5


def test_minutes_are_not_approved_while_the_session_sits(world: World, opened: Session) -> None:
    with pytest.raises(Conflict, match="once the session is closed"):
        approve_minutes(opened, actor=world.actor("moderator"))


def test_another_room_notes_what_happened(world: World, opened: Session) -> None:
    item = start_item(_item(opened, 1), actor=world.actor("moderator"))
    event = _row(_lines(opened)[0]).event_id
    assert event is not None
    with pytest.raises(RuntimeError):
        note_in_minutes(opened.id, None, "SessionOpened", event)
    with clock.at(clock.now() + timedelta(minutes=1)), transaction():
        note_in_minutes(opened.id, None, "SessionOpened", event)
    last = _lines(opened)[-1]
    assert (last.item, last.kind, last.hidden, _said(opened)[-1]) == (
        item.id,
        "SessionOpened",
        False,
        "The session was opened without a quorum. Seats represented: 0 of 5; needed: 4.",
    )


def test_a_kind_of_a_room_that_is_not_loaded_is_named_with_its_number(world: World) -> None:
    event = Recorded(new_id(), world.consultation_id, 12, "DroneLanded", None, clock.now(), {})
    assert str(said(event, Words({}, {}))) == "DroneLanded, number 12 in the log."


def test_two_functions_cannot_say_one_kind() -> None:
    with pytest.raises(ValueError, match="SessionClosed"):
        line("SessionClosed")(lambda event, words: minutes.N_("Another."))
