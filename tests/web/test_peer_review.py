"""Peer review on pages: preview and giving out, the desk, the results, the letter to the author, the opened names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from flask.testing import FlaskClient

from consult.peer_review.criteria import criteria_of
from consult.settings import Settings
from consult.submissions.services import Review, accept
from consult.testing.acts import correct
from consult.testing.peer_review import TRACK, Reviews, open_reviews
from consult.testing.small_tracks import running_app
from consult.testing.web import post
from consult.testing.world import World

HOME, RESULTS = "/en/c/test/peer-review/", "/en/c/test/assessed/"
ROOM = "/en/c/test/organise/peer-review/"
ONE = "TT-2026-00001"
TEXT = f"{HOME}texts/{ONE}/"
Counting = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """An application with small tracks."""
    yield from running_app(settings)


@pytest.fixture
def room(world: World) -> Reviews:
    """See `consult.testing.peer_review`."""
    return open_reviews(world)


def browser(room: Reviews, app: Flask, key: str) -> FlaskClient:
    return room.world.sign_in(app.test_client(), key)


def words(client: FlaskClient, path: str, status: int = 200) -> str:
    """Return the words of a page as they are read, one space between them."""
    answered = client.get(path)
    assert answered.status_code == status, path
    return read(answered.get_data(as_text=True))


def read(page: str) -> str:
    body = page[page.index("<main") :]
    return " ".join(re.sub(r"<[^>]+>", " ", re.sub(r"</?(?:b|bdi|i|time)\b[^>]*>", "", body)).split())


def test_an_organiser_names_reviewers_and_gives_texts_out_as_previewed(app: Flask, room: Reviews) -> None:
    organiser = browser(room, app, "organiser")
    draft = {"person": str(room.world.people["ghat"]), "track": TRACK, "languages": ["en"], "most": "٣"}
    wrong = post(organiser, f"{ROOM}reviewers/", {**draft, "person": "x", "most": "0"})
    assert (wrong.status_code, "There is a problem" in read(wrong.get_data(as_text=True))) == (422, True)
    assert post(organiser, f"{ROOM}reviewers/", draft).status_code == 303
    assert "Reviewer 3" in words(organiser, f"{ROOM}reviewers/")
    wanted = {"track": TRACK, "each": "2", "language": "", "due_on": "2100-01-01"}
    assert post(organiser, f"{ROOM}give/", {**wanted, "each": "0", "due_on": "1999-01-01"}).status_code == 422
    shown = post(organiser, f"{ROOM}give/", {**wanted, "then": "preview"})
    page = shown.get_data(as_text=True)
    assert "One text would be given out, as 2 assessments in all." in read(page)
    digest = re.findall(r'name="digest"[^>]*value="([0-9a-f]{64})"', page)[0]
    stale = post(organiser, f"{ROOM}give/", {**wanted, "then": "give", "digest": "0" * 64})
    assert stale.status_code == 409
    assert post(organiser, f"{ROOM}give/", {**wanted, "then": "give", "digest": digest}).location == ROOM
    assert "Reviewer 1" in words(organiser, ROOM)
    assert post(organiser, f"{ROOM}reviewers/3/end/", {}).status_code == 303
    assert browser(room, app, "moderator").get(ROOM).status_code == 403


def test_a_reviewer_judges_then_talks_and_the_author_reads_what_is_for_them(app: Flask, room: Reviews) -> None:
    room.give()
    reviewer = browser(room, app, "derna")
    assert "assessments handed in 0 of 1" in words(reviewer, HOME)
    assert reviewer.get(f"{HOME}next/").location == TEXT
    keys = [f"score_{one.key}" for one in criteria_of(room.world.consultation_id, TRACK)]
    typed = {keys[0]: "5", "inside": "It holds.", "language": "en", "version": "1"}
    assert post(reviewer, TEXT, typed).location == TEXT  # saved for later
    refused = post(reviewer, TEXT, {**typed, "version": "2", "then": "next"})
    told = refused.get_data(as_text=True)
    assert (refused.status_code, "Give points for this." in told, "It holds." in told) == (422, True, True)
    beside = post(reviewer, TEXT, {**typed, "inside": "Another page", "version": "1"})
    assert (beside.status_code, "Another page" in beside.get_data(as_text=True)) == (409, True)
    whole = {**typed, keys[1]: "3", "recommendation": "return", "to_author": "Name the sample.", "version": "2"}
    assert post(reviewer, TEXT, {**whole, "then": "done"}).location == TEXT
    assert "Weighted mean" in words(reviewer, TEXT)
    assert post(reviewer, f"{TEXT}notes/", {"text": " ", "revision": "1"}, form_page=TEXT).status_code == 422
    assert (
        post(reviewer, f"{TEXT}notes/", {"text": "Is it enough?", "revision": "1"}, form_page=TEXT).status_code == 303
    )
    other = browser(room, app, "zuwara")
    assert "Is it enough?" not in words(other, TEXT)  # not before they have handed in themselves
    assert other.get(f"{RESULTS}{ONE}/").status_code == 403

    moderator = browser(room, app, "moderator")
    assert "1 of 2" in words(moderator, RESULTS)
    shown = words(moderator, f"{RESULTS}{ONE}/")
    assert "4.5" in shown
    assert "Is it enough?" in shown
    review = f"/en/c/test/review/{ONE}/"
    assert "1 of 2 have handed in" in words(moderator, review)
    decision = {"decision": "return", "ground": "unclear", "reason": "See what the reviewers say.", "revision": "1"}
    assert post(moderator, review, decision).status_code == 303
    author = words(browser(room, app, "professor"), f"/en/c/test/submissions/{ONE}/")
    assert "Name the sample." in author
    assert "It holds." not in author
    assert reviewer.get(TEXT).status_code == 404


def test_whoever_declares_an_interest_finds_nothing_any_more(app: Flask, room: Reviews) -> None:
    room.name("moderator")
    room.give(each=3)
    reviewer, moderator = browser(room, app, "derna"), browser(room, app, "moderator")
    assert "Hand in your own assessment first" in words(moderator, f"{RESULTS}{ONE}/")
    assert post(reviewer, f"{TEXT}interest/", {"kind": ""}).status_code == 422
    assert post(reviewer, f"{TEXT}interest/", {"kind": "author"}).status_code == 303
    assert post(moderator, f"{TEXT}interest/", {"kind": "own"}).status_code == 303
    gone = (TEXT, f"{RESULTS}{ONE}/", f"/en/c/test/review/{ONE}/", f"/en/c/test/submissions/{ONE}/revisions/1/")
    assert [moderator.get(path).status_code for path in gone] == [404] * 4
    assert reviewer.get(TEXT).status_code == 404
    assert "Counting without naming" not in words(moderator, "/en/c/test/review/")


def test_criteria_are_weighed_until_somebody_has_scored(app: Flask, room: Reviews) -> None:
    organiser, path = browser(room, app, "organiser"), f"{ROOM}criteria/{TRACK}/"
    names = {f"names_{code}": "Use" for code in ("ar", "en", "fr")}
    assert post(organiser, f"{path}new/", {**names, "names_fr": "", "weight": "0"}).status_code == 422
    assert post(organiser, f"{path}new/", {**names, "weight": "4"}).location == path
    assert "50" in words(organiser, path)
    key = criteria_of(room.world.consultation_id, TRACK)[0].key
    assert post(organiser, f"{path}{key}/", {**names, "weight": "1"}).location == path
    assert post(organiser, f"{path}{key}/remove/", {}, form_page=path).location == path
    room.give()
    room.judge("derna", 5, 5)
    assert (
        post(
            organiser, f"{path}{criteria_of(room.world.consultation_id, TRACK)[0].key}/", {**names, "weight": "1"}
        ).status_code
        == 409
    )
    assert "they stay as they are" in words(organiser, path)


def test_the_author_reads_what_was_said_of_an_earlier_revision_and_nobody_else_does(app: Flask, room: Reviews) -> None:
    room.give()
    room.judge("derna", 3, 3, recommendation="return")
    letter = room.assessment("derna").letter
    correct(room.world, "professor", room.paper(), {})
    author, path = browser(room, app, "professor"), f"/en/c/test/submissions/{ONE}/"
    page = words(author, path)
    history = page[page.index("Revisions and steps") :]
    assert re.search(rf"وضّح الفقرة 2\. Reviewer {letter} \d.*Name your sample\.", history)
    assert "What the reviewers wrote to you" not in page
    accept(room.paper(), Review("in_order"), actor=room.world.actor("moderator"))
    assert "Name your sample." in words(author, path)
    for key in ("", "derna", "organiser"):
        visitor = browser(room, app, key) if key else app.test_client()
        assert "Name your sample." not in words(visitor, path)


def test_a_mistaken_interest_is_asked_about_and_lifted(app: Flask, room: Reviews) -> None:
    room.give()
    reviewer, organiser = browser(room, app, "derna"), browser(room, app, "organiser")
    assert post(reviewer, f"{TEXT}interest/", {"kind": "body"}).status_code == 303
    mine, room_of = "/en/c/test/interests/", f"{ROOM}interests/"
    assert "It comes from a body for which I work or worked" in words(reviewer, mine)
    assert "Texts you keep away from" in words(reviewer, HOME)
    assert "Nobody asks" in words(organiser, room_of)
    wrong = post(reviewer, f"{mine}{ONE}/", {"because": " "})
    assert (wrong.status_code, "Say why." in wrong.text) == (422, True)
    assert post(reviewer, f"{mine}{ONE}/", {"because": "I meant another text."}).location == mine
    assert "The organisers are asked" in words(reviewer, mine)
    assert "One interest is to be lifted or to stay." in words(organiser, ROOM)
    asked = re.findall(rf'href="({room_of}[0-9a-f-]+/)"', organiser.get(room_of).text)[0]
    page = words(organiser, asked)
    assert ("I meant another text." in page, "body for which I work" in page) == (True, False)
    assert post(organiser, asked, {"because": "", "then": "lift"}).status_code == 422
    assert browser(room, app, "moderator").get(asked).status_code == 403
    assert post(organiser, asked, {"because": "Is it not your town?", "then": "stay"}).location == room_of
    assert "Why it was not lifted: Is it not your town?" in words(reviewer, mine)
    assert organiser.get(asked).status_code == 404
    assert post(reviewer, f"{mine}{ONE}/", {"because": "It is not."}).status_code == 303
    assert post(organiser, asked, {"because": "Right.", "then": "lift"}).location == room_of
    assert "You declared no interest" in words(reviewer, mine)
    assert reviewer.get(f"{mine}{ONE}/").status_code == 404


def test_an_organiser_opens_an_assessment_again(app: Flask, room: Reviews) -> None:
    room.give()
    room.judge("derna", 4, 2)
    room.judge("zuwara", 3, 3)
    organiser, path = browser(room, app, "organiser"), f"{RESULTS}{ONE}/"
    reopen = f"{path}reopen/{room.assessment('derna').id}/"
    assert reopen in organiser.get(path).text
    assert browser(room, app, "moderator").get(reopen).status_code == 403
    assert post(organiser, reopen, {"because": ""}).status_code == 422
    assert post(organiser, reopen, {"because": "You judged another paper."}).location == path
    assert organiser.get(reopen).status_code == 404
    assert "Open again" in words(organiser, path)
    reviewer = browser(room, app, "derna")
    page = words(reviewer, TEXT)
    assert "You judged another paper." in page
    assert "The data carry it." in page
    assert "An organiser opened it again. Until it is handed in anew, this stands." in words(
        browser(room, app, "zuwara"), TEXT
    )
    room.judge("derna", 1, 1, inside="It is another one.")
    assert "What they had handed in before" in words(organiser, path)


def test_texts_are_given_and_taken_back_by_hand_and_names_opened(app: Flask, room: Reviews) -> None:
    organiser, path = browser(room, app, "organiser"), f"{RESULTS}{ONE}/"
    assert post(organiser, f"{path}give/", {"reviewer": "1"}, form_page=path).location == path
    assert post(organiser, f"{path}give/", {"reviewer": "1"}, form_page=path).status_code == 422
    back = f"{path}take-back/{room.assessment('derna').id}/"
    assert post(organiser, back, {}, form_page=path).location == path
    assert "Nobody yet." in words(organiser, path)
    names = f"{ROOM}names/{TRACK}/"
    assert "One text of this track still waits" in words(organiser, names)
    assert post(organiser, names, {}).location == ROOM
    assert "Al Zawiya University" in words(browser(room, app, "moderator"), f"/en/c/test/review/{ONE}/")
    assert organiser.get(names).status_code == 404


def test_lists_cost_the_same_for_many(app: Flask, room: Reviews, count_queries: Counting) -> None:
    room.give()
    pages = {"derna": (HOME,), "organiser": (ROOM, RESULTS, f"{ROOM}reviewers/")}

    def counted() -> list[int]:
        found = []
        for key, paths in pages.items():
            client = browser(room, app, key)
            for path in paths:
                client.get(path)
                with count_queries() as seen:
                    assert client.get(path).status_code == 200
                found.append(len(seen))
        return found

    before = counted()
    for title in ("Second", "Third"):
        room.write(title=title)
    room.name("ghat")
    room.give()
    assert counted() == before
