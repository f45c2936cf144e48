"""What a file or page says however it hides it, for tests that look for words which must not stand there."""

from __future__ import annotations

import html
import io
import json
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import unquote

import pypdfium2

_PLANTED = re.compile(r"qx[a-z]+")


def readable(content: bytes) -> Iterator[str]:
    """Yield a file's text however it hides it: packed, set on pages, escaped, in parts of letters."""
    if content.startswith(b"%PDF"):
        document = pypdfium2.PdfDocument(content)
        content = "".join(page.get_textpage().get_text_bounded() for page in document).encode()
        content += json.dumps(document.get_metadata_dict(), ensure_ascii=False).encode()
        document.close()
    elif content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            content = b"".join(packed.read(part) for part in packed.namelist())
    text = unicodedata.normalize("NFKC", content.decode("utf-8", "replace"))
    yield text
    yield text[::-1]  # Arabic words may lie in a file as they are drawn
    yield html.unescape(unquote(text))
    yield re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), text)


def told(canaries: Sequence[str], texts: Iterable[str]) -> set[str]:
    """Return the canaries that readable texts hold."""
    return {canary for text in map(str.casefold, texts) for canary in canaries if canary in text}


def kept_back_words(texts: Iterable[str]) -> set[str]:
    """Return the planted words that readable texts hold, whatever follows them."""
    return {word for text in texts for word in _PLANTED.findall(text)}


__all__ = ["kept_back_words", "readable", "told"]
