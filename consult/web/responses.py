"""Official responses in forms and on pages, wherever they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from consult.i18n import LANGUAGES, N_
from consult.recommendations.response_kinds import RESPONSE_LABELS, ResponseKind
from consult.recommendations.response_models import OfficialResponse
from consult.recommendations.responses import ResponseDraft
from consult.recommendations.responses_together import DecisionDraft, PartDraft, ResponsePart, WordsDraft
from consult.web.forms import (
    L_,
    DayField,
    Form,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    VersionedForm,
    clean_line,
    clean_text,
    say,
)
from consult.web.submissions import language_name

#: Colours of the tags.
RESPONSE_TAGS: Mapping[str, str] = {
    ResponseKind.ACCEPTED: "ok",
    ResponseKind.PARTLY: "ok",
    ResponseKind.NOT_ACCEPTED: "no",
}


class _Decision(Form):
    """The fields of what becomes of the matter."""

    kind = RadioField(L_("What becomes of it?"), validate_choice=False)
    until = DayField(L_("Until when?"), description=L_("The day by which it is done; not where it is not accepted."))


class _Words(Form):
    """The fields of the words of a response."""

    text = TextAreaField(
        L_("The response, with the reasons"), description=L_("Everybody reads it."), filters=[clean_text]
    )
    language = SelectField(L_("Language you write in"), validate_choice=False)


class DecisionForm(_Decision, VersionedForm):
    """What becomes of the matter, as its body writes it."""

    def draft(self) -> PartDraft:
        """Return what was filled in."""
        return DecisionDraft(self.kind.data or "", self.until.day)


class WordsForm(_Words, VersionedForm):
    """The words of a response, as its body writes them."""

    def draft(self) -> PartDraft:
        """Return what was filled in."""
        return WordsDraft(self.text.data or "", self.language.data or "")


PartForm = DecisionForm | WordsForm


class ResponseForm(_Decision, _Words):
    """A whole response, as organisers enter it from its letter: nobody else writes in it, so it knows of no version."""

    letter = StringField(
        L_("The letter it is entered from"),
        description=L_("Its number and day, for example 114/2026 of 12 November 2026. It stands beside the response."),
        filters=[clean_line],
    )

    def draft(self) -> ResponseDraft:
        """Return what was filled in."""
        return ResponseDraft(
            self.kind.data or "",
            self.text.data or "",
            self.language.data or "",
            self.until.day,
            self.letter.data or "",
        )


def response_form(row: OfficialResponse, spoken: str) -> ResponseForm:
    """Return the form of a whole response; `spoken` is the language that is offered first."""
    form = ResponseForm(data=_said(row, spoken))
    _offer(form)
    return form


def part_form(row: OfficialResponse, part: ResponsePart, version: int, spoken: str) -> PartForm:
    """Return the form of a part with what was saved so far; `version` is that of the part."""
    kind = DecisionForm if part is ResponsePart.DECISION else WordsForm
    form: PartForm = kind(data={**_said(row, spoken), "version": str(version)})
    _offer(form)
    return form


def _said(row: OfficialResponse, spoken: str) -> dict[str, Any]:
    until = row.until.isoformat() if row.until else ""
    return {"kind": row.kind, "text": row.text, "until": until, "language": row.language or spoken}


def _offer(form: PartForm | ResponseForm) -> None:
    if isinstance(form, _Decision):
        form.kind.choices = [(kind, say(label)) for kind, label in RESPONSE_LABELS.items()]
    if isinstance(form, _Words):
        form.language.choices = [(code, language_name(code)) for code in LANGUAGES]


SAVED = N_("Saved. Nobody outside your body reads it before it is signed off.")
