"""The worker: carry out what was held, deliver, gather and send what is due, search and bring in when asked, rest, again."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING

import sqlalchemy as sa

from consult.accounts.attempts import forget_past_attempts
from consult.accounts.key_renewal import renew_due
from consult.consultations.accreditation.terms import remind_of_accreditations
from consult.consultations.registration import forget_past_registrations
from consult.consultations.uploads import forget_past_uploads
from consult.db import session
from consult.erasure.erase import erase_due
from consult.events.deliver import deliver_due
from consult.notifications.gathering import gather_due
from consult.notifications.sender import send_due
from consult.outcomes.open_data_ready import make_due
from consult.paper.scans import forget_pieces_of_withdrawn
from consult.recommendations.responses import remind_due
from consult.retention.sweep import retain_due
from consult.submissions.campaigns.search import search_due
from consult.submissions.drafting.begun import forget_begun_texts
from consult.submissions.exchange.worker import import_due
from consult.submissions.figures.channels import count_channels_due
from consult.submissions.review.appeal_figures import count_appeals_due
from consult.submissions.review.bulk import carry_out_due
from consult.submissions.review.desks import share_out_due
from consult.submissions.translations.machine import translate_due
from consult.testimony.taken_back import tell_of_quotes_taken_back

if TYPE_CHECKING:
    from flask import Flask

log = logging.getLogger(__name__)
REST_SECONDS = 1.0
#: Sharing out looks through all that waits: it rests so many times as long as it took, and no longer than so many seconds.
SHARING_RESTS, LONGEST_REST = 50, 10.0
Shares = Callable[[Callable[[], object]], bool]


def run_worker(app: Flask, stop: threading.Event) -> None:
    """Work until `stop` is set; always at least one round, so that a set one means "what is due now".

    A database that cannot be reached is logged and tried again; nothing is lost, because what is due stays due.
    """
    share_out = _Unhurried(share_out_due)
    while True:
        with app.app_context():
            try:
                busy = work_once(share_out)
            except (sa.exc.SQLAlchemyError, OSError):  # OSError: a full disk, met at the lock beside the database
                log.exception("the worker could not reach the database")
                session.rollback()
                busy = False
        if stop.is_set() and not busy:
            return
        if not busy:
            stop.wait(REST_SECONDS)


class _Unhurried:
    """Shares out, and then rests in proportion: where a hundred thousand texts wait, a look at them takes a tenth of a second."""

    def __init__(self, share_out: Shares) -> None:
        self._share_out, self._again_at = share_out, 0.0

    def __call__(self, meanwhile: Callable[[], object]) -> bool:
        """Share out unless it rests; tell whether anything was."""
        begun = monotonic()
        if begun < self._again_at:
            return False
        shared = self._share_out(meanwhile)
        ended = monotonic()
        self._again_at = ended + min(SHARING_RESTS * (ended - begun), LONGEST_REST)
        return shared


def work_once(share_out: Shares = share_out_due) -> bool:
    """Do one round; tell whether anything was done. A search for campaigns takes minutes: what is due goes out meanwhile."""
    gone_out = _send_out()
    searched = search_due(meanwhile=_send_out)
    imported = import_due(meanwhile=_send_out)
    translated = translate_due()
    shared = share_out(_send_out)
    erased = erase_due()
    packed = make_due()
    forgotten = [
        *(forget_past_attempts(), forget_past_registrations(), forget_begun_texts(), forget_past_uploads()),
        forget_pieces_of_withdrawn(),
        retain_due(),
        renew_due(),
        count_channels_due(),
        count_appeals_due(),
        tell_of_quotes_taken_back(),
    ]
    return bool(gone_out or searched or imported or translated or shared or erased or packed or any(forgotten))


def _send_out() -> bool:
    carried_out = carry_out_due()
    reminded = [remind_due(), remind_of_accreditations()]
    delivered = deliver_due()
    gathered = gather_due()
    sent = send_due()
    return bool(carried_out or any(reminded) or delivered or gathered or sent)
