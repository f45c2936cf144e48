"""The thief drill: with the database, its logs, the folder of the instance and a backup, but not the key, nothing is found.

A whole story is told to a real server over HTTP. Then everything that it left behind is searched for what was said and for the
codename, however it may be written; and, so that silence means something, the same is found once the key is there.
"""

from __future__ import annotations

import base64
import html
import re
import subprocess
import uuid
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from http.cookiejar import Cookie, CookieJar
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener

import pytest
import sqlalchemy as sa
from flask import Flask

from consult.accounts.signing_in.sign_in import start_sign_in
from consult.attachments import Kind
from consult.cli.copies import write_backup
from consult.db import Base, database, session
from consult.folding import fold
from consult.plugins.manager import load_hooks
from consult.settings import Settings
from consult.testimony.codenames import canonical
from consult.testimony.models import Testimony
from consult.testimony.services import come_back, read_testimony, take_file
from consult.testing.attached_files import docx_parts, wav, zipped
from consult.testing.server import free_port, running_server
from consult.testing.testimonies import READERS, offered, proved, with_key
from consult.testing.world import World

pytestmark = pytest.mark.faults

CANARY, ADDED, ASKED = (
    "البطريق الأزرق سرق المفتاح",
    "Kanaryvogel añadió après-midi",
    "Where was the canaryquestion asked?",
)
#: What a recording holds, longer than what a form's parser keeps in memory; what stands in a document; how both are called.
HEARD, WRITTEN, CALLED = "Papageno whispered in the canaryroom", "الكناري وقّع الورقة بنفسه", "kanarienliste-von-zuhause"
RECORDING = wav(sound=(HEARD.encode() + b"\0" * 4).ljust(64, b"~") * 12_000)
DOCUMENT = zipped(docx_parts(f"<w:p><w:r><w:t>{WRITTEN}</w:t></w:r></w:p>"))
TEXTS = (CANARY, ADDED, ASKED, HEARD, WRITTEN, CALLED)


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

    def send_file(self, path: str, fields: Mapping[str, str], name: str, content: bytes) -> str:
        """Send a form with a file and return the page that follows."""
        edge, head = "canary-edge", 'Content-Disposition: form-data; name="'
        parts = [f'--{edge}\r\n{head}{key}"\r\n\r\n{value}\r\n' for key, value in fields.items()]
        parts.append(f'--{edge}\r\n{head}file"; filename="{name}"\r\nContent-Type: text/plain\r\n\r\n')
        body = "".join(parts).encode() + content + f"\r\n--{edge}--\r\n".encode()
        return self._send(Request(self.at + path, body, {"Content-Type": f"multipart/form-data; boundary={edge}"}))

    def _send(self, request: Request) -> str:
        try:
            with self.opener.open(request, timeout=60) as answer:
                return html.unescape(answer.read().decode(errors="replace"))
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
    kept = author.post(f"{place}confirm/", {"sealed": hidden(shown, "sealed"), **typed})
    first_file = {"visit": hidden(kept, "visit"), "once": hidden(kept, "once")}
    listed = author.send_file(f"{place}mine/files/", first_file, f"{CALLED}.wav", RECORDING)
    assert CALLED in listed
    refused = {"visit": hidden(listed, "visit"), "once": str(uuid.uuid4())}
    again = author.send_file(f"{place}mine/files/", refused, f"{CALLED}.exe", WRITTEN.encode() * 9000)
    assert again.count(CALLED) == listed.count(CALLED)
    author.post(f"{place}return/", {"codename": " ".join(reversed(words))})
    author.get(f"{place}return/{quote(words[0])}/")  # somebody who mistakes the address for a field
    mine = author.post(f"{place}return/", {"codename": "-".join(words)})
    assert CANARY in mine
    visit = {"visit": hidden(mine, "visit")}
    second_file = {**visit, "once": str(uuid.uuid4())}
    assert CALLED in author.send_file(f"{place}mine/files/", second_file, f"{CALLED}.docx", DOCUMENT)
    author.post(f"{place}mine/add/", {**visit, "once": hidden(mine, "once"), "text": ADDED, "language": "fr"})
    first, second = (Visitor(port, token) for token in tokens)
    desk = f"{place}desk/"
    number = re.findall(r"testimony/desk/(\d+)/", first.get(desk))[0]

    def act(reader: Visitor, what: str, **fields: str | Sequence[str]) -> str:
        return reader.post(f"{desk}{number}/{what}", {"csrf_token": hidden(reader.get(desk), "csrf_token"), **fields})

    opened = act(first, "")
    assert CANARY in opened
    assert ADDED in opened
    assert HEARD in act(first, "file/", file=hidden(opened, "file"))
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


@pytest.mark.usefixtures("real_hashes")  # the server's: a codename is looked up here that it gave
def test_a_thief_without_the_key_finds_nothing(
    app: Flask,
    world: World,
    settings: Settings,
    engine: str,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here = offered(world)
    (settings.instance_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(settings.instance_path / "temporary"))  # of the server, and searched as well
    tokens = [start_sign_in(here.people[who], method="link", factor="app") for who in READERS]
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
    assert not [*settings.instance_path.glob("attachments/*"), *settings.instance_path.glob("temporary/*")]
    assert {
        "testimony",
        "testimony_message",
        "testimony_file",
        "testimony_piece",
        "testimony_quote",
        "event",
        "server.log",
        "backup:consult.db",
    } <= names
    assert ("consult.db-wal" in names) == (engine == "sqlite")

    # With the key the same is read: so the silence before means something.
    number = session.scalars(sa.select(Testimony.number)).one()
    opened = read_testimony(number, consultation=here.consultation, actor=proved(here, READERS[0]))
    assert (opened.text, [message.text for message in opened.messages]) == (CANARY, [ADDED, ASKED])
    assert [one.words for one in opened.quotes] == [CANARY]
    assert [(one.name, one.kind) for one in opened.files] == [(CALLED, Kind.WAV), (CALLED, Kind.DOCX)]
    reader: dict[str, Any] = {"number": number, "consultation": here.consultation, "actor": proved(here, READERS[0])}
    heard, read = (take_file(one.id, **reader).content for one in opened.files)
    assert HEARD.encode() in heard
    with zipfile.ZipFile(BytesIO(read)) as document:
        assert WRITTEN.encode() in document.read("word/document.xml")
    pieces = [content[at : at + 40] for content in (heard, read, RECORDING, DOCUMENT) for at in (60, 400)]
    assert found(pieces, loot) == []
    back = come_back(" ".join(words), consultation=here.consultation, language="ar")
    assert back.testimony.id == opened.id
    planted = f"x {' '.join(words)} y {CANARY}".encode("utf-16-le")
    assert {where for where, _ in found(needles, [*loot, ("planted", planted)])} == {"planted"}
