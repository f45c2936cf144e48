"""What somebody may change of how they are told: topics, quiet hours, place, one press of a mail's own link."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.accounts.events import AddressTriedAgain, WishesChanged
from consult.accounts.models import Person
from consult.cleaning import clean_line
from consult.db import session, transaction
from consult.errors import Forbidden, NotFound, Problem, Rejected
from consult.events.record import record
from consult.i18n import N_
from consult.notifications.kinds import ALWAYS, KINDS, How, Topic, topic_of
from consult.notifications.missions import missions
from consult.notifications.models import FailingAddress, Mail, Notice, Reach, Wish
from consult.notifications.places import COUNTRIES, ZONES
from consult.notifications.stopping import GATHERED, mail_of
from consult.notifications.wishes import HERE, Wishes, next_gathering, wishes_of

LONGEST_DISTRICT = 120
RETIRED = N_("This mission is not in the list any more. Choose another.")


@dataclass(frozen=True, slots=True)
class TellingDraft:
    """How somebody wants to be told of each topic, and their quiet hours (from, to), None for none."""

    how: Mapping[Topic, How] = field(default_factory=dict)
    quiet: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class PlaceDraft:
    """From where somebody takes part: time zone ("" for Tripoli's), country ("" for none named), mission by its code, or a consular district in their own words."""

    timezone: str = ""
    country: str = ""
    district: str = ""
    mission: str = ""


def choose_telling(draft: TellingDraft, *, actor: Actor) -> None:
    """Keep how the actor wants to be told. What waits for a daily or weekly letter goes with the new choice.

    Raises Rejected where an hour is no hour, or quiet hours last the whole day.
    """
    with transaction():
        person = _own(actor)
        if draft.quiet is not None:
            if not all(0 <= hour <= 23 for hour in draft.quiet):
                raise Rejected(N_("Choose one of the answers."), field="quiet_from")
            if draft.quiet[0] == draft.quiet[1]:
                raise Rejected(N_("Quiet hours end at another hour than they begin."), field="quiet_to")
        before = wishes_of([person])[person]
        changed = [t for t, how in draft.how.items() if t not in ALWAYS and before.of(t) is not how]
        if not changed and before.quiet == draft.quiet:
            return
        for topic in changed:
            _choose(person, topic, draft.how[topic])
        row = _reach(person)
        row.quiet_from, row.quiet_to = draft.quiet or (None, None)
        record(WishesChanged(person=person), actor=person)


def choose_place(draft: PlaceDraft, *, actor: Actor) -> str:
    """Keep from where the actor takes part, and return the time zone that came with a mission just chosen, "" where none did.

    Country and time zone that were left open are the mission's; whoever then says another clock keeps that. Raises Rejected
    at what is not offered or too long.
    """
    with transaction():
        person = _own(actor)
        district = clean_line(draft.district)
        problems = []
        if draft.timezone and draft.timezone not in ZONES:
            problems.append(Problem("timezone", N_("Choose one of the answers.")))
        if draft.country and draft.country not in COUNTRIES:
            problems.append(Problem("country", N_("Choose one of the answers.")))
        if len(district) > LONGEST_DISTRICT:
            problems.append(Problem("district", N_("Write at most %(limit)s characters.", limit=LONGEST_DISTRICT)))
        row, known = _reach(person), missions()
        mission = known.get(draft.mission)
        kept = draft.mission == row.mission
        if draft.mission and mission is None:
            problems.append(Problem("mission", N_("Choose one of the answers.")))
        elif mission is not None and mission.retired and not kept:
            problems.append(Problem("mission", RETIRED))
        if problems:
            raise Rejected(problems)
        proposed = "" if mission is None or kept or draft.timezone else mission.timezone
        proposed = "" if proposed == HERE else proposed
        country = draft.country or ("" if mission is None or kept else mission.country)
        place = {"timezone": draft.timezone or proposed, "country": country, "district": district}
        place["mission"] = draft.mission
        if any(getattr(row, name) != value for name, value in place.items()):
            for name, value in place.items():
                setattr(row, name, value)
            record(WishesChanged(person=person), actor=person)
            # Whoever retires a mission writes in the same log: one that did so first has committed by now, others wait.
            if mission is not None and not kept and missions()[mission.code].retired:
                raise Rejected(RETIRED, "mission")
        return proposed


def stop_mail(token: str) -> Sequence[Topic]:
    """Switch off what a mail's own link switches off and return the topics; once more changes nothing.

    Whoever holds the mail may: no sign-in is asked for (RFC 8058). The notices go on in the product. Raises NotFound for a
    token that was forged or altered.
    """
    with transaction():
        mail = mail_of(token)
        if mail is None:
            raise NotFound
        session.get_one(Person, mail.reader, with_for_update=True)
        now = wishes_of([mail.reader])[mail.reader]
        topics = topics_of_mail(mail, now)
        changed = [topic for topic in topics if now.of(topic) is not How.PRODUCT]
        for topic in changed:
            _choose(mail.reader, topic, How.PRODUCT)
        if changed:
            record(WishesChanged(person=mail.reader), actor=None)
        return topics


def topics_of_mail(mail: Mail, now: Wishes) -> Sequence[Topic]:
    """Return what the link of a mail switches off: its topic, or all that its person is told of in such a letter."""
    if mail.kind not in GATHERED:
        return [topic_of(mail.kind)]
    return [topic for topic in Topic if topic not in ALWAYS and now.of(topic) == GATHERED[mail.kind]]


def try_address_again(*, actor: Actor) -> None:
    """Send to the actor's address again, because they say that it takes mail."""
    with transaction():
        person = _own(actor)
        row = session.get(FailingAddress, person)
        if row is not None:
            session.delete(row)
            record(AddressTriedAgain(person=person), actor=person)


def _own(actor: Actor) -> uuid.UUID:
    demand(actor, "account.use")
    if actor.person is None:
        raise Forbidden
    session.get_one(Person, actor.person, with_for_update=True)
    return actor.person


def _reach(person: uuid.UUID) -> Reach:
    row = session.get(Reach, person)
    if row is None:
        row = Reach(person_id=person, timezone="", country="", district="", mission="")
        session.add(row)
    return row


def _choose(person: uuid.UUID, topic: Topic, how: How) -> None:
    row = session.get(Wish, (person, topic.value))
    if row is None:
        session.add(Wish(person_id=person, topic=topic, how=how))
    else:
        row.how = how
    session.flush()
    kinds = [name for name, kind in KINDS.items() if kind.topic is topic]
    gathers = how if how is not How.NOW else How.DAILY
    again = next_gathering(gathers, clock.now(), wishes_of([person])[person].timezone)
    waits = (Notice.person_id == person, Notice.kind.in_(kinds), Notice.gathered_at.is_(None))
    session.execute(sa.update(Notice).where(*waits, Notice.gather_at.is_not(None)).values(how=gathers, gather_at=again))
