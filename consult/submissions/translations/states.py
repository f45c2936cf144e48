"""What a translation is, and what it waits for."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from consult.i18n import N_, Message
from consult.submissions.states import SubmissionState


class TranslationKind(StrEnum):
    """Official: somebody else than its writers approved it. Draft: being written, for the staff alone. Machine: read by nobody."""

    OFFICIAL = "official"
    DRAFT = "draft"
    MACHINE = "machine"


class Waiting(StrEnum):
    """What a text needs in a language."""

    MISSING = "missing"
    STALE = "stale"
    WRITING = "writing"
    READY = "ready"


KIND_LABELS: Mapping[TranslationKind, Message] = {
    TranslationKind.OFFICIAL: N_("Official translation"),
    TranslationKind.DRAFT: N_("Draft of a translation"),
    TranslationKind.MACHINE: N_("Machine translation"),
}
WAITING_LABELS: Mapping[Waiting, Message] = {
    Waiting.MISSING: N_("Not translated yet"),
    Waiting.STALE: N_("The original has changed"),
    Waiting.WRITING: N_("Being written"),
    Waiting.READY: N_("Waiting for approval"),
}
#: In these states a text is translated: one that waits for review too, for moderators who do not read its language. One that
#: was returned is about to change.
TRANSLATED = (SubmissionState.RECEIVED, SubmissionState.ACCEPTED)
