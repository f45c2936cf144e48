"""What people do about campaigns: ask for a search, confirm which texts are copies of one letter, dismiss what are none.

Nothing is merged: a submission in a campaign keeps its page, its state, its place in every count and its answer.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from consult import clock
from consult.accounts.access import Actor, demand
from consult.consultations.models import Consultation
from consult.db import new_id, session, transaction
from consult.errors import Conflict, Problem, Rejected
from consult.events.record import record
from consult.i18n import N_, NN_
from consult.submissions.campaigns.leaving import leave_campaigns
from consult.submissions.campaigns.queries import as_compared, open_to
from consult.submissions.campaigns.states import UNDER_WAY, ProposalState, SearchState, demand_proposal
from consult.submissions.events import CampaignConfirmed, CampaignDismissed, CampaignReopened, CampaignSearchAsked
from consult.submissions.models import CampaignMember, CampaignProposal, CampaignSearch, Submission

#: Values of one statement: databases have a limit.
BATCH = 500


def ask_for_campaigns(*, consultation: Consultation, actor: Actor) -> CampaignSearch:
    """Ask the worker for a search among all submissions; one that is under way is returned instead of a second one."""
    with transaction():
        demand(actor, "submission.campaigns", consultation)
        # Whoever else asks waits here: two presses of the button are one search.
        session.get_one(Consultation, consultation.id, with_for_update={"key_share": True}, populate_existing=True)
        if (running := _under_way(consultation.id)) is not None:
            return running
        row = CampaignSearch(
            id=new_id(),
            consultation_id=consultation.id,
            state=SearchState.ASKED,
            asked_by=actor.person,
            asked_at=clock.now(),
        )
        session.add(row)
        record(CampaignSearchAsked(row.id), stream=consultation.id, actor=actor.person)
        return row


def confirm_campaign(
    proposal: uuid.UUID,
    members: Collection[uuid.UUID],
    *,
    listed: Collection[uuid.UUID] | None = None,
    consultation: Consultation,
    actor: Actor,
) -> CampaignProposal:
    """Confirm that these submissions of a proposal are copies of one letter; its others do not belong.

    With `listed`, the texts of the page that was looked at, `members` are those of them that belong, and of the others those
    that were chosen before (`look_through`): nobody confirms a text that nobody could see.

    A text that stood in an earlier campaign stands in this one now. Raises Rejected for fewer than two texts, one that is not
    to be chosen, or one that was not looked at.
    """
    with transaction():
        row = _locked(proposal, ProposalState.CONFIRMED, consultation, actor)
        offered = _offered(row.id)
        elsewhere = {} if listed is None else {one: said for one, said in offered.items() if one not in listed}
        chosen = frozenset(members) | {one for one, said in elsewhere.items() if said}
        unseen = sum(said is None for said in elsewhere.values())
        if problems := list(_problems(chosen, frozenset(offered), unseen)):
            raise Rejected(problems)
        earlier, losing = _earlier(row.id), set[uuid.UUID]()
        for some in _batches(sorted(chosen)):
            losing |= leave_campaigns(some)
            session.execute(
                sa.update(CampaignMember)
                .where(CampaignMember.proposal_id == row.id, CampaignMember.submission_id.in_(some))
                .values(belongs=True)
            )
        _count_again(one for one in earlier if one.id in losing)
        _decide(row, ProposalState.CONFIRMED, actor)
        row.texts = len(chosen)
        left_out = len(offered) - len(chosen)
        record(CampaignConfirmed(row.id, row.texts, left_out), stream=consultation.id, actor=actor.person)
        return row


def look_through(
    proposal: uuid.UUID,
    members: Collection[uuid.UUID],
    *,
    listed: Collection[uuid.UUID],
    consultation: Consultation,
    actor: Actor,
) -> None:
    """Keep which texts of a page of a proposal belong, before the next page is looked at; nothing is confirmed by that."""
    with transaction():
        row = _locked(proposal, ProposalState.CONFIRMED, consultation, actor)
        for some in _batches(sorted(frozenset(listed))):
            session.execute(
                sa.update(CampaignMember)
                .where(CampaignMember.proposal_id == row.id, CampaignMember.submission_id.in_(some))
                .values(chosen=CampaignMember.submission_id.in_(list(members)))
            )


def dismiss_campaign(proposal: uuid.UUID, *, consultation: Consultation, actor: Actor) -> CampaignProposal:
    """Say that the texts of a proposal are no copies of one letter; they are not proposed again unless the group grows."""
    with transaction():
        row = _locked(proposal, ProposalState.DISMISSED, consultation, actor)
        _decide(row, ProposalState.DISMISSED, actor)
        record(CampaignDismissed(row.id, row.texts), stream=consultation.id, actor=actor.person)
        return row


def reopen_campaign(proposal: uuid.UUID, *, consultation: Consultation, actor: Actor) -> CampaignProposal:
    """Take a decision back: the proposal waits again, and what of its texts still belonged to it is what is ticked.

    What was answered stays answered. A text that had stood in an earlier campaign does not go back there: it stands in none
    until somebody confirms one. Raises Conflict where nothing is decided, where all texts but one were confirmed in others
    since, where the proposal is gone, or where the actor keeps away from it.
    """
    with transaction():
        row = _locked(proposal, ProposalState.PROPOSED, consultation, actor)
        event = CampaignReopened(row.id, row.texts)
        if row.state == ProposalState.CONFIRMED:
            session.execute(
                sa.update(CampaignMember)
                .where(CampaignMember.proposal_id == row.id)
                .values(chosen=CampaignMember.belongs, belongs=False)
            )
            row.texts = _number(CampaignMember.proposal_id == row.id, sa.not_(CampaignMember.opposed))
        row.state, row.decided_by, row.decided_at = ProposalState.PROPOSED, None, None
        record(event, stream=consultation.id, actor=actor.person)
        return row


def _under_way(consultation: uuid.UUID) -> CampaignSearch | None:
    return session.scalars(
        sa.select(CampaignSearch).where(
            CampaignSearch.consultation_id == consultation, CampaignSearch.state.in_(UNDER_WAY)
        )
    ).first()


def _locked(proposal: uuid.UUID, wanted: ProposalState, consultation: Consultation, actor: Actor) -> CampaignProposal:
    """Return a proposal that may become `wanted`; Conflict if it may not, a newer search has replaced it, or the actor keeps away from it."""
    demand(actor, "submission.campaigns", consultation)
    row = session.scalars(
        sa.select(CampaignProposal)
        .where(CampaignProposal.id == proposal, CampaignProposal.consultation_id == consultation.id, open_to(actor))
        .with_for_update(of=CampaignProposal)
        .execution_options(populate_existing=True)
    ).first()
    if row is None:
        raise Conflict(N_("This proposal is not there any more: a newer search has replaced it. Open the list again."))
    demand_proposal(row.state, wanted)
    return row


def _decide(row: CampaignProposal, state: ProposalState, actor: Actor) -> None:
    row.state, row.decided_by, row.decided_at = state, actor.person, clock.now()


def _offered(proposal: uuid.UUID) -> Mapping[uuid.UUID, bool | None]:
    """Return the submissions of a proposal that may be chosen, those that stand as they were compared, with what was said of them before.

    Nobody corrects or withdraws one of them before the transaction ends.
    """
    rows = session.execute(
        sa.select(CampaignMember.submission_id, CampaignMember.chosen)
        .join(Submission, Submission.id == CampaignMember.submission_id)
        .where(CampaignMember.proposal_id == proposal, as_compared())
        .order_by(Submission.id)  # in the order in which others lock several: nobody waits for each other
        .with_for_update(of=Submission, key_share=True)
    )
    return {row.submission_id: row.chosen for row in rows}


def _problems(chosen: frozenset[uuid.UUID], offered: frozenset[uuid.UUID], unseen: int) -> Iterator[Problem]:
    if unseen:
        yield Problem(
            "members",
            NN_(
                "%(count)s text was not looked at yet: go through the pages first.",
                "%(count)s texts were not looked at yet: go through the pages first.",
                unseen,
            ),
        )
    elif not chosen <= offered:
        yield Problem(
            "members", N_("A text that you chose was withdrawn or corrected meanwhile. Look at the list again.")
        )
    elif len(chosen) < 2:
        yield Problem("members", N_("Choose at least two texts that belong together, or dismiss the proposal."))


def _batches(ids: Sequence[uuid.UUID]) -> Iterator[Sequence[uuid.UUID]]:
    return (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))


def _earlier(proposal: uuid.UUID) -> Sequence[CampaignProposal]:
    """Return the campaigns to which texts of a proposal belong, locked before any text leaves them, as whoever reopens one does."""
    mine, other = aliased(CampaignMember), aliased(CampaignMember)
    shared = (
        sa.select(other.proposal_id)
        .join(mine, mine.submission_id == other.submission_id)
        .where(mine.proposal_id == proposal, other.belongs)
    )
    query = sa.select(CampaignProposal).where(CampaignProposal.id.in_(shared)).order_by(CampaignProposal.id)
    return session.scalars(query.with_for_update(), execution_options={"populate_existing": True}).all()


def _count_again(campaigns: Iterable[CampaignProposal]) -> None:
    """Count the texts of campaigns that lost some to another; one that has but one left, or none, is replaced, and left by that one too."""
    for row in campaigns:
        left = session.scalars(_belonging(row.id).limit(2)).all()
        if len(left) < 2:
            row.state = ProposalState.REPLACED
            leave_campaigns(left)
        row.texts = _number(CampaignMember.proposal_id == row.id, CampaignMember.belongs.is_(True))


def _belonging(proposal: uuid.UUID) -> sa.Select[uuid.UUID]:
    return sa.select(CampaignMember.submission_id).where(CampaignMember.proposal_id == proposal, CampaignMember.belongs)


def _number(*of_members: sa.ColumnElement[bool]) -> int:
    return session.execute(sa.select(sa.func.count()).select_from(CampaignMember).where(*of_members)).scalar_one()
