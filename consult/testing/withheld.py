"""A member whose name is withheld does everything there is to do in the small consultation: for tests that it is told nowhere."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from consult import clock
from consult.accounts.bodies.ending import EndDraft, end_body
from consult.accounts.bodies.services import BodyDraft, correct_body, register_body
from consult.accounts.models import Body, Person
from consult.ballots.box import cast
from consult.ballots.draft import BallotDraft
from consult.ballots.models import Ballot
from consult.ballots.services import close_ballot, open_ballot, prepare_ballot
from consult.ballots.states import BallotKind
from consult.consultations.ending import Silence
from consult.consultations.members import print_card, send_invitations
from consult.db import new_id, session, transaction
from consult.i18n import Localized
from consult.notifications.gathering import gather_due
from consult.notifications.groups import Group, reached
from consult.notifications.messages import MessageDraft
from consult.notifications.sender import send_due
from consult.notifications.services import send_message
from consult.outcomes.editing import RegionDraft, edit_region
from consult.outcomes.letters import send_letters
from consult.outcomes.publishing import publish_edition
from consult.paper.numbers import printed_number
from consult.paper.receipts import claim, print_receipt
from consult.paper.services import AssistDraft, PrintDraft, assist, enter, print_sheets
from consult.plugins.questions import Question, QuestionKind
from consult.recommendations.models import Recommendation
from consult.recommendations.reservation_models import UnsignedReservation
from consult.recommendations.responses import RequestDraft, ResponseDraft, ask_response
from consult.recommendations.services import Answer, Target, answer, record_reservation
from consult.sessions.services import approve_minutes, ask_floor, close_session, end_speech, give_floor
from consult.submissions.cosigning.services import ask_body, cosign
from consult.submissions.drafting.drafts import save_step, start_draft
from consult.submissions.models import Passage, Submission
from consult.submissions.offices.sign_off import ask_sign_off
from consult.submissions.offices.together import share_draft
from consult.submissions.questionnaires.services import (
    QuestionDraft,
    SectionDraft,
    begin_form,
    save_question,
    save_section,
)
from consult.submissions.review.appeal_queries import standing_of
from consult.submissions.review.appeals import AppealDraft, appeal
from consult.submissions.review.bulk import BulkDraft, hold
from consult.submissions.services import Review, return_for_correction
from consult.submissions.states import SubmissionState
from consult.testing.acts import accept, correct, deliver, describe_body, hand_in, hide, invite, withdraw
from consult.testing.paper import make_clerk
from consult.testing.plenary import propose_recommendation
from consult.testing.responses import write_response
from consult.testing.sittings import opened_session
from consult.testing.testimonies import name_reader
from consult.testing.translators import approve, make_translator, write_translation
from consult.testing.world import World

#: Who the member is: none of this may reach anybody else. Every one holds a word that stands nowhere else.
PERSON = "سالمة كناريوس"
EMAIL = "kanaryos@example.org"
BODY = Localized(ar="رابطة كناريوس", en="Kanaryos League", fr="Ligue Kanaryos")
BODY_KEY = "cso-kanaryos"
CANARIES = ("كناريوس", "kanaryos")

ANSWERS = {"kind": "unregistered", "fields": ["women"], "coverage": "municipal"}
ENDORSED = {"council_date": "2025-03-30", "council_decision": "31/2026"}


@dataclass(frozen=True, slots=True)
class Happened:
    """The world in which everything happened, and the ids of person and body."""

    world: World
    person: uuid.UUID
    body: uuid.UUID

    @property
    def canaries(self) -> tuple[str, ...]:
        """Every text that would tell: words of the names, and ids under which others could ask."""
        return (*CANARIES, str(self.person), self.person.hex, str(self.body), self.body.hex)


def everything_happens(world: World) -> Happened:
    """Let the member `cso` write, be reviewed, speak, vote, make a reservation, be cited and printed, and get letters.

    Another member of the track, who takes part under her name, is `neighbour`.
    """
    _name(world)
    invite(world, "ليلى الزنتاني", "cso", key="neighbour")
    _write(world)
    _ask(world)
    recommendation = _recommend(world)
    _sit(world)
    _vote(world, recommendation)
    _answer(world)
    _translate(world)
    _publish(world)
    _write_letters(world)
    name_reader(world, "moderator")
    return Happened(world, world.people["cso"], world.bodies["cso"])


def _name(world: World) -> None:
    """Give the member its names; another body, of which nobody takes part, ends."""
    with transaction():
        person = session.get_one(Person, world.people["cso"])
        person.name, person.email, person.email_key = PERSON, EMAIL, EMAIL
        session.get_one(Body, world.bodies["cso"]).key = BODY_KEY
    draft = BodyDraft(BODY_KEY, "cso", BODY, region="south")
    correct_body(draft, actor=world.actor("organiser"))
    describe_body(world.bodies["cso"], actor=world.actor("administrator"))
    gone = register_body(BodyDraft("GONE", "ministry", Localized(ar="وزارة سابقة")), actor=world.actor("organiser"))
    end_body(EndDraft(clock.now().date(), "قانون"), body=gone.id, actor=world.actor("organiser"))


def _write(world: World) -> None:
    """Hand in one for each state, the member's before any other; leave a draft; let others write too."""
    accept(world, correct(world, "cso", hand_in(world, "cso", ANSWERS), ANSWERS))
    _appeal(world, hide(world, hand_in(world, "cso", ANSWERS)))
    withdraw(world, "cso", hand_in(world, "cso", ANSWERS))
    hand_in(world, "cso", ANSWERS)
    accept(world, hand_in(world, "ghat", ENDORSED))
    accept(world, hand_in(world, "neighbour", ANSWERS))
    _hold(world, [hand_in(world, "cso", ANSWERS), hand_in(world, "derna", ENDORSED)])
    unclear = Review("unclear", "وضّح الفقرة 2.")
    return_for_correction(hand_in(world, "ghat", ENDORSED), unclear, actor=world.actor("moderator"))
    for key in ("cso", "ghat"):
        actor = world.actor(key)
        draft = start_draft(world.members[key], consultation=world.consultation, actor=actor)
        save_step(draft, {"title": "مسوّدة", "text": "نص."}, draft.version, actor=actor)
        ask_sign_off(share_draft(draft, actor=actor), actor=actor)
    _cosign(world, hand_in(world, "cso", ANSWERS))
    _on_paper(world)


def _on_paper(world: World) -> None:
    """Let a clerk write a position down under the member's name; the member claims it, and the name is withheld from then on.

    Of two sheets that were printed, one is entered by two clerks who differ.
    """
    for key in ("clerk", "second clerk"):
        make_clerk(world, key)
    said = {"sheet_name": PERSON, "sheet_text": "نريد أن يُسمع صوتنا."}
    draft = AssistDraft("cso", "ar", said, new_id())
    sheet = assist(draft, consultation=world.consultation, actor=world.actor("clerk"))
    made = print_receipt(sheet, actor=world.actor("clerk"))
    number, here = printed_number(made.number), world.consultation
    claim(number, made.code, consultation=here, actor=world.actor("cso"), origin="192.0.2.1")
    _sheet, differing = print_sheets(PrintDraft("municipal", "ar", 2), consultation=here, actor=world.actor("clerk"))
    for key in ("clerk", "second clerk"):
        enter(differing, {"sheet_text": f"نص {key}"}, consultation=world.consultation, actor=world.actor(key))


def _cosign(world: World, row: Submission) -> None:
    """Let the member ask a municipality to co-sign a text; it does."""
    asked = ask_body(row, "LY010102", consultation=world.consultation, actor=world.actor("cso"))
    cosign(asked, row.revision, actor=world.actor("derna"))


def _ask(world: World) -> None:
    """Let the organisers write a form for the member's track; it is tried out, changed and not opened."""
    organiser = world.actor("organiser")
    row = begin_form("cso", consultation=world.consultation, actor=organiser)
    save_section(SectionDraft(Localized(ar="عملكم")), questionnaire=row, actor=organiser)
    question = Question("", QuestionKind.TEXT, Localized(ar="مع من تعملون؟"))
    save_question(QuestionDraft(question, "s1"), questionnaire=row, actor=organiser)


def _appeal(world: World, hidden: Submission) -> None:
    """Let the member appeal against the hiding of a text."""
    standing = standing_of(hidden)
    if standing is not None:
        appeal(AppealDraft(standing.decision, "لا اسم فيه."), submission=hidden, actor=world.actor("cso"))


def _hold(world: World, texts: Sequence[Submission]) -> None:
    """Hold a decision on texts of the member and of another."""
    draft = BulkDraft({text.number: text.revision for text in texts}, "accept", "in_order")
    hold(draft, consultation=world.consultation, actor=world.actor("moderator"))


def _recommend(world: World) -> uuid.UUID:
    """Propose a recommendation from the member's passages, against which the member has a reservation."""
    row = propose_recommendation(world, passages=_accepted_passages(world))
    record_reservation(
        "نؤيد السجل ونتحفظ على كلفته.",
        language="ar",
        recommendation=row,
        member=world.members["cso"],
        actor=world.actor("cso"),
    )
    with transaction():  # as where the rule of the body asks for a colleague who has not said yes yet
        kept = UnsignedReservation(id=new_id(), consultation_id=row.consultation_id, recommendation_id=row.id)
        kept.body_id, kept.track, kept.saved_at = world.bodies["ghat"], "municipal", clock.now()
        kept.text, kept.language = "نتحفظ على موعده.", "ar"
        session.add(kept)
    return row.id


def _accepted_passages(world: World) -> Sequence[uuid.UUID]:
    return session.scalars(
        sa.select(Passage.id)
        .join(Submission, sa.and_(Submission.id == Passage.submission_id, Submission.revision == Passage.revision))
        .where(Submission.state == SubmissionState.ACCEPTED, Submission.member_id == world.members["cso"])
        .order_by(Passage.number)
    ).all()


def _sit(world: World) -> None:
    """Let the member speak in a session that is over, and have the floor in one that is open."""
    moderator = world.actor("moderator")
    over = opened_session(world, "cso", "ghat", "derna", "zuwara")
    ask_floor(over, actor=world.actor("cso"))
    with clock.at(clock.now() + timedelta(minutes=4)):
        end_speech(give_floor(over, actor=moderator), actor=moderator)
    with clock.at(clock.now() + timedelta(minutes=30)):
        close_session(over, actor=moderator)
        approve_minutes(over, actor=moderator)
    running = opened_session(world, "cso", "ghat", "professor", "zuwara")
    ask_floor(running, actor=world.actor("cso"))
    give_floor(running, actor=moderator)
    ask_floor(running, actor=world.actor("cso"))


def _ballot(world: World, recommendation: uuid.UUID) -> Ballot:
    row = session.get_one(Recommendation, recommendation)
    draft = BallotDraft(kind=BallotKind.RECOMMENDATION, rule="GA-2/3", questions=row.titles, recommendation=row.id)
    ballot = prepare_ballot(draft, consultation=world.consultation, actor=world.actor("organiser"))
    return open_ballot(ballot, actor=world.actor("moderator"))


def _vote(world: World, recommendation: uuid.UUID) -> None:
    """Let the member vote alone against, in a ballot that is closed and in one that is open."""
    closed = _ballot(world, recommendation)
    for key, choice in {"ghat": "for", "derna": "for", "zuwara": "for", "professor": "for", "cso": "against"}.items():
        cast(closed, choice, actor=world.actor(key))
    close_ballot(closed, actor=world.actor("moderator"))
    procedural = BallotDraft(kind=BallotKind.PROCEDURAL, rule="GA-SIMPLE", questions=Localized(ar="هل تُرفع الجلسة؟"))
    ballot = prepare_ballot(procedural, consultation=world.consultation, actor=world.actor("organiser"))
    cast(open_ballot(ballot, actor=world.actor("moderator")), "against", actor=world.actor("cso"))


def _answer(world: World) -> None:
    """Answer the member's text and a passage of it, and send the letters."""
    here, organiser = world.consultation, world.actor("organiser")
    first, *_ = _accepted_passages(world)
    text = session.get_one(Passage, first).submission_id
    answer(Answer("noted", reason="نراعيه.", language="ar"), [Target(text)], consultation=here, actor=organiser)
    answer(Answer("taken_up", recommendation=1), [Target(text, first)], consultation=here, actor=organiser)
    send_letters(consultation=here, actor=organiser)


def _translate(world: World) -> None:
    """Let the member's text be translated and become official, and a municipality be asked for its response to it."""
    make_translator(world, "derna")
    first, *_ = _accepted_passages(world)
    row = session.get_one(Submission, session.get_one(Passage, first).submission_id)
    approve(world, write_translation(world, row, "en", by="derna"))
    write_translation(world, row, "fr", by="derna")
    due = (clock.now() + timedelta(days=20)).date()
    asked = RequestDraft("LY032101", due, submission=row.number)
    response = ask_response(asked, consultation=world.consultation, actor=world.actor("organiser"))
    said = ResponseDraft("not_accepted", "لا نملك ذلك.", "ar")
    write_response(said, response=response, actor=world.actor("ghat"))


def _publish(world: World) -> None:
    """Publish an edition, then let a text of the organiser fall behind its source."""
    deliver()
    organiser = world.actor("organiser")
    publish_edition(consultation=world.consultation, actor=organiser, silence=Silence("Reading goes on.", "en"))
    edit_region(RegionDraft("summary", "ar", "خلاصتنا."), consultation=world.consultation, actor=organiser)
    accept(world, hand_in(world, "zuwara", ENDORSED))


def _write_letters(world: World) -> None:
    """Send the member new letters, by mail and on paper, and everything that is due to everybody."""
    organiser, member = world.actor("organiser"), world.member("cso")
    send_invitations([member, world.member("ghat")], consultation=world.consultation, actor=organiser)
    print_card(member, consultation=world.consultation, actor=world.actor("moderator"))
    here, said = world.consultation, Localized(ar="نصوص الجلسة منشورة")
    people = len(reached(here.id, Group()))
    draft = MessageDraft(new_id(), said, said, Group(), falls_back=True, people=people)
    send_message(draft, consultation=here, actor=organiser)
    deliver()
    while gather_due() or send_due():
        pass
