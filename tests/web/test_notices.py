"""Notices and how one is told, as pages; and the mail's own link that switches its kind off."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from consult import clock
from consult.accounts.models import Person
from consult.db import new_id, session, transaction
from consult.events.models import EventRow
from consult.events.record import record
from consult.i18n import LANGUAGES, N_, Localized
from consult.notifications.choosing import PlaceDraft, choose_place
from consult.notifications.gathering import gather_due
from consult.notifications.kinds import How, Topic
from consult.notifications.models import FailingAddress, Mail, Notice, Wish
from consult.notifications.sender import as_message
from consult.notifications.stopping import stop_token
from consult.notifications.telling import tell
from consult.notifications.wishes import wishes_of
from consult.outcomes.events import LettersSent
from consult.sessions.services import SessionDraft, plan_session
from consult.testing.acts import recorded
from consult.testing.web import form_token, post
from consult.testing.world import World

Counting = Callable[[], AbstractContextManager[list[str]]]
NOTICES, TELLING, PLACE = "/en/account/notices", "/en/account/telling", "/en/account/place"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def _tell(world: World, key: str = "ghat", times: int = 1) -> None:
    """Tell a member of a receipt, so often."""
    with transaction():
        person = session.get_one(Person, world.people[key])
        for _ in range(times):
            event = record(LettersSent(new_id(), 1, 1), stream=world.consultation_id, actor=None)
            subject = N_("Receipt %(number)s", number="TT-2026-00001")
            tell(person, event, "submission_received", subject, [N_("Sign in")], about="TT-2026-00001")


def _told(world: World, key: str = "ghat", times: int = 1) -> Mail:
    _tell(world, key, times)
    newest = sa.select(Mail).where(Mail.person_id == world.people[key]).order_by(Mail.id.desc()).limit(1)
    return session.scalars(newest).one()


def _of(world: World, key: str = "ghat") -> How:
    session.rollback()
    return wishes_of([world.people[key]])[world.people[key]].of(Topic.SUBMISSIONS)


def test_what_is_new_is_said_by_word_and_marked_by_a_button(client: FlaskClient, world: World) -> None:
    _told(world, times=2)
    world.sign_in(client, "ghat")
    page = client.get(NOTICES).get_data(as_text=True)
    assert ("2 new notices" in page, "2 are new" in page, page.count(">New<")) == (True, True, 2)
    one = re.findall(r'name="notice" value="([0-9a-f-]{36})"', page)[0]
    assert post(client, NOTICES, {"notice": one}).status_code == 303
    page = client.get(NOTICES).get_data(as_text=True)
    assert ("One is new" in page, page.count(">New<")) == (True, 1)
    assert post(client, NOTICES, {"notice": "nonsense"}).status_code == 303
    assert client.get(NOTICES).get_data(as_text=True).count(">New<") == 1
    assert post(client, NOTICES, {}).status_code == 303
    page = client.get(NOTICES).get_data(as_text=True)
    assert (page.count(">New<"), "new notice" in page) == (0, False)


def test_the_count_costs_no_query_and_the_page_one(client: FlaskClient, world: World, count_queries: Counting) -> None:
    world.sign_in(client, "ghat")
    client.get("/en/account")

    def selects(path: str) -> int:
        with count_queries() as seen:
            assert client.get(path).status_code == 200
        return len([one for one in seen if one.lstrip().upper().startswith("SELECT")])

    account = selects("/en/account")
    _told(world)
    before = selects(NOTICES)
    _told(world, times=2)
    assert (selects(NOTICES), selects("/en/account")) == (before, account)
    client.delete_cookie("consult-session")
    with count_queries() as seen:
        client.get("/en/c/test/")
    assert [one for one in seen if "notice" in one] == []


def test_a_page_that_was_kept_does_not_hide_a_new_notice(client: FlaskClient, world: World) -> None:
    _tell(world, "derna")
    world.sign_in(client, "ghat")
    before = client.get("/en/c/test/").headers["ETag"]
    assert client.get("/en/c/test/", headers={"If-None-Match": before}).status_code == 304
    with transaction():  # at the same number of the log
        event = session.scalars(sa.select(EventRow.id).where(EventRow.stream_id == world.consultation_id)).first()
        values = {"event_id": event, "kind": "answer", "about": "1", "how": How.NOW, "at": clock.now()}
        session.add(Notice(person_id=world.people["ghat"], **values))
    assert client.get("/en/c/test/", headers={"If-None-Match": before}).status_code == 200


def test_how_one_is_told_is_chosen_and_what_is_wrong_is_told_at_its_field(client: FlaskClient, world: World) -> None:
    world.sign_in(client, "ghat")
    fields = dict.fromkeys(("submissions", "sessions", "ballots", "answers", "searches", "messages"), "daily")
    hours = {"quiet": "y", "quiet_from": "22", "quiet_to": "6"}
    wrong = post(client, TELLING, {**fields, **hours, "quiet_to": "22"})
    words = wrong.get_data(as_text=True)
    assert (wrong.status_code, 'href="#quiet_to">Quiet hours end' in words) == (422, True)
    assert (
        '<option value="daily" selected' in words.replace("selected value", "value")
        or 'selected value="daily"' in words
    )
    assert post(client, TELLING, {**fields, **hours, "ballots": "never"}).status_code == 422
    assert post(client, TELLING, {**fields, **hours}).status_code == 303
    now = wishes_of([world.people["ghat"]])[world.people["ghat"]]
    assert (now.of(Topic.BALLOTS), now.of(Topic.ACCOUNT), now.quiet) == (How.DAILY, How.NOW, (22, 6))


def test_who_is_abroad_reads_times_on_their_own_clock_too_and_nobody_else(client: FlaskClient, world: World) -> None:
    starts = datetime(2027, 1, 12, 12, 0, tzinfo=UTC)  # 14:00 in Tripoli
    venue = Localized(ar="طرابلس", en="Tripoli")
    draft = SessionDraft("plenary", Localized(ar="جلسة", en="Sitting"), venue, starts, starts + timedelta(hours=2))
    plan_session(draft, consultation=world.consultation, actor=world.actor("organiser"))
    choose_place(PlaceDraft("Africa/Tunis", "TN"), actor=world.actor("ghat"))
    choose_place(PlaceDraft("Europe/Athens", "GR"), actor=world.actor("derna"))  # the same hour as Tripoli in winter
    for key, said in (("ghat", True), ("derna", False), ("zuwara", False), ("", False)):
        client.delete_cookie("consult-session")
        if key:
            world.sign_in(client, key)
        page = client.get("/en/c/test/sessions/1/").get_data(as_text=True)
        assert ("14:00" in page, "13:00</bdi> in <bdi>Tunis" in page) == (True, said)
    assert re.search(r"\bEET\b", page) is None
    world.sign_in(client, "ghat")
    for code in LANGUAGES:
        page = client.get(f"/{code}/account/place").get_data(as_text=True)
        assert 'value="TN"' in page
    wrong = post(client, PLACE, {"timezone": "Africa/Tunis", "country": "TN", "district": "x" * 121})
    assert (wrong.status_code, "x" * 121 in wrong.get_data(as_text=True)) == (422, True)


def test_a_mail_switches_its_kind_off_with_one_press_in_the_mail_program(client: FlaskClient, world: World) -> None:
    message = as_message(_told(world))
    address = str(message["List-Unsubscribe"]).strip("<>")
    assert str(message["List-Unsubscribe-Post"]) == "List-Unsubscribe=One-Click"
    assert str(world.people["ghat"]) not in address
    assert address in message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    path = address.removeprefix("http://localhost")
    for _ in range(2):  # replayed, it is the same
        answer = client.post(path, data=ONE_CLICK)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
        assert (_of(world), _of(world, "derna"), len(recorded("WishesChanged"))) == (How.PRODUCT, How.NOW, 1)
    _tell(world)
    of_ghat = (
        session.scalar(sa.select(sa.func.count()).where(m.person_id == world.people["ghat"])) for m in (Mail, Notice)
    )
    assert tuple(of_ghat) == (1, 2)


def test_opening_the_link_only_asks_and_its_button_acts(client: FlaskClient, world: World) -> None:
    path = f"/en/stop/{stop_token(_told(world).id)}"
    page = client.get(path).get_data(as_text=True)
    assert ("My submissions" in page, "Switch them off" in page, _of(world)) == (True, True, How.NOW)
    done = client.post(path, data={"csrf_token": form_token(client, path)}).get_data(as_text=True)
    assert ("You get no mail any more about" in done, TELLING in done, _of(world)) == (True, True, How.PRODUCT)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"List-Unsubscribe": "One-Click", "x": "1"},
        {"List-Unsubscribe": "Two"},
        {"List-Unsubscribe": ["One-Click"] * 2},
    ],
)
def test_nothing_but_the_body_of_a_mail_program_goes_without_a_form_token(
    app: Flask, world: World, body: dict[str, str]
) -> None:
    path = f"/en/stop/{stop_token(_told(world).id)}"
    assert app.test_client().post(path, data=body).status_code == 400
    assert app.test_client().post(f"{path}?x=1", data=ONE_CLICK).status_code == 400
    assert app.test_client().post("/en/account/telling", data=ONE_CLICK).status_code == 400
    assert _of(world) is How.NOW


def test_forged_altered_and_unfit_tokens_open_nothing(client: FlaskClient, world: World) -> None:
    mine, other = _told(world), _told(world, "derna")
    with transaction():
        secure = replace_kind(mine)
    good, theirs = stop_token(mine.id), stop_token(other.id)
    crossed = theirs[:21] + good[21:]
    ends = [good[:-1] + end for end in "ABCDEFGH" if end != good[-1]]  # some decode to the same bytes
    for token in (good[:-2], *ends, crossed, "x", "A" * 43, "é" * 43, secure):
        assert client.get(f"/en/stop/{token}").status_code == 404
        assert client.post(f"/en/stop/{token}", data=ONE_CLICK).status_code == 404
    session.rollback()
    assert session.scalars(sa.select(Wish)).all() == []


def replace_kind(mail: Mail) -> str:
    """Write a mail about the account, which cannot be switched off, and return its token."""
    copy = Mail(
        person_id=mail.person_id,
        kind="password_set",
        cause="x",
        address=mail.address,
        language="ar",
        subject="",
        text="",
        html="",
        created_at=clock.now(),
        due_at=clock.now(),
    )
    session.add(copy)
    session.flush()
    assert as_message(copy)["List-Unsubscribe"] is None
    return stop_token(copy.id)


def test_a_daily_letter_switches_off_what_is_told_daily(client: FlaskClient, world: World) -> None:
    with transaction():
        session.add(Wish(person_id=world.people["ghat"], topic=Topic.SUBMISSIONS, how=How.DAILY))
    _tell(world)
    with clock.at(clock.now() + timedelta(days=1)):
        gather_due()
    mail = session.scalars(sa.select(Mail)).one()
    page = client.post(f"/ar/stop/{stop_token(mail.id)}", data=ONE_CLICK).get_data(as_text=True)
    session.rollback()
    now = wishes_of([world.people["ghat"]])[world.people["ghat"]]
    told = (now.of(Topic.SUBMISSIONS), now.of(Topic.SESSIONS), now.of(Topic.BALLOTS))
    assert told == (How.PRODUCT, How.PRODUCT, How.NOW)
    assert '<html lang="ar" dir="rtl">' in page


def test_a_refused_address_is_told_to_its_person_whole_and_to_administrators_half(
    client: FlaskClient, world: World
) -> None:
    with transaction():
        who, now = session.get_one(Person, world.people["ghat"]), clock.now()
        row = FailingAddress(person_id=who.id, address=who.email, code="550", refusals=3, first_at=now, last_at=now)
        row.stopped_at = now
        session.add(row)
    page = world.sign_in(client, "ghat").get(NOTICES).get_data(as_text=True)
    assert ("Your address takes no mail" in page, "ghat@example.org" in page) == (True, True)
    outbox = world.sign_in(client, "administrator").get("/en/administer/outbox/").get_data(as_text=True)
    assert ("g…@example.org" in outbox, "ghat@example.org" in outbox) == (True, False)
    world.sign_in(client, "ghat")
    assert post(client, "/en/account/address/works", {}, form_page=NOTICES).status_code == 303
    assert "Your address takes no mail" not in client.get(NOTICES).get_data(as_text=True)
