"""One spelling for searching and sorting: what people write in several ways becomes the same."""

from __future__ import annotations

import unicodedata

#: Letters that Unicode does not decompose but people use for each other, and digits of the three scripts.
_LETTERS = str.maketrans(
    "ٱىةکیھە٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹",
    "ايهكيهه01234567890123456789",
    "\u0640\u200c\u200d\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
)


def fold(text: str) -> str:
    """Return the folded form of a text, in which spellings of one word are equal.

    Arabic loses tashkeel and tatweel, أ إ آ ٱ become ا, ى becomes ي and ة becomes ه; Latin letters lose accents and case;
    digits become Latin; hidden direction marks go; runs of white space become one space.
    """
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(bare.translate(_LETTERS).casefold().split())
