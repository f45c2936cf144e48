"""Write docs/rights.md: who may do what, found out by asking `allowed()` about every declared permission.

    python tools/rights.py          write docs/rights.md
    python tools/rights.py check    exit 1 if docs/rights.md is not what would be written

Nobody writes a cell. For each permission the kinds of subject are read from its predicate's annotation; each kind stands
for itself in every state, once as the asker's own, once as somebody else's in the same consultation, once in another one.
Every kind of visitor is asked about each; states whose answers are the same share a row.
"""

from __future__ import annotations

import argparse
import sys
import types
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

from consult.accounts.access import (
    ANONYMOUS,
    GUARDED_ROLES,
    OPERATOR,
    ROLE_LABELS,
    SCOPES,
    Actor,
    Held,
    Membership,
    Permission,
    Role,
    Scope,
    allowed,
    declared_permissions,
    register_permission,
)
from consult.accounts.bodies.models import Contact
from consult.accounts.bodies.words import Audience
from consult.ballots.frozen import OpenedBallot
from consult.ballots.models import Ballot
from consult.ballots.states import BallotState
from consult.coding.models import CodedText, Coder
from consult.coding.policies import Difference
from consult.coding.states import TextState
from consult.consultations.accreditation.models import Application
from consult.consultations.models import Consultation, Member, Seat
from consult.consultations.policies import LinkOf
from consult.notifications.models import MessageReader
from consult.paper.models import Sheet
from consult.paper.policies import TwiceEntered
from consult.peer_review.models import Reviewer
from consult.peer_review.policies import Mended
from consult.plugins.manager import load_hooks
from consult.policies import ALL_POLICIES
from consult.recommendations.models import Recommendation
from consult.recommendations.reservation_models import Reservation, UnsignedReservation
from consult.recommendations.response_models import OfficialResponse
from consult.recommendations.states import RecommendationState
from consult.sessions.models import Session
from consult.sessions.states import SessionState
from consult.submissions.belonging import LetterCase
from consult.submissions.cosigning.models import Cosignature
from consult.submissions.models import BulkDecision, Draft, Submission
from consult.submissions.offices.sign_off_rules import Level, SignOffRule
from consult.submissions.review.appeal_queries import AppealCase
from consult.submissions.states import SubmissionState
from consult.submissions.translations.queries import IntoLanguage, TranslationCase
from consult.testimony.policies import ReadersDesk

FILE = Path(__file__).parent.parent / "docs" / "rights.md"
#: The consultation in which the askers take part or hold their role, another one, and who is who in them.
HERE, ELSEWHERE, PERSON, MEMBER, ANOTHER = (uuid.UUID(int=number) for number in range(1, 6))
#: The track and the session that roles for a part are for, and those beside them.
TRACK, OTHER_TRACK = "part", "other"
SITTING, OTHER_SITTING = uuid.UUID(int=6), uuid.UUID(int=7)


class Place(StrEnum):
    """Whose a subject is: the asker's own, another's in the asker's consultation (in the track and session for which roles
    for a part are held, or in others), or in another consultation."""

    OWN = "own"
    ANOTHERS = "another's"
    OTHER_PART = "another's in another part"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class Case:
    """A subject of a kind in a state, at each place where there can be one; without a kind, no subject at all."""

    kind: str
    state: str
    subjects: Mapping[Place, Any]


Answers = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a table: what it is about, and the answers."""

    subject: str
    answers: Answers


def _owned(kind: str, model: Any, **of: Any) -> Case:
    """Return a case of something that is somebody's."""
    places = {
        Place.OWN: model(member_id=MEMBER, consultation_id=HERE, **of),
        Place.ANOTHERS: model(member_id=ANOTHER, consultation_id=HERE, **of),
        Place.ELSEWHERE: model(member_id=ANOTHER, consultation_id=ELSEWHERE, **of),
    }
    if "track" in of:
        places[Place.OTHER_PART] = model(member_id=ANOTHER, consultation_id=HERE, **of | {"track": OTHER_TRACK})
    return Case(kind, of.get("state", ""), places)


def _shared(kind: str, said: str, model: Any, key: str = "consultation_id", **of: Any) -> Case:
    """Return a case of something that belongs to a consultation and to nobody in it."""
    there = ((Place.ANOTHERS, HERE), (Place.ELSEWHERE, ELSEWHERE))
    return Case(kind, said, {place: model(**{key: consultation}, **of) for place, consultation in there})


def _sitting(kind: str, said: str, model: Any, key: str, **of: Any) -> Case:
    """Return a case of something that is a session or belongs to one; `key` is the column that says to which."""
    there = (
        (Place.ANOTHERS, HERE, SITTING),
        (Place.OTHER_PART, HERE, OTHER_SITTING),
        (Place.ELSEWHERE, ELSEWHERE, None),
    )
    return Case(kind, said, {place: model(consultation_id=where, **{key: one}, **of) for place, where, one in there})


def _members() -> Case:
    places = {Place.OWN: (MEMBER, HERE), Place.ANOTHERS: (ANOTHER, HERE), Place.ELSEWHERE: (ANOTHER, ELSEWHERE)}
    return Case("member", "", {place: Member(id=one, consultation_id=there) for place, (one, there) in places.items()})


def _seats() -> Case:
    places = {Place.OWN: (MEMBER, HERE), Place.ANOTHERS: (ANOTHER, HERE), Place.ELSEWHERE: (ANOTHER, ELSEWHERE)}
    return Case("seat", "", {place: Seat(holder_id=one, consultation_id=at) for place, (one, at) in places.items()})


def _coders() -> Case:
    places = {Place.OWN: (PERSON, HERE), Place.ANOTHERS: (ANOTHER, HERE), Place.ELSEWHERE: (ANOTHER, ELSEWHERE)}
    coders = {place: Coder(person_id=one, consultation_id=there) for place, (one, there) in places.items()}
    return Case("coder", "", coders)


def _reviewers() -> Case:
    places = {Place.OWN: (PERSON, HERE), Place.ANOTHERS: (ANOTHER, HERE), Place.ELSEWHERE: (ANOTHER, ELSEWHERE)}
    reviewers = {place: Reviewer(person_id=one, consultation_id=there) for place, (one, there) in places.items()}
    return Case("reviewer", "", reviewers)


def _mended() -> Case:
    """Return what the asker, or somebody else, declared or handed in about a text."""
    whose = {
        Place.OWN: (PERSON, HERE, TRACK),
        Place.ANOTHERS: (ANOTHER, HERE, TRACK),
        Place.OTHER_PART: (ANOTHER, HERE, OTHER_TRACK),
        Place.ELSEWHERE: (ANOTHER, ELSEWHERE, TRACK),
    }
    places = {
        place: Mended(Submission(consultation_id=at, track=track, member_id=ANOTHER), one)
        for place, (one, at, track) in whose.items()
    }
    return Case("interest or assessment", "", places)


def _entered_by_the_asker() -> Case:
    """Return a text that the asker entered from paper."""
    entered = {"state": SubmissionState.RECEIVED.value, "hands": str(PERSON)}
    return replace(_owned("submission", Submission, track=TRACK, **entered), state="entered by the asker")


def _rules() -> Case:
    places = {Place.OWN: (MEMBER, HERE), Place.ANOTHERS: (ANOTHER, HERE), Place.ELSEWHERE: (ANOTHER, ELSEWHERE)}
    rules = {
        place: SignOffRule(consultation, ANOTHER, TRACK, Level.LEAD, 0, lead, ())
        for place, (lead, consultation) in places.items()
    }
    return Case("sign-off rule", "", rules)


def _in_every_state(kind: str, model: Any, states: type[StrEnum]) -> list[Case]:
    return [_shared(kind, state.value, model, state=state.value) for state in states]


def _desk(*, proved: bool) -> Case:
    """Return a desk of readers among whom the asker is, or others are, with a second factor proved or not."""
    places = {
        Place.OWN: ReadersDesk(HERE, frozenset({PERSON}), proved),
        Place.ANOTHERS: ReadersDesk(HERE, frozenset({ANOTHER}), proved),
        Place.ELSEWHERE: ReadersDesk(ELSEWHERE, frozenset({ANOTHER}), proved),
    }
    return Case("desk of readers", "second step shown" if proved else "not shown", places)


def _sheets(kind: str, said: str, made: Any) -> Case:
    """Return a case of sheets, or of what is made of them, of the track for which roles for a part are held, and of others."""
    places = {
        Place.ANOTHERS: Sheet(consultation_id=HERE, track=TRACK),
        Place.OTHER_PART: Sheet(consultation_id=HERE, track=OTHER_TRACK),
        Place.ELSEWHERE: Sheet(consultation_id=ELSEWHERE, track=TRACK),
    }
    return Case(kind, said, {place: made(sheet) for place, sheet in places.items()})


def _coded(state: TextState, by: str, *coders: uuid.UUID) -> Case:
    """Return a case of a coded text in a consultation that the asker and another one organise."""
    there = {Place.ANOTHERS: HERE, Place.ELSEWHERE: ELSEWHERE}
    texts = {place: CodedText(consultation_id=one, state=state.value) for place, one in there.items()}
    organisers = frozenset({PERSON, ANOTHER})
    made = {place: Difference(text, frozenset(coders), organisers) for place, text in texts.items()}
    return Case("coded text", state.value + by, made)


def _appeals(state: str, moderators: frozenset[uuid.UUID]) -> Case:
    whose = {Place.OWN: (MEMBER, HERE), Place.ANOTHERS: (ANOTHER, HERE), Place.ELSEWHERE: (ANOTHER, ELSEWHERE)}
    cases = {place: AppealCase(ANOTHER, there, one, moderators, ANOTHER) for place, (one, there) in whose.items()}
    return Case("appeal", state, cases)


def _translations(state: str, writers: frozenset[uuid.UUID]) -> Case:
    """Return a draft of a translation of a text that is the asker's, another's, of another track, or elsewhere."""
    whose = {
        Place.OWN: (HERE, TRACK, MEMBER),
        Place.ANOTHERS: (HERE, TRACK, ANOTHER),
        Place.OTHER_PART: (HERE, OTHER_TRACK, ANOTHER),
        Place.ELSEWHERE: (ELSEWHERE, TRACK, ANOTHER),
    }
    return Case(
        "draft of a translation",
        state,
        {place: TranslationCase(*of, writers, "ar", "en") for place, of in whose.items()},
    )


def _into_another_language() -> Case:
    """Return a text to be put into another language, everybody's languages being all of them."""
    texts = _owned(
        "text in another language", Submission, track=TRACK, state=SubmissionState.ACCEPTED.value, language="ar"
    )
    return Case(texts.kind, "accepted", {place: IntoLanguage(text, "en") for place, text in texts.subjects.items()})


CASES: Mapping[Any, Sequence[Case]] = {
    Any: [Case("", "", {Place.OWN: None})],
    object: [Case("", "", {Place.OWN: None})],
    Consultation: [
        _shared("consultation", state, Consultation, "id", public=public)
        for state, public in (("public", True), ("being set up", False))
    ],
    Contact: [Case("contact", f"for {one.value}", {Place.OWN: Contact(audience=one.value)}) for one in Audience],
    Member: [_members()],
    MessageReader: [
        Case(
            "message",
            "",
            {
                Place.OWN: MessageReader(round_id=ANOTHER, person_id=PERSON),
                Place.ANOTHERS: MessageReader(round_id=ANOTHER, person_id=ANOTHER),
            },
        )
    ],
    Seat: [_seats()],
    Draft: [_owned("draft", Draft)],
    Coder: [_coders()],
    Reviewer: [_reviewers()],
    Difference: [
        *(_coded(state, "", ANOTHER) for state in TextState),
        _coded(TextState.DIFFERING, " and coded by the asker", PERSON),
        _coded(TextState.DIFFERING, " and coded by every organiser", PERSON, ANOTHER),
    ],
    SignOffRule: [_rules()],
    Cosignature: [_shared("request to co-sign", "", Cosignature, body_id=ANOTHER)],
    Submission: [
        *(_owned("submission", Submission, track=TRACK, language="ar", state=state.value) for state in SubmissionState),
        _entered_by_the_asker(),
    ],
    Mended: [_mended()],
    LinkOf: [
        _shared("link of a member", "", LinkOf, holds_role=False, elsewhere=False),
        _shared("link of a member", "who holds a role", LinkOf, holds_role=True, elsewhere=False),
        _shared("link of a member", "who takes part elsewhere too", LinkOf, holds_role=False, elsewhere=True),
    ],
    Application: [
        Case(
            "application",
            "",
            {
                Place.ANOTHERS: Application(consultation_id=HERE, track=TRACK),
                Place.OTHER_PART: Application(consultation_id=HERE, track=OTHER_TRACK),
                Place.ELSEWHERE: Application(consultation_id=ELSEWHERE, track=TRACK),
            },
        )
    ],
    AppealCase: [
        _appeals("decided on by others", frozenset()),
        _appeals("decided on by the asker", frozenset({PERSON})),
    ],
    LetterCase: [_owned("letter of answer", LetterCase)],
    UnsignedReservation: [_shared("reservation that is not signed off", "", UnsignedReservation, body_id=ANOTHER)],
    Reservation: [
        Case(
            "reservation",
            "",
            {Place.OWN: Reservation(member_id=MEMBER), Place.ANOTHERS: Reservation(member_id=ANOTHER)},
        )
    ],
    OfficialResponse: [_shared("official response", "", OfficialResponse, body_id=ANOTHER)],
    IntoLanguage: [_into_another_language()],
    TranslationCase: [
        _translations("written by others", frozenset({ANOTHER})),
        _translations("written by the asker", frozenset({PERSON, ANOTHER})),
    ],
    BulkDecision: [
        _shared("decision on several texts", whose, BulkDecision, held_by=person)
        for whose, person in (("taken by the asker", PERSON), ("taken by another", ANOTHER))
    ],
    Session: [_sitting("session", state.value, Session, "id", state=state.value) for state in SessionState],
    Recommendation: _in_every_state("recommendation", Recommendation, RecommendationState),
    Ballot: [_sitting("ballot", state.value, Ballot, "session_id", state=state.value) for state in BallotState],
    Sheet: [_sheets("sheet", "", lambda sheet: sheet)],
    TwiceEntered: [
        _sheets("sheet", "entered by others", lambda sheet: TwiceEntered(sheet, frozenset({ANOTHER}))),
        _sheets("sheet", "entered by the asker", lambda sheet: TwiceEntered(sheet, frozenset({PERSON}))),
    ],
    ReadersDesk: [_desk(proved=True), _desk(proved=False)],
    OpenedBallot: [_shared("ballot", "opened", OpenedBallot, id=ANOTHER, choices=())],
}


def _kinds(declared: Permission) -> Sequence[Any]:
    """Return the kinds of subject a permission is asked about; LookupError for one that stands in no table here."""
    found = get_type_hints(declared.predicate)["subject"]
    kinds = get_args(found) if get_origin(found) in (Union, types.UnionType) else (found,)
    if unknown := [kind for kind in kinds if kind not in CASES]:
        raise LookupError(f"{declared.name} is about {unknown}: say in tools/rights.py what that is like")
    return kinds


def _membership(track: str, *, seated: bool) -> tuple[Membership, ...]:
    return (Membership(MEMBER, HERE, track, None, seated),)


#: What roles are held for, and how the columns of those for a part are headed.
FOR: Mapping[Scope, tuple[Any, ...]] = {
    Scope.INSTANCE: (),
    Scope.CONSULTATION: (HERE,),
    Scope.TRACK: (HERE, "part"),
    Scope.SESSION: (HERE, "", SITTING),
}
HEADS: Mapping[Scope, str] = {
    Scope.INSTANCE: "%s",
    Scope.CONSULTATION: "%s",
    Scope.TRACK: "%s of a track",
    Scope.SESSION: "%s of a session",
}
#: Every role with everything it is granted for: one column each.
HOLDINGS: Sequence[tuple[Role, Scope]] = [(role, scope) for role in Role for scope in Scope if scope in SCOPES[role]]


def _holding(role: Role, scope: Scope, *, proved: bool = True, memberships: tuple[Membership, ...] = ()) -> Actor:
    """Return somebody with a role, who has proved their second factor or not, as a visit makes them."""
    held = frozenset({Held(role, *FOR[scope])})
    waits = role in GUARDED_ROLES and not proved
    return Actor(
        PERSON, roles=frozenset() if waits else held, held_back=held if waits else frozenset(), memberships=memberships
    )


def _asked(actor: Actor, action: str, case: Case) -> frozenset[Place]:
    """Return the places at which the answer is yes."""
    return frozenset(place for place, subject in case.subjects.items() if allowed(actor, action, subject))


def _word(yes: frozenset[Place], case: Case) -> str:
    """Return the answer in a word; see the legend."""
    if not yes:
        return "–"
    if not case.kind:
        return "yes"
    if yes == frozenset(case.subjects):
        return "everywhere"
    if yes == frozenset(case.subjects) - {Place.ELSEWHERE}:
        return "here"
    if yes == frozenset(case.subjects) - {Place.ELSEWHERE, Place.OTHER_PART}:
        return "its part"
    words = {
        frozenset({Place.OWN}): "own",
        frozenset({Place.ANOTHERS, Place.OTHER_PART}): "others’ here",
        frozenset({Place.ANOTHERS}): "others’ in its part",
    }
    return words[yes]


def _of_participant(track: str, action: str, case: Case) -> str:
    """Return the answer for somebody who takes part, with and without a seat."""
    seated, unseated = (
        _word(_asked(Actor(PERSON, memberships=_membership(track, seated=seated)), action, case), case)
        for seated in (True, False)
    )
    if seated == unseated:
        return seated
    return f"{seated}, with a seat" if unseated == "–" else f"{seated}; without a seat: {unseated}"


def _of_role(role: Role, scope: Scope, action: str, case: Case) -> str:
    """Return what the role opens by itself, less what is refused to whoever holds it when it is their own."""
    without = _asked(_holding(role, scope), action, case)
    both = _asked(_holding(role, scope, memberships=_membership("", seated=True)), action, case)
    return _word(without & both, case)


def _second_factor(action: str, case: Case) -> str:
    """Return the roles whose answer changes while their second factor is not proved."""
    waiting = [
        role
        for role in Role
        if any(
            _asked(_holding(role, scope), action, case) != _asked(_holding(role, scope, proved=False), action, case)
            for scope in SCOPES[role]
        )
    ]
    return ", ".join(str(ROLE_LABELS[role]) for role in waiting) or "–"


def _answers(action: str, case: Case, tracks: Sequence[str]) -> Answers:
    return (
        _word(_asked(ANONYMOUS, action, case), case),
        _word(_asked(Actor(PERSON), action, case), case),
        *(_of_participant(track, action, case) for track in tracks),
        *(_of_role(role, scope, action, case) for role, scope in HOLDINGS),
        _word(_asked(OPERATOR, action, case), case),
        _second_factor(action, case),
    )


def lines_of(declared: Permission, tracks: Sequence[str]) -> list[Line]:
    """Return the lines of a permission: cases with the same answers share one."""
    cases = [case for kind in _kinds(declared) for case in CASES[kind]]
    grouped: dict[Answers, list[Case]] = {}
    for case in cases:
        grouped.setdefault(_answers(declared.name, case, tracks), []).append(case)
    return [Line(_subject(same, cases), answers) for answers, same in grouped.items()]


def _subject(same: Sequence[Case], every: Sequence[Case]) -> str:
    """Return what a line is about: kinds, and the states where they do not all belong to it."""
    said = []
    for kind in dict.fromkeys(case.kind for case in same):
        states = [case.state for case in same if case.kind == kind]
        all_of_it = len(states) == sum(case.kind == kind for case in every)
        said.append(kind if all_of_it else f"{kind}: {', '.join(state.replace('_', ' ') for state in states)}")
    return "; ".join(said) or "–"


@dataclass(frozen=True, slots=True)
class Room:
    """A room of the house or a plugin, with what it declares."""

    title: str
    permissions: Sequence[Permission]


def rooms() -> Iterator[Room]:
    """Give the core's rooms, then the installed plugins that declare something."""
    hooks, known = load_hooks(), declared_permissions().values()
    for policies in ALL_POLICIES:
        title = (policies.__doc__ or "").partition("Who may do what with ")[2].partition(".")[0]
        yield Room(
            title[:1].upper() + title[1:], [one for one in known if one.predicate.__module__ == policies.__name__]
        )
    for name in hooks.plugin_names():
        if own := [one for one in hooks.permissions() if one.name.startswith(f"{name}.")]:
            yield Room(f"Plugin: {name}", own)


def _table(room: Room, tracks: Sequence[str]) -> Iterator[str]:
    roles = [HEADS[scope] % ROLE_LABELS[role] for role, scope in HOLDINGS]
    rows = [["Right", "Of what", "Nobody signed in", "Signed in", *tracks, *roles, "operator", "second factor"]]
    for declared in room.permissions:
        for number, line in enumerate(lines_of(declared, tracks)):
            first = f"{declared.label} (`{declared.name}`)" if number == 0 else ""
            rows.append([first, line.subject, *line.answers])
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    rows.insert(1, ["-" * width for width in widths])
    for row in rows:
        yield "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"


def _in_words(room: Room) -> Iterator[str]:
    """Give the policies' own words, which also say what is decided elsewhere."""
    for declared in room.permissions:
        if words := " ".join((declared.predicate.__doc__ or "").split()):
            yield f"- `{declared.name}`: {words}"


HEAD = """\
# Rights: who may do what

Written by `make rights` from the policies (`consult/*/policies.py` and the plugins): every cell is what `allowed(actor, action, subject)` answered. A test
fails when this page is not what the policies say (`tests/architecture/test_rights.py`), and another sends every request of the application as everybody, on their own and
on others' objects, and compares what comes back with `allowed`. What no table names is denied.

How to read it:

| word | means |
|---|---|
| everywhere | in every consultation, the asker's or not |
| here | in the consultation in which the asker takes part or holds the role, and in no other |
| its part | what belongs to the track or the session for which the role is held, and nothing else; *others’ in its part*: but never what is their own |
| own | only what is the asker's own: their submission, their draft, their membership |
| others’ here | in that consultation, but never what is their own |
| yes | the right is about no one thing |
| – | no |

- A column is what that part or role opens **by itself**; somebody with several has the sum, except where a cell says *others’*: that is refused to them for their own even with the role.
- *Signed in* is somebody with an account and no part in anything. {tracks} are the tracks of participants. *Operator* is whoever sits at the terminal of the server
  (commands, imports); no page is answered as the operator.
- *Second factor* names the roles that do not act before one was proved in the same sign-in (`second_factor_for_roles`, on unless switched off): until then they are answered as somebody
  without the role. What is one's own as a participant needs none. Grave acts ask again on top of that (`docs/security.md`).
- A right says *who*. Whether the time has come is asked after it, by the service that acts: a phase that is closed or a state that has moved on is answered with "this has changed" (409)
  to somebody who has the right. One thing more is refused then: a vote of somebody with a seat who does not stand on the roll of that ballot.
- Whoever may not know of a thing is told that it is not there (404); whoever may know of it and not act is refused (403), and asked to sign in if they are not.
- A consultation that is being set up is not there for whoever may not read it, whatever the page.
"""


def page() -> str:
    """Return the page as it should stand in docs/rights.md."""
    hooks = load_hooks()
    for declared in hooks.permissions():
        register_permission(declared)
    tracks = list(hooks.tracks)
    parts = [HEAD.format(tracks=", ".join(f"*{track}*" for track in tracks))]
    for room in rooms():
        words = list(_in_words(room))
        parts.append(
            "\n".join([f"## {room.title}", "", *_table(room, tracks), *([""] if words else []), *words]) + "\n"
        )
    return "\n".join(parts)


def main() -> int:
    """Write the page, or compare it."""
    parser = argparse.ArgumentParser(description="Write docs/rights.md from the policies, or check it.")
    parser.add_argument("act", nargs="?", choices=["write", "check"], default="write")
    written = page()
    if parser.parse_args().act == "check":
        if FILE.read_text("utf-8") != written:
            print("docs/rights.md is not what the policies say: make rights")
            return 1
        return 0
    FILE.write_text(written, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
