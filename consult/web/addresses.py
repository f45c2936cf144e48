"""Addresses of pages: what `url_for` builds, kept, because a page asks for the same thirty at every visit."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from urllib.parse import quote

from flask import Flask, current_app, g, request, url_for
from werkzeug.routing import IntegerConverter

#: Addresses kept for each application; the least used give way.
MOST_KEPT = 8192
#: A number that no address holds by itself.
_STANDS_FOR = 987654321987654321


class Number(IntegerConverter):
    """A number in an address: at most nine digits. A longer one is no address of ours, and databases refuse it."""

    regex = r"\d{1,9}"


def sent_number(sent: Mapping[str, str], name: str) -> int | None:
    """Return a number of a query or a form, None where there is none; one that no address could hold is none either."""
    text = sent.get(name, "")
    return int(text) if re.fullmatch(Number.regex, text) else None


def address(endpoint: str, **values: object) -> str:
    """Return the address of a page as `url_for` does; language and consultation of the present page are put in."""
    kept = current_app.extensions["consult.addresses"]
    # The types tell 1 from True, which are equal as keys and different in an address.
    apart = (g.get("language"), g.get("consultation_slug"), request.root_path, *map(type, values.values()))
    try:
        return str(kept(endpoint, apart, tuple(values.items())))
    except TypeError:  # a value that cannot be a key, such as a list for a query string
        return url_for(endpoint, **values)  # type: ignore[arg-type]  # url_for says what it cannot take


def numbered(endpoint: str) -> Callable[[int | str], str]:
    """Return what makes the addresses of one endpoint that differ in their `number`: a long list asks for many at once."""
    before, _, after = address(endpoint, number=_STANDS_FOR).partition(str(_STANDS_FOR))
    return lambda number: f"{before}{quote(str(number), safe='')}{after}"


def install(app: Flask) -> None:
    """Make room for the addresses of an application, and let none hold a number that no database can."""
    app.url_map.converters["int"] = Number

    @lru_cache(MOST_KEPT)
    def kept(endpoint: str, _apart: tuple[object, ...], values: tuple[tuple[str, object], ...]) -> str:
        return url_for(endpoint, **dict(values))  # type: ignore[arg-type]

    app.extensions["consult.addresses"] = kept
