"""A text that everything leads to is taken out of sight: from then on its author, title and words stand on no page of anybody else.

It is cited, voted on, answered, coded by two, translated, co-signed, and a body was asked for its response to it. The walk goes
over every address as everybody there is, before (so that it is known to find something) and after.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from consult import clock, search
from consult.accounts.access import allowed
from consult.db import session, transaction
from consult.events.deliver import deliver_due
from consult.i18n import translate
from consult.notifications.gathering import gather_due
from consult.notifications.models import Mail, Notice
from consult.notifications.notices import notices_of
from consult.recommendations.responses import RequestDraft, ask_response
from consult.recommendations.services import Answer, Target, answer
from consult.settings import Settings
from consult.submissions.cosigning.services import ask_body, cosign
from consult.submissions.models import Passage
from consult.submissions.services import Review, hide, withdraw
from consult.testing import places
from consult.testing.addresses import Addresses, NoRow, readable_rules
from consult.testing.coding import code_everything
from consult.testing.lookers import enter_everybody
from consult.testing.small_tracks import running_app
from consult.testing.story import Story
from consult.testing.translators import approve, make_translator, write_translation
from consult.testing.web import Browser, post

TEXT = "TT-2026-00002"
WORDS = ("qxauthor", "qxtitle", "qxpassage")
AUTHOR = "professor"
#: Where receipt numbers stand in addresses.
PLACES = ("submissions/number", "review/number", "texts/number", "letters/number")
#: What lists of texts are asked for, beside nothing.
ASKED = {
    "public.answers": ("?kind=not_agreed",),
    "organise.answers": ("?kind=not_agreed",),
    "coding.mine": ("", "?done=yes"),
}
#: What tells of the text as long as everybody may read it.
MOST = frozenset(
    {
        *ASKED,
        "public.submission",
        "public.recommendation",
        "public.register",
        "organise.recommendation",
        "organise.responses",
        "coding.text",
        "take_part.office",
        "take_part.respond",
    }
)
#: Routes about rows that nothing made here, and that no text stands on or leads to: the walk of `test_leak_crawl` visits them.
NO_ROWS = frozenset(
    [
        "public.application",
        "public.application_file",
        "facilitate.accreditation",
        "facilitate.accreditation_file",
        "facilitate.appeal",
        "facilitate.act",
        "peer_review.mistake",
        "take_part.message",
        "organise.message",
        "organise.form_version",
        "organise.discard_version",
        "organise.open_version",
        "organise.remove_form_part",
        "organise.preview",
        "organise.edit_question",
        "organise.edit_section",
        "organise.choose_kind",
        "organise.add_question",
        "organise.new_section",
        "organise.import_file",
        "organise.refused",
        "organise.answer_evaluation_page",
        "organise.confirm_reader_end",
        "paper.run_pdf",
        "paper.sheet",
        "paper.put_aside",
        "paper.enter_sheet",
        "paper.picture",
        "paper.settle_sheet",
        "take_part.go_on",
        "take_part.step",
        "take_part.check",
        "take_part.discard",
        "take_part.history",
        "take_part.reservation",
    ]
)
#: Routes of rows that could tell of a text and that this one has not: it has no document, is judged by nobody, and no
#: edition is sealed, which would stay as it is.
NOT_THIS_TEXT = frozenset(
    [
        "public.document",
        "peer_review.document",
        "facilitate.assessed_text",
        "facilitate.assessed_interest",
        "facilitate.reopen_text",
        "organise.criterion",
        "organise.lift",
        "organise.open_names",
        "organise.end_reviewing",
        "public.edition",
        "public.edition_file",
        "public.edition_part",
        "public.manifest",
        "public.paragraph",
        "public.sealed",
        "public.verify",
    ]
)


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """An application with small tracks."""
    yield from running_app(settings)


@pytest.fixture
def story(story: Story) -> Story:
    """See `consult.testing.story`, with everybody there is; the professor's text is the one to which everything leads."""
    world, row = story.world, story.submission(AUTHOR)
    with transaction():
        row.body_id, row.author, row.title = None, WORDS[0], WORDS[1]
        session.execute(sa.update(Passage).where(Passage.submission_id == row.id).values(text=WORDS[2]))
        session.flush()
        search.rebuild()
    make_translator(world, "zuwara")
    approve(world, write_translation(world, row, "ar", by="zuwara"))
    code_everything(world)
    here, organiser = world.consultation, world.actor("organiser")
    given = Answer("not_agreed", reason="Another law says so.", language="en")
    answer(given, [Target(row.id)], consultation=here, actor=organiser)
    due = (clock.now() + timedelta(days=20)).date()
    ask_response(RequestDraft("LY032101", due, submission=row.number), consultation=here, actor=organiser)
    asked = ask_body(row, "LY010102", consultation=here, actor=world.actor(AUTHOR))
    cosign(asked, row.revision, actor=world.actor("derna"))
    enter_everybody(world)
    return story


def _paths(addresses: Addresses, rules: Iterable[Rule]) -> tuple[dict[str, list[str]], set[str]]:
    """Return the addresses of each route, and the routes of which there is no row."""
    found, without = dict[str, list[str]](), set[str]()
    for rule in rules:
        try:
            paths = addresses.of_rule(rule, "en")
        except NoRow:
            without.add(rule.endpoint)
        else:
            queries = ASKED.get(rule.endpoint, ("",))
            found.setdefault(rule.endpoint, []).extend(path + query for path in paths for query in queries)
    return found, without


def told(
    app: Flask, story: Story, monkeypatch: pytest.MonkeyPatch, only: frozenset[str] = frozenset()
) -> dict[str, set[str]]:
    """Return the endpoints that tell something of the text, for each who looks: of all, or of some."""
    monkeypatch.setattr(places, "ROWS", 3)
    for place in PLACES:
        monkeypatch.setitem(places.PLACES, place, lambda _bound: [TEXT])
    addresses = Addresses(story.world.consultation, "token")
    rules = [rule for rule in readable_rules(app) if "<slug>" in rule.rule and (not only or rule.endpoint in only)]
    pages, without = _paths(addresses, rules)
    assert without == (set() if only else NO_ROWS | NOT_THIS_TEXT)
    look = ["", *story.world.people.keys() - {AUTHOR}]
    found: dict[str, set[str]] = {role: set() for role in look}
    for role in look:
        browser = Browser(app)
        if role:
            story.world.sign_in(browser, role)
        for endpoint, paths in pages.items():
            for path in paths:
                shown = browser.get(path)
                if any(word in shown.get_data().decode("utf-8", "replace") for word in WORDS):
                    found[role].add(endpoint)
                if shown.status_code == 403:  # refused before any row is looked at: so are the others
                    break
    return found


def test_a_text_that_its_author_withdrew_is_told_nowhere(
    app: Flask, story: Story, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL the pages that told of it are asked again; all others decide in Python, the same on both."""
    before = told(app, story, monkeypatch, MOST)
    assert MOST - set().union(*before.values()) == set()
    withdraw(story.submission(AUTHOR), actor=story.world.actor(AUTHOR))
    app.extensions["consult.kept"].clear()
    after = told(app, story, monkeypatch, frozenset() if engine == "sqlite" else MOST)
    assert {role: pages for role, pages in after.items() if pages} == {}


def test_a_hidden_text_is_told_to_those_alone_who_decide(
    app: Flask, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, row = story.world, story.submission(AUTHOR)
    hide(row, Review("harm", "Words."), actor=world.actor("moderator"))
    decide = {role for role in world.people if role != AUTHOR and allowed(world.actor(role), "submission.read", row)}
    assert decide == {"moderator", "moderator of the academic track", "organiser"}
    found = told(app, story, monkeypatch, MOST | {"facilitate.review"})
    assert {role for role, pages in found.items() if pages} == decide
    assert found["organiser"] & {"organise.recommendation", "public.recommendation", "organise.responses"} == set()


def test_whoever_withdraws_reads_what_draws_on_it_and_the_organisers_are_told(
    app: Flask, story: Story, client: FlaskClient
) -> None:
    author = story.world.sign_in(client, AUTHOR)
    page = author.get(f"/en/c/test/submissions/{TEXT}/withdraw/").get_data(as_text=True)
    assert "2 recommendations draw on it. Your words and your name are taken off their pages too" in page
    assert "/en/c/test/recommendations/1/" in page
    assert post(author, f"/en/c/test/submissions/{TEXT}/withdraw/", {}).status_code == 303
    while deliver_due() or gather_due():
        pass
    lines, _ = notices_of(story.world.people["organiser"])
    gone = [(translate(line.title, "en"), line.path) for line in lines if "source" in translate(line.title, "en")]
    assert sorted(gone) == [
        ("A source of recommendation 1 is gone", "/c/test/organise/recommendations/1/"),
        ("A source of recommendation 2 is gone", "/c/test/organise/recommendations/2/"),
    ]
    notices = session.scalars(sa.select(Notice.person_id).where(Notice.kind == "source_gone")).all()
    assert set(notices) == {story.world.people["organiser"]}
    mails = session.scalars(sa.select(Mail).where(Mail.kind == "source_gone")).all()
    assert len(mails) == 2
    assert [m.id for m in mails if any(w in m.subject + m.text + m.html for w in (*WORDS, TEXT))] == []


def test_a_text_that_nothing_draws_on_tells_nobody(app: Flask, story: Story) -> None:
    withdraw(story.submission("derna"), actor=story.world.actor("derna"))
    while deliver_due():
        pass
    assert session.scalars(sa.select(Notice).where(Notice.kind == "source_gone")).all() == []
