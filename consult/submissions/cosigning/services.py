"""Co-signing: the author asks bodies, each body signs by its own rule, may take it back, and a change of the text undoes it."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence, Set
from datetime import datetime

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.accounts.clauses import permitted
from consult.accounts.models import Body
from consult.consultations.models import Consultation, Phase
from consult.consultations.phases import Right, open_phase
from consult.db import new_id, session, transaction
from consult.errors import Conflict, Rejected
from consult.events.record import record
from consult.i18n import N_, Localized
from consult.submissions.belonging import named_in_log
from consult.submissions.bodies import taking_part
from consult.submissions.cosigning.models import Cosignature, standing
from consult.submissions.cosigning.substance import substance_of
from consult.submissions.events import CosignatureAsked, CosignatureRevoked, SubmissionCosigned
from consult.submissions.models import Submission
from consult.submissions.offices.sign_off import let_fall, say_yes, signers_of
from consult.submissions.offices.sign_off_rules import SignOffRule, missing
from consult.submissions.offices.speaking import demand_signs, signing_rule, signing_rules, signs_as
from consult.submissions.review.blind import is_sealed
from consult.submissions.states import SubmissionState

#: Bodies that may be asked for one text.
MOST_ASKED = 200
#: In these states a text is still its author's to offer.
OFFERED = (SubmissionState.RECEIVED, SubmissionState.RETURNED, SubmissionState.ACCEPTED)
OVER = N_("The time for signing this text, and for taking a signature back, is over.")


def ask_body(submission: Submission, key: str, *, consultation: Consultation, actor: Actor) -> Cosignature:
    """Ask a body that takes part under its own name to co-sign. Raises Rejected at `body`, Conflict once writing is over."""
    with transaction():
        row = _held(submission.id)
        demand(actor, "submission.own", row)
        phase = open_phase(consultation.phases, Right.SUBMIT)
        if phase is None or row.state not in OFFERED:
            raise Conflict(N_("Bodies can be asked while texts can be handed in, and while this one stands."))
        if is_sealed(row.id):
            raise Conflict(N_("This text is judged without names: bodies can be asked once the names are open."))
        body = session.scalars(sa.select(Body).where(Body.key == key)).first()
        if body is None or body.id not in taking_part(consultation.id, [body.id]):
            raise Rejected(N_("Choose a body that takes part."), "body")
        asked = {one.body_id for one in cosignatures_of(row.id)}
        if body.id in asked or body.id in {m.body for m in actor.memberships_in(consultation.id)}:
            raise Rejected(N_("This body is asked already, or is your own."), "body")
        if len(asked) >= MOST_ASKED:
            raise Rejected(N_("At most %(most)s bodies can be asked.", most=MOST_ASKED), "body")
        made = Cosignature(
            id=new_id(),
            consultation_id=consultation.id,
            submission_id=row.id,
            body_id=body.id,
            asked_at=clock.now(),
            until=phase.closes_at,
        )
        session.add(made)
        session.flush()
        asked_by = named_in_log(actor, row)
        record(CosignatureAsked(row.id, row.number), stream=row.consultation_id, actor=asked_by)
        return made


def cosign(asked: Cosignature, revision: int, *, actor: Actor) -> Cosignature:
    """Say yes for one's body to the revision that the page showed; the signature is given once the body's rule is met.

    Raises Conflict if the text has a newer revision, the time is over, or others of the body sign (`offices.speaking`).
    """
    with transaction():
        row, made = _entered(asked, actor, "cosignature.give")
        if row.revision != revision:
            raise Conflict(N_("The text has a new revision since you opened the page. Read it, then sign."))
        if made.stands:
            return made
        rule, me = demand_signs(rule_of_signature(made), actor)
        text = substance_of(row.id, row.revision)
        say_yes(made.id, text, me.member)
        if any(missing(rule, signers_of([made.id], {made.id: text})[made.id].keys())):
            return made
        made.revision, made.substance, made.given_at = row.revision, text, clock.now()
        made.fell_at = made.ended_at = None
        session.flush()
        record(
            SubmissionCosigned(row.id, row.number, made.body_id, row.revision), stream=row.consultation_id, actor=None
        )
        return made


def revoke_cosignature(asked: Cosignature, *, actor: Actor) -> Cosignature:
    """Take one's body's signature back, or that of a body which went into it; by its own rule, as it gives one.

    Every yes falls with it: giving it anew takes them anew.
    """
    with transaction():
        row, made = _entered(asked, actor, "cosignature.revoke")
        rule, me = demand_signs(rule_of_signature(made), actor)
        if not made.stands or (rule.level != "member" and rule.lead != me.member):
            raise Conflict(N_("There is no signature that you can take back: where a lead signs, the lead does."))
        made.ended_at = clock.now()
        let_fall(made.id)
        session.flush()
        instead = None if rule.body == made.body_id else rule.body
        record(CosignatureRevoked(row.id, row.number, made.body_id, instead), stream=row.consultation_id, actor=None)
        return made


def signing_ends(asked: Cosignature, phases: Sequence[Phase]) -> datetime:
    """Return until when a body may sign and take back: the end of the phase in which it was asked, wherever that was moved since.

    Where no phase opens handing in any more, what was said when it was asked stands.
    """
    writing = sorted((one for one in phases if Right.SUBMIT in one.rights), key=lambda one: one.opens_at)
    open_then = [one.closes_at for one in writing if one.opens_at <= asked.asked_at < one.closes_at]
    before = [one.closes_at for one in writing if one.opens_at <= asked.asked_at]
    later = [one.closes_at for one in writing if one.opens_at > asked.asked_at]
    return max(open_then, default=before[-1] if before else later[0] if later else asked.until)


def cosignatures_of(submission: uuid.UUID) -> Sequence[Cosignature]:
    """Return whom a text was shown to, in the order in which they were asked (1 query)."""
    return session.scalars(
        sa.select(Cosignature).where(Cosignature.submission_id == submission).order_by(Cosignature.id)
    ).all()


def signed_by(submission: uuid.UUID) -> Sequence[tuple[Cosignature, Localized, str]]:
    """Return who co-signed a text, and whose signature fell with an earlier revision: names and key of the body (1 query)."""
    rows = session.execute(
        sa.select(Cosignature, Body.names, Body.key)
        .join(Body, Body.id == Cosignature.body_id)
        .where(
            Cosignature.submission_id == submission,
            Cosignature.given_at.is_not(None),
            Cosignature.ended_at.is_(None),
        )
        .order_by(Cosignature.given_at, Cosignature.id)
    )
    return [(row, names, key) for row, names, key in rows]


def cosigners_of(submissions: Collection[uuid.UUID]) -> Mapping[uuid.UUID, Sequence[tuple[str, Localized]]]:
    """Return the bodies that stand behind texts as they are now, by key: key and names (1 query)."""
    found: dict[uuid.UUID, list[tuple[str, Localized]]] = {}
    rows = session.execute(
        sa.select(Cosignature.submission_id, Body.key, Body.names)
        .join(Body, Body.id == Cosignature.body_id)
        .where(Cosignature.submission_id.in_(submissions), *standing())
        .order_by(Body.key)
    )
    for submission, key, names in rows:
        found.setdefault(submission, []).append((key, names))
    return found


def asked_of(actor: Actor, consultation: uuid.UUID) -> Sequence[tuple[Cosignature, Submission]]:
    """Return the texts that somebody's bodies were asked to co-sign, those that wait first, the latest first, at most 500 (1 query).

    What a body signed that went into one of them is among them.
    """
    signed = sa.case((sa.and_(*standing()), 1), else_=0)
    rows = session.execute(
        sa.select(Cosignature, Submission)
        .join(Submission, Submission.id == Cosignature.submission_id)
        .where(
            Cosignature.consultation_id == consultation,
            permitted(actor, "cosignature.revoke", consultation),
            Submission.state.in_([state.value for state in OFFERED]),
        )
        .order_by(signed, Cosignature.id.desc())
        .limit(500)
    )
    return [(asked, row) for asked, row in rows]


def rule_of_signature(asked: Cosignature) -> SignOffRule | None:
    """Return by which rule the body that was asked signs, or the one it went into takes back; None where nobody acts for it (4 queries)."""
    here = session.get_one(Consultation, asked.consultation_id)
    return signing_rule(here, asked.body_id, session.get_one(Submission, asked.submission_id).track)


def to_sign(
    asked: Sequence[tuple[Cosignature, Submission]], *, consultation: Consultation, actor: Actor
) -> Set[uuid.UUID]:
    """Return the ids of those requests that somebody is asked to sign and that are not signed (3 queries, 0 for none)."""
    offices = {one.id: (one.body_id, row.track) for one, row in asked if not one.stands}
    rules = signing_rules(consultation, set(offices.values()))
    return {one for one, office in offices.items() if signs_as(rules.get(office), actor) is not None}


def _entered(asked: Cosignature, actor: Actor, action: str) -> tuple[Submission, Cosignature]:
    row = _held(asked.submission_id)
    made = session.get_one(Cosignature, asked.id, populate_existing=True)
    demand(actor, action, made)
    phases = session.get_one(Consultation, made.consultation_id).phases
    if signing_ends(made, phases) <= clock.now() or row.state not in OFFERED:
        raise Conflict(OVER)
    return row, made


def _held(submission: uuid.UUID) -> Submission:
    return session.get_one(Submission, submission, with_for_update=True, populate_existing=True)
