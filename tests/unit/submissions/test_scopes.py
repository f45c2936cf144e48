"""Roles for a part of a consultation: what each opens, the same in the policy and as a condition of a list."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from consult import clock
from consult.accounts.access import OPERATOR, SCOPES, Actor, Held, Role, Scope, allowed, declared_permissions
from consult.accounts.models import RoleGrant
from consult.accounts.people import PersonDraft
from consult.accounts.roles import RoleDraft
from consult.accounts.separation import kept_apart, may_decide_appeal
from consult.accounts.services import begin, grant_role, revoke_role
from consult.ballots.models import Ballot
from consult.ballots.policies import readable
from consult.ballots.states import BallotState
from consult.consultations.models import Consultation
from consult.db import new_id, session, transaction
from consult.errors import Rejected
from consult.events.models import INSTANCE
from consult.events.stream import events_after
from consult.i18n import Localized
from consult.recommendations.models import Recommendation
from consult.sessions.models import Session
from consult.sessions.policies import at_desk
from consult.sessions.services import plan_session
from consult.submissions.models import Submission
from consult.submissions.policies import reviewable, translatable
from consult.submissions.review.queries import count_waiting, review_queue
from consult.submissions.states import SubmissionState
from consult.testing.sittings import session_draft
from consult.testing.world import World


def _grant(world: World, who: str, role: Role, **part: Any) -> RoleGrant:
    whole = None if role is Role.ADMINISTRATOR else world.consultation_id
    until = clock.now() + timedelta(days=9)
    draft = RoleDraft(PersonDraft("", f"{who}@example.org", "en"), role, whole, until, "Stands in", **part)
    return grant_role(draft, actor=world.actor("administrator"))


def _here(world: World) -> Consultation:
    return session.get_one(Consultation, world.consultation_id)


def _sittings(world: World) -> list[Session]:
    return [plan_session(session_draft(), consultation=_here(world), actor=world.actor("organiser")) for _ in range(2)]


def _holder(*held: Held) -> Actor:
    return Actor(new_id(), roles=frozenset(held))


HELD: dict[str, Callable[[uuid.UUID, uuid.UUID], list[Held]]] = {
    "nothing": lambda here, sitting: [],
    "moderator": lambda here, sitting: [Held(Role.MODERATOR, here)],
    "of a track": lambda here, sitting: [Held(Role.MODERATOR, here, "academic")],
    "of a session": lambda here, sitting: [Held(Role.MODERATOR, here, "", sitting)],
    "of both": lambda here, sitting: [Held(Role.MODERATOR, here, "cso"), Held(Role.MODERATOR, here, "", sitting)],
    "elsewhere": lambda here, sitting: [Held(Role.MODERATOR, sitting)],
    "organiser": lambda here, sitting: [Held(Role.ORGANISER, here)],
    "rapporteur": lambda here, sitting: [Held(Role.RAPPORTEUR, here)],
    "rapporteur of a session": lambda here, sitting: [Held(Role.RAPPORTEUR, here, "", sitting)],
    "returning officer": lambda here, sitting: [Held(Role.RETURNING_OFFICER, here)],
    "returning officer of a session": lambda here, sitting: [Held(Role.RETURNING_OFFICER, here, "", sitting)],
    "observer": lambda here, sitting: [Held(Role.OBSERVER, here)],
    "translator": lambda here, sitting: [Held(Role.TRANSLATOR, here)],
    "translator of a track": lambda here, sitting: [Held(Role.TRANSLATOR, here, "academic")],
}


def test_lists_hold_the_rows_that_the_policies_allow(world: World, handed_in: Callable[..., Submission]) -> None:
    first, second = _sittings(world)
    for who in ("ghat", "professor", "cso"):
        handed_in(who)
    with transaction():
        for number, state in enumerate(BallotState, start=1):
            for offset, sitting in ((0, first.id), (10, second.id), (20, None)):
                ballot = Ballot(consultation_id=world.consultation_id, number=number + offset, state=state)
                ballot.session_id, ballot.questions, ballot.rule_id = sitting, Localized(en="?"), "GA-SIMPLE"
                session.add(ballot)
    lists: list[tuple[str, Any, Callable[[Actor, uuid.UUID], sa.ColumnElement[bool]]]] = [
        ("submission.review", Submission, reviewable),
        ("translation.read", Submission, translatable),
        ("session.desk", Session, at_desk),
        ("ballot.read", Ballot, readable),
    ]
    for name, held in HELD.items():
        actor = _holder(*held(world.consultation_id, first.id))
        for action, model, condition in lists:
            here = model.consultation_id == world.consultation_id
            listed = set(session.scalars(sa.select(model.id).where(here, condition(actor, world.consultation_id))))
            rows = session.scalars(sa.select(model).where(here)).all()
            assert listed == {row.id for row in rows if allowed(actor, action, row)}, (name, action)
            assert listed != {row.id for row in rows} or name not in ("of a track", "of a session", "of both")


def test_a_moderator_of_a_track_sees_its_queue_and_no_other(world: World, handed_in: Callable[..., Submission]) -> None:
    for who in ("ghat", "professor", "cso"):
        handed_in(who)
    _grant(world, "derna", Role.MODERATOR, track="academic")
    derna, here = world.actor("derna"), world.consultation_id
    assert [row.track for row in review_queue(here, which=reviewable(derna, here)).rows] == ["academic"]
    assert count_waiting(here, reviewable(derna, here)) == {"academic": 1}
    rows = {row.track: row for row in session.scalars(sa.select(Submission))}
    for action in ("submission.review", "submission.read", "submission.revisions"):
        assert [track for track, row in sorted(rows.items()) if allowed(derna, action, row)] == ["academic"], action
    with transaction():
        rows["municipal"].state = SubmissionState.ACCEPTED
    assert allowed(derna, "submission.read", rows["municipal"])
    assert not allowed(derna, "submission.revisions", rows["municipal"])
    for action in ("submission.campaigns", "card.print", "session.run", "ballot.list", "consultation.organise"):
        assert not allowed(derna, action, _here(world)), action


def test_a_moderator_of_a_session_runs_it_and_its_ballots_and_nothing_else(world: World) -> None:
    first, second = _sittings(world)
    _grant(world, "derna", Role.MODERATOR, sitting=first.id)
    derna = world.actor("derna")
    for action in ("session.run", "session.prepare", "minutes.write", "minutes.approve"):
        assert [allowed(derna, action, row) for row in (first, second, _here(world))] == [True, False, True], action
    assert not allowed(derna, "session.plan", first)
    of = [Ballot(consultation_id=world.consultation_id, session_id=one) for one in (first.id, second.id, None)]
    for action in ("ballot.conduct", "ballot.prepare"):
        assert [allowed(derna, action, row) for row in of] == [True, False, False], action
    for action in ("ballot.prepare", "submission.review", "card.print"):
        assert not allowed(derna, action, _here(world)), action


def test_a_rapporteur_writes_and_does_not_approve_or_propose(world: World) -> None:
    first, second = _sittings(world)
    draft = Recommendation(consultation_id=world.consultation_id, state="draft")
    _grant(world, "derna", Role.RAPPORTEUR)
    _grant(world, "zuwara", Role.RAPPORTEUR, sitting=first.id)
    derna, zuwara = world.actor("derna"), world.actor("zuwara")
    assert [allowed(derna, "minutes.write", row) for row in (first, second)] == [True, True]
    assert [allowed(zuwara, "minutes.write", row) for row in (first, second)] == [True, False]
    assert [allowed(one, "recommendation.write", draft) for one in (derna, zuwara)] == [True, False]
    assert not any(
        allowed(one, action, subject)
        for one in (derna, zuwara)
        for action, subject in (("minutes.approve", first), ("recommendation.propose", draft), ("session.run", first))
    )


def test_an_observer_reads_what_is_prepared_and_changes_nothing(world: World) -> None:
    _grant(world, "derna", Role.OBSERVER)
    observer = Actor(world.people["derna"], roles=world.actor("derna").roles)
    nobody, here = Actor(world.people["derna"]), _here(world)
    here.public = False
    consultation_wide = [
        name
        for name in declared_permissions()
        if name.partition(".")[2] in ("read", "list", "desk", "organise", "review", "run", "conduct", "campaigns")
        and name.partition(".")[0] not in ("contact", "public")
    ]
    opened = set()
    for name in consultation_wide:
        try:
            if allowed(observer, name, here) and not allowed(nobody, name, here):
                opened.add(name)
        except AttributeError:  # about rows of another kind
            continue
    assert opened == {"consultation.read", "ballot.list", "recommendation.list"}


def _refusal(refused: pytest.ExceptionInfo[Rejected]) -> tuple[str, str]:
    problem = refused.value.problems[0]
    return problem.field, str(problem.message)


def test_who_counts_does_not_administer(world: World) -> None:
    first, _ = _sittings(world)
    _grant(world, "derna", Role.RETURNING_OFFICER, sitting=first.id)
    with pytest.raises(Rejected) as refused:
        _grant(world, "derna", Role.ADMINISTRATOR)
    field, words = _refusal(refused)
    assert (field, words.startswith("Who counts does not administer")) == ("role", True)
    for part in ({}, {"sitting": first.id}):
        with pytest.raises(Rejected):
            _grant(world, "administrator", Role.RETURNING_OFFICER, **part)
    assert not world.actor("derna").administrator
    assert [e.facts["role"] for e in events_after(INSTANCE) if e.type == "RoleGranted"] == ["returning_officer"]


def test_the_role_that_was_taken_back_or_has_ended_keeps_nobody_away(world: World) -> None:
    ended = _grant(world, "derna", Role.RETURNING_OFFICER)
    revoke_role(ended.id, reason="Counts no more", actor=world.actor("administrator"))
    _grant(world, "derna", Role.ADMINISTRATOR)
    brief = _grant(world, "zuwara", Role.RETURNING_OFFICER)
    assert brief.ends_at is not None
    with clock.at(brief.ends_at):
        _grant(world, "zuwara", Role.ADMINISTRATOR)


def test_the_terminal_makes_no_administrator_of_a_returning_officer(world: World) -> None:
    _grant(world, "derna", Role.RETURNING_OFFICER)
    with transaction():
        session.execute(sa.update(RoleGrant).where(RoleGrant.role == Role.ADMINISTRATOR).values(revoked_at=clock.now()))
    with pytest.raises(Rejected):
        begin(name="", email="derna@example.org", language="ar")
    assert not world.actor("derna").administrator


def test_whoever_decided_on_a_text_does_not_decide_its_appeal() -> None:
    first, second, other = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    assert may_decide_appeal(other, [first, None, second])
    assert not may_decide_appeal(first, [first, None, second])
    assert not may_decide_appeal(second, [first, second])
    assert not may_decide_appeal(OPERATOR.person, [])
    administers = Held(Role.ADMINISTRATOR)
    assert kept_apart(Held(Role.MODERATOR), [administers]) is not None
    assert kept_apart(Held(Role.MODERATOR), [Held(Role.RETURNING_OFFICER)]) is None
    assert kept_apart(Held(Role.RAPPORTEUR), [administers, Held(Role.RETURNING_OFFICER)]) is None


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_a_role_is_granted_only_for_what_it_opens_something_in(world: World, role: Role) -> None:
    first, _ = _sittings(world)
    parts: dict[Scope, dict[str, Any]] = {Scope.TRACK: {"track": "academic"}, Scope.SESSION: {"sitting": first.id}}
    for scope, part in parts.items():
        if scope in SCOPES[role]:
            _grant(world, "derna", role, **part)
            continue
        with pytest.raises(Rejected) as refused:
            _grant(world, "derna", role, **part)
        assert _refusal(refused)[0] == "consultation"


@pytest.mark.parametrize("part", [{"track": "unknown"}, {"sitting": uuid.UUID(int=9)}, {"both": True}])
def test_a_track_or_session_of_another_consultation_is_refused(world: World, part: dict[str, Any]) -> None:
    first, _ = _sittings(world)
    part = {"track": "academic", "sitting": first.id} if "both" in part else part
    with pytest.raises(Rejected) as refused:
        _grant(world, "derna", Role.MODERATOR, **part)
    assert _refusal(refused)[0] == "consultation"


def test_the_same_role_for_another_part_is_another_role(world: World) -> None:
    _grant(world, "derna", Role.MODERATOR, track="academic")
    _grant(world, "derna", Role.MODERATOR, track="cso")
    with pytest.raises(Rejected) as refused:
        _grant(world, "derna", Role.MODERATOR, track="cso")
    assert _refusal(refused)[0] == "role"
    assert world.actor("derna").reach(Role.MODERATOR, world.consultation_id).tracks == {"academic", "cso"}
