"""One spelling for searching and sorting: what people write in several ways becomes the same."""

from __future__ import annotations

import unicodedata

#: Letters that Unicode does not decompose but people use for each other, and digits of the three scripts. Of French, keyboards
#: lack the ligatures: who looks for « coeur » means « cœur ».
_LETTERS = str.maketrans(
    "ٱىةکیھە٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹",
    "ايهكيهه01234567890123456789",
    "\u0640\u200c\u200d\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
) | {ord(ligature): letters for ligature, letters in {"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae"}.items()}


class _Bare(dict[int, str | int | None]):
    """What takes the place of each character: nothing of combining marks, `_LETTERS` of those. Each is looked up once."""

    def __missing__(self, code: int) -> str | int | None:
        found = None if unicodedata.combining(chr(code)) else _LETTERS.get(code, code)
        self[code] = found
        return found


_BARE = _Bare()


def fold(text: str) -> str:
    """Return the folded form of a text, in which spellings of one word are equal.

    Arabic loses tashkeel and tatweel, أ إ آ ٱ become ا, ى becomes ي and ة becomes ه; Latin letters lose accents, ligatures and case;
    digits become Latin; hidden direction marks go; runs of white space become one space.
    """
    return " ".join(unicodedata.normalize("NFKD", text).translate(_BARE).casefold().split())
