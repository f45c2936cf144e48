"""Roles: granted and taken back by administrators, with a reason, for a consultation or a part of it, and until a date."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import OPERATOR, SCOPES, Actor, Held, Role, Scope, demand
from consult.accounts.events import RoleGranted, RoleRevoked
from consult.accounts.models import Person, RoleGrant, SignIn
from consult.accounts.people import PersonDraft, known_or_entered
from consult.accounts.queries import person_by_email
from consult.accounts.separation import kept_apart
from consult.accounts.signing_in.links import Purpose, issue_link
from consult.db import new_id, session, transaction
from consult.errors import Conflict, Problem, Rejected
from consult.events.record import record
from consult.i18n import LANGUAGES, N_, Message


@dataclass(frozen=True, slots=True)
class RoleDraft:
    """A role to be granted: to whom (entered if the address is new), which, for which consultation, until when, why.

    `track` (its key) or `sitting` (the id of a session) narrows it to that part of the consultation. `into` and `out_of` are
    the languages of a translator, none for every language.
    """

    person: PersonDraft
    role: Role
    consultation: uuid.UUID | None
    ends_at: datetime | None
    reason: str
    track: str = ""
    sitting: uuid.UUID | None = None
    into: frozenset[str] = frozenset()
    out_of: frozenset[str] = frozenset()

    @property
    def held(self) -> Held:
        """Return the role as whoever has it holds it."""
        return Held(self.role, self.consultation, self.track, self.sitting, self.into, self.out_of)


def in_force(now: datetime | None = None) -> tuple[sa.ColumnElement[bool], ...]:
    """Return the conditions under which a grant counts."""
    return (
        RoleGrant.revoked_at.is_(None),
        sa.or_(RoleGrant.ends_at.is_(None), RoleGrant.ends_at > (now or clock.now())),
    )


def roles_held(person: uuid.UUID) -> frozenset[Held]:
    """Return the roles somebody holds now, whatever they proved (1 query, in the present transaction)."""
    return _roles(person, *in_force())


def roles_ever(person: uuid.UUID) -> frozenset[Held]:
    """Return the roles somebody holds now or has held (1 query, in the present transaction)."""
    return _roles(person)


def _roles(person: uuid.UUID, *which: sa.ColumnElement[bool]) -> frozenset[Held]:
    reach = (RoleGrant.consultation_id, RoleGrant.track, RoleGrant.session_id)
    columns = (RoleGrant.role, *reach, RoleGrant.into, RoleGrant.out_of)
    rows = session.execute(sa.select(*columns).where(RoleGrant.person_id == person, *which))
    return frozenset(
        Held(Role(role), where, track, sitting, frozenset(into), frozenset(out_of))
        for role, where, track, sitting, into, out_of in rows
    )


def grants_held(person: uuid.UUID) -> Sequence[RoleGrant]:
    """Return the grants of the roles somebody holds now, by role (1 query)."""
    query = sa.select(RoleGrant).where(RoleGrant.person_id == person, *in_force())
    return session.scalars(query.order_by(RoleGrant.role, RoleGrant.granted_at, RoleGrant.id)).all()


def open_holders(role: Role, consultation: uuid.UUID | None) -> frozenset[uuid.UUID]:
    """Return who, with an open account, holds a role for the whole of a consultation or (None) for the instance."""
    found = sa.select(RoleGrant.person_id).join(Person, Person.id == RoleGrant.person_id)
    return frozenset(session.scalars(found.where(*holding(role, consultation))))


def holding(role: Role, consultation: uuid.UUID | None) -> tuple[sa.ColumnElement[bool], ...]:
    """Return the conditions of `open_holders` on grants and the persons they are for."""
    return (
        RoleGrant.role == role,
        RoleGrant.consultation_id.is_not_distinct_from(consultation),
        Person.closed_at.is_(None),
        RoleGrant.track == "",
        RoleGrant.session_id.is_(None),
        *in_force(),
    )


def holds_a_role(person: uuid.UUID) -> bool:
    """Tell whether a person holds any role now: nobody else may print a sign-in link for them."""
    return session.scalar(sa.select(sa.exists().where(RoleGrant.person_id == person, *in_force()))) is True


def grant_role(draft: RoleDraft, *, actor: Actor) -> RoleGrant:
    """Grant a role; the person is told by mail. Raises Rejected with what is missing or forbids it."""
    with transaction():
        demand(actor, "role.grant")
        if problems := list(_problems(draft, by_operator=actor.operator)):
            raise Rejected(problems)
        person = known_or_entered(draft.person, actor=actor)
        return give_role(person, draft.held, ends_at=draft.ends_at, reason=draft.reason.strip(), actor=actor)


def _problems(draft: RoleDraft, *, by_operator: bool) -> Iterator[Problem]:
    if not draft.person.email.strip():
        yield Problem("email", N_("Write an e-mail address, for example name@example.org."))
    if not draft.reason.strip():
        yield Problem("reason", N_("Say why."))
    if refusal := _wrong_reach(draft):
        yield Problem("consultation", refusal)
    if refusal := _wrong_languages(draft):
        yield Problem("into", refusal)
    # The first administrator, named at the terminal, stays: an instance must not end up with nobody who runs it.
    if draft.ends_at is None and not (by_operator and draft.role is Role.ADMINISTRATOR):
        yield Problem("ends_at", N_("Say until when."))
    if draft.ends_at is not None and draft.ends_at <= clock.now():
        yield Problem("ends_at", N_("Choose a date to come."))


def _wrong_reach(draft: RoleDraft) -> Message | None:
    """Return why a role cannot be granted for what was chosen, None if it can."""
    reach, offered = reach_of(draft.held), SCOPES[draft.role]
    if reach in offered:
        return None if reach is Scope.INSTANCE or _is_there(draft) else N_("Choose the consultation.")
    if Scope.INSTANCE in offered:
        return N_("An administrator runs the whole instance: choose no consultation.")
    if reach is Scope.INSTANCE:
        return N_("Choose the consultation.")
    if reach is Scope.TRACK:
        return N_(
            "This role is not granted for one track: choose the whole consultation or, where there is one, a session."
        )
    return N_(
        "This role is not granted for one session: choose the whole consultation or, where there is one, a track."
    )


def _wrong_languages(draft: RoleDraft) -> Message | None:
    """Return why a role cannot be held for these languages, None if it can."""
    if not draft.into and not draft.out_of:
        return None
    if draft.role is not Role.TRANSLATOR:
        return N_("Only a translator’s role names languages. Choose none.")
    if not (draft.into | draft.out_of) <= set(LANGUAGES):
        return N_("Choose among the languages of the platform.")
    between = {(one, other) for one in draft.out_of or LANGUAGES for other in draft.into or LANGUAGES if one != other}
    return None if between else N_("Out of and into the same language: nothing is left to translate.")


def reach_of(held: Held) -> Scope:
    """Return how far a role reaches."""
    if held.sitting is not None:
        return Scope.SESSION
    if held.track:
        return Scope.TRACK
    return Scope.INSTANCE if held.consultation is None else Scope.CONSULTATION


def _is_there(draft: RoleDraft) -> bool:
    """Tell whether the consultation, and its track or session, exist. They are tables of rooms above."""
    if draft.consultation is None or (draft.track and draft.sitting):
        return False
    found = [sa.exists().where(_consultation.c.id == draft.consultation)]
    if draft.track:
        found.append(sa.exists().where(_track.c.consultation_id == draft.consultation, _track.c.key == draft.track))
    if draft.sitting is not None:
        found.append(
            sa.exists().where(_session.c.consultation_id == draft.consultation, _session.c.id == draft.sitting)
        )
    return session.scalar(sa.select(sa.and_(*found))) is True


# Tables of rooms above; their names are enough to tell whether something is there.
_consultation = sa.table("consultation", sa.column("id", sa.Uuid()))
_track = sa.table("consultation_track", sa.column("consultation_id", sa.Uuid()), sa.column("key", sa.Text()))
_session = sa.table("session", sa.column("id", sa.Uuid()), sa.column("consultation_id", sa.Uuid()))


def give_role(person: Person, held: Held, *, ends_at: datetime | None = None, reason: str, actor: Actor) -> RoleGrant:
    """Write a grant and record it; inside the transaction of a service that has asked for permission.

    Raises Rejected if the person holds it already, or holds what must be kept apart from it. The person is locked: of two
    grants at the same moment that exclude each other, the later finds the earlier.
    """
    session.get_one(Person, person.id, with_for_update=True)
    mine = roles_held(person.id)
    if held in mine:
        raise Rejected(N_("This person holds this role already."), field="role")
    if refusal := kept_apart(held, mine, roles_ever(person.id)):
        raise Rejected(refusal, field="role")
    grant = RoleGrant(
        id=new_id(),
        person_id=person.id,
        role=held.role,
        consultation_id=held.consultation,
        track=held.track,
        session_id=held.sitting,
        into=sorted(held.into),
        out_of=sorted(held.out_of),
        granted_by=actor.person,
        reason=reason,
        granted_at=clock.now(),
        ends_at=ends_at,
    )
    session.add(grant)
    session.flush()
    languages = (" ".join(grant.into), " ".join(grant.out_of))
    facts = RoleGranted(
        grant.id, person.id, held.role, held.consultation, ends_at, held.track, held.sitting, *languages
    )
    record(facts, actor=actor.person)
    return grant


def revoke_role(grant: uuid.UUID, *, reason: str, actor: Actor) -> RoleGrant:
    """Take a role back before its end; the person is told. The last administrator stays. Raises Rejected, Conflict."""
    with transaction():
        demand(actor, "role.grant")
        if not reason.strip():
            raise Rejected(N_("Say why."), field="reason")
        row = session.get_one(RoleGrant, grant, with_for_update=True)
        if row.revoked_at is not None:
            raise Conflict(N_("This role has been taken back already."))
        if row.role == Role.ADMINISTRATOR:
            keep_an_administrator(row.person_id)
        row.revoked_at, row.revoked_by, row.revoked_because = clock.now(), actor.person, reason.strip()
        record(RoleRevoked(grant=row.id, person=row.person_id, role=row.role), actor=actor.person)
        return row


def keep_an_administrator(without: uuid.UUID) -> None:
    """Raise Conflict if there is no other administrator whose account is open; nobody can take one away meanwhile."""
    grants = (
        sa.select(RoleGrant.person_id)
        .join(Person, Person.id == RoleGrant.person_id)
        .where(RoleGrant.role == Role.ADMINISTRATOR, Person.closed_at.is_(None), *in_force())
        .with_for_update(of=RoleGrant)
    )
    if not set(session.scalars(grants)) - {without}:
        raise Conflict(N_("This is the last administrator. Grant the role to somebody else first."))


def begin(*, name: str, email: str, language: str) -> str | None:
    """Make the first administrator and return the address of their single-use link, for the terminal.

    Returns None where there is an administrator already; but one who never signed in gets a new link, because the first
    may have scrolled away. Raises Rejected for a wrong name or address.
    """
    with transaction():
        administrators = set(
            session.scalars(sa.select(RoleGrant.person_id).where(RoleGrant.role == Role.ADMINISTRATOR, *in_force()))
        )
        if not administrators:
            first = known_or_entered(PersonDraft(name, email, language), actor=OPERATOR)
            give_role(first, Held(Role.ADMINISTRATOR), reason="consult init", actor=OPERATOR)
            return issue_link(first, Purpose.INVITATION, actor=None).address
        known = person_by_email(email)
        if known is None or known.id not in administrators or has_signed_in(known.id):
            return None
        return issue_link(known, Purpose.INVITATION, actor=None).address


def has_signed_in(person: uuid.UUID) -> bool:
    """Tell whether a person has ever signed in."""
    return session.scalar(sa.select(sa.exists().where(SignIn.person_id == person))) is True
