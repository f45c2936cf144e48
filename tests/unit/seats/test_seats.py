"""Seats that are stood in for, handed over and voted for by proxy: what is written, what is refused, what the database keeps."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from consult import clock
from consult.accounts.people import PersonDraft
from consult.accounts.signing_in.sign_in import start_sign_in
from consult.ballots.box import cast
from consult.ballots.draft import BallotDraft
from consult.ballots.models import Ballot, OpenChoice, RollEntry
from consult.ballots.ordinary_vote import Vote, cast_at_once
from consult.ballots.queries import own_choices, roll_of
from consult.ballots.roll import Voter, commitment
from consult.ballots.services import close_ballot, open_ballot, prepare_ballot
from consult.ballots.states import BallotKind
from consult.consultations import services
from consult.consultations.members import MemberDraft
from consult.consultations.models import Alternate, Member, Proxy, Seat
from consult.consultations.seats.alternates import MOST_ALTERNATES
from consult.consultations.seats.holding import HandOver
from consult.consultations.seats.proxies import ProxyDraft
from consult.consultations.seats.queries import free_for, seat_now
from consult.db import session, transaction
from consult.errors import Conflict, Forbidden, NotFound, Rejected
from consult.events.stream import events_after
from consult.i18n import Localized
from consult.sessions.models import Session
from consult.sessions.queries import present_members, quorum_now
from consult.sessions.representation import acting_now
from consult.sessions.services import check_in, check_out
from consult.testing.world import World

REASON = "انتُخب مجلس جديد"


def _seat(world: World, key: str) -> Seat:
    return session.scalars(sa.select(Seat).where(Seat.holder_id == world.members[key])).one()


def _invited(world: World, name: str, key: str = "ghat", *, withheld: bool = False) -> Member:
    """Invite somebody for the body of a member, without a seat."""
    row = world.member(key)
    draft = MemberDraft(PersonDraft(name, f"{name}@example.org"), row.track, row.own_body_id, withheld=withheld)
    member = services.invite_member(draft, consultation=world.consultation, actor=world.actor("organiser")).member
    world.members[name], world.people[name] = member.id, member.person_id
    return member


def _stands_in(world: World, name: str, key: str = "ghat") -> Member:
    member = _invited(world, name, key)
    services.add_alternate(_seat(world, key), member, **_by(world))
    return member


def _by(world: World, who: str = "organiser") -> dict[str, object]:
    return {"consultation": world.consultation, "actor": world.actor(who)}


def _draft(world: World, bearer: str, **changes: object) -> ProxyDraft:
    return replace(ProxyDraft(world.members[bearer], clock.now() + timedelta(days=7)), **changes)  # type: ignore[arg-type]


def _proxy(world: World, giver: str, bearer: str, **changes: object) -> Proxy:
    return services.give_proxy(_draft(world, bearer, **changes), seat=_seat(world, giver), **_by(world, giver))


def _sitting(world: World) -> Session:
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
        quorum="1/2",
    )
    with transaction():
        session.add(row)
    return row


def _open(world: World, rule: str = "GA-SIMPLE", sitting: uuid.UUID | None = None) -> Ballot:
    draft = BallotDraft(BallotKind.PROCEDURAL, rule, Localized(ar="هل تعتمد؟"), session=sitting)
    prepared = prepare_ballot(draft, **_by(world))
    return open_ballot(prepared, actor=world.actor("moderator"))


def _last(world: World) -> tuple[str, dict[str, object]]:
    event = events_after(world.consultation_id)[-1]
    return event.type, dict(event.facts)


def _fields(refused: pytest.ExceptionInfo[Rejected]) -> list[str]:
    return [problem.field for problem in refused.value.problems]


def test_alternates_stand_in_order(world: World) -> None:
    first, second = _stands_in(world, "first"), _stands_in(world, "second")
    seat = _seat(world, "ghat")
    assert _last(world) == ("AlternateAdded", {"seat": str(seat.id), "member": str(second.id), "position": 2})
    two = seat_now(seat).alternates[1]
    services.move_alternate(two.id, "up", seat=seat, **_by(world))
    assert _last(world)[0] == "AlternateMoved"
    assert [one.member for one in seat_now(seat).alternates] == [second.id, first.id]
    with pytest.raises(Conflict):
        services.move_alternate(two.id, "up", seat=seat, **_by(world))
    services.remove_alternate(two.id, seat=seat, **_by(world))
    assert [(one.member, one.position) for one in seat_now(seat).alternates] == [(first.id, 1)]
    with pytest.raises(NotFound):
        services.remove_alternate(two.id, seat=seat, **_by(world))
    with pytest.raises(NotFound):
        services.remove_alternate(seat_now(seat).alternates[0].id, seat=_seat(world, "derna"), **_by(world))


def test_who_cannot_stand_in(world: World) -> None:
    other, known = _invited(world, "other", "derna"), _stands_in(world, "known")
    seat = _seat(world, "ghat")
    for member in (None, other, known, world.member("ghat"), world.member("professor")):
        with pytest.raises(Rejected) as refused:
            services.add_alternate(seat, member, **_by(world))
        assert _fields(refused) == ["member"]
    for number in range(MOST_ALTERNATES - 1):
        _stands_in(world, f"n{number}")
    with pytest.raises(Rejected):
        _stands_in(world, "one too many")
    with pytest.raises(Forbidden):
        services.add_alternate(seat, other, **_by(world, "moderator"))


def test_a_seat_puts_no_withheld_name_beside_one_that_is_not(world: World) -> None:
    """Else what organisers read of the seat would tell for whom somebody takes part; a stranger is refused in the same words."""
    named, stranger = _invited(world, "named", "cso"), _invited(world, "stranger", "derna")
    hidden = _invited(world, "hidden", "cso", withheld=True)
    seat, held_by_hidden = _seat(world, "cso"), world.members["cso"]

    def refused(member: Member) -> list[str]:
        words = []
        for act in (
            lambda: services.add_alternate(seat, member, **_by(world)),
            lambda: services.hand_over(seat, HandOver(member.id, REASON), **_by(world)),
        ):
            with pytest.raises(Rejected) as told:
                act()
            words.append(str(told.value))
        return words

    with transaction():
        stranger.track = "cso"
    assert refused(named) == refused(stranger)
    services.vacate_seat(seat, **_by(world))
    assert [free for free, _ in free_for(named)] == []
    assert [free.id for free, _ in free_for(hidden)] == [seat.id]
    with pytest.raises(Conflict):
        services.give_seat(seat, named, **_by(world))
    services.give_seat(seat, hidden, **_by(world))
    assert (seat.holder_id, session.get_one(Member, held_by_hidden).body_id) == (hidden.id, None)


def test_the_database_keeps_one_seat_for_each_person(world: World) -> None:
    member = _stands_in(world, "first")
    twice = {"consultation_id": world.consultation_id, "member_id": world.members["cso"], "position": 1}
    row = Alternate(seat_id=_seat(world, "cso").id, person_id=member.person_id, **twice)
    with pytest.raises(sa.exc.IntegrityError), transaction():
        session.add(row)


def test_handing_over_begins_a_term_and_says_why_the_last_one_ended(world: World) -> None:
    heir = _stands_in(world, "heir")
    seat, former = _seat(world, "ghat"), world.members["ghat"]
    services.hand_over(seat, HandOver(heir.id, REASON, "ar"), **_by(world))
    now = seat_now(seat)
    assert [(term.member, term.until is None, term.reason) for term in now.terms] == [
        (heir.id, True, ""),
        (former, False, REASON),
    ]
    assert (seat.holder_id, now.alternates) == (heir.id, [])
    types = [event.type for event in events_after(world.consultation_id)]
    assert types[-2:] == ["AlternateRemoved", "SeatHandedOver"]
    assert REASON not in str([event.facts for event in events_after(world.consultation_id)])
    assert not world.actor("ghat").memberships[0].seated


def test_handing_over_is_refused_at_its_fields(world: World) -> None:
    seat = _seat(world, "ghat")
    with pytest.raises(Rejected) as refused:
        services.hand_over(seat, HandOver(None, " ", "xx"), **_by(world))
    assert _fields(refused) == ["member", "reason", "language"]
    with pytest.raises(Rejected) as refused:
        services.hand_over(seat, HandOver(world.members["derna"], "x" * 1001), **_by(world))
    assert _fields(refused) == ["member", "reason"]
    services.vacate_seat(seat, **_by(world))
    with pytest.raises(Conflict):
        services.hand_over(seat, HandOver(world.members["derna"], REASON), **_by(world))


def test_a_person_holds_one_seat_whatever_the_track(world: World) -> None:
    draft = MemberDraft(PersonDraft("ع", "ghat@example.org"), "cso", world.bodies["cso"], withheld=True)
    twin = services.invite_member(draft, **_by(world)).member
    services.vacate_seat(_seat(world, "cso"), **_by(world))
    free = session.scalars(sa.select(Seat).where(Seat.track == "cso")).one()
    with pytest.raises(Conflict):
        services.give_seat(free, twin, **_by(world))
    assert not session.scalar(sa.select(sa.exists().where(Seat.holder_id == twin.id)))


def test_the_quorum_counts_who_came_once(world: World) -> None:
    _stands_in(world, "first"), _stands_in(world, "second")
    _proxy(world, "derna", "zuwara")
    sitting, moderator = _sitting(world), world.actor("moderator")

    def there(*keys: str) -> tuple[int, dict[str, list[tuple[int, str]]]]:
        everybody = [world.members[key] for key in (*keys, "ghat", "first", "second", "zuwara")]
        check_out(everybody, sitting=sitting, actor=moderator)
        check_in([world.members[key] for key in keys], sitting=sitting, actor=moderator)
        now = acting_now(sitting, world.consultation, present_members(sitting.id))
        acts = {member: [(one.number, one.capacity.value) for one in found] for member, found in now.items()}
        return quorum_now(sitting).present, {
            key: acts[world.members[key]] for key in keys if world.members[key] in acts
        }

    assert there("ghat", "first", "second") == (1, {"ghat": [(1, "holder")]})
    assert there("second") == (1, {"second": [(1, "alternate")]})
    assert there("first", "second") == (1, {"first": [(1, "alternate")]})
    assert there("zuwara") == (1, {"zuwara": [(2, "proxy"), (3, "holder")]})


def test_a_proxy_is_given_by_its_holder_or_entered_with_a_paper(world: World) -> None:
    row = _proxy(world, "ghat", "derna", ballot_kind="procedural")
    kind, facts = _last(world)
    assert (kind, facts["own"], facts["ballot_kind"]) == ("ProxyGiven", True, "procedural")
    with pytest.raises(Rejected) as refused:
        services.give_proxy(_draft(world, "zuwara"), seat=_seat(world, "ghat"), **_by(world))
    assert _fields(refused) == ["shown"]
    second = services.give_proxy(_draft(world, "zuwara", shown="كتاب 12"), seat=_seat(world, "ghat"), **_by(world))
    assert (row.ended_because, second.shown, second.ended_at) == ("replaced", "كتاب 12", None)
    assert "كتاب" not in str([event.facts for event in events_after(world.consultation_id)])
    with pytest.raises(Forbidden):
        services.give_proxy(_draft(world, "zuwara"), seat=_seat(world, "ghat"), **_by(world, "derna"))
    with pytest.raises(Forbidden):
        services.revoke_proxy(_seat(world, "ghat"), **_by(world, "zuwara"))
    services.revoke_proxy(_seat(world, "ghat"), **_by(world, "ghat"))
    assert second.ended_because == "revoked"
    with pytest.raises(Conflict):
        services.revoke_proxy(_seat(world, "ghat"), **_by(world, "ghat"))


def test_what_is_wrong_with_a_proxy_is_told_at_its_field(world: World) -> None:
    spare, now = _invited(world, "spare"), clock.now()
    for changes, fields in (
        ({"bearer": None}, ["bearer"]),
        ({"bearer": spare.id}, ["bearer"]),
        ({"bearer": world.members["ghat"]}, ["bearer"]),
        ({"until": None}, ["until"]),
        ({"until": now - timedelta(seconds=1)}, ["until"]),
        ({"until": now + timedelta(days=400)}, ["until"]),
        ({"ballot_kind": "nothing"}, ["votes"]),
        ({"session": uuid.UUID(int=1)}, ["votes"]),
        ({"shown": "x" * 301}, ["shown"]),
    ):
        with pytest.raises(Rejected) as refused:
            services.give_proxy(
                replace(_draft(world, "derna"), **changes), seat=_seat(world, "ghat"), **_by(world, "ghat")
            )
        assert (changes, _fields(refused)) == (changes, fields)


def test_a_member_carries_as_many_as_the_consultation_says(world: World) -> None:
    _proxy(world, "ghat", "derna")
    with pytest.raises(Rejected):
        _proxy(world, "zuwara", "derna")
    services.limit_proxies(2, **_by(world))
    assert _last(world)[0] == "ProxiesLimited"
    _proxy(world, "zuwara", "derna")
    services.limit_proxies(0, **_by(world))
    with pytest.raises(Rejected):
        _proxy(world, "professor", "derna")
    with pytest.raises(Rejected):
        services.limit_proxies(6, **_by(world))
    with pytest.raises(Forbidden):
        services.limit_proxies(1, **_by(world, "ghat"))


def test_a_lost_seat_ends_the_proxies_given_and_carried(world: World) -> None:
    given = _proxy(world, "ghat", "derna")
    carried = _proxy(world, "zuwara", "ghat")
    services.end_membership(world.member("ghat"), **_by(world))
    assert (given.ended_because, carried.ended_because) == ("seat_left", "seat_left")


def test_the_bearer_casts_one_vote_for_each_and_the_list_says_so(world: World) -> None:
    _proxy(world, "ghat", "derna")
    ballot = _open(world)
    ghat, derna = world.members["ghat"], world.members["derna"]
    assert own_choices(ballot.id, [derna]) == {derna: None, ghat: None}
    assert own_choices(ballot.id, [ghat]) == {}
    cast(ballot, "for", actor=world.actor("derna"))
    assert own_choices(ballot.id, [derna]) == {derna: "for", ghat: None}
    cast(ballot, "against", actor=world.actor("derna"), voter=ghat)
    assert own_choices(ballot.id, [derna]) == {derna: "for", ghat: "against"}
    for who, voter in (("ghat", None), ("ghat", ghat), ("zuwara", ghat), ("derna", world.members["zuwara"])):
        with pytest.raises(Forbidden):
            cast(ballot, "for", actor=world.actor(who), voter=voter)
    cast_by = {row.voter_id: row.cast_by for row in session.scalars(sa.select(OpenChoice))}
    assert cast_by == {ghat: world.people["derna"], derna: world.people["derna"]}
    closed = close_ballot(ballot, actor=world.actor("moderator"))
    assert closed.result is not None
    assert (closed.result["totals"], closed.result["voters"]) == ({"for": 1, "against": 1, "abstain": 0}, 5)
    lines = {line.voter: line for line in roll_of(closed)}
    assert (lines[ghat].choice, lines[ghat].represented_by == lines[derna].name) == ("against", True)
    assert lines[derna].represented_by is None


def test_the_short_way_is_for_ones_own_vote_only(world: World) -> None:
    _proxy(world, "ghat", "derna")
    ballot = _open(world)
    token, ghat, derna = (
        start_sign_in(world.people["derna"], method="link"),
        world.members["ghat"],
        world.members["derna"],
    )
    assert not cast_at_once(Vote(token, "test", ballot.number, "for", str(ghat)))
    assert cast_at_once(Vote(token, "test", ballot.number, "for", str(derna)))
    assert cast_at_once(Vote(token, "test", ballot.number, "against"))
    assert [(row.voter_id, row.choice) for row in session.scalars(sa.select(OpenChoice))] == [(derna, "against")]
    with pytest.raises(Forbidden):
        cast_at_once(Vote(start_sign_in(world.people["ghat"], method="link"), "test", ballot.number, "for"))


def test_a_roll_commits_to_its_bearers(world: World) -> None:
    _proxy(world, "ghat", "derna")
    ballot = _open(world)
    entries = session.scalars(sa.select(RollEntry).where(RollEntry.ballot_id == ballot.id)).all()
    voters = [
        Voter(e.voter_id, e.seat_id, e.track, e.constituency, e.present, represented_by=e.represented_by_id)
        for e in entries
    ]
    assert [voter.represented_by for voter in voters if voter.represented_by] == [world.members["derna"]]
    assert commitment(voters) == ballot.roll_hash
    assert commitment([replace(voter, represented_by=None) for voter in voters]) != ballot.roll_hash


def test_a_roll_that_was_frozen_outlives_revoking_and_handing_over(world: World) -> None:
    _proxy(world, "ghat", "derna")
    heir = _invited(world, "heir", "zuwara")
    ballot = _open(world)
    services.revoke_proxy(_seat(world, "ghat"), **_by(world, "ghat"))
    services.hand_over(_seat(world, "zuwara"), HandOver(heir.id, REASON), **_by(world))
    cast(ballot, "for", actor=world.actor("derna"), voter=world.members["ghat"])
    cast(ballot, "for", actor=world.actor("zuwara"))
    with pytest.raises(Forbidden):
        cast(ballot, "against", actor=world.actor("heir"))
    second = _open(world)
    cast(second, "against", actor=world.actor("heir"))
    cast(second, "against", actor=world.actor("ghat"))
    with pytest.raises(Forbidden):
        cast(second, "for", actor=world.actor("zuwara"))


def test_a_proxy_gives_way_to_whoever_is_there_when_a_ballot_opens(world: World) -> None:
    _stands_in(world, "first")
    row = _proxy(world, "ghat", "derna")
    kept = _proxy(world, "zuwara", "professor")
    sitting = _sitting(world)
    check_in([world.members[key] for key in ("first", "derna")], sitting=sitting, actor=world.actor("moderator"))
    ballot = _open(world, sitting=sitting.id)
    session.refresh(row)
    assert (row.ended_because, kept.ended_at) == ("overtaken", None)
    ended = [event.facts["because"] for event in events_after(world.consultation_id) if event.type == "ProxyEnded"]
    assert ended == ["overtaken"]
    voters = {line.voter for line in roll_of(ballot)}
    assert voters == {world.members[key] for key in ("first", "derna", "zuwara", "professor", "cso")}
    cast(ballot, "for", actor=world.actor("first"))
    with pytest.raises(Forbidden):
        cast(ballot, "for", actor=world.actor("ghat"))


def test_a_rule_that_counts_presence_takes_alternates_and_no_proxies(world: World) -> None:
    _stands_in(world, "first")
    _proxy(world, "zuwara", "derna")
    sitting = _sitting(world)
    there = ("first", "derna", "professor", "cso")
    check_in([world.members[key] for key in there], sitting=sitting, actor=world.actor("moderator"))
    ballot = _open(world, "NDC-CC", sitting.id)
    assert ({line.voter for line in roll_of(ballot)}, ballot.present) == ({world.members[key] for key in there}, 4)


def test_the_database_keeps_one_entry_for_each_seat(world: World) -> None:
    ballot = prepare_ballot(BallotDraft(BallotKind.PROCEDURAL, "GA-SIMPLE", Localized(ar="؟")), **_by(world))
    seat = _seat(world, "ghat").id

    def entry(voter: str, **more: uuid.UUID) -> RollEntry:
        return RollEntry(ballot_id=ballot.id, voter_id=world.members[voter], seat_id=seat, track="municipal", **more)

    with pytest.raises(sa.exc.IntegrityError), transaction():
        session.add_all([entry("ghat"), entry("derna")])
    with pytest.raises(sa.exc.IntegrityError), transaction():
        session.add(entry("ghat", represented_by_id=world.members["ghat"]))


def test_a_quota_is_not_exceeded_but_changed(world: World) -> None:
    services.set_quota("cso", 2, **_by(world))
    assert _last(world) == ("TrackSet", {"track": "cso", "enabled": True, "seats": 2})
    services.create_seats("cso", 1, **_by(world))
    with pytest.raises(Rejected) as refused:
        services.create_seats("cso", 1, **_by(world))
    assert _fields(refused) == ["count"]
    with pytest.raises(Rejected) as refused:
        services.set_quota("cso", 1, **_by(world))
    assert _fields(refused) == ["quota"]
    services.set_quota("municipal", 4, **_by(world))
    with pytest.raises(Rejected) as refused:
        services.admit_bodies("municipal", ["LY031901", "LY010503"], **_by(world))
    assert _fields(refused) == ["bodies"]
    with pytest.raises(Forbidden):
        services.set_quota("cso", 9, **_by(world, "moderator"))
