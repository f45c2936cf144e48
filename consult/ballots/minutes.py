"""How ballots are said in the minutes of a session."""

from __future__ import annotations

from collections.abc import Sequence

from consult.ballots.choices import ABSTAIN, AGAINST, FOR
from consult.ballots.rules.phrases import OUTCOMES
from consult.ballots.rules.votes import Outcome
from consult.events.types import Recorded
from consult.i18n import N_, Message
from consult.sessions.minutes import Words, line


@line("BallotOpened")
def opened(event: Recorded, words: Words) -> Message:
    """Say that a ballot was opened, on how large a roll."""
    return N_(
        "Ballot %(number)s was opened under the rule %(rule)s; %(voters)s on the roll.",
        number=event.facts["number"],
        rule=event.facts["rule"],
        voters=event.facts["voters"],
    )


@line("BallotClosed")
def closed(event: Recorded, words: Words) -> Message:
    """Say how a ballot ended, with the totals."""
    outcome = OUTCOMES[Outcome(event.facts["outcome"])]
    tally = _tally(event.facts["choices"], event.facts["votes"])
    if tally is None:
        return N_("Ballot %(number)s was closed: %(outcome)s.", number=event.facts["number"], outcome=outcome)
    return N_(
        "Ballot %(number)s was closed: %(outcome)s (%(tally)s).",
        number=event.facts["number"],
        outcome=outcome,
        tally=tally,
    )


@line("BallotAnnulled")
def annulled(event: Recorded, words: Words) -> Message:
    """Say that a ballot was annulled; the reason stands on its page."""
    return N_("Ballot %(number)s was annulled; its result does not count.", number=event.facts["number"])


def _tally(choices: Sequence[str], votes: Sequence[int]) -> Message | None:
    """Return the totals of a yes/no question; those of options stand on the ballot's page, with their names."""
    counted = dict(zip(choices, votes, strict=True))
    if set(counted) != {FOR, AGAINST, ABSTAIN}:
        return None
    return N_(
        "in favour %(in_favour)s, against %(against)s, abstained %(abstained)s",
        in_favour=counted[FOR],
        against=counted[AGAINST],
        abstained=counted[ABSTAIN],
    )
