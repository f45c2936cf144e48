"""What a page says where somebody acts for the body into which another has gone, in the place of that one."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import sqlalchemy as sa

from consult.accounts.heirs import acting_for
from consult.accounts.models import Body
from consult.db import session
from consult.i18n import N_, Localized, Message
from consult.submissions.belonging import acting_instead, office_of
from consult.submissions.models import Submission
from consult.web.visitor import actor


@dataclass(frozen=True, slots=True)
class InPlace:
    """The body that acts, and the one in whose place: that one's name stays under what was signed."""

    body: Localized
    former: Localized

    @property
    def said(self) -> Message:
        """Tell the visitor for whom they act, and what stays as it was."""
        return N_(
            "You act for %(body)s, in the place of %(former)s, which has ended. It stands under the name of %(former)s.",
            body=self.body,
            former=self.former,
        )


def in_place_of(body: uuid.UUID | None, former: uuid.UUID | None) -> InPlace | None:
    """Return the names of a body and of the one in whose place it acts, None where it acts for itself (1 query, 0 for none)."""
    if body is None or former is None or body == former:
        return None
    both = sa.select(Body.id, Body.names).where(Body.id.in_([body, former]))
    names = {row.id: row.names for row in session.execute(both)}
    return InPlace(names[body], names[former])


def acts_on(row: Submission) -> InPlace | None:
    """Return for whom the visitor acts on a text of a body that has gone into theirs, None on every other (1 query, 0 for none)."""
    return in_place_of(acting_instead(actor(), row), row.body_id)


def acts_now(row: Submission) -> tuple[str, Localized] | None:
    """Return key and names of the body that acts on a text since the one that signed it off has gone into it (2 queries, 0 for no signed text)."""
    office = office_of(row)
    if office is None or (acting := acting_for(row.consultation_id, office)) == office[0]:
        return None
    key, names = session.execute(sa.select(Body.key, Body.names).where(Body.id == acting)).one()
    return key, names
