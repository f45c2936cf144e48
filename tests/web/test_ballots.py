"""Pages of ballots: prepared, conducted, voted in, read by everybody; and what is never shown."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from consult.ballots.box import cast
from consult.ballots.choices import Option
from consult.ballots.models import Ballot, OpenChoice
from consult.ballots.services import BallotDraft, annul, close_ballot, open_ballot, prepare_ballot
from consult.ballots.states import BallotKind
from consult.consultations.models import Seat
from consult.db import session, transaction
from consult.i18n import Localized
from consult.testing.plenary import propose_recommendation
from consult.testing.web import post
from consult.testing.world import World

HOME = "/en/c/test"
FACILITATE = f"{HOME}/facilitate/ballots"
QUESTION = Localized(ar="هل تعتمد؟", en="Do you adopt it?", fr="L’adoptez-vous ?")
OPTIONS = tuple(Option(key, Localized(ar=f"مدينة {key}", en=f"Town {key}")) for key in ("a", "b", "c"))


def _words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", re.sub(r"</?(?:b|bdi|i|time)\b[^>]*>", "", page)).split())


def _read(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return _words(answer.get_data(as_text=True))


def _prepare(world: World, rule: str = "GA-2/3", options: tuple[Option, ...] = ()) -> Ballot:
    kind = BallotKind.CHOICE if options else BallotKind.PROCEDURAL
    draft = BallotDraft(kind, rule, QUESTION, options=options)
    return prepare_ballot(draft, consultation=world.consultation, actor=world.actor("organiser"))


def _open(world: World, rule: str = "GA-2/3", options: tuple[Option, ...] = ()) -> Ballot:
    return open_ballot(_prepare(world, rule, options), actor=world.actor("moderator"))


def _close(world: World, ballot: Ballot, **choices: str) -> Ballot:
    for who, choice in choices.items():
        cast(ballot, choice, actor=world.actor(who))
    return close_ballot(ballot, actor=world.actor("moderator"))


def test_a_vote_is_chosen_checked_cast_and_changed(client: FlaskClient, world: World) -> None:
    _open(world)
    path = f"{HOME}/ballots/1/vote/"
    assert client.get(path).status_code == 303
    world.sign_in(client, "ghat")
    words = _read(client, path)
    assert "When it closes, your choice is published beside Ghat." in words
    assert "We cannot protect a vote cast from home against pressure." in words
    checked = post(client, path, {"choice": "for"})
    assert (checked.status_code, "Your choice: In favour" in _words(checked.get_data(as_text=True))) == (200, True)
    assert session.execute(sa.select(sa.func.count()).select_from(OpenChoice)).scalar_one() == 0
    answer = post(client, path, {"choice": "for", "then": "cast"})
    assert (answer.status_code, answer.location) == (303, path)
    assert "You voted: In favour" in _read(client, path)
    post(client, path, {"choice": "abstain", "then": "cast"})
    assert "You voted: Abstain" in _read(client, path)
    session.rollback()
    assert session.scalars(sa.select(OpenChoice.choice)).all() == ["abstain"]


def test_a_vote_without_a_choice_or_with_a_made_up_one_is_shown_again(client: FlaskClient, world: World) -> None:
    _open(world)
    world.sign_in(client, "ghat")
    for fields in ({}, {"choice": "maybe", "then": "cast"}):
        answer = post(client, f"{HOME}/ballots/1/vote/", fields)
        assert (answer.status_code, "There is a problem" in answer.get_data(as_text=True)) == (422, True)


def test_a_choice_is_in_no_address_and_in_no_event(client: FlaskClient, world: World) -> None:
    _open(world)
    world.sign_in(client, "ghat")
    page = post(client, f"{HOME}/ballots/1/vote/", {"choice": "against"}).get_data(as_text=True)
    assert not re.search(r'(href|action)="[^"]*against', page)


def test_who_is_not_on_the_roll_is_told_so(client: FlaskClient, world: World) -> None:
    seat = session.scalars(sa.select(Seat.id).where(Seat.holder_id == world.members["ghat"])).one()
    ballot = _prepare(world)
    world.sign_in(client, "moderator")
    assert client.get(f"{HOME}/ballots/1/vote/").status_code == 403
    world.sign_in(client, "ghat")
    assert client.get(f"{HOME}/ballots/1/vote/").status_code == 404
    for holder in (None, world.members["ghat"]):
        with transaction():
            session.execute(sa.update(Seat).where(Seat.id == seat).values(holder_id=holder))
        if holder is None:
            open_ballot(ballot, actor=world.actor("moderator"))
    assert "You are not on the roll of this ballot" in _read(client, f"{HOME}/ballots/1/vote/")
    answer = post(client, f"{HOME}/ballots/1/vote/", {"choice": "for", "then": "cast"}, form_page=f"{HOME}/ballots/1/")
    assert answer.status_code == 403


def test_a_closed_ballot_takes_no_vote(client: FlaskClient, world: World) -> None:
    ballot = _open(world)
    world.sign_in(client, "ghat")
    token = re.findall(
        r'name="csrf_token"[^>]*value="([^"]+)"', client.get(f"{HOME}/ballots/1/vote/").get_data(as_text=True)
    )[0]
    _close(world, ballot, derna="for")
    answer = client.post(f"{HOME}/ballots/1/vote/", data={"csrf_token": token, "choice": "for", "then": "cast"})
    assert answer.status_code == 409
    assert client.get(f"{HOME}/ballots/1/vote/").location == f"{HOME}/ballots/1/"


def test_no_page_tells_a_choice_before_the_closing(client: FlaskClient, world: World) -> None:
    ballot = _open(world)
    for who, choice in {"ghat": "against", "derna": "against"}.items():
        cast(ballot, choice, actor=world.actor(who))
    for who in ("", "moderator", "organiser", "zuwara"):
        if who:
            world.sign_in(client, who)
        words = _read(client, f"{HOME}/ballots/1/")
        assert "2 of 5 on the roll have voted." in words
        assert "Result" not in words
        assert "How each member voted" not in words
    world.sign_in(client, "moderator")
    words = _read(client, f"{FACILITATE}/1/")
    assert ("2 of 5 on the roll have voted." in words, "Result" in words) == (True, False)


def test_the_result_is_read_by_everybody_under_public_names(client: FlaskClient, world: World) -> None:
    _close(world, _open(world), ghat="for", derna="for", cso="against")
    words = _read(client, f"{HOME}/ballots/1/")
    for said in (
        "Adopted",
        "2 in favour of 3 votes cast; 2 were needed.",
        "In favour: 2",
        "Participant 5, name withheld",
        "Did not vote: 2",
        "consult rules evaluate --rule GA-2/3",
        "General knowledge; the text of the rule was not opened.",
    ):
        assert said in words
    page = client.get(f"{HOME}/ballots/1/").get_data(as_text=True)
    assert "خديجة" not in page
    assert "Al Amal" not in page
    assert '"members": 5' in page.replace("&#34;", '"')


@pytest.mark.parametrize("voters", [1, 3])
def test_a_public_ballot_takes_the_same_queries_whatever_it_holds(
    client: FlaskClient, world: World, count_queries: Callable[[], AbstractContextManager[list[str]]], voters: int
) -> None:
    _close(world, _open(world), **dict.fromkeys(("ghat", "derna", "cso")[:voters], "for"))
    with count_queries() as statements:
        assert client.get(f"{HOME}/ballots/1/").status_code == 200
    frame = re.compile(r"FROM (consultation|consultation_track|phase|stream)\b")
    own = [s for s in statements if s.startswith("SELECT") and not frame.search(s)]
    assert (len(own), len(statements) <= 9) == (4, True)


def test_casting_takes_few_statements(
    client: FlaskClient, world: World, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    ballot, actor = _open(world), world.actor("ghat")
    cast(ballot, "for", actor=actor)
    with count_queries() as statements:
        cast(ballot, "against", actor=actor)
    # The ballot's row, read again after the last commit, and the one statement that casts.
    assert [s.split()[0] for s in statements if not s.startswith("BEGIN")] == ["SELECT", "INSERT"]


def test_a_choice_shows_options_by_track_and_its_second_round(client: FlaskClient, world: World) -> None:
    _close(world, _open(world, "LPDF-R1", OPTIONS), ghat="a", derna="b", zuwara="c", professor="a", cso="b")
    words = _read(client, f"{HOME}/ballots/1/")
    for said in ("Goes to the next round", "Town a", "The other options", "Going on: Town a, Town b."):
        assert said in words
    world.sign_in(client, "moderator")
    assert "Prepare the next round" in _read(client, f"{FACILITATE}/1/")
    answer = post(
        client, f"{FACILITATE}/1/next/", {"question_ar": "الجولة الثانية", "question_en": "Second round", "session": ""}
    )
    assert (answer.status_code, answer.location) == (303, f"{FACILITATE}/2/")
    assert "Second round" in _read(client, f"{FACILITATE}/2/")
    assert "Prepare the next round" not in _read(client, f"{FACILITATE}/1/")
    assert client.get(f"{HOME}/ballots/2/").status_code == 200
    post(client, f"{FACILITATE}/2/open/", {})
    assert "Ballot 2, round 2" in _read(client, f"{HOME}/ballots/1/")


def test_from_preparing_to_annulling(client: FlaskClient, world: World) -> None:
    propose_recommendation(world)
    world.sign_in(client, "organiser")
    new = f"{HOME}/organise/ballots/new/"
    assert "A shared municipal register" in _read(client, f"{new}?recommendation=1")
    chosen = {"kind": "recommendation", "rule": "", "session": "", "recommendation": ""}
    answer = post(client, new, chosen)
    assert (answer.status_code, "Choose the recommendation" in answer.get_data(as_text=True)) == (422, True)
    [identity] = re.findall(r'<option[^>]*value="([0-9a-f-]{36})"', client.get(new).get_data(as_text=True))
    answer = post(client, new, {**chosen, "recommendation": identity})
    assert (answer.status_code, answer.location) == (303, f"{FACILITATE}/1/")
    assert "Do you adopt recommendation 1: A shared municipal register?" in _read(client, f"{FACILITATE}/1/")
    assert client.get(f"{FACILITATE}/1/open/").status_code == 403
    world.sign_in(client, "moderator")
    assert "would stand on the roll" in _read(client, f"{FACILITATE}/1/open/")
    assert post(client, f"{FACILITATE}/1/open/", {}).location == f"{FACILITATE}/1/"
    assert post(client, f"{FACILITATE}/1/close/", {}).location == f"{HOME}/ballots/1/"
    assert "No decision" in _read(client, f"{HOME}/ballots/1/")
    answer = post(client, f"{FACILITATE}/1/annul/", {"reason": "", "language": "en"})
    assert (answer.status_code, "the reason is published" in answer.get_data(as_text=True)) == (422, True)
    answer = post(client, f"{FACILITATE}/1/annul/", {"reason": "Nobody could vote", "language": "en"})
    assert answer.location == f"{FACILITATE}/1/"
    words = _read(client, f"{HOME}/ballots/1/")
    assert ("This ballot was annulled" in words, "Nobody could vote" in words) == (True, True)
    assert "Under discussion" in _read(client, f"{HOME}/recommendations/1/")


def test_what_hinders_opening_is_said_before(client: FlaskClient, world: World) -> None:
    _prepare(world, "CDA-2017")
    world.sign_in(client, "moderator")
    assert "This rule counts parts of the seats apart" in _read(client, f"{FACILITATE}/1/")
    assert post(client, f"{FACILITATE}/1/open/", {}).status_code == 409


def test_a_choice_is_prepared_with_options(client: FlaskClient, world: World) -> None:
    world.sign_in(client, "moderator")
    new = f"{HOME}/organise/ballots/new/"
    fields = {
        "kind": "choice",
        "rule": "LPDF-R1",
        "session": "",
        "recommendation": "",
        "question_ar": "أين المقر؟",
        "options-0-ar": "طرابلس",
    }
    answer = post(client, new, {**fields, "then": "more"})
    assert (answer.status_code, 'name="options-3-ar"' in answer.get_data(as_text=True)) == (200, True)
    answer = post(client, new, fields)
    assert (answer.status_code, "Write from 2 to 20 options." in answer.get_data(as_text=True)) == (422, True)
    answer = post(client, new, {**fields, "options-1-ar": "سبها"})
    assert answer.location == f"{FACILITATE}/1/"
    assert [o["key"] for o in session.scalars(sa.select(Ballot.options)).one()] == ["a", "b"]


def test_a_ruling_is_declared_on_the_closing_page(client: FlaskClient, world: World) -> None:
    _open(world, "SUFF")
    world.sign_in(client, "moderator")
    answer = post(client, f"{FACILITATE}/1/close/", {"outcome": "adopted", "reasons": "", "language": "en"})
    assert answer.status_code == 422
    fields = {"outcome": "adopted", "reasons": "Nearly all agree", "language": "en", "dissents": "٢"}
    assert post(client, f"{FACILITATE}/1/close/", fields).location == f"{HOME}/ballots/1/"
    words = _read(client, f"{HOME}/ballots/1/")
    for said in ("Declared without a vote: Adopted.", "2 dissents are on record.", "Nearly all agree"):
        assert said in words
    world.sign_in(client, "ghat")
    assert client.get(f"{HOME}/ballots/1/vote/").status_code == 302


def test_a_ballot_that_is_only_prepared_does_not_exist_for_others(client: FlaskClient, world: World) -> None:
    _prepare(world)
    assert client.get(f"{HOME}/ballots/1/").status_code == 404
    assert client.get(f"{HOME}/ballots/7/").status_code == 404
    world.sign_in(client, "moderator")
    assert client.get(f"{HOME}/ballots/1/").status_code == 200


def test_only_the_staff_prepare_and_only_moderators_conduct(client: FlaskClient, world: World) -> None:
    _prepare(world)
    pages = {
        f"{FACILITATE}/": (403, 200, 200),
        f"{FACILITATE}/1/": (403, 200, 200),
        f"{FACILITATE}/1/open/": (403, 403, 200),
        f"{FACILITATE}/1/close/": (403, 403, 200),
        f"{FACILITATE}/1/annul/": (403, 403, 200),
        f"{FACILITATE}/1/next/": (403, 200, 200),
        f"{HOME}/organise/ballots/new/": (403, 200, 200),
        f"{HOME}/organise/rules/": (403, 200, 200),
        f"{HOME}/organise/rules/new/": (403, 200, 403),
    }
    assert {client.get(page).status_code for page in pages} == {303}
    for place, who in enumerate(("ghat", "organiser", "moderator")):
        world.sign_in(client, who)
        assert {page: client.get(page).status_code for page in pages} == {p: s[place] for p, s in pages.items()}
    back = client.get(f"{HOME}/organise/rules/").text.partition('class="crumbs"')[2].partition("</")[0]
    assert f'href="{HOME}/"' in back, "a moderator comes back to a page that is open to them"


def test_rules_are_listed_in_words_with_how_far_the_source_was_read(client: FlaskClient, world: World) -> None:
    world.sign_in(client, "organiser")
    words = _read(client, f"{HOME}/organise/rules/")
    for said in (
        "Two-thirds of present and voting",
        "Not verified: the article was not seen.",
        "Source: Libya Observer",
    ):
        assert said in words


def test_a_rule_is_explained_in_three_languages_then_added(client: FlaskClient, world: World) -> None:
    world.sign_in(client, "organiser")
    new = f"{HOME}/organise/rules/new/"
    fields = {
        "id": "tripoli-14",
        "name_ar": "قاعدة طرابلس",
        "name_en": "The Tripoli rule",
        "kind": "question",
        "share": "٢/٣",
        "operator": ">=",
        "base": "cast",
        "quorum": "1/2",
        "parts": "tracks",
        "part_share": "1/2",
        "part_operator": ">",
        "part_base": "cast",
        "next": "",
    }
    page = client.get(new).get_data(as_text=True)
    assert all(f'name="{field}"' in page for field in fields)
    explained = post(client, new, {**fields, "then": "explain"})
    words = _words(explained.get_data(as_text=True))
    assert explained.status_code == 200
    assert "at least two thirds of the votes cast" in words
    for code in ("ar", "fr"):
        assert f'<div lang="{code}"' in explained.get_data(as_text=True)
    answer = post(client, new, {**fields, "share": "0.6"})
    page = answer.get_data(as_text=True)
    assert (answer.status_code, 'href="#share"' in page, "The Tripoli rule" in page) == (422, True, True)
    for wrong, said in (
        ("share", "Share needed must be a fraction"),
        ("part_share", "Share needed in each part must be"),
    ):
        page = post(client, new, {**fields, wrong: ""}).text
        assert (f'href="#{wrong}">{said}' in page, "threshold" in page, "[1]" in page) == (True, False, False), wrong
    answer = post(client, new, fields)
    assert (answer.status_code, answer.location) == (303, f"{HOME}/organise/rules/#tripoli-14")
    assert "The Tripoli rule" in _read(client, f"{HOME}/organise/rules/")
    answer = post(client, new, fields)
    assert (answer.status_code, 'href="#id"' in answer.get_data(as_text=True)) == (422, True)


def test_the_list_of_ballots_is_one_query(
    client: FlaskClient, world: World, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    for _ in range(3):
        _prepare(world)
    annul(_open(world), "سبب", actor=world.actor("moderator"))
    world.sign_in(client, "moderator")
    with count_queries() as statements:
        words = _read(client, f"{FACILITATE}/")
    assert len([s for s in statements if s.startswith("SELECT") and "FROM ballot" in s]) == 1
    assert ("Ballot 4" in words, words.count("Being prepared"), "Ballot annulled" in words) == (True, 3, True)
