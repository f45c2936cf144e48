"""Malformed requests and not one error of ours: addresses, methods, headers and bodies that no browser sends.

A thousand on each engine in every run, others each day; `make audit` sends five thousand.
"""

from __future__ import annotations

import gc
import io
import os
import random
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from flask import Flask, got_request_exception
from werkzeug.test import run_wsgi_app

from consult.db import database, dialect_name
from consult.demo.load import SLUG
from consult.testing.addresses import Addresses
from consult.testing.sample import sign_in_tokens

# A multipart body that does not end leaves werkzeug's own temporary file to the garbage collector.
pytestmark = [
    pytest.mark.faults,
    pytest.mark.filterwarnings("ignore:Unclosed file <tempfile.SpooledTemporaryFile:ResourceWarning"),
]

#: On each of the two engines, with other dice.
REQUESTS = int(os.environ.get("CONSULT_MALFORMED", "1000"))
#: Each day has its own requests; the one of a run that found something is named with it.
SEED = os.environ.get("CONSULT_SEED") or datetime.now(UTC).date().isoformat()

METHODS = (
    *("HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "BREW", "get", "GET\x00"),
    *("P" * 3000, ""),
)
#: Bytes of a path, as they come after percent-decoding: not UTF-8, NUL, controls, bidi, emoji, traversal, quotes.
PIECES = (
    *(b"\x00", b"\xff\xfe", b"\xc0\xaf", b"\xed\xa0\x80", b"\x80", b"\r\nSet-Cookie: a=b", b"\x1b[31m"),
    *("\u202e".encode(), "\u2066".encode(), "🗳".encode(), "تونس".encode(), "é".encode("latin-1")),
    *(
        b"..",
        b"../../../../etc/passwd",
        b"%2e%2e",
        b"%",
        b"%zz",
        b"%u0041",
        b"'",
        b'"',
        b"<script>",
        b"{{7*7}}",
        b"${7}",
    ),
    *(b"' OR 1=1 --", b"9" * 30, b"-1", b"0", b"1e9", b"1.5", b"NaN", b"null", b"None", b"a" * 5000, b" ", b";", b"\\"),
    *(b"00000000-0000-0000-0000-000000000000", b"\xef\xbb\xbf", b"\xe2\x80\x8b", b"..;/", b"//", b"@", b"#", b"?"),
)
QUERIES = (
    *("q=%00", "q=%ff%fe", "q=" + "a" * 4000, "page=-1", "page=9" * 3, "after=x", "before=%00", "after=" + "9" * 40),
    *("q[]=1&q[]=2", "q", "=", "&&&", "%", "%zz=%zz", "track=nobody", "state=%27", "topic=gcm-999", "language=xx"),
    *("next=//evil.example", "next=javascript:alert(1)", "next=%00", "lang=..", "sort=drop", "q=" + quote("ڜ" * 900)),
    *(
        "q=%22%20OR%20*",
        "q=NEAR(",
        "q=a*b*c",
        "q=%F0%9F%97%B3",
        "chapter=%00",
        "language=%00",
        "clause=../x",
        "n=1e400",
    ),
)
HEADERS: Sequence[tuple[str, tuple[str, ...]]] = (
    (
        "HTTP_COOKIE",
        ("consult-session=\x00", "consult-session=" + "x" * 4000, "=;=;=", "\xff\xfe=\xff", "consult-form=.e.e"),
    ),
    ("HTTP_ACCEPT_LANGUAGE", ("xx-YY;q=nan", "*;q=-1", "ar" * 2000, ";;;,,,", "en;q=1;q=2", "\xff")),
    ("HTTP_IF_NONE_MATCH", ('W/"', '"' * 500, "*", "\x00", 'W/"x", "', "\xff")),
    ("HTTP_IF_MODIFIED_SINCE", ("yesterday", "Thu, 99 Foo 9999 99:99:99 GMT", "\xff", "0")),
    ("HTTP_RANGE", ("bytes=-", "bytes=9-1", "bytes=0-99999999999999999999", "lines=1-2")),
    ("HTTP_HOST", ("", "evil.example", "a:b:c", "[::1", "localhost:99999", "\xff", "x" * 3000)),
    ("HTTP_ORIGIN", ("null", "https://evil.example", "\xff")),
    ("HTTP_REFERER", ("not an address", "https://evil.example/", "\xff", "http://[")),
    ("HTTP_X_FORWARDED_FOR", ("\x00", "1.2.3.4" * 200, "::", "unknown")),
    ("HTTP_ACCEPT", ("\xff", "*/*;q=x", "text/html;" * 500)),
    ("HTTP_TRANSFER_ENCODING", ("chunked", "gzip, chunked")),
    ("HTTP_CONTENT_ENCODING", ("gzip", "br")),
    ("HTTP_LAST_EVENT_ID", ("-1", "x", "9" * 50)),
    ("HTTP_AUTHORIZATION", ("Basic !!!", "Bearer " + "x" * 3000, "Digest \xff", "Basic")),
)
TYPES = (
    *("application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=utf-7", "multipart/form-data"),
    *(
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=x",
        "application/json",
        "text/plain; charset=\xff",
    ),
    *("", "/", "image/svg+xml", "application/x-www-form-urlencoded; charset=utf-16"),
)
LENGTHS = ("-1", "abc", "99999999999999999999", "", "0", "1")


@dataclass
class Sender:
    """Makes malformed requests from a seed and counts what came back."""

    app: Flask
    paths: Sequence[str]
    tokens: Sequence[str]
    dice: random.Random
    statuses: Counter[int] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    _cause: str = ""

    def note(self, _sender: object, exception: BaseException, **_: object) -> None:
        """Keep where an exception came from."""
        frame = traceback.extract_tb(exception.__traceback__)[-1]
        self._cause = f"{type(exception).__name__}: {str(exception)[:120]} ({frame.filename}:{frame.lineno})"

    def note_database(self, context: sa.engine.ExceptionContext) -> None:
        """Keep what the database refused."""
        self._cause = f"{context.original_exception} in {context.statement}"

    def send(self) -> None:
        """Send one request; what answers with 5xx, or not at all, is kept."""
        environ, self._cause = self.environ(), ""
        with self.app.app_context():
            body, status, _ = run_wsgi_app(self.app.wsgi_app, environ, buffered=True)
            b"".join(body)
        code = int(status.split()[0])
        self.statuses[code] += 1
        if code >= 500:
            self.broken.append(f"{code} {environ['REQUEST_METHOD'][:20]} {environ['PATH_INFO'][:90]!r} {self._cause}")

    def environ(self) -> dict[str, Any]:
        """Return a request of which at least one part is malformed."""
        dice = self.dice
        body = self.body()
        environ: dict[str, Any] = {
            "REQUEST_METHOD": dice.choice(METHODS) if dice.random() < 0.1 else dice.choice(("GET", "POST")),
            "SCRIPT_NAME": "",
            "PATH_INFO": self.path().decode("latin-1"),
            "QUERY_STRING": dice.choice(QUERIES) if dice.random() < 0.5 else "",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_TYPE": dice.choice(TYPES),
            "CONTENT_LENGTH": dice.choice(LENGTHS) if dice.random() < 0.1 else str(len(body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": False,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
            "HTTP_HOST": "localhost",
            "HTTP_COOKIE": f"consult-session={dice.choice(self.tokens)}",
        }
        for name, values in dice.sample(HEADERS, dice.randint(0, 3)):
            environ[name] = dice.choice(values)
        return environ

    def path(self) -> bytes:
        """Return an address that exists, most often with something put into it or in place of a part."""
        dice = self.dice
        segments = dice.choice(self.paths).encode().split(b"/")
        for _ in range(dice.choice((0, 0, 0, 1, 1, 2))):
            at = dice.randrange(1, len(segments))
            piece = dice.choice(PIECES)
            segments[at] = dice.choice((piece, segments[at] + piece, piece + segments[at]))
        return b"/".join(segments) if dice.random() < 0.95 else dice.randbytes(dice.randint(0, 60))

    def body(self) -> bytes:
        """Return a body: noise, broken form fields, a broken multipart, broken JSON."""
        dice = self.dice
        made: Callable[[], bytes] = dice.choice((self.noise, self.fields, self.multipart, self.json, bytes))
        return made()

    def noise(self) -> bytes:
        """Return random bytes."""
        return self.dice.randbytes(self.dice.randint(1, 400))

    def fields(self) -> bytes:
        """Return form fields of real names with values that no form sends."""
        dice = self.dice
        names = dice.sample(FIELDS, 4)
        return b"&".join(name + b"=" + b"".join(b"%%%02x" % c for c in dice.choice(PIECES)[:40]) for name in names)

    def multipart(self) -> bytes:
        """Return parts that do not end, or have no name."""
        heading = self.dice.choice((b'name="a', b'name="text"; filename="\x00"', b"", b'name="\xff"'))
        return b"--x\r\nContent-Disposition: form-data; " + heading + b"\r\n\r\n" + self.noise()

    def json(self) -> bytes:
        """Return what looks like JSON."""
        return self.dice.choice((b'{"a":', b"[" * 3000, b"\xff{}", b'{"text": "\\ud800"}', b"NaN"))


FIELDS = (
    *(b"csrf_token", b"title", b"text", b"language", b"email", b"password", b"name", b"reason", b"ground", b"revision"),
    *(b"choice", b"topics", b"member", b"seat", b"minutes", b"starts_at", b"names-ar", b"names", b"version", b"page"),
    *(
        b"role",
        b"ends_at",
        b"consultation",
        b"rule",
        b"number",
        b"key",
        b"track",
        b"\xff",
        b"",
        b"proposals",
        b"passages",
    ),
)


def test_malformed_requests_and_not_one_error_of_ours(sample_app: Flask) -> None:
    addresses = Addresses.of(SLUG)
    sign_in_tokens()
    rules = list(sample_app.url_map.iter_rules())
    paths = [path for rule in rules for path in addresses.of_rule(rule, "en")]
    sample_app.testing = False
    sample_app.logger.disabled = True
    sender = Sender(sample_app, paths, [], random.Random(f"{SEED} {dialect_name()}"))
    got_request_exception.connect(sender.note, sample_app)
    sa.event.listen(database.engine, "handle_error", sender.note_database)
    for number in range(REQUESTS):
        stretch, at = divmod(number, REQUESTS // 5)
        if at == 0:  # some requests sign people out
            sender.tokens = list(sign_in_tokens().values())
            sample_app.config["WTF_CSRF_ENABLED"] = stretch % 2 == 0
        sender.send()
    gc.collect()
    assert sender.broken == [], "\n".join([f"CONSULT_SEED={SEED}", *sender.broken])
    assert sum(sender.statuses.values()) == REQUESTS
    assert {code // 100 for code in sender.statuses} == {2, 3, 4}
