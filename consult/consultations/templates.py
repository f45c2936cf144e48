"""Templates of a consultation: phases with rights, tracks with seats, topics and rules, ready to be changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from consult.consultations.phases import Right
from consult.i18n import N_, Localized, Message

#: The kinds of ballot of which each has its own decision rule.
RULED_KINDS = ("recommendation", "procedural", "choice")


@dataclass(frozen=True, slots=True)
class TemplatePhase:
    """A phase of a template: it opens `after` days from the beginning and lasts `days` whole days."""

    key: str
    names: Localized
    after: int
    days: int
    rights: Sequence[Right] = ()

    def span(self, begins: date, timezone: str) -> tuple[datetime, datetime]:
        """Return when it opens and closes: midnights on the clock of the consultation."""
        zone = ZoneInfo(timezone)
        opens = datetime.combine(begins + timedelta(days=self.after), time(), zone)
        return opens, datetime.combine(begins + timedelta(days=self.after + self.days), time(), zone)


@dataclass(frozen=True, slots=True)
class ConsultationTemplate:
    """What a new consultation begins with. `topics` are reference keys; `tracks` maps a track to its seats."""

    key: str
    label: Message
    description: Message
    phases: Sequence[TemplatePhase]
    tracks: Mapping[str, int]
    topics: Sequence[str]
    rules: Mapping[str, str]


_MANDATE = Localized(ar="التكليف والقواعد", en="Mandate and rules", fr="Mandat et règles")
_SEATS = Localized(ar="المقاعد والاعتماد", en="Seats and accreditation", fr="Sièges et accréditation")
_WRITING = Localized(ar="المساهمات المكتوبة", en="Written submissions", fr="Contributions écrites")
_SESSIONS = Localized(ar="الجلسات والتصويت", en="Sessions and votes", fr="Séances et scrutins")
_OUTCOME = Localized(ar="الوثيقة الختامية", en="Outcome document", fr="Document final")
_FOLLOW_UP = Localized(ar="المتابعة", en="Follow-up", fr="Suivi")

NATIONAL_DIALOGUE = ConsultationTemplate(
    key="national-dialogue",
    label=N_("National dialogue"),
    description=N_("Three tracks and a plenary with seats, in six phases over about two years."),
    phases=(
        TemplatePhase("mandate", _MANDATE, 0, 60),
        TemplatePhase("seats", _SEATS, 60, 90, (Right.REGISTER,)),
        TemplatePhase("submissions", _WRITING, 150, 100, (Right.SUBMIT,)),
        TemplatePhase("sessions", _SESSIONS, 180, 120, (Right.SESSION, Right.VOTE)),
        TemplatePhase("outcome", _OUTCOME, 300, 60, (Right.OUTCOME,)),
        TemplatePhase("follow-up", _FOLLOW_UP, 360, 365, (Right.FOLLOW,)),
    ),
    tracks={"municipal": 45, "academic": 16, "cso": 14},
    topics=tuple(f"gcm:{code}" for code in range(1, 24)),
    rules={"recommendation": "GA-2/3", "procedural": "GA-SIMPLE", "choice": "LPDF-R1"},
)

HEARING = ConsultationTemplate(
    key="hearing",
    label=N_("Hearing on one question"),
    description=N_("Written submissions, one or two sessions and an outcome, in about four months."),
    phases=(
        TemplatePhase("submissions", _WRITING, 0, 60, (Right.REGISTER, Right.SUBMIT)),
        TemplatePhase("sessions", _SESSIONS, 60, 30, (Right.SESSION, Right.VOTE)),
        TemplatePhase("outcome", _OUTCOME, 90, 30, (Right.OUTCOME,)),
    ),
    tracks={"municipal": 10, "academic": 5, "cso": 5},
    topics=tuple(f"jvap:{code}" for code in range(1, 6)),
    rules={"recommendation": "CONS", "procedural": "GA-SIMPLE", "choice": "LPDF-R1"},
)

TEMPLATES: Mapping[str, ConsultationTemplate] = {t.key: t for t in (NATIONAL_DIALOGUE, HEARING)}
