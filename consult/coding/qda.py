"""The REFI-QDA exchange format 1.5 (www.qdasoftware.org): a project (`.qdpx`) and a codebook (`.qdc`), as NVivo, MAXQDA,
ATLAS.ti, QualCoder, Taguette and others read them.

A project is a ZIP of `project.qde` and one text file for each submission, its passages one below the other with an empty line
between them. Positions count Unicode code points from 0; a selection ends before `endPosition`. XML is written as it comes, so
a corpus of any size takes the memory of a batch.
"""

from __future__ import annotations

import io
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import IO
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl
from zipfile import ZIP_DEFLATED, ZipFile

from consult import clock
from consult.accounts.access import Actor, demand
from consult.cleaning import clean_xml
from consult.coding.exports import ExportedCoding, ExportedText, exported_texts
from consult.coding.queries import CodeLine, codebook, coders_of, themes_of
from consult.consultations.models import Consultation

PROJECT, CODEBOOK = "urn:QDA-XML:project:1.0", "urn:QDA-XML:codebook:1.0"
ORIGIN = "consult"
#: Between two passages of a text file.
GAP = "\n\n"
#: Colours that other programs may show codes in; here a code is its number.
COLOURS = ("#1F6F78", "#B4532A", "#5B6C2F", "#7A4E8A", "#2F5D9B", "#9B2F4E", "#8A6D1F", "#3F7F5B")
VARIABLES = ("track", "region", "language")


class _Writer:
    """XML written as it comes; attributes without a value are left out."""

    def __init__(self, out: io.TextIOBase | io.TextIOWrapper) -> None:
        self._xml = XMLGenerator(out, encoding="utf-8", short_empty_elements=True)
        self._xml.startDocument()

    @contextmanager
    def element(self, name: str, /, **attributes: object) -> Iterator[None]:
        """Write an element around what is written inside."""
        given = {key: clean_xml(str(value)) for key, value in attributes.items() if value is not None}
        self._xml.startElement(name, AttributesImpl(given))
        yield
        self._xml.endElement(name)

    def empty(self, name: str, /, **attributes: object) -> None:
        """Write an element without content."""
        with self.element(name, **attributes):
            pass

    def text(self, name: str, words: str, /, **attributes: object) -> None:
        """Write an element that holds words."""
        with self.element(name, **attributes):
            self._xml.characters(clean_xml(words))


def write_codebook(consultation: Consultation, language: str, out: IO[bytes], *, actor: Actor) -> None:
    """Write the codebook alone; themes become sets of codes. Raises Forbidden."""
    demand(actor, "coding.organise", consultation)
    codes = codebook(consultation.id)
    text = io.TextIOWrapper(out, encoding="utf-8", write_through=True)
    xml = _Writer(text)
    with xml.element("CodeBook", xmlns=CODEBOOK, origin=ORIGIN):
        _write_codes(xml, codes, language)
        themes = [(theme.id, theme.names.for_language(language)) for theme in themes_of(consultation.id)]
        if themes:
            with xml.element("Sets"):
                _write_sets(xml, themes, codes, "guid")
    text.detach()


def write_project(consultation: Consultation, language: str, out: IO[bytes], *, actor: Actor) -> int:
    """Write the project and return the number of texts. Raises Forbidden."""
    demand(actor, "coding.organise", consultation)
    codes = codebook(consultation.id)
    themes = [(theme.id, theme.names.for_language(language)) for theme in themes_of(consultation.id)]
    users = {0: _guid(consultation.id, "settled"), **{line.number: line.id for line in coders_of(consultation.id)}}
    count, notes = 0, io.StringIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        # The project's XML names what the ZIP holds besides; a ZIP takes one file at a time, so texts are read twice.
        for text in exported_texts(consultation, actor=actor):
            archive.writestr(f"sources/{_guid(text.id, text.revision)}.txt", whole_text(text)[0])
            count += 1
        with archive.open("project.qde", "w", force_zip64=True) as raw:
            written = io.TextIOWrapper(raw, encoding="utf-8")
            xml = _Writer(written)
            now = _moment(clock.now())
            name = consultation.names.for_language(language)
            with xml.element("Project", xmlns=PROJECT, name=name, origin=ORIGIN, creationDateTime=now):
                _write_users(xml, users)
                if codes:  # what is empty is left out, as the schema asks
                    with xml.element("CodeBook"):
                        _write_codes(xml, codes, language)
                _write_variables(xml, consultation)
                if count:
                    with xml.element("Sources"):
                        for text in exported_texts(consultation, actor=actor):
                            _write_source(xml, text, users, consultation, notes)
                if notes.tell():
                    written.flush()
                    written.write(f"<Notes>{notes.getvalue()}</Notes>")
                if themes:
                    with xml.element("Sets"):
                        _write_sets(xml, themes, codes, "targetGUID")
            written.flush()
            written.detach()
    return count


def whole_text(text: ExportedText) -> tuple[str, Mapping[int, int]]:
    """Return a text as its file holds it, and where each passage begins, in code points."""
    begins, at = {}, 0
    for number, _, words in text.passages:
        begins[number] = at
        at += len(words) + len(GAP)
    return GAP.join(words for _, _, words in text.passages), begins


def _guid(*of: object) -> uuid.UUID:
    """Return the identifier of what has no row of its own, the same in every export."""
    return uuid.uuid5(uuid.NAMESPACE_URL, "/".join(map(str, ("urn:consult:qda", *of))))


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _write_users(xml: _Writer, users: Mapping[int, uuid.UUID]) -> None:
    with xml.element("Users"):
        for number, guid in users.items():
            xml.empty("User", guid=guid, name=f"Coder {number}" if number else "Settled")


def _write_codes(xml: _Writer, codes: Sequence[CodeLine], language: str) -> None:
    """Write the tree; codes that are given no more stand at the top, merged ones are left out: theirs count elsewhere."""
    below: dict[int, list[CodeLine]] = {}
    kept = [code for code in codes if not code.into]
    numbers = {code.number for code in kept}
    for code in kept:
        below.setdefault(code.parent if code.parent in numbers and code.in_use else 0, []).append(code)

    def write(parent: int) -> None:
        for code in below.get(parent, ()):
            colour = COLOURS[code.number % len(COLOURS)]
            with xml.element("Code", guid=code.id, name=_name(code, language), isCodable="true", color=colour):
                if memo := _description(code, language):
                    xml.text("Description", memo)
                write(code.number)

    with xml.element("Codes"):
        write(0)


def _name(code: CodeLine, language: str) -> str:
    return f"{code.number} {code.names.for_language(language)}"


def _description(code: CodeLine, language: str) -> str:
    return GAP.join(filter(None, (code.memos.for_language(language), code.examples.for_language(language))))


def _write_sets(xml: _Writer, themes: Iterable[tuple[uuid.UUID, str]], codes: Sequence[CodeLine], naming: str) -> None:
    """Write themes as sets; `naming` is the attribute that names a member, which is another in each of the two schemas."""
    for theme, name in themes:
        with xml.element("Set", guid=theme, name=name):
            for code in codes:
                if code.theme == theme and not code.into:
                    xml.empty("MemberCode", **{naming: code.id})


def _write_variables(xml: _Writer, consultation: Consultation) -> None:
    with xml.element("Variables"):
        for name in VARIABLES:
            xml.empty("Variable", guid=_guid(consultation.id, name), name=name, typeOfVariable="Text")


def _write_source(
    xml: _Writer, text: ExportedText, users: Mapping[int, uuid.UUID], consultation: Consultation, notes: io.StringIO
) -> None:
    guid = _guid(text.id, text.revision)
    begins = whole_text(text)[1]
    with xml.element(
        "TextSource",
        guid=guid,
        name=f"{text.number} {text.title}",
        plainTextPath=f"internal://{guid}.txt",
        creatingUser=users[0],
        creationDateTime=_moment(text.at),
    ):
        for one in text.codings:
            _write_selection(xml, one, guid, begins[one.passage], users)
        for (coder, passage), words in text.memos.items():
            note = _guid(guid, "memo", coder, passage)
            xml.empty("NoteRef", targetGUID=note)
            _write_note(notes, note, f"{text.number} ({passage})", users[coder], words)
        for name in VARIABLES:
            with xml.element("VariableValue"):
                xml.empty("VariableRef", targetGUID=_guid(consultation.id, name))
                xml.text("TextValue", getattr(text, name))


def _write_selection(
    xml: _Writer, one: ExportedCoding, source: uuid.UUID, at: int, users: Mapping[int, uuid.UUID]
) -> None:
    mark, user = one.mark, users[one.coder]
    with xml.element(
        "PlainTextSelection",
        guid=_guid(source, one.coder, one.passage, mark.code, "selection"),
        name=mark.stance or None,
        startPosition=at + mark.begins,
        endPosition=at + mark.ends,
        creatingUser=user,
    ):
        coding = _guid(source, one.coder, one.passage, mark.code, "coding")
        with xml.element("Coding", guid=coding, creatingUser=user):
            xml.empty("CodeRef", targetGUID=mark.code)


def _write_note(notes: io.StringIO, guid: uuid.UUID, name: str, user: uuid.UUID, words: str) -> None:
    xml = XMLGenerator(notes, encoding="utf-8", short_empty_elements=True)
    xml.startElement("Note", AttributesImpl({"guid": str(guid), "name": name, "creatingUser": str(user)}))
    xml.startElement("PlainTextContent", AttributesImpl({}))
    xml.characters(clean_xml(words))
    xml.endElement("PlainTextContent")
    xml.endElement("Note")
