"""The reference cases, real and made, and the shipped files held against the reference table."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

import consult
from consult.ballots.rules import as_mapping, find_rule, parse_rule, shipped_rules
from consult.ballots.rules.command import evaluate
from consult.i18n import LANGUAGES

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "data" / "decision_rule_cases.json").read_text("utf-8")
)
TABLE = Path(consult.__file__).parent / "reference" / "decision_rules.csv"


@pytest.mark.parametrize("case", CASES, ids=[f"{n}-{case['rule']}" for n, case in enumerate(CASES, start=1)])
def test_reference_case(case: dict[str, Any]) -> None:
    result = evaluate(find_rule(case["rule"]), case["input"])
    expected = case["expected"]
    conditions = expected.pop("conditions", {})
    assert {key: result["conditions"][key] for key in conditions} == conditions
    assert {key: result.get(key) for key in ("outcome", "next", "qualified", "winner", "dissents")} == {
        "outcome": None,
        "next": None,
        "qualified": None,
        "winner": None,
        "dissents": None,
        **expected,
    }


def test_every_rule_of_the_table_is_shipped_with_its_source_status_and_next() -> None:
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = {
            row["id"]: (row["name"], row["next"] or None, row["source"], row["status"]) for row in csv.DictReader(file)
        }
    assert len(rows) == 20
    assert {
        rule.id: (rule.name["en"], rule.next, rule.source, rule.status.value) for rule in shipped_rules().values()
    } == rows


def test_rules_are_named_and_told_in_every_language() -> None:
    for rule in shipped_rules().values():
        for texts in (rule.name, rule.in_words, rule.note):
            assert set(texts) in (set(LANGUAGES), set()), rule.id
        assert rule.name, rule.id
        assert rule.in_words, rule.id


def test_next_rules_exist() -> None:
    rules = shipped_rules()
    assert {rule.next for rule in rules.values()} - {None} == {"LPDF-LIST", "LPDF-R2", "NDC-CC"}
    assert all(rule.next is None or rule.next in rules for rule in rules.values())


def test_files_are_named_after_slugs() -> None:
    files = Path(consult.__file__).parent / "ballots" / "rules" / "rules"
    assert {path.stem for path in files.glob("*.toml")} == {rule.slug for rule in shipped_rules().values()}


@pytest.mark.parametrize("identifier", ["GA-2/3", "ga-2-3", "GA-2-3", "ga-2/3"])
def test_rules_are_found_by_id_and_by_slug(identifier: str) -> None:
    assert find_rule(identifier).id == "GA-2/3"


def test_canonical_form_reads_back_to_the_same_rule() -> None:
    for rule in shipped_rules().values():
        frozen = json.loads(json.dumps(as_mapping(rule)))
        assert parse_rule(frozen) == rule
        assert as_mapping(parse_rule(frozen)) == frozen


def test_canonical_form_of_a_rule() -> None:
    mapping = as_mapping(find_rule("NDC-CC"))
    assert {key: mapping[key] for key in ("id", "kind", "status", "quorum", "stages")} == {
        "id": "NDC-CC",
        "kind": "question",
        "status": "read (article quoted)",
        "quorum": {"key": "quorum", "count": "present", "threshold": "3/4", "operator": ">=", "base": "members"},
        "stages": [
            {"key": "objections", "count": "objections", "at_most": 0, "base": "objections"},
            {"key": "threshold", "count": "favour", "threshold": "9/10", "operator": ">=", "base": "members"},
        ],
    }
    assert set(mapping) == {"id", "kind", "name", "in_words", "note", "source", "status", "quorum", "stages"}
