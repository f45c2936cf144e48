"""Our body's work through the pages: two colleagues write one text in two browsers, comment, sign off and hand in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from consult import clock
from consult.accounts.access import OPERATOR, allowed
from consult.accounts.clauses import permitted
from consult.accounts.models import Person
from consult.accounts.people import PersonDraft
from consult.consultations.accreditation.drafts import ApplicationDraft
from consult.consultations.accreditation.queries import applications_of_bodies, token_of
from consult.consultations.models import Member
from consult.consultations.phases import Right, open_phase
from consult.consultations.services import apply
from consult.db import session, transaction
from consult.recommendations.reservation_models import UnsignedReservation
from consult.recommendations.reservations import record_reservation
from consult.recommendations.responses import RequestDraft, ask_response
from consult.recommendations.responses_together import DecisionDraft, WordsDraft, write_part
from consult.settings import Settings
from consult.submissions.models import Draft, Submission
from consult.submissions.offices.models import DraftComment, Office
from consult.submissions.offices.sign_off import RuleDraft, let_fall, set_rule
from consult.submissions.offices.sign_off_rules import Level
from consult.submissions.services import Review, SubmissionDraft, accept, hide, return_for_correction, submit
from consult.testing.colleagues import colleague, shared
from consult.testing.plenary import propose_recommendation
from consult.testing.small_tracks import running_app
from consult.testing.web import post
from consult.testing.world import World

HOME = "/en/c/test"
TEXT = {"text": "تمر بغات أقدم طرق القوافل.", "topics": ("gcm-1",), "answers": {"decision": "31/2026"}}


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """An application with small tracks."""
    yield from running_app(settings)


@pytest.fixture
def lead(client: FlaskClient, world: World) -> FlaskClient:
    """The councillor of Ghat, who leads."""
    return world.sign_in(client, "ghat")


@pytest.fixture
def second(app: Flask, world: World) -> FlaskClient:
    """A colleague, in a browser of their own."""
    colleague(world, "second")
    return world.sign_in(app.test_client(), "second")


@pytest.fixture
def handed_in(world: World) -> Callable[..., Submission]:
    """Hand in a text of Ghat."""

    def hand_in() -> Submission:
        draft = SubmissionDraft(world.members["ghat"], "سجل بلدي", "ar", **TEXT)  # type: ignore[arg-type]
        return submit(draft, consultation=world.consultation, actor=world.actor("ghat"))

    return hand_in


def read(client: FlaskClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, path
    return answer.get_data(as_text=True)


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found, name
    return found[1]


def save(client: FlaskClient, base: str, page: str, step: str, fields: dict[str, str]) -> tuple[int, str]:
    kept = {name: hidden(page, name) for name in ("csrf_token", "version", "page")}
    answer = client.post(f"{base}{step}/", data=kept | fields)
    return answer.status_code, answer.get_data(as_text=True)


def lead_signs_off(world: World) -> None:
    rule = RuleDraft("lead", 0, world.members["ghat"])
    set_rule(
        rule, body=world.bodies["ghat"], track="municipal", consultation=world.consultation, actor=world.actor("ghat")
    )


def test_from_a_draft_of_ones_own_to_a_text_that_the_lead_signed_off(
    lead: FlaskClient, second: FlaskClient, world: World
) -> None:
    lead_signs_off(world)
    draft = shared(world)
    base = f"{HOME}/write/{draft.id}/"
    office = read(second, f"{HOME}/office/")
    assert all(words in office for words in ("سجل بلدي", "Days left: 29", "Being written", "Lead:"))
    page = read(second, f"{base}text/")
    assert "Nobody is writing this part" in page
    assert save(second, base, page, "text", {"text": "كتبته زميلة."})[0] == 303
    theirs = read(lead, f"{base}text/")
    assert "second" in theirs
    assert "is writing this part" in theirs
    assert "<fieldset disabled>" in theirs
    assert "second" in read(lead, f"{HOME}/office/")
    assert post(lead, f"{base}text/comments", {"comment": "هل هذا صحيح؟"}, form_page=f"{base}text/").status_code == 303
    session.rollback()
    said = session.scalars(sa.select(DraftComment)).one()
    assert "هل هذا صحيح؟" in read(second, f"{base}text/")
    post(second, f"{base}text/resolve", {"comment": str(said.id)}, form_page=f"{base}text/")
    assert "Dealt with" in read(lead, f"{base}text/")
    history = read(lead, f"{base}history/")
    assert "كتبته" in history
    check = read(second, f"{base}check/")
    assert "The sign-off of the lead is missing." in check
    assert "Hand in</button>" not in check
    refused = post(second, f"{base}check/", {})
    assert refused.status_code == 422
    post(second, f"{base}ask", {}, form_page=f"{base}check/")
    waiting = read(lead, f"{HOME}/office/")
    assert ("Waits for your sign-off" in waiting, "Your sign-off" in waiting) == (True, True)
    assert "Your sign-off" not in read(second, f"{HOME}/office/"), "not theirs"
    page = read(lead, f"{base}check/")
    post(lead, f"{base}sign", {"seen": hidden(page, "seen")}, form_page=f"{base}check/")
    page = read(second, f"{base}check/")
    answer = post(second, f"{base}check/", {"seen": hidden(page, "seen")})
    assert answer.status_code == 303
    receipt = read(second, answer.location)
    assert "Signed off by the body" in receipt
    assert "عيسى كوسا" not in receipt
    session.rollback()
    assert session.scalars(sa.select(Draft)).all() == []
    assert session.scalars(sa.select(Submission)).one().member_id == world.members["second"]


@pytest.mark.parametrize(
    ("key", "changes", "shown"),
    [
        ("cso", {}, "Participant 5, name withheld"),
        ("ghat", {"display_name": "زيتونة"}, "زيتونة"),
        ("ghat", {}, "عيسى كوسا"),
    ],
)
def test_colleagues_call_a_member_as_everybody_may(
    app: Flask, world: World, key: str, changes: dict[str, str], shown: str
) -> None:
    colleague(world, "second", key)
    with transaction():
        for name, value in changes.items():
            setattr(world.member(key), name, value)
    draft = shared(world, key)
    real = session.get_one(Person, world.people[key]).name
    member, other = (world.sign_in(app.test_client(), who) for who in (key, "second"))
    base = f"{HOME}/write/{draft.id}/"
    assert save(member, base, read(member, f"{base}text/"), "text", {"text": "كتبته أنا."})[0] == 303
    post(member, f"{base}text/comments", {"comment": "هل هذا صحيح؟"}, form_page=f"{base}text/")
    for path in (f"{HOME}/office/", f"{base}text/", f"{base}history/"):
        page = read(other, path)
        assert (shown in page, real in page) == (True, real == shown), path
    assert real in read(member, f"{HOME}/office/")


def test_saving_against_a_colleague_shows_both_texts(lead: FlaskClient, second: FlaskClient, world: World) -> None:
    draft = shared(world)
    base = f"{HOME}/write/{draft.id}/"
    mine, theirs = read(lead, f"{base}text/"), read(second, f"{base}text/")
    assert save(second, base, theirs, "text", {"text": "نص الزميلة."})[0] == 303
    status, page = save(lead, base, mine, "text", {"text": "نصّي أنا."})
    assert status == 409
    assert all(words in page for words in ("نص الزميلة.", "نصّي أنا.", "A colleague is writing in this part"))
    assert "<fieldset disabled>" not in page
    assert post(lead, f"{base}text/take", {}, form_page=f"{base}text/").status_code == 303
    assert "is writing this part" in read(lead, f"{base}text/")
    post(second, f"{base}text/release", {}, form_page=f"{base}text/")
    assert save(lead, base, page, "text", {"text": "نصّنا معًا."})[0] == 303
    session.rollback()
    assert session.get_one(Draft, draft.id).answers["text"] == "نصّنا معًا."


def test_an_author_opens_a_draft_and_nobody_else_finds_it(lead: FlaskClient, second: FlaskClient, world: World) -> None:
    answer = post(lead, f"{HOME}/write/", {"member": str(world.members["ghat"])})
    base = answer.location.removesuffix("behalf/")
    read(second, f"{base}check/", 404)
    assert "Open it to my colleagues" in read(lead, f"{base}check/")
    post(lead, f"{base}share", {}, form_page=f"{base}check/")
    assert "Open it to my colleagues" not in read(second, f"{base}check/")
    read(second, f"{base}delete/", 404)
    stranger = world.sign_in(second, "derna")
    for place in ("check/", "text/", "history/"):
        read(stranger, f"{base}{place}", 404)


def test_wrong_comments_and_rules_come_back_as_typed(
    lead: FlaskClient, second: FlaskClient, app: Flask, world: World
) -> None:
    draft = shared(world)
    base, rule = f"{HOME}/write/{draft.id}/", f"{HOME}/office/{world.member('ghat').number}/"
    answer = post(lead, f"{base}text/comments", {"comment": "ا" * 4001}, form_page=f"{base}text/")
    assert answer.status_code == 422
    assert "ا" * 4001 in answer.get_data(as_text=True)
    wrong = {"level": "council", "others": "7", "lead": str(world.members["second"])}
    answer = post(lead, rule, wrong)
    assert answer.status_code == 422
    assert 'value="7"' in answer.get_data(as_text=True)
    assert post(lead, rule, wrong | {"others": "1"}).status_code == 303
    session.rollback()
    assert session.scalars(sa.select(Office)).one().lead_id == world.members["second"]
    read(lead, rule, 404)  # no longer the lead
    organiser = world.sign_in(app.test_client(), "organiser")
    offered = [set(re.findall(r'value="(\w+)"', client.get(rule).text)) & set(Level) for client in (second, organiser)]
    assert offered == [set(Level), {Level.COUNCIL}], "only the body itself lets fewer of its members sign off"


def test_a_body_co_signs_and_the_public_page_says_which_revision(
    lead: FlaskClient, app: Flask, world: World, handed_in: Callable[..., Submission]
) -> None:
    number = handed_in().number
    ask = f"{HOME}/submissions/{number}/cosign/"
    assert post(lead, ask, {"body": "cso-amal"}).status_code == 422
    assert "cso-amal" not in read(lead, ask)
    assert post(lead, ask, {"body": "LY010102"}).status_code == 303
    derna = world.sign_in(app.test_client(), "derna")
    found = re.search(rf"{HOME}/cosign/[-0-9a-f]+/", read(derna, f"{HOME}/office/"))
    assert found
    page = read(derna, found[0])
    assert all(words in page for words in ("تمر بغات", "Co-sign for my body"))
    read(derna, f"{HOME}/submissions/{number}/cosign/", 404)
    read(lead, found[0], 404)
    assert post(derna, found[0], {"revision": "7"}).status_code == 409
    assert post(derna, found[0], {"revision": "1"}).status_code == 303
    session.rollback()
    accept(session.scalars(sa.select(Submission)).one(), Review("in_order"), actor=world.actor("moderator"))
    public = read(app.test_client(), f"{HOME}/submissions/{number}/")
    assert all(words in public for words in ("Co-signed by", "Derna", "revision 1"))
    post(derna, f"{found[0]}revoke", {}, form_page=found[0])
    assert "Co-signed by" not in read(app.test_client(), f"{HOME}/submissions/{number}/")


def test_members_find_the_application_of_their_body_and_whoever_applied_its_own_page(
    app: Flask, lead: FlaskClient, second: FlaskClient, world: World
) -> None:
    draft = ApplicationDraft(
        track="academic",
        name="بلدية غات",
        kind="university",
        contact=PersonDraft("مستشار غات", "ghat@example.org"),
        mandate="تدير سجل غات",
        legal_basis="قانون 59",
    )
    row = apply(draft, consultation=world.consultation, actor=OPERATOR)
    with transaction():
        row.body_id, row.track, row.state = world.bodies["ghat"], "municipal", "accepted"
        row.until = datetime(2031, 5, 31, tzinfo=UTC)
    page = f"/en/c/test/accreditation/{token_of(row.id)}/"
    own, other = read(lead, f"{HOME}/office/"), read(second, f"{HOME}/office/")
    for shown in (own, other):
        assert all(words in shown for words in ("Its application 1", "تدير سجل غات", "31 May 2031", "Accredited"))
    assert [page in shown for shown in (own, other)] == [True, False]
    assert "Accredited" in read(lead, page)
    elsewhere = world.sign_in(app.test_client(), "derna")
    assert "تدير سجل غات" not in read(elsewhere, f"{HOME}/office/")
    for key in ("ghat", "second", "derna", "professor", "organiser"):
        actor, here = world.actor(key), world.consultation_id
        listed = applications_of_bodies(here, permitted(actor, "accreditation.inside", here))
        assert bool(listed) is allowed(actor, "accreditation.inside", row) is (key in ("ghat", "second"))


def test_the_page_of_a_body_costs_the_same_for_one_text_and_for_three(
    lead: FlaskClient, second: FlaskClient, world: World, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    """Of drafts, of responses that are written and that somebody is at, and of reservations: each waits for the lead's yes."""
    rule = RuleDraft(Level.COUNCIL, 1, world.members["ghat"])
    here, ghat, body = world.consultation, world.actor("ghat"), world.bodies["ghat"]
    set_rule(rule, body=body, track="municipal", consultation=here, actor=ghat)
    costs, counts = [], []
    for wanted in (1, 2):
        for _ in range(wanted):
            shared(world)
            row = propose_recommendation(world)
            reservation = record_reservation(
                "تحفظ", language="ar", recommendation=row, member=world.members["ghat"], actor=ghat
            )
            assert isinstance(reservation, UnsignedReservation)
            with transaction():
                let_fall(reservation.id)
            due = (clock.now() + timedelta(days=30)).date()
            asked = ask_response(
                RequestDraft("LY032101", due, row.number), consultation=here, actor=world.actor("organiser")
            )
            for part in (DecisionDraft("accepted", due), WordsDraft("نعم", "ar")):
                write_part(part, 1, response=asked, actor=world.actor("second"))
        session.rollback()
        read(lead, f"{HOME}/office/")
        with count_queries() as counted:
            page = read(lead, f"{HOME}/office/")
        costs.append(len(counted))
        counts.append(page.count("Waits for your sign-off"))
    assert (costs[0], counts) == (costs[1], [2, 6])


def test_everything_that_is_due_stands_in_one_list_the_nearest_first(
    lead: FlaskClient, world: World, handed_in: Callable[..., Submission]
) -> None:
    """What closes, what was returned and hidden, what waits for a sign-off, and the end of the body's part."""
    here, moderator = world.consultation, world.actor("moderator")
    rows = [handed_in() for _ in range(2)]
    return_for_correction(rows[0], Review("unclear", "Say where."), actor=moderator)
    hide(rows[1], Review("harm", "Words."), actor=moderator)
    closes = open_phase(here.phases, Right.SUBMIT)
    assert closes is not None
    with transaction():
        member = session.get_one(Member, world.members["ghat"])
        member.until = clock.now() + timedelta(days=3)
    page = lead.get(f"{HOME}/office/").text
    due = page[page.index('id="due"') : page.index('id="b')]
    found = re.findall(r'<a class="title" href="([^"]*)"', due)
    receipts = [f"{HOME}/submissions/{row.number}/" for row in rows]
    assert found == [f"{receipts[0]}appeal/", f"{receipts[1]}appeal/", f"{HOME}/write/", receipts[0]]
    said = read(lead, f"{HOME}/office/")
    order = ["The accreditation of your body ends", "An appeal against a decision", "Handing in closes"]
    assert sorted(order, key=said.index) == order
    assert ("Days left: 2" in due, "A returned text, to be corrected" in due) == (True, True)
