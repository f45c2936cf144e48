"""From choices on a roll to the figures a rule decides on."""

from __future__ import annotations

from consult.ballots.choices import Option
from consult.ballots.count import Backing, Group, Ruling, figures, result_of
from consult.ballots.parts import Electorate, Part, needs_presence, parts_counted_apart, parts_missing
from consult.ballots.rules import Outcome, parse_rule, shipped_rules
from consult.i18n import Localized

GROUPS = [
    Group("municipal", "west", "for", 3, 3),
    Group("municipal", "east", "against", 1, 1),
    Group("municipal", "east", None, 2, 0),
    Group("academic", "west", "abstain", 1, 1),
]
ELECTORATE = Electorate(
    seats=9,
    present=7,
    tracks={"municipal": Part(7), "academic": Part(2)},
    constituencies={"west": Part(5), "east": Part(4)},
)
OPTIONS = (Option("a", Localized(ar="أ")), Option("b", Localized(ar="ب")))


def test_a_question_counts_for_against_and_abstentions_on_all_seats() -> None:
    assert figures(shipped_rules()["GA-2/3"], (), GROUPS, ELECTORATE) == {
        "counts": {"for": 3, "against": 1, "abstain": 1},
        "members": 9,
    }


def test_regions_are_counted_apart_with_their_seats() -> None:
    assert figures(shipped_rules()["LPDF-DBL66"], (), GROUPS, ELECTORATE)["by_constituency"] == {
        "west": {"counts": {"for": 3, "against": 0, "abstain": 1}, "members": 5},
        "east": {"counts": {"for": 0, "against": 1, "abstain": 0}, "members": 4},
    }


def test_tracks_are_counted_apart_by_a_rule_that_names_them() -> None:
    rule = parse_rule(
        {
            "id": "OWN",
            "kind": "question",
            "name": {"en": "Own"},
            "stages": [{"count": "favour", "threshold": "1/2", "operator": ">", "base": "cast"}],
            "per_constituency": [
                {
                    "names": ["municipal", "academic"],
                    "count": "favour",
                    "threshold": "1/2",
                    "operator": ">",
                    "base": "cast",
                }
            ],
        }
    )
    assert parts_counted_apart(rule, ELECTORATE) == ("municipal", "academic")
    found = figures(rule, (), GROUPS, ELECTORATE)["by_constituency"]
    assert found["academic"] == {"counts": {"for": 0, "against": 0, "abstain": 1}, "members": 2}


def test_objections_are_the_votes_against_where_consensus_is_asked() -> None:
    assert figures(shipped_rules()["CONS"], (), GROUPS, ELECTORATE)["objections"] == 1


def test_presence_is_said_only_to_rules_that_count_it() -> None:
    assert not needs_presence(shipped_rules()["GA-2/3"])
    assert [rule.id for rule in shipped_rules().values() if needs_presence(rule)] == ["CDA-2016", "NDC-CC"]
    assert figures(shipped_rules()["NDC-CC"], (), GROUPS, ELECTORATE)["present"] == 7
    assert "present" not in figures(shipped_rules()["NDC-CC"], (), GROUPS, Electorate(seats=9))


def test_backing_and_rulings_are_added_to_the_figures() -> None:
    intake = figures(shipped_rules()["NDC-INTAKE"], (), GROUPS, ELECTORATE, backing=Backing(components=2))
    assert intake["components"] == 2
    assert "endorsements" not in intake
    ruling = Ruling(Outcome.ADOPTED, "اتفق الجميع تقريبًا", dissents=1)
    assert figures(shipped_rules()["SUFF"], (), GROUPS, ELECTORATE, ruling=ruling) == {
        "ruling": "adopted",
        "dissents": 1,
    }


def test_endorsements_are_counted_by_region() -> None:
    groups = [Group("municipal", "west", "endorse", 3, 3), Group("municipal", "west", "decline", 1, 1)]
    assert figures(shipped_rules()["LPDF-LIST"], (), groups, ELECTORATE) == {
        "endorsements": 3,
        "members": 9,
        "by_constituency": {
            "west": {"endorsements": 3, "members": 5},
            "east": {"endorsements": 0, "members": 4},
        },
    }


def test_what_a_rule_asks_for_and_the_seats_do_not_have() -> None:
    assert parts_missing(shipped_rules()["LPDF-LIST"], ELECTORATE) == ("south",)
    assert parts_missing(shipped_rules()["LPDF-DBL66"], Electorate(seats=3)) == ("*",)
    assert parts_missing(shipped_rules()["GA-2/3"], Electorate(seats=3)) == ()


def test_the_result_holds_what_is_needed_to_decide_again() -> None:
    groups = [
        Group("municipal", "west", "a", 3, 3),
        Group("municipal", "east", "b", 1, 1),
        Group("cso", "", None, 2, 0),
    ]
    assert result_of(shipped_rules()["LPDF-R2"], OPTIONS, groups, ELECTORATE) == {
        "outcome": "adopted",
        "conditions": {"threshold": {"count": 3, "base": 4, "needed": 3, "met": True}},
        "winner": "a",
        "input": {"options": {"a": 3, "b": 1}, "abstain": 0, "members": 9},
        "voters": 6,
        "cast": 4,
        "totals": {"a": 3, "b": 1, "abstain": 0},
        "tracks": {
            "municipal": {"a": 3, "b": 1, "abstain": 0, "voters": 4},
            "academic": {"a": 0, "b": 0, "abstain": 0, "voters": 0},
        },
        "constituencies": {
            "west": {"a": 3, "b": 0, "abstain": 0, "voters": 3},
            "east": {"a": 0, "b": 1, "abstain": 0, "voters": 1},
        },
    }
