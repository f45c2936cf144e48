"""Lists of different rows that one UNION reads: each has the columns of all, empty where it has nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from consult.db import padded, session

EMPTY: Mapping[str, sa.ColumnElement[Any]] = {"place": sa.literal(0), "name": sa.literal("")}


def test_each_list_has_the_columns_of_all_in_one_order(app: Flask) -> None:
    lists = (
        sa.select(*padded("first", EMPTY, {"name": sa.literal("Ghat"), "place": sa.literal(2)})),
        sa.select(*padded("second", EMPTY, {"place": sa.literal(1)})),
    )
    rows = session.execute(sa.union_all(*lists).order_by("place"))
    assert [row._asdict() for row in rows] == [
        {"kind": "second", "place": 1, "name": ""},
        {"kind": "first", "place": 2, "name": "Ghat"},
    ]


def test_a_name_that_no_list_has_is_refused() -> None:
    with pytest.raises(KeyError, match="plaec"):
        padded("first", EMPTY, {"plaec": sa.literal(2)})
