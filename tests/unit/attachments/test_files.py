"""Files are known by their content, taken without what they carry, and every hostile one is refused with a reason."""

from __future__ import annotations

import zipfile
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pikepdf
import pytest
from openpyxl.chart import BarChart, LineChart, PieChart, Reference
from pikepdf import Dictionary, Name, Stream
from PIL import Image

from consult.attachments.child import taken_apart
from consult.attachments.kinds import Kind, Refused
from consult.attachments.pictures import without_words
from consult.testing.attached_files import (
    PERSON,
    WORDS,
    docx_parts,
    docx_with_chart,
    good_files,
    mp3,
    odt_parts,
    pdf,
    picture,
    relations,
    xlsx_parts,
    xlsx_with_chart,
    zipped,
)
from consult.testing.hostile_files import hostile_archives, hostile_others, hostile_pdfs
from consult.testing.telling_files import SECOND_FILES, said_in, telling_files, with_second

TELLS = telling_files()
GOOD = good_files()
HOSTILE = {
    **{f"PDF: {name}": content for name, content in hostile_pdfs().items()},
    **{f"archive: {name}": content for name, content in hostile_archives().items()},
    **hostile_others(),
}


def take(folder: Path, content: bytes) -> tuple[dict[str, object], bytes]:
    """Take a file in this process, without limits, and return what was said of it and what was made of it."""
    source, target = folder / "source", folder / "target"
    source.write_bytes(content)
    said = taken_apart(source, target)
    return said, target.read_bytes()


@pytest.mark.parametrize("name", GOOD)
def test_a_file_in_order_is_taken_without_who_made_it(name: str, tmp_path: Path) -> None:
    """Every kind is known by its content, stays what it is, and the person in its metadata is gone."""
    said, made = take(tmp_path, GOOD[name])
    assert said["kind"] == name
    assert PERSON.encode() not in made
    if zipfile.is_zipfile(tmp_path / "target"):
        with zipfile.ZipFile(tmp_path / "target") as archive:
            assert not any(PERSON.encode() in archive.read(part) for part in archive.namelist())
    again, _ = take(tmp_path, made)
    assert (again["kind"], again["text"]) == (name, said["text"])


@pytest.mark.parametrize("name", TELLS)
def test_no_file_keeps_a_name_a_place_or_a_day_in_any_part(name: str, tmp_path: Path) -> None:
    """Planted where programs and devices write them; nothing of it is in what is stored, and that is taken again."""
    assert said_in(TELLS[name])
    said, made = take(tmp_path, TELLS[name])
    assert said_in(made) == []
    assert take(tmp_path, made)[0]["kind"] == said["kind"] == name


def test_what_is_left_out_of_a_document_is_named_in_it_no_more(tmp_path: Path) -> None:
    """Signatures, settings of printers, small pictures, lists of people: no way leads to where they were."""
    gone = {"docx": ("people.xml", "customXml"), "xlsx": ("printerSettings", "r:id"), "odt": ("Thumbnails",)}
    for name, words in gone.items():
        _, made = take(tmp_path, TELLS[name])
        with zipfile.ZipFile(BytesIO(made)) as archive:
            listed = [
                *archive.namelist(),
                *(archive.read(one).decode("utf-8", "replace") for one in archive.namelist()),
            ]
        assert [word for word in words if any(word in one for one in listed)] == []
        for one in (part for part in listed if part.startswith("<?xml")):
            ElementTree.fromstring(one)


@pytest.mark.parametrize("second", SECOND_FILES)
def test_a_second_file_is_refused_in_front_behind_and_within(second: str, tmp_path: Path) -> None:
    """Of every kind that is taken; a page of HTML within a PDF is only words of it."""
    taken = []
    for kind, good in ((kind, good) for kind, good in GOOD.items() if kind != second.lower()):
        for where, content in with_second(kind, good, SECOND_FILES[second]).items():
            with suppress(Refused):
                take(tmp_path, content)
                taken.append((kind, where))
    assert taken == ([("pdf", "within")] if second == "HTML" else [])


@pytest.mark.parametrize("name", ["mp3", "ogg"])
def test_odd_bytes_that_a_recorder_leaves_behind_are_cut_off(name: str, tmp_path: Path) -> None:
    _, made = take(tmp_path, GOOD[name])
    for odd in (bytes(9_000), b"\r\n", b"\x01\x02odd" * 100):
        assert take(tmp_path, GOOD[name] + odd)[1] == made
    with pytest.raises(Refused, match="two kinds"):
        take(tmp_path, GOOD[name] + bytes(range(1, 251)) * 20)


def test_a_sound_that_was_cut_off_is_kept_up_to_there(tmp_path: Path) -> None:
    """A recorder whose battery died."""
    whole = mp3()[:-128]
    _, made = take(tmp_path, whole[:-100])
    assert len(made) == 39 * 417


def test_a_picture_inside_a_pdf_tells_no_place_and_keeps_its_pixels(tmp_path: Path) -> None:
    """The JPEG loses what it says about itself and what follows its end, and is the same picture."""
    plain = picture()

    def put(made: pikepdf.Pdf) -> None:
        facts = {"Subtype": Name.Image, "Width": 64, "Height": 48, "ColorSpace": Name.DeviceRGB, "BitsPerComponent": 8}
        image = Stream(made, plain + PERSON.encode(), Type=Name.XObject, Filter=Name.DCTDecode, **facts)
        made.pages[0].obj.Resources.XObject = Dictionary(Im=made.make_indirect(image))

    _, made = take(tmp_path, pdf(put))
    assert PERSON.encode() not in made
    assert b"Exif" not in made
    with pikepdf.open(BytesIO(made)) as again:
        kept = again.pages[0].obj.Resources.XObject.Im.read_raw_bytes()
    with Image.open(BytesIO(kept)) as one, Image.open(BytesIO(plain)) as other:
        assert one.tobytes() == other.tobytes()


@pytest.mark.parametrize("jpeg", [b"", b"\xff\xd8\xff\xe1", b"\xff\xd8\xff\xe1\x00\x00", b"\xff\xd8noise"])
def test_a_jpeg_whose_parts_do_not_follow_each_other_is_refused(jpeg: bytes) -> None:
    with pytest.raises(Refused):
        without_words(jpeg)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_with_a_reason(name: str, tmp_path: Path) -> None:
    """Nothing of them is taken, and the reason is a sentence."""
    with pytest.raises(Refused) as refused:
        take(tmp_path, HOSTILE[name])
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize(
    ("name", "why"), [("docx", WORDS), ("xlsx", WORDS), ("odt", WORDS), ("pdf", "Municipal register")]
)
def test_words_are_read_for_searching(name: str, why: str, tmp_path: Path) -> None:
    """What people read in a document can be searched."""
    said, _ = take(tmp_path, GOOD[name])
    assert why in str(said["text"])
    assert said["scanned"] is False


def test_a_pdf_without_words_is_said_to_be_scanned(tmp_path: Path) -> None:
    """A PDF of pictures cannot be searched, and is marked so."""

    def empty(made: object) -> None:
        made.pages[0].obj.Contents = made.make_stream(b"")  # type: ignore[attr-defined]

    assert take(tmp_path, pdf(empty))[0]["scanned"] is True


def test_a_picture_keeps_its_pixels_and_loses_its_place(tmp_path: Path) -> None:
    """Neither the place nor the profile nor a comment of a photograph is kept; it stands upright."""
    _, made = take(tmp_path, picture(comment=b"taken by " + PERSON.encode(), icc_profile=b"x" * 200))
    with Image.open(tmp_path / "target") as kept:
        assert kept.size == (64, 48)
        assert not kept.getexif()
        assert not {"icc_profile", "comment", "exif"} & set(kept.info)
    assert b"taken by" not in made


def test_pictures_inside_a_document_lose_their_place(tmp_path: Path) -> None:
    """A photograph in a Word document is painted anew like any other."""
    take(tmp_path, zipped(docx_parts(), **{"word/media/image1.jpeg": picture()}))
    with zipfile.ZipFile(tmp_path / "target") as archive, archive.open("word/media/image1.jpeg") as file:
        assert not Image.open(file).getexif()


def test_what_names_cells_and_links_to_pages_is_taken(tmp_path: Path) -> None:
    """Print areas, lists to choose from, rules with a value, numbers of captions and pages: nothing of it calculates a cell."""
    named = (
        "<definedName>Sheet1!$A$1:$C$9,'Year 2026 (a+b)'!$1:$2</definedName><definedName>Table1[[#All],[a-b]]</definedName>"
        '<formula1>"yes,no=never"</formula1><formula1>-5</formula1><formula>0.5</formula><definedName>#REF!</definedName>'
        "<cfvo type='percent' val='50'/><cfvo type='formula' val='$B$1'/>"
    )
    assert (
        take(tmp_path, zipped(xlsx_parts(), **{"xl/more.xml": f"<?xml version='1.0'?><x>{named}</x>"}))[0]["kind"]
        == Kind.XLSX
    )
    begins, ends = '<w:fldChar w:fldCharType="begin"/>', '<w:fldChar w:fldCharType="end"/>'
    pages = "<w:instrText>{}</w:instrText>"
    inside = begins + pages.format(" IF ") + begins + pages.format("PAGE") + ends + pages.format(' = 1 "a" "b"') + ends
    links = {"word/_rels/document.xml.rels": relations("hyperlink", "https://example.org/")}
    text = f'<w:p><w:fldSimple w:instr=" SEQ Table "/><w:r>{inside}</w:r></w:p>'
    assert take(tmp_path, zipped(docx_parts(text), **links))[0]["kind"] == Kind.DOCX
    caption = (
        '<text:sequence text:formula="ooow:Figure+1"/><draw:equation draw:formula="$0 *2/3"/>'
        '<text:variable-set text:formula="ooow:12"/>'
    )
    assert take(tmp_path, zipped(odt_parts(caption)))[0]["kind"] == Kind.ODT


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("sum", "A cell, a name, a rule for cells or a chart of the workbook holds a formula."),
        ("formula shared with a cell", "Cell B7 holds a formula. Copy the cells and paste them as values, or save"),
        ("name that calls", "A cell, a name, a rule for cells or a chart of the workbook holds a formula."),
        ("chart of another workbook", "A formula reads or opens what is outside the workbook."),
        ("sum in a text", "A field or a table of the text calculates."),
        ("ODT sum in a table", "A field or a table of the text calculates."),
    ],
)
def test_whoever_brings_a_formula_is_told_what_to_do(name: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        take(tmp_path, HOSTILE[f"archive: {name}"])
    assert str(refused.value).startswith(why)
    assert "PDF" in str(refused.value)


def test_a_workbook_with_charts_is_taken_as_it_is(tmp_path: Path) -> None:
    """As Excel writes it, by names of ranges too, and as openpyxl does: the charts are still there."""
    _, made = take(tmp_path, xlsx_with_chart())
    with zipfile.ZipFile(BytesIO(made)) as archive:
        assert {"xl/charts/chart1.xml", "xl/drawings/drawing1.xml"} <= set(archive.namelist())
        assert b"[0]!People" in archive.read("xl/charts/chart1.xml")
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (("غات", 3), ("درنة", 5)):
        sheet.append(row)
    for kind in (BarChart, LineChart, PieChart):
        made_chart = kind()
        made_chart.add_data(Reference(sheet, min_col=2, min_row=1, max_row=2))
        sheet.add_chart(made_chart, "E2")
    written = BytesIO()
    book.save(written)
    _, made = take(tmp_path, written.getvalue())
    read = openpyxl.load_workbook(BytesIO(made)).worksheets[0]
    assert len(read._charts) == 3


def test_a_chart_in_a_text_stays_and_the_workbook_behind_it_is_left_out(tmp_path: Path) -> None:
    """Word shows what the chart keeps of its cells; the workbook could hold whatever a workbook can."""
    said, made = take(tmp_path, docx_with_chart(behind=zipped(xlsx_parts(), **{"xl/vbaProject.bin": b"x"})))
    assert said["kind"] == Kind.DOCX
    with zipfile.ZipFile(BytesIO(made)) as archive:
        assert [name for name in archive.namelist() if "embeddings" in name] == []
        chart, ways = (archive.read(f"word/charts/{name}") for name in ("chart1.xml", "_rels/chart1.xml.rels"))
    assert (b"<c:v>3</c:v>" in chart, b"externalData" in chart, b"Book1" in ways) == (True, False, False)
    ElementTree.fromstring(chart)
    ElementTree.fromstring(ways)
