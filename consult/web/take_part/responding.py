"""Responding officially for one's body: written together in two parts, then the yes of whoever its rule asks for."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consult.db import session
from consult.errors import Conflict, NotFound, Problem, Rejected
from consult.i18n import N_
from consult.recommendations.responders import rule_for_response, writes_as
from consult.recommendations.response_kinds import RESPONSE_LABELS
from consult.recommendations.response_models import RESPONSES, OfficialResponse
from consult.recommendations.response_queries import response_line
from consult.recommendations.responses import digest_of, is_whole, sign_response
from consult.recommendations.responses_together import (
    PART_LABELS,
    ResponsePart,
    comment_on,
    release_part_of,
    resolve_comment_on,
    restore_part,
    take_part_of,
    write_part,
)
from consult.submissions.difference import difference
from consult.submissions.offices.models import TextSave
from consult.submissions.offices.parts import PartHeld
from consult.submissions.offices.queries import held_parts, open_comments, part_version, saves_of
from consult.submissions.offices.sign_off import signers_of
from consult.submissions.offices.sign_off_rules import LEVEL_LABELS, missing
from consult.submissions.offices.speaking import signed_elsewhere, signs_as
from consult.web.context import present_formats
from consult.web.forms import say, sent_id
from consult.web.guards import requires, visible
from consult.web.language import current_language
from consult.web.proof import IN_THE_HALL, recently_proven
from consult.web.responses import RESPONSE_TAGS, SAVED, PartForm, part_form
from consult.web.submissions import language_name
from consult.web.take_part.blueprint import blueprint
from consult.web.take_part.colleagues import colleagues
from consult.web.take_part.inside import NOBODY, CommentForm, PartInside, ShownSave, inside_of
from consult.web.visitor import actor, consultation

Answer = str | Response | tuple[str, int]
GONE = N_("It is no longer there: only the last saves are kept, and nothing once the response is published.")


def _asked(response: uuid.UUID) -> OfficialResponse:
    row: OfficialResponse = visible("response.write", session.get(OfficialResponse, response))
    if row.consultation_id != consultation().id:
        raise NotFound
    return row


def _part(name: str) -> ResponsePart:
    if name not in set(ResponsePart):
        raise NotFound
    return ResponsePart(name)


@blueprint.get("/c/<slug>/responses/<uuid:response>/")
@requires("submission.write")
def respond(response: uuid.UUID) -> str:
    """Show the response of one's body: who writes which part of it, what is written, and whose yes it waits for."""
    row = _asked(response)
    rule, digest = rule_for_response(row), digest_of(row)
    me = writes_as(row, rule, actor())
    signed = signers_of([row.id], {row.id: digest}).get(row.id, {})
    held = {one.part: one for one in held_parts([row.id], RESPONSES).get(row.id, ())}
    names = colleagues(one.member for one in held.values())
    return render_template(
        "take_part/respond.html",
        row=row,
        line=response_line(row.id),
        parts=[
            (part, label, bool(row.kind if part is ResponsePart.DECISION else row.text), held.get(part))
            for part, label in PART_LABELS.items()
        ],
        names=names,
        me=me.member,
        comments=open_comments([row.id], RESPONSES).get(row.id, 0),
        whole=is_whole(row),
        digest=digest,
        level=LEVEL_LABELS[rule.level] if rule else None,
        lacking=list(missing(rule, signed.keys())) if rule else [],
        elsewhere=None if signs_as(rule, actor()) else signed_elsewhere(rule),
        mine=me.member in signed,
        labels=RESPONSE_LABELS,
        tags=RESPONSE_TAGS,
    )


@blueprint.route("/c/<slug>/responses/<uuid:response>/<part>/", methods=["GET", "POST"])
@requires("submission.write")
def response_part(response: uuid.UUID, part: str) -> Answer:
    """Show a part of the response with what colleagues said of it; a POST saves it."""
    row, here = _asked(response), _part(part)
    if row.published_at is not None:
        return redirect(url_for("take_part.respond", response=row.id), 302)
    form = part_form(row, here, part_version(row.id, here, RESPONSES), current_language().code)
    if not form.is_submitted():
        return _page(row, here, form)
    try:
        with form.whole():
            write_part(form.draft(), form.known(), response=row, actor=actor())
    except Rejected as refused:
        form.take(refused)
        return _page(row, here, form), 422
    except Conflict as error:
        form.add(Problem("", error.message))
        form.version.data = str(part_version(row.id, here, RESPONSES))
        return _page(row, here, form, theirs=bool(row.kind if here is ResponsePart.DECISION else row.text)), 409
    flash(say(SAVED), "ok")
    return redirect(url_for("take_part.respond", response=row.id), 303)


def _page(row: OfficialResponse, part: ResponsePart, form: PartForm, *, theirs: bool = False) -> str:
    return render_template(
        "take_part/respond_part.html",
        row=row,
        line=response_line(row.id),
        part=part,
        label=PART_LABELS[part],
        form=form,
        theirs=theirs,
        inside=_inside(row, part),
        labels=RESPONSE_LABELS,
        tags=RESPONSE_TAGS,
    )


def _inside(row: OfficialResponse, part: ResponsePart, form: CommentForm | None = None) -> PartInside:
    addresses = {
        act: url_for(f"take_part.{act}_response_part", response=row.id, part=part)
        for act in ("take", "release", "comment", "resolve")
    }
    return inside_of(
        row.id, part, writes_as(row, rule_for_response(row), actor()).member, addresses, of=RESPONSES, form=form
    )


@blueprint.post("/c/<slug>/responses/<uuid:response>/<part>/take")
@requires("submission.write")
def take_response_part(response: uuid.UUID, part: str) -> Response:
    """Hold a part, to write in it."""
    try:
        take_part_of(_asked(response), _part(part), actor=actor())
    except PartHeld:
        flash(say(N_("A colleague was quicker and is writing this part now.")), "")
    return _to_part(response, part)


@blueprint.post("/c/<slug>/responses/<uuid:response>/<part>/release")
@requires("submission.write")
def release_response_part(response: uuid.UUID, part: str) -> Response:
    """Let the colleagues write in a part again."""
    release_part_of(_asked(response), _part(part), actor=actor())
    return _to_part(response, part)


@blueprint.post("/c/<slug>/responses/<uuid:response>/<part>/comments")
@requires("submission.write")
def comment_response_part(response: uuid.UUID, part: str) -> Answer:
    """Say something to the colleagues about a part; what was typed comes back if it cannot be kept."""
    row, here, form = _asked(response), _part(part), CommentForm()
    try:
        form.validate()
        comment_on(row, here, form.comment.data or "", actor=actor())
    except Rejected as refused:
        for problem in refused.problems:
            form.add(Problem("comment", problem.message))
        inside, back = _inside(row, here, form), url_for("take_part.response_part", response=row.id, part=here)
        return render_template(
            "take_part/comment.html", back=back, label=say(PART_LABELS[here]), inside=inside, form=form
        ), 422
    return _to_part(response, part, "comments")


@blueprint.post("/c/<slug>/responses/<uuid:response>/<part>/resolve")
@requires("submission.write")
def resolve_response_part(response: uuid.UUID, part: str) -> Response:
    """Mark a comment as dealt with."""
    row, here = _asked(response), _part(part)
    try:
        resolve_comment_on(sent_id(request.form.get("comment", "")), response=row, actor=actor())
    except NotFound:
        flash(say(GONE), "no")
    return _to_part(response, here, "comments")


def _to_part(response: uuid.UUID, part: str, anchor: str | None = None) -> Response:
    return redirect(url_for("take_part.response_part", response=response, part=part, _anchor=anchor), 303)


@blueprint.get("/c/<slug>/responses/<uuid:response>/history/")
@requires("submission.write")
def response_history(response: uuid.UUID) -> str:
    """Show who wrote what and when, the newest first, with what changed; there is none once it is published."""
    row, before = _asked(response), request.args.get("before")
    page = saves_of(row.id, before=sent_id(before) if before else None, of=RESPONSES)
    names = colleagues(save.member_id for save, _ in page.saves)
    return render_template(
        "take_part/history.html",
        back=url_for("take_part.respond", response=row.id),
        over=say(N_("Official response")),
        written_in=row.language,
        saves=[
            ShownSave(
                save, names.get(save.member_id, NOBODY), say(PART_LABELS[_part(save.part)]), _changes(save, earlier)
            )
            for save, earlier in page.saves
        ],
        bring_back=url_for("take_part.restore_response", response=row.id),
        older=url_for("take_part.response_history", response=row.id, before=page.after) if page.after else None,
    )


def _changes(save: TextSave, earlier: TextSave | None) -> Sequence[tuple[str, object]]:
    now, then = _words(save.content), _words(earlier.content) if earlier else {}
    return [(label, difference(then.get(label, ""), text)) for label, text in now.items() if text or then.get(label)]


def _words(content: Mapping[str, str]) -> dict[str, str]:
    """Return what a save holds in words, by the label of its field."""
    found = {}
    if "kind" in content:
        day = date.fromisoformat(content["until"]) if content["until"] else None
        found[say(N_("What becomes of it?"))] = say(RESPONSE_LABELS[content["kind"]]) if content["kind"] else ""
        found[say(N_("Until when?"))] = present_formats().day(day) if day else ""
    if "text" in content:
        found[say(N_("Language"))] = language_name(content["language"])
        found[say(N_("Text"))] = content["text"]
    return {label: str(text) for label, text in found.items()}


@blueprint.post("/c/<slug>/responses/<uuid:response>/restore")
@requires("submission.write")
def restore_response(response: uuid.UUID) -> Response:
    """Let a part say again what it said after an earlier save."""
    row = _asked(response)
    try:
        restore_part(sent_id(request.form.get("save", "")), response=row, actor=actor())
        flash(say(N_("The earlier text is back. What stood there before is in the history.")), "ok")
    except PartHeld:
        flash(say(N_("A colleague is writing this part now. Bring the earlier text back when they are done.")), "no")
    except NotFound:
        flash(say(GONE), "no")
    except Rejected as refused:
        flash(say(refused.problems[0].message), "no")
    return redirect(url_for("take_part.response_history", response=response), 303)


@blueprint.post("/c/<slug>/responses/<uuid:response>/sign")
@requires("submission.write")
@recently_proven(IN_THE_HALL)
def sign_response_off(response: uuid.UUID) -> Response:
    """Say yes to the words that the page showed."""
    try:
        row = sign_response(_asked(response), request.form.get("digest", ""), actor=actor())
        done = N_("The response of your body is published.") if row.published_at else N_("Your yes is noted.")
        flash(say(done), "ok")
    except Conflict as error:
        flash(say(error.message), "no")
    return redirect(url_for("take_part.respond", response=response), 303)
