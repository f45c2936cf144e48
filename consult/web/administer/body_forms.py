"""The forms of the register of bodies: each reads a draft, and shows one again."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, ClassVar

from wtforms import SelectMultipleField

from consult import clock
from consult.accounts.bodies.ending import EndDraft, UndoDraft
from consult.accounts.bodies.life import ChangeDraft
from consult.accounts.bodies.models import Capacity, Contact
from consult.accounts.bodies.overlaps import OverlapRead
from consult.accounts.bodies.queries import MandateRead
from consult.accounts.bodies.record import CapacityDraft, ContactDraft, MandateDraft
from consult.accounts.bodies.services import BodyDraft
from consult.accounts.bodies.words import (
    AUDIENCE_LABELS,
    CAPACITY_LABELS,
    KIND_LABELS,
    LEVEL_LABELS,
    Audience,
    CapacityKind,
    kind_label,
    region_label,
)
from consult.accounts.models import Body
from consult.accounts.queries import kinds_of_bodies, regions_of_bodies
from consult.consultations.reference import districts
from consult.consultations.winding.winding_up import Stake, WindingUp, ways_for
from consult.db import as_id
from consult.i18n import LANGUAGES, N_, Localized
from consult.submissions.tracks import track_label
from consult.typed_days import A_DAY
from consult.typed_numbers import as_number
from consult.web.forms import (
    L_,
    DayField,
    Form,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    clean_line,
    clean_text,
    latin_digits,
    required,
    say,
)
from consult.web.language import current_language
from consult.web.topics import offered_topics, topics_by_scheme
from consult.web.working_languages import offered_languages


class RecordForm(Form):
    """A form about a body; what is wrong with a text in three languages stands at the first of them."""

    AT: ClassVar[Mapping[str, str]] = {"names": "names_ar", "texts": "texts_ar", "notes": "notes_ar"}

    def at(self, field: str) -> str:
        """Put a problem of a text at its first field."""
        return self.AT.get(field, field)

    def localized(self, name: str) -> Localized:
        """Return what was written, by language."""
        return Localized({code: self[f"{name}_{code}"].data or "" for code in LANGUAGES})


def _day(label: Any, hint: Any = "", *validators: Any) -> DayField:
    return DayField(label, validators, description=hint)


def _line(label: Any, hint: Any = "") -> StringField:
    return StringField(label, description=hint, filters=[clean_line])


class NamesForm(RecordForm):
    """The names of a body in three languages."""

    names_ar = _line(L_("Name in Arabic"))
    names_en = _line(L_("Name in English"))
    names_fr = _line(L_("Name in French"))


class StateForm(NamesForm):
    """What a body is until that changes: its names, kind, level, region and district, and the body above it."""

    kind = SelectField(L_("Kind of body"), validate_choice=False)
    level = SelectField(L_("Level"), validate_choice=False)
    region = SelectField(L_("Region"), validate_choice=False)
    district = SelectField(L_("District"), validate_choice=False)
    parent_key = _line(L_("Belongs to (code)"), L_("The code of the body above it, such as its ministry."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds, regions = (*KIND_LABELS, *kinds_of_bodies()), ("west", "east", "south", *regions_of_bodies())
        self.kind.choices = {"": say(N_("Not chosen yet")), **{kind: say(kind_label(kind)) for kind in kinds}}
        self.level.choices = {
            "": say(N_("Not known")),
            **{one.value: say(label) for one, label in LEVEL_LABELS.items()},
        }
        self.region.choices = {
            "": say(N_("None: the whole country")),
            **{one: say(region_label(one)) for one in regions},
        }
        known = {code: say(one.names) for code, one in districts().items()}
        there = str(kwargs.get("district") or "")
        self.district.choices = {"": say(N_("No district")), **({there: there} if there else {}), **known}

    @staticmethod
    def state(row: Body) -> dict[str, Any]:
        """Return the fields of what a body is today."""
        return {
            name: getattr(row, name) for name in ("kind", "level", "region", "district", "parent_key")
        } | _languages("names", row.names)


class FactsForm(StateForm):
    """The facts of a body."""

    key = _line(
        L_("Code"), L_("Letters and digits, as in the file it comes from. It stays for ever and stands in addresses.")
    )
    since = _day(L_("There since"))
    source = _line(L_("Source"), L_("Where this was read."))

    def draft(self, row: Body | None = None) -> BodyDraft:
        """Return what was typed; of a body that is there, its code and profile stay."""
        kept: dict[str, Any] = {}
        if row is not None:
            kept = {"profile": row.profile, "listed": row.listed}
        return BodyDraft(
            key=row.key if row is not None else self.key.data or "",
            kind=self.kind.data or "",
            names=self.localized("names"),
            level=self.level.data or "",
            region=self.region.data or "",
            district=self.district.data or "",
            parent_key=self.parent_key.data or "",
            source=self.source.data or "",
            since=self.since.day,
            **kept,
        )

    @staticmethod
    def shown(row: Body) -> dict[str, Any]:
        """Return the fields of a body."""
        facts = {name: getattr(row, name) for name in ("key", "source")}
        return facts | StateForm.state(row) | {"since": row.valid_from.date().isoformat()}


class ChangeForm(StateForm):
    """What a body is from a day on, and where that is written."""

    since = _day(L_("First day on which this holds"), "", required(A_DAY))
    source = _line(L_("Where the change is written"), L_("A law, decree or decision, with its number."))

    def draft(self) -> ChangeDraft:
        """Return what was typed."""
        names = ("kind", "level", "region", "district", "parent_key")
        facts = [self[name].data or "" for name in names]
        return ChangeDraft(self.since.given, self.source.data or "", self.localized("names"), *facts)


class EndForm(RecordForm):
    """The end of a body: since when, by which law, and which others followed it."""

    since = _day(L_("First day without it"), "", required(A_DAY))
    source = _line(L_("Where the end is written"), L_("A law, decree or decision, with its number."))
    successors = TextAreaField(
        L_("Codes of the bodies that follow it"),
        description=L_(
            "One where it went into another, several where it was divided, each on a line of its own. Leave it empty where nobody follows."
        ),
        filters=[clean_text],
    )

    def draft(self) -> EndDraft:
        """Return what was typed."""
        return EndDraft(self.since.given, self.source.data or "", tuple((self.successors.data or "").split()))


class UndoForm(RecordForm):
    """Why the end of a body was a mistake."""

    reason = TextAreaField(
        L_("Why it was a mistake"),
        description=L_("It stands in the record of the body, in your words."),
        filters=[clean_text],
    )
    language = SelectField(L_("Language of the reason"), validate_choice=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.language.choices = [(code, language.name) for code, language in LANGUAGES.items()]

    def draft(self) -> UndoDraft:
        """Return what was typed."""
        return UndoDraft(self.reason.data or "", self.language.data or "")


class WindUpForm(RecordForm):
    """What becomes of the mandates, seats and members of a body that ends: a question for each track, made by `wind_up_form`."""

    mandates_to = RadioField(L_("Who takes over its mandates"), validate_choice=False)
    reason = TextAreaField(
        L_("Why"), description=L_("It stands in the history of the seats, in your words."), filters=[clean_text]
    )
    language = SelectField(L_("Language of the reason"), validate_choice=False)

    def decided(self, stakes: Sequence[Stake]) -> WindingUp:
        """Return what was decided."""
        ways = {stake.key: self[stake.key].data or "" for stake in stakes}
        return WindingUp(ways, self.reason.data or "", self.language.data or "")


def wind_up_form(stakes: Sequence[Stake], successors: Sequence[Body], *, sent: bool) -> WindUpForm:
    """Return the form for what a body has in consultations; `sent` says whether it is read from what was sent."""
    fields = {stake.key: RadioField(_asks(stake), validate_choice=False) for stake in stakes}
    made = type("WindUp", (WindUpForm,), fields)
    form: WindUpForm = (
        made(language=current_language().code)
        if sent
        else made(formdata=None, language=current_language().code, mandates_to="")
    )
    heirs = [(one.key, say(one.names)) for one in successors if one.valid_to is None]
    if heirs:
        form.mandates_to.choices = [("", say(N_("Nobody: they end with it"))), *heirs]
    else:
        del form.mandates_to
    for stake in stakes:
        form[stake.key].choices = [(way.key, say(way.label)) for way in ways_for(stake, successors)]
    form.language.choices = [(code, language.name) for code, language in LANGUAGES.items()]
    return form


def _asks(stake: Stake) -> str:
    return f"{say(stake.consultation.names)}: {say(track_label(stake.track))}"


class MandateForm(RecordForm):
    """A mandate."""

    texts_ar = TextAreaField(L_("In Arabic"), filters=[clean_text])
    texts_en = TextAreaField(L_("In English"), filters=[clean_text])
    texts_fr = TextAreaField(L_("In French"), filters=[clean_text])
    legal_basis = _line(L_("Legal basis"), L_("A law, decree or decision, with its number."))
    source = _line(L_("Source"), L_("Where this was read."))
    valid_from = _day(L_("In force from"))
    valid_to = _day(L_("In force until"), L_("The first day on which it no longer holds."))
    topics = SelectMultipleField(L_("Topics it covers"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.topics.choices = topics_by_scheme(kwargs.get("topics", ()))

    def draft(self) -> MandateDraft:
        """Return what was typed."""
        topics, source = tuple(self.topics.data or ()), self.source.data or ""
        days = (self.valid_from.day, self.valid_to.day)
        return MandateDraft(self.localized("texts"), topics, source, self.legal_basis.data or "", *days)

    @staticmethod
    def shown(row: MandateRead) -> dict[str, Any]:
        """Return the fields of a mandate."""
        days = {name: iso(getattr(row, name)) for name in ("valid_from", "valid_to")}
        lines = {"legal_basis": row.legal_basis, "source": row.source, "topics": list(row.topics)}
        return lines | days | _languages("texts", row.texts)


class ReplaceForm(MandateForm):
    """A mandate in the place of another, and which of that one's overlaps it takes along: each is ticked at first."""

    overlaps = SelectMultipleField(
        L_("Overlaps that it takes along"),
        description=L_(
            "The mandate that ends has these on record. What is ticked is recorded of the new one too, with its note and source; the others stay with the one that ends."
        ),
        validate_choice=False,
    )

    def __init__(self, offered: Sequence[OverlapRead], **kwargs: Any) -> None:
        super().__init__(**kwargs, overlaps=[str(one.id) for one in offered])
        self.overlaps.choices = [(str(one.id), say(one.body.names)) for one in offered]
        if not offered:
            del self.overlaps

    def taken(self) -> Sequence[uuid.UUID]:
        """Return the overlaps that were left ticked."""
        chosen = self.overlaps.data or () if "overlaps" in self else ()
        return [found for one in chosen if (found := as_id(one)) is not None]


class CapacityForm(RecordForm):
    """A capacity."""

    kind = RadioField(L_("What it is about"), validate_choice=False)
    number = StringField(L_("How many people work there"), filters=[latin_digits], render_kw={"inputmode": "numeric"})
    topic = SelectField(L_("Topic of the expertise"), validate_choice=False)
    languages = SelectMultipleField(L_("Languages"), validate_choice=False)
    texts_ar = TextAreaField(L_("More about it, in Arabic"), filters=[clean_text])
    texts_en = TextAreaField(L_("More about it, in English"), filters=[clean_text])
    texts_fr = TextAreaField(L_("More about it, in French"), filters=[clean_text])
    as_of = _day(L_("As it was on"), "", required(A_DAY))
    source = _line(L_("Source"), L_("Where this was read."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = {one.value: say(label) for one, label in CAPACITY_LABELS.items()}
        self.languages.choices = list(offered_languages(kwargs.get("languages", ())).items())
        self.topic.choices = {
            "": say(N_("Not chosen yet")),
            **offered_topics([kwargs["topic"]] if kwargs.get("topic") else []),
        }

    def draft(self) -> CapacityDraft:
        """Return what was typed."""
        number = self.number.data or ""
        return CapacityDraft(
            self.kind.data or "",
            self.as_of.given,
            self.source.data or "",
            number=as_number(number, None),
            topic=self.topic.data or "",
            languages=tuple(self.languages.data or ()),
            texts=self.localized("texts"),
        )

    @staticmethod
    def shown(row: Capacity) -> dict[str, Any]:
        """Return the fields of a capacity."""
        facts = {"kind": row.kind, "topic": row.topic, "languages": list(row.languages), "source": row.source}
        number = "" if row.number is None else str(row.number)
        return facts | {"number": number, "as_of": iso(row.as_of)} | _languages("texts", row.texts)


class ContactForm(RecordForm):
    """A contact."""

    label = _line(L_("Office or function"), L_("Not a person’s name, which changes: the office that answers."))
    email = StringField(L_("E-mail address"), filters=[clean_line], render_kw={"type": "email", "spellcheck": "false"})
    phone = StringField(L_("Telephone"), filters=[clean_line, latin_digits], render_kw={"type": "tel"})
    as_of = _day(L_("As it was on"), "", required(A_DAY))
    source = _line(L_("Source"), L_("Where this was read."))
    audience = RadioField(L_("Who may see it"), validate_choice=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.audience.choices = {one.value: say(label) for one, label in AUDIENCE_LABELS.items()}

    def draft(self) -> ContactDraft:
        """Return what was typed."""
        reach = {"email": self.email.data or "", "phone": self.phone.data or ""}
        day, source = self.as_of.given, self.source.data or ""
        return ContactDraft(self.audience.data or "", self.label.data or "", day, source, **reach)

    @staticmethod
    def shown(row: Contact) -> dict[str, Any]:
        """Return the fields of a contact."""
        known = {name: getattr(row, name) for name in ("audience", "label", "email", "phone", "source")}
        return known | {"as_of": iso(row.as_of)}


def iso(day: date | None) -> str:
    """Return a date as its field wants it."""
    return "" if day is None else day.isoformat()


def today() -> str:
    """Return this day as a field wants it."""
    return iso(clock.now().date())


def _languages(name: str, texts: Localized) -> dict[str, str]:
    return {f"{name}_{code}": texts.get(code, "") for code in LANGUAGES}


#: What a new entry begins with.
FRESH: Mapping[type[RecordForm], dict[str, str]] = {
    CapacityForm: {"kind": CapacityKind.STAFF.value},
    ContactForm: {"audience": Audience.ORGANISERS.value},
}
