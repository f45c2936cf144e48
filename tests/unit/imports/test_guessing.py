"""What columns are taken for: by their headings in three languages, and by what stands in them."""

from __future__ import annotations

import pytest

from consult.submissions.exchange.guessing import given_of, guess_language, guess_roles, roles_of

LONG = "We ask for a well, because the water does not reach us in summer, and nobody has answered our letters."


@pytest.mark.parametrize(
    ("columns", "roles"),
    [
        (["Id", "Title", "Comment", "Submitted at", "Author name"], ["key", "title", "text", "received", "author"]),
        (["N°", "Titre", "Texte", "Date de réception", "Nom"], ["key", "title", "text", "received", "author"]),
        (["الرقم", "العُنوان", "النص", "تاريخ الاستلام", "الاسم"], ["", "title", "text", "received", "author"]),
    ],
)
def test_headings_in_three_languages(columns: list[str], roles: list[str]) -> None:
    cells = [["1", "Water", LONG, "2026-03-01", "Amal"], ["2", "Roads", LONG, "2026-03-02", "Salem"]]
    sample = [dict(zip(columns, row, strict=True)) for row in cells]
    found = guess_roles(columns, sample)
    assert list(found.values())[1:] == roles[1:]
    assert found[columns[0]] == "key"  # by its heading, or because each cell is different


def test_contents_decide_where_headings_do_not() -> None:
    sample = [
        {"q1": "a", "q2": LONG, "date": "yesterday", "id": "same"},
        {"q1": "b", "q2": LONG, "date": "x", "id": "same"},
    ]
    assert guess_roles(["q1", "q2", "date", "id"], sample) == {"q1": "key", "q2": "text", "date": "", "id": ""}


def test_only_one_column_is_the_title() -> None:
    columns = ["title", "subject", "id"]
    sample = [{"title": "a", "subject": "b", "id": "1"}, {"title": "c", "subject": "d", "id": "2"}]
    assert guess_roles(columns, sample) == {"title": "title", "subject": "", "id": "key"}


def test_a_language_is_guessed_by_its_letters_only() -> None:
    assert guess_language([{"a": "نطلب بئرا", "b": "2026 x"}]) == "ar"
    assert guess_language([{"a": LONG}]) == ""


def test_roles_make_a_map_and_come_back_from_it() -> None:
    roles = {"id": "key", "t": "text", "p": "proposal", "s": "answer", "x": "", "who": "author"}
    given = given_of(roles, language="ar", track="cso")
    assert given == {
        "language": "ar",
        "track": "cso",
        "key": "{id}",
        "title": "{id}",
        "author": "{who}",
        "text": [{"column": "t"}],
        "proposal": [{"column": "p"}],
        "answer": [{"column": "s", "label": "s"}],
    }
    assert roles_of(given, list(roles)) == roles
