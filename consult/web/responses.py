"""Official responses in forms and on pages, wherever they are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from consult.i18n import LANGUAGES, N_
from consult.recommendations.response_kinds import RESPONSE_LABELS, ResponseKind
from consult.recommendations.response_models import OfficialResponse
from consult.recommendations.responses import ResponseDraft
from consult.web.forms import (
    L_,
    Form,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    clean_line,
    clean_text,
    latin_digits,
    say,
)
from consult.web.submissions import language_name

#: Colours of the tags.
RESPONSE_TAGS: Mapping[str, str] = {
    ResponseKind.ACCEPTED: "ok",
    ResponseKind.PARTLY: "ok",
    ResponseKind.NOT_ACCEPTED: "no",
}


def day_of(text: str | None) -> date | None:
    """Return a day as a form sends it, None for none and for what is no day: the service asks for one."""
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


class ResponseForm(Form):
    """A response as its body writes it, or as it is entered from its letter."""

    kind = RadioField(L_("What becomes of it?"), validate_choice=False)
    until = StringField(
        L_("Until when?"),
        description=L_("The day by which it is done; not where it is not accepted."),
        filters=[latin_digits],
        render_kw={"type": "date"},
    )
    text = TextAreaField(
        L_("The response, with the reasons"), description=L_("Everybody reads it."), filters=[clean_text]
    )
    language = SelectField(L_("Language you write in"), validate_choice=False)
    letter = StringField(
        L_("The letter it is entered from"),
        description=L_("Its number and day, for example 114/2026 of 12 November 2026. It stands beside the response."),
        filters=[clean_line],
    )
    version = HiddenField()

    def draft(self) -> ResponseDraft:
        """Return what was filled in."""
        version = self.version.data or ""
        return ResponseDraft(
            self.kind.data or "",
            self.text.data or "",
            self.language.data or "",
            day_of(self.until.data),
            int(version) if version.isdecimal() and len(version) < 7 else -1,
            self.letter.data or "",
        )


def response_form(row: OfficialResponse, spoken: str) -> ResponseForm:
    """Return the form with what was saved so far; `spoken` is the language that is offered first."""
    until = row.until.isoformat() if row.until else ""
    kept: dict[str, Any] = {"kind": row.kind, "text": row.text, "until": until, "language": row.language or spoken}
    form = ResponseForm(data={**kept, "version": str(row.version)})
    form.kind.choices = [(kind, say(label)) for kind, label in RESPONSE_LABELS.items()]
    form.language.choices = [(code, language_name(code)) for code in LANGUAGES]
    return form


SAVED = N_("Saved. Nobody outside your body reads it before it is signed off.")
