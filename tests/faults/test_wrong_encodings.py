"""Text that is not UTF-8, or not text: the page answers, what is kept is clean, and nothing of ours breaks."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from consult.accounts.models import Person
from consult.db import session
from consult.testing.web import Browser, form_token
from consult.testing.world import World

pytestmark = pytest.mark.faults

DETAILS = "/ar/account/details"


@pytest.fixture
def browser(app: Flask, world: World) -> Browser:
    """A browser in which Ghat's representative is signed in; an error becomes its page."""
    app.testing = False
    client = Browser(app)
    world.sign_in(client, "ghat")
    return client


def name(world: World) -> str:
    """Return the name that is kept."""
    session.rollback()
    return session.scalars(sa.select(Person.name).where(Person.id == world.people["ghat"])).one()


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        pytest.param("عيسى".encode(), "عيسى", id="utf-8"),
        pytest.param("عيسى\u202e".encode(), "عيسى", id="bidi override"),
        pytest.param(b"Issa\x00 Kusa", "Issa Kusa", id="NUL"),
        pytest.param(b"Issa\x1bKusa", "Issa Kusa", id="escape"),
    ],
)
def test_what_can_be_read_is_kept_clean(browser: Browser, world: World, raw: bytes, kept: str) -> None:
    assert send(browser, raw) == 303
    assert name(world) == kept


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param("عيسى".encode("windows-1256"), id="windows-1256"),
        pytest.param("عيسى".encode("iso-8859-6"), id="iso-8859-6"),
        pytest.param("Aïssa".encode("latin-1"), id="latin-1"),
        pytest.param("عيسى".encode("utf-16"), id="utf-16"),
        pytest.param(b"\xed\xa0\x80", id="half a surrogate pair"),
        pytest.param(b"\xc0\xaf", id="overlong"),
        pytest.param(b"\xf5\x80\x80\x80", id="beyond Unicode"),
    ],
)
def test_what_cannot_be_read_breaks_nothing(browser: Browser, world: World, raw: bytes) -> None:
    assert send(browser, raw) in {303, 400, 422}
    kept = name(world)
    assert kept.encode("utf-8").decode("utf-8") == kept
    assert "\x00" not in kept
    assert browser.get(DETAILS).status_code == 200


def send(browser: Browser, raw: bytes) -> int:
    """Send the form of one's own details with a name in these bytes; return the status."""
    fields = {b"csrf_token": form_token(browser, DETAILS).encode(), b"name": raw, b"language": b"ar"}
    body = b"&".join(key + b"=" + b"".join(b"%%%02x" % byte for byte in value) for key, value in fields.items())
    return browser.post(DETAILS, data=body, content_type="application/x-www-form-urlencoded").status_code


@pytest.mark.parametrize("declared", ["utf-7", "utf-16", "windows-1256", "nothing-known", "\x00"])
def test_a_form_is_read_as_utf_8_whatever_it_declares(browser: Browser, world: World, declared: str) -> None:
    token = form_token(browser, DETAILS)
    answer = browser.post(
        DETAILS,
        data=f"csrf_token={token}&language=ar&name=+%D8%B9%D9%8A%D8%B3%D9%89".encode(),
        headers={"Content-Type": f"application/x-www-form-urlencoded; charset={declared.strip(chr(0))}"},
    )
    assert (answer.status_code, name(world)) == (303, "عيسى")
