"""Overlaps of mandates, recorded by hand: they stand with both bodies, hold as long as both mandates, and are told where both are shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from consult import clock
from consult.accounts.access import ANONYMOUS
from consult.accounts.bodies.models import Mandate, MandateOverlap
from consult.accounts.bodies.overlaps import OverlapDraft, overlaps_of
from consult.accounts.bodies.record import Entry, MandateDraft
from consult.accounts.bodies.services import BodyDraft
from consult.accounts.models import Body
from consult.accounts.services import (
    register_body,
    remove_entry,
    remove_overlap,
    replace_mandate,
    save_mandate,
    save_overlap,
)
from consult.db import new_id, session
from consult.errors import Forbidden, NotFound, Rejected
from consult.events.models import INSTANCE
from consult.events.stream import events_after
from consult.i18n import Localized
from consult.submissions.figures.overlaps import matrix, overlap_rows, recorded_overlaps
from consult.testing.world import World

NOTES = Localized(ar="تسجيل الداخلين عند المعابر", en="Registering who enters at crossings")


def _charged(world: World, key: str, *topics: str, kind: str = "ministry") -> tuple[Body, Mandate]:
    organiser = world.actor("organiser")
    body = register_body(BodyDraft(key, kind, Localized(en=key), level="national"), actor=organiser)
    mandate = MandateDraft(Localized(en=f"Mandate of {key}"), topics or ("gcm-1",), "Gazette", f"Law of {key}")
    return body, save_mandate(mandate, body=body.id, actor=organiser)


def _draft(one: Mandate, two: Mandate) -> OverlapDraft:
    return OverlapDraft(one.id, two.id, NOTES, "Audit of 2025, page 40")


def _fields(draft: OverlapDraft, body: Body, world: World) -> list[str]:
    with pytest.raises(Rejected) as refused:
        save_overlap(draft, body=body.id, actor=world.actor("organiser"))
    return [problem.field for problem in refused.value.problems]


def test_it_stands_with_both_bodies_and_is_recorded_without_words(world: World) -> None:
    (interior, own), (coast, other) = _charged(world, "MOI"), _charged(world, "COAST")
    row = save_overlap(_draft(own, other), body=interior.id, actor=world.actor("organiser"))
    for body, near, theirs in ((interior, "COAST", "Mandate of COAST"), (coast, "MOI", "Mandate of MOI")):
        (read,) = overlaps_of(body.id)
        assert (read.id, read.body.key, read.theirs["en"], read.notes, read.present) == (
            row.id,
            near,
            theirs,
            NOTES,
            True,
        )
    assert [one.mandate for one in overlaps_of(coast.id)] == [other.id]
    assert overlaps_of(coast.id, Body.key == "NOBODY") == []
    told = events_after(INSTANCE)[-1]
    assert (told.type, set(told.facts)) == ("MandateOverlapSaved", {"body", "overlap", "mandate", "other"})
    changed = replace(_draft(own, other), mandate=None, other=None, source="Audit of 2026")
    save_overlap(changed, body=coast.id, actor=world.actor("organiser"), overlap=row.id)
    assert [one.source for one in overlaps_of(interior.id)] == ["Audit of 2026"]


def test_what_is_wrong_is_told_at_its_field_and_others_may_not(world: World) -> None:
    (interior, own), (coast, other) = _charged(world, "MOI"), _charged(world, "COAST")
    good = _draft(own, other)
    assert _fields(replace(good, notes=Localized(), source=""), interior, world) == ["notes", "source"]
    assert _fields(replace(good, mandate=other.id, other=own.id), interior, world) == ["mandate", "other"]
    assert _fields(replace(good, mandate=None, other=new_id()), interior, world) == ["mandate", "other"]
    save_overlap(good, body=interior.id, actor=world.actor("organiser"))
    assert _fields(good, interior, world) == ["other"]
    assert _fields(_draft(other, own), coast, world) == ["other"], "said the other way round it is the same"
    for who in (ANONYMOUS, world.actor("ghat"), world.actor("moderator")):
        with pytest.raises(Forbidden):
            save_overlap(good, body=interior.id, actor=who)
    (row,) = overlaps_of(interior.id)
    third, _ = _charged(world, "THIRD")
    with pytest.raises(NotFound):
        remove_overlap(row.id, body=third.id, actor=world.actor("organiser"))
    remove_overlap(row.id, body=coast.id, actor=world.actor("organiser"))
    assert session.scalars(sa.select(MandateOverlap)).all() == []
    assert events_after(INSTANCE)[-1].facts["kind"] == "overlap"


def test_it_holds_as_long_as_both_mandates_and_goes_with_one_entered_by_mistake(world: World) -> None:
    organiser = world.actor("organiser")
    (interior, own), (coast, other) = _charged(world, "MOI"), _charged(world, "COAST")
    save_overlap(_draft(own, other), body=interior.id, actor=organiser)
    assert len(recorded_overlaps(world.consultation_id)) == 1
    new = MandateDraft(Localized(en="Narrower"), ("gcm-1",), "Gazette", valid_from=clock.now().date())
    replace_mandate(new, body=coast.id, mandate=other.id, actor=organiser)
    assert [one.present for one in overlaps_of(interior.id)] == [False], "it stays with what was before"
    assert recorded_overlaps(world.consultation_id) == []
    with clock.at(clock.now() - timedelta(days=1)):
        assert [one.present for one in overlaps_of(coast.id)] == [True]
    remove_entry(Entry.MANDATE, own.id, body=interior.id, actor=organiser)
    assert overlaps_of(coast.id) == []


def test_a_consultation_tells_of_bodies_that_stand_in_it_and_of_its_topics(world: World) -> None:
    organiser = world.actor("organiser")
    (interior, own), (_, other) = _charged(world, "MOI", "gcm-1", "gcm-15"), _charged(world, "COAST", "gcm-1")
    sheltered = _charged(world, "HIDDEN", "gcm-1", kind="cso")[1]
    elsewhere, away = _charged(world, "AWAY", "gcm-9"), _charged(world, "FAR", "gcm-9")
    for mandate in (other, sheltered):
        save_overlap(_draft(own, mandate), body=interior.id, actor=organiser)
    save_overlap(_draft(elsewhere[1], away[1]), body=elsewhere[0].id, actor=organiser)
    here = world.consultation_id
    assert [[side.key for side in one.sides] for one in recorded_overlaps(here)] == [["MOI", "COAST"]]
    (row,) = overlap_rows(here)
    said = (row["one_body"], row["two_body_en"], row["two_legal_basis"], row["note_ar"], row["source"])
    assert said == ("MOI", "COAST", "Law of COAST", NOTES["ar"], "Audit of 2025, page 40")
    columns, rows = matrix(here)
    assert list(columns[-2:]) == ["gcm-1", "gcm-15"]
    assert [(one["body"], one.get("gcm-1"), one.get("gcm-15")) for one in rows[3:]] == [
        ("bodies", "2", "1"),
        ("COAST", "Law of COAST", None),
        ("MOI", "Law of MOI", "Law of MOI"),
    ]
    assert [one["body"] for one in rows[:3]] == ["ar", "en", "fr"]
