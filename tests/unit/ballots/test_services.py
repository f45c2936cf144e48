"""Ballots: prepared, opened with a frozen roll, cast, closed and counted, annulled, followed; and what is refused."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import timedelta

import pytest
import sqlalchemy as sa

from consult import clock
from consult.accounts.access import ANONYMOUS, Actor, allowed
from consult.ballots.box import cast
from consult.ballots.choices import Option
from consult.ballots.models import Ballot, OpenChoice, RollEntry
from consult.ballots.queries import (
    ballot_by_number,
    ballots_on,
    ballots_page,
    own_choices,
    roll_of,
    rules_for,
    standing_ballot,
    turnout,
)
from consult.ballots.report import report_of
from consult.ballots.roll import Voter, commitment
from consult.ballots.rules import Outcome
from consult.ballots.services import (
    Backing,
    BallotDraft,
    NextRound,
    Ruling,
    add_rule,
    annul,
    close_ballot,
    open_ballot,
    open_next_round,
    prepare_ballot,
    prepare_next_round,
)
from consult.ballots.states import BallotKind
from consult.consultations.models import Member, Phase, Seat
from consult.db import session, transaction
from consult.errors import Conflict, Forbidden, Rejected
from consult.events.checkpoint import verify_log
from consult.events.models import Checkpoint
from consult.events.stream import events_after
from consult.i18n import Localized
from consult.recommendations.models import Recommendation
from consult.recommendations.services import ClauseDraft, VersionDraft, write_version
from consult.sessions.models import Attendance, MinutesEntry, Session
from consult.testing.plenary import fill_seats, propose_recommendation, vacate_seats, voter
from consult.testing.world import World

QUESTION = Localized(ar="هل تعتمد؟", en="Do you adopt it?")
OPTIONS = tuple(Option(key, Localized(ar=key)) for key in ("tripoli", "sebha", "benghazi"))
EVERYBODY = ("ghat", "derna", "zuwara", "professor", "cso")


def _prepare(world: World, rule: str = "GA-2/3", **more: object) -> Ballot:
    kind = BallotKind.CHOICE if "options" in more else BallotKind.PROCEDURAL
    draft = BallotDraft(**{"kind": kind, "rule": rule, "questions": QUESTION, **more})  # type: ignore[arg-type]
    return prepare_ballot(draft, consultation=world.consultation, actor=world.actor("organiser"))


def _open(world: World, rule: str = "GA-2/3", **more: object) -> Ballot:
    return open_ballot(_prepare(world, rule, **more), actor=world.actor("moderator"))


def _on(world: World, rule: str = "GA-2/3") -> tuple[Recommendation, Ballot]:
    row = propose_recommendation(world)
    return row, _open(world, rule, kind=BallotKind.RECOMMENDATION, recommendation=row.id)


def _vote(world: World, ballot: Ballot, **choices: str) -> None:
    for who, choice in choices.items():
        cast(ballot, choice, actor=world.actor(who))


def _close(world: World, ballot: Ballot, ruling: Ruling | None = None) -> Ballot:
    return close_ballot(ballot, actor=world.actor("moderator"), ruling=ruling)


def _sitting(world: World, *present: str) -> uuid.UUID:
    now = clock.now()
    row = Session(
        consultation_id=world.consultation_id,
        number=1,
        kind="plenary",
        names=Localized(ar="الجلسة"),
        venues=Localized(),
        starts_at=now,
        ends_at=now + timedelta(hours=2),
        state="open",
    )
    with transaction():
        session.add(row)
        session.flush()
        session.add_all(Attendance(session_id=row.id, member_id=world.members[key], came_at=now) for key in present)
    return row.id


def _types(world: World) -> list[str]:
    return [event.type for event in events_after(world.consultation_id)]


def test_from_preparing_to_the_result(world: World) -> None:
    row, ballot = _on(world)
    assert (row.state, ballot.version, ballot.seats, ballot.number, ballot.round) == ("voting", 1, 5, 1, 1)
    _vote(world, ballot, ghat="for", derna="for", zuwara="for", professor="against", cso="abstain")
    closed = _close(world, ballot)
    assert closed.result is not None
    assert closed.result["outcome"] == "adopted"
    assert closed.result["conditions"] == {"threshold": {"count": 3, "base": 4, "needed": 3, "met": True}}
    assert closed.result["tracks"]["municipal"] == {"for": 3, "against": 0, "abstain": 0, "voters": 3}
    assert (closed.result["voters"], closed.result["cast"]) == (5, 5)
    assert (row.state, row.decided_at) == ("adopted", closed.closed_at)
    assert _types(world) == [
        "RecommendationDrafted",
        "VersionWritten",
        "RecommendationProposed",
        "BallotPrepared",
        "BallotOpened",
        "BallotClosed",
    ]


def test_events_hold_totals_and_never_a_choice(world: World) -> None:
    _, ballot = _on(world)
    _vote(world, ballot, ghat="for", cso="against")
    _close(world, ballot)
    opened, closed = events_after(world.consultation_id)[-2:]
    assert opened.facts["roll_hash"] == ballot.roll_hash
    assert (opened.facts["seats"], opened.facts["voters"], opened.facts["present"]) == (5, 5, None)
    assert (closed.facts["outcome"], closed.facts["choices"], closed.facts["votes"]) == (
        "rejected",
        ["for", "against", "abstain"],
        [1, 1, 0],
    )
    everything = [str(event.facts) for event in events_after(world.consultation_id)]
    assert not any(str(world.members[key]) in facts for key in EVERYBODY for facts in everything)
    assert session.execute(sa.select(sa.func.count()).select_from(Checkpoint)).scalar_one() == 2
    assert verify_log()[1] == []


def test_the_roll_is_frozen_although_seats_change(world: World) -> None:
    ballot = _open(world, "LPDF-DBL66")
    with transaction():
        session.execute(sa.update(Seat).where(Seat.holder_id == world.members["ghat"]).values(holder_id=None))
        session.execute(sa.update(Seat).where(Seat.holder_id == world.members["derna"]).values(constituency="west"))
        session.execute(sa.delete(Seat).where(Seat.holder_id.is_(None), ~Seat.id.in_(sa.select(RollEntry.seat_id))))
    _vote(world, ballot, derna="for")
    cast(ballot, "for", actor=voter(world, world.members["ghat"]))
    result = _close(world, ballot).result
    assert result is not None
    assert result["conditions"] == {
        "threshold": {"count": 2, "base": 5, "needed": 4, "met": False},
        "constituency:east": {"count": 1, "base": 1, "needed": 1, "met": True},
        "constituency:south": {"count": 1, "base": 2, "needed": 2, "met": False},
        "constituency:west": {"count": 0, "base": 2, "needed": 2, "met": False},
    }


def test_the_commitment_is_of_the_roll_sorted(world: World) -> None:
    ballot = _open(world)
    entries = session.scalars(sa.select(RollEntry).where(RollEntry.ballot_id == ballot.id)).all()
    voters = [Voter(e.voter_id, e.seat_id, e.track, e.constituency, e.present) for e in entries]
    assert commitment(voters) == ballot.roll_hash == commitment(reversed(voters))
    assert len(ballot.roll_hash) == 64
    assert commitment(voters[1:]) != ballot.roll_hash


def test_who_has_left_and_empty_seats_are_not_on_the_roll_but_in_the_base(world: World) -> None:
    with transaction():
        session.execute(sa.update(Member).where(Member.id == world.members["ghat"]).values(part_ended_at=clock.now()))
        session.execute(sa.update(Seat).where(Seat.holder_id == world.members["derna"]).values(holder_id=None))
    ballot = _open(world, "NDC-90")
    assert (ballot.seats, turnout(ballot.id)) == (5, (3, 0))
    with pytest.raises(Forbidden):
        cast(ballot, "for", actor=voter(world, world.members["ghat"]))


def test_in_a_session_a_rule_that_counts_presence_lets_those_present_vote(world: World) -> None:
    sitting = _sitting(world, "ghat", "derna", "professor", "cso")
    ballot = _open(world, "NDC-CC", session=sitting)
    assert (ballot.seats, ballot.present, turnout(ballot.id)) == (5, 4, (4, 0))
    with pytest.raises(Forbidden):
        _vote(world, ballot, zuwara="for")
    _vote(world, ballot, ghat="for", derna="for", professor="for")
    result = _close(world, ballot).result
    assert result is not None
    assert result["conditions"]["quorum"] == {"count": 4, "base": 5, "needed": 4, "met": True}
    assert result["outcome"] == "adopted"


def test_in_a_session_another_rule_lets_everybody_vote_and_keeps_who_was_there(world: World) -> None:
    ballot = _open(world, session=_sitting(world, "ghat"))
    assert (ballot.present, turnout(ballot.id)) == (1, (5, 0))
    assert [line.present for line in roll_of(ballot) if line.voter == world.members["ghat"]] == [True]
    _vote(world, ballot, zuwara="for", derna="against")
    _close(world, ballot)
    assert [entry.kind for entry in session.scalars(sa.select(MinutesEntry).order_by(MinutesEntry.id))] == [
        "BallotOpened",
        "BallotClosed",
    ]


def test_a_session_must_sit_and_a_phase_must_open_voting(world: World) -> None:
    sitting = _sitting(world)
    ballot = _prepare(world, session=sitting)
    with transaction():
        session.execute(sa.update(Session).values(state="suspended"))
    with pytest.raises(Conflict):
        open_ballot(ballot, actor=world.actor("moderator"))
    with transaction():
        session.execute(sa.update(Session).values(state="open"))
        session.execute(sa.update(Phase).where(Phase.key == "sessions").values(rights=["session"]))
    with pytest.raises(Conflict):
        open_ballot(ballot, actor=world.actor("moderator"))
    assert (ballot.state, ballot.roll_hash) == ("prepared", "")


def test_a_choice_is_changed_until_the_closing_and_kept_once(world: World) -> None:
    ballot = _open(world)
    for choice in ("for", "against", "abstain"):
        _vote(world, ballot, ghat=choice)
    assert own_choices(ballot.id, [world.members["ghat"], world.members["derna"]]) == {
        world.members["ghat"]: "abstain",
        world.members["derna"]: None,
    }
    assert session.execute(sa.select(sa.func.count()).select_from(OpenChoice)).scalar_one() == 1
    _close(world, ballot)
    with pytest.raises(Conflict):
        _vote(world, ballot, ghat="for")


def test_what_is_not_on_the_paper_or_who_is_not_on_the_roll_is_refused(world: World) -> None:
    ballot = _open(world)
    with pytest.raises(Rejected) as refused:
        _vote(world, ballot, ghat="maybe")
    assert refused.value.problems[0].field == "choice"
    for actor in (ANONYMOUS, world.actor("moderator"), world.actor("organiser")):
        with pytest.raises(Forbidden):
            cast(ballot, "for", actor=actor)
    with pytest.raises(Forbidden):
        cast(ballot, "for", actor=world.actor("ghat"), voter=world.members["derna"])
    assert turnout(ballot.id) == (5, 0)


def test_casting_is_no_event(world: World) -> None:
    ballot = _open(world)
    before = _types(world)
    _vote(world, ballot, ghat="for", derna="against")
    assert _types(world) == before


def test_nobody_reads_a_choice_before_the_closing(world: World) -> None:
    ballot = _open(world)
    _vote(world, ballot, ghat="for", cso="against")
    assert [line.choice for line in roll_of(ballot)] == [None] * 5
    assert report_of(ballot) is None
    assert turnout(ballot.id) == (5, 2)
    closed = _close(world, ballot)
    assert {str(line.name.official): line.choice for line in roll_of(closed) if line.track == "cso"} == {
        "Participant 5, name withheld": "against"
    }


def test_an_annulled_ballot_frees_the_recommendation(world: World) -> None:
    row, ballot = _on(world)
    _vote(world, ballot, ghat="for")
    with pytest.raises(Rejected):
        annul(ballot, " ", actor=world.actor("moderator"))
    annulled = annul(ballot, "انقطع التيار", language="ar", actor=world.actor("moderator"))
    assert (annulled.state, annulled.annulled_because, annulled.result, row.state) == (
        "annulled",
        "انقطع التيار",
        None,
        "proposed",
    )
    with pytest.raises(Conflict):
        _vote(world, ballot, ghat="for")
    for act in (open_ballot, close_ballot):
        with pytest.raises(Conflict):
            act(ballot, actor=world.actor("moderator"))
    with pytest.raises(Conflict):
        annul(ballot, "مرة أخرى", actor=world.actor("moderator"))
    again = _open(world, kind=BallotKind.RECOMMENDATION, recommendation=row.id)
    _vote(world, again, ghat="for")
    _close(world, again)
    assert (row.state, [b.number for b in ballots_on(row.id)]) == ("adopted", [2, 1])
    standing = standing_ballot(ballots_on(row.id))
    assert standing is not None
    assert standing.number == 2


def test_annulling_a_result_returns_to_the_one_before(world: World) -> None:
    row, first = _on(world)
    _vote(world, first, ghat="against")
    _close(world, first)
    second = _open(world, kind=BallotKind.RECOMMENDATION, recommendation=row.id)
    _vote(world, second, ghat="for")
    _close(world, second)
    assert row.state == "adopted"
    annulled = annul(second, "خطأ في الجدول", actor=world.actor("moderator"))
    assert annulled.result is not None
    assert (row.state, row.decided_at) == ("rejected", first.closed_at)
    annul(first, "خطأ في الجدول", actor=world.actor("moderator"))
    assert (row.state, row.decided_at) == ("proposed", None)


def test_annulling_a_result_that_was_overtaken_changes_nothing(world: World) -> None:
    row, first = _on(world)
    _vote(world, first, ghat="against")
    _close(world, first)
    second = _open(world, kind=BallotKind.RECOMMENDATION, recommendation=row.id)
    annul(first, "خطأ في الجدول", actor=world.actor("moderator"))
    assert row.state == "voting"
    _vote(world, second, ghat="against")
    _close(world, second)
    write_version(
        VersionDraft(row.titles, (ClauseDraft(Localized(ar="نص آخر")),)),
        recommendation=row,
        actor=world.actor("organiser"),
    )
    annul(second, "خطأ في الجدول", actor=world.actor("moderator"))
    assert row.state == "proposed"


def test_one_ballot_on_a_recommendation_at_a_time(world: World) -> None:
    row, _ = _on(world)
    second = _prepare(world, kind=BallotKind.RECOMMENDATION, recommendation=row.id)
    with pytest.raises(Conflict):
        open_ballot(second, actor=world.actor("moderator"))
    annul(second, "أُعدّ خطأً", actor=world.actor("moderator"))
    assert row.state == "voting"


def test_the_version_voted_on_is_the_one_at_the_opening(world: World) -> None:
    row = propose_recommendation(world)
    ballot = _prepare(world, kind=BallotKind.RECOMMENDATION, recommendation=row.id)
    write_version(
        VersionDraft(row.titles, (ClauseDraft(Localized(ar="نص آخر")),)),
        recommendation=row,
        actor=world.actor("organiser"),
    )
    assert open_ballot(ballot, actor=world.actor("moderator")).version == 2


def test_two_rounds(world: World) -> None:
    first = _open(world, "LPDF-R1", options=OPTIONS)
    _vote(world, first, ghat="sebha", derna="benghazi", zuwara="tripoli", professor="tripoli", cso="sebha")
    closed = _close(world, first)
    assert closed.result is not None
    assert (closed.result["outcome"], closed.result["next"], closed.result["qualified"]) == (
        "next_round",
        "LPDF-R2",
        ["sebha", "tripoli"],
    )
    second = open_next_round(closed, actor=world.actor("moderator"))
    assert (second.rule_id, second.round, second.previous_id, [o["key"] for o in second.options]) == (
        "LPDF-R2",
        2,
        first.id,
        ["tripoli", "sebha"],
    )
    with pytest.raises(Rejected):
        _vote(world, second, derna="benghazi")
    _vote(world, second, ghat="sebha", derna="sebha", zuwara="tripoli", professor="sebha", cso="abstain")
    result = _close(world, second).result
    assert result is not None
    assert (result["outcome"], result["winner"]) == ("adopted", "sebha")
    with pytest.raises(Conflict):
        annul(first, "سبب", actor=world.actor("moderator"))
    with pytest.raises(Conflict):
        prepare_next_round(first, actor=world.actor("moderator"))


def test_a_next_round_follows_only_a_result_that_goes_on(world: World) -> None:
    ballot = _open(world)
    with pytest.raises(Conflict):
        prepare_next_round(ballot, actor=world.actor("moderator"))
    _vote(world, ballot, ghat="for")
    with pytest.raises(Conflict):
        prepare_next_round(_close(world, ballot), actor=world.actor("moderator"))


def test_the_double_majority_fails_at_its_second(world: World) -> None:
    vacate_seats(world)
    seats = fill_seats(world, {("municipal", "west"): 6, ("municipal", "east"): 4, ("cso", "south"): 2})
    ballot = _open(world, "LPDF-DBL66")
    in_favour = [*seats["municipal", "west"], *seats["municipal", "east"][:2], *seats["cso", "south"]]
    for member in in_favour:
        cast(ballot, "for", actor=voter(world, member))
    result = _close(world, ballot).result
    assert result is not None
    assert result["outcome"] == "rejected"
    assert result["conditions"] == {
        "threshold": {"count": 10, "base": 12, "needed": 8, "met": True},
        "constituency:east": {"count": 2, "base": 4, "needed": 3, "met": False},
        "constituency:south": {"count": 2, "base": 2, "needed": 2, "met": True},
        "constituency:west": {"count": 6, "base": 6, "needed": 4, "met": True},
    }


#: rule -> what ghat, derna, zuwara, professor and cso choose, and what is decided; seats are south east west west south
VOTES: Mapping[str, tuple[tuple[str, ...], str]] = {
    "CDA-2016": (("for", "for", "for", "for", "abstain"), "adopted"),
    "CONS": (("for", "for", "abstain", "for", "against"), "rejected"),
    "CONS-1": (("for", "for", "abstain", "for", "against"), "adopted"),
    "GA-2/3": (("for", "for", "against", "against", "abstain"), "rejected"),
    "GA-SIMPLE": (("for", "for", "against", "abstain", "abstain"), "adopted"),
    "LPDF-63": (("for", "for", "against", "abstain", "abstain"), "adopted"),
    "LPDF-DBL60": (("for", "for", "for", "for", "for"), "adopted"),
    "LPDF-DBL66": (("for", "against", "for", "for", "for"), "rejected"),
    "LY-REF-2018": (("for", "for", "for", "for", "against"), "rejected"),
    "NDC-75": (("for", "for", "for", "for", "abstain"), "adopted"),
    "NDC-90": (("for", "for", "for", "for", "abstain"), "next_round"),
    "NDC-CC": (("for", "for", "against", "", ""), "no_quorum"),
}


def test_each_rule_for_a_question_end_to_end(world: World) -> None:
    decided = {}
    for rule, (choices, _) in VOTES.items():
        ballot = _open(world, rule)
        _vote(world, ballot, **{who: choice for who, choice in zip(EVERYBODY, choices, strict=True) if choice})
        report = report_of(_close(world, ballot))
        assert report is not None
        assert all(str(sentence) for sentence in report.sentences)
        decided[rule] = report.outcome.value
    assert decided == {rule: outcome for rule, (_, outcome) in VOTES.items()}


#: rule -> what the five choose, what is decided, and which option won
CHOSEN: Mapping[str, tuple[str, str, str | None]] = {
    "LPDF-R1": ("sebha sebha sebha tripoli tripoli", "adopted", "sebha"),
    "LPDF-R2": ("sebha sebha tripoli tripoli abstain", "no_decision", None),
    "GA-SIMPLE": ("sebha sebha sebha tripoli tripoli", "adopted", "sebha"),
    "LPDF-70": ("sebha tripoli tripoli tripoli benghazi", "next_round", None),
}


def test_each_rule_for_a_choice_end_to_end(world: World) -> None:
    ballots = {}
    for rule, (choices, outcome, winner) in CHOSEN.items():
        ballots[rule] = _open(world, rule, options=OPTIONS)
        _vote(world, ballots[rule], **dict(zip(EVERYBODY, choices.split(), strict=True)))
        result = _close(world, ballots[rule]).result
        assert result is not None
        assert (rule, result["outcome"], result.get("winner")) == (rule, outcome, winner)
    follows = prepare_next_round(
        ballots["LPDF-70"], NextRound(Localized(ar="هل تُقبل القائمة؟")), actor=world.actor("organiser")
    )
    assert (follows.rule_id, follows.options, follows.questions["ar"]) == ("LPDF-LIST", [], "هل تُقبل القائمة؟")


def test_components_with_reserved_seats_end_to_end(world: World) -> None:
    vacate_seats(world)
    seats = fill_seats(world, {("cso", part): 2 for part in ("amazigh", "tebu", "tuareg")})
    ballot = _open(world, "CDA-2017")
    for part, choices in (("amazigh", "for for"), ("tebu", "for for"), ("tuareg", "against abstain")):
        for member, choice in zip(seats["cso", part], choices.split(), strict=True):
            cast(ballot, choice, actor=voter(world, member, "cso"))
    result = _close(world, ballot).result
    assert result is not None
    assert (result["outcome"], result["conditions"]["constituency:tuareg"]["met"]) == ("rejected", False)


def test_endorsements_end_to_end(world: World) -> None:
    vacate_seats(world)
    seats = fill_seats(world, {("municipal", "west"): 9, ("municipal", "east"): 6, ("municipal", "south"): 3})
    ballot = _open(world, "LPDF-LIST")
    with pytest.raises(Rejected):
        cast(ballot, "for", actor=voter(world, seats["municipal", "west"][0]))
    for members in seats.values():
        for member in members:
            cast(ballot, "endorse", actor=voter(world, member))
    cast(ballot, "decline", actor=voter(world, seats["municipal", "west"][0]))
    result = _close(world, ballot).result
    assert result is not None
    assert result["outcome"] == "adopted"
    assert result["conditions"]["constituency:west"] == {"count": 8, "base": 9, "needed": 8, "met": True}


def test_backing_before_the_vote_end_to_end(world: World) -> None:
    ballot = _open(world, "NDC-INTAKE", backing=Backing(endorsements=1, components=1))
    _vote(world, ballot, ghat="for", derna="for", zuwara="for")
    result = _close(world, ballot).result
    assert result is not None
    assert result["outcome"] == "adopted"
    assert {key: row["met"] for key, row in result["conditions"].items()} == {
        "components": False,
        "endorsements": True,
        "threshold": True,
    }
    with pytest.raises(Rejected):
        _prepare(world, "GA-2/3", backing=Backing(endorsements=1))


@pytest.mark.parametrize(("rule", "outcome"), [("SUFF", Outcome.REJECTED), ("EG-NOVOTE", Outcome.CONTESTED)])
def test_a_ruling_is_declared_with_reasons(world: World, rule: str, outcome: Outcome) -> None:
    row, ballot = _on(world, rule)
    with pytest.raises(Rejected):
        _vote(world, ballot, ghat="for")
    for wrong in (None, Ruling(outcome, " "), Ruling(Outcome.NO_QUORUM, "سبب"), Ruling(outcome, "سبب", dissents=-1)):
        with pytest.raises(Rejected):
            _close(world, ballot, wrong)
    closed = _close(world, ballot, Ruling(outcome, "لم يُقنع أحد أحدًا", dissents=2))
    assert closed.result is not None
    assert (closed.result["outcome"], closed.result["dissents"], row.state) == (outcome, 2, outcome)
    assert closed.ruling == {"outcome": outcome, "reasons": "لم يُقنع أحد أحدًا", "language": "ar", "dissents": 2}


def test_a_ruling_is_refused_where_votes_decide(world: World) -> None:
    with pytest.raises(Rejected):
        _close(world, _open(world), Ruling(Outcome.ADOPTED, "سبب"))


#: what is wrong with a draft, and at which fields it is said
WRONG: list[tuple[dict[str, object], list[str]]] = [
    ({"rule": "NOBODY"}, ["rule"]),
    ({"questions": Localized()}, ["question_ar"]),
    ({"questions": Localized(en="x" * 301)}, ["question_en"]),
    ({"kind": BallotKind.RECOMMENDATION}, ["recommendation"]),
    ({"recommendation": uuid.UUID(int=1)}, ["recommendation"]),
    ({"session": uuid.UUID(int=1)}, ["session"]),
    ({"rule": "LPDF-R1"}, ["options"]),
    ({"rule": "CONS", "options": OPTIONS}, ["rule"]),
    ({"rule": "LPDF-R1", "options": OPTIONS[:1]}, ["options"]),
    ({"rule": "LPDF-R1", "options": (OPTIONS[0], OPTIONS[0])}, ["options"]),
    ({"rule": "LPDF-R1", "options": (OPTIONS[0], Option("abstain", Localized(ar="x")))}, ["options"]),
    ({"rule": "LPDF-R1", "options": (OPTIONS[0], Option("", Localized()))}, ["options"]),
    ({"rule": "NDC-INTAKE", "backing": Backing(components=-1)}, ["components"]),
]


def test_what_is_wrong_with_a_ballot_is_said_at_its_field(world: World) -> None:
    for draft, fields in WRONG:
        with pytest.raises(Rejected) as refused:
            _prepare(world, **draft)  # type: ignore[arg-type]
        assert (draft, [problem.field for problem in refused.value.problems]) == (draft, fields)
    assert _types(world) == []


def test_a_rule_that_counts_parts_needs_seats_so_divided(world: World) -> None:
    with pytest.raises(Conflict):
        _open(world, "CDA-2017")
    vacate_seats(world)
    with pytest.raises(Conflict):
        _open(world)


def test_a_draft_is_not_put_to_the_vote(world: World) -> None:
    row = propose_recommendation(world)
    with transaction():
        session.execute(sa.update(Recommendation).values(state="draft"))
    with pytest.raises(Rejected):
        _prepare(world, kind=BallotKind.RECOMMENDATION, recommendation=row.id)


OWN_RULE = {
    "id": "TRIPOLI-14",
    "kind": "question",
    "name": {"ar": "قاعدة طرابلس", "en": "The Tripoli rule", "fr": "La règle de Tripoli"},
    "stages": [{"count": "favour", "threshold": "2/3", "base": "cast"}],
    "per_constituency": [
        {
            "names": ["municipal", "academic", "cso"],
            "count": "favour",
            "threshold": "1/2",
            "operator": ">",
            "base": "cast",
        }
    ],
    "next": "GA-SIMPLE",
}


def test_organisers_add_rules_and_ballots_use_them(world: World) -> None:
    add_rule(OWN_RULE, consultation=world.consultation, actor=world.actor("organiser"))
    assert list(rules_for(world.consultation_id))[-1] == "TRIPOLI-14"
    assert len(rules_for(world.consultation_id)) == 21
    ballot = _open(world, "TRIPOLI-14")
    _vote(world, ballot, ghat="for", derna="for", zuwara="for", professor="for", cso="against")
    result = _close(world, ballot).result
    assert result is not None
    assert (result["outcome"], result["next"]) == ("next_round", "GA-SIMPLE")
    assert {key: row["met"] for key, row in result["conditions"].items()} == {
        "threshold": True,
        "constituency:municipal": True,
        "constituency:academic": True,
        "constituency:cso": False,
    }


def test_a_rule_is_refused_when_its_id_is_taken_or_what_follows_is_unknown(world: World) -> None:
    organiser = world.actor("organiser")
    with pytest.raises(Rejected) as refused:
        add_rule({**OWN_RULE, "id": "ga-2-3", "next": "NOWHERE"}, consultation=world.consultation, actor=organiser)
    assert [problem.field for problem in refused.value.problems] == ["id", "next"]
    with pytest.raises(Rejected) as refused:
        add_rule({"id": "X"}, consultation=world.consultation, actor=organiser)
    assert {problem.field for problem in refused.value.problems} == {"kind", "name"}
    assert _types(world) == []


def test_policies(world: World) -> None:
    ballot = _prepare(world)
    assert not allowed(ANONYMOUS, "ballot.read", ballot)
    assert allowed(world.actor("moderator"), "ballot.read", ballot)
    _forbidden(world, ballot, "ghat", "administrator", "organiser")
    open_ballot(ballot, actor=world.actor("moderator"))
    assert allowed(ANONYMOUS, "ballot.read", ballot)
    _forbidden(world, ballot, "ghat", "administrator", "organiser")
    with pytest.raises(Forbidden):
        _prepare_as(world, world.actor("ghat"))
    with pytest.raises(Forbidden):
        add_rule(OWN_RULE, consultation=world.consultation, actor=world.actor("moderator"))


def _prepare_as(world: World, actor: Actor) -> None:
    prepare_ballot(BallotDraft(BallotKind.PROCEDURAL, "GA-2/3", QUESTION), consultation=world.consultation, actor=actor)


def _forbidden(world: World, ballot: Ballot, *who: str) -> None:
    for key in who:
        actor = world.actor(key)
        for act in (open_ballot, close_ballot):
            with pytest.raises(Forbidden):
                act(ballot, actor=actor)
        with pytest.raises(Forbidden):
            annul(ballot, "سبب", actor=actor)


def test_lists_of_ballots(world: World) -> None:
    first, second = _open(world), _open(world, "CONS")
    _prepare(world)
    _vote(world, first, ghat="for")
    assert [b.number for b in ballots_page(world.consultation_id).rows] == [2, 1]
    assert [b.number for b in ballots_page(world.consultation_id, which=sa.true(), limit=2).rows] == [3, 2]
    assert [b.number for b in ballots_page(world.consultation_id, above=1, which=sa.true()).rows] == [3, 2]
    _vote(world, second, ghat="for")
    _close(world, second)
    assert ballots_page(world.consultation_id).rows[0].outcome == "adopted"
    found = ballot_by_number(world.consultation_id, 2)
    assert found is not None
    assert found.id == second.id
