"""Which columns of a table say what of a body: known files, and maps that a person makes, guessed from headings in three languages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from typing import Any

from consult.accounts.bodies.ending import EndDraft
from consult.accounts.bodies.services import BodyDraft
from consult.errors import Problem, Rejected
from consult.folding import fold
from consult.i18n import N_, Localized, Message
from consult.typed_days import A_DAY, read_moment

Cells = Mapping[str, str]
#: Roles of columns: each may be one column only.
BODY_ROLES: Mapping[str, Message] = {
    "": N_("Leave it out"),
    "key": N_("Code of the body"),
    "kind": N_("Kind of body"),
    "name_ar": N_("Name in Arabic"),
    "name_en": N_("Name in English"),
    "name_fr": N_("Name in French"),
    "level": N_("Level"),
    "region": N_("Region"),
    "district": N_("District"),
    "parent": N_("Code of the body above it"),
    "source": N_("Where this was read"),
    "since": N_("From which day"),
}
NAMES = ("name_ar", "name_en", "name_fr")
#: Columns of the end of a body.
END = ("ended", "ended_source", "successors")
BODY_COLUMNS = ("key", "kind", *NAMES, "level", "region", "district", "parent", "source", "since", *END)
#: Columns that an export of before may lack.
LATER_COLUMNS = frozenset({"level", "since", *END})
#: Words in headings, folded, by what they say the column is.
_HEADINGS: Sequence[tuple[str, Sequence[str]]] = (
    ("key", ("key", "code", "id", "no", "number", "الرمز", "رمز", "رمز الجهه", "معرف", "المعرف", "رقم", "cle", "identifiant")),
    ("kind", ("kind", "type", "kind of body", "النوع", "نوع", "نوع الجهه", "nature", "type d'organisme")),
    ("name_ar", ("name ar", "arabic name", "name in arabic", "الاسم", "اسم", "اسم الجهه", "الاسم بالعربيه", "nom arabe", "nom en arabe")),
    ("name_en", ("name en", "name", "english name", "name in english", "الاسم بالانجليزيه", "nom anglais", "nom en anglais")),
    ("name_fr", ("name fr", "nom", "french name", "name in french", "الاسم بالفرنسيه", "nom francais", "nom en francais")),
    ("level", ("level", "المستوي", "مستوي", "niveau")),
    ("region", ("region", "الاقليم", "اقليم", "المنطقه", "منطقه")),
    ("district", ("district", "district iso", "الشعبيه", "المحافظه", "محافظه", "departement")),
    ("parent", ("parent", "above", "belongs to", "الجهه الاعلي", "تتبع", "يتبع", "organisme superieur", "rattachement")),
    ("source", ("source", "reference", "المصدر", "مصدر", "المرجع")),
    ("since", ("since", "from", "from which day", "changed on", "منذ", "من يوم", "اعتبارا من", "depuis", "a partir du", "des le")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class BodyRow:
    """A row: a body, and the day from which it is so, as it was written ("" for a row that only corrects).

    One that has ended has the first day without it, where that is written, and the codes of those that followed it.
    """

    draft: BodyDraft
    day: str = ""
    ended: str = ""
    ended_source: str = ""
    successors: str = ""

    @property
    def since(self) -> date | None:
        """The day, None for none. Raises Rejected for what is none."""
        return _day(self.day, "since")

    @property
    def end(self) -> EndDraft | None:
        """How the body ended, None for one that did not. Raises Rejected for a day that is none."""
        day = _day(self.ended, "ended")
        return None if day is None else EndDraft(day, self.ended_source, tuple(self.successors.split()))


def _day(text: str, column: str) -> date | None:
    if not text.strip():
        return None
    moment, wrong = read_moment(text, UTC)  # a cell of a spreadsheet has the time of day with it
    if moment is None:
        raise Rejected(wrong or A_DAY, column)
    return moment.date()


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file that is known by its columns: its name, what it is called, and how its rows are read."""

    name: str
    label: Message
    columns: frozenset[str]
    facts: Callable[[Cells], BodyDraft]

    def read(self, cells: Cells) -> BodyRow:
        """Return a row of the file."""
        return BodyRow(self.facts(cells), cells.get("since", ""), *(cells.get(one, "") for one in END))


def _municipality(cells: Cells) -> BodyDraft:
    return BodyDraft(
        cells["id"],
        "municipality",
        _names(cells),
        region=cells["region"],
        district=cells["district_iso"],
        source="municipalities.csv",
    )


def _academic(cells: Cells) -> BodyDraft:
    kind = "university" if cells["kind"] == "education" else "research_centre"
    return BodyDraft(cells["id"], kind, _names(cells), source=cells["source"])


def _institution(cells: Cells) -> BodyDraft:
    return BodyDraft(cells["code"], cells["kind"], _names(cells), parent_key=cells["parent"], source=cells["source"])


def _own(cells: Cells) -> BodyDraft:
    return BodyDraft(
        cells["key"],
        cells["kind"],
        _names(cells),
        region=cells["region"],
        district=cells["district"],
        parent_key=cells["parent"],
        source=cells["source"],
        level=cells.get("level", ""),
    )


def _names(cells: Cells) -> Localized:
    return Localized({name[-2:]: cells.get(name, "").strip() for name in NAMES})


KNOWN: Sequence[KnownFile] = (
    KnownFile("own", N_("An export of consult"), frozenset(BODY_COLUMNS) - LATER_COLUMNS, _own),
    KnownFile(
        "municipalities",
        N_("Municipalities"),
        frozenset({"id", "name_en", "name_ar", "district_iso", "region"}),
        _municipality,
    ),
    KnownFile(
        "academic",
        N_("Universities and research centres"),
        frozenset({"id", "name_en", "name_ar", "acronym", "kind", "source"}),
        _academic,
    ),
    KnownFile(
        "institutions",
        N_("Institutions of the state"),
        frozenset({"code", "name_en", "name_ar", "name_fr", "kind", "parent", "source"}),
        _institution,
    ),
)


def known_file(columns: Sequence[str]) -> KnownFile | None:
    """Return what a table with these columns is, None if it is none of the known ones."""
    return next((known for known in KNOWN if known.columns <= set(columns)), None)


def known_named(name: str) -> KnownFile | None:
    """Return a known file by its name, None for none."""
    return next((known for known in KNOWN if known.name == name), None)


def guess_body_roles(columns: Sequence[str]) -> dict[str, str]:
    """Return what each column may be by its heading, "" for those nothing tells of."""
    roles: dict[str, str] = {}
    for column in columns:
        heading = " ".join(re.sub(r"[_\-./:()]+", " ", fold(column)).split())
        role = next((one for one, words in _HEADINGS if heading in {fold(word) for word in words}), "")
        roles[column] = "" if role in roles.values() else role
    return roles


def body_given(roles: Mapping[str, str], *, kind: str = "") -> dict[str, Any]:
    """Return the map that these roles make; a kind for all rows stands where no column says it."""
    given: dict[str, Any] = {"kind": kind} if kind else {}
    return given | {role: f"{{{column}}}" for column, role in roles.items() if role}


def body_roles_of(given: Mapping[str, Any], columns: Sequence[str]) -> dict[str, str]:
    """Return what a map says each column is, "" for those it leaves out."""
    said = {str(given[role]): role for role in BODY_COLUMNS if role in given}
    return {column: said.get(f"{{{column}}}", "") for column in columns}


def body_map_problems(given: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what a map does not say."""
    if not given.get("key"):
        yield Problem("columns", N_("Say which column is the code of the body."))
    if not any(given.get(name) for name in NAMES):
        yield Problem("columns", N_("Say which columns hold names."))
    if not given.get("kind"):
        yield Problem("kind", N_("Choose the kind of body, or the column that says it."))


@dataclass(frozen=True, slots=True)
class BodyMap:
    """A map that a person made: how rows are read, and which column a part of a body stands in."""

    given: Mapping[str, Any]

    def missing(self, columns: Sequence[str]) -> Sequence[str]:
        """Return the columns of the map that a table does not have."""
        return [name for role in BODY_COLUMNS if (name := self._column(role)) and name not in columns]

    def read(self, cells: Cells) -> BodyRow:
        """Return a row."""
        found = {
            role: cells.get(column, "") if (column := self._column(role)) else str(self.given.get(role, ""))
            for role in BODY_COLUMNS
        }
        said = {role: cell.strip() for role, cell in found.items()}
        return BodyRow(_own(said), said["since"], *(said[one] for one in END))

    def column_of(self, field: str) -> str:
        """Return the column in which a part of a body stands, its own name where it stands in none."""
        role = {"names": next((n for n in NAMES if n in self.given), "names"), "parent_key": "parent"}.get(field, field)
        return self._column(role) or field

    def _column(self, role: str) -> str:
        said = str(self.given.get(role, ""))
        return said[1:-1] if said.startswith("{") else ""
