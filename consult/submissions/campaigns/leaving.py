"""Texts that leave the campaigns they were confirmed in: for another campaign, or because they say something else now."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from consult.db import session
from consult.submissions.models import CampaignMember


def leave_campaigns(submissions: Sequence[uuid.UUID]) -> frozenset[uuid.UUID]:
    """Let submissions belong to no campaign, inside a caller's transaction; return those that lost one (1 query, 0 for none)."""
    if not submissions:
        return frozenset()
    left = session.scalars(
        sa.update(CampaignMember)
        .where(CampaignMember.submission_id.in_(submissions), CampaignMember.belongs)
        .values(belongs=False)
        .returning(CampaignMember.proposal_id)
    )
    return frozenset(left)
