"""Refusals leave a line in the log of the processes, and nothing of what was typed does."""

from __future__ import annotations

import logging
import subprocess
import sys

import pytest
from flask.testing import FlaskClient

from consult.testing.web import post
from consult.testing.world import World


def test_refusals_are_noted_by_route_and_person(
    client: FlaskClient, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "consult.security")
    post(client, "/en/sign-in", {"email": "ghat@example.org", "password": "not the right one"})
    client.get("/en/invitation/never-was-one")
    client.post("/en/administer/roles/new/")
    world.sign_in(client, "ghat")
    client.get("/en/administer/")
    assert [record.getMessage() for record in caplog.records if record.name == "consult.security"] == [
        "refused: sign-in on account.open_sign_in by nobody",
        "refused: link spent on account.invitation by nobody",
        "refused: form token on administer.grant by nobody",
        f"refused: forbidden on administer.overview by {world.people['ghat']}",
    ]
    assert not [word for word in ("ghat@", "not the right one", "never-was-one", "127.0.0.1") if word in caplog.text]


def test_lines_of_a_process_say_when_in_utc() -> None:
    program = (
        "import logging; from consult.web import security_log as s; s.install(); s.install();"
        "logging.getLogger('consult.jobs').warning('a line')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    (line,) = done.stderr.splitlines()
    moment, _, rest = line.partition(" ")
    assert rest == "WARNING consult.jobs a line"
    assert (len(moment), moment[10], moment[-1]) == (20, "T", "Z")
