"""What organisers do with regions: who may, what is refused, what is recorded, and that every saved text is kept."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from consult.accounts.access import ANONYMOUS
from consult.db import session, transaction
from consult.errors import Conflict, Forbidden, NotFound, Rejected
from consult.events.stream import events_after
from consult.i18n import LANGUAGES, Localized
from consult.outcomes.compiler import Draft, compile_draft
from consult.outcomes.models import Region, RegionText
from consult.outcomes.queries import saved_texts
from consult.outcomes.regions import hash_of
from consult.outcomes.services import (
    RegionDraft,
    edit_region,
    hide_region,
    keep_all_regions,
    keep_region,
    lock_region,
    merge_region,
    show_region,
    stale_digest,
    take_generated,
    unlock_region,
)
from consult.outcomes.states import RegionState
from consult.testing.world import World


def _state(world: World, key: str, language: str = "en") -> RegionState:
    region = compile_draft(world.consultation, language).region(key)
    assert region is not None
    return region.state


def _edit(world: World, text: str, key: str = "summary", **more: str) -> None:
    edit_region(
        RegionDraft(key, more.pop("language", "en"), text, **more),
        consultation=world.consultation,
        actor=world.actor("organiser"),
    )


def _move_source(world: World) -> None:
    """Change a fact that the summary tells."""
    with transaction():
        world.consultation.summaries = Localized(ar="تشاور أكبر.", en="A larger consultation.", fr="Plus grande.")


def _generated(world: World, key: str = "summary") -> str:
    region = compile_draft(world.consultation, "en").region(key)
    assert region is not None
    return region.markdown


def _types(world: World) -> list[str]:
    return [event.type for event in events_after(world.consultation_id, limit=100)]


def test_an_edit_is_kept_and_recorded(world: World) -> None:
    """The row, the saved text, and one event without a word of it."""
    _edit(world, "What we heard.")
    assert _state(world, "summary") is RegionState.EDITED
    row = session.scalars(sa.select(Region)).one()
    assert (row.mode, row.text, row.base_text, row.base_hash) == (
        "edited",
        "What we heard.",
        _generated(world),
        hash_of(_generated(world)),
    )
    (event,) = events_after(world.consultation_id)
    assert (event.type, dict(event.facts)) == (
        "RegionEdited",
        {"region": "summary", "language": "en", "text": hash_of("What we heard.")},
    )
    assert [saved.text for saved in saved_texts(world.consultation_id, "summary", "en")] == ["What we heard."]


def test_a_stale_region_is_kept_taken_or_merged(world: World) -> None:
    """Each choice in turn; the source they saw must be the one that stands."""
    how = {"consultation": world.consultation, "actor": world.actor("organiser")}
    _edit(world, "What we heard.")
    _move_source(world)
    assert _state(world, "summary") is RegionState.STALE
    with pytest.raises(Conflict, match="moved again"):
        keep_region("summary", "en", hash_of("older"), **how)
    keep_region("summary", "en", hash_of(_generated(world)), **how)
    assert _state(world, "summary") is RegionState.EDITED
    with transaction():
        world.consultation.summaries = Localized(ar="تشاور.", en="A consultation.")
    source = hash_of(_generated(world))
    merge_region(RegionDraft("summary", "en", "What we heard, both.", source=source), **how)
    assert _state(world, "summary") is RegionState.EDITED
    take_generated("summary", "en", **how)
    assert _state(world, "summary") is RegionState.AUTO
    assert session.scalars(sa.select(Region)).all() == []
    assert [saved.text for saved in saved_texts(world.consultation_id, "summary", "en")] == [
        "What we heard, both.",
        "What we heard.",
    ]
    assert _types(world) == ["RegionEdited", "RegionMerged", "RegionMerged", "RegionReturned"]


def test_all_edited_texts_are_kept_at_once(world: World) -> None:
    """Only those that were looked at: a source that moves once more has to be seen again."""
    how = {"consultation": world.consultation, "actor": world.actor("organiser")}
    for code in ("ar", "en"):
        _edit(world, "What we heard.", language=code)
    seen = stale_digest(_drafts(world))
    assert keep_all_regions(seen, **how) == 0
    _move_source(world)
    with pytest.raises(Conflict, match="moved again"):
        keep_all_regions(seen, **how)
    assert keep_all_regions(stale_digest(_drafts(world)), **how) == 2
    assert [_state(world, "summary", code) for code in ("ar", "en", "fr")] == ["edited", "edited", "auto"]


def _drafts(world: World) -> dict[str, Draft]:
    return {code: compile_draft(world.consultation, code) for code in LANGUAGES}


def test_a_merge_that_takes_all_of_the_source_is_automatic_again(world: World) -> None:
    """There is nothing of the organiser's left in it."""
    _edit(world, "What we heard.")
    _move_source(world)
    generated = _generated(world)
    merge_region(
        RegionDraft("summary", "en", generated, source=hash_of(generated)),
        consultation=world.consultation,
        actor=world.actor("organiser"),
    )
    assert _state(world, "summary") is RegionState.AUTO


def test_locks_and_hiding(world: World) -> None:
    """A lock is for one language, hiding for all; the cover and the proof cannot be hidden."""
    how = {"consultation": world.consultation, "actor": world.actor("organiser")}
    lock_region("summary", "en", **how)
    _move_source(world)
    assert [_state(world, "summary", code) for code in ("ar", "en", "fr")] == ["auto", "locked", "auto"]
    with pytest.raises(Conflict, match="locked"):
        _edit(world, "x")
    with pytest.raises(Conflict, match="locked"):
        hide_region("summary", **how)
    unlock_region("summary", "en", **how)
    assert _state(world, "summary") is RegionState.STALE
    hide_region("summary", **how)
    assert [_state(world, "summary", code) for code in ("ar", "en", "fr")] == ["hidden"] * 3
    show_region("summary", **how)
    assert [_state(world, "summary", code) for code in ("ar", "en", "fr")] == ["auto", "stale", "auto"]
    for fixed in ("cover", "integrity"):
        with pytest.raises(Conflict, match="every edition"):
            hide_region(fixed, **how)
    with pytest.raises(Conflict, match="no text"):
        lock_region("foreword", "en", **how)
    assert _types(world) == ["RegionLocked", "RegionUnlocked", "RegionHidden", "RegionShown"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("  \n ", "Write the text, or hide this part instead."),
        ("x" * 60_001, "Write at most 60,000 characters; this has 60,001."),
        ("By {{ballot:9}}.", "There is no figure {{ballot:9}}. Choose one from the list beside."),
        ("By {{topic:9}}.", "There is no figure {{topic:9}}. Choose one from the list beside."),
    ],
)
def test_what_is_wrong_is_said_at_the_field(world: World, text: str, said: str) -> None:
    """And nothing is written."""
    with pytest.raises(Rejected) as refused:
        _edit(world, text)
    assert [(p.field, str(p.message)) for p in refused.value.problems] == [("text", said)]
    assert session.scalars(sa.select(RegionText)).all() == []


def test_two_organisers_do_not_write_over_each_other(world: World) -> None:
    """The second saves on a text they have not seen, and is told."""
    seen = hash_of(_generated(world))
    _edit(world, "First.", seen=seen)
    with pytest.raises(Rejected, match="changed while you wrote"):
        _edit(world, "Second.", seen=seen)
    _edit(world, "Second.", seen=hash_of("First."))
    assert [saved.text for saved in saved_texts(world.consultation_id, "summary", "en")] == ["Second.", "First."]


def test_who_may(world: World) -> None:
    """Organisers of the consultation, nobody else; and only regions and languages there are."""
    draft = RegionDraft("summary", "en", "x")
    for actor in (ANONYMOUS, world.actor("ghat"), world.actor("moderator"), world.actor("administrator")):
        how = {"consultation": world.consultation, "actor": actor}
        for act in (
            lambda how=how: edit_region(draft, **how),
            lambda how=how: merge_region(draft, **how),
            lambda how=how: keep_region("summary", "en", "", **how),
            lambda how=how: take_generated("summary", "en", **how),
            lambda how=how: lock_region("summary", "en", **how),
            lambda how=how: unlock_region("summary", "en", **how),
            lambda how=how: hide_region("summary", **how),
            lambda how=how: show_region("summary", **how),
            lambda how=how: keep_all_regions("", **how),
        ):
            with pytest.raises(Forbidden):
                act()
    with pytest.raises(NotFound):
        _edit(world, "x", key="nowhere")
    with pytest.raises(NotFound):
        _edit(world, "x", language="de")


def test_a_saved_text_cannot_be_changed_in_the_database(world: World) -> None:
    """The database itself refuses."""
    _edit(world, "What we heard.")
    for statement in ("UPDATE region_text SET text = 'x'", "DELETE FROM region_text"):
        with pytest.raises(sa.exc.DatabaseError, match="never changed"), transaction():
            session.execute(sa.text(statement))
