"""What people type, made plain: one spelling of each letter, no control characters, digits of either kind."""

from __future__ import annotations

import re
import unicodedata

#: Arabic-Indic and Persian digits. The Arabic decimal sign stays: it tells what a point would not (`consult.typed_numbers`).
_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")
#: Marks, embeddings, overrides and isolates of direction; the joiners U+200C and U+200D belong to the letters and stay.
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
#: What comes along with a paste and shows nowhere: soft hyphen, zero-width space, word joiner, byte order mark.
_WIDTHLESS = re.compile("[\u00ad\u200b\u2060\ufeff]")
#: What nobody sees if nothing else stands beside it: what Unicode calls default ignorable, and the empty pattern of Braille.
_UNSEEN = re.compile(
    r"[\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    r"\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]*"
)
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
#: Characters that no XML document may hold (XML 1.0, production 2), however they came into a text.
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def clean_line(text: str) -> str:
    """Return a title or name in NFC, on one line, without control characters, direction marks and what has no width; see `_seen`."""
    plain = _CONTROLS.sub(" ", _WIDTHLESS.sub("", unicodedata.normalize("NFC", text)))
    return _seen(" ".join(_BIDI.sub("", plain).split()))


def clean_text(text: str) -> str:
    """Return a longer text in NFC with plain line ends and without control characters; see `_seen`."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2029", "\n\n").replace("\u2028", "\n")
    return _seen(_CONTROLS.sub("", unicodedata.normalize("NFC", plain)).strip())


def _seen(text: str) -> str:
    """Return a text, or nothing where nobody would see any of it: a name or a reason that is blank was not given."""
    return "" if _UNSEEN.fullmatch(text) else text


def clean_xml(text: str) -> str:
    """Return a text without the characters that no XML document may hold."""
    return _NOT_IN_XML.sub("", text)


def latin_digits(text: str) -> str:
    """Return a text with Arabic-Indic and Persian digits as Latin ones."""
    return text.translate(_DIGITS)


def typed_digits(text: str) -> str:
    """Return the digits 0 to 9 of a code as people type it, with spaces or without, in digits of either kind."""
    return "".join(sign for sign in latin_digits(text) if sign in "0123456789")
