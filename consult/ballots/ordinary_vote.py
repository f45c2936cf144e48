"""The short way of an ordinary vote: two statements in place of a page's eight, for when a whole hall casts at once."""

from __future__ import annotations

from dataclasses import dataclass

from consult import clock
from consult.accounts.access import Actor, Membership
from consult.accounts.signing_in.sign_in import idle_since, token_hash
from consult.ballots.box import cast
from consult.ballots.frozen import forget_opened, opened_ballot
from consult.db import DriverQuery, id_of
from consult.errors import NotFound


@dataclass(frozen=True, slots=True)
class Vote:
    """A vote as a form says it: whose sign-in it comes with, where, on what, and how; `voter` in whose name, "" for one's own."""

    token: str
    consultation: str
    ballot: int
    choice: str
    voter: str = ""


def cast_at_once(vote: Vote) -> bool:
    """Cast an ordinary vote: somebody with one seat, signed in, chooses something that stands on the ballot paper.

    Somebody who casts by proxy, for another, is not ordinary. Anything else is False and nothing has happened: the page then says what is wrong, as every page does. Raises what
    `consult.ballots.box.cast` raises, which also asks the policy.
    """
    actor = seated_actor(vote.token, vote.consultation)
    if actor is None or vote.voter not in {"", str(actor.memberships[0].member)}:
        return False
    opened = opened_ballot(actor.memberships[0].consultation, vote.ballot)
    if opened is None or vote.choice not in opened.choices:
        return False
    try:
        cast(opened, vote.choice, actor=actor)
    except NotFound:
        forget_opened()
        return False
    return True


def seated_actor(token: str, slug: str) -> Actor | None:
    """Return who a sign-in token stands for, with their seat in one public consultation and without anything else.

    None where the token stands for nobody, there is no such consultation that everybody may read, or the person has no
    seat in it or several: the page then finds out as every page does. Nothing but a vote is to be judged by this actor: it
    has no roles and no other memberships.
    """
    now = clock.now()
    rows = _SEAT.run(token=token_hash(token), now=now, idle_since=idle_since(now), slug=slug)
    if len(rows) != 1:
        return None
    track, *ids = rows[0]
    person, sign_in, member, consultation = map(id_of, ids)
    return Actor(person, memberships=(Membership(member, consultation, track, None, seated=True),), sign_in=sign_in)


# Who is signed in, as `consult.accounts.signing_in.sign_in` says it, and who holds a seat and takes part, as `taking_part` says it.
_SEAT = DriverQuery(
    """
    SELECT member.track, sign_in.person_id, sign_in.id, member.id, member.consultation_id
    FROM sign_in
    JOIN member ON member.person_id = sign_in.person_id
    AND member.part_ended_at IS NULL AND (member.until IS NULL OR member.until > :now)
    JOIN seat ON seat.holder_id = member.id
    JOIN consultation ON consultation.id = member.consultation_id
    WHERE sign_in.token_hash = :token AND sign_in.ended_at IS NULL AND sign_in.expires_at > :now
    AND sign_in.seen_at > :idle_since AND consultation.slug = :slug AND consultation.public
    """
)
