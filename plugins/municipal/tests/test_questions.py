"""What a municipality is asked, and what it is told."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from consult_municipal.track import MunicipalTrack, municipalities

from consult.sdk import Body, Rejected, clean_answers, clock, session, transaction
from consult.testing.acts import hand_in, said, set_up_track
from consult.testing.world import World

GOOD = {"council_date": "2025-03-30", "council_decision": "31/2026", "services": ["schools", "health"]}
#: Seven in the evening in London, nine in the evening in Tripoli.
EVENING = datetime(2026, 11, 24, 19, tzinfo=UTC)


def _refused(world: World, **answers: object) -> list[tuple[str, str]]:
    with pytest.raises(Rejected) as refusal:
        hand_in(world, "ghat", GOOD | answers)
    return said(refusal.value)


def test_a_position_is_handed_in_with_the_endorsement_of_the_council(world: World) -> None:
    received = hand_in(world, "ghat", GOOD)
    assert received.track == "municipal"
    assert received.body_id == world.bodies["ghat"]
    assert received.answers == {
        "council_date": "2025-03-30",
        "council_decision": "31/2026",
        "services": ["health", "schools"],
    }


def test_the_endorsement_is_missing(world: World) -> None:
    with pytest.raises(Rejected) as refusal:
        hand_in(world, "ghat")
    assert said(refusal.value) == [
        ("council_date", "Answer this question."),
        ("council_decision", "Answer this question."),
    ]


def test_organisers_may_do_without_the_endorsement(world: World) -> None:
    set_up_track(world, "municipal", endorsement_required="no")
    assert hand_in(world, "ghat").answers == {}


@pytest.mark.parametrize("number", ["31/2026", "31-2026", "٣١/٢٠٢٦", "۳۱/۲۰۲۶", "31 / 2026", "1/1999", "9999/2026"])
def test_a_decision_number_is_written_in_any_of_these_forms(world: World, number: str) -> None:
    assert hand_in(world, "ghat", GOOD | {"council_decision": number}).answers["council_decision"] == number


@pytest.mark.parametrize("number", ["31", "2026/31", "31/26", "0/2026", "31/2026 bis", "31//2026", "٣١", "31/0026"])
def test_another_form_is_refused_with_an_example(world: World, number: str) -> None:
    wrong = [("council_decision", "Write the number and the year, for example 31/2026.")]
    assert _refused(world, council_decision=number) == wrong


def test_a_decision_number_has_an_end(world: World) -> None:
    wrong = [("council_decision", "Write at most 20 characters; this has 21.")]
    assert _refused(world, council_decision="3" * 21) == wrong


@pytest.mark.parametrize(
    ("zone", "moment", "day", "accepted"),
    [
        ("Africa/Tripoli", EVENING, "2026-11-24", True),
        ("Africa/Tripoli", EVENING, "2026-11-25", False),
        ("Africa/Tripoli", EVENING + timedelta(hours=3), "2026-11-25", True),  # past midnight in Tripoli, not in UTC
        ("America/New_York", EVENING + timedelta(hours=6), "2026-11-25", False),  # past midnight in UTC, not there
        ("Pacific/Kiritimati", EVENING - timedelta(hours=8), "2026-11-25", True),  # 11:00 in UTC, 01:00 there
        ("Africa/Tripoli", EVENING, "2062-11-24", False),
    ],
)
def test_the_day_of_the_endorsement_has_begun_where_the_consultation_is(
    world: World, zone: str, moment: datetime, day: str, accepted: bool
) -> None:
    with transaction():
        consultation = world.consultation
        consultation.timezone = zone
        for phase in consultation.phases:
            phase.opens_at, phase.closes_at = EVENING - timedelta(days=30), EVENING + timedelta(days=30)
    with clock.at(moment):
        if accepted:
            assert hand_in(world, "ghat", GOOD | {"council_date": day}).answers["council_date"] == day
        else:
            assert _refused(world, council_date=day) == [("council_date", "This date is still to come.")]


def test_a_day_that_has_begun_nowhere_is_refused_at_the_field_already() -> None:
    with clock.at(EVENING):
        found = [
            clean_answers(MunicipalTrack().questions({}), GOOD | {"council_date": day})[1]
            for day in ("2026-11-25", "2026-11-26")
        ]
    assert [[(p.field, str(p.message)) for p in problems] for problems in found] == [
        [],
        [("council_date", "This date is still to come.")],
    ]


def test_a_service_that_is_not_offered_is_refused(world: World) -> None:
    assert _refused(world, services=["health", "astronomy"]) == [("services", "Choose among the answers.")]


def test_municipalities_come_from_the_shipped_file() -> None:
    towns = municipalities()
    assert len(towns) == 142
    assert len({town.key for town in towns}) == 142
    assert Counter(town.region for town in towns) == {"west": 59, "east": 26, "south": 15, "": 42}
    assert (sum("ar" in town.names for town in towns), sum("en" in town.names for town in towns)) == (142, 100)


def test_a_municipality_votes_in_its_region(world: World) -> None:
    track = MunicipalTrack()
    assert [part.key for part in track.constituencies()] == ["west", "east", "south"]
    ghat = session.get_one(Body, world.bodies["ghat"])
    assert track.constituency_of(ghat) == "south"
    ghat.region = "atlantis"
    assert (track.constituency_of(ghat), track.constituency_of(None)) == ("", "")
    session.rollback()


def test_it_suggests_an_item_for_the_agenda(world: World) -> None:
    assert [dict(title) for title in MunicipalTrack().agenda_outline(world.consultation)] == [
        {
            "ar": "كلمات البلديات بحسب الإقليم",
            "en": "Statements of municipalities, by region",
            "fr": "Interventions des municipalités, par région",
        }
    ]
