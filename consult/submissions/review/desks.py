"""The queue shared out among its moderators: by track, language and load, past whoever may not decide or is away.

The worker gives each text that waits to whoever of those who may decide on it and read its language has fewest open (of
all who may, where nobody there reads it: a text in a rare language waits for somebody, not for nobody), and gives it anew when
they are away or may not decide on it any more, as the policy `submission.review` says. It keeps nobody
from deciding on a text that is with somebody else: it says where to begin. So it is no event, and nothing of it is public.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, Role, allowed, demand
from consult.accounts.clauses import permitted
from consult.accounts.models import Person, RoleGrant
from consult.accounts.roles import in_force
from consult.accounts.signing_in.sign_in import load_actors
from consult.consultations.models import Consultation
from consult.db import insert_into, session, transaction
from consult.errors import Rejected
from consult.i18n import N_, WRITTEN
from consult.submissions.models import Submission
from consult.submissions.review.desk_models import ModerationTask, ModeratorDesk
from consult.submissions.review.queries import Which, waits

#: The two lists of what waits, as `waits` tells them apart: what nobody read yet, and what was published before anybody read it.
LISTS = (False, True)
#: Texts that are given out in one transaction; a text for which nobody was found is looked at again after a while.
BATCH = 1_000
AGAIN = timedelta(minutes=10)
#: For how many days somebody may say that they are away.
MOST_DAYS = 366


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
    return _loaded(_desks(consultation), consultation.id)


def _desks(consultation: Consultation) -> Sequence[Desk]:
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
    found: dict[uuid.UUID, Desk] = {}
    for person, name, track in held:
        desk = found.setdefault(person, Desk(person, name, frozenset()))
        desk.tracks |= {track}
    for person, desk in found.items():
        if person in said:
            desk.languages, desk.back_at = frozenset(said[person].languages), said[person].back_at
    return list(found.values())


def _loaded(desks: Sequence[Desk], consultation: uuid.UUID) -> Sequence[Desk]:
    """Return the desks with what is open with each: all that waits is looked through for it (1 query)."""
    loads = {
        person: (number, oldest)
        for person, number, oldest in session.execute(
            sa.select(ModerationTask.person_id, sa.func.count(), sa.func.min(Submission.received_at))
            .join(Submission, Submission.id == ModerationTask.submission_id)
            .where(_unread(consultation))
            .group_by(ModerationTask.person_id)
        )
    }
    return [
        replace(desk, open=number, oldest=oldest)
        for desk in desks
        for number, oldest in [loads.get(desk.person, (0, None))]
    ]


def _there(consultation: Consultation) -> Sequence[Desk]:
    """Return the desks of those who are not away, each with who they are, but not what is open there (5 queries)."""
    desks = [desk for desk in _desks(consultation) if not is_away(desk.back_at)]
    actors = load_actors([desk.person for desk in desks])
    return [replace(desk, actor=actors[desk.person]) for desk in desks]


def _unread(consultation: uuid.UUID) -> sa.ColumnElement[bool]:
    """Return, as a condition on submissions, that they wait in a consultation, in either list: each is answered from an index."""
    lists = (
        sa.select(Submission.id)
        .where(Submission.consultation_id == consultation, waits(look_over=look_over))
        .correlate(None)
        for look_over in LISTS
    )
    return Submission.id.in_(sa.union_all(*lists))


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


@dataclass(frozen=True, slots=True)
class Share:
    """A text that is due, to whom it goes (None: nobody), and where it was when that was read: with whom, since when (None: not given out yet)."""

    text: uuid.UUID
    to: uuid.UUID | None
    held_by: uuid.UUID | None
    since: datetime | None


def share_out_due(meanwhile: Callable[[], object] = lambda: None) -> bool:
    """Give out the texts that are with nobody who may and can decide on them; tell whether there were any.

    Where nothing waits it is 1 query; else 8 more for each consultation in which something does, of which two look through all that
    waits there. `meanwhile` is called after each BATCH, so that whatever else is due need not wait for the end.
    """
    shared = False
    for consultation in _where_texts_wait():
        for shares in shares_due(consultation):
            give_out(shares)
            meanwhile()
            shared = True
    return shared


def _where_texts_wait() -> Sequence[uuid.UUID]:
    """Return the consultations in which a text waits: asked list by list, each is found by an index."""
    here = Submission.consultation_id == Consultation.id
    lists = (sa.exists().where(here, waits(look_over=look_over)) for look_over in LISTS)
    return session.scalars(sa.select(Consultation.id).where(sa.or_(*lists))).all()


def shares_due(consultation: uuid.UUID) -> Iterator[Sequence[Share]]:
    """Yield to whom texts of a consultation are due to go, BATCH at a time, the oldest of each list first. Reads only, so it holds nobody up."""
    desks, loaded = _there(session.get_one(Consultation, consultation)), False
    for look_over in LISTS:
        last = None
        while rows := _due(consultation, desks, look_over=look_over, after=last):
            if not loaded:
                desks, loaded = _loaded(desks, consultation), True
            last = rows[-1][0].received_at, rows[-1][0].id
            yield [_share(*row, desks) for row in rows]


def _due(
    consultation: uuid.UUID, desks: Sequence[Desk], *, look_over: bool, after: tuple[datetime, uuid.UUID] | None
) -> Sequence[sa.Row[Submission, uuid.UUID | None, datetime]]:
    """Return the next texts of a list that do not lie well, each with where it is and since when."""
    query = (
        sa.select(Submission, ModerationTask.person_id, ModerationTask.given_at)
        .outerjoin(ModerationTask, ModerationTask.submission_id == Submission.id)
        .where(Submission.consultation_id == consultation, waits(look_over=look_over))
        .where(sa.not_(_lies_well(desks, consultation)))
        .order_by(Submission.received_at, Submission.id)
        .limit(BATCH)
    )
    if after is not None:
        query = query.where(sa.tuple_(Submission.received_at, Submission.id) > after)
    return session.execute(query).all()


def _share(text: Submission, held_by: uuid.UUID | None, since: datetime | None, desks: Sequence[Desk]) -> Share:
    chosen = next_desk(
        text.id, text.track, text.language, [desk for desk in desks if allowed(desk.actor, "submission.review", text)]
    )
    if chosen is not None:
        chosen.open += 1
    return Share(text.id, chosen.person if chosen else None, held_by, since)


def _lies_well(desks: Sequence[Desk], consultation: uuid.UUID) -> sa.ColumnElement[bool]:
    """Return that a text is with one of these who may decide on it, or was with nobody a short while ago; it is never NULL."""
    task = ModerationTask
    fit = [
        sa.and_(task.person_id == desk.person, permitted(desk.actor, "submission.review", consultation))
        for desk in desks
    ]
    nobody = sa.and_(task.person_id.is_(None), task.given_at >= clock.now() - AGAIN)
    return sa.func.coalesce(sa.or_(nobody, *fit), sa.false())


def give_out(shares: Sequence[Share]) -> None:
    """Give texts to whom they are due to go, but those that somebody took over, or handed on, since that was read."""
    if not shares:
        return
    task = ModerationTask
    as_read = sa.and_(
        task.person_id.is_not_distinct_from(sa.bindparam("held_by", type_=task.person_id.type)),
        task.given_at == sa.bindparam("since", type_=task.given_at.type),
    )
    given = [{"held_by": share.held_by, "since": share.since, **_given(share.text, share.to)} for share in shares]
    with transaction():
        session.connection().execute(_giving(where=as_read), given)


def _given(text: uuid.UUID, person: uuid.UUID | None) -> dict[str, object]:
    return {"submission_id": text, "person_id": person, "given_at": clock.now()}


def _giving(*, where: sa.ColumnElement[bool] | None = None) -> sa.Insert:
    """Return what writes with whom a text is; over what is written already only `where` that holds."""
    statement = insert_into(ModerationTask)
    to = {name: statement.excluded[name] for name in ("person_id", "given_at")}
    return statement.on_conflict_do_update(index_elements=["submission_id"], set_=to, where=where)


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


def take_over(submission: Submission, *, actor: Actor) -> bool:
    """Take a text to one's own desk, whoever it was with; tell whether one had said that one is away: who takes a text is back.

    Otherwise the text would be given to somebody else at once. Raises Forbidden for whoever may not decide on it.
    """
    mine = (ModeratorDesk.consultation_id == submission.consultation_id, ModeratorDesk.person_id == actor.person)
    with transaction():
        demand(actor, "submission.review", submission)
        back = sa.update(ModeratorDesk).where(*mine, ModeratorDesk.back_at > clock.now()).values(back_at=None)
        was_away = session.execute(back.returning(ModeratorDesk.person_id)).first() is not None
        session.execute(_giving(), _given(submission.id, actor.person))
    return was_away


def may_be_handed(submission: Submission, consultation: Consultation) -> Sequence[Desk]:
    """Return to whom a text may be handed on: who may decide on it and is not away, whatever they read, with what is open there."""
    return [
        desk
        for desk in _loaded(_there(consultation), consultation.id)
        if allowed(desk.actor, "submission.review", submission)
    ]


def hand_on(submission: Submission, to: uuid.UUID, *, consultation: Consultation, actor: Actor) -> None:
    """Hand a text on to another moderator. Raises Rejected at `to` for one who may not decide on it or is away."""
    with transaction():
        demand(actor, "submission.review", submission)
        if to not in {desk.person for desk in may_be_handed(submission, consultation)}:
            raise Rejected(N_("Choose a moderator who may decide on this text."), "to")
        session.execute(_giving(), _given(submission.id, to))


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
        back = draft.away_until + timedelta(days=1) if draft.away_until else None
        said = {
            "languages": sorted(set(draft.languages)),
            "back_at": datetime.combine(back, time(), zone).astimezone(UTC) if back else None,
        }
        statement = insert_into(ModeratorDesk).values(consultation_id=consultation.id, person_id=actor.person, **said)
        session.execute(statement.on_conflict_do_update(index_elements=["consultation_id", "person_id"], set_=said))


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
        .where(_unread(consultation), sa.not_(given))
        .group_by(Submission.track, Submission.language)
    )
    return Counter({(track, language): number for track, language, number in rows})
