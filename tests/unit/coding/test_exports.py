"""The table and the REFI-QDA files: what stands in them, and what never does."""

from __future__ import annotations

import io
import re
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest
import sqlalchemy as sa

from consult.accounts.signing_in.sign_in import load_actor
from consult.coding.agreement_queries import compare, text_by_number
from consult.coding.exports import export_codings, left_out
from consult.coding.qda import CODEBOOK, PROJECT, write_codebook, write_project
from consult.coding.services import CodeDraft, Verdict, finish_text, merge_code, reconcile, save_code
from consult.consent.services import PurposeDraft, answer_purpose, publish_purpose
from consult.consent.uses import USES, Use
from consult.consultations.models import Member
from consult.db import session, transaction
from consult.errors import Forbidden
from consult.i18n import Localized
from consult.spreadsheets import write_csv_rows
from consult.submissions.models import Passage, Submission
from consult.testing.coding import FIRST, SECOND, Room, add_theme
from consult.testing.story import CANARIES

ONE, TWO, THREE = (f"TT-2026-0000{number}" for number in (1, 2, 3))
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
#: What the schema of a project requires of each element (Project.xsd of REFI-QDA 1.5).
REQUIRED = {
    "Project": {"name"},
    "User": {"guid", "name"},
    "Code": {"guid", "name", "isCodable"},
    "Variable": {"guid", "name", "typeOfVariable"},
    "TextSource": {"guid", "plainTextPath"},
    "PlainTextSelection": {"guid", "startPosition", "endPosition"},
    "Coding": {"guid"},
    "CodeRef": {"targetGUID"},
    "NoteRef": {"targetGUID"},
    "VariableRef": {"targetGUID"},
    "MemberCode": {"targetGUID"},
    "Note": {"guid"},
    "Set": {"guid", "name"},
}
ORDER = ["Users", "CodeBook", "Variables", "Sources", "Notes", "Sets"]
OF_SOURCE = ["PlainTextSelection", "NoteRef", "VariableValue"]


@pytest.fixture
def coded(room: Room) -> Room:
    """One text settled alike, one decided, one that only the first coder finished."""
    for key in (FIRST, SECOND):
        room.save(key, ONE, {1: "2+", 2: "5:1"}, {2: "1 & <memo>"})
        finish_text(task=room.task(key, ONE), actor=room.world.actor(key))
    room.code(FIRST, THREE, {1: "2 3"})
    room.code(SECOND, THREE, {1: "2"})
    text = text_by_number(room.world.consultation_id, THREE)
    assert text is not None
    reconcile(Verdict(frozenset(compare(text.id).open)), text=text.id, actor=room.world.actor("organiser"))
    room.code(FIRST, TWO, {1: "7"})
    add_theme(room.world, 2, 5)
    return room


def table(room: Room) -> list[dict[str, object]]:
    return [dict(row) for row in export_codings(room.world.consultation, "en", actor=room.world.actor("organiser"))[1]]


def test_the_table_has_every_coder_and_what_was_settled(coded: Room) -> None:
    rows = table(coded)
    assert [(r["submission"], r["passage"], r["code"], r["coder"], r["stance"]) for r in rows] == [
        *(
            (ONE, passage, code, coder, stance)
            for coder in (1, 2, "final")
            for passage, code, stance in ((1, 2, "for"), (2, 5, ""))
        ),
        (THREE, 1, 2, 1, ""),
        (THREE, 1, 3, 1, ""),
        (THREE, 1, 2, 2, ""),
        (THREE, 1, 2, "final", ""),
        (THREE, 1, 3, "final", ""),
    ]
    assert (rows[0]["code_key"], rows[0]["code_name"]) == ("gcm:1", "Data")
    written = io.StringIO()
    columns, again = export_codings(coded.world.consultation, "en", actor=coded.world.actor("organiser"))
    assert write_csv_rows(columns, again, written) == 11
    with pytest.raises(Forbidden):
        export_codings(coded.world.consultation, "en", actor=coded.world.actor("moderator"))


def test_a_formula_in_a_memo_is_harmless_in_the_table(room: Room) -> None:
    for key in (FIRST, SECOND):
        room.save(key, ONE, {1: "2"}, {1: "=HYPERLINK(1)"})
        finish_text(task=room.task(key, ONE), actor=room.world.actor(key))
    written = io.StringIO()
    write_csv_rows(*export_codings(room.world.consultation, "en", actor=room.world.actor("organiser")), written)
    assert written.getvalue().count(",'=HYPERLINK(1)") == written.getvalue().count("HYPERLINK") == 2


def project(room: Room) -> tuple[ElementTree.Element, ZipFile]:
    out = io.BytesIO()
    assert write_project(room.world.consultation, "en", out, actor=room.world.actor("organiser")) == 2
    archive = ZipFile(out)
    return ElementTree.fromstring(archive.read("project.qde")), archive


def bare(element: ElementTree.Element) -> str:
    namespace, _, name = element.tag[1:].partition("}")
    assert namespace in (PROJECT, CODEBOOK)
    return name


def test_the_project_is_as_the_schema_asks_cuts_what_was_marked_and_names_nobody(coded: Room) -> None:
    root, archive = project(coded)
    check_structure(root, archive)
    check_positions(root, archive, coded)
    check_names(root, archive, coded)


def check_structure(root: ElementTree.Element, archive: ZipFile) -> None:
    """Names, order, required attributes, identifiers that are found again."""
    assert (bare(root), [bare(child) for child in root]) == ("Project", ORDER)
    guids: list[str] = []
    for element in root.iter():
        missing = REQUIRED.get(bare(element), set()) - set(element.attrib)
        assert missing == set(), bare(element)
        guids += [element.attrib["guid"]] if "guid" in element.attrib else []
        for name in ("guid", "targetGUID", "creatingUser"):
            assert name not in element.attrib or GUID.fullmatch(element.attrib[name])
    assert len(set(guids)) == len(guids)
    targets = {element.attrib["targetGUID"] for element in root.iter() if "targetGUID" in element.attrib}
    users = {element.attrib["creatingUser"] for element in root.iter() if "creatingUser" in element.attrib}
    assert targets | users <= set(guids)
    for source in root.iter(f"{{{PROJECT}}}TextSource"):
        names = [bare(child) for child in source]
        assert names == sorted(names, key=OF_SOURCE.index)
    assert [user.attrib["name"] for user in root.iter(f"{{{PROJECT}}}User")] == ["Settled", "Coder 1", "Coder 2"]
    assert len(archive.namelist()) == 3


def check_positions(root: ElementTree.Element, archive: ZipFile, coded: Room) -> None:
    """Every selection cuts exactly what was marked."""
    cut = set()
    for source in root.iter(f"{{{PROJECT}}}TextSource"):
        path = source.attrib["plainTextPath"].replace("internal://", "sources/")
        text = archive.read(path).decode("utf-8")
        for selection in source.iter(f"{{{PROJECT}}}PlainTextSelection"):
            cut.add(text[int(selection.attrib["startPosition"]) : int(selection.attrib["endPosition"])])
    assert cut == {row["text"] for row in table(coded) if row["code"]}
    passages = set(session.scalars(sa.select(Passage.text)))
    assert cut <= passages | {one for text in passages for one in [text.rstrip()]}


def check_names(root: ElementTree.Element, archive: ZipFile, coded: Room) -> None:
    """No file names anybody, nor tells what is not finished."""
    everything = "".join(archive.read(name).decode("utf-8") for name in archive.namelist()) + str(table(coded))
    names = [*CANARIES, "سعاد الحصادي", "فرج القماطي", "عيسى كوسا", "غات", TWO]
    assert [name for name in names if name in everything.replace("تمر بغات", "")] == []
    assert root.find(f"{{{PROJECT}}}Notes") is not None


@pytest.mark.parametrize("stances", ["2+ 3+", "2+ 3-", "2 3", "3:1 2"])
def test_a_code_and_what_was_merged_into_it_are_one_mark(room: Room, stances: str) -> None:
    """One line and one selection for each coder and passage, whatever was given before the codes were put together."""
    for key in (FIRST, SECOND):
        room.code(key, ONE, {1: stances, 2: "5"})
        room.code(key, THREE, {1: stances})
    merge_code(3, 2, consultation=room.world.consultation, actor=room.world.actor("organiser"))
    rows = [(row["submission"], row["passage"], row["coder"], row["code"]) for row in table(room)]
    assert len(set(rows)) == len(rows) == 9
    root, archive = project(room)
    guids = [element.attrib["guid"] for element in root.iter() if "guid" in element.attrib]
    assert len(set(guids)) == len(guids)
    check_positions(root, archive, room)


def test_a_memo_without_a_code_is_in_the_table(room: Room) -> None:
    for key in (FIRST, SECOND):
        room.save(key, ONE, {2: "5"}, {1: "What is meant here?"})
        finish_text(task=room.task(key, ONE), actor=room.world.actor(key))
    memos = [(row["coder"], row["passage"], row["code"]) for row in table(room) if row["memo"]]
    assert memos == [(1, 1, ""), (2, 1, "")]


def test_the_codebook_is_a_tree_with_themes_as_sets(coded: Room) -> None:
    merge_code(3, 2, consultation=coded.world.consultation, actor=coded.world.actor("organiser"))
    out = io.BytesIO()
    write_codebook(coded.world.consultation, "fr", out, actor=coded.world.actor("organiser"))
    root = ElementTree.fromstring(out.getvalue())
    assert (bare(root), [bare(child) for child in root]) == ("CodeBook", ["Codes", "Sets"])
    (head,) = root[0]
    assert (head.attrib["isCodable"], len(head.findall(f"{{{CODEBOOK}}}Code"))) == ("true", 22)
    assert head[0].attrib["name"] == "2 Données"
    assert len(root[1][0]) == 2
    numbers = {code.attrib["guid"]: code.attrib["name"].split()[0] for code in root.iter(f"{{{CODEBOOK}}}Code")}
    # Codebook.xsd calls the attribute guid, Project.xsd targetGUID.
    assert [numbers[member.attrib["guid"]] for member in root[1][0]] == ["2", "5"]


def test_a_project_without_texts_leaves_out_what_the_schema_wants_filled(room: Room) -> None:
    out = io.BytesIO()
    assert write_project(room.world.consultation, "en", out, actor=room.world.actor("organiser")) == 0
    root = ElementTree.fromstring(ZipFile(out).read("project.qde"))
    assert [bare(child) for child in root] == ["Users", "CodeBook", "Variables"]


def test_what_no_xml_holds_breaks_neither_project_nor_codebook(room: Room) -> None:
    """Unicode has characters that are none: one in a title or a memo would make the whole file unreadable."""
    here, organiser = room.world.consultation, room.world.actor("organiser")
    with transaction():
        session.execute(sa.update(Submission).where(Submission.number == ONE).values(title="A\uffff title\ufffe"))
    code = save_code(
        CodeDraft(Localized(ar="رمز\uffff"), Localized(ar="شرح\ufffe")), consultation=here, actor=organiser
    )
    for key in (FIRST, SECOND):
        room.save(key, ONE, {1: f"{code.number}"}, {1: "memo\uffff"})
        finish_text(task=room.task(key, ONE), actor=room.world.actor(key))
        room.code(key, THREE, {1: "2"})
    root, _ = project(room)
    assert f"{ONE} A title" in [source.attrib["name"] for source in root.iter(f"{{{PROJECT}}}TextSource")]
    assert {note.text for note in root.iter(f"{{{PROJECT}}}PlainTextContent")} == {"memo"}
    out = io.BytesIO()
    write_codebook(here, "ar", out, actor=organiser)
    assert f"{code.number} رمز" in [
        one.attrib["name"] for one in ElementTree.fromstring(out.getvalue()).iter() if "name" in one.attrib
    ]


def test_where_people_are_asked_only_texts_of_those_who_agreed_leave_for_research(coded: Room) -> None:
    here, organiser = coded.world.consultation, coded.world.actor("organiser")
    assert (len(table(coded)), left_out(here.id)) == (11, 0)
    words = USES[Use.RESEARCH]
    publish_purpose(PurposeDraft(Use.RESEARCH, words.title, words.text), consultation=here, actor=organiser)
    assert (table(coded), left_out(here.id)) == ([], 2)
    author = session.scalars(
        sa.select(Member.person_id)
        .join(Submission, Submission.member_id == Member.id)
        .where(Submission.number == ONE, Submission.consultation_id == here.id)
    ).one()
    answer_purpose(Use.RESEARCH, 1, True, consultation=here, actor=load_actor(author))
    assert ({row["submission"] for row in table(coded)}, left_out(here.id)) == ({ONE}, 1)
    out = io.BytesIO()
    assert write_project(here, "en", out, actor=organiser) == 1
    answer_purpose(Use.RESEARCH, 1, False, consultation=here, actor=load_actor(author))
    assert (table(coded), left_out(here.id)) == ([], 2)
