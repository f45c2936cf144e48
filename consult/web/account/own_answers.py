"""The answers in what is kept about somebody, each under the words of the question of the form that it was given to."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from consult.accounts.own_data import OwnData, Row
from consult.consultations.models import Consultation, Member
from consult.db import session
from consult.i18n import Localized, Message
from consult.submissions.models import Draft
from consult.submissions.tracks import questions_of

#: A form: the consultation, the track, and the version of the organisers' own questions, if there is one.
Form = tuple[uuid.UUID, str, uuid.UUID | None]
#: Where answers stand by the key of their question: columns of texts, and of drafts the column that has them under "track".
OF_TEXTS: Mapping[str, tuple[str, ...]] = {"submission": ("answers",), "revision": ("answers", "private_answers")}
OF_DRAFTS: Mapping[str, str] = {"draft": "answers", "draft_save": "content"}


@dataclass(frozen=True, slots=True)
class Answered:
    """Answers by the key of their question, and the words of these questions."""

    given: Mapping[str, Any]
    labels: Mapping[str, Message | Localized]


class OwnAnswers:
    """Tells which form the rows of one person's data answer; each form is read once."""

    def __init__(self, found: OwnData) -> None:
        self._texts = {row["id"]: row for row in found.rows.get("submission", ())}
        self._labels: dict[Form, Mapping[str, Message | Localized]] = {}

    def of(self, kind: str, row: Row) -> Row:
        """Return a row with its answers as `Answered`."""
        if kind in OF_TEXTS:
            labels = self._words(self._form_of_text(kind, row))
            return {**row, **{name: Answered(row[name], labels) for name in OF_TEXTS[kind]}}
        if kind in OF_DRAFTS and (given := row[OF_DRAFTS[kind]]).get("track"):
            rest = {key: value for key, value in given.items() if key != "track"}
            answers = Answered(given["track"], self._words(self._form_of_draft(kind, row)))
            return {**row, OF_DRAFTS[kind]: {**rest, "answers": answers}}
        return row

    def _form_of_text(self, kind: str, row: Row) -> Form:
        text = row if kind == "submission" else self._texts[row["submission_id"]]
        return text["consultation_id"], text["track"], row["questionnaire_id"]

    def _form_of_draft(self, kind: str, row: Row) -> Form:
        """Return it also of a colleague's draft, in which the person only wrote."""
        draft = session.get_one(Draft, row["id"] if kind == "draft" else row["draft_id"])
        return draft.consultation_id, session.get_one(Member, draft.member_id).track, draft.questionnaire_id

    def _words(self, form: Form) -> Mapping[str, Message | Localized]:
        if form not in self._labels:
            consultation, track, questionnaire = form
            asked = questions_of(session.get_one(Consultation, consultation), track, questionnaire)
            self._labels[form] = {question.key: question.label for question in asked}
        return self._labels[form]
