"""A plenary that is put through any sequence of acts on its seats, over the real services: what must hold after each act.

Every example begins with a consultation of its own in a database that is kept, because a roll and a choice are never deleted.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, ClassVar

import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from consult import clock
from consult.accounts.access import Actor, Held, Membership, Role
from consult.accounts.models import Body, Person
from consult.accounts.people import PersonDraft
from consult.ballots.box import cast
from consult.ballots.draft import BallotDraft
from consult.ballots.frozen import OpenedBallot
from consult.ballots.models import Ballot, RollEntry
from consult.ballots.services import close_ballot, open_ballot, prepare_ballot
from consult.ballots.states import BallotKind
from consult.consultations import services
from consult.consultations.members import Letter, MemberDraft
from consult.consultations.models import (
    Alternate,
    Consultation,
    ConsultationTrack,
    Member,
    Phase,
    Proxy,
    Seat,
    SeatTerm,
)
from consult.consultations.seats.acting import Standing, acting
from consult.consultations.seats.holding import HandOver
from consult.consultations.seats.proxies import ProxyDraft
from consult.db import DriverQuery, id_of, new_id, read, session, transaction
from consult.errors import ConsultError
from consult.i18n import Localized
from consult.sessions.models import Session
from consult.sessions.queries import present_members, quorum_now
from consult.sessions.services import check_in, check_out

#: Eight municipal members; the last of these people is an academic member too, and there is one more of those. Three seats
#: are municipal, each of a town that has two or three of the members; the last is academic.
SEATS, MUNICIPAL, PEOPLE, TOWNS = 4, 8, 9, 3
TRACKS = ("municipal", "academic")
#: A rule that asks who is present, and one that does not.
RULES = ("NDC-CC", "GA-SIMPLE")
#: Who tries to cast an entry: whose it is to cast, in whose name it is (who gave a proxy, perhaps), anybody.
CASTERS = ("rightful", "named", "anyone")
CHOICES = st.sampled_from(("for", "against", "abstain"))
SEAT, MEMBER = st.sampled_from(range(SEATS)), st.sampled_from(range(MUNICIPAL + 3))
QUESTION = Localized(ar="هل تعتمد؟")

# What is asked after every act goes straight to the driver: it would cost more than the acts.
_PARTS = DriverQuery(
    """
    SELECT seat.id, member.id, member.person_id, 0 AS position FROM seat JOIN member ON member.id = seat.holder_id
    WHERE seat.consultation_id = :here
    UNION ALL
    SELECT seat_id, member_id, person_id, position FROM alternate WHERE consultation_id = :here ORDER BY 1, 4
    """
)
_THERE = DriverQuery("SELECT member_id FROM attendance WHERE session_id = :sitting AND left_at IS NULL")
_CAST = DriverQuery(
    """
    SELECT entry.ballot_id, entry.seat_id, open_choice.choice, open_choice.cast_by
    FROM ballot JOIN roll_entry AS entry ON entry.ballot_id = ballot.id
    JOIN open_choice ON open_choice.ballot_id = entry.ballot_id AND open_choice.voter_id = entry.voter_id
    WHERE ballot.consultation_id = :here
    """
)


class Plenary(RuleBasedStateMachine):
    """Seats, people, a session, ballots: what they did is kept beside the database, and compared with it."""

    made: ClassVar[int] = 0
    changed = False

    @initialize(each=st.sampled_from((0, 1, 2, 2)))
    def set_up(self, each: int) -> None:
        """Write a consultation with four seats and their holders, nine people and an open session."""
        session.remove()
        self.here = new_id()
        self.organiser = Actor(
            new_id(), roles=frozenset({Held(Role.ORGANISER, self.here), Held(Role.MODERATOR, self.here)})
        )
        self.ballots: list[uuid.UUID] = []
        self.cast: dict[tuple[uuid.UUID, uuid.UUID], tuple[str, uuid.UUID]] = {}
        self.rolls: dict[uuid.UUID, list[tuple[Any, ...]]] = {}
        self.closed: set[uuid.UUID] = set()
        self.invited = self.limited = False
        Plenary.made += 1
        with transaction():
            self._write(each)
        self.frame = session.get_one(Consultation, self.here)
        self.session = session.get_one(Session, self.sitting)
        assert self.frame.tracks
        assert self.session.state
        session.expunge_all()

    def _write(self, each: int) -> None:
        now, name = clock.now(), Localized(ar="تشاور")
        span = {"opens_at": now - timedelta(days=9), "closes_at": now + timedelta(days=9)}
        slug = f"c{self.made}"
        session.add(
            Consultation(
                id=self.here,
                slug=slug,
                prefix=slug,
                names=name,
                titles=name,
                summaries=name,
                rules={},
                created_at=now,
                proxies_each=each,
            )
        )
        session.flush()
        session.add_all(ConsultationTrack(consultation_id=self.here, key=key, seats=SEATS) for key in TRACKS)
        rights = ["session", "vote"]
        session.add(Phase(consultation_id=self.here, key="all", names=name, rights=rights, **span))
        self.people = [new_id() for _ in range(PEOPLE)]
        session.add_all(Person(id=one, name="عضو", language="ar", created_at=now) for one in self.people)
        session.flush()
        self.towns = [new_id() for _ in range(TOWNS)]
        session.add_all(
            Body(id=town, key=f"{slug}-{at}", kind="municipality", names=name, region="", valid_from=now)
            for at, town in enumerate(self.towns)
        )
        session.flush()
        self.members = [new_id() for _ in range(MUNICIPAL + 2)]
        self.of_track = self.members[:MUNICIPAL], self.members[MUNICIPAL:]
        session.add_all(
            Member(
                id=member,
                consultation_id=self.here,
                person_id=self.people[number if number < MUNICIPAL else number - 1],
                track=TRACKS[number >= MUNICIPAL],
                own_body_id=self.towns[number % TOWNS] if number < MUNICIPAL else None,
                number=number + 1,
                invited_at=now,
            )
            for number, member in enumerate(self.members)
        )
        self.seats = [new_id() for _ in range(SEATS)]
        holders = [*self.members[: SEATS - 1], self.members[MUNICIPAL]]
        session.flush()
        for number, (seat, holder) in enumerate(zip(self.seats, holders, strict=True), start=1):
            track, town = TRACKS[number == SEATS], None if number == SEATS else self.towns[number - 1]
            row = Seat(id=seat, consultation_id=self.here, track=track, number=number, body_id=town, holder_id=holder)
            session.add(row)
            session.flush()
            session.add(SeatTerm(seat_id=seat, member_id=holder, since=now))
        self.sitting = new_id()
        session.add(
            Session(
                id=self.sitting,
                consultation_id=self.here,
                number=1,
                kind="plenary",
                names=name,
                venues=name,
                starts_at=now,
                ends_at=now + timedelta(hours=2),
                state="open",
                opened_at=now,
            )
        )

    def _act(self, act: Callable[[], Any]) -> Any:
        """Do something, or be refused: then nothing has changed, which is found out after the next act that is not."""
        self.changed = False
        try:
            done = act()
        except ConsultError:
            return None
        self.changed = True
        return done

    @property
    def consultation(self) -> Consultation:
        """The consultation as it is now. Where only its id matters, `frame` spares reading it with phases and tracks."""
        return session.get_one(Consultation, self.here)

    def _seat(self, number: int) -> Seat:
        return session.get_one(Seat, self.seats[number])

    def _member(self, number: int) -> Member:
        return session.get_one(Member, self.members[number % len(self.members)])

    def _for(self, seat: int, number: int) -> Member:
        """Return a member for a seat: one of its town or track nearly always, so that most acts come to something."""
        mine, others = self.of_track if seat < SEATS - 1 else self.of_track[::-1]
        if seat < SEATS - 1 and number < MUNICIPAL:
            mine = mine[seat::TOWNS]
        place = number % (len(mine) + 1)
        return session.get_one(Member, mine[place] if place < len(mine) else others[0])

    def _give(self, seat: int, member: int) -> Any:
        return services.give_seat(
            self._seat(seat), self._for(seat, member), consultation=self.frame, actor=self.organiser
        )

    def _actor(self, number: int) -> Actor:
        """Return the actor of a member as signing in would make them: all of a person's parts that have not ended."""
        person = self._member(number).person_id
        rows = read(
            sa.select(Member.id, Member.track, Seat.id)
            .outerjoin(Seat, Seat.holder_id == Member.id)
            .where(Member.person_id == person, Member.part_ended_at.is_(None))
        )
        return Actor(
            person, memberships=tuple(Membership(one, self.here, track, None, bool(seat)) for one, track, seat in rows)
        )

    @precondition(lambda self: not self.invited)
    @rule(seat=st.booleans())
    def invite(self, seat: bool) -> None:
        """Invite somebody, with the next free seat or without."""
        person = PersonDraft("ضيف", f"{new_id().hex}@example.org")
        draft = MemberDraft(person, TRACKS[0], self.towns[len(self.of_track[0]) % TOWNS], seat=seat, letter=Letter.MAIL)
        invited = self._act(lambda: services.invite_member(draft, consultation=self.frame, actor=self.organiser))
        if invited is not None:
            self.members.append(invited.member.id)
            self.of_track[0].append(invited.member.id)
            self.invited = True

    @rule(seat=SEAT, member=MEMBER)
    def give_seat(self, seat: int, member: int) -> None:
        """Give a seat."""
        self._act(lambda: self._give(seat, member))

    @rule(seat=SEAT)
    def vacate_seat(self, seat: int) -> None:
        """Take a seat back."""
        self._act(lambda: services.vacate_seat(self._seat(seat), consultation=self.frame, actor=self.organiser))

    @rule(seat=SEAT, member=MEMBER)
    def hand_over(self, seat: int, member: int) -> None:
        """Hand a seat over."""
        draft = HandOver(self._for(seat, member).id, "انتُخب مجلس جديد")
        self._act(lambda: services.hand_over(self._seat(seat), draft, consultation=self.frame, actor=self.organiser))

    @rule(seat=SEAT, member=MEMBER)
    def add_alternate(self, seat: int, member: int) -> None:
        """Put somebody among the alternates."""
        self._act(
            lambda: services.add_alternate(
                self._seat(seat), self._for(seat, member), consultation=self.frame, actor=self.organiser
            )
        )

    @rule(seat=SEAT, place=st.integers(0, 2), act=st.sampled_from(("up", "down", "off")))
    def change_alternate(self, seat: int, place: int, act: Any) -> None:
        """Move an alternate, or take them off."""
        row = session.scalars(
            sa.select(Alternate.id).where(Alternate.seat_id == self.seats[seat], Alternate.position == place + 1)
        ).first()
        if row is None:
            return
        where: Any = {"seat": self._seat(seat), "consultation": self.frame, "actor": self.organiser}
        if act == "off":
            self._act(lambda: services.remove_alternate(row, **where))
        else:
            self._act(lambda: services.move_alternate(row, act, **where))

    @rule(member=MEMBER)
    def come(self, member: int) -> None:
        """Check somebody in."""
        self._act(
            lambda: check_in([self.members[member % len(self.members)]], sitting=self.session, actor=self.organiser)
        )

    @rule(member=MEMBER)
    def go(self, member: int) -> None:
        """Check somebody out."""
        self._act(
            lambda: check_out([self.members[member % len(self.members)]], sitting=self.session, actor=self.organiser)
        )

    @rule(member=MEMBER)
    def leave(self, member: int) -> None:
        """End somebody's part; rarely, or nobody would be left."""
        if member > MUNICIPAL - 3:
            self._act(
                lambda: services.end_membership(self._member(member), consultation=self.frame, actor=self.organiser)
            )

    @rule(seat=SEAT, beyond=SEAT, votes=st.sampled_from(("", "procedural", "session")), own=st.booleans())
    def give_proxy(self, seat: int, beyond: int, votes: str, own: bool) -> None:
        """Give a proxy to the holder of another seat, as holder or with a paper."""
        found = self._seat(seat)
        giver = found.holder_id
        draft = ProxyDraft(
            self._seat((seat + 1 + beyond) % SEATS).holder_id,
            clock.now() + timedelta(days=1),
            session=self.sitting if votes == "session" else None,
            ballot_kind=votes if votes == "procedural" else "",
            shown="" if own else "رسالة مختومة",
        )
        actor = self.organiser
        if own and giver in self.members:
            actor = self._actor(self.members.index(giver))
        self._act(lambda: services.give_proxy(draft, seat=found, consultation=self.frame, actor=actor))

    @rule(seat=SEAT)
    def revoke_proxy(self, seat: int) -> None:
        """Take a proxy back, if any was given."""
        given = session.scalars(
            sa.select(Proxy.seat_id).where(Proxy.consultation_id == self.here, Proxy.ended_at.is_(None))
        ).all()
        if given:
            row = session.get_one(Seat, given[seat % len(given)])
            self._act(lambda: services.revoke_proxy(row, consultation=self.frame, actor=self.organiser))

    @precondition(lambda self: not self.limited)
    @rule(each=st.integers(0, 2))
    def limit_proxies(self, each: int) -> None:
        """Change how many proxies one member may carry."""
        self._act(lambda: services.limit_proxies(each, consultation=self.consultation, actor=self.organiser))
        self.frame.proxies_each, self.limited = each, True

    @precondition(lambda self: len(self.ballots) < 3)
    @rule(decision=st.sampled_from(RULES), in_session=st.booleans())
    def open_ballot(self, decision: str, in_session: bool) -> None:
        """Prepare and open a ballot, and keep its roll to be compared."""
        draft = BallotDraft(BallotKind.PROCEDURAL, decision, QUESTION, session=self.sitting if in_session else None)

        def opening() -> Ballot:
            with transaction():
                prepared = prepare_ballot(draft, consultation=self.consultation, actor=self.organiser)
                return open_ballot(prepared, actor=self.organiser)

        if (opened := self._act(opening)) is not None:
            self.ballots.append(opened.id)
            self.rolls[opened.id] = self._roll(opened.id)
            self._check_roll(self.rolls[opened.id], in_session and decision == RULES[0])

    def _roll(self, ballot: uuid.UUID) -> list[tuple[Any, ...]]:
        query = sa.select(RollEntry.seat_id, RollEntry.voter_id, RollEntry.represented_by_id, RollEntry.weight)
        return [tuple(row) for row in read(query.where(RollEntry.ballot_id == ballot).order_by(RollEntry.seat_id))]

    def _check_roll(self, roll: list[tuple[Any, ...]], only_present: bool) -> None:
        seats, voters = [entry[0] for entry in roll], [entry[1] for entry in roll]
        assert len(seats) == len(set(seats)) <= SEATS
        assert len(voters) == len(set(voters))
        of = self._persons()
        in_person = [of[voter] for _, voter, bearer, _ in roll if bearer is None]
        assert len(in_person) == len(set(in_person)), "a person stands on a roll twice in their own name"
        towns = [town for town in read(sa.select(Member.body_id).where(Member.id.in_(voters))).scalars() if town]
        assert len(towns) == len(set(towns)), "a town stands on a roll twice"
        carried = [of[bearer] for _, _, bearer, _ in roll if bearer is not None]
        assert all(carried.count(one) <= self.frame.proxies_each for one in carried)
        if only_present:
            assert set(voters) <= present_members(self.sitting)
            assert not carried

    def _persons(self) -> dict[uuid.UUID, uuid.UUID]:
        rows = read(sa.select(Member.id, Member.person_id).where(Member.consultation_id == self.here))
        return {row.id: row.person_id for row in rows}

    @precondition(lambda self: self.ballots)
    @rule(
        ballot=st.sampled_from(range(3)),
        marks=st.lists(st.tuples(SEAT, st.sampled_from(CASTERS), MEMBER, CHOICES), min_size=1, max_size=3),
    )
    def vote(self, ballot: int, marks: list[tuple[int, str, int, str]]) -> None:
        """Cast or change votes: whoever may, and anybody else for anybody's seat; also after closing and handing over."""
        chosen = self.ballots[ballot % len(self.ballots)]
        for entry, who, anyone, choice in marks:
            roll = self.rolls[chosen]
            seat, voter, bearer, _ = roll[entry % len(roll)]
            rightful = bearer or voter
            caster = {"rightful": rightful, "named": voter}.get(who, self.members[anyone % len(self.members)])
            self._cast(chosen, seat, voter, rightful, choice, self.members.index(caster))

    def _cast(
        self, chosen: uuid.UUID, seat: uuid.UUID, voter: uuid.UUID, rightful: uuid.UUID, choice: str, caster: int
    ) -> None:
        actor = self._actor(caster)
        ballot = OpenedBallot(chosen, self.here, ("for", "against", "abstain"))
        done = self._act(lambda: (cast(ballot, choice, actor=actor, voter=voter), True))
        speaks_for_it = any(one.member == rightful for one in actor.memberships)
        assert (done is not None) == (speaks_for_it and chosen not in self.closed)
        if done is not None:
            assert actor.person is not None
            self.cast[chosen, seat] = (choice, actor.person)

    @precondition(lambda self: self.ballots)
    @rule(ballot=st.sampled_from(range(3)))
    def close(self, ballot: int) -> None:
        """Close a ballot, and count again what was cast; one that is closed already when no other is left."""
        still = [one for one in self.ballots if one not in self.closed] or self.ballots
        chosen = still[ballot % len(still)]
        closed = self._act(lambda: close_ballot(session.get_one(Ballot, chosen), actor=self.organiser))
        if closed is None:
            assert chosen in self.closed
            return
        self.closed.add(chosen)
        assert closed.result is not None
        marks = [choice for (of, _), (choice, _) in self.cast.items() if of == chosen]
        assert {key: number for key, number in closed.result["totals"].items() if number} == {
            choice: marks.count(choice) for choice in set(marks)
        }
        assert sum(closed.result["totals"].values()) == closed.result["cast"] == len(marks)
        assert closed.result["cast"] <= closed.result["voters"] == len(self.rolls[chosen]) <= SEATS

    @invariant()
    def nothing_counts_twice(self) -> None:
        """The quorum is that of the pure rule, at most the seats; a person holds one seat or stands in for one."""
        if not self.changed:
            return
        parts = [
            (id_of(seat), id_of(member), id_of(person), at) for seat, member, person, at in _PARTS.run(here=self.here)
        ]
        assert len(parts) == len({person for _, _, person, _ in parts})
        there = {id_of(member) for (member,) in _THERE.run(sitting=self.sitting)}
        now = acting([self._standing(seat, parts) for seat in self.seats], there, proxies_each=1)
        assert quorum_now(self.session).present == len(now) <= SEATS
        of = {member: person for _, member, person, _ in parts}
        assert len({of[one.voter] for one in now.values()}) == len(now)

    @staticmethod
    def _standing(seat: uuid.UUID, parts: Sequence[tuple[uuid.UUID, uuid.UUID, uuid.UUID, int]]) -> Standing:
        members = {at: member for of, member, _, at in parts if of == seat}
        assert sorted(members) == [at for at in range(max(members, default=0) + 1) if at or 0 in members]
        return Standing(seat, members.get(0), [members[at] for at in sorted(members) if at])

    @invariant()
    def what_was_cast_stays_whose_it_was(self) -> None:
        """No vote changes with its seat: there is one for each entry, with its author, as it was written."""
        if not self.changed or not self.ballots:
            return
        rows = _CAST.run(here=self.here)
        assert len(rows) == len(self.cast)
        assert {(id_of(ballot), id_of(seat)): (choice, id_of(by)) for ballot, seat, choice, by in rows} == self.cast

    def teardown(self) -> None:
        """At the end no roll has changed, every term has one holder, and a proxy in force is of a seat that has its giver."""
        if not hasattr(self, "here"):
            return
        assert all(self._roll(ballot) == roll for ballot, roll in self.rolls.items())
        held = dict(read(sa.select(Seat.id, Seat.holder_id).where(Seat.id.in_(self.seats))).all())
        terms = read(sa.select(SeatTerm.seat_id, SeatTerm.member_id).where(SeatTerm.until.is_(None))).all()
        assert {seat: member for seat, member in terms if seat in held} == {s: m for s, m in held.items() if m}
        for seat, giver, bearer in read(
            sa.select(Proxy.seat_id, Proxy.giver_id, Proxy.bearer_id).where(
                Proxy.consultation_id == self.here, Proxy.ended_at.is_(None)
            )
        ):
            assert held[seat] == giver
            assert bearer in held.values()
        session.remove()
