"""The names of a member who withholds theirs are found by nobody, and stand in nothing that is kept or given away.

Every page, as everybody: `tests/web/test_leak_crawl.py`.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
import sqlalchemy as sa
from consult_cso.services import RegistrationDraft, note_registration
from flask import Flask

from consult.accounts.access import OPERATOR
from consult.accounts.signing_in.sign_in import start_sign_in
from consult.db import session
from consult.events.models import EventRow
from consult.i18n import LANGUAGES
from consult.notifications.models import Mail
from consult.outcomes.models import EditionFile
from consult.spreadsheets import WRITERS, write_table
from consult.submissions.exchange.exports import export_submissions
from consult.submissions.models import Submission
from consult.submissions.states import SubmissionState
from consult.testing.coding import code_everything
from consult.testing.readable import readable, told
from consult.testing.web import Browser
from consult.testing.withheld import BODY_KEY, CANARIES, EMAIL, PERSON, Happened, everything_happens
from consult.testing.world import World

#: Who searches.
LOOK = ("", "ghat", "professor", "neighbour", "moderator", "clerk", "organiser", "administrator")
#: Pages with a search.
SEARCHES = (
    "/en/c/test/submissions/",
    "/en/c/test/organise/people/",
    "/en/c/test/cards/",
    "/en/c/test/organise/recommendations/1/sources/",
)
#: What the member sees of it.
OWN_PAGES = {
    "/en/account": {"كناريوس", "kanaryos"},
    "/en/c/test/cso/registration/": {"كناريوس", "kanaryos"},
    "/en/c/test/mine/": {"كناريوس"},
    "/en/account/data": {"كناريوس", "kanaryos"},
}


@pytest.fixture
def happened(world: World) -> Happened:
    """Everything that can happen to the member, who has noted a registration as well; every text is coded, the member codes too."""
    draft = RegistrationDraft({"authorities": ["csc_tripoli"], "number": "KANARYOS-77"})
    note_registration(draft, consultation=world.consultation, actor=world.actor("cso"))
    found = everything_happens(world)
    code_everything(world)
    return found


def _told(happened: Happened, content: bytes | str) -> set[str]:
    """Return the canaries in a content."""
    given = content.encode() if isinstance(content, str) else content
    return told(happened.canaries, readable(given))


def _browser(app: Flask, world: World, role: str) -> Browser:
    browser = Browser(app)
    if role:
        browser.set_cookie("consult-session", start_sign_in(world.people[role], method="link", factor="app"))
    return browser


def test_nobody_finds_the_member_who_sees_more(app: Flask, happened: Happened) -> None:
    world = happened.world
    own = session.scalars(sa.select(Submission.number).where(Submission.member_id == world.members["cso"])).all()
    pointers = (f"Participant {world.member('cso').number},", *own)
    for role in LOOK:
        browser = _browser(app, world, role)
        for path in SEARCHES:
            plain = _pointers(browser, path, "xyzzy", pointers)
            for words in (PERSON, "kanaryos", BODY_KEY, EMAIL):
                assert _pointers(browser, path, words, pointers) == plain, (role, path, words)
    browser = _browser(app, world, "cso")
    assert {path: _told(happened, browser.get(path).get_data()) for path in OWN_PAGES} == OWN_PAGES


def _pointers(browser: Browser, path: str, words: str, pointers: Sequence[str]) -> set[str]:
    page = browser.get(path, query_string={"q": words, "body": words}).get_data(as_text=True)
    return {pointer for pointer in pointers if pointer in page}


def test_nothing_that_is_kept_or_given_away_tells(happened: Happened, tmp_path: Path) -> None:
    events = session.execute(sa.select(EventRow.type, EventRow.actor_id, EventRow.facts)).all()
    facts = {row.type for row in events if _has_name(json.dumps(row.facts, ensure_ascii=False))}
    assert facts == {"BodyChanged"}
    acts = {row.type for row in events if row.actor_id == happened.person}
    assert {kind for kind in acts if kind.startswith(("Submission", "Cso"))} == set()

    letters = session.execute(sa.select(Mail.person_id, Mail.address, Mail.subject, Mail.text, Mail.html)).all()
    assert {row.person_id for row in letters if _told(happened, " ".join(row[1:]))} == {happened.person}
    assert len({row.person_id for row in letters}) == 7

    for form in WRITERS:
        file = tmp_path / f"submissions.{form}"
        columns, rows = export_submissions(happened.world.consultation, tuple(SubmissionState), actor=OPERATOR)
        assert (write_table(columns, rows, file, form), _told(happened, file.read_bytes())) == (11, set())

    files = session.execute(sa.select(EditionFile.language, EditionFile.format, EditionFile.content)).all()
    assert {row.language for row in files} == set(LANGUAGES)
    assert {"json", "html", "pdf"} <= {row.format for row in files}
    assert [(row.language, row.format) for row in files if _told(happened, row.content)] == []


def _has_name(text: str) -> bool:
    return any(canary in text.casefold() for canary in CANARIES)


def test_a_canary_would_be_seen_however_a_file_hides_it(world: World) -> None:
    known = Happened(world, world.people["cso"], world.bodies["cso"])
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("sheet.xml", "Ligue Kanaryos")
    hidden: dict[str | bytes, set[str]] = {
        "%D9%83%D9%86%D8%A7%D8%B1%D9%8A%D9%88%D8%B3": {"كناريوس"},
        json.dumps({"who": PERSON}): {"كناريوس"},
        "&#x6b;anaryos": {"kanaryos"},
        PERSON[::-1]: {"كناريوس"},
        "ﺲﻮﻳﺭﺎﻨﻛ": {"كناريوس"},  # as a PDF may hold it: presentation forms, drawn from the left
        str(known.body): {str(known.body)},
        packed.getvalue(): {"kanaryos"},
        "رابطة أخرى": set(),
    }
    assert {text: _told(known, text) for text in hidden} == hidden
