"""Sheets of the sample: printed in two languages, entered by clerks, one waiting to be settled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from consult.db import session
from consult.demo.people import Cast
from consult.demo.sample_files import Timeline
from consult.errors import NotFound
from consult.paper.models import Sheet
from consult.paper.queries import sheet_by_number
from consult.paper.receiving import day_of, note_received
from consult.paper.services import PrintDraft, enter, print_sheets, set_aside
from consult.paper.states import VoidReason
from consult.runtime import runtime
from consult.submissions.models import Submission
from consult.submissions.services import Review, accept


def add_paper(cast: Cast, timeline: Timeline) -> None:
    """Put printing and entering on the timeline; without the plugin of their track there are no sheets."""
    written, moment = cast.sample.read("sheets"), cast.sample.moment
    if any(runtime().hooks.track(entry["track"]) is None for entry in written["print"]):
        return
    for entry in written["print"]:
        timeline.at(moment(entry["day"]), _print(cast, entry))
    for entry in written["entry"]:
        timeline.at(moment(entry["day"]), _enter(cast, entry))
    for entry in written["accepted"]:
        timeline.at(moment(entry["day"]), _accept(cast, entry))
    for entry in written["aside"]:
        timeline.at(moment(entry["day"]), _set_aside(cast, entry))


def _sheet(cast: Cast, number: int) -> Sheet:
    found = sheet_by_number(cast.consultation.id, number)
    if found is None:
        raise NotFound
    return found


def _print(cast: Cast, entry: dict[str, Any]) -> Callable[[], None]:
    draft = PrintDraft(entry["track"], entry["language"], entry["count"])

    def act() -> None:
        print_sheets(draft, consultation=cast.consultation, actor=cast.actor(entry["by"]))

    return act


def _enter(cast: Cast, entry: dict[str, Any]) -> Callable[[], None]:
    def act() -> None:
        sheet = _sheet(cast, entry["number"])
        if day := entry.get("received"):
            came_in = day_of(cast.sample.moment(day), cast.consultation)
            note_received(sheet, came_in, consultation=cast.consultation, actor=cast.actor(entry["by"]))
        enter(sheet, entry["answers"], consultation=cast.consultation, actor=cast.actor(entry["by"]))

    return act


def _accept(cast: Cast, entry: dict[str, Any]) -> Callable[[], None]:
    def act() -> None:
        row = session.get_one(Submission, _sheet(cast, entry["number"]).submission_id)
        accept(row, Review("in_order"), actor=cast.actor(entry["by"]))

    return act


def _set_aside(cast: Cast, entry: dict[str, Any]) -> Callable[[], None]:
    def act() -> None:
        set_aside(_sheet(cast, entry["number"]), VoidReason(entry["reason"]), actor=cast.actor(entry["by"]))

    return act
