"""Rules and results in words, in three languages."""

from typing import Any

import pytest

from consult.ballots.rules import Votes, decide, explain, find_rule, parse_rule, parse_votes, shipped_rules
from consult.ballots.rules.model import Kind, Reading
from consult.ballots.rules.votes import Outcome
from consult.ballots.rules.words import (
    abstention_sentence,
    condition_detail,
    condition_label,
    kind_label,
    needed_sentence,
    outcome_label,
    reading_label,
    result_sentence,
)
from consult.i18n import Localized, translate


def said(rule: str, language: str, names: dict[str, object] | None = None, **votes: Any) -> list[str]:
    found = find_rule(rule)
    messages = result_sentence(found, decide(found, parse_votes(votes)), names)
    return [translate(message, language) for message in messages]


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "46 in favour of 63 votes cast; 42 were needed."),
        ("ar", "46 موافقًا من 63 صوتًا مدلى به، والمطلوب 42."),
        ("fr", "46 voix pour sur 63 suffrages exprimés\u202f; il en fallait 42."),
    ],
)
def test_a_result_is_one_sentence(language: str, sentence: str) -> None:
    assert said("GA-2/3", language, counts={"for": 46, "against": 17, "abstain": 3}) == [sentence]


def test_arabic_counts_agree_with_their_number() -> None:
    def arabic(in_favour: int, against: int) -> str:
        return said("GA-SIMPLE", "ar", counts={"for": in_favour, "against": against})[0]

    assert arabic(1, 0) == "موافق واحد من صوت واحد مدلى به، والمطلوب 1."
    assert arabic(2, 0) == "موافقان من صوتين مدلى بهما، والمطلوب 2."
    assert arabic(3, 4) == "3 موافقين من 7 أصوات مدلى بها، والمطلوب 4."
    assert arabic(100, 0) == "100 موافق من 100 صوت مدلى به، والمطلوب 51."
    assert arabic(0, 20) == "لا أحد موافق من 20 صوتًا مدلى به، والمطلوب 11."


def test_results_in_english() -> None:
    assert said("GA-SIMPLE", "en", counts={"for": 1, "against": 0}) == ["1 in favour of 1 vote cast; 1 was needed."]
    assert said("GA-SIMPLE", "en", counts={"for": 0, "against": 0}) == [
        "Where nobody can be counted, nothing can be decided."
    ]
    assert said("LPDF-R2", "en", options={"list-1": 34, "list-3": 39}) == [
        "39 for list-3 of 73 valid votes; 37 were needed."
    ]
    assert said("LPDF-R1", "en", {"list-1": Localized(en="First")}, options={"list-1": 25, "list-2": 20, "x": 19}) == [
        "25 for the leading option of 64 valid votes; 39 were needed.",
        "The decision goes on under the rule LPDF-R2.",
        "Going on: First, list-2.",
    ]
    assert said("NDC-CC", "en", counts={"for": 17}, members=24, present=17) == [
        "There was no quorum: 17 present of 24 members; 18 were needed."
    ]
    assert said("CONS-1", "en", objections=2) == ["2 objections; at most 1 is allowed."]
    assert said("SUFF", "en", ruling="adopted", dissents=3) == [
        "Declared without a vote: Adopted.",
        "3 dissents are on record.",
    ]
    assert said("SUFF", "en") == ["Nothing was declared, so there is no decision."]
    assert said("CDA-2016", "en", counts={"for": 34, "against": 2}, members=57, present=36) == [
        "34 in favour of 36 members present; 25 were needed."
    ]


def test_what_stood_in_the_way_is_named() -> None:
    regions = {"west": {"endorsements": 9}, "east": {"endorsements": 5}, "south": {"endorsements": 3}}
    assert said("LPDF-LIST", "en", {"east": Localized(en="East")}, by_constituency=regions) == [
        "17 endorsements; 17 were needed.",
        "Not met: East. 5 endorsements; 6 were needed.",
    ]
    assert said("NDC-INTAKE", "en", components=1, endorsements=5, counts={"for": 19}, members=40) == [
        "19 in favour of 40 members; 20 were needed."
    ]
    assert said("NDC-INTAKE", "en", components=1, endorsements=3, counts={"for": 20}, members=40) == [
        "20 in favour of 40 members; 20 were needed.",
        "Not met: Backing by components. 1 component; 2 were needed.",
        "Not met: Endorsements. 3 endorsements of 40 members; 4 were needed.",
    ]


def test_colleges_name_their_winners() -> None:
    regions = {"west": {"options": {"a": 7, "b": 3}}, "east": {"options": {"c": 2, "d": 8}}}
    assert said("LPDF-70", "en", {"west": "West"}, by_constituency=regions) == ["West: a.", "east: d."]


def test_labels_and_details_of_conditions() -> None:
    rule = find_rule("NDC-CC")
    result = decide(rule, Votes(in_favour=18, members=24, present=18))
    assert [(str(condition_label(rule, row)), str(condition_detail(rule, row))) for row in result.conditions] == [
        ("Quorum", "at least three quarters of all members"),
        ("Objections", "no objection"),
        ("Overall", "at least 90% of all members"),
    ]
    double = find_rule("LPDF-DBL66")
    west = decide(double, Votes(members=9, by_constituency={"west": Votes(members=3)})).conditions[1]
    label = condition_label(double, west, {"west": Localized(ar="الغرب")})
    assert (translate(label, "ar"), str(condition_detail(double, west))) == ("الغرب", "half of its members plus one")
    cascade = find_rule("CDA-2016")
    second = decide(cascade, Votes(in_favour=3, members=9)).conditions[1]
    assert str(condition_label(cascade, second)) == "Stage 2"
    assert str(needed_sentence(cascade, second)) == "3 in favour of 9 members; 7 were needed."
    alone = find_rule("LPDF-70")
    college = decide(alone, Votes(by_constituency={"west": Votes(options={"a": 1})})).conditions[0]
    assert str(condition_detail(alone, college)) == "at least 70% of its valid votes"


def test_the_lead_of_the_first_option_is_told() -> None:
    stage = {"count": "favour", "threshold": "5/9", "operator": ">", "base": "members"}
    rule = parse_rule(
        {"id": "X", "kind": "choice", "name": {"en": "X"}, "stages": [stage, {**stage, "threshold": "1/9"}]}
    )
    lead = decide(rule, Votes(options={"a": 4, "b": 3}, members=9)).conditions[2]
    assert str(condition_label(rule, lead)) == "Lead over the next option"
    assert str(condition_detail(rule, lead)) == "more votes than any other option"
    assert str(needed_sentence(rule, lead)) == "The first option is ahead of the next by 1; a lead is needed."


def test_abstentions() -> None:
    votes = Votes(in_favour=5, abstentions=3, members=9)
    outside = abstention_sentence(find_rule("GA-2/3"), votes)
    inside = abstention_sentence(find_rule("NDC-90"), votes)
    assert outside is not None
    assert inside is not None
    assert str(outside) == "3 abstained; abstentions are not part of the base."
    assert translate(outside, "ar") == "امتنع 3، ولا يدخل الامتناع في الأساس."
    assert str(inside) == "3 abstained; under this rule that weighs like votes against."
    assert abstention_sentence(find_rule("CONS"), votes) is None
    assert abstention_sentence(find_rule("GA-2/3"), Votes(in_favour=5)) is None


def test_labels() -> None:
    assert [str(outcome_label(outcome)) for outcome in Outcome] == [
        "Adopted",
        "Rejected",
        "Goes to the next round",
        "No quorum",
        "No decision",
        "Contested",
    ]
    assert translate(kind_label(Kind.CONSENSUS), "ar") == "توافق الآراء"
    assert translate(reading_label(Reading.NOT_SEEN), "fr") == "Non vérifiée\u00a0: l’article n’a pas été vu."


def test_explanation_of_a_cascade_with_a_quorum() -> None:
    assert explain(find_rule("NDC-CC"), "en") == [
        "A question is put to the vote: in favour, against, or abstain.",
        "Quorum, counted on those present: at least three quarters of all members. Without it nothing is decided.",
        "Stage 1: no objection.",
        "Stage 2: at least 90% of all members.",
        "The stages are looked at together, on the same votes; the first that is met adopts.",
        "Unless objections are counted apart, each vote against is one.",
        "Every member counts in the base, so abstaining or staying away weighs like a vote against.",
        "If it falls short, it is rejected.",
    ]


def test_explanation_in_arabic_and_french() -> None:
    names = {"amazigh": Localized(ar="الأمازيغ"), "tebu": Localized(ar="التبو"), "tuareg": Localized(ar="الطوارق")}
    assert explain(find_rule("CDA-2017"), "ar", names) == [
        "تُطرح مسألة للتصويت: موافق أو غير موافق أو ممتنع.",
        "المطلوب للاعتماد: ثلثا جميع الأعضاء على الأقل.",
        "ويلزم أيضًا في الأمازيغ، التبو، الطوارق، كلٌّ محسوب وحده: صوت موافق واحد على الأقل.",
        "يدخل كل عضو في الأساس، فأثر الامتناع أو الغياب كأثر عدم الموافقة.",
        "إن لم يتحقق ذلك رُفضت.",
    ]
    assert explain(find_rule("LPDF-R1"), "fr") == [
        "Les votants choisissent une option parmi plusieurs, ou s’abstiennent.",
        "Requis pour l’emporter\u00a0: au moins 60\u202f% des suffrages valables.",
        "Les bulletins nuls et les abstentions ne comptent pas.",
        "À défaut, la décision se poursuit selon la règle LPDF-R2.",
        "Les 2 options arrivées en tête passent au tour suivant\u202f; "
        "en cas d’égalité à la limite, toutes les ex æquo passent.",
    ]


def test_explanation_of_constituencies() -> None:
    half = {"count": "favour", "threshold": "1/2", "operator": ">", "base": "cast"}

    def sentence(**group: Any) -> str:
        mapping = {"id": "X", "kind": "question", "name": {"en": "X"}, "stages": [half]}
        return explain(parse_rule({**mapping, "per_constituency": [{**half, **group}]}), "en")[2]

    assert sentence() == "Also needed in every constituency, each counted alone: more than half of its votes cast."
    assert sentence(at_least=2) == (
        "Also needed in at least 2 constituencies, each counted alone: more than half of its votes cast."
    )
    assert sentence(names=["west", "east"], at_least=1) == (
        "Also needed in at least 1 of these, each counted alone (west, east): more than half of its votes cast."
    )


def test_explanation_of_rulings_and_admission() -> None:
    assert explain(find_rule("EG-NOVOTE"), "en") == [
        "There is no vote and no arithmetic: the chair or the rapporteur declares the outcome.",
        "What can be declared: Adopted, Contested.",
        "Reasons and dissent are recorded.",
    ]
    assert explain(find_rule("NDC-INTAKE"), "en")[1:4] == [
        "Before the vote it must be backed; one of these ways is enough.",
        "Backing needed before the vote: at least 2 components.",
        "Backing needed before the vote: at least 10% of all members.",
    ]


@pytest.mark.parametrize("language", ["ar", "fr"])
def test_no_rule_is_explained_in_english_to_others(language: str) -> None:
    english = {sentence for rule in shipped_rules().values() for sentence in explain(rule, "en")}
    for rule in shipped_rules().values():
        assert not english & set(explain(rule, language)), rule.id


def test_a_rule_of_one_stage_is_explained_by_its_kind() -> None:
    assert explain(find_rule("LPDF-R2"), "en")[1] == "Needed to win: half of the valid votes plus one."
    assert explain(find_rule("CONS-1"), "en")[1] == "Needed for adoption: at most 1 objection."
    assert explain(find_rule("LPDF-LIST"), "en")[1] == "Needed for admission: at least 17 endorsements."
    own = {"count": "favour", "threshold": "2/5", "operator": "+1", "base": "present"}
    rule = parse_rule({"id": "X", "kind": "choice", "name": {"en": "X"}, "stages": [own]})
    assert explain(rule, "en")[1:3] == [
        "Needed to win: 40% of the members present plus one.",
        "The winner must have more votes than any other option.",
    ]
    ninth = parse_rule(
        {"id": "X", "kind": "question", "name": {"en": "X"}, "stages": [{**own, "threshold": "5/9", "operator": ">"}]}
    )
    assert explain(ninth, "en")[1] == "Needed for adoption: more than 5/9 of the members present."
