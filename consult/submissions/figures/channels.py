"""How texts without a name came in, told in steps: no two downloads, of whatever days, tell it of one of them.

Of a text that stands under a name its page says how it came. Of the others only sums are told, each of a whole step: the
texts that were accepted since the last step and whose name is withheld for good (names that are to be opened wait). Whoever
subtracts two downloads has the sum of one or more steps, and knows whose texts they are. So a step is taken only where

- each channel of it has none or `LEAST` texts and more, and at least two channels have some: nobody's is told by the sum;
- and a Monday and a coin allow it (`steps`). Without the coin, that no step was taken a week ago would tell how the texts of last
  week came (16 and 4, then 10 more, and a step of 16 and 14: the ten came like the 4). With it, a step may have been possible
  then, so that any text of a step may have come in any way of it.

A text that was counted stays in the sum when it is hidden or withdrawn: taking it out would tell how it came.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping

import sqlalchemy as sa

from consult.db import session
from consult.events.record import record
from consult.submissions.figures.events import ChannelsCounted
from consult.submissions.figures.models import ChannelCount
from consult.submissions.figures.steps import Told, fair_coin, mark, step_due
from consult.submissions.figures.suppression import LEAST
from consult.submissions.models import Submission
from consult.submissions.review.blind_models import SealedName
from consult.submissions.states import SubmissionState


def may_step(pending: Mapping[str, int], least: int = LEAST) -> bool:
    """Tell whether the sum of these texts by channel tells of none of them how it came."""
    some = [number for number in pending.values() if number]
    return len(some) > 1 and min(some) >= least


def count_channels_due(coin: Callable[[], bool] = fair_coin) -> bool:
    """Look at each consultation once in its week whether a step may be taken; tell whether one was looked at (1 query if none)."""
    return step_due(Told(ChannelCount, _waiting, may_step, _stepped), coin)


def _stepped(row: ChannelCount, texts: list[uuid.UUID]) -> None:
    mark(Submission, "channel_counted", texts)
    record(ChannelsCounted(len(texts)), stream=row.consultation_id, actor=None)


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
