"""What people are asked to agree to: organisers write each text in versions, and see how many said yes and no."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from consult.consent.queries import Asked, asked_in, counts_of, purpose_of
from consult.consent.services import PurposeDraft, end_purpose, publish_purpose
from consult.consent.uses import USES, Use, use_of
from consult.errors import Conflict, NotFound, Rejected
from consult.i18n import LANGUAGES, N_, Localized
from consult.submissions.figures.suppression import one_way, suppressed
from consult.typed_numbers import as_number
from consult.web.forms import (
    L_,
    HiddenField,
    LocalizedForm,
    RadioField,
    StringField,
    TextAreaField,
    clean_line,
    clean_text,
    say,
)
from consult.web.guards import requires
from consult.web.organise.blueprint import blueprint
from consult.web.visitor import actor, consultation

SUBSTANCE = {
    "yes": L_("In substance: everybody is asked anew"),
    "no": L_("Only its words, such as a spelling mistake: earlier answers stand"),
}


class PurposeForm(LocalizedForm):
    """A version of a purpose in three languages, what changed, and whether in substance."""

    seen = HiddenField()
    title_ar = StringField(L_("Title in Arabic"), filters=[clean_line])
    text_ar = TextAreaField(L_("Text in Arabic"), filters=[clean_text])
    changes_ar = TextAreaField(L_("What changed, in Arabic"), filters=[clean_text])
    title_en = StringField(L_("Title in English"), filters=[clean_line])
    text_en = TextAreaField(L_("Text in English"), filters=[clean_text])
    changes_en = TextAreaField(L_("What changed, in English"), filters=[clean_text])
    title_fr = StringField(L_("Title in French"), filters=[clean_line])
    text_fr = TextAreaField(L_("Text in French"), filters=[clean_text])
    changes_fr = TextAreaField(L_("What changed, in French"), filters=[clean_text])
    substance = RadioField(L_("What has changed?"), choices=SUBSTANCE, default="yes")

    def draft(self, use: Use) -> PurposeDraft:
        """Return what was typed."""
        titles, texts, changes = (self.localized(part) for part in ("title", "text", "changes"))
        seen = self.seen.data or ""
        number = as_number(seen, 0)
        return PurposeDraft(use, titles, texts, changes, self.substance.data != "no", number)


@blueprint.get("/c/<slug>/organise/purposes/")
@requires("purpose.publish")
def purposes() -> str:
    """Show every purpose that there is: what it does, whether people are asked, and how many said yes and no."""
    asked = {one.use: one for one in asked_in([consultation().id])}
    return render_template(
        "organise/purposes.html",
        uses=USES,
        asked=asked,
        counts={one: _shown(*both) for one, both in counts_of([one.id for one in asked.values()]).items()},
    )


def _shown(yes: int, no: int) -> tuple[int | None, int | None]:
    """Return how many said yes and no, None for what would tell of somebody: who organises knows who was asked."""
    hidden = suppressed(one_way({"yes": yes, "no": no}))
    return (None, None) if hidden is None or hidden else (yes, no)


@blueprint.route("/c/<slug>/organise/purposes/<use>/", methods=["GET", "POST"])
@requires("purpose.publish")
def purpose(use: str) -> str | Response | tuple[str, int]:
    """Write a version of a purpose and publish it."""
    named = _named(use)
    form = PurposeForm()
    if not form.is_submitted():
        return _page(named, _filled(form, named))
    try:
        if form.validate():
            publish_purpose(form.draft(named), consultation=consultation(), actor=actor())
            flash(say(N_("Published. People are asked from now on.")), "ok")
            return redirect(url_for("organise.purposes"), 303)
    except Rejected as refused:
        form.take(refused)
    except Conflict as refused:
        form.problems.append(say(refused.message))
        return _page(named, form), 409
    return _page(named, form), 422


@blueprint.post("/c/<slug>/organise/purposes/<use>/end")
@requires("purpose.publish")
def end_asking(use: str) -> Response:
    """Ask for a purpose no more."""
    end_purpose(_named(use), consultation=consultation(), actor=actor())
    flash(say(N_("Nobody is asked for this any more, and no answer to it has an effect.")), "ok")
    return redirect(url_for("organise.purposes"), 303)


def _named(use: str) -> Use:
    named = use_of(use)
    if named is None:
        raise NotFound
    return named


def _present(use: Use) -> Asked | None:
    return next((one for one in asked_in([consultation().id]) if one.use is use), None)


def _filled(form: PurposeForm, use: Use) -> PurposeForm:
    """Begin from the present version, or from the words that ship."""
    present, row = _present(use), purpose_of(consultation().id, use)
    form.fill("title", present.now.titles if present else USES[use].title)
    form.fill("text", present.now.texts if present else USES[use].text)
    form.fill("changes", Localized())
    form.seen.data = str(row.version if row else 0)
    return form


def _page(use: Use, form: PurposeForm) -> str:
    row = purpose_of(consultation().id, use)
    return render_template(
        "organise/purpose.html",
        use=use,
        words=USES[use],
        form=form,
        present=_present(use),
        later=row is not None,
        languages=LANGUAGES,
    )
