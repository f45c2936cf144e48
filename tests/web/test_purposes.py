"""The pages of consent: everybody reads what is asked, members answer, organisers write versions."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from consult.consent.services import PurposeDraft, answer_purpose, publish_purpose
from consult.consent.uses import USES, Use
from consult.testing.web import post
from consult.testing.world import World

PAGE = "/en/c/test/purposes/"
DESK = "/en/c/test/organise/purposes/"
#: A page with a form for everybody who is signed in: its token is that of every form of the same browser.
FORM = "/en/account/details"


def _send(client: FlaskClient, path: str, **fields: str) -> TestResponse:
    return post(client, path, fields, form_page=FORM)


def _ask(world: World, use: Use) -> None:
    draft = PurposeDraft(use, USES[use].title, USES[use].text)
    publish_purpose(draft, consultation=world.consultation, actor=world.actor("organiser"))


def test_everybody_reads_it_and_a_member_says_yes_and_takes_it_back(
    app: Flask, client: FlaskClient, world: World
) -> None:
    assert "Nobody is asked" in client.get(PAGE).text
    _ask(world, Use.CONTACT)
    page = client.get(PAGE).text
    assert "Contacting you after the consultation" in page
    assert "I do not agree" not in page
    forged = post(client, f"{PAGE}contact-after/", {"version": "1", "answer": "yes"}, form_page="/en/sign-in")
    assert forged.status_code == 401
    mine = world.sign_in(app.test_client(), "ghat")
    assert "Not answered yet" in mine.get(PAGE).text
    assert "waits for your answer" in mine.get("/en/c/test/mine/").text
    answered = _send(mine, f"{PAGE}contact-after/", version="1", answer="yes")
    assert (answered.status_code, answered.location) == (303, f"{PAGE}#contact-after")
    page = mine.get(PAGE).text
    assert ("You agreed" in page, "Take it back" in page, ">I agree<" in page) == (True, True, False)
    assert "You agreed" in mine.get("/en/account/purposes").text
    assert "waits for your answer" not in mine.get("/en/c/test/mine/").text
    _send(mine, f"{PAGE}contact-after/", version="1", answer="no")
    page = mine.get(PAGE).text
    assert ("You said no" in page, "You agreed to version 1" in page) == (True, True)


def test_who_is_asked_about_research_reads_what_a_no_does_not_change(client: FlaskClient, world: World) -> None:
    _ask(world, Use.RESEARCH)
    assert "What is public stays public, whatever you answer" in client.get(PAGE).text
    assert "What people agree to or not about research concerns other files" in client.get("/en/c/test/open-data/").text


def test_forged_answers_are_nobodys(app: Flask, world: World) -> None:
    _ask(world, Use.CONTACT)
    mine = world.sign_in(app.test_client(), "ghat")
    for use, data in (
        ("research", {"version": "1", "answer": "yes"}),
        ("everything", {"version": "1", "answer": "yes"}),
    ):
        assert _send(mine, f"{PAGE}{use}/", **data).status_code == 404
    for wrong in ({"version": "1", "answer": "maybe"}, {}):
        assert _send(mine, f"{PAGE}contact-after/", **wrong).status_code == 303
        assert "Choose yes or no." in mine.get(PAGE).text
    for version in ("2", "", "x" * 9000, "٣"):
        _send(mine, f"{PAGE}contact-after/", version=version, answer="yes")
        assert "This text has been changed meanwhile" in mine.get(PAGE).text
    assert "Not answered yet" in mine.get(PAGE).text


def test_a_draft_is_handed_in_only_with_the_yes_that_it_needs(app: Flask, world: World) -> None:
    _ask(world, Use.TAKING_PART)
    mine = world.sign_in(app.test_client(), "ghat")
    begun = _send(mine, "/en/c/test/write/", member=str(world.members["ghat"]))
    draft = begun.location.split("/write/")[1].split("/")[0]
    check = f"/en/c/test/write/{draft}/check/"
    words = "Before you hand in, answer the question about the use of what you write."
    assert f'<a href="{PAGE}">{words}</a>' in mine.get(check).text
    _send(mine, f"{PAGE}taking-part/", version="1", answer="yes")
    assert words not in mine.get(check).text


def test_an_organiser_writes_versions_and_loses_nothing_typed(app: Flask, client: FlaskClient, world: World) -> None:
    desk = world.sign_in(client, "organiser")
    assert "Not asked" in desk.get(DESK).text
    form = desk.get(f"{DESK}contact-after/").text
    assert ("Contacting you after the consultation" in form, "What changed" in form) == (True, False)
    typed = {f"{part}_{code}": f"{part} {code}" for part in ("title", "text") for code in ("ar", "en", "fr")}
    refused = _send(desk, f"{DESK}contact-after/", **{**typed, "text_fr": "", "seen": "0"})
    assert (refused.status_code, "text en" in refused.text) == (422, True)
    assert "Write the text: nobody can agree to what they cannot read." in refused.text
    assert _send(desk, f"{DESK}contact-after/", **{**typed, "seen": "0"}).status_code == 303
    assert _send(desk, f"{DESK}contact-after/", **{**typed, "seen": "0"}).status_code == 409
    assert "Asked, version 1" in desk.get(DESK).text
    answer_purpose(Use.CONTACT, 1, True, consultation=world.consultation, actor=world.actor("ghat"))
    changed = {f"changes_{code}": f"new {code}" for code in ("ar", "en", "fr")}
    again = {**typed, **changed, "seen": "1", "substance": "yes"}
    assert _send(desk, f"{DESK}contact-after/", **{**typed, "seen": "1"}).status_code == 422
    assert _send(desk, f"{DESK}contact-after/", **again).status_code == 303
    mine = world.sign_in(app.test_client(), "ghat")
    page = mine.get(PAGE).text
    assert ("Answer anew" in page, "new en" in page) == (True, True)
    assert _send(desk, f"{DESK}contact-after/end").status_code == 303
    assert "Nobody is asked" in mine.get(PAGE).text
    assert desk.get(f"{DESK}everything/").status_code == 404
    assert world.sign_in(app.test_client(), "moderator").get(DESK).status_code == 403


def test_the_pages_ask_as_much_for_one_purpose_as_for_three(
    app: Flask, world: World, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    counted = {}
    mine = world.sign_in(app.test_client(), "ghat")
    for purposes in (1, 3):
        for use in list(Use)[:purposes]:
            if purposes == 1 or use is not Use.TAKING_PART:
                _ask(world, use)
        for path in (PAGE, "/en/account/purposes"):
            mine.get(path)
            with count_queries() as seen:
                mine.get(path)
            counted.setdefault(path, set()).add(len(seen))
    assert {path: len(numbers) for path, numbers in counted.items()} == dict.fromkeys(counted, 1)
