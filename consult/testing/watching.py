"""What requests must not do, watched for: statements that write, and words of testimonies that nobody is shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from werkzeug.test import TestResponse

from consult.db import database

#: Said in confidential testimonies of the sample and not quoted: no page, export, feed, search or account shows it to anybody.
SEALED = ("يحتفظ بجواز سفري", "لأن من يسمعني وأنا أتكلم", "أن تكون الشكوى بالهاتف", "on a piece of cloth")
_WRITE = re.compile(r"\s*(INSERT|UPDATE|DELETE|CREATE|DROP|ALTER|TRUNCATE|REPLACE)\b", re.IGNORECASE)


@contextmanager
def written() -> Iterator[list[str]]:
    """Collect the statements that write, last-seen excepted, whether or not they are taken back."""
    seen: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        if _WRITE.match(statement) and not statement.startswith("UPDATE sign_in SET seen_at="):
            seen.append(statement)

    sa.event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(database.engine, "before_cursor_execute", note)


def sealed_words(answer: TestResponse) -> list[str]:
    """Return what an answer shows of testimonies that nobody is shown."""
    return [said for said in SEALED if said.encode() in answer.get_data()]


__all__ = ["SEALED", "sealed_words", "written"]
