"""What the columns of a file may be: guessed from their headings in three languages, and from what stands in them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from consult.folding import fold
from consult.i18n import LANGUAGES, N_, Localized, Message, translate
from consult.submissions.content import is_language
from consult.submissions.exchange.mapping import TEMPLATES
from consult.submissions.states import SubmissionState

#: What the role of a column that answers a question begins with; the role is the key of the answer in a map (`form.cso.q7`).
QUESTION = "form."
#: What several columns may be: lists in a map. Everything else that a map says is one column.
SEVERAL = ("text", "proposal", "answer")

ROLE_LABELS: Mapping[str, Message] = {
    "": N_("Leave it out"),
    "key": N_("Key of the row, once and for all"),
    "title": N_("Title"),
    "text": N_("Text"),
    "proposal": N_("Proposal"),
    "answer": N_("Answer to a closed question"),
    "language": N_("Language (code)"),
    "author": N_("Name of the author"),
    "body": N_("Body (code in the register)"),
    "track": N_("Track (key)"),
    "received": N_("Day it was received"),
    "topics": N_("Topics (codes, by commas)"),
    "withheld": N_("Whether the name is withheld"),
    "state": N_("State (received, accepted, returned, hidden)"),
    "form": N_("Number of the form’s version"),
}
#: Words in headings, folded, by what they say the column is; the first that fits.
_HEADINGS: Sequence[tuple[str, Sequence[str]]] = (
    ("key", ("id", "key", "number", "no", "ref", "reference", "uuid", "رقم", "المعرف", "معرف", "مرجع", "numero", "n°", "cle", "identifiant")),
    ("language", ("language", "lang", "locale", "اللغه", "لغه", "langue")),
    ("title", ("title", "subject", "heading", "العنوان", "عنوان", "الموضوع", "titre", "objet", "intitule")),
    ("proposal", ("proposal", "proposals", "recommendation", "المقترح", "مقترح", "مقترحات", "التوصيه", "proposition", "propositions", "recommandation")),
    ("text", ("text", "body text", "comment", "content", "position", "statement", "message", "opinion", "النص", "نص", "التعليق", "الراي", "المساهمه", "texte", "contenu", "commentaire", "avis", "contribution")),
    ("author", ("author", "name", "from", "sender", "الكاتب", "الاسم", "اسم", "المرسل", "auteur", "nom", "expediteur")),
    ("body", ("body", "municipality code", "organisation code", "رمز البلديه", "رمز الجهه", "الجهه", "code de la commune", "organisme")),
    ("track", ("track", "المسار", "مسار", "parcours", "voie")),
    ("received", ("received", "date", "created", "submitted", "timestamp", "submitted at", "التاريخ", "تاريخ", "اليوم", "recu", "date de reception")),
    ("topics", ("topics", "topic", "theme", "themes", "المواضيع", "المحور", "المحاور", "sujets", "thematique")),
    ("withheld", ("withheld", "anonymous", "مجهول", "حجب الاسم", "anonyme", "confidentiel")),
    ("state", ("state", "status", "الحاله", "etat", "statut")),
    ("form", ("form version", "version of the form", "نسخه النموذج", "نسخه الاستماره", "version du formulaire")),
)  # fmt: skip
_DATE = re.compile(r"\d{4}-\d\d-\d\d([T ].*)?")
#: How like the words of a question a heading must be (0 to 1).
LIKE = 0.85
#: Characters of a cell that is a text rather than a name, and the share of dates in a column of dates.
LONG, MOSTLY = 80, 0.8
_ARABIC, _LETTER = re.compile("[\u0621-\u064a]"), re.compile(r"[^\W\d_]")


def guess_roles(
    columns: Sequence[str],
    sample: Sequence[Mapping[str, str]],
    questions: Mapping[str, Message | Localized] | None = None,
) -> dict[str, str]:
    """Return what each column may be, "" for those nothing tells of; `sample` are some of the rows.

    `questions` are those that may be answered, by role: a heading that is, or is like, the words of one in any language is it.
    """
    words = {role: {_plain(words_in(label, code)) for code in LANGUAGES} for role, label in (questions or {}).items()}
    roles = {column: _by_question(column, words) or _by_heading(column) for column in columns}
    for column in columns:
        cells = [row[column].strip() for row in sample if row[column].strip()]
        if roles[column] == "language" and not all(is_language(cell.lower()) for cell in cells):
            roles[column] = ""
        if roles[column] == "received" and sum(bool(_DATE.fullmatch(cell)) for cell in cells) < MOSTLY * len(cells):
            roles[column] = ""
        if roles[column] == "state" and not {cell.lower() for cell in cells} <= set(SubmissionState):
            roles[column] = ""
        if roles[column] == "key" and len(set(cells)) < len(sample):
            roles[column] = ""
        if not roles[column] and cells and sum(map(len, cells)) / len(cells) > LONG:
            roles[column] = "text"
    seen: set[str] = set()
    for column in columns:
        role = roles[column]
        if is_single(role) and role in seen:
            roles[column] = ""
        seen.add(role)
    if "key" not in seen:
        _unique_as_key(roles, columns, sample)
    return roles


def is_single(role: str) -> bool:
    """Tell whether only one column of a file may be this."""
    return role in TEMPLATES or role.startswith(QUESTION)


def words_in(label: Message | Localized, code: str) -> str:
    """Return the words of a label in a language."""
    return label.for_language(code) if isinstance(label, Localized) else translate(label, code)


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w\s]+|_", " ", fold(text)).split())


def _by_question(column: str, questions: Mapping[str, Collection[str]]) -> str:
    """Return the question whose words a heading is, or is most like; "" for none."""
    if column in questions:
        return column
    name = _plain(column)
    likeness = {
        role: max(SequenceMatcher(None, name, text).ratio() for text in texts) for role, texts in questions.items()
    }
    best = max(likeness, key=lambda role: likeness[role], default="")
    return best if best and likeness[best] >= LIKE else ""


def _by_heading(column: str) -> str:
    name = " ".join(re.sub(r"[_\-./:()]+", " ", fold(column)).split())
    for role, words in _HEADINGS:
        if name in {fold(word) for word in words}:
            return role
    for role, words in _HEADINGS:
        if any(f" {fold(word)} " in f" {name} " for word in words if len(word) > 3):
            return role
    return ""


def _unique_as_key(roles: dict[str, str], columns: Sequence[str], sample: Sequence[Mapping[str, str]]) -> None:
    """Take the first short column whose cells are all there and all different for the key."""
    for column in columns:
        cells = [row[column].strip() for row in sample]
        apart = len(cells) > 1 and all(cells) and len(set(cells)) == len(cells)
        if apart and not roles[column] and max(map(len, cells)) <= 40:
            roles[column] = "key"
            return


def guess_language(sample: Sequence[Mapping[str, str]]) -> str:
    """Return "ar" where most letters are Arabic, "" where only a person can tell."""
    text = " ".join(cell for row in sample for cell in row.values())
    return "ar" if len(_ARABIC.findall(text)) > len(_LETTER.findall(text)) / 2 else ""


def given_of(roles: Mapping[str, str], *, language: str = "", track: str = "") -> dict[str, Any]:
    """Return the map that these roles make; language and track for all rows stand where no column says them."""
    given: dict[str, Any] = {"language": language, "track": track}
    for column, role in roles.items():
        if role in TEMPLATES:
            given[role] = f"{{{column}}}"
        elif role.startswith(QUESTION):
            given.setdefault("answer", []).append({"column": column, "key": role})
        elif role in SEVERAL:
            given.setdefault(role, []).append({"column": column, **({"label": column} if role == "answer" else {})})
    if not given.get("title") and given.get("key"):
        given["title"] = given["key"]
    return {part: value for part, value in given.items() if value}


def roles_of(given: Mapping[str, Any], columns: Sequence[str]) -> dict[str, str]:
    """Return what each column is under a map that `given_of` made; a column that the map does not name is left out."""
    roles = dict.fromkeys(columns, "")
    for part in reversed(TEMPLATES):
        column = str(given.get(part, ""))[1:-1]
        if column in roles and given[part] == f"{{{column}}}":
            roles[column] = part
    for role in SEVERAL:
        for use in given.get(role, ()):
            if use["column"] in roles:
                key = use.get("key", "")
                roles[use["column"]] = key if key.startswith(QUESTION) else role
    return roles
