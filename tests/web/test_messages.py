"""Writing to a group, as pages: looked at and counted before it leaves, sent once, read by whom it was sent to."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from html import unescape

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from consult.accounts.models import Person
from consult.db import session, transaction
from consult.notifications.models import MessageRound
from consult.testing.web import post
from consult.testing.world import World

LIST, NEW = "/en/c/test/organise/messages/", "/en/c/test/organise/messages/new/"
FIELDS = {
    **dict.fromkeys(("region", "kind", "handed_in", "session"), ""),
    "track": "municipal",
    "subject_ar": "موعد <b>جديد</b>",
    "text_ar": "نلتقي في السابعة.",
}


@pytest.fixture
def organiser(client: FlaskClient, world: World) -> FlaskClient:
    """The organiser's browser; one member reads French."""
    with transaction():
        session.get_one(Person, world.people["ghat"]).language = "fr"
    return world.sign_in(client, "organiser")


def _hidden(page: str) -> dict[str, str]:
    return {
        name: unescape(value) for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)
    }


def _rounds() -> int:
    session.rollback()
    return session.scalar(sa.select(sa.func.count()).select_from(MessageRound)) or 0


def test_a_message_is_looked_at_counted_and_sent_once(organiser: FlaskClient, world: World) -> None:
    gap = post(organiser, NEW, FIELDS)
    words = gap.get_data(as_text=True)
    assert (gap.status_code, 'href="#falls_back"' in words, "نلتقي في السابعة." in words) == (422, True, True)
    look = post(organiser, NEW, {**FIELDS, "falls_back": "y"}).get_data(as_text=True)
    assert ("Send it to 3 people" in look, "Gap: in another language" in look, "Français" in look) == (True, True, True)
    assert ("<b>جديد" in look, _rounds()) == (False, 0)
    fields = _hidden(look)
    assert (fields["people"], fields["text_ar"]) == ("3", FIELDS["text_ar"])
    back = organiser.post(NEW, data={**fields, "then": "edit"}).get_data(as_text=True)
    assert "نلتقي في السابعة." in back
    for _ in range(2):
        sent = organiser.post(NEW, data={**fields, "then": "send"})
        assert (sent.status_code, sent.location, _rounds()) == (303, LIST, 1)
    page = organiser.get(f"{LIST}1/").get_data(as_text=True)
    assert ("نلتقي في السابعة." in page, "example.org" in page) == (True, False)


def test_a_group_that_changed_is_shown_once_more(organiser: FlaskClient, world: World) -> None:
    look = post(organiser, NEW, {**FIELDS, "falls_back": "y"}).get_data(as_text=True)
    changed = organiser.post(NEW, data={**_hidden(look), "people": "9", "then": "send"})
    assert (changed.status_code, "it has 3 people now" in changed.get_data(as_text=True), _rounds()) == (422, True, 0)


@pytest.mark.parametrize(
    "changes",
    [
        {"track": "x"},
        {"session": "9"},
        {"handed_in": "x"},
        {"text_ar": "x" * 5001},
        {"subject_ar": ""},
        {"region": "x"},
    ],
)
def test_what_is_wrong_is_told_and_nothing_typed_is_lost(
    organiser: FlaskClient, world: World, changes: dict[str, str]
) -> None:
    answer = post(
        organiser, NEW, {**FIELDS, "text_en": "Kept.", "subject_en": "Kept too", "falls_back": "y", **changes}
    )
    page = answer.get_data(as_text=True)
    assert (answer.status_code, "Kept." in page, "Kept too" in page) == (422, True, True)


def test_those_to_whom_it_was_sent_read_it_and_for_others_it_is_not_there(organiser: FlaskClient, world: World) -> None:
    look = post(organiser, NEW, {**FIELDS, "falls_back": "y"}).get_data(as_text=True)
    organiser.post(NEW, data={**_hidden(look), "then": "send"})
    for key, status in (("ghat", 200), ("professor", 404), ("moderator", 404), ("organiser", 404)):
        world.sign_in(organiser, key)
        answer = organiser.get("/fr/c/test/messages/1/")
        assert (answer.status_code, "نلتقي في السابعة." in answer.get_data(as_text=True)) == (status, status == 200)
    world.sign_in(organiser, "ghat")
    assert organiser.get("/en/c/test/messages/2/").status_code == 404
    for path in (LIST, NEW, f"{LIST}1/"):
        assert organiser.get(path).status_code == 403


def test_the_list_asks_as_much_for_three_as_for_one(
    organiser: FlaskClient, world: World, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    def send() -> int:
        look = post(organiser, NEW, {**FIELDS, "falls_back": "y"}).get_data(as_text=True)
        organiser.post(NEW, data={**_hidden(look), "then": "send"})
        organiser.get(LIST)
        with count_queries() as seen:
            assert organiser.get(LIST).status_code == 200
        return len([one for one in seen if one.lstrip().upper().startswith("SELECT")])

    first = send()
    send()
    assert (send(), _rounds()) == (first, 3)
