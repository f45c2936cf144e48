"""An instance from before the folded text, pairs and facets of the index: its texts are found once it is up to date."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from consult import search
from consult.accounts.models import folded_names
from consult.app import create_app
from consult.consultations.models import Consultation
from consult.db import database, session
from consult.i18n import Localized
from consult.migrations.upgrade import upgrade
from consult.plugins.manager import load_hooks
from consult.search.entries import facet_word
from consult.settings import Settings
from consult.submissions.register import RegisterFilter, count_register, register

from .old_instances import BEGAN, add, engine_of, old_instance

OLD = "0014"


@pytest.fixture
def old(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """An instance whose core stands at the old revision, without any rows."""
    with old_instance(OLD, engine, request, tmp_path) as settings:
        yield settings


def _fill(connection: sa.Connection) -> None:
    """Write a consultation with texts of a municipality and of nobody, in the index as it was made then."""
    here = add(connection, "consultation", slug="old", prefix="OL", timezone="Africa/Tripoli")
    names = {"ar": "غات", "en": "Ghat"}
    body = add(connection, "body", key="LY032101", kind="municipality", names=names, region="south")
    topic = add(connection, "topic", consultation_id=here, scheme="gcm", code="1", names={"en": "Data"})
    for number, (state, text, of) in enumerate(
        [
            ("accepted", "تمر بغات أقدم طرق القوافل، والمستشفى بعيد.", body),
            ("accepted", "The oldest road of the caravans.", None),
            ("received", "The oldest road that nobody has read of.", body),
        ],
        start=1,
    ):
        language = "ar" if number == 1 else "en"
        submission = add(
            connection,
            "submission",
            consultation_id=here,
            number=f"OL-2025-{number:05}",
            track="municipal",
            body_id=of,
            title=f"Title {number}",
            language=language,
            state=state,
            received_at=BEGAN + timedelta(minutes=number),
        )
        add(connection, "passage", submission_id=submission, number=1, kind="text", text=text)
        add(connection, "submission_topic", submission_id=submission, topic_id=topic)
        if state == "accepted":
            _index(connection, here, submission, number, text)


def _index(connection: sa.Connection, here: uuid.UUID, submission: uuid.UUID, place: int, text: str) -> None:
    given = {"place": place, "here": here, "submission": submission, "text": text}
    if connection.dialect.name == "postgresql":
        statement = (
            "INSERT INTO submission_index (submission_id, consultation_id, place, words)"
            " VALUES (:submission, :here, :place, to_tsvector('simple', :text))"
        )
        connection.execute(sa.text(statement), given)
        return
    given |= {"here": here.hex, "submission": submission.hex}
    connection.execute(sa.text("INSERT INTO submission_index (rowid, words) VALUES (:place, :text)"), given)
    place_of = (
        "INSERT INTO submission_place (place, submission_id, consultation_id) VALUES (:place, :submission, :here)"
    )
    connection.execute(sa.text(place_of), given)


def test_texts_of_an_old_instance_are_found_by_all_that_is_new(old: Settings) -> None:
    """Folded words, phrases, fields and filters; what nobody accepted is still found by nothing."""
    made = engine_of(old)
    with made.begin() as connection:
        _fill(connection)
    upgrade(made, load_hooks())
    made.dispose()
    with create_app(old).app_context():
        here = session.scalars(sa.select(Consultation.id)).one()
        topic = session.execute(sa.text("SELECT id FROM topic")).scalar_one()
        topic = topic if isinstance(topic, uuid.UUID) else uuid.UUID(topic)
        south, everything = ["OL-2025-00001"], ["OL-2025-00002", "OL-2025-00001"]
        for wanted, numbers in (
            (RegisterFilter(words="والمستشفي"), south),
            (RegisterFilter(words="«اقدم طُرُق القوافل»"), south),
            (RegisterFilter(words="«القوافل طرق»"), []),
            (RegisterFilter(words="body:ghat"), south),
            (RegisterFilter(words="title:title"), everything),
            (RegisterFilter(words='"oldest road"'), ["OL-2025-00002"]),
            (RegisterFilter(region="south"), south),
            (RegisterFilter(track="municipal", topic=topic), everything),
            (RegisterFilter(track="municipal", topic=topic, language="en"), ["OL-2025-00002"]),
            (RegisterFilter(track="cso", topic=topic), []),
        ):
            assert [line.number for line in register(here, wanted).rows] == numbers, wanted
            assert count_register(here, wanted).total in (len(numbers), None)
        session.remove()
        database.engine.dispose()


def test_what_stands_in_an_index_is_narrowed_by_what_is_written_beside_its_places(
    engine: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """The places of SQLite get the track, the language and the region of their texts."""
    with old_instance("0048", engine, request, tmp_path) as settings:
        made = engine_of(settings)
        with made.begin() as connection:
            here = add(connection, "consultation", slug="old", prefix="OL", timezone="Africa/Tripoli")
            body = add(connection, "body", key="LY032101", kind="municipality", names={"ar": "غات"}, region="south")
            facts = {"track": "municipal", "language": "ar", "state": "accepted", "received_at": BEGAN, "title": "غات"}
            submission = add(connection, "submission", consultation_id=here, number="OL-1", body_id=body, **facts)
            if engine == "sqlite":
                text = {"place": 1, "words": " غات ", "marks": facet_word(search.Facet.BODY, body)}
                statement = "INSERT INTO submission_index (rowid, words, marks) VALUES (:place, :words, :marks)"
                connection.execute(sa.text(statement), text)
                given = {"submission": submission.hex, "here": here.hex}
                statement = "INSERT INTO submission_place (place, submission_id, consultation_id) VALUES (1, :submission, :here)"
                connection.execute(sa.text(statement), given)
        upgrade(made, load_hooks())
        made.dispose()
        with create_app(settings).app_context():
            for region, language, left in (("south", "ar", 1), ("south", "fr", 0), ("west", "ar", 0)):
                wanted = RegisterFilter(body=body, region=region, language=language, track="municipal")
                assert count_register(here, wanted).total == len(register(here, wanted).rows) == left
            session.remove()
            database.engine.dispose()


def test_what_was_folded_with_a_ligature_is_found_without_one(
    engine: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """« cœur » stood in the index and in folded names as it was written; whoever types coeur finds it now."""
    with old_instance("0056", engine, request, tmp_path) as settings:
        made = engine_of(settings)
        names = {"fr": "Œuvre du Sœurs"}
        with made.begin() as connection:
            here = add(connection, "consultation", slug="old", prefix="OL", timezone="Africa/Tripoli")
            folded = {"search_names": "œuvre du sœurs", "sorted_en": "œuvre du sœurs", "sorted_fr": "œuvre du sœurs"}
            body = add(connection, "body", key="X1", kind="cso", names=names, region="south", **folded)
            facts = {"track": "municipal", "language": "fr", "state": "accepted", "received_at": BEGAN}
            submission = add(
                connection, "submission", consultation_id=here, number="OL-1", body_id=body, title="Au cœur", **facts
            )
            add(connection, "passage", submission_id=submission, number=1, kind="text", text="La main-d’œuvre.")
        upgrade(made, load_hooks())
        made.dispose()
        with create_app(settings).app_context():
            for words in ("coeur", "cœur", "oeuvre", "«main d’oeuvre»", "title:COEUR", "body:soeurs"):
                assert [line.number for line in register(here, RegisterFilter(words=words)).rows] == ["OL-1"], words
            written = session.execute(sa.text("SELECT search_names, sorted_en, sorted_fr FROM body")).one()
            assert set(written) == {folded_names(Localized(names))} == {"oeuvre du soeurs"}
            session.remove()
            database.engine.dispose()
