"""What a body may say to what was asked of it, as data."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from consult.i18n import N_, Message


class ResponseKind(StrEnum):
    """What becomes of it, in the body's own hands."""

    ACCEPTED = "accepted"
    PARTLY = "partly"
    NOT_ACCEPTED = "not_accepted"


RESPONSE_LABELS: Mapping[str, Message] = {
    ResponseKind.ACCEPTED: N_("Accepted in full"),
    ResponseKind.PARTLY: N_("Accepted in part"),
    ResponseKind.NOT_ACCEPTED: N_("Not accepted"),
}
#: Whoever takes something on says until when.
WITH_A_DAY = frozenset({ResponseKind.ACCEPTED, ResponseKind.PARTLY})
#: Characters: some pages.
TEXT_LIMIT, LETTER_LIMIT = 10_000, 200
