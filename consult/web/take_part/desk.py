"""A draft on the desk: whose it is, its track's questions, its steps, and their forms."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Any

from flask import request, url_for
from werkzeug.datastructures import MultiDict
from wtforms import Field

from consult.consultations.models import Member, Topic
from consult.consultations.names import PublicName, public_names
from consult.consultations.queries import topics_of
from consult.db import session
from consult.errors import NotFound
from consult.i18n import LANGUAGES
from consult.plugins.questions import Answered, Question, QuestionKind
from consult.plugins.track import Track
from consult.submissions.content import TOPIC_LIMIT
from consult.submissions.documents.attaching import limits_of
from consult.submissions.drafting.drafts import save_step
from consult.submissions.drafting.splices import Splice, plain
from consult.submissions.drafting.steps import (
    CHECK_LABEL,
    STEP_FIELDS,
    STEP_LABELS,
    Step,
    StepProgress,
    asked_on,
    given_answers,
    progress_of,
    steps_of,
)
from consult.submissions.models import Draft, Submission
from consult.submissions.offices.queries import part_version
from consult.submissions.offices.together import save_part
from consult.submissions.questionnaires.content import FormContent
from consult.submissions.questionnaires.queries import form_of, open_form_of
from consult.submissions.review.blind import judged_blind
from consult.submissions.tracks import questions_of, track_of
from consult.web.context import local
from consult.web.forms import (
    L_,
    BooleanField,
    FileField,
    HiddenField,
    RadioField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    VersionedForm,
    clean_line,
    clean_text,
    say,
)
from consult.web.guards import visible
from consult.web.in_place import InPlace, acts_on
from consult.web.question_fields import MatrixField, question_form
from consult.web.submissions import as_typed
from consult.web.visitor import actor, consultation


class StepForm(VersionedForm):
    """What every step has: the draft's version when the page was opened, and a name the page keeps while it is open."""

    page = HiddenField()


class BehalfForm(StepForm):
    """Title and language; whether the name is withheld, where the track allows it."""

    title = StringField(
        L_("Title of your submission"),
        description=L_("One line that says what you want, for example: a municipal register of migration data."),
        filters=[clean_line],
    )
    language = RadioField(L_("The language you write in"), validate_choice=False)
    withheld = BooleanField(
        L_("Withhold my name and that of my organisation"),
        description=L_("Then no page, list, mail or document tells who wrote it."),
    )


class QuestionsForm(StepForm):
    """Questions of the track or of a section, and which of them the page asked."""

    asked = HiddenField()


class TopicsForm(StepForm):
    """The topics of the consultation."""

    topics = SelectMultipleField(
        L_("What is it about?"),
        description=L_("Choose one to %(limit)s topics.", limit=TOPIC_LIMIT),
        validate_choice=False,
    )


class TextForm(StepForm):
    """The text."""

    text = TextAreaField(
        L_("How are things today, and what is your position?"),
        description=L_(
            "Leave an empty line between paragraphs: each paragraph gets a number, so that its fate can be followed."
        ),
        filters=[clean_text],
    )
    why = StringField(
        L_("What you changed, and why"),
        description=L_("One line. Whoever may read the text reads it beside the two revisions."),
        filters=[clean_line],
    )


class ProposalsForm(StepForm):
    """The proposals."""

    proposals = TextAreaField(
        L_("What should be done?"),
        description=L_("One measure a paragraph, with an empty line between them. You may leave this empty."),
        filters=[clean_text],
    )


class DocumentsForm(StepForm):
    """A file to be added."""

    file = FileField(L_("File"))


FORMS: dict[Step, type[StepForm]] = {
    Step.BEHALF: BehalfForm,
    Step.TOPICS: TopicsForm,
    Step.TEXT: TextForm,
    Step.PROPOSALS: ProposalsForm,
    Step.DOCUMENTS: DocumentsForm,
}


@dataclass(slots=True)
class Desk:
    """A draft with what its pages need; `track` is None where its plugin is gone or switched off.

    `instead` tells in whose place a text is corrected that stays under that one's name.
    """

    draft: Draft
    member: Member
    name: PublicName
    track: Track | None
    own: Sequence[Question]
    content: FormContent
    topics: Sequence[Topic]
    instead: InPlace | None = None

    @property
    def questions(self) -> Sequence[Question]:
        """All questions: the track's own, then those of the organisers' form."""
        return (*self.own, *self.content.questions)

    @property
    def given(self) -> Answered:
        """What the answers so far come to."""
        return given_answers(self.draft, self.questions)

    @property
    def steps(self) -> list[str]:
        """The steps of this form, in order."""
        shown = {question.key for question in self.given.shown}
        return steps_of(
            topics=bool(self.topics), own=self.own, form=self.content, shown=shown, documents=self.documents
        )

    @property
    def documents(self) -> bool:
        """Tell whether there is a step for documents: the track takes some, or the draft holds some."""
        return bool(limits_of(consultation(), self.member.track).files or self.draft.answers.get("attachments"))

    @property
    def withheld(self) -> bool:
        """Tell whether the name of the author would be withheld as the draft stands."""
        asked = bool(self.draft.answers.get("withheld") and self.track and self.track.may_withhold_name)
        return self.member.withheld or asked or self.blind

    @property
    def nameless(self) -> bool:
        """Tell whether others would see its documents under neutral names."""
        return self.withheld or bool(self.member.display_name)

    @property
    def blind(self) -> bool:
        """Tell whether the text would be judged without its author's name."""
        return judged_blind(consultation(), self.member.track, self.draft.submission_id)

    def progress(self) -> list[StepProgress]:
        """Return how far each step is."""
        return progress_of(
            self.draft,
            consultation(),
            topics=bool(self.topics),
            own=self.own,
            form=self.content,
            documents=self.documents,
        )

    def label(self, step: str) -> str:
        """Return what a step is called: the title of a section, or our words."""
        section = self.content.section(step)
        return say(section.titles if section is not None else STEP_LABELS[Step(step)])

    def questions_on(self, step: str) -> Sequence[Question]:
        """Return the questions that a step shows now; none for a step of the common part."""
        keys = asked_on(step, self.own, self.content)
        return [question for question in self.given.shown if question.key in keys]

    def step_called(self, name: str) -> str:
        """Return a step by its part of the address; NotFound if this form has none of that name.

        A section that the answers do not show now is there all the same: its page may still be open elsewhere.
        """
        if name not in self.steps and not asked_on(name, (), self.content):
            raise NotFound
        return name

    def tasks(self, here: str | None = None) -> list[dict[str, Any]]:
        """Return the steps as the task list shows them, checking and handing in last."""
        progress = self.progress()
        shown = [
            {
                "title": f"{number}. {self.label(one.step)}",
                "href": url_for("take_part.step", draft=self.draft.id, step=one.step),
                "state": one.progress.value or None,
                "current": one.step == here,
            }
            for number, one in enumerate(progress, start=1)
        ]
        ready = not any(one.problems for one in progress)
        return [*shown, self._last_task(len(shown) + 1, ready, here is None)]

    def _last_task(self, number: int, ready: bool, current: bool) -> dict[str, Any]:
        return {
            "title": f"{number}. {say(CHECK_LABEL)}",
            "href": url_for("take_part.check", draft=self.draft.id),
            "state": None if ready else "later",
            "current": current,
        }

    def version(self, step: str) -> int:
        """Return what a page of a step knows the draft by: its saves, or those of the part where several write."""
        return self.draft.version if self.draft.shared_body_id is None else part_version(self.draft.id, step)

    def form(self, step: str, *, saved: bool = False) -> StepForm:
        """Return the form of a step: as sent, or as the draft has it (on opening the page, or where `saved` is asked for)."""
        data = self._kept(step) | {"version": str(self.version(step)), "page": token_urlsafe(9)}
        keys = asked_on(step, self.own, self.content)
        made = question_form(self._asked(keys), QuestionsForm) if keys else FORMS[Step(step)]
        return self._fitted(made, data=data, **({"formdata": None} if saved else {}))

    def _fitted(self, made: type[StepForm], **given: Any) -> StepForm:
        """Make a form and offer in it what this consultation and track have."""
        form: StepForm = made(**given)
        if isinstance(form, BehalfForm):
            form.language.choices = {code: language.name for code, language in LANGUAGES.items()}
            if self.track is None or not self.track.may_withhold_name or self.member.withheld:
                del form.withheld
        if isinstance(form, TextForm) and self.draft.submission_id is None:
            del form.why
        if isinstance(form, TopicsForm):
            form.topics.choices = {topic.slug: local(topic.names) for topic in self.topics}
        return form

    def _asked(self, keys: Sequence[str]) -> Sequence[Question]:
        """Return the questions that the page asked: what is sent says so, because answers may show others by now."""
        sent = request.form.get("asked") if request.method == "POST" else None
        if sent is None:
            return [question for question in self.given.shown if question.key in keys]
        wanted = set(sent.split())
        return [question for question in self.questions if question.key in keys and question.key in wanted]

    def _kept(self, step: str) -> dict[str, Any]:
        """Return what the draft holds of a step, as its fields want it."""
        keys = asked_on(step, self.own, self.content)
        if not keys:
            return {field: self.draft.answers.get(field) for field in STEP_FIELDS[Step(step)]}
        kept = self.draft.answers.get("track") or {}
        asked = [question for question in self.questions if question.key in keys]
        return {question.key: as_typed(question, kept.get(question.key)) for question in asked}

    def typed(self, step: str, form: StepForm) -> dict[str, Any]:
        """Return what was typed on a step, right or wrong, as the draft keeps it."""
        keys = asked_on(step, self.own, self.content)
        if keys:
            return {"track": {k: form[k].data for k in keys if k in form and not isinstance(form[k], FileField)}}
        if step == Step.DOCUMENTS:
            return {"documents": True}  # files are added and taken away by themselves
        fields = STEP_FIELDS[Step(step)]
        typed = {field: form[field].data for field in fields if field in form}
        return {field: [] if field == "topics" and value is None else value for field, value in typed.items()}

    def changed(self, step: str, sent: Mapping[str, Sequence[str] | Splice]) -> dict[str, Any]:
        """Return what changed on a step, by the names of its fields, as the draft keeps it; a longer text stays a change."""
        keys = asked_on(step, self.own, self.content)
        kept, given = self._kept(step), MultiDict[str, str]([("sent", "")])
        for name, values in sent.items():
            given.setlist(name, [] if isinstance(values, Splice) else list(values))
        asked = [question for question in self.questions if question.key in keys]
        for question in asked:
            for row, point in kept[question.key].items() if question.kind is QuestionKind.MATRIX else ():
                given.setdefault(f"{question.key}-{row}", point)
        made = question_form(asked, QuestionsForm) if keys else FORMS[Step(step)]
        form = self._fitted(made, formdata=given, data=kept)
        typed = {
            field.name: _typed(field, sent.get(field.name))
            for field in form
            if field.name in (keys or STEP_FIELDS[Step(step)]) and _is_changed(field, sent)
        }
        return {"track": typed} if keys else typed

    def save(self, step: str, typed: dict[str, Any], version: int, page: str) -> None:
        """Keep what was typed on a step, in the whole draft or, where several write in it, in its part."""
        if self.draft.shared_body_id is None:
            self.draft = save_step(self.draft, typed, version, page=page, actor=actor())
        else:
            self.draft = save_part(self.draft, step, typed, version, page=page, actor=actor())

    def after(self, here: str) -> str:
        """Return the address of the step after this one, or of the check at the end."""
        steps = self.steps
        rest = steps[steps.index(here) + 1 :] if here in steps else []
        if rest and request.form.get("then") != "check":
            return url_for("take_part.step", draft=self.draft.id, step=rest[0])
        return url_for("take_part.check", draft=self.draft.id)

    @property
    def newer(self) -> bool:
        """Tell whether the organisers have opened a newer version of the form than this draft answers (1 query)."""
        newest = open_form_of(self.draft.consultation_id, self.member.track)
        return newest is not None and newest != self.draft.questionnaire_id and self.draft.submission_id is None


def _typed(field: Field, sent: Sequence[str] | Splice | None) -> Any:
    """Return what a field says; a longer text as it stands on the page, for the next change is one of that."""
    if isinstance(sent, Splice):
        return sent
    return plain(sent[0]) if sent and isinstance(field, TextAreaField) else field.data


def _is_changed(field: Field, sent: Mapping[str, Sequence[str] | Splice]) -> bool:
    """Tell whether a field is among those that a page sends, a table of questions by any of its rows."""
    if isinstance(field, MatrixField):
        return any(f"{field.name}-{row}" in sent for row in field.rows)
    if isinstance(field, FileField):
        return False  # files come with a button
    return field.name in sent and (not isinstance(sent[field.name], Splice) or isinstance(field, TextAreaField))


def desk_of(draft: uuid.UUID) -> Desk:
    """Return a draft that the visitor may write in, in this consultation, with all that its pages need; NotFound for others."""
    row: Draft = visible("draft.edit", session.get(Draft, draft))
    here = consultation()
    if row.consultation_id != here.id:
        raise NotFound
    member = session.get_one(Member, row.member_id)
    return Desk(
        row,
        member,
        public_names([member.id])[member.id],
        track_of(here, member.track),
        questions_of(here, member.track),
        form_of(row.questionnaire_id),
        topics_of(here.id),
        _instead(row),
    )


def _instead(draft: Draft) -> InPlace | None:
    """Return in whose place a text is corrected, None where it stays under the name of whoever writes."""
    if draft.submission_id is None or not any(m.former for m in actor().memberships_in(draft.consultation_id)):
        return None
    return acts_on(session.get_one(Submission, draft.submission_id))


def own_members() -> list[uuid.UUID]:
    """Return as which members the visitor takes part in this consultation."""
    return [membership.member for membership in actor().memberships_in(consultation().id)]
