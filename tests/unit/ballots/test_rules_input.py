"""What is refused: votes that cannot be a count, rules that cannot be applied; each with its place and a sentence."""

from typing import Any

import pytest

from consult.ballots.rules import InvalidRule, InvalidVotes, Outcome, Votes, find_rule, parse_rule, parse_votes
from consult.ballots.rules.command import evaluate, read_input
from consult.ballots.rules.load import UnknownRule


@pytest.mark.parametrize(
    ("mapping", "place", "sentence"),
    [
        ({"counts": {"for": -1}}, "counts.for", "counts.for must be 0 or more; it is -1."),
        ({"counts": {"for": 1.5}}, "counts.for", "counts.for must be a whole number; it is 1.5."),
        ({"counts": {"for": 2.0}}, "counts.for", "counts.for must be a whole number; it is 2.0."),
        ({"counts": {"for": "1/2"}}, "counts.for", 'counts.for must be a whole number; it is "1/2".'),
        ({"counts": {"for": True}}, "counts.for", "counts.for must be a whole number; it is true."),
        ({"counts": {"yes": 1}}, "counts.yes", "counts.yes is not known here."),
        ({"counts": 12}, "counts", "counts must be an object with named values."),
        ({"turnout": 12}, "turnout", "turnout is not known here."),
        ({"options": {"a": -2}}, "options.a", "options.a must be 0 or more; it is -2."),
        ({"options": {"": 2}}, "options", "options has an entry without a name."),
        ({"members": float("nan")}, "members", "members must be a whole number; it is NaN."),
        ({"spoilt": -1}, "spoilt", "spoilt must be 0 or more; it is -1."),
        ({"components": [1, 2]}, "components", "components must be a whole number; it is [1, 2]."),
        (
            {"ruling": "agreed"},
            "ruling",
            'ruling must be one of adopted, rejected, contested; it is "agreed".',
        ),
        (
            {"ruling": "no_quorum"},
            "ruling",
            'ruling must be one of adopted, rejected, contested; it is "no_quorum".',
        ),
        (
            {"counts": {"for": 1}, "options": {"a": 1}},
            "options",
            "Give counts (for, against, abstain) or options, not both.",
        ),
        (
            {"counts": {"for": 1, "abstain": 2}, "abstain": 3},
            "abstain",
            "Abstentions are given twice, as 2 and as 3.",
        ),
        (
            {"by_constituency": {"west": {"counts": {"for": -1}}}},
            "by_constituency.west.counts.for",
            "by_constituency.west.counts.for must be 0 or more; it is -1.",
        ),
        (
            {"by_constituency": {"west": {"by_constituency": {}}}},
            "by_constituency.west.by_constituency",
            "by_constituency.west.by_constituency is not known here.",
        ),
        (
            {"by_constituency": ["west"]},
            "by_constituency",
            "by_constituency must be an object with named values.",
        ),
        (
            {"counts": {"for": 5, "against": 3, "abstain": 1}, "members": 8},
            "counts",
            "The number of votes (9) cannot be more than members (8).",
        ),
        (
            {"options": {"a": 5, "b": 3}, "spoilt": 1, "members": 8},
            "counts",
            "The number of votes (9) cannot be more than members (8).",
        ),
        (
            {"counts": {"for": 5}, "members": 8, "present": 4},
            "counts",
            "The number of votes (5) cannot be more than present (4).",
        ),
        ({"members": 8, "present": 9}, "present", "present (9) cannot be more than members (8)."),
        ({"members": 8, "objections": 9}, "objections", "objections (9) cannot be more than members (8)."),
        ({"members": 8, "endorsements": 9}, "endorsements", "endorsements (9) cannot be more than members (8)."),
        ({"members": 8, "dissents": 9}, "dissents", "dissents (9) cannot be more than members (8)."),
        (
            {"counts": {"for": 9}, "by_constituency": {"west": {"counts": {"for": 5}, "members": 4}}},
            "by_constituency.west.counts",
            "The number of votes in by_constituency.west (5) cannot be more than by_constituency.west.members (4).",
        ),
        (
            {"counts": {"for": 4}, "by_constituency": {"west": {"counts": {"for": 5}}}},
            "by_constituency.west.counts.for",
            "by_constituency.west.counts.for (5) cannot be more than counts.for (4).",
        ),
    ],
)
def test_impossible_votes(mapping: dict[str, Any], place: str, sentence: str) -> None:
    with pytest.raises(InvalidVotes) as refused:
        parse_votes(mapping)
    assert [(problem.field, str(problem.message)) for problem in refused.value.problems] == [(place, sentence)]


def test_every_problem_is_named_at_once() -> None:
    with pytest.raises(InvalidVotes) as refused:
        parse_votes({"counts": {"for": -1, "against": 0.5}, "x": 1})
    assert [problem.field for problem in refused.value.problems] == ["counts.for", "counts.against", "x"]
    assert str(refused.value) == "These figures cannot be a count."


def test_votes_are_read() -> None:
    assert parse_votes({"counts": {"for": 3, "against": 2}, "abstain": 1, "members": 9}) == Votes(
        in_favour=3, against=2, abstentions=1, members=9
    )
    assert parse_votes({"ruling": "contested", "dissents": 2}) == Votes(ruling=Outcome.CONTESTED, dissents=2)


def test_what_is_not_said_of_all_is_the_sum_over_constituencies() -> None:
    west = {"counts": {"for": 3, "against": 1}, "members": 9, "present": 5, "endorsements": 2}
    east = {"counts": {"for": 1, "against": 2, "abstain": 4}, "members": 8}
    votes = parse_votes({"by_constituency": {"west": west, "east": east}})
    assert (votes.in_favour, votes.against, votes.abstentions) == (4, 3, 4)
    assert (votes.members, votes.present, votes.endorsements, votes.objections) == (17, None, 2, None)
    choice = parse_votes({"by_constituency": {"west": {"options": {"a": 1}}, "east": {"options": {"a": 2, "b": 1}}}})
    assert choice.options == {"a": 3, "b": 1}
    said = parse_votes({"counts": {"for": 5, "against": 3}, "by_constituency": {"west": west, "east": east}})
    assert (said.in_favour, said.members) == (5, None)


@pytest.mark.parametrize(
    ("rule", "mapping", "places"),
    [
        ("NDC-90", {"counts": {"for": 5}}, ["members"]),
        ("NDC-CC", {"counts": {"for": 5}}, ["members"]),
        ("LY-REF-2018", {"counts": {"for": 5}}, ["by_constituency"]),
        (
            "LPDF-DBL60",
            {"counts": {"for": 5}, "members": 5, "by_constituency": {"west": {"counts": {"for": 5}}}},
            ["by_constituency.west.members"],
        ),
        ("EG-NOVOTE", {"ruling": "rejected"}, ["ruling"]),
    ],
)
def test_a_figure_the_rule_counts_on_must_be_said(rule: str, mapping: dict[str, Any], places: list[str]) -> None:
    with pytest.raises(InvalidVotes) as refused:
        evaluate(find_rule(rule), mapping)
    assert [problem.field for problem in refused.value.problems] == places


def test_a_figure_that_would_change_nothing_may_be_missing() -> None:
    assert evaluate(find_rule("CDA-2016"), {"objections": 0})["outcome"] == "adopted"
    assert evaluate(find_rule("LY-REF-2018"), {"counts": {"for": 1, "against": 9}})["outcome"] == "rejected"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"{", "The input is not JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        (b'{"members": 1, "members": 2}', 'The input is not JSON: "members" is given twice'),
        (b"[1]", "The input must be an object with named values."),
        (b"12", "The input must be an object with named values."),
    ],
)
def test_what_is_not_an_input(content: bytes, sentence: str) -> None:
    with pytest.raises(InvalidVotes) as refused:
        read_input(content)
    assert [str(problem.message) for problem in refused.value.problems] == [sentence]


@pytest.mark.parametrize("content", [b"\xff\xfe", b"[" * 100_000, b"", b'{"members": ' + b"9" * 5000 + b"}"])
def test_hostile_input_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidVotes):
        read_input(content)


def test_an_input_alone_and_within_its_case() -> None:
    assert read_input(b'\xef\xbb\xbf{"members": 3}') == {"members": 3}
    assert read_input(b'{"rule": "CONS", "input": {"members": 3}, "expected": {}}') == {"members": 3}


def test_unknown_rule() -> None:
    with pytest.raises(UnknownRule, match=r"^There is no decision rule “GA-9”\.$"):
        find_rule("GA-9")
    with pytest.raises(UnknownRule):
        find_rule("")


STAGE = {"count": "favour", "threshold": "1/2", "operator": ">", "base": "cast"}
RULE: dict[str, Any] = {"id": "OWN-1", "kind": "question", "name": {"en": "Own"}, "stages": [STAGE]}


@pytest.mark.parametrize(
    ("change", "place", "sentence"),
    [
        ({"id": ""}, "id", "id needs a letter from a to z or a digit: it becomes part of addresses."),
        ({"id": None}, "id", "id is missing."),
        ({"name": None}, "name", "name is missing."),
        ({"name": {"de": "Eigene"}}, "name.de", "name.de is not known here."),
        (
            {"kind": "poll"},
            "kind",
            'kind must be one of question, choice, endorsement, consensus, ruling; it is "poll".',
        ),
        ({"stages": []}, "stages", "Say what is needed: the rule has no stage."),
        ({"stages": {}}, "stages", "stages must be a list; it is {}."),
        (
            {"stages": [{**STAGE, "threshold": 0.5}]},
            "stages[1].threshold",
            'stages[1].threshold must be a fraction from 0 to 1, such as "2/3"; it is 0.5.',
        ),
        (
            {"stages": [{**STAGE, "threshold": "3/2"}]},
            "stages[1].threshold",
            'stages[1].threshold must be a fraction from 0 to 1, such as "2/3"; it is "3/2".',
        ),
        (
            {"stages": [{**STAGE, "threshold": "1/0"}]},
            "stages[1].threshold",
            'stages[1].threshold must be a fraction from 0 to 1, such as "2/3"; it is "1/0".',
        ),
        (
            {"stages": [{**STAGE, "minimum": 4}]},
            "stages[1]",
            "stages[1] needs one of threshold, minimum and at_most.",
        ),
        ({"stages": [{"base": "cast"}]}, "stages[1]", "stages[1] needs one of threshold, minimum and at_most."),
        ({"stages": [{**STAGE, "base": None}]}, "stages[1]", "stages[1]: a share needs a base."),
        (
            {"stages": [{**STAGE, "threshold": "1/1"}]},
            "stages[1]",
            "stages[1]: this share is always met or never met.",
        ),
        (
            {"stages": [{"count": "favour", "at_most": 1, "base": "objections"}]},
            "stages[1]",
            "stages[1]: at_most goes with objections, and objections with at_most.",
        ),
        ({"stages": [{**STAGE, "x": 1}]}, "stages[1].x", "stages[1].x is not known here."),
        (
            {"stages": [{**STAGE, "key": "lead"}]},
            "stages",
            "Every condition needs a key of its own; lead and constituency: are taken.",
        ),
        (
            {"quorum": {"threshold": "1/2", "base": "cast"}},
            "quorum",
            "quorum: a quorum is a share of all members, or a number.",
        ),
        (
            {"stages": [{**STAGE, "count": "present"}]},
            "stages[1]",
            "stages[1]: those present are counted for the quorum, and only there.",
        ),
        ({"kind": "consensus"}, "stages", "Consensus counts objections first."),
        ({"kind": "endorsement"}, "stages", "A rule of admission counts endorsements first."),
        ({"rulings": ["adopted"]}, "rulings", "Only a ruling is declared by a person."),
        (
            {"kind": "ruling"},
            "kind",
            "A ruling is declared by a person: it has no quorum, stages or other counts.",
        ),
        ({"next": "OWN-1"}, "next", "A rule cannot go on to itself."),
        ({"advance": 2}, "advance", "Say under which rule the best options go on."),
        ({"advance": 0, "next": "GA-2/3"}, "advance", "advance must be 1 or more; it is 0."),
        ({"each_alone": 1}, "each_alone", "each_alone must be true or false; it is 1."),
        (
            {"each_alone": True, "stages": [{**STAGE, "threshold": "1/3"}]},
            "each_alone",
            "Where each constituency votes alone, one stage of more than half decides in each.",
        ),
        (
            {"per_constituency": [STAGE, STAGE]},
            "per_constituency",
            "A constituency can have one condition only.",
        ),
        (
            {"per_constituency": [{**STAGE, "names": ["west"], "at_least": 2}]},
            "per_constituency",
            "at_least is more than the constituencies that are named.",
        ),
        (
            {"per_constituency": [{**STAGE, "names": [""]}]},
            "per_constituency[1].names",
            "per_constituency[1].names must be a list of names.",
        ),
        (
            {"per_constituency": [{"count": "components", "minimum": 1}]},
            "per_constituency[1]",
            "per_constituency[1]: components are counted of all voters together.",
        ),
        ({"source": 3}, "source", "source must be a text; it is 3."),
    ],
)
def test_rules_that_cannot_be_applied(change: dict[str, Any], place: str, sentence: str) -> None:
    with pytest.raises(InvalidRule) as refused:
        parse_rule({**RULE, **change})
    assert [(problem.field, str(problem.message)) for problem in refused.value.problems] == [(place, sentence)]


def test_stages_are_named_by_their_order_unless_the_rule_names_them() -> None:
    consensus = {"count": "objections", "at_most": 0}
    assert [stage.key for stage in parse_rule({**RULE, "stages": [STAGE]}).stages] == ["threshold"]
    assert [stage.key for stage in parse_rule({**RULE, "stages": [consensus]}).stages] == ["objections"]
    assert [stage.key for stage in parse_rule({**RULE, "stages": [consensus, STAGE]}).stages] == ["stage:1", "stage:2"]
