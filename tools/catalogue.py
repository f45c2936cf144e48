"""Keep the catalogues: extract every message of the code, merge translations, and say what is missing.

    python tools/catalogue.py extract            update locale/*/LC_MESSAGES/messages.po from the code
    python tools/catalogue.py merge FILE.json... add translations {"msgid": {"ar": "...", "fr": "...", "plural": "..."}}
    python tools/catalogue.py check              exit 1 if a message has no translation, is fuzzy, or breaks a parameter
    python tools/catalogue.py missing [PATH...]  print, as JSON, messages of these files without a translation

English is the source: its catalogue repeats the message. In the JSON a plural message has "plural" (the English one) and
lists: six forms in Arabic (zero, one, two, few, many, other), two in French.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
KEYWORDS = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "N_": None,
    "NN_": (1, 2),
    "L_": None,
}
#: Forms n = 0, 1, 2, 3-10, 11-99, 100-102...; Babel's own header for Arabic swaps the last two.
PLURALS = {
    "ar": (6, "(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5)"),
    "en": (2, "(n != 1)"),
    "fr": (2, "(n > 1)"),
}
PARAMETER = re.compile(r"%\((\w+)\)[sd]|%%")


#: Message, or message and its plural -> its translation, or those of each form.
Messages = dict[str | tuple[str, str], str | tuple[str, ...]]


class Place:
    """Where a set of catalogues lives and which code it speaks for."""

    def __init__(self, locale: Path, code: list[Path]) -> None:
        self.locale, self.code = locale, code

    def po(self, language: str) -> Path:
        return self.locale / language / "LC_MESSAGES" / "messages.po"


CORE = Place(ROOT / "locale", [ROOT / "consult", ROOT / "templates"])
PLUGINS = [
    Place(home / "translations", [home])
    for home in (*sorted(ROOT.glob("plugins/*/consult_*")), ROOT / "docs" / "example_track" / "consult_embassy")
]


@contextmanager
def locked() -> Iterator[None]:
    """Let one process at a time change the catalogues."""
    with (ROOT / "locale" / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def extracted(place: Place, only: list[Path] | None = None) -> dict[str | tuple[str, str], list[str]]:
    """Return the messages of a place's code, each with the files it stands in."""
    found: dict[str | tuple[str, str], list[str]] = {}
    for folder in place.code:
        for name, _line, message, _comments, _context in extract_from_dir(
            folder,
            method_map=[
                ("**.py", "python"),
                ("**.html", "jinja2.ext:babel_extract"),
                ("**.txt", "jinja2.ext:babel_extract"),
            ],
            options_map={
                "**.html": {"trimmed": "true", "silent": "false", "extensions": "jinja2.ext.do"},
                "**.txt": {"silent": "false", "extensions": "jinja2.ext.do"},
            },
            keywords=KEYWORDS,
        ):
            path = folder / name
            if only and not any(path.is_relative_to(limit.resolve()) for limit in only):
                continue
            key = message if isinstance(message, str) else (message[0], message[1])
            found.setdefault(key, []).append(str(path.relative_to(ROOT)))
    return found


def load(place: Place, language: str) -> Catalog:
    path = place.po(language)
    if path.exists():
        with path.open("rb") as file:
            return read_po(file, locale=language, abort_invalid=True)
    return Catalog(locale=language)


def save(place: Place, language: str, messages: Messages) -> None:
    count, expression = PLURALS[language]
    catalog = Catalog(locale=language, project="consult", version="0", fuzzy=False)
    vars(catalog).update(_num_plurals=count, _plural_expr=expression)
    catalog.copyright_holder, catalog.msgid_bugs_address = "The consult authors", ""
    for key in sorted(messages, key=str):
        catalog.add(key, messages[key])
    path = place.po(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        write_po(file, catalog, width=0, omit_header=False, include_lineno=False)
    text = part.read_text("utf-8")
    text = re.sub(
        r'^"(POT-Creation-Date|PO-Revision-Date|Generated-By|Last-Translator|Language-Team):.*\n', "", text, flags=re.M
    )
    text = re.sub(r"\A(#.*\n)+", "", text)
    part.write_text(text, "utf-8")
    part.replace(path)


def translations(place: Place, language: str) -> Messages:
    found: Messages = {}
    for message in load(place, language):
        if message.id:
            key = message.id if isinstance(message.id, str) else (message.id[0], message.id[1])
            said = message.string or ""
            found[key] = said if isinstance(said, str) else tuple(said)
    return found


def extract() -> None:
    """Bring the catalogues in line with the code: what is gone leaves, what is new comes in empty (English filled)."""
    for place in (CORE, *PLUGINS):
        keys = extracted(place)
        if not keys:
            continue
        for language, (count, _) in PLURALS.items():
            known = translations(place, language)
            messages: Messages = {}
            for key in keys:
                if language == "en":
                    messages[key] = key
                elif isinstance(key, tuple):
                    old = known.get(key)
                    messages[key] = old if isinstance(old, tuple) and len(old) == count else ("",) * count
                else:
                    messages[key] = known.get(key, "")
            save(place, language, messages)


def merge(files: list[str]) -> None:
    """Add translations from JSON to every catalogue whose code has the message."""
    given: dict[str, dict[str, str | list[str]]] = {}
    for name in files:
        given |= json.loads(Path(name).read_text("utf-8"))
    extract()
    for place in (CORE, *PLUGINS):
        for language in ("ar", "fr"):
            known = translations(place, language)
            for key in known:
                text = given.get(key if isinstance(key, str) else key[0], {}).get(language)
                if text:
                    known[key] = tuple(text) if isinstance(text, list) else text
            if known:
                save(place, language, known)


def faults(place: Place) -> Iterator[str]:
    keys = extracted(place)
    for language in PLURALS:
        known = translations(place, language)
        for key, where in keys.items():
            yield from message_faults(language, key, known.get(key), where[0])


def message_faults(language: str, key: str | tuple[str, str], text: object, where: str) -> Iterator[str]:
    forms = text if isinstance(text, tuple) else (text,)
    name = key if isinstance(key, str) else key[0]
    if not all(forms):
        yield f"{language}: {where}: no translation: {name!r}"
        return
    wanted = set(PARAMETER.findall(name if isinstance(key, str) else key[1]))
    #: The Arabic forms for none, one and two say the number, and often more, in words.
    spoken = 3 if language == "ar" and len(forms) > 1 else 0
    for place, form in enumerate(forms):
        present = set(PARAMETER.findall(str(form)))
        missing = wanted - present - ({"count", "num"} if len(forms) > 1 else set())
        if present - wanted or (missing and place >= spoken):
            yield f"{language}: {where}: parameters differ: {name!r} -> {form!r}"


def check() -> int:
    found = [fault for place in (CORE, *PLUGINS) for fault in faults(place)]
    print("\n".join(found) or "catalogues complete")
    return 1 if found else 0


def missing(paths: list[str]) -> None:
    result = {}
    for place in (CORE, *PLUGINS):
        known = {language: translations(place, language) for language in ("ar", "fr")}
        for key in extracted(place, [Path(p) for p in paths] or None):
            texts = {language: known[language].get(key) for language in known}
            if any(not t or (isinstance(t, tuple) and not all(t)) for t in texts.values()):
                entry: dict[str, object] = {"ar": "", "fr": ""}
                if isinstance(key, tuple):
                    entry = {"plural": key[1], "ar": [""] * 6, "fr": [""] * 2}
                result[key if isinstance(key, str) else key[0]] = entry
    print(json.dumps(result, ensure_ascii=False, indent=1))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("act", choices=["extract", "merge", "check", "missing"])
    parser.add_argument("paths", nargs="*")
    asked = parser.parse_args()
    if asked.act == "check":
        return check()
    if asked.act == "missing":
        missing(asked.paths)
        return 0
    with locked():
        extract() if asked.act == "extract" else merge(asked.paths)
    return 0


__all__ = ["Message", "main"]

if __name__ == "__main__":
    sys.exit(main())
