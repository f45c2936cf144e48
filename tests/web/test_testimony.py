"""The pages of confidential testimony: a whole story, what stands on them, and what does not."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from consult.accounts.models import SignIn
from consult.accounts.signing_in.sign_in import start_sign_in
from consult.db import session, transaction
from consult.events.models import EventRow
from consult.settings import Settings
from consult.testimony.keys import key_path
from consult.testimony.models import Testimony, TestimonyReader
from consult.testimony.queries import readers_of
from consult.testing.attached_files import PERSON, picture, wav
from consult.testing.factors import set_up_app
from consult.testing.plenary import propose_recommendation
from consult.testing.testimonies import TEXT, give, offered, only_number, quoted, with_key
from consult.testing.web import Browser, post
from consult.testing.world import World
from consult.testing.written import opened_to_be_written

HERE = "/en/c/test/testimony/"
WRITTEN = {"text": TEXT, "language": "en", "quoting": "ask", "topics": "gcm-1", "region": "south"}


@pytest.fixture
def settings(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of an instance with a key in another folder."""
    elsewhere: Path = tmp_path_factory.mktemp("elsewhere")
    return with_key(settings, elsewhere)


@pytest.fixture
def here(world: World) -> World:
    """The small consultation, which takes testimonies."""
    return offered(world)


def hidden(page: str, name: str) -> str:
    """Return the value of a hidden field."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found is not None, page
    return html.unescape(found[1])


def hidden_button(page: str, name: str) -> str:
    """Return what a button of an act says."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, page
    return found[1]


def words_on(page: str) -> list[str]:
    """Return the codename that a page shows."""
    return re.findall(r"<li><bdi>([^<]+)</bdi></li>", page.partition('codename">')[2])


def confirmed(page: str, **changed: str) -> Mapping[str, str]:
    """Return the form of the page with the codename, filled in as asked."""
    words = words_on(page)
    asked = re.findall(r'<label for="word\d">\D*(\d+)', page)
    typed = {f"word{at}": words[int(position) - 1] for at, position in enumerate(asked)}
    return {"sealed": hidden(page, "sealed"), **typed, **changed}


def text_of(answer: TestResponse, status: int = 200) -> str:
    assert answer.status_code == status
    return html.unescape(answer.get_data(as_text=True))


def reader(app: Flask, world: World, who: str = "moderator") -> Browser:
    """Return the browser of a signed-in person."""
    browser = Browser(app)
    browser.set_cookie("consult-session", start_sign_in(world.people[who], method="link", factor="app"))
    return browser


def returned(client: FlaskClient, words: list[str]) -> str:
    return text_of(client.post(f"{HERE}return/", data={"codename": " ".join(words)}))


def test_a_testimony_from_the_first_word_to_the_last(here: World, app: Flask, client: FlaskClient) -> None:
    page = text_of(client.post(f"{HERE}write/", data=WRITTEN))
    words = words_on(page)
    assert (len(words), session.scalar(sa.select(sa.func.count()).select_from(Testimony))) == (10, 0)
    assert "Your testimony is kept" in text_of(client.post(f"{HERE}confirm/", data=confirmed(page)))

    first, second, number = reader(app, here), reader(app, here, "professor"), only_number()
    desk = f"{HERE}desk/"
    assert f"Testimony {number}" in text_of(first.get(desk))
    assert TEXT.splitlines()[0] not in text_of(first.get(desk))
    opened = text_of(post(first, f"{desk}{number}/", {}, form_page=desk))
    assert all(line in opened for line in TEXT.splitlines())
    answered = {"text": "Was anybody else there?", "language": "en", "once": hidden(opened, "once")}
    assert post(first, f"{desk}{number}/answer/", answered, form_page=desk).location.endswith(desk)
    quoted = {"words": "I paid at the gate.", "language": "en"}
    assert post(first, f"{desk}{number}/quote/", quoted, form_page=desk).status_code == 303
    opened = text_of(post(second, f"{desk}{number}/", {}, form_page=desk))
    quote = hidden(opened, "quote")
    unfinished = post(second, f"{desk}{number}/check/", {"quote": quote, "checks": ["names"]}, form_page=desk)
    assert "Tick each line that you looked for" in text_of(unfinished, 422)
    checks = re.findall(r'name="checks"[^>]*value="(\w+)"', opened)
    looked = {"quote": quote, "checks": checks}
    assert post(second, f"{desk}{number}/check/", looked, form_page=desk).status_code == 303

    mine = returned(client, words)
    assert "Was anybody else there?" in mine
    assert "May these words be quoted?" in mine
    visit = hidden(mine, "visit")
    agreed = client.post(f"{HERE}mine/quote/", data={"visit": visit, "quote": quote, "agrees": "yes"})
    assert "You agreed to exactly these words" in text_of(agreed)
    more = {"visit": visit, "once": hidden(mine, "once"), "text": "Nobody.", "language": "en"}
    for _ in range(2):  # the page is loaded again
        assert text_of(client.post(f"{HERE}mine/add/", data=more)).count("Nobody.") == 1

    published = post(first, f"{desk}{number}/publish/", {"quote": quote}, form_page=desk)
    assert published.status_code == 303
    assert "I paid at the gate." in text_of(client.get("/en/c/test/quotes/"))
    assert "Quote 1 from a confidential testimony was published" in re.sub(
        "<[^>]+>", "", text_of(client.get("/en/c/test/log/"))
    )

    asked = text_of(client.post(f"{HERE}mine/withdraw/", data={"visit": visit}))
    assert "Take everything back?" in asked
    gone = text_of(client.post(f"{HERE}mine/withdraw/", data={"visit": visit, "sure": "yes"}))
    assert "Everything was taken back" in gone
    assert "I paid at the gate." not in text_of(client.get("/en/c/test/quotes/"))
    again = client.post(f"{HERE}return/", data={"codename": " ".join(words)})
    assert "No testimony has this codename here." in text_of(again, 422)
    over = client.post(f"{HERE}mine/add/", data=more)
    assert "Write your codename again." in text_of(over, 422)


def with_file(page: str, content: bytes, name: str, **changed: str) -> dict[str, Any]:
    """Return the form beside a field for a file, filled in."""
    form = page.partition("enctype=")[2]
    kept = {field: hidden(form, field) for field in ("visit", "once")} | changed
    head = '--edge\r\nContent-Disposition: form-data; name="'
    fields = "".join(f'{head}{field}"\r\n\r\n{value}\r\n' for field, value in kept.items())
    start = f'{fields}{head}file"; filename="{name}"\r\nContent-Type: text/plain\r\n\r\n'
    body = (
        start.encode() + content + b"\r\n--edge--\r\n"
    )  # by hand: the test client would write a temporary file itself
    return {"data": body, "content_type": "multipart/form-data; boundary=edge"}


def test_files_are_added_by_a_plain_form_and_taken_by_a_reader(here: World, app: Flask, client: FlaskClient) -> None:
    filled = confirmed(text_of(client.post(f"{HERE}write/", data=WRITTEN)))
    kept = text_of(client.post(f"{HERE}confirm/", data=filled))
    assert "Do you want to add a file?" in kept
    large, add = wav(sound=bytes(3_000_000)), f"{HERE}mine/files/"
    with opened_to_be_written() as written:
        mine = text_of(client.post(add, **with_file(kept, large, "night.wav")))
    assert "The file was checked, encrypted and added." in mine
    assert [path for path in written if not path.endswith(".lock")] == []  # of SQLite's queue of writers
    assert "night" in mine.partition('id="files"')[2]
    assert text_of(client.post(add, **with_file(kept, large, "night.wav"))).count("night") == 1  # pressed twice

    refused = text_of(client.post(add, **with_file(mine, b"MZ" + bytes(99), "x.exe")), 422)
    assert "This is no file of a kind that is taken." in refused
    assert 'id="file-error"' in refused
    none = text_of(client.post(add, **with_file(refused, b"", "")), 422)
    assert "Choose a file." in none
    assert "larger than 16 MB" in text_of(client.post(add, **with_file(mine, bytes(17 * 2**20), "long.wav")), 422)
    assert client.post(add, **with_file(mine, bytes(40 * 2**20), "long.wav")).status_code == 413
    away = text_of(client.post(add, **with_file(mine, large, "a.wav", visit="AAAA")), 422)
    assert "Write your codename again." in away

    browser, number, desk = reader(app, here), only_number(), f"{HERE}desk/"
    opened = text_of(post(browser, f"{desk}{number}/", {}, form_page=desk))
    assert "night" in opened.partition('id="files"')[2]
    file = {"file": hidden(opened, "file")}
    taken = post(browser, f"{desk}{number}/file/", file, form_page=desk)
    assert (PERSON.encode() in taken.get_data(), len(taken.get_data()) > 3_000_000) == (False, True)
    assert taken.headers["Content-Disposition"] == f"attachment; filename=testimony-{number}-1.wav"
    held = {key: taken.headers[key] for key in ("Cache-Control", "X-Content-Type-Options", "Content-Security-Policy")}
    sandbox = "default-src 'none'; sandbox; frame-ancestors 'none'; base-uri 'none'"
    assert held == dict(zip(held, ("no-store", "nosniff", sandbox), strict=True))
    assert "A file" in text_of(browser.get(desk)).partition("Who opened which")[2]
    for who in ("organiser", "administrator", "ghat"):
        answer = post(reader(app, here, who), f"{desk}{number}/file/", file, form_page="/en/account")
        assert answer.status_code == 404
    assert browser.post(f"{desk}{number}/file/", data=file).status_code == 400  # readers' forms have a token

    gone = text_of(client.post(f"{HERE}mine/files/remove/", data={"visit": hidden(mine, "visit"), **file}))
    assert "The file was taken away." in gone
    assert post(browser, f"{desk}{number}/file/", file, form_page=desk).status_code == 404


def test_a_quote_leads_to_what_cites_it_and_back(here: World, app: Flask, client: FlaskClient) -> None:
    words, number = quoted(here)
    row = propose_recommendation(here)
    organiser, base = reader(app, here, "organiser"), "/en/c/test/organise/recommendations/1"
    assert "Quotes from confidential testimonies" in text_of(organiser.get(f"{base}/sources/"))
    assert "I paid at the gate." in text_of(organiser.get(f"{base}/quotes/"))
    assert "Choose from what is offered here." in text_of(post(organiser, f"{base}/quotes/", {"quotes": "7"}), 422)
    assert "No recommendation draws on it so far." in returned(client, list(words))
    assert post(organiser, f"{base}/quotes/", {"quotes": str(number)}).status_code == 303
    assert 'value="1" checked' in text_of(organiser.get(f"{base}/quotes/"))
    assert "I paid at the gate." in text_of(organiser.get(f"{base}/"))

    there = '"/en/c/test/quotes/?after=0#quote-1"'
    shown = text_of(client.get("/en/c/test/recommendations/1/"))
    assert there in shown
    assert "I paid at the gate." not in shown  # its words stand in one place, where they can be taken back
    assert 'href="/en/c/test/recommendations/1/"' in text_of(client.get("/en/c/test/quotes/"))
    assert row.titles["en"] in returned(client, list(words)).partition("Public as quote 1.")[2]

    assert post(organiser, f"{base}/quotes/1/remove/", {}, form_page=f"{base}/").status_code == 303
    assert post(organiser, f"{base}/quotes/1/remove/", {}, form_page=f"{base}/").status_code == 409
    assert post(organiser, f"{base}/quotes/", {"quotes": str(number)}).status_code == 303
    visit = hidden(returned(client, list(words)), "visit")
    client.post(f"{HERE}mine/withdraw/", data={"visit": visit, "sure": "yes"})
    for page in (f"{base}/", f"{base}/quotes/"):
        assert "I paid at the gate." not in text_of(organiser.get(page))
    assert "Its author took these words back." in text_of(organiser.get(f"{base}/"))


def author_pages(client: FlaskClient, world: World) -> Mapping[str, TestResponse]:
    """Return every page that an author sees, and what is said when something is wrong."""
    words = list(give(world))
    codename = client.post(f"{HERE}write/", data=WRITTEN)
    filled = confirmed(codename.get_data(as_text=True))
    mine = client.post(f"{HERE}return/", data={"codename": " ".join(words)})
    visit = {"visit": hidden(mine.get_data(as_text=True), "visit")}
    return {
        "about": client.get(HERE),
        "write": client.get(f"{HERE}write/"),
        "wrong": client.post(f"{HERE}write/", data={}),
        "codename": codename,
        "wrong words": client.post(f"{HERE}confirm/", data={**filled, "word0": "x"}),
        "kept": client.post(f"{HERE}confirm/", data=filled),
        "return": client.get(f"{HERE}return/"),
        "unknown": client.post(f"{HERE}return/", data={"codename": "garden " * 10}),
        "mine": mine,
        "file": client.post(f"{HERE}mine/files/", **with_file(mine.get_data(as_text=True), picture(), "a.jpg")),
        "wrong file": client.post(f"{HERE}mine/files/", data=visit),
        "withdraw": client.post(f"{HERE}mine/withdraw/", data=visit),
        "withdrawn": client.post(f"{HERE}mine/withdraw/", data={**visit, "sure": "yes"}),
    }


def test_an_authors_pages_run_nothing_keep_nothing_and_fetch_nothing(here: World, client: FlaskClient) -> None:
    wrong = []
    for name, answer in author_pages(client, here).items():
        page = answer.get_data(as_text=True)
        assert answer.status_code in (200, 422), name
        wrong += [(name, "cookie")] * ("Set-Cookie" in answer.headers)
        wrong += [(name, found) for found in re.findall(r"<script|<iframe|<object|<img|\sstyle=|\son\w+=", page)]
        wrong += [(name, found) for found in re.findall(r'(?:src|href|action)="((?:https?:)?//[^"]*)"', page)]
        wrong += [(name, found) for found in re.findall(r'<form[^>]*method="get"', page)]
        held = {key: answer.headers[key] for key in ("Cache-Control", "Referrer-Policy")}
        assert held == {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}, name
        assert "script-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "ETag" not in answer.headers
    assert wrong == []


def test_no_address_of_an_author_holds_a_secret(here: World, app: Flask) -> None:
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("testimony.")]
    assert {frozenset(rule.arguments) for rule in rules} == {frozenset({"lang", "slug"})}


def test_nothing_typed_is_lost_when_something_is_wrong(here: World, client: FlaskClient) -> None:
    page = text_of(client.post(f"{HERE}write/", data={**WRITTEN, "language": "", "quoting": "all"}), 422)
    assert "Choose the language you wrote in." in page
    assert "Say what may be quoted." in page
    assert TEXT.splitlines()[1] in page
    shown = text_of(client.post(f"{HERE}write/", data=WRITTEN))
    wrong = text_of(client.post(f"{HERE}confirm/", data=confirmed(shown, word1="zzz")), 422)
    assert "This is not word" in wrong
    assert words_on(wrong) == words_on(shown)
    few = text_of(client.post(f"{HERE}return/", data={"codename": "garden hammer"}), 422)
    assert "A codename has 10 words. You wrote 2." in few
    assert "garden hammer" in few
    mine = returned(client, list(give(here)))
    empty = {"visit": hidden(mine, "visit"), "once": hidden(mine, "once"), "text": "", "language": "en"}
    assert "Write what you want to say." in text_of(client.post(f"{HERE}mine/add/", data=empty), 422)


@pytest.mark.parametrize(
    "path", ["confirm/", "mine/add/", "mine/files/", "mine/files/remove/", "mine/quote/", "mine/withdraw/"]
)
def test_forged_forms_are_refused(here: World, client: FlaskClient, path: str) -> None:
    forged = {"sealed": "AAAA", "visit": "AAAA", "once": "x", "file": "x", "quote": "x", "agrees": "yes", "sure": "yes"}
    assert client.post(f"{HERE}{path}", data=forged).status_code in (409, 422)
    assert client.get(f"{HERE}{path}").status_code == 405
    assert client.post(f"{HERE}{path}", data={"visit": "é" * 9000, "sealed": "\0"}).status_code in (409, 422)


def test_whoever_is_signed_in_is_warned_and_leaves_no_trace(here: World, app: Flask) -> None:
    browser = reader(app, here, "ghat")
    with transaction():
        row = session.scalars(sa.select(SignIn).where(SignIn.person_id == here.people["ghat"])).one()
        at = row.seen_at = row.seen_at - timedelta(minutes=5)  # any other page would note that they are here
    for answer in (browser.get(HERE), browser.get(f"{HERE}write/"), browser.post(f"{HERE}write/", data=WRITTEN)):
        assert "You are signed in on this browser" in text_of(answer)
    session.expire_all()
    assert session.scalars(sa.select(SignIn.seen_at).where(SignIn.id == row.id)).one() == at


def test_nobody_but_readers_finds_the_desk(here: World, app: Flask, client: FlaskClient) -> None:
    give(here)
    number, desk = only_number(), f"{HERE}desk/"
    for who in ("organiser", "administrator", "ghat"):
        browser = reader(app, here, who)
        assert browser.get(desk).status_code == 404
        assert post(browser, f"{desk}{number}/", {}, form_page="/en/account").status_code == 404
        assert desk not in text_of(browser.get("/en/account"))
    assert client.get(desk).status_code == 303
    mine = reader(app, here)
    assert f'href="{desk}"' in text_of(mine.get("/en/account"))  # also when the phase in which people write is over
    assert mine.get(f"{desk}{number}/").status_code == 405
    assert mine.post(f"{desk}{number}/").status_code == 400  # readers' forms have a token
    assert post(mine, f"{desk}1/", {}, form_page=desk).status_code == 404
    assert session.scalar(sa.select(sa.func.count()).where(EventRow.type == "TestimonyRead")) == 0


def test_a_reader_says_what_becomes_of_it_and_its_author_reads_that(
    here: World, app: Flask, client: FlaskClient
) -> None:
    words = give(here)
    number, desk, browser = only_number(), f"{HERE}desk/", reader(app, here)
    once = "00000000-0000-4000-8000-000000000008"
    said = {"end-kind": "not_agreed", "end-text": "", "end-language": "en", "end-once": once}
    page = text_of(post(browser, f"{desk}{number}/end/", said, form_page=desk), 422)
    assert 'href="#end-text"' in page
    assert "What becomes of it" in page
    said["end-text"] = "Another law settles this."
    assert post(browser, f"{desk}{number}/end/", said, form_page=desk).location.endswith(desk)
    assert "Said what becomes of it" in text_of(browser.get(desk))
    back = returned(client, list(words))
    assert ("Not agreed" in back, "Another law settles this." in back) == (True, True)
    for who in ("organiser", "administrator", "ghat"):
        refused = post(reader(app, here, who), f"{desk}{number}/end/", said, form_page="/en/account")
        assert refused.status_code == 404


def test_a_refused_answer_is_shown_with_the_testimony_and_recorded(here: World, app: Flask) -> None:
    give(here)
    number, desk, browser = only_number(), f"{HERE}desk/", reader(app, here)
    once = "00000000-0000-4000-8000-000000000007"
    bad = {"text": "", "language": "en", "once": once}
    page = text_of(post(browser, f"{desk}{number}/answer/", bad, form_page=desk), 422)
    assert "Write what you want to say." in page
    assert TEXT.splitlines()[1] in page
    other = {"words": "I never said this", "language": "en"}
    assert "Quote only what the author wrote" in text_of(
        post(browser, f"{desk}{number}/quote/", other, form_page=desk), 422
    )
    assert session.scalar(sa.select(sa.func.count()).where(EventRow.type == "TestimonyRead")) == 2
    assert f"{number}" in text_of(browser.get(desk)).partition("Who opened which")[2]


def test_organisers_name_readers_and_switch_it_on_and_off(world: World, app: Flask) -> None:
    desk, browser = "/en/c/test/organise/testimony/", reader(app, world, "organiser")
    assert "At least 2 are needed" in text_of(browser.get(desk))
    bad = post(browser, f"{desk}readers/", {"address": "nobody@example.org"}, form_page=desk)
    assert "Nobody has an account with this address." in text_of(bad, 422)
    assert post(browser, f"{desk}on/", {}, form_page=desk).status_code == 409
    other = reader(app, world, "administrator")
    for who in ("moderator", "professor", "ghat"):
        set_up_app(world, who)
        assert post(browser, f"{desk}readers/", {"address": f"{who}@example.org"}, form_page=desk).status_code == 303
        assert "whoever asks does not confirm" in text_of(browser.get(desk))
        act = hidden_button(text_of(other.get(desk)), "confirm")
        assert post(browser, f"{desk}readers/second/", {"confirm": act}, form_page=desk).status_code == 403
        assert post(other, f"{desk}readers/second/", {"confirm": act}, form_page=desk).status_code == 303
    set_up_app(world, "derna")
    post(browser, f"{desk}readers/", {"address": "derna@example.org"}, form_page=desk)
    act = hidden_button(text_of(other.get(desk)), "withdraw")
    assert post(other, f"{desk}readers/second/", {"withdraw": act}, form_page=desk).status_code == 303
    assert len(readers_of(world.consultation_id)) == 3
    assert post(browser, f"{desk}on/", {}, form_page=desk).status_code == 303
    page = text_of(browser.get(desk))
    assert "No open phase has the right" in page
    gone = session.scalars(sa.select(TestimonyReader.id).order_by(TestimonyReader.id)).first()
    confirm = f"{desk}readers/{gone}/"
    assert "Should this person no longer read?" in text_of(browser.get(confirm))
    assert post(browser, confirm, {}).status_code == 303
    assert browser.get(confirm).status_code == 404
    assert post(browser, f"{desk}off/", {}, form_page=desk).status_code == 303
    assert "The last fifty" not in text_of(browser.get(desk))


def test_without_the_key_the_page_says_so_and_nothing_is_kept(
    here: World, client: FlaskClient, app: Flask, settings: Settings
) -> None:
    shown = text_of(client.post(f"{HERE}write/", data=WRITTEN))
    path = key_path(settings)
    assert path is not None
    path.unlink()
    off = "Confidential testimony is switched off here at the moment."
    for answer in (client.get(HERE), client.get(f"{HERE}write/"), client.get(f"{HERE}return/")):
        assert off in text_of(answer)
    assert client.post(f"{HERE}confirm/", data=confirmed(shown)).status_code == 400
    assert "The key is not there" in text_of(reader(app, here).get(f"{HERE}desk/"))
    assert session.scalar(sa.select(sa.func.count()).select_from(Testimony)) == 0


def test_where_it_is_not_offered_nobody_can_write(world: World, client: FlaskClient) -> None:
    assert "No new testimonies are taken here now." in text_of(client.get(HERE))
    assert "No new testimonies are taken here now." in text_of(client.post(f"{HERE}write/", data=WRITTEN))
    assert "There are no quotes yet" in text_of(client.get("/en/c/test/quotes/"))


def test_the_page_of_the_consultation_leads_there_while_a_phase_opens_it(here: World, client: FlaskClient) -> None:
    assert f'href="{HERE}"' in text_of(client.get("/en/c/test/"))
