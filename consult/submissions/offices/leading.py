"""Who leads for a body: where its lead cannot sign in, an organiser names another of its members, with a reason that they read."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.accounts.models import Passkey, Person, SignInLink
from consult.accounts.signing_in.identity_models import OutsideIdentity
from consult.cleaning import clean_text
from consult.consultations.models import Consultation, Member
from consult.db import session, transaction
from consult.errors import Conflict, NotFound, Problem, Rejected
from consult.i18n import LANGUAGES, N_, Message
from consult.submissions.events import LeadNamed
from consult.submissions.offices.models import Office
from consult.submissions.offices.queries import alike
from consult.submissions.offices.sign_off import record_of_office, rule_for, rule_of
from consult.submissions.offices.sign_off_rules import Level, SignOffRule, out_of_reach

LONGEST_REASON = 1000


@dataclass(frozen=True, slots=True)
class LeadDraft:
    """Who is to lead, why an organiser names them, and the language of the reason."""

    lead: uuid.UUID | None
    reason: str
    language: str


def who_can_sign_in(members: Collection[uuid.UUID]) -> frozenset[uuid.UUID]:
    """Return which of these members have a way to sign in (1 query): an address, a password, a passkey, an account elsewhere, a card or letter."""
    if not members:
        return frozenset()
    usable = (SignInLink.person_id == Person.id, SignInLink.used_at.is_(None), SignInLink.expires_at > clock.now())
    ways = sa.or_(
        Person.email_key.is_not(None),
        Person.password_hash != "",
        sa.exists().where(Passkey.person_id == Person.id),
        sa.exists().where(OutsideIdentity.person_id == Person.id),
        sa.exists().where(*usable),
    )
    over = sa.and_(Person.second_step_until.is_not(None), Person.second_step_until <= clock.now())
    query = sa.select(Member.id).join(Person, Person.id == Member.person_id)
    return frozenset(session.scalars(query.where(Member.id.in_(members), Person.closed_at.is_(None), ways, ~over)))


def lacks_lead(rule: SignOffRule) -> bool:
    """Tell whether a body has nobody to lead it who can sign in (1 query)."""
    return rule.lead is None or rule.lead not in who_can_sign_in([rule.lead])


def hindrances(rule: SignOffRule) -> Sequence[Message]:
    """Return why nothing can be signed off by a rule now, and who can help (1 query, 0 where any member hands in)."""
    return list(out_of_reach(rule, able=rule.level is Level.MEMBER or not lacks_lead(rule)))


def name_lead(draft: LeadDraft, *, member: Member, consultation: Consultation, actor: Actor) -> SignOffRule:
    """Name who leads for the body of a member whose lead cannot sign in, by an organiser; its members are told.

    Raises NotFound for whoever takes part alone, and Conflict where the lead can sign in: then it is the body's own to say.
    Raises Rejected, each problem at its field: only members are named of whom organisers may read beside this one.
    """
    with transaction():
        demand(actor, "consultation.organise", consultation)
        session.execute(sa.select(Consultation.id).where(Consultation.id == consultation.id).with_for_update())
        if (rule := rule_for(member, consultation)) is None:
            raise NotFound
        if not lacks_lead(rule):
            raise Conflict(N_("Whoever leads for this body can sign in: another lead is theirs to name."))
        reason = clean_text(draft.reason)
        if problems := list(_problems(draft, reason, alike(rule.members, member))):
            raise Rejected(problems)
        row = session.get(Office, (consultation.id, rule.body, rule.track))
        if row is None:
            row = Office(
                consultation_id=rule.consultation,
                body_id=rule.body,
                track=rule.track,
                level=rule.level,
                others=rule.others,
            )
            session.add(row)
        row.lead_id, row.lead_because, row.lead_language = draft.lead, reason, draft.language
        row.lead_named_at = clock.now()
        session.flush()
        record_of_office(LeadNamed(rule.track, draft.lead or uuid.UUID(int=0)), consultation, rule.track, actor)
        return rule_of(consultation, rule.body, rule.track)


def _problems(draft: LeadDraft, reason: str, offered: Sequence[uuid.UUID]) -> list[Problem]:
    problems = []
    if draft.lead is None or draft.lead not in who_can_sign_in(offered):
        problems.append(Problem("lead", N_("Choose a member of this body who can sign in.")))
    if not reason:
        problems.append(Problem("reason", N_("Say why.")))
    if len(reason) > LONGEST_REASON:
        problems.append(Problem("reason", N_("Write at most %(limit)s characters.", limit=LONGEST_REASON)))
    if draft.language not in LANGUAGES:
        problems.append(Problem("language", N_("Choose the language you wrote in.")))
    return problems
