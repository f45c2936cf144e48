"""The frame: phases, tracks, topics, rules; what cannot be right is refused, what may be meant is shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from consult.accounts.access import ANONYMOUS
from consult.consultations.frame import TrackDraft
from consult.consultations.phases import Gap, gaps, overlaps
from consult.consultations.queries import topics_of
from consult.consultations.services import choose_rules, choose_topics, remove_phase, set_phase, set_phases, set_track
from consult.consultations.timetable import PhaseDraft
from consult.db import session, transaction
from consult.errors import Forbidden, NotFound, Rejected
from consult.events.stream import events_after
from consult.i18n import Localized
from consult.submissions.models import Submission, SubmissionTopic
from consult.testing.world import World

NAMES = Localized(ar="مرحلة", en="Phase", fr="Phase")
MAY = datetime(2026, 5, 1, tzinfo=UTC)


def _phase(key: str, opens: int, closes: int, *rights: str) -> PhaseDraft:
    return PhaseDraft(key, NAMES, MAY + timedelta(days=opens), MAY + timedelta(days=closes), rights)


def test_overlaps_and_gaps_are_shown_not_refused(world: World) -> None:
    drafts = [_phase("a", 0, 10, "submit"), _phase("b", 5, 12, "session", "vote"), _phase("c", 20, 30, "outcome")]
    phases = set_phases(drafts, consultation=world.consultation, actor=world.actor("organiser"))
    assert [(a.key, b.key) for a, b in overlaps(phases)] == [("a", "b")]
    assert gaps(phases) == [Gap(MAY + timedelta(days=12), MAY + timedelta(days=20))]
    assert [p.key for p in world.consultation.phases] == ["a", "b", "c"]
    (event,) = events_after(world.consultation_id)
    assert (event.type, event.facts["phases"], event.facts["opens_at"][0]) == (
        "PhasesSet",
        ["a", "b", "c"],
        "2026-05-01T00:00:00+00:00",
    )


def test_what_cannot_be_right_is_refused_at_its_field(world: World) -> None:
    wrong = PhaseDraft("b", Localized(ar="ب"), MAY, MAY, ["fly"])
    with pytest.raises(Rejected) as refused:
        set_phases(
            [_phase("a", 0, 1), _phase("a", 2, 3), wrong, _phase("B!", 0, 1)],
            consultation=world.consultation,
            actor=world.actor("organiser"),
        )
    assert [problem.field for problem in refused.value.problems] == [
        "b.names_en",
        "b.names_fr",
        "b.closes_at",
        "b.rights",
        "B!.key",
        "a.key",
    ]
    assert sorted(p.key for p in world.consultation.phases) == ["outcome", "sessions", "writing"]


def test_one_phase_is_changed_added_and_removed(world: World) -> None:
    consultation, organiser = world.consultation, world.actor("organiser")
    changed = set_phase(_phase("writing", 0, 400, "vote", "submit"), consultation=consultation, actor=organiser)
    assert changed.rights == ["submit", "vote"]
    set_phase(_phase("extra", 400, 401), consultation=consultation, actor=organiser)
    remove_phase("outcome", consultation=consultation, actor=organiser)
    assert sorted(p.key for p in world.consultation.phases) == ["extra", "sessions", "writing"]
    with pytest.raises(NotFound):
        remove_phase("outcome", consultation=consultation, actor=organiser)
    with pytest.raises(Rejected):
        set_phase(_phase("extra", 5, 4), consultation=consultation, actor=organiser)


@pytest.mark.parametrize("who", ["administrator", "moderator", "ghat"])
def test_only_its_organisers_change_the_frame(world: World, who: str) -> None:
    consultation, actor = world.consultation, world.actor(who)
    with pytest.raises(Forbidden):
        set_phases([], consultation=consultation, actor=actor)
    with pytest.raises(Forbidden):
        set_phase(_phase("a", 0, 1), consultation=consultation, actor=actor)
    with pytest.raises(Forbidden):
        remove_phase("outcome", consultation=consultation, actor=actor)
    with pytest.raises(Forbidden):
        set_track(TrackDraft("cso", enabled=False), consultation=consultation, actor=actor)
    with pytest.raises(Forbidden):
        choose_topics([], consultation=consultation, actor=actor)
    with pytest.raises(Forbidden):
        choose_rules({}, consultation=consultation, actor=ANONYMOUS)
    assert events_after(world.consultation_id) == []


def test_a_track_is_set_with_the_answers_its_plugin_asks_for(world: World) -> None:
    organiser = world.actor("organiser")
    draft = TrackDraft("municipal", enabled=True, seats=45, settings={"endorsed": "no"})
    row = set_track(draft, consultation=world.consultation, actor=organiser)
    assert (row.seats, row.settings) == (45, {"endorsed": False})
    off = set_track(TrackDraft("municipal", enabled=False, seats=45), consultation=world.consultation, actor=organiser)
    assert (off.enabled, off.settings) == (False, {"endorsed": False})
    assert world.consultation.enabled_tracks() == ["academic", "cso"]


def test_a_missing_answer_too_many_seats_and_a_missing_plugin_are_refused(world: World) -> None:
    organiser, consultation = world.actor("organiser"), world.consultation
    with pytest.raises(Rejected) as refused:
        set_track(TrackDraft("municipal", enabled=True, seats=2001), consultation=consultation, actor=organiser)
    assert [problem.field for problem in refused.value.problems] == ["endorsed", "seats"]
    with pytest.raises(Rejected) as refused:
        set_track(TrackDraft("academic", enabled=True, seats=16), consultation=consultation, actor=organiser)
    assert [problem.field for problem in refused.value.problems] == ["enabled"]
    set_track(TrackDraft("academic", enabled=False, seats=16), consultation=consultation, actor=organiser)
    with pytest.raises(Rejected):
        set_track(TrackDraft("unheard-of", enabled=False), consultation=consultation, actor=organiser)


def test_topics_are_chosen_in_order_and_one_that_is_used_stays(world: World) -> None:
    organiser = world.actor("organiser")
    chosen = choose_topics(["jvap:1", "gcm:15", "gcm:1"], consultation=world.consultation, actor=organiser)
    assert [topic.slug for topic in chosen] == ["jvap-1", "gcm-15", "gcm-1"]
    assert chosen[1].id == world.topics["gcm-15"]
    assert chosen[0].names["en"] == "Development and root causes"
    with transaction():
        submission = Submission(
            consultation_id=world.consultation_id,
            number="TT-2026-00001",
            track="",
            title="t",
            language="ar",
            state="received",
            received_at=MAY,
        )
        session.add(submission)
        session.flush()
        session.add(SubmissionTopic(submission_id=submission.id, topic_id=world.topics["gcm-1"]))
    with pytest.raises(Rejected) as refused:
        choose_topics(["jvap:1"], consultation=world.consultation, actor=organiser)
    assert refused.value.problems[0].field == "topics"
    assert len(topics_of(world.consultation_id)) == 3
    with pytest.raises(Rejected):
        choose_topics(["gcm:99"], consultation=world.consultation, actor=organiser)


def test_each_kind_of_ballot_has_a_rule_that_exists(world: World) -> None:
    organiser = world.actor("organiser")
    choose_rules({"choice": "LPDF-R1", "recommendation": "CONS-1"}, consultation=world.consultation, actor=organiser)
    assert world.consultation.rules == {"recommendation": "CONS-1", "procedural": "GA-SIMPLE", "choice": "LPDF-R1"}
    with pytest.raises(Rejected) as refused:
        choose_rules({"choice": "NONE", "coup": "CONS"}, consultation=world.consultation, actor=organiser)
    assert [problem.field for problem in refused.value.problems] == ["coup", "choice"]
    (event,) = events_after(world.consultation_id)
    assert event.facts == {
        "kinds": ["choice", "procedural", "recommendation"],
        "rules": ["LPDF-R1", "GA-SIMPLE", "CONS-1"],
    }
