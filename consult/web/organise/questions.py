"""Writing a form: a section or a question a page, in three languages beside each other."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import FieldList, FormField
from wtforms import Form as PlainForm
from wtforms.validators import Optional

from consult.attachments.kinds import GROUP_LABELS
from consult.errors import Conflict, NotFound, Problem, Rejected
from consult.i18n import LANGUAGES, N_, Localized, Message
from consult.plugins.conditions import RELATION_LABELS, Condition, Relation
from consult.plugins.questions import Choice, Question, QuestionKind, near_places
from consult.submissions.models import Questionnaire
from consult.submissions.places import places
from consult.submissions.questionnaires.content import (
    CHOOSING,
    COUNTED,
    KIND_LABELS,
    MOST_CHOICES,
    SCALED,
    FormContent,
    Section,
    digest_of,
    question_data,
    question_gaps,
)
from consult.submissions.questionnaires.queries import content_of
from consult.submissions.questionnaires.services import (
    QuestionDraft,
    SectionDraft,
    move_part,
    remove_part,
    save_question,
    save_section,
)
from consult.submissions.tracks import track_label
from consult.web.forms import (
    L_,
    BooleanField,
    HiddenField,
    IntegerField,
    LazyLabel,
    LocalizedForm,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    clean_line,
    latin_digits,
    say,
)
from consult.web.guards import requires
from consult.web.organise.blueprint import blueprint
from consult.web.organise.questionnaires import form_here, version_page
from consult.web.visitor import actor

#: Who reads the answer to a question, from everybody to its author alone.
READERS = {
    "all": N_("Whoever can read the submission"),
    "named": N_("Whoever can read the submission, but where its author’s name is kept back"),
    "counted": N_("Only its author; how many gave each answer is published, small numbers never"),
    "author": N_("Only its author"),
}
#: Empty rows that stand below what is there, for further choices.
SPARE_ROWS = 3


class SectionForm(LocalizedForm):
    """A section: its title and its introduction."""

    titles_ar = StringField(L_("Title in Arabic"), filters=[clean_line])
    titles_en = StringField(L_("Title in English"), filters=[clean_line])
    titles_fr = StringField(L_("Title in French"), filters=[clean_line])
    intros_ar = TextAreaField(L_("Introduction in Arabic"))
    intros_en = TextAreaField(L_("Introduction in English"))
    intros_fr = TextAreaField(L_("Introduction in French"))


class RowForm(PlainForm):
    """A choice, or a row: its key, its words, its place among the others."""

    key = HiddenField()
    place = StringField(L_("Place in the list"))
    ar = StringField(L_("In Arabic"), filters=[clean_line])
    en = StringField(L_("In English"), filters=[clean_line])
    fr = StringField(L_("In French"), filters=[clean_line])


class QuestionForm(LocalizedForm):
    """A question; which of the fields are asked depends on its kind."""

    seen = HiddenField()
    labels_ar = TextAreaField(L_("Question in Arabic"))
    labels_en = TextAreaField(L_("Question in English"))
    labels_fr = TextAreaField(L_("Question in French"))
    hints_ar = TextAreaField(L_("Help in Arabic"))
    hints_en = TextAreaField(L_("Help in English"))
    hints_fr = TextAreaField(L_("Help in French"))
    required = BooleanField(L_("It must be answered"))
    readers = RadioField(
        L_("Who can read the answer"),
        choices={key: LazyLabel(label) for key, label in READERS.items()},
        validate_choice=False,
    )
    groups = SelectMultipleField(
        L_("Kinds of file that are taken"),
        choices={group.value: LazyLabel(label) for group, label in GROUP_LABELS.items()},
        validate_choice=False,
    )
    files = IntegerField(L_("Files at most"), [Optional()])
    megabytes = IntegerField(
        L_("Megabytes of each, at most"), [Optional()], description=L_("Leave it empty for what the track takes.")
    )
    limit = IntegerField(L_("Characters at most"), [Optional()])
    most = IntegerField(L_("Choices at most"), [Optional()], description=L_("Leave it empty for as many as one likes."))
    low = IntegerField(L_("Lowest number"), [Optional()])
    high = IntegerField(L_("Highest number"), [Optional()])
    earliest = StringField(L_("Earliest day"), filters=[latin_digits], render_kw={"type": "date"})
    latest = StringField(L_("Latest day"), filters=[latin_digits], render_kw={"type": "date"})
    decimals = IntegerField(L_("Digits after the decimal sign"), [Optional()])
    lows_ar = StringField(L_("The lowest point in Arabic"), filters=[clean_line])
    lows_en = StringField(L_("The lowest point in English"), filters=[clean_line])
    lows_fr = StringField(L_("The lowest point in French"), filters=[clean_line])
    highs_ar = StringField(L_("The highest point in Arabic"), filters=[clean_line])
    highs_en = StringField(L_("The highest point in English"), filters=[clean_line])
    highs_fr = StringField(L_("The highest point in French"), filters=[clean_line])
    choices = FieldList(FormField(RowForm), max_entries=MOST_CHOICES + SPARE_ROWS)
    rows = FieldList(FormField(RowForm), max_entries=MOST_CHOICES + SPARE_ROWS)
    shown_if = SelectField(L_("Show it only where an earlier question was answered so"), validate_choice=False)
    relation = SelectField(L_("What is asked of that answer"), validate_choice=False)
    values = TextAreaField(
        L_("Which answer"), description=L_("As it stands there, or the number. Several: one a line.")
    )

    def __init__(self, kind: QuestionKind, earlier: Sequence[Question], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        for name in self.unused(kind):
            del self[name]
        self.kind, self.earlier = kind, earlier
        asked = [question for question in earlier if question.kind is not QuestionKind.STATEMENT]
        self.shown_if.choices = {"": say(N_("Always show it"))} | {q.key: say(_text(q.label)) for q in asked}
        if "readers" in self:
            self.readers.choices = {key: say(READERS[key]) for key in _readers_of(kind)}
        self.relation.choices = {relation.value: say(label) for relation, label in RELATION_LABELS.items()}

    @staticmethod
    def unused(kind: QuestionKind) -> Iterable[str]:
        """Return the fields that a question of this kind has not."""
        has = {
            "limit": kind in (QuestionKind.TEXT, QuestionKind.LONG_TEXT),
            "most": kind is QuestionKind.CHOICES,
            "low": kind in SCALED or kind is QuestionKind.NUMBER,
            "high": kind in SCALED or kind is QuestionKind.NUMBER,
            "earliest": kind is QuestionKind.DATE,
            "latest": kind is QuestionKind.DATE,
            "decimals": kind is QuestionKind.NUMBER,
            "choices": kind in CHOOSING,
            "rows": kind is QuestionKind.MATRIX,
            "required": kind is not QuestionKind.STATEMENT,
            "readers": kind is not QuestionKind.STATEMENT,
            **dict.fromkeys(("groups", "files", "megabytes"), kind is QuestionKind.FILE),
        } | {f"{end}_{code}": kind in SCALED for end in ("lows", "highs") for code in LANGUAGES}
        return [name for name, wanted in has.items() if not wanted]

    def add(self, problem: Problem) -> None:
        """Put a problem at its field; one of the words at the ends at the first of them."""
        elsewhere = {"ends": "lows", "most": "files"} if self.kind is QuestionKind.FILE else {"ends": "lows"}
        super().add(Problem(elsewhere.get(problem.field, problem.field), problem.message))

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        """Ask besides who can read the answer, and of files for at least one kind."""
        valid = bool(super().validate(extra_validators))
        if "readers" in self and self.readers.data not in _readers_of(self.kind):
            self.add(Problem("readers", N_("Choose one of the answers.")))
            valid = False
        if "groups" in self and not self.groups.data:
            self.add(Problem("groups", N_("Choose at least one.")))
            valid = False
        return valid

    def question(self, key: str) -> Question:
        """Return what was typed."""
        scaled = self.kind in SCALED
        return Question(
            key=key,
            kind=self.kind,
            label=self.localized("labels"),
            hint=self.localized("hints"),
            required=bool(self._of("required")),
            private=self._of("readers") in ("author", "counted"),
            identifies=self._of("readers") == "named",
            counted=self._of("readers") == "counted",
            limit=_or(self._of("limit"), 2000),
            most=_or(self._of("files" if self.kind is QuestionKind.FILE else "most"), 0),
            megabytes=_or(self._of("megabytes"), 0),
            groups=tuple(self._of("groups") or ()),
            low=self._of("low"),
            high=self._of("high"),
            earliest=self._of("earliest") or "",
            latest=self._of("latest") or "",
            decimals=_or(self._of("decimals"), 0),
            ends=(self.localized("lows"), self.localized("highs")) if scaled else (Localized(), Localized()),
            choices=self._items("choices"),
            rows=self._items("rows"),
            shown_if=self._condition(),
        )

    def _of(self, name: str) -> Any:
        return self[name].data if name in self else None

    def _items(self, name: str) -> tuple[Choice, ...]:
        """Return choices or rows in the order of the numbers beside them; what has none keeps its place."""
        if name not in self:
            return ()
        lines = list(enumerate(self[name].data))
        lines.sort(key=lambda line: (_place(line[1]["place"], line[0] + 1), line[0]))
        return tuple(Choice(line["key"] or "", Localized({c: line[c] or "" for c in LANGUAGES})) for _, line in lines)

    def _condition(self) -> Condition | None:
        earlier = next((question for question in self.earlier if question.key == self.shown_if.data), None)
        if earlier is None:
            return None
        known = self.relation.data in set(Relation)
        relation = Relation(self.relation.data) if known else Relation.ANSWERED
        lines = (self.values.data or "").splitlines() if relation is not Relation.ANSWERED else []
        typed = tuple(value_of(earlier, line) for line in lines[:MOST_CHOICES] if line.strip())
        return Condition(earlier.key, relation, typed)

    def show(self, question: Question) -> None:
        """Fill the form with a question that is there."""
        self.seen.data = digest_of(question_data(question))
        self.fill("labels", _text(question.label))
        self.fill("hints", _text(question.hint))
        if self.kind in SCALED:
            self.fill("lows", question.ends[0])
            self.fill("highs", question.ends[1])
        for name in ("required", "limit", "low", "high", "earliest", "latest", "decimals"):
            if name in self:
                self[name].data = getattr(question, name)
        if "most" in self:
            self.most.data = question.most or None
        if "readers" in self and (question.key or self.kind is not QuestionKind.FILE):
            self.readers.data = _reads(question)
        if self.kind is QuestionKind.FILE:
            self._show_files(question)
        for name in ("choices", "rows"):
            self._show_items(name, getattr(question, name))
        if question.shown_if is not None:
            earlier = next((one for one in self.earlier if one.key == question.shown_if.question), None)
            self.shown_if.data, self.relation.data = question.shown_if.question, question.shown_if.relation.value
            self.values.data = "\n".join(_words_of(earlier, value) for value in question.shown_if.values)

    def _show_files(self, question: Question) -> None:
        """Show the limits of a file."""
        self.groups.data = list(question.groups) or [group.value for group in GROUP_LABELS]
        self.files.data, self.megabytes.data = question.files, question.megabytes or None

    def _show_items(self, name: str, items: Sequence[Choice]) -> None:
        if name not in self:
            return
        for place, item in enumerate(items, start=1):
            self[name].append_entry({"key": item.key, "place": str(place), **_text(item.label)})

    def spare(self) -> None:
        """Put empty rows below those that are there."""
        for name in ("choices", "rows"):
            if name in self:
                for _ in range(min(SPARE_ROWS, MOST_CHOICES + SPARE_ROWS - len(self[name].entries))):
                    self[name].append_entry({})


def _readers_of(kind: QuestionKind) -> Sequence[str]:
    """Return who can be said to read the answers to a kind of question."""
    if kind is QuestionKind.FILE:
        return "all", "author"
    return [key for key in READERS if key != "counted" or kind in COUNTED]


def _reads(question: Question) -> str:
    if question.private:
        return "counted" if question.counted else "author"
    return "named" if question.identifies else "all"


def _or(value: int | None, otherwise: int) -> int:
    return otherwise if value is None else value


def _place(typed: str | None, otherwise: int) -> int:
    return int(typed) if typed and typed.isdecimal() and len(typed) < 4 else otherwise


def _text(text: Message | Localized | None) -> Localized:
    return text if isinstance(text, Localized) else Localized()


def value_of(question: Question, typed: str) -> str:
    """Return the key of an answer that was typed in words, in any language and spelling; what is none, as it is."""
    words = clean_line(typed) or ""
    if question.kind is QuestionKind.YES_NO:
        choices: Sequence[Choice] = (Choice("yes", _YES), Choice("no", _NO))
    else:
        choices = places() if question.kind is QuestionKind.PLACE else question.choices
    if words in {choice.key for choice in choices}:
        return words
    return near_places(choices, words)[0] or words


_YES, _NO = Localized(ar="نعم", en="Yes", fr="Oui"), Localized(ar="لا", en="No", fr="Non")


def _words_of(question: Question | None, value: str) -> str:
    if question is None:
        return value
    if question.kind is QuestionKind.YES_NO:
        return say(N_("Yes") if value == "yes" else N_("No"))
    return say(question.label_of(value))


@blueprint.route("/c/<slug>/organise/forms/<uuid:form>/sections/new/", methods=["GET", "POST"])
@requires("consultation.organise")
def new_section(form: uuid.UUID) -> str | Response | tuple[str, int]:
    """Add a section at the end of a form."""
    return _section_page(form_here(form, draft=True), Section("", Localized()))


@blueprint.route("/c/<slug>/organise/forms/<uuid:form>/sections/<part>/", methods=["GET", "POST"])
@requires("consultation.organise")
def edit_section(form: uuid.UUID, part: str) -> str | Response | tuple[str, int]:
    """Write a section of a form."""
    row = form_here(form, draft=True)
    section = content_of(row).section(part)
    if section is None:
        raise NotFound
    return _section_page(row, section)


def _section_page(row: Questionnaire, section: Section) -> str | Response | tuple[str, int]:
    form = SectionForm()
    if not form.is_submitted():
        form.fill("titles", section.titles)
        form.fill("intros", section.intros)
    elif form.validate():
        draft = SectionDraft(form.localized("titles"), form.localized("intros"), section.key)
        try:
            content = save_section(draft, questionnaire=row, actor=actor())
        except Rejected as refused:
            form.take(refused)
        else:
            flash(say(N_("Saved.")), "ok")
            return _back(row, section.key or content.sections[-1].key)
    page = render_template(
        "organise/form_section.html",
        row=row,
        form=form,
        section=section,
        label=track_label(row.track),
        languages=LANGUAGES,
    )
    return page, 422 if form.is_submitted() else 200


@blueprint.get("/c/<slug>/organise/forms/<uuid:form>/sections/<part>/add/")
@requires("consultation.organise")
def choose_kind(form: uuid.UUID, part: str) -> str:
    """Show the kinds of question that may be added to a section."""
    row = form_here(form, draft=True)
    section = content_of(row).section(part)
    if section is None:
        raise NotFound
    return render_template(
        "organise/form_kinds.html", row=row, section=section, kinds=KIND_LABELS, label=track_label(row.track)
    )


@blueprint.route("/c/<slug>/organise/forms/<uuid:form>/sections/<part>/add/<kind>/", methods=["GET", "POST"])
@requires("consultation.organise")
def add_question(form: uuid.UUID, part: str, kind: str) -> str | Response | tuple[str, int]:
    """Add a question at the end of a section."""
    row = form_here(form, draft=True)
    content, known = content_of(row), {one.value: one for one in KIND_LABELS}
    if content.section(part) is None or kind not in known:
        raise NotFound
    low, high = (1, 5) if known[kind] in SCALED else (None, None)
    return _question_page(row, content, Question("", known[kind], Localized(), low=low, high=high), part)


@blueprint.route("/c/<slug>/organise/forms/<uuid:form>/questions/<part>/", methods=["GET", "POST"])
@requires("consultation.organise")
def edit_question(form: uuid.UUID, part: str) -> str | Response | tuple[str, int]:
    """Write a question of a form."""
    row = form_here(form, draft=True)
    content = content_of(row)
    question, section = content.question(part), content.section_of(part)
    if question is None or section is None:
        raise NotFound
    return _question_page(row, content, question, section.key)


def _question_page(
    row: Questionnaire, content: FormContent, question: Question, section: str
) -> str | Response | tuple[str, int]:
    form = QuestionForm(question.kind, _before(content, question, section))
    if not form.is_submitted():
        form.show(question)
        form.spare()
    elif form.validate():
        draft = QuestionDraft(form.question(question.key), section, (form.seen.data or "") if question.key else "")
        try:
            after = save_question(draft, questionnaire=row, actor=actor())
        except Rejected as refused:
            form.take(refused)
        except Conflict as moved:
            form.problems.append(say(moved.message))
        else:
            flash(say(N_("Saved.")), "ok")
            return _after(row, after, question, section)
    page = render_template(
        "organise/form_question.html",
        row=row,
        form=form,
        question=question,
        kind=KIND_LABELS[question.kind],
        label=track_label(row.track),
        languages=LANGUAGES,
        gaps=set(question_gaps(question)) if question.key else set(),
    )
    return page, 422 if form.is_submitted() else 200


def _before(content: FormContent, question: Question, section: str) -> list[Question]:
    """Return the questions that come before one, or before the end of the section where a new one comes."""
    found: list[Question] = []
    for one in content.sections:
        for asked in one.questions:
            if question.key and asked.key == question.key:
                return found
            found.append(asked)
        if not question.key and one.key == section:
            return found
    return found


def _after(row: Questionnaire, content: FormContent, question: Question, section: str) -> Response:
    home = content.section(section)
    key = question.key or (home.questions[-1].key if home and home.questions else "")
    if request.form.get("then") == "stay" and key:
        return redirect(url_for("organise.edit_question", form=row.id, part=key), 303)
    return _back(row, key)


def _back(row: Questionnaire, key: str) -> Response:
    return redirect(url_for("organise.form_version", form=row.id, _anchor=key), 303)


@blueprint.post("/c/<slug>/organise/forms/<uuid:form>/parts/<part>/<any(up,down):direction>/")
@requires("consultation.organise")
def move_form_part(form: uuid.UUID, part: str, direction: str) -> Response | tuple[str, int]:
    """Move a section or question one place up or down."""
    row = form_here(form, draft=True)
    try:
        move_part(part, -1 if direction == "up" else 1, questionnaire=row, actor=actor())
    except Rejected as refused:
        return version_page(row, [say(problem.message) for problem in refused.problems]), 422
    return _back(row, part)


@blueprint.route("/c/<slug>/organise/forms/<uuid:form>/parts/<part>/remove/", methods=["GET", "POST"])
@requires("consultation.organise")
def remove_form_part(form: uuid.UUID, part: str) -> str | Response | tuple[str, int]:
    """Ask once more, then remove a section or question."""
    row = form_here(form, draft=True)
    content = content_of(row)
    section, question = content.section(part), content.question(part)
    if section is None and question is None:
        raise NotFound
    if request.method == "POST":
        try:
            remove_part(part, questionnaire=row, actor=actor())
        except Rejected as refused:
            return version_page(row, [say(problem.message) for problem in refused.problems]), 422
        flash(say(N_("Removed.")), "ok")
        return _back(row, "")
    return render_template(
        "organise/form_remove.html", row=row, section=section, question=question, label=track_label(row.track)
    )
