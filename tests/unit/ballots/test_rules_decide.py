"""Every shipped rule at its edges: exact thresholds, empty bases, ties, quorum before all, what follows."""

from typing import Any

import pytest

from consult.ballots.rules import Condition, Outcome, Result, Votes, decide, find_rule, parse_rule, parse_votes
from consult.ballots.rules.decide import as_put, outcome_from


def decided(rule: str, **votes: Any) -> Result:
    return decide(find_rule(rule), parse_votes(votes))


def counts(in_favour: int, against: int = 0, abstain: int = 0) -> dict[str, int]:
    return {"for": in_favour, "against": against, "abstain": abstain}


def row(result: Result, key: str) -> tuple[int, int | None, int, bool]:
    found = result.condition(key)
    assert found is not None
    return found.count, found.base, found.needed, found.met


@pytest.mark.parametrize(
    ("rule", "votes", "outcome", "condition"),
    [
        ("GA-SIMPLE", {"counts": counts(11, 10, 30)}, "adopted", (11, 21, 11, True)),
        ("GA-SIMPLE", {"counts": counts(10, 11)}, "rejected", (10, 21, 11, False)),
        ("GA-SIMPLE", {"counts": counts(1)}, "adopted", (1, 1, 1, True)),
        ("GA-2/3", {"counts": counts(20, 10, 99)}, "adopted", (20, 30, 20, True)),
        ("GA-2/3", {"counts": counts(19, 10)}, "rejected", (19, 29, 20, False)),
        ("LPDF-63", {"counts": counts(63, 37)}, "adopted", (63, 100, 63, True)),
        ("LPDF-63", {"counts": counts(44, 26, 2)}, "rejected", (44, 70, 45, False)),
        ("NDC-90", {"counts": counts(508, 57), "members": 565}, "next_round", (508, 565, 509, False)),
        ("NDC-75", {"counts": counts(75, 0, 25), "members": 100}, "adopted", (75, 100, 75, True)),
        ("NDC-75", {"counts": counts(74, 0, 0), "members": 100}, "rejected", (74, 100, 75, False)),
        ("LPDF-70", {"options": {"a": 7, "b": 3}}, "adopted", (7, 10, 7, True)),
        ("LPDF-R1", {"options": {"a": 45, "b": 30}, "spoilt": 1}, "adopted", (45, 75, 45, True)),
        ("LPDF-R2", {"options": {"a": 36, "b": 36}}, "no_decision", (36, 72, 37, False)),
        ("LPDF-R2", {"options": {"a": 37, "b": 35}}, "adopted", (37, 72, 37, True)),
        ("LPDF-R2", {"options": {"a": 0, "b": 0}, "abstain": 9}, "no_decision", (0, 0, 1, False)),
        ("LPDF-R1", {"options": {"a": 0, "b": 0}}, "no_decision", (0, 0, 0, False)),
        ("LPDF-R1", {"options": {}}, "no_decision", (0, 0, 0, False)),
        ("LPDF-63", {}, "no_decision", (0, 0, 0, False)),
    ],
)
def test_one_threshold(
    rule: str, votes: dict[str, Any], outcome: str, condition: tuple[int, int | None, int, bool]
) -> None:
    result = decided(rule, **votes)
    assert (result.outcome.value, row(result, "threshold")) == (outcome, condition)


def test_thresholds_are_exact_for_large_numbers() -> None:
    assert decided("GA-2/3", counts=counts(2 * 10**30, 10**30)).outcome is Outcome.ADOPTED
    assert decided("GA-2/3", counts=counts(2 * 10**30 - 1, 10**30)).outcome is Outcome.REJECTED


def test_what_falls_short_of_ninety_per_cent_goes_to_the_committee() -> None:
    assert decided("NDC-90", counts=counts(508, 57), members=565).next == "NDC-CC"
    assert decided("NDC-90", counts=counts(509, 56), members=565).next is None


def test_a_rule_without_members_on_its_base_decides_nothing() -> None:
    result = decided("NDC-90", counts=counts(0), members=0)
    assert (result.outcome, result.next) == (Outcome.NO_DECISION, None)


@pytest.mark.parametrize(
    ("options", "qualified"),
    [
        ({"a": 25, "b": 20, "c": 15, "d": 13}, ("a", "b")),
        ({"a": 25, "b": 20, "c": 20, "d": 8}, ("a", "b", "c")),
        ({"a": 30, "b": 30, "c": 13}, ("a", "b")),
        ({"c": 24, "b": 24, "a": 24}, ("a", "b", "c")),
        ({"d": 13, "b": 25, "c": 20, "a": 15}, ("b", "c")),
    ],
)
def test_the_two_best_go_on_and_a_tie_at_the_edge_lets_all_tied_in(
    options: dict[str, int], qualified: tuple[str, ...]
) -> None:
    result = decided("LPDF-R1", options=options)
    assert (result.outcome, result.next, result.qualified, result.winner) == (
        Outcome.NEXT_ROUND,
        "LPDF-R2",
        qualified,
        None,
    )


def test_the_winner_of_a_choice() -> None:
    result = decided("LPDF-R1", options={"a": 10, "b": 45, "c": 20})
    assert (result.winner, result.qualified, result.next) == ("b", (), None)


def test_colleges_that_vote_in_one_input_each_decide_alone() -> None:
    regions = {"west": {"options": {"a": 7, "b": 3}}, "east": {"options": {"c": 2, "d": 8}}}
    result = decided("LPDF-70", by_constituency=regions)
    assert (result.outcome, dict(result.winners), result.winner) == (
        Outcome.ADOPTED,
        {"west": "a", "east": "d"},
        None,
    )
    assert row(result, "constituency:east") == (8, 10, 7, True)
    short = decided("LPDF-70", by_constituency={**regions, "south": {"options": {"e": 6, "f": 8}}})
    assert (short.outcome, short.next, dict(short.winners)) == (Outcome.NEXT_ROUND, "LPDF-LIST", {})
    assert row(short, "constituency:south") == (8, 14, 10, False)
    assert short.condition("threshold") is None


@pytest.mark.parametrize(
    ("west", "east", "south", "outcome"),
    [(8, 6, 3, "adopted"), (9, 6, 2, "rejected"), (7, 7, 3, "rejected"), (8, 6, 2, "rejected"), (8, 5, 4, "rejected")],
)
def test_endorsements_in_all_and_by_region(west: int, east: int, south: int, outcome: str) -> None:
    regions = {"west": {"endorsements": west}, "east": {"endorsements": east}, "south": {"endorsements": south}}
    result = decided("LPDF-LIST", by_constituency=regions)
    assert result.outcome.value == outcome
    assert row(result, "threshold") == (west + east + south, None, 17, west + east + south >= 17)
    assert row(result, "constituency:south") == (south, None, 3, south >= 3)


def test_a_region_without_endorsements_is_one_that_gave_none() -> None:
    result = decided("LPDF-LIST", by_constituency={"west": {"endorsements": 12}, "east": {"endorsements": 8}})
    assert result.outcome is Outcome.REJECTED
    assert row(result, "constituency:south") == (0, None, 3, False)


REGIONS = {
    "west": {"counts": counts(19, 18), "members": 37},
    "east": {"counts": counts(12, 11), "members": 23},
    "south": {"counts": counts(14, 1), "members": 15},
}


@pytest.mark.parametrize(
    ("rule", "in_favour", "east", "outcome"),
    [
        ("LPDF-DBL60", 45, 12, "adopted"),
        ("LPDF-DBL60", 44, 12, "rejected"),
        ("LPDF-DBL60", 45, 11, "rejected"),
        ("LPDF-DBL66", 50, 12, "adopted"),
        ("LPDF-DBL66", 49, 12, "rejected"),
        ("LPDF-DBL66", 50, 11, "rejected"),
    ],
)
def test_double_majority_of_all_members_and_of_each_region(rule: str, in_favour: int, east: int, outcome: str) -> None:
    regions = {**REGIONS, "east": {"counts": counts(east, 23 - east), "members": 23}}
    result = decided(rule, counts=counts(in_favour, 75 - in_favour), members=75, by_constituency=regions)
    assert result.outcome.value == outcome
    assert row(result, "constituency:east") == (east, 23, 12, east >= 12)


def test_referendum_fails_in_one_region() -> None:
    regions = {"tripolitania": {"counts": counts(650, 149)}, "fezzan": {"counts": counts(50, 50)}}
    result = decided("LY-REF-2018", counts=counts(700, 199), by_constituency=regions)
    assert result.outcome is Outcome.REJECTED
    assert row(result, "constituency:fezzan") == (50, 100, 51, False)


def test_a_region_where_nobody_voted_leaves_the_referendum_open() -> None:
    regions = {"tripolitania": {"counts": counts(650, 149)}, "fezzan": {"counts": counts(0, 0, 40)}}
    adopted_elsewhere = decided("LY-REF-2018", counts=counts(650, 149), by_constituency=regions)
    assert adopted_elsewhere.outcome is Outcome.NO_DECISION
    failed_elsewhere = decided("LY-REF-2018", counts=counts(500, 299), by_constituency=regions | {"tripolitania": {}})
    assert failed_elsewhere.outcome is Outcome.REJECTED
    assert row(failed_elsewhere, "constituency:fezzan") == (0, 0, 1, False)


def test_a_double_majority_without_constituencies_is_not_an_adoption() -> None:
    assert decided("LY-REF-2018", counts=counts(700, 300)).outcome is Outcome.NO_DECISION
    assert decided("LY-REF-2018", counts=counts(600, 400)).outcome is Outcome.REJECTED


def test_reserved_components_need_one_member_each() -> None:
    parts = {name: {"counts": counts(1), "members": 2} for name in ("amazigh", "tebu", "tuareg")}
    assert decided("CDA-2017", counts=counts(40, 4), members=60, by_constituency=parts).outcome is Outcome.ADOPTED
    assert decided("CDA-2017", counts=counts(39, 5), members=60, by_constituency=parts).outcome is Outcome.REJECTED
    del parts["amazigh"]
    absent = decided("CDA-2017", counts=counts(43, 1), members=60, by_constituency=parts)
    assert absent.outcome is Outcome.REJECTED
    assert row(absent, "constituency:amazigh") == (0, None, 1, False)


def test_cascade_shows_every_stage_and_the_first_that_is_met_adopts() -> None:
    result = decided("CDA-2016", counts=counts(34, 2), members=57, present=36)
    assert result.outcome is Outcome.ADOPTED
    assert result.conditions == (
        Condition("stage:1", 2, 57, 0, False),
        Condition("stage:2", 34, 57, 39, False),
        Condition("stage:3", 34, 36, 25, True),
    )


@pytest.mark.parametrize(
    ("votes", "outcome"),
    [
        ({"counts": counts(39, 5), "members": 57, "present": 57}, "adopted"),
        ({"counts": counts(38, 19), "members": 57, "present": 57}, "rejected"),
        ({"counts": counts(25, 11), "members": 57, "present": 36}, "adopted"),
        ({"counts": counts(24, 12), "members": 57, "present": 36}, "rejected"),
        ({"counts": counts(20, 0, 16), "members": 57, "present": 36}, "adopted"),
        ({"counts": counts(20, 0, 16), "objections": 1, "members": 57, "present": 36}, "rejected"),
        ({"objections": 0}, "adopted"),
        ({}, "no_decision"),
    ],
)
def test_cascade_at_its_edges(votes: dict[str, Any], outcome: str) -> None:
    assert decided("CDA-2016", **votes).outcome.value == outcome


@pytest.mark.parametrize(
    ("votes", "outcome"),
    [
        ({"counts": counts(22, 2), "present": 24}, "adopted"),
        ({"counts": counts(21, 3), "present": 24}, "rejected"),
        ({"counts": counts(18), "present": 18}, "adopted"),
        ({"counts": counts(18), "present": 18, "objections": 1}, "rejected"),
        ({"counts": counts(22), "present": 22, "objections": 2}, "adopted"),
        ({"counts": counts(17), "present": 17, "objections": 0}, "no_quorum"),
        ({"counts": counts(10, 7)}, "no_quorum"),
        ({"counts": counts(18)}, "adopted"),
    ],
)
def test_committee_quorum_then_consensus_then_ninety_per_cent(votes: dict[str, Any], outcome: str) -> None:
    result = decided("NDC-CC", members=24, **votes)
    assert result.outcome.value == outcome
    assert [found.key for found in result.conditions] == ["quorum", "objections", "threshold"]


def test_a_committee_without_members_decides_nothing() -> None:
    assert decided("NDC-CC", counts=counts(0), members=0, present=0).outcome is Outcome.NO_DECISION


@pytest.mark.parametrize(
    ("components", "endorsements", "in_favour", "outcome"),
    [
        (2, 0, 20, "adopted"),
        (1, 4, 20, "adopted"),
        (1, 3, 20, "rejected"),
        (2, 0, 19, "rejected"),
        (0, 0, 40, "rejected"),
    ],
)
def test_intake_is_backed_and_then_accepted(components: int, endorsements: int, in_favour: int, outcome: str) -> None:
    result = decided(
        "NDC-INTAKE", components=components, endorsements=endorsements, counts=counts(in_favour), members=40
    )
    assert result.outcome.value == outcome
    assert result.conditions == (
        Condition("components", components, None, 2, components >= 2),
        Condition("endorsements", endorsements, 40, 4, endorsements >= 4),
        Condition("threshold", in_favour, 40, 20, in_favour >= 20),
    )


@pytest.mark.parametrize(
    ("rule", "votes", "outcome", "condition"),
    [
        ("CONS", {"objections": 0}, "adopted", (0, None, 0, True)),
        ("CONS", {"objections": 1}, "rejected", (1, None, 0, False)),
        ("CONS", {"counts": counts(9, 1, 2)}, "rejected", (1, 12, 0, False)),
        ("CONS", {"counts": counts(9, 1, 2), "objections": 0, "members": 30}, "adopted", (0, 30, 0, True)),
        ("CONS", {"counts": counts(0, 0, 0)}, "no_decision", (0, 0, 0, False)),
        ("CONS", {}, "no_decision", (0, 0, 0, False)),
        ("CONS-1", {"objections": 1}, "adopted", (1, None, 1, True)),
        ("CONS-1", {"counts": counts(20, 1)}, "adopted", (1, 21, 1, True)),
        ("CONS-1", {"counts": counts(20, 2)}, "rejected", (2, 22, 1, False)),
        ("CONS-1", {"objections": 0, "present": 40}, "adopted", (0, 40, 1, True)),
    ],
)
def test_consensus_counts_objections(
    rule: str, votes: dict[str, Any], outcome: str, condition: tuple[int, int | None, int, bool]
) -> None:
    result = decided(rule, **votes)
    assert (result.outcome.value, row(result, "objections")) == (outcome, condition)


@pytest.mark.parametrize("ruling", ["adopted", "rejected", "contested"])
def test_a_ruling_is_what_was_declared(ruling: str) -> None:
    result = decided("SUFF", ruling=ruling, dissents=3)
    assert (result.outcome.value, result.conditions, result.dissents) == (ruling, (), 3)


def test_without_a_ruling_there_is_no_decision() -> None:
    assert decided("EG-NOVOTE", ruling="contested").outcome is Outcome.CONTESTED
    assert decided("EG-NOVOTE").outcome is Outcome.NO_DECISION


def test_a_majority_decides_a_question_or_a_choice_as_it_is_put() -> None:
    tied = decided("GA-SIMPLE", options={"a": 5, "b": 5})
    assert (tied.outcome, tied.winner) == (Outcome.NO_DECISION, None)
    assert decided("GA-SIMPLE", options={"a": 6, "b": 5}).winner == "a"
    assert decided("LPDF-R2", counts=counts(5, 5)).outcome is Outcome.REJECTED


OWN = {"id": "X", "kind": "choice", "name": {"en": "Own"}}


def test_below_half_the_winner_must_lead() -> None:
    stage = {"count": "favour", "threshold": "2/5", "operator": ">=", "base": "cast"}
    rule = parse_rule({**OWN, "stages": [stage]})
    tied = decide(rule, Votes(options={"a": 4, "b": 4, "c": 2}))
    assert tied.outcome is Outcome.NO_DECISION
    assert tied.conditions == (Condition("threshold", 4, 10, 4, True), Condition("lead", 0, 10, 1, False))
    won = decide(rule, Votes(options={"a": 5, "b": 4, "c": 1}))
    assert (won.outcome, won.winner) == (Outcome.ADOPTED, "a")


def test_the_winning_option_is_what_regions_are_asked_about() -> None:
    half = {"count": "favour", "threshold": "1/2", "operator": ">", "base": "cast"}
    rule = parse_rule({**OWN, "stages": [half], "per_constituency": [{**half, "at_least": 2}]})
    regions = {
        "west": Votes(options={"a": 9, "b": 1}),
        "east": Votes(options={"a": 1, "b": 5}),
        "south": Votes(options={"a": 3, "b": 1}),
    }
    result = decide(rule, Votes(options={"a": 13, "b": 7}, by_constituency=regions))
    assert (result.outcome, result.winner) == (Outcome.ADOPTED, "a")
    assert row(result, "constituency:east") == (1, 6, 4, False)


def test_a_tie_in_all_favours_no_option_in_the_regions() -> None:
    half = {"count": "favour", "threshold": "1/2", "operator": ">", "base": "cast"}
    rule = parse_rule({**OWN, "stages": [half], "per_constituency": [half]})
    result = decide(rule, Votes(options={"a": 5, "b": 5}, by_constituency={"west": Votes(options={"a": 5, "b": 5})}))
    assert row(result, "constituency:west") == (0, 10, 6, False)


def test_abstentions_can_be_part_of_the_base() -> None:
    stage = {"count": "favour", "threshold": "1/2", "operator": ">", "base": "cast_with_abstentions"}
    rule = parse_rule({**OWN, "kind": "question", "stages": [stage]})
    result = decide(rule, Votes(in_favour=10, against=4, abstentions=6))
    assert (result.outcome, row(result, "threshold")) == (Outcome.REJECTED, (10, 20, 11, False))


def test_the_quorum_comes_before_everything() -> None:
    rule = parse_rule(
        {
            **OWN,
            "kind": "question",
            "quorum": {"threshold": "2/3", "base": "members"},
            "stages": [{"count": "favour", "threshold": "1/2", "operator": ">", "base": "cast"}],
        }
    )
    assert decide(rule, Votes(members=9, present=5)).outcome is Outcome.NO_QUORUM
    assert decide(rule, Votes(members=9, present=6)).outcome is Outcome.NO_DECISION
    assert decide(rule, Votes(in_favour=1, members=9, present=6)).outcome is Outcome.ADOPTED


def test_as_put_changes_nothing_the_second_time() -> None:
    votes = parse_votes({"by_constituency": {"west": {"options": {"a": 7, "b": 3}}}})
    once = as_put(find_rule("LPDF-70"), votes)
    assert as_put(once, votes) == once


def test_the_outcome_follows_from_a_frozen_rule_and_its_table() -> None:
    rule = find_rule("LPDF-70")
    together = decide(rule, parse_votes({"by_constituency": {"west": {"options": {"a": 7, "b": 3}}}}))
    assert outcome_from(rule, together.conditions) is Outcome.ADOPTED
    alone = decide(rule, parse_votes({"options": {"a": 6, "b": 4}}))
    assert outcome_from(rule, alone.conditions) is Outcome.NEXT_ROUND


def test_an_empty_base_of_all_is_no_decision_whatever_a_constituency_says() -> None:
    result = decide(find_rule("CDA-2017"), Votes(in_favour=43, against=1))
    assert (result.outcome, row(result, "constituency:tebu")) == (Outcome.NO_DECISION, (0, None, 1, False))


def test_only_a_share_that_two_options_can_meet_asks_for_a_lead() -> None:
    def keys(share: str, operator: str) -> list[str]:
        stage = {"count": "favour", "threshold": share, "operator": operator, "base": "cast"}
        return [found.key for found in decide(parse_rule({**OWN, "stages": [stage]}), Votes(options={})).conditions]

    assert keys("1/2", ">") == ["threshold"]
    assert keys("1/2", ">=") == ["threshold", "lead"]
    assert keys("499/1000", "+1") == ["threshold", "lead"]


def test_nobody_leads_without_votes_or_on_a_tie() -> None:
    assert Votes(options={"a": 0}).leader is None
    assert Votes(options={"a": 1, "b": 1}).leader is None
    assert Votes(options={"a": 1, "b": 0}).leader == "a"
    assert Votes(in_favour=3).leader is None
