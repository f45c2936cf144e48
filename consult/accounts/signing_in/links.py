"""Sign-in links: 256 random bits of which only the hash is kept, shown by a GET, consumed once by a POST."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.accounts.attempts import CARD_CODE_FROM_ADDRESS, count_attempt
from consult.accounts.events import SignInLinkMade
from consult.accounts.models import Person, SignInLink
from consult.accounts.signing_in.card_codes import code_hash, code_hashes, new_code, typed_code
from consult.accounts.signing_in.sign_in import Arrival, Halfway, Opened, open_sign_in, token_hash
from consult.db import new_id, session, transaction
from consult.errors import LinkSpent, Rejected
from consult.events.record import record
from consult.i18n import N_
from consult.runtime import runtime


class Purpose(StrEnum):
    """Why a link was made."""

    INVITATION = "invitation"
    SIGN_IN = "sign_in"
    CARD = "card"


#: How a sign-in that began with a link is named.
METHODS = {Purpose.INVITATION: "invitation", Purpose.SIGN_IN: "link", Purpose.CARD: "card"}


@dataclass(frozen=True, slots=True)
class IssuedLink:
    """A link just made: the only moment at which its token, and the code beside a printed one, are known."""

    id: uuid.UUID
    person: uuid.UUID
    token: str
    language: str
    expires_at: datetime
    code: str = ""

    @property
    def path(self) -> str:
        """Return the link's path on this site, in its person's language."""
        return f"/{self.language}/invitation/{self.token}"

    @property
    def address(self) -> str:
        """Return the whole address, for letters and mail."""
        return runtime().settings.base_url.rstrip("/") + self.path


@dataclass(frozen=True, slots=True)
class LinkView:
    """What the page of an unused link may show before it is consumed."""

    person: uuid.UUID
    name: str
    purpose: Purpose
    consultation: uuid.UUID | None
    expires_at: datetime


def issue_link(
    person: Person,
    purpose: Purpose,
    *,
    consultation: uuid.UUID | None = None,
    actor: uuid.UUID | None,
    printed: bool = False,
    asked: tuple[bytes, datetime] | None = None,
) -> IssuedLink:
    """Make a link and record it; inside the transaction of a service that has asked for permission.

    What is `printed` gets a short code beside the link, for phones whose camera fails. What was `asked` for by mail is bound
    to the hash of the asking browser's secret, and ends when that says.

    Every unused link of the person ends with it: whoever finds the lost letter finds a dead one.
    """
    now, settings = clock.now(), runtime().settings
    lifetime = (
        timedelta(minutes=settings.sign_in_link_minutes)
        if purpose is Purpose.SIGN_IN
        else timedelta(days=settings.invitation_days)
    )
    bound_to, ends = asked or (None, now + lifetime)
    if purpose is not Purpose.SIGN_IN:  # asking by mail must not kill the letter in somebody's hand
        end_links(person.id, now)
    token, code = secrets.token_urlsafe(32), new_code() if printed else ""
    row = SignInLink(
        id=new_id(),
        person_id=person.id,
        purpose=purpose,
        token_hash=token_hash(token),
        code_hash=code_hash(code) if code else None,
        consultation_id=consultation,
        made_by=actor,
        created_at=now,
        expires_at=ends,
        asked_hash=bound_to,
    )
    session.add(row)
    record(SignInLinkMade(link=row.id, person=person.id, purpose=purpose, consultation=consultation), actor=actor)
    return IssuedLink(row.id, person.id, token, person.language, row.expires_at, code)


def end_links(person: uuid.UUID, now: datetime) -> None:
    """End every unused link of a person; in the caller's transaction."""
    session.execute(
        sa.update(SignInLink)
        .where(SignInLink.person_id == person, SignInLink.used_at.is_(None), SignInLink.expires_at > now)
        .values(expires_at=now)
    )


def invite_person(person: Person, *, actor: Actor, consultation: uuid.UUID | None = None) -> IssuedLink:
    """Make an invitation link for a person, to be handed over by the caller (terminal, printer)."""
    with transaction():
        demand(actor, "link.make")
        return issue_link(person, Purpose.INVITATION, consultation=consultation, actor=actor.person)


def read_link(token: str) -> LinkView:
    """Return what an unused link is for, changing nothing; raises LinkSpent."""
    row = session.execute(
        sa.select(Person.id, Person.name, SignInLink.purpose, SignInLink.consultation_id, SignInLink.expires_at)
        .join(Person, Person.id == SignInLink.person_id)
        .where(SignInLink.token_hash == token_hash(token), *unused())
    ).first()
    if row is None:
        raise LinkSpent
    person, name, purpose, consultation, expires_at = row
    return LinkView(person, name, Purpose(purpose), consultation, expires_at)


def consume_link(
    token: str, *, actor: Actor, asked: Sequence[str] = (), shared: bool = False, device: str = ""
) -> Opened | Halfway:
    """Use a link, once, and open a sign-in for its person; whoever was signed in on this device is signed out.

    One that was asked for by mail is used in the browser that `asked`, which holds its secret; elsewhere it shows a code.

    A link shows who holds a letter, a mailbox or a card, which is one thing: of whoever has a second factor it is asked too.

    Of two that come at the same time one gets LinkSpent: the row is taken by one UPDATE.
    """
    here = SignInLink.asked_hash.is_(None) | SignInLink.asked_hash.in_([token_hash(one) for one in asked])
    return take_link(here & (SignInLink.token_hash == token_hash(token)), actor=actor, shared=shared, device=device)


def consume_card_code(
    typed: str, *, origin: str, actor: Actor, shared: bool = False, device: str = ""
) -> Opened | Halfway:
    """Use the link of a printed code, as `consume_link` does; `origin` is the network address, counted as a keyed hash.

    Raises Rejected for what is no code, before anything is counted, and for an unknown, used or expired one alike;
    TooManyTries.
    """
    code = typed_code(typed)
    if code is None:
        raise Rejected(N_("This is no code as it stands on a card. Look at each character again."), field="code")
    count_attempt(CARD_CODE_FROM_ADDRESS, origin)
    try:
        return take_link(SignInLink.code_hash.in_(code_hashes(code)), actor=actor, shared=shared, device=device)
    except LinkSpent as spent:
        message = N_("This code opens nothing: it has been used, has expired, or another card was made since.")
        raise Rejected(message, field="code") from spent


def take_link(which: sa.ColumnElement[bool], *, actor: Actor, shared: bool, device: str) -> Opened | Halfway:
    """Use the one link that is meant and sign its person in. Raises LinkSpent."""
    with transaction():
        taken = session.execute(
            sa.update(SignInLink)
            .where(which, *unused())
            .values(used_at=clock.now())
            .returning(SignInLink.person_id, SignInLink.purpose, SignInLink.consultation_id)
        ).first()
        if taken is None:
            raise LinkSpent
        person, purpose, consultation = taken
        arrival = Arrival(METHODS[Purpose(purpose)], shared, device, consultation)
        return open_sign_in(person, arrival, actor=actor)


def unused() -> tuple[sa.ColumnElement[bool], ...]:
    """Return what is true of a link that can still be used."""
    return SignInLink.used_at.is_(None), SignInLink.expires_at > clock.now()
