"""Files that are written for whoever asks: on disk, sent a piece at a time, and gone with the answer."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from werkzeug.wrappers import Response

#: Bytes that are sent at a time.
PIECE = 65_536


def written_file(file: Any, kind: str, name: str) -> Response:
    """Return the answer that sends an open file of this media type from its beginning, and closes it."""
    answer = Response(_pieces(file), mimetype=kind)
    answer.call_on_close(file.close)
    answer.content_length = file.seek(0, io.SEEK_END)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _pieces(file: Any) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while piece := file.read(PIECE):
            yield piece
