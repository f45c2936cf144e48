"""The worker's part in campaigns: take the search that was asked for, run it, keep what it proposes.

A worker holds a search by a lease, which every note of progress renews. When it is killed, the lease runs out and the search is
taken again from the start; what it would propose is written in one transaction at the end, so there is never a part of it.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from time import monotonic
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from consult import clock
from consult.db import new_id, read, session, transaction
from consult.events.deliver import place_of_error
from consult.submissions.campaigns.states import ProposalState, SearchState
from consult.submissions.models import CampaignMember, CampaignProposal, CampaignSearch, Passage, Submission
from consult.submissions.states import SubmissionState

if TYPE_CHECKING:
    from consult.submissions.campaigns.likeness import Campaign, Letter

log = logging.getLogger(__name__)

#: How long a worker that tells no progress holds a search, and how often one is taken before it is given up.
LEASE, ATTEMPTS = timedelta(minutes=5), 3
#: Progress is written after so many seconds, or so many per cent; reading the texts is this share of the work.
SECONDS, PER_CENT, READING = 2.0, 5, 0.4
#: Submissions read, or rows written, at a time.
BATCH = 500
#: What is told of a search whose workers died: they could not say why themselves.
STOPPED = "the worker stopped"


class _Lost(Exception):
    """The lease ran out and another worker has the search now."""


@dataclass(frozen=True, slots=True)
class _Taken:
    """A search that this worker holds: as long as nobody counted another attempt."""

    id: uuid.UUID
    consultation: uuid.UUID
    attempt: int

    def mark(self, **values: object) -> None:
        """Write values to the search; _Lost if another worker has it."""
        held = (
            CampaignSearch.id == self.id,
            CampaignSearch.state == SearchState.RUNNING,
            CampaignSearch.attempts == self.attempt,
        )
        marked = session.execute(sa.update(CampaignSearch).where(*held).values(**values).returning(CampaignSearch.id))
        if marked.first() is None:
            raise _Lost


class _Progress:
    """Writes how far a search is, each time in a transaction of its own, and lets other work be done meanwhile."""

    def __init__(self, taken: _Taken, meanwhile: Callable[[], object]) -> None:
        self._taken, self._meanwhile = taken, meanwhile
        self._written, self._again_at = 0, monotonic() + SECONDS

    def note(self, share: float) -> None:
        """Write the share that is done, 0 to 1, if it is time."""
        per_cent = min(99, int(100 * share))
        if per_cent < self._written + PER_CENT and monotonic() < self._again_at:
            return
        with transaction():
            self._taken.mark(progress=per_cent, lease_until=clock.now() + LEASE)
        self._meanwhile()
        self._written, self._again_at = per_cent, monotonic() + SECONDS


def search_due(meanwhile: Callable[[], object] = lambda: None) -> bool:
    """Run the search that was asked for first, or whose worker is gone; tell whether there was one.

    `meanwhile` is called now and then, so that whatever else waits need not wait for the end. An unreachable database is the
    caller's matter: the search is taken again when its lease has run out. Any other error ends it as failed.
    """
    taken = _take()
    if taken is None:
        return False
    try:
        _run(taken, _Progress(taken, meanwhile))
    except (sa.exc.SQLAlchemyError, OSError):
        raise
    except _Lost:
        log.warning("the search for campaigns %s was taken by another worker", taken.id)
    except Exception as error:
        log.warning("the search for campaigns %s failed: %s", taken.id, place_of_error(error))
        with transaction():
            taken.mark(**_failed(place_of_error(error)))
    return True


def _take() -> _Taken | None:
    """Take the next search, and end those that no worker survived."""
    with transaction():
        while (row := _next(clock.now())) is not None:
            if row.attempts < ATTEMPTS:
                row.state, row.attempts, row.progress = SearchState.RUNNING, row.attempts + 1, 0
                row.lease_until = clock.now() + LEASE
                return _Taken(row.id, row.consultation_id, row.attempts)
            for name, value in _failed(STOPPED).items():
                setattr(row, name, value)
            session.flush()
    return None


def _next(now: datetime) -> CampaignSearch | None:
    """Lock the search that has been due longest; on PostgreSQL other workers skip it."""
    left = sa.and_(CampaignSearch.state == SearchState.RUNNING, CampaignSearch.lease_until <= now)
    return session.scalars(
        sa.select(CampaignSearch)
        .where(sa.or_(CampaignSearch.state == SearchState.ASKED, left))
        .order_by(CampaignSearch.asked_at, CampaignSearch.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()


def _failed(why: str) -> dict[str, object]:
    return {"state": SearchState.FAILED, "last_error": why, "done_at": clock.now(), "lease_until": None}


def _run(taken: _Taken, progress: _Progress) -> None:
    from consult.submissions.campaigns.likeness import find_campaigns  # late: pages need no numerics

    total, count = _count(taken.consultation), 0
    compared: dict[uuid.UUID, int] = {}

    def letters() -> Iterator[Letter[uuid.UUID]]:
        nonlocal count
        for letter, revision in _letters(taken.consultation):
            count += 1
            compared[letter.id] = revision
            yield letter
            progress.note(READING * count / max(total, count))

    found = find_campaigns(
        letters(),
        lambda share: progress.note(READING + (1 - READING) * share),
        again=lambda submissions: _again(submissions, compared),
    )
    with transaction():
        _keep(taken, found, compared)


def _searched(consultation: uuid.UUID) -> tuple[sa.ColumnElement[bool], ...]:
    """Return what is searched: all that was handed in, whatever became of it, but for what its author withdrew."""
    return Submission.consultation_id == consultation, Submission.state != SubmissionState.WITHDRAWN


def _count(consultation: uuid.UUID) -> int:
    return session.execute(
        sa.select(sa.func.count()).select_from(Submission).where(*_searched(consultation))
    ).scalar_one()


def _letters(consultation: uuid.UUID) -> Iterator[tuple[Letter[uuid.UUID], int]]:
    """Yield the present text of every submission, and which revision that is, by receipt number, a batch in one query."""
    from consult.submissions.campaigns.likeness import Letter

    after = ""
    while rows := read(_batch(consultation, after)).all():
        for (submission, language, revision), passages in groupby(
            rows, key=lambda row: (row.id, row.language, row.revision)
        ):
            yield Letter(submission, language, "\n\n".join(passage.text or "" for passage in passages)), revision
        after = rows[-1].number


def _again(submissions: Sequence[uuid.UUID], compared: Mapping[uuid.UUID, int]) -> Iterator[str]:
    """Yield the texts of submissions once more, as they were compared: whoever corrected one meanwhile is none of this search."""
    for start in range(0, len(submissions), BATCH):
        some = submissions[start : start + BATCH]
        rows = read(
            sa.select(Passage.submission_id, Passage.revision, Passage.text)
            .where(Passage.submission_id.in_(some))
            .order_by(Passage.submission_id, Passage.number)
        )
        texts: dict[uuid.UUID, list[str]] = {}
        for row in rows:
            if row.revision == compared[row.submission_id]:
                texts.setdefault(row.submission_id, []).append(row.text or "")
        yield from ("\n\n".join(texts.get(one, ())) for one in some)


def _batch(consultation: uuid.UUID, after: str) -> sa.Select[Any]:
    some = (
        sa.select(Submission.id, Submission.number, Submission.language, Submission.revision)
        .where(*_searched(consultation), Submission.number > after)
        .order_by(Submission.number)
        .limit(BATCH)
        .subquery()
    )
    of_it = sa.and_(Passage.submission_id == some.c.id, Passage.revision == some.c.revision)
    return (
        sa.select(some.c.id, some.c.number, some.c.language, some.c.revision, Passage.text)
        .outerjoin(Passage, of_it)
        .order_by(some.c.number, Passage.number)
    )


def _keep(taken: _Taken, found: Sequence[Campaign[uuid.UUID]], compared: Mapping[uuid.UUID, int]) -> None:
    """Write what was found in place of what nobody decided on; `compared` are the revisions of all texts that were read."""
    _forget_undecided(taken.consultation)
    decided = _decided(taken.consultation)
    new = [one for one in found if not any(decided_on.issuperset(one.members) for decided_on in decided)]
    for campaign in new:
        _propose(campaign, taken, compared)
    now = clock.now()
    taken.mark(
        state=SearchState.DONE,
        progress=100,
        lease_until=None,
        last_error="",
        texts=len(compared),
        found=len(new),
        done_at=now,
    )


def _forget_undecided(consultation: uuid.UUID) -> None:
    """Delete the proposals that nobody decided on; who decides on one this moment comes first."""
    undecided = session.scalars(
        sa.select(CampaignProposal.id)
        .where(CampaignProposal.consultation_id == consultation, CampaignProposal.state == ProposalState.PROPOSED)
        .with_for_update()
    ).all()
    for start in range(0, len(undecided), BATCH):
        some = undecided[start : start + BATCH]
        session.execute(sa.delete(CampaignMember).where(CampaignMember.proposal_id.in_(some)))
        session.execute(sa.delete(CampaignProposal).where(CampaignProposal.id.in_(some)))


def _decided(consultation: uuid.UUID) -> list[set[uuid.UUID]]:
    """Return the texts of each group that a person decided on, as they were: while it neither grew nor changed, it is not proposed again."""
    rows = read(
        sa.select(CampaignMember.proposal_id, CampaignMember.submission_id)
        .join(CampaignProposal, CampaignProposal.id == CampaignMember.proposal_id)
        .join(Submission, Submission.id == CampaignMember.submission_id)
        .where(CampaignProposal.consultation_id == consultation, Submission.revision == CampaignMember.revision)
        .order_by(CampaignMember.proposal_id)
    )
    return [{row.submission_id for row in group} for _, group in groupby(rows, key=lambda row: row.proposal_id)]


def _propose(campaign: Campaign[uuid.UUID], taken: _Taken, compared: Mapping[uuid.UUID, int]) -> None:
    proposal = CampaignProposal(
        id=new_id(),
        consultation_id=taken.consultation,
        search_id=taken.id,
        representative_id=campaign.representative,
        state=ProposalState.PROPOSED,
        texts=len(campaign.members) - len(campaign.opposed),
        likeness=round(100 * campaign.likeness),
        found_at=clock.now(),
    )
    session.add(proposal)
    session.flush()
    opposed = frozenset(campaign.opposed)
    session.execute(
        sa.insert(CampaignMember),
        [
            {
                "proposal_id": proposal.id,
                "submission_id": member,
                "revision": compared[member],
                "opposed": member in opposed,
                "belongs": False,
            }
            for member in campaign.members
        ],
    )
