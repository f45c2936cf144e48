"""The register of bodies: entered once, changed with a record, found in any spelling."""

from __future__ import annotations

import pytest

from consult.accounts.bodies.entering import Entered
from consult.accounts.bodies.services import BodyDraft
from consult.accounts.queries import bodies
from consult.accounts.services import correct_body, enter_body, register_body
from consult.errors import Forbidden, NotFound, Rejected
from consult.events.models import INSTANCE
from consult.events.stream import events_after
from consult.i18n import Localized
from consult.testing.world import World

MINISTRY = BodyDraft(
    "MOI", "ministry", Localized(ar="وزارة الداخلية", en="Ministry of Interior"), source="Decree 145/2012"
)


def test_a_body_is_registered_once(world: World) -> None:
    body = register_body(MINISTRY, actor=world.actor("organiser"))
    assert (body.key, body.search_names) == ("MOI", "وزاره الداخليه / ministry of interior")
    with pytest.raises(Rejected) as refused:
        register_body(MINISTRY, actor=world.actor("organiser"))
    assert refused.value.problems[0].field == "key"
    assert [(e.type, e.facts["key"]) for e in events_after(INSTANCE)] == [("BodyRegistered", "MOI")]


def test_entering_again_is_idempotent_and_a_difference_is_recorded(world: World) -> None:
    organiser = world.actor("organiser")
    renamed = BodyDraft(
        "MOI", "ministry", Localized(ar="وزارة الداخلية", en="Interior Ministry"), source="Decree 145/2012"
    )
    came_to = [enter_body(draft, actor=organiser)[1] for draft in (MINISTRY, MINISTRY, renamed, renamed)]
    assert came_to == [Entered.REGISTERED, Entered.UNCHANGED, Entered.CORRECTED, Entered.UNCHANGED]
    assert [e.type for e in events_after(INSTANCE)] == ["BodyRegistered", "BodyChanged"]
    assert [line.names["en"] for line in bodies(text="interior").lines] == ["Interior Ministry"]


def test_changing_what_is_not_there_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        correct_body(MINISTRY, actor=world.actor("administrator"))


@pytest.mark.parametrize("who", ["moderator", "ghat"])
def test_others_may_not_touch_the_register(world: World, who: str) -> None:
    for verb in (register_body, correct_body, enter_body):
        with pytest.raises(Forbidden):
            verb(MINISTRY, actor=world.actor(who))


@pytest.mark.parametrize(
    ("draft", "fields"),
    [
        (BodyDraft("", "ministry", Localized(ar="ا")), ["key"]),
        (BodyDraft("a b", "Ministry!", Localized()), ["key", "kind", "names"]),
    ],
)
def test_a_wrong_draft_is_refused_at_its_fields(world: World, draft: BodyDraft, fields: list[str]) -> None:
    with pytest.raises(Rejected) as refused:
        register_body(draft, actor=world.actor("organiser"))
    assert [problem.field for problem in refused.value.problems] == fields


def test_bodies_are_found_in_any_spelling_and_read_by_pages(world: World) -> None:
    names = [line.names["en"] for line in bodies().lines]
    assert names == ["Al Zawiya University", "Al Amal Association", "Derna", "Zwara", "Ghat"]
    found = bodies(kinds=["municipality"], text="زواره")
    assert [line.names["ar"] for line in found.lines] == ["زوارة"]
    first = bodies(limit=2)
    second = bodies(limit=2, after=first.after or "")
    third = bodies(limit=2, after=second.after or "")
    assert [len(page.lines) for page in (first, second, third)] == [2, 2, 1]
    assert third.after is None
    assert [line.names["en"] for page in (first, second, third) for line in page.lines] == names
