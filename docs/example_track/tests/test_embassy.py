"""The example track, from its table to the organiser's desk."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import consult_embassy.plugin as plugin
import pytest
import sqlalchemy as sa
from consult_embassy.plugin import EmbassyVoice
from flask import Flask
from flask.testing import FlaskClient

from consult.plugins.manager import load_hooks
from consult.sdk import Rejected, Submission, session
from consult.testing.acts import accept, correct, deliver, hand_in, recorded, said
from consult.testing.installed import install_plugin
from consult.testing.installing import Settings, column_differences, install_tables, missing_tables, running
from consult.testing.world import World

HOME = Path(__file__).parents[1]
ANSWERS = {"country": "مالطا", "years": "١٢"}


def _text(html: object) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", str(html or "")).split())


def _card(app: Flask, world: World, language: str = "en") -> str:
    with app.test_request_context(f"/{language}/c/test/"):
        app.preprocess_request()
        context = {"consultation": world.consultation, "viewer": world.actor("organiser")}
        return _text(plugin.consult_slot("organise.overview", context))


def test_its_table_is_made_beside_the_core(core_settings: Settings) -> None:
    with running(core_settings, plugins={"embassy": plugin}):
        assert missing_tables() == ["embassy"]
        assert install_tables() == {"embassy": (None, "embassy_0001")}
        assert (install_tables(), missing_tables()) == ({}, [])
        assert column_differences(EmbassyVoice) == set()


def test_a_submission_goes_all_the_way(app: Flask, world: World, client: FlaskClient) -> None:
    received = hand_in(world, "abroad", ANSWERS)
    assert (received.track, received.answers) == ("embassy", {"country": "مالطا", "years": 12})
    deliver()
    voice = session.get_one(EmbassyVoice, received.id)
    assert (voice.country, voice.consultation_id) == ("مالطا", world.consultation_id)
    assert accept(world, received).state == "accepted"
    register = _text(client.get("/en/c/test/submissions/?track=embassy").get_data(as_text=True))
    assert received.number in register
    page = _text(client.get(f"/en/c/test/submissions/{received.number}/").get_data(as_text=True))
    assert "In which country do you live? مالطا For how many years? 12" in page


def test_what_is_wrong_is_said_at_the_field(world: World) -> None:
    with pytest.raises(Rejected) as refusal:
        hand_in(world, "abroad", {"years": "many"})
    assert said(refusal.value) == [
        ("country", "Answer this question."),
        ("years", "Write a whole number, for example 120."),
    ]


def test_the_same_event_again_changes_nothing(world: World) -> None:
    received = hand_in(world, "abroad", ANSWERS)
    deliver()
    (event,) = recorded("SubmissionReceived")
    plugin.consult_event(event)
    assert session.scalars(sa.select(EmbassyVoice.submission_id)).all() == [received.id]


def test_the_country_follows_a_correction(world: World) -> None:
    received = hand_in(world, "abroad", ANSWERS)
    deliver()
    correct(world, "abroad", received, {"country": "تونس"})
    deliver()
    assert session.get_one(EmbassyVoice, received.id).country == "تونس"


def test_organisers_see_from_how_many_countries_people_wrote(app: Flask, world: World) -> None:
    assert _card(app, world) == "Libyans abroad They wrote from 0 countries."
    for country in ("مالطا", "تونس", "مالطا"):
        hand_in(world, "abroad", {"country": country})
    deliver()
    assert _card(app, world) == "Libyans abroad They wrote from 2 countries."
    assert _card(app, world, "ar") == "الليبيون في الخارج كتبوا من بلدين."
    assert _card(app, world, "fr") == "Libyens de l’étranger Ils ont écrit de 2 pays."
    assert (
        plugin.consult_slot("submission.aside", {"submission": session.scalars(sa.select(Submission)).first()}) is None
    )


def test_it_translates_what_it_knows(app: Flask) -> None:
    hooks = load_hooks(plugins={"embassy": plugin})
    assert hooks.translates()
    assert [hooks.translate(word, "ar", "en") for word in ("مالطا", "غات")] == ["Malta", None]


def test_the_program_finds_it_once_it_is_installed(tmp_path: Path) -> None:
    environment = install_plugin(tmp_path / "site", "embassy", "from consult_embassy.plugin import *\n")
    environment |= {
        "PYTHONPATH": f"{environment['PYTHONPATH']}:{HOME}",
        "CONSULT_INSTANCE_PATH": str(tmp_path / "instance"),
    }

    def consult(*arguments: str) -> str:
        command = [sys.executable, "-m", "consult", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

    assert "embassy: new -> embassy_0001" in consult("upgrade").splitlines()
    assert (
        "embassy 1.0\ttrack embassy\tconsult_event, consult_reacts_to, consult_report_sections, consult_slot, consult_track, consult_translate"
        in consult("plugins")
    )
