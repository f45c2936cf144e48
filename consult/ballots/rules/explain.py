"""A rule in sentences, made from the rule's data: what an organiser reads while building one in a form."""

from __future__ import annotations

from collections.abc import Iterator

from consult.ballots.rules.model import Counted, DecisionRule, Kind, PerConstituency
from consult.ballots.rules.phrases import BASES, OUTCOMES, Names, listed, needed_phrase
from consult.i18n import N_, NN_, Message, translate

_OPENINGS = {
    Kind.QUESTION: N_("A question is put to the vote: in favour, against, or abstain."),
    Kind.CHOICE: N_("Voters choose one of several options, or abstain."),
    Kind.ENDORSEMENT: N_("A proposal gathers endorsements; nobody votes against."),
    Kind.CONSENSUS: N_("Objections are asked for. Abstention and absence are not objections."),
    Kind.RULING: N_("There is no vote and no arithmetic: the chair or the rapporteur declares the outcome."),
}

_NEEDED = {
    Kind.QUESTION: N_("Needed for adoption: %(needed)s.").text,
    Kind.CHOICE: N_("Needed to win: %(needed)s.").text,
    Kind.ENDORSEMENT: N_("Needed for admission: %(needed)s.").text,
    Kind.CONSENSUS: N_("Needed for adoption: %(needed)s.").text,
}


def explain(rule: DecisionRule, language: str, names: Names | None = None) -> list[str]:
    """Return a rule in sentences of a language; `names` calls constituencies by their names."""
    return [translate(message, language) for message in explanation(rule, names)]


def explanation(rule: DecisionRule, names: Names | None = None) -> list[Message]:
    """Return a rule in sentences, in the order in which they matter."""
    return [_OPENINGS[rule.kind], *(_of_ruling(rule) if rule.declared else _of_count(rule, names or {}))]


def _of_ruling(rule: DecisionRule) -> Iterator[Message]:
    yield N_("What can be declared: %(rulings)s.", rulings=listed([OUTCOMES[ruling] for ruling in rule.rulings]))
    yield N_("Reasons and dissent are recorded.")


def _of_count(rule: DecisionRule, names: Names) -> Iterator[Message]:
    if rule.quorum is not None:
        yield N_(
            "Quorum, counted on those present: %(needed)s. Without it nothing is decided.",
            needed=needed_phrase(rule.quorum),
        )
    yield from _admission(rule)
    if rule.each_alone:
        yield N_("Each constituency votes alone.")
    yield from _stages(rule)
    yield from (_constituencies(group, names) for group in rule.per_constituency)
    yield from _bases(rule)
    yield from _falling_short(rule)


def _admission(rule: DecisionRule) -> Iterator[Message]:
    if len(rule.admission) > 1:
        yield N_("Before the vote it must be backed; one of these ways is enough.")
    for way in rule.admission:
        yield N_("Backing needed before the vote: %(needed)s.", needed=needed_phrase(way))


def _stages(rule: DecisionRule) -> Iterator[Message]:
    if len(rule.stages) == 1:
        yield Message(_NEEDED[rule.kind], {"needed": needed_phrase(rule.stages[0])})
    else:
        for number, stage in enumerate(rule.stages, start=1):
            yield N_("Stage %(number)s: %(needed)s.", number=number, needed=needed_phrase(stage))
        yield N_("The stages are looked at together, on the same votes; the first that is met adopts.")
    if rule.kind is Kind.CHOICE and any(stage.needs.allows_tie for stage in rule.stages):
        yield N_("The winner must have more votes than any other option.")


def _constituencies(group: PerConstituency, names: Names) -> Message:
    needed = needed_phrase(group.requirement, alone=True)
    if group.names:
        return _named_constituencies(group, needed, listed([names.get(name, name) for name in group.names]))
    if group.at_least is None:
        return N_("Also needed in every constituency, each counted alone: %(needed)s.", needed=needed)
    return NN_(
        "Also needed in at least %(count)s constituency, each counted alone: %(needed)s.",
        "Also needed in at least %(count)s constituencies, each counted alone: %(needed)s.",
        group.at_least,
        needed=needed,
    )


def _named_constituencies(group: PerConstituency, needed: Message, names: object) -> Message:
    if group.at_least is None:
        return N_("Also needed in %(names)s, counted alone: %(needed)s.", names=names, needed=needed)
    return N_(
        "Also needed in at least %(number)s of these, each counted alone (%(names)s): %(needed)s.",
        number=group.at_least,
        names=names,
        needed=needed,
    )


def _bases(rule: DecisionRule) -> Iterator[Message]:
    """Yield what becomes of objections and of abstentions; stages on different bases say it by their base."""
    if any(stage.counted is Counted.OBJECTIONS for stage in rule.stages):
        yield N_("Unless objections are counted apart, each vote against is one.")
    bases = {stage.base for stage in rule.stages if stage.counted is Counted.FAVOUR} & BASES.keys()
    if len(bases) == 1:
        yield BASES[bases.pop()]


def _falling_short(rule: DecisionRule) -> Iterator[Message]:
    if rule.next is not None:
        yield N_("If it falls short, the decision goes on under the rule %(rule)s.", rule=rule.next)
    elif rule.kind is Kind.CHOICE:
        yield N_("If no option wins, there is no decision.")
    else:
        yield N_("If it falls short, it is rejected.")
    if rule.advance is not None:
        yield NN_(
            "The best option goes on; a tie at the edge lets all that are tied go on.",
            "The best %(count)s options go on; a tie at the edge lets all that are tied go on.",
            rule.advance,
        )
