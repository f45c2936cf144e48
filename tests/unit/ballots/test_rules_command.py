"""`consult rules` as people and scripts use it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from consult.cli.rules import rules_group

CASE = {"counts": {"for": 51, "against": 19, "abstain": 2}}
EXPECTED = {
    "outcome": "adopted",
    "conditions": {"threshold": {"count": 51, "base": 70, "needed": 45, "met": True}},
}


def run(*arguments: str, stdin: str | bytes | None = None) -> Result:
    return CliRunner().invoke(rules_group, arguments, input=stdin)


def test_evaluate_reads_a_file_and_prints_json_only(tmp_path: Path) -> None:
    file = tmp_path / "input.json"
    file.write_text(json.dumps(CASE))
    result = run("evaluate", "--rule", "lpdf-63", "--input", str(file))
    assert (result.exit_code, json.loads(result.stdout), result.stderr) == (0, EXPECTED, "")


def test_evaluate_reads_standard_input() -> None:
    result = run("evaluate", "--rule", "LPDF-63", "--input", "-", stdin=json.dumps(CASE))
    assert (result.exit_code, json.loads(result.stdout)) == (0, EXPECTED)


def test_evaluate_tells_what_follows() -> None:
    options = {"options": {"list-1": 25, "list-2": 20, "list-3": 15, "list-4": 13}, "spoilt": 1}
    result = run("evaluate", "--rule", "LPDF-R1", "--input", "-", stdin=json.dumps(options))
    assert json.loads(result.stdout) == {
        "outcome": "next_round",
        "conditions": {"threshold": {"count": 25, "base": 73, "needed": 44, "met": False}},
        "next": "LPDF-R2",
        "qualified": ["list-1", "list-2"],
    }
    ruling = run("evaluate", "--rule", "SUFF", "--input", "-", stdin='{"ruling": "adopted", "dissents": 3}')
    assert json.loads(ruling.stdout) == {"outcome": "adopted", "conditions": {}, "dissents": 3}


@pytest.mark.parametrize(
    ("stdin", "sentence"),
    [
        ('{"counts": {"for": -1}}', "Error: counts.for must be 0 or more; it is -1.\n"),
        ('{"counts": {"for": 0.5}}', "Error: counts.for must be a whole number; it is 0.5.\n"),
        ('{"counts": {"for": 9}, "members": 8}', "Error: The number of votes (9) cannot be more than members (8).\n"),
        ("votes", "Error: The input is not JSON: Expecting value: line 1 column 1 (char 0)\n"),
    ],
)
def test_bad_input_exits_with_2_and_a_sentence(stdin: str, sentence: str) -> None:
    result = run("evaluate", "--rule", "GA-2/3", "--input", "-", stdin=stdin)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", sentence)


def test_unknown_rule_and_missing_file_exit_with_2(tmp_path: Path) -> None:
    unknown = run("evaluate", "--rule", "GA-9", "--input", "-", stdin="{}")
    assert (unknown.exit_code, unknown.stdout) == (2, "")
    assert "There is no decision rule “GA-9”. See: consult rules list" in unknown.stderr
    missing = run("evaluate", "--rule", "GA-2/3", "--input", str(tmp_path / "none.json"))
    assert (missing.exit_code, missing.stdout) == (2, "")
    assert "none.json cannot be read: No such file or directory." in missing.stderr
    assert run("show", "GA-9").exit_code == 2
    assert run("evaluate", "--rule", "GA-2/3", "--input", str(tmp_path)).exit_code == 2


def test_list() -> None:
    lines = run("list").stdout.splitlines()
    assert len(lines) == 21
    assert lines[0].split() == ["ID", "NEXT", "NAME"]
    assert "LPDF-R1      LPDF-R2    LPDF list vote, round 1" in lines
    assert "GA-SIMPLE               الأغلبية البسيطة" in run("list", "--language", "ar").stdout.splitlines()
    rules = json.loads(run("list", "--json").stdout)
    assert [rule["slug"] for rule in rules if rule["id"] == "GA-2/3"] == ["ga-2-3"]
    assert len(rules) == 20


def test_show() -> None:
    assert run("show", "CONS-1").stdout.splitlines() == [
        "CONS-1  Consensus minus one",
        "Consensus",
        "",
        "Adopted when at most one objection is stated.",
        "",
        "- Objections are asked for. Abstention and absence are not objections.",
        "- Needed for adoption: at most 1 objection.",
        "- Unless objections are counted apart, each vote against is one.",
        "- If it falls short, it is rejected.",
        "",
        "Source: CSCE Prague Document 1992",
        "General knowledge; the text of the rule was not opened.",
    ]
    arabic = run("show", "ga-2-3", "--language", "ar").stdout.splitlines()
    assert arabic[0] == "GA-2/3  ثلثا الحاضرين المصوتين"
    assert arabic[-1] == "معرفة عامة، ولم يُفتح نص القاعدة."
    assert json.loads(run("show", "GA-2/3", "--json").stdout)["stages"] == [
        {"key": "threshold", "count": "favour", "threshold": "2/3", "operator": ">=", "base": "cast"}
    ]


def test_rules_load_neither_web_nor_database() -> None:
    code = "import sys, consult.cli.rules; print(sorted({'flask', 'sqlalchemy', 'wtforms'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
