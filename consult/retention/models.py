"""When the rules of how long things are kept were applied."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from consult.db import Mapped, Model, mapped_column

#: The one row there is.
ONLY = 1


class RetentionRun(Model):
    """The run that goes on, or the last one: when it began and ended, and how many rows of each class went (`counts`).

    There is one row at most: earlier runs stand in the log.
    """

    __tablename__ = "retention_run"
    id: Mapped[int] = mapped_column(sa.Integer(), primary_key=True, autoincrement=False)
    begun_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
