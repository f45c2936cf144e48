"""Conditional requests: a page that has not changed is answered with 304, before anything but one number is read.

All that a public page of a consultation shows follows from the consultation's log: as long as its newest number is the
same, and no phase has opened or closed, the page is the same. So the ETag holds that number, the moment until which
time alone changes nothing, who looks, and the build. The server keeps nothing: what it needs to judge a tag stands in it.

Somebody without a cookie is answered before Flask begins (`Unchanged`): a hall of phones asks again all the time.

Nothing hidden is served from a cache: every answer has to be asked for again (`no-cache`), and hiding is an event. Only
what an anonymous visitor sees may be stored at all; a signed-in visitor's page carries a tag for the script that renews
the live parts, and `no-store`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import flask
import sqlalchemy as sa
from flask import Flask, current_app, g, make_response, request
from jinja2 import ChoiceLoader, FileSystemLoader
from werkzeug.wrappers import Response

from consult import __version__, clock
from consult.consultations.phases import next_boundary
from consult.db import DriverQuery, database
from consult.i18n import LANGUAGES
from consult.web.assets import asset_hash, assets
from consult.web.headers import headers_of_every_answer
from consult.web.language import current_language
from consult.web.visitor import actor, cookie_name, log_number, take_present, visit

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

View = TypeVar("View", bound=Callable[..., Any])

#: The longest time, in seconds, for which a tag holds: what other streams or plugins change shows after it at the latest.
LONGEST = 300
ANONYMOUS = "a"
_TAG = re.compile(r'"(\d{1,12})\.(\d{1,12})\.(\w{1,16})\.(\w{1,16})')


@dataclass(frozen=True, slots=True)
class Tag:
    """An ETag: newest number of the log, until when (seconds since 1970) time changes nothing, viewer, build."""

    seq: int
    until: int
    viewer: str
    build: str

    def __str__(self) -> str:
        return f'W/"{self.seq}.{self.until}.{self.viewer}.{self.build}"'


def given_tag(header: str) -> Tag | None:
    """Return the tag of an `If-None-Match`, None if there is none of ours."""
    found = _TAG.search(header)
    return Tag(int(found[1]), int(found[2]), found[3], found[4]) if found else None


def fresh_for(seconds: float) -> None:
    """Say that time changes the page being made after so many seconds: somebody speaks, a ballot counts."""
    g.conditional_seconds = min(seconds, g.get("conditional_seconds", LONGEST))


def conditional(view: View) -> View:
    """Answer 304 where the visitor's copy of a consultation's page still holds; stands above `requires`.

    A page that holds a form token, a message of the last act or another status than 200 gets no tag.
    """

    @wraps(view)
    def answered(*args: Any, **kwargs: Any) -> Any:
        if request.method not in ("GET", "HEAD") or "_flashes" in flask.session:
            return view(*args, **kwargs)
        tag, viewer = given_tag(request.headers.get("If-None-Match", "")), _viewer()
        if tag is not None and tag.viewer == viewer and _holds(tag, g.consultation_slug):
            return _headers(Response(status=304), tag)
        take_present(g.consultation_slug)
        seq = log_number()  # read before the page is made
        response = make_response(view(*args, **kwargs))
        if seq is None or response.status_code != 200 or (viewer == ANONYMOUS and "csrf_token" in g):
            return response
        return _headers(response, Tag(seq, _until(), viewer, build(current_app, current_language().code)))

    return answered  # type: ignore[return-value]


class Unchanged:
    """The WSGI step that answers whoever comes without our cookies and holds an unchanged page; all others go on to Flask.

    Most of what such an answer would cost is the way through Flask. A tag is not bound to a page: who makes one up is told
    that nothing has changed, and learns nothing.
    """

    def __init__(self, app: Flask) -> None:
        """Take the place of the application's WSGI step."""
        self._app, self._next = app, app.wsgi_app
        self._cookies = (cookie_name(app.config["CONSULT"]), app.config["SESSION_COOKIE_NAME"])
        self._headers = [*headers_of_every_answer(app), ("Cache-Control", "no-cache"), ("Vary", "Cookie")]
        with app.app_context():
            self._engine = database.engine

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer 304, or let Flask answer."""
        if (given := environ.get("HTTP_IF_NONE_MATCH")) and (tag := self._held(given, environ)):
            start_response("304 NOT MODIFIED", [*self._headers, ("ETag", str(tag))])
            return []
        return self._next(environ, start_response)

    def _held(self, given: str, environ: WSGIEnvironment) -> Tag | None:
        """Return the tag if it holds for this request."""
        tag, path = given_tag(given), _PAGE.match(environ["PATH_INFO"])
        if tag is None or path is None or tag.viewer != ANONYMOUS or environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return None
        if any(name in environ.get("HTTP_COOKIE", "") for name in self._cookies) or path[1] not in LANGUAGES:
            return None
        try:
            holds = still(tag, path[2], build=build(self._app, path[1]), engine=self._engine)
        except sa.exc.SQLAlchemyError:
            return None  # Flask asks again, and says in the visitor's language what is the matter
        return tag if holds else None


_PAGE = re.compile(r"/(\w\w)/c/([a-z0-9-]{1,100})/")


def still(tag: Tag, slug: str, *, build: str, engine: sa.Engine) -> bool:
    """Tell whether a tag holds: same build, its time not over, and the log's newest number the same (one query)."""
    if tag.build != build or clock.now().timestamp() >= tag.until:
        return False
    return _newest(slug, engine, public_only=tag.viewer == ANONYMOUS) == tag.seq


def _holds(tag: Tag, slug: str) -> bool:
    return still(tag, slug, build=build(current_app, current_language().code), engine=database.engine)


_NUMBER = "SELECT coalesce(s.seq, 0) FROM consultation c LEFT JOIN stream s ON s.id = c.id WHERE c.slug = :slug"
_NEWEST, _NEWEST_OF_PUBLIC = DriverQuery(_NUMBER), DriverQuery(f"{_NUMBER} AND c.public")


def _newest(slug: str, engine: sa.Engine, *, public_only: bool) -> int | None:
    """Return the newest number of a consultation's log, None if there is no such consultation.

    This one read is most of what an unchanged page costs.
    """
    rows = (_NEWEST_OF_PUBLIC if public_only else _NEWEST).run_on(engine, slug=slug)
    return rows[0][0] if rows else None


def _viewer() -> str:
    """Return what tells apart visitors who see different pages: anonymous, or a hash of who and with what rights."""
    if cookie_name() not in request.cookies or not actor().signed_in:
        return ANONYMOUS
    who = actor()
    roles = [sorted("/".join(map(str, one)) for one in held) for held in (who.roles, who.held_back)]
    return sha256(
        repr((who.sign_in, who.person, who.name, roles, who.memberships, visit().unread, visit().timezone)).encode()
    ).hexdigest()[:12]


def _until() -> int:
    now = clock.now()
    seconds = g.get("conditional_seconds", LONGEST)
    boundary = next_boundary(g.consultation.phases, now)
    return int(min(now.timestamp() + seconds, boundary.timestamp() if boundary else now.timestamp() + LONGEST))


def _headers(response: Response, tag: Tag) -> Response:
    response.headers["ETag"] = str(tag)
    response.headers["Cache-Control"] = "no-cache" if tag.viewer == ANONYMOUS else "no-store"
    response.vary.add("Cookie")
    return response


def build(app: Flask, code: str) -> str:
    """Return the hash of everything that makes pages look as they do: version, assets, templates, language."""
    builds: dict[str, str] = app.extensions.setdefault("consult.builds", {})
    if code not in builds:
        hashes = " ".join(asset_hash(name) for name in sorted(assets()))
        made = sha256(f"{__version__} {code} {hashes}".encode())
        for path in _templates(app):
            made.update(f"{path} {path.stat().st_mtime_ns}".encode())
        builds[code] = made.hexdigest()[:12]
    return builds[code]


def _templates(app: Flask) -> list[Path]:
    loader = app.jinja_loader
    loaders = loader.loaders if isinstance(loader, ChoiceLoader) else [loader]
    folders = [Path(folder) for one in loaders if isinstance(one, FileSystemLoader) for folder in one.searchpath]
    return sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())


def install(app: Flask) -> None:
    """Put the answer to an unchanged page before everything else."""
    app.wsgi_app = Unchanged(app)  # type: ignore[method-assign]
