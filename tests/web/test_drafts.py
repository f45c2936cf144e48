"""Drafts that survive: saved by themselves in few bytes, two tabs, two devices, a sign-in that has ended."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from consult import clock
from consult.accounts.models import RoleGrant
from consult.accounts.signing_in.sign_in import start_sign_in
from consult.consultations.models import Member
from consult.db import session, transaction
from consult.settings import Settings
from consult.submissions.drafting.splices import check_of
from consult.submissions.models import Draft
from consult.testing.acts import hand_in
from consult.testing.small_tracks import running_app
from consult.testing.web import form_token, post
from consult.testing.world import World

HOME = "/ar/c/test"
LONG = "تمر بغات أقدم طرق القوافل، ولا تعرف البلدية عدد المقيمين.\n\n" * 100


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """An application with small tracks."""
    yield from running_app(settings)


@pytest.fixture
def ghat(client: FlaskClient, world: World) -> FlaskClient:
    """The councillor of Ghat, signed in."""
    return world.sign_in(client, "ghat")


def kept() -> dict[str, Any]:
    """What the one draft holds now."""
    session.rollback()
    return dict(session.scalars(sa.select(Draft)).one().answers)


def begin(client: FlaskClient, world: World, key: str = "ghat") -> str:
    """Begin a draft and return the address of its pages."""
    return post(client, f"{HOME}/write/", {"member": str(world.members[key])}).location.removesuffix("behalf/")


class Page:
    """A page of writing as a browser has it open, whose script saves by itself."""

    def __init__(self, client: FlaskClient, base: str, step: str) -> None:
        self.client, self.address = client, f"{base}{step}/"
        self.html = client.get(self.address).get_data(as_text=True)
        self.version, self.name, self.token = (self.hidden(one) for one in ("version", "page", "csrf_token"))

    def hidden(self, name: str) -> str:
        """Return the value of a hidden field."""
        found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', self.html)
        assert found, name
        return found[1]

    def save(self, fields: dict[str, Any]) -> TestResponse:
        """Send what changed, as the script does."""
        body = {"version": int(self.version), "page": self.name, "fields": fields}
        return self.client.post(
            f"{self.address}autosave",
            data=json.dumps(body, ensure_ascii=False),
            content_type="application/json",
            headers={"Origin": "http://localhost"},
        )

    def send(self, fields: dict[str, Any]) -> TestResponse:
        """Press the button."""
        own = {"csrf_token": self.token, "version": self.version, "page": self.name}
        return self.client.post(self.address, data=own | fields)


def change(before: str, after: str) -> list[Any]:
    """Return the change of a text as the script describes it."""
    at = next(
        (n for n, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), min(map(len, (before, after)))
    )
    return [at, len(before) - at, after[at:], check_of(after)]


def test_a_page_saves_itself_in_less_than_a_kilobyte_each_way(ghat: FlaskClient, world: World) -> None:
    base = begin(ghat, world)
    page = Page(ghat, base, "text")
    assert page.save({"text": [LONG]}).status_code == 200, "whole, where a page has sent nothing yet"
    sent = change(LONG, LONG + "ويبقى في الطريق من لا يُعرف عددهم 🐪\n")
    answer = page.save({"text": sent})
    assert (answer.status_code, answer.json) == (200, {"version": 3, "line": answer.json["line"]})  # type: ignore[index]
    assert answer.json["line"].startswith("حُفظت المسودة ")  # type: ignore[index]
    assert kept()["text"] == LONG + "ويبقى في الطريق من لا يُعرف عددهم 🐪\n", "the end as it was typed"
    request = answer.request.environ
    body = json.dumps({"version": 3, "page": page.name, "fields": {"text": sent}}, ensure_ascii=False).encode()
    cookies, path = request["HTTP_COOKIE"], request["PATH_INFO"]
    out = len(body) + len(f"POST {path} HTTP/1.1\r\nCookie: {cookies}\r\n".encode())
    back = len(answer.data) + sum(len(f"{name}: {value}\r\n") for name, value in answer.headers)
    assert len(body) < 300
    assert out < 600, "what a browser says of itself is some 400 bytes more"
    assert back < 1000, answer.headers
    assert page.send({"text": LONG}).status_code == 303, "it does not stand in the way of its own page"


def test_every_kind_of_field_is_saved_by_what_changed(ghat: FlaskClient, world: World) -> None:
    base = begin(ghat, world)
    assert Page(ghat, base, "behalf").save({"title": ["سجل"]}).status_code == 200
    topics = Page(ghat, base, "topics")
    assert topics.save({"topics": ["gcm-1", "gcm-15"]}).status_code == 200
    assert kept() == {"language": "ar", "title": "سجل", "topics": ["gcm-1", "gcm-15"]}
    assert topics.save({"topics": []}).status_code == 200
    track = Page(ghat, base, "track")
    assert track.save({"telephone": ["0913"]}).status_code == 200
    assert track.save({"decision": ["٣١/٢٠٢٦"], "no-such": ["x"]}).status_code == 200
    assert kept()["track"] == {"telephone": "0913", "decision": "٣١/٢٠٢٦"}
    assert kept()["topics"] == []


def test_a_change_of_another_text_is_refused_and_the_whole_taken(ghat: FlaskClient, world: World) -> None:
    page = Page(ghat, begin(ghat, world), "text")
    page.save({"text": ["أول"]})
    answer = page.save({"text": change("ثان", "ثان وثالث")})
    assert (answer.status_code, answer.data) == (412, b"")
    assert kept()["text"] == "أول"
    assert page.save({"text": ["ثان وثالث"]}).status_code == 200
    assert kept()["text"] == "ثان وثالث"


@pytest.mark.parametrize(
    "body",
    [
        "", "null", "[" * 100_000, '{"version": 1}', '{"version": true, "page": "p", "fields": {}}',
        '{"version": 1, "page": 1, "fields": {}}', '{"version": 1, "page": "p", "fields": {"text": [1]}}',
        '{"version": 1, "page": "p", "fields": {"text": [-1, 0, "", 1]}}',
        '{"version": 1, "page": "p", "fields": {"text": [1e99, 0, "", 1]}}',
        '{"version": 1, "page": "p", "fields": {"text": {"a": 1, "b": 2, "c": 3, "d": 4}}}',
    ],
)  # fmt: skip
def test_what_no_script_of_ours_sends_is_refused_in_a_word(ghat: FlaskClient, world: World, body: str) -> None:
    page = Page(ghat, begin(ghat, world), "text")
    headers = {"Origin": "http://localhost"}
    answer = ghat.post(f"{page.address}autosave", data=body, content_type="application/json", headers=headers)
    assert (answer.status_code, answer.data) == (400, b"")
    assert "text" not in kept()


def test_of_two_tabs_the_later_is_told_and_shows_both(ghat: FlaskClient, world: World) -> None:
    base = begin(ghat, world)
    first, second = Page(ghat, base, "text"), Page(ghat, base, "text")
    assert first.save({"text": ["من الأول"]}).status_code == 200
    answer = second.save({"text": ["من الثاني"]})
    assert (answer.status_code, answer.data) == (409, b"")
    assert kept()["text"] == "من الأول"
    both = second.send({"text": "من الثاني", "then": "compare"})
    html = both.get_data(as_text=True)
    assert both.status_code == 409
    assert "من الأول" in html
    assert "من الثاني" in html
    assert "data-autosave" not in html, "nothing is written over before somebody says so"
    again = {
        name: re.search(rf'name="{name}"[^>]*value="([^"]*)"', html)[1] for name in ("csrf_token", "version", "page")
    }  # type: ignore[index]
    assert ghat.post(f"{base}text/", data=again | {"text": "من الاثنين"}).status_code == 303
    assert kept()["text"] == "من الاثنين"


def test_of_two_devices_none_writes_over_the_other(ghat: FlaskClient, world: World, app: Flask) -> None:
    base = begin(ghat, world)
    phone, laptop = Page(ghat, base, "text"), Page(world.sign_in(app.test_client(), "ghat"), base, "text")
    assert phone.save({"text": ["في الحافلة"]}).status_code == 200
    assert laptop.save({"text": ["في المكتب"]}).status_code == 409
    assert "في الحافلة" in laptop.send({"text": "في المكتب"}).get_data(as_text=True)
    assert phone.save({"text": change("في الحافلة", "في الحافلة إلى غات")}).status_code == 200
    assert kept()["text"] == "في الحافلة إلى غات"


def test_after_a_sign_in_that_ended_nothing_typed_is_lost(ghat: FlaskClient, world: World, app: Flask) -> None:
    """With the script the page goes on by itself; without it the text comes back twice, the second time to stay."""
    base = begin(ghat, world)
    page, plain = Page(ghat, base, "text"), Page(ghat, base, "proposals")
    ghat.delete_cookie("consult-session")
    answer = page.save({"text": ["أربعون دقيقة"]})
    assert (answer.status_code, answer.data) == (401, b"")
    ended = plain.send({"proposals": "نقترح سجلًا."})
    assert ended.status_code == 401
    assert 'value="نقترح سجلًا."' in ended.get_data(as_text=True)

    with ghat.session_transaction() as form_cookie:
        form_cookie.clear()  # as signing in does
    ghat.set_cookie("consult-session", start_sign_in(world.people["ghat"], method="link"))
    assert page.save({"text": ["أربعون دقيقة"]}).status_code == 200
    stale = plain.send({"proposals": "نقترح سجلًا."})
    html = stale.get_data(as_text=True)
    assert stale.status_code == 400
    assert 'value="نقترح سجلًا."' in html
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', html.partition("<main")[2]))
    fields["version"] = str(int(fields["version"]) + 1)
    assert ghat.post(plain.address, data=fields).status_code == 303
    assert (kept()["text"], kept()["proposals"]) == ("أربعون دقيقة", "نقترح سجلًا.")


def test_what_no_database_keeps_is_left_out_of_every_field(ghat: FlaskClient, world: World) -> None:
    base = begin(ghat, world)
    page = Page(ghat, base, "behalf")
    half = json.dumps(
        {"version": 1, "page": "p\ud800\x00", "fields": {"language": ["a\ud800r\x00"], "title": ["\udfffسجل"]}}
    )
    sent = {"content_type": "application/json", "headers": {"Origin": "http://localhost"}}
    assert ghat.post(f"{page.address}autosave", data=half, **sent).status_code == 200
    assert kept() == {"language": "ar", "title": "سجل"}
    page = Page(ghat, base, "behalf")
    assert page.send({"title": "سجل", "language": "ar", "page": "p\x00"}).status_code == 303


@pytest.mark.parametrize("page", ["review", "together", "appeal", "settle", "enter", "assist", "translate"])
def test_after_a_sign_in_that_ended_what_staff_wrote_at_length_is_there(
    ghat: FlaskClient, world: World, page: str
) -> None:
    """Half an hour passes over a reason or a sheet: what was typed comes back, to be sent again."""
    addresses = {
        "review": "review/TC-2026-00001/",
        "together": "review/together/",
        "appeal": "submissions/TC-2026-00001/appeal/",
        "settle": "paper/sheets/1/settle/",
        "enter": "paper/sheets/1/enter/",
        "assist": "paper/assist/cso/",
        "translate": "translations/en/TC-2026-00001/",
    }
    token = form_token(ghat, f"{HOME}/write/")
    ghat.delete_cookie("consult-session")
    typed = "سطر أول\nوسطر ثان"
    ended = ghat.post(f"{HOME}/{addresses[page]}", data={"csrf_token": token, "reason": typed})
    assert (ended.status_code, typed in ended.text, "لم يضع" in ended.text) == (401, True, True)


def test_another_site_saves_nothing_and_gets_no_form_filled_in(ghat: FlaskClient, world: World) -> None:
    plain = Page(ghat, begin(ghat, world), "proposals")
    body = '{"version": 1, "page": "p", "fields": {"proposals": ["ليس مني"]}}'
    for headers in (
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"},
        {},
    ):
        sent = {"data": body.encode(), "content_type": "application/json", "headers": headers}
        assert ghat.post(f"{plain.address}autosave", **sent).status_code == 400
    text = {"data": body.encode(), "content_type": "text/plain", "headers": {"Origin": "http://localhost"}}
    assert ghat.post(f"{plain.address}autosave", **text).status_code == 400
    assert "proposals" not in kept()
    for header in ({"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = ghat.post(plain.address, data={"proposals": "ليس مني"}, headers=header)
        assert answer.status_code == 400
        assert "ليس مني" not in answer.get_data(as_text=True)


def test_a_draft_that_is_gone_or_anothers_is_told_in_a_word(ghat: FlaskClient, world: World, app: Flask) -> None:
    base = begin(ghat, world)
    page = Page(ghat, base, "text")
    derna = Page(
        world.sign_in(app.test_client(), "derna"),
        begin(world.sign_in(app.test_client(), "derna"), world, "derna"),
        "text",
    )
    derna.address = page.address
    assert (derna.save({"text": ["x"]}).status_code, derna.save({"text": ["x"]}).data) == (404, b"")
    post(ghat, f"{base}delete/", {})
    assert (page.save({"text": ["x"]}).status_code, page.save({"text": ["x"]}).data) == (404, b"")


def test_what_may_stay_in_a_browser_and_what_may_not(ghat: FlaskClient, world: World, app: Flask) -> None:
    base = begin(ghat, world)
    draft = base.rstrip("/").rpartition("/")[2]
    assert f'data-keep="draft:{draft}:text"' in Page(ghat, base, "text").html
    shared = app.test_client()
    shared.set_cookie("consult-session", start_sign_in(world.people["ghat"], method="link", shared=True))
    assert "data-keep" not in Page(shared, base, "text").html, "others use this device"
    with transaction():
        session.execute(sa.update(Member).where(Member.id == world.members["ghat"]).values(withheld=True))
    assert "data-keep" not in Page(ghat, base, "text").html, "the name is withheld"
    assert f'data-forget="draft:{draft}"' in ghat.get(f"{base}delete/").get_data(as_text=True)
    out = post(ghat, "/ar/sign-out", {}, form_page=f"{base}text/")
    assert out.headers["Clear-Site-Data"] == '"storage"'


def test_what_a_moderator_wrote_is_not_lost_where_their_role_ended_meanwhile(client: FlaskClient, world: World) -> None:
    row = hand_in(world, "ghat", {"decision": "31/2026"})
    moderator = world.sign_in(client, "moderator", factor="app")
    words = "وضّح الفقرة الثانية، واذكر من أين أخذت الأعداد.\n\nثم أعد النص."
    page = f"/en/c/test/review/{row.number}/"
    fields = {"csrf_token": form_token(moderator, page), "decision": "return", "ground": "unclear", "reason": words}
    with transaction():
        mine = RoleGrant.person_id == world.people["moderator"]
        session.execute(sa.update(RoleGrant).where(mine).values(ends_at=clock.now()))
    answer = moderator.post(page, data=fields)
    assert (answer.status_code, "What you wrote here was not kept" in answer.text) == (403, True)
    assert "<p>ثم أعد النص.</p>" in answer.text
    assert "Send it again" not in answer.text
    elsewhere = moderator.post(page, data=fields, headers={"Sec-Fetch-Site": "cross-site"})
    assert "ثم أعد النص." not in elsewhere.text
