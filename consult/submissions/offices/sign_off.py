"""A body's yes to a text: asked for one version, given by members, fallen when the text changes, demanded at the hand-in."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.accounts.heirs import acting_for
from consult.accounts.taking_part import takes_part
from consult.consultations.models import Consultation, Member
from consult.db import new_id, session, transaction
from consult.errors import Conflict, NotFound, Problem, Rejected
from consult.events.record import record
from consult.events.types import Event, canonical
from consult.i18n import N_, Message
from consult.submissions.belonging import office_of
from consult.submissions.documents.attached import described, ids_in, rows_of
from consult.submissions.events import SignOffAsked, SignOffFell, SignOffRuleSet, TextSignedOff, WithdrawalAgreed
from consult.submissions.models import Draft, Submission
from consult.submissions.offices.models import Office, SignOff
from consult.submissions.offices.sign_off_rules import MOST_OTHERS, Level, SignOffRule, higher, missing
from consult.submissions.queries import locked_draft
from consult.submissions.review.blind import judged_blind, kept_private
from consult.submissions.tracks import is_blind, questions_of, track_of

TEXT_CHANGED = N_("The text has changed since you opened this page. Read it again; nothing was signed or handed in.")


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """A body's rule as it is set: the level, how many other members besides the lead, and who leads."""

    level: str
    others: int = 0
    lead: uuid.UUID | None = None


def rule_of(consultation: Consultation, body: uuid.UUID, track: str) -> SignOffRule:
    """Return the rule in force of a body in a track (2 queries); see `rules_of`."""
    return rules_of(consultation, [(body, track)])[body, track]


def rule_for(member: Member, consultation: Consultation) -> SignOffRule | None:
    """Return the rule in force where a member works, None for whoever takes part alone (2 queries)."""
    return rule_of(consultation, member.own_body_id, member.track) if member.own_body_id else None


def rules_of(
    consultation: Consultation, offices: Collection[tuple[uuid.UUID, str]]
) -> Mapping[tuple[uuid.UUID, str], SignOffRule]:
    """Return the rules in force by body and track (2 queries, 0 for none).

    Each is what the body has set, at least what its track asks; its first member leads until another is named.
    """
    if not offices:
        return {}
    set_here = session.scalars(
        sa.select(Office).where(
            Office.consultation_id == consultation.id, sa.tuple_(Office.body_id, Office.track).in_(list(offices))
        )
    )
    rows = {(row.body_id, row.track): row for row in set_here}
    members: dict[tuple[uuid.UUID | None, str], list[uuid.UUID]] = {}
    for member, body, track in session.execute(
        sa.select(Member.id, Member.own_body_id, Member.track)
        .where(
            Member.consultation_id == consultation.id,
            sa.tuple_(Member.own_body_id, Member.track).in_(list(offices)),
            takes_part(Member, clock.now()),
        )
        .order_by(Member.number)
    ):
        members.setdefault((body, track), []).append(member)
    return {office: _rule(consultation, *office, rows.get(office), members.get(office, ())) for office in offices}


def _rule(
    consultation: Consultation, body: uuid.UUID, track: str, row: Office | None, members: Sequence[uuid.UUID]
) -> SignOffRule:
    known = track_of(consultation, track)
    least = Level(known.sign_off) if known else Level.MEMBER
    level = higher(Level(row.level) if row else Level.MEMBER, least)
    lead = row.lead_id if row and row.lead_id in members else next(iter(members), None)
    others = max(row.others if row else 0, 1) if level is Level.COUNCIL else 0
    return SignOffRule(consultation.id, body, track, level, others, lead, members, least)


def set_rule(draft: RuleDraft, *, body: uuid.UUID, track: str, consultation: Consultation, actor: Actor) -> SignOffRule:
    """Set how a body signs off. Raises Rejected, each problem at its field; the track's least cannot be undercut."""
    with transaction():
        session.execute(sa.select(Consultation.id).where(Consultation.id == consultation.id).with_for_update())
        rule = rule_of(consultation, body, track)
        demand(actor, "office.rule", rule)
        inside = any(actor.is_member(member) for member in rule.members)
        problems = list(_rule_problems(draft, rule, by_lead=actor.is_member(rule.lead)))
        if not problems and not inside and _asks_less(draft, rule):
            problems = [Problem("level", N_("Only the body itself lets fewer of its members sign off."))]
        if problems:
            raise Rejected(problems)
        row = session.get(Office, (consultation.id, body, track))
        if row is None:
            row = Office(consultation_id=consultation.id, body_id=body, track=track)
            session.add(row)
        if row.lead_id != draft.lead:
            row.lead_because, row.lead_language, row.lead_named_at = "", "", None
        row.level, row.lead_id = draft.level, draft.lead
        row.others = draft.others if draft.level == Level.COUNCIL else 0
        session.flush()
        record_of_office(SignOffRuleSet(track, draft.level), consultation, track, actor)
        return rule_of(consultation, body, track)


def _asks_less(draft: RuleDraft, rule: SignOffRule) -> bool:
    """Tell whether a rule that is in order asks for fewer sign-offs than the one in force."""
    level = Level(draft.level)
    return higher(level, rule.level) != level or (level is rule.level is Level.COUNCIL and draft.others < rule.others)


def _rule_problems(draft: RuleDraft, rule: SignOffRule, *, by_lead: bool) -> Iterable[Problem]:
    if draft.level not in set(Level):
        yield Problem("level", N_("Choose who signs off."))
    elif higher(Level(draft.level), rule.least) != draft.level:
        yield Problem("level", N_("The track asks for more than this."))
    if draft.lead != rule.lead and not by_lead:
        yield Problem(
            "lead",
            N_(
                "Another lead is the body’s own to name; where its lead cannot sign in, organisers name one with a reason."
            ),
        )
    elif draft.lead not in rule.members:
        yield Problem("lead", N_("Choose a member of your body who takes part."))
    most = min(len(rule.members) - 1, MOST_OTHERS)
    if draft.level == Level.COUNCIL and not 1 <= draft.others <= most:
        few = N_("Nobody besides the lead takes part: there is nobody else to sign off.")
        yield Problem("others", N_("Write a number from 1 to %(most)s.", most=most) if most > 0 else few)


def digest_of(draft: Draft) -> str:
    """Return SHA-256 of what a draft would make public. Private answers are not in it: a short one could be guessed."""
    given = draft.answers
    consultation = session.get_one(Consultation, draft.consultation_id)
    track = session.get_one(Member, draft.member_id).track
    nameless = bool(given.get("withheld")) or judged_blind(consultation, track, draft.submission_id)
    private = kept_private(questions_of(consultation, track, draft.questionnaire_id), nameless=nameless)
    answers = {key: answer for key, answer in (given.get("track") or {}).items() if key not in private}
    fields = {key: given.get(key) or "" for key in ("title", "language", "text", "proposals")}
    topics, withheld = sorted(given.get("topics") or ()), bool(given.get("withheld"))
    said = {"why": given["why"]} if given.get("why") else {}
    content = {**fields, **said, "topics": topics, "withheld": withheld, "answers": answers}
    files = described(rows_of(ids_in(given)))
    return sha256(canonical({**content, "documents": files} if files else content)).hexdigest()


def ask_sign_off(draft: Draft, *, actor: Actor) -> Draft:
    """Freeze the text as it stands and ask the colleagues to sign it off; earlier sign-offs of another text have fallen."""
    with transaction():
        row = locked_draft(draft.id)
        demand(actor, "draft.edit", row)
        if row.shared_body_id is None:
            raise Conflict(N_("Open the draft to your colleagues first."))
        if not row.answers.get("title") or not row.answers.get("text"):
            raise Conflict(N_("A text without a title or without a position cannot be signed off."))
        row.asked_digest = digest_of(row)
        record_sign_off(SignOffAsked(row.id, row.asked_digest), *_where(row), actor)
        return row


def sign_off(draft: Draft, digest: str, *, actor: Actor) -> SignOff:
    """Say yes to the text with this digest. Raises Conflict if the text is another by now, or nobody asked."""
    with transaction():
        row = locked_draft(draft.id)
        demand(actor, "draft.edit", row)
        if row.shared_body_id is None or not row.asked_digest:
            raise Conflict(N_("Nobody has asked for a sign-off of this text."))
        if not row.asked_digest == digest == digest_of(row):
            raise Conflict(TEXT_CHANGED)
        given, new = say_yes(row.id, digest, member_for(actor, row))
        if new:
            record_sign_off(TextSignedOff(row.id, digest), *_where(row), actor)
        return given


def fall(row: Draft, actor: Actor) -> None:
    """Let the sign-offs of a text fall once it has changed; inside the transaction of the save."""
    if row.asked_digest and digest_of(row) != row.asked_digest:
        _fall(row, actor)


def hand_to(body: uuid.UUID, row: Draft, actor: Actor) -> None:
    """Let a text that is written together go to another body; what its people said yes to was to leave under the name of theirs.

    Inside the transaction in which a body ends, or its end is undone.
    """
    if row.asked_digest:
        _fall(row, actor)
    row.shared_body_id = body


def _fall(row: Draft, actor: Actor) -> None:
    if let_fall(row.id):
        record_sign_off(SignOffFell(row.id, row.asked_digest), *_where(row), actor)
    row.asked_digest = ""


def let_fall(text: uuid.UUID) -> bool:
    """Let every yes to a text fall, and tell whether there was any; inside the transaction of whoever changes it."""
    given = session.scalars(sa.select(SignOff).where(SignOff.text_id == text, SignOff.fell_at.is_(None))).all()
    for one in given:
        one.fell_at = clock.now()
    return bool(given)


def demand_signed_off(
    row: Draft | None, seen: str, member: Member, actor: Actor, consultation: Consultation
) -> datetime | None:
    """Return when a body signed off a text that may leave it, None where it signs nothing off; inside of handing in.

    Handing in is the yes of whoever does it. `row` is the held draft, None where there is none, `seen` the digest of what
    their page showed. Raises Rejected with what is missing, Conflict if the text is another one by now.
    """
    if row is not None:
        demand(actor, "draft.edit", row)
        if seen and digest_of(row) != seen:
            raise Conflict(TEXT_CHANGED)
    if member.own_body_id is None:
        return None
    shared = row is not None and row.shared_body_id is not None
    signed = {member.id}
    if shared and row is not None:
        signed |= signers_of([row.id], {row.id: digest_of(row)}).get(row.id, {}).keys()
    rule = rule_of(consultation, member.own_body_id, member.track)
    if lacking := [Problem("", message) for message in missing(rule, signed)]:
        raise Rejected(lacking)
    if not shared or row is None or rule.level is Level.MEMBER:
        return None
    return say_yes(row.id, digest_of(row), member.id)[0].at


def withdrawal_of(row: Submission) -> str:
    """Return what a yes to withdrawing a text is known by: another revision needs another yes, and so does another body that acts (1 query)."""
    office = office_of(row)
    acts = acting_for(row.consultation_id, office) if office else row.body_id
    instead = {} if acts == row.body_id else {"body": str(acts)}
    return sha256(canonical({"withdraws": row.number, "revision": row.revision, **instead})).hexdigest()


def lacks_to_withdraw(row: Submission, *, but: uuid.UUID | None = None) -> Sequence[Message]:
    """Return whose yes is missing before a text can be withdrawn that its body signed off; `but` counts as having said it.

    Where the body has gone into another, the rule of that one says whose.
    """
    office = office_of(row)
    if office is None:
        return ()
    body, track = acting_for(row.consultation_id, office), office[1]
    rule = rule_of(session.get_one(Consultation, row.consultation_id), body, track)
    if not rule.members:  # the body has gone: its text is whose it was before
        return ()
    said = signers_of([row.id], {row.id: withdrawal_of(row)}).get(row.id, {})
    return list(missing(rule, {*said, *([but] if but else [])}))


def agree_to_withdraw(row: Submission, actor: Actor) -> Sequence[Message]:
    """Write the yes of a member to withdrawing their body's text, and return what is missing then; inside of withdrawing."""
    me = actor.answering_for(row.consultation_id, office_of(row))
    if me is not None and say_yes(row.id, withdrawal_of(row), me.member)[1]:
        here = session.get_one(Consultation, row.consultation_id)
        record_sign_off(WithdrawalAgreed(row.id, row.number), here, row.track, actor)
    return lacks_to_withdraw(row)


def signers_of(
    texts: Iterable[uuid.UUID], digests: Mapping[uuid.UUID, str]
) -> Mapping[uuid.UUID, Mapping[uuid.UUID, datetime]]:
    """Return who said yes to texts as they stand, and when (1 query): text -> member -> moment."""
    found: dict[uuid.UUID, dict[uuid.UUID, datetime]] = {}
    for given in session.scalars(
        sa.select(SignOff).where(SignOff.text_id.in_(list(texts)), SignOff.fell_at.is_(None)).order_by(SignOff.at)
    ):
        if digests.get(given.text_id) == given.digest:
            found.setdefault(given.text_id, {})[given.member_id] = given.at
    return found


def hold_draft(draft: uuid.UUID) -> Draft | None:
    """Keep everybody else who writes in a draft, signs it off or hands it in waiting until this transaction ends."""
    return session.get(Draft, draft, with_for_update=True, populate_existing=True)


def member_for(actor: Actor, draft: Draft) -> uuid.UUID:
    """Return as which member somebody writes in a draft; NotFound for whoever does not."""
    for one in actor.memberships_in(draft.consultation_id):
        if one.member == draft.member_id or (
            draft.shared_body_id is not None and (one.body, one.track) == (draft.shared_body_id, draft.shared_track)
        ):
            return one.member
    raise NotFound


def say_yes(text: uuid.UUID, digest: str, member: uuid.UUID) -> tuple[SignOff, bool]:
    """Write a yes, and tell whether it was not there already; inside the transaction of a service that has asked for permission."""
    found = session.scalars(
        sa.select(SignOff).where(SignOff.text_id == text, SignOff.digest == digest, SignOff.member_id == member)
    ).first()
    new = found is None or found.fell_at is not None
    if found is None:
        found = SignOff(id=new_id(), text_id=text, digest=digest, member_id=member, at=clock.now())
        session.add(found)
    elif new:
        found.at, found.fell_at = clock.now(), None
    session.flush()
    return found, new


def _where(row: Draft) -> tuple[Consultation, str]:
    return session.get_one(Consultation, row.consultation_id), row.shared_track


def record_of_office(event: Event, consultation: Consultation, track: str, actor: Actor) -> None:
    """Record what a body arranges, without the actor where the track lets names be withheld."""
    record(event, stream=consultation.id, actor=_named_by(consultation, track, actor))


def record_sign_off(event: Event, consultation: Consultation, track: str, actor: Actor) -> None:
    """Record what members say inside of a text, to the instance's stream.

    In that of the consultation, which is public, it would stand beside the line of the text that leaves the body, and tell of
    one without a name that it is a body's, and how many people work there.
    """
    record(event, actor=_named_by(consultation, track, actor))


def _named_by(consultation: Consultation, track: str, actor: Actor) -> uuid.UUID | None:
    """Return whom the log names: nobody where the track lets names be withheld, for it must not tell who stands behind a text."""
    known = track_of(consultation, track)
    hidden = known is None or known.may_withhold_name or is_blind(consultation, track)
    return None if hidden else actor.person
