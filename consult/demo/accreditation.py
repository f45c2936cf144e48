"""The applications of bodies in the sample: one that waits, one under appeal, one returned to be corrected."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from consult.accounts.access import ANONYMOUS, OPERATOR
from consult.accounts.people import PersonDraft
from consult.attachments.brought import BroughtDocument
from consult.consultations.accreditation.drafts import ApplicationDraft
from consult.consultations.accreditation.files import add_file
from consult.consultations.accreditation.models import Application
from consult.consultations.accreditation.services import Decision
from consult.consultations.accreditation.states import ApplicationState
from consult.consultations.services import appeal, apply, decide
from consult.db import session
from consult.demo.people import Cast
from consult.demo.sample_files import Timeline
from consult.demo.texts import workbook


def add_applications(cast: Cast, timeline: Timeline) -> None:
    """Put every application and what became of it on the timeline."""
    for entry in cast.sample.read("accreditation")["application"]:
        made: list[Application] = []
        timeline.at(cast.sample.moment(entry["at"]), _apply(cast, entry, made))
        for step in entry.get("step", ()):
            timeline.at(cast.sample.moment(step["at"]), _step(cast, step, made))


def _apply(cast: Cast, entry: dict[str, Any], made: list[Application]) -> Callable[[], None]:
    def act() -> None:
        contact = PersonDraft(entry["contact"], entry["email"], entry["language"])
        draft = ApplicationDraft(
            **{name: entry[name] for name in ("track", "name", "kind", "mandate", "legal_basis", "documents")},
            contact=contact,
            withheld=entry.get("withheld", False),
        )
        made.append(apply(draft, consultation=cast.consultation, actor=OPERATOR))
        if file := entry.get("file"):
            brought = BroughtDocument(file["name"], workbook(file["rows"]))
            add_file(brought, application=made[0], origin="", actor=OPERATOR)

    return act


def _step(cast: Cast, step: dict[str, Any], made: list[Application]) -> Callable[[], None]:
    def act() -> None:
        row = session.merge(made[0])
        if step["act"] == "appealed":
            appeal(step["reason"], application=row, actor=ANONYMOUS)
            return
        decision = Decision(ApplicationState(step["act"]), step["reason"], row.language)
        decide(decision, application=row, actor=cast.actor(step["by"]))

    return act
