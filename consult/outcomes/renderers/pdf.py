"""PDF: typst sets the tree as data, pikepdf makes the file the same for good.

PDF/UA-1 and PDF/A-2a with tags. The template is given JSON and never evaluates a word of it. Dates are the edition's,
fonts are the package's, identifiers come from the content: the same document gives the same bytes.
"""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import get_args

import pikepdf
import typst

from consult.outcomes.canonical import canonical
from consult.outcomes.renderers.fonts import font_directory, font_paths, printable
from consult.outcomes.renderers.seals import sealed
from consult.outcomes.tree import Block, Clause, Document
from consult.outcomes.walk import walk

__all__ = ["SettingFailed", "cleaned", "compiled", "font_paths", "printable", "render", "template_inputs"]

TEMPLATE = Path(__file__).with_name("document.typ")
_ANCHORED = (*get_args(Block), Clause)
# A word that nothing breaks would run off the page, where no one would miss it.
_UNBROKEN = re.compile(r"[^\s\u200b\u00ad/–—-]{31,}")
_NOT_WORDS = frozenset(
    {"href", "id", "key", "lang", "dir", "type", "kind", "published", "site", "verification", "checkpoint", "value"}
)
_TARGET = re.compile(r'"href":"#((?:[^"\\]|\\.)*)"')


class SettingFailed(RuntimeError):
    """Typst could not set a document: a fault of the template, told with typst's own words."""


def render(document: Document, seal: str | None = None) -> bytes:
    """Return the document as PDF; raise ValueError when it cannot be frozen, SettingFailed when typst cannot set it."""
    return cleaned(compiled(template_inputs(document, seal)))


def template_inputs(document: Document, seal: str | None = None) -> dict[str, str]:
    """Return what the template reads: the frozen tree, the anchors it may link to, seal, address and code."""
    frozen = printable(canonical(document).decode())
    known = sealed(document, seal)
    wanted = {json.loads(f'"{name}"') for name in _TARGET.findall(frozen)}
    anchors = {node.id for node in walk(document) if isinstance(node, _ANCHORED)}
    return {
        "document": json.dumps(_breakable(json.loads(frozen)), ensure_ascii=False),
        "targets": json.dumps(sorted(wanted & anchors)),
        "seal": known.seal,
        "address": known.address,
        "qr": known.qr_svg,
    }


def _breakable(value: object, key: str = "") -> object:
    """Return the tree with a place to break after every ten characters of a word longer than thirty."""
    match value:
        case str() if key not in _NOT_WORDS and len(value) > 30:
            return _UNBROKEN.sub(lambda word: re.sub(r"(.{10})(?!$)", "\\1\u200b", word[0]), value)
        case list():
            return [_breakable(part, key) for part in value]
        case dict():
            return {name: _breakable(part, name) for name, part in value.items()}
    return value


def compiled(inputs: dict[str, str], template: Path = TEMPLATE, root: Path | None = None) -> bytes:
    """Return what typst makes of the inputs; system fonts and packages are out of its reach, and files above `root`."""
    try:
        return typst.compile(
            template,
            root=root or template.parent,
            font_paths=[font_directory()],
            ignore_system_fonts=True,
            format="pdf",
            sys_inputs=inputs,
            pdf_standards=["a-2a", "ua-1"],
            timestamp=0,
        )
    except typst.TypstError as error:
        raise SettingFailed(f"{error.message}\n{error.diagnostic}") from error
    except BaseException as fault:
        # a panic in Rust is no Exception, and would end a worker that only catches those
        if type(fault).__module__ != "pyo3_runtime":
            raise
        raise SettingFailed("typst broke off") from fault


def cleaned(pdf: bytes) -> bytes:
    """Return the PDF with nothing in it that depends on when, where or by what it was made.

    `/Direction` goes: readers turn whole pages round by it. `/Suspects false` goes: it is the default, and poppler warns of
    it. The identifier is derived from the content.
    """
    made = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as file:
        preferences = file.Root.ViewerPreferences
        if "/Direction" in preferences:
            del preferences["/Direction"]
        preferences["/DisplayDocTitle"] = True
        marks = file.Root.MarkInfo
        if "/Suspects" in marks and not marks.Suspects:
            del marks["/Suspects"]
        file.save(
            made,
            deterministic_id=True,
            fix_metadata_version=False,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
        )
    return made.getvalue()
