"""What an author says of a correction: asked on its page, kept with the revision, read by whoever may read that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from html import unescape

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from consult.accounts.models import Body, Person
from consult.db import session, transaction
from consult.i18n import Localized
from consult.settings import Settings
from consult.submissions.content import WHY_LIMIT
from consult.submissions.drafting.drafts import start_correction, submission_draft
from consult.submissions.models import Submission
from consult.submissions.queries import revision_of
from consult.submissions.services import (
    Review,
    SubmissionDraft,
    accept,
    correct,
    hide,
    return_for_correction,
    submit,
)
from consult.testing.small_tracks import running_app
from consult.testing.web import post
from consult.testing.world import World

HOME = "/en/c/test"
WHY = "Named the wells in paragraph 1 & the source."
GROUND = "It cannot be understood as it stands"


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """An application with small tracks."""
    yield from running_app(settings)


def handed_in(world: World, key: str = "ghat", **changes: object) -> Submission:
    draft = SubmissionDraft(
        member=world.members[key],
        title="Wells",
        language="en",
        text="Three wells are dry.",
        topics=("gcm-1",),
        answers={"decision": "31/2026", "telephone": "0913456789"} if key == "ghat" else {},
    )
    return submit(replace(draft, **changes), consultation=world.consultation, actor=world.actor(key))  # type: ignore[arg-type]


def corrected(world: World, row: Submission, ground: str, why: str, key: str = "ghat") -> Submission:
    return_for_correction(row, Review(ground, "Say which."), actor=world.actor("moderator"))
    draft = submission_draft(start_correction(row, actor=world.actor(key)))
    return correct(replace(draft, why=why), consultation=world.consultation, actor=world.actor(key))


def accepted(world: World, row: Submission) -> Submission:
    return accept(row, Review("in_order"), actor=world.actor("moderator"))


def page(client: FlaskClient, path: str) -> str:
    return unescape(client.get(f"{HOME}/{path}").text)


def test_who_when_and_why_of_a_revision(world: World, app: Flask) -> None:
    row = handed_in(world)
    return_for_correction(row, Review("unclear", "Say which."), actor=world.actor("moderator"))
    ghat = world.sign_in(app.test_client(), "ghat")
    answer = post(ghat, f"{HOME}/submissions/{row.number}/correct", {}, form_page=f"{HOME}/mine/")
    base = answer.location.removesuffix("behalf/")
    typed = {"text": "Three wells at Ghat are dry.", "why": "w" * (WHY_LIMIT + 1)}
    wrong = post(ghat, f"{base}text/", typed)
    assert wrong.status_code == 422
    assert typed["why"] in wrong.text
    assert 'id="why-error"' in wrong.text
    assert post(ghat, f"{base}text/", typed | {"why": WHY}).status_code == 303
    assert WHY in unescape(ghat.get(f"{base}check/").text)
    assert post(ghat, f"{base}check/", {}).status_code == 303

    accepted(world, row)
    compared, history = f"submissions/{row.number}/revisions/2/", f"submissions/{row.number}/"
    anybody = app.test_client()
    seen = page(anybody, compared)
    assert [words in seen for words in (WHY, GROUND, ">Ghat<", "<time")] == [True] * 4
    assert [words in page(anybody, history) for words in (WHY, GROUND)] == [True, True]
    assert WHY not in page(anybody, f"submissions/{row.number}/revisions/1/")
    record = anybody.get(f"{HOME}/{compared}record.json").data
    found = revision_of(row.id, 2)
    assert found is not None
    assert (sha256(record).hexdigest(), found.why) == (found.fingerprint, WHY)

    hand = "only your body sees this"
    assert hand in page(ghat, compared)
    others = [anybody, world.sign_in(app.test_client(), "derna"), world.sign_in(app.test_client(), "moderator")]
    assert [hand in page(one, compared) for one in others] == [False] * 3


def test_a_line_is_asked_of_corrections_alone(world: World, app: Flask) -> None:
    ghat = world.sign_in(app.test_client(), "ghat")
    base = post(ghat, f"{HOME}/write/", {"member": str(world.members["ghat"])}).location.removesuffix("behalf/")
    assert 'name="why"' not in ghat.get(f"{base}text/").text
    assert post(ghat, f"{base}text/", {"text": "Wells.", "why": WHY}).status_code == 303
    assert WHY not in unescape(ghat.get(f"{base}check/").text)
    row = handed_in(world, why=WHY)
    found = revision_of(row.id, 1)
    assert found is not None
    assert found.why == ""


def test_the_line_of_a_sealed_or_hidden_text_is_not_shown(world: World, app: Flask) -> None:
    row = corrected(world, handed_in(world), "unclear", "QXSEALED names the guard")
    accepted(world, corrected(world, row, "names_person", "QXOPEN took the name out"))
    anybody, ghat = app.test_client(), world.sign_in(app.test_client(), "ghat")
    history = page(anybody, f"submissions/{row.number}/")
    assert ("QXSEALED" in history, "QXOPEN" in history) == (False, True)
    assert anybody.get(f"{HOME}/submissions/{row.number}/revisions/2/").status_code == 404
    assert "QXSEALED" not in page(anybody, f"submissions/{row.number}/revisions/3/")
    assert "QXSEALED" in page(ghat, f"submissions/{row.number}/")
    hide(row, Review("harm", "No."), actor=world.actor("moderator"))
    assert "QXOPEN" not in page(anybody, f"submissions/{row.number}/")
    assert "QXOPEN" in page(ghat, f"submissions/{row.number}/")


def test_a_withheld_name_stays_withheld_beside_the_line(world: World, app: Flask) -> None:
    row = accepted(world, corrected(world, handed_in(world, "cso", withheld=True), "unclear", WHY, "cso"))
    with transaction():
        session.execute(sa.update(Person).where(Person.id == world.people["cso"]).values(name="QXPERSON"))
        names = Localized(ar="QXBODY", en="QXBODY")
        session.execute(sa.update(Body).where(Body.id == world.bodies["cso"]).values(names=names))
    for client in (app.test_client(), world.sign_in(app.test_client(), "moderator")):
        seen = page(client, f"submissions/{row.number}/revisions/2/")
        shown = [words in seen for words in (WHY, "Name withheld", "QXPERSON", "QXBODY")]
        assert shown == [True, True, False, False]
