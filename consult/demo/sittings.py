"""Sessions of the sample: planned, opened, attended, spoken in, closed, with approved minutes."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from consult.db import session
from consult.demo.people import Cast
from consult.demo.sample_files import Timeline, texts
from consult.sessions import services
from consult.sessions.models import AgendaItem, Session, Speech
from consult.sessions.queries import current_speech

PLANNED_BEFORE = timedelta(days=21)


def add_sessions(cast: Cast, timeline: Timeline) -> None:
    """Put every session and what happens in it on the timeline."""
    for entry in cast.sample.read("sessions")["session"]:
        sitting = _Sitting(cast, timeline, entry)
        sitting.plan()
        sitting.run()
        sitting.attend()
        sitting.speak()


class _Sitting:
    """One session of the file and its place on the timeline."""

    def __init__(self, cast: Cast, timeline: Timeline, entry: dict[str, Any]) -> None:
        self.cast, self.timeline, self.entry = cast, timeline, entry
        self.number: int = entry["number"]
        self.speeches: dict[int, uuid.UUID] = {}

    def _at(self, text: str, act: Callable[[], object]) -> None:
        self.timeline.at(self.cast.sample.moment(text), act)

    @property
    def row(self) -> Session:
        return session.get_one(Session, self.cast.sessions[self.number])

    def item(self, position: int) -> AgendaItem:
        return session.get_one(AgendaItem, self.cast.items[self.number, position])

    @property
    def moderator(self) -> Any:
        return self.cast.actor(self.entry["moderator"])

    def plan(self) -> None:
        """Plan it three weeks before; an item is linked to its recommendation once that exists."""
        sample, entry = self.cast.sample, self.entry
        starts = sample.moment(entry["starts"])

        def act() -> None:
            draft = services.SessionDraft(
                kind=entry["kind"],
                names=texts(entry["names"]),
                venues=texts(entry["venue"]),
                starts_at=starts,
                ends_at=sample.moment(entry["ends"]),
                quorum=entry.get("quorum", ""),
                speaking_minutes=entry.get("speaking_minutes", 3),
                items=[self._item_draft(item) for item in entry["item"]],
            )
            row = services.plan_session(draft, consultation=self.cast.consultation, actor=self.cast.actor("organiser"))
            self.cast.sessions[self.number] = row.id
            for position, item in enumerate(sorted(row.items, key=lambda i: i.position), start=1):
                self.cast.items[self.number, position] = item.id

        self.timeline.at(min(starts - PLANNED_BEFORE, sample.now), act)
        self.timeline.at(min(starts - timedelta(days=1), sample.now), self._link)

    def _item_draft(self, item: dict[str, Any], *, linked: bool = False) -> services.ItemDraft:
        number = item.get("recommendation") if linked else None
        return services.ItemDraft(
            texts(item["title"]), item["minutes"], self.cast.recommendations[number] if number else None
        )

    def _link(self) -> None:
        for item in self.entry["item"]:
            if "recommendation" in item:
                services.change_item(
                    self._item_draft(item, linked=True),
                    item=self.item(item["position"]),
                    actor=self.cast.actor("organiser"),
                )

    def run(self) -> None:
        """Open, suspend, resume, start and finish items, close, write and approve the minutes."""
        entry = self.entry
        if "opened" in entry:
            self._at(entry["opened"], lambda: services.open_session(self.row, actor=self.moderator))
        for pause in entry.get("suspended", []):
            self._at(pause["from"], lambda: services.suspend_session(self.row, actor=self.moderator))
            self._at(pause["until"], lambda: services.resume_session(self.row, actor=self.moderator))
        for item in entry["item"]:
            self._run_item(item)
        if "closed" in entry:
            self._at(entry["closed"], lambda: services.close_session(self.row, actor=self.moderator))
        if "approved" in entry:
            self._at(entry["approved"], self._approve)

    def _run_item(self, item: dict[str, Any]) -> None:
        position = item["position"]
        if "finished" in item:
            self._at(item["finished"], lambda: services.finish_item(self.item(position), actor=self.moderator))
        if "started" in item:
            self._at(item["started"], lambda: services.start_item(self.item(position), actor=self.moderator))

    def _approve(self) -> None:
        for item in self.entry["item"]:
            if "summary" in item:
                services.write_minutes(
                    item["summary"],
                    language="ar",
                    item=self.cast.items[self.number, item["position"]],
                    sitting=self.row,
                    actor=self.moderator,
                )
        services.approve_minutes(self.row, actor=self.moderator)

    def attend(self) -> None:
        """Check people in (and out) at their moments, a whole track at once where the file says so."""
        for group in self.entry.get("attendance", []):
            members = [self.cast.members[key] for key in self._people(group)]
            self._at(group["came"], self._check(services.check_in, members))
            if "left" in group:
                self._at(group["left"], self._check(services.check_out, members))

    def _people(self, group: dict[str, Any]) -> Iterator[str]:
        if "person" in group:
            yield group["person"]
            return
        absent = set(group.get("except", []))
        for entry in self.cast.entries:
            if entry.get("track") == group["track"] and entry.get("seat") and entry["key"] not in absent:
                yield entry["key"]

    def _check(self, verb: Callable[..., object], members: list[uuid.UUID]) -> Callable[[], object]:
        return lambda: verb(members, sitting=self.row, actor=self.moderator)

    def speak(self) -> None:
        """Ask for the floor, get it, end."""
        for index, speech in enumerate(self.entry.get("speech", [])):
            self._at(speech["asked"], self._ask(index, speech["person"]))
            if "given" in speech:
                self._at(speech["given"], self._give(index))
            if "ended" in speech:
                self._at(speech["ended"], self._end(index))

    def _ask(self, index: int, person: str) -> Callable[[], object]:
        def act() -> None:
            self.speeches[index] = services.ask_floor(self.row, actor=self.cast.actor(person)).id

        return act

    def _give(self, index: int) -> Callable[[], object]:
        def act() -> None:
            speaking = current_speech(self.row.id)
            services.give_floor(
                self.row,
                speech=self.speeches[index],
                instead_of=speaking.id if speaking else None,
                actor=self.moderator,
            )

        return act

    def _end(self, index: int) -> Callable[[], object]:
        def act() -> None:
            speech = session.get_one(Speech, self.speeches[index])
            if speech.ended_at is None:
                services.end_speech(speech, actor=self.moderator)

        return act
