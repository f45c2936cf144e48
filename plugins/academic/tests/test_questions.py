"""What authors of papers are asked, and what they are told."""

from __future__ import annotations

from collections import Counter

import pytest
from consult_academic.track import AcademicTrack, given_dois, institutions

from consult.sdk import Member, Rejected, session, transaction
from consult.testing.acts import hand_in, said, set_up_track
from consult.testing.world import World

GOOD = {
    "affiliation": "كلية القانون",
    "discipline": "law",
    "references": "مصلحة الإحصاء والتعداد، نتائج التعداد العام للسكان 2006\n\ndoi:10.1080/13629387.2012.735090.",
    "interests": "راجعتُ استمارات مسح سنة 2023 بأجر.",
}


def _refused(world: World, **answers: object) -> list[tuple[str, str]]:
    with pytest.raises(Rejected) as refusal:
        hand_in(world, "professor", GOOD | answers)
    return said(refusal.value)


def test_a_paper_is_handed_in_with_its_references_and_interests(world: World) -> None:
    received = hand_in(world, "professor", GOOD)
    assert (received.track, received.body_id) == ("academic", world.bodies["professor"])
    assert received.answers == GOOD | {
        "references": [
            "مصلحة الإحصاء والتعداد، نتائج التعداد العام للسكان 2006",
            "doi:10.1080/13629387.2012.735090.",
        ]
    }


def test_only_the_discipline_must_be_said(world: World) -> None:
    assert hand_in(world, "professor", {"discipline": "law"}).answers == {"discipline": "law"}
    assert _refused(world, discipline="") == [("discipline", "Answer this question.")]
    assert _refused(world, discipline="alchemy") == [("discipline", "Choose one of the answers.")]


def test_whoever_takes_part_for_no_institution_says_where_they_work(world: World) -> None:
    with transaction():
        session.get_one(Member, world.members["professor"]).own_body_id = None
    wrong = [("affiliation", "Name your institution: you do not take part for one of the list.")]
    assert _refused(world, affiliation="") == wrong
    received = hand_in(world, "professor", GOOD | {"affiliation": "معهد خاص، طرابلس"})
    assert (received.body_id, received.author) == (None, "منى الشريف")
    assert received.answers["affiliation"] == "معهد خاص، طرابلس"


@pytest.mark.parametrize(
    ("reference", "dois"),
    [
        ("Lampedusa, 2014. doi:10.1000/182", ["10.1000/182"]),
        ("DOI: 10.1000/182.", ["10.1000/182"]),
        ("DOI : 10.1000/182 ;", ["10.1000/182"]),
        ("doi 10.1000.10/a-b", ["10.1000.10/a-b"]),
        (
            "https://doi.org/10.1002/(SICI)1097-0258(19980815/30)17:15/16",
            ["10.1002/(SICI)1097-0258(19980815/30)17:15/16"],
        ),
        ("(see https://doi.org/10.1016/S0140-6736(05)67890-X)", ["10.1016/S0140-6736(05)67890-X"]),
        ("http://dx.doi.org/10.1000%2F182", ["10.1000/182"]),
        ("doi:https://doi.org/10.1000/182", ["10.1000/182"]),
        ("المجلة الليبية، doi:10.1000/182، ص 4", ["10.1000/182"]),
        ("doi:10.1000/182, doi:10.1000/183", ["10.1000/182", "10.1000/183"]),
        ("ISBN 978-0-00-000000-2, no DOI", []),
        ("10.1000/182 without a word about it", []),
        ("L’État doit-il savoir ?", []),
    ],
)
def test_a_doi_is_read_as_people_write_it(world: World, reference: str, dois: list[str]) -> None:
    assert given_dois(reference) == dois
    question = next(q for q in AcademicTrack().questions({}) if q.key == "references")
    assert question.check is not None
    assert question.check([reference]) is None


@pytest.mark.parametrize(
    "reference",
    [
        "doi:10.1000",
        "doi:10.1000/.",
        "doi:10.123/182",
        "doi: 11.1000/182",
        "doi:",
        "https://doi.org/",
        "https://doi.org/182",
        "doi:10.1000/182 and doi:10.1000",
        "DOI 101000/182",
    ],
)
def test_another_form_is_refused_and_the_line_is_named(world: World, reference: str) -> None:
    wrong = [("references", "The DOI in reference 2 does not have the form 10.1000/182.")]
    assert _refused(world, references=f"A first line\n{reference}") == wrong


def test_organisers_may_ask_for_references(world: World) -> None:
    set_up_track(world, "academic", references_required="yes")
    assert _refused(world, references=" \n ") == [("references", "Answer this question.")]
    with pytest.raises(Rejected) as refusal:
        set_up_track(world, "academic")
    assert said(refusal.value) == [("references_required", "Answer this question.")]


def test_institutions_come_from_the_shipped_file() -> None:
    found = institutions()
    assert Counter(body.kind for body in found) == {"university": 44, "research_centre": 15}
    assert all(body.names for body in found)
    assert len({body.key for body in found}) == 59


def test_names_are_not_withheld(world: World) -> None:
    received = hand_in(world, "professor", GOOD, withheld=True)
    assert (received.withheld, received.body_id) == (False, world.bodies["professor"])


def test_it_suggests_items_for_the_agenda(world: World) -> None:
    assert [title["en"] for title in AcademicTrack().agenda_outline(world.consultation)] == [
        "Presentation of papers",
        "Questions to the authors",
    ]
