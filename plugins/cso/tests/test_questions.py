"""What an organisation is asked: nothing that would tell who it is stands anywhere but in its own revision."""

from __future__ import annotations

import pytest
from consult_cso.track import CsoTrack, authorities, kinds

from consult.sdk import Member, Rejected, revision_of, session, transaction
from consult.testing.acts import hand_in, recorded, said, set_up_track
from consult.testing.world import World

GOOD = {"kind": "unregistered", "fields": ["women", "health"], "coverage": "municipal"}


def _refused(world: World, **answers: object) -> list[tuple[str, str]]:
    with pytest.raises(Rejected) as refusal:
        hand_in(world, "cso", GOOD | answers)
    return said(refusal.value)


def test_kind_and_coverage_stay_with_the_author(world: World) -> None:
    received = hand_in(world, "cso", GOOD)
    revision = revision_of(received.id, 1)
    assert revision is not None
    assert (received.answers, revision.answers) == ({"fields": ["women", "health"]}, {"fields": ["women", "health"]})
    assert revision.private_answers == {"kind": "unregistered", "coverage": "municipal"}


def test_who_wrote_is_withheld_where_the_member_is(world: World) -> None:
    received = hand_in(world, "cso", GOOD)
    assert (received.withheld, received.body_id, received.author) == (True, None, "")
    (event,) = recorded("SubmissionReceived")
    assert (event.actor, event.facts["body"]) == (None, None)


def test_an_author_may_withhold_the_name_of_one_text(world: World) -> None:
    with transaction():
        session.get_one(Member, world.members["cso"]).withheld = False
    named, withheld = hand_in(world, "cso", GOOD), hand_in(world, "cso", GOOD, withheld=True)
    assert (named.withheld, named.body_id) == (False, world.bodies["cso"])
    assert (withheld.withheld, withheld.body_id) == (True, None)


def test_what_is_missing_and_what_is_wrong_is_said_at_the_field(world: World) -> None:
    assert _refused(world, kind="") == [("kind", "Answer this question.")]
    assert _refused(world, kind="party") == [("kind", "Choose one of the answers.")]
    assert _refused(world, fields=["women", "war"]) == [("fields", "Choose among the answers.")]
    assert _refused(world, coverage="") == [("coverage", "Answer this question.")]
    assert _refused(world, registration="1234") == [("registration", "There is no question “registration”.")]


def test_organisers_may_do_without_the_coverage(world: World) -> None:
    set_up_track(world, "cso", coverage_required="no")
    assert hand_in(world, "cso", {"kind": "association"}).answers == {}
    with pytest.raises(Rejected) as refusal:
        set_up_track(world, "cso")
    assert said(refusal.value) == [("coverage_required", "Answer this question.")]


def test_kinds_and_authorities_come_from_the_shipped_files_in_three_languages() -> None:
    assert [choice.key for choice in kinds()] == ["association", "local_org", "foreign_org", "unregistered"]
    assert [choice.key for choice in authorities()] == ["csc_tripoli", "csc_benghazi", "other", "none"]
    assert all(set(choice.label) == {"ar", "en", "fr"} for choice in (*kinds(), *authorities()))


def test_neither_registration_nor_anything_private_is_asked_with_a_position() -> None:
    asked = {question.key: question.private for question in CsoTrack().questions({})}
    assert asked == {"kind": True, "fields": False, "coverage": True}


def test_it_suggests_an_item_for_the_agenda(world: World) -> None:
    titles = CsoTrack().agenda_outline(world.consultation)
    assert [title["en"] for title in titles] == ["Statements of civil-society organisations"]
