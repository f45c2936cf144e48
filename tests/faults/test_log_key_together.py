"""Keys of the log renewed by two processes while others sign: nobody signs with a key whose time is over."""

from __future__ import annotations

import pytest
from flask import Flask

from consult.accounts.events import PersonRegistered
from consult.db import new_id, transaction
from consult.events.checkpoint import verify_log
from consult.events.log_keys import public_keys, spans_in
from consult.events.models import INSTANCE
from consult.events.record import record
from consult.runtime import runtime
from consult.settings import Settings
from consult.testing.workers import renew_some, sign_some, workers

pytestmark = pytest.mark.faults


def test_two_renew_and_four_sign_at_once(app: Flask, settings: Settings) -> None:
    """One stream is there before, one is begun by two processes meanwhile; nothing is lost, and everything verifies."""
    there, begun = new_id(), new_id()
    with transaction():
        record(PersonRegistered(person=new_id()), stream=there, actor=None)
    with workers(settings, 6) as pool:
        signing = [pool.submit(sign_some, stream, 15) for stream in (there, begun, there, begun)]
        renewing = [pool.submit(renew_some, 4) for _ in range(2)]
        signed, numbers = [task.result() for task in signing], [task.result() for task in renewing]
    assert signed == [15] * 4
    assert sorted(number for some in numbers for number in some) == list(range(2, 10))
    assert verify_log()[1] == []
    assert [key.number for key in public_keys()] == list(range(1, 10))
    assert [one.public for one in runtime().signer.held()] == [public_keys()[-1].public]
    for stream in (there, INSTANCE):
        spans = spans_in(stream)
        assert [(span.last or 0) + 1 for span in spans[:-1]] == [span.first for span in spans[1:]]
