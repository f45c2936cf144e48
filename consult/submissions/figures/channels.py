"""How texts without a name came in, told in steps: no two downloads, of whatever days, tell it of one of them.

Of a text that stands under a name its page says how it came. Of the others only sums are told, each of a whole step: the
texts that were accepted since the last step and whose name is withheld for good (names that are to be opened wait). Whoever
subtracts two downloads has the sum of one or more steps, and knows whose texts they are. So a step is taken only where

- each channel of it has none or `LEAST` texts and more, and at least two channels have some: nobody's is told by the sum;
- a day has come on which is looked, the same for all (Mondays): when a step is taken does not tell which text completed it;
- and a coin falls so, thrown anew only when other texts wait. Without it, that no step was taken a week ago would tell how
  the texts of last week came (16 and 4, then 10 more, and a step of 16 and 14: the ten came like the 4). With it, a step may
  have been possible then, so that any text of a step may have come in any way of it. This is the simulatable answer of
  K. Kenthapadi, N. Mishra and K. Nissim, "Simulatable auditing" (PODS 2005), made cheap by chance.

A text that was counted stays in the sum when it is hidden or withdrawn: taking it out would tell how it came.
"""

from __future__ import annotations

import secrets
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from consult import clock
from consult.consultations.models import Consultation
from consult.db import session, transaction
from consult.events.record import record
from consult.submissions.figures.events import ChannelsCounted
from consult.submissions.figures.models import ChannelCount
from consult.submissions.figures.suppression import LEAST
from consult.submissions.models import Submission
from consult.submissions.review.blind_models import SealedName
from consult.submissions.states import SubmissionState

BATCH = 500


def may_step(pending: Mapping[str, int], least: int = LEAST) -> bool:
    """Tell whether the sum of these texts by channel tells of none of them how it came."""
    some = [number for number in pending.values() if number]
    return len(some) > 1 and min(some) >= least


def count_channels_due(coin: Callable[[], bool] = lambda: bool(secrets.randbelow(2))) -> bool:
    """Look at each consultation once in its week whether a step may be taken; tell whether one was looked at (1 query if none)."""
    looked = sa.select(Consultation.id, Consultation.timezone, ChannelCount.looked_on).outerjoin(
        ChannelCount, ChannelCount.consultation_id == Consultation.id
    )
    due = [(row.id, monday) for row in session.execute(looked) if (monday := _monday(row.timezone)) != row.looked_on]
    for consultation, monday in due:
        _look(consultation, monday, coin)
    return bool(due)


def _monday(timezone: str) -> date:
    today = clock.now().astimezone(ZoneInfo(timezone)).date()
    return today - timedelta(days=today.weekday())


def _look(consultation: uuid.UUID, monday: date, coin: Callable[[], bool]) -> None:
    with transaction():
        session.get_one(Consultation, consultation, with_for_update={"key_share": True})
        row = session.get(ChannelCount, consultation, populate_existing=True)
        if row is None:
            row = ChannelCount(consultation_id=consultation, counts={}, looked_on=monday, pending="")
            session.add(row)
        elif row.looked_on == monday:
            return
        waiting = _waiting(consultation)
        digest = sha256(b"".join(sorted(one.bytes for one in waiting))).hexdigest()
        others, row.looked_on, row.pending = digest != row.pending, monday, digest
        pending = Counter(waiting.values())
        if others and may_step(pending) and coin():
            row.counts = dict(Counter(row.counts) + pending)
            row.stepped_on, row.pending = monday, ""
            _count(list(waiting))
            record(ChannelsCounted(len(waiting)), stream=consultation, actor=None)


def _waiting(consultation: uuid.UUID) -> Mapping[uuid.UUID, str]:
    """Return the channels of the texts that no step has counted, whose name is withheld and will not be opened."""
    rows = session.execute(
        sa.select(Submission.id, Submission.channel).where(
            Submission.consultation_id == consultation,
            Submission.state == SubmissionState.ACCEPTED,
            Submission.withheld,
            sa.not_(Submission.channel_counted),
            sa.not_(sa.exists().where(SealedName.submission_id == Submission.id)),
        )
    )
    return dict(rows.all())


def _count(texts: list[uuid.UUID]) -> None:
    for begin in range(0, len(texts), BATCH):
        chosen = Submission.id.in_(texts[begin : begin + BATCH])
        session.execute(
            sa.update(Submission)
            .where(chosen)
            .values(channel_counted=True)
            .execution_options(synchronize_session=False)
        )
