"""Drafts: kept at every step, never written over unseen, and nobody else's."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from consult.db import session
from consult.errors import Forbidden, NotFound, Rejected
from consult.events.models import EventRow
from consult.submissions.drafting.drafts import DraftMoved, discard_draft, save_step, start_draft, submission_draft
from consult.submissions.models import Draft, Submission
from consult.submissions.services import submit
from consult.testing.world import World


def begun(world: World, key: str = "ghat") -> Draft:
    return start_draft(world.members[key], consultation=world.consultation, actor=world.actor(key))


def test_what_was_typed_is_kept_right_or_wrong(world: World) -> None:
    draft, actor = begun(world), world.actor("ghat")
    save_step(draft, {"title": "عنوان", "language": "xx-nonsense"}, 1, actor=actor)
    save_step(draft, {"text": "a" * 1_000_000, "topics": ["no-such"]}, 2, actor=actor)
    assert draft.version == 3
    assert draft.answers == {
        "title": "عنوان",
        "language": "xx-nonsense",
        "text": "a" * 1_000_000,
        "topics": ["no-such"],
    }


def test_saving_a_draft_is_no_event(world: World) -> None:
    save_step(begun(world), {"title": "x"}, 1, actor=world.actor("ghat"))
    assert session.scalars(sa.select(EventRow.type).where(EventRow.stream_id == world.consultation_id)).all() == []


def test_a_page_that_has_not_seen_the_last_save_is_told(world: World) -> None:
    draft, actor = begun(world), world.actor("ghat")
    save_step(draft, {"title": "phone"}, 1, page="phone", actor=actor)
    with pytest.raises(DraftMoved):
        save_step(draft, {"title": "laptop"}, 1, page="laptop", actor=actor)
    assert draft.answers["title"] == "phone"
    save_step(draft, {"title": "laptop"}, 2, page="laptop", actor=actor)
    assert (draft.answers["title"], draft.version) == ("laptop", 3)


def test_a_page_that_saves_by_itself_does_not_get_in_its_own_way(world: World) -> None:
    draft, actor = begun(world), world.actor("ghat")
    for words in ("أول", "أول ثان", "أول ثان ثالث"):
        save_step(draft, {"text": words}, 1, page="phone", actor=actor)
    assert (draft.answers["text"], draft.version) == ("أول ثان ثالث", 4)


def test_a_draft_is_nobody_elses(world: World) -> None:
    draft = begun(world)
    for key in ("derna", "moderator", "organiser", "administrator"):
        with pytest.raises(Forbidden):
            save_step(draft, {"title": "x"}, 1, actor=world.actor(key))
        with pytest.raises(Forbidden):
            discard_draft(draft, actor=world.actor(key))
    with pytest.raises(Forbidden):
        start_draft(world.members["ghat"], consultation=world.consultation, actor=world.actor("derna"))


def test_a_draft_that_is_gone_is_not_found(world: World) -> None:
    draft, actor = begun(world), world.actor("ghat")
    discard_draft(draft, actor=actor)
    with pytest.raises(NotFound, match="no longer here"):
        save_step(draft, {"title": "x"}, 1, actor=actor)


def test_there_is_an_end_to_drafts(world: World) -> None:
    for _ in range(20):
        begun(world)
    with pytest.raises(Rejected, match="You have 20 drafts"):
        begun(world)


def test_a_draft_becomes_a_submission_and_is_gone(world: World) -> None:
    draft, actor = begun(world), world.actor("ghat")
    given = {
        "title": "\u202e عنوان ",
        "language": "ar",
        "text": "فقرة.\r\n\r\nأخرى.",
        "topics": ["gcm-1"],
        "track": {"decision": "3/2026"},
    }
    save_step(draft, given, 1, actor=actor)
    row = submit(submission_draft(draft), consultation=world.consultation, actor=actor)
    assert (row.title, row.answers) == ("عنوان", {"decision": "3/2026"})
    assert session.scalars(sa.select(Draft)).all() == []
    assert session.scalars(sa.select(Submission.id)).all() == [row.id]
