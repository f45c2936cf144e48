"""Whether mail brings a letter of answer to anybody who acts on its text: its author, or, once they have left, their body's members."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from consult.accounts.models import Person
from consult.submissions.belonging import who_acts

#: No address from which mail comes back.
NOBODY = sa.false()


class Reach:
    """A subquery of how many addresses those have who act on each text, and from how many of them no mail comes back.

    `bounced` is a condition on persons. It has no row for a text on which nobody acts.
    """

    def __init__(self, which: sa.ColumnElement[bool], bounced: sa.ColumnElement[bool] = NOBODY) -> None:
        self.rows = _addresses(which, bounced).subquery()

    def joins(self, text: sa.SQLColumnExpression[Any]) -> sa.ColumnElement[bool]:
        """Return the condition on which a query joins it, from outside."""
        return self.rows.c.text == text

    @property
    def on_paper(self) -> sa.ColumnElement[bool]:
        """Tell that nobody who acts on a text has an address."""
        return sa.func.coalesce(self.rows.c.addresses, 0) == 0

    @property
    def in_vain(self) -> sa.ColumnElement[bool]:
        """Tell that no mail brings a letter to anybody: there is no address, or mail comes back from each."""
        return sa.func.coalesce(self.rows.c.arriving, 0) == 0


def _addresses(which: sa.ColumnElement[bool], bounced: sa.ColumnElement[bool]) -> sa.Select[Any]:
    acts, there = who_acts(which).subquery(), Person.email != ""
    return (
        sa.select(
            acts.c.text,
            sa.func.count().filter(there).label("addresses"),
            sa.func.count().filter(there, sa.not_(bounced)).label("arriving"),
        )
        .select_from(acts)
        .join(Person, Person.id == acts.c.person)
        .group_by(acts.c.text)
    )
