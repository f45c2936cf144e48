"""Our body's work: texts that colleagues write together, who holds what, what waits for whom, and who signs off."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape

from flask import flash, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from consult.accounts.access import Membership, allowed
from consult.accounts.bodies.words import kind_label
from consult.accounts.clauses import permitted
from consult.consultations.accreditation.models import Application
from consult.consultations.accreditation.queries import applications_of_bodies, token_of
from consult.consultations.models import Member
from consult.consultations.names import public_names
from consult.consultations.phases import Right, open_phase
from consult.consultations.queries import topics_of
from consult.db import session
from consult.errors import Conflict, NotFound, Problem, Rejected
from consult.i18n import N_, Message
from consult.plugins.questions import Question
from consult.recommendations.reservation_models import UnsignedReservation
from consult.recommendations.reservation_queries import waiting_reservations
from consult.recommendations.reservations import digest_of, membership_for
from consult.recommendations.response_models import RESPONSES, OfficialResponse
from consult.recommendations.response_queries import ResponseLine, responses_asked_of
from consult.recommendations.responses import digest_of as digest_of_response
from consult.recommendations.responses import is_whole
from consult.recommendations.responses import membership_for as responder
from consult.recommendations.responses_together import PART_LABELS
from consult.submissions.cosigning.services import asked_of, signing_ends
from consult.submissions.difference import Part, difference
from consult.submissions.drafting.steps import STEP_LABELS, Step
from consult.submissions.models import Draft
from consult.submissions.offices.leading import lacks_lead
from consult.submissions.offices.models import Office, TextSave
from consult.submissions.offices.parts import PartHeld
from consult.submissions.offices.queries import (
    Held,
    colleagues,
    held_parts,
    member_by_number,
    open_comments,
    saves_of,
    shared_drafts,
)
from consult.submissions.offices.sign_off import RuleDraft, ask_sign_off, rule_of, set_rule, sign_off, signers_of
from consult.submissions.offices.sign_off_rules import LEVEL_LABELS, Level, SignOffRule, missing, waits_for
from consult.submissions.offices.together import (
    comment,
    release_part,
    resolve_comment,
    restore_save,
    share_draft,
    take_part,
)
from consult.submissions.questionnaires.queries import form_of
from consult.submissions.tracks import track_label
from consult.web.context import local
from consult.web.forms import (
    L_,
    Form,
    RadioField,
    SelectField,
    StringField,
    latin_digits,
    say,
)
from consult.web.guards import requires, visible
from consult.web.proof import IN_THE_HALL, recently_proven
from consult.web.public.accreditation import state_label, state_tag
from consult.web.submissions import language_name, shown_answer
from consult.web.take_part.blueprint import blueprint
from consult.web.take_part.desk import Desk, desk_of
from consult.web.take_part.due import due_for_bodies
from consult.web.take_part.inside import CommentForm, ShownSave, part_of, uuid_of
from consult.web.visitor import actor, consultation

Answer = str | Response | tuple[str, int]


class RuleForm(Form):
    """How a body signs off."""

    level = RadioField(L_("Who signs off before a text leaves?"), validate_choice=False)
    others = StringField(
        L_("How many other members, besides the lead?"),
        description=L_("Only where the lead and other members sign off."),
        filters=[latin_digits],
        render_kw={"inputmode": "numeric"},
    )
    lead = SelectField(L_("Who leads?"), validate_choice=False)


@dataclass(frozen=True, slots=True)
class Work:
    """A shared text as the list shows it: who holds which part, open comments, what the sign-off waits for."""

    draft: Draft
    holding: Sequence[tuple[str, Held, str]]
    comments: int
    asked: bool
    mine: bool
    lacking: Sequence[str]


@dataclass(frozen=True, slots=True)
class ShownApplication:
    """An application of the body: how it stands, and its own page for whoever applied, who alone acts for it and reads its files."""

    row: Application
    label: Message
    tag: str
    page: str | None


@dataclass(frozen=True, slots=True)
class Body:
    """A body for which the visitor takes part: the number of their membership, the rule, the names of lead and members."""

    number: int
    label: object
    level: object
    lead: str
    members: Sequence[str]
    named: Office | None
    may_rule: bool
    works: Sequence[Work]
    applications: Sequence[ShownApplication]


@blueprint.get("/c/<slug>/office/")
@requires("submission.write")
def office() -> str:
    """Show what the visitor's bodies write together, and what is due by when."""
    here = consultation()
    phase = open_phase(here.phases, Right.SUBMIT)
    mine = [one for one in actor().memberships_in(here.id) if one.body is not None]
    drafts = shared_drafts(actor(), here.id)
    applications = applications_of_bodies(here.id, permitted(actor(), "accreditation.inside", here.id)) if mine else []
    found = [
        _body(
            one,
            [d for d in drafts if (d.shared_body_id, d.shared_track) == (one.body, one.track)],
            [a for a in applications if (a.body_id, a.track) == (one.body, one.track)],
        )
        for one in mine
    ]
    asked, to_respond = asked_of(actor(), here.id), responses_asked_of(actor(), here.id)
    to_sign = [work.draft for body in found for work in body.works if work.mine]
    held = held_parts([line.id for line in to_respond], RESPONSES)
    waiting = {line.id: _signs_response(line) for line in to_respond}
    reservations = [(one, _waits_for_me(one.row)) for one in waiting_reservations(actor(), here.id)]
    return render_template(
        "take_part/office.html",
        bodies=found,
        due=due_for_bodies(
            to_sign,
            asked,
            [(line, waiting[line.id], _at_it(held.get(line.id, ()))) for line in to_respond],
            [one for one, mine in reservations if mine],
        ),
        reservations=reservations,
        asked=[(one, row, signing_ends(one, here.phases)) for one, row in asked],
        to_respond=[(line, held.get(line.id, ()), waiting[line.id]) for line in to_respond],
        part_labels=PART_LABELS,
        names=colleagues(one.member for parts in held.values() for one in parts),
        phase=phase,
        track_label=track_label,
        kind_label=kind_label,
    )


def _body(membership: Membership, drafts: Sequence[Draft], applications: Sequence[Application]) -> Body:
    assert membership.body is not None  # noqa: S101 (chosen so)
    rule = rule_of(consultation(), membership.body, membership.track)
    ids = [draft.id for draft in drafts]
    held, comments = held_parts(ids), open_comments(ids)
    signed = signers_of(ids, {draft.id: draft.asked_digest for draft in drafts})
    names = colleagues([*rule.members, *(one.member for parts in held.values() for one in parts)])
    return Body(
        number=session.get_one(Member, membership.member).number,
        label=track_label(membership.track),
        level=LEVEL_LABELS[rule.level],
        lead=names.get(rule.lead, "") if rule.lead else "",
        members=[names[member] for member in rule.members],
        named=session.get(Office, (consultation().id, membership.body, membership.track)),
        may_rule=allowed(actor(), "office.rule", rule),
        works=[
            Work(
                draft,
                [(part_label(draft, one.part), one, names.get(one.member, "")) for one in held.get(draft.id, ())],
                comments.get(draft.id, 0),
                bool(draft.asked_digest),
                bool(draft.asked_digest) and waits_for(membership.member, rule, signed.get(draft.id, {}).keys()),
                [say(message) for message in missing(rule, signed.get(draft.id, {}).keys())],
            )
            for draft in drafts
        ],
        applications=[_application(one) for one in applications],
    )


def _at_it(held: Sequence[Held]) -> str:
    """Return who writes now, by name."""
    names = colleagues(one.member for one in held)
    return say(N_(", ")).join(dict.fromkeys(names.get(one.member, "") for one in held))


def _signs_response(line: ResponseLine) -> bool:
    """Tell whether a response is written and waits for the visitor's yes (at most 4 queries)."""
    row = session.get_one(OfficialResponse, line.id)
    if row.published_at is not None or not is_whole(row):
        return False
    me, digest = responder(row, actor()), digest_of_response(row)
    signed = signers_of([row.id], {row.id: digest}).get(row.id, {})
    rule = rule_of(consultation(), row.body_id, me.track)
    return rule.level is Level.MEMBER or waits_for(me.member, rule, signed.keys())


def _waits_for_me(kept: UnsignedReservation) -> bool:
    """Tell whether a reservation that is not signed off waits for the visitor's yes (3 queries)."""
    digest, rule = digest_of(kept), rule_of(consultation(), kept.body_id, kept.track)
    signed = signers_of([kept.id], {kept.id: digest}).get(kept.id, {})
    return waits_for(membership_for(kept, actor()).member, rule, signed.keys())


def _application(row: Application) -> ShownApplication:
    page = url_for("public.application", token=token_of(row.id)) if row.person_id == actor().person else None
    return ShownApplication(row, state_label(row), state_tag(row), page)


def part_label(draft: Draft, part: str) -> str:
    """Return what a part is called: our words, the title of a section, or its key where the form has changed."""
    if part in set(Step):
        return say(STEP_LABELS[Step(part)])
    section = form_of(draft.questionnaire_id).section(part)
    return part if section is None else say(section.titles)


@blueprint.route("/c/<slug>/office/<int:number>/", methods=["GET", "POST"])
@requires("consultation.read")
def office_rule(number: int) -> Answer:
    """Set who signs off the texts of a member's body: its lead does, or an organiser."""
    here, row = consultation(), member_by_number(consultation().id, number)
    if row is None or row.body_id is None:
        raise NotFound
    rule: SignOffRule = visible("office.rule", rule_of(here, row.body_id, row.track))
    form, status = _rule_form(rule), 200
    if form.is_submitted():
        try:
            form.validate()
            others = form.others.data or "0"
            draft = RuleDraft(
                form.level.data or "", int(others) if others.isdecimal() else -1, _chosen(form.lead.data or "", rule)
            )
            set_rule(draft, body=row.body_id, track=row.track, consultation=here, actor=actor())
            flash(say(N_("Saved. It holds for every text that is handed in from now on.")), "ok")
            return redirect(url_for("take_part.office_rule", number=number), 303)
        except Rejected as refused:
            form.take(refused)
            status = 422
    inside = any(actor().is_member(member) for member in rule.members)
    page = render_template(
        "take_part/office_rule.html",
        form=form,
        number=number,
        inside=inside,
        body=public_names([row.id])[row.id].official,
        track=track_label(row.track),
        lacking=not inside and lacks_lead(rule),
        least=LEVEL_LABELS[rule.least] if rule.least is not Level.MEMBER else None,
    )
    return page, status


def _rule_form(rule: SignOffRule) -> RuleForm:
    form = RuleForm(data={"level": rule.level, "others": str(rule.others or ""), "lead": str(rule.lead or "")})
    order = list(Level)
    inside = any(actor().is_member(member) for member in rule.members)
    lowest = rule.least if inside else rule.level  # only the body itself lets fewer approve
    form.level.choices = {level.value: say(LEVEL_LABELS[level]) for level in order[order.index(lowest) :]}
    if inside:
        names = dict(colleagues(rule.members))
    else:
        names = {member: say(name.who) for member, name in public_names(rule.members).items()}
    form.lead.choices = {str(member): names[member] for member in rule.members}
    return form


def _chosen(text: str, rule: SignOffRule) -> uuid.UUID | None:
    return next((member for member in rule.members if str(member) == text), None)


@blueprint.post("/c/<slug>/write/<uuid:draft>/share")
@requires("submission.write")
def share(draft: uuid.UUID) -> Response:
    """Open a draft to the colleagues."""
    row = desk_of(draft).draft
    visible("draft.own", row)
    share_draft(row, actor=actor())
    flash(say(N_("Your colleagues can write in this draft now. It stands under “Our body’s work”.")), "ok")
    return redirect(url_for("take_part.check", draft=draft), 303)


@blueprint.post("/c/<slug>/write/<uuid:draft>/<step>/take")
@requires("submission.write")
def take(draft: uuid.UUID, step: str) -> Response:
    """Hold a part, to write in it."""
    desk = desk_of(draft)
    try:
        take_part(desk.draft, desk.step_called(step), actor=actor())
    except PartHeld:
        flash(say(N_("A colleague was quicker and is writing this part now.")), "")
    return redirect(url_for("take_part.step", draft=draft, step=step), 303)


@blueprint.post("/c/<slug>/write/<uuid:draft>/<step>/release")
@requires("submission.write")
def release(draft: uuid.UUID, step: str) -> Response:
    """Let the colleagues write in a part again."""
    desk = desk_of(draft)
    release_part(desk.draft, desk.step_called(step), actor=actor())
    return redirect(url_for("take_part.step", draft=draft, step=step), 303)


@blueprint.post("/c/<slug>/write/<uuid:draft>/<step>/comments")
@requires("submission.write")
def say_inside(draft: uuid.UUID, step: str) -> Answer:
    """Say something to the colleagues about a part; what was typed comes back if it cannot be kept."""
    desk, form = desk_of(draft), CommentForm()
    here = desk.step_called(step)
    try:
        form.validate()
        comment(desk.draft, here, form.comment.data or "", actor=actor())
    except Rejected as refused:
        for problem in refused.problems:
            form.add(Problem("comment", problem.message))
        inside = part_of(desk, here, form)
        back = url_for("take_part.step", draft=draft, step=here)
        return render_template(
            "take_part/comment.html", back=back, label=desk.label(here), inside=inside, form=form
        ), 422
    return redirect(url_for("take_part.step", draft=draft, step=here, _anchor="comments"), 303)


@blueprint.post("/c/<slug>/write/<uuid:draft>/<step>/resolve")
@requires("submission.write")
def resolve(draft: uuid.UUID, step: str) -> Response:
    """Mark a comment as dealt with."""
    desk = desk_of(draft)
    resolve_comment(uuid_of(request.form.get("comment", "")), draft=desk.draft, actor=actor())
    return redirect(url_for("take_part.step", draft=draft, step=desk.step_called(step), _anchor="comments"), 303)


@blueprint.post("/c/<slug>/write/<uuid:draft>/ask")
@requires("submission.write")
def ask_for_sign_off(draft: uuid.UUID) -> Response:
    """Ask the colleagues to sign off the text as it stands."""
    try:
        ask_sign_off(desk_of(draft).draft, actor=actor())
        flash(say(N_("Your colleagues see under “Our body’s work” that this text waits for their sign-off.")), "ok")
    except Conflict as error:
        flash(say(error.message), "no")
    return redirect(url_for("take_part.check", draft=draft, _anchor="sign-off"), 303)


@blueprint.post("/c/<slug>/write/<uuid:draft>/sign")
@requires("submission.write")
@recently_proven(IN_THE_HALL)
def give_sign_off(draft: uuid.UUID) -> Response:
    """Sign off the text that the page showed, and no other."""
    try:
        sign_off(desk_of(draft).draft, request.form.get("seen", ""), actor=actor())
        flash(say(N_("You have signed off this text.")), "ok")
    except Conflict as error:
        flash(say(error.message), "no")
    return redirect(url_for("take_part.check", draft=draft, _anchor="sign-off"), 303)


@blueprint.get("/c/<slug>/write/<uuid:draft>/history/")
@requires("submission.write")
def history(draft: uuid.UUID) -> str:
    """Show who wrote what and when, the newest first, with what changed."""
    desk = desk_of(draft)
    before = request.args.get("before")
    page = saves_of(draft, before=uuid_of(before) if before else None)
    names = colleagues(save.member_id for save, _ in page.saves)
    saves = [
        ShownSave(
            save,
            names.get(save.member_id, ""),
            part_label(desk.draft, save.part),
            _changes(desk, save, earlier),
        )
        for save, earlier in page.saves
    ]
    return render_template(
        "take_part/history.html",
        back=url_for("take_part.check", draft=draft),
        over=desk.draft.answers.get("title") or say(N_("A draft without a title")),
        written_in=desk.draft.answers.get("language"),
        saves=saves,
        bring_back=url_for("take_part.restore", draft=draft),
        older=url_for("take_part.history", draft=draft, before=page.after) if page.after else None,
    )


def _changes(desk: Desk, save: TextSave, earlier: TextSave | None) -> Sequence[tuple[str, Sequence[Part]]]:
    now, then = _words(desk, save), _words(desk, earlier) if earlier else {}
    return [(label, difference(then.get(label, ""), text)) for label, text in now.items() if text or then.get(label)]


def _words(desk: Desk, save: TextSave) -> dict[str, str]:
    """Return what a save holds in words, by the label of its field."""
    given, topics = save.content, {topic.slug: local(topic.names) for topic in topics_of(consultation().id)}
    own: dict[str, Question] = {question.key: question for question in desk.questions}
    found: dict[str, str] = {}
    if "title" in given:
        found[say(N_("Title"))] = str(given["title"] or "")
        found[say(N_("Language"))] = language_name(given["language"]) if given.get("language") else ""
    if "topics" in given:
        found[say(N_("Topics"))] = "\n".join(topics.get(slug, slug) for slug in given["topics"] or ())
    for key, label in (("text", N_("Text")), ("proposals", N_("Proposals")), ("why", N_("What you changed, and why"))):
        if key in given:
            found[say(label)] = str(given[key] or "")
    for key, answer in (given.get("track") or {}).items():
        question = own.get(key)
        words = (
            ""
            if answer in (None, "", [], {})
            else shown_answer(question, answer, str(desk.draft.answers.get("language") or ""))
        )
        found[say(question.label) if question else key] = _plain(words)
    return found


def _plain(words: str) -> str:
    """Return an answer as it is shown without its marks: the items of a list stay apart."""
    if not isinstance(words, Markup):
        return words
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", words)).split())


@blueprint.post("/c/<slug>/write/<uuid:draft>/restore")
@requires("submission.write")
def restore(draft: uuid.UUID) -> Response:
    """Let a part say again what it said after an earlier save."""
    desk = desk_of(draft)
    try:
        restore_save(uuid_of(request.form.get("save", "")), draft=desk.draft, actor=actor())
        flash(say(N_("The earlier text is back. What stood there before is in the history.")), "ok")
    except PartHeld:
        flash(say(N_("A colleague is writing this part now. Bring the earlier text back when they are done.")), "no")
    return redirect(url_for("take_part.history", draft=draft), 303)
