"""Who may do what: the actor, the declared permissions, and `allowed()`, the one question everybody asks.

A permission is declared beside the policies of its room with a pure predicate of actor and subject. What is not declared
is denied. Pages, API, templates and lists ask the same function; routes name the permission they need.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from consult.errors import Forbidden
from consult.i18n import N_, Message


class Role(StrEnum):
    """What somebody is trusted with. An administrator runs the instance; the others belong to one consultation or a part of it."""

    ADMINISTRATOR = "administrator"
    ORGANISER = "organiser"
    MODERATOR = "moderator"
    RAPPORTEUR = "rapporteur"
    ACCREDITOR = "accreditor"
    RETURNING_OFFICER = "returning_officer"
    CLERK = "clerk"
    OBSERVER = "observer"
    TRANSLATOR = "translator"
    EVALUATOR = "evaluator"


ROLE_LABELS: Mapping[Role, Message] = {
    Role.ADMINISTRATOR: N_("administrator"),
    Role.ORGANISER: N_("organiser"),
    Role.MODERATOR: N_("moderator"),
    Role.RAPPORTEUR: N_("rapporteur"),
    Role.ACCREDITOR: N_("accreditor"),
    Role.RETURNING_OFFICER: N_("returning officer"),
    Role.CLERK: N_("clerk"),
    Role.OBSERVER: N_("observer"),
    Role.TRANSLATOR: N_("translator"),
    Role.EVALUATOR: N_("evaluator"),
}


class Scope(StrEnum):
    """How far a role reaches."""

    INSTANCE = "instance"
    CONSULTATION = "consultation"
    TRACK = "track"
    SESSION = "session"


#: How far each role may be granted: no further, and no narrower than there is something that the role opens there.
SCOPES: Mapping[Role, frozenset[Scope]] = {
    Role.ADMINISTRATOR: frozenset({Scope.INSTANCE}),
    Role.ORGANISER: frozenset({Scope.CONSULTATION}),
    Role.MODERATOR: frozenset({Scope.CONSULTATION, Scope.TRACK, Scope.SESSION}),
    Role.RAPPORTEUR: frozenset({Scope.CONSULTATION, Scope.SESSION}),
    Role.ACCREDITOR: frozenset({Scope.CONSULTATION, Scope.TRACK}),
    Role.RETURNING_OFFICER: frozenset({Scope.CONSULTATION, Scope.SESSION}),
    Role.CLERK: frozenset({Scope.CONSULTATION, Scope.TRACK}),
    Role.OBSERVER: frozenset({Scope.CONSULTATION}),
    Role.TRANSLATOR: frozenset({Scope.CONSULTATION, Scope.TRACK}),
    Role.EVALUATOR: frozenset({Scope.CONSULTATION}),
}

#: Roles that count votes, moderate or administer: they act only where a second factor was proved (`second_factor_for_roles`).
#: An observer changes nothing and reads nothing that is anybody's own.
GUARDED_ROLES = frozenset(Role) - {Role.OBSERVER}


class Held(NamedTuple):
    """A role somebody holds: for the instance, a consultation, one track of it (its key) or one session of it (its id).

    `into` and `out_of` are the languages of a translator; none means every language.
    """

    role: Role
    consultation: uuid.UUID | None = None
    track: str = ""
    sitting: uuid.UUID | None = None
    into: frozenset[str] = frozenset()
    out_of: frozenset[str] = frozenset()

    @property
    def whole(self) -> bool:
        """Tell whether the role is for all of its consultation, or for the instance."""
        return not self.track and self.sitting is None


@dataclass(frozen=True, slots=True)
class Reach:
    """How far an actor holds a role in one consultation: all of it, or some tracks and sessions of it."""

    whole: bool
    tracks: frozenset[str]
    sittings: frozenset[uuid.UUID]

    @property
    def some_track(self) -> bool:
        """Tell whether it reaches a track at all."""
        return self.whole or bool(self.tracks)

    @property
    def some_sitting(self) -> bool:
        """Tell whether it reaches a session at all."""
        return self.whole or bool(self.sittings)

    def track(self, key: str) -> bool:
        """Tell whether it reaches a track."""
        return self.whole or key in self.tracks

    def sitting(self, sitting: uuid.UUID | None) -> bool:
        """Tell whether it reaches a session; what belongs to none is reached by the whole alone."""
        return self.whole or sitting in self.sittings


@dataclass(frozen=True, slots=True)
class Membership:
    """That a person takes part in a consultation: as which member, in which track, for which body, with a seat or not.

    `former` are bodies that ended and whose seats or members went to that body, in this consultation and track: what they did here is
    its to act on (`consult.accounts.heirs`).
    """

    member: uuid.UUID
    consultation: uuid.UUID
    track: str
    body: uuid.UUID | None
    seated: bool
    former: tuple[uuid.UUID, ...] = ()

    @property
    def bodies(self) -> tuple[uuid.UUID, ...]:
        """Return the bodies for whose acts this one answers: the own one, and those that went into it."""
        return () if self.body is None else (self.body, *self.former)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person with roles and memberships, nobody yet (`ANONYMOUS`), or the operator at the terminal.

    `roles` holds the roles that are in force now, each with how far it reaches; `held_back` those that do not act until a
    second factor is proved in this sign-in. `proved_at` is when the person last showed who they are. `recused` are the
    submissions in which they declared an interest: in no office of theirs they read or judge these before everybody may.
    `entitled` are parts that have ended of somebody who stands on the frozen roll of a ballot that is open: they vote there, and do
    nothing else. `unproved` is whoever signed in by one step where everybody needs two: they take part in nothing and set the second one up.
    """

    person: uuid.UUID | None = None
    name: str = ""
    language: str = "ar"
    roles: frozenset[Held] = frozenset()
    memberships: tuple[Membership, ...] = ()
    operator: bool = False
    sign_in: uuid.UUID | None = None
    held_back: frozenset[Held] = frozenset()
    proved_at: datetime | None = None
    recused: frozenset[uuid.UUID] = frozenset()
    unproved: bool = False
    entitled: tuple[Membership, ...] = ()

    @property
    def signed_in(self) -> bool:
        """Tell whether this is a known person."""
        return self.person is not None

    @property
    def administrator(self) -> bool:
        """Tell whether the actor runs the instance."""
        return self.operator or Held(Role.ADMINISTRATOR) in self.roles

    def has(self, role: Role, consultation: uuid.UUID) -> bool:
        """Tell whether the actor holds a role for the whole of a consultation."""
        return self.operator or Held(role, consultation) in self.roles

    def has_anywhere(self, role: Role) -> bool:
        """Tell whether the actor holds a role for the whole of any consultation."""
        return any(held.role is role and held.whole for held in self.roles)

    def reach(self, role: Role, consultation: uuid.UUID) -> Reach:
        """Return how far the actor holds a role in a consultation."""
        held = [one for one in self.roles if one.role is role and one.consultation == consultation]
        return Reach(
            self.operator or any(one.whole for one in held),
            frozenset(one.track for one in held if one.track),
            frozenset(one.sitting for one in held if one.sitting is not None),
        )

    def holds(self, role: Role, consultation: uuid.UUID) -> tuple[Held, ...]:
        """Return every holding of a role in a consultation, each with its part and its languages."""
        return tuple(one for one in self.roles if one.role is role and one.consultation == consultation)

    def serves(self, consultation: uuid.UUID) -> bool:
        """Tell whether the actor holds any role in a consultation or a part of it."""
        return self.operator or any(held.consultation == consultation for held in self.roles)

    def organises(self, consultation: uuid.UUID) -> bool:
        """Tell whether the actor is an organiser of a consultation."""
        return self.has(Role.ORGANISER, consultation)

    def moderates(self, consultation: uuid.UUID) -> bool:
        """Tell whether the actor is a moderator of the whole of a consultation."""
        return self.has(Role.MODERATOR, consultation)

    def staff(self, consultation: uuid.UUID) -> bool:
        """Tell whether the actor organises or moderates the whole of a consultation."""
        return self.organises(consultation) or self.moderates(consultation)

    def with_every_role(self) -> Actor:
        """Return the actor as if their second factor had been proved: to tell what they would be allowed then."""
        return replace(self, roles=self.roles | self.held_back, held_back=frozenset())

    def memberships_in(self, consultation: uuid.UUID) -> tuple[Membership, ...]:
        """Return how the actor takes part in a consultation."""
        return tuple(m for m in self.memberships if m.consultation == consultation)

    def votes_as(self, consultation: uuid.UUID) -> tuple[Membership, ...]:
        """Return as whom the actor may cast in a consultation: how they take part, and what they are still entitled to."""
        return self.memberships_in(consultation) + tuple(m for m in self.entitled if m.consultation == consultation)

    def answering_for(self, consultation: uuid.UUID, office: tuple[uuid.UUID | None, str] | None) -> Membership | None:
        """Return as which member the actor answers for what a body did in a track, None where they do not."""
        if office is None:
            return None
        body, track = office
        here = self.memberships_in(consultation)
        return next((m for m in here if m.track == track and body in m.bodies), None)

    def is_member(self, member: uuid.UUID | None) -> bool:
        """Tell whether the actor is this member."""
        return member is not None and any(m.member == member for m in self.memberships)


ANONYMOUS = Actor()
#: The operator at the terminal: commands, imports, the loading of the sample.
OPERATOR = Actor(name="operator", operator=True)

Predicate = Callable[[Actor, Any], bool]


@dataclass(frozen=True, slots=True)
class Permission:
    """A declared action: its name (`room.verb`), what it means, and the pure predicate that decides."""

    name: str
    label: Message
    predicate: Predicate = field(compare=False)


_declared: dict[str, Permission] = {}


def permission(name: str, label: Message) -> Callable[[Predicate], Predicate]:
    """Declare a permission; decorates its predicate `(actor, subject) -> bool`, which must be pure.

    Raises ValueError if the name is taken: a plugin cannot replace a policy of the core.
    """

    def declare(predicate: Predicate) -> Predicate:
        register_permission(Permission(name, label, predicate))
        return predicate

    return declare


def register_permission(declared: Permission) -> None:
    """Add a declared permission; the same object again changes nothing."""
    known = _declared.setdefault(declared.name, declared)
    if known != declared:
        raise ValueError(f"the permission {declared.name!r} is declared twice")


def declared_permissions() -> Mapping[str, Permission]:
    """Return every declared permission by name."""
    return dict(_declared)


def allowed(actor: Actor, action: str, subject: Any = None) -> bool:
    """Tell whether `actor` may do `action` to `subject`; what is not declared is denied."""
    declared = _declared.get(action)
    return declared is not None and declared.predicate(actor, subject)


def demand(actor: Actor, action: str, subject: Any = None) -> None:
    """Raise Forbidden unless `allowed()`."""
    if not allowed(actor, action, subject):
        raise Forbidden
