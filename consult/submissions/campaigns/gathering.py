"""What people do about campaigns: ask for a search, confirm which texts are copies of one letter, dismiss what are none.

Nothing is merged: a submission in a campaign keeps its page, its state, its place in every count and its answer.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.consultations.models import Consultation
from consult.db import new_id, session, transaction
from consult.errors import Conflict, Problem, Rejected
from consult.events.record import record
from consult.i18n import N_, NN_
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

    A text that stood in an earlier campaign stands in this one now. One that the search took for the opposite and a person
    has chosen is marked as that no more. Raises Rejected for fewer than two texts, one that is not to be chosen, or one that
    was not looked at.
    """
    with transaction():
        row = _locked(proposal, ProposalState.CONFIRMED, consultation, actor)
        offered = _offered(row.id)
        elsewhere = {} if listed is None else {one: said for one, said in offered.items() if one not in listed}
        chosen = frozenset(members) | {one for one, said in elsewhere.items() if said}
        unseen = sum(said is None for said in elsewhere.values())
        if problems := list(_problems(chosen, frozenset(offered), unseen)):
            raise Rejected(problems)
        for some in _batches(sorted(chosen)):
            _leave_earlier(some)
            session.execute(
                sa.update(CampaignMember)
                .where(CampaignMember.proposal_id == row.id, CampaignMember.submission_id.in_(some))
                .values(belongs=True, opposed=False)
            )
        _count_again(consultation.id)
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
    """Take a decision back: the proposal waits again, and what was confirmed of its texts is what is ticked.

    What was answered stays answered. Raises Conflict where nothing is decided, or other texts were confirmed with these since.
    """
    with transaction():
        row = _locked(proposal, ProposalState.PROPOSED, consultation, actor)
        if row.state == ProposalState.CONFIRMED:
            session.execute(
                sa.update(CampaignMember)
                .where(CampaignMember.proposal_id == row.id)
                .values(chosen=CampaignMember.belongs, belongs=False)
            )
        row.state, row.decided_by, row.decided_at = ProposalState.PROPOSED, None, None
        record(CampaignReopened(row.id, row.texts), stream=consultation.id, actor=actor.person)
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
    """Return the submissions of a proposal that may be chosen, those that stand as they were compared, with what was said of them before."""
    rows = session.execute(
        sa.select(CampaignMember.submission_id, CampaignMember.chosen)
        .join(Submission, Submission.id == CampaignMember.submission_id)
        .where(CampaignMember.proposal_id == proposal, as_compared())
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


def _leave_earlier(submissions: Sequence[uuid.UUID]) -> None:
    session.execute(
        sa.update(CampaignMember)
        .where(CampaignMember.submission_id.in_(submissions), CampaignMember.belongs)
        .values(belongs=False)
    )


def _count_again(consultation: uuid.UUID) -> None:
    """Count the texts of confirmed campaigns; one that lost all but one to others is replaced by them."""
    belonging = (
        sa.select(sa.func.count())
        .where(CampaignMember.proposal_id == CampaignProposal.id, CampaignMember.belongs)
        .scalar_subquery()
    )
    confirmed = (
        CampaignProposal.consultation_id == consultation,
        CampaignProposal.state == ProposalState.CONFIRMED,
    )
    counted = sa.update(CampaignProposal).where(*confirmed).execution_options(synchronize_session=False)
    session.execute(counted.values(texts=belonging))
    session.execute(counted.where(CampaignProposal.texts < 2).values(state=ProposalState.REPLACED))
