"""The worker's part in imports: take one that was asked for, check or write its rows, keep count.

Each hundred rows are one transaction, and with them goes how far the import is and what was refused: when the worker is
killed, the lease runs out and the import goes on after the last row that was written, and no row is counted twice.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor
from consult.accounts.bodies.imports import import_bodies
from consult.accounts.bodies.maps import BodyMap, known_named
from consult.accounts.signing_in.sign_in import load_actor
from consult.consultations.models import Consultation
from consult.db import session, transaction
from consult.errors import Forbidden
from consult.events.deliver import place_of_error
from consult.events.record import record
from consult.i18n import Message
from consult.spreadsheets import Table, UnreadableTable
from consult.spreadsheets.outcome import ImportOutcome
from consult.submissions.events import ImportEnded
from consult.submissions.exchange.importing import coming_in, path_of, table_of
from consult.submissions.exchange.imports import import_submissions
from consult.submissions.exchange.kinds import stream_of
from consult.submissions.exchange.mapping import InvalidMap, map_of_page
from consult.submissions.exchange.models import ImportRefusal, ImportRun
from consult.submissions.exchange.presets import VOTES
from consult.submissions.exchange.queries import kept_words
from consult.submissions.exchange.statement_votes import import_votes
from consult.submissions.exchange.states import UNDER_WAY, ImportState

log = logging.getLogger(__name__)

#: How long a worker that writes nothing holds an import, how often one is taken before it is given up, how long files stay.
LEASE, ATTEMPTS, KEEP = timedelta(minutes=5), 3, timedelta(days=1)
#: Refusals that are listed of an import: whoever has more has taken the wrong column.
MOST_REFUSALS = 10_000
#: Other work is let in after so many seconds.
SECONDS = 2.0
STOPPED = "the worker stopped"


class _Lost(Exception):
    """The lease ran out and another worker has the import now."""


@dataclass(frozen=True, slots=True)
class _Taken:
    """An import that this worker holds: as long as nobody counted another attempt."""

    id: uuid.UUID
    consultation: uuid.UUID | None
    attempt: int
    dry: bool
    brought_by: uuid.UUID | None

    def held(self) -> ImportRun:
        """Return the row, locked; _Lost if another worker has it."""
        row = session.get(ImportRun, self.id, with_for_update=True, populate_existing=True)
        if row is None or row.attempts != self.attempt or row.state != ImportState.RUNNING:
            raise _Lost
        return row

    def keep(self, reached: int, part: ImportOutcome) -> None:
        """Write how far the import is and what became of the last rows, in the transaction that wrote them."""
        row = self.held()
        row.made += part.imported - part.changed
        row.changed += part.changed
        row.unchanged += part.unchanged
        row.replaced += part.replaced
        row.refused += part.rejected
        row.reached = max(row.reached, reached)
        row.lease_until = clock.now() + LEASE
        place = session.execute(
            sa.select(sa.func.coalesce(sa.func.max(ImportRefusal.place), 0)).where(ImportRefusal.run_id == self.id)
        ).scalar_one()
        listed = part.rejections[: max(MOST_REFUSALS - place, 0)]
        rows: list[dict[str, Any]] = [
            {
                "run_id": self.id,
                "place": place + count,
                "row": one.row,
                "column": one.column,
                "reason": one.reason.text,
                "values": {name: str(value) for name, value in one.reason.params.items()},
            }
            for count, one in enumerate(listed, start=1)
        ]
        if rows:
            session.execute(sa.insert(ImportRefusal), rows)


def import_due(meanwhile: Callable[[], object] = lambda: None) -> bool:
    """Run the import that was asked for first, or whose worker is gone; tell whether there was one.

    An unreachable database is the caller's matter: the import is taken again when its lease has run out. Any other error
    ends it as failed, with what was written up to there.
    """
    gone = _forget_old_files()
    taken = _take()
    if taken is None:
        return gone
    try:
        _run(taken, meanwhile)
    except (sa.exc.SQLAlchemyError, BlockingIOError):
        raise
    except _Lost:
        log.warning("the import %s was taken by another worker", taken.id)
    except UnreadableTable as error:
        _fail(taken, kept_words(error.message))
    except InvalidMap as error:
        _fail(taken, kept_words(error.words) if isinstance(error.words, Message) else error.words)
    except Forbidden:
        _fail(taken, "whoever asked for it may no longer bring in files")
    except Exception as error:
        log.warning("the import %s failed: %s", taken.id, place_of_error(error))
        _fail(taken, place_of_error(error))
    return True


def _fail(taken: _Taken, why: str) -> None:
    with transaction():
        try:
            row = taken.held()
        except _Lost:
            return
        row.state, row.last_error, row.done_at, row.lease_until = ImportState.FAILED, why, clock.now(), None


def _take() -> _Taken | None:
    """Take the next import, and end those that no worker survived."""
    with transaction():
        while (row := _next(clock.now())) is not None:
            if row.attempts < ATTEMPTS:
                row.state, row.attempts = ImportState.RUNNING, row.attempts + 1
                row.lease_until = clock.now() + LEASE
                return _Taken(row.id, row.consultation_id, row.attempts, row.dry, row.brought_by)
            row.state, row.last_error, row.done_at, row.lease_until = ImportState.FAILED, STOPPED, clock.now(), None
            session.flush()
    return None


def _next(now: datetime) -> ImportRun | None:
    """Lock the import that has been due longest; on PostgreSQL other workers skip it."""
    left = sa.and_(ImportRun.state == ImportState.RUNNING, ImportRun.lease_until <= now)
    return session.scalars(
        sa.select(ImportRun)
        .where(sa.or_(ImportRun.state == ImportState.ASKED, left))
        .order_by(ImportRun.asked_at, ImportRun.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()


def _run(taken: _Taken, meanwhile: Callable[[], object]) -> None:
    row = session.get_one(ImportRun, taken.id)
    actor = Actor() if taken.brought_by is None else load_actor(taken.brought_by)
    with table_of(row) as table:
        total = sum(1 for _ in table.rows)
    with transaction():
        taken.held().total = total
    how: dict[str, Any] = {
        "actor": actor,
        "dry_run": taken.dry,
        "after": row.reached,
        "keep": taken.keep,
    }
    with table_of(row) as table:
        if taken.consultation is None:
            known, mapping = known_named(row.preset), BodyMap(row.given)
            more: dict[str, Any] = {} if known else {"column_of": mapping.column_of}
            read = known.read if known else mapping.read
            more["coming"] = coming_in(row, read)
            import_bodies(table.rows, read, progress=_now_and_then(meanwhile), **more, **how)
        else:
            _import(table, row, session.get_one(Consultation, taken.consultation), meanwhile, how)
    _end(taken, actor)


def _import(
    table: Table, row: ImportRun, consultation: Consultation, meanwhile: Callable[[], object], how: dict[str, Any]
) -> None:
    """Bring in submissions, or votes on them."""
    if row.preset == VOTES:
        import_votes(table.rows, consultation=consultation, conversation=row.given.get("conversation", ""), **how)
        return
    bound = map_of_page(row.given).bound(table.columns)
    import_submissions(table.rows, bound, consultation=consultation, progress=_now_and_then(meanwhile), **how)


def _now_and_then(meanwhile: Callable[[], object]) -> Callable[[int], object]:
    """Return what calls `meanwhile` when it has not been called for a while."""
    again_at = monotonic() + SECONDS

    def done(_rows: int) -> None:
        nonlocal again_at
        if monotonic() >= again_at:
            meanwhile()
            again_at = monotonic() + SECONDS

    return done


def _end(taken: _Taken, actor: Actor) -> None:
    with transaction():
        row = taken.held()
        row.state = ImportState.CHECKED if taken.dry else ImportState.DONE
        row.done_at, row.lease_until = clock.now(), None
        if taken.dry:
            row.reached = 1
            return
        row.kept = False
        ended = ImportEnded(row.id, row.made, row.changed, row.unchanged, row.refused)
        record(ended, stream=stream_of(taken.consultation), actor=actor.person)
    path_of(taken.id).unlink(missing_ok=True)


def _forget_old_files() -> bool:
    """Take away files that nobody decided on within a day; tell whether there was one."""
    old = (ImportRun.kept, ImportRun.brought_at < clock.now() - KEEP, ImportRun.state.not_in(UNDER_WAY))
    if session.scalars(sa.select(ImportRun.id).where(*old).limit(1)).first() is None:
        return False
    with transaction():
        ids = session.scalars(sa.select(ImportRun.id).where(*old).with_for_update(skip_locked=True)).all()
        session.execute(
            sa.update(ImportRun)
            .where(ImportRun.id.in_(ids))
            .values(
                kept=False,
                state=sa.case((ImportRun.state == ImportState.DONE, ImportRun.state), else_=ImportState.DROPPED),
            )
        )
    for run in ids:
        path_of(run).unlink(missing_ok=True)
    return True
