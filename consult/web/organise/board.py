"""The board: themes with their counts, one theme with its passages, and from there to recommendations and answers."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consult.accounts.bodies.words import region_label
from consult.coding.board_queries import Counts, QuoteFilter, Side, board, counts_of_codes, quotes_page
from consult.coding.models import Theme
from consult.coding.queries import codebook, themes_of
from consult.coding.states import STANCE_LABELS, THEME_LABELS, Stance, ThemeState
from consult.errors import NotFound, Rejected
from consult.i18n import N_, NN_, Localized
from consult.recommendations.answer_lists import chosen_texts
from consult.recommendations.answers import MOST_AT_ONCE
from consult.recommendations.from_codes import recommendations_in_writing, unanswered_in_theme
from consult.recommendations.queries import recommendation_by_number
from consult.recommendations.services import RecommendationDraft, add_sources, draft_recommendation
from consult.submissions.tracks import track_label
from consult.typed_numbers import as_number
from consult.web.context import local
from consult.web.forms import L_, Form, SelectMultipleField, say
from consult.web.guards import requires, visible
from consult.web.language import current_language
from consult.web.organise.blueprint import blueprint
from consult.web.submissions import language_name
from consult.web.visitor import actor, consultation

#: Colours of the tags.
THEME_TAGS: Mapping[str, str] = {ThemeState.OPEN: "wait", ThemeState.AGREED: "ok", ThemeState.CONTESTED: "no"}


def theme_here(number: int) -> Theme | None:
    """Return a theme of the consultation, None for 0: the codes without one. Raises NotFound."""
    found = next((theme for theme in themes_of(consultation().id) if theme.number == number), None)
    if number and found is None:
        raise NotFound
    return found


def theme_words() -> Mapping[str, tuple[Any, str]]:
    """Return label and colour of each state of a theme."""
    return {state.value: (local(label), THEME_TAGS[state]) for state, label in THEME_LABELS.items()}


def side_label(side: str, value: str) -> Any:
    """Return how a track, region or language is called; "" is where nobody said."""
    if not value:
        return say(N_("Not known"))
    if side == Side.TRACK:
        return local(track_label(value))
    if side == Side.LANGUAGE:
        return language_name(value)
    label = region_label(value)
    return label if isinstance(label, str) else local(label)


class PassagesForm(Form):
    """The ticked passages, by their keys."""

    t = SelectMultipleField(L_("Passages"), validate_choice=False)


@blueprint.get("/c/<slug>/organise/coding/board/")
@requires("coding.organise")
def coding_board() -> str:
    """Show what is said: each theme with its texts, passages and stances, by track, region and language."""
    counts = board(consultation().id)
    return render_template(
        "organise/board.html",
        themes=[(theme, counts.get(theme.id, Counts())) for theme in themes_of(consultation().id)],
        without=counts.get(None, Counts()),
        words=theme_words(),
        sides=[side.value for side in Side],
        side_label=side_label,
    )


@blueprint.get("/c/<slug>/organise/coding/board/<int:theme>/")
@requires("coding.organise")
def theme(theme: int) -> str:
    """Show a theme: its codes with their counts, and the passages, to be ticked as sources or answered alike."""
    return _page(theme, PassagesForm())


def _page(number: int, form: PassagesForm, ticked: Sequence[str] = ()) -> str:
    here, row = consultation(), theme_here(number)
    identity = row.id if row else None
    given = {name: request.args.get(name, "")[:40] for name in ("code", "stance", "track", "region", "language")}
    code = as_number(given["code"], 0)
    wanted = QuoteFilter(code, *(given[name] for name in ("stance", "track", "region", "language")))
    page = quotes_page(here.id, identity, wanted, after=request.args.get("after", "")[:60])
    counts = counts_of_codes(here.id)
    codes = [line for line in codebook(here.id) if not line.into and line.theme == identity]
    spoken = [(line, counts[line.id]) for line in codes if line.id in counts]
    chosen: dict[str, Any] = {name: value for name, value in given.items() if value}
    return render_template(
        "organise/theme.html",
        theme=row,
        number=number,
        form=form,
        ticked=frozenset(ticked),
        codes=spoken,
        counts=board(here.id).get(identity, Counts()),
        rows=page.rows,
        older=url_for("organise.theme", theme=number, **chosen, after=page.older) if page.older else None,
        given=given,
        words=theme_words(),
        stances=[(stance.value, say(STANCE_LABELS[stance])) for stance in Stance],
        sides=[side.value for side in Side],
        side_label=side_label,
        unanswered=unanswered_in_theme(here.id, identity, wanted, actor()),
        most=MOST_AT_ONCE,
        recommendations=recommendations_in_writing(here.id),
    )


@blueprint.post("/c/<slug>/organise/coding/board/<int:theme>/sources/")
@requires("recommendation.draft")
def theme_sources(theme: int) -> str | Response | tuple[str, int]:
    """Make the ticked passages sources of a recommendation, or begin a new one from them."""
    row, form = theme_here(theme), PassagesForm()
    keys = request.form.getlist("t")[:500]
    passages = [one.passage for one in chosen_texts(consultation().id, keys) if one.passage]
    try:
        if not form.validate_on_submit() or not passages:
            raise Rejected(N_("Tick at least one passage."), "t")
        number = _with_sources(passages, row, request.form.get("recommendation", ""))
    except Rejected as error:
        form.take(error)
        return _page(theme, form, keys), 422
    return redirect(url_for("organise.recommendation", number=number, _anchor="sources"), 303)


def _with_sources(passages: Sequence[uuid.UUID], row: Theme | None, wanted: str) -> int:
    if not wanted:
        names = row.names if row else Localized({current_language().code: say(N_("New recommendation"))})
        draft = RecommendationDraft(names, names.language_for("ar"), passages=tuple(passages))
        made = draft_recommendation(draft, consultation=consultation(), actor=actor())
        flash(say(N_("Recommendation %(number)s was begun from these passages.", number=made.number)), "ok")
        return made.number
    number = as_number(wanted, 0)
    found = visible("recommendation.write", recommendation_by_number(consultation().id, number))
    count = add_sources(passages, recommendation=found, actor=actor())
    flash(say(NN_("%(count)s source was added.", "%(count)s sources were added.", count)), "ok")
    return number
