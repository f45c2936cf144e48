"""Every address of the sample: for each route, its parameters filled from rows that exist."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import sqlalchemy as sa
from flask import Flask
from werkzeug.routing import Rule

from consult import clock
from consult.accounts.access import OPERATOR
from consult.accounts.models import Passkey, Person
from consult.accounts.signing_in.identity_models import OutsideIdentity
from consult.accounts.signing_in.links import invite_person
from consult.accounts.signing_in.sign_in import load_actor
from consult.attachments.brought import BroughtDocument
from consult.consultations.models import Consultation, Member
from consult.consultations.queries import consultation_by_slug
from consult.db import session, transaction
from consult.demo.load import DEMO_PEOPLE
from consult.paper.models import Sheet
from consult.paper.scans import add_scan
from consult.submissions.documents.attaching import attach
from consult.submissions.drafting.drafts import start_draft
from consult.testing.attached_files import picture
from consult.testing.places import PLACES, Bound, link_token

_VARIABLE = re.compile(r"<(?:(?P<converter>\w+)(?:\((?P<arguments>[^)]*)\))?:)?(?P<name>\w+)>")


class UnknownParameter(AssertionError):
    """A route has a parameter that `consult.testing.places` knows no value for."""


class NoRow(AssertionError):
    """Nothing of the kind that a route shows happened in this consultation."""


@dataclass(frozen=True)
class Addresses:
    """The addresses of a consultation. `token` is that of a link which nobody has used."""

    consultation: Consultation
    token: str

    @classmethod
    def of(cls, slug: str) -> Addresses:
        """Return the addresses of a consultation; first somebody begins to write, gets a link, a passkey, an account elsewhere; a sheet a picture."""
        found = consultation_by_slug(slug)
        assert found is not None
        writer = session.scalars(sa.select(Person).where(Person.email_key == DEMO_PEOPLE["municipal"])).one()
        member = session.scalars(sa.select(Member.id).where(Member.person_id == writer.id)).one()
        begun = start_draft(member, consultation=found, actor=load_actor(writer.id))
        brought = BroughtDocument("خريطة.png", BytesIO(picture("PNG")))
        attach(begun, brought, consultation=found, actor=load_actor(writer.id))
        sheet = session.scalars(
            sa.select(Sheet).where(Sheet.consultation_id == found.id).order_by(Sheet.number)
        ).first()
        if sheet is not None:
            add_scan(sheet, BytesIO(picture("PNG")), actor=OPERATOR)
        with transaction():
            session.add(passkey_of(writer))
            elsewhere = OutsideIdentity(person_id=writer.id, issuer="https://id.example.org", subject="7")
            elsewhere.joined_at = clock.now()
            session.add(elsewhere)
        return cls(found, invite_person(writer, actor=OPERATOR).token)

    def of_rule(self, rule: Rule, language: str) -> list[str]:
        """Return the addresses of a route; UnknownParameter if one of its parameters is not known here, NoRow if it has none."""
        filled = [""]
        bound: list[dict[str, Any]] = [{"lang": language, "slug": self.consultation.slug}]
        before = ""
        for segment in rule.rule.split("/")[1:]:
            filled, bound = self._with_segment(segment, before, filled, bound)
            before = segment
        if not filled:
            raise NoRow(f"there is no row for the route {rule.rule}")
        return filled

    def _with_segment(
        self, segment: str, before: str, filled: list[str], bound: list[dict[str, Any]]
    ) -> tuple[list[str], list[dict[str, Any]]]:
        texts, known = [], []
        for text, so_far in zip(filled, bound, strict=True):
            for piece, more in self._filled(segment, before, so_far):
                texts.append(f"{text}/{piece}")
                known.append({**so_far, **more})
        return texts, known

    def _filled(self, segment: str, before: str, bound: Bound) -> Iterator[tuple[str, dict[str, Any]]]:
        found = _VARIABLE.search(segment)
        if found is None:
            yield segment, {}
            return
        for value in self._values(found, before, bound):
            rest = segment[: found.start()] + str(value) + segment[found.end() :]
            for piece, more in self._filled(rest, before, {**bound, found["name"]: value}):
                yield piece, {found["name"]: value, **more}

    def _values(self, variable: re.Match[str], before: str, bound: Bound) -> Sequence[Any]:
        name = variable["name"]
        if name in bound:
            return [bound[name]]
        if variable["converter"] == "any":
            return [option.strip() for option in variable["arguments"].split(",")]
        place = f"{_VARIABLE.sub(lambda v: v['name'], before)}/{name}"
        values = PLACES.get(place)
        if values is None:
            raise UnknownParameter(f"consult.testing.places knows no value for {place!r}")
        return [self.token] if values is link_token else values({**bound, "consultation": self.consultation})


def passkey_of(person: Person) -> Passkey:
    """Return a passkey that opens nothing, for the pages that show one."""
    return Passkey(
        person_id=person.id,
        credential_id=person.id.bytes,
        public_key=b"",
        sign_count=0,
        name="هاتفي",
        created_at=clock.now(),
    )


def readable_rules(app: Flask) -> list[Rule]:
    """Return the routes that answer to GET, in the order of their addresses."""
    return sorted((r for r in app.url_map.iter_rules() if "GET" in (r.methods or ())), key=lambda r: r.rule)
