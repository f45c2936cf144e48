"""The frozen form: exact bytes, exact way back, the seal."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import replace

import pytest

from consult.outcomes.canonical import blocks_from_json, blocks_json, canonical, from_json, seal
from consult.outcomes.tree import Cover, Document, Emphasis, Paragraph, Section, Text
from consult.testing.specimen import specimen

SMALL = Document(
    Cover("Tripoli", "Outcome"),
    (Section((Text("Résumé"),), (Paragraph((Text("ب", dir="rtl"), Emphasis((Text('"x"\\'),))), number=1),), id="s"),),
    "2027-02-21T10:00:00Z",
    lang="en",
    dir="ltr",
)
BYTES = (
    '{"cover":{"consultation":"Tripoli","title":"Outcome"},"dir":"ltr","format":"consult-document/1","lang":"en",'
    '"published":"2027-02-21T10:00:00Z","sections":[{"blocks":[{"content":[{"dir":"rtl","text":"ب","type":"text"},'
    '{"content":["\\"x\\"\\\\"],"type":"emphasis"}],"id":"p1","number":1,"type":"paragraph"}],"id":"s",'
    '"title":["Résumé"],"type":"section"}]}'
).encode()


def test_the_bytes_and_the_seal_are_exactly_these() -> None:
    assert canonical(SMALL) == BYTES
    assert seal(BYTES) == "b298e89d3fe4e299499fd76077b96536358ee5043171c84f98200ca4f862bb38"


@pytest.mark.parametrize("language", ["ar", "en", "fr"])
@pytest.mark.parametrize("edition", [0, 1])
def test_there_and_back_is_exact(language: str, edition: int) -> None:
    document = specimen(language, edition=edition)
    frozen = canonical(document)
    assert from_json(frozen) == document
    assert canonical(from_json(frozen)) == frozen
    assert blocks_from_json(blocks_json(document.sections)) == document.sections


def test_the_form_is_nfc_sorted_and_without_white_space() -> None:
    frozen = canonical(specimen("fr")).decode()
    assert unicodedata.is_normalized("NFC", frozen)
    assert frozen == json.dumps(json.loads(frozen), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def test_a_decomposed_letter_gives_the_same_seal() -> None:
    decomposed = Section((Text("Re\u0301sume\u0301"),), SMALL.sections[0].blocks, id="s")
    assert canonical(replace(SMALL, sections=(decomposed,))) == BYTES


def test_what_is_not_fit_is_refused_with_every_reason() -> None:
    with pytest.raises(ValueError, match=r"^the date '' is not a time in UTC$"):
        canonical(replace(SMALL, published=""))


@pytest.mark.parametrize(
    "frozen",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        BYTES.replace(b"document/1", b"document/2"),
        BYTES.replace(b'"type":"section"', b'"type":"paragraph"'),
        BYTES.replace(b'"type":"emphasis"', b'"type":"script"'),
        BYTES.replace(b'"number":1', b'"number":"1"'),
        BYTES.replace(b'"number":1', b'"number":true'),
        BYTES.replace(b'"id":"s"', b'"id":"s","more":1'),
        BYTES.replace(b'"cover":{"consultation":"Tripoli",', b'"cover":{'),
        b'{"format":"consult-document/1","x":' + b"[" * 100_000,
    ],
)
def test_anything_else_is_a_value_error(frozen: bytes) -> None:
    with pytest.raises(ValueError):  # each has its own words
        from_json(frozen)
