"""The renderers: each turns a document tree into one file, and knows nothing but the tree."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType

from consult.outcomes.tree import Document


@dataclass(frozen=True, slots=True)
class Format:
    """A file format: its media type, the extension of its files, and the module whose `render` makes it."""

    media_type: str
    extension: str
    module: str

    def function(self) -> Callable[[Document, str | None], bytes]:
        """Return the function that renders; the module is loaded now, so that a page never pays for typst."""
        made: Callable[[Document, str | None], bytes] = import_module(self.module).render
        return made


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "pdf": Format("application/pdf", "pdf", "consult.outcomes.renderers.pdf"),
        "html": Format("text/html; charset=utf-8", "html", "consult.outcomes.renderers.html"),
    }
)


def render(document: Document, form: str, seal: str | None = None) -> bytes:
    """Return the document as a file of a format in `FORMATS`; another format is a KeyError.

    `seal` is that of the edition when it covers several languages; left out, it is the document's own.
    """
    return FORMATS[form].function()(document, seal)
