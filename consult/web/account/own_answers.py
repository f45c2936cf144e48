"""The answers in what is kept about somebody, each under the words of the question of the form that it was given to, and topics in theirs."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from consult.accounts.own_data import OwnData, Row
from consult.consultations.models import Consultation, Member
from consult.consultations.queries import topics_of
from consult.db import session
from consult.i18n import Localized
from consult.plugins.questions import Question
from consult.submissions.models import Draft
from consult.submissions.tracks import questions_of

#: A form: the consultation, the track, and the version of the organisers' own questions, if there is one.
Form = tuple[uuid.UUID, str, uuid.UUID | None]
#: Where answers stand by the key of their question: columns of texts, and of drafts the column that has them under "track".
OF_TEXTS: Mapping[str, tuple[str, ...]] = {"submission": ("answers",), "revision": ("answers", "private_answers")}
OF_DRAFTS: Mapping[str, str] = {"draft": "answers", "draft_save": "content"}


@dataclass(frozen=True, slots=True)
class AnswersTo:
    """Answers by the key of their question, and these questions."""

    given: Mapping[str, Any]
    questions: Mapping[str, Question]


@dataclass(frozen=True, slots=True)
class Named:
    """A code, and what it stands for."""

    code: str
    names: Localized


class OwnAnswers:
    """Tells which form the rows of one person's data answer, and what their topics are called; each form is read once."""

    def __init__(self, found: OwnData) -> None:
        self._texts = {row["id"]: row for row in found.rows.get("submission", ())}
        self._asked: dict[Form, Mapping[str, Question]] = {}
        self._topics: dict[uuid.UUID, Mapping[str, Named]] = {}

    def of(self, kind: str, row: Row) -> Row:
        """Return a row with its answers as `AnswersTo`, and its topics as `Named`."""
        if kind in OF_TEXTS:
            form = self._form_of_text(kind, row)
            questions = self._questions(form)
            answered = {name: AnswersTo(row[name], questions) for name in OF_TEXTS[kind]}
            return {**self._with_topics(row, form[0]), **answered}
        if kind in OF_DRAFTS and {"track", "topics"} & (given := row[OF_DRAFTS[kind]]).keys():
            form = self._form_of_draft(kind, row)
            rest = {key: value for key, value in self._with_topics(given, form[0]).items() if key != "track"}
            answers = {"answers": AnswersTo(given["track"], self._questions(form))} if given.get("track") else {}
            return {**row, OF_DRAFTS[kind]: {**rest, **answers}}
        if kind == "saved_search":
            asked = {name: row[name] for name in ("given", "wanted") if row[name].get("topic")}
            here = row["consultation_id"]
            return {**row, **{name: {**one, "topic": self._topic(here, one["topic"])} for name, one in asked.items()}}
        return row

    def _with_topics(self, given: Row, consultation: uuid.UUID) -> Row:
        if not isinstance(given.get("topics"), list):
            return given
        return {**given, "topics": [self._topic(consultation, code) for code in given["topics"]]}

    def _topic(self, consultation: uuid.UUID, code: str) -> Named | str:
        """Return what a topic is called, the code itself where there is none; `code` is its part of an address, or its key."""
        if consultation not in self._topics:
            topics = topics_of(consultation)
            self._topics[consultation] = {
                code: Named(code, one.names) for one in topics for code in (one.slug, str(one.id))
            }
        return self._topics[consultation].get(code, code)

    def _form_of_text(self, kind: str, row: Row) -> Form:
        text = row if kind == "submission" else self._texts[row["submission_id"]]
        return text["consultation_id"], text["track"], row["questionnaire_id"]

    def _form_of_draft(self, kind: str, row: Row) -> Form:
        """Return it also of a colleague's draft, in which the person only wrote."""
        draft = session.get_one(Draft, row["id"] if kind == "draft" else row["draft_id"])
        return draft.consultation_id, session.get_one(Member, draft.member_id).track, draft.questionnaire_id

    def _questions(self, form: Form) -> Mapping[str, Question]:
        if form not in self._asked:
            consultation, track, questionnaire = form
            asked = questions_of(session.get_one(Consultation, consultation), track, questionnaire)
            self._asked[form] = {question.key: question for question in asked}
        return self._asked[form]
