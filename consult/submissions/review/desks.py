"""The queue shared out among its moderators: by track, language and load, past whoever may not decide or is away.

The worker gives each text that waits to whoever of those who may decide on it and read its language has fewest open (of
all who may, where nobody there reads it: a text in a rare language waits for somebody, not for nobody), and gives it anew when they may not any more: their role ended, they are away, or they declared an interest. It keeps nobody
from deciding on a text that is with somebody else: it says where to begin. So it is no event, and nothing of it is public.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from consult import clock
from consult.accounts.access import Actor, Role, allowed, demand
from consult.accounts.models import Person, RoleGrant
from consult.accounts.roles import in_force
from consult.accounts.signing_in.sign_in import load_actor
from consult.consultations.models import Consultation
from consult.db import dialect_name, session, transaction
from consult.errors import Rejected
from consult.i18n import N_, WRITTEN
from consult.submissions.models import Submission
from consult.submissions.review.desk_models import ModerationTask, ModeratorDesk
from consult.submissions.review.queries import Which, waits

#: Texts that are given out in one transaction; a text for which nobody was found is looked at again after a while.
BATCH = 200
AGAIN = timedelta(minutes=10)
#: For how many days somebody may say that they are away.
MOST_DAYS = 366

_interest = sa.table("declared_interest", sa.column("person_id", sa.Uuid()), sa.column("submission_id", sa.Uuid()))


@dataclass(slots=True)
class Desk:
    """A moderator: for which tracks ("" for all), what they read (none: any), when they are back, how many texts they have."""

    person: uuid.UUID
    name: str
    tracks: frozenset[str]
    languages: frozenset[str] = frozenset()
    back_at: datetime | None = None
    open: int = 0
    oldest: datetime | None = None
    actor: Actor = field(default_factory=Actor)

    def reaches(self, track: str) -> bool:
        """Tell whether a text is in their track."""
        return "" in self.tracks or track in self.tracks

    def reads(self, language: str) -> bool:
        """Tell whether a text is in a language that they read."""
        return not self.languages or language in self.languages


def desks_of(consultation: Consultation) -> Sequence[Desk]:
    """Return the moderators of a consultation or of a track of it, by name, with what is open with each (3 queries)."""
    held = session.execute(
        sa.select(RoleGrant.person_id, Person.name, RoleGrant.track)
        .join(Person, Person.id == RoleGrant.person_id)
        .where(
            RoleGrant.role == Role.MODERATOR,
            RoleGrant.consultation_id == consultation.id,
            RoleGrant.session_id.is_(None),
            Person.closed_at.is_(None),
            *in_force(),
        )
        .order_by(Person.name, RoleGrant.person_id)
    ).all()
    said = {
        row.person_id: row
        for row in session.scalars(sa.select(ModeratorDesk).where(ModeratorDesk.consultation_id == consultation.id))
    }
    loads = {
        person: (number, oldest)
        for person, number, oldest in session.execute(
            sa.select(ModerationTask.person_id, sa.func.count(), sa.func.min(Submission.received_at))
            .join(Submission, Submission.id == ModerationTask.submission_id)
            .where(Submission.consultation_id == consultation.id, _unread())
            .group_by(ModerationTask.person_id)
        )
    }
    found: dict[uuid.UUID, Desk] = {}
    for person, name, track in held:
        desk = found.setdefault(person, Desk(person, name, frozenset()))
        desk.tracks |= {track}
    for person, desk in found.items():
        if person in said:
            desk.languages, desk.back_at = frozenset(said[person].languages), said[person].back_at
        desk.open, desk.oldest = loads.get(person, (0, None))
    return list(found.values())


def _unread() -> sa.ColumnElement[bool]:
    return sa.or_(waits(look_over=False), waits(look_over=True))


def is_away(back_at: datetime | None) -> bool:
    """Tell whether somebody is away now."""
    return back_at is not None and back_at > clock.now()


def next_desk(text: uuid.UUID, track: str, language: str, desks: Sequence[Desk]) -> Desk | None:
    """Return who of these gets a text: whoever has fewest open, by lot among equals; None where nobody is of its track.

    It is one of those of the track who read its language; where nobody does, any of the track.
    """
    there = [desk for desk in desks if desk.reaches(track)]
    able = [desk for desk in there if desk.reads(language)] or there
    return min(able, key=lambda desk: (desk.open, sha256(text.bytes + desk.person.bytes).digest()), default=None)


def share_out_due() -> bool:
    """Give out texts of one consultation that are with nobody who may and can decide on them; tell whether there were any (1 query if none)."""
    here = session.scalars(sa.select(Submission.consultation_id).where(_due()).limit(1)).first()
    if here is None:
        return False
    with transaction():
        consultation = session.get_one(Consultation, here)
        desks = [desk for desk in desks_of(consultation) if not is_away(desk.back_at)]
        for desk in desks:
            desk.actor = load_actor(desk.person)
        rows = session.scalars(
            sa.select(Submission)
            .where(Submission.consultation_id == here, _due())
            .order_by(Submission.received_at, Submission.id)
            .limit(BATCH)
        ).all()
        for row in rows:
            free = [desk for desk in desks if allowed(desk.actor, "submission.review", row)]
            chosen = next_desk(row.id, row.track, row.language, free)
            if chosen is not None:
                chosen.open += 1
            _give(row.id, chosen.person if chosen else None)
    return True


def _due() -> sa.ColumnElement[bool]:
    """Return that a text waits and is with nobody, or with somebody who may or can read it no more."""
    task, of_task = ModerationTask, ModerationTask.submission_id == Submission.id
    holds = sa.exists().where(
        RoleGrant.person_id == task.person_id,
        RoleGrant.role == Role.MODERATOR,
        RoleGrant.consultation_id == Submission.consultation_id,
        RoleGrant.track.in_(["", Submission.track]),
        RoleGrant.session_id.is_(None),
        *in_force(),
    )
    closed = sa.exists().where(Person.id == task.person_id, Person.closed_at.is_not(None))
    away = sa.exists().where(
        ModeratorDesk.person_id == task.person_id,
        ModeratorDesk.consultation_id == Submission.consultation_id,
        ModeratorDesk.back_at > clock.now(),
    )
    recused = sa.exists().where(
        _interest.c.person_id == task.person_id, _interest.c.submission_id == task.submission_id
    )
    nobody = sa.and_(task.person_id.is_(None), task.given_at < clock.now() - AGAIN)
    somebody = sa.and_(task.person_id.is_not(None), sa.or_(sa.not_(holds), closed, away, recused))
    given = sa.exists().where(of_task)
    stale = sa.exists().where(of_task, sa.or_(nobody, somebody))
    return sa.and_(_unread(), sa.or_(sa.not_(given), stale))


def _give(text: uuid.UUID, person: uuid.UUID | None) -> None:
    insert = (sqlite.insert if dialect_name() == "sqlite" else postgresql.insert)(ModerationTask)
    values = {"person_id": person, "given_at": clock.now()}
    statement = insert.values(submission_id=text, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["submission_id"], set_=values))


def with_moderator(person: uuid.UUID | None) -> sa.ColumnElement[bool]:
    """Return, as a condition on submissions, that they are with somebody."""
    return sa.exists().where(ModerationTask.submission_id == Submission.id, ModerationTask.person_id == person)


def holders_of(texts: Sequence[str], consultation: uuid.UUID) -> Mapping[str, tuple[uuid.UUID, str]]:
    """Return with whom texts are, by receipt number: their id and name (1 query)."""
    rows = session.execute(
        sa.select(Submission.number, Person.id, Person.name)
        .join(ModerationTask, ModerationTask.submission_id == Submission.id)
        .join(Person, Person.id == ModerationTask.person_id)
        .where(Submission.consultation_id == consultation, Submission.number.in_(texts))
    )
    return {number: (person, name) for number, person, name in rows}


def take_over(submission: Submission, *, actor: Actor) -> None:
    """Take a text to one's own desk, whoever it was with. Raises Forbidden for whoever may not decide on it."""
    with transaction():
        demand(actor, "submission.review", submission)
        _give(submission.id, actor.person)


def may_be_handed(submission: Submission, consultation: Consultation) -> Sequence[Desk]:
    """Return to whom a text may be handed on: who may decide on it and is not away, whatever they read."""
    return [
        desk
        for desk in desks_of(consultation)
        if not is_away(desk.back_at) and allowed(load_actor(desk.person), "submission.review", submission)
    ]


def hand_on(submission: Submission, to: uuid.UUID, *, consultation: Consultation, actor: Actor) -> None:
    """Hand a text on to another moderator. Raises Rejected at `to` for one who may not decide on it or is away."""
    with transaction():
        demand(actor, "submission.review", submission)
        if to not in {desk.person for desk in may_be_handed(submission, consultation)}:
            raise Rejected(N_("Choose a moderator who may decide on this text."), "to")
        _give(submission.id, to)


@dataclass(frozen=True, slots=True)
class DeskDraft:
    """What a moderator reads (none: any language), and until which day they are away, that day included."""

    languages: Sequence[str]
    away_until: date | None


def set_desk(draft: DeskDraft, *, consultation: Consultation, actor: Actor) -> None:
    """Say what one reads and when one is away; texts are shared out by it from the next round on. Raises Rejected at the fields."""
    with transaction():
        demand(actor, "submission.review", consultation)
        zone = ZoneInfo(consultation.timezone)
        day = clock.now().astimezone(zone).date()
        if set(draft.languages) - set(WRITTEN):
            raise Rejected(N_("Choose among the languages of the platform."), "languages")
        if draft.away_until is not None and not day <= draft.away_until <= day + timedelta(days=MOST_DAYS):
            raise Rejected(N_("Choose a day from today on, at most a year ahead."), "away_until")
        row = session.get(ModeratorDesk, (consultation.id, actor.person))
        if row is None:
            row = ModeratorDesk(consultation_id=consultation.id, person_id=actor.person)
            session.add(row)
        row.languages = sorted(set(draft.languages))
        back = draft.away_until + timedelta(days=1) if draft.away_until else None
        row.back_at = datetime.combine(back, time(), zone).astimezone(UTC) if back else None


def away_until(back_at: datetime | None, consultation: Consultation) -> date | None:
    """Return the last day on which somebody is away, None where they are there."""
    if back_at is None or not is_away(back_at):
        return None
    return back_at.astimezone(ZoneInfo(consultation.timezone)).date() - timedelta(days=1)


def desk_of(consultation: uuid.UUID, person: uuid.UUID | None) -> ModeratorDesk | None:
    """Return what somebody said of their desk (1 query)."""
    return session.get(ModeratorDesk, (consultation, person)) if person else None


def count_with(consultation: uuid.UUID, person: uuid.UUID | None, which: Which, *, look_over: bool) -> int:
    """Return how many texts that wait are with somebody (1 query)."""
    mine = (Submission.consultation_id == consultation, waits(look_over=look_over), with_moderator(person))
    query = sa.select(sa.func.count()).select_from(Submission).where(*mine, sa.true() if which is None else which)
    return session.scalar(query) or 0


def nobodys(consultation: uuid.UUID) -> Counter[tuple[str, str]]:
    """Return how many texts that wait are with nobody, by track and language (1 query)."""
    given = sa.exists().where(ModerationTask.submission_id == Submission.id, ModerationTask.person_id.is_not(None))
    rows = session.execute(
        sa.select(Submission.track, Submission.language, sa.func.count())
        .where(Submission.consultation_id == consultation, _unread(), sa.not_(given))
        .group_by(Submission.track, Submission.language)
    )
    return Counter({(track, language): number for track, language, number in rows})
