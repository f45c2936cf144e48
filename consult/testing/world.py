"""A small consultation for tests: public, with a writing and a voting phase open now, and people in every part."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from flask.testing import FlaskClient

from consult import clock
from consult.accounts.access import Actor, Role
from consult.accounts.models import Body, Person, RoleGrant
from consult.accounts.signing_in.sign_in import load_actor, start_sign_in
from consult.consultations.models import Consultation, ConsultationTrack, Member, Numbering, Phase, Seat, Topic
from consult.db import new_id, session, transaction
from consult.i18n import Localized


@dataclass(slots=True)
class World:
    """Ids and shortcuts; rows are loaded afresh through the session when they are needed."""

    consultation_id: uuid.UUID
    people: dict[str, uuid.UUID] = field(default_factory=dict)
    members: dict[str, uuid.UUID] = field(default_factory=dict)
    bodies: dict[str, uuid.UUID] = field(default_factory=dict)
    topics: dict[str, uuid.UUID] = field(default_factory=dict)

    @property
    def consultation(self) -> Consultation:
        """The consultation, loaded."""
        return session.get_one(Consultation, self.consultation_id)

    def member(self, key: str) -> Member:
        """A member, loaded."""
        return session.get_one(Member, self.members[key])

    def actor(self, key: str) -> Actor:
        """The actor for a person as they are now."""
        person = session.get_one(Person, self.people[key])
        return load_actor(person.id, name=person.name, language=person.language)

    def sign_in(self, client: FlaskClient, key: str, *, factor: str = "") -> FlaskClient:
        """Sign a person in on a client, with a second factor or without, and return it."""
        client.set_cookie("consult-session", start_sign_in(self.people[key], method="link", factor=factor))
        return client


PEOPLE = {
    "administrator": ("سالم المنفي", Role.ADMINISTRATOR),
    "organiser": ("هدى الزوي", Role.ORGANISER),
    "moderator": ("فرج القماطي", Role.MODERATOR),
}
#: key -> name, track, body (key, kind, names, region), seat
MEMBERS: Sequence[tuple[str, str, str, tuple[str, str, dict[str, str], str]]] = (
    ("ghat", "عيسى كوسا", "municipal", ("LY032101", "municipality", {"ar": "غات", "en": "Ghat"}, "south")),
    ("derna", "سعاد الحصادي", "municipal", ("LY010102", "municipality", {"ar": "درنة", "en": "Derna"}, "east")),
    ("zuwara", "يونس عزابي", "municipal", ("LY020701", "municipality", {"ar": "زوارة", "en": "Zwara"}, "west")),
    (
        "professor",
        "منى الشريف",
        "academic",
        ("ror:01vnv1744", "university", {"ar": "جامعة الزاوية", "en": "Al Zawiya University"}, "west"),
    ),
    ("cso", "خديجة التارقي", "cso", ("cso-amal", "cso", {"ar": "جمعية الأمل", "en": "Al Amal Association"}, "south")),
)


def make_world() -> World:
    """Write the small consultation: slug `test`, prefix `TT`, tracks municipal, academic, cso, all with open phases."""
    now = clock.now()
    world = World(new_id())
    with transaction():
        session.add(_consultation(world.consultation_id))
        for position, key in enumerate(("municipal", "academic", "cso")):
            session.add(
                ConsultationTrack(
                    consultation_id=world.consultation_id,
                    key=key,
                    enabled=True,
                    seats=200,
                    settings={},
                    position=position,
                )
            )
        session.add_all(_phases(world.consultation_id))
        _topics(world)
        for key, (name, role) in PEOPLE.items():
            world.people[key] = _person(key, name)
            scope = None if role is Role.ADMINISTRATOR else world.consultation_id
            session.add(RoleGrant(person_id=world.people[key], role=role, consultation_id=scope, granted_at=now))
        for number, (key, name, track, body) in enumerate(MEMBERS, start=1):
            _member(world, number, key, name, track, body)
        for kind in ("member", "seat"):
            session.add(Numbering(consultation_id=world.consultation_id, kind=kind, year=0, last=len(MEMBERS)))
    return world


def _consultation(consultation: uuid.UUID) -> Consultation:
    return Consultation(
        id=consultation,
        slug="test",
        prefix="TT",
        names=Localized(ar="تشاور الاختبار", en="Test consultation", fr="Consultation d’essai"),
        titles=Localized(ar="كيف نختبر؟", en="How do we test?", fr="Comment tester ?"),
        summaries=Localized(ar="تشاور صغير.", en="A small consultation.", fr="Une petite consultation."),
        timezone="Africa/Tripoli",
        rules={"recommendation": "GA-2/3", "procedural": "GA-SIMPLE"},
        public=True,
        created_at=clock.now(),
    )


def _phases(consultation: uuid.UUID) -> list[Phase]:
    now = clock.now()
    names = {
        "writing": Localized(ar="المساهمات المكتوبة", en="Written submissions", fr="Contributions écrites"),
        "sessions": Localized(ar="الجلسات والتصويت", en="Sessions and votes", fr="Séances et scrutins"),
        "outcome": Localized(ar="الوثيقة الختامية", en="Outcome document", fr="Document final"),
    }
    rights = {"writing": ["submit", "register"], "sessions": ["session", "vote"], "outcome": ["outcome"]}
    return [
        Phase(
            consultation_id=consultation,
            key=key,
            names=names[key],
            opens_at=now - timedelta(days=30),
            closes_at=now + timedelta(days=30),
            rights=rights[key],
        )
        for key in names
    ]


def _topics(world: World) -> None:
    for position, (code, names) in enumerate(
        {
            "1": {"ar": "البيانات", "en": "Data", "fr": "Données"},
            "15": {"ar": "الخدمات", "en": "Services", "fr": "Services"},
        }.items()
    ):
        topic = Topic(
            id=new_id(),
            consultation_id=world.consultation_id,
            scheme="gcm",
            code=code,
            names=Localized(names),
            position=position,
        )
        session.add(topic)
        world.topics[topic.slug] = topic.id


def _person(key: str, name: str, language: str = "ar") -> uuid.UUID:
    person = Person(
        id=new_id(),
        name=name,
        email=f"{key}@example.org",
        email_key=f"{key}@example.org",
        language=language,
        created_at=clock.now(),
    )
    session.add(person)
    session.flush()
    return person.id


def _member(
    world: World, number: int, key: str, name: str, track: str, body: tuple[str, str, dict[str, str], str]
) -> None:
    body_key, kind, names, region = body
    row = Body(id=new_id(), key=body_key, kind=kind, names=Localized(names), region=region, valid_from=clock.now())
    session.add(row)
    person = _person(key, name)
    session.flush()
    member = Member(
        id=new_id(),
        consultation_id=world.consultation_id,
        person_id=person,
        track=track,
        own_body_id=row.id,
        number=number,
        withheld=key == "cso",
        invited_at=clock.now(),
    )
    session.add(member)
    session.flush()
    session.add(
        Seat(
            consultation_id=world.consultation_id,
            track=track,
            number=number,
            body_id=row.id,
            constituency=region,
            holder_id=member.id,
        )
    )
    world.people[key], world.members[key], world.bodies[key] = person, member.id, row.id


__all__ = ["World", "make_world"]
