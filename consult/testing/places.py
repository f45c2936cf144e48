"""What the parameters of addresses are filled with: for each, the values of rows that exist."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from consult import clock
from consult.accounts.bodies.models import Capacity, Contact, Mandate, MandateOverlap
from consult.accounts.bodies.overlaps import overlaps_of
from consult.accounts.models import Body, Passkey, RoleGrant, SignIn
from consult.accounts.signing_in.identity_models import OutsideIdentity
from consult.accounts.signing_in.sign_in import token_hash
from consult.accounts.taking_part import takes_part
from consult.ballots.models import Ballot
from consult.coding.models import Code, CodedText, Coder, Theme
from consult.consultations.accreditation.files import files_of
from consult.consultations.accreditation.models import Application, UnconfirmedApplication
from consult.consultations.accreditation.queries import application_by_number, application_by_token, token_of
from consult.consultations.models import Alternate, Member, Phase, Proxy, Seat
from consult.consultations.registration_models import Registration
from consult.consultations.upload_models import Upload
from consult.db import new_id, session, transaction
from consult.evaluation.models import Evaluation
from consult.i18n import Localized
from consult.notifications.models import Mail, MessageRound
from consult.notifications.stopping import stop_token
from consult.outcomes.compiler import compile_draft
from consult.outcomes.models import Citation, Edition, EditionFile
from consult.paper.models import Scan, Sheet
from consult.peer_review.criteria import criteria_of
from consult.peer_review.interest_queries import asked_interests
from consult.peer_review.models import Assessment, DeclaredInterest, Reviewer
from consult.recommendations.models import Recommendation, Source, Version
from consult.recommendations.reservation_models import UnsignedReservation
from consult.recommendations.response_models import OfficialResponse
from consult.recommendations.responses_together import ResponsePart
from consult.sessions.models import AgendaItem, MinutesEntry, Session, Speech
from consult.submissions.cosigning.models import Cosignature
from consult.submissions.documents.models import Attachment
from consult.submissions.drafting.steps import Step
from consult.submissions.exchange.models import ImportRun
from consult.submissions.models import Appeal, BulkDecision, Draft, Questionnaire, Revision, Submission
from consult.submissions.questionnaires.queries import content_of
from consult.submissions.questionnaires.states import FormState
from consult.submissions.translations.models import Translation
from consult.submissions.translations.states import TRANSLATED
from consult.testimony.models import Quote, Testimony, TestimonyReader
from consult.web.assets import STATIC, asset_hash
from consult.web.drafts import slug_of

#: At most so many rows stand for all of their kind.
ROWS = 2
Bound = Mapping[str, Any]
Values = Callable[[Bound], Sequence[Any]]


def link_token(_bound: Bound) -> Sequence[str]:
    """Stand for the token of the link that nobody has used, which `Addresses` holds."""
    return ()


def _registration_token(bound: Bound) -> Sequence[str]:
    """Return the token of a registration that waits, which is made if there is none."""
    token, here = "of-a-registration-that-waits", bound["consultation"].id
    if session.scalar(sa.select(sa.exists().where(Registration.token_hash == token_hash(token)))):
        return [token]
    row = Registration(id=new_id(), consultation_id=here, track="cso", language="ar", token_hash=token_hash(token))
    row.name, row.email, row.expires_at = "سليمة الأسود", "salima@example.org", clock.in_(hours=24)
    with transaction():
        session.add(row)
    return [token]


def _application_to_confirm(bound: Bound) -> Sequence[str]:
    """Return the token of an application whose address is not confirmed, which is handed in if there is none."""
    token, here = "of-an-application-to-confirm", bound["consultation"].id
    if session.scalar(sa.select(sa.exists().where(UnconfirmedApplication.token_hash == token_hash(token)))):
        return [token]
    row = UnconfirmedApplication(id=new_id(), consultation_id=here, number=9_000, track="academic", kind="university")
    row.name, row.contact, row.email, row.language = "جامعة غريان", "هدى النعاس", "huda@example.org", "ar"
    row.mandate, row.legal_basis, row.token_hash = "التعليم العالي", "قرار", token_hash(token)
    row.applied_at = row.asked_at = clock.now()
    with transaction():
        session.add(row)
    return [token]


def _uploads(bound: Bound) -> Sequence[uuid.UUID]:
    """Return a file that is being sent in pieces for a draft, an application or a sheet, which is begun if there is none."""
    goal: dict[str, uuid.UUID | None]
    if "draft" in bound:
        draft = session.get_one(Draft, bound["draft"])
        goal = {"draft_id": draft.id, "member_id": draft.member_id}
    elif "token" in bound:
        goal = {"application_id": _application(bound).id}
    else:
        sheet = sa.select(Sheet).where(
            Sheet.consultation_id == bound["consultation"].id, Sheet.number == bound["number"]
        )
        found = session.scalars(sheet).one()
        goal = {"sheet_id": found.id, "person_id": found.printed_by}
    row = session.scalars(sa.select(Upload).filter_by(**goal)).first()
    if row is None:
        row = Upload(id=new_id(), **goal, name="map.png", size=10, mark="")
        row.received, row.expires_at = 0, clock.in_(hours=24)
        with transaction():
            session.add(row)
    return [row.id]


def _stop_token(_bound: Bound) -> Sequence[str]:
    mail = sa.select(Mail.id).where(Mail.kind == "submission_received").order_by(Mail.id).limit(1)
    return [stop_token(session.scalars(mail).one())]


def _column(column: Any, *more: Any) -> Values:
    """Return values of a column of the consultation's rows, different ones first."""
    model: type[Any] = column.class_

    def values(bound: Bound) -> Sequence[Any]:
        query = sa.select(column).where(model.consultation_id == bound["consultation"].id).order_by(*more, model.id)
        return list(dict.fromkeys(session.scalars(query)))[:ROWS]

    return values


def _one_of_each_state(model: Any) -> Values:
    def values(bound: Bound) -> Sequence[Any]:
        first = sa.select(sa.func.min(model.number)).where(model.consultation_id == bound["consultation"].id)
        return session.scalars(first.group_by(model.state)).all()

    return values


def _of(model: Any, parent: Any, key: str, column: Any) -> Values:
    """Return values of rows below the row that was chosen before: the items of the session in the address."""

    def values(bound: Bound) -> Sequence[Any]:
        consultation = bound["consultation"].id
        above = sa.select(parent.id).where(parent.number == bound["number"], parent.consultation_id == consultation)
        below = sa.select(column).where(getattr(model, key).in_(above), column.is_not(None))
        return session.scalars(below.limit(ROWS)).all()

    return values


def _fixed(*values: Any) -> Values:
    return lambda _: values


def _newest(column: Any) -> Values:
    model: type[Any] = column.class_
    return lambda _: session.scalars(sa.select(column).order_by(model.id.desc()).limit(ROWS)).all()


def _documents(bound: Bound) -> Sequence[uuid.UUID]:
    """Return files of the draft in the address, or of any draft and submission."""
    query = sa.select(Attachment.id).order_by(Attachment.checked_at.desc(), Attachment.id).limit(ROWS)
    return session.scalars(query.where(Attachment.draft_id == bound["draft"]) if "draft" in bound else query).all()


def _application(bound: Bound) -> Application:
    """Return the application in the address, which names its token or its number."""
    here = bound["consultation"].id
    found = application_by_token(here, bound["token"]) if "token" in bound else None
    row = found or application_by_number(here, bound["number"])
    assert row is not None
    return row


def _application_files(bound: Bound) -> Sequence[uuid.UUID]:
    """Return the files of the application in the address."""
    return [one.id for one in files_of(_application(bound).id)]


def _receipts(bound: Bound) -> Sequence[str]:
    """Return receipts of submissions whose passages are a recommendation's sources."""
    above = sa.select(Recommendation.id).where(Recommendation.number == bound["number"])
    query = sa.select(Submission.number).join(Source, Source.submission_id == Submission.id)
    return session.scalars(query.where(Source.recommendation_id.in_(above)).distinct().limit(ROWS)).all()


def _regions(bound: Bound) -> Sequence[str]:
    return [slug_of(region.key) for region in compile_draft(bound["consultation"], bound["code"]).regions][:ROWS]


def _revisions(bound: Bound) -> Sequence[int]:
    query = sa.select(Revision.number).join(Submission, Submission.id == Revision.submission_id)
    return session.scalars(query.where(Submission.number == bound["number"]).order_by(Revision.number)).all()


def _edition_parts(bound: Bound) -> Sequence[str]:
    """Return the parts of an edition that are pages of their own: they are kept as `page/<part>`."""
    query = sa.select(EditionFile.format).join(Edition, Edition.id == EditionFile.edition_id)
    kept = session.scalars(query.where(Edition.number == bound["number"], EditionFile.format.contains("/")).distinct())
    return sorted(form.partition("/")[2] for form in kept)[:ROWS]


def _described_bodies(_bound: Bound) -> Sequence[uuid.UUID]:
    """Return bodies of the register, those first about which something is entered, and one that has ended."""
    described = [sa.exists().where(model.body_id == Body.id) for model in (Contact, Capacity, Mandate)]
    order = [sa.case((one, 0), else_=1) for one in described]
    there = sa.select(Body.id).where(Body.valid_to.is_(None)).order_by(*order, Body.key).limit(ROWS)
    ended = sa.select(Body.id).where(Body.valid_to.is_not(None)).order_by(Body.key).limit(1)
    return [*session.scalars(there), *session.scalars(ended)]


def _bodies_taking_part(bound: Bound) -> Sequence[str]:
    named = sa.exists().where(Member.body_id == Body.id, Member.consultation_id == bound["consultation"].id)
    return session.scalars(sa.select(Body.key).where(named).order_by(Body.key).limit(ROWS)).all()


def _entries_of_body(bound: Bound) -> Sequence[uuid.UUID]:
    model: Any = {"mandates": Mandate, "capacities": Capacity, "contacts": Contact}[bound["kind"]]
    return session.scalars(sa.select(model.id).where(model.body_id == bound["body"]).limit(ROWS)).all()


def _mandates_of_body(bound: Bound) -> Sequence[uuid.UUID]:
    return session.scalars(sa.select(Mandate.id).where(Mandate.body_id == bound["body"]).limit(ROWS)).all()


def _overlaps_of_body(bound: Bound) -> Sequence[uuid.UUID]:
    """Return overlaps of a body's mandates; one is recorded if there is none, where another body has a mandate too."""
    if found := [one.id for one in overlaps_of(bound["body"])][:ROWS]:
        return found
    own = _mandates_of_body(bound)[:1]
    other = session.scalars(sa.select(Mandate.id).where(Mandate.body_id != bound["body"]).limit(1)).all()
    if not own or not other:
        return []
    one, two = sorted((own[0], other[0]))
    row = MandateOverlap(id=new_id(), mandate_id=one, other_id=two, notes=Localized(ar="التسجيل"), source="قانون")
    with transaction():
        session.add(row)
    return [row.id]


def _seats_of_track(bound: Bound) -> Sequence[int]:
    """Return numbers of seats, those with alternates or a proxy first, and of one that nobody ever held."""
    told = [sa.exists().where(model.seat_id == Seat.id) for model in (Alternate, Proxy)]
    query = sa.select(Seat.number).where(Seat.consultation_id == bound["consultation"].id, Seat.track == bound["track"])
    order = [sa.case((one, 0), else_=1) for one in told]
    told_of = session.scalars(query.order_by(*order, Seat.number).limit(ROWS)).all()
    return [*told_of, _empty_seat(bound)]


def _empty_seat(bound: Bound) -> int:
    """Return the number of a seat that nobody ever held, from before each body had its own; it is made if there is none."""
    number, here = 9_000 + len(str(bound["track"])), bound["consultation"].id
    known = (Seat.consultation_id == here, Seat.track == bound["track"], Seat.number == number)
    if not session.scalar(sa.select(sa.exists().where(*known))):
        with transaction():
            session.add(Seat(id=new_id(), consultation_id=here, track=bound["track"], number=number))
    return number


def _drafted_forms(bound: Bound) -> Sequence[uuid.UUID]:
    """Return the version that is being written: only that can be changed."""
    query = sa.select(Questionnaire.id).where(
        Questionnaire.consultation_id == bound["consultation"].id, Questionnaire.state == FormState.DRAFT
    )
    return session.scalars(query.order_by(Questionnaire.id).limit(1)).all()


def _parts_of_form(kind: str) -> Values:
    def values(bound: Bound) -> Sequence[str]:
        content = content_of(session.get_one(Questionnaire, bound["form"]))
        return [part.key for part in getattr(content, kind)][:ROWS]

    return values


def _texts(bound: Bound) -> Sequence[str]:
    """Return a submission of each state, and one of each state of coding."""
    query = sa.select(sa.func.min(Submission.number)).join(CodedText, CodedText.submission_id == Submission.id)
    coded = session.scalars(
        query.where(CodedText.consultation_id == bound["consultation"].id).group_by(CodedText.state)
    )
    judged = _judged(bound)
    return list(dict.fromkeys([*_one_of_each_state(Submission)(bound), *coded, *judged]))


def _judged(bound: Bound) -> Sequence[str]:
    """Return submissions that reviewers judge."""
    query = sa.select(Submission.number).join(Assessment, Assessment.submission_id == Submission.id).distinct()
    return session.scalars(
        query.where(Submission.consultation_id == bound["consultation"].id).order_by(Submission.number).limit(ROWS)
    ).all()


def _given_of(bound: Bound) -> Sequence[uuid.UUID]:
    """Return assessments of a text, those first that are not handed in."""
    query = sa.select(Assessment.id).join(Submission, Submission.id == Assessment.submission_id)
    order = (Assessment.handed_in_at.is_not(None), Assessment.id)
    return session.scalars(query.where(Submission.number == bound["number"]).order_by(*order).limit(ROWS)).all()


def _handed_in_of(bound: Bound) -> Sequence[uuid.UUID]:
    """Return an assessment of a text that was handed in, or any where none was."""
    query = sa.select(Assessment.id).join(Submission, Submission.id == Assessment.submission_id)
    order = (Assessment.handed_in_at.is_(None), Assessment.id)
    return session.scalars(query.where(Submission.number == bound["number"]).order_by(*order).limit(1)).all()


def _kept_away(bound: Bound) -> Sequence[str]:
    """Return texts in which somebody declared an interest."""
    query = sa.select(Submission.number).join(DeclaredInterest, DeclaredInterest.submission_id == Submission.id)
    of_here = query.where(Submission.consultation_id == bound["consultation"].id)
    return session.scalars(of_here.distinct().order_by(Submission.number).limit(ROWS)).all()


def _asked_to_lift(bound: Bound) -> Sequence[uuid.UUID]:
    return [one.row.id for one in asked_interests(bound["consultation"].id)][:ROWS]


def _criteria(bound: Bound) -> Sequence[str]:
    return [one.key for one in criteria_of(bound["consultation"].id, bound["key"])][:ROWS]


def _sealed_tracks(bound: Bound) -> Sequence[str]:
    return [row.key for row in bound["consultation"].tracks if row.blind]


def _codes(bound: Bound) -> Sequence[int]:
    query = sa.select(Code.number).where(Code.consultation_id == bound["consultation"].id)
    return session.scalars(query.order_by(Code.number).limit(ROWS)).all()


def _with_body(bound: Bound) -> sa.Select[int]:
    """Return the numbers of members who take part for a body."""
    query = sa.select(Member.number).where(Member.consultation_id == bound["consultation"].id)
    return query.where(Member.own_body_id.is_not(None), takes_part(Member, clock.now())).order_by(Member.number)


def _translated(bound: Bound) -> Sequence[str]:
    """Return submissions that are translated into the language of the address: one with a draft, one that has none."""
    query = sa.select(Submission.number).where(
        Submission.consultation_id == bound["consultation"].id,
        Submission.language != bound["code"],
        Submission.state.in_([state.value for state in TRANSLATED]),
    )
    written = sa.exists().where(Translation.submission_id == Submission.id, Translation.language == bound["code"])
    order = [sa.case((written, 0), else_=1), Submission.number]
    return session.scalars(query.order_by(*order).limit(ROWS)).all()


def _responses(bound: Bound) -> Sequence[uuid.UUID]:
    """Return requests for official responses that nobody has answered yet."""
    query = sa.select(OfficialResponse.id).where(OfficialResponse.consultation_id == bound["consultation"].id)
    waiting = query.where(OfficialResponse.published_at.is_(None))
    return session.scalars(waiting.order_by(OfficialResponse.id).limit(ROWS)).all()


def _unsigned_reservations(bound: Bound) -> Sequence[uuid.UUID]:
    """Return what bodies have not signed off yet."""
    row = UnsignedReservation
    here = row.consultation_id == bound["consultation"].id
    return session.scalars(sa.select(row.id).where(here).order_by(row.id).limit(ROWS)).all()


def _brought(bound: Bound) -> Sequence[uuid.UUID]:
    """Return a file that was brought to the consultation, and one that was brought to the register of bodies."""
    query = sa.select(ImportRun.id).order_by(ImportRun.id).limit(1)
    places = (ImportRun.consultation_id == bound["consultation"].id, ImportRun.consultation_id.is_(None))
    return [run for place in places for run in session.scalars(query.where(place))]


#: What stands before a parameter, and its name -> its values.
PLACES: Mapping[str, Values] = {
    "static/digest": lambda _: sorted(asset_hash(path.name) for path in STATIC.iterdir()),
    "digest/name": lambda bound: [p.name for p in STATIC.iterdir() if asset_hash(p.name) == bound["digest"]],
    "about/name": _fixed("promises", "privacy", "accessibility", "help"),
    "invitation/token": link_token,
    "register/token": _registration_token,
    "stop/token": _stop_token,
    "figures/about": _fixed("language"),
    "purposes/use": _fixed("contact-after"),
    "messages/number": _column(MessageRound.number),
    "confirm/token": _application_to_confirm,
    "accreditation/token": lambda _: [
        token_of(one) for one in session.scalars(sa.select(Application.id).order_by(Application.number)).all()[-1:]
    ],
    "accreditation/number": lambda _: session.scalars(sa.select(Application.number).order_by(Application.number)).all(),
    "outbox/mail": _newest(Mail.id),
    "roles/grant_id": _newest(RoleGrant.id),
    "devices/device": _newest(SignIn.id),
    "passkeys/passkey": _newest(Passkey.id),
    "identities/identity": _newest(OutsideIdentity.id),
    "submissions/number": _one_of_each_state(Submission),
    "texts/number": _texts,
    "assessed/number": _judged,
    "take-back/assessment": _given_of,
    "reopen/assessment": _handed_in_of,
    "interests/number": _kept_away,
    "interests/interest": _asked_to_lift,
    "criteria/key": lambda bound: [row.key for row in bound["consultation"].tracks],
    "key/criterion": _criteria,
    "names/key": _sealed_tracks,
    "reviewers/reviewer": _column(Reviewer.number),
    "codebook/code": _codes,
    "coders/coder": _column(Coder.number),
    "board/theme": _column(Theme.number),
    "review/number": _one_of_each_state(Submission),
    "evaluations/number": _column(Evaluation.number),
    "letters/number": _one_of_each_state(Submission),
    "receipts/number": _one_of_each_state(Submission),
    "revisions/revision": _revisions,
    "write/draft": _newest(Draft.id),
    "draft/step": _fixed(*Step),
    "documents/document": _documents,
    "files/file": _application_files,
    "pieces/upload": _uploads,
    "upload/start": _fixed("0"),
    "sessions/number": _one_of_each_state(Session),
    "ballots/number": _one_of_each_state(Ballot),
    "recommendations/number": _one_of_each_state(Recommendation),
    "outcome/number": _column(Edition.number),
    "people/number": _column(Member.number),
    "second-step/number": _column(Member.number),
    "cosign/asked": _newest(Cosignature.id),
    "office/number": lambda bound: session.scalars(_with_body(bound).limit(ROWS)).all(),
    "cards/number": _column(Member.number),
    "phases/key": _column(Phase.key, Phase.opens_at),
    "tracks/key": _fixed("municipal", "academic", "cso"),
    "together/act": _newest(BulkDecision.id),
    "appeals/appeal": _newest(Appeal.id),
    "grounds/key": _fixed("unclear", "names_person"),
    "invite/track": _fixed("municipal", "cso"),
    "seats/track": _fixed("municipal", "cso"),
    "track/seat": _seats_of_track,
    "bodies/source": _fixed("municipal", "academic"),
    "bodies/key": _bodies_taking_part,
    "bodies/body": _described_bodies,
    "kind/entry": _entries_of_body,
    "overlaps/overlap": _overlaps_of_body,
    "mandates/entry": _mandates_of_body,
    "begin/track": _fixed("municipal", "academic"),
    "forms/form": _drafted_forms,
    "sections/part": _parts_of_form("sections"),
    "add/kind": _fixed("choice", "matrix"),
    "questions/part": _parts_of_form("questions"),
    "parts/part": _parts_of_form("questions"),
    "preview/part": _parts_of_form("sections"),
    "items/item": _of(AgendaItem, Session, "session_id", AgendaItem.id),
    "agenda/item": _of(AgendaItem, Session, "session_id", AgendaItem.id),
    "minutes/entry": _of(MinutesEntry, Session, "session_id", MinutesEntry.id),
    "floor/speech": _of(Speech, Session, "session_id", Speech.id),
    "readers/reader": _column(TestimonyReader.id),
    "desk/number": _column(Testimony.number),
    "versions/version": _of(Version, Recommendation, "recommendation_id", Version.number),
    "sources/receipt": _receipts,
    "quotes/quote": _column(Quote.number),
    "sources/passage": _of(Source, Recommendation, "recommendation_id", Source.passage_id),
    "document/code": _fixed("ar", "fr"),
    "code/part": _regions,
    "part/act": _fixed("keep", "lock", "unlock"),
    "number/part": _edition_parts,
    "number/code": _fixed("ar", "en"),
    "number/form": _fixed("html", "pdf"),
    "import/run": _brought,
    "export/form": _fixed("csv", "ods"),
    "reservations/reservation": _unsigned_reservations,
    "responses/response": _responses,
    "response/part": _fixed(*ResponsePart),
    "translations/code": _fixed("fr", "en"),
    "code/number": _translated,
    "s/number": _column(Submission.number),
    "r/slug": lambda bound: [bound["consultation"].slug],
    "slug/number": _fixed(1),
    "p/slug": lambda bound: [bound["consultation"].slug],
    "sheets/number": _one_of_each_state(Sheet),
    "print/run": _column(Sheet.run),
    "assist/track": _fixed("municipal", "cso"),
    "pictures/picture": _of(Scan, Sheet, "sheet_id", Scan.id),
    "o/slug": lambda bound: [bound["consultation"].slug],
    "paragraphs/paragraph": lambda _: session.scalars(sa.select(Citation.paragraph).distinct().limit(ROWS)).all(),
}
