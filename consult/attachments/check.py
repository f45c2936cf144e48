"""Taking a file: measured while it comes, shown to a scanner, taken apart by another process, kept under a random name.

Or kept nowhere: what must never lie on a disk in the clear goes the same way through memory that has no name in any folder
(memfd of Linux), which the other process is handed open; whoever asked seals what comes back.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

from consult.attachments.child import NO_WORDS
from consult.attachments.clamav import scan
from consult.attachments.kinds import CHUNK, INSTEAD, UNKNOWN, Kind, NotNow, Refused
from consult.attachments.store import folder, new_place, path_of, private_file
from consult.i18n import N_, Message
from consult.runtime import runtime

#: Seconds that one file may take, and that another waits for its turn: one is taken apart at a time.
LONGEST, PATIENCE = 40.0, 15.0
BURST = N_(
    "The file takes more memory or time to check than a file may. Make it smaller, or hand in its parts one by one."
)
OTHER_KIND = N_("Files of this kind are not taken here. The kinds that are stand beside the field.")
EMPTY = N_("The file is empty.")


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that was taken: where it lies, its kind, size in bytes and SHA-256 as it lies there, and its words.

    `scanned` says of a PDF that its pages are pictures, so that nothing of it can be searched.
    """

    place: str
    kind: Kind
    size: int
    sha256: str
    text: str
    scanned: bool


def check_file(content: IO[bytes], most: int, kinds: Collection[Kind] = tuple(Kind)) -> Checked:
    """Take a file of one of these kinds, of at most so many bytes, and keep it, made anew.

    Raises Refused with the reason, NotNow for later.
    """
    source, place = folder() / f"{new_place()}.incoming", new_place()
    target = path_of(place)
    try:
        with os.fdopen(private_file(source), "wb") as file:
            _keep(content, file, most)
        if address := runtime().settings.clamav_address:
            scan(source, address)
        os.close(private_file(target))
        with _turn():
            said = _of_a_kind(str(source), str(target), kinds)
        if said["kind"] not in kinds:
            raise Refused(OTHER_KIND)
        return _checked(place, target, said)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    finally:
        source.unlink(missing_ok=True)


def _of_a_kind(source: str, target: str, kinds: Collection[Kind]) -> dict[str, Any]:
    """Take a file apart; one of no known kind is told of others only where these are taken."""
    try:
        return _taken_apart(source, target)
    except Refused as refused:
        text = refused.message.text
        every = text == UNKNOWN.text and frozenset(kinds) != frozenset(Kind)
        if every or (text in INSTEAD and INSTEAD[text] not in kinds):
            raise Refused(OTHER_KIND) from refused
        raise


def check_in_memory(content: IO[bytes], most: int) -> tuple[Kind, bytes]:
    """Take a file of at most so many bytes, and return its kind and what it is made anew to; nothing of it touches a disk.

    Its words are not read. Whoever asks lets one in at a time. Raises Refused with the reason, NotNow for later.
    """
    with _unnamed() as source, _unnamed() as target:
        _keep(content, source, most)
        source.flush()
        if address := runtime().settings.clamav_address:
            scan(Path(_open_at(source)), address)
        open_ones = (source.fileno(), target.fileno())
        said = _taken_apart(_open_at(source), _open_at(target), NO_WORDS, handed=open_ones)
        target.seek(0)
        made = target.read(most + 1)
    if len(made) > most:
        raise Refused(N_("The file is larger than %(limit)s MB.", limit=most // 2**20))
    return Kind(said["kind"]), made


def _unnamed() -> IO[bytes]:
    """Return a file that is memory and stands in no folder; it is gone when it is closed, whatever ends this process."""
    return os.fdopen(os.memfd_create("checked", os.MFD_CLOEXEC), "w+b")


def _open_at(file: IO[bytes]) -> str:
    return f"/proc/self/fd/{file.fileno()}"


def _keep(content: IO[bytes], file: IO[bytes], most: int) -> None:
    size = 0
    while chunk := content.read(CHUNK):
        size += len(chunk)
        if size > most:
            raise Refused(N_("The file is larger than %(limit)s MB.", limit=most // 2**20))
        file.write(chunk)
    if not size:
        raise Refused(EMPTY)


@contextmanager
def _turn() -> Iterator[None]:
    """Wait until no other file is taken apart on this machine; NotNow when that takes too long."""
    with (folder() / "turn.lock").open("a") as lock:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    raise NotNow from None
                time.sleep(0.05)
        yield


def _taken_apart(source: str, target: str, words: str = "", *, handed: Collection[int] = ()) -> dict[str, Any]:
    """Let another process take a file apart, and return what it says. Whatever ends it, this one goes on."""
    try:
        done = subprocess.run(  # noqa: S603  # our own module, our own paths
            [sys.executable, "-m", "consult.attachments.child", source, target, words],
            capture_output=True,
            pass_fds=handed,
            timeout=LONGEST,
            check=False,
            env=_environment(),
        )
    except subprocess.TimeoutExpired as error:
        raise Refused(BURST) from error
    try:
        said: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        raise Refused(BURST) from None
    if "refused" in said:
        raise Refused(Message(said["refused"], said["params"]))
    if "burst" in said:
        raise Refused(BURST)
    return said


def _environment() -> dict[str, str]:
    """Return what the other process knows: where our code is, and none of the settings or secrets."""
    home = str(Path(__file__).parents[2])
    return {"PYTHONPATH": home, "PATH": os.environ.get("PATH", ""), "MALLOC_ARENA_MAX": "1", "OMP_NUM_THREADS": "1"}


def _checked(place: str, target: Path, said: dict[str, Any]) -> Checked:
    digest, size = sha256(), 0
    with target.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return Checked(place, Kind(said["kind"]), size, digest.hexdigest(), said["text"], said["scanned"])
