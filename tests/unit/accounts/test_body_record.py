"""The record of a body: mandates, capacities, contacts; what it was before it changed on a day. Nothing that was is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from consult.accounts.access import ANONYMOUS, Actor
from consult.accounts.bodies.entering import Entered
from consult.accounts.bodies.life import ChangeDraft
from consult.accounts.bodies.models import MandateTopic
from consult.accounts.bodies.queries import mandates_of, record_of
from consult.accounts.bodies.record import CapacityDraft, ContactDraft, Entry, MandateDraft
from consult.accounts.bodies.services import BodyDraft, body_problems
from consult.accounts.models import Body
from consult.accounts.queries import bodies
from consult.accounts.services import (
    change_body,
    correct_body,
    enter_body,
    register_body,
    remove_entry,
    replace_mandate,
    save_capacity,
    save_contact,
    save_mandate,
)
from consult.db import session
from consult.errors import Forbidden, NotFound, Rejected
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
CONTACT = ContactDraft("public", "Secretariat", DAY, "Its letter", "office@example.org", "+218 21 000 0000")
RENAME = ChangeDraft(
    DAY, "Decree 7/2026", Localized(ar="وزارة العمل والتأهيل", en="Ministry of Labour and Rehabilitation")
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
    assert [(c.label, c.email, c.phone, c.as_of, c.source) for c in read.contacts] == [
        ("Secretariat", "office@example.org", "+218 21 000 0000", DAY, "Its letter")
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


def test_a_mandate_that_takes_the_place_of_another_ends_it_on_its_first_day_and_keeps_it(world: World) -> None:
    body, organiser = _ministry(world), world.actor("organiser")
    first = save_mandate(MANDATE, body=body.id, actor=organiser).id
    second = MandateDraft(Localized(ar="شؤون العمل"), ("gcm-6",), "Gazette 13", "Law 3/2026", valid_from=DAY)
    verb = partial(replace_mandate, body=body.id, actor=organiser)
    replaced = verb(second, mandate=first).id
    assert [(m.id, m.topics, m.valid_from, m.valid_to, m.present, m.former) for m in mandates_of(body.id)] == [
        (replaced, ("gcm-6",), DAY, None, True, False),
        (first, ("gcm-1", "gcm-15"), None, DAY, False, True),
    ]
    record = record_of(body, ANONYMOUS)
    assert ([m.id for m in record.in_force], [m.id for m in record.mandates_before]) == ([replaced], [first])
    for days, mandate in (({"valid_from": None}, replaced), ({"valid_from": DAY}, replaced), ({}, first)):
        with pytest.raises(Rejected) as refused:
            verb(replace(second, **days), mandate=mandate)
        assert [problem.field for problem in refused.value.problems] == ["valid_from"]
    told = events_after(INSTANCE)[-1]
    assert (told.type, told.facts["mandate"], told.facts["former"]) == ("MandateReplaced", str(replaced), str(first))


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
        (ContactDraft("friends", "", DAY, "x", "nobody", "12"), ["audience", "label", "email", "phone"]),
        (ContactDraft("public", "Office", TOMORROW, ""), ["email", "as_of", "source"]),
        (ChangeDraft(TOMORROW, "", Localized()), ["names", "source", "since"]),
        (ChangeDraft(DAY, "x", Localized(ar="وزارة العمل", en="Ministry of Labour"), "ministry"), ["names"]),
        (ChangeDraft(DAY, "x", kind="", level="cosmic"), ["kind", "level"]),
    ],
)
def test_a_wrong_draft_is_refused_at_its_fields(world: World, draft: Any, fields: list[str]) -> None:
    verbs: dict[type[Any], Callable[..., object]] = {
        MandateDraft: save_mandate,
        CapacityDraft: save_capacity,
        ContactDraft: save_contact,
        ChangeDraft: change_body,
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
        lambda: replace_mandate(MANDATE, body=body, mandate=body, actor=actor),
        lambda: change_body(RENAME, body=body, actor=actor),
    ]
    for act in acts:
        with pytest.raises(Forbidden):
            act()


def test_contacts_are_for_those_they_are_for(world: World) -> None:
    body, administrator = _ministry(world), world.actor("administrator")
    for audience in ("public", "organisers", "administrators"):
        save_contact(ContactDraft(audience, audience, DAY, "x", "a@example.org"), body=body.id, actor=administrator)

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
            ContactDraft("administrators", "x", DAY, "x", "a@b.co"), body=body.id, actor=world.actor("organiser")
        ),
    ):
        with pytest.raises(Forbidden):
            act()


def test_what_changed_on_a_day_keeps_what_was_and_a_correction_does_not(world: World) -> None:
    body, organiser = _ministry(world), world.actor("organiser")
    before = BodyDraft("MOL", "ministry", body.names, level="")
    change_body(RENAME, body=body.id, actor=organiser)
    for again in (
        ChangeDraft(DAY, "x", Localized(en="Labour")),
        ChangeDraft(DAY - timedelta(days=1), "x", region="west"),
    ):
        assert _fields(partial(change_body, again, body=body.id, actor=organiser)) == ["since"]
    later = DAY + timedelta(days=30)
    change_body(
        ChangeDraft(later, "Law 3/2026", kind="agency", level="regional", region="west"), body=body.id, actor=organiser
    )
    assert (body.names, body.kind, body.level, body.region) == (RENAME.names, "agency", "regional", "west")
    former = record_of(body, ANONYMOUS).former
    assert [(f.names["en"], f.kind, f.level, f.region, f.since, f.until, f.source) for f in former] == [
        ("Ministry of Labour and Rehabilitation", "ministry", "national", "", DAY, later, "Law 3/2026"),
        ("Ministry of Labour", "ministry", "national", "", date(2011, 1, 5), DAY, "Decree 7/2026"),
    ]
    assert [line.key for line in bodies(text="وزاره العمل والتاهيل").lines] == ["MOL"]
    assert [line.key for line in bodies(text="ministry of labour").lines] == ["MOL"]
    assert enter_body(before, actor=organiser)[1] is Entered.UNCHANGED  # a file from before takes nothing back
    correct_body(replace(before, names=Localized(en="Labour"), kind="authority", level="local"), actor=organiser)
    assert (body.names, body.kind, body.level) == (Localized(en="Labour"), "authority", "local")
    assert record_of(body, ANONYMOUS).former == former
    assert _types() == ["BodyRegistered", "BodyRenamed", "BodyReclassified", "BodyChanged"]
    assert events_after(INSTANCE)[-1].facts["corrected"] == ["kind", "level", "names", "region"]


def test_another_ministry_takes_an_agency_over_on_a_day_and_a_place_moves(world: World) -> None:
    organiser = world.actor("organiser")
    for key in ("INTERIOR", "JUSTICE"):
        _ministry(world, key, key.title())
    facts = BodyDraft("DCIM", "agency", Localized(en="Agency"), parent_key="INTERIOR", district="LY-TB")
    agency = register_body(facts, actor=organiser)
    taken = ChangeDraft(DAY, "Decree 9/2026", parent_key="JUSTICE")
    for wrong in ("DCIM", "NOBODY", "a b"):
        assert _fields(
            lambda wrong=wrong: change_body(replace(taken, parent_key=wrong), body=agency.id, actor=organiser)
        ) == ["parent_key"]
    above = session.scalars(sa.select(Body).where(Body.key == "JUSTICE")).one()
    change_body(taken, body=agency.id, actor=organiser)
    assert _fields(
        lambda: change_body(ChangeDraft(DAY, "Decree 1", parent_key="DCIM"), body=above.id, actor=organiser)
    ) == ["parent_key"], "nobody stands below what stands below them"
    assert _types()[-1] == "BodyReclassified"
    moved = ChangeDraft(DAY + timedelta(days=9), "Law 3/2026", district="LY-JG", region="west")
    change_body(moved, body=agency.id, actor=organiser)
    read = record_of(agency, ANONYMOUS)
    assert read.parent is not None
    assert (read.parent.key, agency.district, agency.region) == ("JUSTICE", "LY-JG", "west")
    was = [(one.parent and one.parent.key, one.district, one.region, one.until, one.source) for one in read.former]
    assert was == [
        ("JUSTICE", "LY-TB", "", DAY + timedelta(days=9), "Law 3/2026"),
        ("INTERIOR", "LY-TB", "", DAY, "Decree 9/2026"),
    ]
    before = (agency.parent_key, agency.district)
    assert enter_body(facts, actor=organiser)[1] is Entered.UNCHANGED, "a file that is older takes nothing back"
    assert (agency.parent_key, agency.district) == before
    later = replace(facts, parent_key="INTERIOR", district="LY-JG", source="Decree 11/2026")
    assert enter_body(later, since=DAY + timedelta(days=20), actor=organiser)[1] is Entered.CHANGED
    assert (agency.parent_key, len(record_of(agency, ANONYMOUS).former)) == ("INTERIOR", 3)
