"""An instance from before answers in words were passages: they are found once it is up to date, and numbered behind the text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from consult.app import create_app
from consult.consultations.models import Consultation
from consult.db import database, session
from consult.migrations.upgrade import upgrade
from consult.plugins.manager import load_hooks
from consult.settings import Settings
from consult.submissions.models import Passage
from consult.submissions.register import RegisterFilter, register

from .old_instances import BEGAN, add, engine_of, old_instance

OLD = "0030"
NAMES = {"ar": "سؤال", "en": "A question", "fr": "Question"}


@pytest.fixture
def old(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """An instance whose core stands at the old revision, without any rows."""
    with old_instance(OLD, engine, request, tmp_path) as settings:
        yield settings


def _fill(connection: sa.Connection) -> None:
    """Write a text that answers a form: q2 and q4 in words, q3 for its author alone, q5 by a choice."""
    here = add(connection, "consultation", slug="old", prefix="OL", timezone="Africa/Tripoli")
    kinds = {"q2": "long_text", "q3": "text", "q4": "text", "q5": "choice"}
    questions = [
        {"key": key, "kind": kind, "labels": NAMES, **({"private": True} if key == "q3" else {})}
        for key, kind in kinds.items()
    ]
    content = {"last": 5, "sections": [{"key": "s1", "titles": NAMES, "intros": {}, "questions": questions}]}
    form = add(connection, "questionnaire", consultation_id=here, track="cso", state="open", content=content)
    answers = {"q2": "The wells of the zeugma.", "q3": "Ombrage street", "q4": "12/2026", "q5": "c6"}
    text = add(
        connection,
        "submission",
        consultation_id=here,
        number="OL-2025-00001",
        track="cso",
        title="Title",
        language="en",
        state="accepted",
        received_at=BEGAN,
        answers={key: answers[key] for key in ("q2", "q4", "q5")},
        questionnaire_id=form,
    )
    for number in (1, 2):
        public = answers | {"q2": "An earlier answer."} if number == 1 else answers
        add(
            connection,
            "revision",
            submission_id=text,
            number=number,
            answers={key: public[key] for key in ("q2", "q4", "q5")},
            private_answers={"q3": answers["q3"]},
            questionnaire_id=form,
        )
        add(connection, "passage", submission_id=text, revision=number, number=1, kind="text", text="A text.")
    connection.execute(sa.text("UPDATE submission SET revision = 2"))


def test_answers_of_before_are_passages_of_every_revision_and_are_found(old: Settings) -> None:
    made = engine_of(old)
    with made.begin() as connection:
        _fill(connection)
    upgrade(made, load_hooks())
    made.dispose()
    with create_app(old).app_context():
        here = session.scalars(sa.select(Consultation.id)).one()
        columns = (Passage.revision, Passage.number, Passage.kind, Passage.question, Passage.text)
        rows = session.execute(sa.select(*columns).order_by(Passage.revision, Passage.number)).all()
        assert [tuple(row) for row in rows] == [
            (1, 1, "text", "", "A text."),
            (1, 2, "answer", "q2", "An earlier answer."),
            (2, 1, "text", "", "A text."),
            (2, 2, "answer", "q2", "The wells of the zeugma."),
        ]
        for word, number in (("zeugma", 1), ("earlier", 0), ("ombrage", 0)):
            assert len(register(here, RegisterFilter(words=word)).rows) == number, word
        session.remove()
        database.engine.dispose()
