"""Texts given out, interests, judging, discussion, and what is told of it to whom."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from threading import Barrier, Thread

import pytest
import sqlalchemy as sa
from flask import Flask

from consult import clock
from consult.accounts.access import allowed
from consult.accounts.bodies.services import BodyDraft
from consult.accounts.people import PersonDraft
from consult.accounts.services import register_body
from consult.consultations.members import MemberDraft
from consult.consultations.services import end_membership, invite_member
from consult.db import session
from consult.errors import Conflict, Forbidden, NotFound, Rejected
from consult.events.models import EventRow
from consult.i18n import Localized
from consult.notifications.models import Mail
from consult.peer_review.criteria import criteria_of
from consult.peer_review.models import Assessment
from consult.peer_review.queries import (
    count_by_track,
    judges,
    next_task,
    progress_of,
    reviewers_of,
    task_on,
    tasks_page,
)
from consult.peer_review.results import found_of, judged_texts, means_of, notes_of, words_to_author
from consult.peer_review.services import (
    CriterionDraft,
    Giving,
    NoteDraft,
    add_note,
    assign_reviews,
    declare_interest,
    end_reviewer,
    give_review,
    hand_in_assessment,
    plan_reviews,
    remove_criterion,
    save_assessment,
    set_criterion,
    take_back,
)
from consult.submissions.policies import reviewable
from consult.submissions.review.queries import review_queue
from consult.submissions.services import Review, accept, return_for_correction
from consult.testing.acts import correct, deliver, recorded, said
from consult.testing.colleagues import colleague
from consult.testing.peer_review import TRACK, Reviews
from consult.testing.winding import ends

GIVING = Giving(TRACK, 2)


def given(room: Reviews, at: int = 0) -> set[int]:
    """The numbers of the reviewers who judge a paper."""
    row = room.paper(at)
    return {one.reviewer for one in found_of(row.id, row.revision)}


def test_texts_go_to_whoever_may_judge_them_as_the_preview_said(room: Reviews) -> None:
    world, here = room.world, room.world.consultation
    colleague(world, "partner", "professor")
    for key in ("professor", "partner"):  # the author, and somebody of the author's body
        room.name(key)
    room.write(language="ar")
    room.name("zuwara", "en")
    room.name("ghat", "fr")
    plan = plan_reviews(GIVING, consultation=here)
    assert (plan.texts, plan.assessments, plan.short, plan.unread) == (2, 3, 1, 0)
    with pytest.raises(Conflict):
        assign_reviews(GIVING, "another", consultation=here, actor=world.actor("organiser"))
    assign_reviews(GIVING, plan.digest, consultation=here, actor=world.actor("organiser"))
    assert [given(room, at) for at in (0, 1)] == [{1, 2}, {1}]
    facts = dict(recorded("ReviewsAssigned")[0].facts)
    assert (facts.pop("giving") is not None, facts) == (True, {"track": TRACK, "texts": 2, "assessments": 3})
    deliver()
    told = session.execute(sa.select(Mail.person_id, Mail.text).where(Mail.kind == "review_given")).all()
    assert {row.person_id for row in told} == {world.people["derna"], world.people["zuwara"]}
    assert not any("Counting" in row.text or "TT-2026" in row.text for row in told)
    with pytest.raises(Rejected):
        room.give()
    assert count_by_track(here.id)[TRACK].given == 2
    ended = end_reviewer(1, consultation=here, actor=world.actor("organiser"))
    assert [event.facts["number"] for event in recorded("ReviewerEnded")] == [1]
    assert (ended.ended_at is not None, given(room), given(room, 1)) == (True, {2}, set())
    plan = plan_reviews(GIVING, consultation=here)
    with pytest.raises(Forbidden):
        assign_reviews(GIVING, plan.digest, consultation=here, actor=world.actor("moderator"))


def test_one_text_is_given_by_hand_and_taken_back(room: Reviews) -> None:
    world, organiser = room.world, room.world.actor("organiser")
    room.name("professor")
    give_review(room.paper(), 1, due_on=None, actor=organiser)
    for number in (1, 3, 9):  # judges it already, wrote it, does not exist
        with pytest.raises(Rejected):
            give_review(room.paper(), number, due_on=None, actor=organiser)
    row = room.assessment("derna")
    take_back(row.id, consultation=world.consultation, actor=organiser)
    assert [event.facts for event in recorded("ReviewTakenBack")] == [{"assessment": str(row.id)}]
    assert given(room) == set()
    with pytest.raises(NotFound):
        take_back(row.id, consultation=world.consultation, actor=organiser)
    give_review(room.paper(), 1, due_on=None, actor=organiser)
    room.judge("derna", 4, 4)
    with pytest.raises(Conflict):
        take_back(room.assessment("derna").id, consultation=world.consultation, actor=organiser)


def test_whoever_declared_an_interest_neither_sees_nor_judges(room: Reviews) -> None:
    world, here = room.world, room.world.consultation
    room.name("moderator")
    room.give(each=3)
    room.judge("derna", 4, 2)
    for key in ("derna", "moderator"):
        declare_interest("author", submission=room.paper(), actor=world.actor(key))
    assert given(room) == {2}
    assert [row.facts.keys() for row in recorded("InterestDeclared")] == [{"interest"}, {"interest"}]
    assert {row.actor for row in recorded("InterestDeclared")} == {None}
    number, moderator = room.paper().number, world.actor("moderator")
    assert [task_on(here.id, world.people[key], number) for key in ("derna", "moderator")] == [None, None]
    actions = ("submission.read", "submission.review", "submission.revisions", "peer_review.results")
    assert [allowed(moderator, action, room.paper()) for action in actions] == [False] * 4
    assert review_queue(here.id, which=reviewable(moderator, here.id)).rows == []
    with pytest.raises(Forbidden):
        accept(room.paper(), Review("in_order"), actor=moderator)
    assert plan_reviews(Giving(TRACK, 4), consultation=here).assessments == 0
    for number_of in (1, 3):
        with pytest.raises(Rejected):
            give_review(room.paper(), number_of, due_on=None, actor=world.actor("organiser"))
    with pytest.raises(Forbidden):  # somebody who has nothing to do with it
        declare_interest("author", submission=room.paper(), actor=world.actor("ghat"))
    with pytest.raises(Rejected):
        declare_interest("because", submission=room.paper(), actor=world.actor("zuwara"))


def test_a_reviewer_saves_then_hands_in_everything_once(room: Reviews) -> None:
    world = room.world
    room.give()
    row, actor = room.assessment("derna"), world.actor("derna")
    save_assessment(room.draft("derna", 4), assessment=row.id, actor=actor)
    stale = replace(room.draft("derna", 4, 5), version=1)
    with pytest.raises(Conflict):
        save_assessment(stale, assessment=row.id, actor=actor)
    unclear = replace(room.draft("derna", 6), recommendation="", inside=" ")
    keys = [one.key for one in criteria_of(world.consultation_id, TRACK)]
    with pytest.raises(Rejected) as refused:
        hand_in_assessment(unclear, assessment=row.id, actor=actor)
    wrong = {f"score_{keys[0]}", f"score_{keys[1]}", "recommendation", "inside"}
    assert {field for field, _ in said(refused.value)} == wrong
    with pytest.raises(Forbidden):
        save_assessment(room.draft("derna", 4), assessment=row.id, actor=world.actor("zuwara"))
    assert found_of(row.submission_id, 1)[0].scores == {}
    room.judge("derna", 4, 2)
    event = recorded("AssessmentHandedIn")[0]
    assert (event.facts, event.actor) == ({"assessment": str(row.id)}, None)
    with pytest.raises(Conflict):
        hand_in_assessment(room.draft("derna", 5, 5), assessment=row.id, actor=actor)
    with pytest.raises(Conflict):
        remove_criterion(keys[0], track=TRACK, consultation=world.consultation, actor=world.actor("organiser"))


def test_criteria_are_those_of_the_track_until_organisers_choose(room: Reviews) -> None:
    world, here, organiser = room.world, room.world.consultation, room.world.actor("organiser")
    first, second = criteria_of(here.id, TRACK)
    assert [event.facts["criteria"] for event in recorded("ReviewCriteriaSet")] == [1, 2]
    remove_criterion(second.key, track=TRACK, consultation=here, actor=organiser)
    with pytest.raises(Conflict):
        remove_criterion(first.key, track=TRACK, consultation=here, actor=organiser)
    nothing = CriterionDraft(Localized(en="Use"), Localized(), 0)
    with pytest.raises(Rejected) as refused:
        set_criterion(first.key, nothing, track=TRACK, consultation=here, actor=organiser)
    assert {field for field, _ in said(refused.value)} == {"names_ar", "names_fr", "weight"}
    with pytest.raises(Forbidden):
        set_criterion(None, nothing, track=TRACK, consultation=here, actor=world.actor("moderator"))
    assert list(criteria_of(here.id, "municipal")) == []


def test_means_spread_progress_and_who_is_late(room: Reviews) -> None:
    world, here = room.world, room.world.consultation
    today = clock.now().date()
    assign_reviews(
        replace(GIVING, due_on=today),
        plan_reviews(GIVING, consultation=here).digest,
        consultation=here,
        actor=world.actor("organiser"),
    )
    room.judge("derna", 5, 1)
    room.judge("zuwara", 2, 2, recommendation="return")
    room.write(title="A second paper")
    room.give()
    criteria = criteria_of(here.id, TRACK)
    found = found_of(room.papers[0], 1)
    letter = {key: room.assessment(key).letter for key in room.reviewers}
    assert means_of(found, criteria) == {letter["derna"]: Fraction(4), letter["zuwara"]: Fraction(2)}
    rows = judged_texts(here.id, {TRACK: criteria}, which=reviewable(world.actor("moderator"), here.id)).rows
    first = next(row for row in rows if row.number == room.paper().number)
    assert first.spread is not None
    assert (first.asked, first.done, first.spread.mean, first.spread.range) == (2, 2, 3, 2)
    assert round(first.spread.deviation or 0, 4) == 1.4142
    lines = reviewers_of(here.id, today + timedelta(days=1))
    assert [(line.given, line.done, line.late) for line in lines] == [(2, 1, 0), (2, 1, 0)]
    person = world.people["derna"]
    progress = progress_of(here.id, person, today)
    assert (progress.done, progress.total, progress.late) == (1, 2, 0)
    assert [task.number for task in tasks_page(here.id, person, done=False).rows] == [room.paper(1).number]
    assert next_task(here.id, person, room.paper(1).number) == room.paper(1).number


def test_reviewers_talk_once_they_have_handed_in(room: Reviews) -> None:
    world = room.world
    room.give()
    note = NoteDraft("Is the sample large enough?", "en", 1)
    for key in ("derna", "ghat", "professor"):
        with pytest.raises(Forbidden):
            add_note(note, submission=room.paper(), actor=world.actor(key))
    assert judges(room.paper(), world.people["derna"])
    room.judge("derna", 4, 4)
    assert not judges(room.paper(), world.people["derna"])
    add_note(note, submission=room.paper(), actor=world.actor("derna"))
    add_note(replace(note, text="It is."), submission=room.paper(), actor=world.actor("organiser"))
    assert [(one.letter, one.by_reviewer) for one in notes_of(room.papers[0], 1)] == [
        (room.assessment("derna").letter, True),
        ("", False),
    ]
    with pytest.raises(Rejected):
        add_note(replace(note, text=" "), submission=room.paper(), actor=world.actor("derna"))
    assert {row.actor for row in recorded("ReviewNoted")} == {None}


def test_the_author_reads_what_was_written_to_them_once_it_is_decided(room: Reviews) -> None:
    world = room.world
    room.give()
    room.judge("derna", 4, 2)
    room.judge("zuwara", 4, 2, to_author="")
    assert words_to_author(room.paper()) == {}
    letter = room.assessment("derna").letter
    return_for_correction(room.paper(), Review("unclear", "See below."), actor=world.actor("moderator"))
    told = words_to_author(room.paper())
    assert {number: [(one.letter, one.text) for one in said] for number, said in told.items()} == {
        1: [(letter, "Name your sample.")]
    }
    with pytest.raises(Conflict):
        add_note(NoteDraft("Late", "en", 1), submission=room.paper(), actor=world.actor("derna"))


def test_a_corrected_text_goes_to_those_who_judged_it(room: Reviews) -> None:
    world = room.world
    room.name("ghat")
    room.give(each=1)
    key = next(key for key in ("derna", "zuwara", "ghat") if room.reviewer(key).number in given(room))
    room.judge(key, 3, 3, recommendation="return")
    correct(world, "professor", room.paper(), {})
    assert (room.paper().revision, given(room)) == (2, set())
    assert [one.text for one in words_to_author(room.paper())[1]] == ["Name your sample."], "of before, it stays"
    room.give(each=1)
    assert given(room) == {room.reviewer(key).number}
    assert session.scalar(sa.select(sa.func.count()).select_from(Assessment)) == 2


def test_the_log_tells_neither_who_judges_what_nor_points(room: Reviews) -> None:
    world = room.world
    room.give()
    room.judge("derna", 5, 1)
    add_note(NoteDraft("Secret words", "en", 1), submission=room.paper(), actor=world.actor("derna"))
    rows = session.execute(sa.select(EventRow.type, EventRow.actor_id, EventRow.facts)).all()
    by_reviewer = {row.type for row in rows if row.actor_id == world.people["derna"]}
    assert by_reviewer == set()
    told = str([row.facts for row in rows if "Review" in row.type or "Assess" in row.type])
    assert not any(
        word in told for word in (room.paper().number, str(room.papers[0]), "Secret", str(world.people["derna"]))
    )


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)  # SQLite lets one write at a time
def test_two_presses_of_the_button_give_out_once(app: Flask, room: Reviews) -> None:
    here, organiser = room.world.consultation, room.world.actor("organiser")
    digest = plan_reviews(GIVING, consultation=here).digest
    barrier, outcomes = Barrier(2), []

    def press() -> None:
        with app.app_context():
            barrier.wait()
            try:
                assign_reviews(GIVING, digest, consultation=room.world.consultation, actor=organiser)
                outcomes.append("given")
            except (Conflict, Rejected):
                outcomes.append("refused")

    threads = [Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["given", "refused"]
    assert given(room) == {1, 2}


def test_nobody_judges_a_text_of_a_body_that_went_into_their_own(room: Reviews) -> None:
    world, organiser = room.world, room.world.actor("organiser")
    draft = BodyDraft("ror:new", "university", Localized(en="New University"))
    world.bodies["successor"] = register_body(draft, actor=organiser).id
    invited = MemberDraft(PersonDraft("Heir", "heir@example.org"), TRACK, world.bodies["successor"])
    member = invite_member(invited, consultation=world.consultation, actor=organiser).member
    world.members["heir"], world.people["heir"] = member.id, member.person_id
    end_membership(world.member("professor"), consultation=world.consultation, actor=organiser)
    room.name("heir")
    ends(world, "professor", "move:ror:new", "ror:new")
    room.give(3)
    assert given(room) == {room.reviewer("derna").number, room.reviewer("zuwara").number}
