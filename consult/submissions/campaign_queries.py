"""Reading campaigns: the latest search, proposals with their texts, and the campaign of one submission.

Withdrawn texts are never shown and not counted. Who wrote a text is given as the queue of reviews gives it: nothing where it is
withheld.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from consult.accounts.models import Body
from consult.db import read, session
from consult.i18n import Localized
from consult.submissions.campaign_states import ProposalState
from consult.submissions.models import CampaignMember, CampaignProposal, CampaignSearch, Passage, Submission
from consult.submissions.paging import Page
from consult.submissions.states import SubmissionState

#: Proposals on a page, members listed of each, and characters of a text's beginning.
PROPOSALS, MEMBERS, BEGINNING = 5, 100, 400


@dataclass(frozen=True, slots=True)
class ShownMember:
    """A text of a campaign; `author`, `withheld` and `body` are for the signature."""

    id: uuid.UUID
    number: str
    title: str
    language: str
    track: str
    author: str
    withheld: bool
    body: Localized | None
    opposed: bool
    belongs: bool


@dataclass(frozen=True, slots=True)
class ShownCampaign:
    """A proposal or campaign, with the first of its texts.

    `texts` counts those that belong (before a decision: that do not demand the opposite), also by track and language;
    `opposed` those that demand the opposite; `left_out` those a person left out; `elsewhere` those that stand in a confirmed
    campaign already; `beyond` those that are not listed.
    """

    id: uuid.UUID
    state: ProposalState
    likeness: int
    decided_at: datetime | None
    beginning: str
    texts: int
    opposed: int
    left_out: int
    elsewhere: int
    beyond: int
    tracks: Mapping[str, int]
    languages: Mapping[str, int]
    members: Sequence[ShownMember]

    @property
    def model(self) -> ShownMember:
        """The text that stands for all."""
        return self.members[0]


def latest_search(consultation: uuid.UUID) -> CampaignSearch | None:
    """Return the search that was asked for last (1 query)."""
    return session.scalars(
        sa.select(CampaignSearch)
        .where(CampaignSearch.consultation_id == consultation)
        .order_by(CampaignSearch.id.desc())
        .limit(1)
    ).first()


def count_proposals(consultation: uuid.UUID) -> Mapping[str, int]:
    """Return how many proposals there are in each state (1 query)."""
    return dict(
        session.execute(
            sa.select(CampaignProposal.state, sa.func.count())
            .where(CampaignProposal.consultation_id == consultation)
            .group_by(CampaignProposal.state)
        ).all()
    )


def campaigns_page(
    consultation: uuid.UUID, state: ProposalState, *, after: str = "", limit: int = PROPOSALS
) -> Page[ShownCampaign]:
    """Return proposals in a state, those of most texts first (5 queries)."""
    query = (
        sa.select(CampaignProposal)
        .where(CampaignProposal.consultation_id == consultation, CampaignProposal.state == state)
        .order_by(CampaignProposal.texts.desc(), CampaignProposal.id.desc())
        .limit(limit + 1)
    )
    if (edge := _id(after)) is not None:
        texts = sa.select(CampaignProposal.texts).where(CampaignProposal.id == edge).scalar_subquery()
        place = sa.tuple_(texts, sa.literal(edge, sa.Uuid()))
        query = query.where(sa.tuple_(CampaignProposal.texts, CampaignProposal.id) < place)
    rows = session.scalars(query).all()
    more, rows = len(rows) > limit, rows[:limit]
    return Page(_shown(rows), older=str(rows[-1].id) if more else None)


def one_campaign(consultation: uuid.UUID, campaign: str) -> ShownCampaign | None:
    """Return one proposal, in whatever state it is (5 queries)."""
    row = session.get(CampaignProposal, wanted) if (wanted := _id(campaign)) else None
    if row is None or row.consultation_id != consultation:
        return None
    return next(iter(_shown([row])), None)


def those_for(proposal: uuid.UUID) -> frozenset[uuid.UUID]:
    """Return all texts of a proposal that do not demand the opposite and are not withdrawn (1 query)."""
    query = sa.select(CampaignMember.submission_id).where(
        CampaignMember.proposal_id == proposal, CampaignMember.opposed.is_(False), _readable()
    )
    return frozenset(session.scalars(query.join(Submission, Submission.id == CampaignMember.submission_id)))


def campaign_of(submission: uuid.UUID) -> tuple[uuid.UUID, int] | None:
    """Return the confirmed campaign a submission belongs to, and how many like texts there are (1 query)."""
    other = aliased(CampaignMember)
    count = (
        sa.select(sa.func.count())
        .select_from(other)
        .join(Submission, Submission.id == other.submission_id)
        .where(other.proposal_id == CampaignMember.proposal_id, other.belongs, _readable())
        .scalar_subquery()
    )
    row = session.execute(
        sa.select(CampaignMember.proposal_id, count).where(
            CampaignMember.submission_id == submission, CampaignMember.belongs
        )
    ).first()
    return None if row is None else (row[0], row[1])


def _id(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _readable() -> sa.ColumnElement[bool]:
    return Submission.state != SubmissionState.WITHDRAWN


def _shown(rows: Sequence[CampaignProposal]) -> list[ShownCampaign]:
    """Return proposals as they are shown; one whose texts were all withdrawn is not."""
    ids = [row.id for row in rows]
    if not ids:
        return []
    counted, elsewhere, members = _counted(ids), _elsewhere(ids), _members(ids)
    beginnings = _beginnings([listed[0].id for listed in members.values()])
    return [
        _one(row, counted[row.id], elsewhere.get(row.id, 0), members[row.id], beginnings)
        for row in rows
        if row.id in members
    ]


def _one(
    row: CampaignProposal,
    groups: Sequence[Any],
    elsewhere: int,
    members: Sequence[ShownMember],
    beginnings: Mapping[uuid.UUID, str],
) -> ShownCampaign:
    state, total = ProposalState(row.state), sum(group.number for group in groups)
    undecided = state in (ProposalState.PROPOSED, ProposalState.DISMISSED)
    inside = [group for group in groups if (not group.opposed if undecided else group.belongs)]
    texts, opposed = _sum(inside), _sum(group for group in groups if group.opposed)
    return ShownCampaign(
        id=row.id,
        state=state,
        likeness=row.likeness,
        decided_at=row.decided_at,
        beginning=beginnings.get(members[0].id, ""),
        texts=texts,
        opposed=opposed,
        left_out=total - texts - opposed,
        elsewhere=elsewhere if state is ProposalState.PROPOSED else 0,
        beyond=total - len(members),
        tracks=_by("track", inside),
        languages=_by("language", inside),
        members=members,
    )


def _sum(groups: Iterable[Any]) -> int:
    return sum(group.number for group in groups)


def _by(name: str, groups: Iterable[Any]) -> Mapping[str, int]:
    """Return how many texts there are of each track or language, the most first."""
    counts: Counter[str] = Counter()
    for group in groups:
        counts[getattr(group, name)] += group.number
    return dict(sorted(counts.items(), key=lambda each: (-each[1], each[0])))


def _counted(ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Sequence[Any]]:
    """Return how many texts of each proposal there are of each kind."""
    kinds = (
        CampaignMember.proposal_id,
        CampaignMember.opposed,
        CampaignMember.belongs,
        Submission.track,
        Submission.language,
    )
    rows = read(
        sa.select(*kinds, sa.func.count().label("number"))
        .join(Submission, Submission.id == CampaignMember.submission_id)
        .where(CampaignMember.proposal_id.in_(ids), _readable())
        .group_by(*kinds)
    ).all()
    return {proposal: [row for row in rows if row.proposal_id == proposal] for proposal in ids}


def _elsewhere(ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, int]:
    """Return how many texts of each proposal belong to another, confirmed, campaign."""
    other = aliased(CampaignMember)
    there = sa.and_(
        other.submission_id == CampaignMember.submission_id,
        other.proposal_id != CampaignMember.proposal_id,
        other.belongs,
    )
    rows = read(
        sa.select(CampaignMember.proposal_id, sa.func.count())
        .join(other, there)
        .where(CampaignMember.proposal_id.in_(ids))
        .group_by(CampaignMember.proposal_id)
    )
    return {row[0]: row[1] for row in rows}


def _members(ids: Sequence[uuid.UUID], limit: int = MEMBERS) -> Mapping[uuid.UUID, Sequence[ShownMember]]:
    """Return the first texts of each proposal: the representative, then those a person must look at, then by number."""
    is_model = CampaignMember.submission_id == CampaignProposal.representative_id
    order = (is_model.desc(), CampaignMember.opposed.desc(), Submission.number)
    ranked = (
        sa.select(
            CampaignMember.proposal_id,
            CampaignMember.submission_id,
            CampaignMember.opposed,
            CampaignMember.belongs,
            is_model.label("is_model"),
            sa.func.row_number().over(partition_by=CampaignMember.proposal_id, order_by=order).label("place"),
        )
        .join(CampaignProposal, CampaignProposal.id == CampaignMember.proposal_id)
        .join(Submission, Submission.id == CampaignMember.submission_id)
        .where(CampaignMember.proposal_id.in_(ids), _readable())
        .subquery()
    )
    s = Submission
    written = (s.id, s.number, s.title, s.language, s.track, s.author, s.withheld, Body.names)
    rows = read(
        sa.select(ranked.c.proposal_id, *written, ranked.c.opposed, ranked.c.belongs)
        .join(Submission, Submission.id == ranked.c.submission_id)
        .outerjoin(Body, Body.id == Submission.body_id)
        .where(ranked.c.place <= limit)
        .order_by(ranked.c.proposal_id, ranked.c.is_model.desc(), ranked.c.opposed, ranked.c.place)
    ).all()
    found: dict[uuid.UUID, list[ShownMember]] = {}
    for proposal, *member in rows:
        found.setdefault(proposal, []).append(ShownMember(*member))
    return found


def _beginnings(submissions: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, str]:
    """Return the beginning of the first passage of each text, cut between words."""
    rows = read(
        sa.select(Passage.submission_id, sa.func.substr(Passage.text, 1, BEGINNING + 1))
        .join(Submission, sa.and_(Submission.id == Passage.submission_id, Submission.revision == Passage.revision))
        .where(Passage.submission_id.in_(submissions), Passage.number == 1)
    )
    return {row[0]: _shortened(row[1]) for row in rows}


def _shortened(text: str) -> str:
    words = text[:BEGINNING].rpartition(" ")[0] or text[:BEGINNING]
    return text if len(text) <= BEGINNING else f"{words} …"
