"""Everybody who may visit the sample, signed in: each part and role, with and without a second factor, from elsewhere, from before."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import timedelta

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import OPERATOR, Role
from consult.accounts.models import Person, RoleGrant
from consult.accounts.signing_in.sign_in import load_actor, start_sign_in
from consult.ballots.draft import BallotDraft
from consult.ballots.services import prepare_ballot
from consult.ballots.states import BallotKind
from consult.consultations.models import Consultation, Member, Seat
from consult.consultations.services import create_consultation
from consult.consultations.setting_up import ConsultationDraft, NamesDraft
from consult.db import new_id, session, transaction
from consult.demo.load import DEMO_PEOPLE
from consult.i18n import LANGUAGES, Localized
from consult.recommendations.models import Source
from consult.recommendations.services import RecommendationDraft, draft_recommendation
from consult.sessions.queries import session_by_number
from consult.sessions.services import plan_session
from consult.submissions.drafting.drafts import start_draft
from consult.submissions.models import Submission
from consult.submissions.states import SubmissionState
from consult.testing.sittings import session_draft

#: The part of addresses of the other consultation, which is being set up.
ELSEWHERE = "elsewhere"
ROLES = (Role.MODERATOR, Role.ORGANISER, Role.ADMINISTRATOR)
#: The other roles, and those for a part: who, which, and for which track or session (its number).
BESIDES: Mapping[str, tuple[Role, str, int]] = {
    "moderator of the academic track": (Role.MODERATOR, "academic", 0),
    "moderator of session 2": (Role.MODERATOR, "", 2),
    "rapporteur": (Role.RAPPORTEUR, "", 0),
    "rapporteur of session 2": (Role.RAPPORTEUR, "", 2),
    "accreditor": (Role.ACCREDITOR, "", 0),
    "accreditor of the academic track": (Role.ACCREDITOR, "academic", 0),
    "returning officer": (Role.RETURNING_OFFICER, "", 0),
    "returning officer of session 2": (Role.RETURNING_OFFICER, "", 2),
    "clerk": (Role.CLERK, "", 0),
    "clerk of the academic track": (Role.CLERK, "academic", 0),
    "observer": (Role.OBSERVER, "", 0),
    "translator": (Role.TRANSLATOR, "", 0),
    "translator of the academic track": (Role.TRANSLATOR, "academic", 0),
    "evaluator": (Role.EVALUATOR, "", 0),
}
#: Whoever moderates and takes part as well: the moderator that may not review their own.
BOTH = "moderator who writes"
#: Whoever organises, moderates and takes part elsewhere, and has nothing to do here.
STRANGER = "staff of another consultation"


def everybody(here: Consultation) -> dict[str, str]:
    """Bring everybody in and return the tokens of their cookies by what they are, "" for nobody.

    The municipal member gets a submission in every state, the moderator who writes one that waits and a draft.
    """
    people = {key: _person(address) for key, address in DEMO_PEOPLE.items() if key not in BESIDES}
    both, former = _members_besides(here, set(people.values()))
    with transaction():
        stranger = _enter("stranger@example.org")
        _give(both, Role.MODERATOR, here)
        _own_submissions(here, people["municipal"], tuple(SubmissionState))
        _own_submissions(here, both, (SubmissionState.RECEIVED,))
        _let_go(former, here)
        others = _others(here)
    start_draft(_member_of(both), consultation=here, actor=load_actor(both))
    _elsewhere(stranger)
    factors = {**{key: people[key] for key in map(str, ROLES)}, BOTH: both, STRANGER: stranger}
    return {
        "nobody": "",
        **{key: _signed_in(one, factor="app") for key, one in others.items()},
        **{key: _signed_in(one) for key, one in people.items() if key not in factors},
        **{key: _signed_in(one, factor="app") for key, one in factors.items()},
        **{f"{key} without a second factor": _signed_in(people[key]) for key in map(str, ROLES)},
        "member and moderator of before": _signed_in(former, factor="app"),
    }


def _signed_in(person: uuid.UUID, *, factor: str = "") -> str:
    return start_sign_in(person, method="link", factor=factor)


def _person(address: str) -> uuid.UUID:
    return session.scalars(sa.select(Person.id).where(Person.email_key == address)).one()


def _member_of(person: uuid.UUID) -> uuid.UUID:
    return session.scalars(sa.select(Member.id).where(Member.person_id == person)).one()


def _enter(address: str) -> uuid.UUID:
    person = Person(id=new_id(), name="سالم", email=address, email_key=address, language="ar", created_at=clock.now())
    session.add(person)
    session.flush()
    return person.id


def _members_besides(here: Consultation, known: set[uuid.UUID]) -> Sequence[uuid.UUID]:
    """Return two more municipal members with a seat."""
    seated = (
        sa.select(Member.person_id)
        .join(Seat, Seat.holder_id == Member.id)
        .where(Member.consultation_id == here.id, Member.track == "municipal", Member.person_id.not_in(known))
        .order_by(Member.number)
    )
    return session.scalars(seated.limit(2)).all()


def _give(person: uuid.UUID, role: Role, where: Consultation, *, until_yesterday: bool = False) -> None:
    now = clock.now()
    ends_at = now - timedelta(days=1) if until_yesterday else None
    grant = RoleGrant(person_id=person, role=role, consultation_id=where.id, granted_at=now, ends_at=ends_at)
    session.add(grant)


def _others(here: Consultation) -> Mapping[str, uuid.UUID]:
    """Enter somebody for each of the other roles and parts."""
    people = {key: _enter(f"role{number}@example.org") for number, key in enumerate(BESIDES)}
    for key, (role, track, number) in BESIDES.items():
        sitting = session_by_number(here.id, number)
        grant = RoleGrant(person_id=people[key], role=role, consultation_id=here.id, granted_at=clock.now())
        grant.track, grant.session_id = track, sitting.id if sitting else None
        session.add(grant)
    return people


def _own_submissions(here: Consultation, person: uuid.UUID, states: tuple[SubmissionState, ...]) -> None:
    """Make accepted submissions that nobody cites this person's, one in each of these states."""
    whose = sa.select(Member.id).where(Member.person_id.in_(map(_person, DEMO_PEOPLE.values())))
    free = (
        sa.select(Submission.id)
        .where(
            Submission.consultation_id == here.id,
            Submission.state == SubmissionState.ACCEPTED,
            Submission.member_id.not_in(whose),
            Submission.id.not_in(sa.select(Source.submission_id).where(Source.submission_id.is_not(None))),
        )
        .order_by(Submission.number)
    )
    found = session.scalars(free.limit(len(states))).all()
    for identity, state in zip(found, states, strict=True):
        change = sa.update(Submission).where(Submission.id == identity)
        session.execute(change.values(member_id=_member_of(person), state=state))


def _let_go(person: uuid.UUID, here: Consultation) -> None:
    """End a person's part, and roles they once had: one revoked, the others at their date."""
    for role in (Role.MODERATOR, Role.ORGANISER):
        _give(person, role, here, until_yesterday=True)
    now = clock.now()
    session.add(RoleGrant(person_id=person, role=Role.ADMINISTRATOR, granted_at=now, revoked_at=now))
    member = _member_of(person)
    session.execute(sa.update(Seat).where(Seat.holder_id == member).values(holder_id=None))
    session.execute(sa.update(Member).where(Member.id == member).values(part_ended_at=now))


def _elsewhere(person: uuid.UUID) -> None:
    """Set up another consultation, with the person in every part of it, and with rows that have the same numbers as here."""
    names = Localized(dict.fromkeys(LANGUAGES, "Elsewhere"))
    draft = ConsultationDraft(
        NamesDraft(names, names, names), ELSEWHERE, "EL", "national-dialogue", clock.now().date() - timedelta(days=30)
    )
    there = create_consultation(draft, actor=OPERATOR)
    with transaction():
        for role in (Role.MODERATOR, Role.ORGANISER):
            _give(person, role, there)
        _become_member(person, there)
    actor = load_actor(person)
    plan_session(session_draft(), consultation=there, actor=actor)
    draft_recommendation(RecommendationDraft(names), consultation=there, actor=actor)
    paper = BallotDraft(kind=BallotKind.PROCEDURAL, rule="GA-SIMPLE", questions=names)
    prepare_ballot(paper, consultation=there, actor=actor)


def _become_member(person: uuid.UUID, there: Consultation) -> None:
    member = Member(
        id=new_id(),
        consultation_id=there.id,
        person_id=person,
        track="municipal",
        number=1,
        withheld=False,
        invited_at=clock.now(),
    )
    session.add(member)
    session.flush()
    seat = Seat(consultation_id=there.id, track="municipal", number=1, constituency="", holder_id=member.id)
    session.add(seat)


__all__ = ["BOTH", "ELSEWHERE", "ROLES", "STRANGER", "everybody"]
