"""The PDF: marked for accessibility, the same bytes always, whole, readable, and deaf to hostile text."""

from __future__ import annotations

import hashlib
import io
import os
import re
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pikepdf
import pypdfium2
import pytest

from consult.outcomes.canonical import canonical, seal
from consult.outcomes.renderers import pdf, render
from consult.outcomes.tree import Document, Link, Name, Notice, Paragraph, Ref, Section, Text
from consult.outcomes.walk import inlines, walk
from consult.testing.specimen import specimen, table_of

Rendered = Callable[[str, str], bytes]

AMIRI_AND_LATIN = {"Amiri-Regular", "Amiri-Bold", "LibertinusSerif-Regular", "LibertinusSerif-Bold", "DejaVuSansMono"}


def with_blocks(language: str, *blocks: Any) -> Document:
    return replace(specimen(language), sections=(Section(inlines("T"), blocks, id="t"),))


def words_of(file: bytes) -> str:
    """Return the text of a PDF as poppler extracts it, without bidirectional controls."""
    said = subprocess.run(["pdftotext", "-", "-"], input=file, capture_output=True, check=True)
    assert said.stderr == b""
    return re.sub("[\u200e\u200f\u202a-\u202e\u2066-\u2069]", "", said.stdout.decode())


def elements(node: Any) -> Iterator[pikepdf.Dictionary]:
    """Give the elements of a structure tree in reading order."""
    if isinstance(node, pikepdf.Array):
        for child in node:
            yield from elements(child)
    elif isinstance(node, pikepdf.Dictionary) and "/S" in node:
        yield node
        if "/K" in node:
            yield from elements(node.K)


@pytest.mark.parametrize(
    ("language", "title"),
    [("ar", "الوثيقة الختامية – تشاور طرابلس"), ("en", "Outcome document – The Tripoli Consultation")],
)
def test_it_is_marked_as_pdf_ua_and_pdf_a(rendered: Rendered, language: str, title: str) -> None:
    with pikepdf.open(io.BytesIO(rendered(language, "pdf"))) as file:
        assert file.Root.MarkInfo.Marked is True
        assert str(file.Root.Lang) == language
        assert str(file.docinfo.Title) == title
        assert dict(file.Root.ViewerPreferences) == {"/DisplayDocTitle": True}
        metadata = file.Root.Metadata.read_bytes().decode()
        assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
        assert "<pdfaid:part>2</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>" in metadata
        assert str(file.docinfo.CreationDate) == "D:20270221100000Z"
        assert "<xmp:CreateDate>2027-02-21T10:00:00Z</xmp:CreateDate>" in metadata


def test_the_structure_says_what_things_are(rendered: Rendered) -> None:
    with pikepdf.open(io.BytesIO(rendered("en", "pdf"))) as file:
        found = list(elements(file.Root.StructTreeRoot.K))
        kinds = [str(element.S)[1:] for element in found]
        headings = [int(kind[1]) for kind in kinds if re.fullmatch(r"H\d", kind)]
        assert headings == [1, 1, 1, 2, 1, 2, 2, 1, 2, 2]
        assert {
            "Title",
            "TOC",
            "TOCI",
            "P",
            "L",
            "LI",
            "Lbl",
            "LBody",
            "Table",
            "THead",
            "TH",
            "TBody",
            "TD",
            "Caption",
        } < set(kinds)
        assert {"BlockQuote", "Strong", "Em", "Link", "Figure"} < set(kinds)
        alternatives = [str(element.Alt) for element in found if element.S == "/Figure"]
        assert alternatives == [
            "QR code of the address where this document is checked",
            "Eight weeks from 3 October: from 12 in the first to 71 in the seventh.",
            "In favour: 46, Against: 17, of 63; needed: 42",
            "QR code of the address where this document is checked",
        ]


def test_no_hidden_direction_characters_are_in_the_file(rendered: Rendered) -> None:
    for language in ("ar", "en"):
        with pikepdf.open(io.BytesIO(rendered(language, "pdf"))) as file:
            maps = [
                o.ToUnicode.read_bytes().decode()
                for o in file.objects
                if isinstance(o, pikepdf.Dictionary) and "/ToUnicode" in o
            ]
            assert len(maps) >= 3
            targets = {
                code
                for each in maps
                for pair in re.findall(r"<[0-9A-F]+> <([0-9A-F]+)>", each)
                for code in re.findall("....", pair)
            }
            assert len(targets) > 60
            assert targets.isdisjoint({"202A", "202B", "202C", "202D", "202E", "2066", "2067", "2068", "2069"})


def test_only_the_packaged_faces_are_used(rendered: Rendered) -> None:
    with pikepdf.open(io.BytesIO(rendered("ar", "pdf"))) as file:
        names = {str(o.FontName)[8:] for o in file.objects if isinstance(o, pikepdf.Dictionary) and "/FontName" in o}
        assert names <= AMIRI_AND_LATIN
        assert {"Amiri-Regular", "Amiri-Bold"} <= names


@pytest.mark.parametrize("form", ["pdf", "html"])
def test_two_processes_give_the_same_bytes(rendered: Rendered, form: str, tmp_path: Any) -> None:
    program = (
        "import hashlib, sys; from consult.outcomes.renderers import render; from consult.testing.specimen import specimen; "
        f"print(hashlib.sha256(render(specimen('ar'), '{form}')).hexdigest())"
    )
    for zone, hashing in (("Africa/Tripoli", "1"), ("America/Lima", "2")):
        environment = {**os.environ, "TZ": zone, "PYTHONHASHSEED": hashing, "SOURCE_DATE_EPOCH": hashing}
        said = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path, env=environment
        )
        assert said.stdout.strip() == hashlib.sha256(rendered("ar", form)).hexdigest()


def test_the_seal_and_its_address_are_printed(rendered: Rendered) -> None:
    said = re.sub(r"\s", "", words_of(rendered("en", "pdf")))
    digest = seal(canonical(specimen("en")))
    assert said.count(digest) == 4  # the seal and the address that holds it, on the cover and at the end
    assert f"https://consult.example.ly/en/verify/{digest}" in said
    edition = "5" * 64
    assert edition in re.sub(r"\s", "", words_of(render(specimen("en"), "pdf", edition)))


def test_a_draft_has_no_seal() -> None:
    said = words_of(render(specimen("en", edition=0), "pdf"))
    assert said.count("Draft, without a seal") == said.count("\f") == 9
    assert "Check this document" not in said


def arabic_words(text: str) -> set[str]:
    bare = re.sub(
        "[\u0640\u064b-\u0652\u0670\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069]",
        "",
        unicodedata.normalize("NFKC", text),
    )
    return set(re.findall("[\u0621-\u064a]{2,}", bare))


def test_arabic_text_can_be_extracted_by_two_readers(rendered: Rendered) -> None:
    written = arabic_words(" ".join(node.text for node in walk(specimen("ar")) if isinstance(node, (Text, Name))))
    assert len(written) > 250
    file = rendered("ar", "pdf")
    poppler = arabic_words(words_of(file))
    pdfium = arabic_words("\n".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(file)))
    assert len(written & poppler) / len(written) > 0.97
    assert len(written & pdfium) / len(written) > 0.90


def places(file: bytes, page: int, text: str) -> list[float]:
    """Return where each character of the first occurrence of a text begins, in points from the left."""
    found = pypdfium2.PdfDocument(file)[page].get_textpage()
    match = found.search(text).get_next()
    assert match is not None, text
    first, count = match
    return [found.get_charbox(index)[0] for index in range(first, first + count)]


def test_receipts_ranges_and_formulas_stand_left_to_right_in_an_arabic_line() -> None:
    receipts = Paragraph(inlines("الإيصالان TC-2026-00004، TC-2026-00014."))
    formulas = Paragraph(inlines("المدة 2020–2026 بنسبة 50%+1 عند ", Name("University of Tripoli"), "."))
    file = pdf.render(with_blocks("ar", receipts, formulas))
    for run in ("TC-2026-00004", "TC-2026-00014", "2020-2026", "50%+1", "University"):
        positions = places(file, 2, run)
        assert positions == sorted(positions), run
    assert places(file, 2, "TC-2026-00004")[0] > places(file, 2, "TC-2026-00014")[-1]
    assert places(file, 2, "2020-2026")[0] > places(file, 2, "50%+1")[-1] > places(file, 2, "University")[0]


def test_a_long_name_of_the_other_direction_can_break() -> None:
    name = "Organisation for the Protection and Reception of People on the Move along the Coast of Western Libya and the Islands"
    said = words_of(pdf.render(with_blocks("ar", Paragraph(inlines("قالت ", Name(name), " ذلك.")))))
    assert all(word in said for word in name.split())


def test_three_thousand_rows_are_all_there_under_a_head_on_every_page() -> None:
    said = words_of(pdf.render(with_blocks("en", table_of(3000))))
    assert len(set(re.findall(r"TC-2026-\d{5}", said))) == 3000
    pages = said.count("\f")
    assert pages > 60
    assert said.count("Receipt number") == pages - 2  # not on the cover, not in the contents


def test_a_word_that_nothing_breaks_stays_on_the_page() -> None:
    blocks = (Paragraph((Text("x" * 300),)), Paragraph((Text("ب" * 300),)), Paragraph((Ref("R" * 200),)), table_of(1))
    document = with_blocks("en", *blocks)
    document = replace(document, cover=replace(document.cover, title="w" * 200, consultation="c" * 200))
    outside = 0
    for page in pypdfium2.PdfDocument(pdf.render(document)):
        text = page.get_textpage()
        boxes = [text.get_charbox(index) for index in range(text.count_chars())]
        outside += sum(left < 0 or right > page.get_width() for left, _, right, _ in boxes)
    assert outside == 0


HOSTILE = (
    '#eval("1+1") #import "x.typ" #panic("no")',
    "$x^2$ `raw` *bold* _under_ = heading",
    "<script>alert(1)</script> @label <label> //comment /* open",
    "] } ) \\ \" ' #{",
    "{{ 7*7 }} {% raw %}",
)


@pytest.mark.parametrize("language", ["ar", "en"])
def test_no_word_of_a_text_is_evaluated(language: str) -> None:
    said = words_of(pdf.render(with_blocks(language, *(Paragraph((Text(text),), dir="ltr") for text in HOSTILE))))
    flat = re.sub(r"\s+", " ", said)
    for text in HOSTILE:
        assert text in flat


def test_no_text_can_turn_round_its_neighbours() -> None:
    file = pdf.render(with_blocks("en", Paragraph((Text("abc\u202edef\u2067 "), Text("ghi TC-2026-00001")))))
    positions = places(file, 2, "abcdef ghi TC-2026-00001")
    assert positions == sorted(positions)


def test_links_lead_where_they_can() -> None:
    blocks = (
        Paragraph((Link((Text("path"),), "/en/c/tripoli"), Text(" "), Link((Text("mail"),), "mailto:a@b.ly"))),
        Paragraph(
            (
                Link((Text("inside"),), "#note"),
                Text(" "),
                Link((Text("nowhere"),), "#gone"),
                Ref("TC-2026-00001", "#a b"),
            )
        ),
        Notice((Paragraph(inlines("x")),), id="note"),
    )
    with pikepdf.open(io.BytesIO(pdf.render(with_blocks("en", *blocks)))) as file:
        links = [note for page in file.pages for note in page.get("/Annots", [])]
        addresses = [str(note.A.URI) for note in links if "/A" in note and "/URI" in note.A]
        assert addresses[-2:] == ["https://consult.example.ly/en/c/tripoli", "mailto:a@b.ly"]
        inside = [note for note in file.pages[2].Annots if "/Dest" in note or note.A.S == "/GoTo"]
        assert len(inside) == 1


def test_a_document_that_cannot_be_frozen_is_refused() -> None:
    with pytest.raises(ValueError, match="is not a time in UTC"):
        pdf.render(replace(specimen("en"), published="2027"))


def test_a_fault_of_typst_is_told_in_its_words() -> None:
    with pytest.raises(pdf.SettingFailed, match="dictionary does not contain key"):
        pdf.compiled({"document": "{}", "targets": "[]"})
