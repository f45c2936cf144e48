"""The site's own pages, the log and the first page, in every language."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from consult.accounts.people import PersonDraft
from consult.consultations.members import MemberDraft
from consult.consultations.services import invite_member, publish
from consult.db import session, transaction
from consult.events.types import declared
from consult.i18n import LANGUAGES
from consult.testing.world import World
from consult.web.markdown import render
from consult.web.public.event_words import WORDS
from consult.web.public.pages import PAGES, site_page


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_page_stands_in_every_language_with_the_same_parts(code: str) -> None:
    for name in PAGES:
        page, english = site_page(name, code), site_page(name, "en")
        assert page.title
        assert page.lede
        for tag in ("<h2>", "<li>", "<tr>", "<td"):
            assert page.html.count(tag) == english.html.count(tag), (name, tag)


def test_pages_are_served_and_others_are_not_found(client: FlaskClient, world: World) -> None:
    for code in LANGUAGES:
        for name in PAGES:
            assert client.get(f"/{code}/about/{name}").status_code == 200
    assert client.get("/en/about/../settings").status_code == 404
    assert client.get("/en/about/unknown").status_code == 404


def test_privacy_leads_to_what_everybody_may_do_with_their_own(client: FlaskClient, world: World) -> None:
    world.sign_in(client, "ghat")
    for code in LANGUAGES:
        html = client.get(f"/{code}/about/privacy").get_data(as_text=True)
        ways = set(re.findall(r'href="\.\./(account[\w/]*)"', html))
        assert ways == {"account", "account/data", "account/purposes", "account/erase"}
        assert [client.get(f"/{code}/{way}").status_code for way in sorted(ways)] == [200] * 4
        assert html.count("ZIP") >= 1


def test_markdown_lets_nothing_dangerous_through() -> None:
    html = render(
        "<script>alert(1)</script>\n\n[x](javascript:alert(1)) ![i](https://e.example/i.png) <b onclick=x>b</b>"
    )
    assert "script" not in html.replace("noopener", "")
    assert "img" not in html
    assert "onclick" not in html


def test_every_event_of_the_core_has_words_in_the_log() -> None:
    here = {name for name, kind in declared().items() if kind.__module__.startswith("consult.")}
    rooms = {
        "consult.accounts.events",
        "consult.accounts.bodies.events",
        "consult.erasure.events",
        "consult.testimony.events",
    }  # what is not said in public
    of_the_instance = {name for name, kind in declared().items() if kind.__module__ in rooms}
    of_the_instance |= {"AccreditationAsked", "RegistrationAsked", "ConsentAnswered", "RetentionApplied"}
    assert here - of_the_instance - set(WORDS) == set()
    assert set(WORDS) - here == set()


def test_the_log_tells_what_happened_newest_first_with_its_checkpoint(client: FlaskClient, world: World) -> None:
    organiser = world.actor("organiser")
    with transaction():
        world.consultation.public = False
    publish(consultation=world.consultation, actor=organiser)
    draft = MemberDraft(PersonDraft("Canary", "canary@example.org", "en"), "municipal")
    invite_member(draft, consultation=world.consultation, actor=organiser)
    page = client.get("/en/c/test/log/").get_data(as_text=True)
    assert page.index("Somebody was invited to take part") < page.index("The consultation was made public")
    assert "over the first 1 events" in page
    assert "Canary" not in page
    older = client.get("/en/c/test/log/?before=2").get_data(as_text=True)
    assert "Somebody was invited" not in older


def test_a_consultation_that_is_not_public_is_not_found_by_others(client: FlaskClient, world: World) -> None:
    with transaction():
        world.consultation.public = False
    session.rollback()
    for path in ("/en/c/test/", "/en/c/test/log/"):
        assert client.get(path).status_code == 404
    assert "Test consultation" not in client.get("/en/").get_data(as_text=True)
    assert world.sign_in(client, "organiser").get("/en/c/test/").status_code == 200
