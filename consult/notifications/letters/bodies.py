"""What the members of a body are told: an official response is asked for or due, a text waits for their yes, a signature was given.

The letters hold no title and no name of a person: they say that there is something, and where.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence, Set

import sqlalchemy as sa

from consult import clock
from consult.accounts.heirs import acting_for
from consult.accounts.models import Person
from consult.accounts.taking_part import takes_part
from consult.consultations.models import Consultation, Member
from consult.db import session
from consult.events.types import Recorded
from consult.i18n import N_, Message
from consult.notifications.letters import many
from consult.notifications.letters.many import Said
from consult.notifications.letters.submissions import acting_on, submission_of
from consult.notifications.telling import tell_many
from consult.recommendations.reservation_models import UnsignedReservation
from consult.recommendations.responders import rule_for_response
from consult.recommendations.response_models import OfficialResponse
from consult.recommendations.responses import digest_of
from consult.submissions.belonging import office_of
from consult.submissions.cosigning.models import Cosignature
from consult.submissions.cosigning.services import rule_of_signature
from consult.submissions.models import Draft
from consult.submissions.offices.sign_off import lacks_to_withdraw, rule_of, signers_of
from consult.submissions.offices.sign_off_rules import SignOffRule, missing, waits_for


def response_asked(recorded: Recorded) -> None:
    """Tell the members of a body that its official response is asked for."""
    _about_response(recorded, "response_asked")


def response_due(recorded: Recorded) -> None:
    """Remind the members of a body that its official response is due."""
    _about_response(recorded, "response_due")


def response_passed(recorded: Recorded) -> None:
    """Tell the members of a body that a request for an official response is theirs now."""
    _about_response(recorded, "response_passed")


def _about_response(recorded: Recorded, kind: str) -> None:
    row = session.get(OfficialResponse, uuid.UUID(recorded.facts["response"]))
    if row is not None and row.published_at is None:
        tell_many(_members(recorded.stream, row.speaker), recorded, kind, about=str(row.id))


def response_signed(recorded: Recorded) -> None:
    """Tell those whose yes to the official response of their body is missing that a colleague has given theirs: in the track where it is signed."""
    row = session.get(OfficialResponse, uuid.UUID(recorded.facts["response"]))
    if row is None or row.published_at is not None:
        return
    signed = signers_of([row.id], {row.id: digest_of(row)}).get(row.id, {}).keys()
    if (rule := rule_for_response(row)) is not None:
        tell_many(_waited_for(rule, signed), recorded, "response_to_sign", about=str(row.id))


def _waited_for(rule: SignOffRule, signed: Set[uuid.UUID]) -> Sequence[uuid.UUID]:
    """Return the people whose yes is missing; whoever said it as a member of another track says it once."""
    asked = [member for member in rule.members if waits_for(member, rule, signed)]
    done = sa.select(Member.person_id).where(Member.id.in_(signed))
    waiting = sa.select(Member.person_id).where(Member.id.in_(asked), Member.person_id.not_in(done))
    return session.scalars(waiting.order_by(Member.person_id)).all()


def cosign_asked(recorded: Recorded) -> None:
    """Tell the members of a body that they are asked to co-sign; the event does not name the body, the request does."""
    asked = (Cosignature.submission_id == uuid.UUID(recorded.facts["submission"]), Cosignature.asked_at <= recorded.at)
    row = session.scalars(sa.select(Cosignature).where(*asked).order_by(Cosignature.asked_at.desc()).limit(1)).first()
    if row is not None and not row.stands:
        tell_many(_who_sign(row), recorded, "cosign_asked", about=str(row.id))


def cosigned(recorded: Recorded) -> None:
    """Tell whoever acts on a text that a body stands behind it, or does no longer."""
    row = submission_of(recorded)
    kind = "cosigned" if recorded.type == "SubmissionCosigned" else "cosignature_revoked"
    tell_many(acting_on(row), recorded, kind, about=row.number)


def cosignatures_fell(recorded: Recorded) -> None:
    """Tell the members of each body whose signature fell: its text is another now, and waits for a new yes or none."""
    bodies = [uuid.UUID(one) for one in recorded.facts.get("bodies", ())]
    text = uuid.UUID(recorded.facts["submission"])
    fallen = sa.select(Cosignature).where(Cosignature.submission_id == text, Cosignature.body_id.in_(bodies))
    for row in session.scalars(fallen.order_by(Cosignature.id)).all():
        if not row.stands:
            tell_many(_who_sign(row), recorded, "cosignature_fell", about=str(row.id))


def _who_sign(asked: Cosignature) -> Sequence[uuid.UUID]:
    """Return the people who sign for the body that was asked: those in the track by whose rule it signs."""
    rule = rule_of_signature(asked)
    return [] if rule is None or rule.body != asked.body_id else _members(rule.consultation, rule.body, rule.track)


def sign_off_asked(recorded: Recorded) -> None:
    """Tell the colleagues that a text of their body waits for their yes."""
    draft = session.get(Draft, uuid.UUID(recorded.facts["text"]))
    if draft is not None and draft.shared_body_id is not None:
        people = _members(draft.consultation_id, draft.shared_body_id, draft.shared_track)
        others = [person for person in people if person != recorded.actor]
        tell_many(others, recorded, "sign_off_asked", about=str(draft.id), consultation=draft.consultation_id)
    elif draft is None:
        _reservation_waits(recorded)


def _reservation_waits(recorded: Recorded) -> None:
    """Tell those whose yes to a reservation of their body, or to its withdrawal, is missing."""
    kept = session.get(UnsignedReservation, uuid.UUID(recorded.facts["text"]))
    if kept is None:
        return
    here = session.get_one(Consultation, kept.consultation_id)
    rule = rule_of(here, kept.body_id, kept.track)
    signed = signers_of([kept.id], {kept.id: recorded.facts["digest"]}).get(kept.id, {}).keys()
    tell_many(_waited_for(rule, signed), recorded, "reservation_to_sign", about=str(kept.id), consultation=here.id)


def signed_off(recorded: Recorded) -> None:
    """Tell the colleagues that nothing is missing any more: the text can be handed in."""
    draft = session.get(Draft, uuid.UUID(recorded.facts["text"]))
    if draft is None or draft.shared_body_id is None:
        return
    here = session.get_one(Consultation, draft.consultation_id)
    rule = rule_of(here, draft.shared_body_id, draft.shared_track)
    signed = signers_of([draft.id], {draft.id: recorded.facts["digest"]}).get(draft.id, {})
    if not any(missing(rule, signed.keys())):
        people = _members(here.id, draft.shared_body_id, draft.shared_track)
        tell_many(people, recorded, "sign_off_done", about=str(draft.id), consultation=here.id)


def lead_named(recorded: Recorded) -> None:
    """Tell the members of a body that an organiser named who leads for it."""
    lead = session.get(Member, uuid.UUID(recorded.facts["lead"]))
    if lead is not None and lead.body_id is not None:
        tell_many(_members(recorded.stream, lead.body_id, lead.track), recorded, "lead_named", about="")


def withdrawal_agreed(recorded: Recorded) -> None:
    """Tell the colleagues that one of them agrees to withdraw a text of their body, while others are missing."""
    row = submission_of(recorded)
    office = office_of(row)
    if office is not None and lacks_to_withdraw(row):
        here = row.consultation_id
        acting = acting_for(here, office)
        others = [person for person in _members(here, acting, office[1]) if person != recorded.actor]
        tell_many(others, recorded, "withdrawal_agreed", about=row.number, consultation=here)


def _members(consultation: uuid.UUID, body: uuid.UUID, track: str = "") -> Sequence[uuid.UUID]:
    there = [Member.consultation_id == consultation, Member.own_body_id == body, takes_part(Member, clock.now())]
    query = sa.select(Member.person_id).where(*there, *([Member.track == track] if track else []))
    return session.scalars(query.distinct().order_by(Member.person_id)).all()


def says(label: Message, *said: Message) -> Callable[[Person, Recorded], Said]:
    """Return what makes a letter that says the same to everybody; `label` is that of its link."""
    return lambda _person, _recorded: Said(list(said), label)


#: What the worker says in the letter of a notice, with that of `many`.
LETTERS: Mapping[str, Callable[[Person, Recorded], Said]] = {
    **many.LETTERS,
    "response_asked": says(
        N_("Open the request"),
        N_("The organisers ask your body for its official response. Its page says to what, and until when."),
        N_("Your body writes it in its own words, and signs it off by its own rule."),
    ),
    "response_passed": says(
        N_("Open the request"),
        N_(
            "An official response is your body’s to give now, because a body has gone into another, or has come back. Its page says to what, and until when."
        ),
        N_("What was written so far stands there; your body signs it off by its own rule."),
    ),
    "response_due": says(
        N_("Open the request"),
        N_("The official response of your body is due within a week, and is not published yet."),
    ),
    "cosign_asked": says(
        N_("Read the text"),
        N_("Your body is asked to stand behind a text. Read it, and sign by your body’s own rule, or do nothing."),
    ),
    "cosigned": says(N_("Your submission"), N_("A body has co-signed your text. Its page names it.")),
    "cosignature_revoked": says(N_("Your submission"), N_("A body has taken back its signature under your text.")),
    "cosignature_fell": says(
        N_("Read the text"),
        N_("A text that your body had co-signed was changed in substance, so its signature fell."),
        N_("Read it as it is now. Your body signs again by its own rule, or does nothing."),
    ),
    "sign_off_asked": says(
        N_("Read the text"),
        N_("Colleagues have finished a text of your body and ask for your sign-off. A change of the text undoes it."),
    ),
    "reservation_to_sign": says(
        N_("Read it"),
        N_("Your body is going to put a reservation on record, or to take one back, and asks for your sign-off."),
        N_("Nobody outside your body knows of it before everybody has said yes whom its rule asks for."),
    ),
    "response_to_sign": says(
        N_("Read it"),
        N_("A colleague has signed off the official response of your body, and your sign-off is missing."),
        N_("Nobody outside your body reads it before everybody has said yes whom its rule asks for."),
    ),
    "sign_off_done": says(
        N_("Open the text"),
        N_("Everybody whom your body’s rule asks for has signed the text off. It can be handed in."),
    ),
    "lead_named": says(
        N_("Our body’s work"),
        N_(
            "Whoever led for your body could not sign in, so an organiser named another lead. The page says who, and why."
        ),
    ),
    "withdrawal_agreed": says(
        N_("Open the text"),
        N_(
            "A colleague agrees to withdraw a text that your body signed off. It is withdrawn once all agree whom your body’s rule asks for."
        ),
    ),
    "answer_to_cosigned": says(
        N_("Open the text"),
        N_("There is an answer to a text that your body co-signed. It stands on the page of the text."),
    ),
}
WRITERS = {
    "CosignatureAsked": cosign_asked,
    "CosignatureRevoked": cosigned,
    "CosignaturesFell": cosignatures_fell,
    "LeadNamed": lead_named,
    "ResponseAsked": response_asked,
    "ResponseDue": response_due,
    "ResponsePassed": response_passed,
    "ResponseSignedOff": response_signed,
    "SignOffAsked": sign_off_asked,
    "SubmissionCosigned": cosigned,
    "TextSignedOff": signed_off,
    "WithdrawalAgreed": withdrawal_agreed,
}
