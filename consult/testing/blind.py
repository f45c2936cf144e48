"""Papers that are judged without names, in the small consultation: for walks that look for a name beside a text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

from consult.accounts.models import Body, Person
from consult.attachments.brought import BroughtDocument
from consult.consultations.models import ConsultationTrack
from consult.db import session, transaction
from consult.i18n import Localized
from consult.peer_review.services import declare_interest
from consult.plugins.questions import Question, QuestionKind
from consult.submissions.documents.attaching import attach
from consult.submissions.drafting.drafts import start_draft
from consult.submissions.models import Submission
from consult.submissions.questionnaires.services import (
    QuestionDraft,
    SectionDraft,
    begin_form,
    open_form,
    save_question,
    save_section,
)
from consult.submissions.services import Review, SubmissionDraft, accept, hide, submit
from consult.testing.acts import correct, deliver
from consult.testing.attached_files import picture
from consult.testing.peer_review import TRACK, Reviews, set_blind
from consult.testing.world import World

NAMES = ("بلشونيوس", "balshonios")
TITLE = "Zeugma of the wells"
#: A paper in which everybody of `KEPT_FROM` has declared an interest: it stands nowhere for them before it is public.
KEPT_AWAY = "Ombrage of the tides"
KEPT_FROM = ("derna", "moderator", "organiser")
#: Keys of a form are given in order: a section, then the question that a file answers, then one that tells who wrote.
FILE_ANSWER = "q2"
ANSWERS = {
    "discipline": "law",
    "affiliation": "Balshonios Institute",
    "interests": "Balshonios paid for it.",
    "q3": "The Balshonios chair of wells.",
}


@dataclass(frozen=True, slots=True)
class Blind:
    """The room, with what would tell: words of the names, ids under which others could ask; and what stands for the texts."""

    room: Reviews
    canaries: tuple[str, ...]
    pointers: tuple[str, ...]


def write_blind_papers(world: World) -> Blind:
    """Let the professor hand in a paper that is corrected and judged with a file as an answer, one that is accepted, one that is hidden."""
    _name(world)
    set_blind(world)
    with transaction():
        session.get_one(ConsultationTrack, (world.consultation_id, TRACK)).files = 2
    session.expire_all()
    room = Reviews(world)
    _ask_for_a_file(world)
    papers = [_write(room, number) for number in (1, 2, 3)]
    accept(papers[1], Review("in_order"), actor=world.actor("moderator"))
    hide(papers[2], Review("outside_mandate", "كناية"), actor=world.actor("moderator"))
    correct(world, "professor", papers[0], ANSWERS | {FILE_ANSWER: papers[0].answers[FILE_ANSWER]})
    for key in ("derna", "zuwara"):
        room.name(key)
    room.give()
    room.judge("derna", 4, 4, 4, 4)
    _keep_away(room)
    deliver()
    ids = [world.people["professor"], world.bodies["professor"], world.members["professor"]]
    told = (*NAMES, *(form for one in ids for form in (str(one), one.hex)))
    return Blind(room, told, (TITLE, *(paper.number for paper in papers)))


def _ask_for_a_file(world: World) -> None:
    """Open a form that asks for a file, and in what office the author is."""
    organiser, label = world.actor("organiser"), Localized(ar="جدول", en="Table", fr="Tableau")
    form = begin_form(TRACK, consultation=world.consultation, actor=organiser)
    save_section(SectionDraft(label), questionnaire=form, actor=organiser)
    for question in (
        Question("", QuestionKind.FILE, label),
        Question("", QuestionKind.TEXT, label, identifies=True),
    ):
        content = save_question(QuestionDraft(question, "s1"), questionnaire=form, actor=organiser)
    assert [question.key for question in content.questions] == [FILE_ANSWER, "q3"]
    open_form(form, actor=organiser)


def _keep_away(room: Reviews) -> None:
    """Hand in a paper, give it out, and let whoever looks declare an interest in it, each in their own office."""
    _write(room, 4, KEPT_AWAY)
    room.give()
    for key in KEPT_FROM:
        declare_interest("own", submission=room.paper(3), actor=room.world.actor(key))


def _name(world: World) -> None:
    with transaction():
        session.get_one(Person, world.people["professor"]).name = "سالمة بلشونيوس"
        body = session.get_one(Body, world.bodies["professor"])
        body.key, body.names = "ror:balshonios", Localized(ar="جامعة بلشونيوس", en="Balshonios University")
    session.expire_all()


def _write(room: Reviews, number: int, title: str = TITLE) -> Submission:
    world, actor = room.world, room.world.actor("professor")
    draft = start_draft(world.members["professor"], consultation=world.consultation, actor=actor)
    made = attach(
        draft, BroughtDocument("بلشونيوس.png", BytesIO(picture("PNG"))), consultation=world.consultation, actor=actor
    )
    given = SubmissionDraft(
        id=draft.id,
        member=world.members["professor"],
        title=f"{title} {number}",
        language="en",
        text="A text without a name.",
        topics=("gcm-1",),
        answers=ANSWERS | {FILE_ANSWER: str(made.id)},
        questionnaire=draft.questionnaire_id,
        attachments=(made.id,),
    )
    row = submit(given, consultation=world.consultation, actor=actor)
    room.papers.append(row.id)
    return row


def found(words: Sequence[str], content: str) -> set[str]:
    """Return which words a content holds."""
    folded = content.casefold()
    return {word for word in words if word.casefold() in folded}


__all__ = ["ANSWERS", "FILE_ANSWER", "KEPT_AWAY", "KEPT_FROM", "NAMES", "TITLE", "Blind", "found", "write_blind_papers"]
