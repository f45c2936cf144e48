"""The editor of the outcome document: its chapters, what hinders an edition, preview and publication."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consult import clock
from consult.accounts.four_eyes import needs_two
from consult.accounts.two_people import nobody_else
from consult.errors import NotFound, Rejected
from consult.i18n import LANGUAGES, N_, NN_, Language
from consult.outcomes.compiler import Draft, DraftChapter, compile_draft, printed
from consult.outcomes.hindrances import Hindrance, blocking, hindrances
from consult.outcomes.queries import next_edition_number
from consult.outcomes.renderers.html import body
from consult.outcomes.services import ask_edition, keep_all_regions, publish_edition, stale_digest
from consult.outcomes.states import STATE_NOTES, RegionState
from consult.outcomes.walk import plain
from consult.recommendations.answer_counts import count_open
from consult.web.drafts import drafts_of, language_of, shown, slug_of, titled
from consult.web.forms import say
from consult.web.guards import requires
from consult.web.language import current_language
from consult.web.organise.blueprint import blueprint
from consult.web.proof import recently_proven
from consult.web.silence import SilenceForm
from consult.web.visitor import actor, consultation


@dataclass(frozen=True, slots=True)
class LanguageState:
    """How far the document is in a language: stale texts, texts edited, whether something blocks it."""

    language: Language
    stale: int
    edited: int
    blocked: bool


@blueprint.get("/c/<slug>/organise/document/", defaults={"code": ""})
@blueprint.get("/c/<slug>/organise/document/<code>/")
@requires("outcome.edit")
def document(code: str) -> str:
    """Show the document chapter by chapter, in the page's language or another, and what hinders an edition."""
    here, code = consultation(), language_of(code or current_language().code)
    drafts = drafts_of(here)
    draft, found = drafts[code], hindrances(here, drafts)
    chapter = _chapter(draft, request.args.get("chapter", ""))
    return render_template(
        "organise/document.html",
        code=code,
        chapters=_contents(draft, chapter, code),
        chapter=chapter,
        chapter_title=plain(chapter.chapter.title),
        regions=[shown(draft, region) for region in chapter.regions],
        number=next_edition_number(here.id),
        counts=Counter(region.state for region in draft.regions),
        languages=_language_states(drafts, found),
        stale=sum(region.state is RegionState.STALE for one in drafts.values() for region in one.regions),
        seen=stale_digest(drafts),
        **_hindered(found),
    )


def _hindered(found: list[Hindrance]) -> dict[str, Any]:
    return {
        "blocking": [(one.message, _place(one)) for one in found if one.blocks],
        "warnings": [(one.message, _place(one)) for one in found if not one.blocks],
    }


def _place(hindrance: Hindrance) -> str:
    """Return where a hindrance is mended, "" where it is no matter of a text."""
    if not hindrance.region:
        return ""
    code = hindrance.language or current_language().code
    if hindrance.region == "answers":
        return url_for("organise.answers")
    if hindrance.region.startswith("recommendation:") and not hindrance.language:
        return url_for("organise.recommendation", number=hindrance.region.removeprefix("recommendation:"))
    return url_for("organise.region", code=code, part=slug_of(hindrance.region))


def _chapter(draft: Draft, wanted: str) -> DraftChapter:
    """Return the chapter asked for; without one, the first with a stale text, else the summary."""
    by_key = {slug_of(chapter.chapter.key): chapter for chapter in draft.chapters}
    if wanted:
        if wanted not in by_key:
            raise NotFound
        return by_key[wanted]
    stale = (c for c in draft.chapters if any(region.state is RegionState.STALE for region in c.regions))
    return next(stale, by_key["summary"])


def _contents(draft: Draft, current: DraftChapter, code: str) -> list[dict[str, Any]]:
    return [_entry(chapter, current, code) for chapter in draft.chapters]


def _entry(chapter: DraftChapter, current: DraftChapter, code: str) -> dict[str, Any]:
    href = url_for("organise.document", code=code, chapter=slug_of(chapter.chapter.key))
    return {
        "title": titled(chapter.number, plain(chapter.chapter.title)),
        "href": href,
        "note": _note(chapter),
        "current": chapter is current,
        "children": []
        if chapter.chapter.single or chapter is not current
        else [
            {
                "title": titled(region.number, plain(region.generated.title)),
                "href": f"{href}#{slug_of(region.key)}",
                "note": say(STATE_NOTES[region.state]),
            }
            for region in chapter.regions
        ],
    }


def _note(chapter: DraftChapter) -> str:
    if chapter.chapter.single:
        return say(STATE_NOTES[chapter.regions[0].state])
    stale = sum(region.state is RegionState.STALE for region in chapter.regions)
    return say(N_("stale: %(count)s", count=stale)) if stale else ""


def _language_states(drafts: Mapping[str, Draft], found: list[Hindrance]) -> list[LanguageState]:
    blocked = {one.language for one in blocking(found)}
    return [
        LanguageState(
            LANGUAGES[code],
            sum(region.state is RegionState.STALE for region in draft.regions),
            sum(region.state is RegionState.EDITED for region in draft.regions),
            code in blocked,
        )
        for code, draft in drafts.items()
    ]


@blueprint.get("/c/<slug>/organise/document/<code>/preview/")
@requires("outcome.edit")
def document_preview(code: str) -> str:
    """Show the document as it would be published now, without a seal."""
    draft = compile_draft(consultation(), language_of(code))
    return render_template("organise/document_preview.html", code=code, body=body(printed(draft, clock.now())))


@blueprint.post("/c/<slug>/organise/document/keep-all")
@requires("outcome.edit")
def keep_all() -> Response:
    """Keep every edited text whose source has moved."""
    count = keep_all_regions(request.form.get("seen", ""), consultation=consultation(), actor=actor())
    flash(say(NN_("%(count)s text stays as it is.", "%(count)s texts stay as they are.", count)), "ok")
    return redirect(url_for("organise.document"), 303)


@blueprint.get("/c/<slug>/organise/document/publish/")
@requires("outcome.publish")
def publish_document() -> str:
    """Ask once more, with everything that hinders or warns."""
    return _publish_page(SilenceForm())


def _publish_page(form: SilenceForm) -> str:
    here = consultation()
    form.offer()
    return render_template(
        "organise/document_publish.html",
        form=form,
        unanswered=count_open(here),
        number=next_edition_number(here.id),
        two=needs_two(here.id),
        alone=nobody_else(here.id, actor=actor()),
        **_hindered(hindrances(here, drafts_of(here))),
    )


@blueprint.post("/c/<slug>/organise/document/publish/")
@requires("outcome.publish")
@recently_proven()
def publish_now() -> Response | tuple[str, int]:
    """Publish the edition in every language, or, where two people are needed, ask for it."""
    form = SilenceForm()
    silence = form.given
    try:
        if needs_two(consultation().id):
            ask_edition(consultation=consultation(), actor=actor(), silence=silence)
            flash(say(N_("This waits now for another organiser, who confirms it.")), "ok")
            return redirect(url_for("organise.second_look"), 303)
        edition = publish_edition(consultation=consultation(), actor=actor(), silence=silence)
    except Rejected as error:
        form.take(error)
        return _publish_page(form), 422
    flash(say(N_("Edition %(number)s is published and sealed.", number=edition.number)), "ok")
    return redirect(url_for("public.edition", number=edition.number), 303)
