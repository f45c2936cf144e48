"""The XML of documents, read through once: what reaches out or acts is refused, and the words are kept for searching."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.parsers import expat

from consult.attachments.kinds import Kind, Refused
from consult.i18n import N_

#: Elements whose text is read by people, and those after which a line ends.
WORDS = {
    Kind.DOCX: frozenset({"t"}),
    Kind.XLSX: frozenset({"t", "v"}),
    Kind.ODT: frozenset({"p", "h", "span", "a", "title", "desc"}),
}
LINES = frozenset({"p", "h", "si", "row", "tr"})
TEXTS = {
    Kind.DOCX: re.compile(r"^word/(document|footnotes|endnotes|header\d*|footer\d*)\.xml$"),
    Kind.XLSX: re.compile(r"^xl/(sharedstrings\.xml|worksheets/[^/]+\.xml)$"),
    Kind.ODT: re.compile(r"^content\.xml$"),
}
FORMULAS = frozenset({"f", "formula", "formula1", "formula2", "definedName"})
#: Formulas that read, call or open what is outside the workbook; strings in quotes are taken out before. `[0]` is the workbook
#: itself: so charts name its ranges.
REACHING = re.compile(
    r"\||(?<![\w\]])\[(?!0\])\d+\]|\[[^\]]*\.xl|\b(WEBSERVICE|FILTERXML|RTD|CALL|REGISTER(\.ID)?|EXEC|HYPERLINK|IMAGE|DDE|"
    r"SQL\.REQUEST|IMPORT\w+|CUBE\w+)\s*\(|file:|\\\\",
    re.I,
)
#: Fields of a text that fetch, run, or are put together so that they are not seen.
FIELDS = re.compile(
    r"DDEAUTO|\bDDE\b|INCLUDETEXT|INCLUDEPICTURE|\bINCLUDE\b|\bIMPORT\b|\bLINK\b|\bDATABASE\b|MACROBUTTON|\bQUOTE\b|"
    r"\bEMBED\b|\bRD\b|AUTOTEXT|\bGOTOBUTTON\b",
    re.I,
)
ACTING = frozenset(
    {
        "event-listener",
        "event",
        "script",
        "execute-macro",
        "dde-connection",
        "dde-connection-decl",
        "dde-source",
        "object",
        "object-ole",
        "plugin",
        "applet",
        "floating-frame",
        "section-source",
        "control",
        "oleObject",
        "OLEObject",
        "altChunk",
        "subDoc",
        "attachedTemplate",
        "ddeLink",
        "externalBook",
        "externalReference",
    }
)
#: Addresses that a person follows by a click of their own.
FOLLOWED = ("http:", "https:", "mailto:", "#")
_SCHEME = re.compile(r"^\s*([a-z][a-z0-9+.-]*):|^\s*[\\/]{2}|^\s*\.\./", re.I)
_QUOTED = re.compile(r'"[^"]*"')

DECLARES = N_("The file declares entities, as no office program does. Save it anew from its program.")
ACTS = N_("The file holds something that runs or fetches when it is opened. Save it without, or as PDF.")
REACHES = N_("A formula reads or opens what is outside the workbook. Keep its value instead, or save it as PDF.")
LINKED = N_("The file fetches something from elsewhere when it is opened. Save it without such links, or as PDF.")


def _local(name: str) -> str:
    return name.rpartition(":")[2]


class Reader:
    """Reads the parts of one document in turn; `text` is what people read in it, at most so many characters."""

    def __init__(self, kind: Kind, most: int) -> None:
        self.kind, self.most = kind, most
        self._found: list[str] = []
        self._size = 0

    @property
    def text(self) -> str:
        """The words so far."""
        return "".join(self._found)[: self.most]

    def read(self, name: str, content: bytes) -> None:
        """Read a part. Raises Refused, or ExpatError where it is no XML."""
        _Part(self, name.lower(), TEXTS[self.kind].match(name.lower()) is not None).read(content)

    def add(self, text: str) -> None:
        """Keep words while there is room."""
        if self._size < self.most:
            self._found.append(text)
            self._size += len(text)


class _Part:
    def __init__(self, reader: Reader, name: str, is_text: bool) -> None:
        self.reader, self.name, self.is_text = reader, name, is_text
        self.within: list[str] = []
        self.fields: list[str] = []
        self.formula: list[str] = []

    def read(self, content: bytes) -> None:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self.declared
        parser.StartElementHandler, parser.EndElementHandler = self.begun, self.ended
        parser.CharacterDataHandler = self.words
        parser.Parse(content, True)
        if FIELDS.search("".join(self.fields)):
            raise Refused(ACTS)

    def declared(self, *_: object) -> None:
        raise Refused(DECLARES)

    def begun(self, name: str, attributes: Mapping[str, str]) -> None:
        local = _local(name)
        self.within.append(local)
        if local in ACTING and not (
            self.reader.kind is not Kind.ODT and local in ("object", "control", "script", "event")
        ):
            raise Refused(ACTS)
        if local == "scripts" and self.reader.kind is Kind.ODT:
            return
        if local == "Relationship" and attributes.get("TargetMode", "").lower() == "external":
            self.linked(attributes)
        if local == "fldChar":
            self.fields.append("\n")
        if local in FORMULAS:
            self.formula = []
        self.looked_at(local, attributes)

    def looked_at(self, element: str, attributes: Mapping[str, str]) -> None:
        """Refuse attributes that reach out."""
        for name, value in attributes.items():
            local = _local(name)
            if local == "instr":
                self.fields.append(f"\n{value}\n")
            elif local == "macro" and value.strip() and self.reader.kind is Kind.XLSX:
                raise Refused(ACTS)
            elif local == "href" and self.reader.kind is Kind.ODT and _SCHEME.match(value):
                if element != "a" or not value.strip().lower().startswith(FOLLOWED):
                    raise Refused(LINKED)
            elif local == "formula" and REACHING.search(_QUOTED.sub("", value)):
                raise Refused(REACHES)

    def linked(self, attributes: Mapping[str, str]) -> None:
        target = attributes.get("Target", "").strip().lower()
        if not attributes.get("Type", "").endswith("/hyperlink") or not target.startswith(FOLLOWED):
            raise Refused(LINKED)

    def ended(self, name: str) -> None:
        local = _local(name)
        self.within.pop()
        if local in FORMULAS:
            if self.reader.kind is Kind.XLSX and REACHING.search(_QUOTED.sub("", "".join(self.formula))):
                raise Refused(REACHES)
            self.formula = []
        if self.is_text and local in LINES:
            self.reader.add("\n")
        elif self.is_text and local in ("v", "tab"):
            self.reader.add(" ")

    def words(self, text: str) -> None:
        here = self.within[-1] if self.within else ""
        if here == "instrText":
            self.fields.append(text)
        elif here in FORMULAS:
            self.formula.append(text)
        elif self.is_text and here in WORDS[self.reader.kind]:
            self.reader.add(text)
