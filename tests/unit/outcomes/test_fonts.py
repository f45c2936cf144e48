"""The faces: what they have is printed, what they lack is replaced, and nothing makes typst stop."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consult.outcomes.renderers import pdf
from consult.outcomes.renderers.fonts import covered, font_directory, font_paths, printable
from consult.outcomes.tree import Document, Emphasis, Paragraph, Section, Strong, Text
from consult.testing.specimen import specimen


def document_of(*words: str, language: str = "en") -> Document:
    """Return a document with a paragraph for each text, upright, bold and slanted."""
    blocks = tuple(Paragraph((Text(w), Strong((Text(w),)), Emphasis((Text(w),)))) for w in words)
    return replace(specimen(language), sections=(Section((Text("x"),), blocks, id="x"),))


def test_the_four_faces_of_amiri_are_there() -> None:
    assert set(font_paths()) == set(font_directory().glob("*.ttf"))
    assert [path.stem for path in font_paths()] == ["Amiri-Regular", "Amiri-Italic", "Amiri-Bold", "Amiri-BoldItalic"]


def test_what_the_languages_of_libya_need_is_covered() -> None:
    needed = "ابتثجحخدذرزسشصضطظعغفقكلمنهويءآأؤإئىةًٌٍَُِّْٰـ٠١٢٣٤٥٦٧٨٩،؛؟«»پچگڤ"
    assert printable(needed) == needed
    needed = "àâçéèêëîïôœùûüÿ’“”–—…€ ɛɣḍḥṛṣṭẓčǧ ɓɗƙƴ ğışöü αβγ абв ≤≥≠→²½№"
    assert printable(needed) == needed


def test_what_no_face_has_becomes_an_empty_box() -> None:
    assert printable("a😀ⵜ中\ue000b") == "a□□□□b"


@pytest.mark.parametrize("language", ["ar", "en"])
def test_every_covered_character_can_be_set(language: str) -> None:
    characters = sorted(covered() - {"\n"})
    lines = ["x ".join(characters[at : at + 60]) for at in range(0, len(characters), 60)]
    assert pdf.render(document_of(*lines, language=language)).startswith(b"%PDF-1.7")


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=80), min_size=1, max_size=8), st.sampled_from(["ar", "en"]))
def test_any_text_can_be_set(words: list[str], language: str) -> None:
    assert pdf.render(document_of(*words, language=language)).startswith(b"%PDF-1.7")
