"""Who may do what: the page of rights is what the policies say, and every request is answered as they say.

The walk sends every request of the application, GET and POST, plugins' too, as everybody, about their own and about others',
and compares the answer with what `allowed()` says of the permission that the route declares and of the row in the address.
Forms are sent empty but for their token and a row that only they name; what a POST changes is undone by putting the database back as it was. No GET writes,
and none shows what testimonies keep to themselves.
"""

from __future__ import annotations

import shutil
import sqlite3
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from consult import clock
from consult.accounts.access import ANONYMOUS, Actor, Permission, allowed, declared_permissions
from consult.accounts.models import Passkey, SignIn
from consult.accounts.signing_in.identity_models import OutsideIdentity
from consult.accounts.signing_in.sign_in import visit_for_token
from consult.app import create_app
from consult.ballots.frozen import paper
from consult.ballots.models import Ballot
from consult.ballots.queries import ballot_by_number
from consult.ballots.states import BallotState
from consult.coding.agreement_queries import difference_of, text_by_number
from consult.coding.queries import coder_with_task, desks_of
from consult.consultations.accreditation.queries import application_by_number
from consult.consultations.display_names import may_choose_name
from consult.consultations.models import Consultation, Member
from consult.consultations.queries import consultation_by_slug
from consult.db import database, session
from consult.demo.load import SLUG
from consult.i18n import N_
from consult.notifications.messages import message_by_number, reader_of
from consult.paper.models import Sheet
from consult.paper.policies import TwiceEntered
from consult.paper.queries import sheet_by_number, sheets_of_run
from consult.paper.services import entries_of
from consult.paper.states import SheetState
from consult.peer_review.interest_queries import asked_interests, own_interests
from consult.peer_review.models import Assessment
from consult.peer_review.policies import Mended
from consult.peer_review.queries import judges, reviewer_here, task_on
from consult.policies import ALL_POLICIES
from consult.recommendations.queries import recommendation_by_number
from consult.recommendations.reservation_models import UnsignedReservation
from consult.recommendations.reservation_queries import own_reservation, unsigned_of
from consult.recommendations.response_models import OfficialResponse, ResponseComment, ResponseSave
from consult.sessions.queries import session_by_number
from consult.submissions.belonging import LetterCase, letter_case
from consult.submissions.cosigning.models import Cosignature
from consult.submissions.documents.attached import submission_with
from consult.submissions.documents.models import Attachment
from consult.submissions.exchange.models import ImportRun
from consult.submissions.models import Draft, Submission
from consult.submissions.offices.queries import member_by_number
from consult.submissions.offices.sign_off import rule_for
from consult.submissions.offices.sign_off_rules import SignOffRule
from consult.submissions.queries import submission_by_number
from consult.submissions.reading import whole_submission
from consult.submissions.review.appeal_queries import AppealCase, appeal_by_id, case_of, standing_of
from consult.submissions.review.bulk_queries import act_by_id
from consult.submissions.translations.queries import IntoLanguage
from consult.submissions.translations.queries import case_of as case_of_translation
from consult.testimony.queries import desk_of
from consult.testing.addresses import Addresses
from consult.testing.everybody import BESIDES, BOTH, ELSEWHERE, STRANGER, everybody
from consult.testing.sample import LoadedSample, disposed
from consult.testing.watching import sealed_words, written
from consult.testing.web import Browser, form_token
from consult.web.guards import declared_permission
from tools import rights

Values = Mapping[str, Any]
CORE = {policies.__name__ for policies in ALL_POLICIES}
Asks = Callable[[Actor, Consultation, Values], bool]


@dataclass(frozen=True, slots=True)
class Guard:
    """What a route asks beyond the permission it declares, about the row that its address names, and what a no is like."""

    asks: Asks
    refusal: str = "not there"


def about(action: str, load: Callable[[uuid.UUID, Any], Any], parameter: str = "number") -> Guard:
    """Return the guard that asks for a permission on the row of the address."""
    return Guard(lambda actor, here, values: allowed(actor, action, load(here.id, values[parameter])))


def _revision(actor: Actor, here: Consultation, values: Values) -> bool:
    """Whoever reads a submission reads its revisions; one that a ground seals needs a right of its own."""
    whole = whole_submission(here.id, values["number"])
    assert whole is not None
    needed = "submission.read" if values["revision"] in whole.open_revisions else "submission.revisions"
    return allowed(actor, needed, whole.row)


def _message(actor: Actor, here: Consultation, values: Values) -> bool:
    """Whoever a message was sent to reads it."""
    sent = message_by_number(here.id, values["number"])
    assert sent is not None
    reader = reader_of(sent, actor.person)
    return reader is not None and allowed(actor, "message.read", reader)


def _against(actor: Actor, here: Consultation, values: Values) -> bool:
    """Who wrote a text may appeal against a decision that takes it from the public; without one there is no such page."""
    row = submission_by_number(here.id, values["number"])
    assert row is not None
    standing = standing_of(row)
    there = standing is not None and (standing.until is not None or standing.appeal is not None)
    return there and allowed(actor, "submission.own", row)


def _document(actor: Actor, _here: Consultation, values: Values) -> bool:
    """Whoever writes the draft a file was added to has it, and whoever reads the text it was handed in with."""
    file = session.get_one(Attachment, values["document"])
    draft = session.get(Draft, file.draft_id) if file.draft_id else None
    found = submission_with(file.id)
    own = draft is not None and allowed(actor, "draft.edit", draft)
    return own or (found is not None and allowed(actor, "submission.read", found[0]))


def _has_judged(actor: Actor, here: Consultation, values: Values) -> bool:
    """A reviewer of the text who has handed in."""
    found = task_on(here.id, actor.person, values["number"])
    return found is not None and found[0].handed_in_at is not None


def _judges_no_more(actor: Actor, here: Consultation, values: Values) -> bool:
    """Whoever has nothing left to hand in about the text."""
    row = submission_by_number(here.id, values["number"])
    return row is not None and not judges(row, actor.person)


def _keeps_away(actor: Actor, here: Consultation, values: Values) -> bool:
    """Whoever declared an interest in the text, about which nobody else is told."""
    return values["number"] in {one.number for one in own_interests(here.id, actor.person)}


def _lifts(actor: Actor, here: Consultation, values: Values) -> bool:
    """An organiser who may answer whoever asked."""
    found = next((one for one in asked_interests(here.id) if one.row.id == values["interest"]), None)
    return found is not None and allowed(actor, "peer_review.mend", Mended(found.text, found.row.person_id))


def _reopens(actor: Actor, here: Consultation, values: Values) -> bool:
    """Whoever has nothing left to hand in about the text, where the assessment was handed in."""
    row = session.get_one(Assessment, values["assessment"])
    return _judges_no_more(actor, here, values) and row.handed_in_at is not None


def _judges_with_file(actor: Actor, here: Consultation, values: Values) -> bool:
    """A reviewer of the text that a file was handed in with."""
    found, file = task_on(here.id, actor.person, values["number"]), submission_with(values["document"])
    return found is not None and file is not None and file[0].id == found[1].id


def _case(consultation: uuid.UUID, appeal: uuid.UUID) -> AppealCase:
    found = appeal_by_id(consultation, appeal)
    assert found is not None
    return case_of(found)


def _rule(here: uuid.UUID, number: int) -> SignOffRule:
    """The rule of the body of a member."""
    row = member_by_number(here, number)
    assert row is not None
    rule = rule_for(row, session.get_one(Consultation, here))
    assert rule is not None
    return rule


def _letter(here: uuid.UUID, number: str) -> LetterCase:
    """The letter of answer to a text."""
    row = submission_by_number(here, number)
    assert row is not None
    return letter_case(row)


def own(model: Any, parameter: str, refusal: str = "not there") -> Guard:
    """Return the guard of what is somebody's own without any permission about it."""
    return Guard(
        lambda who, _, values: bool(session.get_one(model, values[parameter]).person_id == who.person), refusal
    )


#: The permission that the route declares, on the consultation or the instance, covers every row of the kind.
COVERED = Guard(lambda *_: True)
A_CODER = Guard(lambda who, here, values: here.id in desks_of(who.person) if who.person else False)
CODER = Guard(lambda who, here, values: coder_with_task(here.id, who.person, values["number"]) is not None)
A_REVIEWER = Guard(lambda who, here, values: reviewer_here(here.id, who.person) is not None)
JUDGE = Guard(lambda who, here, values: task_on(here.id, who.person, values["number"]) is not None)
RESULTS = about("peer_review.results", submission_by_number)
TO_DECIDE = Guard(
    lambda who, here, values: (
        (text := text_by_number(here.id, values["number"])) is not None
        and allowed(who, "coding.reconcile", difference_of(text))
    )
)
OWN, REVIEWED = about("submission.own", submission_by_number), about("submission.revisions", submission_by_number)
REVISION = Guard(_revision)
DRAFT = about("draft.edit", lambda _, draft: session.get_one(Draft, draft), "draft")
DRAFT_OWN = about("draft.own", lambda _, draft: session.get_one(Draft, draft), "draft")
COSIGN = about("cosignature.revoke", lambda _, asked: session.get_one(Cosignature, asked), "asked")
RULE = about("office.rule", _rule)
SITTING, TO_PLAN, TO_PREPARE, TO_RUN, TO_MINUTE, TO_APPROVE = (
    about(action, session_by_number)
    for action in ("session.read", "session.plan", "session.prepare", "session.run", "minutes.write", "minutes.approve")
)
BALLOT, BALLOT_READ = about("ballot.prepare", ballot_by_number), about("ballot.read", ballot_by_number)
TO_WRITE, TO_READ = (about(f"recommendation.{verb}", recommendation_by_number) for verb in ("write", "read"))
MESSAGE = Guard(_message)
TO_PROPOSE = replace(about("recommendation.propose", recommendation_by_number), refusal="refused")
TO_RESERVE = about("reservation.record", recommendation_by_number)
UNSIGNED = about("reservation.sign", lambda _, one: session.get_one(UnsignedReservation, one), "reservation")

#: Rights of everybody, or of everybody with an account: a role in a consultation changes nothing about them. Where a row
#: is not asked about either, those with the other roles and parts are not sent.
TO_ALL = frozenset({"public.read", "account.use"})


def _reads(actor: Actor, here: Consultation, _values: Values) -> bool:
    """Whoever was named reads, once a second factor was shown: with it every role of theirs acts."""
    return allowed(actor, "testimony.read", replace(desk_of(here.id, actor), proved=not actor.held_back))


DESK = Guard(_reads)


def _translates(actor: Actor, here: Consultation, values: Values) -> bool:
    """Each act on a translation has its own right, asked once the text may be read beside it."""
    row = submission_by_number(here.id, values["number"])
    assert row is not None
    match values["act"]:
        case "approve" | "return":
            return allowed(actor, "translation.approve", case_of_translation(row, values["code"]))
        case "machine":
            return allowed(actor, "translation.write", IntoLanguage(row, values["code"]))
        case _:
            return allowed(actor, "translation.set_aside", row)


def _writes_translation(actor: Actor, here: Consultation, values: Values) -> bool:
    """Whoever translates into the language of the address writes there."""
    row = submission_by_number(here.id, values["number"])
    assert row is not None
    return allowed(actor, "translation.write", IntoLanguage(row, values["code"]))


def _has_reserved(actor: Actor, here: Consultation, values: Values) -> bool:
    """Whose reservation stands, or whose body has not signed off yet what it says: the page leads on to that."""
    row = recommendation_by_number(here.id, values["number"])
    assert row is not None
    own = actor.memberships_in(here.id)
    return own_reservation(row.id, own) is not None or unsigned_of(row.id, own) is not None


RESPOND, ENTER = (
    about(f"response.{verb}", lambda _, one: session.get_one(OfficialResponse, one), "response")
    for verb in ("write", "enter")
)
TRANSLATION = about("translation.read", submission_by_number)


def _settles(actor: Actor, here: Consultation, values: Values) -> bool:
    """Whoever did not enter a sheet settles it, where its entries differ or did; without that there is no such page."""
    row = sheet_by_number(here.id, values["number"])
    assert row is not None
    twice = TwiceEntered(row, frozenset(one.entered_by for one in entries_of(row.id)))
    return row.state in (SheetState.DIFFERS, SheetState.DONE) and allowed(actor, "paper.settle", twice)


def _sheet(actor: Actor, here: Consultation, values: Values) -> bool:
    """Everybody is answered: clerks by the page, others by the way to receipts; whose role waits shows the second step first."""
    row = sheet_by_number(here.id, values["number"])
    return not actor.held_back or not allowed(actor.with_every_role(), "paper.desk", row)


def _assists(actor: Actor, here: Consultation, values: Values) -> bool:
    """A clerk of a track writes down what is said in that track."""
    return allowed(actor, "paper.enter", Sheet(consultation_id=here.id, track=values["track"]))


def _chooses_a_name(actor: Actor, here: Consultation, _values: Values) -> bool:
    """Whoever takes part in a track that allows it, and whose name stands anywhere."""
    return any(may_choose_name(session.get_one(Member, one.member)) for one in actor.memberships_in(here.id))


BROUGHT_HERE = Guard(lambda _, here, values: session.get_one(ImportRun, values["run"]).consultation_id == here.id)
BROUGHT_TO_REGISTER = Guard(lambda _, here, values: session.get_one(ImportRun, values["run"]).consultation_id is None)
SHEET_DESK, SHEET_ENTER = about("paper.desk", sheet_by_number), about("paper.enter", sheet_by_number)
SHEET_PICTURES = about("paper.pictures", sheet_by_number)
RUN = about("paper.desk", lambda here, run: sheets_of_run(here, run)[0], "run")

#: Guards -> the routes whose addresses name a row that they are about. A route with a row that stands nowhere here fails the test.
GUARDS: Mapping[tuple[Guard, ...], str] = {
    (COSIGN,): "take_part.cosign_text take_part.revoke_cosign",
    (OWN,): "take_part.ask_bodies take_part.receipt take_part.correct take_part.withdraw",
    (about("letter.own", _letter),): "take_part.letter",
    (REVIEWED,): "facilitate.review",
    (REVIEWED, replace(about("submission.review", submission_by_number), refusal="refused")): (
        "facilitate.take_text facilitate.hand_text_on"
    ),
    (Guard(_against),): "take_part.appeal",
    (about("appeal.decide", _case, "appeal"),): "facilitate.appeal",
    (about("bulk.undo", act_by_id, "act"),): "facilitate.undo_act facilitate.carry_out",
    (about("bulk.read", act_by_id, "act"),): "facilitate.act",
    (
        about("answer.give", submission_by_number),
        about("submission.read", submission_by_number),
    ): "organise.answers_of_text",
    (about("submission.read", submission_by_number),): "organise.answer_letter",
    (TRANSLATION,): "translate.text translate.autosave",
    (UNSIGNED,): "take_part.reservation take_part.sign_reservation_off take_part.give_reservation_up",
    (Guard(_has_reserved),): "take_part.take_reservation_back",
    (RESPOND,): (
        "take_part.respond take_part.sign_response_off take_part.response_part take_part.take_response_part"
        " take_part.release_response_part take_part.comment_response_part take_part.resolve_response_part"
        " take_part.response_history take_part.restore_response"
    ),
    (ENTER,): "organise.response organise.drop_response",
    (TRANSLATION, Guard(_translates, "refused")): "translate.act",
    (A_CODER,): "coding.mine coding.next_text",
    (CODER,): "coding.text coding.reopen",
    (TO_DECIDE,): "organise.reconcile_text",
    (Guard(_keeps_away),): "peer_review.mistake",
    (Guard(_lifts),): "organise.lift",
    (RESULTS, Guard(_reopens)): "facilitate.reopen_text",
    (A_REVIEWER,): "peer_review.mine peer_review.next_text",
    (JUDGE,): "peer_review.text peer_review.interest",
    (Guard(_has_judged),): "peer_review.note",
    (RESULTS, Guard(_judges_no_more)): "facilitate.assessed_note",
    (Guard(_judges_with_file),): "peer_review.document",
    (RESULTS,): (
        "facilitate.assessed_text facilitate.assessed_interest facilitate.give_text facilitate.take_text_back"
    ),
    (REVISION,): "public.revision public.record",
    (DRAFT,): (
        "take_part.go_on take_part.step take_part.autosave take_part.check take_part.newer"
        " take_part.take take_part.release take_part.say_inside take_part.resolve take_part.history take_part.restore"
        " take_part.ask_for_sign_off take_part.give_sign_off take_part.add_document take_part.remove_document"
        " take_part.bring_in_pieces take_part.piece"
    ),
    (DRAFT_OWN,): "take_part.discard take_part.share",
    (RULE,): "take_part.office_rule",
    (Guard(_document),): "public.document",
    (BALLOT_READ,): "public.ballot take_part.vote",
    (BALLOT,): (
        "facilitate.ballot facilitate.ballot_open facilitate.ballot_close facilitate.ballot_annul facilitate.ballot_next"
    ),
    (TO_READ,): "public.recommendation public.version",
    (TO_RESERVE,): "take_part.reserve",
    (TO_WRITE,): (
        "organise.recommendation organise.recommendation_write organise.recommendation_details"
        " organise.sources organise.source_remove organise.source_quotes organise.quote_remove"
    ),
    (TO_WRITE, TO_PROPOSE): "organise.recommendation_propose",
    (TO_WRITE, about("submission.read", submission_by_number, "receipt")): "organise.passages",
    (SITTING,): ("public.session public.hall take_part.ask_floor take_part.withdraw_floor"),
    (TO_PLAN,): "organise.edit_session organise.change_session",
    (TO_PREPARE,): (
        "organise.agenda organise.add_item organise.edit_item organise.change_item organise.move_item"
        " organise.confirm_removal organise.remove_item"
    ),
    (TO_RUN,): (
        "facilitate.console facilitate.confirm facilitate.change_state facilitate.attendance facilitate.note_attendance"
        " facilitate.change_speech facilitate.give_floor facilitate.confirm_finish facilitate.finish_item facilitate.start_item"
    ),
    (TO_MINUTE,): (
        "facilitate.minutes facilitate.write_minutes facilitate.edit_line facilitate.correct_line facilitate.change_line"
    ),
    (TO_APPROVE,): "facilitate.confirm_minutes facilitate.approve_minutes",
    (about("accreditation.decide", application_by_number),): "facilitate.accreditation facilitate.accreditation_file",
    (BROUGHT_HERE,): (
        "organise.import_file organise.sort_import organise.go_on_import organise.drop_file organise.refused"
    ),
    (BROUGHT_TO_REGISTER,): (
        "administer.import_file administer.sort_import administer.go_on_import administer.drop_file administer.refused"
    ),
    (Guard(_chooses_a_name),): "take_part.display_name",
    (own(Passkey, "passkey"),): "account.confirm_remove_passkey account.end_passkey",
    (own(OutsideIdentity, "identity"),): "account.part",
    (MESSAGE,): "take_part.message",
    (SHEET_PICTURES,): ("paper.picture paper.add_picture paper.remove_picture paper.bring_picture paper.picture_piece"),
    (SHEET_ENTER,): "paper.enter_sheet paper.note_day paper.put_aside paper.give_receipt",
    (SHEET_DESK, Guard(_settles)): "paper.settle_sheet",
    (Guard(_sheet),): "paper.sheet",
    (Guard(_assists),): "paper.assist_person",
    (RUN,): "paper.run_pdf",
    (
        DESK,
    ): "readers.desk readers.read readers.answer readers.end readers.propose readers.check readers.publish readers.take",
    (COVERED,): (
        "evaluate.figures_file organise.export_table administer.export_table "
        "organise.switch_testimony organise.confirm_reader_end organise.remove_reader"
        " static_asset account.stop account.stop_page organise.message public.page account.invitation"
        " account.accept_invitation account.end_device"
        " public.submission public.edition public.edition_file public.edition_part public.manifest public.sealed"
        " public.verify public.paragraph public.body public.application public.change_application public.add_application_file public.remove_application_file public.application_file public.application_address public.confirm_application"
        " public.bring_application_file public.application_piece public.registration public.confirm_part facilitate.make_card facilitate.second_step facilitate.help_second_step"
        " organise.ground organise.retire organise.document organise.region organise.save_region"
        " organise.region_act organise.merge_proposal organise.save_merge organise.document_preview organise.phase"
        " organise.save_phase organise.confirm_phase_removal organise.drop_phase organise.track organise.save_track"
        " organise.member organise.name_body_lead organise.confirm_end organise.end_part organise.change_seat organise.bodies organise.admit"
        " short.submission short.recommendation short.edition short.sheet"
        " organise.code organise.move organise.end_code organise.end_coding organise.theme organise.edit_theme"
        " organise.finding organise.theme_sources"
        " organise.end_reviewing organise.criteria organise.new_criterion organise.criterion organise.drop_criterion"
        " organise.open_names"
        " organise.answer_evaluation_page organise.invite organise.send_invitation organise.seats organise.add_seats"
        " organise.set_quota organise.seat organise.remove_seat organise.add_alternate organise.change_alternate organise.hand_over"
        " organise.enter_proxy organise.revoke_proxy"
        " take_part.answer organise.purpose organise.end_asking organise.reference organise.drop_reference"
        " administer.mail administer.confirm_revoke administer.revoke administer.body administer.body_facts"
        " organise.begin_version organise.form_version organise.open_version organise.discard_version organise.preview"
        " organise.new_section organise.edit_section organise.choose_kind organise.add_question organise.edit_question"
        " organise.move_form_part organise.remove_form_part"
        " administer.body_change administer.body_end administer.body_undo administer.body_replace administer.body_add administer.body_entry administer.body_remove administer.body_overlap administer.body_overlap_new administer.body_overlap_remove"
    ),
}
OF_ROUTE: Mapping[str, tuple[Guard, ...]] = {name: guards for guards, names in GUARDS.items() for name in names.split()}
#: Routes whose address names no row and that are about the visitor's own all the same: only a coder, a reviewer or a reader has a desk.
WITHOUT_A_ROW = {
    *("coding.mine", "coding.next_text", "peer_review.mine", "peer_review.next_text", "readers.desk"),
    "take_part.display_name",
}
#: What a form asks that its page does not: nobody reviews their own; signing out of another's device does nothing.
OF_FORM: Mapping[str, Guard] = {
    "facilitate.review": replace(about("submission.review", submission_by_number), refusal="refused"),
    "translate.text": Guard(_writes_translation, "refused"),
    "translate.autosave": Guard(_writes_translation, "refused"),
    "account.end_device": own(SignIn, "device", "nothing"),
}


#: Forms that name a row of the response in their address: the field, and what it names.
IN_FORM: Mapping[str, tuple[str, Any]] = {
    "take_part.resolve_response_part": ("comment", ResponseComment),
    "take_part.restore_response": ("save", ResponseSave),
}


@dataclass(frozen=True, slots=True)
class Step:
    """A request of the walk, and how each visitor is to be answered; `fields` are what a form must name to find its row."""

    method: str
    endpoint: str
    path: str
    expected: Mapping[str, str]
    fields: Mapping[str, str] = field(default_factory=dict)


class Walk:
    """A copy of the sample with everybody in it, every request there is, and the way back to how it was."""

    def __init__(self, app: Flask, folder: Path) -> None:
        self.app, self.file, self.kept = app, folder / "consult.db", folder / "kept.db"
        self.addresses = Addresses.of(SLUG)
        self.tokens = everybody(self.addresses.consultation)
        self.actors = {who: visit_for_token(token).actor if token else ANONYMOUS for who, token in self.tokens.items()}
        client = Browser(app)
        self.form_token = form_token(client, "/en/sign-in")
        cookie = client.get_cookie("consult-form")
        assert cookie is not None
        self.form_cookie = cookie.value
        self.steps = list(steps(self))
        session.remove()
        database.engine.dispose()
        shutil.copyfile(self.file, self.kept)
        self._watch()

    def _watch(self) -> None:
        self._watcher = sqlite3.connect(self.file)
        self._version = self._data_version()

    def _data_version(self) -> int:
        return int(self._watcher.execute("PRAGMA data_version").fetchone()[0])

    def changed(self) -> bool:
        """Tell whether anything was written since the database was kept, and put it back if so."""
        if self._data_version() == self._version:
            return False
        self._watcher.close()
        session.remove()
        database.engine.dispose()
        for beside in self.file.parent.glob(f"{self.file.name}-*"):
            beside.unlink()
        shutil.copyfile(self.kept, self.file)
        self._watch()
        return True

    def send(self, method: str, path: str, who: str, **fields: str) -> TestResponse:
        """Send a request as somebody; a form is empty but for its token and these fields."""
        client = Browser(self.app)
        if self.tokens[who]:
            client.set_cookie("consult-session", self.tokens[who])
        if method == "GET":
            return client.get(path, buffered=True)
        client.set_cookie("consult-form", self.form_cookie)
        return client.post(path, data={"csrf_token": self.form_token, **fields}, buffered=True)


@pytest.fixture(scope="module")
def walk(sample: LoadedSample, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    """The walk's own copy of the sample, in which roles act with a second factor only, as they do when nobody says otherwise.

    Five answers of six are refusals, whose page says the status only: how the real one looks to whom, others look at
    (`test_get_writes_nothing.py` and `tests/web/test_leak_crawl.py`, as everybody).
    """
    folder = tmp_path_factory.mktemp("rights")
    errors = folder / "templates" / "errors"  # an instance may have templates of its own
    errors.mkdir(parents=True)
    (errors / "error.html").write_text("{{ status }}")
    app = create_app(replace(sample.copy(folder, "sqlite"), second_factor_for_roles=True))
    # The clock stands still: a walk of more than a minute would be noted as last seen, which is a write.
    with app.app_context(), disposed(), clock.at(clock.now()):
        yield Walk(app, folder)


def routes(app: Flask) -> list[tuple[str, Rule]]:
    """Return every route with each method it answers to, GETs first."""
    found = [
        (method, rule) for rule in app.url_map.iter_rules() for method in {"GET", "POST"} & set(rule.methods or ())
    ]
    return sorted(found, key=lambda each: (each[0], each[1].rule, each[1].endpoint))


def names_a_row(rule: Rule) -> bool:
    """Tell whether an address of a route names more than the language and the consultation."""
    return bool(rule.arguments - {"lang", "slug"})


def steps(walk: Walk) -> Iterator[Step]:
    """Give every request; of rows about which everybody is to be answered alike, the first stands for all.

    Whoever the declared permission stops is asked about the first row only: no row has been looked at then.
    """
    adapter = walk.app.url_map.bind("localhost")
    for method, rule in routes(walk.app):
        here = walk.addresses.consultation if "slug" in rule.arguments else None
        door = at_the_door(walk.app, rule.endpoint, here)
        stopped = {who for who, actor in walk.actors.items() if answer(actor, door, here, {}) != "allowed"}
        seen: list[object] = []
        for path in paths(walk, rule, method):
            values = adapter.match(path, method=method)[1]
            expected = answers(walk, method, rule.endpoint, here, values)
            inside = {who: one for who, one in expected.items() if who not in stopped}
            if (same := (inside, values.get("act"), values.get("direction"))) not in seen:
                yield Step(method, rule.endpoint, path, inside if seen else expected, named(rule.endpoint, values))
                seen.append(same)
        if here is not None and not names_a_row(rule):
            path = adapter.build(rule.endpoint, {"lang": "en", "slug": ELSEWHERE}, method)
            yield Step(
                method, rule.endpoint, path, answers(walk, method, rule.endpoint, consultation_by_slug(ELSEWHERE), {})
            )


def named(endpoint: str, values: Values) -> Mapping[str, str]:
    """Return the fields of a form that name a row: without one, whoever may is told that it is not there."""
    if endpoint not in IN_FORM:
        return {}
    name, model = IN_FORM[endpoint]
    return {name: str(session.scalars(sa.select(model.id).where(model.text_id == values["response"])).first())}


def paths(walk: Walk, rule: Rule, method: str) -> list[str]:
    """Return the addresses of a route: of submissions, also of those whose authors are among the visitors."""
    found = walk.addresses.of_rule(rule, "en")
    if OF_ROUTE.get(rule.endpoint) not in ((OWN,), (REVIEWED,), (REVISION,)):
        return found
    adapter = walk.app.url_map.bind("localhost")
    first = adapter.match(found[0], method=method)[1]
    authors = [walk.actors[who].person for who in ("municipal", BOTH)]
    query = sa.select(Submission.number).join(Member, Member.id == Submission.member_id)
    numbers = session.scalars(query.where(Member.person_id.in_(authors)).order_by(Submission.number))
    return found + [adapter.build(rule.endpoint, {**first, "number": number}, method) for number in numbers]


def at_the_door(app: Flask, endpoint: str, here: Consultation | None) -> list[Guard]:
    """Return what is asked before a row of the address is looked at: may they see the consultation, and the declared permission."""
    declared = declared_permission(app, endpoint) or ""
    guards = [Guard(lambda actor, *_: allowed(actor, declared, here), "refused")]
    if here is not None:
        guards.insert(0, Guard(lambda actor, *_: allowed(actor, "consultation.read", here)))
    return guards


def answers(walk: Walk, method: str, endpoint: str, here: Consultation | None, values: Values) -> Mapping[str, str]:
    """Return how everybody is to be answered: what `allowed` says, asked in the order in which a request does."""
    declared = declared_permission(walk.app, endpoint)
    guards = [*at_the_door(walk.app, endpoint, here), *OF_ROUTE.get(endpoint, ())]
    names_more = OF_ROUTE.get(endpoint, (COVERED,)) != (COVERED,)
    if method == "POST" and endpoint in OF_FORM:
        guards.append(OF_FORM[endpoint])
    asked = (
        walk.actors
        if declared not in TO_ALL or names_more
        else {w: a for w, a in walk.actors.items() if w not in BESIDES}
    )
    return {who: answer(actor, guards, here, values) for who, actor in asked.items()}


def answer(actor: Actor, guards: Sequence[Guard], here: Any, values: Values) -> str:
    """Return how somebody is to be answered: as the first guard says that is against it."""
    for guard in guards:
        if not guard.asks(actor, here, values):
            if actor.held_back and guard.asks(actor.with_every_role(), here, values):
                return "second factor"
            return "sign in" if guard.refusal == "refused" and not actor.signed_in else guard.refusal
    return "allowed"


def is_answer(expected: str, method: str, response: TestResponse) -> bool:
    """Tell whether somebody was answered so."""
    status, to = response.status_code, response.location or ""
    to_sign_in = status == 303 and "/sign-in?next=" in to
    match expected:
        case "sign in":
            return to_sign_in if method == "GET" else status == 401
        case "second factor":
            return (status == 303 and to.endswith("/account/security")) if method == "GET" else status == 403
        case "refused":
            return status == 403
        case "not there":
            return status == 404
        case _:
            return status < 500 and status not in (401, 403, 404) and not to_sign_in


def test_the_page_of_rights_is_what_the_policies_say() -> None:
    assert rights.page() == rights.FILE.read_text("utf-8"), "make rights"


def test_the_page_names_every_declared_permission_once() -> None:
    named = [declared.name for room in rights.rooms() for declared in room.permissions]
    assert len(named) == len(set(named))
    assert set(named) >= {name for name, one in declared_permissions().items() if one.predicate.__module__ in CORE}
    assert {"municipal.answers", "cso.registration"} <= set(named)


def test_cells_are_found_out_by_asking() -> None:
    declared, tracks = declared_permissions(), ["municipal"]
    lines = {
        name: rights.lines_of(declared[name], tracks)
        for name in ("submission.review", "submission.read", "ballot.cast")
    }
    no, all_, staff = "–", "everywhere", "organiser, moderator"

    def line(subject: str, open_to_all: str, participant: str, roles: dict[str, str], factor: str) -> rights.Line:
        held = [roles.get(rights.HEADS[scope] % role.value, open_to_all) for role, scope in rights.HOLDINGS]
        operator = no if subject == "submission: withdrawn" or subject.startswith("ballot") else all_
        return rights.Line(subject, (open_to_all, open_to_all, participant, *held, operator, factor))

    moderators = {"moderator": "here", "moderator of a track": "here"}
    own = {"moderator": "others’ here", "moderator of a track": "others’ in its part"}
    readers = {"organiser": "here", "moderator": "here", "moderator of a track": "its part"}
    assert lines["submission.review"] == [
        line("consultation", no, no, moderators, "moderator"),
        line("submission: received, accepted, returned, hidden, withdrawn", no, no, own, "moderator"),
        line("submission: entered by the asker", no, no, {}, no),
    ]
    assert lines["submission.read"] == [
        line("submission: received, returned, hidden, entered by the asker", no, "own", readers, staff),
        line("submission: accepted", all_, all_, {}, no),
        line("submission: withdrawn", no, "own", {}, no),
    ]
    assert lines["ballot.cast"] == [line("ballot; consultation", no, "here", {}, no)]


def test_what_a_permission_is_about_must_be_known() -> None:
    def reads(actor: Actor, subject: Path) -> bool:
        return True

    with pytest.raises(LookupError, match=r"file\.read is about"):
        rights.lines_of(Permission("file.read", N_("read"), reads), [])


def test_each_route_whose_address_names_a_row_says_what_it_asks_about_it(walk: Walk) -> None:
    assert {rule.endpoint for _, rule in routes(walk.app) if names_a_row(rule)} == set(OF_ROUTE) - WITHOUT_A_ROW


def test_every_request_is_answered_as_the_policies_say(walk: Walk) -> None:
    wrong = []
    requests = [(step, who, expected) for step in walk.steps for who, expected in step.expected.items()]
    for step, who, expected in requests:
        reads = step.method == "GET"
        with written() if reads else nullcontext([]) as tried:  # also what was taken back again
            response = walk.send(step.method, step.path, who, **step.fields)
        wrote = tried or (walk.changed() and (expected != "allowed" or reads))
        told = sealed_words(response) if reads else []
        if wrote or told or not is_answer(expected, step.method, response):
            wrong.append((step.method, step.path, who, expected, response.status_code, wrote, told))
    assert wrong == []
    assert {(step.method, step.endpoint) for step in walk.steps} == {(m, r.endpoint) for m, r in routes(walk.app)}
    given = {expected for step in walk.steps for expected in step.expected.values()}
    assert given == {"allowed", "sign in", "second factor", "refused", "not there", "nothing"}


def test_the_staff_of_another_consultation_reach_no_row_of_this_one_from_theirs(walk: Walk) -> None:
    adapter = walk.app.url_map.bind("localhost")
    wrong, tried = [], set()
    for method, rule in (each for each in routes(walk.app) if "slug" in each[1].arguments):
        values = adapter.match(paths(walk, rule, method)[0], method=method)[1]
        rows = [value for value in values.values() if isinstance(value, uuid.UUID) or str(value).startswith("TC-")]
        if not rows:
            continue
        numbered = {"number": 1} if isinstance(values.get("number"), int) else {}
        path = adapter.build(rule.endpoint, {**values, **numbered, "slug": ELSEWHERE}, method)
        response = walk.send(method, path, STRANGER)
        tried.add(rule.endpoint)
        # a source that is none of this recommendation's is one that was taken off before: pressed twice, nothing changes
        refused = (404, 409) if rule.endpoint == "organise.source_remove" else (404,)
        if rule.endpoint == "facilitate.accreditation_file":
            refused = (403,)  # they are no accreditors there either
        if walk.changed() or response.status_code not in refused:
            wrong.append((method, path, response.status_code))
    assert wrong == []
    assert {"take_part.step", "facilitate.review", "facilitate.change_line", "organise.remove_item"} <= tried


def test_a_vote_that_is_cast_at_once_asks_the_same(walk: Walk) -> None:
    row = session.scalars(sa.select(Ballot).where(Ballot.state == BallotState.OPEN)).first()
    assert row is not None
    path, choice = f"/en/c/{SLUG}/ballots/{row.number}/vote/", next(iter(paper(row)))
    may = {who for who, actor in walk.actors.items() if allowed(actor, "ballot.cast", row)}
    given = {}
    for who in walk.tokens:
        response = walk.send("POST", path, who, then="cast", choice=choice)
        given[who] = (response.status_code, walk.changed())
    assert given == {who: (303, True) if who in may else (401 if who == "nobody" else 403, False) for who in given}
    # a part that has ended, of somebody who stands on the roll: it was frozen when the ballot opened
    assert may == {"municipal", "academic", "cso", "withheld", BOTH, "member and moderator of before"}


def test_nobody_decides_on_their_own_submission(walk: Walk) -> None:
    """The form on the page is not shown to them; a form that is sent all the same is refused, whatever stands in it."""
    own = [step for step in walk.steps if step.endpoint == "facilitate.review" and step.expected.get(BOTH) == "refused"]
    assert [(step.method, step.expected["moderator"]) for step in own] == [("POST", "allowed")]
    response = walk.send("POST", own[0].path, BOTH, decision="accept")
    assert (response.status_code, walk.changed()) == (403, False)
    assert walk.send("GET", own[0].path, BOTH).status_code == 200


def test_a_role_that_waits_is_told_so_about_a_revision_too(walk: Walk) -> None:
    waiting = [
        step.path for step in walk.steps if step.expected.get("moderator without a second factor") == "second factor"
    ]
    path = next(path for path in waiting if "/revisions/1/record.json" in path)
    response = walk.send("GET", path, "moderator without a second factor")
    assert (response.status_code, response.location) == (303, "/en/account/security")
