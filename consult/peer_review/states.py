"""What a reviewer may recommend, why somebody keeps away from a text, and how a text is scored: as data."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from consult.i18n import N_, Message

#: Points a criterion may get.
LOW, HIGH = 1, 5
#: The ends of the scale in words.
END_LABELS: Mapping[int, Message] = {LOW: N_("poor"), HIGH: N_("excellent")}


class Recommendation(StrEnum):
    """What a reviewer recommends to whoever decides."""

    ACCEPT = "accept"
    RETURN = "return"
    DECLINE = "decline"


RECOMMENDATION_LABELS: Mapping[Recommendation, Message] = {
    Recommendation.ACCEPT: N_("Accept"),
    Recommendation.RETURN: N_("Return for correction"),
    Recommendation.DECLINE: N_("Decline"),
}


class InterestKind(StrEnum):
    """Why somebody keeps away from a text."""

    AUTHOR = "author"
    BODY = "body"
    OWN = "own"
    OTHER = "other"


INTEREST_LABELS: Mapping[InterestKind, Message] = {
    InterestKind.AUTHOR: N_("I believe I know who wrote it"),
    InterestKind.BODY: N_("It comes from a body for which I work or worked"),
    InterestKind.OWN: N_("I gain or lose by what it proposes"),
    InterestKind.OTHER: N_("Another reason"),
}
