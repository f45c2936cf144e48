"""Leaving: who may ask, what is asked before, what goes and what stays, and that nothing of anybody else is touched."""

from __future__ import annotations

import threading
import uuid
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from consult import clock, search
from consult.accounts.access import ANONYMOUS, Role
from consult.accounts.models import ERASED_NAME, Person, RoleGrant
from consult.accounts.own_data import own_data
from consult.accounts.signing_in.sign_in import start_sign_in, visit_for_token
from consult.attachments import path_of
from consult.attachments.brought import BroughtDocument
from consult.ballots.models import OpenChoice
from consult.consultations.accreditation.models import UnconfirmedApplication
from consult.consultations.names import public_names
from consult.consultations.queries import seat_of
from consult.consultations.registration_models import Registration
from consult.db import Base, session, transaction
from consult.erasure.again import erase_again
from consult.erasure.erase import erase_due
from consult.erasure.listing import list_path, listed
from consult.erasure.models import Erasure
from consult.erasure.plan import plan_of, texts_of, waiting_erasure
from consult.erasure.rules import Treatment, declared_rule, rule_of, tables_of_people, ways_to_person
from consult.erasure.services import ErasureDraft, ask_erasure, withdraw_erasure
from consult.errors import Conflict, Forbidden, Rejected
from consult.events.models import EventRow
from consult.notifications.models import Mail
from consult.runtime import runtime
from consult.submissions.documents.attaching import attach
from consult.submissions.documents.models import Attachment
from consult.submissions.drafting.drafts import start_correction, start_draft, submission_draft
from consult.submissions.models import Draft, Passage, Revision, Submission
from consult.submissions.offices.models import DraftComment, DraftSave
from consult.submissions.offices.sign_off import digest_of
from consult.submissions.offices.together import comment, share_draft
from consult.submissions.services import Review, correct, return_for_correction, submit
from consult.submissions.states import SubmissionState
from consult.testing.acts import accept, deliver, hand_in, recorded, said
from consult.testing.attached_files import picture
from consult.testing.colleagues import colleague, shared
from consult.testing.withheld import everything_happens
from consult.testing.world import World

ENDORSED = {"council_date": "2025-03-30", "council_decision": "31/2026"}
NAME = "عيسى كوسا"
WEEK = timedelta(days=7)


def _ask(world: World, *numbers: str, key: str = "ghat") -> Erasure:
    actor = world.actor(key)
    return ask_erasure(ErasureDraft(frozenset(numbers), actor.name), actor=actor)


def _erase(world: World, *numbers: str, key: str = "ghat") -> None:
    due = _ask(world, *numbers, key=key).due_at
    with clock.at(due):
        assert erase_due()


def test_every_table_with_something_of_people_says_what_happens_to_it(app: Flask) -> None:
    found = {table.name: rule for table, rule in tables_of_people()}
    assert {"person", "member", "submission", "passage", "mail", "open_choice", "cso_registration"} <= set(found)
    assert [name for name in found if declared_rule(Base.metadata.tables[name]) is None] == []
    assert [n for n, r in found.items() if not ways_to_person(Base.metadata.tables[n], r)] == []
    silent = [n for n, r in found.items() if r.treatment in (Treatment.DETACH, Treatment.KEEP) and r.why is None]
    assert silent == []
    unknown = [
        (name, column)
        for name, rule in found.items()
        for column in (*rule.clear, *rule.always, *ways_to_person(Base.metadata.tables[name], rule))
        if column not in Base.metadata.tables[name].c
    ]
    assert unknown == []


def test_what_a_plugin_forgot_goes_with_its_text_or_its_person() -> None:
    apart, lead = sa.MetaData(), ("person_id", "submission_id")
    tables = [sa.Table(f"new_{name}", apart, sa.Column(name, sa.Uuid())) for name in lead]
    assert [declared_rule(table) for table in tables] == [None, None]
    assert [rule_of(table).treatment for table in tables] == [Treatment.ERASE, Treatment.TEXT]


def test_the_plan_is_of_the_rows_there_are(world: World) -> None:
    everything_happens(world)
    plan = plan_of(world.people["cso"])
    rows = own_data(world.people["cso"]).rows
    counted = {line.table: line.rows for lines in plan.lines.values() for line in lines}
    for table in ("member", "draft", "submission", "passage", "review_decision", "speech", "reservation", "mail"):
        assert counted[table] == len(rows[table])
    cited = [text for text in plan.texts if text.cited]
    assert [(text.recommendations, text.editions) for text in cited] == [([1], [1])]
    assert counted["submission"] == len(plan.texts)


@pytest.mark.parametrize("typed", ["", "عيسى", "somebody else"])
def test_whoever_does_not_type_their_name_is_not_erased(world: World, typed: str) -> None:
    with pytest.raises(Rejected) as refused:
        ask_erasure(ErasureDraft(typed=typed), actor=world.actor("ghat"))
    assert said(refused.value) == [("typed", "Type your name as it stands on this page.")]
    assert waiting_erasure(world.people["ghat"]) is None


def test_a_text_of_somebody_else_or_one_that_is_cited_cannot_go(world: World) -> None:
    everything_happens(world)
    other = texts_of(world.people["ghat"])[0].number
    cited = next(text.number for text in texts_of(world.people["cso"]) if text.cited)
    for number, message in (
        (other, "Choose among your own texts."),
        (cited, "A text that is cited, or that your body signed off, stays without your name."),
    ):
        with pytest.raises(Rejected) as refused:
            _ask(world, number, key="cso")
        assert said(refused.value) == [("texts", message)]


def test_nobody_is_erased_who_is_not_signed_in_holds_an_office_or_waits(world: World) -> None:
    with pytest.raises(Forbidden):
        ask_erasure(ErasureDraft(typed=NAME), actor=ANONYMOUS)
    with pytest.raises(Conflict, match="You hold an office here"):
        _ask(world, key="moderator")
    _ask(world)
    with pytest.raises(Conflict, match="asked for this already"):
        _ask(world)
    with pytest.raises(Conflict, match="Nothing waits"):
        withdraw_erasure(actor=world.actor("derna"))


def test_a_mind_is_changed_until_the_last_moment_and_both_are_told(world: World) -> None:
    due = _ask(world).due_at
    (asked,) = recorded("ErasureAsked")
    assert asked.facts["due"] == due.isoformat()
    assert due - clock.now() <= WEEK
    assert not erase_due()
    withdraw_erasure(actor=world.actor("ghat"))
    assert len(recorded("ErasureWithdrawn")) == 1
    with clock.at(due):
        assert not erase_due()
    deliver()
    told = session.execute(sa.select(Mail.kind, Mail.address).order_by(Mail.id)).all()
    assert [tuple(row) for row in told] == [
        ("erasure_withdrawn", "ghat@example.org"),
    ]
    _ask(world)
    deliver()
    letter = session.scalars(sa.select(Mail).where(Mail.kind == "erasure_asked")).one()
    assert "/account/erase" in letter.text


def test_an_office_given_meanwhile_puts_it_off(world: World) -> None:
    row = _ask(world)
    with transaction():
        grant = RoleGrant(person_id=world.people["ghat"], role=Role.OBSERVER, consultation_id=world.consultation_id)
        grant.granted_at = clock.now()
        session.add(grant)
    with clock.at(row.due_at):
        assert erase_due()
        assert not erase_due()
    assert session.get_one(Person, world.people["ghat"]).name == NAME


def test_the_account_is_gone_and_the_record_shows_a_number(world: World) -> None:
    token = start_sign_in(world.people["ghat"], method="link")
    assert visit_for_token(token).actor.name == NAME
    _erase(world)
    assert visit_for_token(token).actor == ANONYMOUS
    person = session.get_one(Person, world.people["ghat"])
    assert (person.name, person.email, person.email_key, person.password_hash) == (ERASED_NAME, "", None, "")
    assert person.closed_at is not None
    shown = public_names([world.members["ghat"]])[world.members["ghat"]]
    assert (str(shown.who), shown.body and shown.body["en"]) == ("Former participant 1", "Ghat")
    assert (seat_of(world.members["ghat"]), world.member("ghat").part_ended_at is not None) == (None, True)
    (event,) = recorded("MemberErased")
    assert event.facts == {"member": str(world.members["ghat"]), "texts": []}


def test_a_text_that_goes_leaves_number_and_fingerprint_and_one_that_stays_its_words(world: World) -> None:
    going, staying = (accept(world, hand_in(world, "ghat", ENDORSED)) for _ in range(2))
    numbers, ids = (going.number, staying.number), (going.id, staying.id)
    before = {r.submission_id: r.fingerprint for r in session.scalars(sa.select(Revision))}
    _erase(world, numbers[0])
    rows = [session.get_one(Submission, one) for one in ids]
    assert [(row.number, row.state, row.title == "", row.answers == {}, row.author) for row in rows] == [
        (numbers[0], SubmissionState.WITHDRAWN, True, True, ""),
        (numbers[1], SubmissionState.ACCEPTED, False, False, ""),
    ]
    assert {r.submission_id: r.fingerprint for r in session.scalars(sa.select(Revision))} == before
    assert [_words(one) for one in ids] == [{""}, _words(ids[1]) - {""}]
    hits = search.search(world.consultation_id, "سجل")
    assert hits is not None
    assert list(session.scalars(sa.select(hits.c.submission_id))) == [ids[1]]


def _words(submission: uuid.UUID) -> set[str]:
    return set(session.scalars(sa.select(Passage.text).where(Passage.submission_id == submission)))


def test_nothing_of_anybody_else_is_touched(world: World) -> None:
    everything_happens(world)
    deliver()
    others = [key for key in world.people if key != "cso"]
    before = {key: repr(own_data(world.people[key]).rows) for key in others}
    choices = session.scalar(sa.select(sa.func.count()).select_from(OpenChoice))
    _erase(world, key="cso")
    assert [key for key in others if repr(own_data(world.people[key]).rows) != before[key]] == []
    assert session.scalar(sa.select(sa.func.count()).select_from(OpenChoice)) == choices
    assert session.scalar(sa.select(sa.func.count()).where(EventRow.actor_id == world.people["moderator"]))


def test_two_workers_erase_once(app: Flask, world: World) -> None:
    due = _ask(world).due_at
    session.remove()

    def work() -> None:
        with app.app_context(), clock.at(due):
            erase_due()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(recorded("PersonErased")) == 1


def test_a_registration_that_waits_under_the_same_address_goes_too(world: World) -> None:
    typed = {"track": "cso", "name": NAME, "language": "ar", "expires_at": clock.now() + 2 * WEEK}
    with transaction():
        for email in ("Ghat@Example.org", "other@example.org"):
            session.add(Registration(consultation_id=world.consultation_id, email=email, **typed))
    _erase(world)
    assert session.scalars(sa.select(Registration.email)).all() == ["other@example.org"]


def test_an_application_that_waits_under_the_same_address_goes_too(world: World) -> None:
    typed = {"track": "academic", "kind": "university", "name": NAME, "contact": NAME, "language": "ar"}
    typed |= {"mandate": "x", "legal_basis": "x"}
    later = clock.now() + 2 * WEEK
    with transaction():
        for number, email in enumerate(("Ghat@Example.org", "other@example.org"), start=1):
            row = UnconfirmedApplication(consultation_id=world.consultation_id, email=email, number=number, **typed)
            row.applied_at = row.asked_at = later
            session.add(row)
    _erase(world)
    assert session.scalars(sa.select(UnconfirmedApplication.email)).all() == ["other@example.org"]


def test_who_was_erased_stands_as_ids_on_a_list_for_its_owner_only(world: World) -> None:
    text = hand_in(world, "ghat", ENDORSED)
    _erase(world, text.number)
    path = list_path(runtime().settings.instance_path)
    assert path.read_text() == f"{world.people['ghat']} {text.id}\n"
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_text(path.read_text() + "cut off\n" + str(world.people["ghat"])[:9])
    assert listed(path) == {world.people["ghat"]: frozenset({text.id})}


def test_whoever_is_back_after_a_restore_is_erased_again_whatever_office_they_held_then(
    world: World, tmp_path: Path
) -> None:
    text = hand_in(world, "ghat", ENDORSED)
    kept = hand_in(world, "ghat", ENDORSED)
    with transaction():
        session.add(RoleGrant(person_id=world.people["ghat"], role=Role.OBSERVER, granted_at=clock.now()))
    path = tmp_path / "list"
    path.write_text(f"{world.people['ghat']} {text.id}\n{uuid.uuid4()}\n")
    assert erase_again(path) == 1
    assert session.get_one(Person, world.people["ghat"]).name == ERASED_NAME
    assert session.get_one(Submission, text.id).state == SubmissionState.WITHDRAWN
    assert session.get_one(Submission, kept.id).state == SubmissionState.RECEIVED
    assert session.scalars(sa.select(RoleGrant.revoked_at)).all().count(None) == 3
    assert erase_again(path) == 0


def _body_text(world: World) -> Submission:
    """Let Ghat, whose second member is `second`, sign off a text of its first."""
    draft = shared(world)
    with transaction():
        draft.answers = {**draft.answers, "track": ENDORSED}
    position = replace(submission_draft(draft), seen=digest_of(draft))
    return submit(position, consultation=world.consultation, actor=world.actor("ghat"))


@pytest.mark.parametrize("writer", ["ghat", "second"])
def test_a_correction_of_a_text_of_the_body_goes_on_without_its_author(world: World, writer: str) -> None:
    colleague(world, "second")
    row = _body_text(world)
    unclear = Review("unclear", "وضّح الفقرة 2.")
    return_for_correction(row, unclear, actor=world.actor("moderator"))
    draft = start_correction(session.get_one(Submission, row.id), actor=world.actor(writer))
    comment(draft, "text", "أليس كثيرًا؟", actor=world.actor("second"))
    _erase(world)
    assert session.scalars(sa.select(Draft)).one().member_id == world.members["second"]
    assert len(session.scalars(sa.select(DraftComment)).all()) == 1


def test_the_page_says_of_a_shared_draft_that_a_colleague_goes_on_with_it(world: World) -> None:
    colleague(world, "second")
    draft, actor = shared(world), world.actor("ghat")
    with transaction():
        next(track for track in world.consultation.tracks if track.key == "municipal").files = 3
    made = attach(
        draft, BroughtDocument("x.png", BytesIO(picture("PNG"))), consultation=world.consultation, actor=actor
    )
    file = path_of(made.place)
    kept, _own = draft.id, start_draft(world.members["ghat"], consultation=world.consultation, actor=actor)
    for key in ("ghat", "second"):
        comment(draft, "text", key, actor=world.actor(key))
    plan = plan_of(world.people["ghat"])
    goes = {line.table: line.rows for line in plan.lines[Treatment.ERASE]}
    stays = {line.table: line.rows for line in plan.lines[Treatment.DETACH]}
    saves = session.scalar(sa.select(sa.func.count()).select_from(DraftSave))
    assert (goes["draft"], stays["draft"], goes["draft_comment"], goes["draft_save"]) == (1, 1, 1, saves)
    _erase(world)
    assert session.scalars(sa.select(Draft.id)).all() == [kept]
    assert (session.scalars(sa.select(Attachment.member_id)).all(), file.exists()) == ([world.members["second"]], True)
    assert session.scalars(sa.select(DraftComment.text)).all() == ["second"]


def test_a_text_that_the_body_signed_off_while_its_author_waited_stays(world: World) -> None:
    colleague(world, "second")
    row = hand_in(world, "ghat", ENDORSED)
    due = _ask(world, row.number).due_at
    return_for_correction(row, Review("unclear", "وضّح الفقرة 2."), actor=world.actor("moderator"))
    draft = share_draft(
        start_correction(session.get_one(Submission, row.id), actor=world.actor("ghat")), actor=world.actor("ghat")
    )
    again = replace(submission_draft(draft), answers=ENDORSED, seen=digest_of(draft))
    correct(again, consultation=world.consultation, actor=world.actor("ghat"))
    assert texts_of(world.people["ghat"])[0].of_body
    with clock.at(due):
        assert erase_due()
    row = session.get_one(Submission, row.id, populate_existing=True)
    assert (row.state, row.title != "") == (SubmissionState.RECEIVED, True)
