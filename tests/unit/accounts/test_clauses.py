"""`allowed` in SQL: for every row of everything that happens, and everybody who may look, the clause says what the predicate says."""

from __future__ import annotations

import typing
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import sqlalchemy as sa

from consult.accounts.access import ANONYMOUS, OPERATOR, Actor, Held, Membership, Role, allowed, declared_permissions
from consult.accounts.bodies.models import Contact
from consult.accounts.bodies.words import Audience
from consult.accounts.clauses import declared_clauses, permitted
from consult.accounts.people import PersonDraft
from consult.ballots.draft import BallotDraft
from consult.ballots.services import prepare_ballot
from consult.ballots.states import BallotKind
from consult.coding.agreement_queries import difference_of
from consult.coding.models import CodedText
from consult.consultations.accreditation.drafts import ApplicationDraft
from consult.consultations.models import Consultation
from consult.consultations.services import apply
from consult.db import Model, new_id, session, transaction
from consult.i18n import Localized
from consult.policies import ALL_POLICIES
from consult.recommendations.services import RecommendationDraft, draft_recommendation
from consult.sessions.models import Session
from consult.submissions.exchange.exports import export_submissions
from consult.submissions.models import Appeal, Submission
from consult.submissions.register import RegisterFilter, register
from consult.submissions.review.appeal_queries import case_of
from consult.submissions.states import SubmissionState
from consult.testing.coding import code_everything
from consult.testing.withheld import everything_happens
from consult.testing.world import World

#: What is asked about one row before something is done to it, and narrows no list: the page that lists such rows is narrowed by
#: another of these permissions, or is the visitor's own.
NOT_LISTED = {
    "ballot.cast",
    "ballot.conduct",
    "ballot.prepare",
    "minutes.approve",
    "minutes.write",
    "paper.enter",
    "paper.pictures",
    "peer_review.assess",
    "proxy.give",
    "recommendation.propose",
    "recommendation.write",
    "reservation.record",
    "reservation.withdraw",
    "response.enter",
    "response.write",
    "session.plan",
    "session.prepare",
    "session.read",
    "session.run",
    "session.speak",
    "submission.submit",
    "translation.set_aside",
}
#: How the subject of a permission is made of a row, where it is not the row itself.
SUBJECTS: Mapping[type[Any], Callable[[Any], Any]] = {Appeal: case_of, CodedText: difference_of}


@pytest.fixture
def full(world: World) -> World:
    """Everything happens: texts in every state, drafts, ballots, a draft recommendation, an application, a consultation being set up."""
    everything_happens(world)
    code_everything(world)
    here, organiser, names = world.consultation, world.actor("organiser"), Localized(ar="نص", en="Text", fr="Texte")
    draft_recommendation(RecommendationDraft(names), consultation=here, actor=organiser)
    apply(_application("academic"), consultation=here, actor=OPERATOR)
    accredited = apply(_application("municipal"), consultation=here, actor=OPERATOR)
    paper = BallotDraft(kind=BallotKind.PROCEDURAL, rule="GA-SIMPLE", questions=names)
    prepare_ballot(paper, consultation=here, actor=organiser)
    with transaction():
        accredited.body_id = world.bodies["ghat"]
        hidden = Consultation(id=new_id(), slug="hidden", prefix="HH", names=names, titles=names, summaries=names)
        hidden.timezone, hidden.rules, hidden.public, hidden.created_at = "UTC", {}, False, here.created_at
        session.add(hidden)
        session.add_all(
            Contact(body_id=world.bodies["ghat"], audience=audience, label="Office", email="", phone="1")
            for audience in Audience
        )
        nobody_s = session.scalars(sa.select(Submission).where(Submission.state == SubmissionState.RECEIVED)).first()
        assert nobody_s is not None
        nobody_s.member_id, nobody_s.track = None, ""
    return world


def _application(track: str) -> ApplicationDraft:
    person = PersonDraft("سالمة الحضيري", f"{track}@example.org", "ar")
    kind = "university" if track == "academic" else "municipality"
    return ApplicationDraft(track, "جامعة سبها", kind, person, "تدرّس.", "قرار", "https://example.org/x.pdf")


def everybody(world: World) -> Iterator[Actor]:
    """Yield everybody there is, and somebody for each role in each part, alone and with a membership."""
    here = world.consultation_id
    yield from (ANONYMOUS, OPERATOR, Actor(person=new_id()))
    yield from (world.actor(key) for key in world.people)
    sittings = session.scalars(sa.select(Session.id)).all()
    elsewhere = new_id()
    parts = [
        {"consultation": here},
        {"consultation": elsewhere},
        *({"consultation": here, "track": track} for track in ("municipal", "academic", "cso")),
        *({"consultation": here, "sitting": one} for one in sittings),
    ]
    member = world.actor("cso")
    for role in Role:
        for part in parts:
            held = frozenset({Held(role, **part)})
            yield Actor(person=new_id(), roles=held)
            yield Actor(person=member.person, roles=held, memberships=member.memberships)
    yield Actor(person=new_id(), roles=frozenset({Held(Role.ADMINISTRATOR)}))
    yield Actor(person=new_id(), memberships=(Membership(new_id(), here, "cso", None, seated=False),))


def test_every_clause_says_what_the_predicate_says_and_lists_follow_it(full: World) -> None:
    _compare(full)
    _lists_follow(full)


def _compare(full: World) -> None:
    wrong, seen = [], {}
    people = list(everybody(full))
    for action, declared in declared_clauses().items():
        of_one = hasattr(declared.model, "consultation_id")
        condition = declared.model.consultation_id == full.consultation_id if of_one else sa.true()
        rows = session.scalars(sa.select(declared.model).where(condition)).all()
        subjects = {sa.inspect(row).identity: SUBJECTS.get(declared.model, lambda one: one)(row) for row in rows}
        key = sa.tuple_(*sa.inspect(declared.model).primary_key)
        for actor in people:
            which = permitted(actor, action, full.consultation_id if of_one else None)
            found = {tuple(row) for row in session.execute(sa.select(*key.clauses).where(which))}
            said = {identity for identity, subject in subjects.items() if allowed(actor, action, subject)}
            if found != said:
                wrong.append((action, actor.roles, actor.memberships, found ^ said))
            seen.setdefault(action, set()).update([True] * bool(said) + [False] * bool(set(subjects) - said))
    assert wrong == []
    assert {action for action, answers in seen.items() if answers != {True, False}} == set()


def _lists_follow(full: World) -> None:
    """Exports, the register and its search leave out what the page of a text would refuse."""
    here = full.consultation
    all_of_them = session.scalars(sa.select(Submission).where(Submission.consultation_id == here.id)).all()
    for actor in (OPERATOR, full.actor("organiser"), full.actor("administrator")):
        _, rows = export_submissions(here, tuple(SubmissionState), actor=actor)
        readable = {row.number for row in all_of_them if allowed(actor, "submission.read", row)}
        assert {row["number"] for row in rows} == readable
    assert {row.state for row in all_of_them} == set(SubmissionState)
    public = {row.number for row in all_of_them if allowed(ANONYMOUS, "submission.read", row)}
    for wanted in (RegisterFilter(), RegisterFilter(words=here.prefix)):
        assert {row.number for row in register(here.id, wanted).rows} == public
    closed = register(here.id, RegisterFilter(state=SubmissionState.HIDDEN)).rows
    assert {(row.title, row.author, row.language, row.body) for row in closed} == {("", "", "", None)}


def test_what_is_listed_has_a_clause() -> None:
    """A permission whose subject is a row has a clause, or stands among those that narrow no list."""
    core = {policies.__name__ for policies in ALL_POLICIES}
    about_rows = {
        name
        for name, declared in declared_permissions().items()
        if declared.predicate.__module__ in core and _is_row(declared.predicate)
    }
    assert about_rows - set(declared_clauses()) == NOT_LISTED
    assert set(declared_clauses()) - about_rows == {"appeal.decide", "coding.reconcile", "consultation.read"}


def _is_row(predicate: Callable[..., Any]) -> bool:
    subject = typing.get_type_hints(predicate).get("subject")
    kinds = typing.get_args(subject) or (subject,)
    return any(isinstance(kind, type) and issubclass(kind, Model) and kind is not Consultation for kind in kinds)


def test_rows_of_a_consultation_are_never_asked_for_without_it() -> None:
    with pytest.raises(ValueError, match="one consultation"):
        permitted(ANONYMOUS, "submission.read")
    with pytest.raises(KeyError):
        permitted(ANONYMOUS, "session.run", uuid.uuid4())
