"""One region of the outcome document: its text, a source that moved and what becomes of it, locking and hiding."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from consult.consultations.models import Consultation
from consult.errors import NotFound, Problem, Rejected
from consult.i18n import N_, Message
from consult.outcomes.compiler import Draft, DraftRegion, compile_draft
from consult.outcomes.merge import Merge, merge
from consult.outcomes.queries import saved_texts
from consult.outcomes.regions import hash_of
from consult.outcomes.renderers.html import html_of
from consult.outcomes.results import figures_offered
from consult.outcomes.services import (
    RegionDraft,
    edit_region,
    hide_region,
    keep_region,
    lock_region,
    merge_region,
    show_region,
    take_generated,
    unlock_region,
)
from consult.outcomes.states import RegionState
from consult.submissions.difference import difference
from consult.web.drafts import chapter_address, language_of, region_of, shown
from consult.web.forms import L_, Form, HiddenField, TextAreaField, clean_text, say
from consult.web.guards import requires
from consult.web.organise.blueprint import blueprint
from consult.web.visitor import actor, consultation


class RegionForm(Form):
    """The text of a region; `seen` and `source` are hashes of what the writer had before them."""

    text = TextAreaField(L_("Text"), filters=[clean_text])
    seen = HiddenField()
    source = HiddenField()


@blueprint.get("/c/<slug>/organise/document/<code>/<part>/")
@requires("outcome.edit")
def region(code: str, part: str) -> str:
    """Show the text of one region, to be edited."""
    draft = compile_draft(consultation(), language_of(code))
    found = region_of(draft, part)
    form = RegionForm(formdata=None, text=found.text, seen=hash_of(found.text))
    return _region_page(draft, found, form)


@blueprint.post("/c/<slug>/organise/document/<code>/<part>/")
@requires("outcome.edit")
def save_region(code: str, part: str) -> Response | tuple[str, int]:
    """Save the text, or show how it would be printed."""
    here, form = consultation(), RegionForm()
    draft = compile_draft(here, language_of(code))
    found = region_of(draft, part)
    if request.form.get("then") == "preview":
        return _region_page(draft, found, form, preview=form.text.data or ""), 200
    written = RegionDraft(found.key, code, form.text.data or "", seen=form.seen.data or "")
    try:
        edit_region(written, consultation=here, actor=actor())
    except Rejected as rejected:
        return _refused(here, code, part, form, rejected), 422
    flash(say(N_("The text is saved.")), "ok")
    return redirect(chapter_address(draft, found), 303)


def _refused(here: Consultation, code: str, part: str, form: RegionForm, rejected: Rejected) -> str:
    """Return the page with everything typed, and with what stands there now if somebody else wrote."""
    form.take(rejected)
    draft = compile_draft(here, code)
    found = region_of(draft, part)
    overtaken = form.seen.data != hash_of(found.text)
    form.seen.data = hash_of(found.text)
    return _region_page(draft, found, form, theirs=found.text if overtaken else "")


def _region_page(
    draft: Draft, found: DraftRegion, form: RegionForm, *, preview: str | None = None, theirs: str = ""
) -> str:
    code, here = draft.narrator.language, consultation()
    return render_template(
        "organise/region.html",
        code=code,
        form=form,
        region=shown(draft, found),
        chapter_href=chapter_address(draft, found),
        source=hash_of(found.markdown),
        generated=found.markdown,
        compared=_compared(found) if found.state is RegionState.STALE else None,
        preview=None if preview is None else _preview(draft, found, preview, form),
        overtaken=difference(theirs, form.text.data or "") if theirs else None,
        figures=_figures(draft),
        saved=saved_texts(here.id, found.key, code),
        sources=found.generated.sources,
    )


def _preview(draft: Draft, found: DraftRegion, text: str, form: RegionForm) -> Markup:
    try:
        return html_of(draft.printed(text, found), draft.narrator.language, 3)
    except ValueError:
        form.add(Problem("text", N_("This text is too long to be shown.")))
        return Markup("")


def _compared(found: DraftRegion) -> dict[str, Any]:
    """Return what moved: the source then and now, and the proposal that joins both."""
    return {
        "source": difference(found.words.base, found.markdown),
        "mine": difference(found.words.base, found.words.text),
        "merge": _merge(found),
    }


def _merge(found: DraftRegion) -> Merge:
    return merge(found.words.base, found.words.text, found.markdown)


def _figures(draft: Draft) -> list[tuple[int, list[tuple[str, str]]]]:
    """Return what may be written for each ballot that was counted, with what it reads now."""
    material, code = draft.narrator.material, draft.narrator.language
    return [(ballot.number, list(figures_offered(ballot, code))) for ballot in material.ballots if ballot.counts]


@blueprint.get("/c/<slug>/organise/document/<code>/<part>/merge/")
@requires("outcome.edit")
def merge_proposal(code: str, part: str) -> str | Response:
    """Show the text that joins the organiser's with the source, to be corrected and saved."""
    draft = compile_draft(consultation(), language_of(code))
    found = region_of(draft, part)
    if found.state is not RegionState.STALE:
        return redirect(url_for("organise.region", code=code, part=part), 303)
    form = RegionForm(formdata=None, text=_merge(found).text, seen=hash_of(found.text), source=hash_of(found.markdown))
    return _merge_page(draft, found, form)


@blueprint.post("/c/<slug>/organise/document/<code>/<part>/merge/")
@requires("outcome.edit")
def save_merge(code: str, part: str) -> Response | tuple[str, int]:
    """Save the joined text."""
    here, form = consultation(), RegionForm()
    draft = compile_draft(here, language_of(code))
    found = region_of(draft, part)
    written = RegionDraft(
        found.key, code, form.text.data or "", seen=form.seen.data or "", source=form.source.data or ""
    )
    try:
        merge_region(written, consultation=here, actor=actor())
    except Rejected as rejected:
        form.take(rejected)
        return _merge_page(draft, found, form), 422
    flash(say(N_("The text is saved.")), "ok")
    return redirect(chapter_address(draft, found), 303)


def _merge_page(draft: Draft, found: DraftRegion, form: RegionForm) -> str:
    code = draft.narrator.language
    return render_template(
        "organise/region_merge.html",
        code=code,
        form=form,
        region=shown(draft, found),
        proposal=_merge(found),
        changed=difference(found.words.text, _merge(found).text),
    )


Act = Callable[[DraftRegion, str, Consultation], object]

#: What the small buttons do, and what is said after.
ACTS: Mapping[str, tuple[Act, Message]] = {
    "keep": (
        lambda found, code, here: keep_region(
            found.key, code, request.form.get("source", ""), consultation=here, actor=actor()
        ),
        N_("Your text stays as it is."),
    ),
    "take": (
        lambda found, code, here: take_generated(found.key, code, consultation=here, actor=actor()),
        N_("The text is automatic again; yours stays among the saved texts."),
    ),
    "lock": (
        lambda found, code, here: lock_region(found.key, code, consultation=here, actor=actor()),
        N_("The text is locked."),
    ),
    "unlock": (
        lambda found, code, here: unlock_region(found.key, code, consultation=here, actor=actor()),
        N_("The text can be edited again."),
    ),
    "hide": (
        lambda found, code, here: hide_region(found.key, consultation=here, actor=actor()),
        N_("This part is left out of the document in every language; its texts are kept."),
    ),
    "show": (
        lambda found, code, here: show_region(found.key, consultation=here, actor=actor()),
        N_("This part is in the document again."),
    ),
}


@blueprint.post("/c/<slug>/organise/document/<code>/<part>/<act>")
@requires("outcome.edit")
def region_act(code: str, part: str, act: str) -> Response:
    """Keep, take, lock, unlock, hide or show a region."""
    if act not in ACTS:
        raise NotFound
    here = consultation()
    draft = compile_draft(here, language_of(code))
    found = region_of(draft, part)
    do, said = ACTS[act]
    do(found, code, here)
    flash(say(said), "ok")
    return redirect(chapter_address(draft, found), 303)
