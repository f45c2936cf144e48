"""The refusal of what no phase opens now, with words that say from when it opens or until when it was open."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from consult import clock
from consult.consultations.models import Consultation
from consult.consultations.phases import RIGHT_LABELS, Right, is_open
from consult.errors import Conflict
from consult.i18n import LANGUAGES, N_, Localized


def demand_right(consultation: Consultation, right: Right) -> None:
    """Raise Conflict unless a phase opens `right` now; the message says when it opens, or when it closed."""
    now = clock.now()
    if is_open(consultation.phases, right, now):
        return
    label, phases = RIGHT_LABELS[right], [phase for phase in consultation.phases if right in phase.rights]
    if to_come := [phase.opens_at for phase in phases if phase.opens_at > now]:
        opens = spoken_moment(min(to_come), consultation.timezone)
        raise Conflict(N_("Not open yet: %(right)s. It opens on %(moment)s.", right=label, moment=opens))
    if past := [phase.closes_at for phase in phases]:
        closed = spoken_moment(max(past), consultation.timezone)
        raise Conflict(N_("No longer open: %(right)s. It closed on %(moment)s.", right=label, moment=closed))
    raise Conflict(N_("No phase of this consultation opens this: %(right)s.", right=label))


def spoken_moment(moment: datetime, timezone: str) -> Localized:
    """Return a moment as people write it in each language, on the clock of a time zone: 24 November 2026, 10:05."""
    return Localized(
        {
            code: format_datetime(moment, "d MMMM y, HH:mm", tzinfo=ZoneInfo(timezone), locale=language.locale)
            for code, language in LANGUAGES.items()
        }
    )
