"""What holds for every rule and all votes."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from consult.ballots.rules import (
    DecisionRule,
    Outcome,
    Votes,
    as_mapping,
    decide,
    outcome_from,
    parse_rule,
    result_as_mapping,
    result_from_mapping,
    shipped_rules,
)
from consult.ballots.rules.command import evaluate
from consult.ballots.rules.decide import as_put
from consult.ballots.rules.parse_votes import InvalidVotes

quick = settings(
    max_examples=80,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)

NUMBERS = st.one_of(st.integers(0, 12), st.integers(0, 600))
NAMES = ("amazigh", "tebu", "tuareg", "west", "east", "south")
SHARES = ("1/3", "2/5", "1/2", "60/100", "2/3", "9/10")


def requirement(base: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, Any]]:
    share = st.fixed_dictionaries(
        {"threshold": st.sampled_from(SHARES), "operator": st.sampled_from([">=", ">", "+1"]), "base": base}
    )
    return share | st.fixed_dictionaries({"minimum": st.integers(1, 9), "base": base})


BASES = st.sampled_from(["cast", "cast_with_abstentions", "valid", "present", "members"])
CONSENSUS = st.fixed_dictionaries({"count": st.just("objections"), "at_most": st.integers(0, 2)})


@st.composite
def own_rules(draw: Callable[..., Any]) -> DecisionRule:
    """Rules such as an organiser could build."""
    mapping: dict[str, Any] = {
        "id": "OWN",
        "kind": draw(st.sampled_from(["question", "choice"])),
        "name": {"en": "Own rule"},
        "stages": draw(st.lists(requirement(BASES) | CONSENSUS, min_size=1, max_size=3)),
    }
    if draw(st.booleans()):
        mapping["quorum"] = draw(requirement(st.just("members")))
    if draw(st.booleans()):
        mapping["admission"] = [{"count": "components", "minimum": 2}, {"count": "endorsements", "minimum": 3}]
    if draw(st.booleans()):
        group = draw(requirement(BASES))
        named = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=3))
        mapping["per_constituency"] = [{**group, **({"names": named} if named else {"at_least": 2})}]
    if draw(st.booleans()):
        mapping |= {"next": "GA-SIMPLE", "advance": draw(st.integers(1, 3))}
    return parse_rule(mapping)


RULES = st.sampled_from(list(shipped_rules().values())) | own_rules()


@st.composite
def figures(draw: Callable[..., Any], choice: bool) -> Votes:
    names = st.sampled_from(["list-1", "list-2", "list-3", "list-4"])
    votes = Votes(
        in_favour=0 if choice else draw(NUMBERS),
        against=0 if choice else draw(NUMBERS),
        abstentions=draw(NUMBERS),
        options=draw(st.dictionaries(names, NUMBERS, max_size=4)) if choice else None,
        spoilt=draw(st.integers(0, 3)),
        objections=draw(st.none() | st.integers(0, 3)),
        endorsements=draw(st.none() | NUMBERS),
    )
    attending = votes.participants + draw(st.integers(0, 5))
    members = attending + draw(NUMBERS)
    return replace(
        votes, present=draw(st.sampled_from([None, attending])), members=draw(st.sampled_from([None, members]))
    )


@st.composite
def all_votes(draw: Callable[..., Any]) -> Votes:
    choice = draw(st.booleans())
    parts = draw(st.dictionaries(st.sampled_from(NAMES), figures(choice), max_size=4))
    rulings = [None, Outcome.ADOPTED, Outcome.REJECTED, Outcome.CONTESTED]
    return replace(
        draw(figures(choice)),
        components=draw(st.integers(0, 3)),
        ruling=draw(st.sampled_from(rulings)),
        dissents=draw(st.none() | st.integers(0, 3)),
        by_constituency=parts,
    )


@quick
@given(RULES, all_votes())
def test_every_input_has_an_outcome_that_follows_from_its_table_alone(rule: DecisionRule, votes: Votes) -> None:
    result = decide(rule, votes)
    assert outcome_from(as_put(rule, votes), result.conditions, votes.ruling) is result.outcome
    assert len({row.key for row in result.conditions}) == len(result.conditions)
    for row in result.conditions:
        allowed = (
            row.count <= row.needed if "objections" in row.key or _objecting(rule, row.key) else row.count >= row.needed
        )
        assert row.met == (row.base != 0 and allowed)


def _objecting(rule: DecisionRule, key: str) -> bool:
    return any(asked.key == key and asked.counted.value == "objections" for asked in rule.requirements())


@quick
@given(RULES, all_votes())
def test_what_follows_agrees_with_the_outcome(rule: DecisionRule, votes: Votes) -> None:
    result = decide(rule, votes)
    assert (result.next is not None) == (result.outcome is Outcome.NEXT_ROUND)
    assert not result.qualified or result.outcome is Outcome.NEXT_ROUND
    assert (result.winner is None and not result.winners) or result.outcome is Outcome.ADOPTED
    assert result_from_mapping(result_as_mapping(result)) == result


@quick
@given(RULES, all_votes(), st.data())
def test_one_more_vote_in_favour_never_undoes_an_adoption(
    rule: DecisionRule, votes: Votes, data: st.DataObject
) -> None:
    """One more voter is in favour, of nobody's constituency or of one; the voter was absent, or was against."""
    option = votes.leader
    assume(not rule.declared and decide(rule, votes).outcome is Outcome.ADOPTED)
    assume(votes.options is None or option is not None)
    place = data.draw(st.sampled_from([None, *votes.by_constituency]))
    here = [votes, *(part for name, part in votes.by_constituency.items() if name == place)]
    turned = data.draw(st.booleans()) and all(part.against > 0 for part in here)
    parts = {
        name: _one_more(part, option, turned) if name == place else part for name, part in votes.by_constituency.items()
    }
    more = replace(_one_more(votes, option, turned), by_constituency=parts)
    assert decide(rule, more).outcome is Outcome.ADOPTED


def _one_more(votes: Votes, option: str | None, turned: bool) -> Votes:
    """Return the votes with one more in favour; whoever casts it was a member all along, present or not."""
    if turned:
        return replace(votes, in_favour=votes.in_favour + 1, against=votes.against - 1)
    present = None if votes.present is None else max(votes.present, votes.participants + 1)
    members = None if votes.members is None else max(votes.members, present or 0, votes.participants + 1)
    grown = replace(votes, present=present, members=members)
    if votes.options is None or option is None:
        return replace(grown, in_favour=votes.in_favour + (votes.options is None))
    return replace(grown, options={**votes.options, option: votes.options.get(option, 0) + 1})


@quick
@given(RULES, all_votes(), st.randoms(use_true_random=False))
def test_order_changes_nothing(rule: DecisionRule, votes: Votes, random: Any) -> None:
    def shuffled(mapping: Any) -> Any:
        items = list(mapping.items())
        random.shuffle(items)
        return dict(items)

    other = replace(
        votes,
        options=None if votes.options is None else shuffled(votes.options),
        by_constituency=shuffled(votes.by_constituency),
    )
    one, two = decide(rule, votes), decide(rule, other)
    assert {row.key: row for row in one.conditions} == {row.key: row for row in two.conditions}
    assert replace(one, conditions=()) == replace(two, conditions=())


@quick
@given(RULES, all_votes())
def test_names_of_options_change_nothing(rule: DecisionRule, votes: Votes) -> None:
    new = {"list-1": "z", "list-2": "y", "list-3": "x", "list-4": "w"}

    def relabelled(part: Votes) -> Votes:
        return part if part.options is None else replace(part, options={new[k]: n for k, n in part.options.items()})

    parts = {name: relabelled(part) for name, part in votes.by_constituency.items()}
    one, two = decide(rule, votes), decide(rule, replace(relabelled(votes), by_constituency=parts))
    assert (two.outcome, two.conditions, two.next) == (one.outcome, one.conditions, one.next)
    assert two.winner == (None if one.winner is None else new[one.winner])
    assert set(two.qualified) == {new[name] for name in one.qualified}
    assert dict(two.winners) == {place: new[name] for place, name in one.winners.items()}


@quick
@given(
    st.sampled_from([rule for rule in shipped_rules().values() if not any(g.names for g in rule.per_constituency)]),
    all_votes(),
)
def test_names_of_constituencies_change_nothing(rule: DecisionRule, votes: Votes) -> None:
    renamed = {name[::-1]: part for name, part in votes.by_constituency.items()}
    one, two = decide(rule, votes), decide(rule, replace(votes, by_constituency=renamed))
    assert one.outcome is two.outcome
    assert [row.count for row in one.conditions] == [row.count for row in two.conditions]


@quick
@given(own_rules())
def test_rules_survive_their_canonical_form(rule: DecisionRule) -> None:
    assert parse_rule(as_mapping(rule)) == rule


ANYTHING: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 90) | st.floats() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["for", "against", "abstain", "a", "west", "counts", "members"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)
KEYS = ("counts", "options", "spoilt", "abstain", "members", "present", "by_constituency", "objections", "ruling", "x")


@quick
@given(RULES, st.dictionaries(st.sampled_from(KEYS), ANYTHING, max_size=5))
def test_any_input_is_decided_or_refused_with_a_reason(rule: DecisionRule, mapping: dict[str, Any]) -> None:
    try:
        outcome, reasons = evaluate(rule, mapping)["outcome"], ["decided"]
    except InvalidVotes as error:
        outcome, reasons = None, [str(problem.message) for problem in error.problems]
    assert outcome is None or outcome in {known.value for known in Outcome}
    assert reasons
    assert all(reasons)
