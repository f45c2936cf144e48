"""Who may do what with drafts and submissions."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from consult.accounts.access import Actor, Held, Reach, Role, permission
from consult.accounts.clauses import clause
from consult.consultations.models import Consultation, Member
from consult.consultations.policies import reads as reads_consultation
from consult.i18n import LANGUAGES, N_
from consult.submissions.belonging import LetterCase, is_own, own_texts
from consult.submissions.correcting import correctable, is_correctable
from consult.submissions.cosigning.models import Cosignature, standing
from consult.submissions.models import BulkDecision, Draft, Submission
from consult.submissions.offices.sign_off_rules import SignOffRule
from consult.submissions.review.appeal_queries import AppealCase
from consult.submissions.states import SubmissionState
from consult.submissions.translations.queries import IntoLanguage, TranslationCase
from consult.submissions.translations.states import TRANSLATED


@permission("submission.write", N_("write and follow submissions"))
def writes(actor: Actor, subject: Consultation) -> bool:
    """Its members."""
    return bool(actor.memberships_in(subject.id))


@permission("text.begin", N_("begin a text without an account"))
def begins(actor: Actor, subject: Consultation) -> bool:
    """Everyone who may read the consultation; the phases are asked by the service."""
    return reads_consultation(actor, subject)


@permission("submission.submit", N_("hand in a submission"))
def submits(actor: Actor, subject: Member) -> bool:
    """The member in whose name it is, as long as they take part."""
    return actor.is_member(subject.id)


@permission("draft.own", N_("share or delete a draft"))
def owns_draft(actor: Actor, subject: Draft) -> bool:
    """Its author."""
    return actor.is_member(subject.member_id)


@permission("draft.edit", N_("edit a draft"))
def edits(actor: Actor, subject: Draft) -> bool:
    """Its author; where they opened it to their body, those who take part for that body in the same track too."""
    return actor.is_member(subject.member_id) or any(
        subject.shared_body_id is not None
        and (m.consultation, m.body, m.track) == (subject.consultation_id, subject.shared_body_id, subject.shared_track)
        for m in actor.memberships
    )


@permission("cosignature.give", N_("co-sign a submission for a body"))
def cosigns(actor: Actor, subject: Cosignature) -> bool:
    """Those who take part for the body that was asked; its own rule says whose yes it needs."""
    return any(m.body == subject.body_id for m in actor.memberships_in(subject.consultation_id))


@permission("cosignature.revoke", N_("take a body’s co-signature back"))
def revokes_cosignatures(actor: Actor, subject: Cosignature) -> bool:
    """Those who take part for the body that was asked; once it has gone into another, those who take part for that one, as long as it stands."""
    gone_over = subject.stands and any(
        subject.body_id in m.former for m in actor.memberships_in(subject.consultation_id)
    )
    return cosigns(actor, subject) or gone_over


@permission("office.rule", N_("set who of a body signs off its texts"))
def rules_office(actor: Actor, subject: SignOffRule) -> bool:
    """The lead of the body in the track, and organisers of the consultation."""
    return actor.is_member(subject.lead) or actor.organises(subject.consultation)


@clause("draft.own", Draft)
def own_drafts(actor: Actor, consultation: uuid.UUID) -> sa.ColumnElement[bool]:
    """Return `draft.own` as a condition on the drafts of a consultation."""
    return Draft.member_id.in_(_members(actor, consultation))


@clause("draft.edit", Draft)
def editable(actor: Actor, consultation: uuid.UUID) -> sa.ColumnElement[bool]:
    """Return `draft.edit` as a condition on the drafts of a consultation."""
    own = actor.memberships_in(consultation)
    shared = [sa.and_(Draft.shared_body_id == m.body, Draft.shared_track == m.track) for m in own if m.body is not None]
    return sa.or_(own_drafts(actor, consultation), *shared)


@clause("cosignature.give", Cosignature)
def signable(actor: Actor, consultation: uuid.UUID) -> sa.ColumnElement[bool]:
    """Return `cosignature.give` as a condition on what the bodies of a consultation were asked."""
    return Cosignature.body_id.in_([m.body for m in actor.memberships_in(consultation) if m.body is not None])


@clause("cosignature.revoke", Cosignature)
def revocable(actor: Actor, consultation: uuid.UUID) -> sa.ColumnElement[bool]:
    """Return `cosignature.revoke` as a condition on what the bodies of a consultation were asked."""
    former = [body for m in actor.memberships_in(consultation) for body in m.former]
    return sa.or_(signable(actor, consultation), sa.and_(Cosignature.body_id.in_(former), *standing()))


@permission("submission.own", N_("follow, correct and withdraw a submission"))
def owns(actor: Actor, subject: Submission) -> bool:
    """Its author; where a body signed it off, those who take part for that body in the same track too, whoever wrote it, or for the one it went into."""
    return is_own(actor, subject)


@clause("submission.own", Submission)
def owned(actor: Actor, consultation: uuid.UUID) -> sa.ColumnElement[bool]:
    """Return `submission.own` as a condition on the submissions of a consultation."""
    return own_texts(actor, consultation)


@permission("letter.own", N_("read the letter of answer to a submission"))
def reads_letter(actor: Actor, subject: LetterCase) -> bool:
    """Whose text it is; its author also once their part has ended, unless a body answers for it."""
    wrote = subject.office is None and actor.signed_in and actor.person == subject.author
    return wrote or actor.is_member(subject.member_id) or _is_of_office(actor, subject.consultation_id, subject.office)


@permission("submission.correct", N_("correct a submission that was returned, or that nobody has decided on"))
def corrects(actor: Actor, subject: Submission) -> bool:
    """Whose text it is: once it was returned, and before that as long as nobody has decided on it."""
    return owns(actor, subject) and is_correctable(subject)


@clause("submission.correct", Submission)
def own_correctable(actor: Actor, consultation: uuid.UUID) -> sa.ColumnElement[bool]:
    """Return `submission.correct` as a condition on the submissions of a consultation."""
    return sa.and_(own_texts(actor, consultation), correctable())


@permission("submission.read", N_("read the text of a submission"))
def reads(actor: Actor, subject: Submission) -> bool:
    """Everyone once it is accepted; before that, and when it is hidden, whose text it is, the staff and moderators of its track.

    Of these nobody who declared an interest in it.
    """
    if subject.state == SubmissionState.ACCEPTED or owns(actor, subject):
        return True
    return subject.state != SubmissionState.WITHDRAWN and _looks_after(actor, subject)


def public_texts() -> sa.ColumnElement[bool]:
    """Return the condition on submissions that everybody reads."""
    return Submission.state == SubmissionState.ACCEPTED


@clause("submission.read", Submission)
def readable(actor: Actor, consultation: uuid.UUID) -> sa.ColumnElement[bool]:
    """Return `submission.read` as a condition on the submissions of a consultation."""
    standing = sa.and_(Submission.state != SubmissionState.WITHDRAWN, _looked_after(actor, consultation))
    return sa.or_(public_texts(), own_texts(actor, consultation), standing)


@permission("submission.revisions", N_("read every revision of a submission, those that are not shown too"))
def reads_revisions(actor: Actor, subject: Submission) -> bool:
    """Whose text it is, the staff and moderators of its track, where they read the text: a ground may seal a revision from everybody else."""
    closer = owns(actor, subject) or _looks_after(actor, subject)
    return closer and reads(actor, subject)


@clause("submission.revisions", Submission)
def known_whole(actor: Actor, consultation: uuid.UUID) -> sa.ColumnElement[bool]:
    """Return `submission.revisions` as a condition on the submissions of a consultation."""
    closer = sa.or_(own_texts(actor, consultation), _looked_after(actor, consultation))
    return sa.and_(closer, readable(actor, consultation))


@permission("submission.review", N_("review submissions"))
def reviews(actor: Actor, subject: Consultation | Submission) -> bool:
    """Moderators of the consultation, those of one track what belongs to it, but nobody their own, one they entered from paper, or one they have an interest in."""
    if isinstance(subject, Submission):
        reach = actor.reach(Role.MODERATOR, subject.consultation_id)
        own = owns(actor, subject) or subject.id in actor.recused or had_a_hand(actor, subject)
        return reach.track(subject.track) and not own
    return actor.reach(Role.MODERATOR, subject.id).some_track


@clause("submission.review", Submission)
def reviewable(actor: Actor, consultation: uuid.UUID) -> sa.ColumnElement[bool]:
    """Return `submission.review` as a condition on the submissions of a consultation."""
    others = sa.not_(own_texts(actor, consultation))
    entered = Submission.hands.contains(str(actor.person)) if actor.person else sa.false()
    reach = _in_reach(actor.reach(Role.MODERATOR, consultation))
    return sa.and_(reach, others, sa.not_(entered), _impartial(actor))


def had_a_hand(actor: Actor, subject: Submission) -> bool:
    """Tell whether somebody entered a text from paper, or settled how: they do not decide on it."""
    return actor.person is not None and str(actor.person) in (subject.hands or "").split(",")


def in_queue(actor: Actor, consultation: uuid.UUID) -> sa.ColumnElement[bool]:
    """Return, as a condition on the submissions of a consultation, which a moderator sees in the queue.

    It is `submission.review`, and their own texts and those they entered, which they see there and do not decide on.
    """
    return sa.and_(_in_reach(actor.reach(Role.MODERATOR, consultation)), _impartial(actor))


@permission("bulk.undo", N_("undo a decision on several texts, or carry it out at once"))
def undoes(actor: Actor, subject: BulkDecision) -> bool:
    """The moderator who took it, as long as they moderate the consultation or a track of it."""
    took = actor.person is not None and actor.person == subject.held_by
    return took and actor.reach(Role.MODERATOR, subject.consultation_id).some_track


@permission("bulk.read", N_("see a decision on several texts"))
def reads_acts(actor: Actor, subject: BulkDecision) -> bool:
    """Moderators of the consultation; those of one track what they decided themselves: an act may hold texts of any track."""
    return actor.moderates(subject.consultation_id) or undoes(actor, subject)


@clause("bulk.undo", BulkDecision)
def own_acts(actor: Actor, consultation: uuid.UUID) -> sa.ColumnElement[bool]:
    """Return `bulk.undo` as a condition on the acts of a consultation."""
    if actor.person is None or not actor.reach(Role.MODERATOR, consultation).some_track:
        return sa.false()
    return BulkDecision.held_by == actor.person


@clause("bulk.read", BulkDecision)
def readable_acts(actor: Actor, consultation: uuid.UUID) -> sa.ColumnElement[bool]:
    """Return `bulk.read` as a condition on the acts of a consultation."""
    return sa.true() if actor.moderates(consultation) else own_acts(actor, consultation)


@permission("appeal.list", N_("see the appeals of authors"))
def lists_appeals(actor: Actor, subject: Consultation) -> bool:
    """Organisers and moderators of the consultation; each sees those that they may decide."""
    return actor.staff(subject.id)


@permission("appeal.decide", N_("decide an appeal"))
def decides_appeals(actor: Actor, subject: AppealCase) -> bool:
    """Organisers and moderators of the consultation, but nobody who decided on the text before or has an interest in it, nor whose text it is."""
    return (
        actor.person is not None
        and actor.staff(subject.consultation)
        and actor.person not in subject.moderators
        and not actor.is_member(subject.author)
        and not _is_of_office(actor, subject.consultation, subject.office)
        and subject.submission not in actor.recused
    )


@permission("submission.campaigns", N_("look for campaigns among submissions and decide on them"))
def gathers(actor: Actor, subject: Consultation) -> bool:
    """Organisers and moderators of the consultation: they read every text that is not withdrawn."""
    return actor.staff(subject.id)


@permission("submission.import", N_("bring in submissions from a file"))
def imports(actor: Actor, subject: Consultation) -> bool:
    """Organisers of the consultation and administrators: it is recorded as their act."""
    return _keeps_record(actor, subject.id)


@permission("figures.record", N_("record figures that what was heard is set against"))
def records_figures(actor: Actor, subject: Consultation) -> bool:
    """Organisers of the consultation."""
    return actor.organises(subject.id)


@permission("names.open", N_("open the names of authors whose texts were judged blind"))
def opens_names(actor: Actor, subject: Consultation) -> bool:
    """Organisers of the consultation, while a phase opens it."""
    return actor.organises(subject.id)


@permission("submission.export", N_("export submissions"))
def exports(actor: Actor, subject: Consultation) -> bool:
    """Organisers of the consultation and administrators."""
    return _keeps_record(actor, subject.id)


@permission("translation.translate", N_("translate submissions"))
def translates(actor: Actor, subject: Consultation) -> bool:
    """Translators of the consultation or of a track of it."""
    return actor.reach(Role.TRANSLATOR, subject.id).some_track


@permission("translation.list", N_("see which submissions wait to be translated"))
def lists_translations(actor: Actor, subject: Consultation) -> bool:
    """Translators of the consultation or of a track of it, and organisers."""
    return translates(actor, subject) or actor.organises(subject.id)


@permission("translation.read", N_("read a submission that is translated beside its translation"))
def reads_translations(actor: Actor, subject: Submission) -> bool:
    """Translators whom it belongs to by track and languages, and organisers, while it waits for review or is accepted; no names of authors.

    Nobody who declared an interest in it.
    """
    served = actor.organises(subject.consultation_id) or any(
        _translates(held, subject.track, subject.language, code)
        for held in actor.holds(Role.TRANSLATOR, subject.consultation_id)
        for code in LANGUAGES
    )
    return served and subject.state in TRANSLATED and subject.id not in actor.recused


@permission("translation.write", N_("write a translation"))
def writes_translations(actor: Actor, subject: IntoLanguage) -> bool:
    """Translators into that language whom the text belongs to, but nobody their own: in another language they could say something else."""
    text = subject.text
    return (
        reads_translations(actor, text)
        and _translates_into(actor, text.consultation_id, text.track, text.language, subject.language)
        and not owns(actor, text)
    )


@permission("translation.approve", N_("approve a translation, or send it back to its writer"))
def approves_translations(actor: Actor, subject: TranslationCase) -> bool:
    """Organisers, and translators into that language whom the text belongs to; nobody who wrote in it, and nobody of their own text."""
    reaches = actor.organises(subject.consultation) or _translates_into(
        actor, subject.consultation, subject.track, subject.original, subject.language
    )
    wrote = actor.person is None or actor.person in subject.writers
    return (
        reaches
        and not wrote
        and not actor.is_member(subject.author)
        and not _is_of_office(actor, subject.consultation, subject.office)
    )


@permission("translation.set_aside", N_("take an official translation out of the public eye"))
def sets_translations_aside(actor: Actor, subject: Submission) -> bool:
    """Organisers of the consultation."""
    return actor.organises(subject.consultation_id)


@clause("translation.read", Submission)
def translatable(actor: Actor, consultation: uuid.UUID) -> sa.ColumnElement[bool]:
    """Return `translation.read` as a condition on the submissions of a consultation."""
    return _between(actor, consultation, LANGUAGES)


def translatable_into(actor: Actor, consultation: uuid.UUID, language: str) -> sa.ColumnElement[bool]:
    """Return, as a condition on the submissions of a consultation, which somebody sees in the queue of a language.

    For a translator that is what they may write there, and their own texts, which they see there and do not translate.
    """
    return _between(actor, consultation, (language,))


def languages_into(actor: Actor, consultation: uuid.UUID) -> Sequence[str]:
    """Return the languages whose queues somebody sees."""
    held = actor.holds(Role.TRANSLATOR, consultation)
    if actor.organises(consultation) or any(not one.into for one in held):
        return tuple(LANGUAGES)
    return tuple(code for code in LANGUAGES if any(code in one.into for one in held))


def _between(actor: Actor, consultation: uuid.UUID, into: Iterable[str]) -> sa.ColumnElement[bool]:
    """Return the condition on submissions that somebody translates them into one of some languages, or organises."""
    if actor.organises(consultation):
        which: sa.ColumnElement[bool] = sa.true()
    else:
        each = (_reaches(held, code) for held in actor.holds(Role.TRANSLATOR, consultation) for code in into)
        which = sa.or_(sa.false(), *(one for one in each if one is not None))
    return sa.and_(Submission.state.in_([state.value for state in TRANSLATED]), which, _impartial(actor))


def _reaches(held: Held, code: str) -> sa.ColumnElement[bool] | None:
    """Return `_translates` as a condition on submissions, None where it holds for none."""
    if held.into and code not in held.into:
        return None
    parts = [Submission.track == held.track] if held.track else []
    parts += [Submission.language.in_(sorted(held.out_of))] if held.out_of else []
    return sa.and_(Submission.language != code, *parts)


def _translates(held: Held, track: str, original: str, code: str) -> bool:
    """Tell whether a translator's role covers a text of a track and language, to be put into another language."""
    covered = held.track in ("", track) and (not held.out_of or original in held.out_of)
    return covered and (not held.into or code in held.into) and code != original


def _translates_into(actor: Actor, consultation: uuid.UUID, track: str, original: str, code: str) -> bool:
    held = actor.holds(Role.TRANSLATOR, consultation)
    return actor.operator or any(_translates(one, track, original, code) for one in held)


def _is_of_office(actor: Actor, consultation: uuid.UUID, office: tuple[uuid.UUID, str] | None) -> bool:
    """Tell whether somebody answers for the body whose text it is, in its track."""
    return actor.answering_for(consultation, office) is not None


def _looks_after(actor: Actor, subject: Submission) -> bool:
    moderates = actor.reach(Role.MODERATOR, subject.consultation_id).track(subject.track)
    return (actor.organises(subject.consultation_id) or moderates) and subject.id not in actor.recused


def _looked_after(actor: Actor, consultation: uuid.UUID) -> sa.ColumnElement[bool]:
    """Return `_looks_after` as a condition on the submissions of a consultation."""
    served = sa.true() if actor.organises(consultation) else _in_reach(actor.reach(Role.MODERATOR, consultation))
    return sa.and_(served, _impartial(actor))


def _impartial(actor: Actor) -> sa.ColumnElement[bool]:
    """Return the condition on submissions that somebody declared no interest in them."""
    return Submission.id.not_in(actor.recused) if actor.recused else sa.true()


def _in_reach(reach: Reach) -> sa.ColumnElement[bool]:
    return sa.true() if reach.whole else Submission.track.in_(reach.tracks)


def _members(actor: Actor, consultation: uuid.UUID) -> list[uuid.UUID]:
    return [m.member for m in actor.memberships_in(consultation)]


def _keeps_record(actor: Actor, consultation: uuid.UUID) -> bool:
    return actor.administrator or actor.organises(consultation)
