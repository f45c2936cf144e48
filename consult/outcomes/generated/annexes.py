"""Annexes: agendas, bodies taking part, index of submissions, voting records, integrity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from consult.ballots.choices import ABSTAIN, AGAINST, FOR
from consult.ballots.states import BallotState
from consult.i18n import N_, NN_, Message
from consult.outcomes.generated.sessions import item_line, session_title
from consult.outcomes.material import BallotFact, SessionFact
from consult.outcomes.outline import Chapter, Generated, Narrator
from consult.outcomes.queries import accepted_submissions
from consult.outcomes.sentences import day, spoken, words
from consult.outcomes.tree import (
    Block,
    Column,
    Digest,
    Heading,
    Inline,
    Integrity,
    Ref,
    Row,
    SectionKind,
    Table,
    Tone,
)

#: The letters of annexes, in the order of each alphabet.
LETTERS: Mapping[str, str] = {"ar": "أبجده", "en": "ABCDE", "fr": "ABCDE"}


def annexes(narrator: Narrator) -> Chapter:
    """Return the chapter of annexes."""
    regions = (_agendas(narrator), _bodies(narrator), _submissions(narrator), _votes(narrator), _integrity(narrator))
    title = narrator.say(N_("Annexes"))
    return Chapter("annexes", title, tuple(one for one in regions if one is not None), SectionKind.ANNEX)


def _agendas(narrator: Narrator) -> Generated | None:
    planned = [one for one in narrator.material.sessions if one.items]
    if not planned:
        return None
    return Generated(
        "annex:agendas",
        narrator.say(N_("Agendas of the sessions")),
        record=lambda: tuple(block for one in planned for block in _agenda(one, narrator)),
    )


def _agenda(sitting: SessionFact, narrator: Narrator) -> Iterator[Block]:
    yield Heading(session_title(sitting, narrator))
    on = day(sitting.starts_at, narrator.material.timezone, narrator.language)
    yield narrator.paragraph(N_("%(kind)s, %(day)s", kind=sitting.kind, day=on), tone=Tone.NOTE)
    yield narrator.bullets(*(item_line(item, narrator) for item in sitting.items), ordered=True)


def _bodies(narrator: Narrator) -> Generated:
    return Generated(
        "annex:bodies",
        narrator.say(N_("Bodies taking part")),
        tuple(_who(narrator)),
        lambda: _bodies_table(narrator),
    )


def _who(narrator: Narrator) -> Iterator[Block]:
    taking_part = narrator.material.taking_part
    said = [
        NN_(
            "%(count)s body takes part in the consultation.",
            "%(count)s bodies take part in the consultation.",
            len(taking_part.bodies),
        )
    ]
    if alone := sum(taking_part.alone.values()):
        said.append(
            NN_("%(count)s person takes part without a body.", "%(count)s people take part without a body.", alone)
        )
    if withheld := sum(taking_part.withheld.values()):
        said.append(
            NN_(
                "The name of %(count)s participant is withheld, and with it the body.",
                "The names of %(count)s participants are withheld, and with them the bodies.",
                withheld,
            )
        )
    yield narrator.paragraph(*said)


def _bodies_table(narrator: Narrator) -> tuple[Block, ...]:
    labels = _track_labels(narrator)
    bodies = narrator.material.taking_part.bodies
    if not bodies:
        return ()
    rows = tuple(
        Row((narrator.say(body.names), labels.get(body.track) or narrator.say(body.track)))
        for key in (*labels, None)
        for body in bodies
        if body.track == key or (key is None and body.track not in labels)
    )
    columns = (Column(narrator.say(N_("Body")), share=3), Column(narrator.say(N_("Track")), share=2))
    return (Table(narrator.say(N_("Bodies taking part, by track")), columns, rows),)


def _track_labels(narrator: Narrator) -> Mapping[str, tuple[Inline, ...]]:
    return {track.key: narrator.say(track.label) for track in narrator.material.tracks}


def _submissions(narrator: Narrator) -> Generated:
    accepted = narrator.material.writing.accepted
    said = NN_(
        "%(count)s submission, by the number on its receipt; its text can be read under this number.",
        "%(count)s submissions, by the number on their receipts; each text can be read under its number.",
        accepted,
    )
    return Generated(
        "annex:submissions",
        narrator.say(N_("Index of submissions")),
        (narrator.paragraph(said),),
        lambda: _submissions_table(narrator),
    )


def _submissions_table(narrator: Narrator) -> tuple[Block, ...]:
    labels = _track_labels(narrator)
    rows = tuple(
        Row(
            (
                (Ref(line.number, narrator.addresses.submission(line.number)),),
                (spoken(line.title, line.language, narrator.language),),
                narrator.say(line.author),
                labels.get(line.track) or narrator.say(line.track),
            )
        )
        for line in accepted_submissions(narrator.material.consultation_id)
    )
    if not rows:
        return ()
    columns = (
        Column(narrator.say(N_("Receipt number")), share=3),
        Column(narrator.say(N_("Title")), share=4),
        Column(narrator.say(N_("From")), share=3),
        Column(narrator.say(N_("Track")), share=3),
    )
    return (Table(narrator.say(N_("Submissions accepted for discussion")), columns, rows),)


def _votes(narrator: Narrator) -> Generated | None:
    ballots = narrator.material.ballots
    if not ballots:
        return None
    said = NN_(
        "%(count)s ballot was opened. Ballots are named: who voted how stands on the page of each.",
        "%(count)s ballots were opened. Ballots are named: who voted how stands on the page of each.",
        len(ballots),
    )
    return Generated(
        "annex:votes",
        narrator.say(N_("Voting records")),
        (narrator.paragraph(said),),
        lambda: tuple(_vote_tables(narrator)),
    )


def _vote_tables(narrator: Narrator) -> Iterator[Block]:
    yield Table(
        narrator.say(N_("Ballots")),
        (
            Column(narrator.say(N_("Ballot")), numeric=True),
            Column(narrator.say(N_("Question")), share=4),
            Column(narrator.say(N_("Rule")), share=3),
            Column(narrator.say(N_("On the roll")), numeric=True),
            Column(narrator.say(N_("Voted")), numeric=True),
            Column(narrator.say(N_("Outcome")), share=2),
        ),
        tuple(_vote_row(ballot, narrator) for ballot in narrator.material.ballots),
    )
    counted = [ballot for ballot in narrator.material.ballots if ballot.counts]
    rows = tuple(row for ballot in counted for row in _part_rows(ballot, narrator))
    if rows:
        yield Table(
            narrator.say(N_("Votes by track")),
            (
                Column(narrator.say(N_("Ballot")), numeric=True),
                Column(narrator.say(N_("Track")), share=3),
                Column(narrator.say(N_("On the roll")), numeric=True),
                Column(narrator.say(N_("In favour")), numeric=True),
                Column(narrator.say(N_("Against")), numeric=True),
                Column(narrator.say(N_("Abstained")), numeric=True),
            ),
            rows,
        )


def _vote_row(ballot: BallotFact, narrator: Narrator) -> Row:
    report = ballot.report
    outcome: Message = N_("Being voted on")
    if ballot.state is BallotState.ANNULLED:
        outcome = N_("Annulled")
    elif report is not None:
        outcome = report.label
    return Row(
        (
            narrator.say(ballot.number),
            narrator.say(ballot.questions),
            narrator.say(ballot.rule_name),
            () if report is None else narrator.say(report.voters),
            () if report is None else narrator.say(report.cast),
            narrator.say(outcome),
        )
    )


def _part_rows(ballot: BallotFact, narrator: Narrator) -> Iterator[Row]:
    """Yield the votes of each track on a yes/no question; choices among options stand on the ballot's page."""
    if ballot.report is None or FOR not in ballot.report.totals:
        return
    for part in ballot.report.tracks:
        figures = (part.votes.get(choice, 0) for choice in (FOR, AGAINST, ABSTAIN))
        yield Row(
            (
                narrator.say(ballot.number),
                narrator.say(part.names),
                narrator.say(part.voters),
                *(narrator.say(figure) for figure in figures),
            )
        )


def _integrity(narrator: Narrator) -> Generated:
    title = narrator.say(N_("Integrity of this document"))
    prose = (
        narrator.paragraph(
            N_(
                "An edition is never changed after it was published. Its seal is computed from the texts in all languages: "
                "if one letter of one of them changes, so does the seal."
            )
        ),
        narrator.paragraph(
            N_(
                "The page that the code leads to says how anybody can compute the seal again, and has every file of the "
                "edition with its hash."
            )
        ),
    )
    return Generated("integrity", title, prose, lambda: (_proof(narrator),), fixed=True)


def _proof(narrator: Narrator) -> Integrity:
    published = narrator.publication
    digests = tuple(
        Digest(words(N_("Roll of ballot %(number)s", number=ballot.number), narrator.language), ballot.roll_hash)
        for ballot in narrator.material.ballots
        if ballot.roll_hash
    )
    return Integrity((), () if published is None else published.checkpoint, digests)
