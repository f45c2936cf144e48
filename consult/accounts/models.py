"""People, their sign-in sessions and links, their roles, and the register of bodies."""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import validates

from consult import clock
from consult.db import Id, LocalizedText, Mapped, Model, mapped_column
from consult.folding import fold
from consult.i18n import Localized


def email_key(address: str) -> str:
    """Return the folded form under which an address is unique: NFKC, lower case."""
    return unicodedata.normalize("NFKC", address).strip().casefold()


#: What stands in place of the name of somebody who was erased; pages put a number of the record there.
ERASED_NAME = "—"


class Person(Model):
    """Somebody who can sign in, or who was named by an import. `email_key` is the folded address, unique.

    `search_name` is the folded name, by which lists find somebody however their name is spelt; it follows `name`. Its index is
    read from one end to the other: what is looked for may stand anywhere in a name, and a row holds much more.
    `second_step_until` is until when they have to set up a new second step, because theirs was removed at a desk.
    """

    __tablename__ = "person"
    __table_args__ = (sa.Index("ix_person_search_name", "search_name", "id"),)
    id: Mapped[Id]
    name: Mapped[str]
    search_name: Mapped[str] = mapped_column(default=lambda context: fold(context.get_current_parameters()["name"]))
    email: Mapped[str] = mapped_column(default="")
    email_key: Mapped[str | None] = mapped_column(unique=True)
    language: Mapped[str] = mapped_column(default="ar")
    password_hash: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[uuid.UUID | None]  # no foreign key: rows of one table that name each other have no order to copy
    closed_because: Mapped[str] = mapped_column(default="")
    second_step_until: Mapped[datetime | None]

    @validates("name")
    def _fold(self, _: str, name: str) -> str:
        self.search_name = fold(name)
        return name


class SignIn(Model):
    """One device signed in: the hash of its token, never the token. `ended_at` is set by signing out.

    `factor` is the second factor that was proved in this sign-in ("" for none), `proved_at` when its person last showed who
    they are, `device` the kind of browser and of system and no more (`firefox android`).
    """

    __tablename__ = "sign_in"
    id: Mapped[Id]
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    method: Mapped[str]  # invitation | link | password | card | passkey | registration | provider
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    factor: Mapped[str] = mapped_column(default="")  # app | recovery | passkey
    proved_at: Mapped[datetime]
    device: Mapped[str] = mapped_column(default="")


class HalfSignIn(Model):
    """A sign-in of somebody with a second factor who has not shown it yet. It is no session and opens no page.

    It is deleted when the second step is done; `method`, `shared`, `device` and `consultation_id` go into the sign-in then.
    """

    __tablename__ = "half_sign_in"
    id: Mapped[Id]
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    method: Mapped[str]
    shared: Mapped[bool]
    device: Mapped[str]
    consultation_id: Mapped[uuid.UUID | None]
    expires_at: Mapped[datetime]


class AuthenticatorApp(Model):
    """An app that shows codes (TOTP, RFC 6238): one for a person, kept once its first code was right.

    `sealed` is its secret, encrypted with a key outside the database; `last_step` the newest time step whose code was
    taken: it and those before are never taken again.
    """

    __tablename__ = "authenticator_app"
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    sealed: Mapped[bytes]
    last_step: Mapped[int]
    created_at: Mapped[datetime]


class RecoveryCode(Model):
    """A code for when the second factor is lost; deleted when it is used.

    `label` is how it begins, `hashed` argon2id of the keyed code. One from before that was hashed so is labelled with the keyed
    code itself, and `hashed` is empty.
    """

    __tablename__ = "recovery_code"
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    label: Mapped[str] = mapped_column(primary_key=True)
    hashed: Mapped[str]


class Passkey(Model):
    """A passkey (WebAuthn): the public key of a pair whose other half never leaves its device.

    `sign_count` is the authenticator's own counter of signatures, 0 where it keeps none: one that does not grow is a copy.
    """

    __tablename__ = "passkey"
    id: Mapped[Id]
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"), index=True)
    credential_id: Mapped[bytes] = mapped_column(unique=True)
    public_key: Mapped[bytes]
    sign_count: Mapped[int] = mapped_column(sa.BigInteger())
    name: Mapped[str]
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SpentChallenge(Model):
    """A challenge of a passkey that was answered; kept until it would have expired by itself."""

    __tablename__ = "spent_challenge"
    digest: Mapped[bytes] = mapped_column(primary_key=True)
    ends_at: Mapped[datetime] = mapped_column(index=True)


class SignInLink(Model):
    """A signed single-use link: shown by GET, consumed by POST. `purpose` is invitation, sign_in or card.

    What is printed has a short code beside it, of which `code_hash` is a keyed hash; whichever is used first uses up both.
    What was asked for by mail signs in the browser that asked: `asked_hash` is the hash of what that browser keeps.
    """

    __tablename__ = "sign_in_link"
    id: Mapped[Id]
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"), index=True)
    purpose: Mapped[str]
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    code_hash: Mapped[bytes | None] = mapped_column(unique=True)
    asked_hash: Mapped[bytes | None] = mapped_column(index=True)
    consultation_id: Mapped[uuid.UUID | None]
    made_by: Mapped[uuid.UUID | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class LinkRequest(Model):
    """That somebody asked for a sign-in link by mail. It is answered by the worker and deleted then.

    The page that takes the request never looks at the people: its answer and its time say nothing about them.
    """

    __tablename__ = "link_request"
    id: Mapped[Id]
    email_key: Mapped[str]
    asked_at: Mapped[datetime]
    asked_hash: Mapped[bytes]


class Attempt(Model):
    """How often something was tried in a window of time. `digest` is a keyed hash; its key lies outside the database."""

    __tablename__ = "attempt"
    digest: Mapped[bytes] = mapped_column(primary_key=True)
    count: Mapped[int]
    ends_at: Mapped[datetime] = mapped_column(index=True)


class RoleGrant(Model):
    """A role somebody holds until a date: for the instance (administrator), a consultation, a track or a session of it.

    `into` and `out_of` are the languages between which a translator works; none of either means every language.
    """

    __tablename__ = "role_grant"
    id: Mapped[Id]
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"), index=True)
    role: Mapped[str]
    consultation_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    track: Mapped[str] = mapped_column(default="", server_default="")
    session_id: Mapped[uuid.UUID | None]
    into: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    out_of: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    granted_by: Mapped[uuid.UUID | None]
    reason: Mapped[str] = mapped_column(default="")
    granted_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[uuid.UUID | None]
    revoked_because: Mapped[str] = mapped_column(default="")

    @property
    def last_moment(self) -> datetime | None:
        """Return the last moment in which the role acts, None without an end."""
        return self.ends_at and clock.last_moment(self.ends_at)


def folded_names(names: Localized) -> str:
    """Return the names in every language, folded, Arabic first: what a list is searched in and sorted by."""
    return " / ".join(fold(names[code]) for code in sorted(names))


def sorted_by(names: Localized, code: str) -> str:
    """Return what a list in a language is sorted by: the name in it, folded, or all of them where there is none."""
    return fold(names.get(code, "")) or folded_names(names)


def _of_names(make: Callable[[Localized], str]) -> Callable[[Any], str]:
    """Return the default of a column that follows the names of a body, for rows that are written without the model."""
    return lambda context: make(Localized(context.get_current_parameters()["names"]))


class Body(Model):
    """A municipality, university, ministry or organisation. `key` is its reference code; `listed` bodies are public.

    `profile` holds facts of the track that is responsible for the kind; private facts live in the plugin's own tables.
    `search_names` are the folded names, `sorted_en` and `sorted_fr` what lists in these languages are sorted by; all three
    follow `names`. One that has ended has `valid_to`, and a `BodyEnd`.
    """

    __tablename__ = "body"
    __table_args__ = (
        sa.Index("ix_body_list", "search_names", "key", "id"),
        *(sa.Index(f"ix_body_list_{code}", f"sorted_{code}", "key", "id") for code in ("en", "fr")),
        sa.Index("ix_body_region", "region"),
    )
    id: Mapped[Id]
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str] = mapped_column(index=True)
    names: Mapped[Localized] = mapped_column(LocalizedText())
    search_names: Mapped[str] = mapped_column(default=_of_names(folded_names))
    sorted_en: Mapped[str] = mapped_column(default=_of_names(partial(sorted_by, code="en")))
    sorted_fr: Mapped[str] = mapped_column(default=_of_names(partial(sorted_by, code="fr")))
    level: Mapped[str] = mapped_column(default="")  # national | regional | local | international
    region: Mapped[str] = mapped_column(default="")
    district: Mapped[str] = mapped_column(default="")
    parent_key: Mapped[str] = mapped_column(default="")
    source: Mapped[str] = mapped_column(default="")
    profile: Mapped[dict[str, Any]] = mapped_column(default=dict)
    listed: Mapped[bool] = mapped_column(default=True)
    valid_from: Mapped[datetime]
    valid_to: Mapped[datetime | None]

    @validates("names")
    def _sort(self, _: str, names: Localized) -> Localized:
        self.search_names = folded_names(names)
        self.sorted_en, self.sorted_fr = (sorted_by(names, code) for code in ("en", "fr"))
        return names
