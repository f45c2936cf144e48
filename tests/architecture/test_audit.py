"""The rules that `make audit` reads the code by: each sees the fault it is for, and the code has none that nobody argued."""

from __future__ import annotations

import pytest

from tools.audit.findings import Accepted, Finding, accepted, not_argued, out_of_date
from tools.audit.headers import wrong
from tools.audit.laws import RULES, of_source, of_template, of_tree

FAULTS = {
    "markup": "Markup(text)",
    "sql": "session.execute(f\"SELECT name FROM person WHERE name = '{name}'\")",
    "sent-is-logged": 'log.warning("wrong: %s", request.form["password"])',
    "time": "datetime.now(UTC)",
    "onward": 'redirect(request.args["next"], 303)',
    "unpickled": "pickle.loads(sent)",
    "hosts": "request.url_root",
}
HARMLESS = """
Markup("<b>%s</b>") % name
f"Select a text from {here}"
log.warning("wrong: %s", request.endpoint)
clock.now()
redirect(url_for("public.home"), 303)
json.loads(sent)
request.path
"""


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_sees_its_fault(rule: str) -> None:
    assert [finding.rule for finding in of_source(FAULTS[rule], "consult/web/x.py")] == [rule]


def test_what_looks_alike_is_none() -> None:
    assert of_source(HARMLESS, "consult/web/x.py") == []
    assert of_template("{{ \"<b>\"|safe ~ who }} {{ ('<i>'|safe)|format(who) }}", "templates/x.html") == []


def test_a_text_of_somebodys_that_is_called_safe_is_seen() -> None:
    found = of_template("\n{{ row.text|safe }}{{ f(x) | safe }}{% autoescape false %}", "templates/x.html")
    assert [(finding.rule, finding.words.partition(":")[0]) for finding in found] == [("safe", "line 2")] * 3


def test_the_code_has_no_finding_that_nobody_argued() -> None:
    found = of_tree()
    assert not_argued(found, accepted()) == []
    assert out_of_date(found, accepted(), ["laws"]) == []


def test_one_more_in_the_same_place_is_argued_by_nothing() -> None:
    one, two = (Finding("laws", "markup", "consult/web/x.py", words) for words in "ab")
    given = [Accepted("laws", "markup", "consult/web/*", 1, "it is made by ourselves")]
    assert (not_argued([one], given), not_argued([one, two], given)) == ([], [one, two])
    assert (out_of_date([], given, ["laws"]), out_of_date([], given, ["bandit"])) == (given, [])


def test_missing_headers_are_seen() -> None:
    said = dict(wrong(500, {"Server": "x", "Cache-Control": "no-cache"}, "/<lang>/account", "organiser"))
    assert (said["status"], said["Server".lower()] if "server" in said else "", len(said)) == ("500", "", 7)
    assert (
        dict(wrong(200, {"Cache-Control": "no-cache"}, "/<lang>/account", "organiser"))["Cache-Control"] == "no-cache"
    )
