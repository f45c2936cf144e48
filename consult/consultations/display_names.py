"""Display names: under which name somebody takes part, where their track allows a pseudonym, and why one may not be taken."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import ROLE_LABELS, Role
from consult.accounts.models import Body, Person, RoleGrant
from consult.cleaning import clean_line
from consult.consultations.models import Consultation, Member
from consult.db import session
from consult.errors import Rejected
from consult.folding import fold
from consult.i18n import LANGUAGES, N_, translate
from consult.lookalikes import looks_like, script_of
from consult.runtime import runtime

SHORTEST, LONGEST = 3, 60
#: A name of an office with fewer signs is refused as a word of its own: within others it is chance (clerk in Derkaoui).
LONG_ENOUGH = 6
#: Who speaks for a consultation in its name. Whoever else holds an office is not told by a refusal: a stranger may try any name.
IN_ITS_NAME = (Role.ADMINISTRATOR, Role.ORGANISER, Role.RETURNING_OFFICER)
_NO_LETTER = re.compile(r"[\W_\d]+")
TAKEN = N_("This name is too like that of somebody else here, or of a body. Choose another.")


def may_choose_name(member: Member) -> bool:
    """Tell whether a member's track allows a pseudonym; whose name is withheld has none, the number stands for them."""
    track = runtime().hooks.track(member.track)
    return track is not None and track.may_use_pseudonym and not member.withheld


def clean_display_name(typed: str, member: Member, consultation: Consultation) -> str:
    """Return a display name as it is kept, "" for none. Raises Rejected at `name` for one that may not be taken.

    Whoever asks holds the consultation, so that two cannot take the same name at once.
    """
    name = clean_line(typed)
    if not name:
        return ""
    if not SHORTEST <= len(name) <= LONGEST:
        raise Rejected(N_("Write from %(least)s to %(most)s characters.", least=SHORTEST, most=LONGEST), "name")
    if not script_of(name):
        raise Rejected(
            N_("Write Arabic or Latin letters, not both; digits, spaces and hyphens may stand between them."), "name"
        )
    wanted = looks_like(name)
    if len(wanted) < 2 or _calls_an_office(name):
        raise Rejected(N_("This sounds like an office of this consultation. Choose another name."), "name")
    if any(looks_like(other) == wanted for other in _others(member, consultation.id)):
        raise Rejected(TAKEN, "name")
    return name


def _calls_an_office(name: str) -> bool:
    """Tell whether a name holds that of a role, in any of the languages; of short ones also with the article or as a woman's."""
    wanted = looks_like(name)
    words = {form for word in _NO_LETTER.split(fold(name)) if word for form in _bare(looks_like(word))}
    labels = {looks_like(label) for label in labels_of_offices()}
    return any(label in (words if len(label) < LONG_ENOUGH else wanted) for label in labels)


def _bare(word: str) -> set[str]:
    """Return a word as it looks, and without the article and the ending of Arabic."""
    without = word.removeprefix("ال")
    return {word, without, without.removesuffix("ه")}


def _others(member: Member, consultation: uuid.UUID) -> Iterator[str]:
    """Yield the names that others are known by here: who takes part or did, who speaks for it, and every body of the register.

    Names that are withheld, or stand behind another, are not asked: a refusal would tell who takes part.
    """
    others = (Member.consultation_id == consultation, Member.person_id != member.person_id)
    yield from session.scalars(sa.select(Member.display_name).where(*others, Member.display_name != ""))
    known = sa.select(Member.person_id).where(*others, Member.withheld.is_(False), Member.display_name == "")
    yield from session.scalars(sa.select(Person.name).where(Person.id.in_(known)))
    yield from names_of_offices(consultation, besides=member.person_id)


def names_of_offices(consultation: uuid.UUID, *, besides: uuid.UUID | None = None) -> Iterator[str]:
    """Yield the names of those who speak for a consultation, but of one person, and of every body of the register (2 queries)."""
    in_force = sa.or_(RoleGrant.ends_at.is_(None), RoleGrant.ends_at > clock.now())
    here = sa.or_(RoleGrant.consultation_id == consultation, RoleGrant.consultation_id.is_(None))
    staff = sa.select(RoleGrant.person_id).where(
        RoleGrant.role.in_(IN_ITS_NAME), here, RoleGrant.revoked_at.is_(None), in_force
    )
    yield from session.scalars(sa.select(Person.name).where(Person.id.in_(staff), Person.id.is_distinct_from(besides)))
    for names in session.scalars(sa.select(Body.names)):
        yield from names.values()


def labels_of_offices() -> Iterator[str]:
    """Yield what every role is called in each language."""
    for role in Role:
        for code in LANGUAGES:
            yield from translate(ROLE_LABELS[role], code).split(", ")
