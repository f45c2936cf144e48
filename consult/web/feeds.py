"""Atom feeds (RFC 4287): what is new, for whoever does not want to come and look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urljoin

from flask import make_response, render_template, request
from markupsafe import Markup
from werkzeug.wrappers import Response

from consult import clock
from consult.cleaning import clean_xml
from consult.web.visitor import settings

MEDIA_TYPE = "application/atom+xml"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that is new: `path` is its page and its identity, `lang` the language of its title."""

    path: str
    title: str | Markup
    at: datetime
    lang: str = ""
    author: str | Markup = ""
    about: Sequence[str | Markup] = ()


def feed(title: str, page: str, entries: Sequence[Entry]) -> Response:
    """Return a feed of entries, newest first; `page` is the path of the page that shows the same."""
    newest = entries[0].at if entries else clock.now()
    text = render_template(
        "public/feed.xml",
        title=title,
        page=_absolute(page),
        itself=_absolute(request.full_path.rstrip("?")),
        newest=newest,
        entries=entries,
        absolute=_absolute,
        plain=plain,
        rfc3339=_rfc3339,
    )
    response = make_response(text)
    response.mimetype = MEDIA_TYPE
    return response


def plain(text: str | Markup) -> str:
    """Return a text without markup and without what XML cannot hold."""
    return clean_xml(text.striptags() if isinstance(text, Markup) else text)


def _rfc3339(moment: datetime) -> str:
    """Return a moment as the date of an Atom feed (RFC 3339): in UTC, with seconds and zone."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _absolute(path: str) -> str:
    return urljoin(settings().base_url, path)
