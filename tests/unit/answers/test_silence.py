"""No silence: the phase of the outcome does not end while texts have no answer, unless with a reason that everybody reads."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from consult import clock
from consult.consultations.ending import Silence
from consult.consultations.models import Phase
from consult.consultations.services import remove_phase, set_phase, set_phases
from consult.consultations.timetable import PhaseDraft
from consult.db import session
from consult.errors import Conflict, Forbidden, Rejected
from consult.events.models import EventRow
from consult.outcomes.services import explain_past_end
from consult.outcomes.silence import ended_in_silence, silent_ends
from consult.recommendations.answer_counts import OpenTexts, count_answers, count_open
from consult.recommendations.services import Answer, Target, answer
from consult.submissions.services import Review, hide, return_for_correction
from consult.testing.story import Story

WHY = Silence("القراءة مستمرة.", "ar")


def outcome(story: Story) -> PhaseDraft:
    """The phase of the outcome as it is."""
    row = next(phase for phase in story.world.consultation.phases if phase.key == "outcome")
    return PhaseDraft(row.key, row.names, row.opens_at, row.closes_at, tuple(row.rights))


def ended(story: Story, **ago: int) -> PhaseDraft:
    given = outcome(story)
    return PhaseDraft(given.key, given.names, given.opens_at, clock.now() - timedelta(**ago), given.rights)


def phases(story: Story) -> list[str]:
    return sorted(
        session.scalars(sa.select(Phase.key).where(Phase.consultation_id == story.world.consultation_id)).all()
    )


def fields(refused: Rejected) -> list[str]:
    return [problem.field for problem in refused.problems]


def test_every_submission_counts_until_it_has_come_to_an_end(story: Story) -> None:
    here = story.world.consultation_id
    assert count_open(story.world.consultation) == OpenTexts(unanswered=3, received=1, returned=0)
    target = Target(story.submissions["ghat"])
    answer(Answer("noted"), [target], consultation=story.world.consultation, actor=story.world.actor("organiser"))
    hide(story.submission("cso"), Review("harm", "Words."), actor=story.world.actor("moderator"))
    return_for_correction(story.submission("derna"), Review("unclear", "Words."), actor=story.world.actor("moderator"))
    found = count_open(story.world.consultation)
    assert (found, found.total) == (OpenTexts(unanswered=1, received=0, returned=1), 2)  # what is hidden has its ground
    counts = count_answers(here)
    assert counts.undecided == {("returned", "municipal"): 1}
    assert (counts.in_state("returned"), counts.in_state("received")) == (1, 0)


def test_the_phase_does_not_end_without_a_reason(story: Story) -> None:
    world, here, organiser = story.world, story.world.consultation, story.world.actor("organiser")
    before = outcome(story)
    others = [
        PhaseDraft(p.key, p.names, p.opens_at, p.closes_at, tuple(p.rights)) for p in here.phases if p.key != "outcome"
    ]
    without = PhaseDraft(before.key, before.names, before.opens_at, before.closes_at, ())
    for attempt in (
        lambda: set_phase(ended(story, seconds=1), consultation=here, actor=organiser),
        lambda: set_phase(without, consultation=here, actor=organiser),
        lambda: set_phases(others, consultation=here, actor=organiser),
        lambda: remove_phase("outcome", consultation=here, actor=organiser),
        lambda: remove_phase("outcome", consultation=here, actor=organiser, silence=Silence(" ", "ar")),
    ):
        with pytest.raises(Rejected) as refused:
            attempt()
        assert fields(refused.value) == ["silence"]
    with pytest.raises(Rejected) as refused:
        remove_phase("outcome", consultation=here, actor=organiser, silence=Silence("x" * 1001, "?"))
    assert fields(refused.value) == ["silence_language", "silence"]
    assert (outcome(story), phases(story)) == (before, ["outcome", "sessions", "writing"])
    assert silent_ends(world.consultation_id) == []


def test_with_a_reason_it_ends_and_everybody_reads_why(story: Story) -> None:
    here, organiser = story.world.consultation, story.world.actor("organiser")
    set_phase(ended(story, seconds=1), consultation=here, actor=organiser, silence=WHY)
    [row] = silent_ends(here.id)
    assert (row.unanswered, row.reason, row.language) == (4, WHY.reason, "ar")
    assert ended_in_silence(story.world.consultation).total == 0
    event = session.scalars(sa.select(EventRow).where(EventRow.type == "EndExplained")).one()
    assert (event.facts, event.actor_id) == ({"unanswered": 4}, story.world.people["organiser"])


def test_what_is_shortened_and_another_phase_of_the_outcome_ask_for_nothing(story: Story) -> None:
    here, organiser = story.world.consultation, story.world.actor("organiser")
    given = outcome(story)
    later = PhaseDraft("late", given.names, given.closes_at, given.closes_at + timedelta(days=9), ("outcome",))
    set_phase(later, consultation=here, actor=organiser)
    remove_phase("outcome", consultation=here, actor=organiser)  # the late one still opens it
    remove_phase("writing", consultation=here, actor=organiser)
    assert (phases(story), silent_ends(here.id)) == (["late", "sessions"], [])


def test_where_every_text_has_an_end_the_phase_ends_without_a_word(story: Story) -> None:
    here, organiser = story.world.consultation, story.world.actor("organiser")
    hide(story.submission("derna"), Review("harm", "Words."), actor=story.world.actor("moderator"))
    texts = [Target(story.submissions[key]) for key in ("ghat", "professor", "cso")]
    answer(Answer("noted"), texts, consultation=here, actor=organiser)
    set_phase(ended(story, seconds=1), consultation=here, actor=organiser)
    assert (ended_in_silence(story.world.consultation).total, silent_ends(here.id)) == (0, [])


def test_an_end_by_the_clock_is_explained_afterwards_once(story: Story) -> None:
    here, organiser = story.world.consultation, story.world.actor("organiser")
    with pytest.raises(Conflict, match="nothing to explain"):
        explain_past_end(WHY, consultation=here, actor=organiser)
    with clock.at(clock.now() + timedelta(days=60)):
        assert ended_in_silence(here).total == 4
        with pytest.raises(Forbidden):
            explain_past_end(WHY, consultation=here, actor=story.world.actor("moderator"))
        with pytest.raises(Rejected) as refused:
            explain_past_end(Silence("", "ar"), consultation=here, actor=organiser)
        assert fields(refused.value) == ["silence"]
        explain_past_end(WHY, consultation=here, actor=organiser)
        assert (ended_in_silence(here).total, [row.unanswered for row in silent_ends(here.id)]) == (0, [4])
        with pytest.raises(Conflict):
            explain_past_end(WHY, consultation=here, actor=organiser)
        again = outcome(story)
        set_phase(
            PhaseDraft(again.key, again.names, again.opens_at, clock.now() + timedelta(days=1), again.rights),
            consultation=here,
            actor=organiser,
        )
    with clock.at(clock.now() + timedelta(days=90)):
        assert ended_in_silence(story.world.consultation).total == 4  # it was opened again, and has ended again
