"""Confirming the address of an application by hand, where no letter arrives: by number and address, as the body says them."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from consult.consultations import services
from consult.consultations.accreditation.confirming import ByHand
from consult.errors import LinkSpent, Rejected
from consult.i18n import LANGUAGES, N_
from consult.typed_numbers import as_number
from consult.web.facilitate.blueprint import blueprint
from consult.web.forms import (
    L_,
    Form,
    SelectField,
    StringField,
    TextAreaField,
    clean_line,
    clean_text,
    latin_digits,
    required,
    say,
)
from consult.web.guards import requires
from consult.web.language import current_language
from consult.web.visitor import actor, consultation


class ByHandForm(Form):
    """Which application, and how the body was reached."""

    number = StringField(
        L_("Number of the application"),
        [required(N_("Write the number of the application."))],
        description=L_("It stands on the page that the body was given. Let them read it to you."),
        filters=[clean_line, latin_digits],
        render_kw={"inputmode": "numeric"},
    )
    email = StringField(
        L_("E-mail address"),
        [required(N_("Write an e-mail address, for example name@example.org."))],
        description=L_("As they tell it to you: it must be the one in the application."),
        filters=[clean_line],
        render_kw={"type": "email", "spellcheck": "false"},
    )
    reason = TextAreaField(
        L_("How you reached the body"),
        description=L_(
            "For example: called the number of its register entry. It is recorded with your name; the body reads it."
        ),
        filters=[clean_text],
    )
    language = SelectField(L_("Language of the reason"), validate_choice=False)

    def known(self) -> ByHand:
        """Return what was typed; a number that cannot be read is none."""
        typed = self.number.data or ""
        number = as_number(typed, 0)
        return ByHand(number, self.email.data or "", self.reason.data or "", self.language.data or "")


@blueprint.route("/c/<slug>/facilitate/accreditation/by-hand/", methods=["GET", "POST"])
@requires("accreditation.decide")
def confirm_by_hand() -> str | Response | tuple[str, int]:
    """Take number, address and reason; nothing of an application is shown before."""
    form = ByHandForm(language=current_language().code)
    form.language.choices = [(code, language.name) for code, language in LANGUAGES.items()]
    if not form.is_submitted():
        return _page(form)
    if not form.validate():
        return _page(form), 422
    try:
        made = services.confirm_by_hand(form.known(), consultation=consultation(), actor=actor())
    except Rejected as refused:
        form.take(refused)
        return _page(form), 422
    except LinkSpent:  # its letter was opened at this moment
        return redirect(url_for("facilitate.accreditations"), 303)
    flash(say(N_("The address is confirmed by hand. You can read the application now.")), "ok")
    return redirect(url_for("facilitate.accreditation", number=made.number), 303)


def _page(form: ByHandForm) -> str:
    return render_template("facilitate/accreditation_by_hand.html", form=form)
