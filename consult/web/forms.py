"""The base of every form: words from our catalogue, digits of either kind, names without hidden direction marks."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

from flask import flash, request
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from markupsafe import Markup
from sqlalchemy.exc import DataError, IntegrityError
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    Field,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import InputRequired, Length, StopValidation

from consult import cleaning, clock
from consult.db import as_id, undone
from consult.errors import Problem, Rejected
from consult.i18n import LANGUAGES, N_, Localized, Message, translate
from consult.typed_days import A_MOMENT, FIRST, LAST, comes_twice, moment_on, read_day
from consult.typed_numbers import as_number
from consult.web.formats import Formats, zone
from consult.web.language import current_language
from consult.web.visitor import consultation

#: What WTForms says itself, and what is said instead of it. Lengths are put in by WTForms.
INSTEAD: Mapping[str, Message] = {
    "This field is required.": N_("Answer this question."),
    "Not a valid integer value.": N_("Write a whole number."),
    "Field cannot be longer than %(max)d character.": N_("Write at most %(limit)s characters.", limit="%(max)d"),
    **dict.fromkeys(
        (
            "Not a valid choice.",
            "Invalid Choice: could not coerce.",
            "Invalid choice(s): one or more data inputs could not be coerced.",
            "'%(value)s' is not a valid choice for this field.",
        ),
        N_("Choose from what is offered here."),
    ),
}
#: Whatever else it may come to say, of what no page of ours sends.
OTHERWISE = N_("What was sent here cannot be read. Write or choose it again.")


def latin_digits(value: str | None) -> str | None:
    """Return a text with Arabic-Indic and Persian digits as Latin ones (a filter of number fields)."""
    return cleaning.latin_digits(value).strip() if value else value


def clean_line(value: str | None) -> str | None:
    """Return a name or title in NFC, on one line, without bidi controls (a filter of one-line fields)."""
    return cleaning.clean_line(value) if value else value


def clean_text(value: str | None) -> str | None:
    """Return a longer text in NFC with plain line ends (a filter of text areas)."""
    return cleaning.clean_text(value) if value else value


class _Words:
    """Our words where WTForms would say its own, in the page's language."""

    def gettext(self, text: str) -> str:
        return say(INSTEAD.get(text, OTHERWISE))

    def ngettext(self, one: str, _many: str, _count: int) -> str:
        return self.gettext(one)


class Form(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """Base of every form. `problems` are those that belong to no field; the error summary shows them first."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        """Our words instead of WTForms' own."""

        def get_translations(self, form: Any) -> _Words:
            """Return the catalogue of the page's language."""
            return _Words()

        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            """Read what a page's form sends and nothing else: Flask-WTF would read JSON too, however deep it is."""
            if request.is_json:
                return formdata if isinstance(formdata, MultiDict) else None
            return super().wrap_formdata(form, formdata)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.problems: list[str] = []

    def take(self, rejected: Rejected) -> None:
        """Put the problems a service found at their fields; those without one go to the summary."""
        for problem in rejected.problems:
            self.add(problem)

    def add(self, problem: Problem) -> None:
        """Put one problem at its field, or in the summary where there is no such field."""
        text = translate(problem.message, current_language().code)
        if (at := self.at(problem.field)) in self:
            self[at].errors = [*self[at].errors, text]
        else:
            self.problems.append(text)

    def at(self, field: str) -> str:
        """Return the field of the page at which a problem with a field of the draft is told."""
        return field

    @contextmanager
    def whole(self) -> Iterator[None]:
        """Let stand what is done inside if every field can be read; otherwise take it back, and tell what else is wrong with it.

        So all that is wrong with a form is told at once. What a service says of a field that cannot be read is left out, and
        of other days and moments too: none of them can be held against it. Raises Rejected, without a problem where the fields
        tell them all.
        """
        if self.validate():
            yield
            return
        told = {field.short_name for field in self if field.errors}
        times = {field.short_name for field in self if isinstance(field, DayField | LocalMoment)}
        told |= times if told & times else set()
        try:
            with undone():
                yield
        except Rejected as refused:
            raise Rejected([one for one in refused.problems if self.at(one.field) not in told]) from None
        except (IntegrityError, DataError):
            pass  # the database does not take what a field has refused already
        raise Rejected(())


def sent_id(text: str | None) -> uuid.UUID:
    """Return an id as a form sends it, one that nothing has for what is none."""
    return as_id(text) or uuid.UUID(int=0)


def sent_version(text: str | None) -> int:
    """Return a version or another small number as a form sends it, -1, which nothing has, for what is none."""
    return as_number(text, -1)


class VersionedForm(Form):
    """A form of what colleagues write too: it sends along which version its page knew."""

    version = HiddenField()

    def known(self) -> int:
        """Return which version the page knew."""
        return sent_version(self.version.data)


class LocalizedForm(Form):
    """A form whose localized texts are one field for each language; a problem of the text shows at the Arabic one."""

    def at(self, field: str) -> str:
        """Put a problem of a localized text at its first field."""
        first = f"{field}_ar"
        return first if first in self else field

    def localized(self, name: str) -> Localized:
        """Return the text that was typed in each language."""
        return Localized({code: self[f"{name}_{code}"].data or "" for code in LANGUAGES})

    def fill(self, name: str, texts: Localized) -> None:
        """Show a text that is already there."""
        for code in LANGUAGES:
            self[f"{name}_{code}"].data = texts.get(code, "")


class LazyLabel(str):
    """A label that is a message or a localized text, said in the page's language each time it is shown."""

    __slots__ = ("message",)
    message: Message | Localized

    def __new__(cls, message: Message | Localized) -> LazyLabel:
        """Make a label; as a plain string it is the English text."""
        text = message.for_language("en") if isinstance(message, Localized) else message.text
        label = super().__new__(cls, text)
        label.message = message
        return label

    def __html__(self) -> str:
        return Markup.escape(str(self)) if isinstance(self.message, Message) else _spoken(self.message)

    def __str__(self) -> str:
        return say(self.message)


def _spoken(text: Localized) -> Markup:
    """Return a localized text as HTML, its own language named where it is not the page's."""
    code = current_language().code
    found = text.language_for(code)
    words = Markup("<br>").join(text.for_language(code).splitlines())
    return words if found == code else Markup('<span lang="%s" dir="auto">%s</span>') % (found, words)


def L_(text: str, /, **params: object) -> LazyLabel:  # noqa: N802  # the name Babel extracts
    """Mark a label of a form class for translation."""
    return LazyLabel(Message(text, params))


def say(text: Message | Localized | str) -> str:
    """Return a message or localized text in the page's language."""
    code = current_language().code
    return text.for_language(code) if isinstance(text, Localized) else translate(text, code)


def required(message: Message | None = None) -> InputRequired:
    """Return the validator of an answer that must be given, with its own words."""
    return InputRequired(message=LazyLabel(message or N_("Answer this question.")))


def at_most(characters: int) -> Length:
    """Return the validator of a text's length."""
    return _AtMost(max=characters)


class _AtMost(Length):
    """A length whose number is written as the language writes numbers."""

    def __call__(self, _form: Any, field: Field) -> None:
        if len(field.data or "") > self.max:
            raise ValidationError(say(N_("Write at most %(limit)s characters.", limit=self.max)))


def whole_numbers(low: int, high: int) -> Callable[[Form, Field], None]:
    """Return a validator: a whole number between two bounds."""

    def check(_form: Form, field: Field) -> None:
        if field.data is not None and not low <= field.data <= high:
            raise ValidationError(say(N_("Write a whole number from %(low)s to %(high)s.", low=low, high=high)))

    return check


class LocalMoment(DateTimeLocalField):
    """A date and time, which must be given, on the consultation's clock; `data` is naive, `moment` is what it says."""

    def __init__(self, label: str | None = None, validators: Any = None, **kwargs: Any) -> None:
        super().__init__(label, validators, format=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"], **kwargs)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read digits of either kind; what cannot be read stays in the field."""
        try:
            super().process_formdata([latin_digits(value) for value in valuelist])
        except ValueError:
            self.data = None
            raise ValueError(say(A_MOMENT)) from None

    def pre_validate(self, form: Any) -> None:
        """Refuse what never comes on that clock."""
        if self.data is not None and (wrong := self._read(self.data)[1]) is not None:
            raise StopValidation(say(wrong))

    @property
    def moment(self) -> datetime:
        """The moment, aware; now in the place of one that cannot be read, with which no form stands (`Form.whole`)."""
        return (None if self.data is None else self._read(self.data)[0]) or clock.now()

    @staticmethod
    def _read(written: datetime) -> tuple[datetime | None, Message | None]:
        return moment_on(written, zone(consultation().timezone))


def tell_which_hour(*moments: datetime) -> None:
    """Say on the next page, of each moment that its clock shows twice, that the first is meant."""
    for moment in filter(comes_twice, moments):
        told = Formats(current_language().code, moment.tzinfo or UTC).time(moment)
        flash(
            say(N_("That day has %(time)s twice, as the clocks go back. The first of the two is meant.", time=told)),
            "wait",
        )


class DayText(StringField):
    """A day as it was typed, which whoever asks the question reads."""

    def __init__(self, label: str | None = None, validators: Any = None, **kwargs: Any) -> None:
        bounds = {"type": "date", "min": FIRST.isoformat(), "max": LAST.isoformat(), **kwargs.pop("render_kw", {})}
        super().__init__(label, validators, filters=[latin_digits], render_kw=bounds, **kwargs)


class DayField(DayText):
    """A day; `data` is what was typed, `day` what it says."""

    def pre_validate(self, form: Any) -> None:
        """Refuse what is no day."""
        if (wrong := self._read()[1]) is not None:
            raise StopValidation(say(wrong))

    @property
    def day(self) -> date | None:
        """The day; None where none was given, and in the place of one that cannot be read, with which no form stands (`Form.whole`)."""
        return self._read()[0]

    @property
    def given(self) -> date:
        """The day, of a field that asks for one (`required`); today where it cannot be read."""
        return self.day or clock.now().date()

    def _read(self) -> tuple[date | None, Message | None]:
        return read_day(self.data or "") if (self.data or "").strip() else (None, None)


__all__ = [
    "L_",
    "BooleanField",
    "DayField",
    "DayText",
    "FileField",
    "Form",
    "HiddenField",
    "IntegerField",
    "LazyLabel",
    "LocalMoment",
    "RadioField",
    "SelectField",
    "SelectMultipleField",
    "StringField",
    "TextAreaField",
    "at_most",
    "clean_line",
    "clean_text",
    "latin_digits",
    "required",
    "say",
    "tell_which_hour",
    "whole_numbers",
]
