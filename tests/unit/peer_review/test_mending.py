"""Interests declared by mistake, and assessments opened again: by an organiser, with a reason, nothing of before lost."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from consult.accounts.access import allowed
from consult.db import session
from consult.errors import Conflict, Forbidden, NotFound, Rejected
from consult.notifications.models import Mail
from consult.peer_review.interest_queries import asked_interests, own_interests
from consult.peer_review.models import DeclaredInterest, EarlierAssessment, LiftedInterest
from consult.peer_review.queries import judges, task_on
from consult.peer_review.results import found_of, words_to_author
from consult.peer_review.services import (
    ask_to_lift,
    declare_interest,
    end_reviewer,
    give_review,
    keep_interest,
    lift_interest,
    reopen_assessment,
    take_back,
)
from consult.submissions.services import Review, return_for_correction
from consult.testing.acts import deliver, recorded, said
from consult.testing.peer_review import Reviews


def kept_away(room: Reviews, key: str = "derna") -> DeclaredInterest:
    room.give()
    return declare_interest("author", submission=room.paper(), actor=room.world.actor(key))


def ask(room: Reviews, key: str = "derna") -> DeclaredInterest:
    number, here = room.paper().number, room.world.consultation
    return ask_to_lift("I took it for another text.", number=number, consultation=here, actor=room.world.actor(key))


def test_an_interest_is_lifted_by_an_organiser_whom_its_person_asked(room: Reviews) -> None:
    world, here, organiser = room.world, room.world.consultation, room.world.actor("organiser")
    row = kept_away(room)
    with pytest.raises(NotFound):  # nobody asked
        lift_interest(row.id, "By mistake", consultation=here, actor=organiser)
    with pytest.raises(NotFound):  # not theirs
        ask(room, "zuwara")
    with pytest.raises(Rejected) as refused:
        ask_to_lift(" ", number=room.paper().number, consultation=here, actor=world.actor("derna"))
    assert said(refused.value) == [("because", "Say why.")]
    ask(room)
    for key in ("derna", "moderator"):
        with pytest.raises(Forbidden):
            lift_interest(row.id, "By mistake", consultation=here, actor=world.actor(key))
    with pytest.raises(Rejected):
        lift_interest(row.id, "", consultation=here, actor=organiser)
    assert len(asked_interests(here.id)) == 1
    lifted = lift_interest(row.id, "They named another text.", consultation=here, actor=organiser)
    assert (lifted.kind, lifted.lifted_by, lifted.asked_because) == (
        "author",
        organiser.person,
        "I took it for another text.",
    )
    events = [recorded(kind)[0] for kind in ("InterestLiftAsked", "InterestLifted")]
    assert [(one.actor, one.facts) for one in events] == [
        (None, {"interest": str(row.id)}),
        (organiser.person, {"interest": str(row.id)}),
    ]
    assert own_interests(here.id, world.people["derna"]) == []
    give_review(room.paper(), room.reviewer("derna").number, due_on=None, actor=organiser)
    assert task_on(here.id, world.people["derna"], room.paper().number) is not None
    assert world.actor("derna").recused == frozenset()
    deliver()
    assert session.scalars(sa.select(Mail.person_id).where(Mail.kind == "interest_answered")).all() == [
        world.people["derna"]
    ]
    declare_interest("own", submission=room.paper(), actor=world.actor("derna"))
    assert session.scalar(sa.select(sa.func.count()).select_from(LiftedInterest)) == 1


def test_an_interest_that_stays_says_why_and_can_be_asked_about_again(room: Reviews) -> None:
    world, here, organiser = room.world, room.world.consultation, room.world.actor("organiser")
    row = kept_away(room)
    ask(room)
    keep_interest(row.id, "The text is from your own town.", consultation=here, actor=organiser)
    assert [(one.actor, one.facts) for one in recorded("InterestStays")] == [
        (organiser.person, {"interest": str(row.id)})
    ]
    (own,) = own_interests(here.id, world.people["derna"])
    assert (own.row.answered_because, own.row.asked_at) == ("The text is from your own town.", None)
    assert (asked_interests(here.id), world.actor("derna").recused) == ([], {room.papers[0]})
    ask(room)
    assert len(asked_interests(here.id)) == 1


def test_no_organiser_with_an_interest_in_a_text_lifts_one_in_it(room: Reviews) -> None:
    world, here = room.world, room.world.consultation
    row = kept_away(room)
    ask(room)
    declare_interest("own", submission=room.paper(), actor=world.actor("organiser"))
    own = ask(room, "organiser")
    for interest in (row.id, own.id):
        with pytest.raises(Forbidden):
            lift_interest(interest, "By mistake", consultation=here, actor=world.actor("organiser"))
    assert not allowed(world.actor("organiser"), "submission.read", room.paper())


def test_an_assessment_is_opened_again_with_a_reason_and_what_was_handed_in_stays(room: Reviews) -> None:
    world, organiser = room.world, room.world.actor("organiser")
    room.give()
    row = room.judge("derna", 4, 2)
    for key in ("moderator", "derna", "zuwara"):
        with pytest.raises(Forbidden):
            reopen_assessment(row.id, "By mistake", submission=room.paper(), actor=world.actor(key))
    with pytest.raises(Rejected) as refused:
        reopen_assessment(row.id, "", submission=room.paper(), actor=organiser)
    assert said(refused.value) == [("because", "Say why.")]
    with pytest.raises(Conflict):  # not handed in
        reopen_assessment(room.assessment("zuwara").id, "By mistake", submission=room.paper(), actor=organiser)
    reopen_assessment(row.id, "You wrote about another paper.", submission=room.paper(), actor=organiser)
    event = recorded("AssessmentReopened")[0]
    assert (event.actor, event.facts) == (organiser.person, {"assessment": str(row.id)})
    with pytest.raises(Conflict):
        reopen_assessment(row.id, "Twice", submission=room.paper(), actor=organiser)
    assert judges(room.paper(), world.people["derna"]), "what others found is out of sight until it is handed in"
    found = next(one for one in found_of(row.submission_id, 1) if one.id == row.id)
    assert (found.open_again, sorted(found.scores.values()), found.earlier) == (True, [2, 4], [])
    deliver()
    mails = session.execute(sa.select(Mail.person_id, Mail.text).where(Mail.kind == "review_reopened")).all()
    assert [one.person_id for one in mails] == [world.people["derna"]]
    assert "another paper" not in mails[0].text
    room.judge("derna", 1, 1)
    found = next(one for one in found_of(row.submission_id, 1) if one.id == row.id)
    assert (found.open_again, set(found.scores.values())) == (False, {1})
    assert [(one.because, sorted(one.scores.values())) for one in found.earlier] == [
        ("You wrote about another paper.", [2, 4])
    ]


def test_what_was_handed_in_counts_where_nobody_hands_in_anew(room: Reviews) -> None:
    world, here, organiser = room.world, room.world.consultation, room.world.actor("organiser")
    room.give()
    for key in ("derna", "zuwara"):
        row = room.judge(key, 4, 2)
        reopen_assessment(row.id, "By mistake", submission=room.paper(), actor=organiser)
    take_back(room.assessment("derna").id, consultation=here, actor=organiser)
    end_reviewer(room.reviewer("zuwara").number, consultation=here, actor=organiser)
    found = found_of(room.papers[0], 1)
    assert [(one.open_again, one.handed_in_at is not None, len(one.scores)) for one in found] == [(False, True, 2)] * 2
    return_for_correction(room.paper(), Review("unclear", "See below."), actor=world.actor("moderator"))
    assert [one.text for one in words_to_author(room.paper())[1]] == ["Name your sample."] * 2
    with pytest.raises(Conflict):  # decided: what reviewers found has been used
        reopen_assessment(room.assessment("derna").id, "Late", submission=room.paper(), actor=organiser)


def test_a_decision_meanwhile_rests_on_what_was_handed_in(room: Reviews) -> None:
    world = room.world
    room.give(each=1)
    key = next(key for key in ("derna", "zuwara") if judges(room.paper(), world.people[key]))
    row = room.judge(key, 4, 2)
    reopen_assessment(row.id, "By mistake", submission=room.paper(), actor=world.actor("organiser"))
    return_for_correction(room.paper(), Review("unclear", "See below."), actor=world.actor("moderator"))
    assert [one.text for one in words_to_author(room.paper())[1]] == ["Name your sample."]


def test_an_interest_takes_out_what_was_handed_in_before_too(room: Reviews) -> None:
    world = room.world
    room.give()
    row = room.judge("derna", 4, 2)
    reopen_assessment(row.id, "By mistake", submission=room.paper(), actor=world.actor("organiser"))
    declare_interest("own", submission=room.paper(), actor=world.actor("derna"))
    assert session.scalar(sa.select(sa.func.count()).select_from(EarlierAssessment)) == 0


def test_an_organiser_who_judges_does_not_open_their_own_again(room: Reviews) -> None:
    world = room.world
    room.name("organiser")
    room.give(each=3)
    row = room.judge("organiser", 4, 2)
    with pytest.raises(Forbidden):
        reopen_assessment(row.id, "By mistake", submission=room.paper(), actor=world.actor("organiser"))
