"""A form begun as a copy of one of another consultation: of those that one organises, and of no other."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from consult import clock
from consult.accounts.access import Role
from consult.accounts.models import RoleGrant
from consult.consultations.models import Consultation
from consult.db import new_id, session, transaction
from consult.errors import NotFound
from consult.i18n import Localized
from consult.plugins.questions import Question, QuestionKind
from consult.settings import Settings
from consult.submissions.models import Questionnaire
from consult.submissions.questionnaires.content import FormContent, Section, as_data, digest_of
from consult.submissions.questionnaires.services import begin_form
from consult.testing.small_tracks import running_app
from consult.testing.web import post
from consult.testing.world import World

BEGIN = "/en/c/test/organise/forms/begin/cso/"


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """An application with small tracks."""
    yield from running_app(settings)


def opened_elsewhere(world: World, name: str) -> Questionnaire:
    """A consultation of this name with a form that was opened there."""
    here, now, like = new_id(), clock.now(), world.consultation
    asked = Question("q2", QuestionKind.TEXT, Localized(en=f"Asked in {name}"))
    content = as_data(FormContent((Section("s1", Localized(en=name), questions=(asked,)),), last=2))
    named = {key: getattr(like, key) for key in ("titles", "summaries", "timezone")}
    with transaction():
        made = Consultation(id=here, slug=name, prefix=name.upper(), rules={}, public=True, created_at=now, **named)
        made.names = Localized(ar=name, en=name, fr=name)
        session.add(made)
        session.flush()
        form = Questionnaire(id=new_id(), consultation_id=here, track="academic", version=1, state="open")
        form.content, form.digest, form.created_at, form.published_at = content, digest_of(content), now, now
        session.add(form)
    return form


def organises(world: World, consultation: uuid.UUID, track: str = "") -> None:
    """Make the organiser of the world one of another consultation too, or of a track of it alone."""
    grant = RoleGrant(id=new_id(), person_id=world.people["organiser"], role=Role.ORGANISER, granted_at=clock.now())
    grant.consultation_id, grant.track = consultation, track
    with transaction():
        session.add(grant)


def test_a_form_is_copied_from_another_consultation_that_one_organises(world: World, app: Flask) -> None:
    near, far = opened_elsewhere(world, "near"), opened_elsewhere(world, "far")
    organises(world, near.consultation_id)
    organiser = world.sign_in(app.test_client(), "organiser")
    page = organiser.get(BEGIN).text
    assert (f'value="{near.id}"' in page, f'value="{far.id}"' in page) == (True, False)
    made = post(organiser, BEGIN, {"source": str(near.id)})
    assert made.status_code == 303
    assert "Asked in near" in organiser.get(made.location).text
    session.rollback()
    copies = sa.select(Questionnaire).where(Questionnaire.consultation_id == world.consultation_id)
    copy = session.scalars(copies).one()
    assert (copy.track, copy.version, copy.state) == ("cso", 1, "draft")
    assert (copy.content, copy.digest) == (near.content, near.digest)
    assert (near.state, near.consultation_id) == ("open", session.get_one(Questionnaire, near.id).consultation_id)


@pytest.mark.parametrize("track", ["", "academic"])
def test_a_form_of_a_consultation_that_one_does_not_organise_is_not_copied(
    world: World, app: Flask, track: str
) -> None:
    """Nor where one organises it in part: a track of it, or none."""
    far = opened_elsewhere(world, "far")
    if track:
        organises(world, far.consultation_id, track)
    organiser = world.sign_in(app.test_client(), "organiser")
    assert str(far.id) not in organiser.get(BEGIN).text
    with pytest.raises(NotFound):
        begin_form("cso", far.id, consultation=world.consultation, actor=world.actor("organiser"))
    answer = post(organiser, BEGIN, {"source": str(far.id)})
    assert "Asked in far" not in answer.text
    session.rollback()
    written = session.scalars(sa.select(Questionnaire).where(Questionnaire.consultation_id == world.consultation_id))
    assert [one.content["sections"] for one in written] in ([], [[]])
    assert answer.status_code == 422, "what was chosen is not there: nothing is begun in its place"
