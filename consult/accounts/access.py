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
from typing import Any

from consult.errors import Forbidden
from consult.i18n import N_, Message


class Role(StrEnum):
    """What somebody is trusted with. An administrator runs the instance; the others belong to one consultation."""

    ADMINISTRATOR = "administrator"
    ORGANISER = "organiser"
    MODERATOR = "moderator"


ROLE_LABELS: Mapping[Role, Message] = {
    Role.ADMINISTRATOR: N_("administrator"),
    Role.ORGANISER: N_("organiser"),
    Role.MODERATOR: N_("moderator"),
}


#: Roles that count votes, moderate or administer: they act only where a second factor was proved (`second_factor_for_roles`).
GUARDED_ROLES = frozenset({Role.ADMINISTRATOR, Role.ORGANISER, Role.MODERATOR})


@dataclass(frozen=True, slots=True)
class Membership:
    """That a person takes part in a consultation: as which member, in which track, for which body, with a seat or not."""

    member: uuid.UUID
    consultation: uuid.UUID
    track: str
    body: uuid.UUID | None
    seated: bool


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person with roles and memberships, nobody yet (`ANONYMOUS`), or the operator at the terminal.

    `roles` holds pairs of role and consultation (None for the instance) that are in force now; `held_back` those that do
    not act until a second factor is proved in this sign-in. `proved_at` is when the person last showed who they are.
    """

    person: uuid.UUID | None = None
    name: str = ""
    language: str = "ar"
    roles: frozenset[tuple[Role, uuid.UUID | None]] = frozenset()
    memberships: tuple[Membership, ...] = ()
    operator: bool = False
    sign_in: uuid.UUID | None = None
    held_back: frozenset[tuple[Role, uuid.UUID | None]] = frozenset()
    proved_at: datetime | None = None

    @property
    def signed_in(self) -> bool:
        """Tell whether this is a known person."""
        return self.person is not None

    @property
    def administrator(self) -> bool:
        """Tell whether the actor runs the instance."""
        return self.operator or (Role.ADMINISTRATOR, None) in self.roles

    def has(self, role: Role, consultation: uuid.UUID) -> bool:
        """Tell whether the actor holds a role in a consultation."""
        return self.operator or (role, consultation) in self.roles

    def organises(self, consultation: uuid.UUID) -> bool:
        """Tell whether the actor is an organiser of a consultation."""
        return self.has(Role.ORGANISER, consultation)

    def moderates(self, consultation: uuid.UUID) -> bool:
        """Tell whether the actor is a moderator of a consultation."""
        return self.has(Role.MODERATOR, consultation)

    def staff(self, consultation: uuid.UUID) -> bool:
        """Tell whether the actor organises or moderates a consultation."""
        return self.organises(consultation) or self.moderates(consultation)

    def with_every_role(self) -> Actor:
        """Return the actor as if their second factor had been proved: to tell what they would be allowed then."""
        return replace(self, roles=self.roles | self.held_back, held_back=frozenset())

    def memberships_in(self, consultation: uuid.UUID) -> tuple[Membership, ...]:
        """Return how the actor takes part in a consultation."""
        return tuple(m for m in self.memberships if m.consultation == consultation)

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
