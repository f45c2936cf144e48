"""Roles: granted and taken back by administrators, with a reason, for a consultation and until a date."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import OPERATOR, Actor, Role, demand
from consult.accounts.events import RoleGranted, RoleRevoked
from consult.accounts.links import Purpose, issue_link
from consult.accounts.models import Person, RoleGrant, SignIn
from consult.accounts.people import PersonDraft, known_or_entered
from consult.accounts.queries import person_by_email
from consult.db import new_id, session, transaction
from consult.errors import Conflict, Problem, Rejected
from consult.events.record import record
from consult.i18n import N_


@dataclass(frozen=True, slots=True)
class RoleDraft:
    """A role to be granted: to whom (entered if the address is new), which, for which consultation, until when, why."""

    person: PersonDraft
    role: Role
    consultation: uuid.UUID | None
    ends_at: datetime | None
    reason: str


def in_force(now: datetime | None = None) -> tuple[sa.ColumnElement[bool], ...]:
    """Return the conditions under which a grant counts."""
    return (
        RoleGrant.revoked_at.is_(None),
        sa.or_(RoleGrant.ends_at.is_(None), RoleGrant.ends_at > (now or clock.now())),
    )


def holds_a_role(person: uuid.UUID) -> bool:
    """Tell whether a person holds any role now: nobody else may print a sign-in link for them."""
    return session.scalar(sa.select(sa.exists().where(RoleGrant.person_id == person, *in_force()))) is True


def grant_role(draft: RoleDraft, *, actor: Actor) -> RoleGrant:
    """Grant a role; the person is told by mail. Raises Rejected with what is missing, or if they hold it already."""
    with transaction():
        demand(actor, "role.grant")
        if problems := list(_problems(draft)):
            raise Rejected(problems)
        person = known_or_entered(draft.person, actor=actor)
        same = (
            RoleGrant.person_id == person.id,
            RoleGrant.role == draft.role,
            RoleGrant.consultation_id.is_not_distinct_from(draft.consultation),
        )
        if session.scalar(sa.select(sa.exists().where(*same, *in_force()))):
            raise Rejected(N_("This person holds this role already."), field="role")
        return give_role(
            person, draft.role, draft.consultation, ends_at=draft.ends_at, reason=draft.reason.strip(), actor=actor
        )


def _problems(draft: RoleDraft) -> Iterator[Problem]:
    if not draft.person.email.strip():
        yield Problem("email", N_("Write an e-mail address, for example name@example.org."))
    if not draft.reason.strip():
        yield Problem("reason", N_("Say why."))
    if draft.role is Role.ADMINISTRATOR and draft.consultation is not None:
        yield Problem("consultation", N_("An administrator runs the whole instance: choose no consultation."))
    if draft.role is not Role.ADMINISTRATOR:
        if draft.consultation is None or not _is_consultation(draft.consultation):
            yield Problem("consultation", N_("Choose the consultation."))
        if draft.ends_at is None:
            yield Problem("ends_at", N_("Say until when."))
    if draft.ends_at is not None and draft.ends_at <= clock.now():
        yield Problem("ends_at", N_("Choose a date to come."))


def _is_consultation(consultation: uuid.UUID) -> bool:
    table = sa.table("consultation", sa.column("id", sa.Uuid()))  # a table of the room above
    return session.scalar(sa.select(sa.exists().where(table.c.id == consultation))) is True


def give_role(
    person: Person,
    role: Role,
    consultation: uuid.UUID | None,
    *,
    ends_at: datetime | None = None,
    reason: str,
    actor: Actor,
) -> RoleGrant:
    """Write a grant and record it; inside the transaction of a service that has asked for permission."""
    grant = RoleGrant(
        id=new_id(),
        person_id=person.id,
        role=role,
        consultation_id=consultation,
        granted_by=actor.person,
        reason=reason,
        granted_at=clock.now(),
        ends_at=ends_at,
    )
    session.add(grant)
    session.flush()
    record(
        RoleGranted(grant=grant.id, person=person.id, role=role, consultation=consultation, ends_at=ends_at),
        actor=actor.person,
    )
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
            give_role(first, Role.ADMINISTRATOR, None, reason="consult init", actor=OPERATOR)
            return issue_link(first, Purpose.INVITATION, actor=None).address
        known = person_by_email(email)
        if known is None or known.id not in administrators or has_signed_in(known.id):
            return None
        return issue_link(known, Purpose.INVITATION, actor=None).address


def has_signed_in(person: uuid.UUID) -> bool:
    """Tell whether a person has ever signed in."""
    return session.scalar(sa.select(sa.exists().where(SignIn.person_id == person))) is True
