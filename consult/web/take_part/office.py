"""Our body's work: what colleagues write together, who holds what, what waits for whom, and what is due by when."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import render_template, url_for

from consult.accounts.access import Membership, allowed
from consult.accounts.bodies.words import kind_label
from consult.accounts.clauses import permitted
from consult.consultations.accreditation.models import Application
from consult.consultations.accreditation.queries import applications_of_bodies, token_of
from consult.consultations.models import Member
from consult.consultations.phases import Right, open_phase
from consult.db import session
from consult.i18n import N_, Message
from consult.recommendations.own_yes import waits_for_own_yes, written_responses
from consult.recommendations.reservation_queries import left_reservations, waiting_reservations
from consult.recommendations.response_models import RESPONSES
from consult.recommendations.response_queries import responses_asked_of
from consult.recommendations.responses_together import PART_LABELS
from consult.submissions.cosigning.services import asked_of, signing_ends, to_sign
from consult.submissions.models import Draft
from consult.submissions.offices.leading import hindrances
from consult.submissions.offices.models import Office
from consult.submissions.offices.queries import Held, held_parts, open_comments, shared_drafts
from consult.submissions.offices.sign_off import rule_of, signers_of
from consult.submissions.offices.sign_off_rules import LEVEL_LABELS, missing, waits_for
from consult.submissions.tracks import track_label
from consult.web.forms import say
from consult.web.guards import requires
from consult.web.public.accreditation import state_label, state_tag
from consult.web.take_part.blueprint import blueprint
from consult.web.take_part.colleagues import colleagues
from consult.web.take_part.due import due_for_bodies
from consult.web.take_part.together import part_label
from consult.web.visitor import actor, consultation


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
    """A body for which the visitor takes part: the number of their membership, the rule, what keeps it from being met, the names of lead and members."""

    number: int
    label: object
    level: object
    lead: str
    hindrances: Sequence[Message]
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
    mine = [(one, one.body) for one in actor().memberships_in(here.id) if one.body is not None]
    drafts = shared_drafts(actor(), here.id)
    applications = applications_of_bodies(here.id, permitted(actor(), "accreditation.inside", here.id)) if mine else []
    bodies = [
        _body(
            one,
            body,
            [d for d in drafts if (d.shared_body_id, d.shared_track) == (body, one.track)],
            [a for a in applications if (a.body_id, a.track) == (body, one.track)],
        )
        for one, body in mine
    ]
    asked, to_respond = asked_of(actor(), here.id), responses_asked_of(actor(), here.id)
    own, reservations = to_sign(asked, consultation=here, actor=actor()), waiting_reservations(actor(), here.id)
    held = held_parts([line.id for line in to_respond], RESPONSES)
    names = colleagues(one.member for parts in held.values() for one in parts)
    waiting = waits_for_own_yes(
        written_responses([line.id for line in to_respond]),
        [one.row for one in reservations],
        consultation=here,
        actor=actor(),
    )
    return render_template(
        "take_part/office.html",
        bodies=bodies,
        due=due_for_bodies(
            [work.draft for body in bodies for work in body.works if work.mine],
            [(one, row) for one, row in asked if one.id in own],
            [(line, line.id in waiting, _at_it(held.get(line.id, ()), names)) for line in to_respond],
            [one for one in reservations if one.row.id in waiting],
        ),
        reservations=[(one, one.row.id in waiting) for one in reservations],
        left=left_reservations(actor(), here.id),
        asked=[(one, row, signing_ends(one, here.phases)) for one, row in asked],
        to_respond=[(line, held.get(line.id, ()), line.id in waiting) for line in to_respond],
        part_labels=PART_LABELS,
        names=names,
        phase=open_phase(here.phases, Right.SUBMIT),
        track_label=track_label,
        kind_label=kind_label,
    )


def _body(
    membership: Membership, body: uuid.UUID, drafts: Sequence[Draft], applications: Sequence[Application]
) -> Body:
    rule = rule_of(consultation(), body, membership.track)
    ids = [draft.id for draft in drafts]
    held, comments = held_parts(ids), open_comments(ids)
    signed = signers_of(ids, {draft.id: draft.asked_digest for draft in drafts})
    names = colleagues([*rule.members, *(one.member for parts in held.values() for one in parts)])
    return Body(
        number=session.get_one(Member, membership.member).number,
        label=track_label(membership.track),
        level=LEVEL_LABELS[rule.level],
        lead=names.get(rule.lead, "") if rule.lead else "",
        hindrances=hindrances(rule),
        members=[names[member] for member in rule.members],
        named=session.get(Office, (consultation().id, body, membership.track)),
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


def _at_it(held: Sequence[Held], names: Mapping[uuid.UUID, str]) -> str:
    """Return who writes now, by name."""
    return say(N_(", ")).join(dict.fromkeys(names.get(one.member, "") for one in held))


def _application(row: Application) -> ShownApplication:
    page = url_for("public.application", token=token_of(row.id)) if row.person_id == actor().person else None
    return ShownApplication(row, state_label(row), state_tag(row), page)
