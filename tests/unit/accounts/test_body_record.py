"""The record of a body: mandates, capacities, contacts; other names, an end, a successor. Nothing that was is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from consult import clock
from consult.accounts.access import ANONYMOUS, Actor
from consult.accounts.bodies import BodyDraft, Entered, body_problems
from consult.accounts.body_life import EndDraft, RenameDraft
from consult.accounts.body_models import Mandate, MandateTopic
from consult.accounts.body_queries import mandates_of, record_of
from consult.accounts.body_record import CapacityDraft, ContactDraft, Entry, MandateDraft
from consult.accounts.models import Body
from consult.accounts.queries import bodies
from consult.accounts.services import (
    end_body,
    enter_body,
    register_body,
    remove_entry,
    rename_body,
    save_capacity,
    save_contact,
    save_mandate,
)
from consult.consultations.services import admit_bodies
from consult.db import session
from consult.errors import Conflict, Forbidden, NotFound, Rejected
from consult.events.models import INSTANCE
from consult.events.stream import events_after
from consult.i18n import Localized
from consult.testing.world import World

DAY = date(2026, 3, 1)
MANDATE = MandateDraft(
    Localized(ar="تسجيل العمال الأجانب", en="Registers foreign workers"),
    ("gcm-1", "gcm-15"),
    "Official Gazette 12",
    "Law 12/2010",
)
STAFF = CapacityDraft("staff", DAY, "Annual report", number=120)
CONTACT = ContactDraft("public", "Secretariat", "office@example.org", "+218 21 000 0000")
RENAME = RenameDraft(
    Localized(ar="وزارة العمل والتأهيل", en="Ministry of Labour and Rehabilitation"), DAY, "Decree 7/2026"
)


def _ministry(world: World, key: str = "MOL", name: str = "Ministry of Labour") -> Body:
    draft = BodyDraft(key, "ministry", Localized(ar="وزارة العمل", en=name), level="national", since=date(2011, 1, 5))
    return register_body(draft, actor=world.actor("organiser"))


def _types() -> list[str]:
    return [event.type for event in events_after(INSTANCE)]


def _fields(act: Callable[[], object]) -> list[str]:
    with pytest.raises(Rejected) as refused:
        act()
    return [problem.field for problem in refused.value.problems]


def test_what_is_entered_is_read_and_recorded_without_its_words(world: World) -> None:
    body, organiser = _ministry(world), world.actor("organiser")
    save_mandate(MANDATE, body=body.id, actor=organiser)
    save_capacity(STAFF, body=body.id, actor=organiser)
    languages = CapacityDraft("languages", DAY, "Annual report", number=3, topic="gcm-1", languages=("ar", "fr", "ar"))
    save_capacity(languages, body=body.id, actor=organiser)
    save_contact(CONTACT, body=body.id, actor=organiser)
    read = record_of(body, ANONYMOUS)
    assert [(m.texts["en"], m.legal_basis, m.topics, m.present) for m in read.mandates] == [
        ("Registers foreign workers", "Law 12/2010", ("gcm-1", "gcm-15"), True)
    ]
    assert [(c.kind, c.number, c.topic, c.languages) for c in read.capacities] == [
        ("staff", 120, "", []),
        ("languages", None, "", ["ar", "fr"]),
    ]
    assert [(c.label, c.email, c.phone) for c in read.contacts] == [
        ("Secretariat", "office@example.org", "+218 21 000 0000")
    ]
    assert (body.level, body.valid_from.date(), body.valid_to) == ("national", date(2011, 1, 5), None)
    assert _types() == ["BodyRegistered", "MandateSaved", "CapacitySaved", "CapacitySaved", "ContactSaved"]
    facts = [set(event.facts) for event in events_after(INSTANCE)][1:]
    assert facts == [{"body", "mandate"}, {"body", "capacity"}, {"body", "capacity"}, {"body", "contact"}]


def test_what_is_changed_or_taken_off_stays_with_its_body(world: World) -> None:
    body, other, organiser = _ministry(world), _ministry(world, "MOY", "Youth"), world.actor("organiser")
    mandate = save_mandate(MANDATE, body=body.id, actor=organiser).id
    changed = MandateDraft(MANDATE.texts, ("gcm-15",), "Gazette 13", valid_from=DAY, valid_to=DAY + timedelta(days=9))
    with pytest.raises(NotFound):
        save_mandate(changed, body=other.id, mandate=mandate, actor=organiser)
    save_mandate(changed, body=body.id, mandate=mandate, actor=organiser)
    assert [(m.topics, m.source, m.present) for m in mandates_of(body.id)] == [(("gcm-15",), "Gazette 13", False)]
    with pytest.raises(NotFound):
        remove_entry(Entry.MANDATE, mandate, body=other.id, actor=organiser)
    remove_entry(Entry.MANDATE, mandate, body=body.id, actor=organiser)
    assert (mandates_of(body.id), session.scalars(sa.select(MandateTopic.topic)).all()) == ([], [])
    assert _types()[2:] == ["MandateSaved", "MandateSaved", "BodyEntryRemoved"]


TOMORROW = date(2100, 1, 1)


@pytest.mark.parametrize(
    ("draft", "fields"),
    [
        (MandateDraft(Localized(), (), ""), ["texts", "topics", "source"]),
        (
            MandateDraft(Localized(ar="ا" * 4001), ("Data!",), "x" * 301, "x" * 301, DAY, DAY - timedelta(days=1)),
            ["texts", "topics", "source", "legal_basis", "valid_to"],
        ),
        (CapacityDraft("staff", TOMORROW, ""), ["number", "as_of", "source"]),
        (CapacityDraft("staff", DAY, "x", number=-1), ["number"]),
        (CapacityDraft("expertise", DAY, "x"), ["topic"]),
        (CapacityDraft("languages", DAY, "x", languages=("Arabic",)), ["languages"]),
        (CapacityDraft("money", DAY, "x"), ["kind"]),
        (ContactDraft("friends", "", "nobody", "12"), ["audience", "label", "email", "phone"]),
        (ContactDraft("public", "Office"), ["email"]),
        (RenameDraft(Localized(), TOMORROW, ""), ["names", "source", "since"]),
        (RenameDraft(Localized(ar="وزارة العمل", en="Ministry of Labour"), DAY, "x"), ["names"]),
        (EndDraft(TOMORROW), ["since"]),
        (EndDraft(DAY, "NOWHERE"), ["successor_key"]),
        (EndDraft(DAY, "MOL"), ["successor_key"]),
    ],
)
def test_a_wrong_draft_is_refused_at_its_fields(world: World, draft: Any, fields: list[str]) -> None:
    verbs: dict[type[Any], Callable[..., object]] = {
        MandateDraft: save_mandate,
        CapacityDraft: save_capacity,
        ContactDraft: save_contact,
        RenameDraft: rename_body,
        EndDraft: end_body,
    }
    body = _ministry(world).id
    assert _fields(lambda: verbs[type(draft)](draft, body=body, actor=world.actor("organiser"))) == fields
    assert _types() == ["BodyRegistered"]


def test_a_level_or_parent_that_cannot_be_is_refused() -> None:
    draft = BodyDraft("X", "ministry", Localized(ar="ا"), level="cosmic", parent_key="X")
    assert [problem.field for problem in body_problems(draft)] == ["level", "parent_key"]


@pytest.mark.parametrize("who", ["moderator", "ghat"])
def test_others_may_not(world: World, who: str) -> None:
    body, actor = _ministry(world).id, world.actor(who)
    acts: list[Callable[[], object]] = [
        lambda: save_mandate(MANDATE, body=body, actor=actor),
        lambda: save_capacity(STAFF, body=body, actor=actor),
        lambda: save_contact(CONTACT, body=body, actor=actor),
        lambda: remove_entry(Entry.MANDATE, body, body=body, actor=actor),
        lambda: rename_body(RENAME, body=body, actor=actor),
        lambda: end_body(EndDraft(DAY), body=body, actor=actor),
    ]
    for act in acts:
        with pytest.raises(Forbidden):
            act()


def test_contacts_are_for_those_they_are_for(world: World) -> None:
    body, administrator = _ministry(world), world.actor("administrator")
    for audience in ("public", "organisers", "administrators"):
        save_contact(ContactDraft(audience, audience, "a@example.org"), body=body.id, actor=administrator)

    def seen(actor: Actor) -> list[str]:
        return [contact.label for contact in record_of(body, actor).contacts]

    assert seen(ANONYMOUS) == seen(world.actor("ghat")) == ["public"]
    assert seen(world.actor("organiser")) == ["public", "organisers"]
    assert seen(administrator) == ["public", "organisers", "administrators"]
    closed = record_of(body, administrator).contacts[2].id
    for act in (
        lambda: save_contact(CONTACT, body=body.id, contact=closed, actor=world.actor("organiser")),
        lambda: remove_entry(Entry.CONTACT, closed, body=body.id, actor=world.actor("organiser")),
        lambda: save_contact(
            ContactDraft("administrators", "x", "a@b.co"), body=body.id, actor=world.actor("organiser")
        ),
    ):
        with pytest.raises(Forbidden):
            act()


def test_another_name_keeps_the_former_one_with_its_day(world: World) -> None:
    body, organiser = _ministry(world), world.actor("organiser")
    before = BodyDraft("MOL", "ministry", body.names, level="")
    rename_body(RENAME, body=body.id, actor=organiser)
    again = RenameDraft(Localized(en="Labour"), DAY, "x")
    assert _fields(lambda: rename_body(again, body=body.id, actor=organiser)) == ["since"]
    assert body.names == RENAME.names
    assert [(n.names["en"], n.until, n.source) for n in record_of(body, ANONYMOUS).former_names] == [
        ("Ministry of Labour", DAY, "Decree 7/2026")
    ]
    assert [line.key for line in bodies(text="وزاره العمل والتاهيل").lines] == ["MOL"]
    assert [line.key for line in bodies(text="ministry of labour").lines] == ["MOL"]
    assert enter_body(before, actor=organiser)[1] is Entered.UNCHANGED
    assert (body.names, body.level) == (RENAME.names, "national")
    assert _types() == ["BodyRegistered", "BodyRenamed"]


def test_one_that_goes_into_another_leads_there_and_keeps_what_it_was(world: World) -> None:
    organiser = world.actor("organiser")
    first, second, third = (_ministry(world, key, key) for key in ("OLD", "MID", "NEW"))
    save_mandate(MANDATE, body=first.id, actor=organiser)
    end_body(EndDraft(DAY, "MID", takes_mandates=True), body=first.id, actor=organiser)
    end_body(EndDraft(DAY + timedelta(days=30), "NEW"), body=second.id, actor=organiser)
    session.refresh(first)
    assert (first.successor_key, second.successor_key, third.successor_key) == ("NEW", "NEW", "")
    assert [(one.key, one.ended.date()) for one in record_of(third, ANONYMOUS).predecessors if one.ended] == [
        ("OLD", DAY),
        ("MID", DAY + timedelta(days=30)),
    ]
    successor = record_of(first, ANONYMOUS).successor
    assert successor is not None
    assert successor.key == "NEW"
    assert [line.key for line in bodies(kinds=["ministry"]).lines] == ["NEW"]
    spans = session.execute(sa.select(Mandate.body_id, Mandate.valid_from, Mandate.valid_to).order_by(Mandate.id)).all()
    assert spans == [(first.id, None, DAY), (second.id, DAY, DAY + timedelta(days=30))]
    assert _types()[3:] == ["MandateSaved", "BodyMerged", "BodyMerged"]
    assert _fields(lambda: end_body(EndDraft(DAY, "MID"), body=third.id, actor=organiser)) == ["successor_key"]


def test_what_has_ended_is_not_changed_any_more(world: World) -> None:
    body, organiser = _ministry(world), world.actor("organiser")
    end_body(EndDraft(clock.now().date()), body=body.id, actor=organiser)
    acts: list[Callable[[], object]] = [
        lambda: save_mandate(MANDATE, body=body.id, actor=organiser),
        lambda: rename_body(RENAME, body=body.id, actor=organiser),
        lambda: end_body(EndDraft(DAY), body=body.id, actor=organiser),
    ]
    for act in acts:
        with pytest.raises(Conflict):
            act()
    assert _fields(lambda: admit_bodies("institutions", ["MOL"], consultation=world.consultation, actor=organiser)) == [
        "bodies"
    ]
    assert _types() == ["BodyRegistered", "BodyEnded"]
