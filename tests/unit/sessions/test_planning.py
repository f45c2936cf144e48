"""Planning a session and its agenda."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest

from consult import clock
from consult.db import session, transaction
from consult.errors import Conflict, Forbidden, Rejected
from consult.i18n import Localized
from consult.recommendations.models import Recommendation
from consult.sessions.models import AgendaItem, Session
from consult.sessions.queries import agenda, session_by_number, sessions_of, upcoming
from consult.sessions.services import (
    ItemDraft,
    add_item,
    change_item,
    change_session,
    close_session,
    finish_item,
    move_item,
    plan_session,
    remove_item,
    start_item,
)
from consult.testing.sittings import session_draft as draft
from consult.testing.world import World

Happened = Callable[[], list[str]]


def _titles(sitting: Session) -> list[tuple[int, str]]:
    return [(item.position, item.titles["en"]) for item in agenda(sitting.id)]


def _item(sitting: Session, position: int) -> AgendaItem:
    return next(item for item in agenda(sitting.id) if item.position == position)


def test_sessions_are_numbered_and_planned_with_their_agenda(world: World, happened: Happened) -> None:
    organiser = world.actor("organiser")
    first = plan_session(draft(), consultation=world.consultation, actor=organiser)
    second = plan_session(draft(items=()), consultation=world.consultation, actor=organiser)
    assert (first.number, second.number, first.state) == (1, 2, "planned")
    assert _titles(first) == [(1, "Opening"), (2, "Migration data"), (3, "Closing")]
    assert happened() == ["SessionPlanned", *["AgendaItemAdded"] * 3, "SessionPlanned"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "party"}, "kind"),
        ({"names": Localized()}, "names"),
        ({"quorum": "3/2"}, "quorum"),
        ({"quorum": "most"}, "quorum"),
        ({"speaking_minutes": 0}, "speaking_minutes"),
        ({"speaking_minutes": 61}, "speaking_minutes"),
        ({"items": [ItemDraft(Localized())]}, "titles"),
        ({"items": [ItemDraft(Localized(en="x"), 0)]}, "minutes"),
    ],
)
def test_a_wrong_draft_is_refused_at_its_field_and_leaves_nothing(
    world: World, happened: Happened, changes: dict[str, object], field: str
) -> None:
    with pytest.raises(Rejected) as refused:
        plan_session(draft(**changes), consultation=world.consultation, actor=world.actor("organiser"))
    assert [problem.field for problem in refused.value.problems] == [field]
    assert (list(sessions_of(world.consultation_id)), happened()) == ([], [])


def test_a_session_does_not_end_before_it_begins(world: World) -> None:
    now = clock.now()
    with pytest.raises(Rejected) as refused:
        plan_session(draft(starts_at=now, ends_at=now), consultation=world.consultation, actor=world.actor("organiser"))
    assert [problem.field for problem in refused.value.problems] == ["ends_at"]


@pytest.mark.parametrize("who", ["moderator", "ghat", "administrator"])
def test_only_organisers_plan(world: World, who: str) -> None:
    with pytest.raises(Forbidden):
        plan_session(draft(), consultation=world.consultation, actor=world.actor(who))


def test_a_plan_is_changed(world: World, planned: Session, happened: Happened) -> None:
    happened()
    change_session(draft(kind="hearing", quorum=" 1/2 "), sitting=planned, actor=world.actor("organiser"))
    assert (planned.kind, planned.quorum, happened()) == ("hearing", "1/2", ["SessionChanged"])


def test_the_quorum_is_fixed_once_the_session_was_opened(world: World, opened: Session) -> None:
    with pytest.raises(Rejected) as refused:
        change_session(draft(quorum="1/2"), sitting=opened, actor=world.actor("organiser"))
    assert [problem.field for problem in refused.value.problems] == ["quorum"]
    change_session(draft(venues=Localized(en="Garden")), sitting=opened, actor=world.actor("organiser"))
    assert (opened.quorum, opened.venues["en"]) == ("2/3", "Garden")


def test_a_closed_session_is_not_changed(world: World, opened: Session) -> None:
    close_session(opened, actor=world.actor("moderator"))
    with pytest.raises(Conflict):
        change_session(draft(), sitting=opened, actor=world.actor("organiser"))
    with pytest.raises(Conflict):
        add_item(ItemDraft(Localized(en="Late")), sitting=opened, actor=world.actor("organiser"))


@pytest.mark.parametrize("who", ["organiser", "moderator"])
def test_staff_prepare_the_agenda(world: World, planned: Session, happened: Happened, who: str) -> None:
    actor = world.actor(who)
    happened()
    added = add_item(ItemDraft(Localized(en="Reports")), sitting=planned, actor=actor)
    move_item(added, "up", actor=actor)
    change_item(ItemDraft(Localized(en="Reports of the tracks"), 20), item=added, actor=actor)
    assert _titles(planned) == [(1, "Opening"), (2, "Migration data"), (3, "Reports of the tracks"), (4, "Closing")]
    move_item(_item(planned, 1), "down", actor=actor)
    remove_item(_item(planned, 2), actor=actor)
    assert _titles(planned) == [(1, "Migration data"), (2, "Reports of the tracks"), (3, "Closing")]
    assert happened() == [
        "AgendaItemAdded",
        "AgendaItemMoved",
        "AgendaItemChanged",
        "AgendaItemMoved",
        "AgendaItemRemoved",
    ]


def test_participants_do_not_prepare_the_agenda(world: World, planned: Session) -> None:
    ghat, item = world.actor("ghat"), _item(planned, 1)
    with pytest.raises(Forbidden):
        add_item(ItemDraft(Localized(en="Mine")), sitting=planned, actor=ghat)
    for act in (
        lambda: change_item(ItemDraft(Localized(en="Mine")), item=item, actor=ghat),
        lambda: move_item(item, "down", actor=ghat),
        lambda: remove_item(item, actor=ghat),
    ):
        with pytest.raises(Forbidden):
            act()


def test_at_its_ends_the_agenda_moves_no_further(world: World, planned: Session) -> None:
    with pytest.raises(Conflict):
        move_item(_item(planned, 1), "up", actor=world.actor("moderator"))
    with pytest.raises(Conflict):
        move_item(_item(planned, 3), "down", actor=world.actor("moderator"))


def test_an_item_that_has_begun_keeps_its_place_and_title(world: World, opened: Session) -> None:
    moderator = world.actor("moderator")
    second = start_item(_item(opened, 2), actor=moderator)
    for act in (
        lambda: change_item(ItemDraft(Localized(en="Other")), item=second, actor=moderator),
        lambda: move_item(second, "up", actor=moderator),
        lambda: remove_item(second, actor=moderator),
    ):
        with pytest.raises(Conflict):
            act()
    move_item(_item(opened, 3), "up", actor=moderator)
    assert _titles(opened) == [(1, "Closing"), (2, "Migration data"), (3, "Opening")]
    remove_item(_item(opened, 1), actor=moderator)
    assert _titles(opened) == [(2, "Migration data"), (3, "Opening")]
    finish_item(second, actor=moderator)
    remove_item(_item(opened, 3), actor=moderator)
    assert _titles(opened) == [(2, "Migration data")]


def test_an_item_is_linked_only_to_a_recommendation_of_its_consultation(world: World, planned: Session) -> None:
    with transaction():
        row = Recommendation(
            consultation_id=world.consultation_id,
            number=1,
            state="draft",
            titles=Localized(en="A register"),
            created_at=clock.now(),
        )
        session.add(row)
    about = ItemDraft(Localized(en="Recommendation 1"), 15, row.id)
    assert add_item(about, sitting=planned, actor=world.actor("moderator")).recommendation_id == row.id
    with pytest.raises(Rejected) as refused:
        add_item(ItemDraft(Localized(en="x"), 15, uuid.uuid4()), sitting=planned, actor=world.actor("moderator"))
    assert [problem.field for problem in refused.value.problems] == ["recommendation"]


def test_sessions_are_found_by_number_and_by_time(world: World, planned: Session) -> None:
    now, organiser = clock.now(), world.actor("organiser")
    late = plan_session(
        draft(starts_at=now + timedelta(days=2), ends_at=now + timedelta(days=3)),
        consultation=world.consultation,
        actor=organiser,
    )
    missed = plan_session(
        draft(starts_at=now - timedelta(days=2), ends_at=now - timedelta(days=1)),
        consultation=world.consultation,
        actor=organiser,
    )
    assert [row.number for row in sessions_of(world.consultation_id)] == [3, 1, 2]
    assert [row.id for row in upcoming(world.consultation_id)] == [planned.id, late.id]
    assert [row.id for row in upcoming(world.consultation_id, 1)] == [planned.id]
    found = session_by_number(world.consultation_id, 3)
    assert (found.id if found else None, session_by_number(world.consultation_id, 4)) == (missed.id, None)
