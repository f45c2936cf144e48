"""The states of a version of a form."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from consult.i18n import N_, Message


class FormState(StrEnum):
    """Being written; answered by new drafts; answered only by drafts that were begun on it."""

    DRAFT = "draft"
    OPEN = "open"
    RETIRED = "retired"


FORM_STATE_LABELS: Mapping[FormState, Message] = {
    FormState.DRAFT: N_("Being written"),
    FormState.OPEN: N_("Open"),
    FormState.RETIRED: N_("Replaced"),
}
