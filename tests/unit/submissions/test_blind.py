"""Texts that are judged blind: the name is set aside at hand-in and put back when a phase lets the names be opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from consult.accounts.access import OPERATOR
from consult.accounts.models import Person
from consult.consultations.frame import TrackDraft, set_track
from consult.consultations.models import ConsultationTrack, Phase
from consult.db import session, transaction
from consult.errors import Conflict, Forbidden
from consult.events.models import EventRow
from consult.i18n import Message
from consult.plugins.questions import Question, QuestionKind
from consult.settings import Settings
from consult.submissions.cosigning.services import ask_body
from consult.submissions.drafting.drafts import start_correction, submission_draft
from consult.submissions.models import Revision, Submission
from consult.submissions.register import RegisterFilter, register
from consult.submissions.review.blind import bodies_behind, count_sealed, open_names
from consult.submissions.review.blind_models import SealedName
from consult.submissions.services import Review, SubmissionDraft, accept, correct, return_for_correction, submit
from consult.testing.acts import recorded
from consult.testing.peer_review import TRACK, set_blind
from consult.testing.small_tracks import AcademicTrack, CsoTrack, MunicipalTrack, running_app, small_plugins
from consult.testing.world import World


class Academic(AcademicTrack):
    """Asks two things, one of which tells who wrote."""

    def questions(self, settings: Mapping[str, Any]) -> Sequence[Question]:
        """Ask for discipline and affiliation."""
        return (
            Question("discipline", QuestionKind.TEXT, Message("Discipline")),
            Question("affiliation", QuestionKind.TEXT, Message("Affiliation"), identifies=True),
        )


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """An application whose academic track asks for the affiliation."""
    yield from running_app(settings, small_plugins(MunicipalTrack, Academic, CsoTrack))


@pytest.fixture
def write(world: World) -> Callable[..., Submission]:
    """Hand in a paper of the blind track."""
    set_blind(world)
    answers = {"discipline": "law", "affiliation": "Kanaryos Institute"}

    def hand_in(key: str = "professor", **more: Any) -> Submission:
        draft = SubmissionDraft(
            world.members[key], "Counting", "en", "What is counted.", topics=("gcm-1",), answers=answers, **more
        )
        return submit(draft, consultation=world.consultation, actor=world.actor(key))

    return hand_in


def test_a_name_is_set_aside_and_put_back(world: World, write: Callable[..., Submission]) -> None:
    organiser, here = world.actor("organiser"), world.consultation
    row = write()
    assert (row.withheld, row.body_id, row.author, row.answers) == (True, None, "", {"discipline": "law"})
    assert bodies_behind([row.id]) == {row.id: {world.bodies["professor"]}}
    assert count_sealed(here.id) == {TRACK: 1}
    events = session.execute(
        sa.select(EventRow.actor_id, EventRow.facts).where(EventRow.type.like("Submission%"))
    ).all()
    assert [(event.actor_id, event.facts["body"]) for event in events] == [(None, None)]
    accept(row, Review("in_order"), actor=world.actor("moderator"))
    assert register(here.id, RegisterFilter(words="Zawiya")).rows == []
    fingerprint = session.scalars(sa.select(Revision.fingerprint)).one()
    with pytest.raises(Forbidden):
        open_names(TRACK, consultation=here, actor=world.actor("moderator"))
    assert open_names(TRACK, consultation=here, actor=organiser) == 1
    row = session.get_one(Submission, row.id)
    assert (row.withheld, row.body_id) == (False, world.bodies["professor"])
    assert row.answers == {"discipline": "law", "affiliation": "Kanaryos Institute"}
    assert session.scalars(sa.select(Revision.fingerprint)).one() == fingerprint
    assert len(register(here.id, RegisterFilter(words="Zawiya")).rows) == 1
    assert [event.facts for event in recorded("NamesOpened")] == [{"track": TRACK, "texts": 1}]
    assert write().withheld is False  # what comes afterwards is named
    with pytest.raises(Conflict):
        open_names(TRACK, consultation=here, actor=organiser)


def test_names_are_opened_in_a_phase_that_opens_them_only(world: World, write: Callable[..., Submission]) -> None:
    write()
    with transaction():
        for phase in session.scalars(sa.select(Phase)):
            phase.rights = [right for right in phase.rights if right != "names"]
    session.expire_all()
    with pytest.raises(Conflict):
        open_names(TRACK, consultation=world.consultation, actor=world.actor("organiser"))
    assert session.scalars(sa.select(SealedName)).one().body_id == world.bodies["professor"]


def test_a_corrected_text_stays_sealed_when_its_track_is_named_again(
    world: World, write: Callable[..., Submission]
) -> None:
    row = write()
    return_for_correction(row, Review("unclear", "Say more."), actor=world.actor("moderator"))
    set_blind(world, blind=False)
    draft = submission_draft(start_correction(row, actor=world.actor("professor")))
    assert draft.withheld is False
    correct(draft, consultation=world.consultation, actor=world.actor("professor"))
    assert (row.withheld, row.author, row.answers) == (True, "", {"discipline": "law"})
    open_names(TRACK, consultation=world.consultation, actor=world.actor("organiser"))
    assert session.get_one(Submission, row.id).body_id == world.bodies["professor"]


def test_a_person_without_a_body_is_named_by_their_name_then(world: World, write: Callable[..., Submission]) -> None:
    with transaction():
        world.member("professor").own_body_id = None
    row = write()
    assert (
        session.scalars(sa.select(SealedName.author)).one() == session.get_one(Person, world.people["professor"]).name
    )
    assert row.author == ""


def test_whoever_withholds_the_name_stays_unnamed(world: World, write: Callable[..., Submission]) -> None:
    with transaction():
        world.member("professor").withheld = True
    row = write()
    assert count_sealed(world.consultation_id) == {}
    open_names(TRACK, consultation=world.consultation, actor=world.actor("organiser"))
    assert session.get_one(Submission, row.id).withheld is True


def test_nobody_is_asked_to_cosign_a_sealed_text(world: World, write: Callable[..., Submission]) -> None:
    with pytest.raises(Conflict):
        ask_body(write(), "LY032101", consultation=world.consultation, actor=world.actor("professor"))


def test_organisers_set_a_track_blind(world: World, write: Callable[..., Submission]) -> None:
    set_blind(world, blind=False)
    for blind in (True, True, None, False):
        set_track(
            TrackDraft(TRACK, enabled=True, seats=200, blind=blind), consultation=world.consultation, actor=OPERATOR
        )
    told = [event.facts["blind"] for event in recorded("TrackBlindSet")]
    assert (told, session.get_one(ConsultationTrack, (world.consultation_id, TRACK)).blind) == ([True, False], False)


def test_what_tells_who_wrote_stays_back_where_the_name_is_gone(world: World, write: Callable[..., Submission]) -> None:
    row = write()
    with transaction():
        session.execute(sa.update(SealedName).values(body_id=None, author=""))
    assert open_names(TRACK, consultation=world.consultation, actor=world.actor("organiser")) == 1
    row = session.get_one(Submission, row.id)
    assert (row.withheld, row.answers) == (True, {"discipline": "law"})
