"""Writing an official response together, in two parts: what becomes of the matter, and the words.

It is as with texts that are handed in (`consult.submissions.offices.parts`). A part is saved once nothing in it is wrong; other words need
another yes, because a yes is bound to the digest of the whole. Nothing of it leaves the body before that.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from consult.accounts.access import Actor, demand
from consult.cleaning import clean_text
from consult.consultations.models import Consultation
from consult.db import session, transaction
from consult.errors import Conflict, Problem, Rejected
from consult.i18n import N_, Message
from consult.recommendations.responders import rule_for_response, writes_as
from consult.recommendations.response_kinds import WITH_A_DAY
from consult.recommendations.response_models import RESPONSES, OfficialResponse
from consult.recommendations.responses import decision_problems, held_response, word_problems
from consult.submissions.offices.models import TextComment, TextPart, TextSave
from consult.submissions.offices.parts import (
    entered,
    hold,
    is_overtaken,
    let_go,
    remember,
    resolve,
    save_of,
    saved,
    say,
)


class ResponsePart(StrEnum):
    """What one member writes while another writes the other."""

    DECISION = "decision"
    WORDS = "words"


PART_LABELS: Mapping[ResponsePart, Message] = {
    ResponsePart.DECISION: N_("What becomes of it, and until when"),
    ResponsePart.WORDS: N_("The words"),
}


@dataclass(frozen=True, slots=True)
class DecisionDraft:
    """What becomes of the matter, as typed."""

    kind: str
    until: date | None = None

    def problems(self, consultation: Consultation) -> list[Problem]:
        """Return what is wrong, each problem at its field."""
        return list(decision_problems(self.kind, self.until, consultation))

    def content(self) -> dict[str, str]:
        """Return what the history keeps."""
        return {"kind": self.kind, "until": self.until.isoformat() if self.until and self.kind in WITH_A_DAY else ""}


@dataclass(frozen=True, slots=True)
class WordsDraft:
    """The words, as typed, and their language."""

    text: str
    language: str

    def problems(self, _consultation: Consultation) -> list[Problem]:
        """Return what is wrong, each problem at its field."""
        return list(word_problems(clean_text(self.text), self.language))

    def content(self) -> dict[str, str]:
        """Return what the history keeps."""
        return {"text": clean_text(self.text), "language": self.language}


PartDraft = DecisionDraft | WordsDraft


def write_part(draft: PartDraft, version: int, *, response: OfficialResponse, actor: Actor) -> OfficialResponse:
    """Save a part of what one's body is going to say, and hold it; `version` is that of the part when the page was opened.

    Raises Conflict if somebody else has saved it meanwhile, PartHeld while a colleague writes in it, Rejected with every problem at its
    field.
    """
    with transaction():
        row, me = _inside(response, actor)
        here = entered(RESPONSES, row.id, part_of_draft(draft), me)
        if is_overtaken(here, version, ""):
            raise Conflict(
                N_("A colleague has saved since you opened the page. What you wrote is below and not saved yet.")
            )
        return _kept(row, here, draft, me)


def restore_part(save: uuid.UUID, *, response: OfficialResponse, actor: Actor) -> OfficialResponse:
    """Let a part say again what it said after an earlier save. Raises as `write_part` does."""
    with transaction():
        row, me = _inside(response, actor)
        kept = save_of(RESPONSES, row.id, save)
        return _kept(row, entered(RESPONSES, row.id, kept.part, me), draft_of(kept), me)


def take_part_of(response: OfficialResponse, part: ResponsePart, *, actor: Actor) -> TextPart:
    """Hold a part that is free, or whose time has run out. Raises PartHeld."""
    with transaction():
        row, me = _inside(response, actor)
        here = entered(RESPONSES, row.id, part, me)
        hold(here, me)
        return here


def release_part_of(response: OfficialResponse, part: ResponsePart, *, actor: Actor) -> None:
    """Let others write in a part that one holds; nothing happens if one does not hold it."""
    with transaction():
        row, me = _inside(response, actor)
        let_go(RESPONSES, row.id, part, me)


def comment_on(response: OfficialResponse, part: ResponsePart, text: str, *, actor: Actor) -> TextComment:
    """Say something to one's colleagues about a part. Raises Rejected at `text`."""
    with transaction():
        row, me = _inside(response, actor)
        return say(RESPONSES, row.id, part, text, me, actor.language)


def resolve_comment_on(comment: uuid.UUID, *, response: OfficialResponse, actor: Actor) -> TextComment:
    """Mark a comment as dealt with; it stays to be read."""
    with transaction():
        row, _me = _inside(response, actor)
        return resolve(RESPONSES, row.id, comment)


def part_of_draft(draft: PartDraft) -> ResponsePart:
    """Return which part a draft is of."""
    return ResponsePart.DECISION if isinstance(draft, DecisionDraft) else ResponsePart.WORDS


def draft_of(save: TextSave) -> PartDraft:
    """Return what a part said after a save."""
    given = save.content
    if save.part == ResponsePart.WORDS:
        return WordsDraft(given["text"], given["language"])
    return DecisionDraft(given["kind"], date.fromisoformat(given["until"]) if given["until"] else None)


def _inside(response: OfficialResponse, actor: Actor) -> tuple[OfficialResponse, uuid.UUID]:
    """Return a response, held until the transaction ends, and as which member somebody writes it."""
    row = held_response(response)
    demand(actor, "response.write", row)
    return row, writes_as(row, rule_for_response(row), actor).member


def _kept(row: OfficialResponse, here: TextPart, draft: PartDraft, me: uuid.UUID) -> OfficialResponse:
    if problems := draft.problems(session.get_one(Consultation, row.consultation_id)):
        raise Rejected(problems)
    content = draft.content()
    if isinstance(draft, WordsDraft):
        changed = (row.text, row.language) != (content["text"], content["language"])
        row.text, row.language = content["text"], content["language"]
    else:
        until = draft.until if draft.kind in WITH_A_DAY else None
        changed = (row.kind, row.until) != (draft.kind, until)
        row.kind, row.until = draft.kind, until
    if changed:
        remember(RESPONSES, row.id, here.part, me, "", content)
    saved(here, me, "")
    row.version += 1
    session.flush()
    return row
