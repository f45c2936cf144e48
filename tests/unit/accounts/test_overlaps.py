"""Overlaps of mandates, recorded by hand: they stand with both bodies, hold as long as both mandates, and are told where both are shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from consult import clock
from consult.accounts.access import ANONYMOUS
from consult.accounts.bodies.ending import EndDraft, UndoDraft, mandates_that_stay, standing_end
from consult.accounts.bodies.models import Mandate, MandateOverlap
from consult.accounts.bodies.overlaps import OverlapDraft, overlaps_of, overlaps_to_take
from consult.accounts.bodies.record import Entry, MandateDraft
from consult.accounts.bodies.services import BodyDraft
from consult.accounts.models import Body
from consult.accounts.services import (
    end_body,
    register_body,
    remove_entry,
    remove_overlap,
    replace_mandate,
    save_mandate,
    save_overlap,
    undo_end,
)
from consult.db import new_id, session, transaction
from consult.errors import Forbidden, NotFound, Rejected
from consult.events.models import INSTANCE
from consult.events.stream import events_after
from consult.i18n import Localized
from consult.submissions.figures.overlaps import matrix, overlap_rows, recorded_overlaps
from consult.testing.together import begun_meanwhile
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


def test_what_is_ticked_goes_along_with_a_mandate_in_the_place_of_another_and_the_rest_stays(world: World) -> None:
    organiser, today = world.actor("organiser"), clock.now().date()
    (interior, own), (coast, other), (labour, third) = (_charged(world, key) for key in ("MOI", "COAST", "MOL"))
    taken = save_overlap(_draft(own, other), body=interior.id, actor=organiser)
    left = save_overlap(_draft(third, own), body=labour.id, actor=organiser)
    assert {one.id for one in overlaps_to_take(interior.id, own.id)} == {taken.id, left.id}
    new = MandateDraft(Localized(en="Borders"), ("gcm-1",), "Gazette", valid_from=today)
    row = replace_mandate(new, body=interior.id, mandate=own.id, actor=organiser, overlaps=[taken.id])
    for body, near in ((interior, "COAST"), (coast, "MOI")):
        (now, *before) = overlaps_of(body.id)
        assert (now.body.key, now.notes, now.source, now.present) == (near, NOTES, "Audit of 2025, page 40", True)
        assert {one.present for one in before} == {False}, "what was stays with the mandate that was"
    assert [one.mandate for one in overlaps_of(interior.id)][:1] == [row.id]
    assert [one.present for one in overlaps_of(labour.id)] == [False]
    assert [{side.key for side in one.sides} for one in recorded_overlaps(world.consultation_id)] == [{"MOI", "COAST"}]
    replaced, told = events_after(INSTANCE)[-2:]
    assert (replaced.type, told.type) == ("MandateReplaced", "MandateOverlapSaved")
    assert (told.facts["body"], {told.facts["mandate"], told.facts["other"]}) == (
        str(interior.id),
        {str(row.id), str(other.id)},
    )
    assert [one.id for one in overlaps_to_take(coast.id, other.id)] == [now.id], "the former one is not offered again"
    later = replace(new, texts=Localized(en="Coasts"), valid_from=today + timedelta(days=1))
    replace_mandate(later, body=coast.id, mandate=other.id, actor=organiser, overlaps=[now.id])
    states = [(one.present, one.former) for one in overlaps_of(coast.id)]
    assert states == [(True, False), (False, False), (False, True)], "what holds, what is to come, what was"


def test_an_overlap_that_is_not_on_record_is_not_taken_along(world: World) -> None:
    organiser, today = world.actor("organiser"), clock.now().date()
    (interior, own), (coast, other), (labour, third) = (_charged(world, key) for key in ("MOI", "COAST", "MOL"))
    elsewhere = save_overlap(_draft(third, other), body=labour.id, actor=organiser)
    gone = save_overlap(_draft(own, other), body=interior.id, actor=organiser).id
    remove_overlap(gone, body=coast.id, actor=organiser)
    new = MandateDraft(Localized(en="Borders"), ("gcm-1",), "Gazette", valid_from=today)
    for wrong in (elsewhere.id, gone):
        with pytest.raises(Rejected) as refused:
            replace_mandate(new, body=interior.id, mandate=own.id, actor=organiser, overlaps=[wrong])
        assert [problem.field for problem in refused.value.problems] == ["overlaps"]
    assert session.scalars(sa.select(Mandate.id).where(Mandate.body_id == interior.id)).all() == [own.id]


def test_the_database_takes_a_pair_once_whichever_way_round(world: World) -> None:
    (interior, own), (_, other) = _charged(world, "MOI"), _charged(world, "COAST")
    one, two = sorted((own.id, other.id))
    save_overlap(_draft(own, other), body=interior.id, actor=world.actor("organiser"))
    for pair in ((one, two), (two, one), (one, one)):
        with pytest.raises(sa.exc.IntegrityError), transaction():
            session.add(MandateOverlap(mandate_id=pair[0], other_id=pair[1], notes=NOTES, source="Audit"))


def test_two_clerks_at_once_record_an_overlap_once_and_the_second_is_told(app: Flask, world: World) -> None:
    (interior, own), (coast, other) = _charged(world, "MOI"), _charged(world, "COAST")
    here, there, organiser = interior.id, coast.id, world.actor("organiser")
    one, two = _draft(own, other), _draft(other, own)
    told = begun_meanwhile(
        app,
        lambda: save_overlap(one, body=here, actor=organiser),
        lambda: save_overlap(two, body=there, actor=organiser),
    )
    assert isinstance(told, Rejected)
    assert [(problem.field, problem.message.text) for problem in told.problems] == [
        ("other", "That these two overlap is on record already.")
    ]
    (row,) = overlaps_of(here)
    gone = begun_meanwhile(
        app,
        lambda: remove_entry(Entry.MANDATE, two.mandate, body=there, actor=organiser),
        lambda: save_overlap(replace(one, source="Again"), body=here, actor=organiser),
    )
    assert [problem.field for problem in gone.problems] == ["other"]
    assert overlaps_of(here) == []
    assert row.present


def _recorded(mandate: Mandate) -> list[tuple[object, object, str]]:
    """Return what is recorded of a mandate: with which other, in which words, and where that was read."""
    pair = (MandateOverlap.mandate_id, MandateOverlap.other_id)
    rows = session.scalars(sa.select(MandateOverlap).where(sa.or_(*(side == mandate.id for side in pair)))).all()
    return [(({row.mandate_id, row.other_id} - {mandate.id}).pop(), row.notes, row.source) for row in rows]


def _goes_to(heir: Body, body: Body, world: World) -> Mandate:
    draft = EndDraft(clock.now().date(), "Law 3", (heir.key,), heir.key)
    end_body(draft, body=body.id, actor=world.actor("organiser"))
    return session.scalars(sa.select(Mandate).where(Mandate.body_id == heir.id).order_by(Mandate.id.desc())).all()[0]


def _undo(body: Body, world: World) -> None:
    undo_end(UndoDraft("Not published", "en"), body=body.id, actor=world.actor("organiser"))


def test_a_mandate_that_goes_to_an_heir_takes_its_overlaps_along(world: World) -> None:
    organiser = world.actor("organiser")
    (interior, own), (coast, theirs) = _charged(world, "MOI"), _charged(world, "COAST")
    (heir, heirs_own), (_, ended) = _charged(world, "HEIR"), _charged(world, "GONE")
    for other in (theirs, heirs_own, ended):
        save_overlap(_draft(own, other), body=interior.id, actor=organiser)
    with transaction():
        ended.valid_to = clock.now().date() - timedelta(days=1)
    before = _recorded(own)
    taken = _goes_to(heir, interior, world)
    assert _recorded(taken) == [(theirs.id, NOTES, "Audit of 2025, page 40")]
    assert _recorded(own) == before  # what was stays with the mandate that was
    assert sorted((one.body.key, one.present) for one in overlaps_of(coast.id)) == [("HEIR", True), ("MOI", False)]
    told = [event for event in events_after(INSTANCE) if event.type == "MandateOverlapSaved"]
    assert (len(told), told[-1].facts["body"], told[-1].actor) == (4, str(heir.id), organiser.person)
    end = standing_end(interior.id)
    assert end is not None
    assert mandates_that_stay(end) == 0
    _undo(interior, world)
    assert (session.get(Mandate, taken.id), _recorded(own)) == (None, before)
    assert [(one.body.key, one.present) for one in overlaps_of(coast.id)] == [("MOI", True)]


@pytest.mark.parametrize("change", ["another", "note"])
def test_what_was_recorded_with_the_heir_since_keeps_the_mandate_there(world: World, change: str) -> None:
    organiser = world.actor("organiser")
    (interior, own), (_, theirs), (heir, _) = (_charged(world, key) for key in ("MOI", "COAST", "HEIR"))
    _, another = _charged(world, "OTHER")
    save_overlap(_draft(own, theirs), body=interior.id, actor=organiser)
    taken = _goes_to(heir, interior, world)
    if change == "another":
        save_overlap(_draft(taken, another), body=heir.id, actor=organiser)
    else:
        (row,) = (one for one in overlaps_of(heir.id) if one.mandate == taken.id)
        mended = replace(_draft(taken, theirs), notes=Localized(en="Something else"))
        save_overlap(mended, body=heir.id, actor=organiser, overlap=row.id)
    end = standing_end(interior.id)
    assert end is not None
    assert mandates_that_stay(end) == 1
    kept = _recorded(taken)
    _undo(interior, world)
    assert (session.get(Mandate, taken.id), _recorded(taken)) == (taken, kept)
    assert (own.valid_to, _recorded(own)) == (None, [(theirs.id, NOTES, "Audit of 2025, page 40")])
