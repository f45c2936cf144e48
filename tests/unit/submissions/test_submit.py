"""Handing in: what is written, what is recorded, what is refused."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256

import pytest
import sqlalchemy as sa

from consult import clock
from consult.accounts.models import Body, Person
from consult.consultations.models import ConsultationTrack, Member, Phase
from consult.db import session, transaction
from consult.errors import Conflict, Forbidden, Rejected
from consult.events.models import EventRow
from consult.submissions.models import Passage, Revision, Submission, SubmissionTopic
from consult.submissions.services import SubmissionDraft, submit
from consult.testing.world import World

Position = Callable[..., SubmissionDraft]
HandIn = Callable[..., Submission]


def fields_of(rejected: pytest.ExceptionInfo[Rejected]) -> list[tuple[str, str]]:
    return [(problem.field, str(problem.message)) for problem in rejected.value.problems]


def last_event() -> EventRow:
    return session.scalars(sa.select(EventRow).order_by(EventRow.id.desc()).limit(1)).one()


def test_a_position_becomes_a_submission_with_numbered_passages(world: World, handed_in: HandIn) -> None:
    row = handed_in()
    year = clock.now().year
    assert (row.number, row.state, row.revision, row.track) == (f"TT-{year}-00001", "received", 1, "municipal")
    assert (row.body_id, row.author, row.withheld, row.channel) == (world.bodies["ghat"], "", False, "online")
    passages = session.execute(sa.select(Passage.number, Passage.kind, Passage.text).order_by(Passage.number)).all()
    assert [tuple(p) for p in passages] == [
        (1, "text", "تمر بغات أقدم طرق القوافل."),
        (2, "text", "ولا تعرف البلدية عدد المقيمين."),
        (3, "proposal", "نقترح سجلًا يحصي ولا يسمّي."),
    ]
    assert session.scalars(sa.select(SubmissionTopic.topic_id)).all() == [world.topics["gcm-1"]]


def test_the_event_holds_the_fingerprint_that_anyone_can_compute(world: World, handed_in: HandIn) -> None:
    row = handed_in(answers={"decision": "31/2026", "telephone": "0913456789"})
    public = {
        "number": row.number,
        "revision": 1,
        "title": "سجل بلدي لبيانات الهجرة",
        "language": "ar",
        "topics": ["gcm-1"],
        "passages": [
            {"number": 1, "kind": "text", "text": "تمر بغات أقدم طرق القوافل."},
            {"number": 2, "kind": "text", "text": "ولا تعرف البلدية عدد المقيمين."},
            {"number": 3, "kind": "proposal", "text": "نقترح سجلًا يحصي ولا يسمّي."},
        ],
        "answers": {"decision": "31/2026"},
    }
    written = json.dumps(public, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    event = last_event()
    assert (event.type, event.actor_id, event.stream_id) == (
        "SubmissionReceived",
        world.people["ghat"],
        world.consultation_id,
    )
    assert event.facts == {
        "submission": str(row.id),
        "number": row.number,
        "track": "municipal",
        "body": str(world.bodies["ghat"]),
        "channel": "online",
        "fingerprint": sha256(written).hexdigest(),
    }


def test_private_answers_stand_in_the_revision_only(handed_in: HandIn) -> None:
    row = handed_in(answers={"decision": "31/2026", "telephone": "0913456789"})
    revision = session.scalars(sa.select(Revision)).one()
    assert row.answers == {"decision": "31/2026"}
    assert (revision.answers, revision.private_answers) == ({"decision": "31/2026"}, {"telephone": "0913456789"})


def test_a_withheld_name_is_in_no_public_column_and_in_no_event(world: World, handed_in: HandIn) -> None:
    row = handed_in("cso")
    assert (row.withheld, row.author, row.body_id, row.member_id) == (True, "", None, world.members["cso"])
    event = last_event()
    assert (event.actor_id, (event.facts or {})["body"]) == (None, None)


def test_a_member_of_a_track_that_allows_it_withholds_in_the_form(world: World, handed_in: HandIn) -> None:
    with transaction():
        session.execute(sa.update(Member).values(withheld=False))
    assert [handed_in("cso", withheld=True).withheld, handed_in("ghat", withheld=True).withheld] == [True, False]


def test_somebody_without_a_body_signs_with_their_name(world: World, handed_in: HandIn) -> None:
    with transaction():
        session.execute(sa.update(Member).where(Member.id == world.members["professor"]).values(own_body_id=None))
        session.execute(sa.update(Person).where(Person.id == world.people["professor"]).values(name="منى\u202e الشريف"))
    row = handed_in("professor")
    assert (row.author, row.body_id) == ("منى الشريف", None)


def test_the_same_draft_is_handed_in_once(world: World, position: Position) -> None:
    draft = position()
    first = submit(draft, consultation=world.consultation, actor=world.actor("ghat"))
    again = submit(draft, consultation=world.consultation, actor=world.actor("ghat"))
    assert first.id == again.id
    assert session.execute(sa.select(sa.func.count()).select_from(Submission)).scalar_one() == 1


def test_nobody_hands_in_for_another(world: World, position: Position) -> None:
    for key in ("derna", "moderator", "organiser", "administrator"):
        with pytest.raises(Forbidden):
            submit(position("ghat"), consultation=world.consultation, actor=world.actor(key))


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        ({"title": " \u202e "}, [("title", "Write a title.")]),
        ({"title": "x" * 201}, [("title", "Write at most 200 characters; this has 201.")]),
        ({"text": "\n \n"}, [("text", "Write the text of your position.")]),
        ({"text": "ا" * 1_000_000}, [("text", "Write at most 60,000 characters; this has 1,000,000.")]),
        ({"proposals": "p" * 60_001}, [("proposals", "Write at most 60,000 characters; this has 60,001.")]),
        ({"language": ""}, [("language", "Choose the language you wrote in.")]),
        ({"topics": ()}, [("topics", "Choose one to 5 topics.")]),
        ({"topics": ("gcm-99",)}, [("topics", "Choose among the topics of this consultation.")]),
        ({"answers": {}}, [("decision", "Answer this question.")]),
        ({"answers": {"decision": "1/2026", "x": "y"}}, [("x", "There is no question “x”.")]),
        ({"title": "refuse this"}, [("title", "The plugin refuses this title.")] * 3),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_wrong_is_named_at_its_field(
    world: World, position: Position, changes: dict[str, object], problems: list[tuple[str, str]]
) -> None:
    with pytest.raises(Rejected) as rejected:
        submit(position(**changes), consultation=world.consultation, actor=world.actor("ghat"))
    assert fields_of(rejected) == problems
    assert session.scalars(sa.select(Submission.id)).all() == []
    assert session.scalars(sa.select(EventRow.id).where(EventRow.stream_id == world.consultation_id)).all() == []


def test_a_refused_position_takes_no_receipt_number(world: World, position: Position, handed_in: HandIn) -> None:
    with pytest.raises(Rejected):
        submit(position(title=""), consultation=world.consultation, actor=world.actor("ghat"))
    assert handed_in().number.endswith("-00001")


def test_direction_marks_and_control_characters_leave_the_title(handed_in: HandIn) -> None:
    row = handed_in(title="\u202eمساهمة\u2066\x00\u200f  بلدية\n", text="a\x00b\r\n\r\nc\u200cd")
    assert row.title == "مساهمة بلدية"
    assert session.scalars(sa.select(Passage.text).order_by(Passage.number)).all()[:2] == ["ab", "c\u200cd"]


def test_hostile_markup_is_kept_as_the_text_it_is(handed_in: HandIn) -> None:
    hostile = "<script>alert(1)</script> [x](javascript:alert(1)) ![](http://a.example/x.png) &amp; **b**"
    handed_in(title=hostile, text=hostile)
    assert session.scalars(sa.select(Passage.text).where(Passage.number == 1)).one() == hostile


def test_a_closed_phase_is_told_with_its_date(world: World, position: Position) -> None:
    closed = clock.now() - timedelta(days=1)
    with transaction():
        session.execute(sa.update(Phase).where(Phase.key == "writing").values(closes_at=closed))
    with pytest.raises(Conflict, match="No longer open: hand in submissions"):
        submit(position(), consultation=world.consultation, actor=world.actor("ghat"))


def test_a_track_that_is_switched_off_takes_nothing(world: World, position: Position) -> None:
    with transaction():
        session.execute(sa.update(ConsultationTrack).where(ConsultationTrack.key == "municipal").values(enabled=False))
    with pytest.raises(Conflict, match="The form of this track is not available now"):
        submit(position(), consultation=world.consultation, actor=world.actor("ghat"))


def test_handing_in_costs_a_fixed_number_of_statements(
    world: World, position: Position, count_queries: Callable[..., object]
) -> None:
    draft, consultation, actor = position(), world.consultation, world.actor("ghat")
    submit(position(), consultation=consultation, actor=actor)
    with count_queries() as seen:  # type: ignore[attr-defined]
        submit(draft, consultation=consultation, actor=actor)
    # One holds the draft, two read the rule of the body, one asks what people have to agree to, one looks for files left behind.
    assert len(seen) == 23


def test_the_body_is_the_members_whatever_the_draft_says(world: World, handed_in: HandIn) -> None:
    row = handed_in(body=world.bodies["derna"], track="cso")
    assert (row.body_id, row.track) == (world.bodies["ghat"], "municipal")
    assert session.get_one(Body, row.body_id or uuid.UUID(int=0)).key == "LY032101"
