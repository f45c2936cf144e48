"""The people of the sample, its bodies, and the frame of the consultation."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from consult import clock
from consult.accounts.access import OPERATOR, Actor, Role
from consult.accounts.bodies.services import BodyDraft, register_body
from consult.accounts.models import Body
from consult.accounts.people import PersonDraft, register_person
from consult.accounts.queries import body_by_key
from consult.accounts.roles import RoleDraft, grant_role
from consult.accounts.signing_in.sign_in import load_actor
from consult.consultations.frame import TrackDraft, choose_rules, choose_topics, set_track
from consult.consultations.members import MemberDraft, invite_member
from consult.consultations.models import Consultation, Seat
from consult.consultations.reference import institution_parents, institutions
from consult.consultations.seats.holding import give_seat
from consult.consultations.seats.services import create_seats, create_seats_for, free_seat
from consult.consultations.setting_up import ConsultationDraft, NamesDraft, create_consultation, publish
from consult.consultations.timetable import PhaseDraft, set_phases
from consult.db import session
from consult.demo.mandates import add_mandates
from consult.demo.sample_files import INVENTED, Sample, texts
from consult.i18n import Localized
from consult.plugins.track import ReferenceBody
from consult.runtime import runtime


@dataclass
class Cast:
    """Who and what has been made so far, by the keys of the files."""

    sample: Sample
    consultation_id: uuid.UUID | None = None
    people: dict[str, uuid.UUID] = field(default_factory=dict)
    members: dict[str, uuid.UUID] = field(default_factory=dict)
    submissions: dict[str, uuid.UUID] = field(default_factory=dict)
    sessions: dict[int, uuid.UUID] = field(default_factory=dict)
    items: dict[tuple[int, int], uuid.UUID] = field(default_factory=dict)
    recommendations: dict[int, uuid.UUID] = field(default_factory=dict)
    ballots: dict[int, uuid.UUID] = field(default_factory=dict)
    forms: dict[str, uuid.UUID] = field(default_factory=dict)

    @property
    def consultation(self) -> Consultation:
        """The consultation, loaded."""
        return session.get_one(Consultation, self.consultation_id)

    def actor(self, key: str) -> Actor:
        """A person as they are at this moment of the sample."""
        return load_actor(self.people[key])

    @property
    def entries(self) -> list[dict[str, Any]]:
        """The people as they were written."""
        entries: list[dict[str, Any]] = self.sample.read("people")["person"]
        return entries


def set_up(cast: Cast) -> None:
    """Make the frame before anything happens: organisers first, then phases, tracks, topics, rules, then everybody else."""
    opening = cast.sample.moment(cast.sample.frame["phase"][0]["opens"]) - timedelta(days=10)
    with clock.at(opening):
        _administrators(cast)
        _consultation(cast)
        _staff(cast)
    with clock.at(cast.sample.moment(cast.sample.frame["phase"][1]["opens"]) + timedelta(hours=9)):
        _bodies(cast)
        add_mandates(cast.sample)
        _members(cast)


def _draft(entry: dict[str, Any]) -> PersonDraft:
    return PersonDraft(entry["name"], entry["email"], entry["language"])


def _administrators(cast: Cast) -> None:
    for entry in cast.entries:
        if entry.get("role") in {"administrator", "organiser"}:
            cast.people[entry["key"]] = register_person(_draft(entry), actor=OPERATOR).id
        if entry.get("role") == "administrator":
            reason = "أول مدير للمنصة"
            grant_role(RoleDraft(_draft(entry), Role.ADMINISTRATOR, None, None, reason), actor=OPERATOR)


def _consultation(cast: Cast) -> None:
    frame, sample = cast.sample.frame, cast.sample
    names = NamesDraft(
        Localized(frame["names"]), Localized(frame["titles"]), Localized(frame["summaries"]), frame["timezone"]
    )
    begins = sample.moment(frame["phase"][0]["opens"]).date()
    draft = ConsultationDraft(names, frame["slug"], frame["prefix"], "national-dialogue", begins)
    made = create_consultation(draft, actor=OPERATOR)
    cast.consultation_id = made.id
    phases = [
        PhaseDraft(p["key"], Localized(p["names"]), sample.moment(p["opens"]), sample.moment(p["closes"]), p["rights"])
        for p in frame["phase"]
    ]
    set_phases(phases, consultation=made, actor=OPERATOR)
    for track in frame["track"]:
        set_track(_track(track), consultation=made, actor=OPERATOR)
    choose_topics(frame["topics"], consultation=made, actor=OPERATOR)
    choose_rules(frame["rules"], consultation=made, actor=OPERATOR)
    publish(consultation=made, actor=OPERATOR)


def _track(entry: dict[str, Any]) -> TrackDraft:
    """Return a track with its settings answered as the plugin suggests: yes to what it may require."""
    found = runtime().hooks.track(entry["key"])
    settings = {q.key: True for q in found.settings_questions()} if found else {}
    if entry["key"] == "academic":
        settings["references_required"] = False
    files, open_to_persons = entry.get("files", 0), entry.get("open_to_persons")
    return TrackDraft(entry["key"], True, entry["seats"], settings, files=files, open_to_persons=open_to_persons)


def _staff(cast: Cast) -> None:
    ends = cast.sample.moment(cast.sample.frame["phase"][-1]["closes"])
    for entry in cast.entries:
        if entry.get("role", Role.ADMINISTRATOR) != Role.ADMINISTRATOR:
            role, track, reason = Role(entry["role"]), entry.get("of_track", ""), "بتكليف من أمانة التشاور"
            draft = RoleDraft(_draft(entry), role, cast.consultation_id, ends, reason, track)
            grant = grant_role(draft, actor=OPERATOR)
            cast.people[entry["key"]] = grant.person_id


def _bodies(cast: Cast) -> None:
    """Enter ministries and agencies, every municipality and institution that is named, and the invented organisations."""
    wanted = {entry["body"] for entry in cast.entries if "body" in entry}
    shipped = [*institutions(), *(b for t in runtime().hooks.tracks.values() for b in t.reference_bodies())]
    ministries = {body.key for body in institutions()}
    parents = institution_parents()
    regions = {body.key: (body.region, body.district) for body in shipped}
    of_members = {entry["body"]: entry["constituency"] for entry in cast.entries if "constituency" in entry}
    entered = [b for b in shipped if b.key in wanted or b.key in ministries or b.kind == "municipality"]
    above = {body.key: parents.get(body.key, "") for body in entered}
    for body in entered:
        region, parent = of_members.get(body.key, body.region), above[body.key]
        level = "national" if body.key in ministries else "local" if body.kind == "municipality" else ""
        register_body(_reference(body, region, parent, level), actor=OPERATOR, coming=lambda: above)
    for entry in cast.sample.read("bodies")["body"]:
        place, district = regions.get(entry.get("municipality", ""), ("", ""))
        region = of_members.get(entry["key"], place)
        register_body(
            BodyDraft(
                f"cso-{entry['key']}",
                "cso",
                Localized(entry["names"]),
                region=region,
                district=district,
                source=INVENTED,
            ),
            actor=OPERATOR,
        )


def _reference(body: ReferenceBody, region: str, parent: str, level: str) -> BodyDraft:
    return BodyDraft(
        body.key,
        body.kind,
        body.names,
        region=region,
        district=body.district,
        parent_key=parent,
        source=body.source,
        level=level,
    )


def _members(cast: Cast) -> None:
    """Invite everybody to their track; a seat of a municipality is its own, the others are free ones."""
    organiser = cast.actor("organiser")
    invented = {entry["key"] for entry in cast.sample.read("bodies")["body"]}
    for entry in cast.entries:
        if "track" not in entry:
            continue
        body = body_of(entry, invented)
        draft = MemberDraft(_draft(entry), entry["track"], body.id if body else None, bool(entry.get("withheld")))
        member = invite_member(draft, consultation=cast.consultation, actor=organiser).member
        cast.people[entry["key"]], cast.members[entry["key"]] = member.person_id, member.id
        if entry.get("seat"):
            seat = _seat(cast, entry["track"], body, organiser)
            give_seat(seat, member, consultation=cast.consultation, actor=organiser)


def body_of(entry: dict[str, Any], invented: set[str]) -> Body | None:
    """Return the body a person takes part for."""
    key = entry.get("body")
    return body_by_key(f"cso-{key}" if key in invented else key) if key else None


def _seat(cast: Cast, track: str, body: Body | None, organiser: Actor) -> Seat:
    if track == "municipal" and body is not None:
        return create_seats_for(track, [body], consultation=cast.consultation, actor=organiser)[0]
    found = free_seat(cast.consultation.id, track, None)
    return found or create_seats(track, 1, consultation=cast.consultation, actor=organiser)[0]


__all__ = ["Cast", "set_up", "texts"]
