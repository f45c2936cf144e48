"""Telling people of an event: a notice in the product, and a mail beside it as each wants it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import sqlalchemy as sa

from consult import clock
from consult.accounts.models import Person
from consult.db import new_id, session
from consult.events.models import INSTANCE
from consult.events.types import Recorded
from consult.i18n import Localized, Message
from consult.notifications.kinds import How, topic_of
from consult.notifications.mail import Link, Part, write_mail
from consult.notifications.models import Notice
from consult.notifications.wishes import next_gathering, wishes_of

#: So many people are looked up and written at a time.
CHUNK = 500
#: Kinds of which one act may bring very many (a file of texts): a mail at once waits so long and names all that came meanwhile.
SETTLES: Mapping[str, timedelta] = {"search_found": timedelta(minutes=10)}


def tell(
    person: Person,
    recorded: Recorded,
    kind: str,
    subject: Message,
    paragraphs: Sequence[Part],
    link: Link | None = None,
    *,
    about: str = "",
    sender: Localized | None = None,
    why: Message | None = None,
    timezone: str = "Africa/Tripoli",
) -> bool:
    """Tell a person of an event, once; inside the transaction of the delivery. Returns False where they were told before.

    The notice is written in any case; the mail (see `write_mail`) where they want one at once, after their quiet hours. What
    is told daily or weekly is gathered from the notices later. `about` is a public number or key, never words.
    """
    told = (Notice.person_id == person.id, Notice.event_id == recorded.id, Notice.about == about)
    if session.scalar(sa.select(sa.exists().where(*told))):
        return False
    topic, now = topic_of(kind), clock.now()
    wishes = wishes_of([person.id])[person.id]
    how = wishes.of(topic)
    gather_at = next_gathering(how, now, wishes.timezone)
    session.add(Notice(**_row(person.id, recorded, _place_of(recorded), kind, about, how, gather_at)))
    session.flush()
    if how is How.NOW:
        cause = f"{recorded.id}/{about}" if about else str(recorded.id)
        due = wishes.due(topic, now)
        write_mail(
            person, kind, cause, subject, paragraphs, link, sender=sender, why=why, timezone=timezone, due_at=due
        )
    return True


def tell_many(
    people: Sequence[uuid.UUID],
    recorded: Recorded,
    kind: str,
    *,
    about: str = "",
    consultation: uuid.UUID | None = None,
) -> None:
    """Tell many of an event, once each; inside the transaction of the delivery, which stays short however many they are.

    `consultation` is where the matter stands, for an event that another stream than its own tells of. Only notices are written
    here. The worker writes the mail of each in a transaction of its own: while ten thousand letters are put together, others vote.
    """
    topic, now, place = topic_of(kind), clock.now(), consultation or _place_of(recorded)
    for chunk in _chunks(people):
        told = (Notice.person_id.in_(chunk), Notice.event_id == recorded.id, Notice.about == about)
        known = set(session.scalars(sa.select(Notice.person_id).where(*told)))
        rows = []
        for person, wishes in wishes_of(one for one in chunk if one not in known).items():
            how = wishes.of(topic)
            at_once = now + SETTLES.get(kind, timedelta())
            at = wishes.due(topic, at_once) if how is How.NOW else next_gathering(how, now, wishes.timezone)
            rows.append(_row(person, recorded, place, kind, about, how, at))
        if rows:
            session.execute(sa.insert(Notice), rows)


def _chunks(people: Sequence[uuid.UUID]) -> Iterator[Sequence[uuid.UUID]]:
    rest = iter(people)
    while chunk := tuple(islice(rest, CHUNK)):
        yield chunk


def _place_of(recorded: Recorded) -> uuid.UUID | None:
    """Return the consultation in whose stream an event stands, None for one of the instance's."""
    return None if recorded.stream == INSTANCE else recorded.stream


def _row(
    person: uuid.UUID,
    recorded: Recorded,
    place: uuid.UUID | None,
    kind: str,
    about: str,
    how: How,
    gather_at: datetime | None,
) -> dict[str, Any]:
    return {
        "id": new_id(),
        "person_id": person,
        "event_id": recorded.id,
        "consultation_id": place,
        "kind": kind,
        "about": about,
        "how": how.value,
        "at": clock.now(),
        "gather_at": gather_at,
    }
