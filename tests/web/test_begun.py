"""A text begun without an account: kept under a cookie, told to nobody, taken over by whoever takes part by then."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from consult import clock
from consult.accounts.access import ANONYMOUS
from consult.accounts.attempts import BEGUN_FROM_ADDRESS
from consult.consultations.models import Consultation, Phase
from consult.db import new_id, session, transaction
from consult.errors import TooManyTries
from consult.notifications.models import Mail
from consult.settings import Settings
from consult.submissions.drafting.begun import begin_text, begun_text, forget_begun_texts
from consult.submissions.drafting.begun_models import BegunText
from consult.submissions.drafting.splices import check_of
from consult.submissions.models import Draft, Submission
from consult.testing.acts import deliver, open_track
from consult.testing.small_tracks import running_app
from consult.testing.web import post
from consult.testing.world import World

HOME = "/en/c/test"
BEGIN = f"{HOME}/begin/"
TEXT = {"title": "A road", "language": "en", "text": "From Ghat to Sabha.", "proposals": "", "then": "stay"}


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """An application with small tracks."""
    yield from running_app(settings)


@pytest.fixture
def open_world(world: World) -> World:
    """The world with the track of organisations open to persons."""
    open_track(world, "cso")
    return world


def texts() -> list[BegunText]:
    session.rollback()
    return list(session.scalars(sa.select(BegunText)))


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found, name
    return found[1]


def saved(client: FlaskClient, **fields: str) -> str:
    """Save what is typed as the page has it, and return the page that follows."""
    page = client.get(BEGIN).text
    own = {name: hidden(page, name) for name in ("csrf_token", "version", "page")}
    answer = client.post(BEGIN, data={**own, **TEXT, **fields})
    assert answer.status_code == 303, answer.text
    return client.get(BEGIN).text


def test_from_the_first_line_without_an_account_to_a_draft(app: Flask, open_world: World) -> None:
    phone = app.test_client()
    assert BEGIN in phone.get(f"{HOME}/register/").text
    assert "data-autosave" not in phone.get(BEGIN).text, "nothing is written before somebody says so"
    assert texts() == []
    page = saved(phone)
    cookie = phone.get_cookie("consult-begun-test")
    assert cookie is not None
    assert (cookie.http_only, cookie.same_site) == (True, "Lax")
    assert "From Ghat to Sabha." in page
    assert cookie.value.encode() not in texts()[0].token_hash
    whole = "From Ghat to Sabha. By night."
    body = {
        "version": 1,
        "page": hidden(page, "page"),
        "fields": {"title": ["A long road"], "text": [19, 0, " By night.", check_of(whole)]},
    }
    kept = {"content_type": "application/json", "headers": {"Origin": "http://localhost"}}
    assert phone.post(f"{BEGIN}autosave", data=json.dumps(body), **kept).status_code == 200
    assert (texts()[0].answers["title"], texts()[0].answers["text"]) == ("A long road", whole)
    body["page"] = "another tab"
    assert phone.post(f"{BEGIN}autosave", data=json.dumps(body), **kept).status_code == 409
    stranger = app.test_client()
    assert stranger.post(f"{BEGIN}autosave", data=json.dumps(body), **kept).status_code == 404
    assert "From Ghat" not in stranger.get(BEGIN).text
    assert session.scalar(sa.select(sa.func.count()).select_from(Draft)) == 0
    assert session.scalar(sa.select(sa.func.count()).select_from(Submission)) == 0

    fields = {"track": "cso", "name": "آمنة", "email": "amina@example.org", "language": "en"}
    assert post(phone, f"{HOME}/register/", fields).status_code == 303
    deliver()
    link = re.search(r"http://localhost(/en/c/test/register/[\w-]+/)", session.scalars(sa.select(Mail.text)).one())
    assert link is not None
    arrived = post(phone, link[1], {})
    assert arrived.location == f"{HOME}/write/", "straight to the text"
    write = phone.get(arrived.location).text
    assert ("You began a text without an account" in write, "A long road" in write) == (True, True)
    claimed = phone.post(
        f"{HOME}/write/claim", data={"csrf_token": hidden(write, "csrf_token"), "member": hidden(write, "member")}
    )
    assert claimed.location.endswith("/behalf/")
    assert (texts(), phone.get_cookie("consult-begun-test")) == ([], None)
    draft = session.scalars(sa.select(Draft)).one()
    assert (draft.answers["title"], draft.answers["text"]) == ("A long road", whole)
    assert "A long road" in phone.get(claimed.location).text


def test_what_cannot_be_sent_is_kept_on_a_device_that_nobody_shares(app: Flask, open_world: World) -> None:
    phone = app.test_client()
    assert "data-keep" not in phone.get(BEGIN).text, "nothing is kept before somebody says so"
    page = saved(phone)
    key = f"draft:{texts()[0].id}"
    assert (f'data-keep="{key}:begin"' in page, f'data-forget="{key}"' in page) == (True, True)
    cookie = phone.get_cookie("consult-begun-test")
    assert cookie is not None
    assert cookie.max_age is not None

    page = saved(phone, shared="y")
    assert ("data-keep" in page, bool(re.search(r'name="shared"[^>]* checked|checked[^>]* name="shared"', page))) == (
        False,
        True,
    )
    assert "until the browser is closed" in page
    cookie = phone.get_cookie("consult-begun-test")
    assert cookie is not None
    assert (cookie.max_age, cookie.expires) == (None, None)

    body = {"version": texts()[0].version, "page": hidden(page, "page"), "fields": {"shared": []}}
    sent = {"content_type": "application/json", "headers": {"Origin": "http://localhost"}}
    assert phone.post(f"{BEGIN}autosave", data=json.dumps(body), **sent).status_code == 200
    assert "data-keep" in phone.get(BEGIN).text
    body |= {"version": texts()[0].version, "fields": {"shared": ["y"]}}
    assert phone.post(f"{BEGIN}autosave", data=json.dumps(body), **sent).status_code == 200
    assert "data-keep" not in phone.get(BEGIN).text
    cookie = phone.get_cookie("consult-begun-test")
    assert cookie is not None
    assert cookie.max_age is None


def test_what_a_device_keeps_is_told_before_a_text_is_taken_over(app: Flask, open_world: World) -> None:
    phone = app.test_client()
    saved(phone)
    text = texts()[0].id
    write = open_world.sign_in(phone, "cso").get(f"{HOME}/write/").text
    assert f'data-left="draft:{text}"' in write
    assert phone.post(
        f"{HOME}/write/claim", data={"csrf_token": hidden(write, "csrf_token"), "member": hidden(write, "member")}
    ).location.endswith("/behalf/")
    session.rollback()
    assert "shared" not in session.scalars(sa.select(Draft)).one().answers


def test_two_tabs_show_both_and_a_text_is_deleted(app: Flask, open_world: World) -> None:
    phone = app.test_client()
    old = saved(phone)
    saved(phone, text="From Sabha to Tripoli.")
    own = {name: hidden(old, name) for name in ("csrf_token", "version", "page")}
    both = phone.post(BEGIN, data={**own, **TEXT, "text": "From Ubari."})
    assert both.status_code == 409
    assert ("From Sabha to Tripoli." in both.text, "From Ubari." in both.text) == (True, True)
    assert post(phone, f"{BEGIN}drop", {}, form_page=BEGIN).status_code == 303
    assert (texts(), phone.get_cookie("consult-begun-test")) == ([], None)


def test_it_is_for_its_cookie_its_consultation_its_time_and_in_bounds(app: Flask, open_world: World) -> None:
    here = open_world.consultation
    token = begin_text(
        {"text": "x", "withheld": True, "track": {"q": 1}}, consultation=here, origin="a", actor=ANONYMOUS
    )
    row = begun_text(token, here.id)
    assert row is not None
    assert row.answers == {"text": "x"}, "of what a page sends only what belongs to a text"
    assert begun_text(token[:-1] + ("A" if token[-1] != "A" else "B"), here.id) is None
    assert begun_text(token, open_world.people["ghat"]) is None
    for _ in range(BEGUN_FROM_ADDRESS.tries):
        begin_text({}, consultation=here, origin="one address", actor=ANONYMOUS)
    with pytest.raises(TooManyTries):
        begin_text({}, consultation=here, origin="one address", actor=ANONYMOUS)
    assert not forget_begun_texts()
    with transaction():
        session.execute(sa.update(BegunText).values(expires_at=clock.now() - timedelta(seconds=1)))
    assert begun_text(token, here.id) is None
    assert forget_begun_texts()
    assert texts() == []


def test_a_text_begun_in_another_consultation_leaves_the_first_where_it_was(app: Flask, open_world: World) -> None:
    phone = app.test_client()
    saved(phone)
    other = BEGIN.replace("/c/test/", "/c/other/")
    with transaction():
        now, here = clock.now(), open_world.consultation
        row = Consultation(id=new_id(), slug="other", prefix="OT", rules={}, public=True, created_at=now)
        row.names = row.titles = row.summaries = here.names
        row.timezone = here.timezone
        session.add(row)
        session.flush()
        for one in here.phases:
            session.add(_copied(one, row.id))
        for track in here.tracks:
            session.add(_copied(track, row.id))
    page = phone.get(other).text
    own = {name: hidden(page, name) for name in ("csrf_token", "version", "page")}
    assert (
        phone.post(other, data={**own, "title": "Elsewhere", "language": "en", "text": "Of the coast."}).status_code
        == 303
    )
    assert "From Ghat to Sabha." in phone.get(BEGIN).text
    assert "Of the coast." in phone.get(other).text


def _copied(row: Any, consultation: uuid.UUID) -> Any:
    """A row like another, in another consultation."""
    kept = {one.key: getattr(row, one.key) for one in sa.inspect(row).mapper.column_attrs}
    fresh = {"id": new_id()} if "id" in kept else {}
    return type(row)(**kept | fresh | {"consultation_id": consultation})


def test_where_nobody_registers_nothing_is_begun(app: Flask, open_world: World) -> None:
    with transaction():
        session.execute(sa.update(Phase).where(Phase.key == "writing").values(rights=["submit"]))
    visitor = app.test_client()
    assert "Nobody begins a text without an account now" in visitor.get(BEGIN).text
    token = hidden(visitor.get("/en/sign-in").text, "csrf_token")
    answer = visitor.post(BEGIN, data={"csrf_token": token, **TEXT})
    assert (answer.status_code, texts()) == (409, [])
    assert f'href="{BEGIN}"' not in visitor.get(f"{HOME}/register/").text
