"""What docs/security.md says of input, files, tries, sessions and ways in is what the code does: numbers and lists compared."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from importlib import import_module

import pytest

from consult.accounts import attempts
from consult.accounts.access import declared_permissions
from consult.accounts.attempts import Limit
from consult.accounts.people import LONGEST_ADDRESS, LONGEST_NAME
from consult.accounts.signing_in.identities import PROVIDER_FROM_ADDRESS
from consult.accounts.signing_in.passwords import LONGEST, MOST_WAITING, PATIENCE_SECONDS, PLACE_WORDS, SHORTEST
from consult.attachments import archives, child, pdfs
from consult.attachments.kinds import Kind
from consult.attachments.pictures import MOST_PIXELS
from consult.ballots.choices import OPTION_LIMIT
from consult.consultations.frame import MOST_FILE_MEGABYTES, MOST_FILES
from consult.consultations.setting_up import LONGEST_SLUG
from consult.paper.scans import MOST_MEGABYTES, MOST_SCANS
from consult.settings import LONGEST_LINK_MINUTES, Settings
from consult.spreadsheets import archive as sheets
from consult.spreadsheets.cells import LONGEST_CELL, MOST_ROWS
from consult.submissions import dispositions
from consult.submissions.content import TEXT_LIMIT, TITLE_LIMIT, TOPIC_LIMIT
from consult.submissions.drafting.drafts import MOST_DRAFTS
from consult.submissions.exchange.importing import MOST_BYTES, MOST_COLUMNS
from consult.submissions.review import deciding
from consult.testimony import files as testimony_files
from tests.architecture.documents import ROOT, cells, section, table

MEGABYTE = 2**20
#: What the table of tries says, by its first cell: the limits it tells of, in its order.
LIMITS: Mapping[str, Sequence[Sequence[Limit]]] = {
    "password of one account": [[attempts.PASSWORD_OF_ACCOUNT]],
    "passwords, passkeys or codes of cards from one network address": [
        [attempts.PASSWORD_FROM_ADDRESS, attempts.PASSKEY_FROM_ADDRESS, attempts.CARD_CODE_FROM_ADDRESS]
    ],
    "links for one account": [[attempts.LINK_FOR_ACCOUNT]],
    "links from one address": [[attempts.LINK_FROM_ADDRESS]],
    "codes of one person": [[attempts.CODE_OF_PERSON], [attempts.CODES_OF_A_DAY]],
    "digits of mailed links from one network address": [[attempts.LINK_CODE_FROM_ADDRESS]],
    "receipts of paper, for one sheet, and from one address": [
        [attempts.RECEIPT_OF_SHEET],
        [attempts.RECEIPT_FROM_ADDRESS],
    ],
    "registrations for one e-mail address, and from one network address": [
        [attempts.REGISTRATION_FOR_ADDRESS],
        [attempts.REGISTRATION_FROM_ADDRESS],
    ],
    "applications of bodies for one e-mail address, and from one network address": [
        [attempts.APPLICATION_FOR_ADDRESS],
        [attempts.APPLICATION_FROM_ADDRESS],
    ],
    "letters, and codes, that confirm the address of one application": [
        [attempts.APPLICATION_LETTER],
        [attempts.APPLICATION_CODE],
    ],
    "files of applications, for one application, and from one network address": [
        [attempts.APPLICATION_FILE],
        [attempts.APPLICATION_FILE_FROM_ADDRESS],
    ],
    "ways back from a provider of identities, from one network address": [[PROVIDER_FROM_ADDRESS]],
    "texts begun without an account, from one network address": [[attempts.BEGUN_FROM_ADDRESS]],
}
#: The one whose window is the life of what is tried.
WHILE_IT_LIVES = "digits of a mailed link, for one request"
WINDOWS = {
    "a day": timedelta(days=1),
    "an hour": timedelta(hours=1),
    "15 minutes": timedelta(minutes=15),
}
#: How each kind of file is written in the document.
WRITTEN = {Kind.JPEG: "JPEG", Kind.WEBP: "WebP"}


def _said(*parts: str, under: str) -> None:
    said = re.sub(r"\s+", " ", section(under))
    assert [part for part in parts if part not in said] == []


def test_rules_of_input_are_those_of_the_code() -> None:
    rules = cells("Input and limits")
    said: dict[str, str] = {
        "names, titles, single lines": f"title {TITLE_LIMIT}, name {LONGEST_NAME}, slug {LONGEST_SLUG}",
        "text of a position": f"{TEXT_LIMIT:,} characters, Markdown, sanitised when shown;"
        f" reasons {dispositions.REASON_LIMIT:,} to {deciding.REASON_LIMIT:,}",
        "e-mail address": f"{LONGEST_ADDRESS} characters",
        "what belongs together": f"from 2 to {OPTION_LIMIT}",
        "drafts": f"{MOST_DRAFTS} for a member",
        "topics": f"1 to {TOPIC_LIMIT} of",
        "documents of a submission": f"{MOST_FILES} of {MOST_FILE_MEGABYTES} MB at most",
    }
    assert [what for what, words in said.items() if words not in rules[what]] == []
    assert {"numbers", "dates", "choices", "password", "a request"} < set(rules)


def test_what_one_request_may_carry_is_what_the_document_says(app: object) -> None:
    from flask import current_app

    config = current_app.config
    assert config["MAX_CONTENT_LENGTH"] == config["MAX_FORM_MEMORY_SIZE"]
    said = f"{config['MAX_CONTENT_LENGTH'] // MEGABYTE} MB, {config['MAX_FORM_PARTS']:,} parts"
    member, organiser = MOST_FILE_MEGABYTES, MOST_BYTES // MEGABYTE
    assert cells("Input and limits")["a request"].startswith(
        f"{said}; a file by a member {member} MB, by an importing organiser {organiser} MB"
    )


def test_words_that_no_password_is_made_of_are_all_named() -> None:
    rule = cells("Input and limits")["password"]
    assert rule.startswith(f"{SHORTEST} to {LONGEST} characters of any kind")
    assert set(re.findall(r"`(.+?)`", rule)) == set(PLACE_WORDS)


def test_kinds_and_sizes_of_files_are_those_of_the_code() -> None:
    first = section("Documents").partition(":")[2].partition(".")[0]
    assert [one.strip() for one in first.split(",")] == [WRITTEN.get(kind, kind.value.upper()) for kind in Kind]
    _said(f"{child.DATA // MEGABYTE} MB of data, {child.SECONDS} seconds of a core", under="Documents")
    documents = cells("Documents")
    assert f"unpack to {pdfs.MOST_UNPACKED // MEGABYTE} MB or {pdfs.MOST_RATIO} times their size" in documents["PDF"]
    assert (
        f"{archives.MOST_UNPACKED // MEGABYTE} MB or {archives.MOST_RATIO} times the size unpacked"
        in documents["DOCX, XLSX, ODT"]
    )
    pixels = [MOST_PIXELS[kind] // 1_000_000 for kind in (Kind.JPEG, Kind.PNG, Kind.WEBP)]
    assert "{} million for JPEG, {} for PNG, {} for WebP".format(*pixels) in documents["pictures"]


def test_sizes_of_tables_and_scans_are_those_of_the_code() -> None:
    tables = cells("Imported tables")
    assert tables["size"].startswith(
        f"{MOST_BYTES // MEGABYTE} MB; unpacked {sheets.MOST_UNPACKED // MEGABYTE} MB,"
        f" {sheets.MOST_STRINGS // MEGABYTE} MB of shared strings, {sheets.MOST_PARTS:,} parts"
    )
    assert (sheets.MOST_RATIO, f"beyond {sheets.HARMLESS // MEGABYTE} MB" in tables["size"]) == (200, True)
    assert tables["a table"] == f"{MOST_COLUMNS} columns, {MOST_ROWS:,} rows, {LONGEST_CELL:,} characters in a cell"
    assert MOST_SCANS == 10
    _said(f"{MOST_MEGABYTES} MB each, ten for a sheet", under="Scans of paper")
    _said(
        f"At most {testimony_files.MOST_FILES} files of {testimony_files.MEGABYTES} MB for a testimony"
        f" and {testimony_files.MOST_A_DAY} a day",
        under="Confidential testimony",
    )


@pytest.mark.parametrize("what", sorted(LIMITS))
def test_each_limit_of_tries_is_that_of_the_code(what: str) -> None:
    tries, within = (cell.split(", and ") for cell in cells("Rate limits")[what].split(" | "))
    within *= len(tries) // len(within)  # one window for both
    said = [
        (int(re.match(r"\d+", tried)[0]), WINDOWS[window.partition(" (")[0]])  # type: ignore[index]
        for tried, window in zip(tries, within, strict=True)
    ]
    assert [[(limit.tries, limit.window) for limit in limits] for limits in LIMITS[what]] == [
        [one] * len(limits) for one, limits in zip(said, LIMITS[what], strict=True)
    ]


def test_no_limit_of_tries_is_left_out() -> None:
    rows = {row[0] for row in table("Rate limits")}
    assert rows == {*LIMITS, WHILE_IT_LIVES}
    told = [limit for groups in LIMITS.values() for limits in groups for limit in limits]
    told.append(attempts.LINK_CODE_OF_REQUEST)
    in_code = [value for value in vars(attempts).values() if isinstance(value, Limit)]
    assert {limit.kind for limit in in_code} | {PROVIDER_FROM_ADDRESS.kind} == {limit.kind for limit in told}
    made = [
        path.name
        for path in (ROOT / "consult").rglob("*.py")
        if re.search(r"^[A-Z_]+ = Limit\(", path.read_text("utf-8"), re.M)
    ]
    assert sorted(made) == ["attempts.py", "identities.py"]
    assert cells("Rate limits")[WHILE_IT_LIVES].startswith(f"{attempts.LINK_CODE_OF_REQUEST.tries} |")
    assert attempts.LINK_CODE_OF_REQUEST.window >= timedelta(minutes=LONGEST_LINK_MINUTES)


def test_who_waits_for_a_hash_waits_as_long_as_the_document_says() -> None:
    assert (MOST_WAITING, PATIENCE_SECONDS) == (40, 15.0)
    _said("forty wait up to fifteen seconds", "nobody can lock others out", under="Rate limits")


def test_times_of_sessions_are_those_of_the_settings() -> None:
    settings = Settings(instance_path=ROOT)
    _said(
        f"It ends after {settings.session_idle_minutes} minutes without use (`session_idle_minutes`),"
        f" after {settings.session_hours} hours in any case (`session_hours`), after an hour on a phone that is shared",
        "NIST SP 800-63B allows the same at its second level",
        "as many devices as they like",
        "A sign-in by way of a provider is a session of ours like any other: it ends here by these times",
        under="Sessions",
    )
    _said(f"{LONGEST_LINK_MINUTES} at most", under="Signing in")


#: Every way in, with the words under which the document has it.
WAYS = {
    "invitation": "**First step.** A password, a mailed link, an invitation, or a card",
    "link": "**A mailed link** signs in the browser that asked",
    "password": "**First step.** A password",
    "card": "**A code for the camera that fails.**",
    "passkey": "**Passkeys** (WebAuthn) with user verification are both steps in one",
    "registration": "**Registration.** Persons register by themselves",
    "provider": "**An account elsewhere** (OpenID Connect",
}


def test_every_way_in_is_described() -> None:
    """The ways are those that a session knows by name, said where its column is."""
    model = (ROOT / "consult/accounts/models.py").read_text("utf-8")
    ways = re.search(r"method: Mapped\[str\]  # (.+)", model)
    assert ways is not None
    assert set(ways[1].split(" | ")) == set(WAYS)
    _said(*WAYS.values(), under="Signing in")


def test_what_keeps_a_field_from_readers_is_there() -> None:
    """Each field that not everybody sees names a permission, a module or a property that exists."""
    permissions = declared_permissions()
    names = [re.findall(r"`([^`]+)`", row[2]) for row in table("What not everybody sees")]
    found = [name for row in names for name in row]
    assert len(table("What not everybody sees")) >= 8
    gone = [name for name in found if not (name in permissions or _module(name) or _property(name))]
    assert gone == []


def _module(name: str) -> bool:
    if name.endswith(".py"):
        return (ROOT / "consult" / name).is_file()
    if not name.startswith("consult."):
        return False
    return import_module(name) is not None


def _property(name: str) -> bool:
    return name == "private" and "private" in (ROOT / "consult/plugins/questions.py").read_text("utf-8")
