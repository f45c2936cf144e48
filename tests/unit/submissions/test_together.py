"""Writing together: one text, parts that are held for a while, every save kept, and nobody's words lost."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from consult import clock
from consult.consultations.services import end_membership
from consult.db import session
from consult.errors import Conflict, Forbidden, NotFound, Rejected
from consult.submissions.drafting.drafts import DraftMoved, discard_draft, save_step, start_draft
from consult.submissions.models import Draft
from consult.submissions.offices.models import DraftComment, DraftPart, DraftSave
from consult.submissions.offices.parts import HOLD, MOST_SAVES, PartHeld
from consult.submissions.offices.queries import (
    comments_on,
    held_parts,
    open_comments,
    part_version,
    saves_of,
    shared_drafts,
)
from consult.submissions.offices.together import (
    comment,
    release_part,
    resolve_comment,
    restore_save,
    save_part,
    share_draft,
    take_part,
)
from consult.testing.colleagues import colleague, shared
from consult.testing.world import World


def test_colleagues_of_the_same_body_and_track_write_in_a_shared_draft_and_nobody_else(world: World) -> None:
    colleague(world, "second")
    actor = world.actor("ghat")
    draft = start_draft(world.members["ghat"], consultation=world.consultation, actor=actor)
    with pytest.raises(Forbidden):
        save_part(draft, "text", {"text": "x"}, 1, page="p", actor=world.actor("second"))
    with pytest.raises(Forbidden):
        share_draft(draft, actor=world.actor("second"))
    assert shared_drafts(world.actor("second"), world.consultation_id) == []
    share_draft(draft, actor=actor)
    save_part(draft, "text", {"text": "نص"}, 1, page="p", actor=world.actor("second"))
    assert draft.answers["text"] == "نص"
    assert [one.id for one in shared_drafts(world.actor("second"), world.consultation_id)] == [draft.id]
    for key in ("derna", "professor", "moderator", "organiser", "administrator"):
        other = world.actor(key)
        assert shared_drafts(other, world.consultation_id) == []
        for verb in (
            lambda a=other: save_part(draft, "title", {}, 1, page="q", actor=a),
            lambda a=other: take_part(draft, "text", actor=a),
            lambda a=other: release_part(draft, "text", actor=a),
            lambda a=other: comment(draft, "text", "x", actor=a),
        ):
            with pytest.raises(Forbidden):
                verb()
    end_membership(world.member("second"), consultation=world.consultation, actor=world.actor("organiser"))
    with pytest.raises(Forbidden):
        save_part(draft, "text", {"text": "x"}, 2, page="p", actor=world.actor("second"))


def test_only_the_author_deletes_and_what_is_inside_goes_with_the_draft(world: World) -> None:
    colleague(world, "second")
    draft = shared(world)
    comment(draft, "text", "هل هذا الرقم صحيح؟", actor=world.actor("second"))
    take_part(draft, "text", actor=world.actor("second"))
    with pytest.raises(Forbidden):
        discard_draft(draft, actor=world.actor("second"))
    discard_draft(draft, actor=world.actor("ghat"))
    session.expire_all()
    for kept in (Draft, DraftPart, DraftSave, DraftComment):
        assert session.scalars(sa.select(kept)).all() == []


def test_parts_are_held_by_one_for_a_while_and_others_are_free(world: World) -> None:
    colleague(world, "second")
    draft, first, second = shared(world), world.actor("ghat"), world.actor("second")
    save_part(draft, "text", {"text": "أول"}, 1, page="a", actor=first)
    save_part(draft, "proposals", {"proposals": "ثان"}, 1, page="b", actor=second)
    with pytest.raises(PartHeld):
        save_part(draft, "text", {"text": "ثان"}, 2, page="b", actor=second)
    with pytest.raises(PartHeld):
        take_part(draft, "text", actor=second)
    release_part(draft, "text", actor=second)  # not theirs: nothing happens
    [held] = [one for one in held_parts([draft.id])[draft.id] if one.part == "text"]
    assert (held.member, draft.answers["text"]) == (world.members["ghat"], "أول")
    with clock.at(clock.now() + HOLD - timedelta(minutes=1)), pytest.raises(PartHeld):
        take_part(draft, "text", actor=second)
    with clock.at(held.until + timedelta(seconds=5)):
        assert held_parts([draft.id]) == {}
        take_part(draft, "text", actor=second)
        with pytest.raises(PartHeld):
            save_part(draft, "text", {"text": "late"}, 2, page="a", actor=first)
        release_part(draft, "text", actor=second)
        save_part(draft, "text", {"text": "أخيرًا"}, 2, page="a", actor=first)
    assert draft.answers["text"] == "أخيرًا"


def test_a_page_that_has_not_seen_the_last_save_of_its_part_is_told(world: World) -> None:
    colleague(world, "second")
    draft = shared(world)
    save_part(draft, "text", {"text": "أول"}, 1, page="a", actor=world.actor("ghat"))
    save_part(draft, "text", {"text": "أول وثان"}, 1, page="a", actor=world.actor("ghat"))  # it saves by itself
    release_part(draft, "text", actor=world.actor("ghat"))
    with pytest.raises(DraftMoved):
        save_part(draft, "text", {"text": "x"}, 1, page="b", actor=world.actor("second"))
    assert (draft.answers["text"], part_version(draft.id, "text")) == ("أول وثان", 3)
    with pytest.raises(DraftMoved):  # a page of before it was shared
        save_step(draft, {"text": "old page"}, draft.version, actor=world.actor("ghat"))


def test_the_history_tells_who_saved_what_and_an_earlier_text_comes_back(world: World) -> None:
    colleague(world, "second")
    draft = shared(world)
    save_part(draft, "text", {"text": "واحد"}, 1, page="a", actor=world.actor("second"))
    save_part(draft, "text", {"text": "واحد اثنان"}, 2, page="a", actor=world.actor("second"))
    save_part(draft, "text", {"text": "واحد اثنان"}, 3, page="c", actor=world.actor("second"))  # nothing new
    saves = saves_of(draft.id).saves
    newest, before = saves[0]
    assert (newest.part, newest.content, newest.member_id) == ("text", {"text": "واحد اثنان"}, world.members["second"])
    assert before is not None
    assert before.content == {"text": "تمر بغات أقدم طرق القوافل."}
    assert {save.part for save, _ in saves} == {"behalf", "topics", "text", "proposals", "track"}
    with pytest.raises(PartHeld):
        restore_save(before.id, draft=draft, actor=world.actor("ghat"))
    restore_save(before.id, draft=draft, actor=world.actor("second"))
    assert draft.answers["text"] == "تمر بغات أقدم طرق القوافل."
    assert saves_of(draft.id).saves[0][0].content == before.content
    other = shared(world, "derna")
    with pytest.raises(NotFound):
        restore_save(before.id, draft=other, actor=world.actor("derna"))


def test_the_history_keeps_the_newest_saves(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_SAVES == 200
    monkeypatch.setattr("consult.submissions.offices.parts.MOST_SAVES", 7)
    draft = shared(world)
    for number in range(1, 10):
        save_part(draft, "text", {"text": str(number)}, number, page=str(number), actor=world.actor("ghat"))
    first = saves_of(draft.id)
    assert [save.content["text"] for save, _ in first.saves] == ["9", "8", "7", "6", "5", "4", "3"]
    assert first.saves[-1][1] is None


def test_comments_are_resolved_and_stay(world: World) -> None:
    colleague(world, "second")
    draft = shared(world)
    said = comment(draft, "text", "  هل هذا الرقم صحيح؟ ", actor=world.actor("second"))
    assert open_comments([draft.id]) == {draft.id: 1}
    resolve_comment(said.id, draft=draft, actor=world.actor("ghat"))
    assert open_comments([draft.id]) == {}
    assert [(one.text, one.resolved_at is None) for one in comments_on(draft.id, "text")] == [
        ("هل هذا الرقم صحيح؟", False)
    ]
    for wrong in ("", " \n ", "a" * 4001):
        with pytest.raises(Rejected):
            comment(draft, "text", wrong, actor=world.actor("ghat"))
    with pytest.raises(NotFound):
        resolve_comment(uuid.uuid4(), draft=draft, actor=world.actor("ghat"))
    alone = start_draft(world.members["ghat"], consultation=world.consultation, actor=world.actor("ghat"))
    with pytest.raises(Conflict):
        comment(alone, "text", "x", actor=world.actor("ghat"))


def test_two_who_save_one_part_at_once_never_write_over_each_other(app: Flask, world: World) -> None:
    colleague(world, "second")
    draft = shared(world).id
    session.commit()
    barrier, outcomes = threading.Barrier(2), {}

    def save(key: str) -> None:
        with app.app_context():
            row, actor = session.get_one(Draft, draft), world.actor(key)
            session.rollback()
            barrier.wait()
            try:
                save_part(row, "text", {"text": key}, 1, page=key, actor=actor)
                outcomes[key] = "saved"
            except (PartHeld, DraftMoved):
                outcomes[key] = "told"
            session.remove()

    threads = [threading.Thread(target=save, args=(key,)) for key in ("ghat", "second")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes.values()) == ["saved", "told"]
    session.rollback()
    [winner] = [key for key, outcome in outcomes.items() if outcome == "saved"]
    assert session.get_one(Draft, draft, populate_existing=True).answers["text"] == winner
