"""Taking a file through the other process: limits of memory, turns, the scanner, what is left on the disk."""

from __future__ import annotations

import socket
import stat
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from consult.attachments import Refused, check_file, path_of
from consult.attachments.kinds import EICAR, Kind, NotNow
from consult.runtime import Runtime, running
from consult.settings import Settings
from consult.testing.attached_files import box, good_files
from consult.testing.hostile_files import hostile_archives, hostile_others, hostile_pdfs

MB = 2**20
_MEASURE = (
    "import resource, subprocess, sys; "
    "subprocess.run([sys.executable, '-m', 'consult.attachments.child', *sys.argv[1:]], check=False); "
    "print(); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
)


@pytest.fixture
def instance(tmp_path: Path) -> Callable[..., Any]:
    """Run an instance whose files lie in the test's folder, with further settings."""

    def run(**more: Any) -> Any:
        parts: Any = Runtime(Settings(instance_path=tmp_path, **more), None, (), None)  # type: ignore[arg-type]
        return running(parts)

    return run


def left(folder: Path) -> list[str]:
    """Return the files that lie in the folder of files."""
    return sorted(path.name for path in (folder / "attachments").iterdir() if path.name != "turn.lock")


def test_a_file_lies_under_a_name_that_tells_nothing_and_for_its_owner_only(
    instance: Callable[..., Any], tmp_path: Path
) -> None:
    with instance():
        found = check_file(BytesIO(good_files()["pdf"]), MB)
        assert left(tmp_path) == [found.place]
        assert path_of(found.place).stat().st_size == found.size
        assert stat.S_IMODE(path_of(found.place).stat().st_mode) == 0o600
        assert stat.S_IMODE((tmp_path / "attachments").stat().st_mode) == 0o700
        for wrong in ("../consult.db", "a" * 31, "A" * 32, "/" * 32):
            with pytest.raises(ValueError, match="no place"):
                path_of(wrong)


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"", "empty"), (bytes(MB + 1), "larger than 1 MB"), (EICAR, "kind"), (b"%PDF-1.7", "damaged")],
)
def test_what_is_refused_leaves_nothing(content: bytes, why: str, instance: Callable[..., Any], tmp_path: Path) -> None:
    with instance(), pytest.raises(Refused, match=why):
        check_file(BytesIO(content), MB)
    assert left(tmp_path) == []


PHONES = {
    "HEIC": (box(b"ftyp", b"heic\0\0\0\0mif1heic"), Kind.JPEG),
    "AVIF": (box(b"ftyp", b"avif\0\0\0\0mif1"), Kind.JPEG),
    "AMR": (b"#!AMR\n" + bytes(100), Kind.M4A),
    "AAC": (b"\xff\xf1\x50\x80" + bytes(100), Kind.M4A),
    "WebM": (b"\x1a\x45\xdf\xa3" + bytes(100), Kind.M4A),
}


@pytest.mark.parametrize("name", PHONES)
def test_what_phones_make_is_refused_with_what_to_choose_instead(name: str, instance: Callable[..., Any]) -> None:
    """Where only other kinds are taken, nobody is told to bring a picture or a sound."""
    content, instead = PHONES[name]
    with instance():
        with pytest.raises(Refused, match=f"{name}.* not taken. Hand in .*(JPEG|M4A).*settings"):
            check_file(BytesIO(content), MB, [instead])
        with pytest.raises(Refused, match="kinds that are stand beside the field"):
            check_file(BytesIO(content), MB, [Kind.PDF])
        with pytest.raises(Refused, match=r"picture \(JPEG, PNG, WebP\) or a sound \(MP3, M4A, OGG, WAV\)"):
            check_file(BytesIO(b"\0\1\2"), MB)


def photograph() -> bytes:
    """Return a photograph of 48 million pixels."""
    out = BytesIO()
    Image.effect_noise((1000, 750), 60).resize((8000, 6000)).convert("RGB").save(out, "JPEG", quality=60)
    return out.getvalue()


BOMBS: dict[str, Callable[[], bytes]] = {
    "PDF": lambda: hostile_pdfs()["bomb"],
    "archive of one large part": lambda: hostile_archives()["ratio"],
    "archive of large parts": lambda: hostile_archives()["too much"],
    "entities": lambda: hostile_archives()["entities"],
    "picture": lambda: hostile_others()["50,000 by 50,000"],
    "honest photograph": photograph,
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_takes_less_than_200_megabytes(name: str, tmp_path: Path) -> None:
    """The whole process that takes it apart, with its libraries."""
    source = tmp_path / "source"
    source.write_bytes(BOMBS[name]())
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, str(source), str(tmp_path / "target")], capture_output=True, check=True
    )
    answer, kilobytes = done.stdout.split()[0], int(done.stdout.split()[-1])
    assert kilobytes < 200 * 1024
    assert (b"refused" in answer) == (name != "honest photograph")


@contextmanager
def daemon(answer: bytes, *, seen: list[bytes] | None = None) -> Iterator[str]:
    """Listen as a ClamAV daemon does: read a stream in pieces, find the test virus, otherwise answer as asked."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with server.accept()[0] as one, one.makefile("rb") as stream:
                assert stream.read(10) == b"zINSTREAM\0"
                content = b""
                while size := struct.unpack(">I", stream.read(4))[0]:
                    content += stream.read(size)
                if seen is not None:
                    seen.append(content)
                one.sendall(b"stream: Eicar-Signature FOUND\0" if EICAR in content else answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        thread.join()


def test_the_scanner_sees_the_file_as_it_came(instance: Callable[..., Any]) -> None:
    seen: list[bytes] = []
    with daemon(b"stream: OK\0", seen=seen) as address, instance(clamav_address=address):
        assert check_file(BytesIO(good_files()["png"]), MB).kind == "png"
    assert seen == [good_files()["png"]]


def test_what_the_scanner_finds_is_refused(instance: Callable[..., Any], tmp_path: Path) -> None:
    with daemon(b"") as address, instance(clamav_address=address), pytest.raises(Refused, match="virus"):
        check_file(BytesIO(hostile_others()["EICAR in png"]), MB)
    assert left(tmp_path) == []


@pytest.mark.parametrize("answer", [b"INSTREAM size limit exceeded. ERROR\0", b"", b"stream: OK but not quite\0"])
def test_without_a_clear_answer_nothing_is_taken(answer: bytes, instance: Callable[..., Any], tmp_path: Path) -> None:
    with daemon(answer) as address, instance(clamav_address=address), pytest.raises(NotNow):
        check_file(BytesIO(good_files()["png"]), MB)
    assert left(tmp_path) == []


@pytest.mark.parametrize("address", ["127.0.0.1:1", "unix:/nowhere/clamd", "nonsense"])
def test_a_scanner_that_is_not_there_lets_nothing_in(
    address: str, instance: Callable[..., Any], tmp_path: Path
) -> None:
    with instance(clamav_address=address), pytest.raises(NotNow, match="later"):
        check_file(BytesIO(good_files()["png"]), MB)
    assert left(tmp_path) == []
