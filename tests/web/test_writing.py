"""Writing, handing in, correcting and withdrawing through the pages, as a participant does, without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from consult import clock
from consult.consultations.models import Member, Phase
from consult.db import session, transaction
from consult.settings import Settings
from consult.submissions.models import Draft, Submission
from consult.submissions.services import Review, return_for_correction
from consult.testing.small_tracks import running_app
from consult.testing.web import post
from consult.testing.world import World

HOME = "/ar/c/test"
TEXT = "تمر بغات أقدم طرق القوافل.\n\nولا تعرف البلدية عدد المقيمين."


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """An application with small tracks."""
    yield from running_app(settings)


@pytest.fixture
def ghat(client: FlaskClient, world: World) -> FlaskClient:
    """The councillor of Ghat, signed in."""
    return world.sign_in(client, "ghat")


def drafts() -> list[Draft]:
    """The drafts as they now are in the database."""
    session.rollback()
    return list(session.scalars(sa.select(Draft)))


def submissions() -> list[Submission]:
    """The submissions as they now are in the database."""
    session.rollback()
    return list(session.scalars(sa.select(Submission)))


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found, name
    return found[1]


def begin(client: FlaskClient, world: World, key: str = "ghat") -> str:
    """Begin a draft and return the address of its pages."""
    answer = post(client, f"{HOME}/write/", {"member": str(world.members[key])})
    assert answer.status_code == 303
    return answer.location.removesuffix("behalf/")


def fill(client: FlaskClient, base: str, step: str, fields: dict[str, object], status: int = 303) -> str:
    """Fill in a step as its page has it, and return where it leads (or the page that comes back)."""
    page = client.get(f"{base}{step}/").get_data(as_text=True)
    kept = {name: hidden(page, name) for name in ("csrf_token", "version", "page")}
    answer = client.post(f"{base}{step}/", data=kept | fields)
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer.location if status == 303 else answer.get_data(as_text=True)


def fill_all(client: FlaskClient, base: str, title: str = "سجل بلدي") -> None:
    assert fill(client, base, "behalf", {"title": title, "language": "ar"}).endswith("/topics/")
    assert fill(client, base, "topics", {"topics": ["gcm-1", "gcm-15"]}).endswith("/text/")
    assert fill(client, base, "text", {"text": TEXT}).endswith("/proposals/")
    assert fill(client, base, "proposals", {"proposals": "نقترح سجلًا."}).endswith("/track/")
    assert fill(client, base, "track", {"decision": "٣١/٢٠٢٦", "telephone": "0913456789"}).endswith("/check/")


def test_from_an_empty_page_to_the_receipt(ghat: FlaskClient, world: World) -> None:
    base = begin(ghat, world)
    fill_all(ghat, base)
    check = ghat.get(f"{base}check/").get_data(as_text=True)
    assert all(words in check for words in ("سجل بلدي", "تمر بغات", "نقترح سجلًا", "غات", "البيانات", "الخدمات"))
    answer = post(ghat, f"{base}check/", {})
    row = submissions()[0]
    assert (answer.status_code, answer.location) == (303, f"{HOME}/receipts/{row.number}/")
    receipt = ghat.get(answer.location).get_data(as_text=True)
    assert row.number in receipt
    assert row.answers == {"decision": "٣١/٢٠٢٦"}
    assert drafts() == []


def test_the_address_of_a_draft_leads_to_where_it_stopped(ghat: FlaskClient, world: World, app: Flask) -> None:
    base = begin(ghat, world)
    assert ghat.get(base).location == f"{base}behalf/"
    fill(ghat, base, "behalf", {"title": "سجل بلدي", "language": "ar"})
    assert ghat.get(base).location == f"{base}topics/"
    fill_all(ghat, base)
    assert ghat.get(base).location == f"{base}check/"
    receipt = post(ghat, f"{base}check/", {}).location
    assert ghat.get(base).location == receipt
    assert world.sign_in(app.test_client(), "derna").get(base).status_code == 404


def test_the_button_pressed_twice_gives_one_submission(ghat: FlaskClient, world: World) -> None:
    base = begin(ghat, world)
    fill_all(ghat, base)
    page = ghat.get(f"{base}check/").get_data(as_text=True)
    token = {"csrf_token": hidden(page, "csrf_token")}
    first, second = ghat.post(f"{base}check/", data=token), ghat.post(f"{base}check/", data=token)
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location
    assert len(submissions()) == 1
    assert ghat.get(f"{base}text/").location == first.location


def test_what_was_written_in_another_tab_after_the_hand_in_is_shown_and_not_dropped(
    ghat: FlaskClient, world: World
) -> None:
    base = begin(ghat, world)
    fill_all(ghat, base)
    names = ("csrf_token", "version", "page")
    tab = {step: ghat.get(f"{base}{step}/").get_data(as_text=True) for step in ("text", "behalf")}
    kept = {step: {name: hidden(page, name) for name in names} for step, page in tab.items()}
    assert post(ghat, f"{base}check/", {}).status_code == 303
    (row,) = submissions()
    receipt = f"{HOME}/receipts/{row.number}/"
    more = f"{TEXT}\n\nوهذه فقرة كُتبت <b>بعد</b> التسليم."
    late = ghat.post(f"{base}text/", data=kept["text"] | {"text": more})
    assert late.status_code == 409
    page = late.get_data(as_text=True)
    assert "وهذه فقرة كُتبت &lt;b&gt;بعد&lt;/b&gt; التسليم." in page
    assert (row.number in page, f'href="{receipt}"' in page) == (True, True)
    for step, fields in (("text", {"text": f"  {TEXT}\r\n"}), ("behalf", {"title": row.title, "language": "fr"})):
        again = ghat.post(f"{base}{step}/", data=kept[step] | fields)
        assert (again.status_code, again.location) == (303, receipt), "the back key, and nothing new"
    assert ghat.get(f"{base}text/").location == receipt


def test_bad_input_gets_its_message_and_nothing_typed_is_lost(ghat: FlaskClient, world: World) -> None:
    base = begin(ghat, world)
    page = fill(ghat, base, "behalf", {"title": "", "language": "fr"}, 422)
    assert "اكتب عنوانًا." in page
    assert re.search(r'value="fr"[^>]*checked', page)
    long = "ا" * 500_000  # 1 MB of UTF-8
    page = fill(ghat, base, "text", {"text": long}, 422)
    assert long in page
    assert drafts()[0].answers["text"] == long


@pytest.mark.parametrize("unseen", ["\u200b\u200b", "\u3164", "\u2800 \u00ad"])
def test_a_title_or_text_of_which_nothing_shows_is_none(ghat: FlaskClient, world: World, unseen: str) -> None:
    base = begin(ghat, world)
    assert 'href="#title"' in fill(ghat, base, "behalf", {"title": unseen, "language": "ar"}, 422)
    assert 'href="#text"' in fill(ghat, base, "text", {"text": unseen}, 422)


def test_hostile_text_is_shown_as_text(ghat: FlaskClient, world: World) -> None:
    base = begin(ghat, world)
    hostile = '</textarea><script>alert(1)</script>"onmouseover=x {{ 7*7 }} [x](javascript:alert(1))'
    fill(ghat, base, "behalf", {"title": "\u202eevil\u2066 " + hostile, "language": "ar"})
    fill(ghat, base, "text", {"text": hostile})
    for page in ("behalf", "text", "check"):
        shown = ghat.get(f"{base}{page}/").get_data(as_text=True)
        assert "<script>alert" not in shown
        assert "\u202e" not in shown
    assert "&lt;script&gt;alert(1)" in ghat.get(f"{base}check/").get_data(as_text=True)


def test_a_draft_saved_elsewhere_is_shown_and_not_written_over(ghat: FlaskClient, world: World) -> None:
    base = begin(ghat, world)
    old = ghat.get(f"{base}text/").get_data(as_text=True)
    fill(ghat, base, "text", {"text": "من الهاتف"})
    kept = {name: hidden(old, name) for name in ("csrf_token", "version", "page")}
    answer = ghat.post(f"{base}text/", data=kept | {"text": "من الحاسوب"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "من الهاتف" in page
    assert "من الحاسوب" in page
    assert drafts()[0].answers["text"] == "من الهاتف"
    again = {name: hidden(page, name) for name in ("csrf_token", "version", "page")}
    assert ghat.post(f"{base}text/", data=again | {"text": "من الاثنين"}).status_code == 303
    assert drafts()[0].answers["text"] == "من الاثنين"


def test_a_closed_phase_refuses_and_loses_nothing(ghat: FlaskClient, world: World) -> None:
    base = begin(ghat, world)
    fill_all(ghat, base)
    page = ghat.get(f"{base}check/").get_data(as_text=True)
    with transaction():
        session.execute(
            sa.update(Phase).where(Phase.key == "writing").values(closes_at=clock.now() - timedelta(minutes=1))
        )
    answer = ghat.post(f"{base}check/", data={"csrf_token": hidden(page, "csrf_token")})
    assert answer.status_code == 409
    assert "تمر بغات" in answer.get_data(as_text=True)
    assert submissions() == []
    fill(ghat, base, "text", {"text": "ما زلت أكتب"})
    assert drafts()[0].answers["text"] == "ما زلت أكتب"


def test_what_is_missing_is_named_on_the_check_page(ghat: FlaskClient, world: World) -> None:
    base = begin(ghat, world)
    page = ghat.get(f"{base}check/").get_data(as_text=True)
    assert [words in page for words in ("اكتب عنوانًا.", "اكتب نص موقفك.")] == [True, True]
    assert f'href="{base}text/"' in page
    token = {"csrf_token": hidden(ghat.get(f"{base}behalf/").get_data(as_text=True), "csrf_token")}
    assert ghat.post(f"{base}check/", data=token).status_code == 422
    assert submissions() == []


def test_a_draft_is_nobody_elses(ghat: FlaskClient, world: World, app: Flask) -> None:
    base = begin(ghat, world)
    derna = world.sign_in(app.test_client(), "derna")
    for page in ("behalf/", "check/", "delete/"):
        assert derna.get(base + page).status_code == 404
    moderator = world.sign_in(app.test_client(), "moderator")
    assert moderator.get(f"{base}text/").status_code == 403
    assert app.test_client().get(f"{base}text/").status_code == 303


def test_a_returned_submission_is_corrected(ghat: FlaskClient, world: World) -> None:
    base = begin(ghat, world)
    fill_all(ghat, base)
    post(ghat, f"{base}check/", {})
    row = submissions()[0]
    return_for_correction(row, Review("unclear", "وضّح الفقرة 2."), actor=world.actor("moderator"))
    mine = ghat.get(f"{HOME}/mine/").get_data(as_text=True)
    assert "وضّح الفقرة 2." in mine
    answer = post(ghat, f"{HOME}/submissions/{row.number}/correct", {}, form_page=f"{HOME}/mine/")
    again = answer.location.removesuffix("behalf/")
    assert "0913456789" in ghat.get(f"{again}track/").get_data(as_text=True)
    fill(ghat, again, "text", {"text": "تمر بغات أقدم طرق القوافل.\n\nولا تعرف البلدية عدد من يقيم فيها."})
    assert post(ghat, f"{again}check/", {}).status_code == 303
    assert (submissions()[0].state, row.revision) == ("received", 2)
    shown = ghat.get(f"{HOME}/submissions/{row.number}/revisions/2/").get_data(as_text=True)
    assert "<del>المقيمين. </del><ins>من يقيم فيها.</ins>" in shown


def test_a_draft_is_deleted_and_a_submission_withdrawn_after_being_asked(ghat: FlaskClient, world: World) -> None:
    base = begin(ghat, world)
    assert ghat.get(f"{base}delete/").status_code == 200
    assert drafts()[0]
    assert post(ghat, f"{base}delete/", {}).status_code == 303
    assert drafts() == []
    base = begin(ghat, world)
    fill_all(ghat, base)
    post(ghat, f"{base}check/", {})
    row = submissions()[0]
    assert ghat.get(f"{HOME}/submissions/{row.number}/withdraw/").status_code == 200
    assert submissions()[0].state == "received"
    assert post(ghat, f"{HOME}/submissions/{row.number}/withdraw/", {}).status_code == 303
    assert submissions()[0].state == "withdrawn"


def test_withholding_the_name_is_offered_where_the_track_allows_it(app: Flask, world: World) -> None:
    with transaction():
        session.execute(sa.update(Member).values(withheld=False))
    cso, ghat = world.sign_in(app.test_client(), "cso"), world.sign_in(app.test_client(), "ghat")
    assert 'name="withheld"' in cso.get(f"{begin(cso, world, 'cso')}behalf/").get_data(as_text=True)
    assert 'name="withheld"' not in ghat.get(f"{begin(ghat, world)}behalf/").get_data(as_text=True)
