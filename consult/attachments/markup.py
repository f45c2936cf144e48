"""The XML of documents, read through once: what reaches out or acts is refused, and the words are kept for searching."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.parsers import expat

from consult.attachments.kinds import Kind, Refused
from consult.i18n import N_, Message

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
#: Where a formula can stand beside cells: in names, rules for cells, lists to choose from, columns of a table, charts.
FORMULAS = frozenset(
    {
        "f",
        "formula",
        "formula1",
        "formula2",
        "definedName",
        "calculatedColumnFormula",
        "totalsRowFormula",
    }
)
#: What leads out of the workbook; strings in quotes are taken out before. `[0]` is the workbook itself: so charts name its ranges.
REACHING = re.compile(r"\||(?<![\w\]])\[(?!0\])\d+\]|\[[^\]]*\.xl|file:|\\\\", re.I)
#: What calculates, and is no name of cells, number, word or error: a function that is called, an operator.
CALCULATING = re.compile(r"[\w.]\s*\(|[-+*/^&=<>%]")
_CONSTANT = re.compile(r"\s*(?:[-+]?[\d.]+(?:E[-+]?\d+)?%?|#[A-Z/0]+[!?]?)\s*")
#: Names of sheets and words in quotes, columns of a table in brackets: whatever stands in them calculates nothing.
_NAMED = re.compile(r"'(?:[^']|'')*'|\[[^\[\]]*\]")
#: How a text of OpenDocument writes a formula, and one that counts captions: the number before, and one.
_WRITTEN, _COUNTED = re.compile(r"^(?:ooow|oooc|of|msoxl):=?"), re.compile(r"\w*\s*\+\s*1")
#: A field of Word that calculates; what stands before the words of each field as it begins.
BEGUN = "\x02"
SUM = re.compile(BEGUN + r"\s*=")
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
        "FmlaMacro",
    }
)
#: Addresses that a person follows by a click of their own.
FOLLOWED = ("http:", "https:", "mailto:", "#")
_SCHEME = re.compile(r"^\s*([a-z][a-z0-9+.-]*):|^\s*[\\/]{2}|^\s*\.\./", re.I)
_QUOTED = re.compile(r'"[^"]*"')
_CELL = re.compile(r"[A-Z]{1,3}[1-9]\d{0,6}")

DECLARES = N_("The file declares entities, as no office program does. Save it anew from its program.")
ACTS = N_("The file holds something that runs or fetches when it is opened. Save it without, or as PDF.")
FORMULA = N_(
    "A cell, a name, a rule for cells or a chart of the workbook holds a formula. Put values in its place, or save the workbook as PDF."
)
FORMULA_IN_TEXT = N_("A field or a table of the text calculates. Put the result in its place, or save the text as PDF.")
REACHES = N_("A formula reads or opens what is outside the workbook. Keep its value instead, or save it as PDF.")
LINKED = N_("The file fetches something from elsewhere when it is opened. Save it without such links, or as PDF.")


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def calculates(formula: str) -> bool:
    """Tell whether a formula does more than name cells or say one value."""
    bare = _QUOTED.sub("", formula)
    if _CONSTANT.fullmatch(bare):
        return False
    while (less := _NAMED.sub("", bare)) != bare:
        bare = less
    return CALCULATING.search(bare) is not None


def _formula_in(cell: str) -> Message:
    return N_(
        "Cell %(cell)s holds a formula. Copy the cells and paste them as values, or save the workbook as PDF.",
        cell=cell,
    )


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
        self.cell = ""

    def read(self, content: bytes) -> None:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self.declared
        parser.StartElementHandler, parser.EndElementHandler = self.begun, self.ended
        parser.CharacterDataHandler = self.words
        parser.Parse(content, True)
        fields = "".join(self.fields)
        if FIELDS.search(fields):
            raise Refused(ACTS)
        if SUM.search(fields):
            raise Refused(FORMULA_IN_TEXT)

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
            said = {_local(name): value for name, value in attributes.items()}.get("fldCharType")
            self.fields.append("\n" if said in ("separate", "end") else f"\n{BEGUN}")
        if local in FORMULAS:
            self.formula = []
        elif local == "c":
            self.cell = attributes.get("r", "")
        self.looked_at(local, attributes)

    def looked_at(self, element: str, attributes: Mapping[str, str]) -> None:
        """Refuse attributes that reach out."""
        for name, value in attributes.items():
            local = _local(name)
            if local == "instr":
                self.fields.append(f"\n{BEGUN}{value}\n")
            elif local == "macro" and value.strip() and self.reader.kind is Kind.XLSX:
                raise Refused(ACTS)
            elif local == "href" and self.reader.kind is Kind.ODT and _SCHEME.match(value):
                if element != "a" or not value.strip().lower().startswith(FOLLOWED):
                    raise Refused(LINKED)
            elif local == "formula" or (element == "cfvo" and local == "val"):
                self.demand_no_formula(element, value)

    def demand_no_formula(self, element: str, formula: str) -> None:
        """Refuse what an element calculates. In a cell that is whatever stands there, elsewhere names of cells are none."""
        if self.reader.kind is Kind.ODT:
            bare = _WRITTEN.sub("", formula.strip())
            counts = element == "equation" or (
                element == "sequence" and _COUNTED.fullmatch(bare)
            )  # of a shape, of captions
            if not counts and (element.endswith("table-cell") or calculates(bare)):
                raise Refused(FORMULA_IN_TEXT)
        elif element == "c":
            raise Refused(_formula_in(self.cell) if _CELL.fullmatch(self.cell) else FORMULA)
        elif REACHING.search(_QUOTED.sub("", formula)):
            raise Refused(REACHES)
        elif calculates(formula):
            raise Refused(FORMULA)

    def linked(self, attributes: Mapping[str, str]) -> None:
        target = attributes.get("Target", "").strip().lower()
        if not attributes.get("Type", "").endswith("/hyperlink") or not target.startswith(FOLLOWED):
            raise Refused(LINKED)

    def ended(self, name: str) -> None:
        local = _local(name)
        self.within.pop()
        if local in FORMULAS:
            if self.reader.kind is Kind.XLSX:
                self.demand_no_formula(self.within[-1] if self.within else "", "".join(self.formula))
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
