"""Files that are written for whoever asks, sent while they are written, and gone with the answer."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Callable, Iterator
from tempfile import TemporaryFile
from typing import IO, Any

from flask import current_app
from werkzeug.wrappers import Response

from consult.db import let_go, snapshot
from consult.turns import Queue, turns

#: Bytes that are sent at a time.
PIECE = 65_536
#: Writing ten thousand rows takes seconds: one file at a time in a process, a few wait.
_writing = Queue(1, 3, 60)


def sent_while_written(write: Callable[[IO[bytes]], object], kind: str, name: str) -> Response:
    """Return the answer that sends what `write` writes while it writes.

    It writes in a thread of its own, with the application but without the request, in one view of the database, and as fast as
    it can, to disk: a slow line keeps neither that view nor its place in the queue. `write` reads what it needs anew: rows of
    the visit belong to another session. What goes wrong before the first piece is raised here, Busy where too many wait. Later
    the connection is broken off, so that nobody takes a part for the whole; and once the reader has left, writing ends.
    """
    file, context = _Growing(), current_app.app_context()

    def run() -> None:
        with context:
            out = io.BufferedWriter(file)  # 8 KB: of packed rows a larger piece would be thousands
            try:
                with _writing.served(), snapshot():
                    write(out)
                    out.flush()
            except BaseException as error:  # it is raised where the answer is made or sent
                file.end(error)
            else:
                file.end()

    threading.Thread(target=run, name=f"write {name}", daemon=True).start()
    let_go()
    try:
        with turns.passed():
            file.wait()
    except BaseException:
        file.leave()
        raise
    answer = Response(file.pieces(), mimetype=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.call_on_close(file.leave)
    return answer


class _Growing(io.RawIOBase):
    """A file on disk that one thread writes while another reads it from its beginning."""

    def __init__(self) -> None:
        self._file, self._moved = TemporaryFile(buffering=0), threading.Condition()  # noqa: SIM115  # closed by `leave`
        self._size, self._ended, self._left = 0, False, False
        self._error: BaseException | None = None

    def writable(self) -> bool:
        """It is for writing; it cannot be wound back, so an archive is written without going back to its heads."""
        return True

    def write(self, data: Any, /) -> int:
        """Add to the end; what comes after the end is what was still held when writing failed. Raises BrokenPipeError once nobody reads."""
        with self._moved:
            if self._ended:
                return len(data)
            if self._left:
                raise BrokenPipeError
            self._file.seek(self._size)
            written = self._file.write(data) or 0
            self._size += written
            self._moved.notify_all()
            return written

    def end(self, error: BaseException | None = None) -> None:
        """Say that nothing more comes, and why where something went wrong."""
        with self._moved:
            self._ended, self._error = True, error
            self._moved.notify_all()

    def wait(self, beyond: int = 0) -> None:
        """Wait for bytes beyond a place, or for the end. Raises what went wrong with writing."""
        with self._moved:
            self._moved.wait_for(lambda: self._ended or self._size > beyond)
            if self._error is not None:
                raise self._error

    def pieces(self) -> Iterator[bytes]:
        """Yield what is written, as it comes."""
        place = 0
        try:
            while True:
                self.wait(place)
                if not (piece := os.pread(self._file.fileno(), PIECE, place)):
                    return
                place += len(piece)
                yield piece
        finally:
            self.leave()

    def leave(self) -> None:
        """Say that nobody reads any more, and give the file back."""
        with self._moved:
            self._left = True
            self._file.close()
