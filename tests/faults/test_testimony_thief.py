"""The thief drill: with the database, its logs, the folder of the instance and a backup, but not the key, nothing is found.

A whole story is told to a real server over HTTP. Then everything that it left behind is searched for what was said and for the
codename, however it may be written; and, so that silence means something, the same is found once the key is there.
"""

from __future__ import annotations

import base64
import html
import re
import subprocess
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from http.cookiejar import Cookie, CookieJar
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener

import pytest
import sqlalchemy as sa
from flask import Flask

from consult.accounts.sign_in import start_sign_in
from consult.cli.copies import write_backup
from consult.db import Base, database, session
from consult.folding import fold
from consult.plugins.manager import load_hooks
from consult.settings import Settings
from consult.testimony.codenames import canonical
from consult.testimony.models import Testimony
from consult.testimony.services import come_back, read_testimony
from consult.testing.server import free_port, running_server
from consult.testing.testimonies import READERS, offered, with_key
from consult.testing.world import World

pytestmark = pytest.mark.faults

CANARY, ADDED, ASKED = (
    "البطريق الأزرق سرق المفتاح",
    "Kanaryvogel añadió après-midi",
    "Where was the canaryquestion asked?",
)
TEXTS = (CANARY, ADDED, ASKED)


@pytest.fixture
def settings(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of an instance with a key in another folder."""
    elsewhere: Path = tmp_path_factory.mktemp("elsewhere")
    return with_key(settings, elsewhere)


class Visitor:
    """A browser that speaks HTTP to a real server; without a cookie unless it is a reader's."""

    def __init__(self, port: int, token: str = "") -> None:
        self.at, self.jar = f"http://127.0.0.1:{port}", CookieJar()
        if token:
            self.jar.set_cookie(_cookie("consult-session", token))
        self.opener: OpenerDirector = build_opener(HTTPCookieProcessor(self.jar))

    def get(self, path: str) -> str:
        """Return a page."""
        return self._send(Request(self.at + path))

    def post(self, path: str, fields: Mapping[str, str | Sequence[str]]) -> str:
        """Send a form and return the page that follows, an error's too."""
        return self._send(Request(self.at + path, urlencode(fields, doseq=True).encode()))

    def _send(self, request: Request) -> str:
        try:
            with self.opener.open(request, timeout=60) as answer:
                return html.unescape(answer.read().decode())
        except HTTPError as error:
            with error:
                return html.unescape(error.read().decode())


def _cookie(name: str, value: str) -> Cookie:
    where = ("127.0.0.1", True, False, "/", True)
    return Cookie(0, name, value, None, False, *where, False, None, False, None, None, {})


def hidden(page: str, name: str) -> str:
    """Return the value of a hidden field."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found is not None, page
    return found[1]


def tell(port: int, tokens: Sequence[str]) -> tuple[str, ...]:
    """Tell the whole story, mistakes and all, and return the codename."""
    author, place = Visitor(port), "/ar/c/test/testimony/"
    shown = author.post(f"{place}write/", {"text": CANARY, "language": "ar", "quoting": "ask", "region": "south"})
    words = tuple(re.findall(r"<li><bdi>([^<]+)</bdi></li>", shown.partition('codename">')[2]))
    positions = re.findall(r'<label for="word\d">\D*(\d+)', shown)
    typed = {f"word{at}": words[int(position) - 1] for at, position in enumerate(positions)}
    author.post(f"{place}confirm/", {"sealed": hidden(shown, "sealed"), **typed, "word1": "ثعلب"})
    author.post(f"{place}confirm/", {"sealed": hidden(shown, "sealed"), **typed})
    author.post(f"{place}return/", {"codename": " ".join(reversed(words))})
    author.get(f"{place}return/{quote(words[0])}/")  # somebody who mistakes the address for a field
    mine = author.post(f"{place}return/", {"codename": "-".join(words)})
    assert CANARY in mine
    visit = {"visit": hidden(mine, "visit")}
    author.post(f"{place}mine/add/", {**visit, "once": hidden(mine, "once"), "text": ADDED, "language": "fr"})
    first, second = (Visitor(port, token) for token in tokens)
    desk = f"{place}desk/"
    number = re.findall(r"testimony/desk/(\d+)/", first.get(desk))[0]

    def act(reader: Visitor, what: str, **fields: str | Sequence[str]) -> str:
        return reader.post(f"{desk}{number}/{what}", {"csrf_token": hidden(reader.get(desk), "csrf_token"), **fields})

    opened = act(first, "")
    assert CANARY in opened
    assert ADDED in opened
    act(first, "answer/", text=ASKED, language="en", once=hidden(opened, "once"))
    act(first, "quote/", words=CANARY, language="ar")
    checked = act(second, "")
    boxes = re.findall(r'name="checks"[^>]*value="(\w+)"', checked)
    act(second, "check/", quote=hidden(checked, "quote"), checks=boxes)
    mine = author.post(f"{place}return/", {"codename": ", ".join(words)})
    assert ASKED in mine
    author.post(
        f"{place}mine/quote/", {"visit": hidden(mine, "visit"), "quote": hidden(mine, "quote"), "agrees": "yes"}
    )
    assert [cookie.name for cookie in author.jar] == []
    return words


def spellings(words: tuple[str, ...]) -> Iterator[bytes]:
    """Give every way in which what was said, or the codename, may be written somewhere."""
    said = [*TEXTS, " ".join(words), "-".join(words), ", ".join(words), '", "'.join(words), canonical(words)]
    said += [" ".join(words[at : at + 3]) for at in (0, 3, 7)] + ["+".join(words[:3])]
    for text in said:
        for each in (text, fold(text)):
            yield from (each.encode(), each.encode("utf-16-le"), each.encode("utf-16-be"), each.encode().hex().encode())
            yield from (base64.b64encode(each.encode()[at:])[4:-4] for at in range(3))
        yield from (each.encode() for each in (text.upper(), quote(text), repr(text.encode())[2:-1], ascii(text)[1:-1]))


def stolen(settings: Settings, loot: Path) -> Iterator[tuple[str, bytes]]:
    """Give everything a thief of the machine finds: files, what is packed in them, every row of the database as text.

    The files are copied by a process of its own: whoever closes a file of SQLite drops the locks of their process on it.
    """
    subprocess.run(["cp", "-r", str(settings.instance_path), str(loot)], check=True)
    for path in sorted(loot.rglob("*")):
        if path.is_file():
            yield path.name, path.read_bytes()
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                yield from ((f"backup:{name}", archive.read(name)) for name in archive.namelist())
    with database.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            rows = connection.execute(sa.select(table)).all()
            yield table.name, "\n".join(str(value) for row in rows for value in row).encode()
            yield table.name, b"\n".join(value for row in rows for value in row if isinstance(value, bytes))


def found(needles: Sequence[bytes], hay: Sequence[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    return [(where, needle) for where, content in hay for needle in needles if needle in content]


def test_a_thief_without_the_key_finds_nothing(
    app: Flask, world: World, settings: Settings, engine: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    here = offered(world)
    tokens = [start_sign_in(here.people[who], method="link") for who in READERS]
    session.remove()
    port = free_port()
    with running_server(settings, port):
        words = tell(port, tokens)
        write_backup(settings.instance_path / "backup.zip", settings, load_hooks())
        loot = list(stolen(settings, tmp_path_factory.mktemp("loot") / "instance"))
    needles = sorted({needle for needle in spellings(words) if len(needle) > 7})
    assert found(needles, loot) == []
    log = (settings.instance_path / "server.log").read_text()
    assert found(needles, [("log", log.encode())]) == []
    assert not [line for line in log.splitlines() if "127.0.0.1" in line and "Listening" not in line]
    names = {where for where, _ in loot}
    assert {"testimony", "testimony_message", "testimony_quote", "event", "server.log", "backup:consult.db"} <= names
    assert ("consult.db-wal" in names) == (engine == "sqlite")

    # With the key the same is read: so the silence before means something.
    number = session.scalars(sa.select(Testimony.number)).one()
    opened = read_testimony(number, consultation=here.consultation, actor=here.actor(READERS[0]))
    assert (opened.text, [message.text for message in opened.messages]) == (CANARY, [ADDED, ASKED])
    assert [one.words for one in opened.quotes] == [CANARY]
    back = come_back(" ".join(words), consultation=here.consultation, language="ar")
    assert back.testimony.id == opened.id
    planted = f"x {' '.join(words)} y {CANARY}".encode("utf-16-le")
    assert {where for where, _ in found(needles, [*loot, ("planted", planted)])} == {"planted"}
