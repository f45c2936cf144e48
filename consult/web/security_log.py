"""What the log of the processes says of refusals: when, what, on which route, by whom; never an address, never what was typed.

Somebody who tries passwords, forms without their token or pages that are not theirs leaves a line for whoever watches over
the instance. It goes to the standard error output; what is done and by right stands in the event log.
"""

from __future__ import annotations

import logging
import time

from flask import g, request

from consult.accounts.signing_in.sign_in import Visit

LOG = logging.getLogger("consult.security")
_FORMAT = "%(asctime)sZ %(levelname)s %(name)s %(message)s"


def note_refusal(what: str) -> None:
    """Write one line: `what` is a word of ours; the route is named as the code names it and the person by id."""
    visit: Visit | None = g.get("visit")
    LOG.warning("refused: %s on %s by %s", what, request.endpoint, (visit and visit.actor.person) or "nobody")


def install() -> None:
    """Give everything that consult logs a time in UTC, once for a process, unless whoever runs it has said how to log."""
    logger = logging.getLogger("consult")
    if logger.hasHandlers():
        return
    written, handler = logging.Formatter(_FORMAT, "%Y-%m-%dT%H:%M:%S"), logging.StreamHandler()
    written.converter = time.gmtime
    handler.setFormatter(written)
    logger.addHandler(handler)
