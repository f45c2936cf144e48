"""A track that is switched off or uninstalled: what was written stays readable and reviewable, drafts are kept, authors are told."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pytest
import sqlalchemy as sa
from flask import Flask

from consult.db import session
from consult.errors import Conflict, Rejected
from consult.outcomes.compiler import compile_document
from consult.runtime import runtime
from consult.settings import Settings
from consult.submissions import services
from consult.submissions.drafting.drafts import (
    discard_draft,
    save_step,
    start_correction,
    start_draft,
    submission_draft,
)
from consult.submissions.exchange.exports import export_submissions
from consult.submissions.models import Draft, Revision, Submission
from consult.submissions.queries import own_drafts
from consult.submissions.register import RegisterFilter, register
from consult.submissions.review.queries import review_queue
from consult.submissions.services import Review
from consult.submissions.tracks import questions_of, track_label, track_of
from consult.testing.acts import accept, deliver, hand_in, position, set_up_track, switch_off
from consult.testing.installing import missing_tables, running
from consult.testing.web import Browser
from consult.testing.world import World, make_world

ANSWERS = {"kind": "association", "fields": ["women"], "coverage": "national"}
KEPT = "The form of this track is not available now. Your draft is kept; the organisers know when it returns."


@dataclass
class Written:
    """What stood in the database when the track went."""

    world: World
    accepted: str
    waiting: uuid.UUID
    returned: uuid.UUID
    draft: uuid.UUID


def _write() -> Written:
    """Let the organisation hand in three submissions and begin a draft."""
    world = make_world()
    accepted = accept(world, hand_in(world, "cso", ANSWERS)).number
    waiting, returned = hand_in(world, "cso", ANSWERS).id, hand_in(world, "cso", ANSWERS)
    services.return_for_correction(returned, Review("unclear", "وضّح الفقرة 2."), actor=world.actor("moderator"))
    deliver()
    actor = world.actor("cso")
    draft = start_draft(world.members["cso"], consultation=world.consultation, actor=actor)
    save_step(draft, {"title": "مسوّدة", "track": ANSWERS}, draft.version, actor=actor)
    return Written(world, accepted, waiting, returned.id, draft.id)


def _switched_off(settings: Settings) -> Iterator[Flask]:
    with running(replace(settings, disabled_plugins=("cso",)), None) as app:
        yield app


def _uninstalled(settings: Settings) -> Iterator[Flask]:
    with running(settings, {}) as app:
        yield app


Gone = Callable[[Settings], Iterator[Flask]]


@pytest.fixture
def written(settings: Settings) -> Written:
    """A consultation with submissions of the track."""
    with running(settings, None):
        return _write()


@pytest.fixture(params=[_switched_off, _uninstalled], ids=["switched off", "no plugin at all"])
def gone(request: pytest.FixtureRequest, settings: Settings, written: Written) -> Iterator[Flask]:
    """The same instance without the track."""
    without: Gone = request.param
    with contextmanager(without)(settings) as app:
        yield app


def _row(submission: uuid.UUID) -> Submission:
    return session.get_one(Submission, submission)


def test_the_register_and_the_queue_go_on(gone: Flask, written: Written) -> None:
    consultation = written.world.consultation
    listed = register(consultation.id, RegisterFilter(track="cso")).rows
    assert [(row.number, row.track, row.withheld) for row in listed] == [(written.accepted, "cso", True)]
    assert [row.number for row in review_queue(consultation.id, track="cso").rows] == [_row(written.waiting).number]
    assert (runtime().hooks.track("cso"), track_of(consultation, "cso"), track_label("cso")) == (None, None, "cso")
    assert questions_of(consultation, "cso") == ()


def test_what_waits_is_reviewed(gone: Flask, written: Written) -> None:
    world = written.world
    assert accept(world, _row(written.waiting)).state == "accepted"
    found = session.scalars(sa.select(Revision).where(Revision.submission_id == written.waiting)).one()
    assert (found.answers, found.private_answers) == (
        {"fields": ["women"]},
        {"kind": "association", "coverage": "national"},
    )


def test_drafts_are_kept_and_whoever_hands_one_in_is_told(gone: Flask, written: Written) -> None:
    world, actor = written.world, written.world.actor("cso")
    draft = session.get_one(Draft, written.draft)
    with pytest.raises(Conflict) as refusal:
        services.submit(submission_draft(draft), consultation=world.consultation, actor=actor)
    assert str(refusal.value.message) == KEPT
    saved = save_step(draft, {"title": "مسوّدة أطول"}, draft.version, actor=actor)
    assert saved.answers["track"] == ANSWERS
    assert [row.id for row in own_drafts([world.members["cso"]])] == [written.draft]


def test_a_returned_one_is_not_corrected_until_the_track_is_back(gone: Flask, written: Written) -> None:
    world, actor = written.world, written.world.actor("cso")
    draft = start_correction(_row(written.returned), actor=actor)
    with pytest.raises(Conflict) as refusal:
        services.correct(submission_draft(draft), consultation=world.consultation, actor=actor)
    assert str(refusal.value.message) == KEPT
    assert session.get_one(Draft, draft.id).answers["track"] == ANSWERS


def test_the_author_may_still_take_back_what_is_theirs(gone: Flask, written: Written) -> None:
    actor = written.world.actor("cso")
    assert services.withdraw(_row(written.waiting), actor=actor).state == "withdrawn"
    discard_draft(session.get_one(Draft, written.draft), actor=actor)
    assert own_drafts([written.world.members["cso"]]) == []


def test_nobody_is_asked_who_is_not_there(gone: Flask, written: Written) -> None:
    consultation = written.world.consultation
    hooks = runtime().hooks.scoped(consultation.enabled_tracks())
    assert "cso" not in {section.track for section in hooks.report_sections(consultation)}
    assert missing_tables() == []
    columns, rows = export_submissions(consultation, actor=written.world.actor("organiser"))
    assert [row["number"] for row in rows] == [written.accepted]
    assert [column for column in columns if "kind" in column or "coverage" in column] == []
    assert compile_document(consultation, "en") is not None


def test_the_pages_say_so(gone: Flask, written: Written) -> None:
    world, browser = written.world, Browser(gone)
    assert written.accepted in browser.get("/en/c/test/submissions/?track=cso").get_data(as_text=True)
    page = browser.get(f"/en/c/test/submissions/{written.accepted}/")
    assert (page.status_code, "تمر بالبلدية أقدم طرق القوافل." in page.get_data(as_text=True)) == (200, True)
    waiting = _row(written.waiting).number
    world.sign_in(browser, "moderator")
    for path in ("/en/c/test/review/", f"/en/c/test/review/{waiting}/"):
        page = browser.get(path)
        assert (page.status_code, waiting in page.get_data(as_text=True)) == (200, True)
    world.sign_in(browser, "cso")
    for path in ("/en/c/test/mine/", "/en/c/test/write/"):
        page = browser.get(path)
        assert (page.status_code, "not available now" in page.get_data(as_text=True)) == (200, True)


def test_when_it_is_back_the_draft_is_handed_in(settings: Settings, written: Written) -> None:
    with running(replace(settings, disabled_plugins=("cso",)), None):
        accept(written.world, _row(written.waiting))
    with running(settings, None):
        world = written.world
        draft = replace(position(world, "cso", ANSWERS), id=written.draft)
        received = services.submit(draft, consultation=world.consultation, actor=world.actor("cso"))
        assert (received.track, received.answers) == ("cso", {"fields": ["women"]})
        assert own_drafts([world.members["cso"]]) == []


def test_the_same_holds_where_one_consultation_switches_the_track_off(app: Flask) -> None:
    written = _write()
    world, consultation = written.world, written.world.consultation
    switch_off(world, "cso")
    assert (track_of(consultation, "cso"), str(track_label("cso"))) == (None, "Civil-society track")
    with pytest.raises(Conflict) as refusal:
        hand_in(world, "cso", ANSWERS)
    assert str(refusal.value.message) == KEPT
    hooks = runtime().hooks.scoped(consultation.enabled_tracks())
    assert {section.track for section in hooks.report_sections(consultation)} == {"municipal", "academic"}
    assert accept(world, _row(written.waiting)).state == "accepted"
    set_up_track(world, "cso", coverage_required="yes")
    assert hand_in(world, "cso", ANSWERS).track == "cso"


def test_a_track_that_is_not_there_cannot_be_switched_on(gone: Flask, written: Written) -> None:
    switch_off(written.world, "cso")
    with pytest.raises(Rejected) as refusal:
        set_up_track(written.world, "cso", coverage_required="yes")
    assert [(p.field, str(p.message)) for p in refusal.value.problems] == [
        ("enabled", "The plugin of this track is not installed.")
    ]
