"""A file as a browser posts it, and what a page of an import says."""

from __future__ import annotations

import re
from typing import Any

from flask.testing import FlaskClient


def send_file(client: FlaskClient, page: str, data: bytes, name: str = "x") -> Any:
    """Post a file to a page as a browser does, with the token of its form; the test client would leave a large one open."""
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(page).text)
    parts = (
        f'--xyz\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token[1] if token else ""}\r\n'
        f'--xyz\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    )
    body = parts.encode() + data + b"\r\n--xyz--\r\n"
    return client.post(page, data=body, content_type="multipart/form-data; boundary=xyz")


def read(page: str) -> str:
    """Return the words of a page's main part, by single spaces."""
    return " ".join(re.sub(r"<[^>]+>", " ", re.sub(r"</?(?:b|bdi)\b[^>]*>", "", page[page.index("<main") :])).split())


def roles(page: str) -> list[str]:
    """Return what the columns of a file are chosen to be."""
    return re.findall(r'<option value="([\w.]*)" selected', page)
