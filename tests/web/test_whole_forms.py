"""All that is wrong with a form is told at once, each at its field, also where a day or a moment cannot be read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from consult.accounts.models import Body
from consult.consultations.models import Phase
from consult.db import session, transaction, undone
from consult.events.models import EventRow
from consult.testing.web import post
from consult.testing.world import World

ORGANISE = "/en/c/test/organise/"
BODIES = "/en/administer/bodies/"
LATE = "9999-12-31T10:00"


@pytest.fixture
def organiser(client: FlaskClient, world: World) -> FlaskClient:
    """The browser of an organiser."""
    return world.sign_in(client, "organiser")


def _told(page: str) -> Sequence[str]:
    """Return the fields that the summary of errors leads to, and what belongs to none."""
    found = re.search(r'<div class="errors".*?</div>', page, re.DOTALL)
    assert found is not None, page
    return [field or words for field, words in re.findall(r'href="#([^"]*)"|<li>(?!<a)([^<]*)', found[0])]


@pytest.mark.parametrize(
    ("path", "fields", "told"),
    [
        (f"{BODIES}new/", {"since": "soon", "key": "a b", "parent_key": "PMO"}, "names_ar kind parent_key key since"),
        (
            f"{BODIES}{{ghat}}/facts/",
            {"since": "0206-01-01", "names_ar": "", "names_en": "", "parent_key": "PMO"},
            "names_ar parent_key since",
        ),
        (f"{BODIES}{{ghat}}/change/", {"since": "", "parent_key": "PMO"}, "parent_key since source"),
        (f"{BODIES}{{ghat}}/end/", {"since": "soon", "successors": "LY032101"}, "since source successors"),
        (
            f"{BODIES}{{ghat}}/mandates/new/",
            {"valid_from": "soon", "valid_to": "later"},
            "texts_ar source valid_from valid_to topics-0",
        ),
        (f"{BODIES}{{ghat}}/capacities/new/", {"as_of": "", "kind": "staff"}, "number as_of source"),
        (f"{BODIES}{{ghat}}/contacts/new/", {"as_of": "soon", "label": "x"}, "email as_of source"),
        (
            "/en/organise/new",
            {"begins": "soon", "slug": "test", "prefix": "x"},
            "names_ar names_en names_fr timezone template-0 begins slug prefix",
        ),
        (
            f"{ORGANISE}frame/phases/new/",
            {"opens_at": "soon", "closes_at": LATE, "key": "No key"},
            "key names_ar names_en names_fr opens_at closes_at",
        ),
        (
            f"{ORGANISE}sessions/new/",
            {"quorum": "1/2", "speaking_minutes": "0", "starts_at": "soon", "ends_at": LATE},
            "kind-0 names_ar starts_at ends_at speaking_minutes",
        ),
        (f"{ORGANISE}recommendations/new/", {"due": "soon", "authoritative": "en", "topic": ""}, "due title_en"),
        (f"{ORGANISE}responses/", {"due": "soon", "body": "", "about": "x"}, "body about due"),
        (f"{ORGANISE}missing/figures/language/", {"as_of": "soon", "n-ar": "many"}, "source as_of n-ar"),
        (f"{ORGANISE}people/seats/municipal/1/proxy/", {"until": "soon", "bearer": ""}, "bearer until shown"),
    ],
)
def test_all_that_is_wrong_is_told_at_once(
    organiser: FlaskClient, world: World, path: str, fields: dict[str, Any], told: str
) -> None:
    before = _events()
    answer = post(organiser, path.format(ghat=world.bodies["ghat"]), fields)
    assert (answer.status_code, " ".join(_told(answer.text))) == (422, told)
    assert [typed for typed in fields.values() if typed not in answer.text] == [], "nothing is lost"
    assert _events() == before


def test_a_role_and_a_preview_without_a_day_lack_the_rest_too(app: Flask, world: World) -> None:
    role = {"ends_on": "soon", "role": "moderator", "reason": "Runs the hearings"}
    giving = {"due_on": "soon", "each": "0", "track": "none"}
    for who, path, fields, told in (
        ("administrator", "/en/administer/roles/new/", role, "email language-0 consultation ends_on"),
        ("organiser", f"{ORGANISE}peer-review/give/", giving, "track each due_on"),
    ):
        answer = post(world.sign_in(app.test_client(), who), path, fields)
        assert (answer.status_code, " ".join(_told(answer.text))) == (422, told)


def test_no_day_is_held_against_one_that_cannot_be_read(organiser: FlaskClient, world: World) -> None:
    phase = {
        "key": "late",
        "names_ar": "لاحقًا",
        "names_en": "Late",
        "names_fr": "Tard",
        "closes_at": "2020-01-01T10:00",
    }
    for opens, told in (("soon", "opens_at"), ("2021-01-01T10:00", "closes_at")):
        answer = post(organiser, f"{ORGANISE}frame/phases/new/", {**phase, "opens_at": opens})
        assert (answer.status_code, " ".join(_told(answer.text))) == (422, told)


def test_the_key_of_another_phase_is_told_with_the_rest_and_changes_nothing(
    organiser: FlaskClient, world: World
) -> None:
    phase = session.scalars(sa.select(Phase).limit(1)).one()
    names = dict(phase.names)
    sent = {"key": phase.key, "names_ar": "غيرها", "names_en": "x", "names_fr": "", "opens_at": "soon"}
    answer = post(organiser, f"{ORGANISE}frame/phases/new/", sent | {"closes_at": "2030-01-01T10:00"})
    assert (answer.status_code, " ".join(_told(answer.text))) == (422, "key names_fr opens_at")
    session.rollback()
    assert dict(session.scalars(sa.select(Phase).limit(1)).one().names) == names


def test_what_is_right_but_for_a_day_is_not_kept(organiser: FlaskClient, world: World) -> None:
    """Everything else could be taken: all of it is tried and taken back."""
    facts = {"key": "MOL", "kind": "ministry", "names_ar": "وزارة العمل", "since": "soon"}
    answer = post(organiser, f"{BODIES}new/", facts)
    assert (answer.status_code, _told(answer.text)) == (422, ["since"])
    session.rollback()
    assert session.scalars(sa.select(Body.id).where(Body.key == "MOL")).all() == []
    with pytest.raises(RuntimeError), transaction(), undone():
        pass


def _events() -> int | None:
    session.rollback()
    return session.scalar(sa.select(sa.func.count()).select_from(EventRow))
