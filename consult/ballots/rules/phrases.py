"""The words of rules and results: whole phrases, so that each language can order and inflect them in its own way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from consult.ballots.rules.model import AtMost, Base, Counted, Kind, Minimum, Operator, Reading, Requirement, Threshold
from consult.ballots.rules.votes import Outcome
from consult.i18n import N_, NN_, Message

#: Names of constituencies and options as a reader knows them: key -> Message, Localized or text.
Names = Mapping[str, object]

OUTCOMES: Mapping[Outcome, Message] = {
    Outcome.ADOPTED: N_("Adopted"),
    Outcome.REJECTED: N_("Rejected"),
    Outcome.NEXT_ROUND: N_("Goes to the next round"),
    Outcome.NO_QUORUM: N_("No quorum"),
    Outcome.NO_DECISION: N_("No decision"),
    Outcome.CONTESTED: N_("Contested"),
}

KINDS: Mapping[Kind, Message] = {
    Kind.QUESTION: N_("A question: in favour, against, or abstain"),
    Kind.CHOICE: N_("A choice among options"),
    Kind.ENDORSEMENT: N_("Admission by endorsements"),
    Kind.CONSENSUS: N_("Consensus"),
    Kind.RULING: N_("A ruling, without a vote"),
}

READINGS: Mapping[Reading, Message] = {
    Reading.READ: N_("The source was read."),
    Reading.SECOND_HAND: N_("Read at second hand; the text of the rule itself was not seen."),
    Reading.QUOTED: N_("The article was read as quoted by another source."),
    Reading.NOT_OPENED: N_("General knowledge; the text of the rule was not opened."),
    Reading.NOT_SEEN: N_("Not verified: the article was not seen."),
    Reading.OWN: N_("Made for this consultation."),
}

#: What a share is taken of, as it stands after "two thirds of".
_OF: Mapping[Base, Message] = {
    Base.CAST: N_("the votes cast"),
    Base.CAST_WITH_ABSTENTIONS: N_("the votes cast and the abstentions together"),
    Base.VALID: N_("the valid votes"),
    Base.PRESENT: N_("the members present"),
    Base.MEMBERS: N_("all members"),
}

#: The same for a constituency counted alone.
_OF_ITS: Mapping[Base, Message] = {
    Base.CAST: N_("its votes cast"),
    Base.CAST_WITH_ABSTENTIONS: N_("its votes cast and abstentions together"),
    Base.VALID: N_("its valid votes"),
    Base.PRESENT: N_("its members present"),
    Base.MEMBERS: N_("its members"),
}

#: What a base means for those who do not take sides.
BASES: Mapping[Base, Message] = {
    Base.CAST: N_("Abstentions are not counted."),
    Base.CAST_WITH_ABSTENTIONS: N_("Abstentions count in the base, so they weigh like votes against."),
    Base.VALID: N_("Spoilt ballots and abstentions are not counted."),
    Base.PRESENT: N_("Every member present counts in the base, so abstaining weighs like a vote against."),
    Base.MEMBERS: N_("Every member counts in the base, so abstaining or staying away weighs like a vote against."),
}

_SHARES: Mapping[tuple[Fraction, Operator], str] = {
    (Fraction(1, 2), Operator.AT_LEAST): N_("at least half of %(base)s").text,
    (Fraction(1, 2), Operator.MORE_THAN): N_("more than half of %(base)s").text,
    (Fraction(1, 2), Operator.PLUS_ONE): N_("half of %(base)s plus one").text,
    (Fraction(2, 3), Operator.AT_LEAST): N_("at least two thirds of %(base)s").text,
    (Fraction(2, 3), Operator.MORE_THAN): N_("more than two thirds of %(base)s").text,
    (Fraction(2, 3), Operator.PLUS_ONE): N_("two thirds of %(base)s plus one").text,
    (Fraction(3, 4), Operator.AT_LEAST): N_("at least three quarters of %(base)s").text,
    (Fraction(3, 4), Operator.MORE_THAN): N_("more than three quarters of %(base)s").text,
    (Fraction(3, 4), Operator.PLUS_ONE): N_("three quarters of %(base)s plus one").text,
}

_PERCENTAGES: Mapping[Operator, str] = {
    Operator.AT_LEAST: N_("at least %(share)s%% of %(base)s").text,
    Operator.MORE_THAN: N_("more than %(share)s%% of %(base)s").text,
    Operator.PLUS_ONE: N_("%(share)s%% of %(base)s plus one").text,
}

_FRACTIONS: Mapping[Operator, str] = {
    Operator.AT_LEAST: N_("at least %(share)s of %(base)s").text,
    Operator.MORE_THAN: N_("more than %(share)s of %(base)s").text,
    Operator.PLUS_ONE: N_("%(share)s of %(base)s plus one").text,
}


def share_phrase(threshold: Threshold, base: Message) -> Message:
    """Return a threshold in words, for instance "at least two thirds of the votes cast"."""
    known = _SHARES.get((threshold.share, threshold.operator))
    if known is not None:
        return Message(known, {"base": base})
    percent = threshold.share * 100
    if percent.denominator == 1:
        return Message(_PERCENTAGES[threshold.operator], {"share": percent.numerator, "base": base})
    return Message(_FRACTIONS[threshold.operator], {"share": str(threshold.share), "base": base})


def needed_phrase(requirement: Requirement, *, alone: bool = False) -> Message:
    """Return what a requirement needs in words, without a verb: "at least 17 endorsements", "half of all members plus one".

    `alone` says it of a constituency counted alone: "half of its members plus one".
    """
    match requirement.needs:
        case Threshold() as threshold:
            return share_phrase(threshold, (_OF_ITS if alone else _OF)[requirement.base])
        case Minimum(number):
            return _MINIMA[requirement.counted](number)
        case AtMost(number):
            return (
                N_("no objection")
                if number == 0
                else NN_("at most %(count)s objection", "at most %(count)s objections", number)
            )


def counted_phrase(counted: Counted, count: int) -> Message:
    """Return what was counted in words: "46 in favour", "2 objections"."""
    return _COUNTS[counted](count)


def base_phrase(base: Base, count: int) -> Message | None:
    """Return a base in words, as it stands after "46 in favour of": "63 votes cast"; None where there is no base."""
    words = _NUMBERED_BASES.get(base)
    return None if words is None else words(count)


def listed(names: list[object]) -> object:
    """Return names joined by the comma of the reader's language."""
    first, *rest = names
    return N_("%(first)s, %(others)s", first=first, others=listed(rest)) if rest else first


_MINIMA: Mapping[Counted, Callable[[int], Message]] = {
    Counted.FAVOUR: lambda n: NN_("at least %(count)s vote in favour", "at least %(count)s votes in favour", n),
    Counted.ENDORSEMENTS: lambda n: NN_("at least %(count)s endorsement", "at least %(count)s endorsements", n),
    Counted.COMPONENTS: lambda n: NN_("at least %(count)s component", "at least %(count)s components", n),
    Counted.PRESENT: lambda n: NN_("at least %(count)s member present", "at least %(count)s members present", n),
}

_COUNTS: Mapping[Counted, Callable[[int], Message]] = {
    Counted.FAVOUR: lambda n: NN_("%(count)s in favour", "%(count)s in favour", n),
    Counted.OBJECTIONS: lambda n: NN_("%(count)s objection", "%(count)s objections", n),
    Counted.ENDORSEMENTS: lambda n: NN_("%(count)s endorsement", "%(count)s endorsements", n),
    Counted.COMPONENTS: lambda n: NN_("%(count)s component", "%(count)s components", n),
    Counted.PRESENT: lambda n: NN_("%(count)s present", "%(count)s present", n),
}

_NUMBERED_BASES: Mapping[Base, Callable[[int], Message]] = {
    Base.CAST: lambda n: NN_("%(count)s vote cast", "%(count)s votes cast", n),
    Base.CAST_WITH_ABSTENTIONS: lambda n: NN_(
        "%(count)s vote cast or abstention", "%(count)s votes cast and abstentions", n
    ),
    Base.VALID: lambda n: NN_("%(count)s valid vote", "%(count)s valid votes", n),
    Base.PRESENT: lambda n: NN_("%(count)s member present", "%(count)s members present", n),
    Base.MEMBERS: lambda n: NN_("%(count)s member", "%(count)s members", n),
}
