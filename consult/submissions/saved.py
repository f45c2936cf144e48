"""Saved searches: kept by a person for themselves, and matched against each text that is accepted.

None of it is an event: the log does not tell what somebody looks for. A text is matched by reading its folded words, as the
database would find it, so however many searches there are, a text that is accepted costs one query.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import lru_cache

import sqlalchemy as sa

from consult import clock, search
from consult.accounts.access import Actor, demand
from consult.accounts.models import Body, Person
from consult.cleaning import clean_line
from consult.consultations.models import Consultation
from consult.db import new_id, session, transaction
from consult.errors import Conflict, Forbidden, NotFound, Rejected
from consult.i18n import N_
from consult.submissions.models import Submission, SubmissionTopic
from consult.submissions.register import RegisterFilter
from consult.submissions.saved_models import SavedSearch
from consult.submissions.states import SubmissionState

#: Searches that one person keeps, and the longest name of one.
MOST, LONGEST_NAME = 20, 80
#: What a text is narrowed to by the name it stands under.
OF_NAMES = frozenset({search.Facet.BODY, search.Facet.REGION})


@dataclass(frozen=True, slots=True)
class SearchDraft:
    """A search to be saved: its name, what its address says, what that means; whether its person is told of what is new."""

    name: str
    wanted: RegisterFilter
    given: Mapping[str, str] = field(default_factory=dict)
    mails: bool = True


def save_search(draft: SearchDraft, *, consultation: Consultation, actor: Actor) -> SavedSearch:
    """Keep a search for the actor. Raises Rejected at `name` or for a search that asks for nothing, Conflict beyond MOST."""
    with transaction():
        person = _own(actor)
        demand(actor, "consultation.read", consultation)
        name = clean_line(draft.name)
        if not name:
            raise Rejected(N_("Give the search a name."), "name")
        if len(name) > LONGEST_NAME:
            raise Rejected(N_("Write at most %(limit)s characters.", limit=LONGEST_NAME), "name")
        if draft.wanted.state is not SubmissionState.ACCEPTED or _asks_nothing(draft.wanted):
            raise Rejected(
                N_("Search for something first: words, a track, a topic, a region, a body or a language."), "name"
            )
        row = session.get_one(Person, person, with_for_update={"key_share": True}, populate_existing=True)
        kept = session.scalars(sa.select(SavedSearch.number).where(SavedSearch.person_id == row.id)).all()
        if len(kept) >= MOST:
            raise Conflict(N_("At most %(most)s searches are kept. Delete one first.", most=MOST))
        made = SavedSearch(
            id=new_id(),
            person_id=person,
            consultation_id=consultation.id,
            number=max(kept, default=0) + 1,
            name=name,
            given=dict(draft.given),
            wanted=_as_kept(draft.wanted),
            mails=draft.mails,
            created_at=clock.now(),
        )
        session.add(made)
        session.flush()
        return made


def tell_of_search(number: int, *, mails: bool, actor: Actor) -> None:
    """Tell the actor from now on of what one of their searches newly finds, or no longer."""
    with transaction():
        _own_search(number, actor).mails = mails


def delete_search(number: int, *, actor: Actor) -> None:
    """Delete one of the actor's searches."""
    with transaction():
        session.delete(_own_search(number, actor))


def saved_searches(person: uuid.UUID, consultation: uuid.UUID) -> Sequence[SavedSearch]:
    """Return somebody's searches in a consultation, the oldest first (1 query)."""
    own = (SavedSearch.person_id == person, SavedSearch.consultation_id == consultation)
    return session.scalars(sa.select(SavedSearch).where(*own).order_by(SavedSearch.number)).all()


def who_looks_for(row: Submission, new: search.Lacking | None = None) -> Sequence[uuid.UUID]:
    """Return who wants to be told of an accepted text because a search of theirs newly finds it.

    All of it is new, or only a part: then a search that would find it without that part is passed over (5 queries at most, 1
    where nobody saved any, 4 more for a part).
    """
    kept = session.execute(
        sa.select(SavedSearch.person_id, SavedSearch.wanted)
        .join(Person, Person.id == SavedSearch.person_id)
        .where(SavedSearch.consultation_id == row.consultation_id, SavedSearch.mails, Person.closed_at.is_(None))
        .order_by(SavedSearch.person_id)
    ).all()
    folded = search.folded_of(row.id) if kept else None
    if folded is None:
        return []
    facets, before = _facets(row), search.folded_without(row.id, new) if new else None
    known = {one for one in facets if one[0] not in OF_NAMES} if new and new.names else facets
    return list(
        dict.fromkeys(
            who
            for who, kept_filter in kept
            if _finds(wanted := saved_filter(kept_filter), facets, folded)
            and (before is None or not _finds(wanted, known, before))
        )
    )


def saved_filter(wanted: Mapping[str, str]) -> RegisterFilter:
    """Return what a search narrows the register to."""
    return RegisterFilter(
        track=wanted.get("track", ""),
        topic=_id(wanted.get("topic")),
        body=_id(wanted.get("body")),
        region=wanted.get("region", ""),
        language=wanted.get("language", ""),
        words=wanted.get("words", ""),
        field=search.Field(wanted.get("field", "")),
    )


def _as_kept(wanted: RegisterFilter) -> dict[str, str]:
    kept = {
        "track": wanted.track,
        "topic": str(wanted.topic or ""),
        "body": str(wanted.body or ""),
        "region": wanted.region,
        "language": wanted.language,
        "words": wanted.words,
        "field": wanted.field.value,
    }
    return {name: value for name, value in kept.items() if value}


def _id(text: str | None) -> uuid.UUID | None:
    return uuid.UUID(text) if text else None


def _asks_nothing(wanted: RegisterFilter) -> bool:
    return not (wanted.facets or wanted.question.terms)


def _facets(row: Submission) -> Set[tuple[search.Facet, str | uuid.UUID]]:
    """Return what a text can be narrowed to, as the register narrows it (2 queries)."""
    topics = session.scalars(sa.select(SubmissionTopic.topic_id).where(SubmissionTopic.submission_id == row.id))
    region = session.scalar(sa.select(Body.region).where(Body.id == row.body_id)) if row.body_id else None
    facet = search.Facet
    own = {(facet.TRACK, row.track), (facet.LANGUAGE, row.language), (facet.REGION, region or "")}
    return {*own, *((facet.TOPIC, topic) for topic in topics), *({(facet.BODY, row.body_id)} if row.body_id else ())}


def _finds(wanted: RegisterFilter, facets: Set[tuple[search.Facet, str | uuid.UUID]], folded: str) -> bool:
    return facets >= wanted.facets.items() and _question(wanted.words, wanted.field).found_in(folded)


@lru_cache(2048)
def _question(words: str, where: search.Field) -> search.Question:
    return RegisterFilter(words=words, field=where).question


def _own(actor: Actor) -> uuid.UUID:
    demand(actor, "account.use")
    if actor.person is None:
        raise Forbidden
    return actor.person


def _own_search(number: int, actor: Actor) -> SavedSearch:
    own = (SavedSearch.person_id == _own(actor), SavedSearch.number == number)
    found = session.scalars(sa.select(SavedSearch).where(*own)).first()
    if found is None:
        raise NotFound
    return found
