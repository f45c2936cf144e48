"""What members are called on the pages of those who write with them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping

from consult.submissions.offices import queries
from consult.web.forms import say
from consult.web.visitor import actor


def colleagues(members: Iterable[uuid.UUID | None]) -> Mapping[uuid.UUID, str]:
    """Return what members are called among those who write with them, in the language of the page (1 query, 0 for none)."""
    return {member: say(name) for member, name in queries.colleagues(members, actor()).items()}
