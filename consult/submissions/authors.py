"""Whom a text is from, as everybody may read it: decided here, for whatever names the author beside something else."""

from __future__ import annotations

from consult.consultations.names import NAME_WITHHELD
from consult.i18n import Localized, Message
from consult.submissions.states import SubmissionState


def public_author(
    state: str, *, withheld: bool, body: Localized | None, author: str | None
) -> Localized | Message | str:
    """Return the body, else the person; that the name is withheld where it is, and once the text is out of everybody's sight.

    What was hidden, returned or withdrawn takes its author's name along, wherever the text is still named by its number.
    """
    if withheld or state != SubmissionState.ACCEPTED:
        return NAME_WITHHELD
    return body or author or NAME_WITHHELD
