"""Forms through the pages: an organiser writes, tries and opens one; a participant answers it, without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from consult.db import session
from consult.settings import Settings
from consult.submissions.models import Draft, Questionnaire, Revision, Submission
from consult.submissions.questionnaires.queries import content_of
from consult.submissions.questionnaires.services import open_form
from consult.testing.acts import accept, hand_in
from consult.testing.small_tracks import running_app
from consult.testing.web import post
from consult.testing.world import World

HOME = "/en/c/test"
FORMS = f"{HOME}/organise/forms"


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """An application with small tracks."""
    yield from running_app(settings)


@pytest.fixture
def organiser(client: FlaskClient, world: World) -> FlaskClient:
    """The organiser, signed in."""
    return world.sign_in(client, "organiser")


def text(answer: object) -> str:
    return answer.get_data(as_text=True)  # type: ignore[attr-defined]


def plain(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def newest() -> Questionnaire:
    session.rollback()
    return session.scalars(sa.select(Questionnaire).order_by(Questionnaire.id.desc())).first()  # type: ignore[return-value]


def asking(english: str, **more: str) -> dict[str, str]:
    return {"labels_ar": f"{english} ع", "labels_en": english, "labels_fr": f"{english} fr", "readers": "all", **more}


def write_form(client: FlaskClient, track: str = "academic") -> str:
    """Write a form of two sections through the pages and return its address."""
    address = post(client, f"{FORMS}/begin/{track}/", {"source": ""}).location
    base = address.removesuffix("/")
    for title in ("About you", "More"):
        made = post(client, f"{base}/sections/new/", {f"titles_{c}": f"{title} {c}" for c in ("ar", "en", "fr")})
        assert made.status_code == 303, text(made)
    first, second = (section.key for section in content_of(newest()).sections)
    choices = {
        f"choices-{n}-{code}": f"{word} {code}"
        for n, word in enumerate(("Yes, often", "Never"))
        for code in ("ar", "en", "fr")
    }
    for section, kind, fields in (
        (first, "choice", asking("Do you meet migrants?", required="y", **choices)),
        (first, "number", asking("How many?", required="y", shown_if="q5", relation="equals", values="yes, OFTEN en")),
        (
            second,
            "scale",
            asking(
                "How well?",
                low="1",
                high="5",
                lows_en="badly",
                highs_en="well",
                shown_if="q6",
                relation="greater",
                values="10",
            ),
        ),
    ):
        made = post(client, f"{base}/sections/{section}/add/{kind}/", fields)
        assert made.status_code == 303, plain(text(made))
    return base


def test_an_organiser_writes_tries_and_opens_a_form(organiser: FlaskClient, world: World) -> None:
    base = write_form(organiser)
    content = content_of(newest())
    assert [q.key for q in content.questions] == ["q5", "q6", "q7"]
    shown = content.questions[1].shown_if
    assert shown is not None
    assert (shown.question, shown.values) == ("q5", ("c3",))
    page = plain(text(organiser.get(f"{base}/")))
    assert "Shown only if: Do you meet migrants? The answer is Yes, often en" in page
    assert "Missing: العربية, Français" in page
    refused = post(organiser, f"{base}/open/", {})
    assert refused.status_code == 422
    assert "Say that you open it although languages are missing." in text(refused)
    assert post(organiser, f"{base}/open/", {"despite_gaps": "y"}).status_code == 303
    assert newest().state == "open"
    assert post(organiser, f"{base}/open/", {}, form_page=f"{base}/").location == f"{base}/", "pressed twice"
    assert organiser.get(f"{base}/questions/q5/").status_code == 404
    assert post(organiser, f"{base}/parts/q5/down/", {}).status_code == 404


def test_the_preview_keeps_nothing_and_says_what_is_wrong(organiser: FlaskClient, world: World) -> None:
    base = write_form(organiser)
    first = content_of(newest()).sections[0].key
    address = f"{base}/preview/{first}/"
    page = text(organiser.get(address))
    assert "Do you meet migrants?" in page
    assert "How many?" not in page
    wrong = post(organiser, address, {"asked": "q5"})
    assert wrong.status_code == 422
    assert "Answer this question." in text(wrong)
    further = post(organiser, address, {"asked": "q5", "q5": "c3"})
    assert "How many?" in text(further)
    after = post(organiser, address, {"asked": "q5 q6", "q5": "c3", "q6": "12"})
    assert 'name="q6" value="12"' in text(after)
    assert "How well?" in text(after)
    ended = post(organiser, address, {"asked": "q5", "q5": "c4", "q6": "12"})
    assert "Not handed in How many? 12" in plain(text(ended))
    session.rollback()
    assert session.scalars(sa.select(Draft)).all() == []


def test_wrong_input_is_said_at_the_field_and_nothing_is_lost(organiser: FlaskClient, world: World) -> None:
    base = write_form(organiser)
    first = content_of(newest()).sections[0].key
    empty = post(
        organiser, f"{base}/sections/{first}/add/choice/", {"labels_en": "<b>Why\u202e?</b>", "readers": "all"}
    )
    assert empty.status_code == 422
    assert "Write from 2 to 60 of them." in text(empty)
    assert "&lt;b&gt;Why" in text(empty)
    scale = post(organiser, f"{base}/sections/{first}/add/scale/", asking("Well?", low="1", high="50"))
    assert (scale.status_code, "A scale has from 2 to 11 points." in text(scale)) == (422, True)
    forward = post(organiser, f"{base}/parts/q5/down/", {})
    assert forward.status_code == 422
    assert "A condition may only look at a question that comes before." in text(forward)
    used = post(organiser, f"{base}/parts/q5/remove/", {})
    assert used.status_code == 422
    seen = re.search(r'name="seen"[^>]*value="([^"]+)"', text(organiser.get(f"{base}/questions/q6/")))
    assert seen
    assert post(organiser, f"{base}/questions/q6/", asking("How many now?", seen=seen[1])).status_code == 303
    stale = post(organiser, f"{base}/questions/q6/", asking("How many then?", seen=seen[1]))
    assert stale.status_code == 422
    assert "Somebody else changed this question" in text(stale)
    assert "How many then?" in text(stale)


@pytest.mark.parametrize(
    ("typed", "kept"), [("١٠", "10"), ("3٫5", "3.5"), ("12 345", "12345"), ("−2", "-2"), ("many", None), ("", None)]
)
def test_a_condition_compares_with_a_number_or_is_refused(
    organiser: FlaskClient, world: World, typed: str, kept: str | None
) -> None:
    """What is no number would never be exceeded: nobody would ever see the question."""
    base = write_form(organiser)
    section = content_of(newest()).sections[0].key
    asked = asking("And then?", shown_if="q6", relation="greater", values=typed)
    answer = post(organiser, f"{base}/sections/{section}/add/text/", asked)
    if kept is None:
        assert (answer.status_code, 'href="#shown_if"' in text(answer)) == (422, True)
        assert "And then?" in text(answer)
        return
    assert answer.status_code == 303
    shown = content_of(newest()).sections[0].questions[-1].shown_if
    assert shown is not None
    assert shown.values == (kept,)


def test_what_a_colleague_changed_meanwhile_is_told(organiser: FlaskClient, world: World) -> None:
    """Neither is a section written over, nor a condition dropped because its question is there no more."""
    base = write_form(organiser)
    first = content_of(newest()).sections[0].key
    page = f"{base}/sections/{first}/"
    seen = re.search(r'name="seen"[^>]*value="([^"]+)"', text(organiser.get(page)))
    assert seen
    assert post(organiser, page, {"titles_en": "About your work", "seen": seen[1]}).status_code == 303
    stale = post(organiser, page, {"titles_en": "About your life", "seen": seen[1]})
    assert (stale.status_code, "Somebody else changed this section" in text(stale)) == (422, True)
    assert 'value="About your life"' in text(stale)
    assert content_of(newest()).sections[0].titles["en"] == "About your work"
    gone = asking("And then?", shown_if="q99", relation="answered")
    refused = post(organiser, f"{base}/sections/{first}/add/text/", gone)
    assert (refused.status_code, 'href="#shown_if"' in text(refused)) == (422, True)


@pytest.mark.parametrize("language", ["ar", "en", "fr"])
def test_the_pages_are_there_in_each_language(organiser: FlaskClient, world: World, language: str) -> None:
    base = write_form(organiser).replace("/en/", f"/{language}/")
    home = f"/{language}/c/test/organise/forms"
    section = content_of(newest()).sections[0].key
    for path in (
        f"{home}/",
        f"{home}/begin/cso/",
        f"{base}/",
        f"{base}/open/",
        f"{base}/discard/",
        f"{base}/sections/new/",
        f"{base}/sections/{section}/",
        f"{base}/sections/{section}/add/",
        f"{base}/sections/{section}/add/matrix/",
        f"{base}/sections/{section}/add/statement/",
        f"{base}/questions/q5/",
        f"{base}/parts/{section}/remove/",
        f"{base}/preview/{section}/",
    ):
        assert organiser.get(path).status_code == 200, path


def test_only_organisers_write_forms_and_only_their_own(organiser: FlaskClient, app: Flask, world: World) -> None:
    base = write_form(organiser)
    other = world.sign_in(app.test_client(), "moderator")
    assert other.get(f"{base}/").status_code == 403
    assert organiser.get(f"{FORMS}/00000000-0000-7000-8000-000000000000/").status_code == 404
    assert organiser.get(f"{FORMS}/begin/nothing/").status_code == 404


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found, name
    return found[1]


def fill(client: FlaskClient, address: str, fields: dict[str, object], status: int = 303) -> str:
    page = text(client.get(address))
    names = ("csrf_token", "version", "page") + (("asked",) if 'name="asked"' in page else ())
    answer = client.post(address, data={name: hidden(page, name) for name in names} | fields)
    assert answer.status_code == status, plain(text(answer))
    return answer.location if status == 303 else text(answer)


def test_a_participant_answers_section_by_section(app: Flask, organiser: FlaskClient, world: World) -> None:
    base = write_form(organiser)
    first, second = (section.key for section in content_of(newest()).sections)
    post(organiser, f"{base}/open/", {"despite_gaps": "y"})
    professor = world.sign_in(app.test_client(), "professor")
    began = post(professor, f"{HOME}/write/", {"member": str(world.members["professor"])}).location
    draft = began.removesuffix("behalf/")
    fill(professor, f"{draft}behalf/", {"title": "A title", "language": "en"})
    fill(professor, f"{draft}topics/", {"topics": ["gcm-1"]})
    fill(professor, f"{draft}text/", {"text": "A text."})
    assert fill(professor, f"{draft}proposals/", {"proposals": ""}).endswith(f"/{first}/")
    assert "Answer this question." in fill(professor, f"{draft}{first}/", {}, 422)
    assert fill(professor, f"{draft}{first}/", {"q5": "c3"}).endswith(f"/{first}/#q6")
    assert fill(professor, f"{draft}{first}/", {"q5": "c3", "q6": "12"}).endswith(f"/{second}/")
    assert fill(professor, f"{draft}{second}/", {"q7": "4"}).endswith("/check/")
    # What was answered first is changed: the later section is not asked any more, its answers are kept and not handed in.
    assert fill(professor, f"{draft}{first}/", {"q5": "c4", "q6": "12"}).endswith("/check/")
    check = plain(text(professor.get(f"{draft}check/")))
    assert "Not handed in" in check
    assert "How many? 12 How well? 4" in check
    receipt = post(professor, f"{draft}check/", {})
    assert receipt.status_code == 303, plain(text(receipt))
    session.rollback()
    row = session.scalars(sa.select(Submission)).one()
    assert (row.answers, row.questionnaire_id) == ({"q5": "c4"}, newest().id)
    assert session.scalars(sa.select(Revision.questionnaire_id)).all() == [newest().id]
    page = plain(text(professor.get(f"{HOME}/submissions/{row.number}/")))
    assert "Do you meet migrants? Never en" in page


def begun(app: Flask, organiser: FlaskClient, world: World) -> tuple[str, FlaskClient, str, str]:
    """Open a form and begin a draft on it: the form's address, the professor's client, the draft's address, the section."""
    base = write_form(organiser)
    section = content_of(newest()).sections[0].key
    post(organiser, f"{base}/open/", {"despite_gaps": "y"})
    professor = world.sign_in(app.test_client(), "professor")
    began = post(professor, f"{HOME}/write/", {"member": str(world.members["professor"])}).location
    return base, professor, began.removesuffix("behalf/"), section


def test_an_author_takes_a_draft_over_to_a_newer_form(app: Flask, organiser: FlaskClient, world: World) -> None:
    base, professor, draft, section = begun(app, organiser, world)
    fill(professor, f"{draft}{section}/", {"q5": "c3"})
    further = fill(professor, f"{draft}{section}/", {"q5": "c3", "q6": "12"})
    fill(professor, further, {"q7": "4"})
    assert "There is a newer form" not in text(professor.get(f"{draft}check/"))
    session.rollback()
    old = newest().id
    post(organiser, f"{FORMS}/begin/academic/", {"source": str(old)})
    base = f"{FORMS}/{newest().id}"
    assert post(organiser, f"{base}/parts/q7/remove/", {}).status_code == 303
    post(organiser, f"{base}/open/", {"despite_gaps": "y"})
    check = text(professor.get(f"{draft}check/"))
    assert "There is a newer form" in check
    assert "How well? 4" in plain(check)
    assert post(professor, f"{draft}newer/", {}).status_code == 303
    check = plain(text(professor.get(f"{draft}check/")))
    assert "There is a newer form" not in check
    assert "How many? 12" in check
    assert re.search(r"Not handed in .* How well\? 4", check)


def test_what_was_written_in_a_section_that_the_newer_form_has_not_is_shown(
    app: Flask, organiser: FlaskClient, world: World
) -> None:
    _, professor, draft, section = begun(app, organiser, world)
    old = text(professor.get(f"{draft}{section}/"))
    fields = {name: hidden(old, name) for name in ("csrf_token", "version", "page")} | {
        "asked": "q5 q6",
        "q6": "12 or so",
    }
    newer = post(organiser, f"{FORMS}/begin/academic/", {"source": ""}).location.removesuffix("/")
    post(organiser, f"{newer}/sections/new/", {"titles_en": "Anew"})
    other = content_of(newest()).sections[0].key
    post(organiser, f"{newer}/sections/{other}/add/text/", asking("Why?"))
    assert post(organiser, f"{newer}/open/", {"despite_gaps": "y"}).status_code == 303
    assert post(professor, f"{draft}newer/", {}, form_page=f"{draft}check/").status_code == 303
    late = professor.post(f"{draft}{section}/", data=fields)
    assert (late.status_code, "12 or so" in text(late), f'href="{draft}"' in text(late)) == (409, True, True)
    assert "How many?" in text(late), "by the words of its question"
    for answer in (professor.get(f"{draft}{section}/"), professor.post(f"{draft}{section}/", data=fields | {"q6": ""})):
        assert (answer.status_code, answer.location) == (303, draft)
    assert professor.get(f"{draft}s999/").status_code == 404


def test_two_tabs_on_two_sections_do_not_write_over_each_other(
    app: Flask, organiser: FlaskClient, world: World
) -> None:
    _, professor, draft, section = begun(app, organiser, world)
    first, second = (text(professor.get(f"{draft}{section}/")) for _ in range(2))
    names = ("csrf_token", "version", "page", "asked")
    kept = {name: hidden(first, name) for name in names}
    assert professor.post(f"{draft}{section}/", data=kept | {"q5": "c3"}).status_code == 303
    stale = professor.post(f"{draft}{section}/", data={name: hidden(second, name) for name in names} | {"q5": "c4"})
    assert stale.status_code == 409
    assert "Do you meet migrants? Yes, often en" in plain(text(stale))
    session.rollback()
    assert session.scalars(sa.select(Draft)).one().answers["track"] == {"q5": "c3"}


def test_what_was_typed_survives_a_sign_in_that_has_ended(app: Flask, organiser: FlaskClient, world: World) -> None:
    _, professor, draft, _ = begun(app, organiser, world)
    page = text(professor.get(f"{draft}text/"))
    typed = 'A long text <with "marks">\n\nand a paragraph.'
    fields = {name: hidden(page, name) for name in ("csrf_token", "version", "page")} | {"text": typed}
    professor.delete_cookie("consult-session")
    ended = professor.post(f"{draft}text/", data=fields)
    assert ended.status_code == 401
    assert "What you typed is not lost" in text(ended)
    assert 'value="A long text &lt;with &#34;marks&#34;&gt;' in text(ended)
    world.sign_in(professor, "professor")
    again = {name: hidden(text(ended), name) for name in ("version", "page")} | {"text": typed}
    token = re.search(
        r'name="csrf_token" value="([^"]+)"', text(ended).partition('name="version"')[0].rpartition("<form")[2]
    )
    assert token
    assert professor.post(f"{draft}text/", data=again | {"csrf_token": token[1]}).status_code == 303
    session.rollback()
    assert session.scalars(sa.select(Draft)).one().answers["text"] == typed


def test_another_device_sees_what_the_first_one_saved(app: Flask, organiser: FlaskClient, world: World) -> None:
    _, professor, draft, section = begun(app, organiser, world)
    fill(professor, f"{draft}{section}/", {"q5": "c3"})
    phone = world.sign_in(app.test_client(), "professor")
    page = text(phone.get(f"{draft}{section}/"))
    assert re.search(r'value="c3" checked', page)
    assert "How many?" in page
    assert fill(phone, f"{draft}{section}/", {"q5": "c3", "q6": "7"}).endswith("/check/")


def test_public_pages_of_answers_cost_nothing_more(
    app: Flask, organiser: FlaskClient, world: World, count_queries: Callable[..., Any]
) -> None:
    """One submission that answers a form, and one that answers none: the same queries once the process knows the form."""
    write_form(organiser)
    form = newest()
    open_form(form, despite_gaps=True, actor=world.actor("organiser"))
    without = accept(world, hand_in(world, "derna", {"decision": "31/2026"})).number
    answering = accept(world, hand_in(world, "professor", {"q5": "c4"}, questionnaire=form.id)).number
    counts = []
    for number in (answering, without, answering):
        path = f"{HOME}/submissions/{number}/"
        app.extensions.pop("consult.kept", None)
        with count_queries() as statements:
            assert app.test_client().get(path).status_code == 200
        counts.append(len(statements))
    assert counts[1] == counts[2]
