"""Taking part under another name: where it stands, which may not be taken, and what the log says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from consult.accounts.models import Person
from consult.consultations.models import Member
from consult.consultations.names import public_names
from consult.consultations.queries import members_page
from consult.db import session, transaction
from consult.errors import Conflict, Forbidden, Rejected
from consult.events.models import EventRow
from consult.i18n import Localized
from consult.lookalikes import looks_like, script_of
from consult.settings import Settings
from consult.submissions.display_names import choose_display_name
from consult.submissions.models import Submission
from consult.testing.acts import accept, hand_in
from consult.testing.small_tracks import running_app
from consult.testing.web import post
from consult.testing.world import World

PAGE = "/en/c/test/display-name/"


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """An application with small tracks, of which that of civil society allows pseudonyms."""
    yield from running_app(settings)


@pytest.fixture
def alone(world: World) -> World:
    """The world with the member of civil society taking part for herself, and a text of hers in the register."""
    with transaction():
        member = session.get_one(Member, world.members["cso"])
        member.own_body_id, member.withheld = None, False
    accept(world, hand_in(world, "cso"))
    return world


def test_it_stands_everywhere_at_once_and_the_real_name_nowhere(app: Flask, alone: World) -> None:
    mine, organiser, anybody = app.test_client(), app.test_client(), app.test_client()
    alone.sign_in(mine, "cso")
    alone.sign_in(organiser, "organiser")
    real = session.get_one(Person, alone.people["cso"]).name
    number = session.scalars(sa.select(Submission.number)).one()
    public = [f"/en/c/test/submissions/{number}/", "/en/c/test/submissions/"]
    assert real in anybody.get(public[0]).text
    assert "Your name here" in mine.get("/en/c/test/mine/").text
    for name in ("Tamarisk of Ghat", "Palm of Ubari"):
        assert post(mine, PAGE, {"name": name}).status_code == 303
        for address in public[:2]:
            page = anybody.get(address).text
            assert (name in page, real in page, address) == (True, False, address)
        assert number in anybody.get(f"/en/c/test/submissions/?q={name.split()[0]}").text
        assert number not in anybody.get(f"/en/c/test/submissions/?q={real.split()[0]}").text
        session.rollback()
        shown = public_names([alone.members["cso"]])[alone.members["cso"]].who
        assert isinstance(shown, Localized)
        assert shown.for_language("en") == name
        assert name in organiser.get("/en/c/test/organise/people/").text
        assert real not in organiser.get("/en/c/test/organise/people/").text
    here = alone.consultation_id
    assert [len(members_page(here, text=text).lines) for text in ("Palm", "Tamarisk", real)] == [1, 0, 0]
    session.rollback()
    told = session.scalars(sa.select(EventRow).where(EventRow.type == "DisplayNameChanged")).all()
    assert [(row.actor_id, set(row.facts or {})) for row in told] == [(None, {"member", "chosen"})] * 2
    assert post(mine, PAGE, {"name": ""}).status_code == 303
    assert real in anybody.get(public[0]).text


def test_names_that_may_not_be_taken(app: Flask, alone: World) -> None:
    mine = alone.sign_in(app.test_client(), "cso")
    with transaction():
        session.get_one(Person, alone.people["organiser"]).name = "Farag Omar"
        session.get_one(Person, alone.people["moderator"]).name = "Rema Targui"
        session.get_one(Person, alone.people["professor"]).name = "أحمد الزاوي"
    for name in (
        "Farag Omar",  # an organiser
        "FARAG  0MAR",
        "Farag Ornar",  # rn is read as m
        "Fаrag Omar",  # a Cyrillic letter
        "احمد الزّاوى",  # of a participant, in another spelling
        "غات",  # a body
        "Ghat",
        "The Moderator",
        "المنظِّم",
        "Clerk of Sebha",
        "المُقرِّرة",
        "مترجم2",
        "Organisatrice",
        "Observatrice",
        "agent de saisie",
        "Ali غات",
        "ab",
        "1234",
        "x" * 61,
    ):
        answer = post(mine, PAGE, {"name": name})
        assert (answer.status_code, 'href="#name"' in answer.text, name) == (422, True, name)
    with transaction():
        session.get_one(Person, alone.people["ghat"]).name = "Salma Ghadamsi"
        session.get_one(Member, alone.members["ghat"]).withheld = True
    assert post(mine, PAGE, {"name": "Salma Ghadamsi"}).status_code == 303, "a refusal would tell that she takes part"
    assert post(mine, PAGE, {"name": "Rema Targui"}).status_code == 303, "a refusal would tell that she moderates"
    for name in ("Derkaoui", "Tamarisk"):  # no clerk, whatever cl is read for
        assert post(mine, PAGE, {"name": name}).status_code == 303
    with transaction():
        other = session.get_one(Member, alone.members["professor"])
        other.track, other.own_body_id = "cso", None
    with pytest.raises(Rejected, match="too like"):
        choose_display_name(
            "tamarísk", member=other.id, consultation=alone.consultation, actor=alone.actor("professor")
        )
    with pytest.raises(Forbidden):
        choose_display_name("Other", member=other.id, consultation=alone.consultation, actor=alone.actor("cso"))


def test_where_the_track_allows_none(app: Flask, alone: World) -> None:
    for who in ("ghat", "professor"):
        assert alone.sign_in(app.test_client(), who).get(PAGE).status_code == 404, who
    with pytest.raises(Conflict):
        choose_display_name(
            "Palm", member=alone.members["ghat"], consultation=alone.consultation, actor=alone.actor("ghat")
        )
    withheld = alone.sign_in(app.test_client(), "cso")
    with transaction():
        session.get_one(Member, alone.members["cso"]).withheld = True
    assert withheld.get(PAGE).status_code == 404, "the number stands for them"


def test_what_looks_alike() -> None:
    assert looks_like("Farag Ornar") == looks_like("FÁRAG OMAR") != looks_like("Farag Amar")
    assert looks_like("مؤمن أحمد") == looks_like("مومن احمـد")
    assert [script_of(name) for name in ("Ali-1", "علي 1", "Ali علي", "Али", "")] == ["latin", "arabic", "", "", ""]
