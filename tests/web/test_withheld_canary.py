"""What is kept back is told nowhere: everything happens, and everybody looks everywhere.

The names of a member who withholds theirs are canaries; so is a word in every field that not everybody reads, which those
see who may and nobody else (`consult.testing.kept_back`).

One exception, said in `docs/plugins.md` too: the register of bodies holds bodies that may take part and does not say which
of them do. Its own pages show them to those who keep it, the form with which an organiser invites somebody offers them, it
can be exported, and its own events name the codes of bodies.
"""

from __future__ import annotations

import html
import io
import json
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pypdfium2
import pytest
import sqlalchemy as sa
from consult_cso.services import RegistrationDraft, note_registration
from flask import Flask

import consult.testing.addresses
from consult.accounts.access import OPERATOR
from consult.accounts.links import invite_person
from consult.accounts.models import Person
from consult.accounts.sign_in import start_sign_in
from consult.db import session, transaction
from consult.events.models import EventRow
from consult.i18n import LANGUAGES
from consult.notifications.models import Mail
from consult.outcomes.models import EditionFile
from consult.spreadsheets import WRITERS
from consult.submissions.exports import export_submissions
from consult.submissions.models import Submission
from consult.submissions.states import SubmissionState
from consult.testing.addresses import Addresses, passkey_of, readable_rules
from consult.testing.coding import code_everything
from consult.testing.kept_back import WORDS, plant
from consult.testing.web import Browser
from consult.testing.withheld import BODY_KEY, CANARIES, EMAIL, PERSON, Happened, everything_happens
from consult.testing.world import World

#: Who looks, and in which languages: what is told depends on who looks, not on the language.
LOOK: Mapping[str, Sequence[str]] = {
    "": tuple(LANGUAGES),
    "ghat": ("fr",),
    "professor": ("en",),
    "neighbour": ("ar",),
    "moderator": ("en",),
    "clerk": ("ar",),
    "organiser": ("ar",),
    "administrator": ("fr",),
}

#: The pages of the exception, by endpoint, with whom they are for.
REGISTER = "bodies body body_facts body_change body_end body_add body_entry body_replace body_remove"
EXCEPTIONS = {("organise.invite", "organiser")} | {
    (f"administer.{page}", keeper) for page in REGISTER.split() for keeper in ("organiser", "administrator")
}
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
#: Pages of what does not happen in this small consultation: files brought in or handed in, texts judged by reviewers, bodies that apply (their form
#: names no body of the register).
NO_ROWS = {
    "public.document",
    "organise.import_file",
    "organise.answer_evaluation_page",
    "organise.refused",
    "facilitate.accreditation",
    "public.application",
    "paper.picture",
    *("facilitate.assessed_text", "facilitate.assessed_interest", "organise.open_names", "organise.end_reviewing"),
    "peer_review.document",
    *("facilitate.reopen_text", "organise.lift", "peer_review.mistake"),
}
#: Addresses that lead elsewhere.
REDIRECTS = {
    *("evaluate.check", "evaluate.write"),
    "root",
    *(
        "account.provider",
        "account.provider_back",
        "account.provider_unknown",
        "account.join",
    ),  # there is no provider here
    "coding.next_text",
    *("peer_review.next_text", "peer_review.mine", "peer_review.text", "peer_review.interest"),
    "account.second_step",
    "account.confirm_remove_app",
    *(
        "short.submission",
        "short.recommendation",
        "short.edition",
        "short.sheet",
        "paper.find",
        "public.open_data_file",
        "take_part.cosign_text",
    ),
    "facilitate.accreditations",  # accreditors only, of whom there is none here
}


@pytest.fixture
def happened(world: World) -> Happened:
    """Everything that can happen to the member, who has noted a registration as well; every text is coded, the member codes too."""
    draft = RegistrationDraft({"authorities": ["csc_tripoli"], "number": "KANARYOS-77"})
    note_registration(draft, consultation=world.consultation, actor=world.actor("cso"))
    found = everything_happens(world)
    code_everything(world)
    return found


@pytest.fixture
def kept_back(happened: Happened) -> None:
    """A word in every field that not everybody reads."""
    plant(happened.world)


def _readable(content: bytes) -> Iterator[str]:
    """Yield a file's text however it hides it: packed, set on pages, escaped, in parts of letters."""
    if content.startswith(b"%PDF"):
        document = pypdfium2.PdfDocument(content)
        content = "".join(page.get_textpage().get_text_bounded() for page in document).encode()
        content += json.dumps(document.get_metadata_dict(), ensure_ascii=False).encode()
        document.close()
    elif content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            content = b"".join(packed.read(part) for part in packed.namelist())
    text = unicodedata.normalize("NFKC", content.decode("utf-8", "replace"))
    yield text
    yield text[::-1]  # Arabic words may lie in a file as they are drawn
    yield html.unescape(unquote(text))
    yield re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), text)


def _told(happened: Happened, content: bytes | str) -> set[str]:
    """Return the canaries in a content."""
    given = content.encode() if isinstance(content, str) else content
    return {canary for text in _readable(given) for canary in happened.canaries if canary in text.casefold()}


def _words(content: bytes) -> set[str]:
    """Return the words of what is kept back that a content holds."""
    return {word for text in _readable(content) for word in re.findall(r"qx[a-z]+", text) if word in WORDS}


def _browser(app: Flask, world: World, role: str) -> Browser:
    browser = Browser(app)
    if role:
        browser.set_cookie("consult-session", start_sign_in(world.people[role], method="link"))
    return browser


def _numbers(bound: Mapping[str, Any]) -> Sequence[str]:
    return session.scalars(
        sa.select(Submission.number).where(Submission.consultation_id == bound["consultation"].id)
    ).all()


@pytest.fixture
def pages(
    app: Flask, happened: Happened, kept_back: None, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Iterator[tuple[str, str]]]:
    """Every address that answers to GET in a language, with its endpoint, filled from every row that exists."""
    monkeypatch.setattr(consult.testing.addresses, "ROWS", 1000)
    for place in ("submissions/number", "review/number", "receipts/number", "texts/number", "letters/number"):
        monkeypatch.setitem(consult.testing.addresses.PLACES, place, _numbers)
    ghat = session.get_one(Person, happened.world.people["ghat"])
    with transaction():
        session.add(passkey_of(ghat))
    addresses = Addresses(happened.world.consultation, invite_person(ghat, actor=OPERATOR).token)
    rules = [rule for rule in readable_rules(app) if rule.endpoint not in {"static_asset"} | NO_ROWS]
    return lambda language: ((r.endpoint, path) for r in rules for path in addresses.of_rule(r, language))


@pytest.mark.parametrize(
    "engine", ["sqlite"], indirect=True
)  # what is searched in differs by engine: see the next test
def test_nobody_else_is_told_on_any_page(
    app: Flask, happened: Happened, pages: Callable[[str], Iterator[tuple[str, str]]]
) -> None:
    app.testing = False  # an error becomes its page, which is looked at too
    told, broken, answered, excepted, seen = [], [], set(), set(), set()
    for role, languages in LOOK.items():
        browser = _browser(app, happened.world, role)
        for endpoint, path in (page for language in languages for page in pages(language)):
            answer = browser.get(path)
            if answer.status_code == 200:
                answered.add(endpoint)
            if answer.status_code >= 500:
                broken.append((role, path))
            content = answer.get_data() + str(answer.headers).encode()
            words = _words(content)
            seen |= {(word, role) for word in words}
            told += [(role, path, word) for word in words if role not in WORDS[word]]
            canaries = _told(happened, content)
            canaries = {canary for canary in canaries if canary not in path}  # what one brings along, one is not told
            if canaries and (endpoint, role) in EXCEPTIONS:
                excepted.add((endpoint, role))
            elif canaries:
                told.append((role, path, sorted(canaries)))
    assert (told, broken) == ([], [])
    assert excepted == EXCEPTIONS
    assert seen == {(word, role) for word, readers in WORDS.items() for role in readers}
    assert {endpoint for endpoint, _ in pages("ar")} - answered == REDIRECTS


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

    for form, write in WRITERS.items():
        file = tmp_path / f"submissions.{form}"
        columns, rows = export_submissions(happened.world.consultation, tuple(SubmissionState), actor=OPERATOR)
        assert (write(columns, rows, file), _told(happened, file.read_bytes())) == (11, set())

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
