"""Reading campaigns: the latest search, proposals with their texts, and the campaign of one submission.

Texts that were withdrawn, or corrected since the search, are never shown and not counted. Who wrote a text is given as the queue of reviews gives it: nothing where it is
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

from consult.accounts.access import Actor
from consult.accounts.models import Body
from consult.db import as_id, read, session
from consult.i18n import Localized
from consult.paging import Page
from consult.submissions.campaigns.states import ProposalState
from consult.submissions.models import CampaignMember, CampaignProposal, CampaignSearch, Passage, Submission
from consult.submissions.states import SubmissionState

#: Proposals on a page, members on a page of each, and characters of a text's beginning.
PROPOSALS, MEMBERS, BEGINNING = 5, 100, 400


@dataclass(frozen=True, slots=True)
class ShownMember:
    """A text of a campaign; `author`, `withheld` and `body` are for the signature.

    `opposed` is one that the search took for the opposite and no person has confirmed.
    """

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
    chosen: bool | None = None

    @property
    def ticked(self) -> bool:
        """Whether it belongs as far as anybody has said: who looked through the page, else the search."""
        return not self.opposed if self.chosen is None else self.chosen


@dataclass(frozen=True, slots=True)
class ShownCampaign:
    """A proposal or campaign, with a page of its texts.

    `texts` counts those that belong (before a decision: that do not demand the opposite), also by track and language;
    `opposed` those that demand the opposite; `left_out` those a person left out; `elsewhere` those that stand in a confirmed
    campaign already; `before` and `beyond` those on other pages; `unseen` those that nobody has looked at page by page.
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
    before: int
    beyond: int
    unseen: int
    tracks: Mapping[str, int]
    languages: Mapping[str, int]
    model: ShownMember
    members: Sequence[ShownMember]


def latest_search(consultation: uuid.UUID) -> CampaignSearch | None:
    """Return the search that was asked for last (1 query)."""
    return session.scalars(
        sa.select(CampaignSearch)
        .where(CampaignSearch.consultation_id == consultation)
        .order_by(CampaignSearch.id.desc())
        .limit(1)
    ).first()


def open_to(actor: Actor) -> sa.ColumnElement[bool]:
    """Return, as a condition on proposals, that none of their texts is one in which the actor has declared an interest."""
    kept_away = sa.exists().where(
        CampaignMember.proposal_id == CampaignProposal.id, CampaignMember.submission_id.in_(actor.recused)
    )
    return sa.not_(kept_away) if actor.recused else sa.true()


def count_proposals(consultation: uuid.UUID, actor: Actor) -> Mapping[str, int]:
    """Return how many proposals there are in each state that the actor may see (1 query)."""
    return dict(
        session.execute(
            sa.select(CampaignProposal.state, sa.func.count())
            .where(CampaignProposal.consultation_id == consultation, open_to(actor))
            .group_by(CampaignProposal.state)
        ).all()
    )


def campaigns_page(
    consultation: uuid.UUID, state: ProposalState, actor: Actor, *, after: str = "", limit: int = PROPOSALS
) -> Page[ShownCampaign]:
    """Return proposals in a state that the actor may see, those of most texts first (5 queries)."""
    query = (
        sa.select(CampaignProposal)
        .where(CampaignProposal.consultation_id == consultation, CampaignProposal.state == state, open_to(actor))
        .order_by(CampaignProposal.texts.desc(), CampaignProposal.id.desc())
        .limit(limit + 1)
    )
    if (edge := as_id(after)) is not None:
        texts = sa.select(CampaignProposal.texts).where(CampaignProposal.id == edge).scalar_subquery()
        place = sa.tuple_(texts, sa.literal(edge, sa.Uuid()))
        query = query.where(sa.tuple_(CampaignProposal.texts, CampaignProposal.id) < place)
    rows = session.scalars(query).all()
    more, rows = len(rows) > limit, rows[:limit]
    return Page(_shown(rows), older=str(rows[-1].id) if more else None)


def one_campaign(consultation: uuid.UUID, campaign: str, actor: Actor, *, start: int = 0) -> ShownCampaign | None:
    """Return one proposal that the actor may see, in whatever state it is, with its texts after the first `start` (5 queries)."""
    row = session.scalars(
        sa.select(CampaignProposal).where(
            CampaignProposal.id == as_id(campaign), CampaignProposal.consultation_id == consultation, open_to(actor)
        )
    ).first()
    return None if row is None else next(iter(_shown([row], start)), None)


def campaign_of(submission: uuid.UUID) -> tuple[uuid.UUID, int] | None:
    """Return the confirmed campaign a submission belongs to, and how many like texts there are (1 query)."""
    other = aliased(CampaignMember)
    count = (
        sa.select(sa.func.count())
        .select_from(other)
        .join(Submission, Submission.id == other.submission_id)
        .where(
            other.proposal_id == CampaignMember.proposal_id,
            other.belongs,
            Submission.state != SubmissionState.WITHDRAWN,
        )
        .scalar_subquery()
    )
    row = session.execute(
        sa.select(CampaignMember.proposal_id, count).where(
            CampaignMember.submission_id == submission, CampaignMember.belongs
        )
    ).first()
    return None if row is None else (row[0], row[1])


def as_compared() -> sa.ColumnElement[bool]:
    """Return, as a condition on members joined with their submissions, that a text stands in the words that the search compared."""
    return sa.and_(Submission.state != SubmissionState.WITHDRAWN, Submission.revision == CampaignMember.revision)


#: The search took a text for the opposite, and no person has said otherwise.
_OPPOSITE = sa.and_(CampaignMember.opposed, sa.not_(CampaignMember.belongs)).label("opposed")


def _shown(rows: Sequence[CampaignProposal], start: int = 0) -> list[ShownCampaign]:
    """Return proposals as they are shown; one whose texts were all withdrawn is not."""
    ids = [row.id for row in rows]
    if not ids:
        return []
    counted, elsewhere, members = _counted(ids), _elsewhere(ids), _members(ids, start)
    beginnings = _beginnings([listed[0].id for listed in members.values()])
    return [
        _one(row, counted[row.id], elsewhere.get(row.id, 0), members[row.id], beginnings, start)
        for row in rows
        if row.id in members
    ]


def _one(
    row: CampaignProposal,
    groups: Sequence[Any],
    elsewhere: int,
    members: Sequence[ShownMember],
    beginnings: Mapping[uuid.UUID, str],
    start: int,
) -> ShownCampaign:
    model, page = members[0], members[1:] if start else members  # the model comes with every page
    state, total = ProposalState(row.state), sum(group.number for group in groups)
    undecided = state in (ProposalState.PROPOSED, ProposalState.DISMISSED)
    inside = [group for group in groups if (not group.opposed if undecided else group.belongs)]
    texts, opposed = _sum(inside), _sum(group for group in groups if group.opposed)
    return ShownCampaign(
        id=row.id,
        state=state,
        likeness=row.likeness,
        decided_at=row.decided_at,
        beginning=beginnings.get(model.id, ""),
        texts=texts,
        opposed=opposed,
        left_out=total - texts - opposed,
        elsewhere=elsewhere if state is ProposalState.PROPOSED else 0,
        before=start,
        beyond=max(0, total - start - len(page)),
        unseen=_sum(group for group in groups if group.unseen),
        tracks=_by("track", inside),
        languages=_by("language", inside),
        model=model,
        members=page,
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
        _OPPOSITE,
        CampaignMember.belongs,
        CampaignMember.chosen.is_(None).label("unseen"),
        Submission.track,
        Submission.language,
    )
    rows = read(
        sa.select(*kinds, sa.func.count().label("number"))
        .join(Submission, Submission.id == CampaignMember.submission_id)
        .where(CampaignMember.proposal_id.in_(ids), as_compared())
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


def _members(ids: Sequence[uuid.UUID], start: int) -> Mapping[uuid.UUID, Sequence[ShownMember]]:
    """Return a page of the texts of each proposal: the representative, then those a person must look at, then by number.

    The representative comes first on every page.
    """
    is_model = CampaignMember.submission_id == CampaignProposal.representative_id
    order = (is_model.desc(), _OPPOSITE.desc(), Submission.number)
    ranked = (
        sa.select(
            CampaignMember.proposal_id,
            CampaignMember.submission_id,
            _OPPOSITE,
            CampaignMember.belongs,
            CampaignMember.chosen,
            sa.func.row_number().over(partition_by=CampaignMember.proposal_id, order_by=order).label("place"),
        )
        .join(CampaignProposal, CampaignProposal.id == CampaignMember.proposal_id)
        .join(Submission, Submission.id == CampaignMember.submission_id)
        .where(CampaignMember.proposal_id.in_(ids), as_compared())
        .subquery()
    )
    s = Submission
    written = (s.id, s.number, s.title, s.language, s.track, s.author, s.withheld, Body.names)
    rows = read(
        sa.select(ranked.c.proposal_id, *written, ranked.c.opposed, ranked.c.belongs, ranked.c.chosen)
        .join(Submission, Submission.id == ranked.c.submission_id)
        .outerjoin(Body, Body.id == Submission.body_id)
        .where(sa.or_(ranked.c.place == 1, ranked.c.place.between(start + 1, start + MEMBERS)))
        .order_by(ranked.c.proposal_id, (ranked.c.place == 1).desc(), ranked.c.opposed, ranked.c.place)
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
