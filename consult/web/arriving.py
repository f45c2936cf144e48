"""Requests as they arrive: what comes with a form of confidential testimony stays in memory, however large it is."""

from __future__ import annotations

from io import BytesIO
from typing import IO, Any

from flask import Flask, Request

#: Pages whose files must never touch a disk.
CONFIDENTIAL = "testimony"


class Arriving(Request):
    """A request whose files larger than half a megabyte lie in a temporary file, as Werkzeug does it, or else in memory."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[Any]:
        if self.blueprint == CONFIDENTIAL:
            return BytesIO()
        return super()._get_file_stream(total_content_length, content_type, filename, content_length)


def install(app: Flask) -> None:
    """Let an application receive its requests this way."""
    app.request_class = Arriving
