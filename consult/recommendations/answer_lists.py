"""Lists of texts by their answers: of the desk and the public page, what can be answered from sources, and what was chosen."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from consult.accounts.access import Actor
from consult.accounts.clauses import permitted
from consult.accounts.models import Body
from consult.db import session
from consult.i18n import Localized
from consult.paging import Page
from consult.recommendations.answer_conditions import (
    BY_PASSAGE,
    OWN,
    UNANSWERED,
    WHOLE,
    accepted_in,
    each_passage_answered,
    of_campaign,
)
from consult.recommendations.models import Disposition, Recommendation, Source
from consult.recommendations.states import RecommendationState
from consult.submissions.edges import edge_at
from consult.submissions.keys import text_key
from consult.submissions.models import Passage, Submission, SubmissionTopic

#: Rows of the list of the desk: as many as somebody reads before they answer them alike.
PAGE = 50
#: Passages of sources that are proposed at a time.
MOST_PROPOSED = 500


@dataclass(frozen=True, slots=True)
class AnswerFilter:
    """What a list of texts is narrowed to: the kind of answer (UNANSWERED for none yet), track, topic, language, confirmed campaign."""

    kind: str = UNANSWERED
    track: str = ""
    topic: uuid.UUID | None = None
    language: str = ""
    campaign: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """A text as a line of a list of answers; `recommendation` is the number of the one that its answer names."""

    number: str
    title: str
    language: str
    track: str
    received_at: datetime
    author: str
    withheld: bool
    body: Localized | None
    recommendation: int | None
    revision: int

    @property
    def key(self) -> str:
        """How forms name it, as it was read."""
        return text_key(self.number, self.revision)


def answers_page(
    consultation: uuid.UUID, wanted: AnswerFilter, *, after: str = "", limit: int = PAGE
) -> Page[AnswerLine]:
    """Return accepted submissions whose answer is of a kind, the oldest first, from after a receipt number on (1 query)."""
    columns: tuple[Any, ...] = (
        Submission.number,
        Submission.title,
        Submission.language,
        Submission.track,
        Submission.received_at,
        Submission.author,
        Submission.withheld,
        Body.names,
        Recommendation.number,
        Submission.revision,
    )
    query = (
        sa.select(*columns)
        .outerjoin(Disposition, WHOLE)
        .outerjoin(Body, Body.id == Submission.body_id)
        .outerjoin(Recommendation, Recommendation.id == Disposition.recommendation_id)
        .where(*accepted_in(consultation), *_narrowed(wanted))
        .order_by(Submission.received_at, Submission.id)
        .limit(limit + 1)
    )
    if after:
        query = query.where(sa.tuple_(Submission.received_at, Submission.id) > edge_at(consultation, after))
    rows = [AnswerLine(*row) for row in session.execute(query)]
    more, rows = len(rows) > limit, rows[:limit]
    return Page(rows, older=rows[-1].number if more else None)


def _narrowed(wanted: AnswerFilter) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]]
    if wanted.kind in (UNANSWERED, BY_PASSAGE):
        each = each_passage_answered()
        found = [Disposition.id.is_(None), each if wanted.kind == BY_PASSAGE else sa.not_(each)]
    else:
        found = [Disposition.kind == wanted.kind]
    if wanted.track:
        found.append(Submission.track == wanted.track)
    if wanted.language:
        found.append(Submission.language == wanted.language)
    if wanted.campaign is not None:
        found.append(of_campaign(wanted.campaign))
    if wanted.topic is not None:
        about = (SubmissionTopic.submission_id == Submission.id, SubmissionTopic.topic_id == wanted.topic)
        found.append(sa.exists().where(*about))
    return found


@dataclass(frozen=True, slots=True)
class ProposedAnswer:
    """A passage without an answer of its own that is a source of a recommendation: it can be said to be taken up there."""

    submission: uuid.UUID
    receipt: str
    language: str
    passage: uuid.UUID
    number: int
    text: str
    recommendation: int
    titles: Localized


def proposed_answers(consultation: uuid.UUID, actor: Actor, *, limit: int = MOST_PROPOSED) -> Sequence[ProposedAnswer]:
    """Return what the actor can answer from sources, by recommendation and text (1 query).

    A passage that several recommendations draw on is proposed for the one with the lowest number: the trace tells the rest.
    """
    query = (
        sa.select(
            Submission.id,
            Submission.number,
            Submission.language,
            Passage.id,
            Passage.number,
            Passage.text,
            Recommendation.number,
            Recommendation.titles,
        )
        .select_from(Source)
        .join(Recommendation, Recommendation.id == Source.recommendation_id)
        .join(Passage, Passage.id == Source.passage_id)
        .join(Submission, Submission.id == Source.submission_id)
        .where(
            *accepted_in(consultation),
            permitted(actor, "answer.give", consultation),
            Passage.revision == Submission.revision,
            Recommendation.state != RecommendationState.DRAFT,
            sa.not_(OWN),
        )
        .order_by(Recommendation.number, Submission.number, Passage.number)
        .limit(limit)
    )
    found: dict[uuid.UUID, ProposedAnswer] = {}
    for row in session.execute(query):
        found.setdefault(row[3], ProposedAnswer(*row))
    return list(found.values())


@dataclass(frozen=True, slots=True)
class ChosenText:
    """A text that somebody chose to answer, or a passage of one (`number` from 1, 0 for the whole) with its words."""

    submission: uuid.UUID
    passage: uuid.UUID | None
    receipt: str
    number: int
    title: str
    language: str
    text: str
    revision: int

    @property
    def key(self) -> str:
        """How forms and addresses name it, as it was read."""
        return text_key(self.receipt, self.revision, self.number)


def chosen_texts(consultation: uuid.UUID, keys: Collection[str]) -> Sequence[ChosenText]:
    """Return the accepted texts and passages with these keys, in their order; others, and what was corrected since it was
    read, are left out (1 query)."""
    wanted = {key.partition(".")[0] for key in keys}
    query = (
        sa.select(
            Submission.id,
            Passage.id,
            Submission.number,
            sa.func.coalesce(Passage.number, 0),
            Submission.title,
            Submission.language,
            sa.func.coalesce(Passage.text, ""),
            Submission.revision,
        )
        .outerjoin(
            Passage,
            sa.and_(
                Passage.submission_id == Submission.id,
                Passage.revision == Submission.revision,
                sa.literal(any(key.count(".") > 1 for key in keys)),
            ),
        )
        .where(*accepted_in(consultation), Submission.number.in_(wanted))
    )
    found: dict[str, ChosenText] = {}
    for row in session.execute(query):
        one = ChosenText(*row)
        found[one.key] = one
        whole = replace(one, passage=None, number=0, text="")
        found.setdefault(whole.key, whole)
    return [found[key] for key in dict.fromkeys(keys) if key in found]
