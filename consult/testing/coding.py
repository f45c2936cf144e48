"""Coding in the small consultation, in one call each: a codebook, two coders, texts coded and settled."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from consult.coding.models import CodedText, Coder, CodingTask
from consult.coding.queries import coder_of, next_task, task_of
from consult.coding.services import (
    CodingDraft,
    TextChoice,
    ThemeDraft,
    add_coder,
    assign_texts,
    finish_text,
    save_codes,
    save_theme,
    start_codebook,
)
from consult.coding.states import TextState
from consult.db import session
from consult.i18n import Localized
from consult.submissions.models import Submission
from consult.testing.world import World

#: Two coders: a member of a track, and the moderator.
FIRST, SECOND = "derna", "moderator"


@dataclass(slots=True)
class Room:
    """The coding desk of the small consultation; GCM codes have the numbers from 2 on, 1 is their head."""

    world: World
    coders: dict[str, uuid.UUID] = field(default_factory=dict)

    def coder(self, key: str) -> Coder:
        """A coder, loaded."""
        found = coder_of(self.world.consultation_id, self.world.people[key])
        assert found is not None
        return found

    def task(self, key: str, number: str) -> uuid.UUID:
        """A coder's task on the text with a receipt number."""
        found = task_of(self.coder(key).id, number)
        assert found is not None
        return found.id

    def save(self, key: str, number: str, lines: Mapping[int, str], memos: Mapping[int, str] | None = None) -> None:
        """Save lines as a coder, on what stands there now."""
        task = self.task(key, number)
        version = session.get_one(CodingTask, task).version
        save_codes(CodingDraft(version, lines, memos or {}), task=task, actor=self.world.actor(key))

    def code(self, key: str, number: str, lines: Mapping[int, str]) -> TextState:
        """Save lines as a coder and finish the text; return its state then."""
        self.save(key, number, lines)
        return TextState(finish_text(task=self.task(key, number), actor=self.world.actor(key)).state)

    def state(self, number: str) -> TextState:
        """The state of a coded text."""
        query = sa.select(CodedText.state).join(Submission, Submission.id == CodedText.submission_id)
        return TextState(session.scalars(query.where(Submission.number == number)).one())


def open_room(world: World, *, twice: int = 100) -> Room:
    """Start the codebook with the Global Compact, charge two coders, hand out every accepted text, `twice` per cent to both."""
    room, here, organiser = Room(world), world.consultation, world.actor("organiser")
    start_codebook("gcm", consultation=here, actor=organiser)
    for key in (FIRST, SECOND):
        room.coders[key] = add_coder(world.people[key], consultation=here, actor=organiser).id
    assign_texts(TextChoice(tuple(room.coders.values()), twice=twice), consultation=here, actor=organiser)
    return room


def add_theme(world: World, *codes: int, name: str = "العدّ بلا أسماء") -> uuid.UUID:
    """Add a theme with these codes."""
    draft = ThemeDraft(Localized(ar=name, en="Counting without names"), frozenset(codes))
    return save_theme(draft, consultation=world.consultation, actor=world.actor("organiser")).id


def code_everything(world: World) -> Room:
    """Let two coders finish every accepted text with one code and put it on the board; a member of the CSO track codes besides."""
    room = open_room(world)
    add_coder(world.people["cso"], consultation=world.consultation, actor=world.actor("organiser"))
    for key in (FIRST, SECOND):
        while number := next_task(room.coders[key]):
            room.code(key, number, {1: "2"})
    add_theme(world, 2)
    return room
