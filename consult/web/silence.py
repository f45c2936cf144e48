"""The reason for going on while texts have no answer, as forms ask for it wherever it is due."""

from __future__ import annotations

from consult.consultations.ending import Silence
from consult.i18n import LANGUAGES
from consult.web.forms import L_, Form, SelectField, TextAreaField, clean_text
from consult.web.language import current_language
from consult.web.submissions import language_name


class SilenceFields:
    """The two fields, for a form to have beside its own; `offer` fills the languages in."""

    silence = TextAreaField(L_("Why do they have no answer yet?"), filters=[clean_text])
    silence_language = SelectField(L_("Language of the reason"), validate_choice=False)

    def offer(self) -> None:
        """Offer the languages, that of the page first."""
        self.silence_language.choices = [(code, language_name(code)) for code in LANGUAGES]
        self.silence_language.data = self.silence_language.data or current_language().code

    @property
    def given(self) -> Silence:
        """What was filled in."""
        return Silence(self.silence.data or "", self.silence_language.data or "")


class SilenceForm(SilenceFields, Form):
    """The reason alone."""
