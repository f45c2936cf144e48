"""Names that look alike: a form in which those that a reader takes for each other are the same.

The idea is the skeleton of Unicode Technical Standard 39 (confusables), kept small because names are of one script here:
letters of Arabic or of Latin, never both.
"""

from __future__ import annotations

import re
import unicodedata

from consult.folding import fold

#: Signs of Latin that are read for each other, after folding; then pairs that are read as one letter.
_SIGNS = str.maketrans({"0": "o", "1": "l", "i": "l", "|": "l", "5": "s", "3": "e", "4": "a", "8": "b", "ı": "l"})
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"))
#: Letters of Arabic that differ in dots or a hamza alone are left apart: they are other words. These are one sound in names.
_ARABIC = str.maketrans({"ؤ": "و", "ئ": "ي", "ء": None})
_NO_LETTER = re.compile(r"[\W_]+")
#: Letters beside the basic ones: of French and its neighbours, and those with which Arabic writes p, ch, zh, v and g.
_FURTHER_LATIN, _FURTHER_ARABIC = frozenset("æœøßłđðþı"), frozenset("پچژڤڨگڭ")
_BETWEEN = frozenset(" -'’.")


def looks_like(name: str) -> str:
    """Return what a name looks like: folded, without spaces and signs, letters that are read for each other the same."""
    found = _NO_LETTER.sub("", fold(name).translate(_ARABIC).translate(_SIGNS))
    for pair, one in _PAIRS:
        found = found.replace(pair, one)
    return found


def script_of(name: str) -> str:
    """Return "arabic" or "latin" for a name of that script, digits and what stands between words; "" for any other or a mix."""
    scripts = {
        _script(sign) for sign in name if not (sign in _BETWEEN or sign.isdigit() or unicodedata.combining(sign))
    }
    return scripts.pop() if len(scripts) == 1 else ""


def _script(sign: str) -> str:
    """Return the script of a letter that names here are written with; signs of phonetics and ornaments have none."""
    base = fold(sign)
    if base and all("a" <= one <= "z" or one in _FURTHER_LATIN for one in base):
        return "latin" if unicodedata.name(sign, "").startswith("LATIN") else ""
    return "arabic" if base and all("ء" <= one <= "ي" or one in _FURTHER_ARABIC for one in base) else ""
