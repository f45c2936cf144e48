"""The form in which a question is written: which fields its kind has, and what was typed there as a question."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from wtforms import FieldList, FormField
from wtforms import Form as PlainForm
from wtforms.validators import Optional

from consult.attachments.kinds import GROUP_LABELS
from consult.errors import Problem
from consult.i18n import LANGUAGES, N_, Localized, Message
from consult.plugins.conditions import RELATION_LABELS, Condition, Relation
from consult.plugins.questions import Choice, Question, QuestionKind, clean_answer, near_places
from consult.submissions.places import places
from consult.submissions.questionnaires.checks import LARGEST
from consult.submissions.questionnaires.content import (
    CHOOSING,
    COUNTED,
    MOST_CHOICES,
    SCALED,
    digest_of,
    question_data,
)
from consult.typed_numbers import as_number
from consult.web.forms import (
    L_,
    BooleanField,
    DayText,
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
    say,
)

#: Who reads the answer to a question, from everybody to its author alone.
READERS = {
    "all": N_("Whoever can read the submission"),
    "named": N_("Whoever can read the submission, but where its author’s name is kept back"),
    "counted": N_("Only its author; how many gave each answer is published, small numbers never"),
    "author": N_("Only its author"),
}
#: Empty rows that stand below what is there, for further choices.
SPARE_ROWS = 3


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
    earliest = DayText(L_("Earliest day"))
    latest = DayText(L_("Latest day"))
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
        if kind is QuestionKind.NUMBER:
            self.low.description = say(N_("Leave it empty for 0."))
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

    def at(self, field: str) -> str:
        """Put a problem of the words at the ends at the first of them."""
        elsewhere = {"ends": "lows", "most": "files"} if self.kind is QuestionKind.FILE else {"ends": "lows"}
        return super().at(elsewhere.get(field, field))

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        """Ask besides who can read the answer, of files for at least one kind, and for an earlier question that is there."""
        valid = bool(super().validate(extra_validators))
        if self.shown_if.data and self.shown_if.data not in {question.key for question in self.earlier}:
            self.add(
                Problem("shown_if", N_("This has changed since you opened the page. Look at it again and decide anew."))
            )
            valid = False
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
        read = _number_of if relation is Relation.GREATER else value_of
        typed = tuple(read(earlier, line) for line in lines[:MOST_CHOICES] if line.strip())
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
    return as_number(typed, otherwise, digits=3)


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


def _number_of(question: Question, typed: str) -> str:
    """Return a number that was typed as a condition keeps it; what is none, as it is."""
    for decimals in (question.decimals, 2):
        asked = Question("", QuestionKind.NUMBER, Localized(), low=-LARGEST, decimals=decimals)
        answer, wrong = clean_answer(asked, typed)
        if wrong is None:
            return str(answer)
    return clean_line(typed) or ""


_YES, _NO = Localized(ar="نعم", en="Yes", fr="Oui"), Localized(ar="لا", en="No", fr="Non")


def _words_of(question: Question | None, value: str) -> str:
    if question is None:
        return value
    if question.kind is QuestionKind.YES_NO:
        return say(N_("Yes") if value == "yes" else N_("No"))
    return say(question.label_of(value))
